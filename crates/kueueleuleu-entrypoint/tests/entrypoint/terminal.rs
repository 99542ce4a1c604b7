//! Tests with a terminal as stdin: reading, signals of the keyboard, and stopped processes. `script` creates the
//! terminal.

use std::fs;
use std::io::Write;
use std::process::{ChildStdin, Stdio};

use crate::harness::{Pod, Posted, Running, Step, gone, send, until};

/// Runs a shell command on a terminal, and returns the keyboard, too.
fn at_a_terminal(shell: &str) -> (Running, ChildStdin) {
    let words = ["script", "--quiet", "--return", "--command", shell, "/dev/null"];
    let mut terminal = Step::of(&words).stdin(Stdio::piped()).start();
    let keyboard = terminal.child.stdin.take().expect("piped");
    (terminal, keyboard)
}

/// Runs a step as the first process on a terminal, as in a container.
fn step_at_a_terminal(step: &Step) -> (Running, ChildStdin) {
    at_a_terminal(&format!("exec {}", step.shell()))
}

/// Reads until a line contains `what`, and returns that line. The terminal also echoes the keyboard.
fn until_line(terminal: &mut Running, what: &str) -> String {
    let mut line = String::new();
    until(what, || {
        line = terminal.line();
        line.contains(what)
    });
    line
}

/// A `^C` arrived twice: from the terminal, and from the supervisor, which had received it from the terminal.
#[test]
fn an_interrupt_arrives_once() {
    let pod = Pod::new();
    let script = r#"
        test -t 0 || exit 9
        trap "echo interrupted" INT
        trap "echo done; exit 3" USR1
        read line; echo "got $line"
        while true; do sleep 60 & wait $!; done
    "#;
    let (mut terminal, mut keyboard) = step_at_a_terminal(&pod.step(0, &[], script));
    keyboard.write_all(b"hello\n").expect("a terminal");
    until_line(&mut terminal, "got hello");
    let supervisor = terminal.only_child();
    // Two signals at once may count as one, so also check that the supervisor is not in the foreground group.
    let stat = fs::read_to_string(format!("/proc/{}/stat", supervisor.as_raw_pid())).expect("a process");
    let (_, stat) = stat.rsplit_once(") ").expect("a name in parentheses");
    let stat: Vec<&str> = stat.split(' ').collect();
    let (group, foreground) = (stat[2], stat[5]);
    assert_ne!(group, foreground);
    keyboard.write_all(b"\x03").expect("a terminal");
    until_line(&mut terminal, "interrupted");
    // This signal is forwarded after all earlier ones.
    send(supervisor, 10);
    let ended = terminal.end();
    assert!(ended.stdout.contains("done") && !ended.stdout.contains("interrupted"), "{ended:?}");
    assert_eq!((ended.code, pod.posted(0)), (Some(3), Posted::Err));
}

/// If the command reads before it is in the foreground, the terminal stops it, and the supervisor must continue it.
#[test]
fn a_command_can_read_at_once() {
    for _ in 0..20 {
        let pod = Pod::new();
        let (terminal, mut keyboard) = step_at_a_terminal(&pod.step_with(0, &[], &["head", "-n", "1"]));
        keyboard.write_all(b"hello\n").expect("a terminal");
        let ended = terminal.end();
        // The echo, and the output of the command.
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "hello\r\nhello\r\n"), "{ended:?}");
    }
}

#[test]
fn the_keyboard_cannot_stop_a_step_for_good() {
    let pod = Pod::new();
    let (mut terminal, mut keyboard) = step_at_a_terminal(&pod.step(0, &[], "echo ready; exec tr a-z A-Z"));
    until_line(&mut terminal, "ready");
    keyboard.write_all(b"\x1ahello\n\x04").expect("a terminal");
    until_line(&mut terminal, "HELLO");
    assert_eq!((terminal.end().code, pod.posted(0)), (Some(0), Posted::Out));
}

#[test]
fn a_hang_up_ends_the_step() {
    let pod = Pod::new();
    let (mut terminal, _keyboard) = step_at_a_terminal(&pod.step(0, &[], "echo $$; exec sleep 60"));
    let command = until_line(&mut terminal, "");
    terminal.signal(9);
    until("the end of the command", || gone(&command));
    until("the post", || pod.posted(0) == Posted::Err);
}

#[test]
fn a_surrounding_shell_gets_the_terminal_back() {
    let pod = Pod::new();
    let step = pod.step(0, &[], "read line; echo command $line").shell();
    let (mut terminal, mut keyboard) = at_a_terminal(&format!("{step}; read line; echo shell $line"));
    keyboard.write_all(b"one\n").expect("a terminal");
    until_line(&mut terminal, "command one");
    keyboard.write_all(b"two\n").expect("a terminal");
    until_line(&mut terminal, "shell two");
    assert_eq!(terminal.end().code, Some(0));
}

/// With `tostop`, a process that writes from the background is stopped. A handler would restart the write forever.
#[test]
fn the_supervisor_can_write_after_stty_tostop() {
    let pod = Pod::new();
    let script = "stty tostop; sleep 61 & echo $!; exec sleep 60";
    let step = pod.step(0, &["-timeout=3s"], script).shell();
    // With job control, so that a shell would notice a stop.
    let (mut terminal, _keyboard) =
        at_a_terminal(&format!("exec bash -c 'set -m; \"$@\"; echo $?' bash {step}"));
    let grandchild = until_line(&mut terminal, "");
    until_line(&mut terminal, "entrypoint: `sh` was stopped: it took longer than 3s");
    assert_eq!((terminal.line(), pod.posted(0)), ("124".into(), Posted::Err));
    until("the end of the grandchild", || gone(&grandchild));
}

#[test]
fn a_new_window_size_does_not_end_a_wait() {
    let pod = Pod::new();
    let (terminal, _keyboard) = step_at_a_terminal(&pod.step(1, &[], "echo ran"));
    pod.until_alive(1);
    send(terminal.only_child(), 28);
    fs::write(pod.file(0, "out"), "").expect("a file");
    let ended = terminal.end();
    assert!(ended.stdout.contains("ran"), "{ended:?}");
    assert_eq!((ended.code, pod.posted(1)), (Some(0), Posted::Out));
}
