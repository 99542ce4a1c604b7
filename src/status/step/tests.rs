//! Tests every state of a step, on pods as the kubelet reports them.

use super::*;
use crate::status::{Outcome, Restart};

const NAMES: [&str; 3] = ["a", "b", "c"];

fn at(second: i64) -> Time {
    Time::from_seconds(second)
}

fn terminated(exit_code: i64, reason: &str, from: i64, to: i64) -> Termination {
    Termination {
        exit_code,
        problem: problem(reason, ""),
        started: Some(at(from)),
        finished: Some(at(to)),
        ..Termination::default()
    }
}

fn end(exit_code: i64, reason: &str, from: i64, to: i64) -> State {
    State::Terminated(terminated(exit_code, reason, from, to))
}

fn running(since: i64) -> State {
    State::Running(Some(at(since)))
}

fn problem(reason: &str, message: &str) -> Problem {
    Problem { reason: reason.to_owned(), message: message.to_owned() }
}

fn waiting(reason: &str, message: &str) -> State {
    State::Waiting(problem(reason, message))
}

fn step(number: usize) -> Role {
    let after = number.checked_sub(1).into_iter().collect();
    Role::Step { number, after, has_timeout: false, is_always: false }
}

fn container(name: &str, role: Role, state: State) -> ContainerStatus {
    ContainerStatus {
        name: name.to_owned(),
        image: String::new(),
        role,
        restart: Restart::default(),
        state,
        is_started: false,
        last: None,
        restarts: 0,
    }
}

fn pod(phase: &str, states: [State; 3]) -> PodStatus {
    let containers = NAMES.into_iter().zip(states).enumerate();
    let containers = containers.map(|(number, (name, state))| container(name, step(number), state)).collect();
    PodStatus { phase: phase.to_owned(), containers, ..PodStatus::default() }
}

/// Each step in a line: its state, start and end, and the reason.
fn shown(pod: &PodStatus) -> Vec<String> {
    let second = |time: Option<Time>| {
        time.map_or_else(|| "-".to_owned(), |time| time.seconds_since(at(0)).to_string())
    };
    let line = |step: Step| {
        let reason = step.reason.map(|reason| format!(" {reason}")).unwrap_or_default();
        format!("{} {} {}..{}{reason}", step.name, step.state.name(), second(step.start), second(step.end))
    };
    pod.steps().into_iter().map(line).collect()
}

#[test]
fn a_step_begins_when_the_previous_step_ends() {
    // The first two containers start in the same second. The image of the last container had to be pulled.
    let states = [end(0, "Completed", 10, 14), end(0, "Completed", 10, 20), end(0, "Completed", 23, 25)];
    let pod = pod("Succeeded", states);
    assert_eq!(shown(&pod), ["a Succeeded 10..14", "b Succeeded 14..20", "c Succeeded 23..25"]);
}

#[test]
fn a_waiting_step_is_not_running() {
    let states = [end(0, "Completed", 10, 14), running(10), running(10)];
    assert_eq!(shown(&pod("Running", states)), ["a Succeeded 10..14", "b Running 14..-", "c Waiting -..-"]);
}

#[test]
fn steps_wait_for_a_step_that_cannot_start() {
    let states = [running(10), waiting("ImagePullBackOff", "Back-off"), State::Unknown];
    let waits = "c Waiting -..- waits for `b`, which could not be started";
    let expected = ["a Running 10..-", "b Waiting -..- ImagePullBackOff: Back-off", waits];
    assert_eq!(shown(&pod("Running", states)), expected);
    let start_error = State::Terminated(Termination {
        problem: problem("StartError", "no such file"),
        ..terminated(128, "", 0, 14)
    });
    let states = [end(0, "Completed", 10, 14), start_error, running(10)];
    let expected =
        ["a Succeeded 10..14", "b Failed -..14 could not be started: StartError: no such file", waits];
    assert_eq!(shown(&pod("Running", states)), expected);
    let ordinary = [running(10), waiting("ContainerCreating", ""), waiting("PodInitializing", "")];
    assert_eq!(shown(&pod("Pending", ordinary)), ["a Running 10..-", "b Waiting -..-", "c Waiting -..-"]);
}

#[test]
fn steps_after_a_failed_one_are_skipped_with_either_entrypoint() {
    for code in [1, i64::from(exit::SKIPPED)] {
        let states = [end(3, "Error", 10, 14), end(code, "Error", 10, 15), end(code, "Error", 10, 16)];
        let expected =
            ["a Failed 10..14 exit code 3", "b Skipped -..15 `a` failed", "c Skipped -..16 `a` failed"];
        assert_eq!(shown(&pod("Failed", states)), expected);
    }
    // The first step is never skipped, so this is its own exit code.
    let states = [end(199, "Error", 10, 14), end(199, "Error", 10, 15), end(199, "Error", 10, 16)];
    assert_eq!(shown(&pod("Failed", states))[0], "a Failed 10..14 exit code 199");
}

