//! A diagnostic with its file, line and column, ready to be rendered.
//!
//! Every output format renders the same [`Finding`]. This module does not know the formats.

use super::line_index::{LineExcerpt, LineIndex};
use kueueleuleu::{Diagnostic, ResourceId, Rule, Severity};
use kueueleuleu_yaml::span::{LineColumn, Span};
use std::io;

/// A diagnostic and its position.
#[derive(Debug)]
pub(crate) struct Finding<'a> {
    pub severity: Severity,
    pub rule: Rule,
    pub resource: Option<&'a ResourceId>,
    pub message: String,
    pub file: Option<&'a str>,
    pub location: Option<Location<'a>>,
    /// The index of the document in `file`, if `file` is not the file that was read.
    pub index: Option<usize>,
    pub field: Option<String>,
    pub help: Option<&'a str>,
}

/// A position in a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Location<'a> {
    /// Its start and its end.
    pub start: LineColumn,
    pub end: LineColumn,
    /// The line of its start.
    pub line: LineExcerpt<'a>,
    pub span: Span,
}

impl<'a> Location<'a> {
    pub(crate) fn of(index: &mut LineIndex<'a>, span: Span) -> Self {
        let (start, line) = index.find(span.start);
        let (end, _) = index.find(span.end.max(span.start));
        Self { start, end, line, span }
    }
}

impl<'a> Finding<'a> {
    pub(crate) fn of(diagnostic: &'a Diagnostic) -> Self {
        let field = diagnostic.field.to_string();
        Self {
            severity: diagnostic.severity,
            rule: diagnostic.rule,
            resource: diagnostic.resource.as_ref(),
            message: diagnostic.message.clone(),
            file: diagnostic.origin.as_ref().map(|origin| origin.path.as_str()),
            location: None,
            index: diagnostic.origin.as_ref().and_then(|origin| origin.index),
            field: (!field.is_empty()).then_some(field),
            help: diagnostic.help.as_deref(),
        }
    }

    pub(crate) fn failed(message: String) -> Self {
        Self {
            severity: Severity::Error,
            rule: Rule::Io,
            resource: None,
            message,
            file: None,
            location: None,
            index: None,
            field: None,
            help: None,
        }
    }
}

/// An error and its causes in one line.
pub(crate) fn message(failure: &anyhow::Error) -> String {
    failure.chain().map(cause).collect::<Vec<_>>().join(": ")
}

/// The text of an error in the style of our messages. The system's messages start with a capital and end with a number.
///
/// ```text
/// No such file or directory (os error 2)    ->    no such file or directory
/// ```
pub(crate) fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    let text = error.to_string();
    if !error.is::<io::Error>() {
        return text;
    }
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
