//! Writes diagnostics to stderr, in the format that `--error-format` selects.
//!
//! This module knows how diagnostics are written, not what they mean. It ignores errors of stderr, because there is no
//! other place to report them.

use super::args::ErrorFormat;
use super::finding::{Finding, Location, message};
use super::input::Source;
use super::line_index::LineIndex;
use super::output::is_colorful;
use super::sarif::Sarif;
use super::summary::Summary;
use kueueleuleu::{Diagnostic, Error, Rule, Severity};
use std::io::{self, Write as _};

/// Reports to stderr.
#[derive(Debug)]
pub(crate) struct Reporter {
    format: ErrorFormat,
    is_colorful: bool,
    /// What was written last, since a blank line separates two reports.
    last: Last,
    /// Whether warnings are errors (`--strict`).
    is_strict: bool,
    verbosity: Verbosity,
    sarif: Sarif,
}

/// What was written to stderr last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Nothing,
    /// A report of several lines.
    Report,
    /// A report of one line. No blank lines separate such reports.
    Line,
}

/// How much to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// Errors only.
    Quiet,
    /// Errors, warnings, notes and the summary.
    Normal,
}

impl Reporter {
    pub(crate) fn new(format: ErrorFormat) -> Self {
        Self {
            format,
            is_colorful: is_colorful(&io::stderr()),
            last: Last::Nothing,
            is_strict: false,
            verbosity: Verbosity::Normal,
            sarif: Sarif::default(),
        }
    }

    /// The same reporter, but with warnings as errors if `is_strict`.
    pub(crate) fn strict(self, is_strict: bool) -> Self {
        Self { is_strict, ..self }
    }

    /// The same reporter with another verbosity.
    pub(crate) fn verbosity(self, verbosity: Verbosity) -> Self {
        Self { verbosity, ..self }
    }

    /// Whether only errors are reported.
    pub(crate) fn is_quiet(&self) -> bool {
        self.verbosity == Verbosity::Quiet
    }

    /// Whether one of the diagnostics is an error, or a warning that `--strict` turns into one.
    pub(crate) fn any_error(&self, diagnostics: &[Diagnostic]) -> bool {
        diagnostics.iter().any(|diagnostic| self.severity(diagnostic.severity) == Severity::Error)
    }

    fn severity(&self, severity: Severity) -> Severity {
        if self.is_strict && severity == Severity::Warning { Severity::Error } else { severity }
    }

    /// Writes the summary at the end of a run.
    pub(crate) fn summary(&mut self, summary: &Summary) {
        if self.format == ErrorFormat::Human && !self.is_quiet() {
            let separator = if self.last == Last::Nothing { "" } else { "\n" };
            let _ = writeln!(io::stderr(), "{separator}{summary}");
        }
    }

    /// Reports problems in a source.
    pub(crate) fn diagnostics(&mut self, source: &Source, diagnostics: &[Diagnostic]) {
        let mut index = LineIndex::new(&source.text);
        for diagnostic in diagnostics {
            let mut report = Finding::of(diagnostic);
            // The user does not know the lines of a ResourceList or of kustomize's output, but knows the file that the
            // resource comes from.
            if diagnostic.origin.is_none() || source.path.is_some() {
                report.index = None;
                report.file = Some(&source.name);
                report.location = diagnostic.span.map(|span| Location::of(&mut index, span));
            }
            self.write(report);
        }
    }

    /// Reports diagnostics without a position, about a file or about no file.
    pub(crate) fn run_diagnostics(&mut self, diagnostics: &[Diagnostic], file: Option<&str>) {
        for diagnostic in diagnostics {
            self.write(Finding { file, ..Finding::of(diagnostic) });
        }
    }

    /// Reports the error of a source that cannot be read as manifests or as a configuration.
    pub(crate) fn error(&mut self, source: &Source, error: &Error) {
        self.diagnostics(source, error.diagnostics());
    }

    /// Reports the error that ended the run.
    pub(crate) fn failure(&mut self, failure: &anyhow::Error) {
        self.failed(failure, None);
    }

    /// Reports why a file cannot be used.
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

    /// Writes the SARIF document, which exists only when the run ends.
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
                    Last::Line => super::human::line(&mut text, report, self.is_colorful),
                    _ => super::human::render(&mut text, report, self.is_colorful),
                }
                self.last = next;
            }
        }
        let _ = io::stderr().write_all(text.as_bytes());
    }
}
