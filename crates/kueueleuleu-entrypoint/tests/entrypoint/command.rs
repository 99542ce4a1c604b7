//! Tests of the command: exit codes, stdin, orphans, timeouts, and commands that cannot be started.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use rustix::process::Pid;

use crate::harness::{Pod, Posted, as_pid_1, gone, send, until};

#[test]
fn exit_codes_are_the_commands_own() {
    for code in [0, 1, 2, 32, 64, 127, 254, 255] {
        let pod = Pod::new();
        let ended = pod.step(0, &[], &format!("exit {code}")).run();
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(code), ""));
        let (posted, file) = if code == 0 { (Posted::Out, "0") } else { (Posted::Err, "") };
        assert_eq!(pod.posted(0), posted, "{code}");
        let exit_code = fs::read_to_string(pod.file(0, "status/exitCode")).unwrap_or_default();
        assert_eq!(exit_code, file, "{code}");
    }
}

#[test]
fn a_killed_command_exits_with_128_plus_the_signal() {
    for number in [1, 9, 11, 15, 34, 64] {
        let pod = Pod::new();
        let ended = pod.step(0, &[], &format!("kill -{number} $$")).run();
        assert_eq!(ended.code, Some(128 + number));
        let line = format!("entrypoint: `sh` was killed by signal {number}");
        assert!(ended.stderr.starts_with(&line) && ended.stderr.lines().count() == 1, "{}", ended.stderr);
        assert_eq!(pod.posted(0), Posted::Err);
    }
}

#[test]
fn on_error_continue_posts_success_and_the_real_code() {
    let killed = "entrypoint: `sh` was killed by signal 9 (SIGKILL)\n";
    for (script, code, line) in [("exit 7", "7", ""), ("kill -9 $$", "137", killed), ("true", "0", "")] {
        let pod = Pod::new();
        let ended = pod.step(0, &["-on_error", "continue"], script).run();
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), line));
        assert_eq!(pod.posted(0), Posted::Out);
        assert_eq!(pod.read(0, "status/exitCode"), code);
        let told = pod
            .read(0, "termination")
            .contains(&format!(r#"{{"key":"ExitCode","value":"{code}","type":3}}"#));
        assert_eq!(told, code != "0");
    }
}

#[test]
fn on_error_continue_does_not_apply_to_a_failed_start_or_a_timeout() {
    let pod = Pod::new();
    let ended = pod.step_with(0, &["-on_error=continue"], &["/nonexistent"]).run();
    assert_eq!((ended.code, pod.posted(0)), (Some(127), Posted::Err));
    let pod = Pod::new();
    let ended = pod.step(0, &["-on_error=continue", "-timeout=10ms"], "sleep 60").run();
    assert_eq!((ended.code, pod.posted(0)), (Some(124), Posted::Err));
}

#[test]
fn a_command_that_cannot_be_started_exits_with_127_or_126_and_posts() {
    let pod = Pod::new();
    fs::write(pod.file(0, "text"), "not a program").expect("a file");
    let text = pod.file(0, "text").to_string_lossy().into_owned();
    for (command, code) in
        [("/nonexistent", 127), ("nonexistent-either", 127), (text.as_str(), 126), ("/", 126)]
    {
        let pod = Pod::new();
        let ended = pod.step_with(0, &[], &[command]).run();
        assert_eq!((ended.code, pod.posted(0)), (Some(code), Posted::Err), "{command}");
        assert!(
            ended.stderr.starts_with(&format!("entrypoint: cannot start `{command}`: ")),
            "{}",
            ended.stderr
        );
        assert_eq!(ended.stderr.lines().count(), 1);
    }
}

#[test]
fn arguments_reach_the_command_unchanged() {
    let pod = Pod::new();
    let script = r#"printf '<%s>' "$@""#;
    let ended =
        pod.step_with(0, &[], &["sh", "-c", script, "sh", "a b", "--", "-post_file", "", "$(X)"]).run();
    assert_eq!(ended.stdout, "<a b><--><-post_file><><$(X)>");
}

#[test]
fn the_command_has_the_stdin_of_the_container() {
    let pod = Pod::new();
    let mut step = pod.step(0, &[], "read line; echo got $line").stdin(Stdio::piped()).start();
    step.child.stdin.take().expect("piped").write_all(b"hello\n").expect("a reader");
    let ended = step.end();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "got hello\n"));
}

/// Leaves an orphan behind, checks its parent, ends it, and waits until it is reaped.
const ORPHAN: &str = r#"
    orphan=$(sh -c 'sleep 60 >/dev/null & echo $!')
    parent=$(sed -n 's/^PPid:.//p' /proc/$orphan/status)
    echo "$((parent == PPID))"
    kill $orphan
    while test -e /proc/$orphan; do sleep 0.01; done
"#;

#[test]
fn orphans_are_adopted_and_reaped() {
    let ended = Pod::new().step(0, &["-timeout=20s"], ORPHAN).run();
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), "1\n", ""));
}

#[test]
fn orphans_are_adopted_and_reaped_as_pid_1() {
    let Some(words) = as_pid_1() else { return };
    let ended = Pod::new().step(0, &["-timeout=20s"], ORPHAN).wrapped_in(&words).run();
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), "1\n", ""));
}

