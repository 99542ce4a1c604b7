//! The wait for other steps: looks at their files, asks [`crate::wait`] what to do, and sleeps.
//!
//! Knows the order of the looks; decides nothing itself.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::args::{Awaited, When};
use crate::command;
use crate::liveness::{self, Liveness, Sight};
use crate::log::say;
use crate::outcome::Before;
use crate::post::{self, Posted};
use crate::signals::{CHILD, Number, Signals, is_stop};
use crate::wait::{self, Failure, Look, Nap, Next, Terms, Woken};

/// After this time it is worth a line in the log that nothing came.
const LONG: Duration = Duration::from_mins(1);

/// How a wait ended.
#[derive(Debug)]
pub(crate) enum End {
    /// The command may start.
    Go(Before),
    /// A step failed; this is the file that it should have written.
    Failed(PathBuf, Failure),
    /// A step cannot be looked at.
    Blind(PathBuf, io::Error),
    /// A signal said to stop, while this file was waited for.
    Signal(Number, PathBuf),
}

/// One step that is waited for, as the waiter remembers it.
struct Other<'a> {
    step: &'a Awaited,
    fifo: Option<OwnedFd>,
    woken: Woken,
    /// What became of it, once that is certain.
    settled: Option<Result<(), Failure>>,
    said: bool,
}

/// Waits until all of `steps` succeeded, or one of them never will; with [`When::Always`] until all have ended.
pub(crate) fn wait_for(
    steps: &[Awaited],
    start_timeout: Option<Duration>,
    when: When,
    signals: &mut Signals,
) -> End {
    let since = Instant::now();
    let mut others: Vec<Other<'_>> = steps
        .iter()
        .map(|step| Other { step, fifo: None, woken: Woken::Otherwise, settled: None, said: false })
        .collect();
    loop {
        let waited = since.elapsed();
        let mut naps = Vec::new();
        for (at, other) in others.iter_mut().enumerate().filter(|(_, other)| other.settled.is_none()) {
            let terms = Terms { retried: &other.step.retried, start_timeout };
            let look = match other.look() {
                Ok(look) => look,
                Err(error) => return End::Blind(other.step.out.clone(), error),
            };
            match wait::next(look, terms, waited) {
                Next::Succeeded => other.settled = Some(Ok(())),
                Next::Failed(failure) if when == When::Always => other.settled = Some(Err(failure)),
                Next::Failed(failure) => return End::Failed(other.step.out.clone(), failure),
                Next::Sleep(nap) => naps.push((at, other.sleep(look.liveness, nap, waited))),
            }
        }
        let Some(&(first, _)) = naps.first() else {
            let failed = others.iter().any(|other| matches!(other.settled, Some(Err(_))));
            return End::Go(if failed { Before::SomeFailed } else { Before::AllSucceeded });
        };
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
            return End::Signal(number, others[first].step.out.clone());
        }
    }
}

impl Other<'_> {
    fn look(&mut self) -> io::Result<Look> {
        let Awaited { out, author, .. } = self.step;
        let (sight, posted) =
            in_order(|| liveness::look(&liveness::path_of(out)), || post::read(out, *author))?;
        self.fifo = sight.fifo;
        Ok(Look { liveness: sight.liveness, posted, woken: self.woken })
    }

    /// Whether to watch the FIFO, and how long.
    fn sleep(&mut self, liveness: Liveness, nap: Nap, waited: Duration) -> (bool, Option<Duration>) {
        let (watch, mut timeout) = match nap {
            Nap::Watch(timeout) if self.fifo.is_some() => (true, timeout),
            Nap::Watch(timeout) => {
                let pause = wait::pause(waited);
                (false, Some(timeout.map_or(pause, |timeout| timeout.min(pause))))
            }
            Nap::Pause => (false, Some(wait::pause(waited))),
        };
        if liveness == Liveness::Unborn && !self.said {
            match LONG.checked_sub(waited).filter(|left| !left.is_zero()) {
                Some(left) => timeout = Some(timeout.map_or(left, |timeout| timeout.min(left))),
                None => self.say_that_it_takes_long(),
            }
        }
        (watch, timeout)
    }

    /// No sign of life is not a sign of death: the image may still be on its way. But once it is worth a line.
    fn say_that_it_takes_long(&mut self) {
        self.said = true;
        say(&format!(
            "still waiting for `{}`: the step that writes it has not been started",
            self.step.out.display()
        ));
    }
}

/// Liveness first, then the post: a step posts before it lets go, so what is not there after it let go never will be.
fn in_order(
    liveness: impl FnOnce() -> Sight,
    posted: impl FnOnce() -> io::Result<Option<Posted>>,
) -> io::Result<(Sight, Option<Posted>)> {
    let sight = liveness();
    Ok((sight, posted()?))
}

/// Takes the signals that are there, and returns one that ends a wait. The others mean nothing to a step that has
/// not begun.
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
        // PID 1 inherits the orphans of `kubectl exec`, also while it waits.
        command::reap(None);
    }
    stop
}

#[cfg(test)]
mod tests {
    use super::in_order;
    use crate::liveness::{Liveness, Sight};
    use crate::post::Posted;
    use std::cell::Cell;

    /// A step that posts and lets go between two looks was taken for one that died.
    #[test]
    fn a_step_that_posts_and_lets_go_between_two_looks_has_succeeded() {
        let posted = Cell::new(None);
        let let_go = || {
            posted.set(Some(Posted::Succeeded));
            Sight { liveness: Liveness::Released, fifo: None }
        };
        let (sight, posted) = in_order(let_go, || Ok(posted.get())).expect("two looks");
        assert_eq!((sight.liveness, posted), (Liveness::Released, Some(Posted::Succeeded)));
    }
}
