//! Finds values that several objects of a document share through aliases, and that need the same edit in all of them.
//! Such a value is edited once, at its anchor.
//!
//! ```yaml
//! items:
//! - kind: Job
//!   spec: {template: &t {…}}  # edited
//! - kind: Job
//!   spec: {template: *t}      # stays: it needs the same edit
//! ```
//!
//! If the objects need different edits of a value, it is not shared, and the edit layer refuses the edit.

use super::object::Object;
use crate::config::Config;
use crate::kinds::Kind;
use crate::plan;
use crate::view::NodeView;
use kueueleuleu_yaml::edit::{Edit, Field, Item};
use kueueleuleu_yaml::syntax::{self, NodeId, Tree};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// The keys on the path from an object to its containers.
const PATH: [&str; 5] = ["spec", "jobTemplate", "template", "containers", "initContainers"];

/// How many times the objects are planned again without the values that could not be shared.
const MAX_ROUNDS: usize = 8;

/// An object that may share values.
pub(super) struct Sharer<'c> {
    pub(super) site: NodeId,
    kind: &'static Kind,
    config: Option<&'c Config>,
    pub(super) ancestors: Vec<NodeId>,
}

impl<'c> Sharer<'c> {
    pub(super) fn new(object: &Object<'_, '_>, config: Option<&'c Config>) -> Self {
        let &Object { site, kind, ancestors, .. } = object;
        Self { site, kind, config, ancestors: ancestors.to_vec() }
    }
}

/// The values of a document that are edited once for several objects.
pub(super) struct Shared<'t> {
    /// The document as if each shared value were written out in the place of its aliases.
    tree: Tree<'t>,
    /// The nodes of aliases of a shared value, and the node of the value.
    values: HashMap<NodeId, NodeId>,
    /// The aliases of these values, in the form that the edit layer expects.
    aliases: Vec<(u32, Option<&'static str>)>,
}

/// What an object does to a value.
#[derive(Clone, Copy, PartialEq)]
enum Wish<'e> {
    /// It edits the value, or leaves it unchanged.
    Edit(Option<&'e Edit<'e>>),
    /// It removes, replaces or moves the value.
    Other,
}

impl<'t> Shared<'t> {
    /// Finds the shared values. `lower` returns for each object and its edit whether the edit can be written.
    pub(super) fn find(
        tree: &Tree<'t>,
        objects: &[Sharer<'_>],
        mut lower: impl FnMut(&Self, &[(&Sharer<'_>, &Edit<'_>)]) -> Vec<bool>,
    ) -> Option<Self> {
        let mut refused = HashSet::new();
        for _ in 0..MAX_ROUNDS {
            let shared = Self::without(tree, objects, &refused)?;
            let known = refused.len();
            shared.refuse(objects, &mut refused, &mut lower);
            if refused.len() == known {
                return Some(shared);
            }
        }
        None
    }

    /// All shared values except these; `None` if there are none.
    fn without(tree: &Tree<'t>, objects: &[Sharer<'_>], refused: &HashSet<NodeId>) -> Option<Self> {
        objects.iter().find(|object| leads_through_alias(tree, object.site))?;
        let mut shared = Self { tree: tree.clone(), values: HashMap::new(), aliases: Vec::new() };
        for object in objects {
            shared.inline(object.site, refused);
        }
        (!shared.values.is_empty()).then_some(shared)
    }

    /// Inlines the shared values on the path from a node to the containers.
    fn inline(&mut self, node: NodeId, refused: &HashSet<NodeId>) {
        if self.values.contains_key(&node) {
            return;
        }
        if self.tree.kind(node) == syntax::NodeKind::Alias {
            let Ok(value) = self.tree.follow(node) else { return };
            if refused.contains(&value) || self.tree.kind(value).is_opaque() {
                return;
            }
            self.aliases.push((self.tree.span(node).start, None));
            self.tree.inline(node, value);
            self.values.insert(node, value);
            return;
        }
        match self.tree.kind(node) {
            syntax::NodeKind::BlockMapping | syntax::NodeKind::FlowMapping => {
                self.inline_merged(node, refused);
                for (_, value) in on_path(&self.tree, node) {
                    self.inline(value, refused);
                }
            }
            syntax::NodeKind::BlockSequence | syntax::NodeKind::FlowSequence => {
                let is_alias = |item: &NodeId| self.tree.kind(*item) == syntax::NodeKind::Alias;
                let items: Vec<_> = self.tree.children(node).filter(is_alias).collect();
                for item in items {
                    self.inline(item, refused);
                }
            }
            _ => {}
        }
    }

