//! Which container of a converted pod is running now, and what each of its steps does.
//!
//! Knows API types only; the answers are found where `kueueleuleu status` finds them too.

use crate::status::{self, NotRunning, Step};
use k8s_openapi::api::core::v1::Pod;

/// The name of the container of a converted pod that runs now, or is next to run.
///
/// That is the first that has not ended: of the user's own init containers, then of the steps, in their order (that of
/// the statuses means nothing). A step that failed and is run again has not ended. Passed over are
/// `kueueleuleu-prepare`, native sidecars (init containers with `restartPolicy: Always`), and containers that are not
/// steps, such as an injected proxy. While init containers run a pod is `Pending`: it is asked too, once one of them has
/// started.
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

/// The steps of a converted pod, in the order in which they run: what each does, since when, and why it failed or waits.
///
/// To Kubernetes a container that waits for its turn has started; here a step begins when the steps that it waits for
/// have ended. None where the pod was not converted.
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

fn read(pod: &Pod) -> status::Pod {
    let value = serde_json::to_value(pod).expect("impossible: API types are JSON");
    // What the API's types allow can be read, but for odd values in free-form fields: such a pod was not converted.
    status::pod(&value).unwrap_or_default()
}

#[cfg(test)]
mod tests;
