//! Verifies every conversion: reads the edited text again and compares it with the plan.
//!
//! The unit is one object, so that the rest of a long list is not read again; in a document with anchors it is the
//! whole document. Its text after the edit is read without opaque values, and must be what the planner saw with the
//! edit. If what was opaque has another text there, the text before the edit is read without opaque values, too, and
//! must have the nodes that the planner saw. So a fault in the edit layer, or in the reader's decision what is opaque,
//! ends the run. A document with anchors is planned again instead, from its text before the edit. Expects that a unit
//! has the same objects before and after.

use super::object::{Found, Object, each_object, field};
use crate::apply::{Level, Planned};
use crate::config::Config;
use crate::diagnostic::{Error, Rule};
use crate::kinds::{self, Kind};
use crate::plan;
use crate::view::{Limit, NodeView, Type, View};
use kueueleuleu_yaml::edit::{Edit, Value};
use kueueleuleu_yaml::span::Span;
use kueueleuleu_yaml::splice::Splices;
use kueueleuleu_yaml::syntax::{self, Documents, NodeId, Shape, Tree};
use std::ops::{Deref, Range};

/// How many values of a document with anchors are compared, for each byte of it and at least: a few aliases can expand
/// to very many values.
const VALUES_PER_BYTE: usize = 16;
const MIN_VALUES: usize = 1_000_000;

/// The message for a text that would not read as planned.
const VERIFY_FAILED: &str = "would not read as planned after the conversion";

/// The nodes that lead to the objects of a document, and the nodes at which objects are found.
pub(super) type Places = (Vec<NodeId>, Vec<NodeId>);

/// Edits of a text, and how many of them belong to the text before the unit.
pub(super) type New<'s> = (&'s Splices, usize);

/// The places of objects in a document that is an object, or a list of objects.
pub(super) fn whole(tree: &Tree<'_>) -> Places {
    (Vec::new(), tree.root().into_iter().collect())
}

/// Fails if an edited object of a document without anchors does not read as planned.
pub(super) fn object(
    config: &Config,
    edit: &Edit<'_>,
    object: &Object<'_, '_>,
    new: New<'_>,
) -> Result<(), Error> {
    let Object { tree, site, ancestors, kind, .. } = *object;
    let unit = Unit::of(tree, site, ancestors.last().copied(), new.0.span_from(new.1));
    let is_verified = unit.is_some_and(|unit| {
        unit.read(&unit.after(tree.text(), new), |after, new| {
            let new = NodeView::new(after, new);
            // Opaque values rarely change their text. If one did, its nodes are needed.
            let in_full = || {
                unit.read(&unit.before(tree.text()), |before, old| {
                    has_same_nodes((tree, site), (before, old))
                        && is_edited((config, kind, edit), NodeView::new(before, old), new)
                })
            };
            let is_verified = is_edited((config, kind, edit), NodeView::new(tree, site), new);
            debug_assert!(!is_verified || in_full(), "an opaque value with the same text has another value");
            is_verified || in_full()
        })
    });
    if is_verified { Ok(()) } else { Err(failed(&object.id().to_string(), object.view.span())) }
}

/// Whether `new` is `old` with the edit that was planned for it.
fn is_edited<'v>(
    (config, kind, edit): (&Config, &'static Kind, &'v Edit<'v>),
    old: NodeView<'v>,
    new: NodeView<'v>,
) -> bool {
    let mut limit = Limit::new(usize::MAX);
    let is_planned = is_planned(new, Planned::edited(old, edit), &mut limit);
    debug_assert!(
        !is_planned || is_as_planned(Some(config), kind, old, new, &mut limit),
        "the planner reads a key that is opaque in the shape of the object"
    );
    is_planned
}

