//! Reads a long list item by item: the nodes of each item are discarded once it is complete, and an item that the fast
//! reader cannot read is read by the full parser alone.
//!
//! This module knows where items start and end. A line that is neither blank nor a comment, and that starts in the
//! column of the dashes or before it, does not belong to the previous item, provided that this item is complete. Both
//! readers check that it is.
//!
//! ```text
//! items:
//! - a: 1       the first item; its nodes are discarded when the next dash is read
//!   b: 2
//! - a: &x 3    the full parser reads this item, because of the anchor
//! ```

use super::super::granit;
use super::super::shape::Shape;
use super::super::tree::{NONE, NodeId, NodeKind, Tree};
use super::{Frame, Lexer, bytes};

/// An item that is being read, and what is needed to discard its nodes.
#[derive(Clone, Copy, Debug)]
pub(super) struct PendingItem {
    /// The line of its dash.
    line: usize,
    /// The number of nodes before it.
    nodes: usize,
    /// The number of decoded values before it.
    decoded: usize,
    /// The previous item, or `NONE`.
    before: u32,
}

impl Lexer<'_, '_> {
    /// Starts the item whose dash is here. Any other first byte ends the list.
    pub(super) fn begin_item(&mut self, column: usize, first: u8) {
        let is_dash = first == b'-' && self.is_alone(self.at + 1);
        let Some(list) = self.frame(2).filter(|list| list.inside == column + 1 && is_dash) else {
            self.items = None;
            return;
        };
        let (nodes, decoded) = (self.tree.nodes.len(), self.tree.decoded.len());
        self.item = Some(PendingItem { line: self.line, nodes, decoded, before: list.last });
    }

    /// Starts the first item of a list that is read item by item, if the dash on this line opened such a list, as a
    /// value of the root. Gives up if there are odd bytes before it.
    pub(super) fn begin_first_item(&mut self, odd: &mut bytes::Odd) -> Option<()> {
        let (Some(root), Some(list)) = (self.frame(1), self.frame(2)) else { return Some(()) };
        let is_list = (root.kind, list.kind) == (NodeKind::BlockMapping, NodeKind::BlockSequence);
        if !(is_list && list.wanted && list.shape.item_by_item && list.dash >= self.line) {
            return Some(());
        }
        if odd.first_from(self.text, self.even) < self.line {
            return None;
        }
        let (column, nodes, decoded) = (list.inside - 1, list.node as usize + 1, self.tree.decoded.len());
        self.even = self.line;
        self.items = Some(column);
        self.item = Some(PendingItem { line: self.line, nodes, decoded, before: NONE });
        Some(())
    }

    /// Ends the item before this line, if there is one, and discards its nodes. [`Items`] reads it again on demand.
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
        // Other kinds of items have few nodes, which are kept.
        if id as usize == item.nodes && matches!(kind, Some(NodeKind::BlockMapping | NodeKind::OpaqueBlock)) {
            self.tree.nodes.truncate(item.nodes + 1);
            self.tree.nodes[item.nodes].first = NONE;
            self.tree.nodes[item.nodes].next = self.tree.next_id();
            self.tree.decoded.truncate(item.decoded);
            // Opaque items are never read again.
            self.tree.deferred.extend((kind == Some(NodeKind::BlockMapping)).then_some(NodeId(id)));
        }
        Some(())
    }

    /// Lets the full parser read the current item. Gives up if its lines alone are not an item.
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

    /// The first line after the one at `line` that starts in `column` or before it, or the end of the text.
    fn end_of_item(&self, line: usize, column: usize) -> usize {
        let mut at = bytes::next_line(self.text, line);
        while at < self.text.len() {
            let content = bytes::after_spaces(self.text, at);
            let is_content = self.text.get(content).is_some_and(|byte| !matches!(byte, b'\n' | b'\r' | b'#'));
            if is_content && content - at <= column {
                break;
            }
            at = bytes::next_line(self.text, at);
        }
        at
    }
}

/// Reads the items of a list, one at a time.
pub struct Items<'t> {
    tree: Tree<'t>,
    outer: Vec<Frame>,
    shape: &'static Shape,
    root: NodeId,
    list: NodeId,
    /// The number of nodes without those of the current item.
    nodes: usize,
    /// The number of decoded values without those of the current item.
    decoded: usize,
    /// The first item of the list.
    first: u32,
}

impl<'t> Items<'t> {
    /// Reads the items of `list`, which is a value of `root`. `shape` is the shape of the list when `tree` was read.
    pub fn new(tree: &Tree<'t>, root: NodeId, list: NodeId, shape: &'static Shape) -> Self {
        let (nodes, decoded, first) = (tree.nodes.len(), tree.decoded.len(), tree.node(list).first);
        Self { tree: tree.clone(), outer: Vec::new(), shape, root, list, nodes, decoded, first }
    }

    /// Reads an item. The tree contains its nodes, and not those of other items, until the next item is read.
    ///
    /// # Panics
    /// If `item` is not an item of the list.
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
        lexer.push(Frame::open(NodeKind::BlockMapping, 0, self.root.0, &Shape::OPAQUE));
        lexer.push(Frame::open(NodeKind::BlockSequence, dash - line, self.list.0, self.shape));
        lexer.items = Some(dash - line);
        lexer.lines(None).expect("impossible: it was read before");
        lexer.pop_to(2);
        let id = NodeId(lexer.top.last);
        self.tree.nodes[self.list.0 as usize].first = id.0;
        self.tree.nodes[id.0 as usize].next = NONE;
        (&self.tree, id)
    }
}