    /// Inlines the values that a mapping merges.
    fn inline_merged(&mut self, map: NodeId, refused: &HashSet<NodeId>) {
        let merges: Vec<_> = self.tree.pairs(map).filter(|(key, _)| self.tree.is_merge_key(*key)).collect();
        if merges.is_empty() {
            return;
        }
        let Ok(fields) = self.tree.fields(map) else { return };
        for (name, found) in fields {
            let Some(key) = PATH.into_iter().find(|key| self.tree.reads(name, key)) else { continue };
            if !found.merged || refused.contains(&found.node) || self.tree.kind(found.node).is_opaque() {
                continue;
            }
            for (_, merged) in &merges {
                let sites = self.tree.aliases_in(self.tree.span(*merged)).iter();
                self.aliases.extend(sites.map(|site| (site.span.start, Some(key))));
            }
            let node = self.tree.inline_entry(map, name, found.node);
            self.values.insert(node, found.node);
        }
    }

    /// Adds the values that cannot be shared.
    fn refuse(
        &self,
        objects: &[Sharer<'_>],
        refused: &mut HashSet<NodeId>,
        lower: &mut impl FnMut(&Self, &[(&Sharer<'_>, &Edit<'_>)]) -> Vec<bool>,
    ) {
        let subjects: Vec<_> = objects
            .iter()
            .map(|object| {
                let subject = plan::read(object.kind, self.view(object.site));
                let in_use = object.config.map(|config| subject.config(config));
                (subject, in_use)
            })
            .collect();
        let plans: Vec<_> = subjects
            .iter()
            .map(|(subject, in_use)| in_use.as_ref().and_then(|config| subject.plan(config).edit))
            .collect();
        let written: HashSet<NodeId> = self.values.values().copied().collect();
        let mut wishes: HashMap<NodeId, Wish<'_>> = HashMap::new();
        let mut owned = HashSet::new();
        let mut of_objects = Vec::with_capacity(objects.len());
        for (object, edit) in objects.iter().zip(&plans) {
            let mut values = Vec::new();
            self.each_value(object.site, Wish::Edit(edit.as_ref()), &mut |node, wish| {
                let value = match self.values.get(&node) {
                    Some(&value) => value,
                    None if written.contains(&node) => {
                        owned.insert(node);
                        node
                    }
                    None => return,
                };
                values.push(value);
                if *wishes.entry(value).or_insert(wish) != wish || wish == Wish::Other {
                    refused.insert(value);
                }
            });
            of_objects.push(values);
        }
        refused.extend(written.iter().filter(|value| !owned.contains(value)));
        if written.iter().any(|value| refused.contains(value)) {
            return;
        }
        let mut edits = Vec::new();
        for ((object, edit), values) in objects.iter().zip(&plans).zip(of_objects) {
            if let Some(edit) = edit.as_ref().and_then(|edit| self.own(object.site, edit)) {
                edits.push((object, edit, values));
            }
        }
        let own: Vec<_> = edits.iter().map(|(object, edit, _)| (*object, edit)).collect();
        for ((.., values), can_be_written) in edits.iter().zip(lower(self, &own)) {
            if !can_be_written {
                refused.extend(values);
            }
        }
    }

    /// Calls `see` with each node on the path from an object to its containers, and with what the object does to it.
    /// Nodes below the alias of a shared value are skipped.
    fn each_value<'e>(&self, node: NodeId, wish: Wish<'e>, see: &mut impl FnMut(NodeId, Wish<'e>)) {
        see(node, wish);
        if self.values.contains_key(&node) {
            return;
        }
        match self.tree.kind(node) {
            syntax::NodeKind::BlockMapping | syntax::NodeKind::FlowMapping => {
                for (key, value) in on_path(&self.tree, node) {
                    self.each_value(value, wish.of_field(self.tree.scalar(key)), see);
                }
            }
            syntax::NodeKind::BlockSequence | syntax::NodeKind::FlowSequence => {
                for (at, item) in self.tree.children(node).enumerate() {
                    see(item, wish.of_item(at));
                }
            }
            _ => {}
        }
    }

    /// The object at a node, with shared values as if they were its own.
    pub(super) fn view(&self, site: NodeId) -> NodeView<'_> {
        NodeView::new(&self.tree, site)
    }

