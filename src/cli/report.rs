//! What is wrong, on stderr: for people or for tools.
//!
//! Knows how diagnostics look, not what they mean. Nobody can be told when stderr itself cannot be written to.

use super::args::ErrorFormat;
use super::input::Source;
use super::output::is_colourful;
use super::places::{Line, Places};
use kueueleuleu::{Diagnostic, Error, ResourceId, Rule, Severity};
use kueueleuleu_yaml::span::{LineColumn, Span};
use std::io::{self, Write as _};

/// Reports to stderr.
#[derive(Debug)]
pub(crate) struct Reporter {
    format: ErrorFormat,
    is_colourful: bool,
    /// Whether something was written: a blank line stands between two.
    has_spoken: bool,
}

/// One thing to be said.
pub(crate) struct Report<'a> {
    pub severity: Severity,
    pub rule: Rule,
    pub resource: Option<&'a ResourceId>,
    pub message: String,
    pub file: Option<&'a str>,
    pub place: Option<(LineColumn, Line<'a>, Span)>,
    /// The index of the document in the file, where it is not the file that was read.
    pub index: Option<usize>,
    pub field: Option<String>,
    pub help: Option<&'a str>,
}

impl Reporter {
    pub(crate) fn new(format: ErrorFormat) -> Self {
        Self { format, is_colourful: is_colourful(&io::stderr()), has_spoken: false }
    }

    /// Reports what is wrong with the resources of a source.
    pub(crate) fn diagnostics(&mut self, source: &Source, diagnostics: &[Diagnostic]) {
        let mut places = Places::new(&source.text);
        for diagnostic in diagnostics {
            let mut report = Report::of(diagnostic);
            // The line in a ResourceList is nothing that people know; the file it was made from is.
            if diagnostic.origin.is_none() {
                report.file = Some(&source.name);
                report.place = diagnostic.span.map(|span| place(&mut places, span));
            }
            self.write(&report);
        }
    }

    /// Reports what concerns no source.
    pub(crate) fn run_diagnostics(&mut self, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics {
            self.write(&Report::of(diagnostic));
        }
    }

    /// Reports that a source is not what it should be.
    pub(crate) fn error(&mut self, source: &Source, error: &Error) {
        self.diagnostics(source, error.diagnostics());
    }

    /// Reports what ended the run.
    pub(crate) fn failure(&mut self, failure: &anyhow::Error) {
        match failure.downcast_ref::<Error>() {
            Some(error) => self.run_diagnostics(error.diagnostics()),
            None => self.write(&Report::failed(message(failure))),
        }
    }

    fn write(&mut self, report: &Report<'_>) {
        let mut text = String::new();
        match self.format {
            ErrorFormat::Json => text = super::json::line(report),
            ErrorFormat::Human => {
                if self.has_spoken {
                    text.push('\n');
                }
                super::human::render(&mut text, report, self.is_colourful);
            }
        }
        self.has_spoken = true;
        let _ = io::stderr().write_all(text.as_bytes());
    }
}

impl<'a> Report<'a> {
    fn of(diagnostic: &'a Diagnostic) -> Self {
        let field = diagnostic.field.to_string();
        Self {
            severity: diagnostic.severity,
            rule: diagnostic.rule,
            resource: diagnostic.resource.as_ref(),
            message: diagnostic.message.clone(),
            file: diagnostic.origin.as_ref().map(|origin| origin.path.as_str()),
            place: None,
            index: diagnostic.origin.as_ref().map(|origin| origin.index),
            field: (!field.is_empty()).then_some(field),
            help: diagnostic.help.as_deref(),
        }
    }

    fn failed(message: String) -> Self {
        Self {
            severity: Severity::Error,
            rule: Rule::Io,
            resource: None,
            message,
            file: None,
            place: None,
            index: None,
            field: None,
            help: None,
        }
    }
}

fn place<'t>(places: &mut Places<'t>, span: Span) -> (LineColumn, Line<'t>, Span) {
    let (at, line) = places.find(span.start);
    (at, line, span)
}

/// An error and its causes in one line.
pub(crate) fn message(failure: &anyhow::Error) -> String {
    failure.chain().map(cause).collect::<Vec<_>>().join(": ")
}

/// An error in our words: the system's begin with a capital and end with their number.
pub(crate) fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    let text = error.to_string();
    if !error.is::<io::Error>() {
        return text;
    }
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
