//! Inserts and removes entries of block collections as whole lines.
//!
//! An entry consists of the lines that [`Entries`] gives it and the blank lines above them. Comments between entries
//! that belong to neither stay where they are.
//!
//! ```yaml
//! containers:  # before `b` is removed and `c` appended
//! - name: a
//! # two
//! - name: b
//! ```
//!
//! ```yaml
//! containers:  # after
//! - name: a
//! - name: c
//! ```

use super::block_scalar_guard;
use super::change::{Field, Item, Unwritable, Value};
use super::context::Context;
use super::entries::{self, Entries};
use super::hunks::{Hunk, Hunks};
use super::layout;
use super::lines::{NewText, indent, new_line};
use super::render::{Fill, Flow, Render, plain_or_quoted};
use super::scratch::Scratch;
use super::style;
use crate::syntax::{NodeId, NodeKind};
use std::borrow::Cow;
use std::ops::Range;

/// Changes the items of a block sequence. `nodes` are its items.
pub(super) fn list(
    render: Render<'_, '_, '_>,
    scratch: &mut Scratch,
    id: NodeId,
    nodes: &[NodeId],
    hunks: Hunks<'_>,
    items: &[Item<'_>],
) -> Result<(), Unwritable> {
    edit(render, scratch, id, nodes, hunks, &|hunk, column, out| {
        let new = hunk.inserted().filter_map(|number| match &items[number] {
            Item::New(value) => Some(value),
            Item::Keep(..) => None,
        });
        render.items(new, column, out)
    })
}

/// Appends items to a block sequence.
///
/// ```yaml
/// - a # of a      before `b` is appended
///   # deeper, too
/// ```
///
/// ```yaml
/// - a # of a      after
///   # deeper, too
/// - b
/// ```
pub(super) fn append(
    render: Render<'_, '_, '_>,
    scratch: &mut Scratch,
    id: NodeId,
    items: &[Value<'_>],
) -> Result<(), Unwritable> {
    let cx = render.cx;
    let last = [cx.tree.children(id).last().expect("impossible: a block sequence has items")];
    let entries = Entries::of(cx, id, &last);
    let end = entries.end(0);
    cx.follow_line(end);
    let mut new = NewText::with_room();
    new_line(&mut new.text, cx.line_break(), entries.column);
    render.items(items.iter(), entries.column, &mut new)?;
    scratch.arrive(&new, end);
    insert_at_line_end(render, scratch, end, &new.text);
    Ok(())
}

/// Changes the entries of a block mapping. `nodes` are its keys and values in turn.
pub(super) fn map(
    render: Render<'_, '_, '_>,
    scratch: &mut Scratch,
    id: NodeId,
    nodes: &[NodeId],
    hunks: Hunks<'_>,
    fields: &[(Cow<'_, str>, Field<'_>)],
) -> Result<(), Unwritable> {
    edit(render, scratch, id, nodes, hunks, &|hunk, column, out| {
        for (at, number) in hunk.inserted().enumerate() {
            let (key, Field::Insert { value, .. }) = &fields[number] else { continue };
            if at > 0 {
                new_line(&mut out.text, render.cx.line_break(), column);
            }
            let start = out.text.len();
            plain_or_quoted(key, false, false, &mut out.text);
            let key = Key { column, width: out.text[start..].chars().count(), old_width: 0 };
            out.text.push(':');
            value_of_key(render, value, key, out)?;
        }
        Ok(())
    })
}

/// The key of a value that is written.
#[derive(Clone, Copy)]
pub(super) struct Key {
    pub(super) column: usize,
    /// Its width in columns.
    pub(super) width: usize,
    /// The width of its old line.
    pub(super) old_width: usize,
}

/// Writes a value after the colon of its key. A list is in flow style if the lists around it are.
///
/// ```yaml
/// args: [a, b]    # beside `command: [sh]`
/// ```
///
/// ```yaml
/// args:           # beside block lists
/// - a
/// - b
/// ```
pub(super) fn value_of_key(
    render: Render<'_, '_, '_>,
    value: &Value<'_>,
    key: Key,
    out: &mut NewText,
) -> Result<(), Unwritable> {
    let quoted = style::in_quotes(render.cx, value);
    if let Value::Seq(items) = value
        && style::wants_flow(render, items)
    {
        let before = out.mark();
        out.text.push(' ');
        let start = out.mark();
        let style = Flow::inline(style::are_quoted(render, items));
        let list = quoted.as_ref().unwrap_or(value);
        render.flow(style, list, key.column, out)?;
        let from = key.column + key.width + ": ".len();
        let width = from + out.text[start.0..].chars().count();
        if !style::is_too_wide(width, key.old_width) {
            return Ok(());
        }
        if !render.cx.is_rewritten {
            out.truncate(start);
            let fill = Some(Fill::new(render.cx, from.saturating_sub(out.column(0)), 0));
            return render.flow(Flow { fill, ..style }, list, key.column, out);
        }
        out.truncate(before);
    }
    render.below(quoted.as_ref().unwrap_or(value), key.column, out)
}

/// Writes the inserted entries of a hunk in a column.
type WriteHunk<'w> = dyn Fn(&Hunk<'_>, usize, &mut NewText) -> Result<(), Unwritable> + 'w;

fn edit(
    render: Render<'_, '_, '_>,
    scratch: &mut Scratch,
    id: NodeId,
    nodes: &[NodeId],
    hunks: Hunks<'_>,
    write: &WriteHunk<'_>,
) -> Result<(), Unwritable> {
    let cx = render.cx;
    let entries = Entries::of(cx, id, nodes);
    let column = entries.column;
    for hunk in hunks.iter() {
        let previous_end = hunk.previous.map(|previous| entries.end(previous));
        let destination = previous_end.unwrap_or_else(|| entries.start(0));
        cx.follow_line(destination);
        let above_first = match hunk.previous {
            Some(_) => None,
            None => entries::above(cx, destination, || 0),
        };
        // Only an entry beside a dash, or at the start of the text, does not begin a line.
        let begins_line = hunk.previous.is_some() || above_first.is_some();
        let mut new = NewText::default();
        if hunk.inserted().next().is_some() {
            new = NewText::with_room();
            if begins_line {
                new_line(&mut new.text, cx.line_break(), column);
            }
            write(&hunk, column, &mut new)?;
        }
        scratch.arrive(&new, destination);
        let new = new.text;
        match (previous_end, above_first) {
            // After a kept entry.
            (Some(end), _) => {
                if !new.is_empty() {
                    insert_at_line_end(render, scratch, end, &new);
                }
                remove_lines(scratch, cx, entries, hunk.removed);
            }
            (None, Some(Range { start: at, .. })) if !new.is_empty() || hunk.next.is_some() => {
                scratch.splice(cx, at, at, &new);
                if !hunk.removed.is_empty() {
                    scratch.splice(cx, at, entries.end(0), "");
                    remove_lines(scratch, cx, entries, 1..hunk.removed.end);
                }
            }
            _ => in_front(render, scratch, entries, &hunk, new, id),
        }
    }
    Ok(())
}

/// Makes the changes before the first kept entry, which shares its line with a dash or begins the text; or the changes
/// that leave no entry.
///
/// ```yaml
/// - name: a       # before `name` is removed
///   image: b
/// ```
///
/// ```yaml
/// - image: b      # after
/// ```
fn in_front(
    render: Render<'_, '_, '_>,
    scratch: &mut Scratch,
    entries: Entries<'_, '_, '_>,
    hunk: &Hunk<'_>,
    mut new: String,
    id: NodeId,
) {
    let cx = render.cx;
    let mut removed = hunk.removed.clone();
    let Some(first) = removed.next() else {
        let start = entries.start(0);
        new_line(&mut new, cx.line_break(), entries.column);
        scratch.splice(cx, start, start, &new);
        return;
    };
    if new.is_empty() && hunk.next.is_none() {
        empty(render, scratch, entries, id);
        return;
    }
    if !new.is_empty() {
        scratch.splice(cx, entries.start(first), entries.end(first), &new);
        remove_lines(scratch, cx, entries, removed);
        return;
    }
    // No inserted entry takes the first place, so the next kept entry or comment moves up.
    let mut from = entries.start(first);
    let mut end = entries.end(first);
    for at in first + 1..=hunk.removed.end {
        let next = cx.text.len() - cx.text[end..].trim_ascii_start().len();
        let moves_up = entries.start(at) == next;
        scratch.splice(cx, from, next, "");
        if !moves_up {
            remove_lines(scratch, cx, entries, at..hunk.removed.end);
            return;
        }
        from = next;
        end = entries.end(at);
    }
}

/// Replaces a collection whose entries are all removed by `[]` or `{}`.
fn empty(render: Render<'_, '_, '_>, scratch: &mut Scratch, entries: Entries<'_, '_, '_>, id: NodeId) {
    let cx = render.cx;
    let is_mapping = cx.tree.kind(id) == NodeKind::BlockMapping;
    let start = entries.start(0);
    let mut brackets = NewText::default();
    if layout::is_first_on_line(cx.tree, start) {
        // A sequence may be in the column of its key, but brackets must be deeper. Its first comment may be in any
        // column.
        let column = entries.column + if is_mapping { 0 } else { 2 };
        indent(&mut brackets.text, column.saturating_sub(layout::column(cx.tree, start)));
    }
    brackets.text.push_str(if is_mapping { "{}" } else { "[]" });
    scratch.splice(cx, start, entries.end(0), &brackets.text);
    remove_lines(scratch, cx, entries, 1..entries.len());
}

/// Removes entries with the line breaks before them and the blank lines above them.
fn remove_lines(
    scratch: &mut Scratch,
    cx: &Context<'_, '_>,
    entries: Entries<'_, '_, '_>,
    removed: Range<usize>,
) {
    for at in removed {
        let start = entries.start(at);
        let before = || at.checked_sub(1).map_or(0, |before| entries.end(before));
        let from = entries::above(cx, start, before).map_or(start, |blanks| blanks.start);
        scratch.splice(cx, from, entries.end(at), "");
    }
}

/// Inserts lines after the line that ends at `at`. If the end of the text cuts off a block scalar there, its header
/// gets `-`: the new line break would become part of its value.
fn insert_at_line_end(render: Render<'_, '_, '_>, scratch: &mut Scratch, at: usize, text: &str) {
    let cx = render.cx;
    if at == cx.text.len()
        && let Some(header) = cx.tree.unterminated_block_scalar()
    {
        let already = scratch.draft.spans().any(|span| span == header);
        // A scalar that moves takes its header along.
        if !already && !scratch.aliases.is_gone(header) {
            block_scalar_guard::terminate(cx.text, header, &mut scratch.draft);
        }
    }
    scratch.splice(cx, at, at, text);
}
