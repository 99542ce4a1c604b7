//! Checks what must hold for every case, whatever its expectation is.
//!
//! Reads YAML with `serde_yaml` only, not with our own reader.

use super::{Case, Run, difference};
use serde::Deserialize as _;
use serde_yaml::Value;
use similar::{Algorithm, DiffOp};

/// Cases whose layout changes when they are converted, reverted and converted again: a conversion records no layout.
const RESTYLED: [&str; 1] = [
    // A merged list that was written out stays, and its line is then broken beside the new words alone.
    "merged-lists-are-written-out",
];

/// Cases with comments on an item that the conversion added: a revert removes both.
const COMMENTS_ON_OURS: [&str; 1] = ["converge-sidecars-added-beside-comments-on-prepare"];

/// What is wrong with a run.
pub(crate) fn check(case: &Case, run: &Run) -> Vec<String> {
    let mut wrong = Vec::new();
    if run.stdout.is_empty() {
        return wrong;
    }
    let input = documents(&case.input);
    match (documents(&run.stdout), &input) {
        (Ok(output), Ok(input)) if output.len() != input.len() => {
            wrong.push("the number of documents changed".to_owned());
        }
        (Err(error), Ok(_)) => wrong.push(format!("the output does not parse: {error}")),
        _ => {}
    }
    // Results of earlier runs are preserved, so each run of a function with diagnostics adds results.
    if !case.is_function() || run.stderr.is_empty() {
        let again = case.convert(&run.stdout, &[]);
        if again.stdout != run.stdout {
            wrong.push(format!("running again changes:\n{}", difference(&run.stdout, &again.stdout)));
        }
    }
    let configures = |what| case.config.as_ref().is_some_and(|config| config.contains(what));
    if !configures("probes") {
        wrong.extend(lost_comment(&case.input, &run.stdout));
    }
    let reverts = configures("revert");
    if !case.is_function() && !reverts {
        wrong.extend(round_trip(case, run, input.ok()));
    }
    // A revert removes lines on purpose, and these options move whole containers.
    let moves = ["InitContainers", "Auto", "probes", "sidecars", "order", "restartPolicy"]
        .into_iter()
        .any(configures);
    if !reverts && !was_converted(case) && !moves {
        wrong.extend(lost_line(&case.input, &run.stdout, lowers_requests(case)));
    }
    wrong
}

/// The documents of a text. Merge keys are not expanded.
fn documents(text: &str) -> Result<Vec<Value>, serde_yaml::Error> {
    serde_yaml::Deserializer::from_str(text).map(Value::deserialize).collect()
}

/// A comment that the output has fewer times than the input. A `#` in a scalar must survive, too.
fn lost_comment(input: &str, output: &str) -> Option<String> {
    let [input, output] = &[input, output].map(unix);
    let count = |text: &str, comment: &str| comments(text).filter(|other| *other == comment).count();
    let lost = comments(input).find(|comment| count(input, comment) > count(output, comment))?;
    Some(format!("the comment `{lost}` vanished"))
}

/// The rest of each line from a `#` at its start or after a space.
fn comments(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        line.starts_with('#').then_some(line).or_else(|| Some(&line[line.find(" #")? + 1..]))
    })
}

/// The text with the line breaks that `str::lines` knows.
fn unix(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Whether the configuration sets requests to zero.
fn lowers_requests(case: &Case) -> bool {
    let config = case.config.as_deref().unwrap_or_default();
    ["requests: Max", "requests: PodLevel"].iter().any(|option| config.contains(option))
}

/// An input line that is lost although no edit may change it, or a lost word of a line that an edit changed.
fn lost_line(input: &str, output: &str, lowers_requests: bool) -> Option<String> {
    let [input, output] = &[input, output].map(unix);
    // A line break that is added to the last line does not change the line.
    let [old, new] = [input, output].map(|text| text.lines().collect::<Vec<&str>>());
    let editable = editable(&old);
    let count = |text: &str, word: &str| words(text).filter(|other| *other == word).count();
    for op in similar::capture_diff_slices(Algorithm::Myers, &old, &new) {
        let (DiffOp::Delete { .. } | DiffOp::Replace { .. }) = op else { continue };
        for at in op.old_range() {
            let line = old[at];
            if lowers_requests
                && ["cpu:", "memory:", "ephemeral-storage:"].iter().any(|key| line.contains(key))
            {
                continue;
            }
            if !editable[at] {
                return Some(format!("the line `{line}` is lost"));
            }
            if line.trim_start().starts_with("failureThreshold") {
                // Its number moves into the command.
                continue;
            }
            if let Some(word) = words(line).find(|word| count(input, word) > count(output, word)) {
                return Some(format!("`{word}` of the line `{line}` is lost"));
            }
        }
    }
    None
}

/// Which lines a conversion may change: `command` and `args`, flow collections, aliases, null lists, and the
/// `failureThreshold` of a startup probe.
fn editable(lines: &[&str]) -> Vec<bool> {
    const FIELDS: [&str; 5] =
        ["volumeMounts", "volumes", "initContainers", "annotations", "failureThreshold"];
    let mut inside = None;
    let editable = lines.iter().map(|line| {
        let text = line.trim_start().trim_start_matches("- ").trim_start();
        let column = line.len() - text.len();
        let key = text
            .trim_start_matches("? ")
            .split(':')
            .next()
            .unwrap_or_default()
            .trim_matches(['"', '\'', ' ']);
        // The items of a list may be at the column of its key.
        let dash = line.len() - line.trim_start().len();
        let is_below = |key: usize| {
            text.trim().is_empty() || dash > key || (dash == key && line.trim_start().starts_with("- "))
        };
        inside = inside.filter(|&key| is_below(key));
        if inside.is_none() && ["command", "args"].contains(&key) {
            inside = Some(column);
        }
        inside.is_some()
            || FIELDS.contains(&key)
            || text.contains(['[', ']', '{', '}', '"'])
            || text.contains(": *")
            || text.starts_with(['#', ':'])
    });
    editable.collect()
}

/// The words of a text, without YAML's punctuation, null, aliases, and headers of block scalars, which may get a `-`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let words =
        text.split(|c: char| c.is_whitespace() || "[]{},".contains(c)).map(|word| word.trim_end_matches(':'));
    words.filter(|word| !word.starts_with('*') && !matches!(*word, "" | "-" | "~" | "null" | "|" | ">"))
}

