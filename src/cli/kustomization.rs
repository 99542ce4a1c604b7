//! Warns about kustomizations that list the function under `generators` or `validators`, where it has no effect.
//!
//! This module knows the fields of a kustomization and the files that they name.

use super::input::Source;
use kueueleuleu::config::KIND;
use kueueleuleu::{Diagnostic, Route, Rule};
use kueueleuleu_yaml::syntax::{Documents, Shape, Tree};
use std::fs;

/// The file names of a kustomization.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The fields under which the function has no effect, and why.
const FIELDS: [(&str, &str); 2] = [
    ("generators", "a generator receives no resources"),
    ("validators", "a validator must not change resources"),
];

/// Returns a warning for each such entry, if the source is a kustomization.
pub(super) fn check(source: &Source) -> Vec<Diagnostic> {
    let path = source
        .path
        .as_deref()
        .filter(|path| path.file_name().is_some_and(|name| NAMES.iter().any(|known| name == *known)));
    if path.is_none() || !FIELDS.iter().any(|(field, _)| source.text.contains(field)) {
        return Vec::new();
    }
    let mut documents = Documents::new(&source.text, &Shape::ALL);
    let mut warnings = Vec::new();
    // The converter reports syntax errors.
    while let Some(Ok(tree)) = documents.next_document() {
        warnings.extend(in_document(tree, source));
    }
    warnings
}

fn in_document(tree: &Tree<'_>, source: &Source) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    for (key, value) in tree.root().into_iter().flat_map(|root| tree.pairs(root)) {
        let Some((field, why)) = FIELDS.iter().find(|(field, _)| *field == tree.scalar(key)) else {
            continue;
        };
        for (index, item) in tree.children(value).enumerate() {
            if tree.kind(item).is_opaque() || !is_function(tree.scalar(item), source) {
                continue;
            }
            let message = format!("the function has no effect under `{field}`: {why}");
            let route = Route::root().key(*field).index(index);
            let warning =
                Diagnostic::warning(Rule::MisplacedFunction, route, message, "list it under `transformers`");
            warnings.push(warning.at(tree.span(item)));
        }
    }
    warnings
}

/// Whether an entry is a configuration of the function, or names a file with one.
fn is_function(entry: &str, source: &Source) -> bool {
    if entry.contains('\n') || entry.contains("kind:") {
        return entry.contains(KIND);
    }
    let directory = source.path.as_deref().and_then(|path| path.parent());
    let file = directory.map(|directory| directory.join(entry)).filter(|file| file.is_file());
    // Kustomize reports files that it cannot read.
    file.and_then(|file| fs::read_to_string(file).ok()).is_some_and(|text| text.contains(KIND))
}
