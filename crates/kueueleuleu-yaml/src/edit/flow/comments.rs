//! Decides which entry of a flow collection owns a comment.
//!
//! ```yaml
//! [a, # of a
//!  # of b
//!  b,
//!  # of the collection
//! ]
//! ```

use super::entries::entries;
use crate::edit::change::Unwritable;
use crate::edit::context::Context;
use crate::edit::layout;
use crate::span::Span;
use crate::syntax::{NodeId, Tree};
use std::ops::Range;

/// Whether the collection has comments that no entry owns.
pub(in crate::edit) fn has_own_comment(cx: &Context<'_, '_>, id: NodeId) -> bool {
    let span = cx.tree.span(id);
    cx.has_comment(below(cx.tree, span, &entries(cx.tree, id))..span.end as usize)
}

/// Where the collection's own comments begin: after the line of the last entry, or of the bracket.
pub(in crate::edit) fn below(tree: &Tree<'_>, span: Span, entries: &[Span]) -> usize {
    let line_end = entries.last().map(|last| layout::line_end(tree, last.end as usize));
    line_end.unwrap_or(span.start as usize).min(span.end as usize - 1)
}

/// The start of the text that stays when all entries go: the collection's own comments, or the closing bracket.
pub(super) fn tail(cx: &Context<'_, '_>, span: Span, entries: &[Span]) -> Result<usize, Unwritable> {
    let (below, bracket) = (below(cx.tree, span, entries), span.end as usize - 1);
    if !cx.has_comment(below..bracket) {
        return Ok(bracket);
    }
    // A comma below would be left alone.
    if layout::lines(&cx.text[below..bracket]).any(|line| line.trim_ascii_start().starts_with(',')) {
        return Err(in_the_way(span));
    }
    Ok(below)
}

/// Whether there are comments between the brackets, outside of the entries.
pub(in crate::edit) fn holds_comments(cx: &Context<'_, '_>, id: NodeId) -> bool {
    if !cx.has_comment(cx.tree.span(id).range()) {
        return false;
    }
    let entries = entries(cx.tree, id);
    beside(cx, cx.tree.span(id), &entries, 0..entries.len())
}

/// Whether there are comments directly before, between or after these entries.
pub(super) fn beside(cx: &Context<'_, '_>, span: Span, entries: &[Span], range: Range<usize>) -> bool {
    let before = range.start.checked_sub(1).map_or(span.start, |before| entries[before].end);
    let next = entries.get(range.end).map_or(span.end, |next| next.start);
    let starts = entries[range.clone()].iter().map(|entry| entry.start).chain([next]);
    let ends = std::iter::once(before).chain(entries[range].iter().map(|entry| entry.end));
    ends.zip(starts).any(|(from, to)| cx.has_comment(from as usize..to as usize))
}

pub(super) fn in_the_way(span: Span) -> Unwritable {
    Unwritable {
        message: "a flow list that must be rewritten contains comments".to_owned(),
        span,
        help: "write the list in block style, an item a line",
    }
}
