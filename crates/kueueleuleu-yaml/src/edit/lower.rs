//! Walks an [`Edit`] and the document side by side, and calls the other passes.
//!
//! For each mapping the walk finds the items that move between its lists, then edits or removes each entry, then
//! inserts the new entries. No other pass calls back.

use super::change::{Edit, Field, Item, Moved, Place, Unwritable, Value};
use super::context::Context;
use super::copy::{self, Copy};
use super::hunks::{Change, Hunks};
use super::relocate::{self, Moves, Relocated};
use super::render::Render;
use super::scratch::Scratch;
use super::source_item::{Form, SourceItem};
use super::to_block::{self, Entry};
use super::{alias_guard, block, block_scalar_guard, flow, layout, prune, set, style};
use crate::span::Span;
use crate::splice::Draft;
use crate::syntax::{AliasSite, NodeId, NodeKind, Tree};
use std::borrow::Cow;
use std::ops::Range;

/// Turns an edit of the value at `root` into edits of the text. `ancestors` are the nodes around `root`. The result is
/// valid until the scratch is used again.
///
/// An alias that would see the edit, or would lose its anchor, becomes a copy of its value. Fails if the edit cannot be
/// written without a guess, with the reasons for all aliases.
pub fn lower<'s>(
    tree: &Tree<'_>,
    ancestors: &[NodeId],
    root: NodeId,
    edit: &Edit<'_>,
    scratch: &'s mut Scratch,
) -> Result<&'s mut Draft, Vec<Unwritable>> {
    scratch.clear();
    walk(tree, ancestors, root, edit, scratch)?;
    if let Err(torn) = scratch.aliases.check(tree) {
        let copies = copies(tree, ancestors, root, torn)?;
        scratch.clear();
        scratch.plan_copies(copies);
        walk(tree, ancestors, root, edit, scratch)?;
        let torn = scratch.aliases.check(tree);
        torn.map_err(|torn| torn.into_iter().map(|(_, unwritable)| unwritable).collect::<Vec<_>>())?;
    }
    let line_break = layout::line_break(tree);
    block_scalar_guard::end_text(tree, root, line_break, &mut scratch.draft);
    block_scalar_guard::check(tree, root, &scratch.draft).map_err(|unwritable| vec![unwritable])?;
    Ok(&mut scratch.draft)
}

/// Walks along document and edit once.
fn walk(
    tree: &Tree<'_>,
    ancestors: &[NodeId],
    root: NodeId,
    edit: &Edit<'_>,
    scratch: &mut Scratch,
) -> Result<(), Vec<Unwritable>> {
    let mut cx = Context::new(tree, root, ancestors.to_vec());
    cx.is_rewritten = scratch.is_rewritten;
    let mut walk = Walk { cx, scratch };
    let mut moves = Moves::default();
    let outcome = walk.relocate(edit, &mut moves).and_then(|()| walk.edit(root, None, edit, &moves));
    outcome.map_err(|unwritable| vec![unwritable])?;
    scratch.write_copies(tree.span(root));
    Ok(())
}

/// The copies that take the place of aliases which cannot stay. Fails with the reasons of those that cannot be copied,
/// or that are outside of the edited value.
fn copies(
    tree: &Tree<'_>,
    ancestors: &[NodeId],
    root: NodeId,
    torn: Vec<(AliasSite, Unwritable)>,
) -> Result<Vec<Copy>, Vec<Unwritable>> {
    let (mut copies, mut refused) = (Vec::new(), Vec::new());
    for (site, unwritable) in torn {
        let is_within = tree.span(root).contains(site.span);
        match is_within.then(|| copy::of(tree, root, ancestors, &site)).flatten() {
            Some(copy) => copies.push(copy),
            None => refused.push(unwritable),
        }
    }
    if refused.is_empty() { Ok(copies) } else { Err(refused) }
}

struct Walk<'w, 't> {
    cx: Context<'w, 't>,
    scratch: &'w mut Scratch,
}

