//! From an [`Edit`] to splices: walks the edit and the document side by side.

use super::chunk::{Chunk, Form};
use super::render::Flow;
use super::slots::{Change, Slots};
use super::vanish::{has_comment, vanishes};
use super::writer::Writer;
use super::{Edit, Field, Item, Lent, Place, Unwritable, Value, anchors, block, flow, keep, layout};
use crate::span::Span;
use crate::splice::Draft;
use crate::syntax::{Kind, NodeId, Tree};
use std::borrow::Cow;
use std::ops::Range;

/// Turns an edit of the value at `root`, which lies in `ancestors`, into edits of the document's text. They are the
/// writer's until it is used again.
///
/// Fails when the edit cannot be written without a guess.
pub fn lower<'w>(
    tree: &Tree<'_>,
    ancestors: &[NodeId],
    root: NodeId,
    edit: &Edit<'_>,
    writer: &'w mut Writer,
) -> Result<&'w mut Draft, Unwritable> {
    writer.clear();
    writer.path.extend_from_slice(ancestors);
    let line_break = layout::line_break(tree);
    let around = layout::Around::default();
    let mut lowering =
        Lowering { tree, text: tree.text(), line_break, writer, around, block_item: None, destination: 0 };
    lowering.edit(root, edit, None)?;
    writer.anchors.check(tree)?;
    keep::terminate(tree, root, line_break, &mut writer.draft);
    keep::check(tree, root, &writer.draft)?;
    Ok(&mut writer.draft)
}

pub(super) struct Lowering<'l, 't> {
    pub(super) tree: &'l Tree<'t>,
    pub(super) text: &'t str,
    pub(super) line_break: &'static str,
    pub(super) writer: &'l mut Writer,
    pub(super) around: layout::Around,
    /// The item of a block list that was looked at last: what it can become is asked before it is written.
    pub(super) block_item: Option<Chunk<'t>>,
    /// Where the value that is being written will stand, in the old text.
    pub(super) destination: usize,
}

impl Lowering<'_, '_> {
    /// Replaces text. A comment directly behind it stays one.
    pub(super) fn splice(&mut self, start: usize, end: usize, text: &str) {
        let depth = u32::try_from(self.writer.path.len()).expect("impossible: nesting is limited");
        let span = Span::new(start, end);
        if self.text.as_bytes().get(end) == Some(&b'#') && text.ends_with(|c: char| !c.is_ascii_whitespace())
        {
            self.writer.draft.push(span, &format!("{text} "), depth);
        } else {
            self.writer.draft.push(span, text, depth);
        }
    }

