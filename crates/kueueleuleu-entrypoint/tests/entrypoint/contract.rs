//! Tests of version 2 of the protocol: `-step N`, `cp`, `-after`, `-when`, `-retry` with rules, `-start_timeout`,
//! `-last`.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::process::{Command, Output};

use crate::harness::{BINARY, Pod, Posted, Step, skipped, unshare, until};

fn entrypoint(arguments: &[&str]) -> Output {
    Command::new(BINARY).args(arguments).output().expect("the binary starts")
}

#[test]
fn numbered_steps_run_in_order_whatever_order_they_start_in() {
    let pod = Pod::new();
    pod.prepare(3);
    let log = pod.path().join("log");
    let script = |name: usize| format!("echo {name} >> {}", log.display());
    let steps: Vec<_> = (0..3).rev().map(|index| pod.numbered(index, &[], &script(index)).start()).collect();
    for step in steps {
        let ended = step.end();
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    }
    assert_eq!(fs::read_to_string(log).expect("a log"), "0\n1\n2\n");
    let names = |index: usize| {
        let entries = fs::read_dir(pod.run(index, "")).expect("a directory");
        let mut names: Vec<_> =
            entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
        names.sort();
        names
    };
    assert_eq!(names(2), ["alive", "lived", "out", "started", "status", "termination"]);
    assert_eq!(fs::read_to_string(pod.run(2, "out")).expect("a post"), "kueueleuleu\n0\n");
    assert_eq!(fs::read_to_string(pod.run(2, "status/exitCode")).expect("a code"), "0");
}

#[test]
fn a_failure_is_posted_with_its_code_and_skips_all_later_steps() {
    let pod = Pod::new();
    pod.prepare(3);
    let third = pod.numbered(2, &[], "echo must not run").start();
    let second = pod.numbered(1, &[], "echo must not run").start();
    assert_eq!(pod.numbered(0, &[], "exit 3").run().code, Some(3));
    assert_eq!((second.end().code, third.end().code), (Some(199), Some(199)));
    let posts = [0, 1, 2].map(|index| fs::read_to_string(pod.run(index, "out.err")).expect("a post"));
    assert_eq!(posts, ["kueueleuleu\n3\n", "kueueleuleu\n199\n", "kueueleuleu\n199\n"]);
}

/// The init container and the steps may have different umasks and users.
#[test]
fn cp_creates_directories_for_all_users_despite_the_umask() {
    let pod = Pod::new();
    let target = pod.path().join("bin/entrypoint");
    let script = format!("umask 077; exec {BINARY} cp -protocol=2 -steps 2 {BINARY} {}", target.display());
    for _ in 0..2 {
        assert_eq!(Step::of(&["sh", "-c", &script]).run().code, Some(0));
    }
    let mode = |path: &std::path::Path| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    assert_eq!(
        (mode(&target), mode(&pod.path().join("bin")), mode(&pod.path().join("run"))),
        (0o755, 0o755, 0o755)
    );
    for step in 0..2 {
        assert_eq!((mode(&pod.run(step, "")), mode(&pod.run(step, "alive"))), (0o777, 0o666));
        assert!(fs::metadata(pod.run(step, "alive")).expect("a FIFO").file_type().is_fifo());
    }
    assert!(!pod.run(2, "").exists());
}

#[test]
fn cp_rejects_another_version_with_one_line() {
    let pod = Pod::new();
    let target = pod.path().join("bin/entrypoint");
    for version in ["1", "3", ""] {
        let output = entrypoint(&["cp", "-protocol", version, BINARY, &target.to_string_lossy()]);
        assert_eq!((output.status.code(), target.exists()), (Some(125), false));
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        let line = format!(
            "entrypoint: cp: the pod was converted for version {version} of the protocol, but this image has version 2;"
        );
        assert!(stderr.starts_with(&line) && stderr.lines().count() == 1, "{stderr}");
    }
}

