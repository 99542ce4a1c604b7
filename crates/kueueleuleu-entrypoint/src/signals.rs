//! Signals as a queue, and the one place where the supervisor sleeps.
//!
//! Knows which signals are taken and how they arrive; not what they mean for a step.
//!
//! Handlers that write into a socket pair, not blocked signals and `signalfd`: the command would inherit the mask.

use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts;
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;

use crate::terminal;

/// Signals that cannot be taken, or must not: KILL and STOP; ILL, FPE, SEGV and BUS, which are faults of our own and
/// would fault again on the return from a handler.
const NOT_TAKEN: [i32; 6] = [4, 7, 8, 9, 11, 19];
/// The numbers that the C library keeps for its threads, between the classic and the real-time signals.
const RESERVED: [i32; 2] = [32, 33];
/// The first real-time signal as glibc, and with it systemd and container images, counts. (musl's is 35.)
const RTMIN: i32 = 34;
/// The highest signal number of Linux.
const LAST: i32 = 64;
/// How long to sleep when the kernel will not wait for us.
const FALLBACK: Duration = Duration::from_secs(1);

/// A signal's number.
pub(crate) type Number = i32;

/// `SIGCHLD`: for the supervisor itself, never forwarded.
pub(crate) const CHILD: Number = consts::SIGCHLD;

/// `SIGWINCH`: a terminal's window changed, or httpd's image is stopped.
const WINDOW_CHANGE: Number = consts::SIGWINCH;

/// The signals that end a wait: all that container images name as their STOPSIGNAL. As PID 1 the default action of
/// each is to be ignored, and the container would wait for its SIGKILL. The last is systemd's "halt", RTMIN+3.
const STOP: [Number; 7] = [
    consts::SIGTERM,
    consts::SIGINT,
    consts::SIGQUIT,
    consts::SIGHUP,
    consts::SIGUSR1,
    consts::SIGUSR2,
    RTMIN + 3,
];

/// Whether this signal tells a container to stop. Which one an image names is not known here, so all that images name
/// count, also `SIGHUP` and `SIGUSR1`.
pub(crate) fn is_stop(number: Number) -> bool {
    // A terminal sends it whenever its window changes.
    STOP.contains(&number) || number == WINDOW_CHANGE && !terminal::is_stdin()
}

/// The signals that arrived and were not yet looked at.
pub(crate) struct Signals {
    delivery: SignalDelivery<UnixStream, SignalOnly>,
}

impl Signals {
    /// Takes `SIGCHLD` and the signals that end a wait. The others follow with [`Signals::take_all`]: their
    /// handlers would double the memory of a step that waits, and to it they mean nothing.
    pub(crate) fn install() -> io::Result<Self> {
        let (read, write) = UnixStream::pair().map_err(|error| {
            io::Error::new(error.kind(), format!("signals cannot be watched: `socketpair` fails ({error}); is it left out of the seccomp profile?"))
        })?;
        // Without this one the command's end would go unnoticed; the others a sandbox may refuse.
        let delivery = SignalDelivery::with_pipe(read, write, SignalOnly, [CHILD])?;
        let signals = Self { delivery };
        signals.add(STOP.into_iter().chain([WINDOW_CHANGE]));
        Ok(signals)
    }

    /// Takes every signal that can be taken, to pass it on to a command.
    pub(crate) fn take_all(&self) {
        self.add((1..=LAST).filter(|number| !NOT_TAKEN.contains(number) && !RESERVED.contains(number)));
    }

    fn add(&self, numbers: impl Iterator<Item = Number>) {
        let handle = self.delivery.handle();
        for number in numbers {
            // A sandbox may not have all of them.
            let _ = handle.add_signal(number);
        }
    }

    /// The signals since the last call, each number once, lowest first.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = Number> {
        self.delivery.pending()
    }

    /// Sleeps until a signal is there, one of `files` can be read or was hung up, or `timeout` is over. Returns which of
    /// `files` it was.
    ///
    /// It may return early, so the caller looks at everything again. No wake-up is lost: what happened before the
    /// call ends it at once.
    pub(crate) fn wait(&self, files: &[BorrowedFd<'_>], timeout: Option<Duration>) -> Vec<bool> {
        let mut fds: Vec<_> =
            files.iter().map(|&file| PollFd::from_borrowed_fd(file, PollFlags::IN)).collect();
        fds.push(PollFd::new(self.delivery.get_read(), PollFlags::IN));
        // A time that does not fit is longer than any pod lives.
        let timespec = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        match poll(&mut fds, timespec.as_ref()) {
            Ok(_) => fds[..files.len()].iter().map(|fd| !fd.revents().is_empty()).collect(),
            Err(Errno::INTR) => Vec::new(),
            Err(_) => {
                // Never a busy loop, whatever a sandbox makes of `poll`.
                thread::sleep(timeout.map_or(FALLBACK, |timeout| timeout.min(FALLBACK)));
                Vec::new()
            }
        }
    }
}
