//! Runs the command: starts it, forwards signals, enforces its timeout, and reaps it and all orphans.
//!
//! This module knows processes, but no file of the protocol.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, getgid, getpid, kill_process_group, set_child_subreaper,
    test_kill_process_group, wait,
};
use rustix_libc_wrappers::process::SignalExt;

use kueueleuleu_protocol::duration;

use crate::outcome::{Ending, Memory};
use crate::signals::{CHILD, Number, Signals, is_stop};
use crate::terminal::Terminal;

/// The time between SIGTERM and SIGKILL after a timeout, and for the processes that a stopped command leaves behind.
/// The same as in `docker stop`: the kubelet's 30 s are for the whole pod, in which several steps may stop one after
/// the other.
const GRACE: Duration = Duration::from_secs(10);
/// The pause between two looks at the process group after its leader ended. Its last member may not be our child, so
/// that no SIGCHLD reports its end.
const GROUP_POLL: Duration = Duration::from_millis(50);
/// The files in which the kernel counts out-of-memory kills: version 2 of cgroups, then version 1.
const MEMORY_EVENTS: [&str; 2] = ["/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"];

/// Adopts the orphans even if another process is PID 1 (`shareProcessNamespace`, `hostPID`).
pub(crate) fn adopt_orphans() {
    if !getpid().is_init() {
        // In a sandbox that rejects this, PID 1 reaps them.
        let _ = set_child_subreaper(Some(getpid()));
    }
}

/// A running command. It leads its own process group, so that signals also reach the processes that it starts.
pub(crate) struct Running {
    pid: Pid,
    terminal: Option<Terminal>,
}

/// The end of a command.
pub(crate) struct Ended {
    pub(crate) ending: Ending,
    /// The first stop signal that the supervisor received.
    pub(crate) stopped: Option<Number>,
}

