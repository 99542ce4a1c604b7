//! Reads a value of a functionConfig from the tree, through aliases and merges.
//!
//! Knows what the value is for kubectl, and where to show a problem with it; not what it should be.

use kueueleuleu_yaml::span::Span;
use kueueleuleu_yaml::syntax::resolve::Unreadable;
use kueueleuleu_yaml::syntax::{NodeId, NodeKind, Tree, go, scalar};
use std::borrow::Cow;

/// A value, and where to show a problem with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConfigNode<'t> {
    pub tree: &'t Tree<'t>,
    /// The value, or the alias in its place.
    pub site: NodeId,
    /// The key that it belongs to.
    pub key: Option<NodeId>,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What<'t> {
    Null,
    Boolean(bool),
    /// A number, as JSON writes it.
    Number(Cow<'t, str>),
    /// A number that JSON cannot represent, or that kubectl would round.
    Inexact,
    String(&'t str),
    /// A string in YAML 1.2, but a boolean or a number in YAML 1.1 and for kubectl: `yes`, `0b11`.
    Word(go::Plain<'t>),
    List,
    Mapping,
}

impl<'t> ConfigNode<'t> {
    pub(super) fn root(tree: &'t Tree<'t>, site: NodeId) -> Self {
        Self { tree, site, key: None }
    }

    /// The value of a key.
    pub(super) fn value(self, key: NodeId, site: NodeId) -> Self {
        Self { site, key: Some(key), ..self }
    }

    /// An item of this list.
    pub(super) fn item(self, site: NodeId) -> Self {
        Self { site, key: None, ..self }
    }

    /// The value itself, after following aliases.
    pub(super) fn target(self) -> Result<NodeId, Unreadable> {
        self.tree.follow(self.site)
    }

    /// What the value is; null for an alias that cannot be resolved.
    pub(super) fn what(self) -> What<'t> {
        self.target().map_or(What::Null, |target| what(self.tree, target))
    }

    /// Whether the value is null or empty, without a tag.
    pub(super) fn is_plainly_null(self) -> bool {
        let is_null = |target| what(self.tree, target) == What::Null && !self.tree.is_tagged(target);
        self.target().is_ok_and(is_null)
    }

    /// The items of a list.
    pub(super) fn items(self) -> impl Iterator<Item = Self> {
        let items = self.target().into_iter().flat_map(move |list| self.tree.children(list));
        items.map(move |item| self.item(item))
    }

    /// The entries of a mapping, merged entries last. Fails if they cannot be resolved.
    pub(super) fn entries(self) -> Result<Vec<(NodeId, Self)>, Unreadable> {
        let fields = self.tree.fields(self.target()?)?;
        Ok(fields.into_iter().map(|(key, found)| (key, self.value(key, found.site))).collect())
    }

    /// Where to show a problem with it: its key, or the first line of an item.
    pub(super) fn span(self) -> Span {
        first_line(self.tree, self.key.unwrap_or(self.site))
    }
}

/// What a node is, unless it is an alias.
pub(super) fn what<'t>(tree: &'t Tree<'t>, id: NodeId) -> What<'t> {
    let text = tree.scalar(id);
    match tree.kind(id) {
        NodeKind::Plain if tree.is_tagged_string(id) => What::String(text),
        NodeKind::Plain => match go::plain(text) {
            go::Plain::Null => What::Null,
            go::Plain::Str => What::String(text),
            go::Plain::Inexact => What::Inexact,
            other if scalar::plain(text) == scalar::CoreType::Str => What::Word(other),
            go::Plain::Bool(value) => What::Boolean(value),
            go::Plain::Number(number) => What::Number(number),
        },
        NodeKind::Quoted | NodeKind::BlockScalar => What::String(text),
        NodeKind::BlockSequence | NodeKind::FlowSequence => What::List,
        NodeKind::BlockMapping | NodeKind::FlowMapping | NodeKind::FlowPair => What::Mapping,
        NodeKind::Empty | NodeKind::Alias => What::Null,
        // Only collections as keys are opaque.
        NodeKind::OpaqueBlock | NodeKind::OpaqueFlow => match tree.source(id).as_bytes() {
            [b'[', ..] | [b'-', b' ' | b'\t' | b'\n' | b'\r', ..] => What::List,
            _ => What::Mapping,
        },
    }
}

/// The first line of a node.
pub(super) fn first_line(tree: &Tree<'_>, id: NodeId) -> Span {
    let source = tree.source(id);
    let length = source.find(['\n', '\r']).unwrap_or(source.len());
    let start = tree.span(id).start as usize;
    Span::new(start, start + length)
}
