//! Overrides fields of the configuration with flags.
//!
//! This module knows the values of flags and of fields. It reads no files, and knows no resources.

use super::args::{self, KindArg, OutputArgs, Overrides};
use clap::ValueEnum as _;
use kueueleuleu::config::{Config, EntrypointKind, Probes, RestartPolicy, SelectorSpec, Strategy};
use kueueleuleu::{Diagnostic, Error, Rule, Segment};

/// The configuration with the overrides of the flags.
///
/// Flags that select resources replace `selectors`, but not `exclude`.
pub(super) fn apply(config: Config, overrides: &Overrides, output: &OutputArgs) -> Result<Config, Error> {
    let mut config = choose(config, overrides)?;
    if let Some(image) = &overrides.entrypoint_image {
        if image.trim().is_empty() {
            return Err(Error::new(Rule::InvalidUsage, "`--entrypoint-image` is empty")
                .help("set it to an image, or remove the flag"));
        }
        config = config.with_entrypoint_image(image);
    }
    if overrides.revert {
        config = config.with_revert(true);
    }
    if output.diff || output.check {
        // Both flags write no resources either, and report more.
        config = config.with_check(false);
    }

    let config = refuse_contradiction(config, overrides)?;
    let kinds: Vec<_> = overrides.kind.iter().copied().filter_map(spelled).collect();
    let spec = SelectorSpec::default();
    let spec = any_of(&kinds).into_iter().fold(spec, SelectorSpec::kind);
    let spec = any_of(&overrides.name).into_iter().fold(spec, SelectorSpec::name);
    let spec = any_of(&overrides.namespace).into_iter().fold(spec, SelectorSpec::namespace);
    let spec = overrides.selector.iter().fold(spec, SelectorSpec::label_selector);
    if spec == SelectorSpec::default() {
        return Ok(config);
    }
    // The error lists all wrong flags at once.
    config.with_selector(spec).map_err(|error| in_flags(&error))
}

/// The configuration with the flags that replace one field each.
fn choose(mut config: Config, overrides: &Overrides) -> Result<Config, Error> {
    if let Some(kind) = overrides.entrypoint_kind {
        config = config.with_entrypoint_kind(match kind {
            args::EntrypointKind::Tekton => EntrypointKind::Tekton,
            args::EntrypointKind::Kueueleuleu => EntrypointKind::Kueueleuleu,
        });
    }
    if let Some(strategy) = overrides.strategy {
        config = config.with_strategy(match strategy {
            args::Strategy::Entrypoint => Strategy::Entrypoint,
            args::Strategy::InitContainers => Strategy::InitContainers,
            args::Strategy::Auto => Strategy::Auto,
        });
    }
    if let Some(args::RestartPolicy::Never) = overrides.restart_policy {
        config = config.with_restart_policy(RestartPolicy::Never);
    }
    if let Some(probes) = overrides.probes {
        config = config.with_probes(match probes {
            args::Probes::Keep => Probes::Keep,
            args::Probes::Remove => Probes::Remove,
        });
    }
    if !overrides.sidecar.is_empty() {
        let known = |error: Error| {
            Error::all(error.diagnostics().iter().map(|diagnostic| in_flag("sidecar", diagnostic)))
        };
        config = config.with_sidecars(&overrides.sidecar).map_err(known)?;
    }
    Ok(config)
}

/// Fails if a flag contradicts a field of the configuration.
fn refuse_contradiction(config: Config, overrides: &Overrides) -> Result<Config, Error> {
    let (flag, help) = match (overrides.strategy, overrides.entrypoint_kind) {
        (Some(args::Strategy::InitContainers), _) => {
            ("`--strategy InitContainers`: ", "remove it, or remove the flag")
        }
        (_, Some(args::EntrypointKind::Tekton)) => {
            ("`--entrypoint-kind Tekton`: ", "remove it, or remove the flag")
        }
        (_, Some(args::EntrypointKind::Kueueleuleu)) => {
            ("`--entrypoint-kind Kueueleuleu` ", "add `--entrypoint-image`")
        }
        _ => return Ok(config),
    };
    match config.contradiction() {
        Some(contradiction) => {
            Err(Error::new(Rule::InvalidUsage, format!("{flag}{contradiction}")).help(help))
        }
        None => Ok(config),
    }
}

/// The kind as it is written in manifests.
fn spelled(kind: KindArg) -> Option<String> {
    kind.to_possible_value().map(|value| value.get_name().to_owned())
}

/// Joins lists of patterns into one pattern, since a selector has only one: `a,b` and `c` become `a|b|c`.
fn any_of(lists: &[String]) -> Option<String> {
    let patterns: Vec<String> = lists.iter().map(|list| alternatives(list)).collect();
    (!patterns.is_empty()).then(|| patterns.join("|"))
}

/// Joins a list of patterns into one. Commas in `{1,9}` and `[a,b]` belong to a pattern.
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

/// The error with the names of flags instead of fields.
fn in_flags(error: &Error) -> Error {
    Error::all(error.diagnostics().iter().map(|diagnostic| {
        let flag = match diagnostic.field.segments() {
            [Segment::Key(key)] if key != "labelSelector" => key,
            _ => "selector",
        };
        in_flag(flag, diagnostic)
    }))
}

/// The error about the value of a flag.
fn in_flag(flag: &str, diagnostic: &Diagnostic) -> Error {
    let known = Error::new(Rule::InvalidUsage, format!("`--{flag}`: {}", diagnostic.message));
    diagnostic.help.iter().fold(known, Error::help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kueueleuleu::Converter;

    const NO_OUTPUT: OutputArgs = OutputArgs { in_place: false, diff: false, check: false, null: false };

    /// A comma in a repetition split the pattern.
    #[test]
    fn commas_inside_a_pattern_do_not_split_the_list() {
        assert_eq!(alternatives("a,b-.*"), "a|b-.*");
        assert_eq!(alternatives(r"[a-z]{1,9},[,{],\{a,b\[,c"), r"[a-z]{1,9}|[,{]|\{a|b\[|c");
    }

    #[test]
    fn lists_select_any_and_flags_select_all() {
        let list = |items: &[&str]| items.iter().map(|&item| item.to_owned()).collect();
        let kind = vec![KindArg::Pod, KindArg::Job];
        let overrides = Overrides { kind, name: list(&["a", "b-.*"]), ..Overrides::default() };
        let is_selected = |kind: &str, name: &str| {
            let version = if kind == "Pod" { "v1" } else { "batch/v1" };
            let object =
                format!("{{apiVersion: {version}, kind: {kind}, metadata: {{name: {name}}}, spec: 1}}");
            let config = apply(Config::default(), &overrides, &NO_OUTPUT).unwrap();
            // This `spec` is wrong, which is an error only if the object is selected.
            Converter::new(config).documents(&object).unwrap().has_errors()
        };
        assert!(is_selected("Pod", "a") && is_selected("Job", "b-1"));
        assert!(!is_selected("CronJob", "a") && !is_selected("Pod", "ab") && !is_selected("Pod", "b"));
    }
}
