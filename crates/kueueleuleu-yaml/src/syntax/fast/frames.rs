//! Manages the stack of open collections, and adds nodes to the tree.
//!
//! This module knows which values become nodes. It does not know how they are written.

use super::super::scalar as schema;
use super::super::shape::Shape;
use super::super::tree::{NONE, Node, NodeId, NodeKind, inner};
use super::Lexer;
use crate::span::Span;

/// The largest nesting depth. Deeper texts are left to the full parser, which has its own limit.
const MAX_DEPTH: usize = 128;

/// Whether a mapping is selected by [`Shape::only`].
///
/// ```text
/// shape.only("kind", is_pod)
/// metadata: {}      Unknown
/// kind:             Deciding: the next value decides
///   Service         No: the nodes of the mapping are discarded
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Selected {
    /// It is selected.
    Yes,
    /// The deciding value was not read yet.
    Unknown,
    /// The next value decides.
    Deciding,
    /// It is not selected.
    No,
}

/// An open collection, or the document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) kind: NodeKind,
    /// The smallest column of its content: one more than the column of its dashes or keys.
    pub(super) inside: usize,
    /// Its node, or `NONE`.
    pub(super) node: u32,
    /// Whether its children have nodes.
    pub(super) wanted: bool,
    pub(super) shape: &'static Shape,
    /// Its last child, or `NONE`.
    pub(super) last: u32,
    /// Whether a dash or a key was read, but not its value.
    pub(super) awaits: bool,
    /// The shape of that value.
    value_shape: &'static Shape,
    /// Whether it is selected itself.
    selected: Selected,
    /// The position of the last dash.
    pub(super) dash: usize,
}

impl Frame {
    /// The frame of a document, which awaits a root with this shape.
    pub(super) fn document(shape: &'static Shape) -> Self {
        Self { inside: 0, awaits: true, ..Self::open(NodeKind::Empty, 0, NONE, shape) }
    }

    /// The frame of a collection with dashes or keys in `column`.
    pub(super) fn open(kind: NodeKind, column: usize, node: u32, shape: &'static Shape) -> Self {
        Self {
            kind,
            inside: column + 1,
            node,
            wanted: true,
            shape,
            last: NONE,
            awaits: false,
            value_shape: shape,
            selected: if shape.only.is_some() { Selected::Unknown } else { Selected::Yes },
            dash: 0,
        }
    }

    /// Whether this is the frame of the document: no collection is open.
    pub(super) fn is_document(&self) -> bool {
        self.kind == NodeKind::Empty
    }
}

impl Lexer<'_, '_> {
    /// Pushes a collection.
    pub(super) fn push(&mut self, frame: Frame) {
        self.outer.push(self.top);
        self.top = frame;
    }

    /// The collection at this depth; 0 is the document.
    pub(super) fn frame(&self, depth: usize) -> Option<&Frame> {
        if depth == self.outer.len() { Some(&self.top) } else { self.outer.get(depth) }
    }

    /// Opens a collection that starts at `start`.
    #[expect(clippy::inline_always, reason = "every second line opens one")]
    #[inline(always)]
    pub(super) fn open(&mut self, kind: NodeKind, column: usize, start: usize) -> Option<()> {
        if self.outer.len() == MAX_DEPTH {
            return None;
        }
        self.top.awaits = false;
        if self.top.wanted {
            let frame = self.frame_with_node(kind, column, start);
            self.push(frame);
        } else {
            self.push(Frame { wanted: false, ..Frame::open(kind, column, NONE, &Shape::OPAQUE) });
        }
        Some(())
    }

    fn frame_with_node(&mut self, kind: NodeKind, column: usize, start: usize) -> Frame {
        let shape = self.top.value_shape;
        let wanted = !shape.is_opaque();
        let shown = match (wanted, kind) {
            (true, kind) => kind,
            (false, NodeKind::FlowSequence | NodeKind::FlowMapping) => NodeKind::OpaqueFlow,
            (false, _) => NodeKind::OpaqueBlock,
        };
        let node = self.add(shown, Span::at(start), NONE);
        Frame { wanted, ..Frame::open(kind, column, node, shape) }
    }

    /// Closes the innermost collection.
    pub(super) fn pop(&mut self) {
        self.skip_value();
        self.close();
    }

    /// Closes all collections deeper than `depth`.
    pub(super) fn pop_to(&mut self, depth: usize) {
        while self.outer.len() > depth {
            self.pop();
        }
    }

