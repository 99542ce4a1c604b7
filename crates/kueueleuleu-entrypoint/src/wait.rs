//! Decides what a waiting step does next: start, skip or sleep. The decision is a pure function of the other step's
//! state.
//!
//! This module opens no files and has no clock; [`crate::watch`] reads the state and sleeps. In short:
//!
//! | post of the other step | its liveness file | this step |
//! |---|---|---|
//! | success | any | starts |
//! | failure without a retry | any | is skipped |
//! | none, or a failure with a retry | held | sleeps until it is released |
//! | none | released | is skipped, because the other step died; sleeps if the kubelet restarts that step |
//! | failure with a retry | released | sleeps until the other step was restarted |
//! | none | never held | sleeps until it was held and released; fails after `startTimeout` |
//! | none, or a failure with a retry | unknown | checks again after a pause |
//!
//! Two histories of the other step, and what this step does after each event:
//!
//! ```text
//! hold FIFO -> sleep      post `out` -> start
//! hold FIFO -> sleep      killed: FIFO hangs up -> skip; with `-retry`: sleep      restarted, hold FIFO -> sleep
//! ```

use std::time::Duration;

use crate::liveness::Liveness;
use crate::post::Posted;
use crate::retry::Codes;

/// The longest pause between two looks at a step that cannot be watched.
pub(crate) const POLL: Duration = Duration::from_secs(1);
/// The first pause. It is short, because the containers of a pod usually start together, in any order.
const FIRST_POLL: Duration = Duration::from_millis(1);
/// The exit code of a container that `SIGKILL` ended.
const KILLED: u8 = 137;

/// The state of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) liveness: Liveness,
    pub(crate) posted: Option<Posted>,
    pub(crate) woken: Woken,
}

/// What ended the last sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Woken {
    /// The step's FIFO: it hung up, or a process wrote to it.
    ByFifo,
    /// A signal, the timeout, another step, or there was no sleep yet.
    Otherwise,
}

/// The conditions under which this step waits for another one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<'a> {
    /// The exit codes after which the kubelet restarts the other step.
    pub(crate) retried: &'a Codes,
    /// The time within which the other step must start.
    pub(crate) start_timeout: Option<Duration>,
}

/// The decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The other step succeeded.
    Succeeded,
    /// The other step will not succeed.
    Failed(Failure),
    /// Sleep, then look again.
    Sleep(Nap),
}

/// Why a step will not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It posted a failure.
    Posted,
    /// It died without a post.
    Died,
    /// It did not start within this time.
    NotStarted(Duration),
}

/// How to sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nap {
    /// Until the FIFO hangs up, or for this time. If there is no FIFO, for the time of [`pause`].
    Watch(Option<Duration>),
    /// For the time of [`pause`], whatever the FIFO does.
    Pause,
}

/// Decides what to do after a look at the other step, `waited` after the first look.
pub(crate) fn next(look: Look, terms: Terms<'_>, waited: Duration) -> Decision {
    match look.posted {
        Some(Posted::Succeeded) => return Decision::Succeeded,
        // Only our own supervisor posts an exit code. Without one, the step may be retried if any code is.
        // Example: `out.err` with code 7 is final, but with `-retry=In:7` the kubelet restarts the step.
        Some(Posted::Failed(code))
            if !code.map_or(terms.retried.any(), |code| terms.retried.covers(code)) =>
        {
            return Decision::Failed(Failure::Posted);
        }
        Some(Posted::Failed(_)) | None => {}
    }
    // The decision if the other step has ended. The kubelet treats a death without a post as exit code 137.
    let gone = match (look.posted, terms.retried.covers(KILLED)) {
        (None, false) => Decision::Failed(Failure::Died),
        // The restarted step holds the same FIFO, which hangs up when it ends. The timeout is for the case that the
        // step had to create a new FIFO.
        _ => Decision::Sleep(Nap::Watch(Some(POLL))),
    };
    match (look.liveness, look.woken) {
        // A FIFO that hung up was held, even if its holder could not write `lived` (a full disk).
        (Liveness::Released, _) | (Liveness::NeverHeld, Woken::ByFifo) => gone,
        // The FIFO is still ready: the step was restarted in between, or a process wrote to the FIFO. Watching it again
        // would return at once, so pause to avoid a busy loop.
        (Liveness::Held, Woken::ByFifo) | (Liveness::Unknown, _) => Decision::Sleep(Nap::Pause),
        (Liveness::Held, Woken::Otherwise) => Decision::Sleep(Nap::Watch(None)),
        // Not started yet. Example: with `-start_timeout 30m`, after 10 minutes, sleep for 20 minutes at most.
        (Liveness::NeverHeld, Woken::Otherwise) => match terms.start_timeout {
            Some(time) if waited >= time => Decision::Failed(Failure::NotStarted(time)),
            Some(time) => Decision::Sleep(Nap::Watch(Some(time.saturating_sub(waited)))),
            None => Decision::Sleep(Nap::Watch(None)),
        },
    }
}

