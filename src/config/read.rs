//! Implements a serde deserializer on the tree, for a configuration whose shape was checked.
//!
//! Knows serde, and no field by name. Skips the values that the check found bad: such an entry counts as absent, and
//! such an item as null.

use super::node::{ConfigNode, What};
use super::spanned;
use kueueleuleu_yaml::syntax::{NodeId, go};
use serde::Deserialize;
use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, Visitor};
use std::collections::HashSet;

/// Reads a configuration whose shape is good, except for `bad`.
pub(super) fn read<'t, T: Deserialize<'t>>(root: ConfigNode<'t>, bad: &HashSet<NodeId>) -> Result<T, Error> {
    T::deserialize(NodeDeserializer { node: root, bad })
}

/// A deserializer for a value.
#[derive(Clone, Copy)]
struct NodeDeserializer<'t, 'b> {
    node: ConfigNode<'t>,
    bad: &'b HashSet<NodeId>,
}

impl<'t> NodeDeserializer<'t, '_> {
    fn string(self) -> &'t str {
        match self.node.what() {
            What::String(text) => text,
            _ => "",
        }
    }

    fn at(self, node: ConfigNode<'t>) -> Self {
        Self { node, ..self }
    }

    fn entries(self) -> Result<Vec<(&'t str, Self)>, Error> {
        let entries = self.node.entries().map_err(|_| Error::custom("a mapping cannot be resolved"))?;
        let entries = entries.into_iter().filter(|(key, _)| !self.bad.contains(key));
        Ok(entries.map(|(key, value)| (self.node.tree.scalar(key), self.at(value))).collect())
    }
}

impl<'de> Deserializer<'de> for NodeDeserializer<'de, '_> {
    type Error = Error;

    /// Passes numbers as newtypes around their text, because no single number type represents them all.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.node.what() {
            What::Null => visitor.visit_unit(),
            What::Boolean(value) | What::Word(go::Plain::Bool(value)) => visitor.visit_bool(value),
            What::Number(number) | What::Word(go::Plain::Number(number)) => {
                visitor.visit_newtype_struct(number.into_owned().into_deserializer())
            }
            What::String(text) => visitor.visit_borrowed_str(text),
            What::List => {
                let items: Vec<_> = self.node.items().map(|item| self.at(item)).collect();
                visitor.visit_seq(SeqDeserializer::new(items.into_iter()))
            }
            What::Mapping => visitor.visit_map(MapDeserializer::new(self.entries()?.into_iter())),
            What::Inexact | What::Word(_) => Err(Error::custom("a value cannot be represented")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let is_absent = self.node.what() == What::Null || self.bad.contains(&self.node.site);
        if is_absent { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == spanned::NAME {
            return visitor.visit_map(SpannedEntries { reader: self, next: 0 });
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self.string().into_deserializer())
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

impl<'t> IntoDeserializer<'t, Error> for NodeDeserializer<'t, '_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The entries of [`spanned::Spanned`].
struct SpannedEntries<'t, 'b> {
    reader: NodeDeserializer<'t, 'b>,
    next: usize,
}

impl<'t> MapAccess<'t> for SpannedEntries<'t, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'t>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let name = spanned::FIELDS.get(self.next).copied();
        name.map(|name| seed.deserialize(name.into_deserializer())).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<S::Value, Error> {
        self.next += 1;
        let span = self.reader.node.span();
        match self.next {
            1 => seed.deserialize(span.start.into_deserializer()),
            2 => seed.deserialize(span.end.into_deserializer()),
            _ => seed.deserialize(self.reader),
        }
    }
}
