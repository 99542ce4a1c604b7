//! Writes values as YAML or JSON in random styles: common ones, and ones that are merely legal.
//!
//! The writer is independent of the code under test. Of Kubernetes it knows only the keys whose values a conversion may
//! change: it records their places, and puts fewer anchors on them.

mod anchor;
mod block;
mod flow;
mod scalar;

use crate::choices::Choices;
use flow::Flow;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::ops::Range;

/// The keys whose values a conversion may change.
const TOUCHED: [&str; 6] = ["command", "args", "volumeMounts", "volumes", "initContainers", "annotations"];
/// The keys of the objects around them.
const OUTER: [&str; 5] = ["metadata", "spec", "template", "jobTemplate", "containers"];

/// A text and its properties.
#[derive(Clone, Debug, Default)]
pub(crate) struct Emitted {
    pub(crate) text: String,
    /// The value of each document that is not empty.
    pub(crate) values: Vec<Value>,
    /// The entries that a conversion may change: key, value, and place, with the comment after it.
    pub(crate) touched: Vec<(String, Value, Range<usize>)>,
    pub(crate) comments: Vec<String>,
    pub(crate) flows: usize,
    pub(crate) aliases: usize,
    pub(crate) flow_containers: bool,
    pub(crate) json: bool,
    pub(crate) crlf: bool,
}

/// Writes documents in a style that `c` chooses.
pub(crate) fn emit(c: &mut Choices<'_>, values: &[Value]) -> Emitted {
    let json = c.below(5) == 4;
    let crlf = c.once_in(4);
    let flow = match (json, c.below(3)) {
        (false, _) => Flow::YAML,
        (true, 0) => Flow { spread: Some(c.pick(&[2, 4, 1])), ..Flow::PRETTY },
        (true, 1) => Flow::MINIFIED,
        (true, _) => Flow::PRETTY,
    };
    let mut emitter = Emitter {
        eol: if crlf { "\r\n" } else { "\n" },
        step: c.pick(&[2, 2, 4, 3, 1]),
        offset: c.pick(&[0, 2, 4, 1]),
        comment_rate: if json { 0 } else { c.pick(&[0, 20, 6]) },
        flow_rate: c.pick(&[0, 12, 3]),
        anchor_rate: c.pick(&[0, 4, 1]),
        odd_rate: c.pick(&[0, 0, 30, 8]),
        quoting: c.below(3),
        flow,
        c,
        repeated: HashMap::new(),
        anchors: Vec::new(),
        names: 0,
        in_defaults: false,
        key: String::new(),
        after_block: None,
        done: Emitted { json, crlf, values: values.to_vec(), ..Emitted::default() },
    };
    emitter.stream(values);
    emitter.done
}

/// The block scalar that was just written.
#[derive(Clone, Debug)]
struct AfterBlock {
    column: usize,
    header: Range<usize>,
}

struct Emitter<'c, 'b> {
    c: &'c mut Choices<'b>,
    eol: &'static str,
    step: usize,
    offset: usize,
    /// One in how many chances is taken; 0 for none. The other rates are alike.
    comment_rate: usize,
    flow_rate: usize,
    anchor_rate: usize,
    odd_rate: usize,
    quoting: usize,
    flow: Flow,
    /// How often each value occurs, as JSON.
    repeated: HashMap<String, usize>,
    anchors: Vec<(Value, String)>,
    names: usize,
    /// Whether the value belongs to `aDefaults`, which exists to be referred to.
    in_defaults: bool,
    /// The key whose value, or an item of it, is being written.
    key: String,
    after_block: Option<AfterBlock>,
    done: Emitted,
}

impl Emitter<'_, '_> {
    fn put(&mut self, text: &str) {
        self.done.text.push_str(text);
    }

    fn pad(&mut self, column: usize) {
        self.done.text.extend(std::iter::repeat_n(' ', column));
    }

    fn chance(&mut self, rate: usize) -> bool {
        rate > 0 && self.c.once_in(rate)
    }

    fn comment(&mut self) {
        let comment = format!("# c{} ü", self.done.comments.len());
        self.put(&comment);
        self.done.comments.push(comment);
    }

