//! Renders a diagnostic as JSON: one object in one line. Unknown values are null.
//!
//! The names of the keys are part of the command's interface.

use super::finding::Finding;
use kueueleuleu::{Rule, Severity};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonLine<'a> {
    severity: Severity,
    rule: Rule,
    message: &'a str,
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
    resource: Option<Resource<'a>>,
    field: Option<&'a str>,
    help: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource<'a> {
    api_version: &'a str,
    kind: &'a str,
    namespace: Option<&'a str>,
    name: &'a str,
}

/// The file of diagnostics that are not about a file, but about a flag, for example.
const COMMAND_LINE: &str = "<command line>";

/// The diagnostic as a line.
pub(crate) fn line(report: &Finding<'_>) -> String {
    let object = JsonLine {
        severity: report.severity,
        rule: report.rule,
        message: &report.message,
        file: report.file.or(Some(COMMAND_LINE)),
        line: report.location.map(|place| place.start.line),
        column: report.location.map(|place| place.start.column),
        end_line: report.location.map(|place| place.end.line),
        end_column: report.location.map(|place| place.end.column),
        resource: report.resource.map(|id| Resource {
            api_version: &id.api_version,
            kind: &id.kind,
            namespace: id.namespace.as_deref(),
            name: &id.name,
        }),
        field: report.field.as_deref(),
        help: report.help,
    };
    let object = serde_json::to_string(&object).expect("impossible: strings and numbers always serialize");
    object + "\n"
}
