//! Checks whether a configuration has the shape that the table of fields describes.
//!
//! Walks the table beside the tree, and collects all problems: keys, tags, types, unknown and missing fields.
//! Afterwards serde can read the good values although others are bad, because [`ShapeCheck::bad`] lists what to skip. Knows
//! no field by name.

use super::node::{ConfigNode, What, first_line, what};
use super::report::ConfigReport;
use super::suggest::{list, suggest};
use super::table::{Choice, FieldType, MappingType};
use crate::quantity;
use crate::route::Route;
use kueueleuleu_yaml::span::Span;
use kueueleuleu_yaml::syntax::resolve::Unreadable;
use kueueleuleu_yaml::syntax::{NodeId, NodeKind, Tree, go};
use std::collections::HashSet;

/// The number of values after which the check gives up, as in an alias bomb.
const MAX_VALUES: usize = 100_000;
/// The number of levels to which free-form mappings and lists may be nested.
const MAX_DEPTH: usize = 64;

const QUOTE: &str = "put it in quotes";

/// A walk over a configuration.
pub(super) struct ShapeCheck<'r> {
    report: &'r mut ConfigReport,
    /// The keys, items and values that must be skipped.
    pub bad: HashSet<NodeId>,
    /// The names of the fields that must be skipped.
    pub left_out: Vec<&'static str>,
    left: usize,
}

impl<'r> ShapeCheck<'r> {
    /// Walks the whole configuration.
    pub(super) fn check(
        root: ConfigNode<'_>,
        object: &'static MappingType,
        report: &'r mut ConfigReport,
    ) -> Self {
        let mut shape = Self { report, bad: HashSet::new(), left_out: Vec::new(), left: MAX_VALUES };
        let is_good = shape.tags(root, &Route::root()) && shape.object(root, &Route::root(), object);
        if !is_good {
            shape.bad.insert(root.site);
        }
        shape
    }

    /// Checks a value. Returns whether it can be read. Null counts as absent.
    fn value(&mut self, node: ConfigNode<'_>, route: &Route, of: &'static FieldType) -> bool {
        if !self.take(node, route) || !self.tags(node, route) {
            return false;
        }
        match (of, node.what()) {
            (FieldType::Constant(_), _)
            | (FieldType::String, What::String(_))
            | (FieldType::Boolean, What::Boolean(_)) => true,
            (FieldType::Count, What::Number(number)) if number.parse::<u32>().is_ok() => true,
            (FieldType::OneOf(choice), What::String(text)) => self.one_of(node, route, choice, text),
            (FieldType::List(item), What::List) => self.list(node, route, item),
            (FieldType::Mapping(object), What::Mapping) => self.object(node, route, object),
            (FieldType::Strings, What::Mapping) => {
                self.map(node, route, |shape, value, route| shape.value(value, route, &FieldType::String))
            }
            (FieldType::Quantities, What::Mapping) => self.map(node, route, Self::quantity),
            (FieldType::Free, What::Mapping) => self.free(node, route, 0),
            (of, what) => self.wrong_type(node, route, &expected(of), &what),
        }
    }

    /// Counts a value, and rejects those above the limit. The problem is reported once.
    fn take(&mut self, node: ConfigNode<'_>, route: &Route) -> bool {
        if self.left == 1 {
            let message = "with its aliases expanded, the configuration is too large";
            self.report.add(route.clone(), node.span(), message).help("write it out, without aliases");
        }
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }

    /// Rejects tags, except `!!str` on scalars, and aliases that cannot be resolved.
    fn tags(&mut self, node: ConfigNode<'_>, route: &Route) -> bool {
        match node.target() {
            Ok(target) => self.tag(node.tree, target, node.span(), route),
            Err(error) => self.unreadable(error, route),
        }
    }

    fn tag(&mut self, tree: &Tree<'_>, id: NodeId, span: Span, route: &Route) -> bool {
        let is_scalar = matches!(tree.kind(id), NodeKind::Plain | NodeKind::Quoted | NodeKind::BlockScalar);
        // The tree does not store the tags of collections, but it knows where the properties of a node begin.
        let properties = tree.text()[tree.props(id)..tree.span(id).start as usize].split_ascii_whitespace();
        let tag = properties.take_while(|word| !word.starts_with('#')).find(|word| word.starts_with('!'));
        let Some(tag) = tag.filter(|_| !(is_scalar && tree.is_tagged_string(id))) else { return true };
        let message = format!("the tag `{tag}` is not supported");
        self.report.add(route.clone(), span, message).help("remove it");
        false
    }

