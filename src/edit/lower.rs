//! From an [`Edit`] to splices: walks the edit and the document side by side.

use super::chunk::{self, Chunk, Form};
use super::render::{Block, Flow, Source};
use super::{Edit, Field, Item, Moved, Place, Unwritable, Value, anchors, block, flow, keep, layout};
use crate::span::Span;
use crate::splice::{Splice, Splices};
use crate::yaml::{Kind, NodeId, Tree};

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
        line_break: layout::line_break(tree.text()),
        splices: Vec::new(),
        path: ancestors.to_vec(),
        anchors: anchors::Guard::default(),
        destination: 0,
    };
    lowering.edit(root, edit, None)?;
    lowering.anchors.check(tree)?;
    keep::check(tree, root, &lowering.splices)?;
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
                    self.edit(pairs[at].1, &Edit::List(Vec::new()), Some(pairs[at].0))?;
                }
                (Field::Edit(_) | Field::Remove | Field::Clear, Some(at))
                    if self.tree.merges_key(id, name) =>
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
                    self.anchors.insert(id, name);
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
            Some(key) if needs_lines && parent_is_block => flow::list_as_block(self, id, key, &slots, &kept),
            _ => {
                kept.into_iter().try_for_each(|(child, edit)| self.edit(child, edit, None))?;
                flow::list(self, id, &slots)
            }
        }
    }

    /// Puts another value in the place of `id`.
    fn set(&mut self, id: NodeId, value: &Value<'_>, key: Option<NodeId>) -> Result<(), Unwritable> {
        let seat = self.seat(key);
        let span = self.tree.span(id);
        let (start, end) = (span.start as usize, span.end as usize);
        self.anchors.set(self.tree, id);
        self.destination = start;
        let mut out = String::new();
        if seat.in_flow {
            let indent = flow::indentation(self.text, start);
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
            let column = layout::column(self.text, self.tree.lead(id));
            self.block_style().item(value, column, &mut Siblings::of(self), &mut out)?;
            self.splice(start, end, out.split_off("- ".len()));
            return Ok(());
        };
        let column = layout::column(self.text, self.tree.lead(key));
        let style = self.block_style();
        match value {
            Value::Seq(items) if self.wants_flow(items)? => {
                let flow = Flow::inline(self.line_break, self.quotes(items));
                out.push(' ');
                flow.value(value, column, &mut Siblings::of(self), &mut out)?;
            }
            _ => style.value(value, column, &mut Siblings::of(self), &mut out)?,
        }
        let colon = self.behind_colon(key, start)?;
        let behind_key = layout::line_end(self.text, colon);
        let has_lines = out.starts_with(self.line_break);
        // Comments below were the key's: those that are deeper than an entry would become the last one's.
        let entries = column + if matches!(value, Value::Seq(_)) { style.offset } else { style.step };
        let own_line = start > behind_key;
        if own_line && !has_lines && !self.tree.kind(id).is_block() {
            // The old scalar is on a line of its own: so is the new one.
            self.splice(start, end, out.split_off(1));
        } else if own_line {
            let line = layout::previous_break(self.text, layout::line_start(self.text, start));
            let below = layout::entry_end(self.text, entries, end);
            let at = match below > layout::line_end(self.text, end) {
                true if has_lines => below,
                _ if has_lines => line,
                _ => colon,
            };
            self.splice(line, end, String::new());
            self.splice(at, at, out);
        } else if has_lines && end <= behind_key {
            // Behind the comment that the key's line may have.
            self.cut_from_line(colon.min(start), end);
            let at = layout::entry_end(self.text, entries, end);
            self.splice(at, at, out);
        } else {
            self.splice(colon.min(start), end, out);
        }
        Ok(())
    }

    /// Takes a value off its line, whose end may hold a comment. Blanks behind it were its own: a tab behind a lone
    /// colon is no YAML.
    pub(super) fn cut_from_line(&mut self, start: usize, end: usize) {
        let rest = &self.text[end..layout::line_end(self.text, end)];
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if blanks == rest.len() {
            self.splice(start, end + blanks, String::new());
        } else if rest[..blanks].contains('\t') {
            self.splice(start, end + blanks, " ".to_owned());
        } else {
            self.splice(start, end, String::new());
        }
    }

    /// Where the colon ends that stands between a key and its value at `value`.
    fn behind_colon(&self, key: NodeId, value: usize) -> Result<usize, Unwritable> {
        let key_end = self.end(key);
        let is_explicit = self.tree.lead(key) < self.tree.props(key);
        if !is_explicit {
            return Ok(self.text[key_end..].find(':').map_or(value, |at| key_end + at + 1));
        }
        // Behind a `?` and its key the colon begins a line of its own.
        let mut line = layout::next_line(self.text, layout::line_end(self.text, key_end));
        while line < value {
            let colon = line + layout::indentation(self.text, line);
            if self.text[colon..].starts_with(':') {
                return Ok(colon + 1);
            }
            line = layout::next_line(self.text, layout::line_end(self.text, line));
        }
        Err(Unwritable {
            message: "a `?` key without `:` would have to be given a value".to_owned(),
            span: self.tree.span(key),
            help: "write it as `key:`",
        })
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
            let before = moved.index.checked_sub(1).and_then(|before| self.tree.children(list).nth(before));
            Some((list, self.tree.children(list).nth(moved.index)?, before))
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
            let entry = layout::entries(self.tree, list)[moved.index];
            Chunk::of_block(self.tree, item, entry)
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
        let outer = std::mem::take(&mut self.splices);
        if let Some(edit) = edit {
            self.edit(item, edit, None)?;
        }
        let mut splices = std::mem::replace(&mut self.splices, outer);
        keep::check(self.tree, item, &splices)?;
        if let Some(header) = self.tree.unterminated_block_scalar()
            && span.contains(header)
        {
            splices.extend(block::terminate(self.text, header));
        }
        for splice in &mut splices {
            splice.span = Span { start: splice.span.start - span.start, end: splice.span.end - span.start };
        }
        let splices = Splices::new(splices).map_err(|_| Unwritable {
            message: "edits of a moved item overlap".to_owned(),
            span,
            help: "write the item in block style",
        })?;
        Ok(splices.apply(&self.text[span.range()]))
    }

    fn form(&self, moved: &Moved<'_>) -> Result<Form, Unwritable> {
        Ok(self.frame(moved)?.2.form())
    }
}

