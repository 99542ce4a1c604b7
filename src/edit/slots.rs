//! What becomes of the entries of a collection, as runs of changes between those that stay.

/// What becomes of the entries of a collection.
pub(super) struct Slots<V> {
    /// How many there are.
    pub(super) count: usize,
    /// Those that go, in order.
    pub(super) removed: Vec<usize>,
    /// New ones in order, each before the old one with this index.
    pub(super) inserted: Vec<(usize, V)>,
}

impl<V> Slots<V> {
    pub(super) fn new(count: usize) -> Self {
        Self { count, removed: Vec::new(), inserted: Vec::new() }
    }

    pub(super) fn remove(&mut self, at: usize) {
        self.removed.push(at);
    }

    pub(super) fn insert(&mut self, mut inserted: Vec<(usize, V)>) {
        self.removed.sort_unstable();
        inserted.sort_by_key(|(at, _)| *at);
        self.inserted = inserted;
    }

    pub(super) fn removes_any(&self) -> bool {
        !self.removed.is_empty()
    }

    /// The runs of changes between kept entries: the kept one before (if any), the removed ones, the kept one behind
    /// (if any), and what is new.
    pub(super) fn holes(&self) -> Vec<Hole<'_, V>> {
        let kept: Vec<usize> = (0..self.count).filter(|at| self.removed.binary_search(at).is_err()).collect();
        let bounds = std::iter::once(None).chain(kept.iter().copied().map(Some));
        let behind = kept.iter().copied().map(Some).chain([None]);
        bounds
            .zip(behind)
            .map(|(before, behind)| {
                let first = before.map_or(0, |before| before + 1);
                let end = behind.unwrap_or(self.count);
                let new = self
                    .inserted
                    .iter()
                    .filter(|(at, _)| (first..=end).contains(at))
                    .map(|(_, new)| new)
                    .collect();
                Hole { before, removed: first..end, behind, new }
            })
            .filter(|hole| !hole.removed.is_empty() || !hole.new.is_empty())
            .collect()
    }
}

/// A run of changes between two kept entries.
pub(super) struct Hole<'s, V> {
    pub(super) before: Option<usize>,
    pub(super) removed: std::ops::Range<usize>,
    pub(super) behind: Option<usize>,
    pub(super) new: Vec<&'s V>,
}
