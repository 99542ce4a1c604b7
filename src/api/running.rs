//! Which container of a converted pod is running now.
//!
//! Knows API types only; the answer is found where `kueueleuleu status` finds it too.

use super::typed::annotation;
use crate::plan::names;
use crate::status::{self, End, NotRunning, State};
use k8s_openapi::api::core::v1::{Container, ContainerState, ContainerStatus, Pod, PodStatus};
use kueueleuleu_protocol as protocol;

/// The name of the container of a converted pod that runs now, or is next to run.
///
/// That is the first that has not terminated: of the user's own init containers, then of the steps, in the order of
/// the `spec` (that of the statuses means nothing). Passed over are `kueueleuleu-prepare`, native sidecars (init
/// containers with `restartPolicy: Always`), and containers that are no steps, such as an injected proxy. While init
/// containers run a pod is `Pending`: it is asked too, once one of them has started.
///
/// ```
/// use k8s_openapi::api::core::v1::Pod;
/// use kueueleuleu::{Config, NotRunning, convert_pod, running_container_name};
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
/// let pod = convert_pod(&pod, &Config::default())?.object;
/// assert_eq!(running_container_name(&pod), Ok("second"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn running_container_name(pod: &Pod) -> Result<&str, NotRunning> {
    seen(pod).running()
}

/// What of a pod says how its steps stand.
fn seen(pod: &Pod) -> status::Pod<'_> {
    let spec = pod.spec.as_ref();
    let of_pod = pod.status.as_ref();
    status::Pod {
        namespace: pod.metadata.namespace.as_deref(),
        name: pod.metadata.name.as_deref().unwrap_or_default(),
        steps: annotation(&pod.metadata, names::STEPS_ANNOTATION),
        init_containers: join(spec.and_then(|spec| spec.init_containers.as_deref()), of_pod),
        containers: join(spec.map(|spec| &*spec.containers), of_pod),
        phase: of_pod.and_then(|status| status.phase.as_deref()).unwrap_or_default(),
        reason: of_pod.and_then(|status| status.reason.as_deref()),
    }
}

/// The containers, each with its status. These come in any order.
fn join<'p>(
    containers: Option<&'p [Container]>,
    status: Option<&'p PodStatus>,
) -> Vec<status::Container<'p>> {
    let all = || {
        let lists = status.map(|status| [&status.init_container_statuses, &status.container_statuses]);
        lists.into_iter().flatten().flatten().flatten()
    };
    let containers = containers.into_iter().flatten().map(|container| {
        let status = all().find(|status| status.name == container.name);
        status::Container {
            name: &container.name,
            is_sidecar: container.restart_policy.as_deref() == Some("Always"),
            is_wrapped: container.command.as_deref().is_some_and(|command| command == [protocol::BINARY]),
            state: status.map(state).unwrap_or_default(),
            restarts: status.map_or(0, |status| status.restart_count.unsigned_abs().into()),
            ..status::Container::default()
        }
    });
    containers.collect()
}

/// The state, without times: nobody asks for them here.
fn state(status: &ContainerStatus) -> State<'_> {
    match status.state.as_ref() {
        Some(ContainerState { terminated: Some(ended), .. }) => {
            State::Terminated(End { exit_code: ended.exit_code.into(), ..End::default() })
        }
        Some(ContainerState { running: Some(_), .. }) => State::Running(None),
        Some(ContainerState { waiting: Some(waiting), .. }) => State::Waiting(waiting.reason.as_deref()),
        _ => State::Unknown,
    }
}

#[cfg(test)]
mod tests;
