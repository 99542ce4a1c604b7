//! Shows the progress of long work in one line on the terminal, and clears the line at the end.
//!
//! This module knows the terminal and the clock.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// The time before the line appears.
const PATIENCE: Duration = Duration::from_millis(500);
/// The time between two updates of the line.
const PAUSE: Duration = Duration::from_millis(100);

/// A progress line on stderr.
#[derive(Debug)]
pub(crate) struct Progress {
    next: Option<Instant>,
    is_shown: bool,
}

impl Progress {
    pub(crate) fn new() -> Self {
        let is_wanted =
            io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Self { next: is_wanted.then(|| Instant::now() + PATIENCE), is_shown: false }
    }

    /// Updates the line if it is time to.
    pub(crate) fn tick(&mut self, text: impl FnOnce() -> String) {
        if let Some(next) = self.next
            && Instant::now() >= next
        {
            let _ = write!(io::stderr(), "\r\x1b[K{}", text());
            (self.next, self.is_shown) = (Some(Instant::now() + PAUSE), true);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
