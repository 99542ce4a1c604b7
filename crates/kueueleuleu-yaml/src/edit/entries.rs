//! Finds where the entries of a block collection begin and end, with their comments.
//!
//! ```yaml
//! # of a          <- the start of the entry
//! - name: a # too
//!     # deeper: also of a, its end
//! # of b
//! - name: b
//! ```
//!
//! This module only reads.

use super::context::Context;
use super::layout;
use super::trivia::TriviaLine;
use crate::syntax::{NodeId, NodeKind, Tree};
use std::ops::Range;

/// The blank lines directly above an entry, each with the line break before it. The entry owns them, unless a comment
/// in its own column is above them. `before` gives the end of the previous entry. `None` if the entry does not begin a
/// line, or begins the text.
pub(super) fn above(
    cx: &Context<'_, '_>,
    start: usize,
    before: impl FnOnce() -> usize,
) -> Option<Range<usize>> {
    let (tree, text) = (cx.tree, cx.text);
    let first = layout::line_begun(tree, start)?;
    let directly = layout::previous_break(text, first);
    if directly == first {
        return None;
    }
    let mut end = directly;
    let mut lines = cx.lines_above(first);
    let mut next = lines.next();
    while let Some(TriviaLine { line, comment: None }) = next {
        let break_before = layout::previous_break(text, line.start as usize);
        if break_before == line.start as usize {
            break;
        }
        end = break_before;
        next = lines.next();
    }
    // Without the blank lines the comment would become that of the next text there.
    if end == directly || next.and_then(|above| above.comment) == Some(start - first) {
        return Some(directly..directly);
    }
    // Blank lines may be the last ones of a block scalar.
    Some(end.max(before())..directly)
}

/// The extent of an entry of a block collection.
#[derive(Clone, Copy, Debug)]
pub(super) struct EntryExtent {
    /// The start of its dash or key.
    pub(super) lead: usize,
    /// The column of its dash or key.
    pub(super) column: usize,
    /// The start of its comment lines above, or `lead`.
    pub(super) start: usize,
    /// The end of its last line, without the line break. Its comment and deeper comment lines below belong to it.
    pub(super) end: usize,
}

/// The entries of a block collection. Their extents are looked up on demand, since an edit needs few of them.
#[derive(Clone, Copy)]
pub(super) struct Entries<'e, 'c, 't> {
    cx: &'e Context<'c, 't>,
    /// The items, or the keys and values in turn.
    nodes: &'e [NodeId],
    /// The number of nodes of an entry.
    per_entry: usize,
    /// The column of all dashes or keys.
    pub(super) column: usize,
}

impl<'e, 'c, 't> Entries<'e, 'c, 't> {
    /// The entries of `id`, whose children are `nodes`.
    pub(super) fn of(cx: &'e Context<'c, 't>, id: NodeId, nodes: &'e [NodeId]) -> Self {
        let tree = cx.tree;
        let per_entry = if tree.kind(id) == NodeKind::BlockSequence { 1 } else { 2 };
        let column = nodes.first().map_or(0, |&first| layout::column(tree, tree.lead(first)));
        Self { cx, nodes, per_entry, column }
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len() / self.per_entry
    }

    /// The start of the dash or key.
    pub(super) fn lead(&self, at: usize) -> usize {
        self.cx.tree.lead(self.nodes[at * self.per_entry])
    }

    /// The start of the entry's comment lines above, or of its dash or key.
    pub(super) fn start(&self, at: usize) -> usize {
        if self.per_entry == 1 {
            item_start(self.cx, self.lead(at), self.column)
        } else {
            entry_start(self.cx, self.lead(at))
        }
    }

    /// The end of its last line, as [`EntryExtent::end`].
    pub(super) fn end(&self, at: usize) -> usize {
        let last = self.nodes[at * self.per_entry + self.per_entry - 1];
        entry_end(self.cx, self.column, end_of_value(self.cx.tree, last))
    }
}

/// The end of a value, or of the anchor or tag of an empty value.
fn end_of_value(tree: &Tree, value: NodeId) -> usize {
    (tree.span(value).end as usize).max(tree.props(value))
}

/// The extent of one item of a block sequence.
pub(super) fn item(cx: &Context<'_, '_>, item: NodeId) -> EntryExtent {
    let lead = cx.tree.lead(item);
    let column = layout::column(cx.tree, lead);
    let end = entry_end(cx, column, end_of_value(cx.tree, item));
    EntryExtent { lead, column, start: item_start(cx, lead, column), end }
}

/// The end of an entry in `column` whose value ends at `end`, with the comment on its line and deeper comments below.
pub(super) fn entry_end(cx: &Context<'_, '_>, column: usize, end: usize) -> usize {
    let line_end = layout::line_end(cx.tree, end);
    let deeper =
        cx.lines_below(line_end).take_while(|below| below.comment.is_some_and(|found| found > column));
    deeper.last().map_or(line_end, |below| below.line.end as usize)
}

/// The start of the comments above the dash at `lead`: all that are not deeper than the list, with blank lines between.
fn item_start(cx: &Context<'_, '_>, lead: usize, column: usize) -> usize {
    let Some(first) = layout::line_begun(cx.tree, lead) else { return lead };
    let not_deeper =
        cx.lines_above(first).take_while(|above| above.comment.is_none_or(|found| found <= column));
    let comments = not_deeper.filter_map(|above| Some(above.line.start as usize + above.comment?));
    comments.last().unwrap_or(lead)
}

/// The start of the comment lines directly above the key at `lead`, in its column.
fn entry_start(cx: &Context<'_, '_>, lead: usize) -> usize {
    let Some(first) = layout::line_begun(cx.tree, lead) else { return lead };
    let column = lead - first;
    let beside = cx.lines_above(first).take_while(|above| above.comment == Some(column));
    beside.last().map_or(lead, |above| above.line.start as usize + column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{Documents, Shape};

    #[test]
    fn an_item_owns_the_comments_above_it_but_for_deeper_ones() {
        let text = "a:\n  # odd\n\n# above\n\n# too\n- x # own\n  # deeper\n\n  # not mine\n- y\n";
        let mut documents = Documents::new(text, &Shape::ALL);
        let tree = documents.next_document().unwrap().unwrap();
        let (_, list) = tree.pairs(tree.root().unwrap()).next().unwrap();
        let cx = Context::new(tree, tree.root().unwrap(), Vec::new());
        let entry = item(&cx, tree.children(list).next().unwrap());
        assert_eq!(&text[entry.start..entry.end], "# above\n\n# too\n- x # own\n  # deeper");
    }
}
