//! Finds the entries of a flow collection.

use crate::span::Span;
use crate::syntax::{NodeId, NodeKind, Tree};

/// The spans of the entries of a flow collection, without comments and commas.
pub(in crate::edit) fn entries(tree: &Tree<'_>, id: NodeId) -> Vec<Span> {
    let end = |id: NodeId| (tree.span(id).end as usize).max(tree.props(id));
    if tree.kind(id) == NodeKind::FlowMapping {
        let entry = |(key, value)| Span::new(tree.props(key), end(value).max(end(key)));
        tree.pairs(id).map(entry).collect()
    } else {
        tree.children(id).map(|item| Span::new(tree.props(item), end(item))).collect()
    }
}
