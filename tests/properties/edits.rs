//! The edits people make, each on an object that is converted or not: the same change either way.
//!
//! Knows where the steps of a converted pod are; recognises nothing, since it is told.

use crate::choices::Choices;
use crate::content;
use serde_json::{Value, json};

/// In which form an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    Entrypoint,
    InitContainers,
}

/// What is edited.
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

/// An edit with all choices made, so that it can be done twice.
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

    /// Edits an object in some form that had `own` init containers before it was converted.
    pub(crate) fn apply(&self, object: &mut Value, form: Form, own: usize) {
        if self.kind == Kind::Annotation {
            let metadata = &mut object["metadata"];
            metadata["annotations"]["example.com/added"] = json!(self.text);
            return;
        }
        let spec = content::pod_spec(object);
        let mut steps = take_steps(spec, form, own);
        self.edit_steps(&mut steps, form);
        put_steps(spec, steps, form);
        if self.kind == Kind::Volume {
            let volume = json!({"name": "added", "emptyDir": {"medium": "Memory"}});
            push(spec, "volumes", volume);
        }
    }

    fn edit_steps(&self, steps: &mut Vec<Value>, form: Form) {
        let (at, other) = (self.at % steps.len(), self.other % steps.len());
        let step = &mut steps[at];
        match self.kind {
            Kind::Nothing | Kind::Annotation => {}
            Kind::Add => {
                // In front of the first step it could as well be an init container that is none.
                let least = usize::from(form == Form::InitContainers).max(1);
                steps.insert(least + self.at % steps.len(), self.new.clone());
            }
            Kind::Remove => {
                steps.remove(at);
            }
            Kind::Rename => step["name"] = json!("renamed"),
            Kind::Reorder => steps.swap(at, other),
            Kind::Image => step["image"] = json!("changed:1"),
            Kind::Env => step["env"] = json!([{"name": "CHANGED", "value": self.text}]),
            Kind::Argument => push(step, "args", json!(self.text)),
            Kind::Word => self.change_word(step, form),
            Kind::Volume => push(step, "volumeMounts", json!({"name": "added", "mountPath": "/added"})),
        }
    }

    /// Changes a word of the command, wherever it is.
    fn change_word(&self, step: &mut Value, form: Form) {
        let count = |key: &str| step[key].as_array().map_or(0, Vec::len);
        let (commands, args) = (count("command"), count("args"));
        let (key, at) = if form == Form::Entrypoint {
            let args = step["args"].as_array().expect("arguments of ours");
            let entrypoint = args.iter().position(|arg| arg == "-entrypoint").expect("ours") + 1;
            let words = args.len() - entrypoint - 1;
            let word = self.other % words;
            // `--` stands behind the first word.
            ("args", entrypoint + word + usize::from(word > 0))
        } else {
            match self.other % (commands + args).max(1) {
                word if word < commands => ("command", word),
                word => ("args", word - commands),
            }
        };
        if let Some(word) = step[key].get_mut(at) {
            *word = json!(format!("{}!", self.text));
        }
    }
}

fn push(object: &mut Value, key: &str, item: Value) {
    match &mut object[key] {
        Value::Array(items) => items.push(item),
        absent => *absent = json!([item]),
    }
}

fn take(spec: &mut Value, key: &str, from: usize) -> Vec<Value> {
    match spec.get_mut(key) {
        Some(Value::Array(items)) => items.split_off(from.min(items.len())),
        _ => Vec::new(),
    }
}

fn take_steps(spec: &mut Value, form: Form, own: usize) -> Vec<Value> {
    let mut steps = if form == Form::InitContainers { take(spec, "initContainers", own) } else { Vec::new() };
    steps.append(&mut take(spec, "containers", 0));
    steps
}

fn put_steps(spec: &mut Value, mut steps: Vec<Value>, form: Form) {
    if form == Form::InitContainers {
        let last = steps.split_off(steps.len().saturating_sub(1));
        for step in steps {
            push(spec, "initContainers", step);
        }
        steps = last;
    }
    spec["containers"] = Value::Array(steps);
}
