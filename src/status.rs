//! What a converted pod is doing: which step runs, since when, why one failed, and what holds the pod up.
//!
//! Knows the contract and what a kubelet and a scheduler report, on a plain struct that is read from a text (`kueueleuleu
//! status`) or from API types ([`api::steps`](crate::api)), so that both give the same answers. Asks no cluster and no
//! clock.
//!
//! To Kubernetes a container that waits for its turn has started. Here a step begins when the steps that it waits for
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
pub use text::{Object, Unreadable, objects};
pub use time::Time;

/// A pod, as much of it as says what its steps do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pod {
    /// `metadata.namespace`.
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`: another pod of the same name has another one.
    pub uid: String,
    /// The `uid` of the Job or other controller that made the pod.
    pub owner: Option<String>,
    /// `metadata.creationTimestamp`.
    pub created: Option<Time>,
    /// Whether it is being deleted: `metadata.deletionTimestamp` is set.
    pub is_terminating: bool,
    /// The completion index of a pod of an indexed Job.
    pub completion_index: Option<String>,
    /// `spec.initContainers` and then `spec.containers`, each with its status.
    pub containers: Vec<Container>,
    /// `status.phase`; empty where there is none yet.
    pub phase: String,
    /// Why the pod as a whole is in its state: evicted, preempted, past its deadline.
    pub problem: Option<Problem>,
    /// Why it has not been scheduled.
    pub unscheduled: Option<Problem>,
}

/// A reason and a message, as Kubernetes gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// One word, in camel case.
    pub reason: String,
    /// A sentence; may be empty.
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
pub struct Container {
    /// `name`.
    pub name: String,
    /// `image`.
    pub image: String,
    /// What it is in the sequence.
    pub role: Role,
    /// When the kubelet runs it again.
    pub restart: Restart,
    /// `state`.
    pub state: State,
    /// Whether its startup probe, if it has one, has passed. A native sidecar holds the others up until then.
    pub is_started: bool,
    /// `lastState.terminated`: how the run before this one ended.
    pub last: Option<End>,
    /// `restartCount`.
    pub restarts: u64,
}

/// When the kubelet runs a container again that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restart {
    /// Whether it does so unless a rule says otherwise.
    pub on_failure: bool,
    /// Exit codes that a rule names, and whether the rule means all but these.
    pub rules: Vec<(bool, Vec<i64>)>,
}

impl Restart {
    /// Whether a container that ended with this code is run again.
    fn after(&self, code: i64) -> bool {
        self.on_failure || self.rules.iter().any(|(negated, codes)| codes.contains(&code) != *negated)
    }
}

/// The state of a container, as a kubelet reports it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing is reported yet.
    #[default]
    Unknown,
    /// It has not been started, for this reason.
    Waiting(Problem),
    /// It was started, at this time.
    Running(Option<Time>),
    /// It ended.
    Terminated(End),
}

/// How a container ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// `exitCode`.
    pub exit_code: i64,
    /// The number of the signal that killed it, where the runtime reports one.
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
    /// The pod is in this phase: `Pending`, `Unknown`, or empty where it has no status yet.
    Phase(String),
    /// The pod is said to run, and all its steps have ended: its phase will follow.
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

impl Pod {
    /// Whether any of its containers is a step.
    pub fn is_converted(&self) -> bool {
        self.containers.iter().any(Container::is_step)
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        matches!(&*self.phase, "Succeeded" | "Failed")
    }

    /// The name of the container that runs now, or is next to run.
    ///
    /// That is the first that has not ended: of the user's own init containers, then of the steps. A step that is run
    /// again after a failure has not ended. Passed over are `kueueleuleu-prepare`, native sidecars, and containers that
    /// are not steps, such as an injected proxy. While init containers run a pod is `Pending`: it is asked too, once one
    /// of them has started.
    pub fn running(&self) -> Result<&str, NotRunning> {
        if !self.is_converted() {
            return Err(NotRunning::NotConverted);
        }
        let own = || self.containers.iter().filter(|container| container.role == Role::Init);
        let steps = self.steps();
        match &*self.phase {
            "Running" => {}
            "Pending" if own().chain(self.step_containers()).any(Container::has_started) => {}
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

    /// The name of the init container that failed, if one did.
    fn failed_init_container(&self) -> Option<&str> {
        let failed = self.containers.iter().find(|container| {
            let is_init = matches!(container.role, Role::Prepare | Role::Init);
            is_init && matches!(&container.state, State::Terminated(end) if end.exit_code != 0)
        });
        failed.map(|container| &*container.name)
    }

    /// The containers that are steps, by their numbers.
    fn step_containers(&self) -> Vec<&Container> {
        let mut steps: Vec<_> = self.containers.iter().filter(|container| container.is_step()).collect();
        steps.sort_by_key(|container| match container.role {
            Role::Step { number, .. } => number,
            _ => usize::MAX,
        });
        steps
    }
}

impl Container {
    fn is_step(&self) -> bool {
        matches!(self.role, Role::Step { .. })
    }

    /// How many of its runs have begun. Each has a log, of which Kubernetes keeps the last two.
    pub fn runs(&self) -> u64 {
        let has_begun = match &self.state {
            State::Running(_) => true,
            State::Terminated(end) => !end.is_made_up() && !end.could_not_start(),
            // While it waits for its next run, the last state is that of its latest.
            State::Waiting(_) | State::Unknown => self.last.is_some(),
        };
        self.restarts + u64::from(has_begun)
    }

    fn has_started(&self) -> bool {
        self.restarts > 0 || matches!(self.state, State::Running(_) | State::Terminated(_))
    }

    /// Why it cannot be started, if that is so and not just a matter of time.
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

    /// Whether it ended, and the kubelet runs it again.
    fn is_retried(&self) -> bool {
        match &self.state {
            State::Terminated(end) => end.exit_code != 0 && self.restart.after(end.exit_code),
            State::Waiting(problem) => problem.reason == "CrashLoopBackOff",
            _ => false,
        }
    }
}

impl End {
    /// Whether the runtime could not even start the container. Source: `StartError` is containerd's,
    /// `ContainerCannotRun` that of dockershim and cri-dockerd.
    fn could_not_start(&self) -> bool {
        matches!(&*self.problem.reason, "StartError" | "ContainerCannotRun")
    }

    /// Whether the kubelet made it up when it found no container: the pod ended before the container was created.
    fn is_made_up(&self) -> bool {
        self.problem.reason == "ContainerStatusUnknown"
            && self.started.is_none()
            && !self.problem.message.contains("used to be Running")
    }
}
