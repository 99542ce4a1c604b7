//! Reads an object, whether it is a node of a [`Tree`] or a JSON value.
//!
//! Knows types, keys and items, not what they mean.

use crate::diagnostic::Rule;
use kueueleuleu_yaml::edit::Value;
use kueueleuleu_yaml::span::Span;
use kueueleuleu_yaml::syntax::go;
use kueueleuleu_yaml::syntax::resolve::{self, FieldValue, Unreadable};
use kueueleuleu_yaml::syntax::scalar::{self, CoreType};
use kueueleuleu_yaml::syntax::{NodeId, NodeKind, Tree};
use std::borrow::Cow;

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// `null`, or an empty value.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// A sequence.
    Array,
    /// A mapping.
    Object,
}

impl Type {
    /// Its name in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "a list",
            Self::Object => "a mapping",
        }
    }
}

/// The most nodes of a value that is written again: an alias bomb has more.
const MAX_VALUE: usize = 100_000;
/// The deepest nesting of values, aliases expanded: a chain of aliases would overflow the stack.
const MAX_DEPTH: usize = 256;

/// How many values may still be visited, and how deep.
#[derive(Debug)]
pub(crate) struct Limit {
    values: usize,
    depth: usize,
}

impl Limit {
    /// A limit of this many values.
    pub(crate) fn new(values: usize) -> Self {
        Self { values, depth: MAX_DEPTH }
    }

    /// Whether a value was not visited because of the limit.
    pub(crate) fn is_reached(&self) -> bool {
        self.values == 0
    }

    /// Calls `look` to visit one value and the values in it; `None` if the limit is reached before.
    pub(crate) fn look<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let [values, depth] = [self.values.checked_sub(1), self.depth.checked_sub(1)];
        let (Some(values), Some(depth)) = (values, depth) else {
            self.values = 0;
            return None;
        };
        *self = Self { values, depth };
        let seen = look(self);
        self.depth += 1;
        Some(seen)
    }
}

/// A mapping that cannot be read.
#[derive(Clone, Debug)]
pub(crate) struct Malformed {
    /// The rule of the diagnostic.
    pub(crate) rule: Rule,
    /// The problem.
    pub(crate) message: String,
    /// The place of the problem.
    pub(crate) span: Option<Span>,
    /// How to fix it.
    pub(crate) help: &'static str,
}

impl Malformed {
    fn of(error: Unreadable) -> Self {
        let (rule, message, span, help) = match error {
            Unreadable::DuplicateKey { key, span } => {
                (Rule::DuplicateKey, format!("the key `{key}` occurs twice"), span, "remove one of them")
            }
            Unreadable::TooDeep { span } => (
                Rule::InvalidAlias,
                "aliases form a cycle, or are nested too deep".to_owned(),
                span,
                "write it out, without aliases",
            ),
            Unreadable::Overridden { key, span } => (
                Rule::InvalidAlias,
                format!(
                    "`<<` merges the key `{key}`, which comes before it: kubectl uses the merged value, kustomize the other one"
                ),
                span,
                "put `<<` before all other keys; to merge several mappings, merge a list of them",
            ),
            Unreadable::NotMergeable { span } => (
                Rule::InvalidAlias,
                "`<<` merges a value that is not a mapping".to_owned(),
                span,
                "merge a mapping, or a list of them",
            ),
        };
        Self { rule, message, span: Some(span), help }
    }
}