#[test]
fn cp_reports_wrong_flags() {
    for (arguments, sentence) in [
        (["cp", "-steps", "x", "a", "b"].as_slice(), "`-steps x` is not a number of steps"),
        (&["cp", "-steps", "-1", "a", "b"], "`-steps -1` is not a number of steps"),
        (&["cp", "-protocol"], "flag `-protocol` needs a value"),
        (&["cp", "-nonsense", "1", "a", "b"], "unknown flag `-nonsense`"),
        (&["cp", "-protocol", "2", "a"], "`cp` takes a source and a target"),
    ] {
        let output = entrypoint(arguments);
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(stderr.lines().next(), Some(format!("entrypoint: {sentence}").as_str()));
    }
}

#[test]
fn wrong_combinations_of_flags_are_rejected_and_posted() {
    for (flags, sentence) in [
        (["-wait_file=x"].as_slice(), "`-wait_file` cannot be combined with `-step`"),
        (&["-entrypoint=sh"], "`-entrypoint` cannot be combined with `-step`"),
        (&["-termination_path", "x"], "`-termination_path` cannot be combined with `-step`"),
        (&["-after=1"], "step 1 cannot wait for itself"),
        (&["-after=0,x"], "`-after 0,x` is not a list of step indexes such as `0,1`"),
        (&["-after=+0"], "`-after +0` is not a list of step indexes such as `0,1`"),
        (&["-when=never"], "`-when never` is neither `always` nor `onSuccess`"),
        (&["-start_timeout=5"], "`-start_timeout 5` is not a duration such as `90s` or `1h30m`"),
        (&["-last=perhaps"], "`-last=perhaps` is neither true nor false"),
    ] {
        let pod = Pod::new();
        pod.prepare(2);
        let ended = pod.numbered(1, flags, "echo must not run").run();
        assert_eq!((ended.code, ended.stdout.as_str(), pod.run_posted(1)), (Some(2), "", Posted::Err));
        assert_eq!(ended.stderr.lines().next(), Some(format!("entrypoint: {sentence}").as_str()));
    }
    let output = entrypoint(&["-step", "0"]);
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .starts_with("entrypoint: the command after `--` is missing\n")
    );
    let output = entrypoint(&["-after", "0", "-entrypoint", "true"]);
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("entrypoint: `-after` needs `-step`\n"));
    let output = entrypoint(&["-step", "01", "--", "true"]);
    assert!(
        String::from_utf8_lossy(&output.stderr).starts_with("entrypoint: `-step 01` is not a step index")
    );
}

/// With the FIFO of `cp`, a waiter needs no polling even before its predecessor starts.
#[test]
fn a_waiter_sleeps_before_its_predecessor_starts() {
    let pod = Pod::new();
    pod.prepare(2);
    let second = pod.numbered(1, &["-start_timeout=0"], "echo ran").start();
    let before = {
        second.until_in_poll();
        second.switches()
    };
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(second.switches(), before);
    assert_eq!(pod.numbered(0, &[], "true").run().code, Some(0));
    assert_eq!(second.end().stdout, "ran\n");
}

#[test]
fn a_death_is_noticed_with_the_fifo_of_cp() {
    let pod = Pod::new();
    pod.prepare(2);
    // A waiter that started before the death, and one that starts after it.
    let watching = pod.numbered(1, &[], "echo must not run").start();
    watching.until_in_poll();
    let mut first = pod.numbered(0, &[], "echo ready; exec sleep 60").start();
    assert_eq!(first.line(), "ready");
    first.kill_supervisor();
    assert_eq!(watching.end().code, Some(199));
    assert_eq!(pod.numbered(1, &[], "echo must not run").run().code, Some(199));
}

/// Nobody has held the FIFO that `cp` created, which is not a death.
#[test]
fn a_step_that_has_not_started_is_not_dead() {
    let pod = Pod::new();
    pod.prepare(2);
    let mut second = pod.numbered(1, &[], "echo ran").start();
    second.until_in_poll();
    assert!(!second.has_ended());
    assert_eq!(pod.numbered(0, &[], "true").run().code, Some(0));
    assert_eq!(second.end().stdout, "ran\n");
}

#[test]
fn a_step_that_never_starts_has_failed_after_start_timeout() {
    let pod = Pod::new();
    pod.prepare(3);
    let third = pod.numbered(2, &[], "echo must not run").start();
    let second = pod.numbered(1, &["-start_timeout", "300ms"], "echo must not run").start();
    let ended = second.end();
    assert_eq!((ended.code, ended.stdout.as_str(), pod.run_posted(1)), (Some(198), "", Posted::Err));
    let line = format!(
        "entrypoint: the step that writes `{}` did not start within 300ms; the events of the pod show why\n",
        pod.run(0, "out").display()
    );
    assert_eq!(ended.stderr, line);
    assert_eq!(third.end().code, Some(199));
}

