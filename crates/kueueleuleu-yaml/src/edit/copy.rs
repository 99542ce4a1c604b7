//! Replaces aliases that an edit would separate from their anchors by copies of the values.
//!
//! ```yaml
//! initContainers:      # before the step moves to the end of this list
//! - {name: init, image: *i}
//! containers:
//! - {name: step, image: &i busybox}
//! ```
//!
//! ```yaml
//! initContainers:      # after
//! - {name: init, image: busybox}
//! - {name: step, image: &i busybox}
//! ```
//!
//! Knows how to write a copy. The caller decides which aliases need one.

use super::change::Value;
use super::context::Context;
use super::layout;
use super::lines::NewText;
use super::relocate::Moves;
use super::render::{Flow, Render, WIDEST};
use super::style;
use crate::span::Span;
use crate::syntax::{AliasSite, Documents, NodeId, NodeKind, Shape, Tree, go, scalar};
use std::borrow::Cow;

/// The maximum number of values in a copy. An alias bomb has more.
const MAX_VALUES: usize = 10_000;

/// A copy of the value of an alias.
#[derive(Clone, Debug)]
pub(super) struct Copy {
    pub(super) alias: Span,
    /// The replaced text: the alias, with the blanks before it if the copy starts on the next line.
    pub(super) replaced: Span,
    pub(super) text: String,
}

/// The copy for an alias; `None` if the value cannot be written again.
pub(super) fn of(tree: &Tree<'_>, root: NodeId, ancestors: &[NodeId], site: &AliasSite) -> Option<Copy> {
    let node = tree.anchor(site.anchor).node;
    let (start, end) = (site.span.start as usize, site.span.end as usize);
    let line_end = layout::line_end(tree, end);
    let rest = tree.text()[end..line_end].trim_ascii_start();
    // As a key it would need quotes, or a `?`.
    if rest.starts_with(':') {
        return None;
    }
    let value = value(tree, node, &mut MAX_VALUES.clone())?;
    let place = site.node.and_then(|alias| AliasPlace::of(tree, alias));
    let parent = place.map(|place| place.parent);
    let path =
        ancestors.iter().copied().chain([root]).chain(parent.filter(|&parent| parent != root)).collect();
    let cx = Context::new(tree, root, path);
    cx.follow_line(start);
    let moves = Moves::default();
    let render = Render::new(&cx, &moves);
    let mut flow = NewText::default();
    match verbatim(tree, node) {
        Some(source) => flow.text.push_str(source),
        None => render.flow(Flow::inline(cx.kyaml().is_some()), &value, 0, &mut flow).ok()?,
    }
    let width = style::width(tree, start) - site.span.range().len() + flow.text.chars().count();
    let wants_lines = tree.kind(node).is_block() || style::is_too_wide(width, WIDEST);
    let is_filled = match &value {
        Value::Seq(items) => !items.is_empty(),
        Value::Map(fields) => !fields.is_empty(),
        _ => false,
    };
    let in_lines = place.filter(|_| is_filled && wants_lines && rest.is_empty());
    let Some(AliasPlace { column, is_item, .. }) = in_lines else {
        return Some(Copy { alias: site.span, replaced: site.span, text: flow.text });
    };
    let mut lines = NewText::default();
    let replaced = if is_item {
        render.contents(&value, column, &mut lines).ok()?;
        site.span
    } else {
        render.below(&value, column, &mut lines).ok()?;
        Span::new(tree.text()[..start].trim_end_matches([' ', '\t']).len(), end)
    };
    Some(Copy { alias: site.span, replaced, text: lines.text })
}

/// The place of an alias that lines can replace.
#[derive(Clone, Copy)]
struct AliasPlace {
    parent: NodeId,
    /// The column of its key; for an item, the column of the alias.
    column: usize,
    is_item: bool,
}

impl AliasPlace {
    /// `None` in flow style, and if the alias is on its own line below its key.
    fn of(tree: &Tree<'_>, alias: NodeId) -> Option<Self> {
        let parent = tree.parent(alias)?;
        let start = tree.span(alias).start as usize;
        match tree.kind(parent) {
            NodeKind::BlockSequence => {
                let is_beside = layout::line_start(tree, start) <= tree.lead(alias);
                is_beside.then(|| Self { parent, column: layout::column(tree, start), is_item: true })
            }
            NodeKind::BlockMapping => {
                let (key, _) = tree.pairs(parent).find(|(_, value)| *value == alias)?;
                let is_beside = layout::line_start(tree, start) <= tree.span(key).end as usize;
                let column = layout::column(tree, tree.lead(key));
                is_beside.then_some(Self { parent, column, is_item: false })
            }
            _ => None,
        }
    }
}

/// The source of a value that reads the same anywhere on a line.
fn verbatim<'t>(tree: &Tree<'t>, node: NodeId) -> Option<&'t str> {
    let source = tree.source(node);
    let is_closed = tree.kind(node).is_flow() || tree.kind(node) == NodeKind::Quoted;
    (is_closed && !source.contains(['\n', '\r', '&', '*']) && !source.contains("<<")).then_some(source)
}

/// A value to write; `None` if it has a tag, a key that is not a string, or too many values.
fn value(tree: &Tree<'_>, node: NodeId, left: &mut usize) -> Option<Value<'static>> {
    *left = left.checked_sub(1)?;
    if tree.is_tagged(node) && !tree.is_tagged_string(node) {
        return None;
    }
    let string = || Some(Value::Str(Cow::Owned(tree.scalar(node).to_owned())));
    match tree.kind(node) {
        NodeKind::Empty => Some(Value::Raw("null".into())),
        NodeKind::Quoted | NodeKind::BlockScalar => string(),
        NodeKind::Plain if tree.is_tagged_string(node) => string(),
        NodeKind::Plain => {
            let text = tree.scalar(node);
            let is_string = scalar::plain(text) == scalar::CoreType::Str && go::plain(text) == go::Plain::Str;
            if is_string { string() } else { Some(Value::Raw(Cow::Owned(text.to_owned()))) }
        }
        NodeKind::BlockSequence | NodeKind::FlowSequence => {
            let items: Option<Vec<_>> = tree.children(node).map(|item| value(tree, item, left)).collect();
            Some(Value::seq(items?))
        }
        NodeKind::BlockMapping | NodeKind::FlowMapping | NodeKind::FlowPair => {
            let fields = tree.fields(node).ok()?;
            let field = |(key, found): (NodeId, crate::syntax::FieldValue)| {
                let Some(Value::Str(key)) = value(tree, key, left) else { return None };
                Some((key, value(tree, found.node, left)?))
            };
            let fields: Option<Vec<_>> = fields.into_iter().map(field).collect();
            Some(Value::Map(fields?.into()))
        }
        NodeKind::Alias => value(tree, tree.follow(node).ok()?, left),
        NodeKind::OpaqueBlock | NodeKind::OpaqueFlow => {
            let start = tree.span(node).start as usize;
            let text = " ".repeat(layout::column(tree, start)) + tree.source(node) + "\n";
            let mut documents = Documents::new(&text, &Shape::ALL);
            let tree = documents.next_document()?.ok()?;
            let read = value(tree, tree.root()?, left)?;
            documents.next_document().is_none().then_some(read)
        }
    }
}
