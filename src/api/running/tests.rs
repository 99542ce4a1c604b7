//! Tests every result of `running_container_name`, on pods as the kubelet reports them.

use super::*;
use crate::config::{Config, Strategy};
use serde_json::{Value, json};

/// A converted pod with two init containers of the user, one of them a sidecar, and three steps.
fn pod(strategy: Strategy, phase: &str, states: &[(&str, &str)]) -> Pod {
    let container = |name: &str| json!({"name": name, "command": ["run", name]});
    let mut sidecar = container("logs");
    sidecar["restartPolicy"] = json!("Always");
    let pod = json!({
        "spec": {
            "restartPolicy": "Never",
            "initContainers": [sidecar, container("setup")],
            "containers": [container("a"), container("b"), container("c")],
        },
    });
    let config = Config::default().with_strategy(strategy);
    let mut pod = super::super::convert_pod(&serde_json::from_value(pod).unwrap(), &config).unwrap().object;
    let spec = pod.spec.as_mut().unwrap();
    spec.containers
        .insert(0, serde_json::from_value(json!({"name": "proxy", "command": ["envoy"]})).unwrap());
    let is_init = |name: &str| spec.init_containers.iter().flatten().any(|container| container.name == name);
    let (init, main): (Vec<_>, Vec<_>) = states.iter().rev().partition(|(name, _)| is_init(name));
    let statuses = |states: Vec<&(&str, &str)>| states.into_iter().map(status).collect::<Vec<_>>();
    let of_pod = json!({
        "phase": phase, "initContainerStatuses": statuses(init), "containerStatuses": statuses(main),
    });
    pod.status = Some(serde_json::from_value(of_pod).unwrap());
    pod
}

fn status((name, state): &(&str, &str)) -> Value {
    let state = match *state {
        "terminated" => json!({"terminated": {"exitCode": 0}}),
        state => json!({state: {}}),
    };
    json!({
        "name": name, "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": state,
    })
}

const RUNS: &str = "running";
const WAITS: &str = "waiting";
const ENDED: &str = "terminated";

#[test]
fn the_first_step_that_has_not_terminated_is_running() {
    let before = [("logs", RUNS), ("setup", ENDED), ("kueueleuleu-prepare", ENDED), ("proxy", RUNS)];
    let name = |states: &[(&str, &str)]| {
        let states = [&before[..], states].concat();
        running_container_name(&pod(Strategy::Entrypoint, "Running", &states)).map(str::to_owned)
    };
    assert_eq!(name(&[("a", RUNS), ("b", RUNS), ("c", RUNS)]).unwrap(), "a");
    assert_eq!(name(&[("a", ENDED), ("b", RUNS), ("c", RUNS)]).unwrap(), "b");
    assert_eq!(name(&[("a", ENDED), ("b", ENDED)]).unwrap(), "c");
    assert_eq!(name(&[("a", ENDED), ("b", ENDED), ("c", ENDED)]), Err(NotRunning::AllFinished));
}

#[test]
fn init_containers_of_the_user_come_first_while_the_pod_is_pending() {
    let name = |states: &[(&str, &str)]| {
        running_container_name(&pod(Strategy::Entrypoint, "Pending", states)).map(str::to_owned)
    };
    let pending = Err(NotRunning::Phase("Pending".to_owned()));
    assert_eq!(name(&[]), pending);
    assert_eq!(name(&[("logs", RUNS), ("setup", WAITS), ("a", WAITS)]), pending);
    assert_eq!(name(&[("logs", RUNS), ("setup", RUNS), ("a", WAITS)]).unwrap(), "setup");
    assert_eq!(name(&[("setup", ENDED), ("kueueleuleu-prepare", RUNS), ("a", WAITS)]).unwrap(), "a");
}

#[test]
fn steps_that_are_init_containers_are_found_by_their_names() {
    let name = |phase: &str, states: &[(&str, &str)]| {
        running_container_name(&pod(Strategy::InitContainers, phase, states)).map(str::to_owned)
    };
    assert_eq!(name("Pending", &[("setup", ENDED), ("a", RUNS)]).unwrap(), "a");
    assert_eq!(name("Pending", &[("setup", ENDED), ("a", ENDED), ("b", WAITS)]).unwrap(), "b");
    let ended = [("logs", RUNS), ("setup", ENDED), ("a", ENDED), ("b", ENDED), ("proxy", RUNS)];
    assert_eq!(name("Running", &[&ended[..], &[("c", RUNS)]].concat()).unwrap(), "c");
    assert_eq!(name("Running", &[&ended[..], &[("c", ENDED)]].concat()), Err(NotRunning::AllFinished));
}

#[test]
fn the_error_says_why_nothing_is_running() {
    let error = |pod: &Pod| running_container_name(pod).unwrap_err();
    assert_eq!(error(&pod(Strategy::Entrypoint, "Succeeded", &[])).to_string(), "the pod has succeeded");
    assert_eq!(error(&pod(Strategy::Entrypoint, "Failed", &[])).to_string(), "the pod has failed");
    let unknown = pod(Strategy::Entrypoint, "Unknown", &[("a", RUNS)]);
    assert_eq!(error(&unknown).to_string(), "the pod is in phase `Unknown`");
    assert_eq!(error(&Pod::default()), NotRunning::NotConverted);
    let mut bare = pod(Strategy::Entrypoint, "Running", &[]);
    bare.spec.as_mut().unwrap().containers.iter_mut().for_each(|container| container.command = None);
    assert_eq!(error(&bare), NotRunning::NotConverted, "an annotation alone proves nothing");
    let mut new = pod(Strategy::InitContainers, "Running", &[]);
    new.status = None;
    assert_eq!(error(&new).to_string(), "the pod has no phase yet");
}