    /// Room to write text in, which goes back to `scratch`.
    pub(super) fn room(&mut self) -> String {
        let mut room = std::mem::take(&mut self.writer.scratch);
        room.clear();
        room
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
                self.writer.path.push(id);
                self.map(id, fields)?;
                self.writer.path.pop();
                Ok(())
            }
            (Edit::List(items), Kind::BlockSequence | Kind::FlowSequence) => {
                self.writer.path.push(id);
                self.list(id, items, key)?;
                self.writer.path.pop();
                Ok(())
            }
            (Edit::Append(items), Kind::BlockSequence | Kind::FlowSequence) => {
                self.writer.path.push(id);
                self.append(id, items)?;
                self.writer.path.pop();
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

    fn map(&mut self, id: NodeId, fields: &[(Cow<'_, str>, Field<'_>)]) -> Result<(), Unwritable> {
        let tree = self.tree;
        let own = self.enter();
        for (key, value) in tree.pairs(id) {
            if tree.kind(key) == Kind::Empty {
                return Err(Unwritable {
                    message: "a mapping with an empty key would have to be edited".to_owned(),
                    span: tree.span(key),
                    help: "give the key a name",
                });
            }
            self.writer.nodes.extend([key, value]);
        }
        for (number, (name, field)) in fields.iter().enumerate() {
            let pairs = own.pairs(self.writer);
            let Some(at) = pairs.iter().position(|[key, _]| tree.reads(*key, name)) else {
                let Field::Insert { place, .. } = field else { return Err(merged(tree, id, name)) };
                let place = place_in(tree, pairs, *place);
                self.writer.anchors.insert(tree, id, name);
                self.writer.anchors.touch(tree, &self.writer.path, Some(name), id);
                self.writer.changes.push(Change::insert(place, number));
                continue;
            };
            let [key, value] = pairs[at];
            self.writer.anchors.touch(tree, &self.writer.path, Some(name), key);
            match field {
                Field::Edit(edit) if !vanishes(tree, id, (key, value), edit) => {
                    self.edit(value, edit, Some(key))?;
                }
                Field::Insert { value: new, .. } => self.set(value, new, Some(key))?,
                Field::Clear if has_comment(tree, id, (key, value)) => {
                    self.edit(value, &Edit::list(Vec::new()), Some(key))?;
                }
                // Without it the merged value would come to light.
                Field::Edit(_) | Field::Remove | Field::Clear if self.would_come_back(id, name) => {
                    self.set(value, &Value::Raw("null".into()), Some(key))?;
                }
                Field::Edit(_) | Field::Remove | Field::Clear => {
                    self.writer.anchors.remove(Span::new(tree.lead(key), self.end(value)));
                    self.writer.changes.push(Change::remove(at));
                }
            }
        }
        self.writer.changes[own.changes..].sort_by_key(Change::place);
        self.leave(own, 2, |lowering, nodes, slots| {
            if tree.kind(id) == Kind::BlockMapping {
                block::map(lowering, id, nodes, slots, fields)
            } else {
                flow::map(lowering, id, slots, fields)
            }
        })
    }

    /// Begins to edit a collection, whose nodes are to be looked up.
    fn enter(&self) -> Own {
        Own { nodes: self.writer.nodes.len(), changes: self.writer.changes.len() }
    }

    /// Makes the changes of a collection whose entries have so many nodes, and forgets both.
    fn leave(
        &mut self,
        own: Own,
        per_entry: usize,
        make: impl FnOnce(&mut Self, &[NodeId], Slots<'_>) -> Result<(), Unwritable>,
    ) -> Result<(), Unwritable> {
        if self.writer.changes.len() > own.changes {
            let mut nodes = std::mem::take(&mut self.writer.nodes);
            let mut changes = std::mem::take(&mut self.writer.changes);
            let own_nodes = &nodes[own.nodes..];
            let slots = Slots { count: own_nodes.len() / per_entry, changes: &changes[own.changes..] };
            make(self, own_nodes, slots)?;
            changes.truncate(own.changes);
            self.writer.changes = changes;
            nodes.truncate(own.nodes);
            self.writer.nodes = nodes;
        } else {
            self.writer.nodes.truncate(own.nodes);
        }
        Ok(())
    }

    /// Whether a key that is taken away is there again, by a merge of a mapping that keeps it.
    fn would_come_back(&self, map: NodeId, key: &str) -> bool {
        let merged = self.tree.merged_key(map, key);
        merged.is_some_and(|merged| !self.writer.anchors.is_gone(self.tree.span(merged)))
    }

    fn list(&mut self, id: NodeId, items: &[Item<'_>], key: Option<NodeId>) -> Result<(), Unwritable> {
        let tree = self.tree;
        let own = self.enter();
        self.writer.nodes.extend(tree.children(id));
        let count = self.writer.nodes.len() - own.nodes;
        let mut next = 0;
        for (number, item) in items.iter().enumerate() {
            match item {
                Item::Keep(at, edit) => {
                    self.remove_items(own, next..*at);
                    next = at + 1;
                    if edit.is_some()
                        && let Some(&child) = self.writer.nodes.get(own.nodes + at)
                    {
                        self.writer.anchors.touch(tree, &self.writer.path, None, child);
                    }
                }
                Item::New(_) => self.writer.changes.push(Change::insert(next, number)),
            }
        }
        let is_replaced = count > 0 && next == 0;
        self.remove_items(own, next..count);
        if self.writer.changes.len() > own.changes {
            self.writer.anchors.touch(tree, &self.writer.path, None, id);
        }
        let needs_lines = self.needs_lines(id, items, is_replaced)?;
        if let Some(key) = key.filter(|_| needs_lines) {
            self.writer.changes.truncate(own.changes);
            self.writer.nodes.truncate(own.nodes);
            return flow::list_as_block(self, id, key, items);
        }
        for item in items {
            if let Item::Keep(at, Some(edit)) = item
                && let Some(&child) = self.writer.nodes.get(own.nodes + at)
            {
                self.edit(child, edit, None)?;
            }
        }
        self.leave(own, 1, |lowering, nodes, slots| {
            if tree.kind(id) == Kind::BlockSequence {
                block::list(lowering, id, nodes, slots, items)
            } else {
                flow::list(lowering, id, slots, items)
            }
        })
    }

    fn append(&mut self, id: NodeId, items: &Lent<'_, Value<'_>>) -> Result<(), Unwritable> {
        let tree = self.tree;
        self.writer.anchors.touch(tree, &self.writer.path, None, id);
        if tree.kind(id) == Kind::BlockSequence {
            return block::append(self, id, items);
        }
        let count = tree.children(id).count();
        let changes: Vec<_> = (0..items.len()).map(|number| Change::insert(count, number)).collect();
        flow::list(self, id, Slots { count, changes: &changes }, &items[..])
    }

    /// Takes items away from a list.
    fn remove_items(&mut self, own: Own, removed: Range<usize>) {
        for at in removed {
            if let Some(&item) = self.writer.nodes.get(own.nodes + at) {
                self.writer.anchors.remove(Span::new(self.tree.lead(item), self.end(item)));
            }
            self.writer.changes.push(Change::remove(at));
        }
    }

    /// Whether the list is a flow list in a block mapping that must become a block list, because of what joins it.
    fn needs_lines(&mut self, id: NodeId, items: &[Item<'_>], is_replaced: bool) -> Result<bool, Unwritable> {
        let tree = self.tree;
        if tree.kind(id) == Kind::BlockSequence {
            return Ok(false);
        }
        // A list whose items all change keeps its style where it can, and so does one with comments in it; one that
        // keeps some takes that of what joins.
        let keeps_style = || is_replaced || flow::holds_comments(tree, id);
        let mut needs_lines = false;
        for item in items {
            if let Item::New(Value::Moved(moved)) = item {
                let (_, form) = self.form(moved)?;
                needs_lines |= form == Form::NeedsLine || (form == Form::OneLine && !keeps_style());
            }
        }
        let parent = self.writer.path.iter().rev().nth(1);
        Ok(needs_lines && parent.is_some_and(|&parent| tree.kind(parent) == Kind::BlockMapping))
    }

    /// How new entries of the flow collection `id` are written.
    pub(super) fn flow_style(&self, id: NodeId) -> Flow {
        flow::style(self, id)
    }
}

/// Where what belongs to a collection that is being edited begins in the writer's nodes and changes: those of the
/// collections in it come and go behind them.
#[derive(Clone, Copy)]
struct Own {
    nodes: usize,
    changes: usize,
}

impl Own {
    /// The keys and values of a mapping.
    fn pairs(self, writer: &Writer) -> &[[NodeId; 2]] {
        writer.nodes[self.nodes..].as_chunks().0
    }
}

/// Before which entry of a mapping a new one goes.
fn place_in(tree: &Tree<'_>, pairs: &[[NodeId; 2]], place: Place<'_>) -> usize {
    let known = match place {
        Place::First => Some(0),
        Place::After(after) => pairs.iter().position(|[key, _]| tree.reads(*key, after)).map(|at| at + 1),
        Place::Last => None,
    };
    known.unwrap_or(pairs.len())
}

/// The error for an edit of what is not among the entries of the mapping.
fn merged(tree: &Tree<'_>, map: NodeId, key: &str) -> Unwritable {
    let merged = tree.pairs(map).find(|(key, _)| tree.is_merge_key(*key));
    Unwritable {
        message: format!("`{key}` is merged from elsewhere and would have to be edited"),
        span: tree.span(merged.map_or(map, |(_, value)| value)),
        help: "write it out where it is used",
    }
}
