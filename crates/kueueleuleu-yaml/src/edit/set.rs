//! Another value in the place of one: on its key's line, on its own, or below its key.

use super::lower::Lowering;
use super::render::{Block, Flow};
use super::{Unwritable, Value, flow, layout};
use crate::syntax::{Kind, NodeId};

/// Where a value stands: decides how it can be replaced.
#[derive(Clone, Copy)]
struct Seat {
    /// The mapping's key, where the value belongs to one.
    key: Option<NodeId>,
    in_flow: bool,
}

impl Lowering<'_, '_> {
    fn seat(&self, key: Option<NodeId>) -> Seat {
        let in_flow = self.writer.path.last().is_some_and(|&parent| self.tree.kind(parent).is_flow());
        Seat { key, in_flow }
    }

    /// Puts another value in the place of `id`.
    pub(super) fn set(
        &mut self,
        id: NodeId,
        value: &Value<'_>,
        key: Option<NodeId>,
    ) -> Result<(), Unwritable> {
        let seat = self.seat(key);
        self.refuse_tag(id, value, seat)?;
        self.writer.anchors.set(self.tree, id);
        self.destination = self.tree.span(id).start as usize;
        let mut out = self.room();
        match (seat.in_flow, seat.key) {
            (true, key) => self.set_in_flow(id, value, key, &mut out)?,
            (false, Some(key)) => self.set_behind(id, value, key, &mut out)?,
            (false, None) => self.set_item(id, value, &mut out)?,
        }
        self.writer.scratch = out;
        Ok(())
    }

    /// Puts another value in the place of one of a flow collection.
    fn set_in_flow(
        &mut self,
        id: NodeId,
        value: &Value<'_>,
        key: Option<NodeId>,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        let span = self.tree.span(id);
        let (start, end) = (span.start as usize, span.end as usize);
        // Nothing stands there: perhaps no colon either, and no blank behind it.
        if let (Kind::Empty, Some(key)) = (self.tree.kind(id), key) {
            let has_colon = self.text[self.end(key)..start].contains(':');
            out.push_str(if has_colon { " " } else { ": " });
        }
        let indent = flow::indentation(self.tree, start);
        let style = self.flow_style(*self.writer.path.last().unwrap_or(&id));
        style.value(value, indent, self, out)?;
        self.splice(start, end, out);
        Ok(())
    }

    /// Puts another item behind the dash of one.
    fn set_item(&mut self, id: NodeId, value: &Value<'_>, out: &mut String) -> Result<(), Unwritable> {
        let column = layout::column(self.tree, self.tree.lead(id));
        Block::item(value, column, self, out)?;
        let span = self.tree.span(id);
        self.splice(span.start as usize, span.end as usize, &out["- ".len()..]);
        Ok(())
    }

    /// Puts another value behind the key of one, or below it.
    fn set_behind(
        &mut self,
        id: NodeId,
        value: &Value<'_>,
        key: NodeId,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        let span = self.tree.span(id);
        let (start, end) = (span.start as usize, span.end as usize);
        let column = layout::column(self.tree, self.tree.lead(key));
        match value {
            Value::Seq(items) if self.wants_flow(items)? => {
                let flow = Flow::inline(self.quotes(items));
                out.push(' ');
                flow.value(value, column, self, out)?;
            }
            _ => Block::value(value, column, self, out)?,
        }
        let colon = self.behind_colon(key, start)?;
        let behind_key = layout::line_end(self.tree, colon);
        let has_lines = out.starts_with(self.line_break);
        if let (false, Some(comment)) = (has_lines, self.header_comment(id)) {
            out.push(' ');
            out.push_str(comment);
        }
        let own_line = start > behind_key;
        if own_line && !has_lines && !self.tree.kind(id).is_block() {
            // The old scalar is on a line of its own: so is the new one.
            self.splice(start, end, &out[1..]);
        } else if own_line {
            let line = layout::previous_break(self.text, layout::line_start(self.tree, start));
            let below = self.below(value, column, end);
            // A comment behind or below what is no list was not an entry's.
            let line_end = layout::line_end(self.tree, end);
            let has_comment =
                !self.tree.kind(id).is_block() && !self.text[end..line_end].trim_ascii().is_empty();
            let at = match has_lines {
                true if has_comment || below > line_end => below,
                true => line,
                false => colon,
            };
            self.cut_from_line(line, end);
            self.splice(at, at, out);
        } else if has_lines && end <= behind_key {
            // Behind the comment that the key's line may have.
            self.cut_from_line(colon.min(start), end);
            let at = self.below(value, column, end);
            self.splice(at, at, out);
        } else {
            self.splice(colon.min(start), end, out);
        }
        Ok(())
    }

    /// Where the comments end below a value that ends at `end`: they were the key's, and those that are deeper than an
    /// entry would become the last one's.
    fn below(&mut self, value: &Value<'_>, column: usize, end: usize) -> usize {
        let further = if matches!(value, Value::Seq(_)) { self.offset() } else { self.step() };
        layout::entry_end(self.tree, column + further, end)
    }

    /// A tag before the old value says what the new one is not. It goes only where all behind the key does.
    fn refuse_tag(&self, id: NodeId, value: &Value<'_>, seat: Seat) -> Result<(), Unwritable> {
        let start = self.tree.span(id).start as usize;
        let stays = seat.in_flow || seat.key.is_none() || layout::is_first_on_line(self.tree, start);
        let fits = matches!(value, Value::Str(_)) && self.tree.is_tagged_string(id);
        if stays && self.tree.is_tagged(id) && !fits {
            return Err(Unwritable {
                message: "a value with a tag would have to be replaced".to_owned(),
                span: self.tree.span(id),
                help: "take the tag away",
            });
        }
        Ok(())
    }

    /// The comment behind the `|` or `>` of a block scalar, which goes with it.
    fn header_comment(&self, id: NodeId) -> Option<&str> {
        let start = self.tree.span(id).start as usize;
        let header = &self.text[start..layout::line_end(self.tree, start)];
        (self.tree.kind(id) == Kind::BlockScalar)
            .then(|| header.find('#').map(|at| header[at..].trim_ascii_end()))?
    }

    /// Takes a value off its line, whose end may hold a comment. Blanks behind it were its own: a tab behind a lone
    /// colon is no YAML.
    pub(super) fn cut_from_line(&mut self, start: usize, end: usize) {
        let rest = &self.text[end..layout::line_end(self.tree, end)];
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if blanks == rest.len() {
            self.splice(start, end + blanks, "");
        } else if rest[..blanks].contains('\t') {
            self.splice(start, end + blanks, " ");
        } else {
            self.splice(start, end, "");
        }
    }

    /// Where the colon ends that stands between a key and its value at `value`.
    fn behind_colon(&self, key: NodeId, value: usize) -> Result<usize, Unwritable> {
        let key_end = self.end(key);
        let is_explicit = self.tree.lead(key) < self.tree.props(key);
        if !is_explicit {
            return Ok(self.text[key_end..].find(':').map_or(value, |at| key_end + at + 1));
        }
        // Behind a `?` and its key the colon begins a line of its own.
        let mut line = layout::next_line(self.text, layout::line_end(self.tree, key_end));
        while line < value {
            let colon = line + layout::indentation(self.tree, line);
            if self.text[colon..].starts_with(':') {
                return Ok(colon + 1);
            }
            line = layout::next_line(self.text, layout::line_end(self.tree, line));
        }
        Err(Unwritable {
            message: "a `?` key without `:` would have to be given a value".to_owned(),
            span: self.tree.span(key),
            help: "write it as `key:`",
        })
    }
}
