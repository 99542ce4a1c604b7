//! The laws that must hold for every text.
//!
//! They use the public functions of the library, and read results with `serde_yaml`, never with our own reader.

use crate::content;
use crate::emit::Emitted;
use kueueleuleu::config::Strategy;
use kueueleuleu::{Config, ConvertedText, Converter, Severity, convert_json};
use serde::Deserialize as _;
use serde_json::Value;

/// Why a case ends early: the text cannot be converted, which must be rare, or it breaks a law.
#[derive(Debug)]
pub(crate) enum Stop {
    Refused(String),
    Broken(String),
}

impl Stop {
    pub(crate) fn broken<T>(what: impl Into<String>) -> Result<T, Self> {
        Err(Self::Broken(what.into()))
    }
}

/// All documents of a text that are not empty, as `serde_yaml` reads them.
pub(crate) fn read(text: &str) -> Result<Vec<Value>, Stop> {
    // `serde_yaml` counts the byte order mark as a column.
    let bare = text.trim_start_matches('\u{feff}');
    let documents = serde_yaml::Deserializer::from_str(bare).map(serde_yaml::Value::deserialize);
    let values: Result<Vec<_>, serde_yaml::Error> = documents.collect();
    let values = values.map_err(|error| Stop::Broken(format!("{error} in:\n{text}")))?;
    Ok(values.into_iter().map(merged).filter(|value| !value.is_null()).collect())
}

/// The value with its `<<` expanded. `serde_yaml` does not expand a `<<` inside another one.
fn merged(value: serde_yaml::Value) -> Value {
    use serde_yaml::Value as Yaml;
    match value {
        Yaml::Sequence(items) => items.into_iter().map(merged).collect(),
        Yaml::Mapping(fields) => {
            let key = |key: Yaml| key.as_str().unwrap_or_default().to_owned();
            let mut fields: serde_json::Map<_, _> =
                fields.into_iter().map(|(name, value)| (key(name), merged(value))).collect();
            let bases = match fields.remove("<<") {
                Some(Value::Array(bases)) => bases,
                base => base.into_iter().collect(),
            };
            for (key, value) in bases.iter().filter_map(Value::as_object).flatten() {
                fields.entry(key.clone()).or_insert_with(|| value.clone());
            }
            Value::Object(fields)
        }
        Yaml::Tagged(tagged) => merged(tagged.value),
        scalar => serde_json::to_value(scalar).expect("scalars are JSON"),
    }
}

/// Converts a text. An error about an object is a refusal.
pub(crate) fn convert<'t>(text: &'t str, config: &Config) -> Result<ConvertedText<'t>, Stop> {
    let converted = match Converter::new(config.clone()).documents(text) {
        Ok(converted) => converted,
        Err(error) => return Stop::broken(format!("{error} in:\n{text}")),
    };
    match converted.diagnostics.iter().find(|diagnostic| diagnostic.severity == Severity::Error) {
        Some(diagnostic) => Err(Stop::Refused(diagnostic.message.clone())),
        None => Ok(converted),
    }
}

/// Converts a value instead of a text.
pub(crate) fn convert_value(value: &Value, config: &Config) -> Result<Value, Stop> {
    match convert_json(value, config) {
        Ok(converted) => Ok(converted.object),
        Err(error) => Err(Stop::Refused(error.to_string())),
    }
}

/// Fails if two lists of documents differ.
pub(crate) fn same(what: &str, text: &str, found: &[Value], expected: &[Value]) -> Result<(), Stop> {
    let found: Vec<_> = found.iter().cloned().map(without_empties).collect();
    let expected: Vec<_> = expected.iter().cloned().map(without_empties).collect();
    if found == expected {
        return Ok(());
    }
    let pretty = |values: &[Value]| serde_json::to_string_pretty(values).expect("values are JSON");
    let (found, expected) = (pretty(&found), pretty(&expected));
    let at = found.lines().zip(expected.lines()).position(|(found, expected)| found != expected).unwrap_or(0);
    let around = |text: &str| text.lines().skip(at.saturating_sub(6)).take(14).collect::<Vec<_>>().join("\n");
    Stop::broken(format!(
        "{what}\nfound:\n{}\nexpected:\n{}\ntext:\n{text}",
        around(&found),
        around(&expected)
    ))
}

