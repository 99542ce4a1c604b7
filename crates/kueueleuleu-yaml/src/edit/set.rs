//! Replaces a value: on the line of its key, on its own line, or below its key.
//!
//! ```yaml
//! image: a # mine    (before)
//! ```
//!
//! ```yaml
//! image: b # mine    (after)
//! ```

use super::block;
use super::change::{Unwritable, Value};
use super::context::Context;
use super::entries;
use super::layout;
use super::lines::NewText;
use super::render::Render;
use super::scratch::Scratch;
use super::style;
use crate::syntax::{NodeId, NodeKind};

/// Replaces the value `id`. `key` is its key, if it is a value of a mapping.
pub(super) fn set(
    render: Render<'_, '_, '_>,
    scratch: &mut Scratch,
    id: NodeId,
    key: Option<NodeId>,
    value: &Value<'_>,
) -> Result<(), Unwritable> {
    let cx = render.cx;
    let in_flow = cx.path.last().is_some_and(|&parent| cx.tree.kind(parent).is_flow());
    refuse_tag(cx, id, value, in_flow || key.is_none())?;
    scratch.aliases.set(cx.tree, id);
    if cx.tree.kind(id) == NodeKind::Alias && is_filled(value) {
        scratch.copy(cx.tree.span(id));
    }
    match key {
        key if in_flow => set_in_flow(render, scratch, id, key, value),
        Some(key) => set_after_key(render, scratch, id, key, value),
        None => set_item(render, scratch, id, value),
    }
}

/// Whether the value is a collection that is not empty.
fn is_filled(value: &Value<'_>) -> bool {
    match value {
        Value::Seq(items) => !items.is_empty(),
        Value::Map(fields) => !fields.is_empty(),
        Value::Str(_) | Value::Raw(_) | Value::Moved(_) => false,
    }
}

/// Replaces a value in a flow collection.
fn set_in_flow(
    render: Render<'_, '_, '_>,
    scratch: &mut Scratch,
    id: NodeId,
    key: Option<NodeId>,
    value: &Value<'_>,
) -> Result<(), Unwritable> {
    let cx = render.cx;
    let span = cx.tree.span(id);
    let (start, end) = (span.start as usize, span.end as usize);
    cx.follow_line(start);
    let mut out = NewText::with_room();
    // An empty value may lack the colon, and the blank after it.
    if let (NodeKind::Empty, Some(key)) = (cx.tree.kind(id), key) {
        let has_colon = cx.text[cx.end(key)..start].contains(':');
        out.text.push_str(if has_colon { " " } else { ": " });
    }
    let style = style::flow(cx, *cx.path.last().unwrap_or(&id));
    render.flow(style, value, style::indentation(cx.tree, start), &mut out)?;
    scratch.write(cx, (start, end), &out, start);
    Ok(())
}

/// Replaces an item after its dash.
fn set_item(
    render: Render<'_, '_, '_>,
    scratch: &mut Scratch,
    id: NodeId,
    value: &Value<'_>,
) -> Result<(), Unwritable> {
    let cx = render.cx;
    let span = cx.tree.span(id);
    cx.follow_line(span.start as usize);
    let mut out = NewText::with_room();
    render.item(value, layout::column(cx.tree, cx.tree.lead(id)), &mut out)?;
    scratch.arrive(&out, span.start as usize);
    scratch.splice(cx, span.start as usize, span.end as usize, &out.text[cx.dash()..]);
    Ok(())
}

