//! Reads texts with the real `kubectl`, and compares outputs with conversions of the inputs.
//!
//! Several tests share this file. It does not use our own readers.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests write files, start processes, and fail in their helpers"
)]

use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// The name of the objects that separate the texts.
const END: &str = "end-of-a-text";

/// The path of a `kubectl`.
pub(crate) struct Kubectl(pub(crate) PathBuf);

/// All objects of a text, or why it cannot be read.
pub(crate) type Read = Result<Vec<Value>, String>;

impl Kubectl {
    /// Finds `kubectl` on `PATH`. If it is missing, reports that, or fails with `CI` set.
    pub(crate) fn find() -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path).map(|dir| dir.join("kubectl")).find(|file| file.is_file());
        if found.is_none() {
            assert!(std::env::var_os("CI").is_none(), "missing: kubectl");
            // libtest shows what `eprintln!` prints for failed tests only.
            let _ = writeln!(std::io::stderr(), "SKIPPED: kubectl is not on PATH");
        }
        found.map(Self)
    }

    /// Reads texts with `kubectl label`, all in one run.
    pub(crate) fn read<T: AsRef<str>>(&self, texts: &[T]) -> Vec<Read> {
        let dir = tempfile::tempdir().unwrap();
        for (at, text) in texts.iter().enumerate() {
            fs::write(dir.path().join(format!("{at:06}.yaml")), text.as_ref()).unwrap();
            let end = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": END}}).to_string();
            fs::write(dir.path().join(format!("{at:06}-end.yaml")), end).unwrap();
        }
        // `.` sorts after `-`, so a directory would give another order.
        let mut command = Command::new(&self.0);
        command.args(["label", "--local", "-o", "json", "read=by-kubectl"]).current_dir(&dir);
        for at in 0..texts.len() {
            command.args(["-f", &format!("{at:06}.yaml"), "-f", &format!("{at:06}-end.yaml")]);
        }
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        let objects = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
        let objects: Vec<Value> = objects.collect::<Result<_, _>>().unwrap();
        let mut read = Vec::new();
        for (at, objects) in objects.split(|object| object["metadata"]["name"] == END).enumerate() {
            let file = format!("{at:06}.yaml");
            let error = stderr.lines().find(|line| line.contains(&file));
            read.push(error.map_or_else(|| Ok(objects.to_vec()), |error| Err(error.to_owned())));
        }
        // Nothing follows the last separator.
        assert_eq!(read.pop(), Some(Ok(Vec::new())), "{stderr}");
        assert_eq!(read.len(), texts.len(), "{stderr}");
        read
    }
}

/// A text before and after a conversion.
pub(crate) struct Case {
    /// The name for messages.
    pub(crate) name: String,
    pub(crate) input: String,
    pub(crate) output: String,
}

/// The result of a comparison.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The cases that kubectl reads differently, each with what it reads.
    pub(crate) wrong: Vec<String>,
    /// The cases that cannot be compared: kubectl cannot read their input, or nothing that it reads is converted.
    pub(crate) unread: Vec<String>,
}

/// Compares each output, as kubectl reads it, with the conversion of the input, as kubectl reads it. `convert` gets the
/// input's objects as JSON, one per document, so that it has no plain scalar to read.
pub(crate) fn compare(
    kubectl: &Kubectl,
    cases: &[Case],
    convert: impl Fn(&Case, &str) -> Option<String>,
) -> Outcome {
    let texts = |text: fn(&Case) -> &String| cases.iter().map(text).collect::<Vec<_>>();
    let inputs = kubectl.read(&texts(|case| &case.input));
    let outputs = kubectl.read(&texts(|case| &case.output));
    let mut outcome = Outcome::default();
    let mut expected = Vec::new();
    for ((case, input), output) in cases.iter().zip(inputs).zip(outputs) {
        let json = |objects: Vec<Value>| {
            // kubectl reads a text that begins with a brace as a single value.
            let document = |object: &Value| format!("# JSON\n{object:#}\n");
            objects.iter().map(document).collect::<Vec<_>>().join("---\n")
        };
        match input.ok().and_then(|objects| convert(case, &json(objects))) {
            Some(text) => expected.push((case, text, output)),
            None => outcome.unread.push(case.name.clone()),
        }
    }
    let texts: Vec<_> = expected.iter().map(|(_, text, _)| text).collect();
    let read = kubectl.read(&texts);
    for ((case, _, found), expected) in expected.iter().zip(read) {
        let bare = |read: &Read| read.clone().map(|objects| without_empties(&Value::Array(objects)));
        let (found, expected) = (bare(found), bare(&expected));
        if found != expected {
            let difference = difference(&found, &expected);
            outcome.wrong.push(format!("{}: {difference}\nin:\n{}", case.name, case.output));
        }
    }
    outcome
}

/// The first place where two values differ.
fn difference(found: &Result<Value, String>, expected: &Result<Value, String>) -> String {
    let [found, expected] = [found, expected].map(|read| match read {
        Ok(value) => format!("{value:#}"),
        Err(error) => error.clone(),
    });
    let mut lines = found.lines().zip(expected.lines());
    match lines.find(|(found, expected)| found != expected) {
        Some((found, expected)) => format!("kubectl reads\n{found}\ninstead of\n{expected}"),
        None => "one value has more lines".to_owned(),
    }
}

/// A value without empty lists and mappings, which mean the same as their absence: an empty flow collection keeps its
/// key.
pub(crate) fn without_empties(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(without_empties).collect(),
        Value::Object(fields) => {
            let is_empty = |value: &Value| {
                value.as_array().is_some_and(Vec::is_empty)
                    || value.as_object().is_some_and(serde_json::Map::is_empty)
            };
            let fields = fields.iter().map(|(key, value)| (key.clone(), without_empties(value)));
            Value::Object(fields.filter(|(_, value)| !is_empty(value)).collect())
        }
        scalar => scalar.clone(),
    }
}
