//! Tests of chains of steps: waiting, skipping, and retries.

use std::fs;

use std::os::unix::fs::MetadataExt;

use crate::harness::{Pod, Posted};

#[test]
fn three_steps_run_in_order_whatever_order_they_start_in() {
    let pod = Pod::new();
    let log = pod.path().join("log");
    let script = |name: &str| format!("echo {name} begins >> {0}; echo {name} ends >> {0}", log.display());
    // The last step starts first.
    let steps: Vec<_> =
        (0..3).rev().map(|index| pod.step(index, &[], &script(&index.to_string())).start()).collect();
    for step in steps {
        let ended = step.end();
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    }
    let expected = "0 begins\n0 ends\n1 begins\n1 ends\n2 begins\n2 ends\n";
    assert_eq!(fs::read_to_string(log).expect("a log"), expected);
}

#[test]
fn a_failure_skips_all_later_steps() {
    let pod = Pod::new();
    let third = pod.step(2, &[], "echo must not run").start();
    let second = pod.step(1, &[], "echo must not run").start();
    let first = pod.step(0, &[], "exit 3").start();
    assert_eq!(first.end().code, Some(3));
    for (index, step) in [(1, second), (2, third)] {
        let ended = step.end();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(199), ""));
        let err = pod.file(index - 1, "out.err");
        let line =
            format!("entrypoint: skipped: a previous step did not succeed (`{}` exists)\n", err.display());
        assert_eq!(ended.stderr, line);
        assert_eq!(pod.posted(index), Posted::Err);
        assert!(pod.read(index, "termination").contains(r#"{"key":"Reason","value":"Skipped","type":3}"#));
        assert!(!pod.file(index, "started").exists());
    }
}

#[test]
fn success_counts_if_both_files_exist() {
    let pod = Pod::new();
    fs::write(pod.file(0, "out"), "").expect("a file");
    fs::write(pod.file(0, "out.err"), "").expect("a file");
    assert_eq!(pod.step(1, &[], "echo ran").run().stdout, "ran\n");
}

#[test]
fn several_files_are_waited_for() {
    let pod = Pod::new();
    let (a, b) = (pod.file(7, "a"), pod.file(8, "b"));
    let list = format!("-wait_file={},{}", a.display(), b.display());
    let step = pod.step(0, &[&list], "echo ran").start();
    pod.until_alive(0);
    fs::write(&a, "").expect("a file");
    fs::write(&b, "").expect("a file");
    assert_eq!(step.end().stdout, "ran\n");

    let step = pod.step(1, &[&list], "echo must not run");
    fs::remove_file(&b).expect("a file");
    fs::write(pod.file(8, "b.err"), "").expect("a file");
    assert_eq!(step.run().code, Some(199));
}

#[test]
fn with_retry_a_failed_step_is_waited_for_until_its_retry_succeeds() {
    let pod = Pod::new();
    let second = pod.step(1, &["-retry"], "echo ran").start();
    let third = pod.step(2, &["-retry"], "echo ran too").start();
    pod.until_alive(1);
    pod.until_alive(2);
    for code in [1, 2] {
        assert_eq!(pod.step(0, &["-retry"], &format!("exit {code}")).run().code, Some(code));
        assert_eq!(pod.posted(0), Posted::Err);
    }
    assert_eq!(pod.step(0, &["-retry"], "exit 0").run().code, Some(0));
    assert_eq!(pod.posted(0), Posted::Out);
    assert_eq!(second.end().stdout, "ran\n");
    assert_eq!(third.end().stdout, "ran too\n");
}

#[test]
fn with_retry_a_dead_step_is_waited_for_until_its_retry_succeeds() {
    let pod = Pod::new();
    let mut first = pod.step(0, &["-retry"], "echo ready; exec sleep 60").start();
    assert_eq!(first.line(), "ready");
    let mut second = pod.step(1, &["-retry"], "echo ran").start();
    second.until_asleep();
    first.kill_supervisor();
    assert!(!second.has_ended());
    assert_eq!(pod.step(0, &["-retry=true"], "exit 0").run().code, Some(0));
    assert_eq!(second.end().stdout, "ran\n");
}

#[test]
fn with_retry_a_waiter_can_still_be_stopped() {
    let pod = Pod::new();
    assert_eq!(pod.step(0, &["-retry"], "exit 1").run().code, Some(1));
    let second = pod.step(1, &["-retry"], "echo must not run").start();
    pod.until_alive(1);
    second.signal(15);
    assert_eq!((second.end().code, pod.posted(1)), (Some(143), Posted::Err));
}

#[test]
fn a_waiter_sleeps() {
    let pod = Pod::new();
    let mut first = pod.step(0, &[], "echo ready; exec sleep 60").start();
    assert_eq!(first.line(), "ready");
    let second = pod.step(1, &[], "true").start();
    second.until_asleep();
}

/// With a new FIFO, a step that watches the old one would never notice the next end.
#[test]
fn a_restarted_step_holds_the_same_fifo() {
    let pod = Pod::new();
    let inode = |pod: &Pod| fs::metadata(pod.file(0, "alive")).expect("a FIFO").ino();
    assert_eq!(pod.step(0, &["-retry"], "exit 1").run().code, Some(1));
    let first = inode(&pod);
    assert_eq!(pod.step(0, &["-retry"], "exit 0").run().code, Some(0));
    assert_eq!(inode(&pod), first);
}
