//! What to do about a step that is waited for: a pure function of what was seen of it.
//!
//! Opens no file, knows no clock; [`crate::watch`] looks and sleeps. In short:
//!
//! | posted | liveness | |
//! |---|---|---|
//! | success | any | go |
//! | failure, final | any | skip |
//! | nothing, or a failure that is retried | held | sleep until it is released |
//! | nothing | released | it died: skip; sleep, if the kubelet starts it again |
//! | nothing | unborn | sleep until somebody held and released it, or `startTimeout` is over |
//! | nothing | unknown | look again after a pause |

use std::time::Duration;

use crate::liveness::Liveness;
use crate::post::Posted;
use crate::retry::Codes;

/// How often a step is looked at that cannot be watched.
pub(crate) const POLL: Duration = Duration::from_secs(1);
/// The first pauses are shorter: steps are mostly started together, in any order.
const FIRST_POLL: Duration = Duration::from_millis(1);
/// What the kubelet reports for a container that `SIGKILL` ended.
const KILLED: u8 = 137;

/// What can be seen of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) liveness: Liveness,
    pub(crate) posted: Option<Posted>,
    pub(crate) woken: Woken,
}

/// What ended the last sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Woken {
    /// The step's FIFO: it hung up, or somebody wrote into it.
    ByFifo,
    /// A signal, the time, another step, or nothing.
    Otherwise,
}

/// What the waiter was told about a step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<'a> {
    /// The exit codes after which the kubelet starts it again.
    pub(crate) retried: &'a Codes,
    /// How long it may take to be started.
    pub(crate) start_timeout: Option<Duration>,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Succeeded,
    Failed(Failure),
    Sleep(Nap),
}

/// Why a step never releases those that wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It said so.
    Posted,
    /// It is gone and posted nothing.
    Died,
    /// It was not started in this time.
    NotStarted(Duration),
}

/// How to sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nap {
    /// Until the FIFO hangs up, or this time is over. Without a FIFO: as long as [`pause`] says.
    Watch(Option<Duration>),
    /// As long as [`pause`] says, whatever the FIFO does.
    Pause,
}

/// Decides after a look, `waited` after the first one.
pub(crate) fn next(look: Look, terms: Terms<'_>, waited: Duration) -> Next {
    match look.posted {
        Some(Posted::Succeeded) => return Next::Succeeded,
        // A failure without a code was not written by a supervisor of ours: any retry counts.
        Some(Posted::Failed(code))
            if !code.map_or(terms.retried.any(), |code| terms.retried.covers(code)) =>
        {
            return Next::Failed(Failure::Posted);
        }
        Some(Posted::Failed(_)) | None => {}
    }
    let gone = match (look.posted, terms.retried.covers(KILLED)) {
        (None, false) => Next::Failed(Failure::Died),
        // The next try takes the same FIFO, which hangs up when that ends; the time is for the case that it had to make
        // another.
        _ => Next::Sleep(Nap::Watch(Some(POLL))),
    };
    match (look.liveness, look.woken) {
        // The second: a holder that could not write that it had been there.
        (Liveness::Released, _) | (Liveness::Unborn, Woken::ByFifo) => gone,
        // It was started again in between, or somebody writes into the FIFO: never a busy loop.
        (Liveness::Held, Woken::ByFifo) | (Liveness::Unknown, _) => Next::Sleep(Nap::Pause),
        (Liveness::Held, Woken::Otherwise) => Next::Sleep(Nap::Watch(None)),
        (Liveness::Unborn, Woken::Otherwise) => match terms.start_timeout {
            Some(time) if waited >= time => Next::Failed(Failure::NotStarted(time)),
            Some(time) => Next::Sleep(Nap::Watch(Some(time.saturating_sub(waited)))),
            None => Next::Sleep(Nap::Watch(None)),
        },
    }
}

/// The growing pause between two looks: an eighth of the time already waited, so that no step comes later than that
/// however late the one before it was started.
pub(crate) fn pause(waited: Duration) -> Duration {
    (waited / 8).clamp(FIRST_POLL, POLL)
}

