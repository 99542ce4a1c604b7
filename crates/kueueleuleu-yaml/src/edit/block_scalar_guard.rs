//! Checks that no block scalar swallows the text after it: deeper comments, and with `|+` blank lines.
//!
//! ```yaml
//! a: |        # removing `b` would make the comment a line of the scalar
//!   text
//! b: 1
//!   # comment
//! ```
//!
//! Such edits are rare, so no other module knows of them: where one is possible, this module reads the edited text
//! again.

use super::change::Unwritable;
use super::{layout, trivia};
use crate::span::Span;
use crate::splice::{Draft, Splices};
use crate::syntax::{Documents, NodeId, NodeKind, Shape, Tree};
use std::ops::Range;

/// Fails if a block scalar in `root` would have another value after the edit.
pub(super) fn check(tree: &Tree<'_>, root: NodeId, draft: &Draft) -> Result<(), Unwritable> {
    // A block scalar can swallow a line of trivia after an edit. A scalar that the end of the text cuts off keeps its
    // value by another header, unless its last line is blank.
    let is_exposed = || {
        tree.unterminated_block_scalar().is_some()
            || draft.spans().any(|span| trivia::may_be_below(tree.text(), span.end as usize))
    };
    if holds_any(tree, root, draft) && is_exposed() && changes_any(tree, root, draft) {
        Err(refuse(tree.span(root)))
    } else {
        Ok(())
    }
}

/// Adds a line break at the end of the text if a block scalar that had one is last now.
pub(super) fn end_text(tree: &Tree<'_>, root: NodeId, line_break: &str, draft: &mut Draft) {
    let end = Span::at(tree.text().len());
    let is_last = draft.spans().any(|span| span.end == end.end);
    if is_last && !tree.text().ends_with(['\n', '\r']) && changes_any(tree, root, draft) {
        draft.push(end, line_break, 0);
        // Another scalar was the reason.
        if changes_any(tree, root, draft) {
            draft.pop();
        }
    }
}

/// Adds `-` to the header of a block scalar without a last line break, which it gets now.
pub(super) fn terminate(text: &str, header: Span, draft: &mut Draft) {
    let old = &text[header.range()];
    let new = old.replace('+', "");
    let text = if new.contains('-') { new } else { new + "-" };
    if text != old {
        draft.push(header, &text, 0);
    }
}

/// The range of `root` and of its edits, with the blanks after it.
fn reach(tree: &Tree<'_>, root: NodeId, draft: &Draft) -> Range<usize> {
    let text = tree.text();
    let reach = draft.spans().fold(tree.span(root), |reach, span| Span {
        start: reach.start.min(span.start),
        end: reach.end.max(span.end),
    });
    let end = reach.end as usize;
    reach.start as usize..text.len() - text[end..].trim_ascii_start().len()
}

/// Whether there may be a block scalar in `root` or in the text that the edits replace.
fn holds_any(tree: &Tree<'_>, root: NodeId, draft: &Draft) -> bool {
    let holds_header = || {
        let text = &tree.text().as_bytes()[reach(tree, root, draft)];
        memchr::memchr2(b'|', b'>', text).is_some()
    };
    tree.holds_block_scalars() && holds_header()
}

/// Whether a block scalar in `root` would have another value after the edit.
fn changes_any(tree: &Tree<'_>, root: NodeId, draft: &Draft) -> bool {
    if draft.is_empty() || !holds_any(tree, root, draft) {
        return false;
    }
    let text = tree.text();
    let Range { start, end } = reach(tree, root, draft);
    let pad = " ".repeat(layout::column(tree, start));
    // The caller refuses overlaps, when it knows all edits.
    let Ok(shifted) = Splices::new(draft.clone().within(Span::at(start).start)) else { return false };
    let old = &text[start..end];
    let before = values(&format!("{pad}{old}"));
    let after = values(&format!("{pad}{}", shifted.apply(old)));
    let (Some(mut before), Some(after)) = (before, after) else { return true };
    !after.into_iter().all(|value| {
        let found = before.iter().position(|old| *old == value);
        found.map(|at| before.swap_remove(at)).is_some()
    })
}

fn refuse(span: Span) -> Unwritable {
    Unwritable {
        message: "text that comes to follow a block scalar would change its value".to_owned(),
        span: Span::at(span.start as usize),
        help: "remove the comments, blank lines and trailing spaces after it",
    }
}

/// The values of all block scalars; `None` if the text cannot be read on its own.
fn values(text: &str) -> Option<Vec<String>> {
    fn collect(tree: &Tree<'_>, id: NodeId, out: &mut Vec<String>) {
        if tree.kind(id) == NodeKind::BlockScalar {
            out.push(tree.scalar(id).to_owned());
        }
        tree.children(id).for_each(|child| collect(tree, child, out));
    }
    let mut documents = Documents::new(text, &Shape::ALL);
    let mut out = Vec::new();
    while let Some(tree) = documents.next_document() {
        let tree = tree.ok()?;
        tree.root().into_iter().for_each(|root| collect(tree, root, &mut out));
    }
    Some(out)
}