/// Removes empty lists and mappings, which mean the same as their absence: an empty flow collection keeps its key.
fn without_empties(mut value: Value) -> Value {
    const KEYS: [&str; 7] =
        ["metadata", "annotations", "command", "args", "volumeMounts", "volumes", "initContainers"];
    match &mut value {
        Value::Object(map) => {
            let mut kept = serde_json::Map::new();
            for (key, value) in std::mem::take(map) {
                let value = without_empties(value);
                let is_empty = value.is_null()
                    || value.as_array().is_some_and(Vec::is_empty)
                    || value.as_object().is_some_and(serde_json::Map::is_empty);
                if !is_empty || !KEYS.contains(&&*key) {
                    kept.insert(key, value);
                }
            }
            *map = kept;
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_empties(item.take())),
        _ => {}
    }
    value
}

/// The same value with `args` appended to `command`: a conversion does not record where one ends.
pub(crate) fn joined(mut value: Value) -> Value {
    let spec = match value["kind"].as_str() {
        Some("Pod" | "Job" | "CronJob") => content::pod_spec(&mut value),
        _ => return value,
    };
    for list in ["containers", "initContainers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            let take = |container: &mut Value, key: &str| match container.get_mut(key).map(Value::take) {
                Some(Value::Array(words)) => words,
                _ => Vec::new(),
            };
            let mut words = take(container, "command");
            words.append(&mut take(container, "args"));
            container["command"] = Value::Array(words);
        }
    }
    value
}

/// A text without the characters that only lay it out.
pub(crate) fn without_layout(text: &str) -> String {
    let bare = |line: &str| {
        let mut line = line.trim();
        while let Some(item) = line.strip_prefix("- ") {
            line = item.trim_start();
        }
        line.replace(['[', ']', '{', '}', ',', ' ', '\t'], "")
    };
    text.lines().map(bare).collect()
}

/// Whether a value is null: a revert removes the key.
pub(crate) fn has_nulls(given: &Emitted) -> bool {
    fn is_in(value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Array(items) => items.iter().any(is_in),
            Value::Object(map) => map.values().any(is_in),
            _ => false,
        }
    }
    given.values.iter().any(is_in)
}

/// A text whose empty brackets follow their key, and have no blanks within and after them. A revert writes them so.
pub(crate) fn with_bare_empties(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if matches!(c, '\n' | '\r') && out.trim_end().ends_with(['}', ']']) {
            out.truncate(out.trim_end_matches(' ').len());
        }
        let open = if c == ']' { '[' } else { '{' };
        if matches!(c, ']' | '}') && out.trim_end().ends_with(open) {
            out.truncate(out.trim_end().len() - 1);
            out.truncate(out.trim_end().len());
            out.push(open);
        }
        out.push(c);
    }
    out
}

/// The same value without recorded empty lists and annotations.
pub(crate) fn without_empty_record(mut value: Value) -> Value {
    const RECORD: &str = "kueueleuleu.dev/original";
    match &mut value {
        Value::Object(map) => {
            if let Some(record) = map.get(RECORD).and_then(Value::as_str) {
                let others: Vec<_> =
                    record.split("; ").filter(|entry| !entry.starts_with("empty=")).collect();
                let others = others.join("; ");
                map.remove(RECORD);
                if !others.is_empty() {
                    map.insert(RECORD.to_owned(), Value::String(others));
                }
            }
            map.values_mut().for_each(|value| *value = without_empty_record(value.take()));
        }
        Value::Array(items) => {
            for item in items {
                *item = without_empty_record(item.take());
            }
        }
        _ => {}
    }
    value
}

/// The container that copies the entrypoint, in an object that was converted with strategy `Entrypoint`.
fn prepare(object: &Value) -> Option<&Value> {
    if object["kind"] == "Service" {
        return None;
    }
    let mut object = object;
    for key in ["jobTemplate", "template"] {
        object = object["spec"].get(key).unwrap_or(object);
    }
    let list = object["spec"]["initContainers"].as_array()?;
    list.iter().find(|container| container["name"] == "kueueleuleu-prepare")
}

/// Whether the steps of an object wait for each other's files.
pub(crate) fn is_chained(object: &Value) -> bool {
    prepare(object).is_some()
}

