//! Writes flow style and JSON.

use super::Emitter;
use serde_json::{Map, Value};

/// How flow collections are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flow {
    /// JSON: everything in double quotes.
    pub(super) quoted: bool,
    pub(super) colon: &'static str,
    pub(super) comma: &'static str,
    /// Puts each entry on its own line, indented by this much more.
    pub(super) spread: Option<usize>,
}

impl Flow {
    pub(super) const YAML: Self = Self { quoted: false, colon: ": ", comma: ", ", spread: None };
    pub(super) const PRETTY: Self = Self { quoted: true, colon: ": ", comma: ", ", spread: None };
    pub(super) const MINIFIED: Self = Self { quoted: true, colon: ":", comma: ",", spread: None };
}

impl Emitter<'_, '_> {
    /// Writes a value in flow style, on lines that are indented by at least `column`.
    pub(super) fn flow_value(&mut self, value: &Value, column: usize) {
        match value {
            Value::Array(items) => self.flow_list(items, column),
            Value::Object(map) => self.flow_map(map, column),
            _ => self.put_scalar(value, column + 2, true),
        }
    }

    fn flow_list(&mut self, items: &[Value], column: usize) {
        let items: Vec<_> = items.iter().map(|item| (None, item)).collect();
        self.collection(("[", "]"), None, &items, column);
    }

    pub(super) fn flow_map(&mut self, map: &Map<String, Value>, column: usize) {
        let (base, entries) = self.merge(map);
        let entries: Vec<_> = entries.into_iter().map(|(key, value)| (Some(key), value)).collect();
        self.collection(("{", "}"), base, &entries, column);
    }

    fn collection(
        &mut self,
        (open, close): (&str, &str),
        base: Option<String>,
        entries: &[(Option<&String>, &Value)],
        column: usize,
    ) {
        self.done.flows += 1;
        let empty = entries.is_empty() && base.is_none();
        let flow = self.flow;
        let spread = match flow.spread {
            None if !flow.quoted && self.chance(self.odd_rate) => Some(2),
            spread => spread,
        };
        let spread = spread.filter(|_| !empty);
        self.put(open);
        let padded = !flow.quoted && spread.is_none() && self.chance(self.odd_rate);
        if padded {
            self.put(" ");
        }
        let mut first = true;
        let mut lead = |emitter: &mut Self| {
            if !std::mem::take(&mut first) {
                emitter.put(if spread.is_some() { "," } else { flow.comma });
            }
            if let Some(spread) = spread {
                emitter.flow_line(column + spread);
            }
        };
        let inner = column + spread.unwrap_or(0);
        if let Some(base) = base {
            lead(self);
            self.put(&format!("<<: *{base}"));
        }
        for (key, value) in entries {
            lead(self);
            self.flow_entry(*key, value, inner);
        }
        if !flow.quoted && !empty && self.chance(self.odd_rate) {
            self.put(",");
        }
        if padded {
            self.put(" ");
        }
        if spread.is_some() {
            self.flow_line(column);
        }
        self.put(close);
    }

    fn flow_entry(&mut self, key: Option<&String>, value: &Value, column: usize) {
        let start = self.done.text.len();
        let outer = key.map(|key| std::mem::replace(&mut self.key, key.clone()));
        if let Some(key) = key {
            self.put_key(key);
            self.put(self.flow.colon);
        }
        let in_defaults = self.in_defaults;
        self.in_defaults |= key.is_some_and(|key| key == "aDefaults");
        if !self.alias(value) {
            let name = self.anchor(value);
            self.flow_value(value, column);
            self.anchored(value, name);
        }
        self.in_defaults = in_defaults;
        if let Some(key) = key {
            self.note(key, value, start);
        }
        if let Some(outer) = outer {
            self.key = outer;
        }
    }

    /// Begins a line in a flow collection, where comments are rare.
    fn flow_line(&mut self, column: usize) {
        if !self.flow.quoted && self.chance(self.comment_rate * 6) {
            self.put(" ");
            self.comment();
        }
        self.put(self.eol);
        if !self.flow.quoted && self.chance(self.comment_rate * 12) {
            self.pad(column);
            self.comment();
            self.put(self.eol);
        }
        self.pad(column);
    }
}
