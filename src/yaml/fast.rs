//! The fast reader: ordinary block YAML, and flow collections, straight from the bytes to a [`Tree`].
//!
//! Builds what the full parser would build, or gives up: at anchors, aliases, tags, directives, `? `, tabs where
//! indentation is, characters that some reader takes for a line break, and at anything that it is not sure of. It
//! never accepts what the full parser rejects. Knows no more of YAML than that, and reports no errors: who gave up has
//! nothing to say.

mod bytes;
mod flow;
mod items;
mod scalar;

use super::documents::{Marker, marker};
use super::{Kind, NONE, Node, NodeId, Shape, Tag, Tree, Value, scalar as schema};
use crate::span::Span;
pub use items::Items;
use std::ops::Range;

/// How deep collections may be nested; the full parser knows what is too deep.
const MAX_DEPTH: usize = 128;
/// How long a key may be, in bytes.
const MAX_KEY: usize = 1000;

/// Memory that is used for one document after another.
#[derive(Debug, Default)]
pub(super) struct Reader {
    frames: Vec<Frame>,
    odd: bytes::Odd,
    slow: usize,
}

/// What became of an attempt to read a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was read, and ends here: at a marker or the end of the text.
    Document(usize),
    /// There is none.
    End,
    /// It has to be read by the full parser, from here.
    GivenUp(usize),
}

impl Reader {
    /// Reads the document that begins at the start of `part`, or behind the comments there. The part ends at a marker or
    /// the end of the text.
    pub(super) fn read(
        &mut self,
        tree: &mut Tree<'_>,
        shape: &'static Shape,
        Range { start, end }: Range<usize>,
    ) -> Outcome {
        let text = tree.text.as_bytes();
        let (at, next) = first_line(text, start);
        let (at, next) = if at < end { (at, next) } else { (end, None) };
        // Comments and markers may hold what ends a line for others.
        if self.odd.first_from(text, start) < next.unwrap_or(at) {
            return Outcome::GivenUp(start);
        }
        let body = match next {
            Some(body) => body,
            None if at == end => return Outcome::End,
            None => return Outcome::GivenUp(at),
        };
        tree.clear();
        self.frames.clear();
        let mut lexer = Lexer::new(tree, &mut self.frames, shape, body);
        match lexer.document(&mut self.odd) {
            Some(end) => {
                self.slow += lexer.slow;
                Outcome::Document(end)
            }
            None => Outcome::GivenUp(at),
        }
    }

    /// How many bytes of items the full parser read.
    pub(super) fn slow(&self) -> usize {
        self.slow
    }
}

/// The first line from `at` on that belongs to a document, and where the document's content begins; `None` behind the
/// end, and where that cannot be told.
fn first_line(text: &[u8], mut at: usize) -> (usize, Option<usize>) {
    while at < text.len() {
        if let Some(next) = blank_line(text, at) {
            at = next;
            continue;
        }
        match marker(text, at) {
            Some(Marker::Start) => return (at, Some(bytes::next_line(text, at))),
            Some(Marker::End) => at = bytes::next_line(text, at),
            Some(Marker::Odd) => return (at, None),
            None => return (at, Some(at)),
        }
    }
    (at, None)
}

/// Where the next line begins, if the one at `at` is blank or a comment.
fn blank_line(text: &[u8], at: usize) -> Option<usize> {
    let content = at + bytes::spaces(text, at);
    match text.get(content) {
        None => Some(content),
        Some(b'\n') => Some(content + 1),
        Some(b'#' | b'\r') => Some(bytes::next_line(text, content)),
        Some(_) => None,
    }
}

/// An open collection.
#[derive(Debug)]
struct Frame {
    kind: Kind,
    /// Of its dashes or keys.
    column: usize,
    /// Its node, or `NONE`.
    node: u32,
    /// Whether its children have nodes.
    wanted: bool,
    shape: &'static Shape,
    /// Its last child, or `NONE`.
    last: u32,
    /// Whether a dash or a key was read, and its value not yet.
    awaits: bool,
    /// The shape of that value.
    value_shape: &'static Shape,
    /// Whether that value tells if the mapping is of interest.
    tells: bool,
    /// What such a value told.
    refused: Option<bool>,
    /// The last dash.
    dash: usize,
}

