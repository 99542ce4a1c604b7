//! A safety net: what was edited is read again, and must say what was planned.
//!
//! The unit is an object in a document without anchors, so that most of a long list is not read again; otherwise it is the
//! document. Knows that a unit has the same objects before and after. Reads all that is in them, opaque or not, by another
//! way than the conversion: so a fault in what writes edits, or in what tells opaque values, ends the run.

use super::object::{Found, Object, each_object, field};
use crate::apply::apply_within;
use crate::config::Config;
use crate::diagnostic::{Error, Rule};
use crate::kinds::{self, Kind};
use crate::plan;
use crate::view::{NodeView, View};
use kueueleuleu_yaml::edit::Value;
use kueueleuleu_yaml::span::Span;
use kueueleuleu_yaml::splice::Splices;
use kueueleuleu_yaml::syntax::{self, Documents, NodeId, Shape, Tree};
use std::borrow::Cow;
use std::ops::Range;

/// How many values are compared in a document with anchors, for each byte of it and at least: aliases can make very much
/// of little.
const VALUES_PER_BYTE: usize = 16;
const MIN_VALUES: usize = 1_000_000;

type Field<'v> = (Cow<'v, str>, Value<'v>);

/// What is said of a text that would not read as planned.
const VERIFY_FAILED: &str = "would not read as planned after the conversion";

/// The nodes of a document under which objects are found, and those that lead to them.
pub(super) type Places = (Vec<NodeId>, Vec<NodeId>);

/// Edits, and how many of them belong to what stands before.
pub(super) type New<'s> = (&'s Splices, usize);

/// Those of a document that is an object, or a list of them.
pub(super) fn whole(tree: &Tree<'_>) -> Places {
    (Vec::new(), tree.root().into_iter().collect())
}

/// Fails where an edited object of a document without anchors does not say what was planned.
pub(super) fn object(config: &Config, object: &Object<'_, '_>, new: New<'_>) -> Result<(), Error> {
    let unit = Unit::of(object.tree, object.site, object.ancestors.last().copied(), new.0.span_from(new.1));
    let is_as_planned = unit.is_some_and(|unit| {
        let [before, after] = unit.texts(object.tree.text(), new);
        unit.read(&before, |tree, before| {
            let before = NodeView::new(tree, before);
            unit.read(&after, |tree, after| {
                let after = NodeView::new(tree, after);
                is_as_planned(Some(config), object.kind, before, after, &mut usize::MAX.clone())
            })
        })
    });
    if is_as_planned { Ok(()) } else { Err(failed(&object.id().to_string(), object.view.span())) }
}