/// Replaces a value after its key, or below it.
///
/// ```yaml
/// args: *a # why     (before)
/// ```
///
/// ```yaml
/// args: # why        (after)
/// - b
/// ```
fn set_after_key(
    render: Render<'_, '_, '_>,
    scratch: &mut Scratch,
    id: NodeId,
    key: NodeId,
    value: &Value<'_>,
) -> Result<(), Unwritable> {
    let cx = render.cx;
    let tree = cx.tree;
    let span = tree.span(id);
    let (start, end) = (span.start as usize, span.end as usize);
    let column = layout::column(tree, tree.lead(key));
    cx.follow_line(start);
    let mut new = NewText::with_room();
    let old_width = style::width(tree, start);
    let place = block::Key { column, width: tree.source(key).chars().count(), old_width };
    block::value_of_key(render, value, place, &mut new)?;
    scratch.arrive(&new, start);
    let mut new = new.text;
    let colon = after_colon(cx, key, start)?;
    let after_key = layout::line_end(tree, colon);
    let has_lines = new.starts_with(cx.line_break());
    if let (false, Some(comment)) = (has_lines, header_comment(cx, id)) {
        new.push(' ');
        new.push_str(comment);
    }
    let own_line = start > after_key;
    let moved = render.moves.taken(id);
    if own_line && !has_lines && !tree.kind(id).is_block() {
        // The old scalar has a line of its own, so the new one gets it.
        scratch.splice(cx, start, end, &new[1..]);
    } else if own_line {
        // Moved items took their comments along.
        let start = moved.start.unwrap_or(start);
        let end = moved.end.unwrap_or(end);
        let line = layout::previous_break(cx.text, layout::line_start(tree, start)) - moved.blanks;
        let below = below(cx, value, column, end);
        // A comment after or below a value that is not a list belongs to no entry.
        let line_end = layout::line_end(tree, end);
        let has_comment = !tree.kind(id).is_block() && !cx.text[end..line_end].trim_ascii().is_empty();
        let at = match has_lines {
            true if has_comment || below > line_end => below,
            true => line,
            false => behind_props(cx, id, colon),
        };
        scratch.cut_from_line(cx, line, end);
        scratch.splice(cx, at, at, &new);
    } else if has_lines && end <= after_key {
        // After a comment on the key's line.
        scratch.cut_from_line(cx, colon.min(start), end);
        let at = below(cx, value, column, end);
        scratch.splice(cx, at, at, &new);
    } else {
        scratch.splice(cx, colon.min(start), end, &new);
    }
    Ok(())
}

/// The end of the anchor and tag on the line of the colon, if the value is below that line; or the end of the colon.
fn behind_props(cx: &Context<'_, '_>, id: NodeId, colon: usize) -> usize {
    let line_end = layout::line_end(cx.tree, colon);
    let mut end = colon;
    loop {
        let rest = &cx.text[end..line_end];
        let word = rest.trim_start_matches([' ', '\t']);
        if cx.tree.props(id) >= line_end || !word.starts_with(['&', '!']) {
            return end;
        }
        let width = word.find(|c: char| c.is_ascii_whitespace()).unwrap_or(word.len());
        end += rest.len() - word.len() + width;
    }
}

/// The end of the comments below a value that ends at `end`. They belong to the key, but comments deeper than the new
/// entries would become those of the last entry.
fn below(cx: &Context<'_, '_>, value: &Value<'_>, column: usize, end: usize) -> usize {
    let further = if matches!(value, Value::Seq(_)) { cx.offset() } else { cx.step() };
    entries::entry_end(cx, column + further, end)
}

/// Refuses to replace a value with a tag that would stay and would not fit the new value. The tag goes only if all text
/// after the key does.
fn refuse_tag(cx: &Context<'_, '_>, id: NodeId, value: &Value<'_>, stays: bool) -> Result<(), Unwritable> {
    let start = cx.tree.span(id).start as usize;
    let stays = stays || layout::is_first_on_line(cx.tree, start);
    let fits = matches!(value, Value::Str(_)) && cx.tree.is_tagged_string(id);
    if stays && cx.tree.is_tagged(id) && !fits {
        return Err(Unwritable {
            message: "a value with a tag would have to be replaced".to_owned(),
            span: cx.tree.span(id),
            help: "remove the tag",
        });
    }
    Ok(())
}

/// The comment after the `|` or `>` of a block scalar, whose header is replaced with it.
fn header_comment<'t>(cx: &Context<'_, 't>, id: NodeId) -> Option<&'t str> {
    if cx.tree.kind(id) != NodeKind::BlockScalar {
        return None;
    }
    let start = cx.tree.span(id).start as usize;
    let comment = cx.comments(start..layout::line_end(cx.tree, start)).next()?;
    Some(cx.text[comment.range()].trim_ascii_end())
}

/// The end of the colon between a key and its value at `value`.
fn after_colon(cx: &Context<'_, '_>, key: NodeId, value: usize) -> Result<usize, Unwritable> {
    let (tree, text) = (cx.tree, cx.text);
    let key_end = cx.end(key);
    let is_explicit = tree.lead(key) < tree.props(key);
    if !is_explicit {
        return Ok(text[key_end..].find(':').map_or(value, |at| key_end + at + 1));
    }
    // After a `?` and its key the colon begins a line of its own.
    let mut line = layout::next_line(text, layout::line_end(tree, key_end));
    while line < value {
        let colon = line + layout::indentation(tree, line);
        if text[colon..].starts_with(':') {
            return Ok(colon + 1);
        }
        line = layout::next_line(text, layout::line_end(tree, line));
    }
    Err(Unwritable {
        message: "a `?` key without `:` would have to be given a value".to_owned(),
        span: tree.span(key),
        help: "write it as `key:`",
    })
}
