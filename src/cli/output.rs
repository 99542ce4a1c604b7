//! Writes to stdout, and knows the terminal: its size, and whether to use colors.
//!
//! This module does not know what is written.

use super::args::Color;
use super::system;
use anyhow::Context as _;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::OnceLock;

/// The size of the output buffer. Larger pieces bypass it.
const BUFFER: usize = 256 * 1024;

/// Writes to stdout. A closed pipe is not an error: the reader has seen enough.
pub(crate) fn write<F>(write: F) -> anyhow::Result<()>
where
    F: FnOnce(&mut BufWriter<File>) -> io::Result<()>,
{
    let written = || -> io::Result<()> {
        // The underlying file: `Stdout` searches everything for line ends.
        let mut out = BufWriter::with_capacity(BUFFER, system::stdout()?);
        write(&mut out)?;
        out.flush()
    };
    match written() {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("could not write to stdout"),
    }
}

/// Writes to stdout without buffering. Returns false if the pipe is closed.
pub(crate) fn write_open(text: &[u8]) -> anyhow::Result<bool> {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        written => written.context("could not write to stdout").map(|()| true),
    }
}

/// The rows and columns of the terminal that is stdout.
pub(crate) fn terminal_size() -> (usize, usize) {
    system::terminal_size().unwrap_or((24, 80))
}

/// The value of `--color`.
static COLOR: OnceLock<Color> = OnceLock::new();

/// Sets the value of `--color` for the whole run.
pub(crate) fn set_color(color: Color) {
    // It is set once, so this cannot fail.
    let _ = COLOR.set(color);
}

/// Whether to write colors to a stream: `--color` decides, then `NO_COLOR` (<https://no-color.org>) and `FORCE_COLOR`,
/// then whether the stream is a terminal.
pub(crate) fn is_colorful(stream: &impl IsTerminal) -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match COLOR.get() {
        Some(Color::Always) => true,
        Some(Color::Never) => false,
        Some(Color::Auto) | None => {
            !is_set("NO_COLOR")
                && (std::env::var_os("FORCE_COLOR").is_some_and(|value| !value.is_empty() && value != "0")
                    || (stream.is_terminal()
                        && std::env::var_os("TERM").is_none_or(|terminal| terminal != "dumb")))
        }
    }
}

/// A style of text on a terminal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style(&'static str);

impl Style {
    pub(crate) const PLAIN: Self = Self("");
    pub(crate) const BOLD: Self = Self("\x1b[1m");
    pub(crate) const RED: Self = Self("\x1b[31m");
    pub(crate) const GREEN: Self = Self("\x1b[32m");
    pub(crate) const YELLOW: Self = Self("\x1b[33m");
    pub(crate) const MAGENTA: Self = Self("\x1b[35m");
    pub(crate) const CYAN: Self = Self("\x1b[36m");
    pub(crate) const BOLD_RED: Self = Self("\x1b[1;31m");
    pub(crate) const BOLD_YELLOW: Self = Self("\x1b[1;33m");
    pub(crate) const BOLD_CYAN: Self = Self("\x1b[1;36m");

    /// This style if `color` is true, otherwise plain text.
    pub(crate) fn when(self, color: bool) -> Self {
        if color { self } else { Self::PLAIN }
    }

    /// The text in this style.
    pub(crate) fn paint(self, text: &str) -> String {
        format!("{}{text}{}", self.on(), self.off())
    }

    /// The escape sequence that starts the style.
    pub(crate) fn on(self) -> &'static str {
        self.0
    }

    /// The escape sequence that ends the style.
    pub(crate) fn off(self) -> &'static str {
        if self.0.is_empty() { "" } else { "\x1b[0m" }
    }
}