/// The image of Tekton's entrypoint in a converted object, if it uses that entrypoint.
pub(crate) fn earlier_image(object: &Value) -> Option<&str> {
    let prepare = prepare(object)?;
    let is_tekton = prepare["volumeMounts"][0]["name"] == "tekton-internal-bin";
    prepare["image"].as_str().filter(|_| is_tekton)
}

/// Text is only removed from places that a conversion may change.
pub(crate) fn only_touched_text_goes(given: &Emitted, converted: &ConvertedText<'_>) -> Result<(), Stop> {
    let text = &*given.text;
    let base = text.as_ptr() as usize;
    let mut end = 0;
    let mut gone = Vec::new();
    for piece in converted.pieces().chain([&text[text.len()..]]) {
        let at = (piece.as_ptr() as usize).wrapping_sub(base);
        if at.saturating_add(piece.len()) <= text.len() {
            gone.push(end..at);
            end = at + piece.len();
        }
    }
    for gone in gone {
        let cut = &text[gone.clone()];
        let blank = |c: char| c.is_whitespace() || c == ',';
        let start = gone.start + cut.len() - cut.trim_start_matches(blank).len();
        // Comments below an item that are indented deeper move with it. Another law checks that no comment is lost.
        let mut cut = cut;
        while let Some(last) = cut.trim_end().rfind('\n')
            && cut[last..].trim_start().starts_with('#')
        {
            cut = &cut[..last];
        }
        let end = start.max(gone.start + cut.trim_end_matches(blank).len());
        // A block scalar at the end of the text may get a `-`, because no line break belongs to it.
        let is_header = cut.len() < 4 && cut.starts_with(['|', '>']);
        // A container in braces may get lines of its own: what it says is another law.
        let braces = cut.trim();
        let is_in_braces = braces.starts_with('{') && braces.contains('}') && !braces.contains(['\n', '\r']);
        let allowed = is_header
            || is_in_braces
            || given.touched.iter().any(|(_, _, place)| place.start <= start && end <= place.end);
        if start < end && !allowed {
            return Stop::broken(format!(
                "{:?} is gone in:\n{text}\nnow:\n{}",
                &text[start..end],
                converted.text()
            ));
        }
    }
    Ok(())
}

/// Every comment is present exactly once.
pub(crate) fn no_comment_vanishes(given: &Emitted, text: &str) -> Result<(), Stop> {
    let lost = given.comments.iter().find(|comment| text.matches(comment.as_str()).count() != 1);
    match lost {
        Some(comment) => {
            Stop::broken(format!("`{comment}` is lost or duplicated:\n{}\nnow:\n{text}", given.text))
        }
        None => Ok(()),
    }
}

/// The default configuration with another strategy, and perhaps another image.
pub(crate) fn config(strategy: Strategy, image: Option<&str>) -> Config {
    let config = Config::default().with_strategy(strategy);
    image.into_iter().fold(config, Config::with_entrypoint_image)
}

/// Lines that a conversion may not change are present, in order. This does not hold for containers in a flow list,
/// which becomes a block list if some of them become init containers, nor for merged or aliased lists, which stay
/// written out.
pub(crate) fn other_lines_stay(given: &Emitted, text: &str, texts: &str) -> Result<(), Stop> {
    if given.flow_containers || given.aliases > 0 {
        return Ok(());
    }
    let mut lines = text.split('\n');
    let mut start = 0;
    for line in given.text.split('\n') {
        let place = start..start + line.len();
        start = place.end + 1;
        let touched = given
            .touched
            .iter()
            .any(|(_, _, touched)| touched.start <= place.end && place.start <= touched.end);
        // A comment moves with its item.
        let is_comment = line.trim_start().starts_with('#');
        if touched || is_comment || line.trim().is_empty() {
            continue;
        }
        // An empty list may vanish with the comma before it, or its dash may move to the next entry. `|` may become
        // `|-`, and lowered requests come back with other quotes.
        let bare = |line: &str| {
            let entry = line.trim_start_matches([' ', '-']);
            let column = line.len() - entry.len();
            let entry = entry.trim_end().trim_end_matches(',').replace("|-", "|").replace(">-", ">");
            let entry = entry.replace(['\'', '"'], "");
            format!("{:column$}{entry}", "")
        };
        if !lines.any(|other| bare(other) == bare(line)) {
            return Stop::broken(format!("{line:?} is lost in:\n{texts}"));
        }
    }
    Ok(())
}
