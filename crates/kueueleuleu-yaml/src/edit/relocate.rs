//! Finds the items that move between the lists of a mapping, and takes their source.
//!
//! ```yaml
//! command: [sh]            # before `-c` moves
//! args: [-c, "echo # a"]
//! ```
//!
//! ```yaml
//! command: [sh, -c]        # after: the source of `-c` is taken, not its value
//! args: ["echo # a"]
//! ```
//!
//! Does not know where the items go.

use super::block_scalar_guard;
use super::change::{Moved, Unwritable};
use super::context::{Context, is_list};
use super::entries;
use super::source_item::{Form, SourceItem};
use crate::splice::{Draft, Splices};
use crate::syntax::{NodeId, NodeKind};
use std::borrow::Cow;

/// The items that move between the lists of one mapping.
#[derive(Debug, Default)]
pub(super) struct Moves<'t> {
    lists: Vec<SourceList<'t>>,
}

/// A list that items are taken from.
#[derive(Debug)]
struct SourceList<'t> {
    key: &'static str,
    id: NodeId,
    items: Vec<NodeId>,
    /// Whether it is in flow style, and has no comments.
    is_bare_flow: bool,
    /// The moved items by index.
    moved: Vec<Option<Relocated<'t>>>,
}

/// The text that [`Moves::taken`] found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) start: Option<usize>,
    pub(super) end: Option<usize>,
    /// The length of the blank lines before the start, which the first item takes along.
    pub(super) blanks: usize,
}

/// An item that moves.
#[derive(Debug)]
pub(super) struct Relocated<'t> {
    pub(super) source: SourceItem<'t>,
    /// Its text, edited.
    pub(super) body: Cow<'t, str>,
    /// Where it can be written.
    pub(super) form: Form,
    /// Its number among all moves of the edit.
    pub(super) number: usize,
}

impl<'t> Moves<'t> {
    /// Finds the source of a moved item.
    pub(super) fn find(
        &mut self,
        cx: &Context<'_, 't>,
        moved: &Moved<'_>,
    ) -> Result<SourceItem<'t>, Unwritable> {
        let list = self.list_of(cx, moved.list);
        let found = list.and_then(|list| Some((list, *list.items.get(moved.index)?)));
        let Some((list, item)) = found else {
            return Err(Unwritable {
                message: format!(
                    "the items of `{}` do not stand beside the list that they are to join",
                    moved.list
                ),
                span: cx.path.last().map(|&id| cx.tree.span(id)).unwrap_or_default(),
                help: "write the list out where it is used",
            });
        };
        if list.is_bare_flow {
            return Ok(SourceItem::of_bare_flow(cx, item));
        }
        let before = moved.index.checked_sub(1).map(|before| list.items[before]);
        Ok(if cx.tree.kind(list.id) == NodeKind::BlockSequence {
            SourceItem::of_block(cx, item, || before.map_or(0, |before| entries::item(cx, before).end))
        } else {
            let bracket = cx.tree.span(list.id).start as usize;
            SourceItem::of_flow(cx, item, before.map_or(bracket, |before| cx.end(before)), before.is_none())
        })
    }

    /// Keeps an item that was found.
    pub(super) fn keep(&mut self, moved: &Moved<'_>, item: Relocated<'t>) {
        if let Some(list) = self.lists.iter_mut().find(|list| list.key == moved.list) {
            list.moved[moved.index] = Some(item);
        }
    }

    /// The moved item.
    pub(super) fn get(&self, moved: &Moved<'_>) -> &Relocated<'t> {
        let list = self.lists.iter().find(|list| list.key == moved.list);
        let item = list.and_then(|list| list.moved.get(moved.index)?.as_ref());
        item.expect("impossible: all that moves is found before anything is written")
    }

    /// Whether the item of a list moves.
    pub(super) fn moves(&self, id: NodeId, index: usize) -> bool {
        let list = self.lists.iter().find(|list| list.id == id);
        list.is_some_and(|list| list.moved.get(index).is_some_and(Option::is_some))
    }

    /// The list that items are taken from.
    pub(super) fn list(&self, key: &str) -> Option<NodeId> {
        self.lists.iter().find(|list| list.key == key).map(|list| list.id)
    }

    /// The start of the text of the first item, and the end of the last, if they move.
    pub(super) fn taken(&self, id: NodeId) -> Taken {
        let list = self.lists.iter().find(|list| list.id == id && !list.is_bare_flow);
        let moved = list.map_or(&[][..], |list| &list.moved);
        let source = |item: Option<&Option<Relocated<'t>>>| Some(item?.as_ref()?.source.whole());
        let first = moved.first().and_then(Option::as_ref);
        Taken {
            blanks: first.map_or(0, |first| first.source.blanks()),
            start: source(moved.first()).map(|whole| whole.start),
            end: source(moved.last()).map(|whole| whole.end),
        }
    }

    fn list_of(&mut self, cx: &Context<'_, 't>, key: &'static str) -> Option<&SourceList<'t>> {
        if !self.lists.iter().any(|list| list.key == key) {
            let (_, id) = cx.tree.pairs(cx.mapping()?).find(|(name, _)| cx.tree.reads(*name, key))?;
            if !is_list(cx.tree.kind(id)) {
                return None;
            }
            let items: Vec<_> = cx.tree.children(id).collect();
            let is_flow = cx.tree.kind(id) == NodeKind::FlowSequence;
            let is_bare_flow = is_flow && !cx.has_comment(cx.tree.span(id).range());
            let moved = items.iter().map(|_| None).collect();
            self.lists.push(SourceList { key, id, items, is_bare_flow, moved });
        }
        self.lists.iter().find(|list| list.key == key)
    }
}

/// The text of an item with the edits of it made.
pub(super) fn body<'t>(
    cx: &Context<'_, 't>,
    source: &SourceItem<'t>,
    mut draft: Draft,
) -> Result<Cow<'t, str>, Unwritable> {
    let SourceItem { item, span, .. } = *source;
    if let Some(header) = cx.tree.unterminated_block_scalar().filter(|header| span.contains(*header)) {
        block_scalar_guard::terminate(cx.text, header, &mut draft);
    }
    if draft.is_empty() {
        return Ok(Cow::Borrowed(&cx.text[span.range()]));
    }
    block_scalar_guard::check(cx.tree, item, &draft)?;
    let splices = Splices::new(draft.within(span.start)).map_err(|_| Unwritable {
        message: "edits of a moved item overlap".to_owned(),
        span,
        help: "write the item in block style",
    })?;
    Ok(Cow::Owned(splices.apply(&cx.text[span.range()])))
}
