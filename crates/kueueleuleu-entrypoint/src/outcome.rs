//! Maps the end of a step to its outcome: the exit code, the post, and the log line.
//!
//! This module opens no files and sends no signals.
//!
//! ```text
//! end of the command            -on_error      exit code    post
//! exit code 0                   any            0            out
//! exit code 7                   stopAndFail    7            out.err
//! exit code 7                   continue       0            out, exitCode 7
//! exit code 0 after SIGTERM     any            143          out.err
//! ```

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nix::sys::signal::Signal;

use kueueleuleu_protocol::{ERR_SUFFIX, exit};

use crate::args::{OnError, Successors};
use crate::files::with_suffix;
use crate::signals::Number;

/// The run of a step, from its start to its end.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) started: SystemTime,
    pub(crate) ending: Ending,
    /// The first stop signal that the supervisor received after it started the command.
    pub(crate) stopped: Option<Number>,
    pub(crate) predecessors: Predecessors,
    /// How often the command was started.
    pub(crate) tries: u32,
}

/// The outcome of the steps that this step waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Predecessors {
    AllSucceeded,
    SomeFailed,
}

impl Run {
    /// The run of a step whose command was never started.
    pub(crate) fn not_started(ending: Ending) -> Self {
        let predecessors = Predecessors::AllSucceeded;
        Self { started: SystemTime::now(), ending, stopped: None, predecessors, tries: 0 }
    }
}

/// The end of a step.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The command exited with this code.
    Exited(u8),
    /// This signal killed the command.
    Killed(Number, Memory),
    /// The command ran longer than this timeout.
    TimedOut(Duration),
    /// The command succeeded, but its outputs are wrong or missing.
    BadOutputs(String),
    /// The command could not be started. The string explains the error if the error itself is misleading.
    CannotStart(io::Error, Option<String>),
    /// A previous step failed. This is the file that it would have written on success.
    Skipped(PathBuf),
    /// A previous step died without a post. This is the file that it would have written on success.
    Orphaned(PathBuf),
    /// A previous step did not start within this time. This is the file that it would have written on success.
    NotStarted(PathBuf, Duration),
    /// This signal arrived before the command was started, perhaps while the step waited for this file.
    Stopped(Number, Option<PathBuf>),
    /// The state of another step cannot be read.
    Unreadable(PathBuf, io::Error),
    /// The supervisor itself failed.
    OwnFailure(io::Error),
}

/// Whether the command may have died because the container was out of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    /// The kernel killed a process of the container because it was out of memory.
    RanOut,
    /// There is no sign of that.
    Fine,
}

/// The post for the next steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Verdict {
    /// They run. This is the exit code of the command, which is not 0 if its failure was ignored.
    Go(u8),
    /// They do not run.
    Stop,
}

/// The outcome of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StepOutcome {
    /// The supervisor's exit code.
    pub(crate) code: u8,
    pub(crate) verdict: Verdict,
}

impl Run {
    /// The exit code and the post.
    ///
    /// As in Tekton's binary, `-on_error continue` ignores only the failure of a command that ran. A command that
    /// cannot be started, or runs too long, still stops the pod.
    ///
    /// A step that received a stop signal has not succeeded for the steps that wait for it, whatever its command did:
    /// the pod is being deleted, or the container restarted. With exit code 0, the kubelet would never restart it under
    /// `OnFailure`, and a step that waits for its retry would hang. If no step waits for it, the exit code is that of
    /// its command.
    pub(crate) fn outcome(&self, on_error: OnError, successors: Successors) -> StepOutcome {
        let code = self.ending.code();
        if let (Some(number), Successors::Some) = (self.stopped, successors) {
            return StepOutcome {
                code: if code == 0 { killed_by(number) } else { code },
                verdict: Verdict::Stop,
            };
        }
        let forgiven = on_error == OnError::Continue
            && matches!(self.ending, Ending::Exited(_) | Ending::Killed(..) | Ending::BadOutputs(_));
        match (code == 0 || forgiven, self.predecessors) {
            (true, Predecessors::AllSucceeded) => StepOutcome { code: 0, verdict: Verdict::Go(code) },
            // With `-when always` the step ran after a failure. The steps after it are skipped all the same.
            (true, Predecessors::SomeFailed) => StepOutcome { code: 0, verdict: Verdict::Stop },
            (false, _) => StepOutcome { code, verdict: Verdict::Stop },
        }
    }

