//! Holds the fast reader against the full parser: the same trees, or the same refusal.

use kueueleuleu::kinds::{RESOURCE_LIST, SHAPE};
use kueueleuleu::yaml::{Documents, NodeId, Shape, Tree};
use std::fmt::Write as _;

/// What a reader makes of a text: a line for every node of every document, and whether it ends with an error.
struct Reading {
    documents: Vec<String>,
    error: Option<String>,
}

fn read(documents: &mut Documents<'_>) -> Reading {
    let mut reading = Reading { documents: Vec::new(), error: None };
    while let Some(tree) = documents.next_document() {
        match tree {
            Ok(tree) => reading.documents.push(outline(tree)),
            Err(error) => reading.error = Some(error.to_string()),
        }
    }
    reading
}

fn outline(tree: &Tree<'_>) -> String {
    let mut out = String::new();
    let mut stack: Vec<(usize, NodeId)> = tree.root().map(|root| (0, root)).into_iter().collect();
    while let Some((depth, id)) = stack.pop() {
        let (kind, span, lead, props) = (tree.kind(id), tree.span(id), tree.lead(id), tree.props(id));
        let value = if tree.children(id).next().is_none() { tree.scalar(id) } else { "" };
        writeln!(out, "{depth} {kind:?} {lead} {props} {}..{} {value:?}", span.start, span.end).unwrap();
        let below = stack.len();
        stack.extend(tree.children(id).map(|child| (depth + 1, child)));
        stack[below..].reverse();
    }
    writeln!(out, "{:?}", tree.unterminated_block_scalar()).unwrap();
    out
}

/// Fails where the readers differ. Returns whether the text is YAML, and how much of it the full parser was asked for.
pub(crate) fn compare(text: &str) -> Result<(bool, usize), String> {
    let mut slow = 0;
    let mut is_yaml = true;
    for shape in [&Shape::ALL, &SHAPE, &RESOURCE_LIST] {
        let full = read(&mut Documents::by_full_parser(text, shape));
        let mut documents = Documents::new(text, shape);
        let fast = read(&mut documents);
        slow = documents.bytes_of_full_parser();
        is_yaml = full.error.is_none();
        if full.error.is_some() != fast.error.is_some() {
            return Err(format!("full: {:?}, fast: {:?}", full.error, fast.error));
        }
        // How many documents come before an error is found depends on how far a reader looks ahead.
        if full.error.is_none() && full.documents.len() != fast.documents.len() {
            return Err(format!("full: {} documents, fast: {}", full.documents.len(), fast.documents.len()));
        }
        for (full, fast) in full.documents.iter().zip(&fast.documents) {
            if let Some((full, fast)) = full.lines().zip(fast.lines()).find(|(full, fast)| full != fast) {
                return Err(format!("full: {full}\nfast: {fast}"));
            }
            if full.len() != fast.len() {
                return Err(format!("full:\n{full}\nfast:\n{fast}"));
            }
        }
    }
    Ok((is_yaml, slow))
}
