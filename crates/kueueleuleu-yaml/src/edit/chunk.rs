//! A list item on its way from one list to another: its source text, with its comments.
//!
//! The text is never written anew. In block style its lines are shifted by one delta; in flow style it is taken as
//! it is.

use super::Unwritable;
use super::layout::{self, Entry};
use super::render::{indent, new_line};
use crate::span::Span;
use crate::syntax::{Kind, NodeId, Tree, scalar};

/// What an item can become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// It stands in a flow list, or is a mapping in braces.
    Flowable,
    /// It stands in a block list, and could stand in a flow list.
    OneLine,
    /// It has comments or is written in block style, so it needs a line of its own.
    NeedsLine,
}

#[derive(Clone, Copy, Debug)]
enum From {
    /// The column of its dash, which its lines are relative to. The text begins behind the dash.
    Block {
        column: usize,
    },
    Flow,
}

/// The place of a list item, and what else it takes along when it moves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk<'t> {
    pub(super) item: NodeId,
    /// Its text.
    pub(super) span: Span,
    /// The blank lines above it, each with the line break before it.
    blanks: &'t str,
    /// The lines above it that may be its comments.
    above: &'t str,
    /// The comment on its last line, for an item of a flow list.
    trail: Option<&'t str>,
    from: From,
}

impl<'t> Chunk<'t> {
    /// An item of a block sequence; `before` is the end of the item before it.
    pub(super) fn of_block(tree: &Tree<'t>, item: NodeId, before: impl FnOnce() -> usize) -> Self {
        let text = tree.text();
        let Entry { lead, column, start, end } = layout::item(tree, item);
        let blanks = layout::above(tree, start, before).map_or("", |blanks| &text[blanks]);
        Self {
            item,
            span: Span::new(lead + 1, end),
            blanks,
            above: &text[start..lead],
            trail: None,
            from: From::Block { column },
        }
    }

    /// An item of a flow sequence; `before` is the end of the item before it, or of the bracket.
    pub(super) fn of_flow(tree: &Tree<'t>, item: NodeId, before: usize, is_first: bool) -> Self {
        let text = tree.text();
        let (start, end) = (tree.props(item), tree.span(item).end as usize);
        let gap = &text[before..start];
        // What stands on the line of the item before belongs to that one.
        let is_shared = !is_first && holds_comment(gap);
        let others = if is_shared { layout::lines(gap).next().map_or(0, str::len) } else { 0 };
        // Behind the bracket it is the list's.
        let is_between = |byte: &&u8| matches!(byte, b' ' | b'\t' | b',');
        let behind = end + text.as_bytes()[end..].iter().take_while(is_between).count();
        let has_trail = text.as_bytes().get(behind) == Some(&b'#');
        Self {
            item,
            span: Span::new(start, end),
            blanks: "",
            above: &gap[others..],
            trail: has_trail.then(|| text[behind..layout::line_end(tree, behind)].trim_ascii_end()),
            from: From::Flow,
        }
    }

    /// An item of a flow sequence without comments.
    pub(super) fn of_bare_flow(tree: &Tree<'t>, item: NodeId) -> Self {
        let span = Span::new(tree.props(item), tree.span(item).end as usize);
        Self { item, span, blanks: "", above: "", trail: None, from: From::Flow }
    }

    /// What the item can become.
    pub(super) fn form(&self, tree: &Tree<'_>) -> Form {
        if holds_comment(self.above) || self.trail.is_some() {
            return Form::NeedsLine;
        }
        if let From::Flow = self.from {
            return Form::Flowable;
        }
        let is_alone =
            || tree.text()[tree.span(self.item).end as usize..self.span.end as usize].trim_ascii().is_empty();
        let is_one_line = || is_alone() && !tree.source(self.item).contains(['\n', '\r']);
        match tree.kind(self.item) {
            Kind::Plain if is_one_line() && scalar::is_plain_safe(tree.scalar(self.item), true) => {
                Form::OneLine
            }
            Kind::Quoted if is_one_line() => Form::OneLine,
            Kind::FlowMapping if is_one_line() => Form::Flowable,
            _ => Form::NeedsLine,
        }
    }

    /// Writes it as an item of a block list, the dash in `column`, where a line has been begun; its comments and blank
    /// lines stand above it. `body` is its text, which may have been edited.
    pub(super) fn write_item(
        &self,
        body: &str,
        column: usize,
        line_break: &'static str,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        if !self.blanks.is_empty() {
            let line = out.trim_end_matches(' ').len();
            let before = layout::previous_break(out, line);
            // Beside a dash or colon there is no line to stand above.
            if before < line {
                out.insert_str(before, self.blanks);
            }
        }
        if holds_comment(self.above) {
            for comment in layout::lines(self.above).filter_map(comment) {
                out.push_str(comment);
                new_line(out, line_break, column);
            }
        }
        out.push('-');
        if let From::Flow = self.from {
            out.push(' ');
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

    /// Writes it as an item of a flow list. `body` is its text, which may have been edited.
    pub(super) fn write_flow(&self, body: &str, tree: &Tree<'_>, out: &mut String) -> Result<(), Unwritable> {
        if self.form(tree) == Form::NeedsLine {
            return Err(Unwritable {
                message: "an item with a comment or in block style would have to join a flow list".to_owned(),
                span: self.span,
                help: "write the list in block style, an item a line",
            });
        }
        out.push_str(body.trim_ascii());
        Ok(())
    }

    /// Writes the lines behind the first one, for a dash in `column`.
    fn write_shifted(&self, lines: &str, column: usize, out: &mut String) -> Result<(), Unwritable> {
        let shift = match self.from {
            From::Block { column: old } => column.cast_signed() - old.cast_signed(),
            // Deeper than the dash is all that a flow collection or a quoted scalar asks for.
            From::Flow => {
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
            // A blank line has no content that a shift could take it below, a comment can stand anywhere.
            let wanted = spaces.cast_signed() + shift;
            if wanted < 0 && !blank && !rest.starts_with('#') {
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

/// The comment on a line between the items of a flow list.
pub(super) fn comment(line: &str) -> Option<&str> {
    line.find('#').map(|at| line[at..].trim_ascii_end())
}

/// Whether a gap between the items of a flow collection holds a comment.
pub(super) fn holds_comment(gap: &str) -> bool {
    gap.as_bytes().contains(&b'#')
}

/// Whether a node is a sequence that items can be taken from.
pub(super) fn is_list(kind: Kind) -> bool {
    matches!(kind, Kind::BlockSequence | Kind::FlowSequence)
}
