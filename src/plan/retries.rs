//! Checks that steps which wait for a failed step come to an end.
//!
//! Our entrypoint waits for a retry if a flag says so, and exits with a special code if an earlier step failed
//! permanently. Tekton's entrypoint exits with 1 in both cases. If the kubelet restarts a step that was skipped, the
//! step is skipped again, forever.

use super::effective::{Effective, Restarts, rule_for};
use super::needs::{self, Graph};
use super::pod::{Container, Pod, RestartRule};
use super::report::Report;
use crate::config::{Config, EntrypointKind, StepOptions, When};
use crate::diagnostic::Rule;
use crate::kinds::Kind;
use crate::route::Route;
use kueueleuleu_protocol::{duration, exit};

/// The exit code of Tekton's entrypoint when its step is skipped.
pub(super) const TEKTON_SKIPPED: u8 = 1;

/// Reports steps that would never end, and steps whose retries others would not wait for.
pub(super) fn check(kind: &Kind, pod: &Pod<'_>, config: &Config, graph: &Graph, report: &mut Report<'_>) {
    restart_all(pod, config, report);
    let (steps, pod_policy) = (&pod.containers.items[..], pod.restart_policy.as_deref());
    let policy = Effective::of(kind, pod);
    // Steps with `Always` are rejected elsewhere. The other checks apply once that is fixed.
    if steps.iter().any(|step| policy.policy(step) == Restarts::Always) {
        return;
    }
    let waits = Waits { policy, pod_policy, steps, graph };
    match config.entrypoint.kind {
        EntrypointKind::Tekton => waits.tekton(report),
        EntrypointKind::Kueueleuleu => waits.ours(config, report),
    }
}

/// Rejects rules that restart all containers of the pod in the same sandbox, with the same volumes.
fn restart_all(pod: &Pod<'_>, config: &Config, report: &mut Report<'_>) {
    let containers = pod.init_containers.items.iter().chain(&pod.containers.items);
    let rules = containers.filter_map(|container| {
        let rule = container.restart_rules.iter().find(|rule| rule.action == RestartRule::ALL)?;
        Some((container, rule))
    });
    for (container, rule) in rules {
        let (why, help) = match config.entrypoint.kind {
            EntrypointKind::Tekton => (
                "after which Tekton's entrypoint would treat the steps of the first run as done",
                "remove it, or use `entrypoint.kind: Kueueleuleu`, which runs all steps again",
            ),
            EntrypointKind::Kueueleuleu if pod.has_host_namespaces => (
                "which with `hostNetwork` and `hostIPC` looks the same as a restart of the node, after which finished \
                 steps must not run again",
                "remove the rule, or `hostNetwork` or `hostIPC`",
            ),
            EntrypointKind::Kueueleuleu => continue,
        };
        report.error(
            Rule::RestartAllContainers,
            rule_route(container, rule, report).key("action"),
            format!(
                "rule {} of `restartPolicyRules` of container `{}` restarts all containers, {why}",
                rule.index, container.name
            ),
            help,
        );
    }
}

/// The steps of a pod, and the graph of which step waits for which.
struct Waits<'w, 'v> {
    policy: Effective,
    pod_policy: Option<&'w str>,
    steps: &'w [Container<'v>],
    graph: &'w Graph,
}

impl<'w, 'v> Waits<'w, 'v> {
    /// Each step with the steps that it waits for.
    fn each(&self) -> impl Iterator<Item = (&'w Container<'v>, Vec<&'w Container<'v>>)> {
        let awaited = |at| self.graph.after(at).iter().map(|&at| &self.steps[at]).collect();
        self.steps.iter().enumerate().map(move |(at, step)| (step, awaited(at)))
    }

    fn ours(&self, config: &Config, report: &mut Report<'_>) {
        // If all steps have the policy of the pod, either every step is retried or none is.
        if self.steps.iter().all(|step| step.restart_policy.is_none()) {
            return;
        }
        for (step, awaited) in self.each() {
            let options = needs::options(config, step.name);
            warn_of_timeouts(step, options, report);
            // A step with `when: Always` is never skipped because another step failed.
            let may_be_skipped = options.is_none_or(|options| options.when != When::Always);
            let fails = |step: &&&Container<'_>| !self.policy.retried(step).is_all();
            if let Some(failed) = awaited.iter().find(fails)
                && may_be_skipped
                && self.policy.restarts(step, exit::SKIPPED)
            {
                let why = format!("after `{}` failed permanently", failed.name);
                endless(step, exit::SKIPPED, &why, report);
            } else if !awaited.is_empty()
                && may_be_late(config)
                && rule_for(step, exit::NOT_STARTED).is_some()
            {
                endless(step, exit::NOT_STARTED, "when an earlier step cannot be started", report);
            }
        }
    }

