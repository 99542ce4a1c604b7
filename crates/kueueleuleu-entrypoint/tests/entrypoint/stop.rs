//! A pod that is told to stop: whatever the order, no step begins after a stop signal.
//!
//! The model in `src/model.rs` visits every order; here the kernel chooses one of its own, many times.

use std::thread;
use std::time::Duration;

use crate::harness::{Ended, Pod, Posted, Random};

/// The number of rounds. `KUEUELEULEU_ROUNDS` overrides it.
const ROUNDS: u32 = 150;

/// Checks that only successful steps precede a step that ran, and that posts and exit codes agree.
fn assert_in_order(pod: &Pod, ended: &[Ended], round: u32) {
    for (at, step) in ended.iter().enumerate() {
        let began = step.stdout.contains("began");
        let code = step.code.expect("an exit code");
        let before = at.checked_sub(1).map(|before| ended[before].code);
        if began {
            assert!(matches!(before, None | Some(Some(0))), "round {round}, step {at}: {ended:#?}");
        } else {
            assert!([143, 199].contains(&code), "round {round}, step {at}: {ended:#?}");
        }
        let told = if code == 0 { Posted::Out } else { Posted::Err };
        assert_eq!(pod.run_posted(at), told, "round {round}, step {at}: {ended:#?}");
    }
}

#[test]
fn no_step_starts_after_a_stop_signal() {
    let rounds =
        std::env::var("KUEUELEULEU_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().expect("a number"));
    let mut random = Random::new(0x9e37_79b9);
    let mut began = [0; 4];
    for round in 0..rounds {
        let pod = Pod::new();
        pod.prepare(3);
        // Each command exits with 0, by itself or after a signal.
        let script = |time: u32| format!("trap 'exit 0' TERM; echo began; sleep 0.00{time} & wait");
        let steps: Vec<_> = (0..3)
            .map(|at| {
                let flags: &[&str] = if at == 2 { &["-last"] } else { &[] };
                pod.numbered(at, flags, &script(random.below(10))).start()
            })
            .collect();
        // As a deletion does, now and then with a `preStop` hook that never ends in time.
        for _ in 0..3 {
            thread::sleep(Duration::from_micros(u64::from(random.below(8_000))));
            let at = usize::try_from(random.below(3)).expect("a step");
            if steps[at].handles_sigterm() {
                steps[at].signal(15);
            }
        }
        let ended: Vec<Ended> = steps.into_iter().map(crate::harness::Running::end).collect();
        assert_in_order(&pod, &ended, round);
        began[ended.iter().filter(|ended| ended.stdout.contains("began")).count()] += 1;
    }
    // The signals arrived at different stages, depending on the load of the machine.
    eprintln!("rounds by the number of steps that began: {began:?}");
    assert!(began[0] < rounds && began[3] < rounds, "{began:?}");
}

/// The deletion of a pod whose second step has a `preStop` hook: its own SIGTERM comes later.
#[test]
fn a_success_after_a_stop_signal_does_not_release_the_next_step() {
    let graceful = "trap 'exit 0' TERM; echo ready; sleep 60 & wait";
    let pod = Pod::new();
    pod.prepare(3);
    let second = pod.numbered(1, &[], "echo must not run").start();
    let mut first = pod.numbered(0, &[], graceful).start();
    assert_eq!(first.line(), "ready");
    first.signal(15);
    let ended = first.end();
    assert_eq!((ended.code, pod.run_posted(0)), (Some(143), Posted::Err));
    assert_eq!(
        ended.stderr,
        "entrypoint: `sh` exited with 0 after signal 15, so the steps after it do not run\n"
    );
    let ended = second.end();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(199), ""));

    // No step waits for the last one, so its exit code is that of its command.
    let mut last = pod.numbered(2, &["-after=", "-last"], graceful).start();
    assert_eq!(last.line(), "ready");
    last.signal(15);
    let ended = last.end();
    assert_eq!((ended.code, ended.stderr.as_str(), pod.run_posted(2)), (Some(0), "", Posted::Out));
}

/// Under `OnFailure` a liveness probe that fails ends a step with SIGTERM. A step that ended with 0 was never started
/// again, and those that waited for its retry hung.
#[test]
fn a_step_that_was_stopped_is_retried() {
    let pod = Pod::new();
    pod.prepare(2);
    let second = pod.numbered(1, &["-retry"], "echo ran").start();
    let mut first = pod.numbered(0, &["-retry"], "trap 'exit 0' TERM; echo ready; sleep 60 & wait").start();
    assert_eq!(first.line(), "ready");
    first.signal(15);
    assert_eq!(first.end().code, Some(143));
    assert_eq!(pod.numbered(0, &["-retry"], "true").run().code, Some(0));
    assert_eq!(second.end().stdout, "ran\n");
}