/// Fails where the objects of a document do not say what was planned. `edited` has for each of them the configuration
/// that it was edited by, if it was.
pub(super) fn document(
    tree: &Tree<'_>,
    edited: &[Option<&Config>],
    new: New<'_>,
    places: fn(&Tree<'_>) -> Places,
) -> Result<(), Error> {
    let unit = tree.root().and_then(|root| Unit::of(tree, root, None, new.0.span_from(new.1)));
    let Some(unit) = unit else { return Err(failed("the text", None)) };
    let [before, after] = unit.texts(tree.text(), new);
    let mut outcome = Err(failed("the text", None));
    unit.read(&before, |before, _| {
        unit.read(&after, |after, _| {
            outcome = objects_are_as_planned(before, after, edited, places);
            outcome.is_ok()
        })
    });
    // Where it says so is in the text of the unit.
    outcome.map_err(|error| tree.root().into_iter().fold(error, |error, root| error.at(tree.span(root))))
}

fn objects_are_as_planned(
    before: &Tree<'_>,
    after: &Tree<'_>,
    edited: &[Option<&Config>],
    places: fn(&Tree<'_>) -> Places,
) -> Result<(), Error> {
    let mut left = MIN_VALUES.max(before.text().len().saturating_mul(VALUES_PER_BYTE));
    let mut found = Vec::new();
    each(after, places, |object| found.push(object.view));
    let mut found = found.into_iter();
    let mut edited = edited.iter();
    let mut outcome = Ok(());
    each(before, places, |object| {
        if outcome.is_err() {
            return;
        }
        outcome = match (found.next(), edited.next()) {
            (Some(after), Some(edited_by))
                if is_as_planned(*edited_by, object.kind, object.view, after, &mut left) =>
            {
                Ok(())
            }
            (Some(_), Some(_)) => Err(failed(&object.id().to_string(), None)),
            _ => Err(failed("the text", None)),
        };
    });
    outcome?;
    if found.next().is_some() || edited.next().is_some() { Err(failed("the text", None)) } else { Ok(()) }
}

/// Fails where a `ResourceList` does not have so many items and results.
pub(super) fn counts(text: &str, counts: [usize; 2]) -> Result<(), Error> {
    let mut documents = Documents::new(text, &kinds::RESOURCE_LIST);
    let count = |tree: &Tree<'_>, key| {
        let list = tree.root().and_then(|root| field(tree, root, key));
        list.map_or(0, View::count)
    };
    match documents.next_document() {
        Some(Ok(tree)) if [count(tree, "items"), count(tree, "results")] == counts => Ok(()),
        _ => Err(failed("the `ResourceList`", None)),
    }
}

fn failed(what: &str, span: Option<Span>) -> Error {
    let error = Error::new(Rule::VerificationFailed, format!("{what} {VERIFY_FAILED}"));
    span.into_iter()
        .fold(error, Error::at)
        .help("nothing was written; this is a fault of kueueleuleu: please report it, with the resource")
}

/// Shows all objects of a document to `see`.
fn each<'v>(tree: &'v Tree<'v>, places: fn(&Tree<'_>) -> Places, mut see: impl FnMut(&Object<'_, 'v>)) {
    let (ancestors, nodes) = places(tree);
    for node in nodes {
        each_object(tree, node, &ancestors, &mut |found| {
            if let Found::Object(object) = found {
                see(object);
            }
        });
    }
}

/// A part of a text that reads alone as it reads where it stands.
struct Unit {
    range: Range<usize>,
    /// What its surroundings say, and what has to stand before and behind it.
    lead: String,
    tail: &'static str,
    /// Whether it is the only item of a list.
    is_item: bool,
}

impl Unit {
    /// The one of a node, which may be an item of a list, with edits that go so far. `None` where these are not in it.
    fn of(tree: &Tree<'_>, node: NodeId, list: Option<NodeId>, edits: Option<Span>) -> Option<Self> {
        let text = tree.text();
        let edits = edits?;
        let is_flow = tree.kind(list.unwrap_or(node)).is_flow();
        let start = if is_flow { tree.props(node) } else { tree.lead(node) };
        let mut end = (tree.span(node).end as usize).max(edits.end as usize);
        let mut lead = String::new();
        if list.is_none() {
            lead.push_str(directives(text, start));
        }
        if !is_flow {
            // A byte order mark takes no column.
            let before = text[tree.line_start(start)..start].trim_start_matches('\u{feff}');
            lead.extend(std::iter::repeat_n(' ', before.len()));
            // An edit may end where the next line begins.
            let is_next_line = end > tree.span(node).end as usize && text[..end].ends_with(['\n', '\r']);
            if !is_next_line {
                end = tree.line_end(end);
                let line_break =
                    ["\r\n", "\n", "\r"].into_iter().find(|&found| text[end..].starts_with(found));
                end += line_break.map_or(0, str::len);
            }
        }
        let is_item = list.is_some();
        let tail = if is_flow && is_item { "]" } else { "" };
        lead.push_str(if is_flow && is_item { "[" } else { "" });
        (start <= edits.start as usize).then_some(Self { range: start..end, lead, tail, is_item })
    }

    /// Its text as it was, and as it is with the edits.
    fn texts(&self, text: &str, (splices, count): New<'_>) -> [String; 2] {
        let around = |pieces: &mut dyn Iterator<Item = &str>| {
            let mut unit = self.lead.clone();
            unit.extend(pieces);
            unit + self.tail
        };
        let before = around(&mut std::iter::once(&text[self.range.clone()]));
        let after = around(&mut splices.pieces_from(count, text, self.range.clone()));
        [before, after]
    }

