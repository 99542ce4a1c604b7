//! Warns of rules in the `podFailurePolicy` of a Job whose meaning changes because a failing step makes other steps
//! fail.
//!
//! Knows the exit codes of both entrypoints.

use super::needs::Graph;
use super::pod::{ExitCodeRule, Pod};
use super::report::Report;
use super::retries::TEKTON_SKIPPED;
use crate::config::{Config, EntrypointKind};
use crate::diagnostic::Rule;
use kueueleuleu_protocol::exit;

/// The exit code of Tekton's entrypoint when a signal has killed its step.
const TEKTON_KILLED: u8 = 255;
/// The action that does not count a failed pod.
const IGNORE: &str = "Ignore";

/// Warns of rules that match exit codes which are not a failure of the step itself.
pub(super) fn check(pod: &Pod<'_>, graph: &Graph, config: &Config, report: &mut Report<'_>) {
    let may_be_skipped = graph.may_be_skipped(&pod.containers.items, config);
    let skipped = &may_be_skipped[..];
    for (at, rule) in pod.exit_code_rules.iter().enumerate() {
        let finding = match config.entrypoint.kind {
            EntrypointKind::Tekton => tekton(pod, skipped, rule),
            EntrypointKind::Kueueleuleu => endless(skipped, &pod.exit_code_rules[..at], rule, config)
                .or_else(|| also_skipped(skipped, rule)),
        };
        if let Some((message, help)) = finding {
            let rules = report.job().key("podFailurePolicy").key("rules").index(rule.index);
            let message = format!("rule {} of `podFailurePolicy` {message}", rule.index);
            report.warning(Rule::ExitCodeRule, rules.key("onExitCodes"), message, help);
        }
    }
}

/// A message and its help.
type Warning = (String, &'static str);

fn tekton(pod: &Pod<'_>, steps: &[&str], rule: &ExitCodeRule<'_>) -> Option<Warning> {
    let skipped = is_about(steps, rule) && rule.matches(TEKTON_SKIPPED);
    let killed = is_step(pod, rule) && !rule.codes.negated && rule.matches(TEKTON_KILLED);
    let message = match (skipped, killed) {
        (true, true) => "also matches steps that were skipped (1) or killed by a signal (255)",
        (true, false) => "also matches steps that were skipped: with Tekton's entrypoint they exit with 1",
        (false, true) => "also matches steps killed by a signal: with Tekton's entrypoint they exit with 255",
        (false, false) => return None,
    };
    let help = "let the steps exit with other codes and match those, or use `entrypoint.kind: Kueueleuleu`";
    Some((message.to_owned(), help))
}

/// Finds a rule that ignores pods because a step was skipped, or took too long: if a step fails every time, the Job
/// starts new pods forever. An earlier rule that counts the failure itself prevents that.
fn endless(
    steps: &[&str],
    before: &[ExitCodeRule<'_>],
    rule: &ExitCodeRule<'_>,
    config: &Config,
) -> Option<Warning> {
    if rule.action != IGNORE {
        return None;
    }
    let is_ignored = |code| rule.matches(code) && is_about(steps, rule);
    let for_all = || before.iter().filter(|rule| rule.container.is_none());
    let is_decided_before =
        |failure: u8, own: u8| for_all().any(|rule| rule.matches(failure) || rule.matches(own));
    let skip_codes = [exit::SKIPPED, exit::NOT_STARTED];
    if let Some(code) = skip_codes.into_iter().find(|&code| {
        is_ignored(code)
            && (1..=u8::MAX).any(|failure| !rule.matches(failure) && !is_decided_before(failure, code))
    }) {
        let when = if code == exit::SKIPPED { "fails" } else { "cannot be started" };
        let message = format!(
            "ignores pods in which a step was skipped ({code}), which happens whenever an earlier step {when}: the Job \
             never reaches its `backoffLimit`"
        );
        let help = if rule.codes.negated {
            "add 198 and 199 to its `values`"
        } else {
            "list the exit codes of the failures to ignore instead"
        };
        return Some((message, help));
    }
    let timed_out = exit::TIMED_OUT;
    let has_timeout = config
        .steps
        .iter()
        .any(|step| step.timeout.is_some() && rule.container.is_none_or(|name| name == step.name));
    (has_timeout && !rule.codes.negated && rule.matches(timed_out) && !is_decided_before(timed_out, timed_out))
        .then(|| {
            let message = format!(
                "ignores pods in which a step exceeded its `timeout` ({timed_out}): if it does so every time, the Job \
                 never reaches its `backoffLimit`"
            );
            (message, "remove the code, or set `activeDeadlineSeconds` on the Job")
        })
}

/// Finds a rule that matches the exit code of skipped steps only because it excludes other codes. A rule that lists the
/// code is intended.
fn also_skipped(steps: &[&str], rule: &ExitCodeRule<'_>) -> Option<Warning> {
    let skipped = exit::SKIPPED;
    let is_intended = !rule.codes.negated || !is_about(steps, rule) || !rule.matches(skipped);
    let help = "add 199 to its `values`, or set the first step as its `containerName`";
    (!is_intended).then(|| (format!("also matches steps that were skipped: they exit with {skipped}"), help))
}

fn is_step(pod: &Pod<'_>, rule: &ExitCodeRule<'_>) -> bool {
    let steps = &pod.containers.items;
    rule.container.as_ref().is_none_or(|name| steps.iter().any(|step| step.name == *name))
}

/// Whether the rule applies to one of these steps.
fn is_about(steps: &[&str], rule: &ExitCodeRule<'_>) -> bool {
    rule.container.is_none_or(|name| steps.contains(&name))
}
