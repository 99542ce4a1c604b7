//! Gives all passes the document, the path to the edited collection, and the layout around it.
//!
//! This module only reads.

use super::kyaml::Kyaml;
use super::layout;
use super::trivia::{self, Trivia, TriviaLine};
use crate::span::Span;
use crate::syntax::{NodeId, NodeKind, Tree};
use std::cell::{Cell, OnceCell};
use std::ops::Range;

/// The document, and the place that the edit has reached.
pub(super) struct Context<'c, 't> {
    pub(super) tree: &'c Tree<'t>,
    pub(super) text: &'t str,
    line_break: Cell<&'static str>,
    /// Whether the object has several kinds of line breaks.
    is_mixed: bool,
    /// The nodes from the document's root to the collection that is being edited.
    pub(super) path: Vec<NodeId>,
    /// Whether another program writes the text again, with each flow list on one line.
    pub(super) is_rewritten: bool,
    root: NodeId,
    trivia: OnceCell<Trivia>,
    kyaml: OnceCell<Option<Kyaml>>,
    step: Cell<Known>,
    offset: Cell<Known>,
    dash: Cell<Known>,
}

/// How many columns a block mapping is further in than its key, where the document gives no example.
const STEP: usize = 2;
/// How many columns a block sequence is further in than its key, where the document gives no example.
const OFFSET: usize = 0;
/// How many columns an item is further in than its dash, where the document gives no example.
const DASH: usize = "- ".len();

/// A cached number of columns, and the mapping for which it was looked up.
type Known = Option<(Option<NodeId>, usize)>;

impl<'c, 't> Context<'c, 't> {
    /// The context of an edit of `root`. `path` has the nodes around it, outermost first.
    pub(super) fn new(tree: &'c Tree<'t>, root: NodeId, path: Vec<NodeId>) -> Self {
        let line_break = layout::line_break(tree);
        Self {
            tree,
            text: tree.text(),
            line_break: Cell::new(line_break),
            is_mixed: layout::has_other_breaks(tree.source(root), line_break),
            path,
            is_rewritten: false,
            root,
            trivia: OnceCell::new(),
            kyaml: OnceCell::new(),
            step: Cell::default(),
            offset: Cell::default(),
            dash: Cell::default(),
        }
    }

    /// Whether all of the document is in flow style.
    pub(super) fn is_flow(&self) -> bool {
        self.path.first().is_none_or(|&root| self.tree.kind(root).is_flow())
    }

    /// The line break for new lines: that of the line named last by [`Self::follow_line`], or else of the first line.
    pub(super) fn line_break(&self) -> &'static str {
        self.line_break.get()
    }

    /// Makes new lines end as the line of `at` does.
    pub(super) fn follow_line(&self, at: usize) {
        if self.is_mixed {
            self.line_break.set(layout::line_break_of(self.tree, at).unwrap_or(self.line_break.get()));
        }
    }

    /// The end of a node.
    pub(super) fn end(&self, id: NodeId) -> usize {
        self.tree.span(id).end as usize
    }

    /// The layout of the document if it is KYAML.
    pub(super) fn kyaml(&self) -> Option<Kyaml> {
        *self.kyaml.get_or_init(|| Kyaml::of(self.tree))
    }

    fn trivia(&self) -> &Trivia {
        self.trivia.get_or_init(|| Trivia::lex(self.tree, self.root))
    }

    /// The comments that begin in a part of the text.
    pub(super) fn comments(&self, part: Range<usize>) -> impl Iterator<Item = Span> {
        self.trivia().comments(part).iter().copied()
    }

    /// Whether a comment begins in a part of the text.
    pub(super) fn has_comment(&self, part: Range<usize>) -> bool {
        part.start < part.end && !self.trivia().comments(part).is_empty()
    }

    /// Whether a comment begins at `at`.
    pub(super) fn begins_comment(&self, at: usize) -> bool {
        // In most cases this is known without lexing the comments.
        trivia::may_begin(self.text, at) && self.trivia().begins(at)
    }

    /// The lines directly above the one that begins at `line`, nearest first, as long as they hold comments or nothing.
    ///
    /// ```yaml
    /// a: 1
    ///             # the second
    /// # above b     the first
    /// b: 2
    /// ```
    pub(super) fn lines_above(&self, line: usize) -> impl Iterator<Item = TriviaLine> {
        let mut below = line;
        std::iter::from_fn(move || {
            let end = layout::previous_break(self.text, below);
            if end == below {
                return None;
            }
            below = layout::line_start(self.tree, end);
            self.trivia_line(below)
        })
    }

    /// The lines directly below the one that ends at `end`, in the same way.
    pub(super) fn lines_below(&self, end: usize) -> impl Iterator<Item = TriviaLine> {
        let mut above = end;
        std::iter::from_fn(move || {
            let start = layout::next_line(self.text, above);
            if start == above {
                return None;
            }
            let found = self.trivia_line(start);
            above = found.map_or(above, |found| found.line.end as usize);
            found
        })
    }

    fn trivia_line(&self, start: usize) -> Option<TriviaLine> {
        let indent = layout::spaces(self.tree, start);
        let at = start + indent;
        let comment = self.begins_comment(at).then_some(indent);
        let is_content = || self.text.as_bytes().get(at).is_some_and(|byte| !byte.is_ascii_whitespace());
        if comment.is_none() && is_content() {
            return None;
        }
        let end = layout::line_end(self.tree, at);
        let is_trivia = comment.is_some() || self.text[at..end].trim_ascii().is_empty();
        is_trivia.then(|| TriviaLine { line: Span::new(start, end), comment })
    }

    /// The innermost mapping on the path: the edited one, or the one around an edited list.
    pub(super) fn mapping(&self) -> Option<NodeId> {
        self.path.iter().rev().find(|&&id| !is_list(self.tree.kind(id))).copied()
    }

    /// The indentation of a block mapping under its key, by the nearest example.
    pub(super) fn step(&self) -> usize {
        self.known(&self.step, |tree, path| step(tree, path).unwrap_or(STEP))
    }

    /// The indentation of a block sequence under its key, by the nearest example.
    pub(super) fn offset(&self) -> usize {
        self.known(&self.offset, |tree, path| sequence_offset(tree, path).unwrap_or(OFFSET))
    }

    /// The columns from a dash to its item, as in the nearest list.
    pub(super) fn dash(&self) -> usize {
        let of = self.path.last().copied();
        match self.dash.get() {
            Some((known, found)) if known == of => found,
            _ => {
                let found = dash(self.tree, &self.path).unwrap_or(DASH);
                self.dash.set(Some((of, found)));
                found
            }
        }
    }

    fn known(&self, known: &Cell<Known>, look_up: impl FnOnce(&Tree, &[NodeId]) -> usize) -> usize {
        let mapping =
            self.path.iter().rev().find(|&&id| self.tree.kind(id) == NodeKind::BlockMapping).copied();
        if let Some((of, found)) = known.get()
            && of == mapping
        {
            return found;
        }
        let found = look_up(self.tree, &self.path);
        known.set(Some((mapping, found)));
        found
    }
}

