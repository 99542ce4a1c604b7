//! What becomes of the entries of a collection: hunks of changes between entries that stay.

use std::ops::Range;

/// A change to the entries of a collection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    /// The index of the entry that goes, or that something new stands before.
    at: usize,
    /// Which of the edit's fields or items is new; `None` for an entry that goes.
    new: Option<usize>,
}

impl Change {
    /// The entry with this index goes.
    pub(super) fn remove(at: usize) -> Self {
        Self { at, new: None }
    }

    /// Something new, by its number in the edit, stands before the entry with this index.
    pub(super) fn insert(at: usize, number: usize) -> Self {
        Self { at, new: Some(number) }
    }

    /// What changes are ordered by: an insertion comes before the removal at its place.
    pub(super) fn place(&self) -> (usize, bool) {
        (self.at, self.new.is_none())
    }
}

/// What becomes of the entries of a collection.
#[derive(Clone, Copy)]
pub(super) struct Hunks<'c> {
    /// How many there are.
    pub(super) count: usize,
    /// In order.
    pub(super) changes: &'c [Change],
}

impl<'c> Hunks<'c> {
    /// The hunks, in order.
    pub(super) fn iter(self) -> impl Iterator<Item = Hunk<'c>> {
        let mut left = self.changes;
        std::iter::from_fn(move || {
            let first = left.first()?.at;
            let mut end = first;
            let is_next = |change: &&Change| {
                let is_next = change.at == end;
                end += usize::from(is_next && change.new.is_none());
                is_next
            };
            let length = left.iter().take_while(is_next).count();
            let (changes, next) = left.split_at(length);
            left = next;
            let next = (end < self.count).then_some(end);
            Some(Hunk { previous: first.checked_sub(1), removed: first..end, next, changes })
        })
    }
}

/// Changes between two kept entries.
pub(super) struct Hunk<'s> {
    /// The kept one before it, if any.
    pub(super) previous: Option<usize>,
    /// The removed ones.
    pub(super) removed: Range<usize>,
    /// The kept one after it, if any.
    pub(super) next: Option<usize>,
    changes: &'s [Change],
}

impl Hunk<'_> {
    /// What is new, by its number in the edit.
    pub(super) fn inserted(&self) -> impl Iterator<Item = usize> {
        self.changes.iter().filter_map(|change| change.new)
    }
}
