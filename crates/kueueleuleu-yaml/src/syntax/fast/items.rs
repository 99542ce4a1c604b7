//! A long list, item by item: each is read and forgotten again, and what cannot be read fast is read by the full parser
//! alone.
//!
//! Knows where items begin and end. Lines say that: what is neither blank nor a comment and stands in the dashes' column,
//! or before it, is no part of an item, as long as the item is complete without it. That is what both readers check.

use super::super::granit;
use super::super::shape::Shape;
use super::super::tree::{Kind, NONE, NodeId, Tree};
use super::{Frame, Lexer, bytes};

/// An item that is being read, and how to forget it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    /// The line of its dash.
    line: usize,
    /// How many nodes and values there were before it.
    nodes: usize,
    decoded: usize,
    /// The item before it, or `NONE`.
    before: u32,
}

impl Lexer<'_, '_> {
    /// Begins the item whose dash stands here; what begins with anything else ends the list.
    pub(super) fn begin_item(&mut self, column: usize, first: u8) {
        let is_dash = first == b'-' && self.is_alone(self.at + 1);
        let Some(list) = self.frame(2).filter(|list| list.inside == column + 1 && is_dash) else {
            self.items = None;
            return;
        };
        let (nodes, decoded) = (self.tree.nodes.len(), self.tree.decoded.len());
        self.item = Some(Item { line: self.line, nodes, decoded, before: list.last });
    }

    /// Begins the first item of a list that is read item by item, if the dash on this line opened one. It is a value of
    /// the root's. Gives up where something odd stands before it.
    pub(super) fn begin_first_item(&mut self, odd: &mut bytes::Odd) -> Option<()> {
        let (Some(root), Some(list)) = (self.frame(1), self.frame(2)) else { return Some(()) };
        let is_list = (root.kind, list.kind) == (Kind::BlockMapping, Kind::BlockSequence);
        if !(is_list && list.wanted && list.shape.item_by_item && list.dash >= self.line) {
            return Some(());
        }
        if odd.first_from(self.text, self.even) < self.line {
            return None;
        }
        let (column, nodes, decoded) = (list.inside - 1, list.node as usize + 1, self.tree.decoded.len());
        self.even = self.line;
        self.items = Some(column);
        self.item = Some(Item { line: self.line, nodes, decoded, before: NONE });
        Some(())
    }

    /// Ends the item before this line, if there is one, and forgets what is in it. It is read again when it is asked for.
    pub(super) fn finish_item(&mut self, odd: &mut bytes::Odd) -> Option<()> {
        let Some(item) = self.item else { return Some(()) };
        if odd.first_from(self.text, self.even) < self.line {
            let (line, at) = (self.line, self.at);
            self.item_by_full_parser()?;
            (self.line, self.at) = (line, at);
            return Some(());
        }
        self.even = self.line;
        self.item = None;
        self.pop_to(2);
        let id = self.frame(2)?.last;
        let kind = self.tree.nodes.get(item.nodes).map(|node| node.kind);
        // Of what is no block mapping there is little to forget.
        if id as usize == item.nodes && matches!(kind, Some(Kind::BlockMapping | Kind::OpaqueBlock)) {
            self.tree.nodes.truncate(item.nodes + 1);
            self.tree.nodes[item.nodes].first = NONE;
            self.tree.nodes[item.nodes].next = self.tree.next_id();
            self.tree.decoded.truncate(item.decoded);
            // What is of no interest is not asked for.
            self.tree.deferred.extend((kind == Some(Kind::BlockMapping)).then_some(NodeId(id)));
        }
        Some(())
    }

    /// Has the item that was begun read by the full parser. Gives up where it is none without what follows.
    pub(super) fn item_by_full_parser(&mut self) -> Option<()> {
        let item = self.item.take()?;
        self.drop_to(2);
        let list = &mut self.top;
        (list.last, list.awaits) = (item.before, false);
        let (column, node, shape) = (list.inside - 1, NodeId(list.node), list.shape);
        self.tree.nodes.truncate(item.nodes);
        self.tree.decoded.truncate(item.decoded);
        let end = self.end_of_item(item.line, column);
        let before = (item.before != NONE).then_some(NodeId(item.before));
        let id = granit::read_item(self.tree, item.line..end, (node, before), shape)?;
        self.top.last = id.0;
        self.tree.nodes[id.0 as usize].next = self.tree.next_id();
        self.end = (self.tree.span(id).end as usize).max(self.tree.props(id));
        self.even = end;
        self.at = end;
        self.slow += end - item.line;
        Some(())
    }

    /// The first line behind the one at `line` that begins in `column` or before it, or the end.
    fn end_of_item(&self, line: usize, column: usize) -> usize {
        let mut at = bytes::next_line(self.text, line);
        while at < self.text.len() {
            let content = bytes::behind_spaces(self.text, at);
            let is_content = self.text.get(content).is_some_and(|byte| !matches!(byte, b'\n' | b'\r' | b'#'));
            if is_content && content - at <= column {
                break;
            }
            at = bytes::next_line(self.text, at);
        }
        at
    }
}

/// The items of a list, one at a time.
pub struct Items<'t> {
    tree: Tree<'t>,
    outer: Vec<Frame>,
    shape: &'static Shape,
    root: NodeId,
    list: NodeId,
    /// How many nodes, values and items there are without the one that was read.
    nodes: usize,
    decoded: usize,
    first: u32,
}

impl<'t> Items<'t> {
    /// The items of `list`, a value of `root`, which has `shape` in the shape that `tree` was read with.
    pub fn new(tree: &Tree<'t>, root: NodeId, list: NodeId, shape: &'static Shape) -> Self {
        let (nodes, decoded, first) = (tree.nodes.len(), tree.decoded.len(), tree.node(list).first);
        Self { tree: tree.clone(), outer: Vec::new(), shape, root, list, nodes, decoded, first }
    }

    /// Reads an item. The tree holds it until another is read, and the other items then not.
    ///
    /// # Panics
    /// When `item` is none of the list's.
    pub fn read(&mut self, item: NodeId) -> (&Tree<'t>, NodeId) {
        self.tree.nodes.truncate(self.nodes);
        self.tree.decoded.truncate(self.decoded);
        self.tree.nodes[self.list.0 as usize].first = self.first;
        if self.tree.deferred.binary_search(&item).is_err() {
            return (&self.tree, item);
        }
        let dash = self.tree.lead(item);
        let line = self.tree.line_start(dash);
        let mut lexer = Lexer::new(&mut self.tree, &mut self.outer, &Shape::OPAQUE, line);
        lexer.push(Frame::open(Kind::BlockMapping, 0, self.root.0, &Shape::OPAQUE));
        lexer.push(Frame::open(Kind::BlockSequence, dash - line, self.list.0, self.shape));
        lexer.items = Some(dash - line);
        lexer.lines(None).expect("impossible: it was read before");
        lexer.pop_to(2);
        let id = NodeId(lexer.top.last);
        self.tree.nodes[self.list.0 as usize].first = id.0;
        self.tree.nodes[id.0 as usize].next = NONE;
        (&self.tree, id)
    }
}
