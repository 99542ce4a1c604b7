//! Comments between the brackets of a flow collection, and whose they are.
//!
//! An entry's are those above it, from the line behind the entry before it on, and that on its own line. What is below
//! the last one's line is the collection's own.

use super::entries;
use crate::edit::{Unwritable, chunk, layout};
use crate::span::Span;
use crate::syntax::{NodeId, Tree};

/// Whether there are comments between the brackets that no entry has.
pub(in crate::edit) fn has_own_comment(tree: &Tree<'_>, id: NodeId) -> bool {
    let span = tree.span(id);
    chunk::holds_comment(&tree.text()[below(tree, span, &entries(tree, id))..span.end as usize])
}

/// Where what no entry has begins: behind the last one's line, which may be the bracket.
pub(super) fn below(tree: &Tree<'_>, span: Span, entries: &[Span]) -> usize {
    let line_end = entries.last().map(|last| layout::line_end(tree, last.end as usize));
    line_end.unwrap_or(span.start as usize + 1).min(span.end as usize - 1)
}

/// Where what stays begins, when all entries go: the bracket, or comments that no entry has.
pub(super) fn tail(tree: &Tree<'_>, span: Span, entries: &[Span]) -> Result<usize, Unwritable> {
    let below = below(tree, span, entries);
    let rest = &tree.text()[below..span.end as usize - 1];
    if !chunk::holds_comment(rest) {
        return Ok(span.end as usize - 1);
    }
    // A comma below could not stand alone.
    if layout::lines(rest).any(|line| line.trim_ascii_start().starts_with(',')) {
        return Err(in_the_way(span));
    }
    Ok(below)
}

/// Whether there are comments between the brackets, and not within an entry.
pub(in crate::edit) fn holds_comments(tree: &Tree<'_>, id: NodeId) -> bool {
    if !chunk::holds_comment(tree.source(id)) {
        return false;
    }
    let entries = entries(tree, id);
    beside(tree, tree.span(id), &entries, 0..entries.len())
}

/// Whether there are comments before, between or behind these entries: they would go with them, or come to stand
/// somewhere else.
pub(super) fn beside(tree: &Tree<'_>, span: Span, entries: &[Span], range: std::ops::Range<usize>) -> bool {
    let before = range.start.checked_sub(1).map_or(span.start + 1, |before| entries[before].end);
    let behind = entries.get(range.end).map_or(span.end - 1, |behind| behind.start);
    let starts = entries[range.clone()].iter().map(|entry| entry.start).chain([behind]);
    let ends = std::iter::once(before).chain(entries[range].iter().map(|entry| entry.end));
    let comment_in =
        |from: u32, to: u32| tree.text().get(from as usize..to as usize).is_some_and(chunk::holds_comment);
    ends.zip(starts).any(|(from, to)| comment_in(from, to))
}

pub(super) fn in_the_way(span: Span) -> Unwritable {
    Unwritable {
        message: "a flow list that has to be written anew holds comments".to_owned(),
        span,
        help: "write the list in block style, an item a line",
    }
}
