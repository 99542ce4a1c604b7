//! Values that were read, or made by serde, and are to be written: pieces of a functionConfig that go into pods as they
//! are, and entries of `results`.
//!
//! Knows the two forms of a value, and not what it means.

use kueueleuleu_yaml::edit::Value;
use serde_yaml::Value as Yaml;
use std::borrow::Cow;

/// A value as one to be written. A tag was refused when it was read.
pub(crate) fn to_be_written(value: Yaml) -> Value<'static> {
    match value {
        Yaml::Null => Value::Raw(Cow::Borrowed("null")),
        Yaml::Bool(value) => Value::Raw(Cow::Owned(value.to_string())),
        Yaml::Number(value) => Value::Raw(Cow::Owned(value.to_string())),
        Yaml::String(text) => Value::str(text),
        Yaml::Sequence(items) => Value::Seq(items.into_iter().map(to_be_written).collect()),
        Yaml::Mapping(entries) => {
            let entries = entries.into_iter().map(|(key, value)| match key {
                Yaml::String(key) => (Cow::Owned(key), to_be_written(value)),
                _ => (Cow::Borrowed(""), to_be_written(value)),
            });
            Value::Map(entries.collect())
        }
        Yaml::Tagged(tagged) => to_be_written(tagged.value),
    }
}
