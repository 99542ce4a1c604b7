//! How a step ended, and what that means: exit code, what is posted, what is said.
//!
//! Knows the table of outcomes; opens no file, sends no signal.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nix::sys::signal::Signal;

use kueueleuleu_protocol::{ERR_SUFFIX, exit};

use crate::args::{OnError, Successors};
use crate::files::with_suffix;
use crate::signals::Number;

/// When the command was started, or was not, and how that ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) started: SystemTime,
    pub(crate) ending: Ending,
    /// The first stop signal that came from outside once the command had been started.
    pub(crate) stopped: Option<Number>,
    pub(crate) before: Before,
    /// How often the command was started.
    pub(crate) tries: u32,
}

/// What happened to the steps that were waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    AllSucceeded,
    SomeFailed,
}

impl Run {
    /// A command that was never started.
    pub(crate) fn unborn(ending: Ending) -> Self {
        Self { started: SystemTime::now(), ending, stopped: None, before: Before::AllSucceeded, tries: 0 }
    }
}

/// The end of a step.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The command ended by itself, with this code.
    Exited(u8),
    /// This signal killed the command.
    Killed(Number, Memory),
    /// The command's time, this long, was up.
    TimedOut(Duration),
    /// The command succeeded, but its outputs are not what was declared.
    BadOutputs(String),
    /// The command was never started; with what is known beyond the error.
    CannotStart(io::Error, Option<String>),
    /// The step before failed; this is the file that it should have written.
    Skipped(PathBuf),
    /// The step before died and posted nothing; this is the file that it should have written.
    Orphaned(PathBuf),
    /// The step before was not started for so long; this is the file that it should have written.
    NotStarted(PathBuf, Duration),
    /// This signal came before the command was started; while waiting for this file, if for any.
    Stopped(Number, Option<PathBuf>),
    /// The file of another step cannot be looked at.
    Blind(PathBuf, io::Error),
    /// The supervisor itself could not do its work.
    Broken(io::Error),
}

/// What the container's memory may have to do with the end of the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    /// The kernel killed a process of the container because it was out of memory.
    RanOut,
    /// Nothing is known of that.
    Fine,
}

/// What the next steps are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Verdict {
    /// Go; and the exit code that the command really had.
    Go(u8),
    /// Do not.
    Stop,
}

/// What follows from the end of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The supervisor's exit code.
    pub(crate) code: u8,
    pub(crate) verdict: Verdict,
}

impl Run {
    /// `-on_error continue` is about a command that ran and failed, as in Tekton's binary: one that cannot be started
    /// or takes too long still stops the pod.
    ///
    /// A step that was told to stop has not succeeded for those that wait for it, whatever its command made of that:
    /// the pod is being deleted, or the container restarted. If its exit code were 0, the kubelet would never start it
    /// again under `OnFailure`, and a step that waits for its retry would hang. If nobody waits for it, the exit code
    /// is its command's.
    pub(crate) fn outcome(&self, on_error: OnError, successors: Successors) -> Outcome {
        let code = self.ending.code();
        if let (Some(number), Successors::Some) = (self.stopped, successors) {
            return Outcome {
                code: if code == 0 { killed_by(number) } else { code },
                verdict: Verdict::Stop,
            };
        }
        let forgiven = on_error == OnError::Continue
            && matches!(self.ending, Ending::Exited(_) | Ending::Killed(..) | Ending::BadOutputs(_));
        match (code == 0 || forgiven, self.before) {
            (true, Before::AllSucceeded) => Outcome { code: 0, verdict: Verdict::Go(code) },
            // A failure goes on to the steps after a step that runs always.
            (true, Before::SomeFailed) => Outcome { code: 0, verdict: Verdict::Stop },
            (false, _) => Outcome { code, verdict: Verdict::Stop },
        }
    }

    /// The `Reason` of the termination message, in Tekton's words.
    pub(crate) fn reason(&self) -> Option<&'static str> {
        match self.ending {
            Ending::Skipped(_) | Ending::Orphaned(_) | Ending::NotStarted(..) => Some("Skipped"),
            Ending::TimedOut(_) => Some("TimeoutExceeded"),
            Ending::Stopped(..) => Some("Cancelled"),
            _ if self.stopped.is_some() => Some("Cancelled"),
            _ => None,
        }
    }

    /// The line for the log, where the command had no chance to write its own.
    pub(crate) fn message(&self, command: &OsStr, successors: Successors) -> Option<String> {
        match (self.stopped, successors) {
            (Some(number), Successors::Some) if self.ending.code() == 0 => Some(format!(
                "`{}` ended with 0 after signal {number}: the steps after it do not run",
                command.to_string_lossy()
            )),
            _ => self.ending.message(command),
        }
    }
}

