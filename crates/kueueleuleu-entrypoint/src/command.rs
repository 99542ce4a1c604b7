//! The command: start it, forward signals, end it when its time is up, reap it and every orphan.
//!
//! Knows processes; no file of the protocol.

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

/// The time between SIGTERM and SIGKILL for a command whose own time is up, and for what a command that was told to stop
/// leaves behind. As `docker stop`: the kubelet's 30 s are for a pod, which may have one step after the other waiting
/// for this one.
const GRACE: Duration = Duration::from_secs(10);
/// How often the group is looked at after its leader ended. Its last member may not be a child of ours.
const GROUP_POLL: Duration = Duration::from_millis(50);
/// Where the kernel counts what it killed for want of memory: version 2 of cgroups, then version 1.
const MEMORY_EVENTS: [&str; 2] = ["/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"];

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

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) ending: Ending,
    /// The first stop signal that came from outside.
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
            // Old seccomp profiles answer `clone3` with EPERM, for which the C library does not fall back to `clone`,
            // as it does for ENOSYS. With a group id, even our own, the standard library forks instead.
            io::ErrorKind::PermissionDenied => command.gid(getgid().as_raw()).spawn(),
            _ => Err(error),
        });
        // `Child` neither kills nor reaps when it is dropped; `reap` does.
        let pid = Pid::from_child(&spawned?);
        Ok(Self { pid, terminal: Terminal::of(pid.as_raw_pid()) })
    }

    /// Stays until the command has ended, and its group, if that was told to end. A stop signal that comes with the file
    /// `overdue` is our own probe's: nobody else will kill what does not end in time.
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
                        // A stopped process does not hear of it until it is continued.
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
                    // What arrived until the end came while the command ran.
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
            // The command ended before what it had started. That was told to end, too, and has its time for it.
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

    /// Kills what a command that ended left behind in its group, as the end of a container would.
    pub(crate) fn clear(&self) {
        self.kill(Signal::KILL);
    }

    fn forward(&self, number: Number) {
        if let Some(signal) = signal(number) {
            self.kill(signal);
        }
    }

    /// Lets a command go on that its terminal stopped: because it read before it was put into the foreground, or with
    /// a `^Z`. Nobody else would: there is no shell behind us, and without us the kernel ignored a `^Z`. The same for
    /// one that was told to end: its stop may be reported after the signal was passed on. Returns whether it did.
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
    /// It was told to end: before then. Its time, this long, was up, or its startup probe failed.
    Grace(Instant, Option<Duration>),
    /// It was killed.
    Killed(Option<Duration>),
}

impl Clock {
    fn new(timeout: Option<Duration>) -> Self {
        let end = timeout.and_then(|timeout| Some((Instant::now().checked_add(timeout)?, timeout)));
        end.map_or(Self::Unlimited, |(end, timeout)| Self::Until(end, timeout))
    }

    /// The command was told to end in so long a time.
    fn stop(&mut self, grace: Duration) {
        if let (Self::Unlimited | Self::Until(..), Some(end)) = (&self, Instant::now().checked_add(grace)) {
            *self = Self::Grace(end, None);
        }
    }

    /// The signal that is due now, each once.
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

    /// The time until something is due.
    fn left(&self) -> Option<Duration> {
        match self {
            Self::Until(end, _) | Self::Grace(end, _) => Some(end.saturating_duration_since(Instant::now())),
            Self::Unlimited | Self::Killed(_) => None,
        }
    }

    /// When what was told to end is killed.
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

/// How long a command whose startup probe failed has to end, if it did: the probe says so, and then sends SIGTERM.
fn grace_of(overdue: &Path) -> Option<Duration> {
    duration::parse(&fs::read_to_string(overdue).ok()?)
}

/// Reaps every child that has ended, orphans included, and returns the status of `wanted`: that it ended, or only
/// stopped or went on.
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
        (None, Some(number)) => Ending::Killed(number, memory(number)),
        (None, None) => Ending::Exited(u8::MAX),
    }
}

/// Whether the kernel may have killed the command because it was out of memory.
fn memory(number: Number) -> Memory {
    if signal(number) != Some(Signal::KILL) {
        return Memory::Fine;
    }
    let mut events = MEMORY_EVENTS.iter().filter_map(|file| fs::read_to_string(file).ok());
    if events.any(|events| ran_out(&events)) { Memory::RanOut } else { Memory::Fine }
}

fn ran_out(events: &str) -> bool {
    events.lines().any(|line| line.strip_prefix("oom_kill ").is_some_and(|count| count != "0"))
}

/// The signal with this number; the real-time ones have no names.
fn signal(number: Number) -> Option<Signal> {
    Signal::from_named_raw(number).or_else(|| Signal::from_raw(number))
}

#[cfg(test)]
mod tests {
    use super::ran_out;

    #[test]
    fn the_kernel_counts_what_it_killed() {
        let events = "low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\noom_group_kill 0\n";
        assert!(ran_out(events));
        assert!(!ran_out(&events.replace("oom_kill 1", "oom_kill 0")));
        assert!(!ran_out(""));
        let events = "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n";
        assert!(ran_out(events));
        assert!(!ran_out(&events.replace("oom_kill 2", "oom_kill 0")));
    }
}
