//! Renders a diagnostic for people: the message, the position, the source line and the help.
//!
//! ```text
//! error: Pod `a`: container `build` has no `command`
//!   --> a.yaml:12:5 (spec.containers[0])
//!    |
//! 12 |   - name: build
//!    |     ^^^^^^^^^^^
//!   help: add `command`
//! ```
//!
//! Control characters are escaped, so that no text of a manifest can control the terminal.

use super::finding::Finding;
use super::output::Style;
use super::snippet;
use kueueleuleu::Severity;
use std::fmt::Write as _;

/// Appends the diagnostic. Its message is one line that is complete by itself: kpt shows only four lines.
pub(crate) fn render(out: &mut String, report: &Finding<'_>, color: bool) {
    let mark = match report.severity {
        Severity::Error => Style::BOLD_RED,
        Severity::Warning => Style::BOLD_YELLOW,
        Severity::Info => Style::BOLD_CYAN,
    };
    let (mark, bold, gutter) = (mark.when(color), Style::BOLD.when(color), Style::CYAN.when(color));
    let severity = mark.paint(&report.severity.to_string());
    let resource = report.resource.map(|resource| format!("{resource}: ")).unwrap_or_default();
    let headline = bold.paint(&printable(&format!("{resource}{}", report.message)));
    let _ = writeln!(out, "{severity}: {headline}");
    if let Some(place) = place(report) {
        let _ = writeln!(out, "  {} {}", gutter.paint("-->"), printable(&place));
    }
    if let Some(place) = report.location {
        snippet::render(out, place.start.line, place.line, place.span, mark, gutter);
    }
    if let Some(help) = report.help {
        // Only a help may have several lines: text to copy.
        let lines: Vec<_> = help.lines().map(printable).collect();
        let _ = writeln!(out, "  {}: {}", bold.paint("help"), lines.join("\n        "));
    }
}

/// Appends the diagnostic in one line: the position and the message.
pub(crate) fn line(out: &mut String, report: &Finding<'_>, color: bool) {
    let line = report.location.map(|place| format!(":{}", place.start.line)).unwrap_or_default();
    let place = report.file.map(|file| format!("{file}{line}: ")).unwrap_or_default();
    let resource = report.resource.map(|resource| format!("{resource}: ")).unwrap_or_default();
    let place = Style::CYAN.when(color).paint(&printable(&place));
    let _ = writeln!(out, "{place}{}", printable(&format!("{resource}{}", report.message)));
}

/// The position: file, line, column, index of the document, and field.
fn place(report: &Finding<'_>) -> Option<String> {
    let file = report.file?;
    // If the file cannot be read, the message already names it.
    let is_named = report.message.contains(&format!("`{file}`"));
    if report.location.is_none() && report.resource.is_none() && is_named {
        return None;
    }
    let at = report
        .location
        .map(|place| format!(":{}:{}", place.start.line, place.start.column))
        .unwrap_or_default();
    let index = report.index.map(|index| format!("index {index}"));
    let details: Vec<String> = index.into_iter().chain(report.field.clone()).collect();
    let details = if details.is_empty() { String::new() } else { format!(" ({})", details.join(", ")) };
    Some(format!("{file}{at}{details}"))
}

/// The text in one line, with control characters escaped: names come from files of any origin.
pub(super) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if snippet::is_unprintable(char) {
            out.extend(char.escape_default());
        } else {
            out.push(char);
        }
    }
    out
}
