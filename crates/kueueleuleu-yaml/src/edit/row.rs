//! A row of things: made for one value or edit, or borrowed from where they are ready made.
//!
//! `Cow` of a slice would do, but for one thing: a value that holds it could not be taken for one that lives shorter.

use std::ops::Deref;

/// A row of things that are read as a slice. What is the same in every resource, or not changed in this one, is neither
/// copied nor dropped.
#[derive(Clone, Debug)]
pub enum Row<'a, T> {
    /// Ready made, and part of the program.
    Always(Always<'a, T>),
    /// Ready made.
    Ready(&'a [T]),
    /// Made for this one.
    Made(Vec<T>),
}

/// Things that are there for as long as the program runs, for however long they are lent: at their place nothing else
/// will ever be.
#[derive(Clone, Copy, Debug)]
pub struct Always<'a, T>(&'a [T]);

impl<T: 'static> Row<'static, T> {
    /// What is part of the program. None of it is the item of a list that moves.
    pub const fn always(things: &'static [T]) -> Self {
        Self::Always(Always(things))
    }
}

impl<T> Row<'_, T> {
    /// The same things, not copied.
    pub fn lend(&self) -> Row<'_, T> {
        match self {
            Self::Always(Always(things)) => Row::Always(Always(things)),
            things => Row::Ready(things),
        }
    }

    /// Where the things are, if nothing else will ever be there.
    pub fn place(&self) -> Option<usize> {
        if let Self::Always(Always(things)) = self { Some(things.as_ptr().addr()) } else { None }
    }
}

impl<T: Clone> Row<'_, T> {
    /// The things to be changed, as a copy that is this one's own.
    pub fn made(&mut self) -> &mut Vec<T> {
        if let Self::Ready(things) | Self::Always(Always(things)) = *self {
            *self = Self::Made(things.to_vec());
        }
        match self {
            Self::Made(things) => things,
            _ => unreachable!("impossible: they were just made"),
        }
    }
}

impl<T> Deref for Row<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Ready(things) | Self::Always(Always(things)) => things,
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
