//! Takes a list item with its comments from the source, and writes it to another list.
//!
//! The source is kept: in block style all lines are shifted by the same number of columns, in flow style only their
//! indentation may change.
//!
//! ```yaml
//! # why            <- `above`
//! - - a # one      <- the body begins after the first dash
//!   - b
//! ```

use super::change::Unwritable;
use super::context::Context;
use super::entries::{self, EntryExtent};
use super::layout;
use super::lines::{indent, new_line};
use super::trivia;
use crate::span::Span;
use crate::syntax::{NodeId, NodeKind, Tree, scalar};
use std::ops::Range;

/// Where an item can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// In any list: it is from a flow list, or is a mapping in braces.
    Flowable,
    /// In any list, but it is from a block list.
    OneLine,
    /// In block lists only: it has comments, or is in block style.
    NeedsLine,
}

#[derive(Clone, Copy, Debug)]
enum ItemSource {
    /// The column of its dash. The text begins after the dash, and its lines are shifted relative to it.
    Block {
        column: usize,
    },
    Flow,
}

/// A list item, and the comments and blank lines that move along with it.
#[derive(Clone, Debug)]
pub(super) struct SourceItem<'t> {
    pub(super) item: NodeId,
    /// Its text.
    pub(super) span: Span,
    /// The start of its first comment, or of the item.
    start: usize,
    /// The blank lines above it, each with the line break before it.
    blanks: &'t str,
    /// The comment lines above its dash, with blank lines between them; of an item of a block list.
    above: &'t str,
    /// The comments above it; of an item of a flow list.
    comments: Vec<&'t str>,
    /// The comment on its last line; of an item of a flow list.
    trail: Option<&'t str>,
    from: ItemSource,
}

/// The comments of an item of a flow sequence, above it and on its last line; `before` is the end of the item before
/// it, or the start of the bracket.
pub(super) fn comments_of_flow(
    cx: &Context<'_, '_>,
    item: Span,
    before: usize,
    is_first: bool,
) -> (Vec<Span>, Option<Span>) {
    let (start, end) = (item.start as usize, item.end as usize);
    // A comment on the line of the previous item belongs to that item.
    let line_end = layout::line_end(cx.tree, before);
    let above = if is_first { before } else { line_end.min(start) };
    let is_between = |byte: &&u8| matches!(byte, b' ' | b'\t' | b',');
    let next = end + cx.text.as_bytes()[end..].iter().take_while(is_between).count();
    (cx.comments(above..start).collect(), cx.comments(next..next + 1).next())
}

impl<'t> SourceItem<'t> {
    /// An item of a block sequence; `before` is the end of the item before it.
    pub(super) fn of_block(cx: &Context<'_, 't>, item: NodeId, before: impl FnOnce() -> usize) -> Self {
        let EntryExtent { lead, column, start, end } = entries::item(cx, item);
        let line_start = |at| layout::line_start(cx.tree, at);
        let blanks = entries::above(cx, start, before).map_or("", |blanks| &cx.text[blanks]);
        Self {
            item,
            span: Span::new(lead + 1, end),
            start,
            blanks,
            comments: Vec::new(),
            above: &cx.text[line_start(start)..line_start(lead)],
            trail: None,
            from: ItemSource::Block { column },
        }
    }

    /// An item of a flow sequence; `before` is the end of the item before it, or the start of the
    /// bracket.
    pub(super) fn of_flow(cx: &Context<'_, 't>, item: NodeId, before: usize, is_first: bool) -> Self {
        let (start, end) = (cx.tree.props(item), cx.end(item));
        let text = |comment: Span| cx.text[comment.range()].trim_ascii_end();
        let (above, trail) = comments_of_flow(cx, Span::new(start, end), before, is_first);
        Self {
            item,
            span: Span::new(start, end),
            start,
            blanks: "",
            above: "",
            comments: above.into_iter().map(text).collect(),
            trail: trail.map(text),
            from: ItemSource::Flow,
        }
    }

    /// An item of a flow sequence without comments.
    pub(super) fn of_bare_flow(cx: &Context<'_, 't>, item: NodeId) -> Self {
        let span = Span::new(cx.tree.props(item), cx.end(item));
        let start = span.start as usize;
        Self {
            item,
            span,
            start,
            blanks: "",
            above: "",
            comments: Vec::new(),
            trail: None,
            from: ItemSource::Flow,
        }
    }

    /// The range of the item with its comments.
    pub(super) fn whole(&self) -> Range<usize> {
        self.start..self.span.end as usize
    }

    /// The length of the blank lines above it.
    pub(super) fn blanks(&self) -> usize {
        self.blanks.len()
    }

    /// Where the item can be written.
    pub(super) fn form(&self, tree: &Tree<'_>) -> Form {
        if !self.above.is_empty() || !self.comments.is_empty() || self.trail.is_some() {
            return Form::NeedsLine;
        }
        if let ItemSource::Flow = self.from {
            return Form::Flowable;
        }
        let is_alone =
            || tree.text()[tree.span(self.item).end as usize..self.span.end as usize].trim_ascii().is_empty();
        let is_one_line = || is_alone() && !tree.source(self.item).contains(['\n', '\r']);
        match tree.kind(self.item) {
            NodeKind::Plain if is_one_line() && scalar::is_plain_safe(tree.scalar(self.item), true) => {
                Form::OneLine
            }
            NodeKind::Quoted if is_one_line() => Form::OneLine,
            NodeKind::FlowMapping if is_one_line() => Form::Flowable,
            _ => Form::NeedsLine,
        }
    }

