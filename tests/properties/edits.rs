//! Edits that users make, applied to an object and in the same way to its conversion.
//!
//! An edit finds a container by its name, wherever the conversion moved it. It skips changes that are ambiguous beside
//! a sidecar or in a sorted list.

use crate::choices::Choices;
use crate::content;
use crate::options::Options;
use serde_json::{Value, json};

/// A kind of edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nothing,
    Add,
    Remove,
    Rename,
    Reorder,
    Image,
    Env,
    Argument,
    Word,
    Volume,
    Annotation,
}

pub(crate) const KINDS: [Kind; 11] = [
    Kind::Nothing,
    Kind::Add,
    Kind::Remove,
    Kind::Rename,
    Kind::Reorder,
    Kind::Image,
    Kind::Env,
    Kind::Argument,
    Kind::Word,
    Kind::Volume,
    Kind::Annotation,
];

/// An edit with all choices made, so that it can be applied twice.
#[derive(Clone, Debug)]
pub(crate) struct Edit {
    pub(crate) kind: Kind,
    at: usize,
    other: usize,
    text: String,
    new: Value,
}

impl Edit {
    pub(crate) fn choose(c: &mut Choices<'_>) -> Self {
        Self {
            kind: c.pick(&KINDS),
            at: c.below(8),
            other: c.below(8),
            text: content::string(c),
            new: content::container(c, "added", &[]),
        }
    }

    /// Edits an object, and its conversion with `options`.
    pub(crate) fn apply(&self, plain: &mut Value, converted: &mut Value, options: &Options) {
        let Some(names) = content::names(plain) else { return };
        let (name, other) = (&names[self.at % names.len()], &names[self.other % names.len()]);
        if self.is_ambiguous(&names, name, other, options) {
            return;
        }
        let words = {
            let spec = content::pod_spec(plain);
            let (list, at) = find(spec, name);
            own_words(&spec[list][at])
        };
        for object in [plain, converted] {
            if self.kind == Kind::Annotation {
                object["metadata"]["annotations"]["example.com/added"] = json!(self.text);
            } else {
                self.edit_pod(content::pod_spec(object), name, other, words);
            }
        }
    }

    /// Whether the edit of the converted object could stand for more than one edit of the original.
    fn is_ambiguous(&self, names: &[String], name: &String, other: &String, options: &Options) -> bool {
        let is_sidecar = |name: &String| options.sidecars.contains(name);
        // The place of a sidecar is recorded as the container before it.
        let is_anchor = |name: &String| names.windows(2).any(|pair| pair[0] == *name && is_sidecar(&pair[1]));
        match self.kind {
            Kind::Reorder => {
                !options.order.is_empty()
                    || [name, other].into_iter().any(|name| is_sidecar(name) || is_anchor(name))
            }
            Kind::Add => is_sidecar(name) || is_anchor(name),
            // It is the user's own then.
            Kind::Rename => is_sidecar(name),
            _ => false,
        }
    }

    fn edit_pod(&self, spec: &mut Value, name: &str, other: &str, words: usize) {
        let (list, at) = find(spec, name);
        let items =
            |spec: &mut Value| std::mem::take(spec[list].as_array_mut().expect("it holds a container"));
        match self.kind {
            Kind::Nothing | Kind::Annotation => {}
            Kind::Add => {
                let mut items = items(spec);
                items.insert(at + 1, self.new.clone());
                spec[list] = json!(items);
            }
            Kind::Remove => {
                let mut items = items(spec);
                items.remove(at);
                spec[list] = json!(items);
            }
            Kind::Reorder => {
                let (other_list, other_at) = find(spec, other);
                let one = spec[list][at].clone();
                spec[list][at] = std::mem::replace(&mut spec[other_list][other_at], one);
            }
            Kind::Rename => spec[list][at]["name"] = json!("renamed"),
            Kind::Image => spec[list][at]["image"] = json!("changed:1"),
            Kind::Env => spec[list][at]["env"] = json!([{"name": "CHANGED", "value": self.text}]),
            Kind::Argument => push(&mut spec[list][at], "args", json!(self.text)),
            Kind::Word => self.change_word(&mut spec[list][at], words),
            Kind::Volume => {
                push(&mut spec[list][at], "volumeMounts", json!({"name": "added", "mountPath": "/added"}));
                push(spec, "volumes", json!({"name": "added", "emptyDir": {"medium": "Memory"}}));
            }
        }
    }

    /// Changes a word of the command, wherever it is. Words are counted from the end, because a conversion puts the
    /// words of the image first.
    fn change_word(&self, step: &mut Value, count: usize) {
        let Some(mut from_end) = self.other.checked_rem(count) else { return };
        let lists = match step["command"].as_array() {
            // `--` follows the first word.
            Some(command) if command.first().is_some_and(|word| word == "/tekton/bin/entrypoint") => {
                let first = command.iter().position(|word| word == "-entrypoint").expect("ours") + 1;
                vec![
                    ("args", 0..step["args"].as_array().map_or(0, Vec::len)),
                    ("command", first + 2..command.len()),
                    ("command", first..first + 1),
                ]
            }
            _ => ["args", "command"].map(|key| (key, 0..step[key].as_array().map_or(0, Vec::len))).to_vec(),
        };
        for (key, words) in lists {
            if from_end < words.len() {
                step[key][words.end - 1 - from_end] = json!(format!("{}!", self.text));
                return;
            }
            from_end -= words.len();
        }
    }
}

const LISTS: [&str; 2] = ["containers", "initContainers"];

/// The list and the index of the container with this name.
fn find(spec: &Value, name: &str) -> (&'static str, usize) {
    let place = |list: &'static str| {
        Some((list, spec[list].as_array()?.iter().position(|container| container["name"] == name)?))
    };
    LISTS.into_iter().find_map(place).expect("a container of this name")
}

/// How many words `command` and `args` of a container have.
fn own_words(container: &Value) -> usize {
    ["command", "args"].iter().map(|key| container[*key].as_array().map_or(0, Vec::len)).sum()
}

fn push(object: &mut Value, key: &str, item: Value) {
    match &mut object[key] {
        Value::Array(items) => items.push(item),
        absent => *absent = json!([item]),
    }
}
