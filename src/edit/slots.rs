//! What becomes of the entries of a collection, as runs of changes between those that stay.

use crate::yaml::{Kind, NodeId, Tree};
use std::ops::Range;

/// What becomes of the entries of a collection. Made once and used for one collection after the other.
pub(super) struct Slots {
    /// The items of the sequence, or the keys and values of the mapping in turn.
    pub(super) nodes: Vec<NodeId>,
    /// How many entries there are.
    pub(super) count: usize,
    /// Those that go, in order.
    pub(super) removed: Vec<usize>,
    /// New ones in order: each before the old one with this index, and which of the edit's it is.
    pub(super) inserted: Vec<(usize, usize)>,
}

impl Default for Slots {
    fn default() -> Self {
        let usual = 16;
        Self {
            nodes: Vec::with_capacity(2 * usual),
            count: 0,
            removed: Vec::with_capacity(usual),
            inserted: Vec::with_capacity(usual),
        }
    }
}

impl Slots {
    /// Begins with another collection, of which nothing changes.
    pub(super) fn begin(&mut self, tree: &Tree<'_>, id: NodeId) {
        self.nodes.clear();
        self.nodes.extend(tree.children(id));
        let is_mapping = matches!(tree.kind(id), Kind::BlockMapping | Kind::FlowMapping);
        self.count = if is_mapping { self.nodes.len() / 2 } else { self.nodes.len() };
        self.removed.clear();
        self.inserted.clear();
    }

    /// The keys and values of a mapping.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (NodeId, NodeId)> {
        self.nodes.as_chunks().0.iter().map(|&[key, value]| (key, value))
    }

    /// Brings changes in order that were noted in any.
    pub(super) fn sort(&mut self) {
        self.removed.sort_unstable();
        self.inserted.sort_by_key(|(at, _)| *at);
    }

    /// Whether nothing changes.
    pub(super) fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.inserted.is_empty()
    }

    /// The runs of changes between kept entries.
    pub(super) fn holes(&self) -> Holes<'_> {
        Holes { count: self.count, removed: &self.removed, inserted: &self.inserted }
    }
}

/// A run of changes between two kept entries.
pub(super) struct Hole<'s> {
    /// The kept one before, if any.
    pub(super) before: Option<usize>,
    /// The removed ones.
    pub(super) removed: Range<usize>,
    /// The kept one behind, if any.
    pub(super) behind: Option<usize>,
    /// What is new, as in [`Slots::inserted`].
    pub(super) new: &'s [(usize, usize)],
}

/// The runs of changes that are still to come.
pub(super) struct Holes<'s> {
    count: usize,
    removed: &'s [usize],
    inserted: &'s [(usize, usize)],
}

impl<'s> Iterator for Holes<'s> {
    type Item = Hole<'s>;

    /// Every change, an insertion before the removal at its place, begins a hole or goes on with one.
    fn next(&mut self) -> Option<Hole<'s>> {
        let first = match (self.inserted.first(), self.removed.first()) {
            (Some(&(inserted, _)), Some(&removed)) => inserted.min(removed),
            (Some(&(inserted, _)), None) => inserted,
            (None, removed) => *removed?,
        };
        let (mut end, mut new) = (first, 0);
        loop {
            if self.inserted.get(new).is_some_and(|(at, _)| *at == end) {
                new += 1;
            } else if self.removed.get(end - first) == Some(&end) {
                end += 1;
            } else {
                break;
            }
        }
        let (new, inserted) = self.inserted.split_at(new);
        self.inserted = inserted;
        self.removed = &self.removed[end - first..];
        let behind = (end < self.count).then_some(end);
        Some(Hole { before: first.checked_sub(1), removed: first..end, behind, new })
    }
}