/// A value that can be read.
pub(crate) trait View<'v>: Copy {
    /// Its type.
    fn type_of(self) -> Type;
    /// Whether it is `null` or empty.
    fn is_null(self) -> bool {
        self.type_of() == Type::Null
    }
    /// The string, if it is one.
    fn string(self) -> Option<&'v str>;
    /// The entries of a mapping; any other value has none. Fails if the mapping is malformed.
    fn fields(self) -> Result<Vec<(&'v str, Self)>, Malformed> {
        self.map_fields(|key, value| Some((key, value)))
    }
    /// What `map` makes of the entries of a mapping, without those for which it returns `None`. Fails if the mapping is
    /// malformed.
    fn map_fields<T>(self, map: impl FnMut(&'v str, Self) -> Option<T>) -> Result<Vec<T>, Malformed>;
    /// Stores the value of each of `keys` in `places`, unless it is null; false if this is not a mapping. Fails if the
    /// mapping is malformed.
    fn pick(self, keys: &[&str], places: &mut [Option<Self>]) -> Result<bool, Malformed>;
    /// The value of the first entry with this key, even if the mapping is malformed. Ignores merged mappings.
    fn find(self, key: &str) -> Option<Self>;
    /// The items of a sequence; any other value has none.
    fn items(self) -> impl Iterator<Item = Self>;
    /// The number of items.
    fn count(self) -> usize;
    /// Whether it is in the text where it was found: not reached through an alias or a merged mapping.
    fn is_own(self) -> bool;
    /// The whole value, to be written again. Fails if a mapping in it is malformed, or if it is too large.
    fn value(self) -> Result<Value<'v>, Malformed> {
        self.value_within(&mut Limit::new(MAX_VALUE))
    }
    /// The whole value, within a limit.
    fn value_within(self, limit: &mut Limit) -> Result<Value<'v>, Malformed>;
    /// Its place, if it is in a text.
    fn span(self) -> Option<Span>;
}

/// Stores a value in the place of its key, if it has a place and is not null.
#[inline]
fn put<'v, V: View<'v>>(places: &mut [Option<V>], place: Option<usize>, value: V) {
    if let Some(place) = place {
        places[place] = Some(value).filter(|value| !value.is_null());
    }
}

/// A node of a tree, read through aliases and merges.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NodeView<'v> {
    tree: &'v Tree<'v>,
    node: NodeId,
    site: NodeId,
    own: bool,
}

impl<'v> NodeView<'v> {
    /// The view of a node; if it is an alias, of the node that it stands for.
    pub(crate) fn new(tree: &'v Tree<'v>, site: NodeId) -> Self {
        Self::at(tree, site, true)
    }

    fn at(tree: &'v Tree<'v>, site: NodeId, own: bool) -> Self {
        let node = if tree.kind(site) == NodeKind::Alias { Self::target(tree, site) } else { site };
        Self { tree, node, site, own: own && node == site }
    }

    #[cold]
    fn target(tree: &Tree<'_>, alias: NodeId) -> NodeId {
        // An alias in a circle has no target. It stays an alias, and reading its mapping reports it.
        tree.follow(alias).unwrap_or(alias)
    }

    /// The node, after following aliases.
    pub(crate) fn node(self) -> NodeId {
        self.node
    }

    /// Whether both are scalars with the same text in the same style, and so the same value.
    pub(crate) fn is_same_scalar(self, other: Self) -> bool {
        let kind = self.tree.kind(self.node);
        matches!(kind, NodeKind::Plain | NodeKind::Quoted | NodeKind::BlockScalar)
            && kind == other.tree.kind(other.node)
            && self.tree.is_tagged_string(self.node) == other.tree.is_tagged_string(other.node)
            && self.tree.bytes(self.node) == other.tree.bytes(other.node)
    }

    /// Whether its content has no nodes.
    pub(crate) fn is_opaque(self) -> bool {
        self.tree.kind(self.node).is_opaque()
    }

    /// Whether it has the text of an opaque value, and so the same value. A block collection must be in the same column.
    /// What may contain a block scalar, whose value also depends on what follows, counts as different.
    pub(crate) fn has_text_of(self, opaque: Self) -> bool {
        let (kind, other) = (self.tree.kind(self.node), opaque.tree.kind(opaque.node));
        let source = opaque.tree.source(opaque.node);
        let column = |Self { tree, node, .. }: Self| {
            let start = tree.span(node).start as usize;
            start - tree.line_start(start)
        };
        [kind.is_flow(), kind.is_block()] == [other.is_flow(), other.is_block()]
            && self.tree.source(self.node) == source
            && !source.contains(['|', '>'])
            && (kind.is_flow() || column(self) == column(opaque))
    }

