//! Handles `restartPolicy`: replaces `Always` if configured, rejects steps that would never end, and decides which
//! steps wait for the retries of others.
//!
//! A replaced policy is recorded in an annotation, because `Never` does not show what it was before.

use super::effective::{ALWAYS, Effective, ExitCodeSet, NEVER, Restarts, rule_for};
use super::names;
use super::pod::{Container, Pod, Workload};
use super::report::Report;
use crate::config::{Config, RestartPolicy, Strategy};
use crate::diagnostic::Rule;
use crate::kinds::Kind;
use kueueleuleu_protocol as protocol;
use std::borrow::Cow;

/// Replaces `Always`, explicit or by default, with `Never` if that is configured.
pub(super) fn repair(object: &mut Workload<'_>, config: &Config) {
    let Some(RestartPolicy::Never) = config.restart_policy else { return };
    let is_needed = object.pod.containers.items.iter().any(|step| step.restart_policy.is_none());
    let policy = &mut object.pod.restart_policy;
    if is_needed && policy.as_deref().is_none_or(|policy| policy == ALWAYS) {
        let before = policy.replace(Cow::Borrowed(NEVER)).unwrap_or_default();
        object.meta.set(names::RESTART_POLICY_ANNOTATION, before);
    }
}

/// Undoes the replacement, unless somebody has set another policy since.
pub(super) fn undo_repair(object: &mut Workload<'_>) {
    let Some(before) = object.meta.get(names::RESTART_POLICY_ANNOTATION) else { return };
    let before = (!before.is_empty()).then(|| Cow::Owned(before.to_owned()));
    let policy = &mut object.pod.restart_policy;
    if policy.as_deref() == Some(NEVER) {
        *policy = before;
    }
}

/// Whether the policy of the pod is `Always`, explicit or by default, and applies to a step. The API requires a policy
/// in a Job, so a Job without one still lacks an overlay.
pub(super) fn is_always(kind: &Kind, pod: &Pod<'_>) -> bool {
    let policy = Effective::of(kind, pod);
    let mut steps = pod.containers.items.iter();
    steps.any(|step| step.restart_policy.is_none() && policy.policy(step) == Restarts::Always)
}

/// The flag that makes our entrypoint wait for the retries of these steps, if they are retried.
pub(super) fn retry_flag(awaited: &[(usize, ExitCodeSet)]) -> Option<Cow<'static, str>> {
    let (_, first) = awaited.first()?;
    if awaited.iter().all(|(_, codes)| codes.is_empty()) {
        return None;
    }
    if awaited.iter().all(|(_, codes)| codes.is_all()) {
        return Some(Cow::Borrowed(protocol::RETRY));
    }
    let is_same = awaited.iter().all(|(_, codes)| codes == first);
    let rules = if is_same {
        first.rule()
    } else {
        let rules = awaited.iter().filter(|(_, codes)| !codes.is_empty());
        rules.map(|(step, codes)| format!("{step}:{}", codes.rule())).collect::<Vec<_>>().join(";")
    };
    Some(Cow::Owned(format!("{}={rules}", protocol::RETRY)))
}

/// Rejects a pod that is always restarted.
pub(super) fn check(kind: &Kind, pod: &Pod<'_>, config: &Config, report: &mut Report<'_>) {
    if is_always(kind, pod) {
        let default = if pod.restart_policy.is_none() { ", the default" } else { "" };
        report.error(
            Rule::RestartAlways,
            report.spec().key("restartPolicy"),
            format!("`restartPolicy` is `Always`{default}: its steps would never end"),
            format!(
                "set `restartPolicy: Never` or `OnFailure`; to set it for all pods, set `restartPolicy: Never` in the \
                 functionConfig{}",
                if config.strategy == Strategy::Auto {
                    ""
                } else {
                    "; or use `strategy: InitContainers` or `Auto`, which convert the pod as it is"
                }
            ),
        );
    }
}

/// Rejects steps that are restarted even after they succeeded. As an init container, such a step would be a sidecar, or
/// would never end.
pub(super) fn check_steps(steps: &[Container<'_>], report: &mut Report<'_>) {
    for step in steps {
        let name = step.name;
        if step.restart_policy == Some(ALWAYS) {
            report.error(
                Rule::StepRestartAlways,
                report.route(step).key("restartPolicy"),
                format!("the `restartPolicy` of container `{name}` is `Always`: the step would never end"),
                "remove it; if the container is not a step, add it to `sidecars`",
            );
        } else if let Some(rule) = rule_for(step, 0) {
            report.error(
                Rule::StepRestartAlways,
                report.route(step).key("restartPolicyRules").index(rule.index),
                format!(
                    "rule {} of `restartPolicyRules` restarts container `{name}` after it succeeded: the step would never \
                     end",
                    rule.index
                ),
                if rule.codes.negated { "add 0 to its `values`" } else { "remove 0 from its `values`" },
            );
        }
    }
}
