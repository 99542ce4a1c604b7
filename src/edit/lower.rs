//! From an [`Edit`] to splices: walks the edit and the document side by side.

use super::chunk::Form;
use super::render::{self, Block, Flow};
use super::slots::Slots;
use super::vanish::{has_comment, vanishes};
use super::{Edit, Field, Item, Place, Unwritable, Value, anchors, block, flow, keep, layout};
use crate::span::Span;
use crate::splice::Draft;
use crate::yaml::{Kind, NodeId, Tree};
use std::cell::RefCell;

/// Turns an edit of the value at `root`, which lies in `ancestors`, into edits of the document's text, which `draft`
/// holds then.
///
/// Fails when the edit cannot be written without a guess; what `draft` holds then is half of it.
pub fn lower(
    tree: &Tree<'_>,
    ancestors: &[NodeId],
    root: NodeId,
    edit: &Edit<'_>,
    draft: &mut Draft,
) -> Result<(), Unwritable> {
    draft.clear();
    let mut lowering = Lowering {
        tree,
        text: tree.text(),
        line_break: layout::line_break(tree),
        draft: std::mem::take(draft),
        scratch: String::with_capacity(render::USUAL),
        path: ancestors.to_vec(),
        anchors: anchors::Guard::default(),
        items: RefCell::default(),
        destination: 0,
    };
    lowering.edit(root, edit, None)?;
    lowering.anchors.check(tree)?;
    keep::terminate(tree, root, lowering.line_break, &mut lowering.draft);
    keep::check(tree, root, &lowering.draft)?;
    *draft = lowering.draft;
    Ok(())
}

pub(super) struct Lowering<'l, 't> {
    pub(super) tree: &'l Tree<'t>,
    pub(super) text: &'t str,
    pub(super) line_break: &'static str,
    pub(super) draft: Draft,
    /// Room for text that is being written, used again and again.
    pub(super) scratch: String,
    /// The nodes from the root to the collection that is being edited.
    pub(super) path: Vec<NodeId>,
    pub(super) anchors: anchors::Guard,
    /// The list that an item was last taken from, and its items.
    pub(super) items: RefCell<(Option<NodeId>, Vec<NodeId>)>,
    /// Where the value that is being written will stand, in the old text.
    pub(super) destination: usize,
}

impl Lowering<'_, '_> {
    pub(super) fn splice(&mut self, start: usize, end: usize, text: &str) {
        let depth = u32::try_from(self.path.len()).expect("impossible: nesting is limited");
        self.draft.push(Span::new(start, end), text, depth);
    }

    pub(super) fn end(&self, id: NodeId) -> usize {
        self.tree.span(id).end as usize
    }

    /// Edits `id`, the value of `key` where it belongs to one.
    pub(super) fn edit(
        &mut self,
        id: NodeId,
        edit: &Edit<'_>,
        key: Option<NodeId>,
    ) -> Result<(), Unwritable> {
        match (edit, self.tree.kind(id)) {
            (Edit::Set(value), _) => self.set(id, value, key),
            (Edit::Map(fields), Kind::BlockMapping | Kind::FlowMapping) => {
                self.path.push(id);
                self.map(id, fields)?;
                self.path.pop();
                Ok(())
            }
            (Edit::List(items), Kind::BlockSequence | Kind::FlowSequence) => {
                self.path.push(id);
                self.list(id, items, key)?;
                self.path.pop();
                Ok(())
            }
            (_, Kind::Alias) => Err(anchors::behind_alias(self.tree, id)),
            (_, Kind::FlowPair) => Err(Unwritable {
                message: "a single pair in a flow sequence would have to be edited".to_owned(),
                span: self.tree.span(id),
                help: "put it in braces",
            }),
            _ => Err(Unwritable {
                message: "the value is not of the kind that the edit is for".to_owned(),
                span: self.tree.span(id),
                help: "write it as Kubernetes' API has it",
            }),
        }
    }

