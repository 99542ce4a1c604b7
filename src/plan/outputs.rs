//! Checks that the outputs of steps reach the later steps.
//!
//! An output is an environment variable of all steps that wait for its step, directly or indirectly. The entrypoint
//! sets it when such a step begins. Kubernetes expands `$(NAME)` earlier, when it creates the container, so it does not
//! know the value.

use super::needs::{self, Graph};
use super::pod::{ArgList, Container};
use super::report::Report;
use crate::config::Config;
use crate::diagnostic::Rule;

/// Rejects outputs whose name is used twice, and references to outputs that Kubernetes would expand too early.
pub(super) fn check(steps: &[Container<'_>], graph: &Graph, config: &Config, report: &mut Report<'_>) {
    if config.steps.iter().all(|step| step.outputs.is_empty()) {
        return;
    }
    let reached = graph.reached();
    let outputs_of = |step: &Container<'_>| {
        needs::options(config, step.name).map(|options| &*options.outputs).unwrap_or_default()
    };
    let mut known: Vec<(&str, &str)> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        for output in outputs_of(step) {
            if let Some((_, other)) = known.iter().find(|(name, _)| name == output) {
                report.error(
                    Rule::OutputConflict,
                    report.route(step),
                    format!("`{output}` is an output of `{other}` and of `{}`", step.name),
                    "give one of them another name in the functionConfig",
                );
            }
            known.push((output, step.name));
            let later = steps.iter().enumerate().filter(|(later, _)| reached[*later].contains(&index));
            for (_, later) in later {
                check_later(later, output, step.name, report);
            }
        }
    }
}

/// Checks a later step against an output of the step `from`.
fn check_later(step: &Container<'_>, output: &str, from: &str, report: &mut Report<'_>) {
    if step.env.contains(&output) {
        report.error(
            Rule::OutputConflict,
            report.route(step).key("env"),
            format!("`env` of container `{}` sets `{output}`, which is an output of `{from}`", step.name),
            "remove it from `env`, or give the output another name",
        );
    }
    for (list, args) in [(ArgList::Command, &step.command), (ArgList::Args, &step.args)] {
        if let Some(at) = args.items.iter().position(|word| refers_to(&word.text, output)) {
            report.error(
                Rule::OutputConflict,
                report.route(step).key(list.key()).index(at),
                format!(
                    "container `{}` refers to `$({output})`, which Kubernetes expands before `{from}` has set it",
                    step.name
                ),
                format!(
                    "let a shell expand it: `sh -c` with `\"${output}\"`; for the literal text, write `$$({output})`"
                ),
            );
        }
    }
}

/// Whether Kubernetes would expand a variable in a word: `$(NAME)`. `$$` is an escaped dollar sign.
fn refers_to(word: &str, name: &str) -> bool {
    let mut rest = word;
    while let Some(at) = rest.find('$') {
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            rest = after;
        } else if let Some((found, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            if found == name {
                return true;
            }
            rest = after;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::refers_to;

    #[test]
    fn references_are_those_of_kubernetes() {
        for (word, expected) in [
            ("$(A)", true),
            ("x$(B)-$(A)", true),
            ("$$(A)", false),
            ("$$$(A)", true),
            ("$A ${A}", false),
            ("$(A", false),
            ("$$($(A)", true),
        ] {
            assert_eq!(refers_to(word, "A"), expected, "{word}");
        }
    }
}