struct Lexer<'r, 't> {
    text: &'t [u8],
    tree: &'r mut Tree<'t>,
    frames: &'r mut Vec<Frame>,
    shape: &'static Shape,
    /// What is read next.
    at: usize,
    /// The end of what was read last.
    end: usize,
    /// Where the line began.
    line: usize,
    /// The column of the list that is read item by item, if one is open.
    items: Option<usize>,
    /// The item of it that is being read.
    item: Option<items::Item>,
    /// Nothing odd stands before this byte.
    even: usize,
    /// How many bytes the full parser read.
    slow: usize,
}

impl<'r, 't> Lexer<'r, 't> {
    fn new(tree: &'r mut Tree<'t>, frames: &'r mut Vec<Frame>, shape: &'static Shape, at: usize) -> Self {
        let text = tree.text.as_bytes();
        Self { text, tree, frames, shape, at, end: at, line: at, items: None, item: None, even: at, slow: 0 }
    }

    /// Reads the document; returns where it ends.
    fn document(&mut self, odd: &mut bytes::Odd) -> Option<usize> {
        while let Some((spaces, first)) = self.content() {
            if spaces == 0 && matches!(first, b'-' | b'.') && self.at_marker()? {
                break;
            }
            if self.items.is_some_and(|column| spaces <= column) {
                self.finish_item(odd)?;
                self.begin_item(spaces, first);
            }
            let is_read = self.entry(spaces, first).is_some();
            if first == b'-' && self.items.is_none() {
                self.begin_first_item(odd)?;
            }
            if !is_read {
                self.item_by_full_parser()?;
            }
        }
        self.finish_item(odd)?;
        while !self.frames.is_empty() {
            self.pop();
        }
        (odd.first_from(self.text, self.even) >= self.at).then_some(self.at)
    }

    /// Goes to what the next line that is neither blank nor a comment begins with, behind its spaces: how many there
    /// are, and the first byte.
    fn content(&mut self) -> Option<(usize, u8)> {
        loop {
            self.line = self.at;
            let spaces = bytes::spaces(self.text, self.at);
            self.at += spaces;
            match *self.text.get(self.at)? {
                b'\n' => self.at += 1,
                b'#' | b'\r' => self.at = bytes::next_line(self.text, self.at),
                first => return Some((spaces, first)),
            }
        }
    }

    /// Whether the line is a marker. Gives up where readers may differ.
    fn at_marker(&self) -> Option<bool> {
        if !matches!(self.text.get(self.at..self.at + 3), Some(b"---" | b"...")) {
            return Some(false);
        }
        match marker(self.text, self.at) {
            Some(Marker::Start | Marker::End) => Some(true),
            Some(Marker::Odd) if self.text[self.at] == b'-' => Some(true),
            _ => None,
        }
    }

    /// Reads what begins a line: a dash, a key, or a value whose dash or key stands on a line before.
    fn entry(&mut self, column: usize, first: u8) -> Option<()> {
        let is_dash = first == b'-' && self.is_alone(self.at + 1);
        while let Some(frame) = self.frames.last()
            && frame.column > column
        {
            self.pop();
        }
        let Some(frame) = self.frames.last() else {
            let is_free = self.tree.root.is_none();
            return is_free.then(|| self.value_at(column, first, true))?;
        };
        if frame.column < column {
            return frame.awaits.then(|| self.value_at(column, first, true))?;
        }
        match (frame.kind, is_dash) {
            (Kind::BlockSequence, true) => self.dash(),
            (Kind::BlockMapping, false) => self.key(first),
            // A sequence may stand in the column of its key.
            (Kind::BlockMapping, true) => frame.awaits.then(|| self.value_at(column, first, true))?,
            (_, false) => {
                self.pop();
                let frame = self.frames.last()?;
                (frame.kind == Kind::BlockMapping && frame.column == column).then(|| self.key(first))?
            }
            _ => None,
        }
    }

    /// Whether a blank or the end of the line stands at `at`.
    fn is_alone(&self, at: usize) -> bool {
        matches!(self.text.get(at), None | Some(b' ' | b'\n' | b'\r'))
    }

