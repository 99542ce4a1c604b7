//! What the command line says of the conversion, laid over what the configuration says.
//!
//! Knows both spellings, neither files nor resources.

use super::args::{Kind, Output, Overrides};
use clap::ValueEnum as _;
use kueueleuleu::config::{Config, ConfigError};
use kueueleuleu::diagnostic::{Error, Rule};
use kueueleuleu::route::{Route, Segment};
use kueueleuleu::select::{Selector, SelectorSpec};

/// The configuration as it holds for this run.
///
/// Selection on the command line takes the place of the configuration's selectors; its exclusions stay.
pub(super) fn apply(mut config: Config, overrides: &Overrides, output: &Output) -> Result<Config, Error> {
    if let Some(image) = &overrides.entrypoint_image {
        if image.trim().is_empty() {
            return Err(Error::new(Rule::InvalidUsage, "`--entrypoint-image` is empty")
                .help("name an image, or leave it out"));
        }
        config.entrypoint.image.clone_from(image);
    }
    config.revert |= overrides.revert;
    // These two change nothing either, and can say more.
    config.check &= !(output.diff || output.check);

    let spec = SelectorSpec {
        kind: any_of(&overrides.kind.iter().copied().filter_map(spelled).collect::<Vec<_>>()),
        name: any_of(&overrides.name),
        namespace: any_of(&overrides.namespace),
        label_selector: overrides.selector.clone(),
        ..SelectorSpec::default()
    };
    if spec != SelectorSpec::default() {
        let selector = Selector::compile(&spec, Route::root()).map_err(in_flags)?;
        config.selection = config.selection.with_selectors(vec![selector]);
    }
    Ok(config)
}

/// The kind as manifests spell it.
fn spelled(kind: Kind) -> Option<String> {
    kind.to_possible_value().map(|value| value.get_name().to_owned())
}

/// One pattern for lists of several: the selectors of a configuration have one.
fn any_of(lists: &[String]) -> Option<String> {
    let patterns: Vec<String> = lists.iter().map(|list| alternatives(list)).collect();
    (!patterns.is_empty()).then(|| patterns.join("|"))
}

/// A list of patterns as one. The commas of `{1,9}` and `[a,b]` are none of the list's.
fn alternatives(list: &str) -> String {
    let mut bracket = None;
    let mut is_escaped = false;
    let alternative = |c: char| {
        let was_escaped = is_escaped;
        is_escaped = c == '\\' && !was_escaped;
        match (c, bracket) {
            _ if was_escaped => {}
            ('{', None) => bracket = Some('}'),
            ('[', None) => bracket = Some(']'),
            (',', None) => return '|',
            (c, Some(close)) if c == close => bracket = None,
            _ => {}
        }
        c
    };
    list.chars().map(alternative).collect()
}

/// The error with the name of the flag in place of the field's.
fn in_flags(error: ConfigError) -> Error {
    let flag = match error.route.segments() {
        [Segment::Key(key)] if key != "labelSelector" => key,
        _ => "selector",
    };
    let known = Error::new(Rule::InvalidUsage, format!("`--{flag}`: {}", error.message));
    error.help.into_iter().fold(known, Error::help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kueueleuleu::select::Facts;

    const NO_OUTPUT: Output = Output { in_place: false, diff: false, check: false };

    #[test]
    fn what_is_not_said_stays_as_configured() {
        let configured = || Config { revert: true, check: true, ..Config::default() };
        let config = apply(configured(), &Overrides::default(), &NO_OUTPUT).unwrap();
        assert!(config.revert && config.check && config.selection.is_everything());
        assert_eq!(config.entrypoint, Config::default().entrypoint);
        for output in [Output { diff: true, ..NO_OUTPUT }, Output { check: true, ..NO_OUTPUT }] {
            assert!(!apply(configured(), &Overrides::default(), &output).unwrap().check);
        }
    }

    /// A comma of a repetition cut the pattern in two.
    #[test]
    fn commas_of_a_pattern_are_none_of_the_list() {
        assert_eq!(alternatives("a,b-.*"), "a|b-.*");
        assert_eq!(alternatives(r"[a-z]{1,9},[,{],\{a,b\[,c"), r"[a-z]{1,9}|[,{]|\{a|b\[|c");
    }

    #[test]
    fn lists_select_any_and_flags_select_all() {
        let list = |items: &[&str]| items.iter().map(|&item| item.to_owned()).collect();
        let kind = vec![Kind::Pod, Kind::Job];
        let overrides = Overrides { kind, name: list(&["a", "b-.*"]), ..Overrides::default() };
        let selection = apply(Config::default(), &overrides, &NO_OUTPUT).unwrap().selection;
        let mut seen = selection.seen();
        let mut is_selected =
            |kind, name| selection.matches(&Facts { kind, name, ..Facts::default() }, &mut seen);
        assert!(is_selected("Pod", "a") && is_selected("Job", "b-1"));
        assert!(!is_selected("CronJob", "a") && !is_selected("Pod", "ab") && !is_selected("Pod", "b"));
    }
}
