//! From a YAML value to Rust types, with errors that people can act on.
//!
//! Knows serde and the wording of its errors; no field of ours.
//!
//! `serde_yaml`'s own deserializer is not used: its errors are finished text, so that nothing could be suggested, it
//! takes a sequence for a struct, and it takes a number for a key.

use super::ConfigError;
use crate::route::{Route, Segment};
use serde::Deserialize;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error, Expected, IntoDeserializer, Unexpected, Visitor};
use serde_path_to_error as path;
use serde_yaml::{Number, Value};
use std::fmt;

/// Reads a whole functionConfig. The error names the field that is wrong.
pub(super) fn read<'de, T: Deserialize<'de>>(value: &'de Value) -> Result<T, ConfigError> {
    path::deserialize(Reader(value)).map_err(|error| {
        let segments = error.path().iter().filter_map(|segment| match segment {
            path::Segment::Seq { index } => Some(Segment::Index(*index)),
            path::Segment::Map { key } => Some(Segment::Key(key.clone().into())),
            path::Segment::Enum { .. } | path::Segment::Unknown => None,
        });
        let route: Route = segments.collect();
        error.into_inner().at(route)
    })
}

/// "did you mean" and what is accepted, for a name that is not among `accepted`.
fn suggest(found: &str, accepted: &[&str]) -> String {
    let list = accepted.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match nearest(found, accepted) {
        Some(name) => format!("did you mean `{name}`? accepted: {list}"),
        None => format!("accepted: {list}"),
    }
}

/// The accepted name that differs least, whatever the case; none if that would be guessing.
pub(super) fn nearest<'a>(found: &str, accepted: &[&'a str]) -> Option<&'a str> {
    let found = found.to_lowercase();
    let distances = accepted.iter().map(|name| (strsim::osa_distance(&found, &name.to_lowercase()), *name));
    distances
        .filter(|(distance, name)| *distance <= name.len() / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|it| it.1)
}

/// What can be wrong with a value, where it stands being known elsewhere.
#[derive(Debug)]
enum Problem {
    UnknownField { found: String, accepted: &'static [&'static str] },
    UnknownVariant { found: String, accepted: &'static [&'static str] },
    Type { found: String, expected: String, help: Option<&'static str> },
    Other(String),
}

impl Problem {
    fn at(self, route: Route) -> ConfigError {
        match self {
            Self::UnknownField { found, accepted } => {
                ConfigError::new(route, format!("unknown field `{found}`")).help(suggest(&found, accepted))
            }
            Self::UnknownVariant { found, accepted } => {
                ConfigError::new(route, format!("`{found}` is not accepted")).help(suggest(&found, accepted))
            }
            Self::Type { found, expected, help } => {
                let message = format!("expected {expected}, found {found}");
                ConfigError { help: help.map(str::to_owned), ..ConfigError::new(route, message) }
            }
            Self::Other(message) => ConfigError::new(route, message),
        }
    }

    fn wrong_type(found: Unexpected<'_>, expected: &str) -> Self {
        let help = match found {
            Unexpected::Bool(_) | Unexpected::Signed(_) | Unexpected::Unsigned(_) | Unexpected::Float(_)
                if expected.contains("string") =>
            {
                Some("put it in quotes")
            }
            Unexpected::Str("true" | "false") if expected == "a boolean" => Some("remove the quotes"),
            Unexpected::Str(_) if expected == "a boolean" => Some("write `true` or `false`"),
            _ => None,
        };
        let found = match found {
            Unexpected::Unit => "null".to_owned(),
            Unexpected::Str(text) => format!("string `{text}`"),
            Unexpected::Map => "a mapping".to_owned(),
            Unexpected::Seq => "a sequence".to_owned(),
            other => other.to_string(),
        };
        // The words of serde and `serde_yaml` for a mapping, where a map of any keys is read.
        let expected = if matches!(expected, "a map" | "a YAML mapping") { "a mapping" } else { expected };
        Self::Type { found, expected: expected.to_owned(), help }
    }
}

impl Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Other(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::wrong_type(found, &expected.to_string())
    }

    fn unknown_field(found: &str, accepted: &'static [&'static str]) -> Self {
        Self::UnknownField { found: found.to_owned(), accepted }
    }

    fn unknown_variant(found: &str, accepted: &'static [&'static str]) -> Self {
        Self::UnknownVariant { found: found.to_owned(), accepted }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Problem {}

/// A value to be read.
struct Reader<'de>(&'de Value);

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => visit_number(number, visitor),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Sequence(items) => visitor.visit_seq(SeqDeserializer::new(items.iter().map(Reader))),
            Value::Mapping(entries) => {
                let entries = entries.iter().map(|(key, value)| (Key(key), Reader(value)));
                visitor.visit_map(MapDeserializer::new(entries))
            }
            Value::Tagged(tagged) => {
                Err(Problem::Other(format!("the tag `{}` is not understood", tagged.tag)))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match self.0 {
            Value::Mapping(_) | Value::Tagged(_) => self.deserialize_any(visitor),
            other => Err(Problem::wrong_type(kind_of(other), "a mapping")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match self.0 {
            Value::String(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            other => {
                let names = variants.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                Err(Problem::wrong_type(kind_of(other), &format!("one of the strings {names}")))
            }
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Problem> for Reader<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A key to be read: only a string is one.
struct Key<'de>(&'de Value);

impl<'de> Deserializer<'de> for Key<'de> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.0 {
            Value::String(text) => visitor.visit_borrowed_str(text),
            other => Err(Problem::wrong_type(kind_of(other), "a string as key")),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Problem> for Key<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

fn visit_number<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, Problem> {
    match (number.as_i64(), number.as_u64(), number.as_f64()) {
        (Some(number), ..) => visitor.visit_i64(number),
        (_, Some(number), _) => visitor.visit_u64(number),
        (.., number) => visitor.visit_f64(number.unwrap_or(f64::NAN)),
    }
}

fn kind_of(value: &Value) -> Unexpected<'_> {
    match value {
        Value::Null => Unexpected::Unit,
        Value::Bool(value) => Unexpected::Bool(*value),
        Value::Number(number) => number.as_i64().map_or(Unexpected::Other("a number"), Unexpected::Signed),
        Value::String(text) => Unexpected::Str(text),
        Value::Sequence(_) => Unexpected::Seq,
        Value::Mapping(_) => Unexpected::Map,
        Value::Tagged(_) => Unexpected::Other("a tagged value"),
    }
}
