//! Groups the changes to a collection into hunks between kept entries.
//!
//! ```text
//! entries  a b c d     changes  remove b, insert x before c, insert y before the end
//! hunks    after a: remove b, insert x     after d: insert y
//! ```

use std::ops::Range;

/// A change to the entries of a collection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    /// The index of the removed entry, or of the entry after the inserted one.
    at: usize,
    /// The number of the inserted field or item in the edit; `None` for a removal.
    new: Option<usize>,
}

impl Change {
    /// The removal of the entry with this index.
    pub(super) fn remove(at: usize) -> Self {
        Self { at, new: None }
    }

    /// The insertion of a field or item, by its number in the edit, before the entry with this index.
    pub(super) fn insert(at: usize, number: usize) -> Self {
        Self { at, new: Some(number) }
    }

    /// The sort key: an insertion comes before the removal at the same index.
    pub(super) fn place(&self) -> (usize, bool) {
        (self.at, self.new.is_none())
    }
}

/// The changes to the entries of a collection.
#[derive(Clone, Copy)]
pub(super) struct Hunks<'c> {
    /// The number of old entries.
    pub(super) count: usize,
    /// The changes in the order of [`Change::place`].
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

/// The changes between two kept entries.
pub(super) struct Hunk<'s> {
    /// The kept entry before the changes, if any.
    pub(super) previous: Option<usize>,
    /// The removed entries.
    pub(super) removed: Range<usize>,
    /// The kept entry after the changes, if any.
    pub(super) next: Option<usize>,
    changes: &'s [Change],
}

impl Hunk<'_> {
    /// The inserted fields or items, by their numbers in the edit.
    pub(super) fn inserted(&self) -> impl Iterator<Item = usize> {
        self.changes.iter().filter_map(|change| change.new)
    }
}