/// Whether a node of this kind is a sequence with nodes for its items.
pub(super) fn is_list(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::BlockSequence | NodeKind::FlowSequence)
}

fn sequence_offset(tree: &Tree, path: &[NodeId]) -> Option<usize> {
    fn own(tree: &Tree, map: NodeId) -> Option<usize> {
        let sequences = tree.pairs(map).filter(|&(_, value)| match tree.kind(value) {
            NodeKind::BlockSequence => true,
            NodeKind::OpaqueBlock => tree.source(value).starts_with("- "),
            _ => false,
        });
        indented_under_keys(tree, sequences).next()
    }
    fn below(tree: &Tree, id: NodeId) -> Option<usize> {
        match tree.kind(id) {
            NodeKind::BlockMapping => {
                own(tree, id).or_else(|| tree.pairs(id).find_map(|(_, value)| below(tree, value)))
            }
            NodeKind::BlockSequence => tree.children(id).find_map(|item| below(tree, item)),
            _ => None,
        }
    }
    let near = path
        .iter()
        .rev()
        .filter(|&&id| tree.kind(id) == NodeKind::BlockMapping)
        .find_map(|&id| own(tree, id));
    near.or_else(|| path.first().and_then(|&root| below(tree, root)))
}

fn step(tree: &Tree, path: &[NodeId]) -> Option<usize> {
    let own = |map: NodeId| {
        let mappings = tree.pairs(map).filter(|&(_, value)| match tree.kind(value) {
            NodeKind::BlockMapping => true,
            NodeKind::OpaqueBlock => !tree.source(value).starts_with("- "),
            _ => false,
        });
        indented_under_keys(tree, mappings).find(|&step| step > 0)
    };
    let mut nearest = path.iter().rev().filter(|&&id| tree.kind(id) == NodeKind::BlockMapping);
    nearest.find_map(|&id| own(id))
}

fn dash(tree: &Tree, path: &[NodeId]) -> Option<usize> {
    let own = |list: NodeId| {
        let item = tree.children(list).next().filter(|_| tree.kind(list) == NodeKind::BlockSequence)?;
        let (dash, item) = (tree.lead(item), tree.props(item));
        let is_beside =
            item > dash + 1 && tree.text().as_bytes()[dash + 1..item].iter().all(|&byte| byte == b' ');
        is_beside.then(|| item - dash)
    };
    let beside = |map: NodeId| tree.pairs(map).find_map(|(_, value)| own(value));
    path.iter().rev().find_map(|&id| match tree.kind(id) {
        NodeKind::BlockSequence => own(id),
        NodeKind::BlockMapping => beside(id),
        _ => None,
    })
}

/// The indentation under their keys of the values that begin a line.
fn indented_under_keys<'t>(
    tree: &'t Tree,
    pairs: impl Iterator<Item = (NodeId, NodeId)> + 't,
) -> impl Iterator<Item = usize> + 't {
    pairs.filter_map(|(key, value)| {
        let value = tree.span(value).start as usize;
        let line = layout::line_begun(tree, value)?;
        Some((value - line).saturating_sub(layout::column(tree, tree.lead(key))))
    })
}
