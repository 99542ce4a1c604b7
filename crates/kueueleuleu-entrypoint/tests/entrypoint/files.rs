//! Tests of the files of a step: atomic, in order, on a full disk, and after a restart.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};

use rustix::fs::{CWD, Mode, OFlags, mkfifoat};

use crate::harness::{Pod, Posted, unshare};

#[test]
fn the_exit_code_is_written_before_the_post_file() {
    for _ in 0..20 {
        let pod = Pod::new();
        let (out, exit_code) = (pod.file(0, "out"), pod.file(0, "status/exitCode"));
        let step = pod.step(0, &["-on_error", "continue"], "exit 123").start();
        while !out.exists() {
            let seen = fs::read_to_string(&exit_code).unwrap_or_else(|_| "123".to_owned());
            assert_eq!(seen, "123", "a part of a file was seen");
        }
        assert_eq!(fs::read_to_string(&exit_code).expect("a file"), "123");
        step.end();
        assert_eq!(fs::metadata(&out).expect("a file").permissions().mode() & 0o777, 0o644);
        assert_eq!(fs::read(&out).expect("a file"), b"kueueleuleu\n0\n");
    }
}

#[test]
fn no_temporary_files_are_left() {
    let pod = Pod::new();
    assert_eq!(pod.step(0, &[], "true").run().code, Some(0));
    let mut names: Vec<_> = fs::read_dir(pod.file(0, ""))
        .expect("a directory")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    assert_eq!(names, ["alive", "lived", "out", "started", "status", "termination"]);
}

#[test]
fn the_termination_message_is_the_same_as_tektons() {
    let pod = Pod::new();
    fs::write(pod.file(0, "termination"), "x".repeat(5000)).expect("a file");
    assert_eq!(pod.step(0, &[], "true").run().code, Some(0));
    let message = pod.read(0, "termination");
    let value: serde_json::Value = serde_json::from_str(&message).expect("JSON");
    let time = value[0]["value"].as_str().expect("a string");
    assert_eq!(message, format!(r#"[{{"key":"StartedAt","value":"{time}","type":3}}]"#));
    assert_eq!(time.len(), "2026-11-23T20:44:59.488Z".len());
}

#[test]
fn an_unwritable_termination_path_does_not_change_the_outcome() {
    for path in ["/proc/nothing", "/nonexistent/termination", "/"] {
        let pod = Pod::new();
        let ended = pod.step(0, &["-termination_path", path], "exit 0").run();
        assert_eq!((ended.code, ended.stderr.as_str(), pod.posted(0)), (Some(0), "", Posted::Out));
        let ended = pod.step(1, &["-termination_path", path], "exit 8").run();
        assert_eq!((ended.code, ended.stderr.as_str(), pod.posted(1)), (Some(8), "", Posted::Err));
    }
}

#[test]
fn missing_directories_are_created() {
    let pod = Pod::new();
    let deep = pod.file(0, "a/b/out");
    let flag = format!("-post_file={}", deep.display());
    assert_eq!(pod.step(0, &[&flag], "true").run().code, Some(0));
    assert!(deep.exists());
}

#[test]
fn a_directory_that_cannot_be_created_is_a_failure_before_the_command_starts() {
    let pod = Pod::new();
    let ended = pod.step(0, &["-post_file=/proc/nothing/out"], "echo must not run").run();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(125), ""));
    assert!(ended.stderr.starts_with("entrypoint: cannot supervise `sh`: "), "{}", ended.stderr);
}

#[test]
fn a_restart_removes_the_files_of_the_failed_run() {
    let pod = Pod::new();
    for name in ["out.err", "started", "alive"] {
        fs::write(pod.file(0, name), "").expect("a file");
    }
    fs::create_dir(pod.file(0, "status")).expect("a directory");
    fs::write(pod.file(0, "status/exitCode"), "77").expect("a file");
    let script = format!(
        "ls {}; test -s {1} && cat {1}",
        pod.file(0, "").display(),
        pod.file(0, "status/exitCode").display()
    );
    let ended = pod.step(0, &[], &format!("{script}; exit 0")).run();
    // The command was started, so `started` exists again; the other files are gone.
    assert_eq!(ended.stdout, "alive\nlived\nstarted\nstatus\n");
    assert_eq!(
        (ended.code, pod.posted(0), pod.read(0, "status/exitCode")),
        (Some(0), Posted::Out, "0".into())
    );
}

#[test]
fn a_restart_while_waiting_has_not_started() {
    let pod = Pod::new();
    fs::write(pod.file(1, "started"), "").expect("a file");
    let step = pod.step(1, &[], "true").start();
    pod.until_alive(1);
    assert!(!pod.file(1, "started").exists());
    drop(step);
}

#[test]
fn a_step_that_succeeded_does_not_run_again() {
    let pod = Pod::new();
    fs::write(pod.file(1, "out"), "kueueleuleu\n0\n").expect("a file");
    let ended = pod.step(1, &[], "echo must not run").run();
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), "", ""));
}

/// Runs a step on a file system of one page and few inodes, with a file that leaves little space. Returns its exit code
/// and its files.
fn on_a_small_disk(options: &str, fill: &str, code: &str) -> Option<String> {
    let mut words = unshare(&["--mount"])?;
    let pod = Pod::new();
    let run = pod.file(0, "");
    let step = pod.step(0, &[], code).shell();
    let script = format!(
        "cd {0} && mount -t tmpfs -o {options} tmpfs {0} && cd {0} && {fill}; {step}; echo $? $(ls {0})",
        run.to_string_lossy().trim_end_matches('/')
    );
    words.extend(["sh", "-c"]);
    let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    words.push(script);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ended = crate::harness::Step::of(&words).run();
    Some(format!("{}{}", ended.stdout, ended.stderr))
}

#[test]
fn a_full_disk_does_not_block_later_steps() {
    // There is space for names but not for bytes: `exitCode` and the termination message are lost, the success is not.
    let fill = "head -c 4096 /dev/zero > fill";
    let Some(seen) = on_a_small_disk("size=4k", fill, "exit 0") else { return };
    assert!(seen.starts_with("0 alive fill lived out started status"), "{seen}");
}

#[test]
fn a_success_that_cannot_be_posted_is_a_failure() {
    // There is no space for names either: the root, `status`, `fill` and the FIFO use all inodes.
    let Some(seen) = on_a_small_disk("size=64k,nr_inodes=4", "touch fill", "exit 0") else { return };
    assert!(seen.starts_with("125 alive fill status\n"), "{seen}");
    assert!(seen.contains("entrypoint: cannot notify the next step: "), "{seen}");
}

/// The termination path may be a FIFO without a reader.
#[test]
fn a_termination_fifo_without_a_reader_does_not_block() {
    for fill in [false, true] {
        let pod = Pod::new();
        let pipe = pod.file(0, "pipe");
        mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).expect("a FIFO");
        let reader = fill.then(|| {
            let flags = i32::try_from(OFlags::NONBLOCK.bits()).expect("a flag");
            let mut reader =
                fs::File::options().read(true).write(true).custom_flags(flags).open(&pipe).expect("a FIFO");
            while reader.write(&[b'x'; 4096]).is_ok() {}
            reader
        });
        let flag = format!("-termination_path={}", pipe.display());
        let ended = pod.step(0, &[&flag], "exit 5").run();
        assert_eq!((ended.code, pod.posted(0)), (Some(5), Posted::Err));
        drop(reader);
    }
}