/// A step that waits or runs is alive, however long it takes.
#[test]
fn a_living_step_never_exceeds_the_start_timeout() {
    let pod = Pod::new();
    pod.prepare(3);
    let third = pod.numbered(2, &["-start_timeout=5s"], "echo ran").start();
    let second = pod.numbered(1, &["-start_timeout=0"], "echo ran").start();
    std::thread::sleep(std::time::Duration::from_secs(6));
    assert_eq!(pod.numbered(0, &[], "true").run().code, Some(0));
    assert_eq!((second.end().stdout.as_str(), third.end().stdout.as_str()), ("ran\n", "ran\n"));
}

/// A command that writes `out` into its own directory by accident released the next step.
#[test]
fn a_file_that_a_command_wrote_is_not_a_post() {
    let pod = Pod::new();
    pod.prepare(2);
    let script = format!("echo x > {}; echo ready; read line; exit 4", pod.run(0, "out").display());
    let mut first = pod.numbered(0, &[], &script).stdin(std::process::Stdio::piped()).start();
    assert_eq!(first.line(), "ready");
    let mut second = pod.numbered(1, &[], "echo must not run").start();
    second.until_in_poll();
    assert!(!second.has_ended());
    drop(first.child.stdin.take());
    assert_eq!((first.end().code, second.end().code), (Some(4), Some(199)));
    // After a restart, the step does not count as done.
    assert_eq!(pod.numbered(0, &[], "exit 5").run().code, Some(5));
    assert_eq!(pod.run_posted(0), Posted::Err);
}

#[test]
fn a_step_waits_for_all_its_predecessors_but_not_after_a_failure() {
    for (left, right) in [("exit 0", "exit 0"), ("exit 3", "read line"), ("read line", "exit 3")] {
        let pod = Pod::new();
        pod.prepare(4);
        let last = pod.numbered(3, &["-after", "1,2"], "echo joined").start();
        let piped = std::process::Stdio::piped;
        let left_step = pod.numbered(1, &["-after=0"], left).stdin(piped()).start();
        let right_step = pod.numbered(2, &["-after=0"], right).stdin(piped()).start();
        assert_eq!(pod.numbered(0, &[], "true").run().code, Some(0));
        let ended = last.end();
        let fails = left != right;
        assert_eq!(ended.code, Some(if fails { 199 } else { 0 }), "{ended:?}");
        assert_eq!(ended.stdout, if fails { "" } else { "joined\n" });
        drop((left_step, right_step));
    }
}

#[test]
fn a_step_without_predecessors_starts_at_once() {
    let pod = Pod::new();
    pod.prepare(2);
    assert_eq!(pod.numbered(1, &["-after="], "echo ran").run().stdout, "ran\n");
    assert_eq!(pod.numbered(1, &["-after", ""], "echo ran").run().code, Some(0));
}

/// After each kind of outcome of the previous step.
#[test]
fn when_always_starts_a_step_after_every_outcome() {
    let kinds: [(&str, &[&str], bool); 6] = [
        ("exit 0", &[], true),
        ("exit 3", &[], false),
        ("kill -9 $$", &[], false),
        ("sleep 60", &["-timeout=50ms"], false),
        ("exit 3", &["-on_error=continue"], true),
        ("exec sleep 60", &["die"], false),
    ];
    for (script, flags, good) in kinds {
        let pod = Pod::new();
        pod.prepare(5);
        // Step 1 is skipped after a failure, step 3 waits for an always step, step 4 always runs after a skipped one.
        let report = pod.numbered(2, &["-when=always"], "echo report").start();
        let after = pod.numbered(3, &["-after=2"], "echo after").start();
        let cleanup = pod.numbered(4, &["-when=always", "-after=3"], "echo cleanup").start();
        let second = pod.numbered(1, &[], "echo second").start();
        if flags == ["die"] {
            let first = pod.numbered(0, &[], &format!("echo ready; {script}"));
            let mut first = first.start();
            assert_eq!(first.line(), "ready");
            first.kill_supervisor();
        } else {
            pod.numbered(0, flags, script).run();
        }
        let codes = [second.end(), report.end(), after.end(), cleanup.end()].map(|ended| ended.code);
        let skipped = Some(if good { 0 } else { 199 });
        assert_eq!(codes, [skipped, Some(0), skipped, Some(0)], "{script} {flags:?}");
        assert_eq!(pod.run_posted(2), if good { Posted::Out } else { Posted::Err });
    }
}

