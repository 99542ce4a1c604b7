//! A safety net: the new text is read again, and must say what was planned.
//!
//! Knows that the objects of a text are the same ones before and after. Reads all that is in them, opaque or not, by
//! another way than the conversion: so a fault in what writes edits, or in what tells opaque values, ends the run.

use super::ConvertedText;
use super::object::{Found, Object, each_object};
use crate::apply::apply_within;
use crate::config::Config;
use crate::diagnostic::{Error, Rule};
use crate::plan;
use crate::view::{NodeView, View};
use kueueleuleu_yaml::edit::Value;
use kueueleuleu_yaml::span::Span;
use kueueleuleu_yaml::syntax::{Documents, NodeId, Shape, Tree};
use std::borrow::Cow;

/// The largest text that is read again, in bytes. It takes longer than to convert it, which nobody sees up to here.
const LARGEST: usize = 1 << 17;
/// How many values are compared in a text at most: aliases can make very much of little.
const MAX_VALUES: usize = 1_000_000;

type Field<'v> = (Cow<'v, str>, Value<'v>);

/// What is said of a text that would not read as planned.
const DOUBT: &str = "would not read as planned after the conversion";

/// The nodes of a document under which objects are found, and those that lead to them.
pub(super) type Places = (Vec<NodeId>, Vec<NodeId>);

/// Those of a document that is an object, or a list of them.
pub(super) fn whole(tree: &Tree<'_>) -> Places {
    (Vec::new(), tree.root().into_iter().collect())
}

/// Fails where a text of ordinary size does not say after the conversion what was planned. `places` tells where in a
/// document objects are.
pub(super) fn verify(
    config: &Config,
    converted: &ConvertedText<'_>,
    places: fn(&Tree<'_>) -> Places,
) -> Result<(), Error> {
    // Where there are errors the new text is not used.
    if converted.text.len() > LARGEST || !converted.is_changed() || converted.has_errors() {
        return Ok(());
    }
    let new = converted.text();
    let mut before = Documents::new(converted.text, &Shape::ALL);
    let mut after = Documents::new(&new, &Shape::ALL);
    let mut left = MAX_VALUES;
    loop {
        match (before.next_document(), after.next_document()) {
            (None, None) => return Ok(()),
            (Some(Ok(before)), Some(Ok(after))) => document(config, before, after, places, &mut left)?,
            _ => return Err(doubt("the text", None)),
        }
    }
}

/// Compares a document with what became of it.
fn document(
    config: &Config,
    before: &Tree<'_>,
    after: &Tree<'_>,
    places: fn(&Tree<'_>) -> Places,
    left: &mut usize,
) -> Result<(), Error> {
    let mut found = Vec::new();
    objects(after, places, |object| found.push(object.view));
    let mut found = found.into_iter();
    let mut seen = config.selection.seen();
    let mut outcome = Ok(());
    objects(before, places, |object| {
        if outcome.is_err() {
            return;
        }
        let is_selected = object.is_selected(&config.selection, &mut seen);
        outcome = match found.next() {
            Some(after) if is_as_planned(config, object, is_selected, after, left) => Ok(()),
            Some(_) => Err(doubt(&object.id().to_string(), object.view.span())),
            None => Err(doubt("the text", None)),
        };
    });
    outcome?;
    if found.next().is_some() { Err(doubt("the text", None)) } else { Ok(()) }
}

fn doubt(what: &str, span: Option<Span>) -> Error {
    let error = Error::new(Rule::VerificationFailed, format!("{what} {DOUBT}"));
    span.into_iter()
        .fold(error, Error::at)
        .help("nothing was written; this is a fault of kueueleuleu: please report it, with the resource")
}

/// Shows all objects of a document to `see`.
fn objects<'v>(tree: &'v Tree<'v>, places: fn(&Tree<'_>) -> Places, mut see: impl FnMut(&Object<'_, 'v>)) {
    let (ancestors, nodes) = places(tree);
    for node in nodes {
        each_object(tree, node, &ancestors, &mut |found| {
            if let Found::Object(object) = found {
                see(object);
            }
        });
    }
}

/// Whether the edit that is planned for an object makes `after` of it.
fn is_as_planned(
    config: &Config,
    before: &Object<'_, '_>,
    is_selected: bool,
    after: NodeView<'_>,
    left: &mut usize,
) -> bool {
    let subject = plan::read(before.kind, before.view);
    let plan = subject.plan(config);
    let planned = match plan.edit.as_ref().filter(|_| is_selected) {
        Some(edit) => apply_within(before.view, edit, left),
        None => before.view.value_within(left),
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
    use crate::convert::{Converter, Done};
    use kueueleuleu_yaml::splice::{Draft, Splices};

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

    /// The error for the right conversion of the pod with something in it replaced.
    fn error_with(from: &str, to: &str) -> Option<String> {
        let config = Config::default();
        let new = Converter::new(config.clone()).documents(POD).unwrap().text();
        assert!(new.contains(from), "{new}");
        let mut draft = Draft::default();
        draft.push(Span::new(0, POD.len()), &new.replacen(from, to, 1), 0);
        let done = Done { splices: Splices::new(draft).unwrap(), ..Done::default() };
        let converted = ConvertedText::of(POD, vec![(0, done)]);
        verify(&config, &converted, whole).err().map(|error| error.to_string())
    }

    #[test]
    fn what_was_planned_passes() {
        assert_eq!(error_with("name: two", "\"name\": 'two'"), None);
        assert_eq!(
            error_with("  restartPolicy: Never\n", "  hostAliases: []\n  restartPolicy: Never\n"),
            None
        );
    }

    #[test]
    fn whatever_else_comes_out_is_an_error() {
        let pod = "Pod `two` would not read as planned after the conversion";
        for (from, to) in [
            ("a: x", "a: z"),
            ("labels: {a: x}", "labels: {}"),
            ("restartPolicy: Never", "restartPolicy: !!str Never\n  hostNetwork: true"),
            ("-wait_file", "-wait_fil"),
            ("args: [", "args: [x, "),
            ("name: second", "name: 2"),
            ("emptyDir: {}", "emptyDir: {}\n    hostPath: /"),
        ] {
            assert_eq!(error_with(from, to).as_deref(), Some(pod), "{from} {to}");
        }
        let text = Some("the text would not read as planned after the conversion");
        assert_eq!(error_with("kind: Pod", "kind: Pot").as_deref(), text);
        assert_eq!(error_with("apiVersion", "x: 1\n---\napiVersion").as_deref(), text);
        assert_eq!(error_with("spec:", "spec: [").as_deref(), text);
    }
}