    /// Reads the value that begins here, in `column`. `opens` says that a block collection may.
    fn value_at(&mut self, column: usize, first: u8, opens: bool) -> Option<()> {
        match first {
            b'-' if self.is_alone(self.at + 1) => {
                if !opens {
                    return None;
                }
                self.open(Kind::BlockSequence, column, self.at)?;
                self.dash()
            }
            b'[' | b'{' => {
                self.flow()?;
                self.rest_of_line(self.end)
            }
            b'|' | b'>' => self.block_scalar(),
            b'"' | b'\'' => {
                let quoted = self.quoted()?;
                if opens && !quoted.has_lines && self.is_key(self.at) {
                    let (start, end) = (quoted.start, self.at);
                    self.open(Kind::BlockMapping, column, start)?;
                    return self.key_with(start, end, quoted.value);
                }
                self.scalar(Kind::Quoted, quoted.start, quoted.end, quoted.value);
                self.rest_of_line(self.at)
            }
            _ => {
                let (start, end, is_key) = self.plain()?;
                if is_key {
                    if !opens {
                        return None;
                    }
                    self.open(Kind::BlockMapping, column, start)?;
                    return self.key_with(start, end, Value::Source(Span::new(start, end)));
                }
                self.plain_value(start, end)
            }
        }
    }

    /// The dash of an item, and what stands behind it.
    fn dash(&mut self) -> Option<()> {
        let dash = self.at;
        self.skip_value();
        let shape = self.frames.last_mut().map(|frame| {
            frame.awaits = true;
            frame.dash = dash;
            frame.shape
        })?;
        self.frames.last_mut()?.value_shape = shape;
        self.end = dash + 1;
        self.at = dash + 1;
        self.behind_indicator(true)
    }

    /// The key of an entry, and what stands behind it.
    fn key(&mut self, first: u8) -> Option<()> {
        self.skip_value();
        if matches!(first, b'"' | b'\'') {
            let quoted = self.quoted()?;
            if quoted.has_lines || !self.is_key(self.at) {
                return None;
            }
            return self.key_with(quoted.start, self.at, quoted.value);
        }
        let (start, end, is_key) = self.plain()?;
        if is_key { self.key_with(start, end, Value::Source(Span::new(start, end))) } else { None }
    }

    /// Whether blanks and a colon follow that make a key of what stands before.
    fn is_key(&self, at: usize) -> bool {
        let colon = at + bytes::spaces(self.text, at);
        self.text.get(colon) == Some(&b':') && self.is_alone(colon + 1)
    }

    /// Adds the key; `self.at` is behind it.
    fn key_with(&mut self, start: usize, end: usize, value: Value) -> Option<()> {
        if end - start > MAX_KEY {
            return None;
        }
        let kind = if matches!(self.text[start], b'"' | b'\'') { Kind::Quoted } else { Kind::Plain };
        self.add_key(kind, start, end, value)?;
        let colon = self.at + bytes::spaces(self.text, self.at);
        self.end = colon + 1;
        self.at = colon + 1;
        self.behind_indicator(false)
    }

    /// Adds a key to the mapping on top.
    fn add_key(&mut self, kind: Kind, start: usize, end: usize, value: Value) -> Option<()> {
        let frame = self.frames.last_mut()?;
        frame.awaits = true;
        frame.tells = false;
        frame.value_shape = &Shape::OPAQUE;
        if !frame.wanted {
            return Some(());
        }
        let name = match value {
            Value::Source(span) => &self.tree.text[span.range()],
            Value::Decoded(at) => &self.tree.decoded[at as usize],
        };
        frame.value_shape = frame.shape.field(name);
        frame.tells = frame.refused.is_none() && frame.shape.only.is_some_and(|only| only.key == name);
        self.add(kind, start, end, value);
        Some(())
    }

    /// What stands behind a dash or a colon.
    fn behind_indicator(&mut self, opens: bool) -> Option<()> {
        let at = self.at + bytes::spaces(self.text, self.at);
        match self.text.get(at) {
            None | Some(b'\n' | b'\r') => {}
            // Blanks stand before it: the indicator is alone.
            Some(b'#') if at > self.at => {}
            Some(&first) => {
                self.at = at;
                return self.value_at(at - self.line, first, opens);
            }
        }
        self.at = bytes::next_line(self.text, at);
        Some(())
    }