#[test]
fn a_timeout_stops_the_whole_group() {
    let pod = Pod::new();
    let mut step = pod.step(0, &["-timeout", "3s"], "sleep 61 & echo $!; exec sleep 60").start();
    let grandchild = step.line();
    assert!(!gone(&grandchild));
    let ended = step.end();
    assert_eq!((ended.code, pod.posted(0)), (Some(124), Posted::Err));
    assert_eq!(ended.stderr, "entrypoint: `sh` was stopped: it took longer than 3s\n");
    assert!(pod.read(0, "termination").contains(r#"{"key":"Reason","value":"TimeoutExceeded","type":3}"#));
    until("the end of the grandchild", || gone(&grandchild));
}

#[test]
fn a_command_that_ends_before_its_timeout_gets_no_signal() {
    let pod = Pod::new();
    let ended = pod.step(0, &["-timeout=1h30m"], "exit 4").run();
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(4), ""));
}

/// Takes a little longer than the grace period of ten seconds.
#[test]
fn a_command_that_ignores_sigterm_is_killed_with_its_group() {
    let pod = Pod::new();
    let script = r#"trap "" TERM; sh -c 'sleep 61 & echo $!; sleep 62'; sleep 60"#;
    let mut step = pod.step(0, &["-timeout", "3s"], script).start();
    let grandchild = step.line();
    assert!(!gone(&grandchild));
    let ended = step.end();
    assert_eq!((ended.code, pod.posted(0)), (Some(124), Posted::Err));
    until("the end of the grandchild", || gone(&grandchild));
}

/// A worker was killed at once, instead of after ten seconds, if its shell died first.
#[test]
fn a_worker_keeps_its_grace_period_if_the_command_ends_before_it() {
    let worker = r#"sh -c 'trap "sleep 0.3; echo flushed; exit" TERM; echo ready; while true; do sleep 0.01; done' &
        wait"#;
    let pod = Pod::new();
    let ended = pod.step(0, &["-timeout", "1s"], worker).run();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(124), "ready\nflushed\n"));
    let pod = Pod::new();
    let mut step = pod.step(0, &[], worker).start();
    assert_eq!(step.line(), "ready");
    step.signal(15);
    let ended = step.end();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(143), "flushed\n"));
}

/// Takes a little longer than the grace period. The command ends at once, but its worker does not.
#[test]
fn a_worker_that_ignores_sigterm_is_killed_after_the_command_has_ended() {
    for timeout in [true, false] {
        let pod = Pod::new();
        let script = r#"sh -c 'trap "" TERM; echo $$; while true; do sleep 1; done' & wait"#;
        let mut step = pod.step(0, &[if timeout { "-timeout=3s" } else { "-timeout=0" }], script).start();
        let worker = step.line();
        let since = std::time::Instant::now();
        if !timeout {
            step.signal(15);
        }
        let ended = step.end();
        assert_eq!(ended.code, Some(if timeout { 124 } else { 143 }));
        assert!(since.elapsed() > std::time::Duration::from_secs(9), "{:?}", since.elapsed());
        until("the end of the worker", || gone(&worker));
    }
}

/// A stopped process does not handle signals.
#[test]
fn a_stopped_group_is_continued_so_that_it_can_end() {
    for timeout in [true, false] {
        let pod = Pod::new();
        let script =
            r#"trap "echo told; exit 3" TERM; echo $$; kill -STOP $$; while true; do sleep 0.01; done"#;
        let mut step = pod.step(0, &[if timeout { "-timeout=3s" } else { "-timeout=0" }], script).start();
        let command = step.line();
        until("a stop", || {
            fs::read_to_string(format!("/proc/{command}/stat")).is_ok_and(|stat| stat.contains(") T "))
        });
        if !timeout {
            step.signal(15);
        }
        let ended = step.end();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(if timeout { 124 } else { 3 }), "told\n"));
    }
}

/// SIGSTOP and SIGTERM arrive together, in either order.
#[test]
fn a_command_that_stops_while_it_is_told_to_end_is_continued() {
    for _ in 0..200 {
        let pod = Pod::new();
        let script = r#"trap "exit 3" TERM; echo $$; while true; do sleep 0.01; done"#;
        let mut step = pod.step(0, &[], script).start();
        let command = Pid::from_raw(step.line().parse().expect("a number")).expect("not 0");
        send(command, 19);
        step.signal(15);
        assert_eq!(step.end().code, Some(3));
    }
}

#[test]
fn a_missing_interpreter_is_named() {
    let pod = Pod::new();
    let program = pod.file(0, "program");
    let path = program.to_str().expect("UTF-8");
    let cases = [
        (
            "#!/usr/bin/nosuch -x\n",
            format!("`{path}` exists, but its interpreter `/usr/bin/nosuch` does not"),
        ),
        (
            "#!/bin/sh\r\necho\r\n",
            format!(r"`{path}` exists, but its interpreter `/bin/sh\r` does not; its lines end in CRLF"),
        ),
    ];
    for (text, reason) in cases {
        fs::write(&program, text).expect("a file");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("a mode");
        let ended = pod.step_with(0, &[], &[path]).run();
        assert_eq!(ended.code, Some(127));
        assert_eq!(ended.stderr, format!("entrypoint: cannot start `{path}`: {reason}\n"));
    }
}
