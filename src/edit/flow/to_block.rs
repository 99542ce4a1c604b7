//! A flow list that becomes a block list, because of what joins it.

use super::{comments, entries};
use crate::edit::lower::Lowering;
use crate::edit::moved::Siblings;
use crate::edit::slots::Slots;
use crate::edit::{Edit, Unwritable, Value, chunk, layout, render};
use crate::yaml::NodeId;

/// Writes a flow list that items join which need lines of their own as a block list. `kept` are the edits of items
/// that stay.
pub(in crate::edit) fn list_as_block(
    lowering: &mut Lowering<'_, '_>,
    id: NodeId,
    key: NodeId,
    slots: &Slots<&Value<'_>>,
    kept: &[(NodeId, &Edit<'_>)],
) -> Result<(), Unwritable> {
    let tree = lowering.tree;
    let text = lowering.text;
    let span = tree.span(id);
    let entries = entries(tree, id);
    let style = lowering.block_style();
    let column = layout::column(tree, tree.lead(key)) + style.offset;
    let mut out = String::with_capacity(render::USUAL);
    // Deeper than the dashes they stay the list's own; in the dashes' column below they could become the next key's.
    for comment in layout::lines(&text[comments::below(tree, span, &entries)..span.end as usize])
        .filter_map(chunk::comment)
    {
        render::new_line(&mut out, style.line_break, column + style.step);
        out.push_str(&comment);
    }
    let mut inserted = slots.inserted.iter().peekable();
    let mut before = span.start as usize + 1;
    let items = entries.iter().zip(tree.children(id)).map(Some).chain([None]);
    for (at, item) in items.enumerate() {
        lowering.destination = item.map_or(span.end, |(entry, _)| entry.start) as usize;
        while let Some((_, value)) = inserted.next_if(|(before, _)| *before == at) {
            render::new_line(&mut out, style.line_break, column);
            style.item(value, column, &mut Siblings::of(lowering), &mut out)?;
        }
        let Some((entry, item)) = item else { break };
        if slots.removed.binary_search(&at).is_err() {
            let (span, chunk) = chunk::Chunk::of_flow(tree, item, before, at == 0);
            let edit = kept.iter().find(|(kept, _)| *kept == item).map(|(_, edit)| *edit);
            let chunk = chunk.with_body(lowering.edited(item, edit, span)?);
            render::new_line(&mut out, style.line_break, column);
            style.chunk(&chunk, column, &mut out)?;
        }
        before = entry.end as usize;
    }
    // The bracket leaves the key's line, a comment behind the list stays on it.
    let (bracket, end) = (span.start as usize, span.end as usize);
    let line_end = layout::line_end(tree, end);
    let is_last = text[end..line_end].trim().is_empty();
    let start = if layout::is_first_on_line(tree, bracket) && is_last {
        layout::previous_break(text, layout::line_start(tree, bracket))
    } else {
        text[..bracket].trim_end_matches(' ').len()
    };
    lowering.cut_from_line(start, end);
    // Deeper comments below would become the last item's.
    let at = layout::entry_end(tree, column, end);
    lowering.splice(at, at, &out);
    Ok(())
}