impl<'t> Walk<'_, 't> {
    /// Edits `id`. `key` is its key, if it is a value of a mapping.
    fn edit(
        &mut self,
        id: NodeId,
        key: Option<NodeId>,
        edit: &Edit<'_>,
        moves: &Moves<'t>,
    ) -> Result<(), Unwritable> {
        if let Some(value) = self.filling(id, key, edit) {
            return set::set(Render::new(&self.cx, moves), self.scratch, id, key, &value);
        }
        let kind = self.cx.tree.kind(id);
        match edit {
            Edit::Set(value) => set::set(Render::new(&self.cx, moves), self.scratch, id, key, value),
            Edit::Map(fields) if matches!(kind, NodeKind::BlockMapping | NodeKind::FlowMapping) => {
                self.within(id, key, |walk| walk.map(id, fields))
            }
            Edit::List(items) if matches!(kind, NodeKind::BlockSequence | NodeKind::FlowSequence) => {
                self.within(id, key, |walk| walk.list(id, key, items, moves))
            }
            Edit::Append(items) if matches!(kind, NodeKind::BlockSequence | NodeKind::FlowSequence) => {
                self.within(id, key, |walk| walk.append(id, key, items, moves))
            }
            _ => Err(refuse_kind(self.cx.tree, id)),
        }
    }

    /// The value that fills an empty flow collection in a block mapping. It is written like a new value.
    ///
    /// ```yaml
    /// args: []    # before `a` is appended
    /// ```
    ///
    /// ```yaml
    /// args:       # after
    /// - a
    /// ```
    fn filling<'e>(&self, id: NodeId, key: Option<NodeId>, edit: &'e Edit<'_>) -> Option<Value<'e>> {
        let tree = self.cx.tree;
        let is_fillable = |parent: NodeId| match tree.kind(parent) {
            NodeKind::BlockMapping => true,
            NodeKind::FlowMapping => self.cx.kyaml().is_some(),
            _ => false,
        };
        let parent = self.cx.path.last().filter(|&&parent| is_fillable(parent));
        let is_empty = matches!(tree.kind(id), NodeKind::FlowSequence | NodeKind::FlowMapping)
            && tree.children(id).next().is_none()
            && tree.anchor_of(id).is_none()
            && !tree.is_tagged(id)
            && !self.cx.has_comment(tree.span(id).range());
        if parent.is_none() || key.is_none() || !is_empty {
            return None;
        }
        let filling = match edit {
            Edit::Append(items) => Value::Seq(items.lend()),
            Edit::List(items) => {
                let new =
                    |item: &'e Item<'_>| if let Item::New(value) = item { Some(value.lend()) } else { None };
                Value::Seq(items.iter().filter_map(new).collect())
            }
            Edit::Map(fields) => {
                let new = |(key, field): &'e (Cow<'_, str>, Field<'_>)| match field {
                    Field::Insert { value, .. } => Some((Cow::Borrowed(&**key), value.lend())),
                    _ => None,
                };
                Value::Map(fields.iter().filter_map(new).collect())
            }
            Edit::Set(_) => return None,
        };
        let is_filled = match &filling {
            Value::Seq(items) => !items.is_empty(),
            Value::Map(fields) => !fields.is_empty(),
            _ => false,
        };
        is_filled.then_some(filling)
    }

    fn within(
        &mut self,
        id: NodeId,
        key: Option<NodeId>,
        edit: impl FnOnce(&mut Self) -> Result<(), Unwritable>,
    ) -> Result<(), Unwritable> {
        let tree = self.cx.tree;
        let lead = tree.lead(key.unwrap_or(id));
        let is_beside = |&parent: &NodeId| tree.kind(parent).is_flow() && !style::begins_line(tree, lead);
        let outer = self.scratch.before_line;
        if !self.cx.path.last().is_some_and(is_beside) {
            self.scratch.before_line = self.scratch.draft.len();
        }
        self.cx.path.push(id);
        edit(self)?;
        self.cx.path.pop();
        self.scratch.before_line = outer;
        Ok(())
    }

    fn map(&mut self, id: NodeId, fields: &[(Cow<'_, str>, Field<'_>)]) -> Result<(), Unwritable> {
        let tree = self.cx.tree;
        if let Some((key, _)) = tree.pairs(id).find(|(key, _)| tree.kind(*key) == NodeKind::Empty) {
            return Err(Unwritable {
                message: "a mapping with an empty key would have to be edited".to_owned(),
                span: tree.span(key),
                help: "give the key a name",
            });
        }
        let nodes: Vec<NodeId> = tree.children(id).collect();
        let pairs: &[[NodeId; 2]] = nodes.as_chunks().0;
        let mut moves = Moves::default();
        for (_, field) in fields {
            match field {
                Field::Edit(edit) => self.relocate(edit, &mut moves)?,
                Field::Insert { value, .. } => self.relocate_in(value, &mut moves)?,
                Field::Remove | Field::Clear => {}
            }
        }
        let mut changes = Vec::with_capacity(fields.len());
        for (number, (name, field)) in fields.iter().enumerate() {
            let Some(at) = pairs.iter().position(|[key, _]| tree.reads(*key, name)) else {
                let Field::Insert { place, .. } = field else { return Err(refuse_merged(tree, id, name)) };
                self.scratch.aliases.insert(tree, id, name);
                if let Some(alias) = merging_alias(tree, id, name) {
                    self.scratch.copy(alias);
                }
                self.scratch.aliases.touch(tree, &self.cx.path, Some(name));
                changes.push(Change::insert(place_in(tree, pairs, *place), number));
                continue;
            };
            let [key, value] = pairs[at];
            self.scratch.aliases.touch(tree, &self.cx.path, Some(name));
            if self.field(id, (key, value), field, &moves)? == Fate::Goes {
                self.scratch.aliases.remove(Span::new(tree.lead(key), self.cx.end(value)));
                changes.push(Change::remove(at));
            }
        }
        changes.sort_by_key(Change::place);
        let hunks = Hunks { count: pairs.len(), changes: &changes };
        let render = Render::new(&self.cx, &moves);
        if tree.kind(id) == NodeKind::BlockMapping {
            block::map(render, self.scratch, id, &nodes, hunks, fields)
        } else {
            flow::map(render, self.scratch, id, hunks, fields)
        }
    }

    /// Edits an old entry, and tells whether it stays.
    fn field(
        &mut self,
        map: NodeId,
        (key, value): (NodeId, NodeId),
        field: &Field<'_>,
        moves: &Moves<'t>,
    ) -> Result<Fate, Unwritable> {
        match field {
            Field::Edit(edit) if !prune::vanishes(&self.cx, map, (key, value), edit) => {
                self.edit(value, Some(key), edit, moves)?;
            }
            Field::Insert { value: new, .. } => {
                set::set(Render::new(&self.cx, moves), self.scratch, value, Some(key), new)?;
            }
            Field::Clear if prune::has_comment(&self.cx, map, (key, value)) => {
                self.edit(value, Some(key), &Edit::list(Vec::new()), moves)?;
            }
            // Without the key the merged value would appear.
            Field::Edit(_) | Field::Remove | Field::Clear if self.would_come_back(map, key) => {
                let null = Value::Raw("null".into());
                set::set(Render::new(&self.cx, moves), self.scratch, value, Some(key), &null)?;
            }
            Field::Edit(_) | Field::Remove | Field::Clear => return Ok(Fate::Goes),
        }
        Ok(Fate::Stays)
    }

    /// Whether a merge would bring a removed key back: from its anchor, or from a copy of the value before the edit.
    fn would_come_back(&self, map: NodeId, key: NodeId) -> bool {
        let tree = self.cx.tree;
        let merged = tree.merged_key(map, tree.scalar(key));
        merged.is_some_and(|merged| {
            !self.scratch.aliases.is_gone(tree.span(merged)) || self.scratch.has_copy_in(tree.span(map))
        })
    }

    fn list(
        &mut self,
        id: NodeId,
        key: Option<NodeId>,
        items: &[Item<'_>],
        moves: &Moves<'t>,
    ) -> Result<(), Unwritable> {
        let tree = self.cx.tree;
        let nodes: Vec<NodeId> = tree.children(id).collect();
        let mut changes = Vec::with_capacity(items.len());
        let mut next = 0;
        for (number, item) in items.iter().enumerate() {
            match item {
                Item::Keep(at, edit) => {
                    self.remove_items(&nodes, next..*at, &mut changes);
                    next = at + 1;
                    if edit.is_some() && *at < nodes.len() {
                        self.scratch.aliases.touch(tree, &self.cx.path, None);
                    }
                }
                Item::New(_) => changes.push(Change::insert(next, number)),
            }
        }
        let is_replaced = !nodes.is_empty() && next == 0;
        self.remove_items(&nodes, next..nodes.len(), &mut changes);
        if !changes.is_empty() {
            self.scratch.aliases.touch(tree, &self.cx.path, None);
        }
        if let Some(key) = key.filter(|_| self.needs_lines(id, items, is_replaced, moves)) {
            return self.list_to_block((key, id), &nodes, items, moves);
        }
        let count = self.scratch.draft.len();
        for item in items {
            if let Item::Keep(at, Some(edit)) = item
                && let Some(&child) = nodes.get(*at)
            {
                self.edit(child, None, edit, moves)?;
            }
        }
        let hunks = Hunks { count: nodes.len(), changes: &changes };
        let render = Render::new(&self.cx, moves);
        if tree.kind(id) == NodeKind::BlockSequence {
            return block::list(render, self.scratch, id, &nodes, hunks, items);
        }
        let new = |number: usize| if let Item::New(value) = &items[number] { Some(value) } else { None };
        flow::list(render, self.scratch, id, hunks, new)?;
        match key.filter(|_| self.would_be_joined(id, count)) {
            Some(key) => {
                self.scratch.draft.truncate(count);
                self.list_to_block((key, id), &nodes, items, moves)
            }
            None => Ok(()),
        }
    }

    /// Whether the edits since the first `count` break the line of a flow list in a block mapping, and another program
    /// would join its lines again.
    fn would_be_joined(&self, id: NodeId, count: usize) -> bool {
        let (tree, cx) = (self.cx.tree, &self.cx);
        let is_in_block = |&parent: &NodeId| tree.kind(parent) == NodeKind::BlockMapping;
        let end = cx.end(id);
        cx.is_rewritten
            && cx.path.iter().rev().nth(1).is_some_and(is_in_block)
            && !tree.source(id).contains(['\n', '\r'])
            // kpt also copies a comment on the line of a key to the entry after its block list.
            && !cx.has_comment(end..layout::line_end(tree, end))
            && self.scratch.draft.since(count).any(|(_, text)| text.contains(['\n', '\r']))
    }

    fn append(
        &mut self,
        id: NodeId,
        key: Option<NodeId>,
        items: &[Value<'_>],
        moves: &Moves<'t>,
    ) -> Result<(), Unwritable> {
        let tree = self.cx.tree;
        self.scratch.aliases.touch(tree, &self.cx.path, None);
        if tree.kind(id) == NodeKind::BlockSequence {
            return block::append(Render::new(&self.cx, moves), self.scratch, id, items);
        }
        if self.cx.is_rewritten {
            let kept = (0..tree.children(id).count()).map(|at| Item::Keep(at, None));
            let all: Vec<_> = kept.chain(items.iter().map(|item| Item::New(item.lend()))).collect();
            return self.list(id, key, &all, moves);
        }
        let render = Render::new(&self.cx, moves);
        let count = tree.children(id).count();
        let changes: Vec<_> = (0..items.len()).map(|number| Change::insert(count, number)).collect();
        let hunks = Hunks { count, changes: &changes };
        flow::list(render, self.scratch, id, hunks, |number| items.get(number))
    }

    /// Removes items from a list.
    fn remove_items(&mut self, nodes: &[NodeId], removed: Range<usize>, changes: &mut Vec<Change>) {
        for at in removed {
            if let Some(&item) = nodes.get(at) {
                self.scratch.aliases.remove(Span::new(self.cx.tree.lead(item), self.cx.end(item)));
            }
            changes.push(Change::remove(at));
        }
    }

    /// Whether an item that joins a flow list in a block mapping makes it a block list.
    fn needs_lines(&self, id: NodeId, items: &[Item<'_>], is_replaced: bool, moves: &Moves<'_>) -> bool {
        let tree = self.cx.tree;
        let parent = self.cx.path.iter().rev().nth(1);
        if tree.kind(id) == NodeKind::BlockSequence
            || parent.is_none_or(|&parent| tree.kind(parent) != NodeKind::BlockMapping)
        {
            return false;
        }
        // A list that keeps some items takes the style of the joining item. A list whose items are all replaced, or
        // that has comments, keeps its style if it can.
        let keeps_style = || is_replaced || flow::holds_comments(&self.cx, id);
        items.iter().any(|item| match item {
            Item::New(Value::Moved(item)) => match moves.get(item).form {
                Form::NeedsLine => true,
                Form::OneLine => !keeps_style(),
                Form::Flowable => false,
            },
            _ => false,
        })
    }

    /// Writes a flow list as a block list.
    fn list_to_block(
        &mut self,
        (key, id): (NodeId, NodeId),
        nodes: &[NodeId],
        items: &[Item<'_>],
        moves: &Moves<'t>,
    ) -> Result<(), Unwritable> {
        let mut entries = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Item::New(value) => entries.push(Entry::New(value)),
                Item::Keep(at, edit) => {
                    let Some(&node) = nodes.get(*at) else { continue };
                    let bracket = self.cx.tree.span(id).start as usize;
                    let before = at.checked_sub(1).map_or(bracket, |before| self.cx.end(nodes[before]));
                    let source = SourceItem::of_flow(&self.cx, node, before, *at == 0);
                    let body = self.body(&source, edit.as_ref(), moves)?;
                    entries.push(Entry::Kept(*at, source, body));
                }
            }
        }
        to_block::list(Render::new(&self.cx, moves), self.scratch, (key, id), &entries)
    }

    /// Finds the items that move in an edit of a list.
    fn relocate(&mut self, edit: &Edit<'_>, moves: &mut Moves<'t>) -> Result<(), Unwritable> {
        match edit {
            Edit::Set(value) => self.relocate_in(value, moves)?,
            Edit::List(items) => {
                for item in items.iter() {
                    match item {
                        Item::New(value) => self.relocate_in(value, moves)?,
                        // Items of a list in a list come from the lists of the same mapping.
                        Item::Keep(_, Some(edit)) if !matches!(edit, Edit::Map(_)) => {
                            self.relocate(edit, moves)?;
                        }
                        Item::Keep(..) => {}
                    }
                }
            }
            // A mapping has its own lists, and appended items do not move.
            Edit::Map(_) | Edit::Append(_) => {}
        }
        Ok(())
    }

    fn relocate_in(&mut self, value: &Value<'_>, moves: &mut Moves<'t>) -> Result<(), Unwritable> {
        match value {
            Value::Moved(item) => self.relocate_item(item, moves),
            Value::Seq(items) => items.iter().try_for_each(|item| self.relocate_in(item, moves)),
            Value::Map(fields) => fields.iter().try_for_each(|(_, value)| self.relocate_in(value, moves)),
            Value::Str(_) | Value::Raw(_) => Ok(()),
        }
    }

    fn relocate_item(&mut self, item: &Moved<'_>, moves: &mut Moves<'t>) -> Result<(), Unwritable> {
        let source = moves.find(&self.cx, item)?;
        let form = source.form(self.cx.tree);
        let number = self.scratch.aliases.moves(self.cx.tree, source.span);
        let list = moves.list(item.list).expect("impossible: the item was found in it");
        self.cx.path.push(list);
        let body = self.body(&source, item.edit.as_deref(), moves)?;
        self.cx.path.pop();
        moves.keep(item, Relocated { source, body, form, number });
        Ok(())
    }

    /// The text of an item of a list, edited.
    fn body(
        &mut self,
        source: &SourceItem<'t>,
        edit: Option<&Edit<'_>>,
        moves: &Moves<'t>,
    ) -> Result<Cow<'t, str>, Unwritable> {
        let outer = (std::mem::take(&mut self.scratch.draft), std::mem::take(&mut self.scratch.before_line));
        if let Some(edit) = edit {
            self.edit(source.item, None, edit, moves)?;
        }
        self.scratch.write_copies(source.span);
        let draft = std::mem::replace(&mut self.scratch.draft, outer.0);
        self.scratch.before_line = outer.1;
        relocate::body(&self.cx, source, draft)
    }
}

