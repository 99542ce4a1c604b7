//! Determines the state of each step of a pod, its start and end, and the reason.
//!
//! Knows the exit codes of both entrypoints. A step begins when the steps that it waits for have ended.

use super::{ContainerStatus, PodStatus, Problem, Role, State, Termination, Time};
use kueueleuleu_protocol::{TRIES, exit};

/// The state of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub enum StepState {
    /// It is not its turn yet, or its container has not started yet.
    Waiting,
    /// It runs.
    Running,
    /// It failed, and the kubelet restarts it.
    Retrying,
    /// It succeeded.
    Succeeded,
    /// It failed.
    Failed,
    /// It did not run, because an earlier step failed, or because the pod ended.
    Skipped,
}

impl StepState {
    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Running => "Running",
            Self::Retrying => "Retrying",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Skipped => "Skipped",
        }
    }

    /// Whether the state can no longer change.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Skipped)
    }
}

/// A step and its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The container's name.
    pub name: String,
    /// The container's image.
    pub image: String,
    /// Its state.
    pub state: StepState,
    /// When the step began, which is later than its container.
    pub start: Option<Time>,
    /// When it ended.
    pub end: Option<Time>,
    /// The exit code of its last run: that of the step, or of the entrypoint if the step did not run.
    pub exit_code: Option<i64>,
    /// Why it failed, was skipped, is retried, or has not started yet. Also something unusual about a step that
    /// succeeded.
    pub reason: Option<String>,
    /// How often it was restarted.
    pub restarts: u64,
    /// When its previous run ended.
    pub restarted: Option<Time>,
}

impl PodStatus {
    /// The steps, in the order in which they run. Empty if the pod was not converted.
    pub fn steps(&self) -> Vec<Step> {
        let mut open = self.step_containers();
        let mut seen: Vec<KnownStep<'_>> = Vec::with_capacity(open.len());
        while !open.is_empty() {
            // Each step comes after the steps that it waits for. In a damaged pod there may be no such step.
            let is_ready =
                |container: &&ContainerStatus| !open.iter().any(|other| container.waits_for(other));
            let container = open.remove(open.iter().position(is_ready).unwrap_or_default());
            let Role::Step { number, after, is_always, .. } = &container.role else { continue };
            let before = PredecessorSummary::of(seen.iter().filter(|seen| after.contains(&seen.number)));
            let step = if *is_always {
                // An earlier failure does not affect this step, but it affects the steps after it.
                PredecessorSummary { failed: None, retried: None, ..before }.step(container, self)
            } else {
                before.step(container, self)
            };
            let failed = match step.state {
                StepState::Failed => Some(&*container.name),
                StepState::Skipped => before.failed.or(before.retried),
                _ => before.failed,
            };
            let stuck = is_stuck(container, &step).then_some(&*container.name).or(before.stuck);
            seen.push(KnownStep { number: *number, container, failed, stuck, step });
        }
        seen.sort_by_key(|seen| seen.number);
        seen.into_iter().map(|seen| seen.step).collect()
    }
}

impl ContainerStatus {
    /// Whether it is a step that waits for `other`.
    fn waits_for(&self, other: &Self) -> bool {
        match (&self.role, &other.role) {
            (Role::Step { after, .. }, Role::Step { number, .. }) => after.contains(number),
            _ => false,
        }
    }
}

/// Whether the steps after this one wait in vain, because its container has a problem.
fn is_stuck(container: &ContainerStatus, step: &Step) -> bool {
    !matches!(step.state, StepState::Skipped | StepState::Retrying) && container.trouble().is_some()
}

/// A step whose state is known.
struct KnownStep<'p> {
    number: usize,
    container: &'p ContainerStatus,
    /// The failed step, if this step or one that it waited for failed.
    failed: Option<&'p str>,
    /// The step that cannot start, if this step or one that it waits for cannot.
    stuck: Option<&'p str>,
    step: Step,
}

/// A summary of the steps that a step waits for.
#[derive(Clone, Copy, Default)]
struct PredecessorSummary<'p> {
    /// When the last of them ended.
    end: Option<Time>,
    /// The failed step.
    failed: Option<&'p str>,
    /// One of them that failed, was retried, and has not failed since.
    retried: Option<&'p str>,
    /// The step that cannot start.
    stuck: Option<&'p str>,
    /// Whether one of them has not ended.
    is_going_on: bool,
    /// The first of them.
    name: Option<&'p str>,
}

impl<'p> PredecessorSummary<'p> {
    fn of<'s>(steps: impl Iterator<Item = &'s KnownStep<'p>>) -> Self
    where
        'p: 's,
    {
        steps.fold(Self::default(), |before, seen| {
            let name = &*seen.container.name;
            let is_retried = seen.container.last.as_ref().is_some_and(|last| last.exit_code != 0);
            Self {
                end: seen.step.end.filter(|_| seen.step.state.is_final()).max(before.end),
                failed: before.failed.or(seen.failed),
                retried: before.retried.or(is_retried.then_some(name)),
                stuck: before.stuck.or(seen.stuck),
                is_going_on: before.is_going_on || !seen.step.state.is_final(),
                name: before.name.or(Some(name)),
            }
        })
    }