    /// Nothing or a comment must stand behind a value.
    fn rest_of_line(&mut self, at: usize) -> Option<()> {
        let rest = at + bytes::spaces(self.text, at);
        match self.text.get(rest) {
            None | Some(b'\n' | b'\r') => {}
            Some(b'#') if rest > at => {}
            Some(_) => return None,
        }
        self.at = bytes::next_line(self.text, rest);
        Some(())
    }

    /// The entry that waits for a value has none.
    fn skip_value(&mut self) {
        if let Some(frame) = self.frames.last()
            && frame.awaits
        {
            let end = if frame.kind == Kind::BlockSequence { frame.dash + 1 } else { self.end };
            self.scalar(Kind::Empty, end, end, Value::Source(Span::at(end)));
        }
    }

    /// Adds a scalar that is a value.
    fn scalar(&mut self, kind: Kind, start: usize, end: usize, value: Value) {
        self.end = end;
        self.add(kind, start, end, value);
        if let Some(frame) = self.frames.last_mut() {
            frame.awaits = false;
            if let (true, Some(only)) = (frame.tells, frame.shape.only) {
                frame.tells = false;
                let text = match value {
                    Value::Source(span) => &self.tree.text[span.range()],
                    Value::Decoded(at) => &*self.tree.decoded[at as usize],
                };
                let is_string =
                    kind != Kind::Empty && (kind != Kind::Plain || schema::plain(text) == schema::Plain::Str);
                frame.refused = is_string.then(|| !(only.test)(text));
                frame.wanted &= frame.refused != Some(true);
            }
        }
    }

    /// Opens a collection that begins at `start`.
    fn open(&mut self, kind: Kind, column: usize, start: usize) -> Option<()> {
        if self.frames.len() == MAX_DEPTH {
            return None;
        }
        let shape = match self.frames.last_mut() {
            None => self.shape,
            Some(frame) => {
                frame.awaits = false;
                frame.value_shape
            }
        };
        let shown = match (shape.is_opaque(), kind) {
            (false, kind) => kind,
            (true, Kind::FlowSequence | Kind::FlowMapping) => Kind::OpaqueFlow,
            (true, _) => Kind::OpaqueBlock,
        };
        let node = self.add(shown, start, start, Value::Source(Span::at(start)));
        let wanted = node != NONE && !shape.is_opaque();
        self.frames.push(Frame { wanted, dash: start, ..Frame::open(kind, column, node, shape) });
        Some(())
    }

    /// Closes the collection on top.
    fn pop(&mut self) {
        self.skip_value();
        if let Some(frame) = self.frames.pop() {
            self.close_node(&frame);
        }
    }

    fn close_node(&mut self, frame: &Frame) {
        if frame.node != NONE {
            let node = &mut self.tree.nodes[frame.node as usize];
            node.span.end = Span::at(self.end).end;
            node.value = Value::Source(node.span);
            if frame.refused == Some(true) {
                self.tree.make_opaque(NodeId(frame.node));
            }
        }
    }

    /// Adds a node below the collection on top, if that wants it.
    fn add(&mut self, kind: Kind, start: usize, end: usize, value: Value) -> u32 {
        if !self.wants() {
            return NONE;
        }
        let span = Span::new(start, end);
        let id = Span::at(self.tree.nodes.len()).start;
        let mut node = Node {
            kind,
            span,
            lead: span.start,
            props: span.start,
            anchor: 0,
            tag: Tag::None,
            next: NONE,
            first: NONE,
            value,
        };
        match self.frames.last_mut() {
            None => self.tree.root = Some(NodeId(id)),
            Some(frame) => {
                if frame.kind == Kind::BlockSequence {
                    node.lead = Span::at(frame.dash).start;
                }
                let last = std::mem::replace(&mut frame.last, id);
                if last == NONE {
                    self.tree.nodes[frame.node as usize].first = id;
                } else {
                    self.tree.nodes[last as usize].next = id;
                }
            }
        }
        self.tree.nodes.push(node);
        id
    }

    /// Whether the next value has a node.
    fn wants(&self) -> bool {
        self.frames.last().is_none_or(|frame| frame.wanted)
    }
}
