//! Breaks the line of a flow collection if new entries make it too wide.
//!
//! ```yaml
//! command: [sh, -c, "a long script"]   # before words are inserted at the start
//! ```
//!
//! ```yaml
//! command: [/bin/wrapper, -option, --,   # after
//!   sh, -c, "a long script"]
//! ```
//!
//! The breaks are beside and within the new entries alone, so a later removal of these restores the text.

use crate::edit::context::Context;
use crate::edit::hunks::Hunk;
use crate::edit::layout;
use crate::edit::render::{Fill, WIDEST};
use crate::edit::scratch::Scratch;
use crate::edit::style;
use crate::span::Span;
use crate::syntax::{NodeId, NodeKind};
use std::borrow::Cow;
use std::ops::Range;

/// How much of a line is measured: a character has at most four bytes, and a line that is wider is too wide in any case.
const WINDOW: usize = 4 * WIDEST;

/// The column of the further lines of a flow collection; `None` if its line also holds the outermost brackets.
pub(super) fn column(cx: &Context<'_, '_>, id: NodeId) -> Option<usize> {
    let tree = cx.tree;
    let step = Fill::step(cx);
    let mut depth = step;
    let mut child = id;
    for &parent in cx.path.iter().rev().filter(|&&node| node != id) {
        let lead = match tree.kind(parent) {
            NodeKind::BlockMapping | NodeKind::FlowMapping => {
                tree.pairs(parent).find(|&(_, value)| value == child)?.0
            }
            _ => child,
        };
        let lead = tree.lead(lead);
        if !tree.kind(parent).is_flow() || style::begins_line(tree, lead) {
            return Some(layout::column(tree, lead) + depth);
        }
        depth += step;
        child = parent;
    }
    None
}

/// How to fill the lines of new entries if they make their line too wide.
pub(super) fn too_wide(
    cx: &Context<'_, '_>,
    scratch: &Scratch,
    (span, entries): (Span, &[Span]),
    hunk: &Hunk<'_>,
    new: &str,
    column: usize,
) -> Option<Fill> {
    // Entries on lines of their own have a layout.
    if new.is_empty() || new.contains(['\n', '\r']) {
        return None;
    }
    let part = replaced(span, entries, hunk);
    let line = line_around(cx.text, &part);
    let before = edited(cx, scratch, line.start..part.start);
    let after = edited(cx, scratch, part.end..line.end);
    let first_line = cx.text[part.start..line.end].split(['\n', '\r']).next()?;
    let old_width = chars(&cx.text[line.start..part.start]) + chars(first_line);
    let from = chars(before.rsplit(['\n', '\r']).next()?);
    let rest = after.split(['\n', '\r']).next()?;
    if !style::is_too_wide(from + chars(new) + ", ".len() + chars(rest), old_width) {
        return None;
    }
    let closing = rest.len() - rest.trim_start_matches([']', '}', ',']).len();
    let from = if hunk.previous.is_some() { column } else { from };
    Some(Fill::new(cx, from, closing.max(1)))
}

/// The line around a part of the text, or as much of it as is measured: a whole text may be on one line.
fn line_around(text: &str, part: &Range<usize>) -> Range<usize> {
    let from = text.floor_char_boundary(part.start.saturating_sub(WINDOW));
    let to = text.floor_char_boundary(part.end + WINDOW);
    let start = text[from..part.start].rfind(['\n', '\r']).map_or(from, |at| from + at + 1);
    let end = text[part.end..to].find(['\n', '\r']).map_or(to, |at| part.end + at);
    start..end
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

/// The text that the new entries of a hunk replace.
fn replaced(span: Span, entries: &[Span], hunk: &Hunk<'_>) -> Range<usize> {
    let first = entries.first().map_or(span.start + 1, |first| first.start);
    let start = hunk.previous.map_or(first, |previous| entries[previous].end);
    let end = match (hunk.previous, hunk.next) {
        (None, Some(next)) => entries[next].start,
        _ => hunk.removed.clone().next_back().map_or(start, |last| entries[last].end),
    };
    start as usize..end as usize
}

/// A part of a line, with the last edits there.
fn edited<'t>(cx: &Context<'_, 't>, scratch: &Scratch, part: Range<usize>) -> Cow<'t, str> {
    // Edits are made nearly in the order of the text, so the search ends at the first one far above.
    let latest = scratch.draft.since(scratch.before_line).rev();
    let near = latest.take_while(|(span, _)| span.end as usize >= part.start.saturating_sub(WINDOW));
    let is_within =
        |(span, _): &(Span, &str)| span.start as usize >= part.start && span.end as usize <= part.end;
    let mut edits: Vec<_> = near.filter(is_within).collect();
    // Edits at one offset are applied in the order in which they were made.
    edits.reverse();
    if edits.is_empty() {
        return Cow::Borrowed(&cx.text[part]);
    }
    edits.sort_by_key(|(span, _)| span.start);
    let (mut text, mut at) = (String::new(), part.start);
    for (span, new) in edits {
        // Removals may overlap a value that was edited before.
        let start = (span.start as usize).max(at);
        text.extend([&cx.text[at..start], new]);
        at = (span.end as usize).max(at);
    }
    text.push_str(&cx.text[at..part.end]);
    Cow::Owned(text)
}
