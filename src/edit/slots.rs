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

    /// Whether nothing changes.
    pub(super) fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.inserted.is_empty()
    }

    pub(super) fn removes_any(&self) -> bool {
        !self.removed.is_empty()
    }

    /// The runs of changes between kept entries: the kept one before (if any), the removed ones, the kept one behind
    /// (if any), and what is new.
    pub(super) fn holes(&self) -> Vec<Hole<'_, V>> {
        let mut removed = self.removed.iter().copied().peekable();
        let mut inserted = self.inserted.iter().peekable();
        let mut holes = Vec::new();
        // Every change, an insertion before the removal at its place, begins a hole or goes on with one.
        while let Some(first) =
            [inserted.peek().map(|(at, _)| *at), removed.peek().copied()].into_iter().flatten().min()
        {
            let mut end = first;
            let mut new = Vec::new();
            loop {
                if let Some((_, value)) = inserted.next_if(|(at, _)| *at == end) {
                    new.push(value);
                } else if removed.next_if_eq(&end).is_some() {
                    end += 1;
                } else {
                    break;
                }
            }
            let behind = (end < self.count).then_some(end);
            holes.push(Hole { before: first.checked_sub(1), removed: first..end, behind, new });
        }
        holes
    }
}

/// A run of changes between two kept entries.
pub(super) struct Hole<'s, V> {
    pub(super) before: Option<usize>,
    pub(super) removed: std::ops::Range<usize>,
    pub(super) behind: Option<usize>,
    pub(super) new: Vec<&'s V>,
}
