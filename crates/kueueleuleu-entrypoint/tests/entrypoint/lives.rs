//! Tests of an init container that runs again, in the same or in another sandbox.

use std::fs;

use crate::harness::{BINARY, Pod, Posted, unshare};

/// How often the first step ran.
fn runs(pod: &Pod) -> usize {
    fs::read_to_string(pod.path().join("runs")).map_or(0, |text| text.lines().count())
}

/// Runs the first step.
fn count(pod: &Pod) -> Option<i32> {
    let script = format!("echo run >> {}", pod.path().join("runs").display());
    pod.numbered(0, &[], &script).run().code
}

#[test]
fn steps_run_again_if_all_containers_are_restarted_in_the_same_sandbox() {
    let pod = Pod::new();
    pod.prepare(3);
    assert_eq!(count(&pod), Some(0));
    assert_eq!(pod.numbered(1, &[], "exit 42").run().code, Some(42));
    assert_eq!(pod.numbered(2, &[], "true").run().code, Some(199));
    // Without the init container, a finished step does not run again.
    assert_eq!((count(&pod), runs(&pod)), (Some(0), 1));
    pod.prepare(3);
    for step in 0..3 {
        assert_eq!(pod.run_posted(step), Posted::Nothing);
        assert!(!pod.run(step, "lived").exists() && !pod.run(step, "started").exists());
    }
    // A restarted waiter waits for the restarted first step.
    let second = pod.numbered(1, &[], "exit 0").start();
    second.until_in_poll();
    assert_eq!((count(&pod), runs(&pod)), (Some(0), 2));
    assert_eq!(second.end().code, Some(0));
    assert_eq!(pod.numbered(2, &[], "true").run().code, Some(0));
}

#[test]
fn finished_steps_do_not_run_again_in_a_new_sandbox() {
    let pod = Pod::new();
    pod.prepare(2);
    assert_eq!(count(&pod), Some(0));
    let record = pod.path().join("sandbox");
    let here = fs::read_to_string(&record).expect("a record");
    let lines: Vec<&str> = here.lines().collect();
    assert!(lines.len() >= 4, "{here}");
    // Another boot, another namespace, and a lost record: each means another sandbox.
    for line in 0..4 {
        let mut other: Vec<_> = lines.iter().map(ToString::to_string).collect();
        other[line].push('0');
        fs::write(&record, other.join("\n") + "\n").expect("a file");
        pod.prepare(2);
        assert_eq!(pod.run_posted(0), Posted::Out, "line {line} of {here}");
        assert_eq!(fs::read_to_string(&record).expect("a record"), here);
    }
    fs::remove_file(&record).expect("a record");
    pod.prepare(2);
    assert_eq!((pod.run_posted(0), count(&pod), runs(&pod)), (Posted::Out, Some(0), 1));
    // All containers are restarted in the new sandbox.
    pod.prepare(2);
    assert_eq!((pod.run_posted(0), count(&pod), runs(&pod)), (Posted::Nothing, Some(0), 2));
}

#[test]
fn other_namespaces_mean_another_sandbox() {
    for namespace in ["--net", "--ipc", "--uts"] {
        let Some(mut words) = unshare(&[namespace]) else { return };
        let pod = Pod::new();
        pod.prepare(2);
        assert_eq!(count(&pod), Some(0));
        let target = pod.path().join("bin/entrypoint");
        let target = target.to_str().expect("UTF-8");
        words.extend([BINARY, "cp", "-steps", "2", BINARY]);
        let status = std::process::Command::new(words[0]).args(&words[1..]).arg(target).status();
        assert!(status.expect("unshare starts").success());
        assert_eq!(pod.run_posted(0), Posted::Out, "{namespace}");
    }
}

#[test]
fn state_that_cannot_be_removed_is_an_error() {
    let pod = Pod::new();
    pod.prepare(1);
    fs::create_dir_all(pod.run(0, "out/x")).expect("a directory");
    let target = pod.path().join("bin/entrypoint");
    let output = std::process::Command::new(BINARY).args(["cp", "-steps", "1", BINARY]).arg(target).output();
    let output = output.expect("the binary starts");
    assert_eq!(output.status.code(), Some(125));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("entrypoint: cp: "), "{output:?}");
}