/// Whether an entry of a mapping stays.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Stays,
    Goes,
}

/// The index of the entry before which a new entry goes. It goes after every `<<`, since kubectl lets merged values
/// override earlier keys.
fn place_in(tree: &Tree<'_>, pairs: &[[NodeId; 2]], place: Place<'_>) -> usize {
    let find = |name: &str| pairs.iter().position(|[key, _]| tree.reads(*key, name));
    let known = match place {
        Place::First => Some(0),
        Place::Before(next) => find(next),
        Place::After(previous) => find(previous).map(|at| at + 1),
        Place::Last => None,
    };
    let merges = pairs.iter().rposition(|[key, _]| tree.is_merge_key(*key)).map_or(0, |at| at + 1);
    known.unwrap_or(pairs.len()).max(merges)
}

/// The alias that merges a key into a mapping.
fn merging_alias(tree: &Tree<'_>, map: NodeId, key: &str) -> Option<Span> {
    if tree.aliases().is_empty() {
        return None;
    }
    tree.merged_key(map, key)?;
    let merges = tree.pairs(map).filter(|(key, _)| tree.is_merge_key(*key));
    let aliases = merges.flat_map(|(_, value)| std::iter::once(value).chain(tree.children(value)));
    let mut aliases = aliases.filter(|&value| tree.kind(value) == NodeKind::Alias);
    let has_it = |alias: &NodeId| {
        let fields = tree.follow(*alias).ok().and_then(|node| tree.fields(node).ok());
        fields.is_some_and(|fields| fields.iter().any(|(name, _)| tree.reads(*name, key)))
    };
    aliases.find(has_it).map(|alias| tree.span(alias))
}

