//! A Job's `podFailurePolicy`: which of its rules mean something else now that a failing step makes others fail.
//!
//! Knows the exit codes of both entrypoints.

use super::pod::{ExitCodeRule, Pod};
use super::report::Report;
use crate::config::{Config, EntrypointKind};
use crate::diagnostic::Rule;
use kueueleuleu_protocol::exit;

/// What Tekton's entrypoint ends with when its step is skipped.
const TEKTON_SKIPPED: i64 = 1;
/// What it ends with when a signal killed its step.
const TEKTON_KILLED: i64 = 255;

/// Warns of rules that match what is no failure of their step.
pub(super) fn check(pod: &Pod<'_>, config: &Config, report: &mut Report<'_>) {
    for rule in pod.exit_code_rules.iter() {
        let (message, help) = match config.entrypoint.kind {
            EntrypointKind::Tekton => tekton(pod, rule),
            EntrypointKind::Kueueleuleu => ours(pod, rule),
        };
        if let Some(message) = message {
            let rules = report.job().key("podFailurePolicy").key("rules").index(rule.index);
            let message = format!("rule {} of `podFailurePolicy` {message}", rule.index);
            report.warning(Rule::ExitCodeRule, rules.key("onExitCodes"), message, help);
        }
    }
}

fn tekton(pod: &Pod<'_>, rule: &ExitCodeRule<'_>) -> (Option<String>, &'static str) {
    let help = "let the steps end with other codes and name those, or use `entrypoint.kind: Kueueleuleu`";
    let skipped = may_be_skipped(pod, rule) && matches(rule, TEKTON_SKIPPED);
    let killed = is_step(pod, rule) && !rule.negated && rule.codes.contains(&TEKTON_KILLED);
    let message = match (skipped, killed) {
        (true, true) => "also matches steps that were skipped (1) or killed by a signal (255)",
        (true, false) => "also matches steps that were skipped: with Tekton's entrypoint they end with 1",
        (false, true) => "also matches steps killed by a signal: with Tekton's entrypoint they end with 255",
        (false, false) => return (None, help),
    };
    (Some(message.to_owned()), help)
}

/// Who names the code of skipped steps means it; who excludes others has not thought of it.
fn ours(pod: &Pod<'_>, rule: &ExitCodeRule<'_>) -> (Option<String>, &'static str) {
    let skipped = i64::from(exit::SKIPPED);
    let is_meant = !rule.negated || !may_be_skipped(pod, rule) || !matches(rule, skipped);
    let message =
        (!is_meant).then(|| format!("also matches steps that were skipped: they end with {skipped}"));
    (message, "add 199 to its `values`, or set the first step as its `containerName`")
}

fn matches(rule: &ExitCodeRule<'_>, code: i64) -> bool {
    rule.codes.contains(&code) != rule.negated
}

fn is_step(pod: &Pod<'_>, rule: &ExitCodeRule<'_>) -> bool {
    let steps = &pod.containers.items;
    rule.container.as_ref().is_none_or(|name| steps.iter().any(|step| step.name == *name))
}

/// Whether the rule is about a step behind another one.
fn may_be_skipped(pod: &Pod<'_>, rule: &ExitCodeRule<'_>) -> bool {
    let behind = pod.containers.items.get(1..).unwrap_or_default();
    rule.container.as_ref().is_none_or(|name| behind.iter().any(|step| step.name == *name))
}