#[test]
fn the_reason_names_what_ended_a_step() {
    let first = |state| shown(&pod("Failed", [state, State::Unknown, State::Unknown])).swap_remove(0);
    assert_eq!(first(end(137, "OOMKilled", 1, 2)), "a Failed 1..2 OOMKilled, exit code 137 (SIGKILL)");
    assert_eq!(first(end(143, "Error", 1, 2)), "a Failed 1..2 exit code 143 (SIGTERM)");
    assert_eq!(first(end(124, "Error", 1, 2)), "a Failed 1..2 exit code 124");
    assert_eq!(first(end(0, "OOMKilled", 1, 2)), "a Succeeded 1..2 OOMKilled, exit code 0");
    let by_runtime = State::Terminated(Termination { signal: Some(6), ..terminated(255, "Error", 1, 2) });
    assert_eq!(first(by_runtime), "a Failed 1..2 exit code 255 (SIGABRT)");
    let mut timed = pod("Failed", [end(124, "Error", 1, 2), State::Unknown, State::Unknown]);
    timed.containers[0].role =
        Role::Step { number: 0, after: Vec::new(), has_timeout: true, is_always: false };
    assert_eq!(shown(&timed)[0], "a Failed 1..2 timed out");
}

#[test]
fn the_reason_says_if_a_step_was_killed_while_it_waited() {
    let states = [end(3, "Error", 10, 14), end(143, "Error", 10, 15), running(10)];
    let expected = [
        "a Failed 10..14 exit code 3",
        "b Skipped -..15 `a` failed, exit code 143 (SIGTERM)",
        "c Waiting -..- `a` failed",
    ];
    assert_eq!(shown(&pod("Running", states)), expected);
    // Bug: its start was the end of the previous step, 4 s after its own end.
    let states = [end(0, "Completed", 10, 20), end(143, "Error", 10, 16), end(199, "Error", 10, 21)];
    let expected = [
        "a Succeeded 10..20",
        "b Failed -..16 ended while it waited for `a`, exit code 143 (SIGTERM)",
        "c Skipped -..21 `b` failed",
    ];
    assert_eq!(shown(&pod("Failed", states)), expected);
}

#[test]
fn a_retried_step_blocks_later_steps_and_runs_next() {
    for state in [waiting("CrashLoopBackOff", "back-off 10s"), end(2, "Error", 8, 9)] {
        let mut pod = pod("Running", [end(0, "Completed", 1, 7), state, running(3)]);
        pod.containers[1].last = Some(terminated(2, "Error", 7, 8));
        pod.containers[1].restart.on_failure = true;
        let steps = pod.steps();
        assert_eq!((steps[1].state, steps[1].exit_code), (StepState::Retrying, Some(2)));
        assert_eq!(steps[2].state, StepState::Waiting);
        assert_eq!(pod.running(), Ok("b"));
        pod.phase = "Failed".to_owned();
        assert_ne!(pod.steps()[1].state, StepState::Retrying, "a pod that has ended retries nothing");
    }
}

#[test]
fn a_rule_about_exit_codes_decides_whether_a_step_is_retried() {
    let state = |negated: bool, code: i64| {
        let mut pod = pod("Running", [end(code, "Error", 1, 7), running(3), running(3)]);
        pod.containers[0].restart.rules = vec![(negated, vec![42])];
        pod.steps()[0].state
    };
    assert_eq!(state(false, 42), StepState::Retrying);
    assert_eq!(state(false, 41), StepState::Failed);
    assert_eq!(state(true, 42), StepState::Failed);
    assert_eq!(state(true, 41), StepState::Retrying);
}

#[test]
fn the_reason_names_the_retried_step_if_a_step_was_skipped_before_the_retry() {
    let states = [end(0, "Completed", 20, 21), end(199, "Error", 10, 15), end(199, "Error", 10, 15)];
    let mut pod = pod("Failed", states);
    pod.containers[0].last = Some(terminated(42, "Error", 10, 14));
    let steps = shown(&pod);
    assert_eq!(steps[1], "b Skipped -..15 `a` failed before its retry");
    assert_eq!(pod.cause().unwrap().container.as_deref(), Some("b"));
}

#[test]
fn a_container_that_was_never_created_has_no_duration_and_no_signal() {
    let unknown = State::Terminated(Termination {
        exit_code: 137,
        problem: problem(
            "ContainerStatusUnknown",
            "The container could not be located when the pod was terminated",
        ),
        ..Termination::default()
    });
    let mut evicted = pod("Failed", [end(143, "Error", 1, 2), unknown.clone(), unknown]);
    evicted.problem = Some(problem("Evicted", "The node was low on resource: memory."));
    let expected =
        ["a Failed 1..2 exit code 143 (SIGTERM)", "b Skipped -..- `a` failed", "c Skipped -..- `a` failed"];
    assert_eq!(shown(&evicted), expected);
    let cause = evicted.cause().unwrap();
    assert_eq!((cause.container, &*cause.reason), (None, "Evicted: The node was low on resource: memory."));
    let mut late = pod("Failed", [end(0, "Completed", 1, 2), State::Unknown, running(1)]);
    late.problem = Some(problem("DeadlineExceeded", ""));
    let reason = "not started: the pod ended: DeadlineExceeded";
    assert_eq!(shown(&late)[1..], [format!("b Skipped -..- {reason}"), format!("c Skipped -..- {reason}")]);
}

