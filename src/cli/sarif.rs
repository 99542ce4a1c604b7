//! Renders all diagnostics of a run as one SARIF 2.1.0 document, for code scanning.
//!
//! Format: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>.

use super::finding::{Finding, Location};
use kueueleuleu::{Rule, Severity};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Collects results.
#[derive(Debug, Default)]
pub(crate) struct Sarif {
    results: Vec<Value>,
    /// The rules of the results, in the order of their first results.
    rules: Vec<Rule>,
}

impl Sarif {
    pub(crate) fn add(&mut self, report: &Finding<'_>) {
        let known = self.rules.iter().position(|rule| *rule == report.rule);
        let index = known.unwrap_or_else(|| {
            self.rules.push(report.rule);
            self.rules.len() - 1
        });
        let level = match report.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "note",
        };
        let resource = report.resource.map(|resource| format!("{resource}: ")).unwrap_or_default();
        let help = report.help.map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        let mut result = json!({
            "ruleId": report.rule.name(),
            "ruleIndex": index,
            "level": level,
            "message": { "text": format!("{resource}{}{help}", report.message) },
        });
        if let Some(file) = report.file {
            let mut location = json!({ "artifactLocation": { "uri": uri(file) } });
            if let Some(place) = report.location {
                location["region"] = region(&place);
            }
            result["locations"] = json!([{ "physicalLocation": location }]);
        }
        self.results.push(result);
    }

    /// The document, with a newline at its end.
    pub(crate) fn document(&self) -> String {
        let rules: Vec<_> = self
            .rules
            .iter()
            .map(|rule| json!({ "id": rule.name(), "shortDescription": { "text": rule.summary() } }))
            .collect();
        let driver = json!({ "name": "kueueleuleu", "version": env!("CARGO_PKG_VERSION"), "rules": rules });
        let document = json!({
            "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": driver },
                "columnKind": "unicodeCodePoints",
                "results": self.results,
            }],
        });
        format!("{document}\n")
    }
}

fn region(place: &Location<'_>) -> Value {
    json!({
        "startLine": place.start.line,
        "startColumn": place.start.column,
        "endLine": place.end.line,
        "endColumn": place.end.column,
    })
}

/// The path as a URI reference, percent-encoded.
fn uri(path: &str) -> String {
    let mut out = if path.starts_with('/') { "file://".to_owned() } else { String::new() };
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
