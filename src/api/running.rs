//! Which container of a converted pod is running now.
//!
//! Knows the contract's names and a pod's status. Goes by the wrapping, not by the annotation that speaks of it.

use super::annotation;
use crate::plan::names;
use crate::protocol;
use k8s_openapi::api::core::v1::{Container, ContainerStatus, Pod, PodSpec, PodStatus};
use std::fmt;

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

/// The name of the container of a converted pod that runs now, or is next to run.
///
/// That is the first that has not terminated: of the user's own init containers, then of the steps, in the order of
/// the `spec` (that of the statuses means nothing). Passed over are `kueueleuleu-prepare`, native sidecars (init
/// containers with `restartPolicy: Always`), and containers that are no steps, such as an injected proxy. While init
/// containers run a pod is `Pending`: it is asked too, once one of them has started.
///
/// ```
/// use k8s_openapi::api::core::v1::Pod;
/// use kueueleuleu::api::{NotRunning, running_container_name};
/// use kueueleuleu::{api, config::Config};
///
/// let pod: Pod = serde_yaml::from_str("
///   spec:
///     restartPolicy: Never
///     containers:
///     - {name: first, command: [echo, first]}
///     - {name: second, command: [echo, second]}
///   status:
///     phase: Running
///     containerStatuses:
///     - {name: second, image: '', imageID: '', ready: true, restartCount: 0, state: {running: {}}}
///     - {name: first, image: '', imageID: '', ready: false, restartCount: 0, state: {terminated: {exitCode: 0}}}
/// ")?;
/// assert_eq!(running_container_name(&pod), Err(NotRunning::NotConverted));
/// let pod = api::convert_pod(&pod, &Config::default())?;
/// assert_eq!(running_container_name(&pod), Ok("second"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn running_container_name(pod: &Pod) -> Result<&str, NotRunning> {
    let one_after_the_other = pod.spec.as_ref().and_then(|spec| in_order(pod, spec));
    let containers = one_after_the_other.ok_or(NotRunning::NotConverted)?;
    let status = pod.status.as_ref();
    match status.and_then(|status| status.phase.as_deref()).unwrap_or_default() {
        "Running" => {}
        "Pending" if containers.iter().any(|container| has_started(status, &container.name)) => {}
        "Succeeded" => return Err(NotRunning::Succeeded),
        "Failed" => return Err(NotRunning::Failed),
        phase => return Err(NotRunning::Phase(phase.to_owned())),
    }
    let mut names = containers.iter().map(|container| container.name.as_str());
    names.find(|name| !has_terminated(status, name)).ok_or(NotRunning::AllFinished)
}

/// What runs one after the other, in order; `None` where nothing of it is a step.
fn in_order<'p>(pod: &'p Pod, spec: &'p PodSpec) -> Option<Vec<&'p Container>> {
    let init = spec.init_containers.iter().flatten();
    let mut containers: Vec<_> = init.filter(|container| is_one_shot(container)).collect();
    if let Some(steps) = annotation(&pod.metadata, names::STEPS_ANNOTATION) {
        // Strategy `InitContainers`: all steps but the last are init containers, and all are named.
        let steps: Vec<_> = steps.split(',').map(str::trim).collect();
        let is_step = |container: &&Container| steps.contains(&container.name.as_str());
        if !containers.iter().any(is_step) {
            return None;
        }
        containers.extend(spec.containers.iter().filter(is_step));
        return Some(containers);
    }
    let own = containers.len();
    containers.extend(spec.containers.iter().filter(|container| is_wrapped(container)));
    (containers.len() > own).then_some(containers)
}

/// Whether an init container is the user's, or a step, and ends before the next one starts.
fn is_one_shot(container: &Container) -> bool {
    container.name != names::PREPARE && container.restart_policy.as_deref() != Some("Always")
}

fn is_wrapped(container: &Container) -> bool {
    container.command.as_deref().is_some_and(|command| command == [protocol::BINARY])
}

fn status_of<'p>(status: Option<&'p PodStatus>, name: &str) -> Option<&'p ContainerStatus> {
    let status = status?;
    let mut all = status.init_container_statuses.iter().chain(&status.container_statuses).flatten();
    all.find(|status| status.name == name)
}

fn has_terminated(status: Option<&PodStatus>, name: &str) -> bool {
    let state = status_of(status, name).and_then(|status| status.state.as_ref());
    state.is_some_and(|state| state.terminated.is_some())
}

fn has_started(status: Option<&PodStatus>, name: &str) -> bool {
    status_of(status, name).is_some_and(|status| {
        let state = status.state.as_ref();
        let now = state.is_some_and(|state| state.running.is_some() || state.terminated.is_some());
        now || status.restart_count > 0
    })
}

#[cfg(test)]
mod tests;
