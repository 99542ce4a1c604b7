//! Every standing of a step, on pods as a kubelet reports them.

use super::*;

const NAMES: [&str; 3] = ["a", "b", "c"];

fn at(second: i64) -> Time {
    Time::from_seconds(second)
}

fn end(exit_code: i64, reason: &'static str, from: i64, to: i64) -> State<'static> {
    State::Terminated(End {
        exit_code,
        reason: Some(reason),
        started: Some(at(from)),
        finished: Some(at(to)),
    })
}

fn pod(phase: &'static str, states: [State<'static>; 3]) -> Pod<'static> {
    let container = |(name, state)| Container { name, state, is_wrapped: true, ..Container::default() };
    Pod { phase, containers: NAMES.into_iter().zip(states).map(container).collect(), ..Pod::default() }
}

/// Each step in a line: where it stands, from when to when, why.
fn shown(pod: &Pod<'_>) -> Vec<String> {
    let second = |time: Option<Time>| {
        time.map_or_else(|| "-".to_owned(), |time| time.seconds_since(at(0)).to_string())
    };
    let line = |step: Step<'_>| {
        let reason = step.reason.map(|reason| format!(" {reason}")).unwrap_or_default();
        format!("{} {} {}..{}{reason}", step.name, step.standing.name(), second(step.start), second(step.end))
    };
    pod.steps().into_iter().map(line).collect()
}

#[test]
fn a_step_begins_when_the_one_before_it_ends() {
    // All containers were started in the same second; the image of the last one had to be pulled.
    let states = [end(0, "Completed", 10, 14), end(0, "Completed", 10, 20), end(0, "Completed", 23, 25)];
    let pod = pod("Succeeded", states);
    assert_eq!(shown(&pod), ["a Succeeded 10..14", "b Succeeded 14..20", "c Succeeded 23..25"]);
}

#[test]
fn who_waits_does_not_run() {
    let states = [end(0, "Completed", 10, 14), State::Running(Some(at(10))), State::Running(Some(at(10)))];
    assert_eq!(shown(&pod("Running", states)), ["a Succeeded 10..14", "b Running 14..-", "c Waiting -..-"]);
    let states = [State::Running(Some(at(10))), State::Waiting(Some("ImagePullBackOff")), State::Unknown];
    let expected = ["a Running 10..-", "b Waiting -..- ImagePullBackOff", "c Waiting -..-"];
    assert_eq!(shown(&pod("Running", states)), expected);
}

#[test]
fn steps_behind_a_failed_one_are_skipped_with_either_entrypoint() {
    for code in [1, i64::from(exit::SKIPPED)] {
        let states = [end(3, "Error", 10, 14), end(code, "Error", 10, 15), end(code, "Error", 10, 16)];
        let expected =
            ["a Failed 10..14 exit code 3", "b Skipped -..15 `a` failed", "c Skipped -..16 `a` failed"];
        assert_eq!(shown(&pod("Failed", states)), expected);
    }
}

#[test]
fn what_ended_a_step_is_named() {
    let first = |state| shown(&pod("Failed", [state, State::Unknown, State::Unknown])).swap_remove(0);
    assert_eq!(first(end(137, "OOMKilled", 1, 2)), "a Failed 1..2 OOMKilled, exit code 137 (SIGKILL)");
    assert_eq!(first(end(143, "Error", 1, 2)), "a Failed 1..2 exit code 143 (SIGTERM)");
    assert_eq!(first(end(128, "StartError", 1, 2)), "a Failed 1..2 StartError, exit code 128");
    assert_eq!(first(end(124, "Error", 1, 2)), "a Failed 1..2 exit code 124");
    let mut timed = pod("Failed", [end(124, "Error", 1, 2), State::Unknown, State::Unknown]);
    timed.containers[0].has_timeout = true;
    assert_eq!(shown(&timed)[0], "a Failed 1..2 timed out");
}

#[test]
fn a_step_that_was_killed_while_it_waited_says_so() {
    let states = [end(3, "Error", 10, 14), end(143, "Error", 10, 15), State::Running(Some(at(10)))];
    let expected = [
        "a Failed 10..14 exit code 3",
        "b Skipped -..15 `a` failed, exit code 143 (SIGTERM)",
        "c Waiting -..- `a` failed",
    ];
    assert_eq!(shown(&pod("Running", states)), expected);
}

#[test]
fn a_step_that_is_tried_again_holds_up_the_others() {
    let mut pod = pod(
        "Running",
        [State::Waiting(Some("CrashLoopBackOff")), State::Running(Some(at(10))), State::Unknown],
    );
    pod.containers[0].before = Some(End { exit_code: 2, ..End::default() });
    let expected = ["a Waiting -..- CrashLoopBackOff after exit code 2", "b Waiting -..-", "c Waiting -..-"];
    assert_eq!(shown(&pod), expected);
}

#[test]
fn steps_that_are_init_containers_are_skipped_when_the_pod_has_failed() {
    let mut pod =
        pod("Failed", [end(1, "Error", 1, 2), State::Waiting(Some("PodInitializing")), State::Unknown]);
    pod.containers.iter_mut().for_each(|container| container.is_wrapped = false);
    assert_eq!(shown(&pod), [""; 0]);
    pod.init_containers = pod.containers.drain(..2).collect();
    pod.steps = Some("a, b,c");
    let expected = ["a Failed 1..2 exit code 1", "b Skipped -..- `a` failed", "c Skipped -..- `a` failed"];
    assert_eq!(shown(&pod), expected);
}
