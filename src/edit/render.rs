//! New values to text.
//!
//! Knows how a value is written in a style; where it goes, and in which style, is decided elsewhere.

use super::{Moved, Unwritable, Value};
use crate::yaml::scalar;
use std::borrow::Cow;

/// How block text is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    /// The line break.
    pub(super) line_break: &'static str,
}

/// How flow text is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flow {
    /// The line break.
    pub(super) line_break: &'static str,
    /// Strings and keys in double quotes.
    pub(super) quoted: bool,
    /// No blanks after `,` and `:`.
    pub(super) minified: bool,
    /// One entry a line, and this many columns further in.
    pub(super) step: Option<usize>,
    /// What lines are indented with: a space, or in JSON perhaps a tab.
    pub(super) blank: char,
}

/// What is written into: knows what stands around, and where moved items come from.
pub(super) trait Source {
    /// How many columns a mapping is indented under its key.
    fn step(&mut self) -> usize;

    /// How many columns a sequence is indented under its key.
    fn offset(&mut self) -> usize;

    /// Writes an item of a block list, the dash in `column`.
    fn item(
        &mut self,
        style: Block,
        item: &Value<'_>,
        column: usize,
        out: &mut String,
    ) -> Result<(), Unwritable>;

    /// Writes a moved item with its comments as one of a block list, the dash in `column`.
    fn write_item(&mut self, moved: &Moved<'_>, column: usize, out: &mut String) -> Result<(), Unwritable>;

    /// Writes a moved item as one of a flow list.
    fn write_flow(&mut self, moved: &Moved<'_>, out: &mut String) -> Result<(), Unwritable>;
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
        &self,
        key: &str,
        value: &Value<'_>,
        column: usize,
        source: &mut dyn Source,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        plain_or_quoted(key, false, false, out);
        out.push(':');
        self.value(value, column, source, out)
    }

    /// What follows `key:`, the key in `column`.
    #[inline]
    pub(super) fn value(
        &self,
        value: &Value<'_>,
        column: usize,
        source: &mut dyn Source,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        match value {
            Value::Seq(items) if !items.is_empty() => {
                let column = column + source.offset();
                new_line(out, self.line_break, column);
                self.items(items, column, source, out)
            }
            Value::Map(fields) if !fields.is_empty() => {
                let column = column + source.step();
                new_line(out, self.line_break, column);
                self.fields(fields, column, source, out)
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
        &self,
        item: &Value<'_>,
        column: usize,
        source: &mut dyn Source,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        if let Value::Moved(moved) = item {
            return source.write_item(moved, column, out);
        }
        if let Value::Map(fields) = item
            && !fields.is_empty()
        {
            return self.mapping(fields, column, source, out);
        }
        out.push_str("- ");
        match item {
            Value::Seq(items) if !items.is_empty() => self.items(items, column + 2, source, out),
            value => {
                inline(value, out);
                Ok(())
            }
        }
    }

    /// The same of a mapping that has fields.
    pub(super) fn mapping(
        &self,
        fields: &[(Cow<'_, str>, Value<'_>)],
        column: usize,
        source: &mut dyn Source,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        out.push_str("- ");
        self.fields(fields, column + 2, source, out)
    }

    /// Fields, each on a line of its own but for the first, whose line has been begun.
    fn fields(
        &self,
        fields: &[(Cow<'_, str>, Value<'_>)],
        column: usize,
        source: &mut dyn Source,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        for (at, (key, value)) in fields.iter().enumerate() {
            if at > 0 {
                new_line(out, self.line_break, column);
            }
            self.field(key, value, column, source, out)?;
        }
        Ok(())
    }

    /// Items in the same way.
    fn items(
        &self,
        items: &[Value<'_>],
        column: usize,
        source: &mut dyn Source,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                new_line(out, self.line_break, column);
            }
            source.item(*self, item, column, out)?;
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
    pub(super) fn inline(line_break: &'static str, quoted: bool) -> Self {
        Self { line_break, quoted, minified: false, step: None, blank: ' ' }
    }

    /// Writes a line break and indentation.
    pub(super) fn new_line(self, out: &mut String, indent: usize) {
        out.push_str(self.line_break);
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
        source: &mut dyn Source,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        plain_or_quoted(key, true, self.quoted, out);
        out.push_str(self.colon());
        self.value(value, indent, source, out)
    }

    /// A value; `indent` is the indentation of the line that it begins on.
    pub(super) fn value(
        self,
        value: &Value<'_>,
        indent: usize,
        source: &mut dyn Source,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        match value {
            Value::Str(text) => plain_or_quoted(text, true, self.quoted, out),
            Value::Raw(text) => out.push_str(text),
            Value::Moved(moved) => source.write_flow(moved, out)?,
            Value::Seq(items) => {
                let items = items.iter().map(|item| (None, item));
                self.collection(('[', ']'), items, indent, source, out)?;
            }
            Value::Map(fields) => {
                let fields = fields.iter().map(|(key, value)| (Some(&**key), value));
                self.collection(('{', '}'), fields, indent, source, out)?;
            }
        }
        Ok(())
    }

    fn collection<'v, 'a: 'v>(
        self,
        (open, close): (char, char),
        entries: impl Iterator<Item = (Option<&'v str>, &'v Value<'a>)>,
        indent: usize,
        source: &mut dyn Source,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        out.push(open);
        let mut any = false;
        for (key, value) in entries {
            if any {
                out.push(',');
            }
            match self.step {
                Some(step) => self.new_line(out, indent + step),
                None if any && !self.minified => out.push(' '),
                None => {}
            }
            any = true;
            let indent = indent + self.step.unwrap_or(0);
            match key {
                Some(key) => self.field(key, value, indent, source, out)?,
                None => self.value(value, indent, source, out)?,
            }
        }
        if any && self.step.is_some() {
            self.new_line(out, indent);
        }
        out.push(close);
        Ok(())
    }
}
