//! How far a long walk is, on a terminal only.
//!
//! Knows the terminal and the clock. The line is taken away again: what is said at the end stands alone.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// From when on a walk is long.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the line changes.
const PAUSE: Duration = Duration::from_millis(100);

/// A line on stderr that tells how far the work is.
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

    /// Shows how far it is, where it is time to.
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
