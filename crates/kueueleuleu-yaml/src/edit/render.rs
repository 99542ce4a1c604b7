//! Writes values as text in a given style.
//!
//! Does not know where the text goes, and does not choose the style.
//!
//! ```yaml
//! command: [sh, -c] # flow style
//! args:             # block style
//! - echo
//! ```

use super::change::{Unwritable, Value};
use super::context::Context;
use super::kyaml::Kyaml;
use super::layout;
use super::lines::{NewText, indent, new_line};
use super::relocate::Moves;
use crate::syntax::{NodeKind, scalar};
use std::borrow::Cow;

/// The widest line that an edit writes, in columns, if the text has no wider one there.
pub(super) const WIDEST: usize = 120;

/// A style of flow text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Flow {
    /// Strings and keys in double quotes.
    pub(super) quoted: bool,
    /// No blanks after `,` and `:`.
    pub(super) minified: bool,
    /// Each entry on a line of its own, indented by this many columns.
    pub(super) step: Option<usize>,
    /// The character of the indentation: a space, or in JSON perhaps a tab.
    pub(super) blank: char,
    /// KYAML: keys without quotes, `[{` and `}]` together, and perhaps a comma after the last entry.
    pub(super) kyaml: Option<Kyaml>,
    /// Line breaks only before entries that would make their line too wide.
    pub(super) fill: Option<Fill>,
}

/// Where filled lines begin and end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fill {
    /// The column in which the text begins.
    from: usize,
    step: usize,
    /// The width of what may follow on the last line: a comma and brackets.
    rest: usize,
}

impl Fill {
    pub(super) fn new(cx: &Context<'_, '_>, from: usize, rest: usize) -> Self {
        Self { from, step: Self::step(cx), rest }
    }

    /// How much deeper than its own line a collection goes on: not far, even in a text that is indented more.
    pub(super) fn step(cx: &Context<'_, '_>) -> usize {
        cx.step().min(8)
    }
}

impl Flow {
    /// Flow style within one line.
    pub(super) fn inline(quoted: bool) -> Self {
        Self { quoted, minified: false, step: None, blank: ' ', kyaml: None, fill: None }
    }

    /// The style of KYAML.
    pub(super) fn kyaml(kyaml: Kyaml) -> Self {
        Self { step: Some(kyaml.step), kyaml: Some(kyaml), ..Self::inline(true) }
    }

    /// Writes a line break and indentation.
    pub(super) fn new_line(self, line_break: &str, indent: usize, out: &mut String) {
        out.push_str(line_break);
        out.extend(std::iter::repeat_n(self.blank, indent));
    }

    fn colon(self) -> &'static str {
        // Only a quoted key may have no blank after its colon.
        if self.minified && self.quoted { ":" } else { ": " }
    }

    /// The indentation of the values in a collection with this indentation.
    fn inner(self, indent: usize) -> usize {
        indent + self.step.unwrap_or(0)
    }

    /// Writes the comma, line break and blanks before an entry.
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

    /// Writes the comma and line break after the last entry.
    fn end(self, is_empty: bool, indent: usize, line_break: &str, out: &mut String) {
        if !is_empty && self.step.is_some() {
            out.push_str(if self.kyaml.is_some_and(|kyaml| kyaml.trailing) { "," } else { "" });
            self.new_line(line_break, indent, out);
        }
    }
}

#[inline]
pub(super) fn plain_or_quoted(text: &str, flow: bool, quoted: bool, out: &mut String) {
    if !quoted && scalar::is_plain_safe(text, flow) {
        out.push_str(text);
    } else {
        scalar::write_double_quoted(text, out);
    }
}

/// A scalar or an empty collection, in block style.
fn inline(value: &Value<'_>, out: &mut String) {
    match value {
        Value::Str(text) => plain_or_quoted(text, false, false, out),
        Value::Raw(text) => out.push_str(text),
        Value::Seq(_) => out.push_str("[]"),
        Value::Map(_) | Value::Moved(_) => out.push_str("{}"),
    }
}

/// Writes values at some place of a document.
#[derive(Clone, Copy)]
pub(super) struct Render<'r, 'c, 't> {
    pub(super) cx: &'r Context<'c, 't>,
    /// The items to which moved values refer.
    pub(super) moves: &'r Moves<'t>,
}

