//! A safety net: what was edited is read again, and must say what was planned.
//!
//! The unit is an object in a document without anchors, so that most of a long list is not read again; otherwise it is the
//! document. Knows that a unit has the same objects before and after. Reads all that is in them, opaque or not, by another
//! way than the conversion: so a fault in what writes edits, or in what tells opaque values, ends the run.

use super::object::{Found, Object, each_object, field};
use crate::apply::{Level, Planned};
use crate::config::Config;
use crate::diagnostic::{Error, Rule};
use crate::kinds::{self, Kind};
use crate::plan;
use crate::view::{Limit, NodeView, Type, View};
use kueueleuleu_yaml::edit::Value;
use kueueleuleu_yaml::span::Span;
use kueueleuleu_yaml::splice::Splices;
use kueueleuleu_yaml::syntax::{self, Documents, NodeId, Shape, Tree};
use std::ops::Range;

/// How many values are compared in a document with anchors, for each byte of it and at least: aliases can make very much
/// of little.
const VALUES_PER_BYTE: usize = 16;
const MIN_VALUES: usize = 1_000_000;

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
                is_as_planned(Some(config), object.kind, before, after, &mut Limit::new(usize::MAX))
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
    let values = MIN_VALUES.max(before.text().len().saturating_mul(VALUES_PER_BYTE));
    let mut limit = Limit::new(values);
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
                if is_as_planned(*edited_by, object.kind, object.view, after, &mut limit) =>
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
        let after = || splices.pieces_from(count, text, self.range.clone());
        [self.around(|| std::iter::once(&text[self.range.clone()])), self.around(after)]
    }

    fn around<'p, P: Iterator<Item = &'p str>>(&self, pieces: impl Fn() -> P) -> String {
        let length = pieces().map(str::len).sum::<usize>();
        let mut unit = String::with_capacity(self.lead.len() + length + self.tail.len());
        unit.push_str(&self.lead);
        unit.extend(pieces());
        unit.push_str(self.tail);
        unit
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
    let mut end = Some(start);
    let mut lines = std::iter::from_fn(|| {
        let line_end = end?;
        end = text.as_bytes()[..line_end].iter().rposition(|byte| matches!(byte, b'\n' | b'\r'));
        Some((end.map_or(0, |at| at + 1), line_end))
    });
    let is_trivia = |line: &str| matches!(line.trim_ascii_start().as_bytes(), [] | [b'#', ..]);
    let marker = lines.find(|&(at, end)| !is_trivia(&text[at..end]));
    let above = lines.take_while(|&(at, end)| text[at..].starts_with('%') || is_trivia(&text[at..end]));
    let first = marker
        .filter(|&(at, _)| text[at..].starts_with("---"))
        .and_then(|_| above.filter(|&(at, _)| text[at..].starts_with('%')).last());
    first.map_or("", |(first, _)| &text[first..start])
}

/// Whether the edit that is planned for an object makes `after` of it; without a configuration there is none.
fn is_as_planned(
    edited_by: Option<&Config>,
    kind: &'static Kind,
    before: NodeView<'_>,
    after: NodeView<'_>,
    limit: &mut Limit,
) -> bool {
    let Some(config) = edited_by else {
        return match (before.value_within(limit), after.value_within(limit)) {
            _ if limit.is_reached() => true,
            (Ok(before), Ok(after)) => before == after,
            (Err(_), _) => true,
            (Ok(_), Err(_)) => false,
        };
    };
    let subject = plan::read(kind, before);
    let in_use = subject.config(config);
    let plan = subject.plan(&in_use);
    plan.edit.as_ref().is_some_and(|edit| says(after, Planned::edited(before, edit), limit))
}

