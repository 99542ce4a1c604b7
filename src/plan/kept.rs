//! What is the same in every object, made once: the names and values of a step depend on nothing but its number.
//!
//! Ten thousand pods would have it made ten thousand times. Knows nothing of what it keeps.

use std::sync::OnceLock;

/// For how many steps something is kept: few pods have more.
const STEPS: usize = 32;

/// Something for each of the first steps, made when it is first asked for.
pub(super) struct Kept<T>([OnceLock<T>; STEPS]);

impl<T: 'static> Kept<T> {
    pub(super) const fn new() -> Self {
        Self([const { OnceLock::new() }; STEPS])
    }

    /// What is kept for a number, made by `make` the first time. Of a large number nothing is kept, and it is made now.
    pub(super) fn get(&'static self, number: usize, make: impl FnOnce() -> T) -> Result<&'static T, T> {
        match self.0.get(number) {
            Some(kept) => Ok(kept.get_or_init(make)),
            None => Err(make()),
        }
    }
}
