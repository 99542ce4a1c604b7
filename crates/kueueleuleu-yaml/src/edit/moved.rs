//! Items that change their place: where they are found, and what becomes of their text on the way.

use super::chunk::{self, Chunk, Form};
use super::lower::Lowering;
use super::{Edit, Moved, Unwritable, Value, block, flow, keep, layout};
use crate::span::Span;
use crate::splice::Splices;
use crate::syntax::{Kind, NodeId};
use std::borrow::Cow;

/// The list that an item was last taken from, so that it is looked up once for all of its items.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// What was edited when it was looked up, and under which key.
    place: Option<(Option<NodeId>, &'static str)>,
    /// The list, and its items.
    list: Option<NodeId>,
    items: Vec<NodeId>,
    /// Whether it is in flow style, and none of its items has a comment.
    is_bare_flow: bool,
}

impl Taken {
    /// Forgets the list.
    pub(super) fn clear(&mut self) {
        self.place = None;
        self.list = None;
        self.items.clear();
        self.is_bare_flow = false;
    }
}

impl<'t> Lowering<'_, 't> {
    /// Whether a new list takes over the flow style of the list that its items come from. One of mappings does not:
    /// they may go back one day, and an empty block list goes with them, while brackets stay.
    pub(super) fn wants_flow(&mut self, items: &[Value<'_>]) -> Result<bool, Unwritable> {
        let mut any = false;
        for item in items {
            if let Value::Moved(moved) = item {
                any = true;
                let (item, form) = self.form(moved)?;
                if form != Form::Flowable || self.tree.kind(item) == Kind::FlowMapping {
                    return Ok(false);
                }
            }
        }
        Ok(any || (items.iter().all(|item| matches!(item, Value::Str(_))) && self.stands_by_flow()))
    }

    /// Whether a list of scalars in flow style stands in the mapping that is being edited.
    fn stands_by_flow(&self) -> bool {
        let tree = self.tree;
        let map = self.writer.path.last().filter(|&&id| tree.kind(id) == Kind::BlockMapping);
        let is_scalar = |item: NodeId| matches!(tree.kind(item), Kind::Plain | Kind::Quoted);
        map.into_iter().flat_map(|&map| tree.pairs(map)).any(|(_, list)| {
            tree.kind(list) == Kind::FlowSequence
                && tree.children(list).next().is_some()
                && tree.children(list).all(is_scalar)
        })
    }

    /// Whether the list that items come from has all its strings in double quotes.
    pub(super) fn quotes(&mut self, items: &[Value<'_>]) -> bool {
        let moved =
            items.iter().find_map(|item| if let Value::Moved(moved) = item { Some(moved) } else { None });
        let list = moved.and_then(|moved| {
            self.take_from(moved.list);
            self.writer.taken.list
        });
        list.is_some_and(|list| flow::quotes(self, list))
    }

    /// The mapping that lists are taken from: the one that is being edited, or that of the list that is.
    fn mapping(&self) -> Option<NodeId> {
        self.writer.path.iter().rev().find(|&&id| !chunk::is_list(self.tree.kind(id))).copied()
    }

    /// The list under `key` in the mapping.
    fn sibling(&self, key: &str) -> Option<NodeId> {
        let pair = self.tree.pairs(self.mapping()?).find(|(name, _)| self.tree.reads(*name, key))?;
        chunk::is_list(self.tree.kind(pair.1)).then_some(pair.1)
    }

    /// Finds the list that an item is taken from.
    #[inline]
    fn take_from(&mut self, key: &'static str) {
        let edited = self.writer.path.last().copied();
        let known = self.writer.taken.place;
        // A key at another address is looked up again, whatever it is.
        if !known.is_some_and(|(of, under)| of == edited && std::ptr::eq(under, key)) {
            self.look_up_list(key);
        }
    }

    #[inline(never)]
    fn look_up_list(&mut self, key: &'static str) {
        let list = self.sibling(key);
        let tree = self.tree;
        let taken = &mut self.writer.taken;
        taken.clear();
        taken.place = Some((self.writer.path.last().copied(), key));
        taken.list = list;
        taken.items.extend(list.into_iter().flat_map(|list| tree.children(list)));
        taken.is_bare_flow = list.is_some_and(|list| {
            tree.kind(list) == Kind::FlowSequence && !chunk::holds_comment(tree.source(list))
        });
    }

    /// The item that moves, if it stands in a flow list without comments.
    #[inline]
    fn bare(&mut self, moved: &Moved<'_>) -> Option<NodeId> {
        self.take_from(moved.list);
        let Taken { items, is_bare_flow, .. } = &self.writer.taken;
        items.get(moved.index).copied().filter(|_| *is_bare_flow)
    }

    /// What a moved item is, not edited.
    fn chunk(&mut self, moved: &Moved<'_>) -> Result<Chunk<'t>, Unwritable> {
        if let Some(item) = self.bare(moved) {
            return Ok(Chunk::of_bare_flow(self.tree, item));
        }
        let Taken { list, items, .. } = &self.writer.taken;
        let Some((list, &item)) = list.zip(items.get(moved.index)) else {
            return Err(Unwritable {
                message: format!(
                    "the items of `{}` do not stand beside the list that they are to join",
                    moved.list
                ),
                span: self.writer.path.last().map_or(Span::default(), |&id| self.tree.span(id)),
                help: "write the list out where it is used",
            });
        };
        let before = moved.index.checked_sub(1).map(|before| items[before]);
        Ok(if self.tree.kind(list) == Kind::BlockSequence {
            if let Some(known) = self.block_item.filter(|known| known.item == item) {
                return Ok(known);
            }
            let end = || before.map_or(0, |before| layout::item(self.tree, before).end);
            *self.block_item.insert(Chunk::of_block(self.tree, item, end))
        } else {
            let start = self.tree.span(list).start as usize + 1;
            Chunk::of_flow(self.tree, item, before.map_or(start, |before| self.end(before)), before.is_none())
        })
    }

    /// The text of an item that will stand elsewhere, edited.
    pub(super) fn edited(
        &mut self,
        chunk: &Chunk<'t>,
        edit: Option<&Edit<'_>>,
    ) -> Result<Cow<'t, str>, Unwritable> {
        let Chunk { item, span, .. } = *chunk;
        let header = self.tree.unterminated_block_scalar().filter(|header| span.contains(*header));
        if edit.is_none() && header.is_none() {
            return Ok(Cow::Borrowed(&self.text[span.range()]));
        }
        let outer = std::mem::take(&mut self.writer.draft);
        if let Some(edit) = edit {
            self.edit(item, edit, None)?;
        }
        let mut draft = std::mem::replace(&mut self.writer.draft, outer);
        if let Some(header) = header {
            block::terminate(self.text, header, &mut draft);
        }
        keep::check(self.tree, item, &draft)?;
        let splices = Splices::new(draft.within(span.start)).map_err(|_| Unwritable {
            message: "edits of a moved item overlap".to_owned(),
            span,
            help: "write the item in block style",
        })?;
        Ok(Cow::Owned(splices.apply(&self.text[span.range()])))
    }

    /// A moved item, and what it can become.
    pub(super) fn form(&mut self, moved: &Moved<'_>) -> Result<(NodeId, Form), Unwritable> {
        if let Some(item) = self.bare(moved) {
            return Ok((item, Form::Flowable));
        }
        let chunk = self.chunk(moved)?;
        Ok((chunk.item, chunk.form(self.tree)))
    }

    /// A moved item and its text, edited.
    fn moved(&mut self, moved: &Moved<'_>) -> Result<(Chunk<'t>, Cow<'t, str>), Unwritable> {
        let chunk = self.chunk(moved)?;
        let destination = self.destination;
        self.writer.anchors.moved(self.tree, chunk.span, destination);
        let body = self.edited(&chunk, moved.edit.as_deref())?;
        self.destination = destination;
        Ok((chunk, body))
    }
}

/// What values that are written ask for.
impl Lowering<'_, '_> {
    /// How many columns a mapping is indented under its key.
    pub(super) fn step(&mut self) -> usize {
        self.around.step(self.tree, &self.writer.path)
    }

    /// How many columns a sequence is indented under its key.
    pub(super) fn offset(&mut self) -> usize {
        self.around.offset(self.tree, &self.writer.path)
    }

    /// Writes a moved item as one of a block list, the dash in `column`.
    pub(super) fn write_item(
        &mut self,
        moved: &Moved<'_>,
        column: usize,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        let (chunk, body) = self.moved(moved)?;
        chunk.write_item(&body, column, self.line_break, out)
    }

    /// Writes a moved item as one of a flow list.
    pub(super) fn write_flow(&mut self, moved: &Moved<'_>, out: &mut String) -> Result<(), Unwritable> {
        if moved.edit.is_none()
            && let Some(item) = self.bare(moved)
        {
            let Chunk { span, .. } = Chunk::of_bare_flow(self.tree, item);
            self.writer.anchors.moved(self.tree, span, self.destination);
            out.push_str(self.text[span.range()].trim_ascii());
            return Ok(());
        }
        let (chunk, body) = self.moved(moved)?;
        chunk.write_flow(&body, self.tree, out)
    }
}
