//! The command: start it, pass signals on, end it when its time is up, reap it and every orphan.
//!
//! Knows processes; no file of the protocol.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, getpid, kill_process_group, set_child_subreaper, wait,
};
use rustix_libc_wrappers::process::SignalExt;

use crate::ending::Ending;
use crate::signals::{CHILD, Number, Signals};
use crate::terminal::Terminal;

/// The time between SIGTERM and SIGKILL for a command whose own time is up. As `docker stop`: the kubelet's 30 s
/// are for a pod, which may have one step after the other waiting behind this one.
const GRACE: Duration = Duration::from_secs(10);

/// Inherits the orphans also where another process is PID 1 (`shareProcessNamespace`, `hostPID`).
pub(crate) fn adopt_orphans() {
    if !getpid().is_init() {
        // A sandbox that refuses it has a PID 1 of its own to reap them.
        let _ = set_child_subreaper(Some(getpid()));
    }
}

/// A command that was started. It leads a process group of its own, so that signals reach what it starts.
pub(crate) struct Running {
    pid: Pid,
    terminal: Option<Terminal>,
}

impl Running {
    /// Starts `program` with our stdin, stdout, stderr and environment.
    pub(crate) fn start(program: &OsStr, args: &[OsString]) -> io::Result<Self> {
        // `Child` neither kills nor reaps when it is dropped; `reap` does.
        let pid = Pid::from_child(&Command::new(program).args(args).process_group(0).spawn()?);
        Ok(Self { pid, terminal: Terminal::of(pid.as_raw_pid()) })
    }

    /// Stays until the command has ended.
    pub(crate) fn supervise(&self, timeout: Option<Duration>, signals: &mut Signals) -> Ending {
        let mut clock = Clock::new(timeout);
        loop {
            for number in signals.take().filter(|&number| number != CHILD) {
                self.forward(number);
            }
            match reap(Some(self.pid)) {
                Some(status) if status.stopped() => self.resume(status),
                Some(status) => {
                    if clock.rang() {
                        // What is left of the group had its warning.
                        self.kill(Signal::KILL);
                    }
                    if let Some(terminal) = &self.terminal {
                        terminal.take_back();
                    }
                    return clock.ending().unwrap_or_else(|| ending(status));
                }
                None => {}
            }
            if let Some(signal) = clock.due() {
                self.kill(signal);
            }
            signals.wait(None, clock.left());
        }
    }

    fn forward(&self, number: Number) {
        if let Some(signal) = signal(number) {
            self.kill(signal);
        }
    }

    /// Lets a command go on that its terminal stopped: because it read before it was put into the foreground, or with
    /// a `^Z`. Nobody else would: there is no shell behind us, and without us the kernel ignored a `^Z`.
    fn resume(&self, status: WaitStatus) {
        let by_terminal = status
            .stopping_signal()
            .and_then(signal)
            .is_some_and(|signal| [Signal::TSTP, Signal::TTIN, Signal::TTOU].contains(&signal));
        if by_terminal && self.terminal.as_ref().is_some_and(Terminal::has_the_command) {
            self.kill(Signal::CONT);
        }
    }

    /// Errors are the command's end, or rights that it gave away (a set-uid program): both are no concern here.
    fn kill(&self, signal: Signal) {
        let _ = kill_process_group(self.pid, signal);
    }
}

/// The command's time.
enum Clock {
    Unlimited,
    /// It ends then, after so long.
    Until(Instant, Duration),
    /// Its time is up, and it was told to end: before then.
    Grace(Instant, Duration),
    /// It was killed.
    Killed(Duration),
}

impl Clock {
    fn new(timeout: Option<Duration>) -> Self {
        let end = timeout.and_then(|timeout| Some((Instant::now().checked_add(timeout)?, timeout)));
        end.map_or(Self::Unlimited, |(end, timeout)| Self::Until(end, timeout))
    }

    /// The signal that is due now, each once.
    fn due(&mut self) -> Option<Signal> {
        let now = Instant::now();
        match *self {
            Self::Until(end, timeout) if now >= end => {
                *self = Self::Grace(now + GRACE, timeout);
                Some(Signal::TERM)
            }
            Self::Grace(end, timeout) if now >= end => {
                *self = Self::Killed(timeout);
                Some(Signal::KILL)
            }
            _ => None,
        }
    }

    /// The time until something is due.
    fn left(&self) -> Option<Duration> {
        match self {
            Self::Until(end, _) | Self::Grace(end, _) => Some(end.saturating_duration_since(Instant::now())),
            Self::Unlimited | Self::Killed(_) => None,
        }
    }

    fn rang(&self) -> bool {
        matches!(self, Self::Grace(..) | Self::Killed(_))
    }

    fn ending(&self) -> Option<Ending> {
        match *self {
            Self::Grace(_, timeout) | Self::Killed(timeout) => Some(Ending::TimedOut(timeout)),
            Self::Unlimited | Self::Until(..) => None,
        }
    }
}

/// Reaps every child that has ended, orphans included, and returns the status of `wanted`: that it ended, or only
/// stopped.
pub(crate) fn reap(wanted: Option<Pid>) -> Option<WaitStatus> {
    let mut found = None;
    while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG | WaitOptions::UNTRACED) {
        if Some(pid) == wanted {
            found = Some(status);
        }
    }
    found
}

fn ending(status: WaitStatus) -> Ending {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Ending::Exited(u8::try_from(code).unwrap_or(u8::MAX)),
        (None, Some(number)) => Ending::Killed(number),
        (None, None) => Ending::Exited(u8::MAX),
    }
}

/// The signal with this number; the real-time ones have no names.
fn signal(number: Number) -> Option<Signal> {
    Signal::from_named_raw(number).or_else(|| Signal::from_raw(number))
}
