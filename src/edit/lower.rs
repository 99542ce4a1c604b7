//! From an [`Edit`] to splices: walks the edit and the document side by side.

use super::chunk::{self, Chunk, Form};
use super::render::{Block, Flow, Source};
use super::{Edit, Field, Item, Moved, Place, Unwritable, Value, anchors, block, flow, layout};
use crate::span::Span;
use crate::splice::{Splice, Splices};
use crate::yaml::{Kind, NodeId, Tree};
use std::cell::RefCell;

/// Turns an edit of the value at `root`, which lies in `ancestors`, into splices of the document's text.
///
/// Fails when the edit cannot be written without a guess, and never leaves half of it.
pub fn lower(
    tree: &Tree<'_>,
    ancestors: &[NodeId],
    root: NodeId,
    edit: &Edit<'_>,
) -> Result<Vec<Splice>, Unwritable> {
    let mut lowering = Lowering {
        tree,
        text: tree.text(),
        line_break: layout::line_break(tree),
        splices: Vec::new(),
        path: ancestors.to_vec(),
        anchors: anchors::Guard::default(),
        items: RefCell::default(),
        destination: 0,
    };
    lowering.edit(root, edit, None)?;
    lowering.anchors.check(tree)?;
    Ok(lowering.splices)
}

pub(super) struct Lowering<'l, 't> {
    pub(super) tree: &'l Tree<'t>,
    pub(super) text: &'t str,
    pub(super) line_break: &'static str,
    pub(super) splices: Vec<Splice>,
    /// The nodes from the root to the collection that is being edited.
    pub(super) path: Vec<NodeId>,
    pub(super) anchors: anchors::Guard,
    /// The list that an item was last taken from, and its items.
    items: RefCell<(Option<NodeId>, Vec<NodeId>)>,
    /// Where the value that is being written will stand, in the old text.
    pub(super) destination: usize,
}

/// Where a value stands: decides how it can be replaced.
#[derive(Clone, Copy)]
struct Seat {
    /// The mapping's key, where the value belongs to one.
    key: Option<NodeId>,
    in_flow: bool,
}

impl Lowering<'_, '_> {
    pub(super) fn splice(&mut self, start: usize, end: usize, text: String) {
        let depth = u32::try_from(self.path.len()).expect("impossible: nesting is limited");
        self.splices.push(Splice { span: Span::new(start, end), text, depth });
    }

    pub(super) fn end(&self, id: NodeId) -> usize {
        self.tree.span(id).end as usize
    }