    fn tekton(&self, report: &mut Report<'_>) {
        let mut all_retried = None;
        for (step, awaited) in self.each() {
            let is_restarted = self.policy.restarts(step, TEKTON_SKIPPED);
            for other in awaited {
                let retried = self.policy.retried(other);
                if !retried.is_empty() && !is_restarted {
                    report.error(
                        Rule::RestartRule,
                        restart_route(other, report),
                        format!(
                            "container `{}` is restarted when it fails, but with Tekton's entrypoint `{}` does not wait \
                             for the retry and fails permanently",
                            other.name, step.name
                        ),
                        OWN_ENTRYPOINT,
                    );
                } else if !retried.is_all() && is_restarted {
                    report.error(
                        Rule::RestartRule,
                        restart_route(step, report),
                        format!(
                            "container `{}` would be restarted forever: with Tekton's entrypoint it is skipped with exit \
                             code {TEKTON_SKIPPED} after `{}` failed permanently",
                            step.name, other.name
                        ),
                        OWN_ENTRYPOINT,
                    );
                } else if is_restarted {
                    all_retried = all_retried.or(Some(other));
                }
            }
        }
        if let Some(step) = all_retried {
            self.warn_of_restarts(step, report);
        }
    }

    fn warn_of_restarts(&self, step: &Container<'_>, report: &mut Report<'_>) {
        let job =
            if report.is_pod() { "" } else { " (a Job counts all these restarts against `backoffLimit`)" };
        let policy = self.pod_policy.filter(|_| step.restart_policy.is_none());
        let policy = policy.or(step.restart_policy).unwrap_or("OnFailure");
        report.warning(
            Rule::TektonOnFailure,
            restart_route(step, report),
            format!(
                "with `restartPolicy: {policy}` and Tekton's entrypoint, the steps after a failed step fail and \
                 restart too{job}; after about 35 restarts their termination files are too long for them to \
                 succeed"
            ),
            "set `restartPolicy: Never`, or use `entrypoint.kind: Kueueleuleu`, where later steps wait for the retry",
        );
    }
}

/// Reports a skipped step that exits with this code, after which the kubelet restarts it.
fn endless(step: &Container<'_>, code: u8, why: &str, report: &mut Report<'_>) {
    let (field, help) = match rule_for(step, code) {
        Some(rule) if rule.codes.negated => {
            (rule_route(step, rule, report), format!("add {code} to the `values` of the rule"))
        }
        Some(rule) => {
            (rule_route(step, rule, report), format!("remove {code} from the `values` of the rule"))
        }
        None => (
            policy_route(step, report),
            format!(
                "set `restartPolicy: Never` on `{}`; to restart it after its own failures, add \
                 `restartPolicyRules: [{{action: Restart, exitCodes: {{operator: NotIn, values: [0, {}, {}]}}}}]`",
                step.name,
                exit::NOT_STARTED,
                exit::SKIPPED
            ),
        ),
    };
    let message = format!(
        "container `{}` would be restarted forever: it is skipped with exit code {code} {why}",
        step.name
    );
    report.error(Rule::RestartRule, field, message, help);
}

const OWN_ENTRYPOINT: &str = "give all steps the same `restartPolicy`, or use `entrypoint.kind: Kueueleuleu`, which waits \
                              for the retries of each step";

/// Whether a step ever stops waiting for a step that does not start.
fn may_be_late(config: &Config) -> bool {
    let time = config.start_timeout.as_deref().and_then(duration::parse);
    time.is_none_or(|time| !time.is_zero())
}

/// Warns of a rule that restarts a step after its timeout, when our entrypoint exits with a special code.
fn warn_of_timeouts(step: &Container<'_>, options: Option<&StepOptions>, report: &mut Report<'_>) {
    let has_timeout = options.is_some_and(|options| options.timeout.is_some());
    let Some(rule) = rule_for(step, exit::TIMED_OUT).filter(|_| has_timeout) else { return };
    report.warning(
        Rule::RestartRule,
        rule_route(step, rule, report),
        format!(
            "rule {} of `restartPolicyRules` restarts container `{}` each time its `timeout` expires (exit code {}), \
             which may never end",
            rule.index,
            step.name,
            exit::TIMED_OUT
        ),
        "remove the code, or limit the total time with `activeDeadlineSeconds`",
    );
}

fn rule_route(container: &Container<'_>, rule: &RestartRule<'_>, report: &Report<'_>) -> Route {
    report.route(container).key("restartPolicyRules").index(rule.index)
}

/// The route to the policy of a container: its own, or that of the pod.
fn policy_route(container: &Container<'_>, report: &Report<'_>) -> Route {
    let own = container.restart_policy.map(|_| report.route(container));
    own.unwrap_or_else(|| report.spec()).key("restartPolicy")
}

/// The route to the field because of which a container is restarted: its rules, if it has any, or its policy.
fn restart_route(container: &Container<'_>, report: &Report<'_>) -> Route {
    if container.restart_rules.is_empty() {
        policy_route(container, report)
    } else {
        report.route(container).key("restartPolicyRules")
    }
}