/// The reverted output must mean the same as the input, and converting it again must give the same output.
fn round_trip(case: &Case, run: &Run, input: Option<Vec<Value>>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut run = run.clone();
    let mut reverted = case.convert(&run.stdout, &["--revert"]);
    if was_converted(case) {
        // The tool that converted the input may have another style.
        run = case.convert(&reverted.stdout, &[]);
        reverted = case.convert(&run.stdout, &["--revert"]);
    }
    if reverted.status != 0 {
        return vec![format!("the output cannot be reverted:\n{}", reverted.stderr)];
    }
    let again = case.convert(&reverted.stdout, &[]);
    let is_restyled = RESTYLED.contains(&&*case.name);
    if again.stdout != run.stdout && !is_restyled {
        wrong.push(format!("convert, revert, convert differs:\n{}", difference(&run.stdout, &again.stdout)));
    } else if again.stdout == run.stdout && is_restyled {
        wrong.push("convert, revert, convert does not differ: remove the case from `RESTYLED`".to_owned());
    }
    if case.config.as_ref().is_some_and(|config| config.contains("probes")) {
        return wrong;
    }
    if !COMMENTS_ON_OURS.contains(&&*case.name) {
        wrong
            .extend(lost_comment(&case.input, &reverted.stdout).map(|lost| format!("after a revert {lost}")));
    }
    if let (Some(mut input), false) = (input, was_converted(case) || case.input.contains("<<")) {
        let mut reverted = documents(&reverted.stdout).unwrap_or_default();
        input.iter_mut().chain(&mut reverted).for_each(join_words);
        input.iter_mut().chain(&mut reverted).for_each(drop_nothing);
        if input != reverted {
            let text = |documents| serde_yaml::to_string(documents).unwrap_or_default();
            wrong.push(format!("reverted, it differs:\n{}", difference(&text(&input), &text(&reverted))));
        }
    }
    wrong
}

/// Whether the input was converted before.
fn was_converted(case: &Case) -> bool {
    ["/tekton/run", "/kueueleuleu/bin", "kueueleuleu.dev/"].iter().any(|ours| case.input.contains(ours))
}

/// Whether two texts mean the same. Where `command` ends and `args` begins does not matter.
pub(crate) fn same(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|text| {
        documents(text).map(|mut documents| {
            documents.iter_mut().for_each(join_words);
            documents
        })
    });
    matches!((one, other), (Ok(one), Ok(other)) if one == other)
}

/// Puts the words of `command` and `args` into one list.
fn join_words(value: &mut Value) {
    each_value(value, join_words);
    if let Value::Mapping(fields) = value {
        let words = ["command", "args"].map(|key| sequence(fields.remove(key))).concat();
        if !words.is_empty() {
            fields.insert("words".into(), words.into());
        }
    }
}

/// Removes our annotation and empty entries.
fn drop_nothing(value: &mut Value) {
    each_value(value, drop_nothing);
    if let Value::Mapping(fields) = value {
        fields.retain(|key, value| key != "norbjd.github.io/kueueleuleu" && !is_nothing(value));
    }
}

fn each_value(value: &mut Value, change: fn(&mut Value)) {
    match value {
        Value::Sequence(items) => items.iter_mut().for_each(change),
        Value::Tagged(tagged) => change(&mut tagged.value),
        Value::Mapping(fields) => fields.iter_mut().for_each(|(_, value)| change(value)),
        _ => {}
    }
}

fn sequence(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Sequence(items)) => items,
        _ => Vec::new(),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Sequence(items) => items.is_empty(),
        Value::Mapping(fields) => fields.is_empty(),
        _ => false,
    }
}
