//! Copies of anchored values, in the place of aliases that an edit takes away from their anchors.
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
//! Knows how a copy is written; which aliases need one is known elsewhere.

use super::change::Value;
use super::context::Context;
use super::layout;
use super::lines::Text;
use super::relocate::Moves;
use super::render::{Flow, Render, WIDEST};
use super::style;
use crate::span::Span;
use crate::syntax::{AliasSite, Documents, NodeId, NodeKind, Shape, Tree, go, scalar};
use std::borrow::Cow;

/// How many values a copy may have: an alias bomb has more.
const MAX_VALUES: usize = 10_000;

/// A copy of what an alias stands for.
#[derive(Clone, Debug)]
pub(super) struct Copy {
    pub(super) alias: Span,
    /// The text that it replaces: the alias, and perhaps blanks before it.
    pub(super) replaced: Span,
    pub(super) text: String,
}

/// The copy for an alias; `None` where the value cannot be written again.
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
    let place = site.node.and_then(|alias| Place::of(tree, alias));
    let parent = place.map(|place| place.parent);
    let path =
        ancestors.iter().copied().chain([root]).chain(parent.filter(|&parent| parent != root)).collect();
    let cx = Context::new(tree, root, path);
    cx.follow_line(start);
    let moves = Moves::default();
    let render = Render::new(&cx, &moves);
    let mut flow = Text::default();
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
    let Some(Place { column, is_item, .. }) = in_lines else {
        return Some(Copy { alias: site.span, replaced: site.span, text: flow.text });
    };
    let mut lines = Text::default();
    let replaced = if is_item {
        render.contents(&value, column, &mut lines).ok()?;
        site.span
    } else {
        render.below(&value, column, &mut lines).ok()?;
        Span::new(tree.text()[..start].trim_end_matches([' ', '\t']).len(), end)
    };
    Some(Copy { alias: site.span, replaced, text: lines.text })
}

/// Where an alias stands that can be replaced by lines.
#[derive(Clone, Copy)]
struct Place {
    parent: NodeId,
    /// The column of its key, or its own as an item.
    column: usize,
    is_item: bool,
}

impl Place {
    /// `None` in flow style, and on a line of its own below its key.
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

/// The source of a value that reads alike wherever it stands on a line.
fn verbatim<'t>(tree: &Tree<'t>, node: NodeId) -> Option<&'t str> {
    let source = tree.source(node);
    let is_closed = tree.kind(node).is_flow() || tree.kind(node) == NodeKind::Quoted;
    (is_closed && !source.contains(['\n', '\r', '&', '*']) && !source.contains("<<")).then_some(source)
}

/// A value as one to be written; `None` where it has a tag, a key that is no string, or is too large.
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
            let is_string = scalar::plain(text) == scalar::Plain::Str && go::plain(text) == go::Plain::Str;
            if is_string { string() } else { Some(Value::Raw(Cow::Owned(text.to_owned()))) }
        }
        NodeKind::BlockSequence | NodeKind::FlowSequence => {
            let items: Option<Vec<_>> = tree.children(node).map(|item| value(tree, item, left)).collect();
            Some(Value::seq(items?))
        }
        NodeKind::BlockMapping | NodeKind::FlowMapping | NodeKind::FlowPair => {
            let fields = tree.fields(node).ok()?;
            let field = |(key, found): (NodeId, crate::syntax::Found)| {
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
