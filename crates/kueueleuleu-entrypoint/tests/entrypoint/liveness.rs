//! Tests of predecessors that die at any moment, and of waiting without a FIFO.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::Duration;

use crate::harness::{Ended, Pod, Posted, Step};

/// Checks the outcome of a waiter whose predecessor died.
fn assert_orphaned(pod: &Pod, ended: &Ended) {
    assert_eq!((ended.code, ended.stdout.as_str(), pod.posted(1)), (Some(199), "", Posted::Err), "{ended:?}");
    let file = pod.file(0, "out");
    let line = format!("entrypoint: skipped: a previous step died without writing `{}`", file.display());
    assert!(ended.stderr.starts_with(&line), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1);
}

#[test]
fn a_predecessor_killed_while_it_is_waited_for() {
    let pod = Pod::new();
    let mut first = pod.step(0, &[], "echo ready; exec sleep 60").start();
    assert_eq!(first.line(), "ready");
    let second = pod.step(1, &[], "echo must not run").start();
    second.until_asleep();
    first.kill_supervisor();
    assert_orphaned(&pod, &second.end());
}

#[test]
fn a_predecessor_killed_before_its_waiter_starts() {
    let pod = Pod::new();
    let mut first = pod.step(0, &[], "echo ready; exec sleep 60").start();
    assert_eq!(first.line(), "ready");
    first.kill_supervisor();
    assert_orphaned(&pod, &pod.step(1, &[], "echo must not run").run());
}

#[test]
fn a_waiting_predecessor_that_is_killed() {
    let pod = Pod::new();
    let second = pod.step(1, &[], "echo must not run").start();
    pod.until_alive(1);
    let third = pod.step(2, &[], "echo must not run").start();
    third.until_asleep();
    second.signal(9);
    let ended = third.end();
    assert_eq!((ended.code, ended.stdout.as_str(), pod.posted(2)), (Some(199), "", Posted::Err));
}

#[test]
fn a_predecessor_killed_right_after_it_posted() {
    for _ in 0..20 {
        let pod = Pod::new();
        let second = pod.step(1, &[], "echo ran").start();
        pod.until_alive(1);
        let first = pod.step(0, &[], "true").start();
        let out = pod.file(0, "out");
        while !out.exists() {}
        // It may be writing its termination message, or have ended already.
        first.signal(9);
        first.end();
        assert_eq!(second.end().stdout, "ran\n");
        // After a restart of the container, the work is already done.
        let again = pod.step(0, &[], "echo must not run").run();
        assert_eq!((again.code, again.stdout.as_str(), again.stderr.as_str()), (Some(0), "", ""));
        assert_eq!(pod.posted(0), Posted::Out);
    }
}

/// If a liveness file cannot be created, nothing fails, and the waiter polls once a second.
#[test]
fn without_a_fifo_the_waiter_polls() {
    let pod = Pod::new();
    fs::create_dir(pod.file(0, "alive")).expect("a directory");
    let third = pod.step(2, &[], "echo must not run").start();
    let second = pod.step(1, &[], "exit 6").start();
    pod.until_alive(1);
    let first = pod.step(0, &[], "true").run();
    assert_eq!((first.code, first.stderr.as_str(), pod.posted(0)), (Some(0), "", Posted::Out));
    assert!(!pod.file(0, ".alive.new").exists());
    assert_eq!(second.end().code, Some(6));
    assert_eq!(third.end().code, Some(199));
}

#[test]
fn a_regular_file_that_nobody_locked_is_not_a_sign_of_life() {
    let pod = Pod::new();
    fs::write(pod.file(0, "alive"), "").expect("a file");
    let second = pod.step(1, &[], "echo ran").start();
    pod.until_alive(1);
    fs::write(pod.file(0, "out"), "").expect("a file");
    assert_eq!(second.end().stdout, "ran\n");
}

/// A command may find the FIFO of its own step and write to it.
#[test]
fn bytes_in_the_fifo_mean_nothing() {
    let pod = Pod::new();
    let script = format!("echo noise > {}; echo ready; read line", pod.file(0, "alive").display());
    let mut first = pod.step(0, &[], &script).stdin(std::process::Stdio::piped()).start();
    assert_eq!(first.line(), "ready");
    let second = pod.step(1, &[], "echo ran").start();
    second.until_asleep();
    drop(first.child.stdin.take());
    assert_eq!(first.end().code, Some(1));
    assert_eq!(second.end().code, Some(199));
}

/// A step of another user could not watch the FIFO of a step with umask 077.
#[test]
fn the_umask_does_not_restrict_the_fifo() {
    let pod = Pod::new();
    let shell = format!("umask 077; exec {}", pod.step(0, &[], "true").shell());
    assert_eq!(Step::of(&["sh", "-c", &shell]).run().code, Some(0));
    assert_eq!(fs::metadata(pod.file(0, "alive")).expect("a FIFO").permissions().mode() & 0o777, 0o644);
}

/// A command that writes endlessly to its own FIFO kept the CPU of its waiter busy.
#[test]
fn a_flood_of_bytes_does_not_keep_a_waiter_busy() {
    let pod = Pod::new();
    let fifo = pod.file(0, "alive");
    let script = format!("echo ready; exec cat /dev/zero > {}", fifo.display());
    let mut first = pod.step(0, &[], &script).start();
    assert_eq!(first.line(), "ready");
    let second = pod.step(1, &[], "echo must not run").start();
    pod.until_alive(1);
    // By now the pauses have grown to more than 60 ms.
    thread::sleep(Duration::from_millis(500));
    let before = second.ticks();
    thread::sleep(Duration::from_secs(1));
    let busy = second.ticks() - before;
    assert!(busy < 15, "{busy} of 100");
    first.kill_supervisor();
    assert_eq!(second.end().code, Some(199));
}
