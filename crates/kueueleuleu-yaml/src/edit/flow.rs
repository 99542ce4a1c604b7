//! Entries of flow collections: `[…]` and `{…}`, JSON included.

mod comments;
mod style;
mod to_block;

use super::layout;
use super::lower::Lowering;
use super::render::{self, Flow, New};
use super::slots::{Hole, Slots};
use super::{Field, Unwritable, chunk};
use crate::span::Span;
use crate::syntax::{Kind, NodeId, Tree};
pub(super) use comments::{has_own_comment, holds_comments};
use std::borrow::Cow;
use style::begins_line;
pub(super) use style::{indentation, quotes, style};
pub(super) use to_block::list_as_block;

/// Changes the items of a flow sequence.
pub(super) fn list<'v>(
    lowering: &mut Lowering<'_, '_>,
    id: NodeId,
    slots: Slots<'_>,
    items: &[impl New<'v>],
) -> Result<(), Unwritable> {
    lower(lowering, id, slots, &mut |style, lowering, new, indent, out| match items[new].value() {
        Some(value) => style.value(value, indent, lowering, out),
        None => Ok(()),
    })
}

/// Changes the entries of a flow mapping.
pub(super) fn map(
    lowering: &mut Lowering<'_, '_>,
    id: NodeId,
    slots: Slots<'_>,
    fields: &[(Cow<'_, str>, Field<'_>)],
) -> Result<(), Unwritable> {
    lower(lowering, id, slots, &mut |style, lowering, new, indent, out| match &fields[new] {
        (key, Field::Insert { value, .. }) => style.field(key, value, indent, lowering, out),
        _ => Ok(()),
    })
}

/// Where the entries of a flow collection stand.
fn entries(tree: &Tree<'_>, id: NodeId) -> Vec<Span> {
    let mut entries = Vec::new();
    look_up_entries(tree, id, &mut entries);
    entries
}

/// The same, in a row that is there already.
fn look_up_entries(tree: &Tree<'_>, id: NodeId, out: &mut Vec<Span>) {
    let end = |id: NodeId| (tree.span(id).end as usize).max(tree.props(id));
    out.clear();
    if tree.kind(id) == Kind::FlowMapping {
        let entry = |(key, value)| Span::new(tree.props(key), end(value).max(end(key)));
        out.extend(tree.pairs(id).map(entry));
    } else {
        out.extend(tree.children(id).map(|item| Span::new(tree.props(item), end(item))));
    }
}

/// Writes what is new, by its number in the edit, in a style and with an indentation.
type Render<'r, 'l, 't> =
    dyn FnMut(Flow, &mut Lowering<'l, 't>, usize, usize, &mut String) -> Result<(), Unwritable> + 'r;

fn lower<'l, 't>(
    lowering: &mut Lowering<'l, 't>,
    id: NodeId,
    slots: Slots<'_>,
    render: &mut Render<'_, 'l, 't>,
) -> Result<(), Unwritable> {
    let style = style(lowering, id);
    let tree = lowering.tree;
    let span = tree.span(id);
    let mut room = std::mem::take(&mut lowering.writer.spans);
    look_up_entries(tree, id, &mut room);
    let entries = &room[..];
    let outer = || indentation(tree, span.start as usize);
    let spread = entries.first().is_some_and(|first| begins_line(tree, first.start as usize));
    let indent = match entries.first() {
        Some(first) if spread => layout::column(tree, first.start as usize),
        // What is on one line is not indented.
        Some(_) => 0,
        None => outer() + style.step.unwrap_or(0),
    };
    let line = (spread || (entries.is_empty() && style.step.is_some())).then_some(indent);
    let separator = match line {
        Some(indent) => {
            let mut separator = String::from(",");
            style.new_line(lowering.line_break, indent, &mut separator);
            Cow::Owned(separator)
        }
        None if style.minified => Cow::Borrowed(","),
        None => Cow::Borrowed(", "),
    };
    for hole in slots.holes() {
        lowering.destination = hole.before.map_or(span.start, |before| entries[before].end) as usize;
        let mut joined = lowering.room();
        for (at, number) in hole.inserted().enumerate() {
            if at > 0 {
                joined.push_str(&separator);
            }
            render(style, lowering, number, indent, &mut joined)?;
        }
        match (hole.before, hole.behind) {
            (None, None) if entries.is_empty() => {
                fill(lowering, span, &joined, line.map(|indent| (style, indent)), outer());
            }
            (None, None) => only(lowering, span, entries, &hole, &joined)?,
            _ => between(lowering, span, entries, &hole, &joined, &separator)?,
        }
        lowering.writer.scratch = joined;
    }
    lowering.writer.spans = room;
    Ok(())
}

/// There was no entry: the new ones stand in front of comments, if there are any.
fn fill(
    lowering: &mut Lowering<'_, '_>,
    span: Span,
    joined: &str,
    line: Option<(Flow, usize)>,
    outer: usize,
) {
    let (open, close) = (span.start as usize + 1, span.end as usize - 1);
    let inside = &lowering.text[open..close];
    let has_comment = chunk::holds_comment(inside);
    let mut text = String::new();
    if let Some((style, indent)) = line {
        style.new_line(lowering.line_break, indent, &mut text);
        text += joined;
        style.new_line(lowering.line_break, outer, &mut text);
    } else {
        text += joined;
        // A comment behind the bracket was not the last entry's.
        if inside.trim_start_matches([' ', '\t']).starts_with('#') {
            render::new_line(&mut text, lowering.line_break, outer + 1);
        }
    }
    lowering.splice(open, if has_comment { open } else { close }, &text);
}

