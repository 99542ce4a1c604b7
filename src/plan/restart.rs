//! `restartPolicy`: which ones the steps can live with, and the repair of the one that they cannot.
//!
//! The repair is recorded in an annotation: `Never` does not tell what it was before.

use super::names;
use super::pod::{Container, Object, Pod};
use super::report::Report;
use crate::config::{Config, EntrypointKind, RestartPolicy, Strategy};
use crate::diagnostic::Rule;
use crate::kinds::Kind;
use std::borrow::Cow;

const ALWAYS: &str = "Always";
const NEVER: &str = "Never";
const ON_FAILURE: &str = "OnFailure";

/// Makes `Never` of `Always`, written out or not, if that is configured.
pub(super) fn repair(object: &mut Object<'_>, config: &Config) {
    let Some(RestartPolicy::Never) = config.restart_policy else { return };
    let policy = &mut object.pod.restart_policy;
    if policy.as_deref().is_none_or(|policy| policy == ALWAYS) {
        let before = policy.replace(Cow::Borrowed(NEVER)).unwrap_or_default();
        object.meta.set(names::RESTART_POLICY_ANNOTATION, before);
    }
}

/// Takes the repair back, unless somebody has set another policy since.
pub(super) fn take_back(object: &mut Object<'_>) {
    let Some(before) = object.meta.get(names::RESTART_POLICY_ANNOTATION) else { return };
    let before = (!before.is_empty()).then(|| Cow::Owned(before.to_owned()));
    let policy = &mut object.pod.restart_policy;
    if policy.as_deref() == Some(NEVER) {
        *policy = before;
    }
}

/// Whether a failed step is tried again while the others wait for it.
pub(super) fn retries(pod: &Pod<'_>, config: &Config) -> bool {
    config.entrypoint.kind == EntrypointKind::Kueueleuleu && pod.restart_policy.as_deref() == Some(ON_FAILURE)
}

/// Whether the policy is `Always`, written out or not. A Job must say its policy itself; one that does not is for an
/// overlay to complete.
pub(super) fn is_always(kind: &Kind, pod: &Pod<'_>) -> bool {
    pod.restart_policy.as_deref().map_or(kind.pod.is_empty(), |policy| policy == ALWAYS)
}

/// Refuses what never ends, and says what `OnFailure` means for Tekton's entrypoint.
pub(super) fn check(kind: &Kind, pod: &Pod<'_>, config: &Config, report: &mut Report<'_>) {
    let policy = pod.restart_policy.as_deref();
    let is_pod = kind.pod.is_empty();
    if is_always(kind, pod) {
        let default = if policy.is_none() { ", the default" } else { "" };
        report.error(
            Rule::RestartAlways,
            report.spec().key("restartPolicy"),
            format!("`restartPolicy` is `Always`{default}: its steps would never end"),
            format!(
                "set `restartPolicy: Never`, or `OnFailure`; in the functionConfig `restartPolicy: Never` does it for \
                 all{}",
                if config.strategy == Strategy::Auto {
                    ""
                } else {
                    ", and `strategy: InitContainers` or `Auto` converts the pod as it is"
                }
            ),
        );
    }
    if policy == Some(ON_FAILURE) && config.entrypoint.kind == EntrypointKind::Tekton {
        let job =
            if is_pod { "" } else { ", a Job counts the restarts of all of them against `backoffLimit`" };
        report.warning(
            Rule::TektonOnFailure,
            report.spec().key("restartPolicy"),
            format!(
                "with `restartPolicy: OnFailure` and Tekton's entrypoint the steps behind a failed one fail and \
                 restart too{job}, and after some 35 restarts their termination files are too long for them to \
                 succeed"
            ),
            "set `restartPolicy: Never`, or use `entrypoint.kind: Kueueleuleu`, where they wait for the retry",
        );
    }
}

/// Refuses steps that are restarted even when they ended well. As an init container such a one is a sidecar.
pub(super) fn check_steps(steps: &[Container<'_>], report: &mut Report<'_>) {
    for step in steps.iter().filter(|step| step.restart_policy == Some(ALWAYS)) {
        report.error(
            Rule::StepRestartAlways,
            report.route(step).key("restartPolicy"),
            format!("the `restartPolicy` of container `{}` is `Always`: the step would never end", step.name),
            "remove it; if the container is no step, name it in `sidecars`",
        );
    }
}