    /// Reads one of its texts; false where it is not one.
    fn read(&self, text: &str, see: impl FnOnce(&Tree<'_>, NodeId) -> bool) -> bool {
        let mut documents = Documents::new(text, &Shape::ALL);
        let Some(Ok(tree)) = documents.next_document() else { return false };
        let Some(root) = tree.root() else { return false };
        let is_list = matches!(tree.kind(root), syntax::Kind::BlockSequence | syntax::Kind::FlowSequence);
        let is_seen = if self.is_item {
            let mut items = tree.children(root);
            match (items.next(), items.next()) {
                (Some(item), None) if is_list => see(tree, item),
                _ => false,
            }
        } else {
            see(tree, root)
        };
        is_seen && documents.next_document().is_none()
    }
}

/// The directives of the document whose root begins at `start`, and its marker; empty without any.
fn directives(text: &str, start: usize) -> &str {
    let mut lines = text[..start].rmatch_indices(['\n', '\r']).map(|(at, _)| at + 1).chain([0]);
    let first_byte = |at: usize| text.as_bytes().get(at).filter(|_| at < start);
    let is_between = |at: usize| matches!(first_byte(at), None | Some(b'\n' | b'\r' | b'#' | b' '));
    let marker = lines.find(|&at| !is_between(at)).filter(|&at| text[at..].starts_with("---"));
    let above = lines.take_while(|&at| is_between(at) || text[at..].starts_with('%'));
    let first = marker.and_then(|_| above.filter(|&at| text[at..].starts_with('%')).last());
    first.map_or("", |first| &text[first..start])
}

/// Whether the edit that is planned for an object makes `after` of it; without a configuration there is none.
fn is_as_planned(
    edited_by: Option<&Config>,
    kind: &'static Kind,
    before: NodeView<'_>,
    after: NodeView<'_>,
    left: &mut usize,
) -> bool {
    let Some(config) = edited_by else {
        return match (before.value_within(left), after.value_within(left)) {
            _ if *left == 0 => true,
            (Ok(before), Ok(after)) => before == after,
            (Err(_), _) => true,
            (Ok(_), Err(_)) => false,
        };
    };
    let subject = plan::read(kind, before);
    let in_use = subject.config(config);
    let plan = subject.plan(&in_use);
    let planned = match &plan.edit {
        Some(edit) => apply_within(before, edit, left),
        None => return false,
    };
    let found = after.value_within(left);
    match (planned, found) {
        _ if *left == 0 => true,
        (Ok(planned), Ok(found)) => is_same(&planned, &found),
        // A key that stands twice where nobody looked: what is planned for it cannot be told.
        (Err(_), _) => true,
        (Ok(_), Err(_)) => false,
    }
}

/// Whether two values say the same: the order of entries does not matter, and what was emptied may keep its key.
fn is_same(planned: &Value<'_>, found: &Value<'_>) -> bool {
    match (planned, found) {
        (Value::Seq(planned), Value::Seq(found)) => {
            planned.len() == found.len()
                && planned.iter().zip(&**found).all(|(one, other)| is_same(one, other))
        }
        (Value::Map(planned), Value::Map(found)) => says_all_of(planned, found),
        (planned, found) => planned == found,
    }
}

fn says_all_of(planned: &[Field<'_>], found: &[Field<'_>]) -> bool {
    // What stays is in its old order, so most entries are the next one that is planned.
    let (mut next, mut count) = (0, 0);
    let is_planned = |(key, value): &Field<'_>| {
        let Some(at) = planned[next..].iter().position(|(planned, _)| planned == key) else {
            return is_empty(value);
        };
        let planned = &planned[next + at].1;
        next += usize::from(at == 0);
        count += 1;
        is_same(planned, value)
    };
    found.iter().all(is_planned) && count == planned.len()
}