#[cfg(test)]
mod tests {
    use super::Woken::{self, ByFifo, Otherwise};
    use super::{Failure, Look, Nap, Next, POLL, Terms, next, pause};
    use crate::liveness::Liveness::{self, Held, Released, Unborn, Unknown};
    use crate::post::Posted;
    use crate::retry::Codes;
    use std::time::Duration;

    const NOTHING: Option<Posted> = None;
    const SUCCESS: Option<Posted> = Some(Posted::Succeeded);
    const FAILURE: Option<Posted> = Some(Posted::Failed(Some(7)));
    const OLD: Option<Posted> = Some(Posted::Failed(None));
    const LIVENESS: [Liveness; 4] = [Unborn, Held, Released, Unknown];
    const WOKEN: [Woken; 2] = [Woken::ByFifo, Woken::Otherwise];

    fn decide(retried: &Codes, posted: Option<Posted>, liveness: Liveness, woken: Woken) -> Next {
        let terms = Terms { retried, start_timeout: None };
        next(Look { liveness, posted, woken }, terms, Duration::ZERO)
    }

    /// Every combination that decides whatever the rest is.
    #[test]
    fn posts_decide_first() {
        for liveness in LIVENESS {
            for woken in WOKEN {
                for retried in [Codes::None, Codes::In(vec![7]), Codes::NotIn(vec![])] {
                    assert_eq!(decide(&retried, SUCCESS, liveness, woken), Next::Succeeded);
                }
                for retried in [Codes::None, Codes::In(vec![8, 137]), Codes::NotIn(vec![7])] {
                    let next = decide(&retried, FAILURE, liveness, woken);
                    assert_eq!(next, Next::Failed(Failure::Posted), "{retried:?}");
                }
                assert_eq!(decide(&Codes::None, OLD, liveness, woken), Next::Failed(Failure::Posted));
            }
        }
    }

    #[test]
    fn without_a_final_post_liveness_decides() {
        let (watch, pause) = (Next::Sleep(Nap::Watch(None)), Next::Sleep(Nap::Pause));
        let (died, again) = (Next::Failed(Failure::Died), Next::Sleep(Nap::Watch(Some(POLL))));
        let (all, none) = (Codes::NotIn(vec![]), Codes::None);
        let (only, other) = (Codes::In(vec![137]), Codes::In(vec![7]));
        let table = [
            (NOTHING, Held, Otherwise, &none, watch),
            (NOTHING, Held, ByFifo, &none, pause),
            (NOTHING, Unknown, Otherwise, &none, pause),
            (NOTHING, Unknown, ByFifo, &none, pause),
            (NOTHING, Unborn, Otherwise, &none, watch),
            (NOTHING, Unborn, ByFifo, &none, died),
            (NOTHING, Released, Otherwise, &none, died),
            (NOTHING, Released, ByFifo, &none, died),
            // A death is exit code 137 to the kubelet.
            (NOTHING, Released, Otherwise, &other, died),
            (NOTHING, Released, Otherwise, &only, again),
            (NOTHING, Released, ByFifo, &all, again),
            (NOTHING, Unborn, ByFifo, &all, again),
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
    fn only_a_step_that_never_lived_is_late() {
        let second = Duration::from_secs;
        let at = |liveness, waited| {
            let terms = Terms { retried: &Codes::None, start_timeout: Some(second(30)) };
            next(Look { liveness, posted: None, woken: Woken::Otherwise }, terms, second(waited))
        };
        assert_eq!(at(Unborn, 10), Next::Sleep(Nap::Watch(Some(second(20)))));
        assert_eq!(at(Unborn, 30), Next::Failed(Failure::NotStarted(second(30))));
        assert_eq!(at(Held, 99), Next::Sleep(Nap::Watch(None)));
        assert_eq!(at(Unknown, 99), Next::Sleep(Nap::Pause));
        assert_eq!(at(Released, 99), Next::Failed(Failure::Died));
    }

    #[test]
    fn pauses_grow_up_to_a_second() {
        let waited = [0, 4, 80, 8_000, 800_000].map(|ms| pause(Duration::from_millis(ms)).as_millis());
        assert_eq!(waited, [1, 1, 10, 1000, 1000]);
    }
}
