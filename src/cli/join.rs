//! Joins several texts into one stream of YAML documents.
//!
//! A single text is written byte for byte. Between two texts, a marker or a newline is inserted only if the documents
//! would otherwise run together:
//!
//! ```text
//! a: 1   +   b: 2        ->    a: 1\n---\nb: 2
//! a: 1   +   --- \nb: 2  ->    a: 1\n--- \nb: 2
//! a: 1   +   %YAML 1.2   ->    a: 1\n...\n%YAML 1.2
//! ```
//!
//! This module knows document markers, directives, comments and line breaks, but no other YAML.

use super::input::Source;
use kueueleuleu::ConvertedText;
use std::io::{self, Write};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Writes the results one after the other. The stream has the same documents as the results.
pub(crate) fn write(out: &mut impl Write, results: &[(&Source, ConvertedText<'_>)]) -> io::Result<()> {
    let mut stream = Stream { out, tail: Tail::Ended, is_empty: true, is_broken: true };
    let (texts, alone) = (results.iter().map(|(source, _)| &*source.text), results.len() == 1);
    if !alone
        && texts
            .clone()
            .find(|text| !is_blank(text))
            .is_some_and(|text| unmarked(text).trim_ascii_start().starts_with('{'))
    {
        // If a stream starts with `{`, old versions of kubectl parse all of it as JSON, and fail at the first `---`.
        stream.put("---\n")?;
        stream.tail = Tail::Bare;
    }
    for (text, (_, converted)) in texts.zip(results) {
        stream.separate(text)?;
        // A byte order mark is valid only at the start of a stream.
        let mut pieces = converted.pieces();
        if let Some(first) = pieces.next() {
            stream.put(if stream.is_empty { first } else { unmarked(first) })?;
        }
        pieces.try_for_each(|piece| stream.put(piece))?;
        // The conversion adds no documents, so the result ends like the original text.
        stream.tail = Tail::of(text).unwrap_or(stream.tail);
    }
    Ok(())
}

/// What a text or stream ends with, apart from comments and blank lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tail {
    /// `...`, or the stream is empty.
    Ended,
    /// `---` with nothing after it.
    Bare,
    /// A document.
    Document,
}

impl Tail {
    /// `None` if the text has only comments and blank lines.
    fn of(text: &str) -> Option<Self> {
        significant(text.split(['\n', '\r']).rev()).map(|line| match marker(line) {
            Some(("...", _)) => Self::Ended,
            Some(("---", "")) => Self::Bare,
            _ => Self::Document,
        })
    }
}

/// What a text starts with, apart from comments and blank lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    /// `%YAML` or `%TAG`.
    Directive,
    /// `---` or `...`
    Marker,
    /// A document without a marker.
    Document,
}

impl Head {
    /// `None` if the text has only comments and blank lines.
    fn of(text: &str) -> Option<Self> {
        significant(unmarked(text).split(['\n', '\r'])).map(|line| match marker(line) {
            _ if line.starts_with('%') => Self::Directive,
            Some(_) => Self::Marker,
            None => Self::Document,
        })
    }
}

struct Stream<'o, W> {
    out: &'o mut W,
    tail: Tail,
    is_empty: bool,
    /// Whether the stream ends with a line break, or is empty.
    is_broken: bool,
}

impl<W: Write> Stream<'_, W> {
    fn put(&mut self, text: &str) -> io::Result<()> {
        if !text.is_empty() {
            self.is_empty = false;
            self.is_broken = matches!(text.as_bytes().last(), Some(b'\n' | b'\r'));
        }
        self.out.write_all(text.as_bytes())
    }

    /// Writes the line break and the marker that are needed before `next`.
    fn separate(&mut self, next: &str) -> io::Result<()> {
        let is_crlf = next.split_once('\n').is_some_and(|(line, _)| line.ends_with('\r'));
        let line_break = if is_crlf { "\r\n" } else { "\n" };
        if !self.is_broken && !next.is_empty() {
            self.put(line_break)?;
        }
        let marker = match (self.tail, Head::of(next)) {
            (Tail::Document, Some(Head::Document)) => "---",
            // Directives are valid only after the end of the previous document.
            (Tail::Document | Tail::Bare, Some(Head::Directive)) => "...",
            _ => return Ok(()),
        };
        self.put(marker)?;
        self.put(line_break)
    }
}

/// The first of these lines that is neither blank nor a comment.
fn significant<'t>(mut lines: impl Iterator<Item = &'t str>) -> Option<&'t str> {
    lines.find(|line| !is_blank(line) && !line.trim_start().starts_with('#'))
}

/// The marker at the start of a line, and the rest of the line without a comment.
fn marker(line: &str) -> Option<(&str, &str)> {
    let (marker, rest) = line.split_at_checked(3)?;
    let is_marker = ["---", "..."].contains(&marker) && (rest.is_empty() || rest.starts_with([' ', '\t']));
    let rest = rest.trim();
    is_marker.then_some((marker, if rest.starts_with('#') { "" } else { rest }))
}

/// The text without its byte order mark.
fn unmarked(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

fn is_blank(text: &str) -> bool {
    unmarked(text).trim_ascii().is_empty()
}
