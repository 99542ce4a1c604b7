//! What becomes of a pod as a whole, what holds it up, and why it failed.

use super::step::describe;
use super::{Container, Pod, Role, State, StepState};

/// What becomes of a pod.
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

/// A container that keeps the pod from going on, or has made it fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holdup {
    /// Its name; `None` where it is no container: the scheduler finds no node.
    pub container: Option<String>,
    /// What it is called: `init container`, `sidecar`, `container`.
    pub kind: &'static str,
    /// What is wrong: reason, message, exit code.
    pub reason: String,
    /// Its exit code, if it ended.
    pub exit_code: Option<i64>,
}

/// Why a pod failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The step or other container that failed; `None` where it is the pod as a whole.
    pub container: Option<String>,
    /// Why.
    pub reason: String,
    /// The exit code of the step.
    pub exit_code: Option<i64>,
}

impl Pod {
    /// What became of the pod.
    pub fn outcome(&self) -> Outcome {
        match &*self.phase {
            "Succeeded" => Outcome::Succeeded,
            "Failed" => Outcome::Failed,
            _ => Outcome::Running,
        }
    }

    /// What keeps the pod from going on: the scheduler, an init container, a sidecar, or a container beside the steps.
    /// Steps speak for themselves.
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

    fn holds_up(&self, container: &Container, all_ended: bool) -> Option<(String, Option<i64>)> {
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

    /// Why the pod failed, or is about to: `None` where nothing of it has failed.
    ///
    /// That is what ended the pod as a whole, if something did; otherwise the first step that failed, the first init
    /// container that did, or the first step that was skipped.
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
