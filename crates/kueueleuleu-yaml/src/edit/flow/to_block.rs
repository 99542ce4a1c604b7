//! A flow list that becomes a block list, because of what joins it.

use super::{comments, look_up_entries};
use crate::edit::chunk::Chunk;
use crate::edit::lower::Lowering;
use crate::edit::render::Block;
use crate::edit::{Item, Unwritable, chunk, layout, render};
use crate::syntax::NodeId;

/// Writes a flow list that items join which need lines of their own as a block list.
pub(in crate::edit) fn list_as_block(
    lowering: &mut Lowering<'_, '_>,
    id: NodeId,
    key: NodeId,
    items: &[Item<'_>],
) -> Result<(), Unwritable> {
    let tree = lowering.tree;
    let text = lowering.text;
    let span = tree.span(id);
    let mut entries = std::mem::take(&mut lowering.writer.spans);
    look_up_entries(tree, id, &mut entries);
    let column = layout::column(tree, tree.lead(key)) + lowering.offset();
    let mut out = lowering.room();
    let is_bare = !chunk::holds_comment(tree.source(id));
    if !is_bare {
        // Deeper than the dashes they stay the list's own; in the dashes' column below they could become the next
        // key's.
        let below = &text[comments::below(tree, span, &entries)..span.end as usize];
        for comment in layout::lines(below).filter_map(chunk::comment) {
            render::new_line(&mut out, lowering.line_break, column + lowering.step());
            out.push_str(comment);
        }
    }
    let mut children = tree.children(id).enumerate();
    let mut next = 0;
    for run in items.chunk_by(|one, other| matches!((one, other), (Item::New(_), Item::New(_)))) {
        render::new_line(&mut out, lowering.line_break, column);
        match run {
            [Item::Keep(at, edit)] => {
                let Some((_, child)) = children.find(|(index, _)| index == at) else { continue };
                lowering.destination = entries[*at].start as usize;
                let chunk = if is_bare {
                    Chunk::of_bare_flow(tree, child)
                } else {
                    let before = at.checked_sub(1).map_or(span.start + 1, |before| entries[before].end);
                    Chunk::of_flow(tree, child, before as usize, *at == 0)
                };
                let body = lowering.edited(&chunk, edit.as_ref())?;
                chunk.write_item(&body, column, lowering.line_break, &mut out)?;
                next = at + 1;
            }
            new => {
                let before = next.checked_sub(1).map_or(span.start, |before| entries[before].end);
                lowering.destination = before as usize;
                Block::items(new, column, lowering, &mut out)?;
            }
        }
    }
    // The bracket leaves the key's line, a comment behind the list stays on it.
    let (bracket, end) = (span.start as usize, span.end as usize);
    let line_end = layout::line_end(tree, end);
    let is_last = text[end..line_end].trim_ascii().is_empty();
    let start = if layout::is_first_on_line(tree, bracket) && is_last {
        layout::previous_break(text, layout::line_start(tree, bracket))
    } else {
        text[..bracket].trim_end_matches(' ').len()
    };
    lowering.cut_from_line(start, end);
    // Deeper comments below would become the last item's.
    let at = layout::entry_end(tree, column, end);
    lowering.splice(at, at, &out);
    lowering.writer.scratch = out;
    lowering.writer.spans = entries;
    Ok(())
}
