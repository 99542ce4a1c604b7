//! Receives signals as a queue, and sleeps until a signal arrives or a file is ready.
//!
//! The handlers write to a socket pair. Blocked signals with `signalfd` were rejected, because the command would
//! inherit the signal mask. This module does not know what a signal means for a step.

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

/// Signals that have no handler: KILL and STOP cannot have one; ILL, FPE, SEGV and BUS are faults of this process,
/// which would occur again after a handler returns.
const NOT_TAKEN: [i32; 6] = [4, 7, 8, 9, 11, 19];
/// The numbers that the C library reserves for threads, between the classic and the real-time signals.
const RESERVED: [i32; 2] = [32, 33];
/// The first real-time signal of glibc, and so of systemd and of container images. (In musl, it is 35.)
const RTMIN: i32 = 34;
/// The highest signal number of Linux.
const LAST: i32 = 64;
/// The time to sleep if `poll` fails.
const FALLBACK: Duration = Duration::from_secs(1);

/// A signal number.
pub(crate) type Number = i32;

/// `SIGCHLD`, which is for the supervisor itself and is never forwarded.
pub(crate) const CHILD: Number = consts::SIGCHLD;

/// `SIGWINCH`: the size of a terminal changed, or a container of the image httpd is being stopped.
const WINDOW_CHANGE: Number = consts::SIGWINCH;

/// The signals that end a wait: all that container images use as their STOPSIGNAL. PID 1 would ignore them by default,
/// and the container would run until its SIGKILL. The last one is systemd's "halt", RTMIN+3.
const STOP: [Number; 7] = [
    consts::SIGTERM,
    consts::SIGINT,
    consts::SIGQUIT,
    consts::SIGHUP,
    consts::SIGUSR1,
    consts::SIGUSR2,
    RTMIN + 3,
];

/// Whether this signal tells a container to stop. The STOPSIGNAL of the image is not known here, so all that images use
/// count, even `SIGHUP` and `SIGUSR1`.
pub(crate) fn is_stop(number: Number) -> bool {
    // A terminal sends `SIGWINCH` whenever its size changes.
    STOP.contains(&number) || number == WINDOW_CHANGE && !terminal::is_stdin()
}

/// The signals that arrived and were not taken yet.
pub(crate) struct Signals {
    delivery: SignalDelivery<UnixStream, SignalOnly>,
}

impl Signals {
    /// Installs handlers for `SIGCHLD` and the stop signals. [`Signals::take_all`] installs the others later: they
    /// would double the memory of a waiting step, for which they mean nothing.
    pub(crate) fn install() -> io::Result<Self> {
        let (read, write) = UnixStream::pair().map_err(|error| {
            let problem = format!("`socketpair` failed ({error}); does the seccomp profile allow it?");
            io::Error::new(error.kind(), format!("cannot watch signals: {problem}"))
        })?;
        // `SIGCHLD` is necessary to notice the end of the command. A sandbox may reject the others.
        let delivery = SignalDelivery::with_pipe(read, write, SignalOnly, [CHILD])?;
        let signals = Self { delivery };
        signals.add(STOP.into_iter().chain([WINDOW_CHANGE]));
        Ok(signals)
    }

    /// Installs handlers for all signals that can have one, to forward the signals to the command.
    pub(crate) fn take_all(&self) {
        self.add((1..=LAST).filter(|number| !NOT_TAKEN.contains(number) && !RESERVED.contains(number)));
    }

    fn add(&self, numbers: impl Iterator<Item = Number>) {
        let handle = self.delivery.handle();
        for number in numbers {
            // A sandbox may not support all of them.
            let _ = handle.add_signal(number);
        }
    }

    /// The signals that arrived since the last call, each number once, in ascending order.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = Number> {
        self.delivery.pending()
    }

    /// Sleeps until a signal arrives, one of `files` is readable or hangs up, or `timeout` expires. Returns, for each
    /// of `files`, whether it is ready.
    ///
    /// It may return early, so the caller must check everything again. No event is lost: an event before the call makes
    /// it return at once.
    pub(crate) fn wait(&self, files: &[BorrowedFd<'_>], timeout: Option<Duration>) -> Vec<bool> {
        let mut fds: Vec<_> =
            files.iter().map(|&file| PollFd::from_borrowed_fd(file, PollFlags::IN)).collect();
        fds.push(PollFd::new(self.delivery.get_read(), PollFlags::IN));
        // A timeout that does not fit is longer than any pod exists.
        let timespec = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        match poll(&mut fds, timespec.as_ref()) {
            Ok(_) => fds[..files.len()].iter().map(|fd| !fd.revents().is_empty()).collect(),
            Err(Errno::INTR) => Vec::new(),
            Err(_) => {
                // Never loop without a pause, even if a sandbox does not support `poll`.
                thread::sleep(timeout.map_or(FALLBACK, |timeout| timeout.min(FALLBACK)));
                Vec::new()
            }
        }
    }
}
