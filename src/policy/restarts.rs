//! Writes the conditions on restart policies in CEL: on that of the pod, and on those of its containers.
//!
//! Containers may have their own `restartPolicy`. `restartPolicyRules` of steps are not supported, because it takes a
//! loop to find the exit codes that they match.

use super::cel;
use super::condition::Condition;
use crate::config::{Config, EntrypointKind};

/// The condition that the policy of the pod with this `spec` is `Always`, and applies to one of its steps.
pub(super) fn is_always(spec: &str) -> String {
    format!(
        "{spec}.?restartPolicy.orValue(\"\") == \"Always\"\n  && {spec}.containers.exists(c, !has(c.restartPolicy))"
    )
}

/// The policy of a step. `step` is an expression.
pub(super) fn of_step(spec: &str, step: &str, config: &Config) -> String {
    let pods = format!("{spec}.?restartPolicy.orValue(\"Never\")");
    let pods = match config.restart_policy {
        Some(_) => format!("({pods} == \"Always\"\n      ? \"Never\" : {pods})"),
        None => pods,
    };
    format!("{step}\n    .?restartPolicy.orValue({pods})")
}

/// The conditions on the restart policies of a pod.
pub(super) fn rules(spec: &str, config: &Config) -> Vec<Condition> {
    let steps = format!("{spec}.containers");
    let mut rules = Vec::new();
    if config.restart_policy.is_none() {
        rules.push(Condition {
            name: "restart-policy",
            holds: format!("!({})", is_always(spec)),
            message: cel::string(
                "`restartPolicy` is `Always`: its steps would never end; set `restartPolicy: Never` or `OnFailure`",
            ),
        });
    }
    rules.push(Condition {
        name: "step-restart-policy",
        holds: format!("{steps}.all(c, !has(c.restartPolicy) || c.restartPolicy != \"Always\")"),
        message: cel::string(
            "the `restartPolicy` of a container is `Always`: the step would never end; remove it",
        ),
    });
    rules.push(Condition {
        name: "step-restart-rules",
        holds: format!("{steps}.all(c, !has(c.restartPolicyRules) || size(c.restartPolicyRules) == 0)"),
        message: cel::string(
            "`restartPolicyRules` of a step are not supported at admission; convert the manifest when it is rendered",
        ),
    });
    rules.push(Condition {
        name: "step-retries",
        holds: format!("{} == []", endless(spec, config)),
        message: format!(
            "{}\n+ {}.join(\", \")",
            cel::string(
                "if the previous step fails, these steps would be restarted forever, or would not wait for its retry; \
                 set another `restartPolicy`: ",
            ),
            endless(spec, config)
        ),
    });
    rules.push(restart_all(spec, config));
    rules
}

/// The names of the steps that the kubelet would restart forever because they are skipped, or that would not wait for
/// a retry.
fn endless(spec: &str, config: &Config) -> String {
    let before = of_step(spec, &format!("{spec}.containers[i - 1]"), config);
    let own = of_step(spec, "c", config);
    let is_wrong = match config.entrypoint.kind {
        EntrypointKind::Tekton => format!("{before}\n    != {own}"),
        EntrypointKind::Kueueleuleu => {
            format!("{before} == \"Never\"\n  && {own} == \"OnFailure\"")
        }
    };
    format!("{spec}.containers.transformList(i, c,\n  i > 0 && {is_wrong},\n  c.name)")
}

/// The condition on rules that restart all containers: only our entrypoint runs all steps again, and only if it can
/// identify the sandbox of the pod.
fn restart_all(spec: &str, config: &Config) -> Condition {
    let rule = "has(c.restartPolicyRules)\n  && c.restartPolicyRules.exists(r, r.action == \"RestartAllContainers\")";
    let none = format!("!{spec}.?initContainers.orValue([]).exists(c, {rule})");
    let (holds, message) = match config.entrypoint.kind {
        EntrypointKind::Tekton => {
            (none, "which Tekton's entrypoint does not support; use `entrypoint.kind: Kueueleuleu`")
        }
        EntrypointKind::Kueueleuleu => (
            format!("!({spec}.?hostNetwork.orValue(false) && {spec}.?hostIPC.orValue(false))\n|| {none}"),
            "which with `hostNetwork` and `hostIPC` looks the same as a restart of the node",
        ),
    };
    Condition {
        name: "restart-all-containers",
        holds,
        message: cel::string(&format!("`restartPolicyRules` restart all containers, {message}")),
    }
}
