//! Items that change their place: where they are found, and what becomes of their text on the way.

use super::chunk::{self, Chunk, Form};
use super::lower::Lowering;
use super::render::Source;
use super::{Edit, Moved, Unwritable, Value, block, flow, keep, layout};
use crate::span::Span;
use crate::splice::Splices;
use crate::yaml::{Kind, NodeId};

impl Lowering<'_, '_> {
    /// Whether a new list takes over the flow style of the list that its items come from. One of mappings does not:
    /// they may go back one day, and an empty block list goes with them, while brackets stay.
    pub(super) fn wants_flow(&mut self, items: &[Value<'_>]) -> Result<bool, Unwritable> {
        let mut any = false;
        for item in items {
            if let Value::Moved(moved) = item {
                any = true;
                let (item, _, chunk) = self.frame(moved)?;
                if chunk.form() != Form::Flowable || self.tree.kind(item) == Kind::FlowMapping {
                    return Ok(false);
                }
            }
        }
        Ok(any || (items.iter().all(|item| matches!(item, Value::Str(_))) && self.stands_by_flow()))
    }

    /// Whether a list of scalars in flow style stands in the mapping that is being edited.
    fn stands_by_flow(&self) -> bool {
        let tree = self.tree;
        let map = self.path.last().filter(|&&id| tree.kind(id) == Kind::BlockMapping);
        let is_scalar = |item: NodeId| matches!(tree.kind(item), Kind::Plain | Kind::Quoted);
        map.into_iter().flat_map(|&map| tree.pairs(map)).any(|(_, list)| {
            tree.kind(list) == Kind::FlowSequence
                && tree.children(list).next().is_some()
                && tree.children(list).all(is_scalar)
        })
    }

    /// Whether the list that items come from has all its strings in double quotes.
    pub(super) fn quotes(&self, items: &[Value<'_>]) -> bool {
        let moved =
            items.iter().find_map(|item| if let Value::Moved(moved) = item { Some(moved) } else { None });
        moved.and_then(|moved| self.sibling(moved.list)).is_some_and(|list| flow::quotes(self, list))
    }

    /// The list under `key` beside the one that is being edited, or that one.
    fn sibling(&self, key: &str) -> Option<NodeId> {
        let map = self.path.iter().rev().find(|&&id| !chunk::is_list(self.tree.kind(id)))?;
        let pair = self.tree.pairs(*map).find(|(name, _)| self.tree.scalar(*name) == key)?;
        chunk::is_list(self.tree.kind(pair.1)).then_some(pair.1)
    }

    /// What a moved item is, without its text.
    fn frame(&self, moved: &Moved<'_>) -> Result<(NodeId, Span, Chunk), Unwritable> {
        let found = self.sibling(moved.list).and_then(|list| {
            let mut items = self.items.borrow_mut();
            if items.0 != Some(list) {
                items.0 = Some(list);
                items.1.clear();
                items.1.extend(self.tree.children(list));
            }
            let before = moved.index.checked_sub(1).and_then(|before| items.1.get(before));
            Some((list, *items.1.get(moved.index)?, before.copied()))
        });
        let Some((list, item, before)) = found else {
            return Err(Unwritable {
                message: format!(
                    "the items of `{}` do not stand beside the list that they are to join",
                    moved.list
                ),
                span: self.path.last().map_or(Span::default(), |&id| self.tree.span(id)),
                help: "write the list out where it is used",
            });
        };
        let (span, chunk) = if self.tree.kind(list) == Kind::BlockSequence {
            let end = || before.map_or(0, |before| layout::item(self.tree, before).end);
            Chunk::of_block(self.tree, item, layout::item(self.tree, item), end)
        } else {
            let start = self.tree.span(list).start as usize + 1;
            Chunk::of_flow(self.tree, item, before.map_or(start, |before| self.end(before)), before.is_none())
        };
        Ok((item, span, chunk))
    }

    /// The text of an item that will stand elsewhere, edited.
    pub(super) fn edited(
        &mut self,
        item: NodeId,
        edit: Option<&Edit<'_>>,
        span: Span,
    ) -> Result<String, Unwritable> {
        let header = self.tree.unterminated_block_scalar().filter(|header| span.contains(*header));
        if edit.is_none() && header.is_none() {
            return Ok(self.text[span.range()].to_owned());
        }
        let outer = std::mem::take(&mut self.draft);
        if let Some(edit) = edit {
            self.edit(item, edit, None)?;
        }
        let mut draft = std::mem::replace(&mut self.draft, outer);
        keep::check(self.tree, item, &draft)?;
        if let Some(header) = header {
            block::terminate(self.text, header, &mut draft);
        }
        let splices = Splices::new(draft.within(span.start)).map_err(|_| Unwritable {
            message: "edits of a moved item overlap".to_owned(),
            span,
            help: "write the item in block style",
        })?;
        Ok(splices.apply(&self.text[span.range()]))
    }

    pub(super) fn form(&self, moved: &Moved<'_>) -> Result<Form, Unwritable> {
        Ok(self.frame(moved)?.2.form())
    }
}

/// Gives the text of moved items, edited.
pub(super) struct Siblings<'s, 'l, 't>(&'s mut Lowering<'l, 't>);

impl<'s, 'l, 't> Siblings<'s, 'l, 't> {
    pub(super) fn of(lowering: &'s mut Lowering<'l, 't>) -> Self {
        Self(lowering)
    }
}

impl Source for Siblings<'_, '_, '_> {
    fn chunk(&mut self, moved: &Moved<'_>) -> Result<Chunk, Unwritable> {
        let lowering = &mut *self.0;
        let (item, span, chunk) = lowering.frame(moved)?;
        let destination = lowering.destination;
        lowering.anchors.moved(span, destination);
        let body = lowering.edited(item, moved.edit.as_deref(), span)?;
        lowering.destination = destination;
        Ok(chunk.with_body(body))
    }
}