    fn unreadable(&mut self, error: Unreadable, route: &Route) -> bool {
        let (message, span, help) = match error {
            Unreadable::DuplicateKey { key, span } => {
                (format!("the key `{key}` occurs twice"), span, "remove one of them")
            }
            Unreadable::TooDeep { span } => (
                "aliases form a cycle, or are nested too deep".to_owned(),
                span,
                "write it out, without aliases",
            ),
            Unreadable::Overridden { key, span } => (
                format!("`<<` merges the key `{key}`, which comes before it"),
                span,
                "put `<<` before all other keys",
            ),
            Unreadable::NotMergeable { span } => (
                "`<<` merges a value that is not a mapping".to_owned(),
                span,
                "merge a mapping, or a list of them",
            ),
        };
        self.report.add(route.clone(), span, message).help(help);
        false
    }

    fn wrong_type(&mut self, node: ConfigNode<'_>, route: &Route, expected: &str, found: &What<'_>) -> bool {
        let text = node.target().map_or("", |target| node.tree.scalar(target));
        let help = match (expected, found) {
            ("a boolean", What::String("true" | "false")) => Some("remove the quotes"),
            ("a boolean", What::String(_) | What::Word(_)) => Some("write `true` or `false`"),
            ("a whole number", What::String(text)) if text.parse::<u32>().is_ok() => {
                Some("remove the quotes")
            }
            ("a whole number", _) => Some("write one from 0 to 4294967295, such as `3`"),
            (_, What::Boolean(_) | What::Number(_) | What::Inexact | What::Word(_))
                if expected.contains("string") =>
            {
                Some(QUOTE)
            }
            _ => None,
        };
        let message = format!("expected {expected}, found {}", described(found, text));
        self.report.add(route.clone(), node.span(), message).maybe_help(help);
        false
    }

    fn one_of(&mut self, node: ConfigNode<'_>, route: &Route, choice: &Choice, text: &str) -> bool {
        let names = choice.names();
        if names.contains(&text) {
            return true;
        }
        let message = format!("`{text}` is not accepted");
        self.report.add(route.clone(), node.span(), message).help(suggest(text, &names));
        false
    }

    fn list(&mut self, node: ConfigNode<'_>, route: &Route, of: &'static FieldType) -> bool {
        let mut is_good = true;
        for (at, item) in node.items().enumerate() {
            if !self.value(item, &route.index(at), of) {
                self.bad.insert(item.site);
                is_good = false;
            }
        }
        // In an outer list, the other items can still be read. An inner list is bad as a whole.
        is_good || is_outer(route)
    }

    fn quantity(&mut self, node: ConfigNode<'_>, route: &Route) -> bool {
        if !self.take(node, route) || !self.tags(node, route) {
            return false;
        }
        let what = node.what();
        let text = match &what {
            What::String(text) => text,
            What::Number(number) | What::Word(go::Plain::Number(number)) => &**number,
            _ => return self.wrong_type(node, route, "a quantity", &what),
        };
        if quantity::parse(text).is_some() {
            return true;
        }
        let message = format!("`{text}` is not a quantity");
        self.report.add(route.clone(), node.span(), message).help("write it like `500m` or `64Mi`");
        false
    }

