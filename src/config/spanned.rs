//! Pairs a value with its place in the text, for checks that report it.

use kueueleuleu_yaml::span::Span;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

/// The name that asks the reader for the place of a value.
pub(super) const NAME: &str = "$Spanned";
/// The entries that the reader then passes: the start and the end in bytes, and the value.
pub(super) const FIELDS: &[&str] = &["start", "end", "value"];

/// A value, with its place if it was read from a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spanned<T> {
    pub value: T,
    pub span: Option<Span>,
}

impl<T> Spanned<T> {
    /// Another value at the same place.
    pub(crate) fn with<U>(&self, value: U) -> Spanned<U> {
        Spanned { value, span: self.span }
    }
}

impl<T> From<T> for Spanned<T> {
    fn from(value: T) -> Self {
        Self { value, span: None }
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct(NAME, FIELDS, SpannedVisitor(PhantomData))
    }
}

struct SpannedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for SpannedVisitor<T> {
    type Value = Spanned<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value with its place")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Spanned<T>, A::Error> {
        let missing = || A::Error::custom("impossible: a value has a place");
        let (_, start) = map.next_entry::<IgnoredAny, u32>()?.ok_or_else(missing)?;
        let (_, end) = map.next_entry::<IgnoredAny, u32>()?.ok_or_else(missing)?;
        let (_, value) = map.next_entry::<IgnoredAny, T>()?.ok_or_else(missing)?;
        Ok(Spanned { value, span: Some(Span { start, end }) })
    }
}