    fn seat(&self, key: Option<NodeId>) -> Seat {
        let in_flow = self.path.last().is_some_and(|&parent| self.tree.kind(parent).is_flow());
        Seat { key, in_flow }
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
                (Field::Edit(_) | Field::Remove, Some(at)) => {
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
                (Field::Edit(_) | Field::Remove, None) => {
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

    fn list(&mut self, id: NodeId, items: &[Item<'_>], key: Option<NodeId>) -> Result<(), Unwritable> {
        let children: Vec<_> = self.tree.children(id).collect();
        let mut slots = Slots::new(children.len());
        let mut inserted = Vec::new();
        let mut next = 0;
        for item in items {
            match item {
                Item::Keep(at, edit) => {
                    (next..*at).for_each(|removed| slots.remove(removed));
                    next = at + 1;
                    if let Some(edit) = edit {
                        self.anchors.touch(self.tree, &self.path, None, children[*at]);
                        self.edit(children[*at], edit, None)?;
                    }
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
        if self.tree.kind(id) == Kind::BlockSequence {
            return block::list(self, id, &slots);
        }
        // A list whose items all change keeps its style where it can; one that keeps some takes that of what joins.
        let is_replaced = !children.is_empty() && slots.removed.len() == children.len();
        let mut needs_lines = false;
        for (_, value) in &slots.inserted {
            if let Value::Moved(moved) = value {
                let form = self.form(moved)?;
                needs_lines |= form == Form::NeedsLine || (form == Form::OneLine && !is_replaced);
            }
        }
        let parent_is_block =
            self.path.len() > 1 && self.tree.kind(self.path[self.path.len() - 2]) == Kind::BlockMapping;
        match key {
            Some(key) if needs_lines && parent_is_block => flow::list_as_block(self, id, key, &slots),
            _ => flow::list(self, id, &slots),
        }
    }

    /// Puts another value in the place of `id`.
    fn set(&mut self, id: NodeId, value: &Value<'_>, key: Option<NodeId>) -> Result<(), Unwritable> {
        let seat = self.seat(key);
        let span = self.tree.span(id);
        let (start, end) = (span.start as usize, span.end as usize);
        self.anchors.set(self.tree, id);
        self.destination = start;
        let mut out = String::with_capacity(super::render::USUAL);
        if seat.in_flow {
            // Nothing stands there: perhaps no colon either, and no blank behind it.
            if let (Kind::Empty, Some(key)) = (self.tree.kind(id), key) {
                let has_colon = self.text[self.end(key)..start].contains(':');
                out.push_str(if has_colon { " " } else { ": " });
            }
            let indent = flow::indentation(self.tree, start);
            self.flow_style(*self.path.last().unwrap_or(&id)).value(
                value,
                indent,
                &mut Siblings::of(self),
                &mut out,
            )?;
            self.splice(start, end, out);
            return Ok(());
        }
        let Some(key) = seat.key else {
            let column = layout::column(self.tree, self.tree.lead(id));
            self.block_style().item(value, column, &mut Siblings::of(self), &mut out)?;
            self.splice(start, end, out.split_off("- ".len()));
            return Ok(());
        };
        let column = layout::column(self.tree, self.tree.lead(key));
        let style = self.block_style();
        match value {
            Value::Seq(items) if self.wants_flow(items)? => {
                let flow = Flow::inline(self.line_break, self.quotes(items));
                out.push(' ');
                flow.value(value, column, &mut Siblings::of(self), &mut out)?;
            }
            _ => style.value(value, column, &mut Siblings::of(self), &mut out)?,
        }
        let behind_key = layout::line_end(self.tree, self.end(key));
        let colon = self.text[self.end(key)..].find(':').map_or(start, |at| self.end(key) + at + 1);
        let has_lines = out.starts_with(self.line_break);
        let own_line = start > behind_key;
        if own_line && !has_lines && !self.tree.kind(id).is_block() {
            // The old scalar is on a line of its own: so is the new one.
            self.splice(start, end, out.split_off(1));
        } else if own_line {
            let line = layout::previous_break(self.text, layout::line_start(self.tree, start));
            let at = if has_lines { line } else { colon };
            self.splice(line, end, String::new());
            self.splice(at, at, out);
        } else if has_lines && end <= behind_key {
            // Behind the comment that the key's line may have.
            self.splice(colon.min(start), end, String::new());
            self.splice(behind_key, behind_key, out);
        } else {
            self.splice(colon.min(start), end, out);
        }
        Ok(())
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

    /// Whether a new list takes over the flow style of the list that its items come from.
    pub(super) fn wants_flow(&mut self, items: &[Value<'_>]) -> Result<bool, Unwritable> {
        let mut any = false;
        for item in items {
            if let Value::Moved(moved) = item {
                any = true;
                if self.form(moved)? != Form::Flowable {
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
            Chunk::of_block(self.tree, item, layout::item(self.tree, item))
        } else {
            let start = self.tree.span(list).start as usize + 1;
            Chunk::of_flow(self.tree, item, before.map_or(start, |before| self.end(before)), before.is_none())
        };
        Ok((item, span, chunk))
    }

    fn form(&self, moved: &Moved<'_>) -> Result<Form, Unwritable> {
        Ok(self.frame(moved)?.2.form())
    }
}

/// Whether the edit leaves an empty collection whose key goes too. An empty flow collection in a block mapping stays:
/// that is how somebody wrote it. So does one with a comment behind its key.
fn vanishes(tree: &Tree<'_>, parent: NodeId, (key, id): (NodeId, NodeId), edit: &Edit<'_>) -> bool {
    if !is_emptied(tree, id, edit) {
        return false;
    }
    // Comments on the lines below are the first entry's.
    let behind_key = &tree.text()[tree.span(key).end as usize..tree.span(id).start as usize];
    let behind_key = behind_key.split(['\n', '\r']).next().unwrap_or_default();
    tree.kind(parent) != Kind::BlockMapping || !(tree.kind(id).is_flow() || chunk::holds_comment(behind_key))
}

/// Whether nothing is left of the collection.
fn is_emptied(tree: &Tree<'_>, id: NodeId, edit: &Edit<'_>) -> bool {
    match edit {
        Edit::Set(_) => false,
        Edit::List(items) => items.is_empty(),
        Edit::Map(fields) => {
            let gone = |key: NodeId, value: NodeId| {
                let field = fields.iter().find(|(name, _)| *name == tree.scalar(key));
                field.is_some_and(|(_, field)| match field {
                    Field::Remove => true,
                    Field::Edit(edit) => vanishes(tree, id, (key, value), edit),
                    Field::Insert { .. } => false,
                })
            };
            let inserts = fields.iter().any(|(_, field)| matches!(field, Field::Insert { .. }));
            !inserts && tree.pairs(id).all(|(key, value)| gone(key, value))
        }
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
        let outer = std::mem::take(&mut lowering.splices);
        if let Some(edit) = &moved.edit {
            lowering.edit(item, edit, None)?;
        }
        let mut splices = std::mem::replace(&mut lowering.splices, outer);
        if let Some(header) = lowering.tree.unterminated_block_scalar()
            && span.contains(header)
        {
            splices.extend(block::terminate(lowering.text, header));
        }
        for splice in &mut splices {
            splice.span = Span { start: splice.span.start - span.start, end: splice.span.end - span.start };
        }
        lowering.destination = destination;
        let splices = Splices::new(splices).map_err(|_| Unwritable {
            message: "edits of a moved item overlap".to_owned(),
            span,
            help: "write the item in block style",
        })?;
        Ok(chunk.with_body(splices.apply(&lowering.text[span.range()])))
    }
}

/// What becomes of the entries of a collection.
pub(super) struct Slots<V> {
    /// How many there are.
    pub(super) count: usize,
    /// Those that go, in order.
    pub(super) removed: Vec<usize>,
    /// New ones in order, each before the old one with this index.
    pub(super) inserted: Vec<(usize, V)>,
}

impl<V> Slots<V> {
    fn new(count: usize) -> Self {
        Self { count, removed: Vec::new(), inserted: Vec::new() }
    }

    fn remove(&mut self, at: usize) {
        self.removed.push(at);
    }

    fn insert(&mut self, mut inserted: Vec<(usize, V)>) {
        self.removed.sort_unstable();
        inserted.sort_by_key(|(at, _)| *at);
        self.inserted = inserted;
    }

    /// Whether nothing changes.
    pub(super) fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.inserted.is_empty()
    }

    fn removes_any(&self) -> bool {
        !self.removed.is_empty()
    }

    /// The runs of changes between kept entries: the kept one before (if any), the removed ones, the kept one behind
    /// (if any), and what is new.
    pub(super) fn holes(&self) -> Vec<Hole<'_, V>> {
        let mut removed = self.removed.iter().copied().peekable();
        let mut inserted = self.inserted.iter().peekable();
        let mut holes = Vec::new();
        // Every change, an insertion before the removal at its place, begins a hole or goes on with one.
        while let Some(first) =
            [inserted.peek().map(|(at, _)| *at), removed.peek().copied()].into_iter().flatten().min()
        {
            let mut end = first;
            let mut new = Vec::new();
            loop {
                if let Some((_, value)) = inserted.next_if(|(at, _)| *at == end) {
                    new.push(value);
                } else if removed.next_if_eq(&end).is_some() {
                    end += 1;
                } else {
                    break;
                }
            }
            let behind = (end < self.count).then_some(end);
            holes.push(Hole { before: first.checked_sub(1), removed: first..end, behind, new });
        }
        holes
    }
}

/// A run of changes between two kept entries.
pub(super) struct Hole<'s, V> {
    pub(super) before: Option<usize>,
    pub(super) removed: std::ops::Range<usize>,
    pub(super) behind: Option<usize>,
    pub(super) new: Vec<&'s V>,
}
