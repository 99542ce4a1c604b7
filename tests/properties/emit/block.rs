//! Writes block style.

use super::{AfterBlock, Emitter, scalar};
use serde_json::{Map, Value};

impl Emitter<'_, '_> {
    /// Writes the entries of a mapping in `column`. With `inline`, the first entry continues the current line.
    pub(super) fn block_map(&mut self, map: &Map<String, Value>, column: usize, mut inline: bool) {
        let (base, entries) = self.merge(map);
        let mut lead = |emitter: &mut Self| {
            if !std::mem::take(&mut inline) {
                emitter.between(column);
                emitter.pad(column);
            }
        };
        if let Some(base) = base {
            lead(self);
            let merge =
                if self.chance(self.odd_rate) { format!("<<: [*{base}]") } else { format!("<<: *{base}") };
            self.put(&merge);
            self.end_line();
        }
        for (key, value) in entries {
            lead(self);
            let outer = std::mem::replace(&mut self.key, key.clone());
            let start = self.done.text.len();
            if self.chance(self.odd_rate * 4) {
                self.put("? ");
                self.put_key(key);
                self.end_line();
                self.pad(column);
            } else {
                self.put_key(key);
                if self.chance(self.odd_rate) {
                    self.put(" ");
                }
            }
            self.put(":");
            let in_defaults = self.in_defaults;
            self.in_defaults |= key == "aDefaults";
            self.block_value(value, column, true);
            self.in_defaults = in_defaults;
            self.note(key, value, start);
            self.key = outer;
        }
    }

    /// Writes what follows a key or a dash in `column`, to the end of the line.
    fn block_value(&mut self, value: &Value, column: usize, is_of_key: bool) {
        self.after_block = None;
        if value.is_null() && self.c.once_in(2) {
            return self.end_line();
        }
        if self.chance(self.odd_rate) {
            self.put(" ");
        }
        self.put(" ");
        if self.alias(value) {
            return self.end_line();
        }
        let name = self.anchor(value);
        self.block_content(value, column, is_of_key, name.is_some());
        self.anchored(value, name);
    }

    fn block_content(&mut self, value: &Value, column: usize, is_of_key: bool, anchored: bool) {
        let flow = self.chance(self.flow_rate);
        match value {
            Value::Object(map) if !map.is_empty() && !flow => {
                if !is_of_key && !anchored && !self.chance(self.odd_rate) {
                    let more = if self.chance(self.odd_rate) { 2 } else { 0 };
                    self.pad(more);
                    let column = self.column();
                    return self.block_map(map, column, true);
                }
                self.blank_end_line();
                let step = self.inner_step(is_of_key);
                self.block_map(map, column + step, false);
            }
            Value::Array(items) if !items.is_empty() && !flow => {
                if !is_of_key && !anchored {
                    let column = self.column();
                    return self.block_list(items, column, true);
                }
                self.blank_end_line();
                let offset = if is_of_key { self.offset } else { 2 };
                self.block_list(items, column + offset, false);
            }
            Value::Object(_) | Value::Array(_) => {
                self.flow_value(value, column);
                self.end_line();
            }
            Value::String(text) if self.wants_block(text) => self.block_scalar(text, column),
            _ => {
                if self.chance(self.odd_rate) {
                    self.blank_end_line();
                    self.pad(column + 2);
                }
                self.put_scalar(value, column + 2, false);
                self.end_line();
            }
        }
    }

    fn block_list(&mut self, items: &[Value], column: usize, mut inline: bool) {
        for item in items {
            if !std::mem::take(&mut inline) {
                self.between(column);
                self.pad(column);
            }
            self.put("-");
            self.block_value(item, column, false);
        }
    }

    fn inner_step(&mut self, is_of_key: bool) -> usize {
        let odd = self.chance(self.odd_rate * 2);
        if odd || !is_of_key { 2 } else { self.step }
    }

    /// Ends a line whose last character may be a space.
    fn blank_end_line(&mut self) {
        if self.c.below(4) > 0 {
            let kept = self.done.text.trim_end_matches(' ').len();
            self.done.text.truncate(kept);
        }
        self.end_line();
    }

    fn column(&self) -> usize {
        let text = &self.done.text;
        let start = text.rfind('\n').map_or(0, |at| at + 1);
        text[start..].trim_start_matches('\u{feff}').len()
    }

    fn wants_block(&mut self, text: &str) -> bool {
        scalar::may_be_block(text)
            && (text.contains('\n') || self.chance(self.odd_rate))
            && self.c.below(4) > 0
    }

    fn block_scalar(&mut self, text: &str, column: usize) {
        let folded = scalar::may_be_folded(text) && self.c.once_in(2);
        let step = self.c.pick(&[2, 2, 4, 1, 3]);
        let indicated = text.starts_with(' ') || self.chance(self.odd_rate);
        let body = text.trim_end_matches('\n');
        let chomping = match text.len() - body.len() {
            0 => "-",
            1 => self.c.pick(&["", "", "+"]),
            _ => "+",
        };
        let start = self.done.text.len();
        self.put(if folded { ">" } else { "|" });
        let digit = if indicated { step.to_string() } else { String::new() };
        if self.c.once_in(2) {
            self.put(&format!("{digit}{chomping}"));
        } else {
            self.put(&format!("{chomping}{digit}"));
        }
        let header = start..self.done.text.len();
        self.end_line();
        let lines = if folded { scalar::fold(body) } else { body.split('\n').map(str::to_owned).collect() };
        let lines = lines.into_iter().chain((body.len() + 1..text.len()).map(|_| String::new()));
        for line in lines {
            if !line.is_empty() {
                self.pad(column + step);
                self.put(&line);
            }
            self.put(self.eol);
        }
        self.after_block = Some(AfterBlock { column: column + step, header });
    }
}
