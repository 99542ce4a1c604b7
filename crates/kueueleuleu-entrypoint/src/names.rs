//! The names of outputs: which words can be environment variables that one step sets for another.
//!
//! Knows words only.

use kueueleuleu_protocol::OUTPUTS;

/// `[A-Za-z_][A-Za-z0-9_]*`
pub(crate) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Names that decide which programs run, or that Kubernetes and this supervisor set.
pub(crate) fn is_reserved(name: &str) -> bool {
    name == "PATH" || ["LD_", "KUBERNETES_", "KUEUELEULEU_"].iter().any(|prefix| name.starts_with(prefix))
}

/// Reads the value of `-outputs`.
pub(crate) fn parse(list: &str) -> Result<Vec<String>, String> {
    let names: Vec<String> = list.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    match names.iter().find(|name| !is_name(name) || is_reserved(name)) {
        Some(name) => Err(format!("`{OUTPUTS}`: `{name}` cannot be the name of an output")),
        None => Ok(names),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_name, parse};

    #[test]
    fn names_are_those_of_a_shell_and_none_that_loads_programs() {
        assert!(is_name("_a1") && !is_name("") && !is_name("1a") && !is_name("a-b") && !is_name("ä"));
        assert_eq!(parse("A,B_2"), Ok(vec!["A".to_owned(), "B_2".to_owned()]));
        for wrong in ["PATH", "LD_PRELOAD", "KUBERNETES_PORT", "KUEUELEULEU_OUTPUT", "A,b-c"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