impl<'r, 'c, 't> Render<'r, 'c, 't> {
    pub(super) fn new(cx: &'r Context<'c, 't>, moves: &'r Moves<'t>) -> Self {
        Self { cx, moves }
    }
}

type Written = Result<(), Unwritable>;

/// Block style.
impl Render<'_, '_, '_> {
    /// Writes `key: value`, the key in `column`.
    pub(super) fn field(self, key: &str, value: &Value<'_>, column: usize, out: &mut NewText) -> Written {
        plain_or_quoted(key, false, false, &mut out.text);
        out.text.push(':');
        // A list of words in a new value is in flow style, as people write it.
        let is_word = |item: &Value<'_>| matches!(item, Value::Str(_) | Value::Raw(_));
        if let Value::Seq(items) = value
            && !items.is_empty()
            && items.iter().all(is_word)
        {
            let mut inline = NewText::default();
            self.flow(Flow::inline(false), value, column, &mut inline)?;
            if column + key.chars().count() + ": ".len() + inline.text.chars().count() <= WIDEST {
                out.text.push(' ');
                out.text.push_str(&inline.text);
                return Ok(());
            }
        }
        self.below(value, column, out)
    }

    /// Writes a value after `key:`, the key in `column`.
    pub(super) fn below(self, value: &Value<'_>, column: usize, out: &mut NewText) -> Written {
        match value {
            Value::Seq(items) if !items.is_empty() => {
                let column = column + self.cx.offset();
                new_line(&mut out.text, self.cx.line_break(), column);
                self.items(items.iter(), column, out)
            }
            Value::Map(fields) if !fields.is_empty() => {
                let column = column + self.cx.step();
                new_line(&mut out.text, self.cx.line_break(), column);
                self.fields(fields, column, out)
            }
            value => {
                out.text.push(' ');
                inline(value, &mut out.text);
                Ok(())
            }
        }
    }

    /// Writes `- item`, the dash in `column`.
    pub(super) fn item(self, item: &Value<'_>, column: usize, out: &mut NewText) -> Written {
        let dash = self.cx.dash();
        if let Value::Moved(moved) = item {
            let moved = self.moves.get(moved);
            out.moved.push(moved.number);
            return moved.source.write_item(&moved.body, (column, dash), self.cx.line_break(), &mut out.text);
        }
        out.text.push('-');
        indent(&mut out.text, dash - 1);
        self.contents(item, column + dash, out)
    }

    /// Writes a collection, its keys or dashes in `column`; or a scalar. The indentation of the first line is written
    /// already.
    pub(super) fn contents(self, value: &Value<'_>, column: usize, out: &mut NewText) -> Written {
        match value {
            Value::Map(fields) if !fields.is_empty() => self.fields(fields, column, out),
            Value::Seq(items) if !items.is_empty() => self.items(items.iter(), column, out),
            value => {
                inline(value, &mut out.text);
                Ok(())
            }
        }
    }

    /// Writes fields on a line each. The indentation of the first line is written already.
    fn fields(self, fields: &[(Cow<'_, str>, Value<'_>)], column: usize, out: &mut NewText) -> Written {
        for (at, (key, value)) in fields.iter().enumerate() {
            if at > 0 {
                new_line(&mut out.text, self.cx.line_break(), column);
            }
            self.field(key, value, column, out)?;
        }
        Ok(())
    }

    /// Writes items in the same way, the dashes in `column`.
    pub(super) fn items<'i, 'v: 'i>(
        self,
        items: impl Iterator<Item = &'i Value<'v>>,
        column: usize,
        out: &mut NewText,
    ) -> Written {
        for (at, item) in items.enumerate() {
            if at > 0 {
                new_line(&mut out.text, self.cx.line_break(), column);
            }
            self.item(item, column, out)?;
        }
        Ok(())
    }
}