    fn map(
        &mut self,
        id: NodeId,
        fields: &[(std::borrow::Cow<'_, str>, Field<'_>)],
    ) -> Result<(), Unwritable> {
        let pairs: Vec<_> = self.tree.pairs(id).collect();
        if let Some((key, _)) = pairs.iter().find(|(key, _)| self.tree.kind(*key) == Kind::Empty) {
            return Err(Unwritable {
                message: "a mapping with an empty key would have to be edited".to_owned(),
                span: self.tree.span(*key),
                help: "give the key a name",
            });
        }
        // The entries to come, and behind which of the old ones.
        let mut slots = Slots::new(pairs.len());
        let mut inserted = Vec::new();
        for (name, field) in fields {
            let own = pairs.iter().position(|(key, _)| self.tree.scalar(*key) == *name);
            match (field, own) {
                (Field::Edit(edit), Some(at)) if !vanishes(self.tree, id, pairs[at], edit) => {
                    self.anchors.touch(self.tree, &self.path, Some(name), pairs[at].0);
                    self.edit(pairs[at].1, edit, Some(pairs[at].0))?;
                }
                (Field::Insert { value, .. }, Some(at)) => {
                    self.anchors.touch(self.tree, &self.path, Some(name), pairs[at].0);
                    self.set(pairs[at].1, value, Some(pairs[at].0))?;
                }
                (Field::Clear, Some(at)) if has_comment(self.tree, id, pairs[at]) => {
                    self.anchors.touch(self.tree, &self.path, Some(name), pairs[at].0);
                    self.edit(pairs[at].1, &Edit::list(Vec::new()), Some(pairs[at].0))?;
                }
                (Field::Edit(_) | Field::Remove | Field::Clear, Some(at))
                    if self.would_come_back(id, name) =>
                {
                    // Without it the merged value would come to light.
                    self.anchors.touch(self.tree, &self.path, Some(name), pairs[at].0);
                    self.set(pairs[at].1, &Value::Raw("null".into()), Some(pairs[at].0))?;
                }
                (Field::Edit(_) | Field::Remove | Field::Clear, Some(at)) => {
                    self.anchors.touch(self.tree, &self.path, Some(name), pairs[at].0);
                    self.anchors.remove(Span::new(self.tree.lead(pairs[at].0), self.end(pairs[at].1)));
                    slots.remove(at);
                }
                (Field::Insert { place, value }, None) => {
                    self.anchors.insert(self.tree, id, name);
                    self.anchors.touch(self.tree, &self.path, Some(name), id);
                    let before = match place {
                        Place::First => 0,
                        Place::After(after) => {
                            let after = pairs.iter().position(|(key, _)| self.tree.scalar(*key) == *after);
                            after.map_or(pairs.len(), |at| at + 1)
                        }
                        Place::Last => pairs.len(),
                    };
                    inserted.push((before, (&**name, value)));
                }
                (Field::Edit(_) | Field::Remove | Field::Clear, None) => {
                    let merged = pairs.iter().find(|(key, _)| self.tree.is_merge_key(*key));
                    return Err(Unwritable {
                        message: format!("`{name}` is merged from elsewhere and would have to be edited"),
                        span: self.tree.span(merged.map_or(id, |(_, value)| *value)),
                        help: "write it out where it is used",
                    });
                }
            }
        }
        slots.insert(inserted);
        if self.tree.kind(id) == Kind::BlockMapping {
            block::map(self, id, &slots)
        } else {
            flow::map(self, id, &slots)
        }
    }

    /// Whether a key that is taken away is there again, by a merge of a mapping that keeps it.
    fn would_come_back(&self, map: NodeId, key: &str) -> bool {
        let merged = self.tree.merged_key(map, key);
        merged.is_some_and(|merged| !self.anchors.is_gone(self.tree.span(merged)))
    }

    fn list(&mut self, id: NodeId, items: &[Item<'_>], key: Option<NodeId>) -> Result<(), Unwritable> {
        let children: Vec<_> = self.tree.children(id).collect();
        let mut slots = Slots::new(children.len());
        let mut inserted = Vec::new();
        let mut kept = Vec::new();
        let mut next = 0;
        for item in items {
            match item {
                Item::Keep(at, edit) => {
                    (next..*at).for_each(|removed| slots.remove(removed));
                    next = at + 1;
                    kept.extend(edit.as_ref().map(|edit| (children[*at], edit)));
                }
                Item::New(value) => inserted.push((next, value)),
            }
        }
        (next..children.len()).for_each(|removed| slots.remove(removed));
        if !inserted.is_empty() || slots.removes_any() {
            self.anchors.touch(self.tree, &self.path, None, id);
        }
        for &removed in &slots.removed {
            self.anchors.remove(Span::new(self.tree.lead(children[removed]), self.end(children[removed])));
        }
        slots.insert(inserted);
        for (child, _) in &kept {
            self.anchors.touch(self.tree, &self.path, None, *child);
        }
        if self.tree.kind(id) == Kind::BlockSequence {
            kept.into_iter().try_for_each(|(child, edit)| self.edit(child, edit, None))?;
            return block::list(self, id, &slots);
        }
        // A list whose items all change keeps its style where it can, and so does one with comments in it; one that
        // keeps some takes that of what joins.
        let is_replaced = !children.is_empty() && slots.removed.len() == children.len();
        let keeps_style = || is_replaced || flow::holds_comments(self.tree, id);
        let mut needs_lines = false;
        for (_, value) in &slots.inserted {
            if let Value::Moved(moved) = value {
                let form = self.form(moved)?;
                needs_lines |= form == Form::NeedsLine || (form == Form::OneLine && !keeps_style());
            }
        }
        let parent_is_block =
            self.path.len() > 1 && self.tree.kind(self.path[self.path.len() - 2]) == Kind::BlockMapping;
        match key {
            Some(key) if needs_lines && parent_is_block => flow::list_as_block(self, id, key, &slots, &kept),
            _ => {
                kept.into_iter().try_for_each(|(child, edit)| self.edit(child, edit, None))?;
                flow::list(self, id, &slots)
            }
        }
    }

    pub(super) fn block_style(&self) -> Block {
        Block {
            line_break: self.line_break,
            step: layout::step(self.tree, &self.path),
            offset: layout::sequence_offset(self.tree, &self.path),
        }
    }

    /// How new entries of the flow collection `id` are written.
    pub(super) fn flow_style(&self, id: NodeId) -> Flow {
        flow::style(self, id)
    }
}
