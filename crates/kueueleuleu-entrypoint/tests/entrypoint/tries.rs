//! Tests of `-retries` and `-outputs`.

use std::fs;

use crate::harness::{Pod, Posted, Step, gone, until};

/// A script that fails this number of times, then succeeds.
fn flaky(pod: &Pod, failures: u32, how: &str) -> String {
    let count = pod.path().join("count");
    format!(
        "n=$(cat {0} 2>/dev/null || echo 0); echo $((n + 1)) > {0}; echo try $n; [ $n -ge {failures} ] || {how}",
        count.display()
    )
}

#[test]
fn a_command_that_fails_twice_succeeds_the_third_time() {
    for (how, timeout) in [("exit 3", "1m"), ("kill -9 $$", "1m"), ("exec sleep 60", "3s")] {
        let pod = Pod::new();
        pod.prepare(2);
        let second = pod.numbered(1, &[], "echo ran").start();
        let flags = ["-retries=3", "-retry_delay", "10ms", "-timeout", timeout];
        let ended = pod.numbered(0, &flags, &flaky(&pod, 2, how)).run();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "try 0\ntry 1\ntry 2\n"), "{ended:?}");
        assert_eq!(pod.run_posted(0), Posted::Out);
        let tries: Vec<_> = ended.stderr.lines().filter(|line| line.contains(": try ")).collect();
        assert_eq!(tries.len(), 3, "{}", ended.stderr);
        assert!(
            tries[0].contains("try 1 of 4 failed with exit code") && tries[0].ends_with("starts in 10ms")
        );
        assert!(tries[1].ends_with("starts in 20ms"));
        assert_eq!(tries[2], "entrypoint: try 3 of 4 succeeded");
        let message = fs::read_to_string(pod.run(0, "termination")).expect("a message");
        assert!(message.contains(r#"{"key":"Tries","value":"3","type":3}"#), "{message}");
        assert_eq!(second.end().stdout, "ran\n");
    }
}

#[test]
fn the_step_fails_when_no_retries_are_left() {
    let pod = Pod::new();
    pod.prepare(1);
    let ended = pod.numbered(0, &["-retries", "2"], &flaky(&pod, 9, "exit 3")).run();
    assert_eq!(
        (ended.code, ended.stdout.as_str(), pod.run_posted(0)),
        (Some(3), "try 0\ntry 1\ntry 2\n", Posted::Err)
    );
    assert!(ended.stderr.ends_with("entrypoint: try 3 of 3 failed with exit code 3\n"), "{}", ended.stderr);
}

#[test]
fn a_failed_exec_is_not_retried_but_a_shells_127_is() {
    let pod = Pod::new();
    pod.prepare(1);
    let step = pod.numbered_with(0, &["-retries=5", "-retry_delay=1h"], &["/nonexistent"]).run();
    assert_eq!(step.code, Some(127));
    let ended = pod.numbered(0, &["-retries=1"], "echo try; exit 127").run();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(127), "try\ntry\n"));
}

#[test]
fn a_stop_signal_ends_the_retries() {
    // While the command runs.
    let pod = Pod::new();
    pod.prepare(1);
    let mut step =
        pod.numbered(0, &["-retries=5"], "trap 'exit 3' TERM; echo ready; sleep 60 & wait").start();
    assert_eq!(step.line(), "ready");
    step.signal(15);
    let ended = step.end();
    assert_eq!((ended.code, ended.stdout.as_str(), pod.run_posted(0)), (Some(3), "", Posted::Err));
    // Between two tries.
    let pod = Pod::new();
    pod.prepare(1);
    let mut step = pod.numbered(0, &["-retries=5", "-retry_delay=1h"], "echo failing; exit 4").start();
    assert_eq!(step.line(), "failing");
    until("the end of the try", || step.has_no_child());
    step.signal(15);
    let ended = step.end();
    assert_eq!((ended.code, ended.stdout.as_str(), pod.run_posted(0)), (Some(4), "", Posted::Err));
}

/// The end of a container kills its processes; the end of a try does so, too.
#[test]
fn a_failed_try_leaves_no_processes_running() {
    let pod = Pod::new();
    pod.prepare(1);
    let script = flaky(&pod, 1, "{ sleep 60 >/dev/null & echo $!; exit 3; }");
    let ended = pod.numbered(0, &["-retries=1"], &script).run();
    let worker = ended.stdout.lines().nth(1).expect("a process id").to_owned();
    assert_eq!(ended.code, Some(0));
    until("the end of the worker", || gone(&worker));
}

