//! Caches values that depend only on the number of a step, such as its names and mounts.
//!
//! Without it, ten thousand pods would create them ten thousand times. Knows nothing about the values.

use std::sync::OnceLock;

/// The number of steps with cached values. Few pods have more steps.
const STEPS: usize = 32;

/// A value for each of the first steps, created on first use.
pub(super) struct PerStep<T>([OnceLock<T>; STEPS]);

impl<T: 'static> PerStep<T> {
    pub(super) const fn new() -> Self {
        Self([const { OnceLock::new() }; STEPS])
    }

    /// The value for a number, created by `make` on first use. Values of large numbers are not cached: `Err` returns a
    /// new one.
    pub(super) fn get(&'static self, number: usize, make: impl FnOnce() -> T) -> Result<&'static T, T> {
        match self.0.get(number) {
            Some(cached) => Ok(cached.get_or_init(make)),
            None => Err(make()),
        }
    }
}