    /// Its value, if it is a scalar or empty.
    pub(crate) fn scalar(self) -> Option<Value<'v>> {
        match self.type_of() {
            Type::Array | Type::Object => None,
            Type::String => Some(Value::Str(Cow::Borrowed(self.tree.scalar(self.node)))),
            Type::Null => Some(Value::Raw(Cow::Borrowed("null"))),
            Type::Bool | Type::Number => Some(Value::Raw(Cow::Borrowed(self.tree.scalar(self.node)))),
        }
    }

    /// Whether [`View::type_of`] is [`Type::Object`]; faster.
    fn is_mapping(self) -> bool {
        match self.tree.kind(self.node) {
            NodeKind::BlockMapping | NodeKind::FlowMapping | NodeKind::FlowPair => true,
            kind => kind.is_opaque() && self.type_of() == Type::Object,
        }
    }

    /// Whether a plain scalar is null.
    #[inline(never)]
    fn is_null_in_full(self) -> bool {
        matches!(self.tree.bytes(self.node), [] | [b'~' | b'n' | b'N', ..]) && self.type_of() == Type::Null
    }

    /// The nodes of its items.
    fn children(self) -> impl Iterator<Item = NodeId> {
        let is_list = matches!(self.tree.kind(self.node), NodeKind::BlockSequence | NodeKind::FlowSequence);
        self.tree.children(self.node).filter(move |_| is_list)
    }

    /// Calls `see` with each entry of a mapping: the key, its index in `keys`, and the value. False if the mapping has
    /// merges, aliases, or a key twice; use [`Self::resolved`] then.
    fn each(self, keys: &[&str], mut see: impl FnMut(NodeId, Option<usize>, Self)) -> bool {
        let Self { tree, own, .. } = self;
        tree.each_field(self.node, keys, |key, place, node| {
            see(key, place, Self { tree, node, site: node, own });
        })
    }

    /// Whether `see` accepts each entry of a mapping; any other value has none. Fails if the mapping is malformed.
    pub(crate) fn all_entries(self, mut see: impl FnMut(&'v [u8], Self) -> bool) -> Result<bool, Malformed> {
        let Self { tree, node, own, .. } = self;
        if !self.is_mapping() {
            return Ok(true);
        }
        if self.each(&[], |_, _, _| {}) {
            let at = |node| Self { tree, node, site: node, own };
            return Ok(tree.pairs(node).all(|(key, value)| see(tree.bytes(key), at(value))));
        }
        Ok(self.resolved()?.all(|(key, value)| see(tree.bytes(key), value)))
    }

    /// Whether it is this string.
    pub(crate) fn reads(self, text: &str) -> bool {
        self.tree.reads(self.node, text) && self.is_string(text)
    }

    /// Whether it is a string, with the text that it has.
    fn is_string(self, text: &str) -> bool {
        match self.tree.kind(self.node) {
            NodeKind::Plain => self.tree.is_tagged_string(self.node) || is_string(text),
            NodeKind::Quoted | NodeKind::BlockScalar => true,
            _ => false,
        }
    }

    /// The entries of a mapping with merges or aliases. Fails if it has a key twice.
    fn resolved(self) -> Result<impl Iterator<Item = (NodeId, Self)>, Malformed> {
        let fields = self.tree.fields(self.node).map_err(Malformed::of)?;
        Ok(fields.into_iter().map(move |(key, found)| (key, self.found(found))))
    }

    fn found(self, found: FieldValue) -> Self {
        let own = self.own && !found.merged && found.node == found.site;
        Self { tree: self.tree, node: found.node, site: found.site, own }
    }
}

/// Whether a plain scalar is a string for kubectl too, which reads `yes` and `1_000` as YAML 1.1 does.
fn is_string(text: &str) -> bool {
    scalar::plain(text) == CoreType::Str && (!may_be_old(text) || old_type(text) == Type::String)
}

/// Whether a scalar may be a boolean or a number in YAML 1.1, judging by its first characters.
fn may_be_old(text: &str) -> bool {
    match text.as_bytes() {
        [b'0'..=b'9' | b'.', ..] | [b'+' | b'-', b'0'..=b'9' | b'.' | b'_', ..] => true,
        [b'y' | b'Y' | b'n' | b'N' | b'o' | b'O', rest @ ..] => rest.len() < 3,
        _ => false,
    }
}

