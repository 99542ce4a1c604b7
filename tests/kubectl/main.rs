//! Tests that the real `kubectl`, and kustomize in it, read every word that we write or move as the original word.
//!
//! Our own readers, and the Rust port of libyaml, read some words as plain scalars that go-yaml reads as something else
//! (`[?x]`, `[http://host/?a=1]`). So the words have every printable ASCII character at every relevant place, in every
//! style, and reach the output in every way in which we write or move text.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests write files, start processes, and fail in their helpers"
)]

mod golden;
mod kustomize;
mod reader;

use kueueleuleu::{Config, Converter};
use reader::{Case, Kubectl, compare};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A word with a character at some place in it.
type Word = fn(char) -> String;

/// The places of the character in a word.
const PLACES: [(&str, Word); 11] = [
    ("alone", |c| c.to_string()),
    ("at-the-start", |c| format!("{c}a")),
    ("in-the-middle", |c| format!("a{c}b")),
    ("at-the-end", |c| format!("a{c}")),
    ("after-a-dash", |c| format!("-{c}")),
    ("after-a-dash-at-the-start", |c| format!("-{c}a")),
    ("before-a-dash", |c| format!("{c}-")),
    ("after-a-colon", |c| format!("a:{c}")),
    ("before-a-space", |c| format!("{c} a")),
    ("after-a-space", |c| format!("a {c}")),
    ("in-a-long-word", |c| format!("a-word-of-more-than-{c}-thirty-two-bytes")),
];

/// How a list is written in the input.
#[derive(Clone, Copy)]
enum Style {
    /// One item per line, quoted where the word needs it.
    Block,
    /// On one line, quoted where the word needs it.
    Flow,
    /// On one line, always quoted.
    Json,
}

/// The styles of `command` and `args`.
const STYLES: [(&str, Style, Style); 5] = [
    ("block", Style::Block, Style::Block),
    ("flow", Style::Flow, Style::Flow),
    ("json", Style::Json, Style::Json),
    ("block-and-flow", Style::Block, Style::Flow),
    ("flow-and-block", Style::Flow, Style::Block),
];

/// Whether a word can be written plain. When in doubt it is quoted; kubectl checks the input, too.
fn is_plain(word: &str, style: Style) -> bool {
    let begins = |c: char| c.is_ascii_alphabetic() || "?:-/.$;=<^(_+".contains(c);
    let is_word =
        |word: &str| matches!(word.to_lowercase().as_str(), "y" | "n" | "=" | "-" | "?" | ":" | "." | "<");
    let anywhere = word.starts_with(begins)
        && !word.starts_with(['-', '?', ':'])
            | word[1..].starts_with(|c: char| c.is_ascii_alphanumeric() || "?:/".contains(c))
        && !word.contains(|c: char| c.is_ascii_digit())
        && !word.contains(": ")
        && !word.contains(" #")
        && !word.ends_with([':', ' '])
        && !is_word(word);
    match style {
        Style::Block => anywhere,
        Style::Flow => anywhere && !word.contains([',', '[', ']', '{', '}', '?', ':']),
        Style::Json => false,
    }
}

/// A key in a column with a list of words. `anchor` may be empty.
fn list(key: &str, anchor: &str, words: &[String], style: Style, column: usize) -> String {
    let item = |word: &String| if is_plain(word, style) { word.clone() } else { json!(word).to_string() };
    let items = words.iter().map(item);
    let indent = " ".repeat(column);
    if let Style::Block = style {
        let lines: Vec<_> = items.map(|item| format!("{indent}- {item}")).collect();
        format!("{indent}{key}:{anchor}\n{}\n", lines.join("\n"))
    } else {
        format!("{indent}{key}:{anchor} [{}]\n", items.collect::<Vec<_>>().join(", "))
    }
}

/// The words with each character at one place.
fn words(word: Word) -> Vec<String> {
    (' '..='~').map(word).collect()
}

/// Pods with the words in every position from which they can reach the output: name, text and words.
fn pods() -> Vec<(String, String, Vec<String>)> {
    let mut pods = Vec::new();
    for (place, word) in PLACES {
        for (styles, style, other) in STYLES {
            let words = words(word);
            let name = format!("{place}-{styles}");
            // The words as a command and as arguments, and as aliases in a flow and in a block container.
            let text = [
                format!(
                    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  restartPolicy: Never\n"
                ),
                "  containers:\n  - name: a\n    image: i\n".to_owned(),
                list("command", " &c", &words, style, 4),
                list("args", " &a", &words, other, 4),
                "  - {name: b, image: i, command: *c, args: *a}\n".to_owned(),
                "  - name: c\n    image: i\n    command: *c\n    args: *a\n".to_owned(),
                "  - name: d\n    image: i\n".to_owned(),
                list("command", "", &["sh".to_owned(), "-c".to_owned()], style, 4),
                list("args", "", &words, other, 4),
                "  - name: e\n    image: i\n".to_owned(),
                list("command", "", &words, style, 4),
            ];
            pods.push((name, text.concat(), words));
        }
    }
    pods
}

