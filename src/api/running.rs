//! Finds the running container of a converted pod, and the state of each step.
//!
//! Knows API types. The results come from the same code as those of `kueueleuleu status`.

use crate::status::{self, NotRunning, Step};
use k8s_openapi::api::core::v1::Pod;

/// The name of the container of a converted pod that runs now, or that runs next.
///
/// This is the first container that has not ended: first among the init containers of the user, then among the steps.
/// Their order counts, not that of the statuses. A step that is retried after a failure has not ended. Other containers
/// are skipped: `kueueleuleu-prepare`, native sidecars (init containers with `restartPolicy: Always`), and containers
/// that are not steps, such as an injected proxy. While init containers run, the phase of a pod is `Pending`; there is
/// a result as soon as one of them has started.
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
    let seen = read(pod);
    let running = seen.running()?;
    let spec = pod.spec.iter();
    let mut names = spec
        .flat_map(|spec| spec.init_containers.iter().flatten().chain(&spec.containers))
        .map(|container| &*container.name);
    Ok(names.find(|name| *name == running).expect("impossible: the name was read from this pod"))
}

/// The steps of a converted pod, in the order in which they run: the state of each, since when, and why it failed or
/// waits. Empty if the pod was not converted.
///
/// For Kubernetes, a container that waits for its turn is running. Here, a step begins when the steps that it waits for
/// have ended.
///
/// ```
/// use k8s_openapi::api::core::v1::Pod;
/// use kueueleuleu::{Config, StepState, convert_pod, steps};
///
/// let pod: Pod = serde_yaml::from_str("
///   spec:
///     restartPolicy: Never
///     containers:
///     - {name: first, command: [echo, first]}
///     - {name: second, command: [echo, second]}
///   status:
///     phase: Failed
///     containerStatuses:
///     - {name: second, image: '', imageID: '', ready: false, restartCount: 0, state: {terminated: {exitCode: 199}}}
///     - {name: first, image: '', imageID: '', ready: false, restartCount: 0, state: {terminated: {exitCode: 3}}}
/// ")?;
/// let pod = convert_pod(&pod, &Config::default())?.object;
/// let steps = steps(&pod);
/// assert_eq!((steps[0].state, steps[0].exit_code), (StepState::Failed, Some(3)));
/// assert_eq!(steps[1].state, StepState::Skipped);
/// assert_eq!(steps[1].reason.as_deref(), Some("`first` failed"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn steps(pod: &Pod) -> Vec<Step> {
    read(pod).steps()
}

fn read(pod: &Pod) -> status::PodStatus {
    let value = serde_json::to_value(pod).expect("impossible: API types are JSON");
    // API types can always be read, except for odd values in free-form fields. Such a pod was not converted.
    status::pod(&value).unwrap_or_default()
}

#[cfg(test)]
mod tests;
