//! Parses the value of `-outputs`: names, separated by commas.

use kueueleuleu_protocol::OUTPUTS;
use kueueleuleu_protocol::output::{is_name, is_reserved};

/// Parses the value.
pub(crate) fn parse(list: &str) -> Result<Vec<String>, String> {
    let names: Vec<String> = list.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    match names.iter().find(|name| !is_name(name) || is_reserved(name)) {
        Some(name) => Err(format!("`{OUTPUTS}`: `{name}` is not allowed as the name of an output")),
        None => Ok(names),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn names_that_affect_how_programs_are_loaded_are_rejected() {
        assert_eq!(parse("A,B_2"), Ok(vec!["A".to_owned(), "B_2".to_owned()]));
        for wrong in ["PATH", "LD_PRELOAD", "KUBERNETES_PORT", "KUEUELEULEU_OUTPUT", "A,b-c"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