/// The error for an edit of a key that the mapping only merges.
fn refuse_merged(tree: &Tree<'_>, map: NodeId, key: &str) -> Unwritable {
    let merged = tree.pairs(map).find(|(key, _)| tree.is_merge_key(*key));
    Unwritable {
        message: format!("`{key}` is merged from elsewhere and would have to be edited"),
        span: tree.span(merged.map_or(map, |(_, value)| value)),
        help: "write it out where it is used",
    }
}

/// The error for an edit of a value of another kind.
fn refuse_kind(tree: &Tree<'_>, id: NodeId) -> Unwritable {
    match tree.kind(id) {
        NodeKind::Alias => alias_guard::behind_alias(tree, id),
        NodeKind::FlowPair => Unwritable {
            message: "a single pair in a flow sequence would have to be edited".to_owned(),
            span: tree.span(id),
            help: "put it in braces",
        },
        kind => {
            let found = match kind {
                NodeKind::BlockMapping | NodeKind::FlowMapping => "a mapping",
                NodeKind::BlockSequence | NodeKind::FlowSequence => "a list",
                _ => "a single value",
            };
            Unwritable {
                message: format!("{found} is not the type of value that would have to be edited"),
                span: tree.span(id),
                help: "write a list with `-` for containers, volumes and mounts, and a mapping with `key: value` for all \
                       else that holds fields",
            }
        }
    }
}