/// Whether a value says what is planned: the order of entries does not matter, and what was emptied may keep its key. A
/// mapping in which a key stands twice where nobody looked is not compared: what is planned for it cannot be told.
fn says<'v>(found: NodeView<'v>, planned: Planned<'v, NodeView<'v>>, limit: &mut Limit) -> bool {
    match planned {
        Planned::Old(old) => return is_unchanged(found, old, limit),
        Planned::New(Value::Str(planned), _) => return found.string() == Some(planned),
        _ => {}
    }
    let says = limit.look(|limit| match planned.level() {
        Err(_) => true,
        Ok(Level::Scalar(Value::Str(planned))) => found.string() == Some(&planned),
        Ok(Level::Scalar(planned)) => found.scalar() == Some(planned),
        Ok(Level::Items(planned)) => {
            found.type_of() == Type::Array
                && found.count() == planned.len()
                && found.items().zip(planned).all(|(found, planned)| says(found, planned, limit))
        }
        Ok(Level::Fields(planned)) => {
            found.type_of() == Type::Object
                && found.fields().is_ok_and(|found| says_all_of(&found, &planned, says, limit))
        }
    });
    says.unwrap_or(true)
}

/// The same of a value that stays.
fn is_unchanged<'v>(found: NodeView<'v>, old: NodeView<'v>, limit: &mut Limit) -> bool {
    let is_unchanged = limit.look(|limit| {
        if found.is_same_scalar(old) {
            return true;
        }
        match (old.type_of(), found.type_of()) {
            (Type::Array, Type::Array) => {
                found.count() == old.count()
                    && found.items().zip(old.items()).all(|(found, old)| is_unchanged(found, old, limit))
            }
            (Type::Object, found_type) => match (old.fields(), found.fields()) {
                (Err(_), _) => true,
                (Ok(old), Ok(found)) if found_type == Type::Object => {
                    says_all_of(&found, &old, is_unchanged, limit)
                }
                (Ok(_), _) => false,
            },
            _ => found.scalar().is_some_and(|found| old.scalar() == Some(found)),
        }
    });
    is_unchanged.unwrap_or(true)
}

/// Whether each entry says what is planned for its key.
fn says_all_of<'v, P: Copy>(
    found: &[(&'v str, NodeView<'v>)],
    planned: &[(&'v str, P)],
    says: fn(NodeView<'v>, P, &mut Limit) -> bool,
    limit: &mut Limit,
) -> bool {
    // What stays is in its old order, so most entries are the next one that is planned.
    let (mut next, mut count) = (0, 0);
    let is_planned = |(key, found): &(&'v str, NodeView<'v>)| {
        let Some(at) = planned[next..].iter().position(|(planned, _)| planned == key) else {
            return is_empty(*found, limit);
        };
        let (_, planned) = planned[next + at];
        next += usize::from(at == 0);
        count += 1;
        says(*found, planned, limit)
    };
    found.iter().all(is_planned) && count == planned.len()
}

/// Whether it says no more than its absence.
fn is_empty(value: NodeView<'_>, limit: &mut Limit) -> bool {
    let is_empty = limit.look(|limit| match value.type_of() {
        Type::Null => true,
        Type::Array => value.count() == 0,
        Type::Object => {
            value.fields().is_ok_and(|fields| fields.iter().all(|(_, value)| is_empty(*value, limit)))
        }
        Type::String | Type::Bool | Type::Number => false,
    });
    is_empty.unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::{Converter, Part};
    use kueueleuleu_yaml::edit::{self, Scratch};
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
            POD.replace("{name: two", &format!("{{name: two, annotations: {{long: {}}}", "x".repeat(200_000))),
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
    fn what_a_faulty_edit_writes_is_an_error_whatever_the_size() {
        fn faulty<'s>(
            tree: &Tree<'_>,
            ancestors: &[NodeId],
            root: NodeId,
            edit: &edit::Edit<'_>,
            scratch: &'s mut Scratch,
        ) -> Result<&'s mut Draft, Vec<edit::Unwritable>> {
            let draft = edit::lower(tree, ancestors, root, edit, scratch)?;
            let image = tree.text().find("busybox").unwrap();
            draft.push(Span::new(image, image + 1), "B", 9);
            Ok(draft)
        }
        let configs = [Config::default()];
        for text in texts() {
            let mut scratch = Scratch::default();
            let mut part = Part { lower: faulty, ..Part::new(&configs, &mut scratch) };
            let mut documents = Documents::new(&text, &kinds::SHAPE);
            let error = part.document(documents.next_document().unwrap().unwrap(), whole).unwrap_err();
            assert_eq!(error.diagnostics()[0].rule, Rule::VerificationFailed);
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