/// Whether the edit leaves an empty collection whose key goes too. An empty flow collection in a block mapping stays:
/// that is how somebody wrote it. So does one whose key has a comment.
fn vanishes(tree: &Tree<'_>, parent: NodeId, (key, id): (NodeId, NodeId), edit: &Edit<'_>) -> bool {
    if !is_emptied(tree, id, edit) {
        return false;
    }
    tree.kind(parent) != Kind::BlockMapping
        || !(tree.kind(id).is_flow() || has_comment(tree, parent, (key, id)))
}

/// Whether an entry has a comment that is not one of its items': above it, behind its key, or between them.
fn has_comment(tree: &Tree<'_>, parent: NodeId, (key, value): (NodeId, NodeId)) -> bool {
    if tree.kind(parent) != Kind::BlockMapping {
        return false;
    }
    let entry = layout::entries(tree, parent).into_iter().find(|entry| entry.lead == tree.lead(key));
    let Some(entry) = entry else { return false };
    let items = if tree.kind(value).is_block() {
        layout::entries(tree, value).iter().map(|item| (item.start, item.end)).collect()
    } else {
        let span = tree.span(value);
        vec![(span.start as usize, span.end as usize)]
    };
    let starts = items.iter().map(|(start, _)| *start).chain([entry.end]);
    let ends = std::iter::once(tree.span(key).end as usize).chain(items.iter().map(|(_, end)| *end));
    let comment_in = |from: usize, to: usize| chunk::holds_comment(tree.text().get(from..to).unwrap_or(""));
    entry.start < entry.lead || ends.zip(starts).any(|(from, to)| comment_in(from, to))
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
                    Field::Remove | Field::Clear => true,
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
        let body = lowering.edited(item, moved.edit.as_deref(), span)?;
        lowering.destination = destination;
        Ok(chunk.with_body(body))
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

    fn removes_any(&self) -> bool {
        !self.removed.is_empty()
    }

    /// The runs of changes between kept entries: the kept one before (if any), the removed ones, the kept one behind
    /// (if any), and what is new.
    pub(super) fn holes(&self) -> Vec<Hole<'_, V>> {
        let kept: Vec<usize> = (0..self.count).filter(|at| self.removed.binary_search(at).is_err()).collect();
        let bounds = std::iter::once(None).chain(kept.iter().copied().map(Some));
        let behind = kept.iter().copied().map(Some).chain([None]);
        bounds
            .zip(behind)
            .map(|(before, behind)| {
                let first = before.map_or(0, |before| before + 1);
                let end = behind.unwrap_or(self.count);
                let new = self
                    .inserted
                    .iter()
                    .filter(|(at, _)| (first..=end).contains(at))
                    .map(|(_, new)| new)
                    .collect();
                Hole { before, removed: first..end, behind, new }
            })
            .filter(|hole| !hole.removed.is_empty() || !hole.new.is_empty())
            .collect()
    }
}

/// A run of changes between two kept entries.
pub(super) struct Hole<'s, V> {
    pub(super) before: Option<usize>,
    pub(super) removed: std::ops::Range<usize>,
    pub(super) behind: Option<usize>,
    pub(super) new: Vec<&'s V>,
}
