//! Tests of signals to waiting and running steps, as PID 1 and as another process.

use crate::harness::{Pod, Posted, as_pid_1, send, until};

/// All signals that can be caught, except SIGCHLD, which is for the supervisor, and the faults ILL, BUS, FPE and SEGV.
fn forwardable() -> impl Iterator<Item = i32> {
    (1..=31).chain(34..=64).filter(|number| ![4, 7, 8, 9, 11, 17, 19].contains(number))
}

/// The signals that images use as their STOPSIGNAL; 28 (WINCH) is used by httpd, 37 (RTMIN+3) by systemd.
const STOP: [i32; 8] = [1, 2, 3, 10, 12, 15, 28, 37];

/// A script that prints the signals that arrive, until it is told to end.
fn recorder() -> String {
    let traps: Vec<_> = forwardable().map(|number| format!("trap 'echo {number}' {number}; ")).collect();
    format!("{} echo ready; while true; do sleep 60 & wait $!; done", traps.concat())
}

fn every_signal_arrives_once(words: &[&str]) {
    let pod = Pod::new();
    let script = recorder();
    let mut step = pod.step_with(0, &[], &["bash", "-c", &script]).wrapped_in(words).start();
    assert_eq!(step.line(), "ready");
    let supervisor = if words.is_empty() { step.pid() } else { step.only_child() };
    for number in forwardable() {
        send(supervisor, number);
        // This is the next line: nothing else arrived, and nothing arrived twice.
        assert_eq!(step.line(), number.to_string());
    }
}

#[test]
fn every_signal_reaches_the_command() {
    every_signal_arrives_once(&[]);
}

#[test]
fn every_signal_reaches_the_command_as_pid_1() {
    let Some(words) = as_pid_1() else { return };
    every_signal_arrives_once(&words);
}

#[test]
fn signals_reach_the_whole_group() {
    let pod = Pod::new();
    let script = r#"trap : USR1
        sh -c 'trap "echo inner; exit" USR1; echo ready; while true; do sleep 1; done' &
        wait; wait; echo outer; exit 5"#;
    let mut step = pod.step(0, &[], script).start();
    assert_eq!(step.line(), "ready");
    step.signal(10);
    let ended = step.end();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(5), "inner\nouter\n"));
}

#[test]
fn a_command_that_a_forwarded_signal_killed_is_reported() {
    for number in [1, 2, 15, 37] {
        let pod = Pod::new();
        let mut step = pod.step(0, &[], "echo ready; exec sleep 60").start();
        assert_eq!(step.line(), "ready");
        // Perhaps the shell has not become `sleep` yet; the signal kills both.
        step.signal(number);
        assert_eq!((step.end().code, pod.posted(0)), (Some(128 + number), Posted::Err));
    }
}

fn every_stop_signal_ends_a_wait(words: &[&str]) {
    for number in STOP {
        let pod = Pod::new();
        let step = pod.step(1, &[], "echo must not run").wrapped_in(words).start();
        pod.until_alive(1);
        send(if words.is_empty() { step.pid() } else { step.only_child() }, number);
        let ended = step.end();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(128 + number), ""), "{ended:?}");
        assert_eq!(pod.posted(1), Posted::Err);
        let file = pod.file(0, "out");
        let line = format!("entrypoint: stopped by signal {number} while waiting for `{}`\n", file.display());
        assert_eq!(ended.stderr, line);
        assert!(pod.read(1, "termination").contains(r#"{"key":"Reason","value":"Cancelled","type":3}"#));
    }
}

#[test]
fn every_stop_signal_ends_a_wait_without_a_predecessor() {
    every_stop_signal_ends_a_wait(&[]);
}

#[test]
fn every_stop_signal_ends_a_wait_as_pid_1() {
    let Some(words) = as_pid_1() else { return };
    every_stop_signal_ends_a_wait(&words);
}

#[test]
fn a_signal_ends_the_wait_for_a_living_predecessor() {
    let pod = Pod::new();
    let mut first = pod.step(0, &[], "echo ready; exec sleep 60").start();
    assert_eq!(first.line(), "ready");
    let second = pod.step(1, &[], "echo must not run").start();
    second.until_asleep();
    second.signal(15);
    let ended = second.end();
    assert_eq!((ended.code, ended.stdout.as_str(), pod.posted(1)), (Some(143), "", Posted::Err));
    assert!(!first.has_ended());
}

#[test]
fn a_stopped_waiter_stops_the_steps_after_it() {
    let pod = Pod::new();
    let second = pod.step(1, &[], "echo must not run").start();
    let third = pod.step(2, &[], "echo must not run").start();
    pod.until_alive(1);
    pod.until_alive(2);
    second.signal(15);
    assert_eq!(second.end().code, Some(143));
    let ended = third.end();
    assert_eq!((ended.code, ended.stdout.as_str(), pod.posted(2)), (Some(199), "", Posted::Err));
}

#[test]
fn orphans_are_reaped_while_waiting_as_pid_1() {
    let Some(words) = as_pid_1() else { return };
    let pod = Pod::new();
    // The shell becomes the supervisor, which then has a child that it never started.
    let shell = format!("sleep 0.05 & exec {}", pod.step(1, &[], "echo ran").shell());
    let waiter = crate::harness::Step::of(&["sh", "-c", &shell]).wrapped_in(&words).start();
    pod.until_alive(1);
    let pid = waiter.only_child().as_raw_nonzero();
    let children = format!("/proc/{pid}/task/{pid}/children");
    until("the end of the orphan", || std::fs::read_to_string(&children).is_ok_and(|list| list.is_empty()));
    std::fs::write(pod.file(0, "out"), "").expect("a file");
    assert_eq!(waiter.end().stdout, "ran\n");
}

/// The previous step succeeds and the pod is deleted while this step is stopped. Then it sees both at once.
#[test]
fn a_stop_signal_that_arrives_with_the_post_wins() {
    for index in [0, 1] {
        let pod = Pod::new();
        let step = pod.step(1, &[], "echo must not run").start();
        pod.until_alive(1);
        step.signal(19);
        until("a stop", || {
            let status = std::fs::read_to_string(format!("/proc/{}/stat", step.child.id()));
            status.is_ok_and(|stat| stat.contains(") T "))
        });
        let writes = || std::fs::write(pod.file(0, "out"), "").expect("a file");
        if index == 0 {
            writes();
        }
        step.signal(15);
        if index == 1 {
            writes();
        }
        step.signal(18);
        let ended = step.end();
        assert_eq!((ended.code, ended.stdout.as_str(), pod.posted(1)), (Some(143), "", Posted::Err));
    }
}
