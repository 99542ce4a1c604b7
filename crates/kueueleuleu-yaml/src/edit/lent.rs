//! Items that are borrowed where nothing of them changes, and owned where they were made for one value or edit.
//!
//! `Cow` of a slice would do, but for one thing: the borrow checker could not shorten the lifetime of a value that
//! holds it.

use std::ops::Deref;

/// Items that are read as a slice.
#[derive(Clone, Debug)]
pub enum Lent<'a, T> {
    /// Somebody else's.
    Borrowed(&'a [T]),
    /// Made for this value or edit.
    Owned(Vec<T>),
}

impl<T> Lent<'_, T> {
    /// The same items, not copied.
    pub fn lend(&self) -> Lent<'_, T> {
        Lent::Borrowed(self)
    }
}

impl<T: Clone> Lent<'_, T> {
    /// The items to be changed: a copy, where they are borrowed.
    pub fn to_mut(&mut self) -> &mut Vec<T> {
        if let Self::Borrowed(items) = *self {
            *self = Self::Owned(items.to_vec());
        }
        match self {
            Self::Owned(items) => items,
            Self::Borrowed(_) => unreachable!("impossible: they were just copied"),
        }
    }
}

impl<T> Deref for Lent<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Borrowed(items) => items,
            Self::Owned(items) => items,
        }
    }
}

impl<T> Default for Lent<'_, T> {
    fn default() -> Self {
        Self::Borrowed(&[])
    }
}

impl<T: PartialEq> PartialEq for Lent<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T> From<Vec<T>> for Lent<'_, T> {
    fn from(items: Vec<T>) -> Self {
        Self::Owned(items)
    }
}

impl<T> FromIterator<T> for Lent<'_, T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::Owned(items.into_iter().collect())
    }
}
