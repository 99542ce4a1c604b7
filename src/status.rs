//! Reports the status of a converted pod: which step runs, since when, why a step failed, and what blocks the pod.
//!
//! Knows the contract, and what the kubelet and the scheduler report. Works on a plain struct that is read from a text
//! (`kueueleuleu status`) or from API types ([`api::steps`](crate::api)), so that both give the same results. Asks
//! neither a cluster nor a clock.
//!
//! For Kubernetes, a container that waits for its turn is running. Here, a step begins when the steps that it waits for
//! have ended.

mod job;
mod outcome;
mod read;
mod step;
mod text;
mod time;

use crate::plan;
pub use job::Job;
pub use outcome::{Cause, Holdup, Outcome};
#[cfg(feature = "api")]
pub(crate) use read::pod;
use std::fmt;
pub use step::{Step, StepState};
pub use text::{KubectlObject, ReadError, objects};
pub use time::Time;

/// The parts of a pod from which the status of its steps follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodStatus {
    /// `metadata.namespace`.
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`, which distinguishes pods of the same name.
    pub uid: String,
    /// The `uid` of the Job or other controller that created the pod.
    pub owner: Option<String>,
    /// `metadata.creationTimestamp`.
    pub created: Option<Time>,
    /// Whether it is being deleted: `metadata.deletionTimestamp` is set.
    pub is_terminating: bool,
    /// The completion index, in a pod of an indexed Job.
    pub completion_index: Option<String>,
    /// `spec.initContainers` and then `spec.containers`, each with its status.
    pub containers: Vec<ContainerStatus>,
    /// `status.phase`; empty if there is none yet.
    pub phase: String,
    /// The reason for the state of the pod as a whole: evicted, preempted, deadline exceeded.
    pub problem: Option<Problem>,
    /// The reason why it is not scheduled yet.
    pub unscheduled: Option<Problem>,
}

/// A reason and a message, as Kubernetes reports them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// One word in camel case.
    pub reason: String,
    /// A sentence, or empty.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&*self.reason, &*self.message) {
            (reason, "") => f.write_str(reason),
            ("", message) => f.write_str(message),
            (reason, message) => write!(f, "{reason}: {message}"),
        }
    }
}

pub use plan::Role;

/// A container and its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerStatus {
    /// `name`.
    pub name: String,
    /// `image`.
    pub image: String,
    /// Its role in the sequence.
    pub role: Role,
    /// When the kubelet restarts it.
    pub restart: Restart,
    /// `state`.
    pub state: State,
    /// Whether its startup probe, if it has one, has succeeded. Until then, a native sidecar blocks the next
    /// containers.
    pub is_started: bool,
    /// `lastState.terminated`: how the previous run ended.
    pub last: Option<Termination>,
    /// `restartCount`.
    pub restarts: u64,
}

/// When the kubelet restarts a failed container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restart {
    /// Whether the restart policy restarts it after any failure.
    pub on_failure: bool,
    /// The exit codes in each rule that restarts it, and whether the rule matches all other codes instead (`NotIn`).
    pub rules: Vec<(bool, Vec<i64>)>,
}

impl Restart {
    /// Whether the kubelet restarts a container that exited with this code.
    fn after(&self, code: i64) -> bool {
        self.on_failure || self.rules.iter().any(|(negated, codes)| codes.contains(&code) != *negated)
    }
}

/// The state of a container, as the kubelet reports it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// There is no report yet.
    #[default]
    Unknown,
    /// It has not started, for this reason.
    Waiting(Problem),
    /// It has started, at this time.
    Running(Option<Time>),
    /// It ended.
    Terminated(Termination),
}

/// How a container ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Termination {
    /// `exitCode`.
    pub exit_code: i64,
    /// The number of the signal that killed it, if the runtime reports one.
    pub signal: Option<u8>,
    /// `reason` and `message`.
    pub problem: Problem,
    /// `startedAt`.
    pub started: Option<Time>,
    /// `finishedAt`.
    pub finished: Option<Time>,
}

/// No container of the pod is running.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotRunning {
    /// The pod has no steps: it was not converted.
    NotConverted,
    /// The pod has succeeded.
    Succeeded,
    /// The pod has failed.
    Failed,
    /// The pod is in this phase: `Pending`, `Unknown`, or empty if it has no status yet.
    Phase(String),
    /// All steps have ended, but the phase of the pod is still `Running`.
    AllFinished,
}

impl fmt::Display for NotRunning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConverted => f.write_str("the pod was not converted: none of its containers is a step"),
            Self::Succeeded => f.write_str("the pod has succeeded"),
            Self::Failed => f.write_str("the pod has failed"),
            Self::Phase(phase) if phase.is_empty() => f.write_str("the pod has no phase yet"),
            Self::Phase(phase) => write!(f, "the pod is in phase `{phase}`"),
            Self::AllFinished => f.write_str("all containers have finished"),
        }
    }
}

impl std::error::Error for NotRunning {}

impl PodStatus {
    /// Whether the pod was converted: one of its containers is a step.
    pub fn is_converted(&self) -> bool {
        self.containers.iter().any(ContainerStatus::is_step)
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        matches!(&*self.phase, "Succeeded" | "Failed")
    }

    /// The name of the container that runs now, or that runs next.
    ///
    /// This is the first container that has not ended: first among the init containers of the user, then among the
    /// steps. A step that is retried after a failure has not ended. Other containers are skipped:
    /// `kueueleuleu-prepare`, native sidecars, and containers that are not steps, such as an injected proxy. While init
    /// containers run, the phase of a pod is `Pending`; there is a result as soon as one of them has started.
    pub fn running(&self) -> Result<&str, NotRunning> {
        if !self.is_converted() {
            return Err(NotRunning::NotConverted);
        }
        let own = || self.containers.iter().filter(|container| container.role == Role::Init);
        let steps = self.steps();
        match &*self.phase {
            "Running" => {}
            "Pending" if own().chain(self.step_containers()).any(ContainerStatus::has_started) => {}
            "Succeeded" => return Err(NotRunning::Succeeded),
            "Failed" => return Err(NotRunning::Failed),
            phase => return Err(NotRunning::Phase(phase.to_owned())),
        }
        let has_ended = |state: &State| matches!(state, State::Terminated(_));
        if let Some(container) = own().find(|container| !has_ended(&container.state)) {
            return Ok(&container.name);
        }
        let next = self
            .step_containers()
            .into_iter()
            .zip(&steps)
            .find(|(container, step)| step.state == StepState::Retrying || !has_ended(&container.state));
        next.map(|(container, _)| &*container.name).ok_or(NotRunning::AllFinished)
    }

    /// The name of the failed init container, if there is one.
    fn failed_init_container(&self) -> Option<&str> {
        let failed = self.containers.iter().find(|container| {
            let is_init = matches!(container.role, Role::Prepare | Role::Init);
            is_init && matches!(&container.state, State::Terminated(end) if end.exit_code != 0)
        });
        failed.map(|container| &*container.name)
    }

    /// The containers that are steps, in the order of their numbers.
    fn step_containers(&self) -> Vec<&ContainerStatus> {
        let mut steps: Vec<_> = self.containers.iter().filter(|container| container.is_step()).collect();
        steps.sort_by_key(|container| match container.role {
            Role::Step { number, .. } => number,
            _ => usize::MAX,
        });
        steps
    }
}

impl ContainerStatus {
    fn is_step(&self) -> bool {
        matches!(self.role, Role::Step { .. })
    }

    /// How many of its runs have begun. Each run has a log, and Kubernetes keeps the last two logs.
    pub fn runs(&self) -> u64 {
        let has_begun = match &self.state {
            State::Running(_) => true,
            State::Terminated(end) => !end.is_made_up() && !end.could_not_start(),
            // While it waits for its next run, `lastState` is that of the latest run.
            State::Waiting(_) | State::Unknown => self.last.is_some(),
        };
        self.restarts + u64::from(has_begun)
    }

    fn has_started(&self) -> bool {
        self.restarts > 0 || matches!(self.state, State::Running(_) | State::Terminated(_))
    }

    /// Why it cannot start, unless it only needs more time.
    fn trouble(&self) -> Option<&Problem> {
        match &self.state {
            State::Waiting(problem)
                if !matches!(&*problem.reason, "" | "PodInitializing" | "ContainerCreating") =>
            {
                Some(problem)
            }
            State::Terminated(end) if end.could_not_start() => Some(&end.problem),
            _ => None,
        }
    }

    /// Whether it has ended, and the kubelet restarts it.
    fn is_retried(&self) -> bool {
        match &self.state {
            State::Terminated(end) => end.exit_code != 0 && self.restart.after(end.exit_code),
            State::Waiting(problem) => problem.reason == "CrashLoopBackOff",
            _ => false,
        }
    }
}

impl Termination {
    /// Whether the runtime could not even start the container. `StartError` is the reason of containerd,
    /// `ContainerCannotRun` that of dockershim and cri-dockerd.
    fn could_not_start(&self) -> bool {
        matches!(&*self.problem.reason, "StartError" | "ContainerCannotRun")
    }

    /// Whether the kubelet only generated this status because it found no container: the pod ended before the container
    /// was created.
    fn is_made_up(&self) -> bool {
        self.problem.reason == "ContainerStatusUnknown"
            && self.started.is_none()
            && !self.problem.message.contains("used to be Running")
    }
}
