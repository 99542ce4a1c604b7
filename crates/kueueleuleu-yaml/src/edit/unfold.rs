//! Rewrites a mapping in braces on one line with one entry per line, if its line would get too long.
//!
//! ```yaml
//! - {name: a, image: b} # why
//! ```
//!
//! ```yaml
//! - name: a # why
//!   image: b
//! ```
//!
//! In a flow list with one item per line, the braces stay, each on its own line. The entries keep their source text.

use super::alias_guard;
use super::context::Context;
use super::entries;
use super::flow;
use super::layout;
use super::lines::{indent, new_line};
use super::style;
use crate::span::Span;
use crate::syntax::{NodeId, NodeKind};

/// A mapping with one entry per line.
pub(super) struct Unfolded {
    /// The text that it replaces.
    pub(super) replaced: Span,
    /// The text before its first line: a line break if an anchor or a tag is beside the dash.
    pub(super) lead: String,
    /// The mapping as a document: all lines are indented, and the last one has a line break.
    pub(super) text: String,
    /// The comment after the mapping, with the blanks before it. It goes to the first line, or to the line of the anchor
    /// or the tag.
    pub(super) comment: String,
}

impl Unfolded {
    /// The mapping `id`, an item of `list`; `None` if it is not a mapping on one line, or if the list has other items
    /// on that line.
    pub(super) fn of(cx: &Context<'_, '_>, list: NodeId, id: NodeId) -> Option<Self> {
        let tree = cx.tree;
        let is_on_one_line = !tree.source(id).contains(['\n', '\r']);
        if tree.kind(id) != NodeKind::FlowMapping || !is_on_one_line || tree.children(id).next().is_none() {
            return None;
        }
        let span = tree.span(id);
        // Anchors and aliases connect the item with the rest of the document.
        if alias_guard::holds_any(tree, span) {
            return None;
        }
        // The new text has no place for a `?` before a key.
        let is_explicit = |key: NodeId| cx.text[..tree.props(key)].trim_ascii_end().ends_with('?');
        // kubectl reads the key of `{a:, b: c}` as `a:`, with its colon; in block style it would be `a`.
        let is_glued = |key: NodeId| {
            let after = &cx.text[cx.end(key)..];
            tree.kind(key) == NodeKind::Plain && (after.starts_with(":,") || after.starts_with(":}"))
        };
        if tree.pairs(id).any(|(key, _)| is_explicit(key) || is_glued(key)) {
            return None;
        }
        // A deeper comment below the item would become one of its last entry.
        let end = tree.span(id).end as usize;
        if entries::entry_end(cx, layout::column(tree, tree.lead(id)), end) > layout::line_end(tree, end) {
            return None;
        }
        match tree.kind(list) {
            NodeKind::BlockSequence => Some(Self::in_block(cx, id)),
            NodeKind::FlowSequence if style::begins_line(tree, tree.lead(id)) => Some(Self::in_flow(cx, id)),
            _ => None,
        }
    }

    fn in_block(cx: &Context<'_, '_>, id: NodeId) -> Self {
        let (tree, text) = (cx.tree, cx.text);
        let (start, end) = (tree.span(id).start as usize, tree.span(id).end as usize);
        let has_props = tree.props(id) < start;
        let column = layout::column(tree, if has_props { tree.props(id) } else { start });
        let mut lines = String::new();
        for (key, value) in tree.pairs(id) {
            indent(&mut lines, column);
            lines.push_str(&text[tree.props(key)..cx.end(key)]);
            lines.push(':');
            let value = &text[tree.props(value)..cx.end(value).max(tree.props(value))];
            lines.extend([if value.is_empty() { "" } else { " " }, value, cx.line_break()]);
        }
        let line_end = layout::line_end(tree, end);
        let has_comment = cx.has_comment(end..line_end);
        let mut lead = String::new();
        if has_props {
            new_line(&mut lead, cx.line_break(), column);
        }
        Self {
            replaced: Span::new(
                if has_props { text[..start].trim_end_matches(' ').len() } else { start },
                if has_comment { line_end } else { end },
            ),
            lead,
            text: lines,
            comment: if has_comment { text[end..line_end].to_owned() } else { String::new() },
        }
    }

    fn in_flow(cx: &Context<'_, '_>, id: NodeId) -> Self {
        let (tree, text) = (cx.tree, cx.text);
        let span = tree.span(id);
        let start = span.start as usize;
        let outer = &text[layout::line_start(tree, start)..start];
        let outer = if outer.trim_ascii().is_empty() { outer } else { "" };
        let inner =
            if outer.contains('\t') { format!("{outer}\t") } else { format!("{outer}{:1$}", "", cx.step()) };
        let entries: Vec<_> = flow::entries(tree, id)
            .into_iter()
            .map(|entry| format!("{inner}{}", &text[entry.range()]))
            .collect();
        let line_break = cx.line_break();
        let lines = entries.join(&format!(",{line_break}"));
        Self {
            replaced: span,
            lead: String::new(),
            text: format!("{outer}{{{line_break}{lines}{line_break}{outer}}}{line_break}"),
            comment: String::new(),
        }
    }

    /// The replacement text, from the edited document.
    pub(super) fn finish(&self, edited: &str) -> String {
        let edited = edited.trim_start_matches([' ', '\t']).trim_end_matches(['\n', '\r']);
        let first = edited.find(['\n', '\r']).filter(|_| self.lead.is_empty()).unwrap_or(0);
        [&edited[..first], &self.comment, &self.lead, &edited[first..]].concat()
    }
}
