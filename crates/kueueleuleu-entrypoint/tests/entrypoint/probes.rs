//! Tests of probes: their results while a step waits, and how a failed startup probe stops its step.

use std::fs;
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use crate::harness::{BINARY, Pod, Posted, until};

/// Runs a probe of step 0, as the kubelet does.
fn probe(pod: &Pod, flags: &[&str], command: &[&str]) -> Output {
    let mut probe = Command::new(BINARY);
    probe.args(["probe", "-step", "0", "-root"]).arg(pod.path()).args(flags);
    if !command.is_empty() {
        probe.arg("--").args(command);
    }
    probe.output().expect("the binary starts")
}

fn code(pod: &Pod, flags: &[&str], command: &[&str]) -> Option<i32> {
    probe(pod, flags, command).status.code()
}

fn started() -> Pod {
    let pod = Pod::new();
    pod.prepare(1);
    fs::write(pod.run(0, "started"), "").expect("a file");
    pod
}

#[test]
fn a_started_probe_succeeds_once_the_step_has_started() {
    let pod = Pod::new();
    pod.prepare(2);
    let output = probe(&pod, &["-started"], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "entrypoint: the step has not started yet\n");
    assert_eq!(code(&pod, &["-started"], &["sh", "-c", "exit 9"]), Some(1));
    let mut step = pod.numbered(0, &[], "echo ready; read line").stdin(std::process::Stdio::piped()).start();
    assert_eq!(step.line(), "ready");
    assert_eq!(code(&pod, &["-started"], &[]), Some(0));
    assert_eq!(code(&pod, &["-started"], &["sh", "-c", "exit 9"]), Some(9));
    drop(step.child.stdin.take());
    step.end();
}

#[test]
fn a_restarted_container_has_not_started_while_it_waits() {
    let pod = Pod::new();
    pod.prepare(2);
    fs::write(pod.run(1, "started"), "").expect("a file");
    let mut waiting = pod.numbered(1, &[], "true").start();
    until("the removal of the file", || !pod.run(1, "started").exists());
    assert!(!waiting.has_ended());
}

#[test]
fn a_delay_counts_from_the_start_of_the_step() {
    let pod = started();
    let started = fs::File::options().write(true).open(pod.run(0, "started")).expect("a file");
    let set = |time| started.set_modified(time).expect("a time");
    let ago = |seconds| SystemTime::now() - Duration::from_secs(seconds);
    set(ago(500));
    assert_eq!(code(&pod, &["-started", "-delay", "1000s"], &[]), Some(1));
    assert_eq!(code(&pod, &["-started", "-delay", "100s"], &[]), Some(0));
    assert_eq!(code(&pod, &["-startup", "-delay", "1000s"], &["false"]), Some(1));
    assert!(!pod.run(0, "startup").exists(), "it counted too early");
    assert_eq!(code(&pod, &["-delay", "1000s"], &["sh", "-c", "exit 9"]), Some(0));
    assert_eq!(code(&pod, &["-delay", "100s"], &["sh", "-c", "exit 9"]), Some(9));
    // The clock was set back.
    set(SystemTime::now() + Duration::from_secs(500));
    assert_eq!(code(&pod, &["-started", "-delay", "1000s"], &[]), Some(0));
}

#[test]
fn a_startup_probe_counts_failures_only_after_the_start_and_then_stops_the_step() {
    let pod = Pod::new();
    pod.prepare(2);
    for _ in 0..5 {
        assert_eq!(code(&pod, &["-startup", "-failures", "3"], &["true"]), Some(1));
    }
    let mut step =
        pod.numbered(0, &[], "trap 'echo told; exit 0' TERM; echo ready; while :; do sleep 0.1; done");
    step = step.stdin(std::process::Stdio::null());
    let mut step = step.start();
    assert_eq!(step.line(), "ready");
    for _ in 0..2 {
        assert_eq!(code(&pod, &["-startup", "-failures", "3"], &["sh", "-c", "exit 9"]), Some(9));
        assert!(!pod.run(0, "overdue").exists());
    }
    let last = probe(&pod, &["-startup", "-failures", "3"], &["sh", "-c", "exit 9"]);
    assert_eq!(last.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&last.stderr),
        "entrypoint: the startup probe failed 3 times: stopping the step\n"
    );
    assert_eq!(step.line(), "told");
    let ended = step.end();
    // As after any SIGTERM, the step has not succeeded.
    assert_eq!((ended.code, pod.run_posted(0)), (Some(143), Posted::Err), "{}", ended.stderr);
    // After a restart of the container, the count starts again.
    let mut again = pod.numbered(0, &[], "echo ready; exec sleep 60").start();
    assert_eq!(again.line(), "ready");
    assert!(!pod.run(0, "startup").exists() && !pod.run(0, "overdue").exists());
    again.signal(9);
}

#[test]
fn a_step_that_does_not_end_in_time_is_killed() {
    let pod = Pod::new();
    pod.prepare(1);
    let mut step = pod.numbered(0, &[], "trap '' TERM; echo ready; while :; do sleep 0.1; done").start();
    assert_eq!(step.line(), "ready");
    assert_eq!(code(&pod, &["-startup", "-failures", "1", "-grace", "100ms"], &["false"]), Some(1));
    let ended = step.end();
    assert_eq!(ended.code, Some(137), "{}", ended.stderr);
    assert!(ended.stderr.contains("was killed by signal 9"), "{}", ended.stderr);
}

#[test]
fn a_startup_probe_that_the_kubelet_killed_counts_as_a_failure() {
    let pod = Pod::new();
    pod.prepare(1);
    let mut step = pod.numbered(0, &[], "echo ready; exec sleep 60").start();
    assert_eq!(step.line(), "ready");
    let hang = || {
        let mut probe = Command::new(BINARY);
        probe.args(["probe", "-step", "0", "-root"]).arg(pod.path());
        probe.args(["-startup", "-failures", "2", "--", "sleep", "60"]).spawn().expect("the binary starts")
    };
    for tries in ["1", "2"] {
        let mut probe = hang();
        until("the count", || fs::read_to_string(pod.run(0, "startup")).is_ok_and(|count| count == tries));
        probe.kill().expect("a child of ours");
        probe.wait().expect("a child of ours");
        assert!(!step.has_ended());
    }
    assert_eq!(code(&pod, &["-startup", "-failures", "2"], &["true"]), Some(1));
    assert_eq!(step.end().code, Some(143));
}

#[test]
fn a_startup_probe_that_succeeds_at_its_last_attempt_does_not_stop_the_step() {
    let pod = started();
    assert_eq!(code(&pod, &["-startup"], &["false"]), Some(1));
    assert_eq!(code(&pod, &["-startup"], &["false"]), Some(1));
    assert_eq!(code(&pod, &["-startup"], &["true"]), Some(0));
    assert!(!pod.run(0, "overdue").exists());
}

#[test]
fn a_stop_signal_from_outside_does_not_limit_the_time_of_the_command() {
    let pod = Pod::new();
    pod.prepare(1);
    let mut step = pod.numbered(0, &["-last"], "trap 'echo told' TERM; echo ready; read line; exit 0");
    step = step.stdin(std::process::Stdio::piped());
    let mut step = step.start();
    assert_eq!(step.line(), "ready");
    // A command wrote the file by accident, without a time.
    fs::write(pod.run(0, "overdue"), "x").expect("a file");
    step.signal(15);
    assert_eq!(step.line(), "told");
    drop(step.child.stdin.take());
    assert_eq!(step.end().code, Some(0));
}
