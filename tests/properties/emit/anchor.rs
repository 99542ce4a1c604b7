//! Anchors, aliases and merge keys: values that occur more than once may be written once.

use super::{Emitter, OUTER, TOUCHED};
use serde_json::{Map, Value};

impl Emitter<'_, '_> {
    pub(super) fn count(&mut self, value: &Value) {
        match value {
            Value::Array(items) if !items.is_empty() => items.iter().for_each(|item| self.count(item)),
            Value::Object(map) if !map.is_empty() => map.values().for_each(|value| self.count(value)),
            Value::String(text) if !text.is_empty() => {}
            _ => return,
        }
        *self.repeated.entry(value.to_string()).or_default() += 1;
    }

    /// Writes an alias, if the value has an anchor and chance decides so.
    pub(super) fn alias(&mut self, value: &Value) -> bool {
        let Some((_, name)) = self.anchors.iter().rev().find(|(anchored, _)| anchored == value) else {
            return false;
        };
        let name = name.clone();
        let rate = if self.key == "command" { self.anchor_rate * 40 } else { self.anchor_rate };
        if !self.chance(rate) {
            return false;
        }
        self.put(&format!("*{name}"));
        self.done.aliases += 1;
        true
    }

    /// Writes an anchor and a space, if chance decides so. Returns the name of the anchor.
    pub(super) fn anchor(&mut self, value: &Value) -> Option<String> {
        let is_risky = TOUCHED.contains(&&*self.key) || OUTER.contains(&&*self.key);
        let is_repeated = self.repeated.get(&value.to_string()).is_some_and(|count| *count > 1);
        // Anchors are rare on text that a conversion changes or moves, and may make it an error.
        let rate = match (self.in_defaults, is_risky, is_repeated || self.key == "aDefaults") {
            (true, _, true) => self.anchor_rate,
            (_, false, true) => self.anchor_rate * 120,
            (_, false, false) => self.anchor_rate * 200,
            (_, true, _) => self.anchor_rate * 250,
        };
        if self.done.json || value.is_null() || !self.chance(rate) {
            return None;
        }
        self.names += 1;
        let name = format!("a{}", self.names);
        self.put(&format!("&{name} "));
        Some(name)
    }

    /// Allows aliases of the anchor from here on.
    pub(super) fn anchored(&mut self, value: &Value, name: Option<String>) {
        self.anchors.extend(name.map(|name| (value.clone(), name)));
    }

    /// The entries to write, and the anchor of a mapping that is merged in place of the other entries.
    pub(super) fn merge<'v>(
        &mut self,
        map: &'v Map<String, Value>,
    ) -> (Option<String>, Vec<(&'v String, &'v Value)>) {
        let mut entries: Vec<_> = map.iter().collect();
        if self.chance(self.odd_rate) {
            self.c.shuffle(&mut entries);
        }
        let base = self.anchors.iter().rev().find_map(|(base, name)| {
            let base = base.as_object()?;
            let equal = |key: &String| base.get(key).is_some_and(|value| map.get(key) == Some(value));
            let fits = base.keys().all(|key| map.contains_key(key)) && base.keys().any(equal);
            fits.then(|| (base.clone(), name.clone()))
        });
        let Some((base, name)) = base.filter(|_| !self.done.json) else { return (None, entries) };
        if !self.chance(self.anchor_rate) {
            return (None, entries);
        }
        self.done.aliases += 1;
        entries.retain(|(key, value)| base.get(*key) != Some(*value));
        (Some(name), entries)
    }
}