/// Flow style. `indent` is the indentation of the line that the text begins on.
impl Render<'_, '_, '_> {
    /// `key: value`
    pub(super) fn flow_field(
        self,
        style: Flow,
        key: &str,
        value: &Value<'_>,
        indent: usize,
        out: &mut NewText,
    ) -> Written {
        plain_or_quoted(key, true, style.quoted && style.kyaml.is_none(), &mut out.text);
        out.text.push_str(style.colon());
        self.flow(style, value, indent, out)
    }

    /// A value.
    pub(super) fn flow(self, style: Flow, value: &Value<'_>, indent: usize, out: &mut NewText) -> Written {
        let line_break = self.cx.line_break();
        out.has_new |= matches!(value, Value::Str(_) | Value::Raw(_));
        match value {
            Value::Str(text) => plain_or_quoted(text, true, style.quoted, &mut out.text),
            Value::Raw(text) => out.text.push_str(text),
            Value::Moved(moved) => {
                let moved = self.moves.get(moved);
                out.moved.push(moved.number);
                let kyaml = style.kyaml.map(|_| indent);
                moved.source.write_flow(self.cx.tree, &moved.body, (moved.form, kyaml), &mut out.text)?;
            }
            Value::Seq(items) if style.kyaml.is_some() && self.cuddles(items) => {
                out.text.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.text.push_str(if at > 0 { ", " } else { "" });
                    self.flow(style, item, indent, out)?;
                }
                out.text.push(']');
            }
            Value::Seq(items) => {
                out.text.push('[');
                for (at, item) in items.iter().enumerate() {
                    self.entry(style, at == 0, indent, out, &|style, indent, out| {
                        self.flow(style, item, indent, out)
                    })?;
                }
                style.end(items.is_empty(), indent, line_break, &mut out.text);
                out.text.push(']');
            }
            Value::Map(fields) => {
                out.text.push('{');
                for (at, (key, value)) in fields.iter().enumerate() {
                    self.entry(style, at == 0, indent, out, &|style, indent, out| {
                        self.flow_field(style, key, value, indent, out)
                    })?;
                }
                style.end(fields.is_empty(), indent, line_break, &mut out.text);
                out.text.push('}');
            }
        }
        Ok(())
    }

    /// An entry of a collection, after its separator. `write` gets the style and the indentation of the entry.
    fn entry(
        self,
        style: Flow,
        is_first: bool,
        indent: usize,
        out: &mut NewText,
        write: &dyn Fn(Flow, usize, &mut NewText) -> Written,
    ) -> Written {
        if let Some(fill) = style.fill {
            let inner = Flow { fill: Some(Fill { rest: fill.rest + 1, ..fill }), ..style };
            return self.fill(inner, (is_first, true), indent + fill.step, out, write);
        }
        style.begin(is_first, indent, self.cx.line_break(), &mut out.text);
        write(style, style.inner(indent), out)
    }

    /// An entry after its separator. It is on the current line if it fits there, else on the next one, in `column`, if
    /// a line break may precede it; if that is too narrow, the lines within the entry are filled.
    pub(super) fn fill(
        self,
        style: Flow,
        (is_first, may_break): (bool, bool),
        column: usize,
        out: &mut NewText,
        write: &dyn Fn(Flow, usize, &mut NewText) -> Written,
    ) -> Written {
        let whole = Flow { fill: None, ..style };
        let fits = |out: &NewText| style.fill.is_none_or(|fill| out.column(fill.from) + fill.rest <= WIDEST);
        let before = out.mark();
        out.text.push_str(if is_first { "" } else { ", " });
        let mut start = out.mark();
        write(whole, column, out)?;
        if may_break && !fits(out) {
            out.truncate(before);
            out.text.push_str(if is_first { "" } else { "," });
            style.new_line(self.cx.line_break(), column, &mut out.text);
            start = out.mark();
            write(whole, column, out)?;
        }
        if !fits(out) {
            out.truncate(start);
            write(style, column, out)?;
        }
        Ok(())
    }

    /// Whether the brackets of a list are beside the braces of its items: `[{` and `}]`.
    fn cuddles(self, items: &[Value<'_>]) -> bool {
        let is_beside = |item: &Value<'_>| match item {
            Value::Map(fields) => !fields.is_empty(),
            Value::Moved(moved) => {
                let moved = self.moves.get(moved);
                let begins_line = layout::is_first_on_line(self.cx.tree, moved.source.span.start as usize);
                self.cx.tree.kind(moved.source.item) == NodeKind::FlowMapping && !begins_line
            }
            _ => false,
        };
        !items.is_empty() && items.iter().all(is_beside)
    }
}
