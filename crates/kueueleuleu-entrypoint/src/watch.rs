//! Waits for other steps: reads their files, lets [`crate::wait`] decide, and sleeps.
//!
//! This module knows the order in which files must be read. It decides nothing itself.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::args::{Awaited, When};
use crate::command;
use crate::liveness::{self, Liveness, Sight};
use crate::log::say;
use crate::outcome::Predecessors;
use crate::post::{self, Posted};
use crate::signals::{CHILD, Number, Signals, is_stop};
use crate::wait::{self, Decision, Failure, Look, Nap, Terms, Woken};

/// The time after which a step that has not started is reported.
const LONG: Duration = Duration::from_mins(1);

/// How a wait ended.
#[derive(Debug)]
pub(crate) enum WaitEnd {
    /// The command may start.
    Go(Predecessors),
    /// A step failed. This is the file that it would have written on success.
    Failed(PathBuf, Failure),
    /// The state of a step cannot be read.
    Unreadable(PathBuf, io::Error),
    /// A stop signal arrived while this step waited for this file.
    Signal(Number, PathBuf),
}

/// The state of the wait for one step.
struct Predecessor<'a> {
    step: &'a Awaited,
    fifo: Option<OwnedFd>,
    woken: Woken,
    /// Its outcome, once that is final.
    settled: Option<Result<(), Failure>>,
    /// Whether it was reported that the step has not started.
    said: bool,
}

/// Waits until all of `steps` have succeeded, or one has failed; with [`When::Always`], until all have ended.
///
/// ```text
/// -after 0,1                 step 0: `out`, step 1: held    ->  poll the FIFO of step 1
///                            step 0: `out`, step 1: `out`   ->  Go(AllSucceeded)
/// -after 0,1 -when always    step 0: `out.err`, step 1: `out`  ->  Go(SomeFailed)
/// ```
pub(crate) fn wait_for(
    steps: &[Awaited],
    start_timeout: Option<Duration>,
    when: When,
    signals: &mut Signals,
) -> WaitEnd {
    let since = Instant::now();
    let mut others: Vec<Predecessor<'_>> = steps
        .iter()
        .map(|step| Predecessor { step, fifo: None, woken: Woken::Otherwise, settled: None, said: false })
        .collect();
    loop {
        let waited = since.elapsed();
        let mut naps = Vec::new();
        for (at, other) in others.iter_mut().enumerate().filter(|(_, other)| other.settled.is_none()) {
            let terms = Terms { retried: &other.step.retried, start_timeout };
            let look = match other.look() {
                Ok(look) => look,
                Err(error) => return WaitEnd::Unreadable(other.step.out.clone(), error),
            };
            match wait::next(look, terms, waited) {
                Decision::Succeeded => other.settled = Some(Ok(())),
                Decision::Failed(failure) if when == When::Always => other.settled = Some(Err(failure)),
                Decision::Failed(failure) => return WaitEnd::Failed(other.step.out.clone(), failure),
                Decision::Sleep(nap) => naps.push((at, other.sleep(look.liveness, nap, waited))),
            }
        }
        // Without a nap, every step has a final outcome.
        let Some(&(first, _)) = naps.first() else {
            let failed = others.iter().any(|other| matches!(other.settled, Some(Err(_))));
            return WaitEnd::Go(if failed { Predecessors::SomeFailed } else { Predecessors::AllSucceeded });
        };
        // One `poll` for all: it ends at the earliest timeout, or when any watched FIFO is ready.
        let timeout = naps.iter().filter_map(|(_, (_, timeout))| *timeout).min();
        let watched: Vec<usize> = naps.iter().filter(|(_, (watch, _))| *watch).map(|(at, _)| *at).collect();
        let fifos: Vec<_> =
            watched.iter().filter_map(|&at| others[at].fifo.as_ref()).map(AsFd::as_fd).collect();
        let woken = signals.wait(&fifos, timeout);
        for other in &mut others {
            other.woken = Woken::Otherwise;
        }
        for (at, woken) in watched.into_iter().zip(woken) {
            if woken {
                others[at].woken = Woken::ByFifo;
            }
        }
        if let Some(number) = stop_signal(signals) {
            return WaitEnd::Signal(number, others[first].step.out.clone());
        }
    }
}

