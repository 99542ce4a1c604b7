//! Tests of flags and subcommands.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use crate::harness::{BINARY, Pod, Posted, Step, until};

fn entrypoint(arguments: &[&str]) -> Output {
    Command::new(BINARY).args(arguments).output().expect("the binary starts")
}

/// The exit code, and the first line on stderr.
fn refusal(arguments: &[&str]) -> (Option<i32>, String) {
    let output = entrypoint(arguments);
    assert!(output.stdout.is_empty());
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(stderr.contains("\n\nUsage: entrypoint "), "{stderr}");
    (output.status.code(), stderr.lines().next().unwrap_or_default().to_owned())
}

/// A pipe takes 4096 bytes in one write.
#[test]
fn a_long_line_on_stderr_is_cut_between_two_characters() {
    for start in ["", "x"] {
        let program = format!("{start}{}", "ü".repeat(3000));
        let stderr = String::from_utf8(entrypoint(&["-entrypoint", &program]).stderr).expect("UTF-8");
        assert!(stderr.len() <= 4096 && stderr.ends_with("ü\n"), "{} bytes: {stderr}", stderr.len());
    }
}

#[test]
fn flags_have_the_syntax_of_go() {
    for flags in [
        ["-entrypoint", "echo"].as_slice(),
        &["--entrypoint", "echo"],
        &["-entrypoint=echo"],
        &["--entrypoint=echo"],
    ] {
        let mut arguments = flags.to_vec();
        arguments.extend(["--", "-a", "--", "b"]);
        let output = entrypoint(&arguments);
        assert_eq!(output.stdout, b"-a -- b\n", "{flags:?}");
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn wrong_flags_exit_with_2_and_a_message() {
    let cases: [(&[&str], &str); 11] = [
        (&[], "`-entrypoint` is missing: it names the command to run"),
        (&["-nonsense"], "unknown flag `-nonsense`"),
        (&["nonsense"], "`nonsense` is not a flag"),
        (&["---x"], "`---x` is not a flag"),
        (&["-entrypoint"], "flag `-entrypoint` needs a value"),
        (&["-entrypoint", "--", "x"], "flag `-entrypoint` needs a value"),
        (&["-entrypoint", "x", "-timeout", "5"], "`-timeout 5` is not a duration such as `90s` or `1h30m`"),
        (&["-on_error=stop"], "`-on_error stop` is neither `continue` nor `stopAndFail`"),
        (
            &["-retry=perhaps"],
            "`-retry=perhaps` is neither true nor false, nor a rule such as `In:1,2` or `0:NotIn:3`",
        ),
        (&["cp", "a"], "`cp` takes a source and a target"),
        (&["decode-script", "a"], "the subcommand `decode-script` of Tekton's entrypoint is not supported"),
    ];
    for (arguments, sentence) in cases {
        assert_eq!(refusal(arguments), (Some(2), format!("entrypoint: {sentence}")), "{arguments:?}");
    }
}

#[test]
fn unsupported_flags_of_tekton_are_named() {
    for name in [
        "wait_file_content",
        "stdout_path",
        "stderr_path",
        "breakpoint_on_failure",
        "debug_before_step",
        "results",
        "step_results",
        "when_expressions",
        "result_from",
        "compress_termination_message",
    ] {
        let sentence =
            format!("entrypoint: the flag `-{name}` of Tekton's entrypoint is not supported; remove it");
        assert_eq!(refusal(&["-entrypoint", "true", &format!("--{name}=x")]), (Some(2), sentence));
    }
}

#[test]
fn wrong_flags_stop_the_next_step() {
    let pod = Pod::new();
    assert_eq!(pod.step(0, &["-nonsense"], "true").run().code, Some(2));
    assert_eq!(pod.posted(0), Posted::Err);
    assert_eq!(pod.step(1, &[], "true").run().code, Some(199));
}

#[test]
fn help_is_not_an_error() {
    let output = entrypoint(&["-help"]);
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
    assert!(output.stdout.starts_with(b"Usage: entrypoint "));
}

#[test]
fn a_copy_replaces_a_longer_file_and_a_running_one() {
    for subcommand in ["cp", "init"] {
        let pod = Pod::new();
        let target = pod.file(0, "bin/entrypoint");
        let words = [subcommand, BINARY, target.to_str().expect("UTF-8")];
        fs::create_dir(pod.file(0, "bin")).expect("a directory");
        let mut longer = fs::read(BINARY).expect("the binary");
        longer.extend([b'x'; 5000]);
        fs::write(&target, longer).expect("a file");

        for _ in 0..2 {
            let output = entrypoint(&words);
            assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
            assert!(fs::read(&target).expect("a copy") == fs::read(BINARY).expect("the binary"));
            assert_eq!(fs::metadata(&target).expect("a copy").permissions().mode() & 0o7777, 0o755);
            // The second round replaces a running copy.
            let mut runs =
                Command::new(&target).args(["-entrypoint", "sleep", "--", "60"]).spawn().expect("it runs");
            let output = entrypoint(&words);
            assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
            let _ = rustix::process::kill_process(
                rustix::process::Pid::from_child(&runs),
                rustix::process::Signal::TERM,
            );
            until("its end", || runs.try_wait().expect("a child").is_some());
        }
    }
}

/// Images may be unpacked with any umask, and steps may run as any user.
#[test]
fn a_copy_is_executable_for_all_users_whatever_its_source() {
    let pod = Pod::new();
    let (source, target) = (pod.file(0, "source"), pod.file(0, "bin/entrypoint"));
    fs::write(&source, "x").expect("a file");
    fs::set_permissions(&source, fs::Permissions::from_mode(0o400)).expect("a mode");
    let script = format!("umask 077; exec {BINARY} cp {} {}", source.display(), target.display());
    assert_eq!(Step::of(&["sh", "-c", &script]).run().code, Some(0));
    let mode = |path: &std::path::Path| fs::metadata(path).expect("a copy").permissions().mode() & 0o7777;
    assert_eq!((mode(&target), mode(target.parent().expect("bin"))), (0o755, 0o755));
}

#[test]
fn a_failed_copy_is_reported() {
    let pod = Pod::new();
    let target = pod.file(0, "bin/entrypoint");
    let output = entrypoint(&["cp", "/nonexistent", target.to_str().expect("UTF-8")]);
    assert_eq!(output.status.code(), Some(125));
    assert!(output.stderr.starts_with(b"entrypoint: cp: "));
}

#[test]
fn a_probe_succeeds_until_the_step_has_started() {
    let pod = Pod::new();
    let directory = pod.file(1, "").to_string_lossy().into_owned();
    let probe = |words: &[&str]| entrypoint(&[&["probe", "-run_dir", &directory, "--"], words].concat());
    let waiter = pod.step(1, &[], "echo ready; read line").stdin(std::process::Stdio::piped());
    assert_eq!(probe(&["sh", "-c", "exit 9"]).status.code(), Some(0));
    let mut waiter = waiter.start();
    pod.until_alive(1);
    assert_eq!(probe(&["sh", "-c", "exit 9"]).status.code(), Some(0));
    fs::write(pod.file(0, "out"), "").expect("a file");
    assert_eq!(waiter.line(), "ready");
    let output = probe(&["sh", "-c", "echo probed; exit 9"]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(9), b"probed\n".as_slice()));
    assert_eq!(probe(&["/nonexistent"]).status.code(), Some(127));
}

#[test]
fn a_probe_with_missing_arguments_is_a_usage_error() {
    for arguments in [
        ["probe"].as_slice(),
        &["probe", "-run_dir", "x"],
        &["probe", "-step", "0"],
        &["probe", "--", "x"],
        &["probe", "-run_dir=x", "--"],
    ] {
        assert_eq!(
            refusal(arguments),
            (Some(2), "entrypoint: `probe` takes `-step N` or `-run_dir DIR`, `--` and a command".into())
        );
    }
}