    /// The aliases that may see changes of their anchors.
    pub(super) fn aliases(&self) -> &[(u32, Option<&'static str>)] {
        &self.aliases
    }

    /// The edit of the value at a node, without the parts that are edited at another anchor; `None` if nothing is left.
    pub(super) fn own<'e>(&self, node: NodeId, edit: &'e Edit<'e>) -> Option<Edit<'e>> {
        if self.values.contains_key(&node) {
            return None;
        }
        match edit {
            Edit::Map(fields) => {
                let own = |(key, field): &'e (Cow<'e, str>, Field<'e>)| {
                    let value = self.tree.pairs(node).find(|(name, _)| self.tree.reads(*name, key));
                    let field = match (field, value) {
                        (Field::Edit(edit), Some((_, value))) => Field::Edit(self.own(value, edit)?),
                        _ => field.clone(),
                    };
                    Some((Cow::Borrowed(&**key), field))
                };
                let fields: Vec<_> = fields.iter().filter_map(own).collect();
                (!fields.is_empty()).then(|| Edit::map(fields))
            }
            Edit::List(items) => {
                let nodes: Vec<_> = self.tree.children(node).collect();
                let own = |item: &'e Item<'e>| match item {
                    Item::Keep(at, Some(edit)) => {
                        let edit =
                            nodes.get(*at).map_or_else(|| Some(edit.clone()), |&node| self.own(node, edit));
                        Item::Keep(*at, edit)
                    }
                    other => other.clone(),
                };
                let items: Vec<_> = items.iter().map(own).collect();
                let is_kept =
                    |(at, item): (usize, &Item<'_>)| matches!(item, Item::Keep(index, None) if *index == at);
                let stays = items.len() == nodes.len() && items.iter().enumerate().all(is_kept);
                (!stays).then(|| Edit::list(items))
            }
            Edit::Set(_) | Edit::Append(_) => Some(edit.clone()),
        }
    }
}

impl Wish<'_> {
    /// What the edit does to the value of an existing key.
    fn of_field(self, key: &str) -> Self {
        let Self::Edit(Some(edit)) = self else { return self };
        let Edit::Map(fields) = edit else { return Self::Other };
        match fields.iter().find(|(name, _)| name == key) {
            None => Self::Edit(None),
            Some((_, Field::Edit(edit))) => Self::Edit(Some(edit)),
            Some(_) => Self::Other,
        }
    }

    /// What the edit does to an existing item.
    fn of_item(self, at: usize) -> Self {
        let Self::Edit(Some(edit)) = self else { return self };
        match edit {
            Edit::Append(_) => Self::Edit(None),
            Edit::List(items) => {
                let kept = items.iter().find_map(|item| match item {
                    Item::Keep(index, edit) if *index == at => Some(edit.as_ref()),
                    _ => None,
                });
                kept.map_or(Self::Other, Self::Edit)
            }
            Edit::Set(_) | Edit::Map(_) => Self::Other,
        }
    }
}

/// The entries of a mapping whose keys are on the path to containers.
fn on_path(tree: &Tree<'_>, map: NodeId) -> Vec<(NodeId, NodeId)> {
    tree.pairs(map).filter(|(key, _)| PATH.iter().any(|known| tree.reads(*key, known))).collect()
}

/// Whether an alias or a merge is on the path from an object to its containers.
fn leads_through_alias(tree: &Tree<'_>, node: NodeId) -> bool {
    match tree.kind(node) {
        syntax::NodeKind::Alias => true,
        syntax::NodeKind::BlockMapping | syntax::NodeKind::FlowMapping => {
            tree.pairs(node).any(|(key, _)| tree.is_merge_key(key))
                || on_path(tree, node).into_iter().any(|(_, value)| leads_through_alias(tree, value))
        }
        syntax::NodeKind::BlockSequence | syntax::NodeKind::FlowSequence => {
            tree.children(node).any(|item| tree.kind(item) == syntax::NodeKind::Alias)
        }
        _ => false,
    }
}