/// The type of a scalar in YAML 1.1.
fn old_type(text: &str) -> Type {
    match go::plain(text) {
        go::Plain::Null => Type::Null,
        go::Plain::Bool(_) => Type::Bool,
        go::Plain::Number(_) | go::Plain::Inexact => Type::Number,
        go::Plain::Str => Type::String,
    }
}

impl<'v> View<'v> for NodeView<'v> {
    fn type_of(self) -> Type {
        match self.tree.kind(self.node) {
            NodeKind::Plain if self.tree.is_tagged_string(self.node) => Type::String,
            NodeKind::Plain => match scalar::plain(self.tree.scalar(self.node)) {
                CoreType::Str if may_be_old(self.tree.scalar(self.node)) => {
                    old_type(self.tree.scalar(self.node))
                }
                CoreType::Str => Type::String,
                CoreType::Bool => Type::Bool,
                CoreType::Number => Type::Number,
                CoreType::Null => Type::Null,
            },
            NodeKind::Quoted | NodeKind::BlockScalar => Type::String,
            NodeKind::BlockSequence | NodeKind::FlowSequence => Type::Array,
            NodeKind::BlockMapping | NodeKind::FlowMapping | NodeKind::FlowPair => Type::Object,
            // The content is unknown, but a list begins with a bracket, or with a dash and a blank.
            NodeKind::OpaqueBlock | NodeKind::OpaqueFlow => match self.tree.source(self.node).as_bytes() {
                [b'[', ..] | [b'-', b' ' | b'\t' | b'\n' | b'\r', ..] => Type::Array,
                _ => Type::Object,
            },
            // Only an alias in a circle is still an alias here.
            NodeKind::Empty | NodeKind::Alias => Type::Null,
        }
    }

    fn is_null(self) -> bool {
        match self.tree.kind(self.node) {
            NodeKind::Plain => {
                self.tree.span(self.node).range().len() <= "null".len() && self.is_null_in_full()
            }
            kind => matches!(kind, NodeKind::Empty | NodeKind::Alias),
        }
    }

    fn string(self) -> Option<&'v str> {
        let text = self.tree.scalar(self.node);
        self.is_string(text).then_some(text)
    }

    fn map_fields<T>(self, mut map: impl FnMut(&'v str, Self) -> Option<T>) -> Result<Vec<T>, Malformed> {
        if !self.is_mapping() {
            return Ok(Vec::new());
        }
        let mut fields = Vec::with_capacity(8);
        if !self.each(&[], |key, _, value| fields.extend(map(self.tree.scalar(key), value))) {
            fields.clear();
            fields.extend(self.resolved()?.filter_map(|(key, value)| map(self.tree.scalar(key), value)));
        }
        Ok(fields)
    }

    fn pick(self, keys: &[&str], places: &mut [Option<Self>]) -> Result<bool, Malformed> {
        let is_mapping = self.is_mapping();
        if is_mapping && !self.each(keys, |_, place, value| put(places, place, value)) {
            let place = |key| resolve::place(keys, self.tree.bytes(key));
            self.resolved()?.for_each(|(key, value)| put(places, place(key), value));
        }
        Ok(is_mapping)
    }

    fn find(self, key: &str) -> Option<Self> {
        let Self { tree, own, .. } = self;
        let is_mapping = matches!(tree.kind(self.node), NodeKind::BlockMapping | NodeKind::FlowMapping);
        let mut pairs = tree.pairs(self.node).filter(|_| is_mapping);
        let (_, value) = pairs.find(|(name, _)| tree.reads(*name, key))?;
        Some(Self::at(tree, value, own))
    }

    fn items(self) -> impl Iterator<Item = Self> {
        self.children().map(move |item| Self::at(self.tree, item, self.own))
    }

    fn count(self) -> usize {
        self.children().count()
    }

    fn is_own(self) -> bool {
        self.own
    }

    fn value_within(self, limit: &mut Limit) -> Result<Value<'v>, Malformed> {
        let value = limit.look(|limit| {
            Ok(if let Some(scalar) = self.scalar() {
                scalar
            } else if self.type_of() == Type::Array {
                Value::Seq(self.items().map(|item| item.value_within(limit)).collect::<Result<_, _>>()?)
            } else {
                let fields = self.fields()?.into_iter();
                let fields = fields.map(|(key, value)| Ok((Cow::Borrowed(key), value.value_within(limit)?)));
                Value::Map(fields.collect::<Result<_, _>>()?)
            })
        });
        value.unwrap_or_else(|| {
            Err(Malformed {
                rule: Rule::InvalidAlias,
                message: "with its aliases expanded the value is too large".to_owned(),
                span: self.span(),
                help: "write it out, without aliases",
            })
        })
    }

    fn span(self) -> Option<Span> {
        Some(self.tree.span(self.site))
    }
}