    /// Discards all collections deeper than `depth`.
    pub(super) fn drop_to(&mut self, depth: usize) {
        if let Some(&frame) = self.outer.get(depth) {
            self.top = frame;
            self.outer.truncate(depth);
        }
    }

    /// Closes the innermost collection, which awaits no value.
    pub(super) fn close(&mut self) {
        if self.top.node != NONE {
            self.close_node();
        }
        if let Some(frame) = self.outer.pop() {
            self.top = frame;
        }
    }

    /// Sets the end and the children of the node.
    #[inline]
    fn close_node(&mut self) {
        if self.top.selected == Selected::No {
            self.tree.make_opaque(NodeId(self.top.node));
            self.top.last = NONE;
        }
        let (id, last) = (self.top.node, self.top.last);
        let next = self.tree.next_id();
        let node = self.tree.close(NodeId(id), self.end);
        node.next = next;
        if last != NONE {
            node.first = id + 1;
            self.tree.nodes[last as usize].next = NONE;
        }
    }

    /// Adds a key to the innermost mapping. `decoded` is the index of its decoded text, or `NONE` if it is the source.
    #[expect(clippy::inline_always, reason = "nearly every line has a key")]
    #[inline(always)]
    pub(super) fn add_key(&mut self, kind: NodeKind, start: usize, end: usize, decoded: u32) {
        self.top.awaits = true;
        if !self.top.wanted {
            return;
        }
        let span = Span::new(start, end);
        let name = match decoded {
            NONE => &self.text[inner(kind, span).range()],
            at => self.tree.decoded[at as usize].as_bytes(),
        };
        let shape = self.top.shape;
        if self.top.selected != Selected::Yes {
            let decides = shape.only.is_some_and(|only| only.key.as_bytes() == name);
            self.top.selected = if decides { Selected::Deciding } else { Selected::Unknown };
        }
        self.top.value_shape = shape.field(name);
        self.add(kind, span, decoded);
    }

    /// Adds an empty value if an entry awaits its value.
    pub(super) fn skip_value(&mut self) {
        if self.top.awaits {
            let end = if self.top.kind == NodeKind::BlockSequence { self.top.dash + 1 } else { self.end };
            self.scalar(NodeKind::Empty, end, end, NONE);
        }
    }

    /// Adds a scalar that is a value. `decoded` is the index of its decoded text, or `NONE` if it is the source.
    pub(super) fn scalar(&mut self, kind: NodeKind, start: usize, end: usize, decoded: u32) {
        self.end = end;
        self.top.awaits = false;
        if self.top.wanted {
            let id = self.add(kind, Span::new(start, end), decoded);
            if self.top.selected == Selected::Deciding {
                self.decide(NodeId(id));
            }
        }
    }

    /// Adds a plain scalar on one line.
    #[inline]
    pub(super) fn plain_scalar(&mut self, start: usize, end: usize) {
        self.end = end;
        self.top.awaits = false;
        if self.top.wanted {
            let id = self.add(NodeKind::Plain, Span::new(start, end), NONE);
            if self.top.selected == Selected::Deciding {
                self.decide(NodeId(id));
            }
        }
    }

    /// Decides by this value whether the innermost mapping is selected. Only a string decides.
    #[cold]
    fn decide(&mut self, value: NodeId) {
        let Some(only) = self.top.shape.only else { return };
        let (kind, text) = (self.tree.kind(value), self.tree.scalar(value));
        let is_string = kind != NodeKind::Empty
            && (kind != NodeKind::Plain || schema::plain(text) == schema::CoreType::Str);
        self.top.selected = match is_string {
            true if (only.test)(text) => Selected::Yes,
            true => Selected::No,
            false => Selected::Unknown,
        };
        self.top.wanted = self.top.selected != Selected::No;
    }

    /// Adds a node to the innermost collection, whose children have nodes.
    #[expect(clippy::inline_always, reason = "most nodes are scalars, and this is most of their cost")]
    #[inline(always)]
    fn add(&mut self, kind: NodeKind, span: Span, decoded: u32) -> u32 {
        let is_item = self.top.kind == NodeKind::BlockSequence;
        let lead = if is_item { Span::at(self.top.dash).start } else { span.start };
        // Assume that the next node is the next sibling. Closing the parent corrects this for its last child.
        let next = self.tree.next_id() + 1;
        let id = self.tree.append(Node { lead, next, decoded, ..Node::new(kind, span) }).0;
        self.top.last = id;
        id
    }
}
