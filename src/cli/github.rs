//! Renders a diagnostic as a workflow command of GitHub Actions, which shows it next to the line.
//!
//! Syntax: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.

use super::finding::Finding;
use kueueleuleu::Severity;

/// The diagnostic as a line.
pub(crate) fn line(report: &Finding<'_>) -> String {
    let command = match report.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let mut properties = Vec::new();
    if let Some(file) = report.file {
        properties.push(format!("file={}", escaped(file, true)));
    }
    if let Some(place) = report.location {
        let (start, end) = (place.start, place.end);
        properties.push(format!("line={},endLine={}", start.line, end.line));
        // GitHub accepts columns only if start and end are in one line.
        if start.line == end.line {
            properties.push(format!("col={},endColumn={}", start.column, end.column));
        }
    }
    properties.push(format!("title={}", escaped(report.rule.name(), true)));
    let resource = report.resource.map(|resource| format!("{resource}: ")).unwrap_or_default();
    let help = report.help.map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    let message = escaped(&format!("{resource}{}{help}", report.message), false);
    format!("::{command} {}::{message}\n", properties.join(","))
}

fn escaped(text: &str, is_property: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            ':' if is_property => out.push_str("%3A"),
            ',' if is_property => out.push_str("%2C"),
            char => out.push(char),
        }
    }
    out
}