/// The pause between two looks: an eighth of the time waited so far, so the delay after the other step's end is small
/// compared to the time waited.
///
/// ```text
/// waited    0      80 ms    800 ms    8 s    1 h
/// pause     1 ms   10 ms    100 ms    1 s    1 s
/// ```
pub(crate) fn pause(waited: Duration) -> Duration {
    (waited / 8).clamp(FIRST_POLL, POLL)
}

#[cfg(test)]
mod tests {
    use super::Woken::{self, ByFifo, Otherwise};
    use super::{Decision, Failure, Look, Nap, POLL, Terms, next, pause};
    use crate::liveness::Liveness::{self, Held, NeverHeld, Released, Unknown};
    use crate::post::Posted;
    use crate::retry::Codes;
    use std::time::Duration;

    const NOTHING: Option<Posted> = None;
    const SUCCESS: Option<Posted> = Some(Posted::Succeeded);
    const FAILURE: Option<Posted> = Some(Posted::Failed(Some(7)));
    const OLD: Option<Posted> = Some(Posted::Failed(None));
    const LIVENESS: [Liveness; 4] = [NeverHeld, Held, Released, Unknown];
    const WOKEN: [Woken; 2] = [Woken::ByFifo, Woken::Otherwise];

    fn decide(retried: &Codes, posted: Option<Posted>, liveness: Liveness, woken: Woken) -> Decision {
        let terms = Terms { retried, start_timeout: None };
        next(Look { liveness, posted, woken }, terms, Duration::ZERO)
    }

    /// Posts that decide whatever the liveness is.
    #[test]
    fn posts_decide_first() {
        for liveness in LIVENESS {
            for woken in WOKEN {
                for retried in [Codes::None, Codes::In(vec![7]), Codes::NotIn(vec![])] {
                    assert_eq!(decide(&retried, SUCCESS, liveness, woken), Decision::Succeeded);
                }
                for retried in [Codes::None, Codes::In(vec![8, 137]), Codes::NotIn(vec![7])] {
                    let next = decide(&retried, FAILURE, liveness, woken);
                    assert_eq!(next, Decision::Failed(Failure::Posted), "{retried:?}");
                }
                assert_eq!(decide(&Codes::None, OLD, liveness, woken), Decision::Failed(Failure::Posted));
            }
        }
    }

    #[test]
    fn without_a_final_post_liveness_decides() {
        let (watch, pause) = (Decision::Sleep(Nap::Watch(None)), Decision::Sleep(Nap::Pause));
        let (died, again) = (Decision::Failed(Failure::Died), Decision::Sleep(Nap::Watch(Some(POLL))));
        let (all, none) = (Codes::NotIn(vec![]), Codes::None);
        let (only, other) = (Codes::In(vec![137]), Codes::In(vec![7]));
        let table = [
            (NOTHING, Held, Otherwise, &none, watch),
            (NOTHING, Held, ByFifo, &none, pause),
            (NOTHING, Unknown, Otherwise, &none, pause),
            (NOTHING, Unknown, ByFifo, &none, pause),
            (NOTHING, NeverHeld, Otherwise, &none, watch),
            (NOTHING, NeverHeld, ByFifo, &none, died),
            (NOTHING, Released, Otherwise, &none, died),
            (NOTHING, Released, ByFifo, &none, died),
            // The kubelet treats a death as exit code 137.
            (NOTHING, Released, Otherwise, &other, died),
            (NOTHING, Released, Otherwise, &only, again),
            (NOTHING, Released, ByFifo, &all, again),
            (NOTHING, NeverHeld, ByFifo, &all, again),
            (NOTHING, Held, Otherwise, &all, watch),
            (NOTHING, Held, ByFifo, &all, pause),
            (FAILURE, Released, Otherwise, &other, again),
            (FAILURE, Released, ByFifo, &all, again),
            (FAILURE, Held, Otherwise, &all, watch),
            (FAILURE, Held, ByFifo, &all, pause),
            (OLD, Released, Otherwise, &all, again),
        ];
        for (posted, liveness, woken, retried, expected) in table {
            let found = decide(retried, posted, liveness, woken);
            assert_eq!(found, expected, "{posted:?} {liveness:?} {woken:?} {retried:?}");
        }
    }

    #[test]
    fn the_start_timeout_applies_only_to_a_step_that_never_started() {
        let second = Duration::from_secs;
        let at = |liveness, waited| {
            let terms = Terms { retried: &Codes::None, start_timeout: Some(second(30)) };
            next(Look { liveness, posted: None, woken: Woken::Otherwise }, terms, second(waited))
        };
        assert_eq!(at(NeverHeld, 10), Decision::Sleep(Nap::Watch(Some(second(20)))));
        assert_eq!(at(NeverHeld, 30), Decision::Failed(Failure::NotStarted(second(30))));
        assert_eq!(at(Held, 99), Decision::Sleep(Nap::Watch(None)));
        assert_eq!(at(Unknown, 99), Decision::Sleep(Nap::Pause));
        assert_eq!(at(Released, 99), Decision::Failed(Failure::Died));
    }

    #[test]
    fn pauses_grow_up_to_a_second() {
        let waited = [0, 4, 80, 8_000, 800_000].map(|ms| pause(Duration::from_millis(ms)).as_millis());
        assert_eq!(waited, [1, 1, 10, 1000, 1000]);
    }
}
