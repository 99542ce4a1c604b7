//! What is wrong, on stderr: for people or for tools.
//!
//! Knows how diagnostics look, not what they mean. Nobody can be told when stderr itself cannot be written to.

use super::args::ErrorFormat;
use super::finding::{Finding, Place, message};
use super::input::Source;
use super::output::is_colourful;
use super::places::Places;
use super::sarif::Sarif;
use super::summary::Summary;
use kueueleuleu::{Diagnostic, Error, Rule, Severity};
use std::io::{self, Write as _};

/// Reports to stderr.
#[derive(Debug)]
pub(crate) struct Reporter {
    format: ErrorFormat,
    is_colourful: bool,
    /// What was written last: a blank line stands between two reports.
    last: Last,
    /// Whether warnings are errors.
    is_strict: bool,
    level: Level,
    sarif: Sarif,
}

/// What was written to stderr last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Nothing,
    /// A report of several lines.
    Report,
    /// A report in one line: such lines stand together.
    Line,
}

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Errors.
    Quiet,
    /// Warnings too, and what was done.
    Normal,
}

impl Reporter {
    pub(crate) fn new(format: ErrorFormat) -> Self {
        Self {
            format,
            is_colourful: is_colourful(&io::stderr()),
            last: Last::Nothing,
            is_strict: false,
            level: Level::Normal,
            sarif: Sarif::default(),
        }
    }

    /// The same, for which warnings are errors.
    pub(crate) fn strict(self, is_strict: bool) -> Self {
        Self { is_strict, ..self }
    }

    /// The same, which says more or less.
    pub(crate) fn level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// Whether only errors are said.
    pub(crate) fn is_quiet(&self) -> bool {
        self.level == Level::Quiet
    }

    /// Whether one of them is an error here.
    pub(crate) fn any_error(&self, diagnostics: &[Diagnostic]) -> bool {
        diagnostics.iter().any(|diagnostic| self.severity(diagnostic.severity) == Severity::Error)
    }

    fn severity(&self, severity: Severity) -> Severity {
        if self.is_strict && severity == Severity::Warning { Severity::Error } else { severity }
    }

    /// Says at the end what was done.
    pub(crate) fn summary(&mut self, summary: &Summary) {
        if self.format == ErrorFormat::Human && !self.is_quiet() {
            let separator = if self.last == Last::Nothing { "" } else { "\n" };
            let _ = writeln!(io::stderr(), "{separator}{summary}");
        }
    }

    /// Reports what is wrong with the resources of a source.
    pub(crate) fn diagnostics(&mut self, source: &Source, diagnostics: &[Diagnostic]) {
        let mut places = Places::new(&source.text);
        for diagnostic in diagnostics {
            let mut report = Finding::of(diagnostic);
            // The line in a ResourceList, or in what kustomize has built, is nothing that people know; the file that the
            // resource came from is.
            if diagnostic.origin.is_none() || source.path.is_some() {
                report.index = None;
                report.file = Some(&source.name);
                report.place = diagnostic.span.map(|span| Place::of(&mut places, span));
            }
            self.write(report);
        }
    }

    /// Reports what concerns no place in a source, but perhaps a file.
    pub(crate) fn run_diagnostics(&mut self, diagnostics: &[Diagnostic], file: Option<&str>) {
        for diagnostic in diagnostics {
            self.write(Finding { file, ..Finding::of(diagnostic) });
        }
    }

    /// Reports that a source is not what it should be.
    pub(crate) fn error(&mut self, source: &Source, error: &Error) {
        self.diagnostics(source, error.diagnostics());
    }

    /// Reports what ended the run.
    pub(crate) fn failure(&mut self, failure: &anyhow::Error) {
        self.failed(failure, None);
    }

    /// Reports why a file cannot be read.
    pub(crate) fn unreadable(&mut self, failure: &anyhow::Error, file: Option<&str>) {
        self.failed(failure, file);
    }

    fn failed(&mut self, failure: &anyhow::Error, file: Option<&str>) {
        match failure.downcast_ref::<Error>() {
            Some(error) => {
                for diagnostic in error.diagnostics() {
                    self.write(Finding { file, ..Finding::of(diagnostic) });
                }
            }
            None => self.write(Finding { file, ..Finding::failed(message(failure)) }),
        }
    }

    /// Writes what is written at the end.
    pub(crate) fn finish(self) {
        if self.format == ErrorFormat::Sarif {
            let _ = io::stderr().write_all(self.sarif.document().as_bytes());
        }
    }

    fn write(&mut self, mut report: Finding<'_>) {
        report.severity = self.severity(report.severity);
        if self.is_quiet() && report.severity != Severity::Error {
            return;
        }
        let report = &report;
        let mut text = String::new();
        match self.format {
            ErrorFormat::Json => text = super::json::line(report),
            ErrorFormat::Github => text = super::github::line(report),
            ErrorFormat::Sarif => self.sarif.add(report),
            ErrorFormat::Human => {
                let next = if report.rule == Rule::Outcome { Last::Line } else { Last::Report };
                if self.last != Last::Nothing && (self.last, next) != (Last::Line, Last::Line) {
                    text.push('\n');
                }
                match next {
                    Last::Line => super::human::line(&mut text, report, self.is_colourful),
                    _ => super::human::render(&mut text, report, self.is_colourful),
                }
                self.last = next;
            }
        }
        let _ = io::stderr().write_all(text.as_bytes());
    }
}