/// Whether two readings of one text found the same nodes. The first may have opaque nodes, the second has none.
fn has_same_nodes((tree, node): (&Tree<'_>, NodeId), (other, same): (&Tree<'_>, NodeId)) -> bool {
    let [kind, other_kind] = [tree.kind(node), other.kind(same)];
    if kind.is_opaque() {
        let is_alike = [kind.is_flow(), kind.is_block()] == [other_kind.is_flow(), other_kind.is_block()];
        return is_alike && tree.source(node) == other.source(same);
    }
    let has_children = tree.children(node).next().is_some();
    let mut others = other.children(same);
    kind == other_kind
        && tree.is_tagged_string(node) == other.is_tagged_string(same)
        && (has_children || tree.bytes(node) == other.bytes(same))
        && tree
            .children(node)
            .all(|node| others.next().is_some_and(|same| has_same_nodes((tree, node), (other, same))))
        && others.next().is_none()
}

/// Fails if the objects of a document do not read as planned. `edited` has for each object the configuration by which
/// it was edited, if it was.
pub(super) fn document(
    tree: &Tree<'_>,
    edited: &[Option<&Config>],
    new: New<'_>,
    places: fn(&Tree<'_>) -> Places,
) -> Result<(), Error> {
    let unit = tree.root().and_then(|root| Unit::of(tree, root, None, new.0.span_from(new.1)));
    let Some(unit) = unit else { return Err(failed("the text", None)) };
    let (before, after) = (unit.before(tree.text()), unit.after(tree.text(), new));
    let mut outcome = Err(failed("the text", None));
    unit.read(&before, |before, _| {
        unit.read(&after, |after, _| {
            outcome = objects_are_as_planned(before, after, edited, places);
            outcome.is_ok()
        })
    });
    // The place in the error is an offset in the unit's text, not in the document's.
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
        let is_as_planned = found.next().zip(edited.next()).is_some_and(|(after, edited_by)| {
            is_as_planned(*edited_by, object.kind, object.view, after, &mut limit)
        });
        if !is_as_planned {
            outcome = Err(failed(&object.id().to_string(), None));
        }
    });
    outcome?;
    if found.next().is_some() || edited.next().is_some() { Err(failed("the text", None)) } else { Ok(()) }
}

/// Fails if a `ResourceList` does not have these numbers of items and results.
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

/// Calls `see` with each object of a document.
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

/// A part of a text that can be read by itself.
///
/// ```yaml
/// items:
/// - kind: Pod # the unit is `- kind: Pod`, read as a list of one item
/// - kind: Job
/// ```
struct Unit {
    range: Range<usize>,
    /// The text to put before it: directives, indentation, and the bracket of a flow list.
    lead: String,
    /// The text to put after it: the bracket of a flow list.
    tail: &'static str,
    /// Whether it reads as a list of one item.
    is_item: bool,
}

impl Unit {
    /// The unit of a node, which may be an item of `list`. `edits` is the span of its edits; `None` if they begin
    /// before it.
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

    /// Its text before the edits.
    fn before(&self, text: &str) -> String {
        self.around(|| std::iter::once(&text[self.range.clone()]))
    }

    /// Its text after the edits.
    fn after(&self, text: &str, (splices, count): New<'_>) -> String {
        self.around(|| splices.pieces_from(count, text, self.range.clone()))
    }

    fn around<'p, P: Iterator<Item = &'p str>>(&self, pieces: impl Fn() -> P) -> String {
        let length = pieces().map(str::len).sum::<usize>();
        let mut unit = String::with_capacity(self.lead.len() + length + self.tail.len());
        unit.push_str(&self.lead);
        unit.extend(pieces());
        unit.push_str(self.tail);
        unit
    }

