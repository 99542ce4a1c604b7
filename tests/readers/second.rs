//! Compares the nodes of the fast reader with those of `oneyaml-syntax`.
//!
//! That parser is stricter than ours, so it reads only texts that the fast reader accepts.

use kueueleuleu_yaml::syntax::{Documents, NodeId, NodeKind, Shape, Tree};
use oneyaml_syntax::event::{CollectionStyle, EventKind, ScalarStyle};
use std::borrow::Cow;
use std::fmt::Write as _;

/// Fails if the nodes differ, or if `oneyaml-syntax` rejects the text.
pub(crate) fn compare(text: &str) -> Result<(), String> {
    let ours = ours(text)?;
    let theirs = theirs(text)?;
    let mut lines = ours.lines().zip(theirs.lines());
    match lines.find(|(ours, theirs)| ours != theirs) {
        Some((ours, theirs)) => Err(format!("fast: {ours}\noneyaml: {theirs}")),
        None if ours.len() != theirs.len() => Err(format!("fast:\n{ours}\noneyaml:\n{theirs}")),
        None => Ok(()),
    }
}

fn ours(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut documents = Documents::new(text, &Shape::ALL);
    while let Some(tree) = documents.next_document() {
        let tree = tree.map_err(|error| error.to_string())?;
        if let Some(root) = tree.root() {
            out.push_str("---\n");
            walk(tree, root, 0, &mut out);
        }
    }
    Ok(out)
}

fn walk(tree: &Tree<'_>, id: NodeId, depth: usize, out: &mut String) {
    let span = tree.span(id);
    let (kind, value) = match tree.kind(id) {
        NodeKind::BlockSequence => ("block sequence", None),
        NodeKind::BlockMapping => ("block mapping", None),
        NodeKind::FlowSequence => ("flow sequence", None),
        NodeKind::FlowMapping => ("flow mapping", None),
        NodeKind::Quoted => ("quoted", Some(tree.scalar(id).into())),
        // Ours, like go-yaml, adds no line break at the end of a text without one.
        NodeKind::BlockScalar => ("block scalar", Some(with_line_break(tree, id))),
        NodeKind::Plain | NodeKind::Empty => ("plain", Some(tree.scalar(id).into())),
        kind => panic!("the fast reader builds no {kind:?} for this shape"),
    };
    line(out, depth, kind, span.start as usize, span.end as usize, value.as_deref());
    tree.children(id).for_each(|child| walk(tree, child, depth + 1, out));
}

fn with_line_break<'t>(tree: &'t Tree<'_>, id: NodeId) -> Cow<'t, str> {
    match tree.unterminated_block_scalar() {
        Some(header) if tree.span(id).contains(header) && !tree.text()[header.range()].contains('-') => {
            format!("{}\n", tree.scalar(id)).into()
        }
        _ => tree.scalar(id).into(),
    }
}

/// Writes a node. Collections and block scalars are written without their ends, which the two readers define
/// differently.
fn line(out: &mut String, depth: usize, kind: &str, start: usize, end: usize, value: Option<&str>) {
    match kind {
        "plain" | "quoted" => writeln!(out, "{depth} {kind} {start}..{end} {value:?}"),
        _ => writeln!(out, "{depth} {kind} {start} {value:?}"),
    }
    .expect("strings take all text");
}

fn theirs(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut depth = 0;
    // A document without content has one empty node.
    let mut begins = false;
    let events = oneyaml_syntax::parse(text);
    for sourced in events.sourced() {
        let (event, span) = (sourced.event(), sourced.event().span());
        let (kind, start, value) = match event.kind() {
            EventKind::Error(error) => return Err(format!("oneyaml: {error:?}")),
            EventKind::DocumentStart { .. } => {
                begins = true;
                continue;
            }
            EventKind::MappingEnd | EventKind::SequenceEnd => {
                depth -= 1;
                continue;
            }
            EventKind::MappingStart { style: CollectionStyle::Flow, .. } => {
                ("flow mapping", span.start, None)
            }
            EventKind::MappingStart { .. } => ("block mapping", span.start, None),
            EventKind::SequenceStart { style: CollectionStyle::Flow, .. } => {
                ("flow sequence", span.start, None)
            }
            EventKind::SequenceStart { .. } => ("block sequence", span.start, None),
            EventKind::Scalar { style, info, .. } => {
                if begins && span.start == span.end && info.block_header(span.start).is_none() {
                    begins = false;
                    continue;
                }
                let value = sourced.value().ok_or("oneyaml: a scalar without a value")?;
                match (style, info.block_header(span.start)) {
                    (_, Some(header)) => ("block scalar", header.span.start, Some(value)),
                    (ScalarStyle::Plain, _) => ("plain", span.start, Some(value)),
                    _ => ("quoted", span.start, Some(value)),
                }
            }
            EventKind::Alias => return Err("oneyaml: an alias".to_owned()),
            _ => continue,
        };
        if std::mem::take(&mut begins) {
            out.push_str("---\n");
        }
        line(&mut out, depth, kind, start, span.end, value.as_deref());
        let opens = matches!(event.kind(), EventKind::MappingStart { .. } | EventKind::SequenceStart { .. });
        depth += usize::from(opens);
    }
    Ok(out)
}