    /// The `Reason` of the termination message, as Tekton names it.
    pub(crate) fn reason(&self) -> Option<&'static str> {
        match self.ending {
            Ending::Skipped(_) | Ending::Orphaned(_) | Ending::NotStarted(..) => Some("Skipped"),
            Ending::TimedOut(_) => Some("TimeoutExceeded"),
            Ending::Stopped(..) => Some("Cancelled"),
            _ if self.stopped.is_some() => Some("Cancelled"),
            _ => None,
        }
    }

    /// The log line, if the command could not write one itself.
    pub(crate) fn message(&self, command: &OsStr, successors: Successors) -> Option<String> {
        match (self.stopped, successors) {
            (Some(number), Successors::Some) if self.ending.code() == 0 => Some(format!(
                "`{}` exited with 0 after signal {number}, so the steps after it do not run",
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
            Self::BadOutputs(_) | Self::Unreadable(..) | Self::OwnFailure(_) => exit::OWN_FAILURE,
            Self::CannotStart(error, _) => match error.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory => exit::NOT_FOUND,
                // The node is out of processes or memory, which is not the command's fault.
                ErrorKind::WouldBlock | ErrorKind::OutOfMemory => exit::OWN_FAILURE,
                _ => exit::NOT_EXECUTABLE,
            },
        }
    }

    /// Whether a retry may succeed. A command that cannot be started fails again.
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
            Self::TimedOut(time) => format!("`{command}` was stopped: it took longer than {time:?}"),
            Self::CannotStart(error, None) => format!("cannot start `{command}`: {error}"),
            Self::CannotStart(_, Some(reason)) => format!("cannot start `{command}`: {reason}"),
            Self::Skipped(file) => {
                let file = with_suffix(file, ERR_SUFFIX);
                format!("skipped: a previous step did not succeed (`{}` exists)", file.display())
            }
            Self::Orphaned(file) => format!(
                "skipped: a previous step died without writing `{}`{}",
                file.display(),
                " (was it killed or out of memory, or is its directory not writable?)"
            ),
            Self::NotStarted(file, time) => format!(
                "the step that writes `{}` did not start within {time:?}; the events of the pod show why",
                file.display()
            ),
            Self::Stopped(number, file) => stopped(*number, file.as_deref()),
            Self::Unreadable(file, error) => {
                format!("cannot read the state of a previous step (`{}`): {error}", file.display())
            }
            Self::OwnFailure(error) => format!("cannot supervise `{command}`: {error}"),
        })
    }
}

fn stopped(number: Number, file: Option<&Path>) -> String {
    match file {
        Some(file) => format!("stopped by signal {number} while waiting for `{}`", file.display()),
        None => format!("stopped by signal {number} before the command was started"),
    }
}

/// The name of a signal, in parentheses. Real-time signals have no names.
fn name(number: Number) -> String {
    Signal::try_from(number).map_or_else(|_| String::new(), |signal| format!(" ({signal})"))
}

/// The exit code 128+n for signal n. The highest signal number is 64.
fn killed_by(number: Number) -> u8 {
    u8::try_from(number).unwrap_or_default().saturating_add(exit::SIGNAL_BASE)
}

#[cfg(test)]
mod tests {
    use super::{Ending, Memory, Predecessors, Run, StepOutcome, Verdict};
    use crate::args::{OnError, Successors};
    use std::io::{Error, ErrorKind};
    use std::time::{Duration, UNIX_EPOCH};

    fn outcome(
        ending: Ending,
        stopped: Option<i32>,
        on_error: OnError,
        successors: Successors,
    ) -> (u8, Verdict) {
        let predecessors = Predecessors::AllSucceeded;
        let run = Run { started: UNIX_EPOCH, ending, stopped, predecessors, tries: 1 };
        let StepOutcome { code, verdict } = run.outcome(on_error, successors);
        (code, verdict)
    }

    #[test]
    fn the_reason_is_that_of_tekton() {
        let run = |ending, stopped| {
            let predecessors = Predecessors::AllSucceeded;
            Run { started: UNIX_EPOCH, ending, stopped, predecessors, tries: 1 }
        };
        for (ending, stopped, reason) in [
            (Ending::Exited(0), None, None),
            (Ending::Exited(0), Some(15), Some("Cancelled")),
            (Ending::Killed(15, Memory::Fine), Some(15), Some("Cancelled")),
            (Ending::Stopped(15, None), None, Some("Cancelled")),
            (Ending::TimedOut(Duration::from_secs(1)), Some(15), Some("TimeoutExceeded")),
            (Ending::Skipped("out".into()), None, Some("Skipped")),
        ] {
            let run = run(ending, stopped);
            assert_eq!(run.reason(), reason, "{run:?}");
        }
    }

    #[test]
    fn exit_codes_tell_why_a_command_could_not_be_started() {
        let cases = [
            (ErrorKind::NotFound, 127),
            (ErrorKind::NotADirectory, 127),
            (ErrorKind::PermissionDenied, 126),
            (ErrorKind::ArgumentListTooLong, 126),
            // `EAGAIN` of `fork`: the process limit of the node or the pod.
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
    fn a_step_that_received_a_stop_signal_releases_no_other_step() {
        use OnError::{Continue, StopAndFail};
        use Verdict::{Go, Stop};
        let exited = Ending::Exited;
        let killed = || Ending::Killed(15, Memory::Fine);
        let (some, none) = (Successors::Some, Successors::None);
        assert_eq!(outcome(exited(0), Some(15), StopAndFail, some), (143, Stop));
        assert_eq!(outcome(exited(0), Some(3), StopAndFail, some), (131, Stop));
        assert_eq!(outcome(exited(7), Some(15), Continue, some), (7, Stop));
        assert_eq!(outcome(killed(), Some(15), Continue, some), (143, Stop));
        // No step waits for the last one.
        assert_eq!(outcome(exited(0), Some(15), StopAndFail, none), (0, Go(0)));
        assert_eq!(outcome(exited(7), Some(15), Continue, none), (0, Go(7)));
        assert_eq!(outcome(exited(7), Some(15), StopAndFail, none), (7, Stop));
        assert_eq!(outcome(exited(0), None, StopAndFail, some), (0, Go(0)));
        assert_eq!(outcome(killed(), None, Continue, some), (0, Go(143)));
    }
}