    /// Reads one of its texts and calls `see` with the node; false if the text is not exactly one value.
    fn read(&self, text: &str, see: impl FnOnce(&Tree<'_>, NodeId) -> bool) -> bool {
        let mut documents = Documents::new(text, &Shape::ALL);
        let Some(Ok(tree)) = documents.next_document() else { return false };
        let Some(root) = tree.root() else { return false };
        let is_list =
            matches!(tree.kind(root), syntax::NodeKind::BlockSequence | syntax::NodeKind::FlowSequence);
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

/// Whether `after` is what the plan makes of `before`. Without a configuration nothing is planned.
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
    plan.edit.as_ref().is_some_and(|edit| is_planned(after, Planned::edited(before, edit), limit))
}

/// Whether a value is as planned. The order of entries does not matter, and an emptied collection may keep its key. A
/// mapping that the planner does not read may have a key twice: its planned value is unknown, so it is not compared.
fn is_planned<'v>(found: NodeView<'v>, planned: Planned<'v, NodeView<'v>>, limit: &mut Limit) -> bool {
    match planned {
        Planned::Old(old) => return is_unchanged(found, old, limit),
        Planned::New(value, parent) => return is_new(found, value, parent, limit),
        Planned::Edited { .. } => {}
    }
    let is_as_planned = limit.look(|limit| match planned.level() {
        Err(_) => true,
        Ok(Level::Scalar(planned)) => found.scalar() == Some(planned),
        Ok(Level::Items(planned)) => {
            has_items(found, planned.into_iter(), |found, planned| is_planned(found, planned, limit))
        }
        Ok(Level::Fields(planned)) => {
            let is_planned =
                |found, planned: &Planned<'v, _>, limit: &mut _| is_planned(found, *planned, limit);
            has_entries(found, &planned, is_planned, limit)
        }
    });
    is_as_planned.unwrap_or(true)
}

/// Whether it is this new value, in a mapping that was `parent`.
fn is_new<'v>(
    found: NodeView<'v>,
    planned: &'v Value<'v>,
    parent: Option<NodeView<'v>>,
    limit: &mut Limit,
) -> bool {
    let is_new = |found, planned, limit: &mut Limit| is_new(found, planned, parent, limit);
    let is_as_planned = match planned {
        Value::Str(text) => return found.reads(text),
        Value::Raw(_) => return found.scalar().as_ref() == Some(planned),
        Value::Moved(moved) => match Planned::moved(moved, parent) {
            Some(moved) => return is_planned(found, moved, limit),
            None => return found.is_null(),
        },
        Value::Seq(planned) => limit
            .look(|limit| has_items(found, planned.iter(), |found, planned| is_new(found, planned, limit))),
        Value::Map(planned) => limit.look(|limit| has_entries(found, planned, is_new, limit)),
    };
    is_as_planned.unwrap_or(true)
}

/// Whether it is the old value. If that is opaque, its text must be the same, too.
fn is_unchanged<'v>(found: NodeView<'v>, old: NodeView<'v>, limit: &mut Limit) -> bool {
    if found.is_same_scalar(old) {
        return true;
    }
    if old.is_opaque() {
        return found.has_text_of(old);
    }
    let is_unchanged = limit.look(|limit| match old.type_of() {
        Type::Array => has_items(found, old.items(), |found, old| is_unchanged(found, old, limit)),
        Type::Object => match old.fields() {
            Err(_) => true,
            Ok(old) => has_entries(found, &old, |found, old, limit| is_unchanged(found, *old, limit), limit),
        },
        _ => found.scalar().is_some_and(|found| old.scalar() == Some(found)),
    });
    is_unchanged.unwrap_or(true)
}

/// Whether it is a list whose items are as planned.
fn has_items<'v, P>(
    found: NodeView<'v>,
    mut planned: impl Iterator<Item = P>,
    mut is_planned: impl FnMut(NodeView<'v>, P) -> bool,
) -> bool {
    found.type_of() == Type::Array
        && found.items().all(|found| planned.next().is_some_and(|planned| is_planned(found, planned)))
        && planned.next().is_none()
}

