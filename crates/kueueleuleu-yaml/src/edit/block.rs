//! Entries of block collections: inserted and removed by whole lines.
//!
//! An entry's lines are those that [`Entries`] gives it, and the blank lines above them. Comments between entries that
//! belong to none of them stay where they are.

use super::layout::{self, Entries};
use super::lower::Lowering;
use super::render::{self, Block, Flow};
use super::slots::{Hole, Slots};
use super::{Field, Item, Lent, Unwritable, Value};
use crate::span::Span;
use crate::splice::Draft;
use crate::syntax::NodeId;
use std::borrow::Cow;
use std::ops::Range;

/// Changes the items of a block sequence.
pub(super) fn list(
    lowering: &mut Lowering<'_, '_>,
    id: NodeId,
    nodes: &[NodeId],
    slots: Slots<'_>,
    items: &[Item<'_>],
) -> Result<(), Unwritable> {
    lower(lowering, id, nodes, slots, &mut |lowering, hole, column, out| {
        Block::items(hole.items(items), column, lowering, out)
    })
}

/// Puts items behind the last one of a block sequence.
pub(super) fn append(
    lowering: &mut Lowering<'_, '_>,
    id: NodeId,
    items: &Lent<'_, Value<'_>>,
) -> Result<(), Unwritable> {
    let tree = lowering.tree;
    let last = [tree.children(id).last().expect("impossible: a block sequence has items")];
    let entries = Entries::of(tree, id, &last);
    let end = entries.end(0);
    lowering.destination = end;
    let mut new = lowering.room();
    render::new_line(&mut new, lowering.line_break, entries.column);
    Block::items(items, entries.column, lowering, &mut new)?;
    insert_at_line_end(lowering, end, &new);
    lowering.writer.scratch = new;
    Ok(())
}

/// Changes the entries of a block mapping.
pub(super) fn map(
    lowering: &mut Lowering<'_, '_>,
    id: NodeId,
    nodes: &[NodeId],
    slots: Slots<'_>,
    fields: &[(Cow<'_, str>, Field<'_>)],
) -> Result<(), Unwritable> {
    lower(lowering, id, nodes, slots, &mut |lowering, hole, column, out| {
        for (at, number) in hole.inserted().enumerate() {
            let (key, Field::Insert { value, .. }) = &fields[number] else { continue };
            if at > 0 {
                render::new_line(out, lowering.line_break, column);
            }
            if let Value::Seq(items) = value
                && lowering.wants_flow(items)?
            {
                let flow = Flow::inline(lowering.quotes(items));
                render::plain_or_quoted(key, false, false, out);
                out.push_str(": ");
                flow.value(value, column, lowering, out)?;
            } else {
                Block::field(key, value, column, lowering, out)?;
            }
        }
        Ok(())
    })
}

/// Writes what is new in a hole, in a column.
type Render<'r, 'l, 't> =
    dyn FnMut(&mut Lowering<'l, 't>, &Hole<'_>, usize, &mut String) -> Result<(), Unwritable> + 'r;

fn lower<'l, 't>(
    lowering: &mut Lowering<'l, 't>,
    id: NodeId,
    nodes: &[NodeId],
    slots: Slots<'_>,
    render: &mut Render<'_, 'l, 't>,
) -> Result<(), Unwritable> {
    let entries = Entries::of(lowering.tree, id, nodes);
    let column = entries.column;
    for hole in slots.holes() {
        let end_before = hole.before.map(|before| entries.end(before));
        lowering.destination = end_before.unwrap_or_else(|| entries.start(0));
        let above_first = match hole.before {
            Some(_) => None,
            None => layout::above(lowering.tree, lowering.destination, || 0),
        };
        // Only what takes the place of an entry beside a dash does not begin a line.
        let begins_line = hole.before.is_some() || above_first.is_some();
        let mut new = lowering.room();
        if hole.inserted().next().is_some() {
            if begins_line {
                render::new_line(&mut new, lowering.line_break, column);
            }
            render(lowering, &hole, column, &mut new)?;
        }
        match (end_before, above_first) {
            // Behind a kept one.
            (Some(end), _) => {
                if !new.is_empty() {
                    insert_at_line_end(lowering, end, &new);
                }
                remove_lines(lowering, entries, hole.removed);
            }
            (None, Some(Range { start: at, .. })) if !new.is_empty() || hole.behind.is_some() => {
                lowering.splice(at, at, &new);
                if !hole.removed.is_empty() {
                    lowering.splice(at, entries.end(0), "");
                    remove_lines(lowering, entries, 1..hole.removed.end);
                }
            }
            _ => in_front(lowering, entries, &hole, column, &mut new, id),
        }
        lowering.writer.scratch = new;
    }
    Ok(())
}

/// Changes before the first kept entry, which shares its line with a dash or begins the text; or nothing is left.
fn in_front(
    lowering: &mut Lowering<'_, '_>,
    entries: Entries<'_>,
    hole: &Hole<'_>,
    column: usize,
    new: &mut String,
    id: NodeId,
) {
    let text = lowering.text;
    let mut removed = hole.removed.clone();
    let Some(first) = removed.next() else {
        let start = entries.start(0);
        render::new_line(new, lowering.line_break, column);
        lowering.splice(start, start, new);
        return;
    };
    if new.is_empty() && hole.behind.is_none() {
        empty(lowering, entries, id);
        return;
    }
    if !new.is_empty() {
        lowering.splice(entries.start(first), entries.end(first), new);
        remove_lines(lowering, entries, removed);
        return;
    }
    // Nothing takes the first place: what comes next moves up to it, a kept entry or a comment that stays.
    let mut from = entries.start(first);
    let mut end = entries.end(first);
    for at in first + 1..=hole.removed.end {
        let next = text.len() - text[end..].trim_ascii_start().len();
        let moves_up = at < entries.len() && entries.start(at) == next;
        lowering.splice(from, next, "");
        if !moves_up {
            remove_lines(lowering, entries, at..hole.removed.end);
            return;
        }
        from = next;
        end = entries.end(at);
    }
}

/// Nothing is left: an empty collection in flow style.
fn empty(lowering: &mut Lowering<'_, '_>, entries: Entries<'_>, id: NodeId) {
    let is_mapping = lowering.tree.kind(id) == crate::syntax::Kind::BlockMapping;
    // A sequence may stand in its key's column; brackets must stand deeper.
    let own_line = layout::is_first_on_line(lowering.tree, entries.start(0));
    let brackets = match (is_mapping, own_line) {
        (true, _) => "{}",
        (false, true) => "  []",
        (false, false) => "[]",
    };
    lowering.splice(entries.start(0), entries.end(0), brackets);
    remove_lines(lowering, entries, 1..entries.len());
}

/// Removes whole entries with the line breaks before them.
#[inline]
fn remove_lines(lowering: &mut Lowering<'_, '_>, entries: Entries<'_>, removed: Range<usize>) {
    for at in removed {
        remove_line(lowering, entries, at);
    }
}

fn remove_line(lowering: &mut Lowering<'_, '_>, entries: Entries<'_>, at: usize) {
    let from = above(lowering, entries, at).unwrap_or_else(|| entries.start(at));
    lowering.splice(from, entries.end(at), "");
}

/// Where the line ends that the entry and the blank lines above it follow, if it begins a line.
fn above(lowering: &Lowering<'_, '_>, entries: Entries<'_>, at: usize) -> Option<usize> {
    let before = || at.checked_sub(1).map_or(0, |before| entries.end(before));
    layout::above(lowering.tree, entries.start(at), before).map(|blanks| blanks.start)
}

/// Inserts lines behind the line that ends at `at`. A block scalar that the end of the text cuts off gets its
/// chomping stated, since the line break that it gets now would become part of its value.
fn insert_at_line_end(lowering: &mut Lowering<'_, '_>, at: usize, text: &str) {
    if at == lowering.text.len()
        && let Some(header) = lowering.tree.unterminated_block_scalar()
    {
        let already = lowering.writer.draft.spans().any(|span| span == header);
        // One that moves takes its header along.
        if !already && !lowering.writer.anchors.is_gone(header) {
            terminate(lowering.text, header, &mut lowering.writer.draft);
        }
    }
    lowering.splice(at, at, text);
}

/// States the chomping of a block scalar without a last line break, for when it gets one.
pub(super) fn terminate(text: &str, header: Span, draft: &mut Draft) {
    let old = &text[header.range()];
    let new = old.replace('+', "");
    let text = if new.contains('-') { new } else { new + "-" };
    if text != old {
        draft.push(header, &text, 0);
    }
}
