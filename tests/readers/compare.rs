//! Compares the fast reader with the full parser: both must give the same trees, or both must fail.

use kueueleuleu::internals::SHAPE;
use kueueleuleu_yaml::syntax::{Documents, Items, NodeId, NodeKind, Shape, Tree};
use std::fmt::Write as _;

/// The result of a reader: a line for every node of every document, and the error at the end, if any.
struct Reading {
    documents: Vec<String>,
    error: Option<String>,
}

/// A list that is read item by item, with the whole content of its items.
static LIST: Shape =
    Shape::of(&[("apiVersion", &Shape::ALL), ("items", &ITEMS), ("functionConfig", &Shape::ALL)]);
static ITEMS: Shape = Shape::ALL.item_by_item();

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
    if let Some(root) = tree.root() {
        let is_mapping = tree.kind(root) == NodeKind::BlockMapping;
        let pairs = tree.pairs(root).filter(|_| is_mapping);
        let lists: Vec<_> =
            pairs.filter(|(key, _)| tree.scalar(*key) == "items").map(|(_, list)| list).collect();
        // The items come last, because the fast reader may read them only on demand.
        node(tree, root, &lists, &mut out);
        for list in lists {
            let mut items = Items::new(tree, root, list, &ITEMS);
            for item in tree.children(list) {
                let (tree, item) = items.read(item);
                node(tree, item, &[], &mut out);
            }
        }
    }
    writeln!(out, "{:?}", tree.unterminated_block_scalar()).unwrap();
    for anchor in tree.anchors() {
        writeln!(out, "&{} {:?}", anchor.name, anchor.span).unwrap();
    }
    for alias in tree.aliases() {
        writeln!(out, "*{} {:?}", alias.anchor, alias.span).unwrap();
    }
    out
}

/// Writes a node and its descendants, except those of `without`.
fn node(tree: &Tree<'_>, root: NodeId, without: &[NodeId], out: &mut String) {
    let mut stack = vec![(0, root)];
    while let Some((depth, id)) = stack.pop() {
        let (kind, span, lead, props) = (tree.kind(id), tree.span(id), tree.lead(id), tree.props(id));
        let (value, anchor) = if tree.children(id).next().is_none() {
            (tree.scalar(id), tree.anchor_of(id))
        } else {
            ("", None)
        };
        writeln!(out, "{depth} {kind:?} {lead} {props} {}..{} {anchor:?} {value:?}", span.start, span.end)
            .unwrap();
        if without.contains(&id) {
            continue;
        }
        let below = stack.len();
        stack.extend(tree.children(id).map(|child| (depth + 1, child)));
        stack[below..].reverse();
    }
}

/// Fails if the readers differ. Returns whether the text is YAML, and how many bytes the full parser had to read.
pub(crate) fn compare(text: &str, second: fn(&str) -> Result<(), String>) -> Result<(bool, usize), String> {
    let mut slow = 0;
    let mut is_yaml = true;
    for shape in [&Shape::ALL, &SHAPE, &LIST] {
        let full = read(&mut Documents::by_full_parser(text, shape));
        let mut documents = Documents::new(text, shape);
        let fast = read(&mut documents);
        slow = documents.bytes_of_full_parser();
        is_yaml = full.error.is_none();
        // A stream of JSON values is not YAML, nor is a JSON key that is longer than a YAML key may be.
        let has_long_key = || text.split('"').any(|piece| piece.len() > 1000);
        if documents.json_values() > 0 || (!is_yaml && fast.error.is_none() && has_long_key()) {
            return Ok((false, slow));
        }
        if full.error.is_some() != fast.error.is_some() {
            return Err(format!("full: {:?}, fast: {:?}", full.error, fast.error));
        }
        // How many documents precede an error depends on how far a reader looks ahead.
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
    if is_yaml && slow == 0 {
        second(text)?;
    }
    Ok((is_yaml, slow))
}