    /// The rest of a line.
    fn end_line(&mut self) {
        if self.chance(self.odd_rate) {
            // A tab after an indicator would be indentation.
            let after_indicator = self.done.text.trim_end_matches(' ').ends_with(['-', ':', '?']);
            let blanks = self.c.pick(&[" ", "  ", "\t"]);
            self.put(if after_indicator { " " } else { blanks });
        }
        if self.chance(self.comment_rate) {
            self.put(" ");
            self.comment();
        }
        self.put(self.eol);
    }

    /// Blank lines and comments above an entry in `column`.
    fn between(&mut self, column: usize) {
        let after = self.after_block.clone();
        let start = self.done.text.len();
        let keeps = after.as_ref().is_some_and(|after| self.done.text[after.header.clone()].contains('+'));
        if !keeps && self.chance(self.odd_rate) {
            self.put(self.eol);
        }
        let mut limit = after.map_or(usize::MAX, |after| after.column);
        while self.chance(self.comment_rate) {
            let column = self.c.pick(&[column, column, 0, column + 2, column + 5]);
            self.pad(if column < limit { column } else { 0 });
            limit = usize::MAX;
            self.comment();
            self.put(self.eol);
            if self.chance(self.odd_rate) {
                self.put(self.eol);
            }
        }
        if self.done.text.len() > start {
            self.after_block = None;
        }
    }

    fn stream(&mut self, values: &[Value]) {
        if self.c.once_in(8) {
            self.put("\u{feff}");
        }
        let directive = self.c.once_in(10);
        if directive {
            self.put("%YAML 1.2");
            self.put(self.eol);
        }
        for (at, value) in values.iter().enumerate() {
            self.between(0);
            if at > 0 || directive || self.c.once_in(3) {
                self.put("---");
                self.end_line();
                if self.chance(self.odd_rate) {
                    self.between(0);
                    self.put("---");
                    self.put(self.eol);
                }
            }
            self.document(value);
            if self.c.once_in(10) {
                self.between(0);
                self.after_block = None;
                self.put("...");
                self.end_line();
            }
        }
        self.between(0);
        if self.c.once_in(4) {
            self.cut_end();
        }
    }

    fn document(&mut self, value: &Value) {
        self.anchors.clear();
        self.repeated.clear();
        self.count(value);
        self.after_block = None;
        self.between(0);
        match value {
            Value::Object(map) if self.done.json || self.chance(self.flow_rate * 3) => {
                self.flow_map(map, 0);
                self.end_line();
            }
            Value::Object(map) => self.block_map(map, 0, false),
            _ => unreachable!("documents are objects"),
        }
    }

    /// Removes the last line break, unless that changes a value.
    fn cut_end(&mut self) {
        let at_scalar = self.after_block.take();
        if let Some(after) = &at_scalar {
            if !self.done.text[after.header.clone()].contains('-') {
                return;
            }
            if self.done.text.ends_with(self.eol) && self.c.once_in(2) {
                // At the end of the text there is no line break to chomp.
                let header = self.done.text[after.header.clone()].replace('-', "");
                self.done.text.replace_range(after.header.clone(), &header);
                self.done.touched.iter_mut().for_each(|(_, _, place)| {
                    let cut = |at: usize| if at > after.header.start { at - 1 } else { at };
                    *place = cut(place.start)..cut(place.end);
                });
            }
        }
        if let Some(cut) = self.done.text.strip_suffix(self.eol) {
            self.done.text.truncate(cut.len());
        }
    }

    fn note(&mut self, key: &str, value: &Value, start: usize) {
        let nothing = |value: &Value| value.is_null() || value.as_object().is_some_and(Map::is_empty);
        let is_empty = value
            .as_object()
            .is_some_and(|map| map.iter().all(|(key, value)| key == "annotations" && nothing(value)));
        let after_key = self.done.text[start..].split_once(':').map_or("", |(_, value)| value).trim_start();
        self.done.flow_containers |=
            !self.done.json && key == "containers" && after_key.starts_with(['[', '&']);
        if TOUCHED.contains(&key) || (key == "metadata" && is_empty) {
            let end = self.done.text.len();
            self.done.touched.push((key.to_owned(), value.clone(), start..end));
        }
    }
}
