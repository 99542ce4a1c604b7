//! How the steps of a converted pod stand: which one runs, since when, and why one failed.
//!
//! Knows the contract's names and what a kubelet reports, on a plain struct that is filled from a text (`kueueleuleu
//! status`) or from API types (`api::running_container_name`), so that both give the same answers. Asks no cluster and
//! no clock.
//!
//! For Kubernetes a container that waits for its turn has started. So a step begins when the one before it ends.

mod read;
mod step;
mod time;

use crate::plan::names;
pub use read::{NotAPod, pods};
use std::fmt;
pub use step::{Standing, Step};
pub use time::Time;

/// A pod, as much of it as says how its steps stand.
#[derive(Clone, Debug, Default)]
pub struct Pod<'p> {
    /// `metadata.namespace`.
    pub namespace: Option<&'p str>,
    /// `metadata.name`.
    pub name: &'p str,
    /// The annotation that names the steps of strategy `InitContainers`.
    pub steps: Option<&'p str>,
    /// `spec.initContainers`, each with its status.
    pub init_containers: Vec<Container<'p>>,
    /// `spec.containers`, each with its status.
    pub containers: Vec<Container<'p>>,
    /// `status.phase`; empty where there is none yet.
    pub phase: &'p str,
    /// `status.reason`: why it was evicted, say.
    pub reason: Option<&'p str>,
}

/// A container and its status.
#[derive(Clone, Debug, Default)]
pub struct Container<'p> {
    /// `name`.
    pub name: &'p str,
    /// Whether it is a native sidecar: an init container with `restartPolicy: Always`.
    pub is_sidecar: bool,
    /// Whether its command is the entrypoint.
    pub is_wrapped: bool,
    /// Whether the entrypoint ends it after some time.
    pub has_timeout: bool,
    /// `state`.
    pub state: State<'p>,
    /// `lastState.terminated`: how the run before this one ended.
    pub before: Option<End<'p>>,
    /// `restartCount`.
    pub restarts: u64,
}

/// The state of a container, as a kubelet reports it.
#[derive(Clone, Debug, Default)]
pub enum State<'p> {
    /// Nothing is reported yet.
    #[default]
    Unknown,
    /// It has not been started, for this reason.
    Waiting(Option<&'p str>),
    /// It was started, at this time.
    Running(Option<Time>),
    /// It ended.
    Terminated(End<'p>),
}

/// How a container ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct End<'p> {
    /// `exitCode`.
    pub exit_code: i64,
    /// `reason`.
    pub reason: Option<&'p str>,
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
    /// All steps ended well.
    Succeeded,
    /// A step failed, or the pod was evicted.
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

impl<'p> Pod<'p> {
    /// The containers that are steps, in order; none where the pod was not converted.
    ///
    /// Goes by the wrapping, not by the annotation that speaks of it. With strategy `InitContainers` there is no
    /// wrapping, and all steps are named in an annotation.
    pub fn step_containers(&self) -> Vec<&Container<'p>> {
        let Some(steps) = self.steps else {
            return self.containers.iter().filter(|container| container.is_wrapped).collect();
        };
        let steps: Vec<_> = steps.split(',').map(str::trim).collect();
        let is_step = |container: &&Container| steps.contains(&container.name);
        let mut found: Vec<_> = self.init_containers.iter().filter(is_step).collect();
        if !found.is_empty() {
            found.extend(self.containers.iter().filter(is_step));
        }
        found
    }

    /// The name of the container that runs now, or is next to run.
    ///
    /// That is the first that has not terminated: of the user's own init containers, then of the steps. Passed over are
    /// `kueueleuleu-prepare`, native sidecars, and containers that are no steps, such as an injected proxy. While init
    /// containers run a pod is `Pending`: it is asked too, once one of them has started.
    pub fn running(&self) -> Result<&'p str, NotRunning> {
        let steps = self.step_containers();
        if steps.is_empty() {
            return Err(NotRunning::NotConverted);
        }
        let is_own = |container: &&Container| {
            let is_step = steps.iter().any(|step| step.name == container.name);
            container.name != names::PREPARE && !container.is_sidecar && !is_step
        };
        let own = self.init_containers.iter().filter(is_own);
        let mut all = own.chain(steps.iter().copied());
        match self.phase {
            "Running" => {}
            "Pending" if all.clone().any(Container::has_started) => {}
            "Succeeded" => return Err(NotRunning::Succeeded),
            "Failed" => return Err(NotRunning::Failed),
            phase => return Err(NotRunning::Phase(phase.to_owned())),
        }
        let next = all.find(|container| !matches!(container.state, State::Terminated(_)));
        next.map(|container| container.name).ok_or(NotRunning::AllFinished)
    }
}

impl Container<'_> {
    fn has_started(&self) -> bool {
        self.restarts > 0 || matches!(self.state, State::Running(_) | State::Terminated(_))
    }
}