/// Whether it says no more than its absence.
fn is_empty(value: &Value<'_>) -> bool {
    match value {
        Value::Seq(items) => items.is_empty(),
        Value::Map(fields) => fields.iter().all(|(_, value)| is_empty(value)),
        Value::Raw(text) => text == "null",
        Value::Str(_) | Value::Moved(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::Converter;
    use kueueleuleu_yaml::splice::Draft;

    const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: two, labels: {a: x}}
spec:
  restartPolicy: Never
  containers:
  - {name: first, image: busybox, command: [echo, first]}
  - {name: second, image: busybox, command: [echo, second]}
";

    /// The pod in places of all kinds, by what stands before and behind it and how its lines begin.
    fn texts() -> Vec<String> {
        let indented = POD.replace('\n', "\n  ");
        let item = format!("- {}\n", indented.trim_end());
        let config_map = "- apiVersion: v1\n  kind: ConfigMap\n";
        let list = "apiVersion: v1\nkind: List\nitems:\n";
        let comment = format!("# {}\n", "x".repeat(200_000));
        vec![
            POD.to_owned(),
            format!("{comment}{POD}"),
            format!("%YAML 1.2\n---\n{POD}...\n---\na: b\n"),
            format!("{list}{item}"),
            format!("{comment}{list}{config_map}{item}{config_map}"),
            format!("{list}{item}metadata: {{}}\n"),
            format!("{list}- &a\n  kind: ConfigMap\n{item}- *a\n"),
            "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: two, labels: {a: x}}, \
             spec: {restartPolicy: Never, containers: [{name: first, image: busybox, command: [echo, first]}, \
             {name: second, image: busybox, command: [echo, second]}]}}, {a: b}]}\n"
                .to_owned(),
        ]
    }

    /// The error for the conversion of a text to another one.
    fn error_of(text: &str, new: &str) -> Option<String> {
        let same = |(one, other): &(u8, u8)| one == other;
        let start = text.bytes().zip(new.bytes()).take_while(same).count();
        let most = text.len().min(new.len()) - start;
        let end = text.bytes().rev().zip(new.bytes().rev()).take(most).take_while(same).count();
        let mut draft = Draft::default();
        draft.push(Span::new(start, text.len() - end), &new[start..new.len() - end], 0);
        let splices = Splices::new(draft).unwrap();
        let config = Config::default();
        let mut documents = Documents::new(text, &kinds::SHAPE);
        let mut error = None;
        while let Some(tree) = documents.next_document() {
            let tree = tree.unwrap();
            each(tree, whole, |found| {
                let outcome = match tree.anchors() {
                    [] => object(&config, found, (&splices, 0)),
                    _ => document(tree, &[Some(&config)], (&splices, 0), whole),
                };
                error = outcome.err().map(|error| error.to_string());
            });
        }
        error
    }

    #[test]
    fn what_was_planned_passes() {
        for text in texts() {
            let new = Converter::new(Config::default()).documents(&text).unwrap().text();
            assert_ne!(new, text);
            assert_eq!(error_of(&text, &new), None, "{text}");
            assert_eq!(error_of(&text, &new.replacen("name: two", "\"name\": 'two'", 1)), None, "{text}");
            let empty = new.replacen("restartPolicy: Never", "hostAliases: [], restartPolicy: Never", 1);
            if text.starts_with('{') {
                assert_eq!(error_of(&text, &empty), None, "{text}");
            }
        }
    }

    #[test]
    fn whatever_else_comes_out_is_an_error() {
        for text in texts() {
            let new = Converter::new(Config::default()).documents(&text).unwrap().text();
            for (from, to) in [
                ("a: x", "a: z"),
                ("labels: {a: x}", "labels: {}"),
                ("Never", "Never,\n  hostNetwork: true"),
                ("kind: Pod", "kind: Pot"),
                ("image: busybox", "image: [busybox"),
                ("name: second", "name: 2"),
                ("first", "f\n---\nirst"),
                ("/ko-app/", "/k\u{fc}-app/"),
            ] {
                assert!(new.contains(from), "{new}");
                let error = error_of(&text, &new.replacen(from, to, 1)).unwrap_or_default();
                assert!(error.ends_with(VERIFY_FAILED), "{from} {to} in {text}: {error}");
            }
        }
    }
}