/// Whether it is a mapping in which each entry is as planned for its key.
fn has_entries<'v, 'p, K: Deref<Target = str>, P>(
    found: NodeView<'v>,
    planned: &'p [(K, P)],
    is_planned: impl Fn(NodeView<'v>, &'p P, &mut Limit) -> bool,
    limit: &mut Limit,
) -> bool {
    // What stays is in its old order, so most entries are the next one that is planned.
    let (mut next, mut count) = (0, 0);
    let is_planned = |key: &[u8], found: NodeView<'v>| {
        let Some(at) = planned[next..].iter().position(|(planned, _)| planned.as_bytes() == key) else {
            return is_empty(found, limit);
        };
        let (_, planned) = &planned[next + at];
        next += usize::from(at == 0);
        count += 1;
        is_planned(found, planned, limit)
    };
    found.type_of() == Type::Object
        && found.all_entries(is_planned).unwrap_or(false)
        && count == planned.len()
}

/// Whether it means the same as a missing key.
fn is_empty(value: NodeView<'_>, limit: &mut Limit) -> bool {
    let is_empty = limit.look(|limit| match value.type_of() {
        Type::Null => true,
        Type::Array => value.count() == 0,
        Type::Object => value.all_entries(|_, value| is_empty(value, limit)).unwrap_or(false),
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

    /// Texts with the pod in all kinds of places: alone, in lists, after long text, in flow style.
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

    /// The error of the verification if `text` was converted to `new`.
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
                let subject = plan::read(found.kind, found.view);
                let edit = subject.plan(&config).edit.unwrap();
                let outcome = match tree.anchors() {
                    [] => object(&config, &edit, found, (&splices, 0)),
                    _ => document(tree, &[Some(&config)], (&splices, 0), whole),
                };
                error = outcome.err().map(|error| error.to_string());
            });
        }
        error
    }

    #[test]
    fn readings_differ_where_a_value_is_missed_or_cut_off() {
        let is_same = |one: &str, other: &str| {
            let mut documents = Documents::new(one, &kinds::SHAPE);
            let mut others = Documents::new(other, &Shape::ALL);
            let [tree, other] =
                [&mut documents, &mut others].map(|all| all.next_document().unwrap().unwrap());
            has_same_nodes((tree, tree.root().unwrap()), (other, other.root().unwrap()))
        };
        let text = "kind: Pod\nstatus: {a: [b]}\nspec:\n  containers: []\n  nodeName:\n";
        assert!(is_same(text, text));
        for (from, to) in [
            ("[b]", "[c]"),
            ("{a: [b]}", "\n  a: [b]"),
            ("kind: Pod\n", ""),
            ("containers: []", "containers: [a]"),
            ("nodeName:\n", "nodeName:\n  a: b\n"),
            ("  nodeName:\n", ""),
            ("Pod", "'Pod'"),
        ] {
            let other = text.replacen(from, to, 1);
            assert!(!is_same(text, &other) && !is_same(&other, text), "{other}");
        }
    }

    #[test]
    fn a_document_with_anchors_has_as_many_objects_as_were_planned() {
        let text = format!(
            "apiVersion: v1\nkind: List\nitems:\n- &a {{a: b}}\n- {}\n",
            POD.trim_end().replace('\n', "\n  ")
        );
        let new = Converter::new(Config::default()).documents(&text).unwrap().text();
        assert_eq!(error_of(&text, &new), None);
        let error = error_of(&text, &format!("{new}- {{apiVersion: v1, kind: Pod}}\n")).unwrap_or_default();
        assert!(error.ends_with(VERIFY_FAILED), "one more in the text: {error}");
        let mut documents = Documents::new(&text, &Shape::ALL);
        let tree = documents.next_document().unwrap().unwrap();
        for (edited, is_planned) in [(&[][..], false), (&[None], true), (&[None, None], false)] {
            let outcome = objects_are_as_planned(tree, tree, edited, whole);
            assert_eq!(outcome.is_ok(), is_planned, "{} objects", edited.len());
        }
    }

    #[test]
    fn an_edit_may_end_where_the_next_line_begins() {
        let text = "a:\n- b\n# c\n- d\n";
        let mut documents = Documents::new(text, &Shape::ALL);
        let tree = documents.next_document().unwrap().unwrap();
        let list = field(tree, tree.root().unwrap(), "a").unwrap().node();
        let item = tree.children(list).next().unwrap();
        let before = |from: &str, to: &str| {
            let edits = Span::new(text.find(from).unwrap(), text.find(to).unwrap());
            Unit::of(tree, item, Some(list), Some(edits)).unwrap().before(text)
        };
        assert_eq!(before("b", "\n#"), "- b\n");
        assert_eq!(before("b", "# c"), "- b\n");
        assert_eq!(before("b", "c"), "- b\n# c\n");
        assert_eq!(before("b", "- d"), "- b\n# c\n");
    }

    #[test]
    fn a_resource_list_keeps_its_numbers_of_items_and_results() {
        let text = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: [{a: b}, {c: d}]\nresults: [{}]\n";
        assert!(counts(text, [2, 1]).is_ok());
        for wrong in [[1, 1], [2, 0], [3, 1], [1, 2]] {
            assert!(counts(text, wrong).is_err(), "{wrong:?}");
        }
        assert!(counts("items: [", [0, 0]).is_err() && counts("", [0, 0]).is_err());
    }

    #[test]
    fn the_planned_text_passes() {
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
    fn an_opaque_value_must_keep_its_value_but_not_its_text() {
        for (scalar, other) in [("d", "e"), ("|\n    d", "|\n    e"), (">\n    d", ">\n    e")] {
            let text = format!("{POD}status:\n  a: [b]\n  k:\n    j: 1\n  c: {scalar}");
            let new = Converter::new(Config::default()).documents(&text).unwrap().text();
            let (pod, status) = new.split_at(new.find("status:").unwrap());
            let error_with = |status: &str| error_of(&text, &format!("{pod}{status}"));
            assert_eq!(error_with(status), None, "{text}");
            let shifted = status.replace("\n  ", "\n    ");
            for same in [status.replace("[b]", "[ 'b' ]"), shifted, format!("{status}\n")] {
                // A block scalar without a line break at its end has a shorter value.
                let is_same = scalar == "d" || !same.ends_with('\n');
                assert_eq!(error_with(&same).is_none(), is_same, "{same}");
            }
            for (from, to) in [("[b]", "[c]"), (scalar, other), ("  c:", "  a:"), ("\n  c:", "\nc:")] {
                let error = error_with(&status.replacen(from, to, 1)).unwrap_or_default();
                assert!(error.ends_with(VERIFY_FAILED), "{from} {to} in {text}");
            }
        }
        let text = format!("{POD}status:\n  k:\n    j: 1\n");
        let new = Converter::new(Config::default()).documents(&text).unwrap().text();
        let error = error_of(&text, &new.replace("\n  k:", "\n    k:")).unwrap_or_default();
        assert!(error.ends_with(VERIFY_FAILED), "the text is the same, but begins in another column");
    }

    #[test]
    fn the_text_of_a_faulty_edit_is_an_error_whatever_its_size() {
        fn faulty<'s>(
            tree: &Tree<'_>,
            ancestors: &[NodeId],
            root: NodeId,
            edit: &edit::Edit<'_>,
            scratch: &'s mut Scratch,
        ) -> Result<&'s mut Draft, Vec<edit::Unwritable>> {
            let draft = edit::lower(tree, ancestors, root, edit, scratch)?;
            let policy = tree.text().find("Never").unwrap();
            draft.push(Span::new(policy, policy + 1), "F", 9);
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
    fn any_other_text_is_an_error() {
        for text in texts() {
            let new = Converter::new(Config::default()).documents(&text).unwrap().text();
            for (from, to) in [
                ("a: x", "a: z"),
                ("labels: {a: x}", "labels: {}"),
                ("Never", "Never,\n  hostNetwork: true"),
                ("kind: Pod", "kind: Pot"),
                ("image: busybox", "image: [busybox"),
                ("name: second", "name: 2"),
                ("/tekton/bin/entrypoint]", "/tekton/bin/entrypoint, third]"),
                (", cp, ", ", "),
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
