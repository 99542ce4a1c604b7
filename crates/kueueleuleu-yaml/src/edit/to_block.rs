//! Rewrites a flow list as a block list.
//!
//! ```yaml
//! args: [a]    # before an item with a comment joins
//! ```
//!
//! ```yaml
//! args:        # after
//! - a
//! # why
//! - b
//! ```

use super::change::{Unwritable, Value};
use super::entries;
use super::flow;
use super::layout;
use super::lines::{NewText, new_line};
use super::render::Render;
use super::scratch::Scratch;
use super::source_item::SourceItem;
use crate::syntax::NodeId;
use std::borrow::Cow;

/// An item of the new list.
pub(super) enum Entry<'e, 't> {
    /// The old item with this index, and its text.
    Kept(usize, SourceItem<'t>, Cow<'t, str>),
    /// A new item.
    New(&'e Value<'e>),
}

/// Writes the flow list `id`, the value of `key`, as a block list of these items.
pub(super) fn list(
    render: Render<'_, '_, '_>,
    scratch: &mut Scratch,
    (key, id): (NodeId, NodeId),
    items: &[Entry<'_, '_>],
) -> Result<(), Unwritable> {
    let cx = render.cx;
    let (tree, text) = (cx.tree, cx.text);
    let span = tree.span(id);
    let old = flow::entries(tree, id);
    let column = layout::column(tree, tree.lead(key)) + cx.offset();
    cx.follow_line(span.start as usize);
    let mut out = NewText::with_room();
    // The list's own comments are written deeper than the dashes: in their column they could become those of the next
    // key.
    for comment in cx.comments(flow::below(tree, span, &old)..span.end as usize) {
        new_line(&mut out.text, cx.line_break(), column + cx.step());
        out.text.push_str(text[comment.range()].trim_ascii_end());
    }
    let mut next = 0;
    for item in items {
        new_line(&mut out.text, cx.line_break(), column);
        match item {
            Entry::Kept(at, source, body) => {
                source.write_item(body, (column, cx.dash()), cx.line_break(), &mut out.text)?;
                next = at + 1;
            }
            Entry::New(value) => {
                render.item(value, column, &mut out)?;
                let destination =
                    usize::checked_sub(next, 1).map_or(span.start, |previous| old[previous].end);
                scratch.arrive(&out, destination as usize);
                out.moved.clear();
            }
        }
    }
    // The bracket leaves the line of the key. A comment after the list stays there.
    let (bracket, end) = (span.start as usize, span.end as usize);
    let line_end = layout::line_end(tree, end);
    let is_last = text[end..line_end].trim_ascii().is_empty();
    let start = if layout::is_first_on_line(tree, bracket) && is_last {
        layout::previous_break(text, layout::line_start(tree, bracket))
    } else {
        text[..bracket].trim_end_matches(' ').len()
    };
    scratch.cut_from_line(cx, start, end);
    // The list goes below deeper comments, which would become those of its last item.
    let at = entries::entry_end(cx, column, end);
    scratch.splice(cx, at, at, &out.text);
    Ok(())
}