/// No entry is kept: the new ones take the place of all.
fn only(
    lowering: &mut Lowering<'_, '_>,
    span: Span,
    entries: &[Span],
    hole: &Hole<'_>,
    joined: &str,
) -> Result<(), Unwritable> {
    let (open, close) = (span.start as usize + 1, span.end as usize - 1);
    let may_have_comments = chunk::holds_comment(&lowering.text[open..close]);
    let tail = if may_have_comments { comments::tail(lowering.tree, span, entries)? } else { close };
    let theirs = Span::new(span.start as usize, tail + 1);
    let has_comments =
        may_have_comments && comments::beside(lowering.tree, theirs, entries, 0..entries.len());
    if hole.inserted().next().is_none() {
        if has_comments {
            return Err(comments::in_the_way(span));
        }
        lowering.splice(open, tail, "");
    } else if tail < close || has_comments {
        // The comments of the items go where the items go.
        lowering.splice(open, tail, joined);
    } else {
        let (first, last) = (entries[0], entries[entries.len() - 1]);
        lowering.splice(first.start as usize, last.end as usize, joined);
    }
    Ok(())
}

/// Changes beside a kept entry.
fn between(
    lowering: &mut Lowering<'_, '_>,
    span: Span,
    entries: &[Span],
    hole: &Hole<'_>,
    joined: &str,
    separator: &str,
) -> Result<(), Unwritable> {
    if joined.is_empty()
        && let Some((start, end)) = whole_lines(lowering.tree, span, entries, hole)
    {
        lowering.splice(start, end, "");
        return Ok(());
    }
    if !hole.removed.is_empty() && comments::beside(lowering.tree, span, entries, hole.removed.clone()) {
        return Err(comments::in_the_way(span));
    }
    match (hole.before, hole.behind) {
        (Some(before), _) => {
            let end = entries[before].end as usize;
            // A colon without a value needs a blank behind it: older readers take `a:,` and `a:}` for one word.
            if lowering.text[..end].ends_with(':') {
                lowering.splice(end, end, " ");
            }
            if !joined.is_empty() {
                insert_behind(lowering, end, hole.behind.is_none(), joined, separator);
            }
            if let Some(last) = hole.removed.clone().next_back() {
                lowering.splice(end, entries[last].end as usize, "");
            }
        }
        (None, Some(behind)) => {
            let start = entries[0].start as usize;
            let bracket_line = layout::line_end(lowering.tree, span.start as usize);
            let is_spread = bracket_line < start && separator.contains(lowering.line_break);
            if hole.removed.is_empty()
                && is_spread
                && chunk::holds_comment(&lowering.text[bracket_line..start])
            {
                // Comments above the first entry are its own.
                let lines = &separator[1..];
                lowering.splice(bracket_line, bracket_line, &format!("{lines}{joined},"));
                return Ok(());
            }
            let text = if joined.is_empty() { String::new() } else { format!("{joined}{separator}") };
            lowering.splice(start, entries[behind].start as usize, &text);
        }
        (None, None) => unreachable!("handled where no entry is kept"),
    }
    Ok(())
}

/// The lines of removed entries that have them for themselves, with their commas; a comment behind what is before
/// them stays, and so do those below.
fn whole_lines(tree: &Tree<'_>, span: Span, entries: &[Span], hole: &Hole<'_>) -> Option<(usize, usize)> {
    let text = tree.text();
    let before = hole.before.map_or(span.start + 1, |before| entries[before].end) as usize;
    let removed = &entries[hole.removed.clone()];
    let (start, end) = (removed.first()?.start as usize, removed.last()?.end as usize);
    let line_end = layout::line_end(tree, end);
    let is_alone = text[end..line_end].trim_ascii() == "," && begins_line(tree, start);
    let mut gaps = removed.windows(2).map(|pair| &text[pair[0].end as usize..pair[1].start as usize]);
    let above = layout::previous_break(text, layout::line_start(tree, start));
    let follows = text.get(before..above).is_some_and(|gap| !gap.contains(['\n', '\r']));
    // The comment behind the bracket goes with the first entry, should that move.
    let takes = hole.before.is_none() && text.get(before..above).is_some_and(chunk::holds_comment);
    (is_alone && follows && !takes && !gaps.any(chunk::holds_comment)).then_some((above, line_end))
}

/// Inserts behind the entry that ends at `end`. A comment on its line stays with it.
fn insert_behind(lowering: &mut Lowering<'_, '_>, end: usize, is_last: bool, joined: &str, separator: &str) {
    let text = lowering.text;
    let line_end = layout::line_end(lowering.tree, end);
    let rest = text[end..line_end].trim_ascii_start();
    let (comma, rest) = rest.strip_prefix(',').map_or((false, rest), |rest| (true, rest.trim_ascii_start()));
    if (is_last || comma) && rest.starts_with('#') && separator.len() > 2 {
        let lines = &separator[1..];
        if comma {
            lowering.splice(line_end, line_end, &format!("{lines}{joined},"));
        } else {
            lowering.splice(end, end, ",");
            lowering.splice(line_end, line_end, &format!("{lines}{joined}"));
        }
    } else {
        lowering.splice(end, end, &format!("{separator}{joined}"));
    }
}
