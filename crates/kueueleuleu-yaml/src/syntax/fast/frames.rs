//! What is open, and the nodes that come of what is read.
//!
//! Knows what is of interest, and not how it is written.

use super::super::scalar as schema;
use super::super::shape::Shape;
use super::super::tree::{Kind, NONE, Node, NodeId, inner};
use super::Lexer;
use crate::span::Span;

/// How deep collections may be nested; the full parser knows what is too deep.
const MAX_DEPTH: usize = 128;

/// Whether a mapping is of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interest {
    /// It is, whatever is in it.
    Certain,
    /// The value that tells was not read yet.
    Untold,
    /// The value that comes next tells.
    Telling,
    /// It is not.
    None,
}

/// An open collection, or the document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    /// The least column of what is in it: one more than that of its dashes or keys.
    pub(super) inside: usize,
    /// Its node, or `NONE`.
    pub(super) node: u32,
    /// Whether its children have nodes.
    pub(super) wanted: bool,
    pub(super) shape: &'static Shape,
    /// Its last child, or `NONE`.
    pub(super) last: u32,
    /// Whether a dash or a key was read, and its value not yet.
    pub(super) awaits: bool,
    /// The shape of that value.
    value_shape: &'static Shape,
    /// Whether it is of interest itself.
    interest: Interest,
    /// The last dash.
    pub(super) dash: usize,
}

impl Frame {
    /// The document: it waits for its root, of this shape.
    pub(super) fn document(shape: &'static Shape) -> Self {
        Self { inside: 0, awaits: true, ..Self::open(Kind::Empty, 0, NONE, shape) }
    }

    /// A collection whose dashes or keys stand in `column`.
    pub(super) fn open(kind: Kind, column: usize, node: u32, shape: &'static Shape) -> Self {
        Self {
            kind,
            inside: column + 1,
            node,
            wanted: true,
            shape,
            last: NONE,
            awaits: false,
            value_shape: shape,
            interest: if shape.only.is_some() { Interest::Untold } else { Interest::Certain },
            dash: 0,
        }
    }

    /// Whether it is no collection: nothing was read yet, or all is closed.
    pub(super) fn is_document(&self) -> bool {
        self.kind == Kind::Empty
    }
}

impl Lexer<'_, '_> {
    /// Puts a collection on top.
    pub(super) fn push(&mut self, frame: Frame) {
        self.outer.push(self.top);
        self.top = frame;
    }

    /// The collection that is nested so deep; 0 is the document.
    pub(super) fn frame(&self, depth: usize) -> Option<&Frame> {
        if depth == self.outer.len() { Some(&self.top) } else { self.outer.get(depth) }
    }

    /// Opens a collection that begins at `start`.
    #[expect(clippy::inline_always, reason = "every second line opens one")]
    #[inline(always)]
    pub(super) fn open(&mut self, kind: Kind, column: usize, start: usize) -> Option<()> {
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

    fn frame_with_node(&mut self, kind: Kind, column: usize, start: usize) -> Frame {
        let shape = self.top.value_shape;
        let wanted = !shape.is_opaque();
        let shown = match (wanted, kind) {
            (true, kind) => kind,
            (false, Kind::FlowSequence | Kind::FlowMapping) => Kind::OpaqueFlow,
            (false, _) => Kind::OpaqueBlock,
        };
        let node = self.add(shown, Span::at(start), NONE);
        Frame { wanted, ..Frame::open(kind, column, node, shape) }
    }

    /// Closes the collection on top.
    pub(super) fn pop(&mut self) {
        self.skip_value();
        self.close();
    }

    /// Closes the collections that are nested deeper than this.
    pub(super) fn pop_to(&mut self, depth: usize) {
        while self.outer.len() > depth {
            self.pop();
        }
    }

    /// Forgets the collections that are nested deeper than this.
    pub(super) fn drop_to(&mut self, depth: usize) {
        if let Some(&frame) = self.outer.get(depth) {
            self.top = frame;
            self.outer.truncate(depth);
        }
    }

    /// Closes the collection on top, which waits for nothing.
    pub(super) fn close(&mut self) {
        if self.top.node != NONE {
            self.close_node();
        }
        if let Some(frame) = self.outer.pop() {
            self.top = frame;
        }
    }

    /// Says where the node ends, and which children it has.
    #[inline]
    fn close_node(&mut self) {
        if self.top.interest == Interest::None {
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

    /// Adds a key to the mapping on top. Its value is kept in `decoded`, unless that is `NONE`.
    #[expect(clippy::inline_always, reason = "nearly every line has a key")]
    #[inline(always)]
    pub(super) fn add_key(&mut self, kind: Kind, start: usize, end: usize, decoded: u32) {
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
        if self.top.interest != Interest::Certain {
            let tells = shape.only.is_some_and(|only| only.key.as_bytes() == name);
            self.top.interest = if tells { Interest::Telling } else { Interest::Untold };
        }
        self.top.value_shape = shape.field(name);
        self.add(kind, span, decoded);
    }

    /// The entry that waits for a value has none.
    pub(super) fn skip_value(&mut self) {
        if self.top.awaits {
            let end = if self.top.kind == Kind::BlockSequence { self.top.dash + 1 } else { self.end };
            self.scalar(Kind::Empty, end, end, NONE);
        }
    }

    /// Adds a scalar that is a value. What it says is kept in `decoded`, unless that is `NONE`.
    pub(super) fn scalar(&mut self, kind: Kind, start: usize, end: usize, decoded: u32) {
        self.end = end;
        self.top.awaits = false;
        if self.top.wanted {
            let id = self.add(kind, Span::new(start, end), decoded);
            if self.top.interest == Interest::Telling {
                self.told(NodeId(id));
            }
        }
    }

    /// Adds a plain scalar on one line.
    #[inline]
    pub(super) fn plain_scalar(&mut self, start: usize, end: usize) {
        self.end = end;
        self.top.awaits = false;
        if self.top.wanted {
            let id = self.add(Kind::Plain, Span::new(start, end), NONE);
            if self.top.interest == Interest::Telling {
                self.told(NodeId(id));
            }
        }
    }

    /// Whether the mapping on top is of interest, by the value of its first key that tells it.
    #[cold]
    fn told(&mut self, value: NodeId) {
        let Some(only) = self.top.shape.only else { return };
        let (kind, text) = (self.tree.kind(value), self.tree.scalar(value));
        let is_string =
            kind != Kind::Empty && (kind != Kind::Plain || schema::plain(text) == schema::Plain::Str);
        self.top.interest = match is_string {
            true if (only.test)(text) => Interest::Certain,
            true => Interest::None,
            false => Interest::Untold,
        };
        self.top.wanted = self.top.interest != Interest::None;
    }

    /// Adds a node to the collection on top, which wants it.
    #[expect(
        clippy::inline_always,
        reason = "most of what is wanted is scalars, and this is most of their cost"
    )]
    #[inline(always)]
    fn add(&mut self, kind: Kind, span: Span, decoded: u32) -> u32 {
        let is_item = self.top.kind == Kind::BlockSequence;
        let lead = if is_item { Span::at(self.top.dash).start } else { span.start };
        // The next node is the next child, until its parent is closed.
        let next = self.tree.next_id() + 1;
        let id = self.tree.append(Node { lead, next, decoded, ..Node::new(kind, span) }).0;
        self.top.last = id;
        id
    }
}
