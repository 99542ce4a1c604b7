//! Decides whether an emptied collection is removed with its key.
//!
//! ```yaml
//! image: a         # before its list is emptied
//! args:
//! - b
//! ```
//!
//! ```yaml
//! image: a         # after
//! ```

use super::change::{Edit, Field};
use super::context::Context;
use super::entries::Entries;
use super::flow;
use crate::syntax::{NodeId, NodeKind};

/// Whether the edit empties the collection and removes its key, too. A flow collection in a block mapping stays as `[]`
/// or `{}`, since somebody chose brackets. A collection whose key has a comment stays, too.
pub(super) fn vanishes(
    cx: &Context<'_, '_>,
    parent: NodeId,
    (key, id): (NodeId, NodeId),
    edit: &Edit<'_>,
) -> bool {
    let tree = cx.tree;
    if !is_emptied(cx, id, edit) {
        return false;
    }
    if tree.kind(parent) != NodeKind::BlockMapping {
        // A comment between the brackets must stay.
        return !cx.has_comment(tree.span(id).range());
    }
    !(tree.kind(id).is_flow() || has_comment(cx, parent, (key, id)))
}

/// Whether an entry has a comment that none of its items owns: above the entry, after its key, between or below the
/// items.
pub(super) fn has_comment(cx: &Context<'_, '_>, parent: NodeId, (key, value): (NodeId, NodeId)) -> bool {
    let tree = cx.tree;
    if matches!(tree.kind(value), NodeKind::FlowSequence | NodeKind::FlowMapping)
        && flow::has_own_comment(cx, value)
    {
        return true;
    }
    if tree.kind(parent) != NodeKind::BlockMapping {
        return false;
    }
    let nodes: Vec<_> = tree.children(parent).collect();
    let entries = Entries::of(cx, parent, &nodes);
    let Some(at) = (0..entries.len()).find(|&at| entries.lead(at) == tree.lead(key)) else { return false };
    let items = if tree.kind(value).is_block() {
        let nodes: Vec<_> = tree.children(value).collect();
        let items = Entries::of(cx, value, &nodes);
        (0..items.len()).map(|at| (items.start(at), items.end(at))).collect()
    } else {
        let span = tree.span(value);
        vec![(span.start as usize, span.end as usize)]
    };
    let starts = items.iter().map(|(start, _)| *start).chain([entries.end(at)]);
    let ends = std::iter::once(cx.end(key)).chain(items.iter().map(|(_, end)| *end));
    entries.start(at) < entries.lead(at) || ends.zip(starts).any(|(from, to)| cx.has_comment(from..to))
}

/// Whether the edit leaves the collection without entries.
fn is_emptied(cx: &Context<'_, '_>, id: NodeId, edit: &Edit<'_>) -> bool {
    match edit {
        Edit::Set(_) | Edit::Append(_) => false,
        Edit::List(items) => items.is_empty(),
        Edit::Map(fields) => {
            let gone = |key: NodeId, value: NodeId| {
                let field = fields.iter().find(|(name, _)| cx.tree.reads(key, name));
                field.is_some_and(|(_, field)| match field {
                    Field::Remove | Field::Clear => true,
                    Field::Edit(edit) => vanishes(cx, id, (key, value), edit),
                    Field::Insert { .. } => false,
                })
            };
            let inserts = fields.iter().any(|(_, field)| matches!(field, Field::Insert { .. }));
            !inserts && cx.tree.pairs(id).all(|(key, value)| gone(key, value))
        }
    }
}
