//! New values to text.
//!
//! Knows how a value is written in a style; where it goes, and in which style, is decided elsewhere.

use super::lower::Lowering;
use super::{Item, Unwritable, Value};
use crate::syntax::scalar;
use std::borrow::Cow;

/// Writes block text.
pub(super) enum Block {}

/// How flow text is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Flow {
    /// Strings and keys in double quotes.
    pub(super) quoted: bool,
    /// No blanks after `,` and `:`.
    pub(super) minified: bool,
    /// One entry a line, and this many columns further in.
    pub(super) step: Option<usize>,
    /// What lines are indented with: a space, or in JSON perhaps a tab.
    pub(super) blank: char,
}

/// What may be a new item of a list.
pub(super) trait New<'v> {
    /// The new item.
    fn value(&self) -> Option<&Value<'v>>;
}

impl<'v> New<'v> for Value<'v> {
    fn value(&self) -> Option<&Value<'v>> {
        Some(self)
    }
}

impl<'v> New<'v> for Item<'v> {
    fn value(&self) -> Option<&Value<'v>> {
        if let Item::New(value) = self { Some(value) } else { None }
    }
}

/// A line break and spaces.
const LINE: &str = "\n                                                                ";

/// Writes spaces.
pub(super) fn indent(out: &mut String, count: usize) {
    let spaces = &LINE[1..];
    let mut left = count;
    while left > spaces.len() {
        out.push_str(spaces);
        left -= spaces.len();
    }
    out.push_str(&spaces[..left]);
}

/// Writes a line break and indentation.
pub(super) fn new_line(out: &mut String, line_break: &str, column: usize) {
    match LINE.get(..=column) {
        Some(line) if line_break == "\n" => out.push_str(line),
        _ => unusual_line(out, line_break, column),
    }
}

#[cold]
fn unusual_line(out: &mut String, line_break: &str, column: usize) {
    out.push_str(line_break);
    indent(out, column);
}

#[inline]
pub(super) fn plain_or_quoted(text: &str, flow: bool, quoted: bool, out: &mut String) {
    if !quoted && scalar::is_plain_safe(text, flow) {
        out.push_str(text);
    } else {
        scalar::write_double_quoted(text, out);
    }
}

impl Block {
    /// `key: value`, the key in `column`.
    pub(super) fn field(
        key: &str,
        value: &Value<'_>,
        column: usize,
        lowering: &mut Lowering<'_, '_>,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        plain_or_quoted(key, false, false, out);
        out.push(':');
        Self::value(value, column, lowering, out)
    }

    /// What follows `key:`, the key in `column`.
    #[inline]
    pub(super) fn value(
        value: &Value<'_>,
        column: usize,
        lowering: &mut Lowering<'_, '_>,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        match value {
            Value::Seq(items) if !items.is_empty() => {
                let column = column + lowering.offset();
                new_line(out, lowering.line_break, column);
                Self::items(items, column, lowering, out)
            }
            Value::Map(fields) if !fields.is_empty() => {
                let column = column + lowering.step();
                new_line(out, lowering.line_break, column);
                Self::fields(fields, column, lowering, out)
            }
            value => {
                out.push(' ');
                inline(value, out);
                Ok(())
            }
        }
    }

    /// `- item`, the dash in `column`.
    pub(super) fn item(
        item: &Value<'_>,
        column: usize,
        lowering: &mut Lowering<'_, '_>,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        if let Value::Moved(moved) = item {
            return lowering.write_item(moved, column, out);
        }
        out.push_str("- ");
        match item {
            Value::Map(fields) if !fields.is_empty() => Self::fields(fields, column + 2, lowering, out),
            Value::Seq(items) if !items.is_empty() => Self::items(items, column + 2, lowering, out),
            value => {
                inline(value, out);
                Ok(())
            }
        }
    }

