//! Signals as a queue, and the one place where the supervisor sleeps.
//!
//! Knows which signals are taken and how they arrive; not what they mean for a step.
//!
//! Handlers that write into a socket pair, not blocked signals and `signalfd`: the command would inherit the mask.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;

/// Signals that cannot be taken, or must not: KILL and STOP; ILL, FPE, SEGV and BUS, which are faults of our own and
/// would fault again on the return from a handler.
const NOT_TAKEN: [i32; 6] = [4, 7, 8, 9, 11, 19];
/// The numbers that the C library keeps for its threads, between the classic and the real-time signals.
const RESERVED: [i32; 2] = [32, 33];
/// The highest signal number of Linux.
const LAST: i32 = 64;
/// How long to sleep when the kernel will not wait for us.
const FALLBACK: Duration = Duration::from_secs(1);

/// A signal's number.
pub(crate) type Number = i32;

/// `SIGCHLD`: for the supervisor itself, never forwarded.
pub(crate) const CHILD: Number = signal_hook::consts::SIGCHLD;

/// The signals that arrived and were not yet looked at.
pub(crate) struct Signals {
    delivery: SignalDelivery<UnixStream, SignalOnly>,
}

impl Signals {
    /// Takes every signal that can be taken, `SIGCHLD` too.
    pub(crate) fn install() -> io::Result<Self> {
        let (read, write) = UnixStream::pair()?;
        let nothing: [i32; 0] = [];
        let delivery = SignalDelivery::with_pipe(read, write, SignalOnly, nothing)?;
        let handle = delivery.handle();
        for number in (1..=LAST).filter(|number| !NOT_TAKEN.contains(number) && !RESERVED.contains(number)) {
            match handle.add_signal(number) {
                // Without this one the command's end would go unnoticed.
                Err(refused) if number == CHILD => return Err(refused),
                // A sandbox may not have all of them.
                Err(_) | Ok(()) => {}
            }
        }
        Ok(Self { delivery })
    }

    /// The signals since the last call, each number once, lowest first.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = Number> {
        self.delivery.pending()
    }

    /// Sleeps until a signal is there, `also` can be read or was hung up, or `timeout` is over.
    ///
    /// It may return early, so the caller looks at everything again. No wake-up is lost: what happened before the
    /// call ends it at once.
    pub(crate) fn wait(&self, also: Option<BorrowedFd<'_>>, timeout: Option<Duration>) -> Woken {
        let signals = self.delivery.get_read();
        let mut fds = [
            PollFd::new(signals, PollFlags::IN),
            PollFd::from_borrowed_fd(also.unwrap_or(signals.as_fd()), PollFlags::IN),
        ];
        // A time that does not fit is longer than any pod lives.
        let timespec = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        match poll(&mut fds, timespec.as_ref()) {
            Ok(_) if also.is_some() && !fds[1].revents().is_empty() => Woken::ByFile,
            Ok(_) | Err(Errno::INTR) => Woken::Otherwise,
            Err(_) => {
                // Never a busy loop, whatever a sandbox makes of `poll`.
                thread::sleep(timeout.map_or(FALLBACK, |timeout| timeout.min(FALLBACK)));
                Woken::Otherwise
            }
        }
    }
}

/// What ended a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woken {
    /// The file that was waited for along with the signals.
    ByFile,
    /// A signal, the time, or nothing.
    Otherwise,
}
