//! The outputs of the golden cases: kubectl reads in each what it reads in the input, converted.

use crate::convert_with;
use crate::reader::{Case, Kubectl, compare};
use kueueleuleu::{Config, Converter};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Cases of which kubectl says nothing: it cannot read the input, or the input as it reads it is not converted.
const UNREAD: [&str; 10] = [
    "alias-bombs-that-nobody-reads",
    "byte-order-mark-and-crlf-in-flow-style",
    "collections-as-keys-and-odd-keys",
    "directives",
    "document-on-the-marker-line",
    "empty-documents",
    "function-config-with-numbers-tags-and-odd-keys",
    "json-stream",
    "other-kinds-pass-through",
    "scalar-and-list-documents-pass-through",
];

/// Cases that kubectl reads otherwise than we do, in what we do not write.
const OTHERWISE: [&str; 3] = [
    // kubectl adds the line break that the text lacks to the value of its last block scalar.
    "missing-last-newline-behind-a-block-scalar",
    // To kubectl `name: no` is no string, and it says so for JSON only.
    "lists-are-edited-in-place",
    // kubectl shows no list that lacks its items.
    "function-without-items",
];

/// The text of the file of a case, whose name ends in one of two ways.
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
        // Without a configuration, what an earlier run chose stays; an empty one chooses all.
        let config = text(&dir.join(&case.name), "fn").map(|text| Config::from_yaml(&text).unwrap());
        convert_with(json, config.unwrap_or_default())
    });
    assert!(outcome.wrong.is_empty(), "{}", outcome.wrong.join("\n\n"));
    assert_eq!(outcome.unread, UNREAD);
}

/// What the function makes of the objects that kubectl found among its items.
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