#[test]
fn when_always_does_not_start_a_step_after_a_stop_signal() {
    let pod = Pod::new();
    pod.prepare(2);
    let report = pod.numbered(1, &["-when=always"], "echo must not run").start();
    report.until_in_poll();
    report.signal(15);
    let ended = report.end();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(143), ""));
}

#[test]
fn retry_rules_decide_by_exit_code_which_failure_is_final() {
    let pod = Pod::new();
    pod.prepare(2);
    let mut second = pod.numbered(1, &["-retry=In:42"], "echo ran").start();
    second.until_in_poll();
    assert_eq!(pod.numbered(0, &[], "exit 42").run().code, Some(42));
    assert!(!second.has_ended());
    assert_eq!(pod.numbered(0, &[], "exit 0").run().code, Some(0));
    assert_eq!(second.end().stdout, "ran\n");

    for (rule, code) in [("In:42", 7), ("NotIn:7", 7), ("1:NotIn:;0:In:42", 7), ("false", 42)] {
        let pod = Pod::new();
        pod.prepare(2);
        let second = pod.numbered(1, &[&format!("-retry={rule}")], "echo must not run").start();
        assert_eq!(pod.numbered(0, &[], &format!("exit {code}")).run().code, Some(code));
        assert_eq!(second.end().code, Some(199), "{rule}");
    }
    // For the kubelet, a step that dies has exit code 137.
    for (rule, waits) in [("In:137", true), ("NotIn:1", true), ("In:1", false), ("NotIn:137", false)] {
        let pod = Pod::new();
        pod.prepare(2);
        let mut first = pod.numbered(0, &[], "echo ready; exec sleep 60").start();
        assert_eq!(first.line(), "ready");
        let second = pod.numbered(1, &[&format!("-retry={rule}")], "echo ran").start();
        second.until_asleep();
        first.kill_supervisor();
        if waits {
            assert_eq!(pod.numbered(0, &[], "exit 0").run().code, Some(0));
        }
        assert_eq!(second.end().code, Some(if waits { 0 } else { 199 }), "{rule}");
    }
}

/// On a node whose seccomp profile lacks `mknod`, neither `cp` nor the steps can create a FIFO. The test cannot drop
/// that capability, so it creates the directory like `cp`, with an obstacle in the place of the FIFO.
#[test]
fn without_fifos_a_lock_shows_which_step_is_alive() {
    let pod = Pod::new();
    pod.prepare(2);
    for step in [0, 1] {
        fs::remove_file(pod.run(step, "alive")).expect("a FIFO");
        // A rename cannot replace a directory.
        fs::create_dir(pod.run(step, ".alive.new")).expect("a directory");
    }
    let mut first = pod.numbered(0, &[], "echo ready; exec sleep 60").start();
    assert_eq!(first.line(), "ready");
    assert!(fs::metadata(pod.run(0, "alive")).expect("a file").is_file());
    let mut second = pod.numbered(1, &["-start_timeout=100ms"], "echo must not run").start();
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(!second.has_ended());
    first.kill_supervisor();
    let ended = second.end();
    assert_eq!(ended.code, Some(199));
    assert!(ended.stderr.contains("a previous step died"), "{}", ended.stderr);
    assert_eq!(pod.numbered(0, &[], "true").run().code, Some(0));
    assert_eq!(pod.numbered(1, &[], "echo ran").run().stdout, "ran\n");
}