    /// Checks all values of a mapping. The mapping is good if all values are.
    fn map(
        &mut self,
        node: ConfigNode<'_>,
        route: &Route,
        mut check: impl FnMut(&mut Self, ConfigNode<'_>, &Route) -> bool,
    ) -> bool {
        let (entries, mut is_good) = self.entries(node, route);
        for (key, value) in entries {
            let route = route.key(node.tree.scalar(key).to_owned());
            is_good &= check(self, value, &route);
        }
        is_good
    }

    /// Checks a value that is copied into pods: kubectl must be able to read it, and JSON to represent it.
    fn free(&mut self, node: ConfigNode<'_>, route: &Route, depth: usize) -> bool {
        if depth == MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            self.report.add(route.clone(), node.span(), message);
            return false;
        }
        let check = |shape: &mut Self, node: ConfigNode<'_>, route: &Route| {
            shape.take(node, route) && shape.tags(node, route) && shape.free(node, route, depth + 1)
        };
        match node.what() {
            What::Mapping => self.map(node, route, check),
            What::List => {
                let checked: Vec<_> =
                    node.items().enumerate().map(|(at, item)| check(self, item, &route.index(at))).collect();
                checked.into_iter().all(|is_good| is_good)
            }
            What::Inexact => {
                let text = node.target().map_or("", |target| node.tree.scalar(target));
                let message = format!("`{text}` is not a number that a manifest can hold exactly");
                let help = "write a finite number or an integer of at most 64 bits, or put it in quotes";
                self.report.add(route.clone(), node.span(), message).help(help);
                false
            }
            _ => true,
        }
    }

    /// Checks a mapping with known fields.
    ///
    /// Unknown fields are skipped. A known field with a bad value is skipped in an outer mapping; an inner mapping is
    /// bad as a whole, because its other fields do not say what it means.
    fn object(&mut self, node: ConfigNode<'_>, route: &Route, object: &'static MappingType) -> bool {
        if node.what() != What::Mapping {
            return self.wrong_type(node, route, "a mapping", &node.what());
        }
        let (entries, are_keys_good) = self.entries(node, route);
        let mut is_good = are_keys_good;
        let mut present = Vec::new();
        for (key, value) in entries {
            let name = node.tree.scalar(key);
            let route = route.key(name.to_owned());
            let Some(field) = object.field(name) else {
                let message = format!("unknown field `{name}`");
                let help = suggest(name, &object.names());
                self.report.add(route, first_line(node.tree, key), message).help(help);
                self.bad.insert(key);
                self.report.incomplete(node.span());
                continue;
            };
            present.push(field.name);
            let is_absent = !field.is_required && value.is_plainly_null();
            if !is_absent && !self.value(value, &route, &field.of) {
                self.bad.insert(key);
                self.left_out.push(field.name);
                is_good &= is_outer(&route);
            }
        }
        // If a key cannot be read, it may be the one that seems to be missing.
        for field in object.fields.iter().filter(|field| field.is_required && are_keys_good) {
            if !present.contains(&field.name) {
                let message = format!("missing field `{}`", field.name);
                let help = format!("add `{}`, such as `{}: {}`", field.name, field.name, field.example);
                self.report.add(route.clone(), node.span(), message).help(help);
                is_good = false;
            }
        }
        is_good
    }

    /// The entries of a mapping whose keys can be read, and whether these are all entries.
    fn entries<'t>(&mut self, node: ConfigNode<'t>, route: &Route) -> (Vec<(NodeId, ConfigNode<'t>)>, bool) {
        let tree = node.tree;
        let Ok(target) = node.target() else { return (Vec::new(), false) };
        let mut names = HashSet::new();
        let mut entries = Vec::new();
        let (mut is_good, mut has_merge_key) = (true, false);
        for (key, value) in tree.pairs(target) {
            if tree.is_merge_key(key) {
                has_merge_key = true;
            } else if !self.key(tree, key, route) {
                is_good = false;
            } else if !names.insert(tree.scalar(key)) {
                let error =
                    Unreadable::DuplicateKey { key: tree.scalar(key).to_owned(), span: tree.span(key) };
                is_good = self.unreadable(error, &Route::root());
            } else {
                entries.push((key, node.value(key, value)));
            }
        }
        if has_merge_key && is_good {
            let own = entries.len();
            match node.entries() {
                Ok(all) => {
                    let merged = all.into_iter().skip(own);
                    entries.extend(merged.filter(|(key, _)| self.key(tree, *key, route)));
                }
                Err(error) => is_good = self.unreadable(error, route),
            }
        }
        (entries, is_good)
    }

    /// Rejects a key that is not a string.
    fn key(&mut self, tree: &Tree<'_>, key: NodeId, route: &Route) -> bool {
        let span = first_line(tree, key);
        if !self.tag(tree, key, span, route) {
            return false;
        }
        let is_alias = tree.kind(key) == NodeKind::Alias;
        let what = what(tree, key);
        if matches!(what, What::String(_)) && !is_alias {
            return true;
        }
        let help = match what {
            What::List | What::Mapping => "write a string",
            _ if is_alias => "write it out",
            _ => QUOTE,
        };
        let found = if is_alias { "an alias".to_owned() } else { described(&what, tree.scalar(key)) };
        let message = format!("expected a string as key, found {found}");
        self.report.add(route.clone(), span, message).help(help);
        false
    }
}

/// Whether the route is that of a field of the root, of `spec` or of `data`.
fn is_outer(route: &Route) -> bool {
    route.segments().len() <= 2
}

fn expected(of: &FieldType) -> String {
    match of {
        FieldType::String | FieldType::Constant(_) => "a string".to_owned(),
        FieldType::Boolean => "a boolean".to_owned(),
        FieldType::Count => "a whole number".to_owned(),
        FieldType::List(_) => "a sequence".to_owned(),
        FieldType::OneOf(choice) => format!("one of the strings {}", list(&choice.names())),
        FieldType::Mapping(_) | FieldType::Strings | FieldType::Quantities | FieldType::Free => {
            "a mapping".to_owned()
        }
    }
}

fn described(found: &What<'_>, text: &str) -> String {
    match found {
        What::Null => "null".to_owned(),
        What::Boolean(_) => format!("boolean `{text}`"),
        What::Number(number) if number.contains(['.', 'e']) => format!("number `{text}`"),
        What::Number(_) => format!("integer `{text}`"),
        What::Inexact => format!("number `{text}`"),
        What::String(_) => format!("string `{text}`"),
        What::Word(go::Plain::Bool(_)) => format!("`{text}`, which YAML 1.1 reads as a boolean"),
        What::Word(_) => format!("`{text}`, which YAML 1.1 reads as a number"),
        What::List => "a sequence".to_owned(),
        What::Mapping => "a mapping".to_owned(),
    }
}