#[test]
fn steps_are_sorted_by_number_and_wait_for_their_needs() {
    // `b` and `c` wait only for `a`, and the containers are listed in another order.
    let mut pod = pod("Running", [running(10), end(7, "Error", 10, 20), end(0, "Completed", 10, 14)]);
    for (container, number) in pod.containers.iter_mut().zip([2, 1, 0]) {
        let after = if number == 0 { Vec::new() } else { vec![0] };
        container.role = Role::Step { number, after, has_timeout: false, is_always: false };
    }
    assert_eq!(shown(&pod), ["c Succeeded 10..14", "b Failed 14..20 exit code 7", "a Running 14..-"]);
}

#[test]
fn containers_that_block_a_pod_are_named() {
    let holdups = |phase: &str, role: Role, state: State| {
        let mut pod = pod(phase, [State::Unknown, State::Unknown, State::Unknown]);
        pod.containers.insert(0, container("x", role, state));
        pod.holdups().iter().map(|holdup| format!("{}: {}", holdup.kind, holdup.reason)).collect::<Vec<_>>()
    };
    let image = || waiting("ErrImagePull", "not found");
    assert_eq!(holdups("Pending", Role::Prepare, image()), ["init container: ErrImagePull: not found"]);
    assert_eq!(holdups("Pending", Role::Sidecar, image()), ["sidecar: ErrImagePull: not found"]);
    assert_eq!(holdups("Running", Role::Other, image()), ["container: ErrImagePull: not found"]);
    let oom = || end(137, "OOMKilled", 1, 2);
    let killed = "init container: OOMKilled, exit code 137 (SIGKILL)";
    assert_eq!(holdups("Pending", Role::Init, oom()), [killed]);
    assert_eq!(holdups("Failed", Role::Init, oom()), [killed]);
    assert_eq!(holdups("Pending", Role::Sidecar, running(1)), ["sidecar: has not started yet"]);
    assert_eq!(holdups("Running", Role::Init, end(0, "Completed", 1, 2)), [""; 0]);
    assert_eq!(holdups("Running", Role::Other, running(1)), [""; 0]);

    let done = || end(0, "Completed", 1, 2);
    let mut pod = pod("Running", [done(), done(), done()]);
    pod.containers.push(container("proxy", Role::Other, running(1)));
    assert_eq!(pod.holdups()[0].reason, "still runs, and keeps the pod running");
    assert_eq!(pod.outcome(), Outcome::Running);
}

#[test]
fn init_containers_that_are_steps_are_skipped_when_the_pod_has_failed() {
    let pod = pod("Failed", [end(1, "Error", 1, 2), waiting("PodInitializing", ""), State::Unknown]);
    let expected = ["a Failed 1..2 exit code 1", "b Skipped -..- `a` failed", "c Skipped -..- `a` failed"];
    assert_eq!(shown(&pod), expected);
}

#[test]
fn a_step_that_always_runs_runs_after_a_failure_and_passes_the_failure_on() {
    let states = [end(3, "Error", 10, 14), end(0, "Completed", 10, 20), end(199, "Error", 10, 21)];
    let mut pod = pod("Failed", states);
    pod.containers[1].role = Role::Step { number: 1, after: vec![0], has_timeout: false, is_always: true };
    let expected = ["a Failed 10..14 exit code 3", "b Succeeded 14..20", "c Skipped -..21 `a` failed"];
    assert_eq!(shown(&pod), expected);
    pod.phase = "Running".to_owned();
    pod.containers[1].state = running(10);
    pod.containers[2].state = running(10);
    assert_eq!(shown(&pod)[1..], ["b Running 14..-", "c Waiting -..- `a` failed"]);
}

#[test]
fn a_step_may_wait_for_a_later_container() {
    let mut pod = pod(
        "Succeeded",
        [end(0, "Completed", 10, 30), end(0, "Completed", 10, 20), end(0, "Completed", 10, 15)],
    );
    for (container, (number, after)) in
        pod.containers.iter_mut().zip([(0, vec![1, 2]), (1, vec![2]), (2, vec![])])
    {
        container.role = Role::Step { number, after, has_timeout: false, is_always: false };
    }
    assert_eq!(shown(&pod), ["a Succeeded 20..30", "b Succeeded 15..20", "c Succeeded 10..15"]);
}

#[test]
fn tries_and_late_starts_are_in_the_reason() {
    let mut states = [end(0, "Completed", 10, 14), end(1, "Error", 10, 20), end(198, "Error", 10, 21)];
    for state in &mut states[..2] {
        let State::Terminated(end) = state else { unreachable!() };
        end.problem.message = format!("{TRIES}3\n");
    }
    let shown = shown(&pod("Failed", states));
    assert_eq!(shown[0], "a Succeeded 10..14 3 tries");
    assert_eq!(shown[1], "b Failed 14..20 exit code 1, 3 tries");
    assert_eq!(shown[2], "c Skipped -..21 `b` was not started in time");
}
