//! The command: exit codes, stdin, orphans, timeouts, what cannot be started.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use crate::harness::{Pod, Posted, as_pid_1, gone, until};

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
fn a_killed_command_is_128_and_the_signal() {
    for number in [1, 9, 11, 15, 34, 64] {
        let pod = Pod::new();
        let ended = pod.step(0, &[], &format!("kill -{number} $$")).run();
        assert_eq!(ended.code, Some(128 + number));
        assert_eq!(pod.posted(0), Posted::Err);
    }
}

#[test]
fn on_error_continue_posts_success_and_the_real_code() {
    for (script, code) in [("exit 7", "7"), ("kill -9 $$", "137"), ("true", "0")] {
        let pod = Pod::new();
        let ended = pod.step(0, &["-on_error", "continue"], script).run();
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
        assert_eq!(pod.posted(0), Posted::Out);
        assert_eq!(pod.read(0, "status/exitCode"), code);
        let told = pod
            .read(0, "termination")
            .contains(&format!(r#"{{"key":"ExitCode","value":"{code}","type":3}}"#));
        assert_eq!(told, code != "0");
    }
}

#[test]
fn on_error_continue_does_not_cover_what_never_ran_or_ran_too_long() {
    let pod = Pod::new();
    let ended = pod.step_with(0, &["-on_error=continue"], &["/nonexistent"]).run();
    assert_eq!((ended.code, pod.posted(0)), (Some(127), Posted::Err));
    let pod = Pod::new();
    let ended = pod.step(0, &["-on_error=continue", "-timeout=10ms"], "sleep 60").run();
    assert_eq!((ended.code, pod.posted(0)), (Some(124), Posted::Err));
}

#[test]
fn what_cannot_be_started_is_127_or_126_and_posts() {
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
fn arguments_arrive_as_they_were() {
    let pod = Pod::new();
    let script = r#"printf '<%s>' "$@""#;
    let ended =
        pod.step_with(0, &[], &["sh", "-c", script, "sh", "a b", "--", "-post_file", "", "$(X)"]).run();
    assert_eq!(ended.stdout, "<a b><--><-post_file><><$(X)>");
}

#[test]
fn stdin_is_the_containers() {
    let pod = Pod::new();
    let mut step = pod.step(0, &[], "read line; echo got $line").stdin(Stdio::piped()).start();
    step.child.stdin.take().expect("piped").write_all(b"hello\n").expect("a reader");
    let ended = step.end();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "got hello\n"));
}

/// Leaves an orphan behind, sees whose child it is, ends it, and stays until it is reaped.
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
    let ended = Pod::new().step(0, &["-timeout=20s"], ORPHAN).behind(&words).run();
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), "1\n", ""));
}

#[test]
fn a_timeout_ends_the_whole_group() {
    let pod = Pod::new();
    let mut step = pod.step(0, &["-timeout", "3s"], "sleep 61 & echo $!; exec sleep 60").start();
    let grandchild = step.line();
    assert!(!gone(&grandchild));
    let ended = step.end();
    assert_eq!((ended.code, pod.posted(0)), (Some(124), Posted::Err));
    assert_eq!(ended.stderr, "entrypoint: `sh` ended: it took longer than 3s\n");
    assert!(pod.read(0, "termination").contains(r#"{"key":"Reason","value":"TimeoutExceeded","type":3}"#));
    until("the end of the grandchild", || gone(&grandchild));
}

#[test]
fn a_command_that_ends_in_time_is_left_alone() {
    let pod = Pod::new();
    let ended = pod.step(0, &["-timeout=1h30m"], "exit 4").run();
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(4), ""));
}

/// Takes a little longer than the grace period, which is ten seconds.
#[test]
fn a_command_that_ignores_the_warning_is_killed_with_its_group() {
    let pod = Pod::new();
    let script = r#"trap "" TERM; sh -c 'sleep 61 & echo $!; sleep 62'; sleep 60"#;
    let mut step = pod.step(0, &["-timeout", "3s"], script).start();
    let grandchild = step.line();
    assert!(!gone(&grandchild));
    let ended = step.end();
    assert_eq!((ended.code, pod.posted(0)), (Some(124), Posted::Err));
    until("the end of the grandchild", || gone(&grandchild));
}
