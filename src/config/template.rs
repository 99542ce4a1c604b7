//! Writes a configuration to start from: every field of `spec` in a comment, with its meaning and an example.

use super::fields::SEQUENTIAL_CONTAINERS;
use super::table::{ConfigField, FieldType};
use super::{API_VERSION, KIND};

const WIDTH: usize = 100;

/// A functionConfig that sets nothing yet, with comments about every field.
pub fn template() -> String {
    let mut out = format!(
        "# The configuration of kueueleuleu, for all manifests in this directory and below it. `kueueleuleu explain spec`\n\
         # says more about a field. The same file works as a transformer of kustomize and as a function of kpt.\n\
         apiVersion: {API_VERSION}\n\
         kind: {KIND}\n\
         metadata:\n  \
           name: kueueleuleu\n  \
           annotations:\n    \
             # Not to be applied to a cluster.\n    \
             config.kubernetes.io/local-config: \"true\"\n\
         spec:\n"
    );
    let spec = SEQUENTIAL_CONTAINERS.field("spec").map(|field| &field.of);
    if let Some(FieldType::Mapping(spec)) = spec {
        for (at, field) in spec.fields.iter().enumerate() {
            out.push_str(if at == 0 { "" } else { "\n" });
            entry(&mut out, field);
        }
    }
    out
}

/// Writes the comments about a field.
fn entry(out: &mut String, field: &ConfigField) {
    let default = field.default.map(|default| format!(" Default: {default}.")).unwrap_or_default();
    let text = format!("{}{default}", field.doc);
    let mut line = String::from("  #");
    for word in text.split(' ') {
        if line.len() + word.len() >= WIDTH && line.len() > 3 {
            out.extend([&line, "\n"]);
            line = String::from("  #");
        }
        line.extend([" ", word]);
    }
    out.extend([&line, "\n  # ", field.name, ": ", field.example, "\n"]);
}
