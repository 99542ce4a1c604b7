//! A row of things: made for one resource, or ready made for all of them.

use std::ops::Deref;

/// A row of things that are read as a slice. What is the same in every resource is made once, and neither copied nor
/// dropped.
#[derive(Clone, Debug)]
pub enum Row<'a, T> {
    /// Ready made.
    Ready(&'a [T]),
    /// Made for this one.
    Made(Vec<T>),
}

impl<T: Clone> Row<'_, T> {
    /// The things as those of this one, with room for some more.
    pub fn made(&mut self, more: usize) -> &mut Vec<T> {
        if let Self::Ready(things) = *self {
            let mut made = Vec::with_capacity(things.len() + more);
            made.extend_from_slice(things);
            *self = Self::Made(made);
        }
        match self {
            Self::Made(things) => things,
            Self::Ready(_) => unreachable!("impossible: they were just made"),
        }
    }
}

impl<T> Deref for Row<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Ready(things) => things,
            Self::Made(things) => things,
        }
    }
}

impl<T> Default for Row<'_, T> {
    fn default() -> Self {
        Self::Ready(&[])
    }
}

impl<T: PartialEq> PartialEq for Row<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T> From<Vec<T>> for Row<'_, T> {
    fn from(things: Vec<T>) -> Self {
        Self::Made(things)
    }
}

impl<T> FromIterator<T> for Row<'_, T> {
    fn from_iter<I: IntoIterator<Item = T>>(things: I) -> Self {
        Self::Made(things.into_iter().collect())
    }
}
