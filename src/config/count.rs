//! Reads whole numbers of a configuration.
//!
//! The reader passes numbers as newtypes around their text, which the integers of serde do not accept.

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::fmt;

/// A number of 32 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count(pub u32);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CountVisitor)
    }
}

struct CountVisitor;

impl<'de> Visitor<'de> for CountVisitor {
    type Value = Count;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, text: D) -> Result<Count, D::Error> {
        let text = String::deserialize(text)?;
        text.parse().map(Count).map_err(|_| D::Error::custom("not a number of 32 bits"))
    }
}