/// Steps waited forever for a step that could not write to its directory.
#[test]
fn no_step_waits_for_a_step_that_cannot_write_its_directory() {
    let Some(mut words) = unshare(&["--mount"]) else { return };
    let pod = Pod::new();
    pod.prepare(2);
    let second = pod.numbered(1, &[], "echo must not run").start();
    second.until_in_poll();
    let run = pod.run(0, "");
    let script = format!(
        "mount --bind {0} {0} && mount -o remount,ro,bind {0} && exec {1}",
        run.display(),
        pod.numbered(0, &[], "echo must not run").shell()
    );
    words.extend(["sh", "-c", &*script.leak()]);
    let first = Step::of(&words).run();
    assert_eq!((first.code, first.stdout.as_str()), (Some(125), ""));
    assert!(first.stderr.contains("Read-only file system"), "{}", first.stderr);
    let ended = second.end();
    assert_eq!(ended.code, Some(199));
    assert!(ended.stderr.contains("is its directory not writable"), "{}", ended.stderr);
}

/// Without permission to read, a waiter would never see a post.
#[test]
fn unreadable_files_of_a_predecessor_are_an_error() {
    let pod = Pod::new();
    pod.prepare(2);
    fs::set_permissions(pod.path(), fs::Permissions::from_mode(0o755)).expect("a mode");
    fs::set_permissions(pod.run(0, ""), fs::Permissions::from_mode(0o700)).expect("a mode");
    let step = pod.numbered(1, &[], "echo must not run");
    let words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let ended = step.wrapped_in(&words).run();
    if ended.stderr.contains("setpriv: ") {
        skipped(&format!("another user is not allowed: {}", ended.stderr));
        return;
    }
    let line = format!(
        "entrypoint: cannot read the state of a previous step (`{}`): Permission denied (os error 13)\n",
        pod.run(0, "out").display()
    );
    assert_eq!((ended.code, ended.stderr), (Some(125), line));
}

#[test]
fn a_numbered_probe_succeeds_until_the_step_has_started() {
    let pod = Pod::new();
    pod.prepare(1);
    let root = pod.path().to_string_lossy().into_owned();
    let probe = |code: &str| {
        entrypoint(&["probe", "-step", "0", "--root", &root, "--", "sh", "-c", code]).status.code()
    };
    assert_eq!(probe("exit 9"), Some(0));
    fs::write(pod.run(0, "started"), "").expect("a file");
    assert_eq!(probe("exit 9"), Some(9));
}

#[test]
fn a_copy_to_a_full_or_noexec_volume_fails_and_leaves_no_files() {
    for (options, words) in [("size=64k", "No space left"), ("noexec", "is mounted noexec")] {
        let Some(mut unshared) = unshare(&["--mount"]) else { return };
        let pod = Pod::new();
        let root = pod.path().display();
        let script = format!(
            "mount -t tmpfs -o {options} tmpfs {root} && {BINARY} cp {BINARY} {root}/bin/entrypoint; echo $? $(ls -A {root}/bin)"
        );
        unshared.extend(["sh", "-c", &*script.leak()]);
        let ended = Step::of(&unshared).run();
        assert_eq!(ended.stdout, "125\n");
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
}

/// A previous run of the command left a FIFO there, and the supervisor waited for a reader.
#[test]
fn a_fifo_in_the_place_of_a_file_does_not_block() {
    let pod = Pod::new();
    pod.prepare(1);
    for name in [".lived.new", ".started.new", ".out.new"] {
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, pod.run(0, name), mode).expect("a FIFO");
    }
    assert_eq!((pod.numbered(0, &[], "true").run().code, pod.run_posted(0)), (Some(0), Posted::Out));
}

/// Nobody reads the log, and the pipe is full.
#[test]
fn a_full_stderr_does_not_delay_the_exit() {
    let pod = Pod::new();
    pod.prepare(1);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let mut filler = writer.try_clone().expect("a pipe");
    rustix::io::ioctl_fionbio(&filler, true).expect("a pipe");
    while std::io::Write::write(&mut filler, &[b'x'; 4096]).is_ok() {}
    rustix::io::ioctl_fionbio(&filler, false).expect("a pipe");
    let mut child = Command::new(BINARY)
        .args(["-step=0", &format!("-root={}", pod.path().display()), "--", "sh", "-c", "kill -9 $$"])
        .stderr(writer)
        .spawn()
        .expect("the binary starts");
    let mut status = None;
    until("its end", || {
        status = child.try_wait().expect("a child");
        status.is_some()
    });
    assert_eq!(status.and_then(|status| status.code()), Some(137));
    drop(reader);
}