fn config(spec: &str) -> String {
    format!("apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\nspec: {{{spec}}}\n")
}

/// The converted text, or `None` if there are errors.
fn convert(text: &str, config: &str) -> Option<String> {
    convert_with(text, Config::from_yaml(config).unwrap())
}

fn convert_with(text: &str, config: Config) -> Option<String> {
    let now = Converter::new(config).documents(text).ok()?;
    (!now.has_errors()).then(|| now.text())
}

#[test]
fn every_character_is_read_as_in_the_input() {
    let Some(kubectl) = Kubectl::find() else { return };
    let pods = pods();
    let texts: Vec<_> = pods.iter().map(|(_, text, _)| text).collect();
    for ((name, text, words), read) in pods.iter().zip(kubectl.read(&texts)) {
        let read = read.unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        for (container, key) in [(0, "command"), (0, "args"), (2, "args"), (3, "args")] {
            assert_eq!(read[0]["spec"]["containers"][container][key], json!(words), "{name}");
        }
    }
    for spec in ["", "entrypoint: {kind: Kueueleuleu}, entrypointImage: e", "strategy: InitContainers"] {
        let config = config(spec);
        let case = |(name, text, _): &(String, String, Vec<String>)| Case {
            name: format!("{name} with `{spec}`"),
            input: text.clone(),
            output: convert(text, &config).unwrap_or_else(|| panic!("{name} with `{spec}` is rejected")),
        };
        let cases: Vec<_> = pods.iter().map(case).collect();
        agree(&kubectl, &cases, |text| convert(text, &config));
        // A revert moves the words again.
        let revert = self::config(&format!("{spec}{}revert: true", if spec.is_empty() { "" } else { ", " }));
        let back = |case: &Case| Case {
            name: format!("{}, reverted", case.name),
            input: case.output.clone(),
            output: convert(&case.output, &revert).unwrap_or_else(|| panic!("{} is not reverted", case.name)),
        };
        agree(&kubectl, &cases.iter().map(back).collect::<Vec<_>>(), |text| convert(text, &revert));
    }
}

#[test]
fn every_character_of_an_image_s_command_is_read_as_in_the_configuration() {
    let Some(kubectl) = Kubectl::find() else { return };
    for (place, word) in PLACES {
        let words = words(word);
        let spec = json!([{"name": "i", "command": words, "args": words}]);
        let config = config(&format!("images: {spec}"));
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {place}}}\nspec:\n  restartPolicy: Never\n  containers:\n\
             \x20 - name: a\n    image: i\n  - {{name: b, image: i}}\n  - {{name: c, image: i, args: [x]}}\n"
        );
        let output = convert(&text, &config).unwrap();
        agree(&kubectl, &[Case { name: place.to_owned(), input: text, output }], |text| {
            convert(text, &config)
        });
    }
}

/// Fails if kubectl or kustomize reads an output differently from the conversion of the input.
fn agree(kubectl: &Kubectl, cases: &[Case], convert: impl Fn(&str) -> Option<String>) {
    let outcome = compare(kubectl, cases, |_, text| convert(text));
    assert!(outcome.unread.is_empty(), "{:?}", outcome.unread);
    let first = outcome.wrong.first().cloned().unwrap_or_default();
    assert!(outcome.wrong.is_empty(), "{} of {} differ: {first}", outcome.wrong.len(), cases.len());
    let outputs: Vec<_> = cases.iter().map(|case| &case.output).collect();
    let by_kubectl = by_name(kubectl.read(&outputs).into_iter().flat_map(Result::unwrap));
    // kustomize sorts the objects.
    let by_kustomize = by_name(kustomize::read(kubectl, &outputs));
    for (name, spec) in &by_kubectl {
        assert_eq!(Some(spec), by_kustomize.get(name), "kustomize reads {name}");
    }
}

fn by_name(objects: impl IntoIterator<Item = Value>) -> BTreeMap<String, Value> {
    let named = |object: Value| (object["metadata"]["name"].to_string(), object["spec"].clone());
    objects.into_iter().map(named).collect()
}