impl Running {
    /// Starts `program` with our stdin, stdout, stderr and environment, and `variables`.
    pub(crate) fn start(
        program: &OsStr,
        args: &[OsString],
        variables: &[(OsString, OsString)],
    ) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.args(args).envs(variables.iter().map(|(name, value)| (name, value))).process_group(0);
        let spawned = command.spawn().or_else(|error| match error.kind() {
            // Old seccomp profiles reject `clone3` with EPERM. Unlike for ENOSYS, the C library does not fall back to
            // `clone` then. If a group ID is set, even our own, the standard library uses `fork` instead.
            io::ErrorKind::PermissionDenied => command.gid(getgid().as_raw()).spawn(),
            _ => Err(error),
        });
        // Dropping `Child` neither kills nor reaps the process; `reap` does.
        let pid = Pid::from_child(&spawned?);
        Ok(Self { pid, terminal: Terminal::of(pid.as_raw_pid()) })
    }

    /// Waits until the command has ended; if it was told to end, until its process group has.
    ///
    /// If the file `overdue` exists when a stop signal arrives, our own startup probe sent the signal. Nobody else will
    /// kill the command then, so its time to end is limited.
    ///
    /// ```text
    /// -timeout 5s -- sh -c 'sleep 99 & wait'
    /// 0 s: start    5 s: SIGTERM to the group    15 s: SIGKILL, if a process of the group is left
    /// ```
    pub(crate) fn supervise(
        &self,
        timeout: Option<Duration>,
        overdue: Option<&Path>,
        signals: &mut Signals,
    ) -> Ended {
        let mut clock = Clock::new(timeout);
        let mut stopped = None;
        let mut grace = None;
        let mut paused = false;
        let mut status = None;
        loop {
            let signal_came = |number: Number| {
                self.forward(number);
                if is_stop(number) {
                    stopped = stopped.or(Some(number));
                    if let Some(grace) = overdue.and_then(grace_of) {
                        clock.stop(grace);
                    }
                    grace = Some(Instant::now() + GRACE);
                    if paused {
                        // A stopped process handles the signal only after a SIGCONT.
                        self.kill(Signal::CONT);
                    }
                }
            };
            signals.take().filter(|&number| number != CHILD).for_each(signal_came);
            match reap(Some(self.pid)) {
                Some(found) if found.stopped() => {
                    paused = !self.resume(found, grace.max(clock.grace()).is_some());
                }
                Some(found) if found.continued() => paused = false,
                Some(found) => {
                    status = Some(found);
                    // Take the signals that arrived while the command still ran.
                    continue;
                }
                None => {}
            }
            let Some(status) = status else {
                if let Some(signal) = clock.due() {
                    self.kill(signal);
                    self.kill(Signal::CONT);
                }
                signals.wait(&[], clock.left());
                continue;
            };
            // The command ended before the processes that it started. These received the signal, too, and may use the
            // rest of the time.
            if let Some(end) = grace.max(clock.grace()) {
                let left = end.saturating_duration_since(Instant::now());
                if !left.is_zero() && test_kill_process_group(self.pid).is_ok() {
                    signals.wait(&[], Some(left.min(GROUP_POLL)));
                    continue;
                }
                self.kill(Signal::KILL);
            }
            if let Some(terminal) = &self.terminal {
                terminal.take_back();
            }
            return Ended { ending: clock.ending().unwrap_or_else(|| ending(status)), stopped };
        }
    }

    /// Kills the processes that the command left in its group, as the end of the container would.
    pub(crate) fn clear(&self) {
        self.kill(Signal::KILL);
    }

    fn forward(&self, number: Number) {
        if let Some(signal) = signal(number) {
            self.kill(signal);
        }
    }

    /// Continues a stopped command, and returns whether it did.
    ///
    /// A terminal stops a command that reads before it is in the foreground, or at a `^Z`. There is no shell that could
    /// continue it; without a supervisor, the kernel would ignore the `^Z`. A command that was told to end is
    /// continued, too: the kernel may report its stop after the signal was forwarded.
    fn resume(&self, status: WaitStatus, told_to_end: bool) -> bool {
        let by_terminal = status
            .stopping_signal()
            .and_then(signal)
            .is_some_and(|signal| [Signal::TSTP, Signal::TTIN, Signal::TTOU].contains(&signal));
        let resumes =
            told_to_end || by_terminal && self.terminal.as_ref().is_some_and(Terminal::has_the_command);
        if resumes {
            self.kill(Signal::CONT);
        }
        resumes
    }

    /// Errors are ignored: either the command has ended, or it is a set-uid program that we may not signal.
    fn kill(&self, signal: Signal) {
        let _ = kill_process_group(self.pid, signal);
    }
}

/// The time limit of the command.
enum Clock {
    Unlimited,
    /// The command receives SIGTERM at this time, after its timeout.
    Until(Instant, Duration),
    /// The command received SIGTERM, and SIGKILL follows at this time. The timeout is `None` if its startup probe
    /// failed.
    Grace(Instant, Option<Duration>),
    /// The command received SIGKILL.
    Killed(Option<Duration>),
}

impl Clock {
    fn new(timeout: Option<Duration>) -> Self {
        let end = timeout.and_then(|timeout| Some((Instant::now().checked_add(timeout)?, timeout)));
        end.map_or(Self::Unlimited, |(end, timeout)| Self::Until(end, timeout))
    }

    /// The command was told to end within this time.
    fn stop(&mut self, grace: Duration) {
        if let (Self::Unlimited | Self::Until(..), Some(end)) = (&self, Instant::now().checked_add(grace)) {
            *self = Self::Grace(end, None);
        }
    }

    /// The signal that is due now. Each is returned once.
    fn due(&mut self) -> Option<Signal> {
        let now = Instant::now();
        match *self {
            Self::Until(end, timeout) if now >= end => {
                *self = Self::Grace(now + GRACE, Some(timeout));
                Some(Signal::TERM)
            }
            Self::Grace(end, timeout) if now >= end => {
                *self = Self::Killed(timeout);
                Some(Signal::KILL)
            }
            _ => None,
        }
    }

    /// The time until the next signal is due.
    fn left(&self) -> Option<Duration> {
        match self {
            Self::Until(end, _) | Self::Grace(end, _) => Some(end.saturating_duration_since(Instant::now())),
            Self::Unlimited | Self::Killed(_) => None,
        }
    }

