//! Writes logs to stdout: below headings, or with a prefix before every line.
//!
//! The output of containers passes byte for byte, as in `kubectl logs`. Every function returns false if stdout is
//! closed.

use super::containers::LoggedContainer;
use super::result;
use crate::cli::args::cluster::LogFormat;
use crate::cli::cluster::Followed;
use crate::cli::human::printable;
use crate::cli::output::{self, Style, is_colorful};
use kueueleuleu::internals::status::{Cause, Outcome};

/// The colors of prefixes, in turn.
const COLORS: [Style; 4] = [Style::CYAN, Style::GREEN, Style::YELLOW, Style::MAGENTA];

/// The position in the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// At the very start.
    Start,
    /// At the start of a line.
    Line,
    /// In the middle of a line.
    Middle,
}

impl At {
    fn after(byte: u8) -> Self {
        if byte == b'\n' { Self::Line } else { Self::Middle }
    }
}

/// The listener of stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listener {
    /// The command ends if stdout is closed.
    Wanted,
    /// The command goes on if stdout is closed.
    Optional,
    /// Stdout is closed, and the command goes on.
    Gone,
}

/// Writes to stdout.
#[derive(Debug)]
pub(crate) struct Writer {
    is_prefixed: bool,
    color: bool,
    at: At,
    listener: Listener,
    /// The containers that have a color.
    names: Vec<String>,
}

impl Writer {
    pub(crate) fn new(format: &LogFormat) -> Self {
        let color = is_colorful(&std::io::stdout());
        Self {
            is_prefixed: format.prefix,
            color,
            at: At::Start,
            listener: Listener::Wanted,
            names: Vec::new(),
        }
    }

    /// The same writer, but a closed stdout ends nothing.
    pub(crate) fn ignoring_closed_stdout(self) -> Self {
        Self { listener: Listener::Optional, ..self }
    }

    fn write(&mut self, text: &[u8]) -> anyhow::Result<bool> {
        if self.listener == Listener::Gone || output::write_open(text)? {
            return Ok(true);
        }
        if self.listener == Listener::Wanted {
            return Ok(false);
        }
        self.listener = Listener::Gone;
        Ok(true)
    }

    /// Writes the heading of a pod, if there are several.
    pub(super) fn pod(&mut self, seen: &Followed, attempt: Option<usize>) -> anyhow::Result<bool> {
        if self.is_prefixed {
            return Ok(true);
        }
        let attempt = attempt.map(|attempt| format!(", attempt {attempt}")).unwrap_or_default();
        self.title(&format!("pod/{}{attempt}", seen.pod.name), Style::BOLD)
    }

    /// Writes the heading of a container. With prefixes, only containers without a log need one.
    pub(super) fn heading(&mut self, _: &Followed, container: &LoggedContainer) -> anyhow::Result<bool> {
        if self.is_prefixed && container.runs > 0 {
            return Ok(true);
        }
        self.title(&format!("{} ({})", container.name, container.state), container.style)
    }

    /// Writes the heading of a run of a container that has several.
    pub(super) fn run(
        &mut self,
        _: &Followed,
        container: &LoggedContainer,
        run: u64,
    ) -> anyhow::Result<bool> {
        if self.is_prefixed {
            return Ok(true);
        }
        self.title(&format!("{}, run {}", container.name, run + 1), Style::BOLD)
    }

    fn title(&mut self, text: &str, style: Style) -> anyhow::Result<bool> {
        let text = style.when(self.color).paint(&format!("==> {} <==", printable(text)));
        let blank = if self.at != At::Start && !self.is_prefixed { "\n" } else { "" };
        self.line(&format!("{blank}{text}\n"))
    }

    /// Writes a piece of a log.
    pub(super) fn log(
        &mut self,
        seen: &Followed,
        container: &LoggedContainer,
        piece: &[u8],
    ) -> anyhow::Result<bool> {
        let Some(last) = piece.last() else { return Ok(true) };
        if !self.is_prefixed {
            self.at = At::after(*last);
            return self.write(piece);
        }
        let prefix = self.prefix(seen, container);
        let mut out = Vec::with_capacity(piece.len() + prefix.len());
        for line in piece.split_inclusive(|&byte| byte == b'\n') {
            if self.at != At::Middle {
                out.extend_from_slice(prefix.as_bytes());
            }
            out.extend_from_slice(line);
            self.at = line.last().map_or(self.at, |&last| At::after(last));
        }
        self.write(&out)
    }

    /// The prefix `[pod/NAME/CONTAINER] `, as in kubectl.
    fn prefix(&mut self, seen: &Followed, container: &LoggedContainer) -> String {
        let at = self.names.iter().position(|name| *name == container.name).unwrap_or_else(|| {
            self.names.push(container.name.clone());
            self.names.len() - 1
        });
        let prefix = printable(&format!("[pod/{}/{}]", seen.pod.name, container.name));
        format!("{} ", COLORS[at % COLORS.len()].when(self.color).paint(&prefix))
    }

    /// Writes the outcome of a pod or a Job.
    pub(crate) fn result(
        &mut self,
        name: &str,
        outcome: Outcome,
        cause: Option<&Cause>,
    ) -> anyhow::Result<bool> {
        let blank = if self.at != At::Start && !self.is_prefixed { "\n" } else { "" };
        let style = match outcome {
            Outcome::Succeeded => Style::GREEN,
            Outcome::Failed => Style::BOLD_RED,
            _ => Style::BOLD,
        };
        let text = result(name, outcome, cause);
        self.line(&format!("{blank}{}\n", style.when(self.color).paint(text.trim_end())))
    }

    /// Writes a line that is not part of a log.
    pub(crate) fn note(&mut self, text: &str) -> anyhow::Result<bool> {
        self.line(&format!("{}\n", printable(text)))
    }

    /// Writes lines. If the last log did not end with a newline, one is written first.
    fn line(&mut self, text: &str) -> anyhow::Result<bool> {
        let end = if self.at == At::Middle { "\n" } else { "" };
        self.at = At::Line;
        self.write(format!("{end}{text}").as_bytes())
    }
}
