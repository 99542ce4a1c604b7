//! The real `kubectl`, and kustomize in it, read every word that we write or move as the word that it was.
//!
//! Our own readers, and libyaml's port in Rust, take words for plain scalars that go-yaml takes for something else
//! (`[?x]`, `[http://host/?a=1]`). So the words here have every printable ASCII character at every place that could
//! matter, in every style and on every way into the output, and other programs judge.
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

/// Where the character stands in the word.
const PLACES: [(&str, Word); 11] = [
    ("alone", |c| c.to_string()),
    ("at-the-start", |c| format!("{c}a")),
    ("in-the-middle", |c| format!("a{c}b")),
    ("at-the-end", |c| format!("a{c}")),
    ("behind-a-dash", |c| format!("-{c}")),
    ("behind-a-dash-at-the-start", |c| format!("-{c}a")),
    ("before-a-dash", |c| format!("{c}-")),
    ("behind-a-colon", |c| format!("a:{c}")),
    ("before-a-blank", |c| format!("{c} a")),
    ("behind-a-blank", |c| format!("a {c}")),
    ("in-a-long-word", |c| format!("a-word-of-more-than-{c}-thirty-two-bytes")),
];

/// How a list is written in the input.
#[derive(Clone, Copy)]
enum Style {
    /// A line an item, in quotes where the word needs them.
    Block,
    /// On one line, in quotes where the word needs them.
    Flow,
    /// On one line, in quotes throughout.
    Json,
}

/// The styles of two lists beside each other.
const STYLES: [(&str, Style, Style); 5] = [
    ("block", Style::Block, Style::Block),
    ("flow", Style::Flow, Style::Flow),
    ("json", Style::Json, Style::Json),
    ("block-and-flow", Style::Block, Style::Flow),
    ("flow-and-block", Style::Flow, Style::Block),
];

/// Whether a word can be written plain. Errs on the side of quotes, and kubectl reads the input, too.
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

/// A list of words below a key in a column, with an anchor perhaps.
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

/// The words of a place in two lists, so that one may be all of a list and the other join another.
fn words(word: Word) -> Vec<String> {
    (' '..='~').map(word).collect()
}

/// Pods that hold the words, each on another way into the output.
fn pods() -> Vec<(String, String, Vec<String>)> {
    let mut pods = Vec::new();
    for (place, word) in PLACES {
        for (styles, style, other) in STYLES {
            let words = words(word);
            let name = format!("{place}-{styles}");
            // The words as a command and as arguments, and each behind an alias in a container of either style.
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

/// A text after the conversion, if nothing is wrong with it.
fn convert(text: &str, config: &str) -> Option<String> {
    convert_with(text, Config::from_yaml(config).unwrap())
}

fn convert_with(text: &str, config: Config) -> Option<String> {
    let now = Converter::new(config).documents(text).ok()?;
    (!now.has_errors()).then(|| now.text())
}

#[test]
fn every_character_is_read_as_what_it_was() {
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
            output: convert(text, &config).unwrap_or_else(|| panic!("{name} with `{spec}` is refused")),
        };
        let cases: Vec<_> = pods.iter().map(case).collect();
        agree(&kubectl, &cases, |text| convert(text, &config));
        // Back again: what was moved moves once more.
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
fn every_character_of_an_image_s_command_is_read_as_what_it_was() {
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

/// Fails where kubectl or kustomize reads something else in an output than what the conversion of the input says.
fn agree(kubectl: &Kubectl, cases: &[Case], convert: impl Fn(&str) -> Option<String>) {
    let outcome = compare(kubectl, cases, |_, text| convert(text));
    assert!(outcome.unread.is_empty(), "{:?}", outcome.unread);
    let first = outcome.wrong.first().cloned().unwrap_or_default();
    assert!(outcome.wrong.is_empty(), "{} of {} differ: {first}", outcome.wrong.len(), cases.len());
    let outputs: Vec<_> = cases.iter().map(|case| &case.output).collect();
    let by_kubectl = by_name(kubectl.read(&outputs).into_iter().flat_map(Result::unwrap));
    // kustomize has an order of its own.
    let by_kustomize = by_name(kustomize::read(kubectl, &outputs));
    for (name, spec) in &by_kubectl {
        assert_eq!(Some(spec), by_kustomize.get(name), "kustomize reads {name}");
    }
}

fn by_name(objects: impl IntoIterator<Item = Value>) -> BTreeMap<String, Value> {
    let named = |object: Value| (object["metadata"]["name"].to_string(), object["spec"].clone());
    objects.into_iter().map(named).collect()
}
