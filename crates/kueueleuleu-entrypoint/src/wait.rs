//! The wait for the step before: from nothing to a verdict.
//!
//! Knows the files that a step posts and its mark of life; not what is done about the verdict.

use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use kueueleuleu_protocol::ERR_SUFFIX;

use crate::args::Restart;
use crate::child;
use crate::mark::{self, Sight};
use crate::post::with_suffix;
use crate::say;
use crate::signals::{CHILD, Number, STOP, Signals, WINDOW_CHANGE, Woken};
use crate::terminal;

/// How often a step is looked for that has no mark (yet).
const POLL: Duration = Duration::from_secs(1);
/// The first pauses are shorter: steps are mostly started together, in any order.
const FIRST_POLL: Duration = Duration::from_millis(1);
/// After this time it is worth a line in the log that nothing came.
const LONG: Duration = Duration::from_mins(1);

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The file is there.
    Go,
    /// The file with the error suffix is there.
    Failed,
    /// The step before is gone and posted nothing.
    Dead,
    /// A signal said to stop.
    Signal(Number),
}

/// Waits until `file` is posted, or until it is clear that it never will be.
pub(crate) fn wait_for(file: &Path, restart: Restart, signals: &mut Signals) -> Verdict {
    let mark = mark::path_of(file);
    let mut pauses = Pauses::new(file);
    let mut woken = Woken::Otherwise;
    loop {
        if let Some(verdict) = posted(file, restart) {
            return verdict;
        }
        woken = match (mark::look(&mark), woken) {
            // A hang-up, and yet somebody holds it: restarted in between, or a kernel that cannot be trusted.
            (Sight::Held(_), Woken::ByFile) => signals.wait(None, Some(pauses.next())),
            (Sight::Held(fifo), Woken::Otherwise) => signals.wait(Some(fifo.as_fd()), None),
            (Sight::Abandoned(fifo), _) => match (posted(file, restart), restart) {
                // It posts before it lets go: so only now it is certain that it did not.
                (Some(verdict), _) => return verdict,
                (None, Restart::Never) => return Verdict::Dead,
                // The retry takes the same mark again, and this file hears of its end; the pause is for the case
                // that it had to make another.
                (None, Restart::OnFailure) => signals.wait(Some(fifo.as_fd()), Some(POLL)),
            },
            (Sight::Absent, _) => {
                pauses.say_if_long();
                signals.wait(None, Some(pauses.next()))
            }
        };
        if let Some(number) = stop_signal(signals) {
            return Verdict::Signal(number);
        }
    }
}

/// What `file` says. As with Tekton's binary the file itself comes first, should both be there.
fn posted(file: &Path, restart: Restart) -> Option<Verdict> {
    if file.exists() {
        return Some(Verdict::Go);
    }
    let failed = restart == Restart::Never && with_suffix(file, ERR_SUFFIX).exists();
    failed.then_some(Verdict::Failed)
}

/// Takes the signals that are there, and returns one that ends a wait. The others mean nothing to a step that has
/// not begun.
pub(crate) fn stop_signal(signals: &mut Signals) -> Option<Number> {
    let mut stop = None;
    let mut child = false;
    for number in signals.take() {
        match number {
            // A terminal sends it whenever its window changes.
            WINDOW_CHANGE if terminal::is_stdin() => {}
            WINDOW_CHANGE => stop = Some(number),
            _ if STOP.contains(&number) => stop = Some(number),
            CHILD => child = true,
            _ => {}
        }
    }
    if child {
        // PID 1 inherits the orphans of `kubectl exec`, also while it waits.
        child::reap(None);
    }
    stop
}

/// The growing pauses between two looks: an eighth of the time already waited, so that no step comes later than that
/// however late the one before it was started.
struct Pauses<'a> {
    file: &'a Path,
    since: Instant,
    said: bool,
}

impl<'a> Pauses<'a> {
    fn new(file: &'a Path) -> Self {
        Self { file, since: Instant::now(), said: false }
    }

    fn next(&self) -> Duration {
        (self.since.elapsed() / 8).clamp(FIRST_POLL, POLL)
    }

    /// No sign of life is not a sign of death: the image may still be on its way. But once it is worth a line.
    fn say_if_long(&mut self) {
        if !self.said && self.since.elapsed() >= LONG {
            self.said = true;
            say(&format!(
                "still waiting for `{}`: the step that writes it has not been started",
                self.file.display()
            ));
        }
    }
}