impl<'v> View<'v> for &'v serde_json::Value {
    fn type_of(self) -> Type {
        match self {
            serde_json::Value::Null => Type::Null,
            serde_json::Value::Bool(_) => Type::Bool,
            serde_json::Value::Number(_) => Type::Number,
            serde_json::Value::String(_) => Type::String,
            serde_json::Value::Array(_) => Type::Array,
            serde_json::Value::Object(_) => Type::Object,
        }
    }

    fn string(self) -> Option<&'v str> {
        self.as_str()
    }

    fn map_fields<T>(self, mut map: impl FnMut(&'v str, Self) -> Option<T>) -> Result<Vec<T>, Malformed> {
        Ok(self.as_object().into_iter().flatten().filter_map(|(key, value)| map(key, value)).collect())
    }

    fn pick(self, keys: &[&str], places: &mut [Option<Self>]) -> Result<bool, Malformed> {
        let fields = self.as_object();
        let place = |key: &str| resolve::place(keys, key.as_bytes());
        fields.into_iter().flatten().for_each(|(key, value)| put(places, place(key), value));
        Ok(fields.is_some())
    }

    fn find(self, key: &str) -> Option<Self> {
        self.get(key)
    }

    fn items(self) -> impl Iterator<Item = Self> {
        self.as_array().into_iter().flatten()
    }

    fn count(self) -> usize {
        self.as_array().map_or(0, Vec::len)
    }

    fn is_own(self) -> bool {
        true
    }

    fn value_within(self, _: &mut Limit) -> Result<Value<'v>, Malformed> {
        Ok(match self {
            serde_json::Value::String(text) => Value::str(text.as_str()),
            serde_json::Value::Array(items) => {
                Value::Seq(items.iter().map(View::value).collect::<Result<_, _>>()?)
            }
            serde_json::Value::Object(fields) => {
                let fields =
                    fields.iter().map(|(key, value)| Ok((Cow::Borrowed(key.as_str()), value.value()?)));
                Value::Map(fields.collect::<Result<_, _>>()?)
            }
            scalar => Value::Raw(Cow::Owned(scalar.to_string())),
        })
    }

    fn span(self) -> Option<Span> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kueueleuleu_yaml::syntax::{Documents, Shape};
    use std::fmt::Write as _;

    #[test]
    fn a_long_chain_of_aliases_is_too_large_and_overflows_no_stack() {
        let chain = |length: usize| {
            let mut text = "a0: &a0 [x]\n".to_owned();
            for link in 1..length {
                writeln!(text, "a{link}: &a{link} [*a{}]", link - 1).unwrap();
            }
            text
        };
        for (length, is_read) in [(MAX_DEPTH - 1, true), (MAX_DEPTH, false), (50_000, false)] {
            let text = chain(length);
            let mut documents = Documents::new(&text, &Shape::ALL);
            let tree = documents.next_document().unwrap().unwrap();
            let (_, last) = tree.pairs(tree.root().unwrap()).last().unwrap();
            assert_eq!(NodeView::new(tree, last).value().is_ok(), is_read, "{length}");
        }
    }
}
