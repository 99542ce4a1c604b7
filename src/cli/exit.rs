//! The outcomes of a run, and their exit codes.

use std::process::ExitCode;

/// The outcome of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// A resource could not be converted, or a pod failed.
    Unconverted,
    /// The command line is wrong, or a file cannot be read or written, or the cluster cannot be asked.
    Unusable,
    /// `--check` found something to change.
    WouldChange,
    /// The exit code of a step, or of a signal.
    Code(u8),
}

impl Exit {
    /// The exit code that shells report for a process that a signal ended.
    pub(crate) fn signal(number: i32) -> Self {
        Self::Code(u8::try_from(128 + number).unwrap_or(u8::MAX))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Unconverted => 1,
            Exit::Unusable => 2,
            Exit::WouldChange => 3,
            Exit::Code(code) => code,
        })
    }
}
