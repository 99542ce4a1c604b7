//! What is open, and the nodes that come of what is read.
//!
//! Knows what is of interest, and not how it is written.

use super::super::{Kind, NONE, Node, NodeId, Shape, Tag, Value, scalar as schema};
use super::Lexer;
use crate::span::Span;

/// How deep collections may be nested; the full parser knows what is too deep.
const MAX_DEPTH: usize = 128;

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
    /// Whether that value tells if the mapping is of interest.
    tells: bool,
    /// What such a value told.
    refused: Option<bool>,
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
            tells: false,
            refused: None,
            dash: 0,
        }
    }

    /// The same without nodes.
    fn unwanted(kind: Kind, column: usize, node: u32) -> Self {
        Self { wanted: false, ..Self::open(kind, column, node, &Shape::OPAQUE) }
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
    pub(super) fn open(&mut self, kind: Kind, column: usize, start: usize) -> Option<()> {
        if self.outer.len() == MAX_DEPTH {
            return None;
        }
        self.top.awaits = false;
        if self.top.wanted {
            let frame = self.frame_with_node(kind, column, start);
            self.push(frame);
        } else {
            self.push(Frame::unwanted(kind, column, NONE));
        }
        Some(())
    }

    fn frame_with_node(&mut self, kind: Kind, column: usize, start: usize) -> Frame {
        let shape = self.top.value_shape;
        let shown = match (shape.is_opaque(), kind) {
            (false, kind) => kind,
            (true, Kind::FlowSequence | Kind::FlowMapping) => Kind::OpaqueFlow,
            (true, _) => Kind::OpaqueBlock,
        };
        let span = Span::at(start);
        let node = self.add(shown, span, Value::Source(span));
        if shape.is_opaque() {
            Frame::unwanted(kind, column, node)
        } else {
            Frame::open(kind, column, node, shape)
        }
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
            let node = &mut self.tree.nodes[self.top.node as usize];
            node.span.end = Span::at(self.end).end;
            node.value = Value::Source(node.span);
            if self.top.refused == Some(true) {
                self.tree.make_opaque(NodeId(self.top.node));
            }
        }
        if let Some(frame) = self.outer.pop() {
            self.top = frame;
        }
    }

    /// Adds a key to the mapping on top. Without a value, it says what its source is.
    #[inline]
    pub(super) fn add_key(&mut self, kind: Kind, start: usize, end: usize, value: Option<Value>) {
        self.top.awaits = true;
        if self.top.wanted {
            self.add_wanted_key(kind, start, end, value);
        }
    }

    fn add_wanted_key(&mut self, kind: Kind, start: usize, end: usize, value: Option<Value>) {
        let span = Span::new(start, end);
        let value = value.unwrap_or(Value::Source(span));
        let name = match value {
            Value::Source(span) => &self.text[span.range()],
            Value::Decoded(at) => self.tree.decoded[at as usize].as_bytes(),
        };
        let shape = self.top.shape;
        self.top.tells =
            shape.only.is_some_and(|only| only.key.as_bytes() == name) && self.top.refused.is_none();
        self.top.value_shape = shape.field(name);
        self.add(kind, span, value);
    }

    /// The entry that waits for a value has none.
    pub(super) fn skip_value(&mut self) {
        if self.top.awaits {
            let end = if self.top.kind == Kind::BlockSequence { self.top.dash + 1 } else { self.end };
            self.scalar(Kind::Empty, end, end, None);
        }
    }

    /// Adds a scalar that is a value. Without a value of its own, it says what its source is.
    pub(super) fn scalar(&mut self, kind: Kind, start: usize, end: usize, value: Option<Value>) {
        self.end = end;
        self.top.awaits = false;
        if self.top.wanted {
            let span = Span::new(start, end);
            let value = value.unwrap_or(Value::Source(span));
            self.add(kind, span, value);
            if self.top.tells {
                self.told(kind, value);
            }
        }
    }

    /// Adds a plain scalar on one line.
    #[inline]
    pub(super) fn plain_scalar(&mut self, start: usize, end: usize) {
        self.end = end;
        self.top.awaits = false;
        if self.top.wanted {
            let span = Span::new(start, end);
            self.add(Kind::Plain, span, Value::Source(span));
            if self.top.tells {
                self.told(Kind::Plain, Value::Source(span));
            }
        }
    }

    /// Whether the mapping on top is of interest, by the value of its first key that tells it.
    #[cold]
    fn told(&mut self, kind: Kind, value: Value) {
        self.top.tells = false;
        let Some(only) = self.top.shape.only else { return };
        let text = match value {
            Value::Source(span) => &self.tree.text[span.range()],
            Value::Decoded(at) => &self.tree.decoded[at as usize],
        };
        let is_string =
            kind != Kind::Empty && (kind != Kind::Plain || schema::plain(text) == schema::Plain::Str);
        self.top.refused = is_string.then(|| !(only.test)(text));
        if self.top.refused == Some(true) {
            self.top.wanted = false;
        }
    }

    /// Adds a node to the collection on top, which wants it.
    #[expect(
        clippy::inline_always,
        reason = "most of what is wanted is scalars, and this is most of their cost"
    )]
    #[inline(always)]
    fn add(&mut self, kind: Kind, span: Span, value: Value) -> u32 {
        let id = Span::at(self.tree.nodes.len()).start;
        let is_item = self.top.kind == Kind::BlockSequence;
        let lead = if is_item { Span::at(self.top.dash).start } else { span.start };
        match (std::mem::replace(&mut self.top.last, id), self.top.node) {
            (NONE, NONE) => self.tree.root = Some(NodeId(id)),
            (NONE, parent) => self.tree.nodes[parent as usize].first = id,
            (before, _) => self.tree.nodes[before as usize].next = id,
        }
        self.tree.nodes.push(Node {
            kind,
            span,
            lead,
            props: span.start,
            anchor: 0,
            tag: Tag::None,
            next: NONE,
            first: NONE,
            value,
        });
        id
    }
}