    /// Writes it as an item of a block list, the dash in `column`, where a line has been begun, and `dash` columns
    /// before the rest; its comments and blank lines stand above it. `body` is its text, which may have been edited.
    pub(super) fn write_item(
        &self,
        body: &str,
        (column, dash): (usize, usize),
        line_break: &'static str,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        if !self.blanks.is_empty() {
            let line = out.trim_end_matches(' ').len();
            let before = layout::previous_break(out, line);
            // Beside a dash or colon there is no line above.
            if before < line {
                out.insert_str(before, self.blanks);
            }
        }
        if let ItemSource::Block { column: old } = self.from {
            self.write_above(column.cast_signed() - old.cast_signed(), column, out);
        }
        for comment in &self.comments {
            out.push_str(comment);
            new_line(out, line_break, column);
        }
        out.push('-');
        if let ItemSource::Flow = self.from {
            indent(out, dash - 1);
        }
        let (first, rest) = body.split_at(layout::lines(body).next().map_or(0, str::len));
        out.push_str(first);
        if !rest.is_empty() {
            self.write_shifted(rest, column, out)?;
        }
        if let Some(trail) = self.trail {
            out.push(' ');
            out.push_str(trail);
        }
        Ok(())
    }

    /// Writes the lines above the dash, with their own line breaks, where the indentation of a dash in `column` was
    /// begun.
    fn write_above(&self, shift: isize, column: usize, out: &mut String) {
        if self.above.is_empty() {
            return;
        }
        out.truncate(out.trim_end_matches(' ').len());
        for line in layout::lines(self.above) {
            let comment = line.trim_start_matches(' ');
            if comment.trim_ascii().is_empty() {
                out.push_str(line);
            } else {
                let spaces = (line.len() - comment.len()).cast_signed() + shift;
                indent(out, usize::try_from(spaces).unwrap_or(0));
                out.push_str(comment);
            }
        }
        indent(out, column);
    }

    /// Writes it as an item of a flow list. `body` is its text, which may have been edited. In KYAML its lines get the
    /// indentation of the line where it goes. Elsewhere they keep theirs: any is right in flow style, and only so the
    /// item can come back as it was.
    pub(super) fn write_flow(
        &self,
        tree: &Tree<'_>,
        body: &str,
        (form, kyaml): (Form, Option<usize>),
        out: &mut String,
    ) -> Result<(), Unwritable> {
        if form == Form::NeedsLine {
            return Err(Unwritable {
                message: "an item with a comment or in block style would have to join a flow list".to_owned(),
                span: self.span,
                help: "write the list in block style, an item a line",
            });
        }
        let body = body.trim_ascii();
        let old = layout::indentation(tree, self.span.start as usize);
        let Some(new) = kyaml.filter(|&new| new != old && !body.contains('\t')) else {
            out.push_str(body);
            return Ok(());
        };
        for (at, line) in layout::lines(body).enumerate() {
            let rest = line.trim_start_matches(' ');
            if at > 0 && !rest.trim_ascii().is_empty() {
                indent(out, (line.len() - rest.len() + new).saturating_sub(old));
            }
            out.push_str(rest);
        }
        Ok(())
    }

    /// Writes the lines after the first one, for a dash in `column`.
    fn write_shifted(&self, lines: &str, column: usize, out: &mut String) -> Result<(), Unwritable> {
        let shift = match self.from {
            ItemSource::Block { column: old } => column.cast_signed() - old.cast_signed(),
            // A flow collection or a quoted scalar only has to be deeper than the dash.
            ItemSource::Flow => {
                let least = layout::lines(lines)
                    .filter(|line| !line.trim_ascii().is_empty())
                    .map(|line| line.len() - line.trim_start_matches(' ').len())
                    .min();
                least.filter(|&least| least <= column).map_or(0, |least| (column + 2 - least).cast_signed())
            }
        };
        for line in layout::lines(lines) {
            let spaces = line.len() - line.trim_start_matches(' ').len();
            let rest = &line[spaces..];
            let blank = rest.trim_end_matches(['\r', '\n']).is_empty();
            if blank && spaces == 0 {
                out.push_str(line);
                continue;
            }
            // A blank line has no content to shift, and a comment may be in any column.
            let wanted = spaces.cast_signed() + shift;
            if wanted < 0 && !blank && !trivia::may_begin(rest, 0) {
                return Err(Unwritable {
                    message: "an item cannot be moved: one of its lines is indented less than the item"
                        .to_owned(),
                    span: self.span,
                    help: "indent all lines of the item by its dash's column at least, with spaces",
                });
            }
            indent(out, usize::try_from(wanted).unwrap_or(0));
            out.push_str(rest);
        }
        Ok(())
    }
}