    fn step(&self, container: &ContainerStatus, pod: &PodStatus) -> Step {
        let blank = Step {
            name: container.name.clone(),
            image: container.image.clone(),
            state: StepState::Waiting,
            start: None,
            end: None,
            exit_code: None,
            reason: None,
            restarts: container.restarts,
            restarted: container.last.as_ref().and_then(|last| last.finished),
        };
        match &container.state {
            State::Terminated(end) if end.is_made_up() => self.never_started(blank, pod),
            State::Terminated(end) => {
                let ended = Step { end: end.finished, exit_code: Some(end.exit_code), ..blank };
                self.ended(ended, container, end, pod)
            }
            State::Running(_) | State::Waiting(_) | State::Unknown if pod.has_ended() => {
                self.never_started(blank, pod)
            }
            State::Running(since) => self.running(blank, *since),
            State::Waiting(_) if container.is_retried() => {
                let reason = container.last.as_ref().map(|last| format!("back-off after {}", describe(last)));
                let exit_code = container.last.as_ref().map(|last| last.exit_code);
                Step { state: StepState::Retrying, reason, exit_code, ..blank }
            }
            State::Waiting(problem) => {
                let reason = container.trouble().map(|_| problem.to_string());
                Step { reason: reason.or_else(|| self.wait_reason()), ..blank }
            }
            State::Unknown => Step { reason: self.wait_reason(), ..blank },
        }
    }

    /// The reason, if a step waits in vain.
    fn wait_reason(&self) -> Option<String> {
        let stuck = self.stuck.map(|stuck| format!("waits for `{stuck}`, which could not be started"));
        stuck.or_else(|| self.failed.map(|failed| format!("`{failed}` failed")))
    }

    fn running(&self, step: Step, since: Option<Time>) -> Step {
        // If an entrypoint was killed, it could not signal its end: with Tekton's entrypoint, later steps wait for
        // ever.
        if self.is_going_on || self.failed.is_some() {
            return Step { reason: self.wait_reason(), ..step };
        }
        Step { state: StepState::Running, start: self.end.max(since), ..step }
    }

    /// A step that had not started when the pod ended.
    fn never_started(&self, step: Step, pod: &PodStatus) -> Step {
        let failed = self.failed.or_else(|| pod.failed_init_container());
        let reason = match (failed, &pod.problem) {
            (Some(failed), _) => format!("`{failed}` failed"),
            (None, Some(problem)) if !problem.reason.is_empty() => {
                format!("not started: the pod ended: {}", problem.reason)
            }
            (None, _) => "not started: the pod ended".to_owned(),
        };
        Step { state: StepState::Skipped, reason: Some(reason), ..step }
    }

    fn ended(&self, step: Step, container: &ContainerStatus, end: &Termination, pod: &PodStatus) -> Step {
        if end.exit_code == 0 {
            let reason = unusual(&end.problem).then(|| describe(end)).or_else(|| tries(end));
            return Step { state: StepState::Succeeded, start: self.end.max(end.started), reason, ..step };
        }
        if let Some(reason) = self.skipped(end) {
            return Step { state: StepState::Skipped, reason: Some(reason), ..step };
        }
        let is_retried = container.is_retried() && !pod.has_ended() && !pod.is_terminating;
        let state = if is_retried { StepState::Retrying } else { StepState::Failed };
        if end.could_not_start() {
            let reason = format!("could not be started: {}", end.problem);
            return Step { state, reason: Some(reason), ..step };
        }
        // It was killed while it waited.
        if self.is_going_on || end.finished.is_some_and(|finished| Some(finished) < self.end) {
            let waited = self.name.map(|name| format!("ended while it waited for `{name}`, "));
            let reason = format!("{}{}", waited.unwrap_or_default(), describe(end));
            return Step { state, reason: Some(reason), ..step };
        }
        let has_timeout = matches!(container.role, Role::Step { has_timeout: true, .. });
        let is_timeout = has_timeout && end.exit_code == i64::from(exit::TIMED_OUT);
        let reason = if is_timeout { "timed out".to_owned() } else { describe(end) };
        let reason = tries(end).map(|tries| format!("{reason}, {tries}")).unwrap_or(reason);
        Step { state, start: self.end.max(end.started), reason: Some(reason), ..step }
    }

    /// The reason, if the entrypoint skipped this step: the step that failed, and the exit code unless it is that of a
    /// skipped step, which is 1 with Tekton's entrypoint.
    fn skipped(&self, end: &Termination) -> Option<String> {
        if end.exit_code == i64::from(exit::NOT_STARTED) {
            return self.stuck.or(self.name).map(|name| format!("`{name}` was not started in time"));
        }
        let is_ours = end.exit_code == i64::from(exit::SKIPPED);
        if let Some(failed) = self.failed {
            let how =
                if is_ours || end.exit_code == 1 { String::new() } else { format!(", {}", describe(end)) };
            return Some(format!("`{failed}` failed{how}"));
        }
        self.retried.filter(|_| is_ours).map(|retried| format!("`{retried}` failed before its retry"))
    }
}

/// How often the entrypoint ran the command, if its termination message says so.
fn tries(end: &Termination) -> Option<String> {
    let tries = end.problem.message.trim_end().strip_prefix(TRIES)?.trim_start();
    let tries: u64 = tries.parse().ok()?;
    Some(format!("{tries} tries"))
}

/// Whether a reason contains more information than the exit code.
fn unusual(problem: &Problem) -> bool {
    !matches!(&*problem.reason, "" | "Error" | "Completed")
}

/// How a container ended, in words.
pub(super) fn describe(end: &Termination) -> String {
    let code = end.exit_code;
    let above = || u8::try_from(code).ok().and_then(|code| code.checked_sub(exit::SIGNAL_BASE));
    let signal = end.signal.or_else(above).and_then(signal);
    let code = match signal {
        Some(signal) => format!("exit code {code} ({signal})"),
        None => format!("exit code {code}"),
    };
    if unusual(&end.problem) { format!("{}, {code}", end.problem.reason) } else { code }
}

/// The names of the signals that end containers. Their numbers are the same on all architectures that Kubernetes
/// supports.
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
        10 => "SIGUSR1",
        11 => "SIGSEGV",
        12 => "SIGUSR2",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        31 => "SIGSYS",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
