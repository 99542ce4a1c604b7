//! Reads the free-form parts of a configuration: values that are copied into pods as kubectl reads them.

use kueueleuleu_yaml::edit::Value;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A value that is copied into pods.
#[derive(Debug)]
pub(super) struct Free(pub Value<'static>);

impl<'de> Deserialize<'de> for Free {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FreeVisitor).map(Self)
    }
}

struct FreeVisitor;

impl<'de> Visitor<'de> for FreeVisitor {
    type Value = Value<'static>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Value::Raw(Cow::Borrowed("null")))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Value::Raw(Cow::Borrowed(if value { "true" } else { "false" })))
    }

    /// A number, by its text.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, text: D) -> Result<Self::Value, D::Error> {
        String::deserialize(text).map(|text| Value::Raw(Cow::Owned(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::str(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Free(value)) = items.next_element()? {
            values.push(value);
        }
        Ok(Value::Seq(values.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some((key, Free(value))) = entries.next_entry::<String, Free>()? {
            values.push((Cow::Owned(key), value));
        }
        Ok(Value::Map(values.into()))
    }
}
