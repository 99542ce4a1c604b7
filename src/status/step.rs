//! The steps of a pod, one by one: where each stands, from when to when, and why.
//!
//! Knows the exit codes of both entrypoints, and that a step begins when the one before it ends.

use super::{Container, End, Pod, State, Time};
use kueueleuleu_protocol::exit;

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Standing {
    /// Its turn has not come, or its container is not there yet.
    Waiting,
    /// It runs.
    Running,
    /// It ended well.
    Succeeded,
    /// It failed.
    Failed,
    /// It was not run, because one before it failed.
    Skipped,
}

impl Standing {
    /// As people read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Skipped => "Skipped",
        }
    }
}

/// A step, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<'p> {
    /// The container's name.
    pub name: &'p str,
    /// Where it stands.
    pub standing: Standing,
    /// When it began: its own work, not its container.
    pub start: Option<Time>,
    /// When it ended.
    pub end: Option<Time>,
    /// What it, or the entrypoint in its place, ended with.
    pub exit_code: Option<i64>,
    /// Why it failed, was skipped, or is not there yet.
    pub reason: Option<String>,
    /// How often it was started again.
    pub restarts: u64,
}

impl<'p> Pod<'p> {
    /// The steps in order; none where the pod was not converted.
    pub fn steps(&self) -> Vec<Step<'p>> {
        let mut before = Before::default();
        let steps = self.step_containers().into_iter().map(|container| {
            let step = before.step(container, self.phase == "Failed");
            before = before.and(&step);
            step
        });
        steps.collect()
    }
}

/// What is known of the steps before one.
#[derive(Clone, Copy, Default)]
struct Before<'p> {
    /// When the last of them ended.
    end: Option<Time>,
    /// The one that failed.
    failed: Option<&'p str>,
    /// Whether one of them has not ended.
    is_going_on: bool,
}

impl<'p> Before<'p> {
    fn and(self, step: &Step<'p>) -> Self {
        let is_going_on = matches!(step.standing, Standing::Waiting | Standing::Running);
        let failed = (step.standing == Standing::Failed).then_some(step.name);
        Self {
            end: step.end.max(self.end),
            failed: self.failed.or(failed),
            is_going_on: self.is_going_on || is_going_on,
        }
    }

    fn step(self, container: &Container<'p>, pod_failed: bool) -> Step<'p> {
        let step = Step {
            name: container.name,
            standing: Standing::Waiting,
            start: None,
            end: None,
            exit_code: None,
            reason: None,
            restarts: container.restarts,
        };
        match (&container.state, self.failed) {
            (State::Terminated(end), Some(failed)) => {
                Step { standing: Standing::Skipped, reason: Some(skipped(end, failed)), ..step.ended(end) }
            }
            (_, Some(failed)) if pod_failed => {
                Step { standing: Standing::Skipped, reason: Some(format!("`{failed}` failed")), ..step }
            }
            (State::Terminated(end), None) => {
                let failed = end.exit_code != 0;
                let standing = if failed { Standing::Failed } else { Standing::Succeeded };
                let reason = failed.then(|| failure(container, end));
                Step { standing, reason, start: self.end.max(end.started), ..step.ended(end) }
            }
            (State::Running(since), None) if !self.is_going_on => {
                Step { standing: Standing::Running, start: self.end.max(*since), ..step }
            }
            (State::Running(_), Some(failed)) => {
                // A step that died told nobody; Tekton's entrypoint waits for ever then.
                Step { reason: Some(format!("`{failed}` failed")), ..step }
            }
            (State::Waiting(reason), _) => Step { reason: waiting(container, *reason), ..step },
            (State::Unknown | State::Running(_), _) => step,
        }
    }
}

impl Step<'_> {
    fn ended(self, end: &End<'_>) -> Self {
        Self { end: end.finished, exit_code: Some(end.exit_code), ..self }
    }
}

/// Because of which step, and how, if it is not how entrypoints skip: Tekton's ends with 1 then.
fn skipped(end: &End<'_>, failed: &str) -> String {
    if [1, i64::from(exit::SKIPPED)].contains(&end.exit_code) {
        return format!("`{failed}` failed");
    }
    format!("`{failed}` failed, {}", describe(end))
}

fn failure(container: &Container<'_>, end: &End<'_>) -> String {
    if container.has_timeout && end.exit_code == i64::from(exit::TIMED_OUT) {
        return "timed out".to_owned();
    }
    describe(end)
}

/// Why a container is not there; how it ended before, if it is started again.
fn waiting(container: &Container<'_>, reason: Option<&str>) -> Option<String> {
    let before = container.before.map(|end| format!("after {}", describe(&end)));
    let parts: Vec<_> = reason.map(str::to_owned).into_iter().chain(before).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// How a container ended, in words.
fn describe(end: &End<'_>) -> String {
    let code = end.exit_code;
    let signal = u8::try_from(code).ok().and_then(|code| signal(code.checked_sub(exit::SIGNAL_BASE)?));
    let code = match signal {
        Some(signal) => format!("exit code {code} ({signal})"),
        None => format!("exit code {code}"),
    };
    match end.reason {
        None | Some("" | "Error" | "Completed") => code,
        Some(reason) => format!("{reason}, {code}"),
    }
}

/// The signals that end containers, by the numbers that they have on every Linux Kubernetes runs on.
fn signal(number: u8) -> Option<&'static str> {
    Some(match number {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