    /// The time of the SIGKILL.
    fn grace(&self) -> Option<Instant> {
        match self {
            Self::Grace(end, _) => Some(*end),
            Self::Killed(_) => Some(Instant::now()),
            Self::Unlimited | Self::Until(..) => None,
        }
    }

    fn ending(&self) -> Option<Ending> {
        match self {
            Self::Grace(_, timeout) | Self::Killed(timeout) => timeout.map(Ending::TimedOut),
            Self::Unlimited | Self::Until(..) => None,
        }
    }
}

/// The time that a command has to end after its startup probe failed. The probe writes it before it sends SIGTERM.
fn grace_of(overdue: &Path) -> Option<Duration> {
    duration::parse(&fs::read_to_string(overdue).ok()?)
}

/// Reaps all children that have ended, including orphans, and returns the status of `wanted`: ended, stopped or
/// continued.
pub(crate) fn reap(wanted: Option<Pid>) -> Option<WaitStatus> {
    let mut found = None;
    let options = WaitOptions::NOHANG | WaitOptions::UNTRACED | WaitOptions::CONTINUED;
    while let Ok(Some((pid, status))) = wait(options) {
        if Some(pid) == wanted {
            found = Some(status);
        }
    }
    found
}

fn ending(status: WaitStatus) -> Ending {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Ending::Exited(u8::try_from(code).unwrap_or(u8::MAX)),
        (None, Some(number)) => {
            let events = MEMORY_EVENTS.iter().filter_map(|file| fs::read_to_string(file).ok());
            Ending::Killed(number, memory(number, events))
        }
        (None, None) => Ending::Exited(u8::MAX),
    }
}

/// Whether the kernel may have killed the command with this signal because the container was out of memory.
fn memory(number: Number, mut events: impl Iterator<Item = String>) -> Memory {
    let is_killed = signal(number) == Some(Signal::KILL);
    if is_killed && events.any(|events| ran_out(&events)) { Memory::RanOut } else { Memory::Fine }
}

fn ran_out(events: &str) -> bool {
    events.lines().any(|line| line.strip_prefix("oom_kill ").is_some_and(|count| count != "0"))
}

/// The signal with this number. Real-time signals have no names.
fn signal(number: Number) -> Option<Signal> {
    Signal::from_named_raw(number).or_else(|| Signal::from_raw(number))
}

#[cfg(test)]
mod tests {
    use super::{Clock, memory, ran_out};
    use crate::outcome::Memory;
    use std::time::Duration;

    /// Without the time that is left, the supervisor would poll in a busy loop.
    #[test]
    fn the_time_left_is_that_until_the_next_signal() {
        let hour = Duration::from_hours(1);
        let mut clock = Clock::new(Some(hour));
        assert!(clock.left().is_some_and(|left| left <= hour && left > hour / 2));
        assert_eq!(clock.due(), None);
        clock.stop(2 * hour);
        assert!(clock.left().is_some_and(|left| left <= 2 * hour && left > hour));
        assert_eq!(Clock::new(None).left(), None);
    }

    #[test]
    fn only_a_kill_may_be_for_want_of_memory() {
        let memory = |number, events: &[&str]| memory(number, events.iter().map(ToString::to_string));
        assert_eq!(memory(9, &["oom_kill 0", "oom_kill 1"]), Memory::RanOut);
        assert_eq!(memory(9, &["oom_kill 0"]), Memory::Fine);
        assert_eq!(memory(9, &[]), Memory::Fine);
        assert_eq!(memory(15, &["oom_kill 1"]), Memory::Fine);
    }

    #[test]
    fn out_of_memory_kills_are_counted() {
        let events = "low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\noom_group_kill 0\n";
        assert!(ran_out(events));
        assert!(!ran_out(&events.replace("oom_kill 1", "oom_kill 0")));
        assert!(!ran_out(""));
        let events = "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n";
        assert!(ran_out(events));
        assert!(!ran_out(&events.replace("oom_kill 2", "oom_kill 0")));
    }
}