impl Ending {
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Exited(code) => *code,
            Self::Killed(number, _) | Self::Stopped(number, _) => killed_by(*number),
            Self::TimedOut(_) => exit::TIMED_OUT,
            Self::Skipped(_) | Self::Orphaned(_) => exit::SKIPPED,
            Self::NotStarted(..) => exit::NOT_STARTED,
            Self::BadOutputs(_) | Self::Blind(..) | Self::Broken(_) => exit::OWN_FAILURE,
            Self::CannotStart(error, _) => match error.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory => exit::NOT_FOUND,
                // Out of processes or memory: not the command's fault.
                ErrorKind::WouldBlock | ErrorKind::OutOfMemory => exit::OWN_FAILURE,
                _ => exit::NOT_EXECUTABLE,
            },
        }
    }

    /// Whether another try may end otherwise. A command that exec refuses is refused again.
    pub(crate) fn may_be_retried(&self) -> bool {
        matches!(self, Self::Exited(_) | Self::Killed(..) | Self::TimedOut(_) | Self::BadOutputs(_))
    }

    pub(crate) fn message(&self, command: &OsStr) -> Option<String> {
        let command = command.to_string_lossy();
        Some(match self {
            Self::Exited(_) => return None,
            Self::Killed(number, memory) => {
                let memory = match memory {
                    Memory::RanOut => "; this container ran out of memory",
                    Memory::Fine => "",
                };
                format!("`{command}` was killed by signal {number}{}{memory}", name(*number))
            }
            Self::BadOutputs(problem) => format!("`{command}` succeeded, but {problem}"),
            Self::TimedOut(time) => format!("`{command}` ended: it took longer than {time:?}"),
            Self::CannotStart(error, None) => format!("cannot start `{command}`: {error}"),
            Self::CannotStart(_, Some(reason)) => format!("cannot start `{command}`: {reason}"),
            Self::Skipped(file) => {
                let file = with_suffix(file, ERR_SUFFIX);
                format!("skipped: the step before did not succeed (`{}` is there)", file.display())
            }
            Self::Orphaned(file) => format!(
                "skipped: the step before died and never wrote `{}`{}",
                file.display(),
                " (killed, out of memory, or its directory cannot be written?)"
            ),
            Self::NotStarted(file, time) => format!(
                "the step that writes `{}` was not started in {time:?}; the pod's events say why",
                file.display()
            ),
            Self::Stopped(number, file) => stopped(*number, file.as_deref()),
            Self::Blind(file, error) => {
                format!("cannot look at the step before (`{}`): {error}", file.display())
            }
            Self::Broken(error) => format!("cannot supervise `{command}`: {error}"),
        })
    }
}

fn stopped(number: Number, file: Option<&Path>) -> String {
    match file {
        Some(file) => format!("stopped by signal {number} while waiting for `{}`", file.display()),
        None => format!("stopped by signal {number} before the command was started"),
    }
}

/// The name of a signal, in brackets. The real-time signals have none.
fn name(number: Number) -> String {
    Signal::try_from(number).map_or_else(|_| String::new(), |signal| format!(" ({signal})"))
}

/// 128+n. Numbers end at 64.
fn killed_by(number: Number) -> u8 {
    u8::try_from(number).unwrap_or_default().saturating_add(exit::SIGNAL_BASE)
}

#[cfg(test)]
mod tests {
    use super::{Before, Ending, Memory, Outcome, Run, Verdict};
    use crate::args::{OnError, Successors};
    use std::io::{Error, ErrorKind};
    use std::time::UNIX_EPOCH;

    fn outcome(
        ending: Ending,
        stopped: Option<i32>,
        on_error: OnError,
        successors: Successors,
    ) -> (u8, Verdict) {
        let Outcome { code, verdict } =
            Run { started: UNIX_EPOCH, ending, stopped, before: Before::AllSucceeded, tries: 1 }
                .outcome(on_error, successors);
        (code, verdict)
    }

    #[test]
    fn a_command_that_cannot_be_started_says_whose_fault_it_is() {
        let cases = [
            (ErrorKind::NotFound, 127),
            (ErrorKind::NotADirectory, 127),
            (ErrorKind::PermissionDenied, 126),
            (ErrorKind::ArgumentListTooLong, 126),
            // `EAGAIN` of `fork`: the node's or the pod's limit of processes.
            (ErrorKind::WouldBlock, 125),
            (ErrorKind::OutOfMemory, 125),
        ];
        for (kind, code) in cases {
            let ending = Ending::CannotStart(Error::from(kind), None);
            assert_eq!(
                outcome(ending, None, OnError::Continue, Successors::Some),
                (code, Verdict::Stop),
                "{kind}"
            );
        }
    }

    #[test]
    fn a_step_that_was_told_to_stop_releases_nobody() {
        use OnError::{Continue, StopAndFail};
        use Verdict::{Go, Stop};
        let exited = Ending::Exited;
        let killed = || Ending::Killed(15, Memory::Fine);
        let (some, none) = (Successors::Some, Successors::None);
        assert_eq!(outcome(exited(0), Some(15), StopAndFail, some), (143, Stop));
        assert_eq!(outcome(exited(0), Some(3), StopAndFail, some), (131, Stop));
        assert_eq!(outcome(exited(7), Some(15), Continue, some), (7, Stop));
        assert_eq!(outcome(killed(), Some(15), Continue, some), (143, Stop));
        // Nobody waits for the last step.
        assert_eq!(outcome(exited(0), Some(15), StopAndFail, none), (0, Go(0)));
        assert_eq!(outcome(exited(7), Some(15), Continue, none), (0, Go(7)));
        assert_eq!(outcome(exited(7), Some(15), StopAndFail, none), (7, Stop));
        assert_eq!(outcome(exited(0), None, StopAndFail, some), (0, Go(0)));
        assert_eq!(outcome(killed(), None, Continue, some), (0, Go(143)));
    }
}
