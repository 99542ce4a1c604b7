//! What becomes of the entries of a collection, as runs of changes between those that stay.

use std::ops::Range;

/// A change to the entries of a collection.
#[derive(Clone, Copy)]
pub(super) struct Change {
    /// The index of the entry that goes, or that something new stands before.
    at: usize,
    /// Which of the edit's fields or items is new; `None` for an entry that goes.
    new: Option<usize>,
}

/// How many changes a collection has, usually.
const USUAL: usize = 16;

/// What becomes of the entries of a collection. Its memory is used for one after the other.
#[derive(Default)]
pub(super) struct Slots {
    /// How many there are.
    pub(super) count: usize,
    changes: Vec<Change>,
}

impl Slots {
    /// Begins with another collection, of which nothing changes yet.
    pub(super) fn begin(&mut self, count: usize) {
        self.count = count;
        self.changes.clear();
    }

    pub(super) fn remove(&mut self, removed: Range<usize>) {
        removed.for_each(|at| self.note(Change { at, new: None }));
    }

    /// Something new, by its number in the edit, stands before the entry with this index.
    pub(super) fn insert(&mut self, at: usize, number: usize) {
        self.note(Change { at, new: Some(number) });
    }

    fn note(&mut self, change: Change) {
        if self.changes.is_empty() {
            self.changes.reserve(USUAL);
        }
        self.changes.push(change);
    }

    /// Brings changes in order that were noted in any: an insertion comes before the removal at its place.
    pub(super) fn sort(&mut self) {
        self.changes.sort_by_key(|change| (change.at, change.new.is_none()));
    }

    /// Whether nothing changes.
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Those that go, in order.
    pub(super) fn removed(&self) -> impl Iterator<Item = usize> {
        self.changes.iter().filter(|change| change.new.is_none()).map(|change| change.at)
    }

    /// The runs of changes between kept entries.
    pub(super) fn holes(&self) -> impl Iterator<Item = Hole<'_>> {
        let mut left = &self.changes[..];
        std::iter::from_fn(move || {
            let first = left.first()?.at;
            let mut end = first;
            let is_next = |change: &&Change| {
                let is_next = change.at == end;
                end += usize::from(is_next && change.new.is_none());
                is_next
            };
            let length = left.iter().take_while(is_next).count();
            let (changes, behind) = left.split_at(length);
            left = behind;
            let behind = (end < self.count).then_some(end);
            Some(Hole { before: first.checked_sub(1), removed: first..end, behind, changes })
        })
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
    changes: &'s [Change],
}

impl Hole<'_> {
    /// What is new, by its number in the edit.
    pub(super) fn inserted(&self) -> impl Iterator<Item = usize> {
        self.changes.iter().filter_map(|change| change.new)
    }
}