impl Predecessor<'_> {
    fn look(&mut self) -> io::Result<Look> {
        let Awaited { out, author, .. } = self.step;
        let (sight, posted) =
            in_order(|| liveness::look(&liveness::path_of(out)), || post::read(out, *author))?;
        self.fifo = sight.fifo;
        Ok(Look { liveness: sight.liveness, posted, woken: self.woken })
    }

    /// Whether to watch the FIFO, and the timeout.
    fn sleep(&mut self, liveness: Liveness, nap: Nap, waited: Duration) -> (bool, Option<Duration>) {
        let (watch, mut timeout) = match nap {
            Nap::Watch(timeout) if self.fifo.is_some() => (true, timeout),
            Nap::Watch(timeout) => {
                let pause = wait::pause(waited);
                (false, Some(timeout.map_or(pause, |timeout| timeout.min(pause))))
            }
            Nap::Pause => (false, Some(wait::pause(waited))),
        };
        if liveness == Liveness::NeverHeld && !self.said {
            match LONG.checked_sub(waited).filter(|left| !left.is_zero()) {
                Some(left) => timeout = Some(timeout.map_or(left, |timeout| timeout.min(left))),
                None => self.say_that_it_takes_long(),
            }
        }
        (watch, timeout)
    }

    /// A step that has not started is not dead: its image may still be pulled. This is reported once.
    fn say_that_it_takes_long(&mut self) {
        self.said = true;
        say(&format!(
            "still waiting for `{}`: the step that writes it has not started",
            self.step.out.display()
        ));
    }
}

/// Reads the liveness first, then the post: a step posts before it releases its FIFO. If there is no post after the
/// release, there never will be one.
///
/// ```text
/// this step           reads: released                 reads: `out`  ->  succeeded
/// the other step      posts `out`, releases
/// ```
fn in_order(
    liveness: impl FnOnce() -> Sight,
    posted: impl FnOnce() -> io::Result<Option<Posted>>,
) -> io::Result<(Sight, Option<Posted>)> {
    let sight = liveness();
    Ok((sight, posted()?))
}

/// Takes all pending signals, and returns a stop signal if there is one. Other signals mean nothing to a step that has
/// not started.
pub(crate) fn stop_signal(signals: &mut Signals) -> Option<Number> {
    let mut stop = None;
    let mut child = false;
    for number in signals.take() {
        match number {
            CHILD => child = true,
            _ if is_stop(number) => stop = Some(number),
            _ => {}
        }
    }
    if child {
        // PID 1 adopts the orphans of `kubectl exec`, also while it waits.
        command::reap(None);
    }
    stop
}

#[cfg(test)]
mod tests {
    use super::{Awaited, LONG, Predecessor, in_order};
    use crate::args::Author;
    use crate::liveness::{Liveness, Sight};
    use crate::post::Posted;
    use crate::retry::Codes;
    use crate::wait::{Nap, Woken};
    use std::cell::Cell;
    use std::time::Duration;

    #[test]
    fn a_step_that_does_not_start_is_reported_once() {
        let second = Duration::from_secs(1);
        let step = &Awaited { out: "out".into(), author: Author::Anybody, retried: Codes::None };
        let mut other = Predecessor { step, fifo: None, woken: Woken::Otherwise, settled: None, said: false };
        let mut said_after = |liveness, waited| {
            let (watch, timeout) = other.sleep(liveness, Nap::Pause, waited);
            assert!(!watch && timeout.is_some_and(|timeout| !timeout.is_zero() && timeout <= second));
            other.said
        };
        assert!(!said_after(Liveness::NeverHeld, LONG / 2));
        assert!(!said_after(Liveness::Held, LONG));
        assert!(said_after(Liveness::NeverHeld, LONG));
        assert!(said_after(Liveness::NeverHeld, 2 * LONG));
    }

    /// A step that posts and releases its FIFO between two looks was taken for dead.
    #[test]
    fn a_step_that_posts_and_releases_between_two_looks_has_succeeded() {
        let posted = Cell::new(None);
        let release = || {
            posted.set(Some(Posted::Succeeded));
            Sight { liveness: Liveness::Released, fifo: None }
        };
        let (sight, posted) = in_order(release, || Ok(posted.get())).expect("two looks");
        assert_eq!((sight.liveness, posted), (Liveness::Released, Some(Posted::Succeeded)));
    }
}
