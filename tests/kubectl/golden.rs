//! Compares the outputs of the golden cases, as kubectl reads them, with the conversions of the inputs, as kubectl
//! reads those.

use crate::convert_with;
use crate::reader::{Case, Kubectl, compare};
use kueueleuleu::{Config, Converter};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Cases that cannot be compared: kubectl cannot read the input, or nothing that it reads is converted.
const UNREAD: [&str; 10] = [
    "byte-order-mark-and-crlf-in-flow-style",
    "collections-as-keys-and-odd-keys",
    "directives",
    "document-on-the-marker-line",
    "empty-documents",
    "function-config-with-numbers-tags-and-odd-keys",
    "json-stream",
    "other-kinds-pass-through",
    "scalar-and-list-documents-pass-through",
    "unused-alias-bombs-pass-through",
];

/// Cases that kubectl reads differently in parts that we do not write.
const OTHERWISE: [&str; 4] = [
    // kubectl adds a line break to the last block scalar, although the text does not end with one.
    "missing-last-newline-after-a-block-scalar",
    "converge-strategy-changed-to-entrypoint-without-a-last-newline",
    // kubectl reads `name: no` as a boolean, and reports that only for JSON.
    "lists-are-edited-in-place",
    // kubectl prints nothing for a list without `items`.
    "function-without-items",
];

/// The text of a file of a case, whose name ends in `.yaml` or `.json`.
fn text(dir: &Path, stem: &str) -> Option<String> {
    ["yaml", "json"].iter().find_map(|end| fs::read_to_string(dir.join(format!("{stem}.{end}"))).ok())
}

#[test]
fn golden_outputs_are_read_as_the_converted_inputs() {
    let Some(kubectl) = Kubectl::find() else { return };
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut dirs: Vec<PathBuf> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    dirs.sort();
    let case = |dir: &PathBuf| {
        let name = dir.file_name().unwrap().to_str().unwrap().to_owned();
        if OTHERWISE.contains(&&*name) {
            return None;
        }
        let (input, output) = (text(dir, "input")?, text(dir, "output").filter(|text| !text.is_empty())?);
        Some(Case { name, input, output })
    };
    let cases: Vec<Case> = dirs.iter().filter_map(case).collect();
    assert!(cases.len() > 100, "{} cases", cases.len());
    let outcome = compare(&kubectl, &cases, |case, json| {
        if case.name.starts_with("function-") {
            return function(&case.input, json);
        }
        // Without a configuration, the choices of an earlier run stay; an empty configuration overrides them.
        let config = text(&dir.join(&case.name), "fn").map(|text| Config::from_yaml(&text).unwrap());
        convert_with(json, config.unwrap_or_default())
    });
    assert!(outcome.wrong.is_empty(), "{}", outcome.wrong.join("\n\n"));
    assert_eq!(outcome.unread, UNREAD);
}

/// The output of the function for the objects that kubectl read from the items.
fn function(input: &str, json: &str) -> Option<String> {
    let mut list: Value = serde_yaml::from_str(input).ok()?;
    let items = json.split("---\n").map(|item| serde_yaml::from_str::<Value>(item).unwrap());
    let items: Vec<_> = items.filter(|item| !item.is_null()).collect();
    if !items.is_empty() {
        list["items"] = items.into();
    }
    let text = format!("# JSON\n{list:#}\n");
    Converter::new(Config::default()).resource_list(&text).ok().map(|converted| converted.text())
}
