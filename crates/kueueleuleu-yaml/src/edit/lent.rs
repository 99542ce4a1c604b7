//! A list of items that is borrowed until it has to change.
//!
//! A `Cow` of a slice would do, but the borrow checker could not shorten the lifetime of a value that holds one.

use std::ops::Deref;

/// Items, borrowed or owned, that are read as a slice.
#[derive(Clone, Debug)]
pub enum Lent<'a, T> {
    /// Items of another value.
    Borrowed(&'a [T]),
    /// Items made for this value or edit.
    Owned(Vec<T>),
}

impl<T> Lent<'_, T> {
    /// The same items, borrowed.
    pub fn lend(&self) -> Lent<'_, T> {
        Lent::Borrowed(self)
    }
}

impl<T: Clone> Lent<'_, T> {
    /// The items for a change. Borrowed items are copied first.
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