#[test]
fn outputs_reach_all_dependent_steps() {
    let pod = Pod::new();
    pod.prepare(5);
    let write = "echo VERSION=1.2 ü >> $KUEUELEULEU_OUTPUT; echo IGNORED=1 >> $KUEUELEULEU_OUTPUT; \
        printf 'NOTES<<END\\none\\n\\ntwo=2\\nEND\\n' >> $KUEUELEULEU_OUTPUT";
    let show = "echo \"<$VERSION><$NOTES><$IGNORED><$SECOND>\"";
    let third = pod.numbered(2, &[], show).start();
    let second = pod
        .numbered(1, &["-outputs=SECOND"], &format!("{show}; echo SECOND=2 > $KUEUELEULEU_OUTPUT"))
        .start();
    let aside = pod.numbered(3, &["-after="], show).start();
    assert_eq!(pod.numbered(0, &["-outputs", "VERSION,NOTES"], write).run().code, Some(0));
    assert_eq!(second.end().stdout, "<1.2 ü><one\n\ntwo=2><><>\n");
    assert_eq!(third.end().stdout, "<1.2 ü><one\n\ntwo=2><><2>\n");
    // This step does not depend on them.
    assert_eq!(aside.end().stdout, "<><><><>\n");
    // Outputs are not copied from step to step: three steps later, they are read from the directory of their step.
    assert!(
        !pod.run(1, "outputs").exists()
            || !fs::read_to_string(pod.run(1, "outputs")).expect("a file").contains("VERSION")
    );
}

#[test]
fn wrong_outputs_are_a_failure_of_their_step() {
    for (script, problem) in [
        ("true", "its output `A` is missing"),
        ("echo B=1 > $KUEUELEULEU_OUTPUT", "its output `A` is missing"),
        (
            "echo hello > $KUEUELEULEU_OUTPUT",
            "line 1 of its outputs is neither `NAME=value` nor `NAME<<END`: `hello`",
        ),
        ("printf 'A=\\0' > $KUEUELEULEU_OUTPUT", "its outputs contain a NUL byte"),
        (
            "{ echo A=1; head -c 66000 /dev/zero | tr '\\0' x; } > $KUEUELEULEU_OUTPUT",
            "its outputs have more than 65536 bytes",
        ),
        ("rm $KUEUELEULEU_OUTPUT; mkdir $KUEUELEULEU_OUTPUT", "it is not a regular file"),
    ] {
        let pod = Pod::new();
        pod.prepare(2);
        let second = pod.numbered(1, &[], "echo must not run").start();
        let ended = pod.numbered(0, &["-outputs=A"], script).run();
        assert_eq!((ended.code, pod.run_posted(0)), (Some(125), Posted::Err), "{ended:?}");
        assert!(ended.stderr.starts_with("entrypoint: `sh` succeeded, but "), "{}", ended.stderr);
        assert!(ended.stderr.contains(problem), "{}", ended.stderr);
        assert_eq!(second.end().code, Some(199));
    }
}

#[test]
fn each_try_starts_with_an_empty_file() {
    let pod = Pod::new();
    pod.prepare(2);
    let script = format!(
        "{}; echo A=good > $KUEUELEULEU_OUTPUT",
        flaky(&pod, 1, "{ echo A=bad > $KUEUELEULEU_OUTPUT; exit 1; }")
    );
    assert_eq!(pod.numbered(0, &["-retries=1", "-outputs=A"], &script).run().code, Some(0));
    assert_eq!(pod.numbered(1, &[], "echo $A").run().stdout, "good\n");
}

/// A step can forge its own outputs, but cannot change how later commands are found.
#[test]
fn forged_outputs_cannot_change_the_search_path() {
    let pod = Pod::new();
    pod.prepare(2);
    let forged = "kueueleuleu\nPATH=/nonexistent\0LD_PRELOAD=/x\0A-B=1\0GOOD=1\0";
    assert_eq!(pod.numbered(0, &[], "true").run().code, Some(0));
    fs::write(pod.run(0, "outputs"), forged).expect("a file");
    let ended = pod.numbered(1, &[], "echo $GOOD; env | grep -c nonexistent").run();
    assert_eq!(ended.stdout, "1\n0\n");
    assert_eq!(ended.stderr.lines().count(), 3, "{}", ended.stderr);
}

/// Outputs in the environment may make the arguments too long.
#[test]
fn arguments_that_are_too_long_are_reported_with_their_size() {
    let pod = Pod::new();
    pod.prepare(2);
    let write = "{ printf A=; head -c 60000 /dev/zero | tr '\\0' x; echo; } > $KUEUELEULEU_OUTPUT";
    assert_eq!(pod.numbered(0, &["-outputs=A"], write).run().code, Some(0));
    let long = "y".repeat(80_000);
    let step = pod.numbered_with(1, &[], &["echo", &long]).shell();
    // The kernel allows a quarter of the stack limit, here 128 KiB, for arguments and environment together.
    let ended = Step::of(&["bash", "-c", &format!("ulimit -s 512; exec {step}")]).run();
    assert_eq!(ended.code, Some(126), "{}", ended.stderr);
    let line = "entrypoint: cannot start `echo`: the arguments (80001 bytes) and the environment (";
    let rest = ended.stderr.strip_prefix(line).expect(&ended.stderr);
    let environment: usize = rest.split(' ').next().and_then(|bytes| bytes.parse().ok()).expect("a number");
    // The output counts, too.
    assert!(environment > 60_000, "{}", ended.stderr);
    assert!(ended.stderr.ends_with(" bytes) are too long\n"), "{}", ended.stderr);
}
