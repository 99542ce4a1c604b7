//! Makes choices from a list of bytes, so that generated values shrink with the list.
//!
//! The first alternative is always the simplest one. An exhausted list selects it.

/// The bytes for the next choices.
#[derive(Clone, Debug)]
pub(crate) struct Choices<'b> {
    bytes: &'b [u8],
}

impl<'b> Choices<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes }
    }

    /// A number below `count`.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        if count > 256 {
            return (usize::from(*first) * 256 + self.below(256)) % count;
        }
        usize::from(*first) % count
    }

    /// True once in `count` times.
    pub(crate) fn once_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }

    /// One of several.
    pub(crate) fn pick<T: Clone>(&mut self, alternatives: &[T]) -> T {
        alternatives[self.below(alternatives.len())].clone()
    }

    /// Shuffles the items.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, at - self.below(at + 1));
        }
    }
}
