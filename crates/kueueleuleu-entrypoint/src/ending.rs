//! How a step ended, and what that means: exit code, what is posted, what is said.
//!
//! Knows the table of outcomes; opens no file, sends no signal.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use kueueleuleu_protocol::{ERR_SUFFIX, exit};

use crate::args::OnError;
use crate::post::with_suffix;
use crate::signals::Number;

/// The end of a step.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The command ended by itself, with this code.
    Exited(u8),
    /// This signal killed the command.
    Killed(Number),
    /// The command's time, this long, was up.
    TimedOut(Duration),
    /// The command was never started.
    CannotStart(io::Error),
    /// The step before failed; this is the file that it should have written.
    Skipped(PathBuf),
    /// The step before died and posted nothing; this is the file that it should have written.
    Orphaned(PathBuf),
    /// This signal came before the command was started; while waiting for this file, if for any.
    Stopped(Number, Option<PathBuf>),
    /// The supervisor itself could not do its work.
    Broken(io::Error),
}

/// What the next step is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Go; and the exit code that the command really had.
    Go(u8),
    /// Do not.
    Stop,
}

impl Ending {
    /// The supervisor's exit code, and what the next step is told.
    ///
    /// `-on_error continue` is about a command that ran and failed, as in Tekton's binary: one that cannot be
    /// started or takes too long still stops the pod.
    pub(crate) fn outcome(&self, on_error: OnError) -> (u8, Told) {
        let code = self.code();
        let forgiven = on_error == OnError::Continue && matches!(self, Self::Exited(_) | Self::Killed(_));
        if code == 0 || forgiven { (0, Told::Go(code)) } else { (code, Told::Stop) }
    }

    fn code(&self) -> u8 {
        match self {
            Self::Exited(code) => *code,
            Self::Killed(number) | Self::Stopped(number, _) => killed_by(*number),
            Self::TimedOut(_) => exit::TIMED_OUT,
            Self::Skipped(_) | Self::Orphaned(_) => exit::SKIPPED,
            Self::Broken(_) => exit::OWN_FAILURE,
            Self::CannotStart(error) => match error.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory => exit::NOT_FOUND,
                // Out of processes or memory: not the command's fault.
                ErrorKind::WouldBlock | ErrorKind::OutOfMemory => exit::OWN_FAILURE,
                _ => exit::NOT_EXECUTABLE,
            },
        }
    }

    /// The `Reason` of the termination message, in Tekton's words.
    pub(crate) fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Skipped(_) | Self::Orphaned(_) => Some("Skipped"),
            Self::TimedOut(_) => Some("TimeoutExceeded"),
            Self::Stopped(..) => Some("Cancelled"),
            Self::Exited(_) | Self::Killed(_) | Self::CannotStart(_) | Self::Broken(_) => None,
        }
    }

    /// The line for the log, where the command had no chance to write its own.
    pub(crate) fn message(&self, command: &OsStr) -> Option<String> {
        let command = command.to_string_lossy();
        Some(match self {
            Self::Exited(_) | Self::Killed(_) => return None,
            Self::TimedOut(time) => format!("`{command}` ended: it took longer than {time:?}"),
            Self::CannotStart(error) => format!("cannot start `{command}`: {error}"),
            Self::Skipped(file) => {
                let file = with_suffix(file, ERR_SUFFIX);
                format!("skipped: the step before did not succeed (`{}` is there)", file.display())
            }
            Self::Orphaned(file) => format!(
                "skipped: the step before died and never wrote `{}`{}",
                file.display(),
                " (killed, or out of memory?)"
            ),
            Self::Stopped(number, file) => stopped(*number, file.as_deref()),
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

/// 128+n. Numbers end at 64.
fn killed_by(number: Number) -> u8 {
    u8::try_from(number).unwrap_or_default().saturating_add(exit::SIGNAL_BASE)
}
