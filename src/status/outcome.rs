//! Determines the outcome of a pod as a whole, what blocks it, and why it failed.

use super::step::describe;
use super::{ContainerStatus, PodStatus, Role, State, StepState};

/// The outcome of a pod or a Job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub enum Outcome {
    /// It has not ended.
    Running,
    /// It succeeded.
    Succeeded,
    /// It failed.
    Failed,
}

/// A container that blocks the pod, or has made it fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holdup {
    /// Its name; `None` if it is not a container, but the scheduler, which finds no node.
    pub container: Option<String>,
    /// Its kind: `init container`, `sidecar`, `container` or `scheduler`.
    pub kind: &'static str,
    /// What is wrong: reason, message, exit code.
    pub reason: String,
    /// Its exit code, if it has ended.
    pub exit_code: Option<i64>,
}

/// Why a pod failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The step or other container that failed; `None` if the pod failed as a whole.
    pub container: Option<String>,
    /// The reason.
    pub reason: String,
    /// The exit code of the step.
    pub exit_code: Option<i64>,
}

impl PodStatus {
    /// The outcome of the pod.
    pub fn outcome(&self) -> Outcome {
        match &*self.phase {
            "Succeeded" => Outcome::Succeeded,
            "Failed" => Outcome::Failed,
            _ => Outcome::Running,
        }
    }

    /// Everything that blocks the pod: the scheduler, init containers, sidecars, and containers beside the steps. Steps
    /// are not included, because each has its own state.
    pub fn holdups(&self) -> Vec<Holdup> {
        let unscheduled = self.unscheduled.iter().filter(|_| !self.has_ended()).map(|problem| Holdup {
            container: None,
            kind: "scheduler",
            reason: problem.to_string(),
            exit_code: None,
        });
        let all_ended = self.is_converted() && self.steps().iter().all(|step| step.state.is_final());
        let others = self.containers.iter().filter_map(|container| {
            let (reason, exit_code) = self.holds_up(container, all_ended)?;
            let kind = match container.role {
                Role::Prepare | Role::Init => "init container",
                Role::Sidecar => "sidecar",
                Role::Step { .. } | Role::Other => "container",
            };
            Some(Holdup { container: Some(container.name.clone()), kind, reason, exit_code })
        });
        unscheduled.chain(others).collect()
    }

    fn holds_up(&self, container: &ContainerStatus, all_ended: bool) -> Option<(String, Option<i64>)> {
        if container.is_step() || self.outcome() == Outcome::Succeeded {
            return None;
        }
        let is_init = matches!(container.role, Role::Prepare | Role::Init);
        match &container.state {
            State::Terminated(end) if end.is_made_up() => None,
            State::Terminated(end) if end.exit_code != 0 && (is_init || !self.has_ended()) => {
                let message = if end.problem.message.is_empty() {
                    String::new()
                } else {
                    format!(": {}", end.problem.message)
                };
                Some((format!("{}{message}", describe(end)), Some(end.exit_code)))
            }
            State::Waiting(problem) if container.trouble().is_some() => {
                let last = container.last.as_ref();
                let after = last.map(|last| format!(" (after {})", describe(last))).unwrap_or_default();
                Some((format!("{problem}{after}"), last.map(|last| last.exit_code)))
            }
            State::Running(_) if self.has_ended() => None,
            State::Running(_) if container.role == Role::Sidecar && !container.is_started => {
                Some(("has not started yet".to_owned(), None))
            }
            State::Running(_) if container.role == Role::Other && all_ended => {
                Some(("still runs, and keeps the pod running".to_owned(), None))
            }
            _ => None,
        }
    }

    /// Why the pod failed, or will fail; `None` if nothing in it has failed.
    ///
    /// This is the reason for which the pod ended as a whole, if there is one; otherwise the first failed step, the
    /// first failed init container, or the first skipped step.
    pub fn cause(&self) -> Option<Cause> {
        if self.outcome() == Outcome::Succeeded {
            return None;
        }
        if let Some(problem) = self.problem.as_ref().filter(|_| self.has_ended()) {
            return Some(Cause { container: None, reason: problem.to_string(), exit_code: None });
        }
        let steps = self.steps();
        let of_step = |wanted: StepState| {
            let step = steps.iter().find(|step| step.state == wanted)?;
            let mut reason = step.reason.clone().unwrap_or_default();
            if self.is_terminating && matches!(step.exit_code, Some(137 | 143)) {
                reason.push_str(", while the pod was being deleted");
            }
            Some(Cause { container: Some(step.name.clone()), reason, exit_code: step.exit_code })
        };
        let of_holdup = || {
            let holdup =
                self.holdups().into_iter().find(|holdup| self.has_ended() && holdup.exit_code.is_some())?;
            Some(Cause { container: holdup.container, reason: holdup.reason, exit_code: holdup.exit_code })
        };
        of_step(StepState::Failed).or_else(of_holdup).or_else(|| of_step(StepState::Skipped))
    }
}