    /// Fields, each on a line of its own but for the first, whose line has been begun.
    fn fields(
        fields: &[(Cow<'_, str>, Value<'_>)],
        column: usize,
        lowering: &mut Lowering<'_, '_>,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        for (at, (key, value)) in fields.iter().enumerate() {
            if at > 0 {
                new_line(out, lowering.line_break, column);
            }
            Self::field(key, value, column, lowering, out)?;
        }
        Ok(())
    }

    /// Items in the same way, dashes in `column`.
    pub(super) fn items<'v>(
        items: &[impl New<'v>],
        column: usize,
        lowering: &mut Lowering<'_, '_>,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        for (at, item) in items.iter().filter_map(New::value).enumerate() {
            if at > 0 {
                new_line(out, lowering.line_break, column);
            }
            Self::item(item, column, lowering, out)?;
        }
        Ok(())
    }
}

/// A scalar or an empty collection, in block style.
#[inline]
fn inline(value: &Value<'_>, out: &mut String) {
    match value {
        Value::Str(text) => plain_or_quoted(text, false, false, out),
        Value::Raw(text) => out.push_str(text),
        Value::Seq(_) => out.push_str("[]"),
        Value::Map(_) | Value::Moved(_) => out.push_str("{}"),
    }
}

impl Flow {
    /// Flow style within one line.
    pub(super) fn inline(quoted: bool) -> Self {
        Self { quoted, minified: false, step: None, blank: ' ' }
    }

    /// Writes a line break and indentation.
    pub(super) fn new_line(self, line_break: &str, indent: usize, out: &mut String) {
        out.push_str(line_break);
        out.extend(std::iter::repeat_n(self.blank, indent));
    }

    fn colon(self) -> &'static str {
        // Only behind a key in quotes no blank need follow.
        if self.minified && self.quoted { ":" } else { ": " }
    }

    /// `key: value`; `indent` is the indentation of the line that it is on.
    pub(super) fn field(
        self,
        key: &str,
        value: &Value<'_>,
        indent: usize,
        lowering: &mut Lowering<'_, '_>,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        plain_or_quoted(key, true, self.quoted, out);
        out.push_str(self.colon());
        self.value(value, indent, lowering, out)
    }

    /// A value; `indent` is the indentation of the line that it begins on.
    pub(super) fn value(
        self,
        value: &Value<'_>,
        indent: usize,
        lowering: &mut Lowering<'_, '_>,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        match value {
            Value::Str(text) => plain_or_quoted(text, true, self.quoted, out),
            Value::Raw(text) => out.push_str(text),
            Value::Moved(moved) => lowering.write_flow(moved, out)?,
            Value::Seq(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    self.begin(at == 0, indent, lowering.line_break, out);
                    self.value(item, self.inner(indent), lowering, out)?;
                }
                self.end(items.is_empty(), indent, lowering.line_break, out);
                out.push(']');
            }
            Value::Map(fields) => {
                out.push('{');
                for (at, (key, value)) in fields.iter().enumerate() {
                    self.begin(at == 0, indent, lowering.line_break, out);
                    self.field(key, value, self.inner(indent), lowering, out)?;
                }
                self.end(fields.is_empty(), indent, lowering.line_break, out);
                out.push('}');
            }
        }
        Ok(())
    }

    /// The indentation of what lies in a collection with this one.
    fn inner(self, indent: usize) -> usize {
        indent + self.step.unwrap_or(0)
    }

    /// What stands before an entry.
    fn begin(self, is_first: bool, indent: usize, line_break: &str, out: &mut String) {
        if !is_first {
            out.push(',');
        }
        match self.step {
            Some(step) => self.new_line(line_break, indent + step, out),
            None if !is_first && !self.minified => out.push(' '),
            None => {}
        }
    }

    /// What stands behind the last entry.
    fn end(self, is_empty: bool, indent: usize, line_break: &str, out: &mut String) {
        if !is_empty && self.step.is_some() {
            self.new_line(line_break, indent, out);
        }
    }
}
