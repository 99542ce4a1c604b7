//! Writes scalars and keys in any style that preserves their value.

use super::Emitter;
use serde_json::Value;
use std::fmt::Write;

/// Whether every reader reads the text without quotes as this string. Errs on the safe side.
fn is_plain_safe(text: &str) -> bool {
    const WORDS: [&str; 10] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"];
    let known = |c: char| c.is_ascii_alphanumeric() || " _./$()=:@+-éü#,]".contains(c);
    let bytes = text.as_bytes();
    let starts = match bytes.first() {
        Some(b'-') => bytes.get(1).is_some_and(|c| c.is_ascii_alphabetic() || *c == b'-'),
        Some(first) => first.is_ascii_alphabetic() || b"/$(".contains(first),
        None => false,
    };
    starts
        && text.chars().all(known)
        && text.parse::<f64>().is_err()
        && !WORDS.contains(&&*text.to_lowercase())
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([' ', ':'])
        && text != "---"
}

/// Whether the text can be a `|` scalar.
pub(super) fn may_be_block(text: &str) -> bool {
    !text.trim_matches('\n').is_empty() && !text.starts_with('\n') && !text.contains(['\r', '\t'])
}

/// Whether [`fold`] can write the text.
pub(super) fn may_be_folded(text: &str) -> bool {
    let body = text.trim_end_matches('\n');
    may_be_block(text)
        && body.split('\n').all(|line| !line.is_empty() && !line.starts_with(' ') && !line.ends_with(' '))
}

/// The lines of a `>` scalar: folded at spaces, with an empty line for every line break.
pub(super) fn fold(body: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, line) in body.split('\n').enumerate() {
        if at > 0 {
            lines.push(String::new());
        }
        match line.split_once(' ') {
            Some((head, rest)) if !rest.starts_with(' ') => lines.extend([head.to_owned(), rest.to_owned()]),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

impl Emitter<'_, '_> {
    pub(super) fn put_key(&mut self, key: &str) {
        if self.flow.quoted || !is_plain_safe(key) || self.chance(self.odd_rate) {
            let quoted = if self.flow.quoted || self.c.once_in(2) { json(key) } else { format!("'{key}'") };
            self.put(&quoted);
        } else {
            self.put(key);
        }
    }

    /// Writes a scalar, whose continuation lines are indented by `column`.
    pub(super) fn put_scalar(&mut self, value: &Value, column: usize, in_flow: bool) {
        let Value::String(text) = value else {
            let null = if self.flow.quoted { "null" } else { self.c.pick(&["null", "~", "Null"]) };
            let written = if value.is_null() { null.to_owned() } else { value.to_string() };
            return self.put(&written);
        };
        if self.flow.quoted {
            return self.put(&json(text));
        }
        let may_be_plain = is_plain_safe(text) && !(in_flow && text.contains([',', ']']));
        let may_be_single = !text.contains(['\n', '\t']);
        let style = if self.chance(self.odd_rate) { self.c.below(3) } else { self.quoting };
        if self.chance(self.odd_rate * 6) && may_be_single {
            self.put("!!str ");
        }
        let (quote, written) = match style {
            0 if may_be_plain => ("", text.clone()),
            0 | 1 if may_be_single => ("'", text.replace('\'', "''")),
            _ => ("\"", self.double_quoted(text)),
        };
        let broken = self.broken(&written, column);
        self.put(quote);
        self.put(&broken);
        self.put(quote);
    }

    /// Breaks a line at a space between two letters, which is read as the space.
    fn broken(&mut self, written: &str, column: usize) -> String {
        let is_letter = |at: Option<&u8>| at.is_some_and(u8::is_ascii_lowercase);
        let bytes = written.as_bytes();
        let blank = (1..bytes.len())
            .find(|&at| bytes[at] == b' ' && is_letter(bytes.get(at - 1)) && is_letter(bytes.get(at + 1)));
        match blank {
            Some(at) if !written.contains('\\') && self.chance(self.odd_rate * 2) => {
                format!("{}{}{}{}", &written[..at], self.eol, " ".repeat(column), &written[at + 1..])
            }
            _ => written.to_owned(),
        }
    }

    fn double_quoted(&mut self, text: &str) -> String {
        let quoted = json(text);
        let mut out = String::new();
        for c in quoted[1..quoted.len() - 1].chars() {
            if c > '\u{7f}' && self.c.once_in(3) {
                write!(out, "\\u{:04x}", u32::from(c)).expect("strings take all text");
            } else {
                out.push(c);
            }
        }
        out
    }
}

fn json(text: &str) -> String {
    serde_json::to_string(text).expect("strings are JSON")
}
