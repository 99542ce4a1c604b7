//! The fast reader: ordinary block YAML, and flow collections, straight from the bytes to a [`Tree`].
//!
//! Builds what the full parser would build, or gives up: at anchors, aliases, tags, directives, `? `, tabs where
//! indentation is, characters that some reader takes for a line break, and at anything that it is not sure of. It
//! never accepts what the full parser rejects. Knows no more of YAML than that, and reports no errors: who gave up has
//! nothing to say.

mod bytes;
mod decode;
mod flow;
mod frames;
mod items;
mod line;
mod scalar;

use super::marker::{Marker, marker};
use super::shape::Shape;
use super::tree::{NONE, NodeId, Tree};
use frames::Frame;
pub use items::Items;
use std::ops::Range;

/// How deep most documents are.
const DEPTH: usize = 16;

/// Memory that is used for one document after another.
#[derive(Debug)]
pub(super) struct Reader {
    outer: Vec<Frame>,
    odd: bytes::Odd,
    end: usize,
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
    /// A reader of the documents before `end`, which is at a marker or the end of the text.
    pub(super) fn new(end: usize) -> Self {
        Self { outer: Vec::with_capacity(DEPTH), odd: bytes::Odd::before(end), end, slow: 0 }
    }

    /// Reads the document that begins at `start`, or behind the comments there.
    pub(super) fn read(&mut self, tree: &mut Tree<'_>, shape: &'static Shape, start: usize) -> Outcome {
        let end = self.end;
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
        let mut lexer = Lexer::new(tree, &mut self.outer, shape, body);
        match lexer.document(&mut self.odd) {
            Some(end) => {
                self.slow += lexer.slow;
                Outcome::Document(end)
            }
            None => Outcome::GivenUp(at),
        }
    }

    /// Reads a part of the text that is one value. False where the full parser has to.
    pub(super) fn read_value(
        &mut self,
        tree: &mut Tree<'_>,
        shape: &'static Shape,
        part: Range<usize>,
    ) -> bool {
        tree.clear();
        let mut lexer = Lexer::new(tree, &mut self.outer, shape, part.start);
        lexer.text = &lexer.text[..part.end];
        lexer.document(&mut bytes::Odd::before(part.end)) == Some(part.end)
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
    let content = bytes::behind_spaces(text, at);
    match text.get(content) {
        None => Some(content),
        Some(b'\n') => Some(content + 1),
        Some(b'#' | b'\r') => Some(bytes::next_line(text, content)),
        Some(_) => None,
    }
}

struct Lexer<'r, 't> {
    text: &'t [u8],
    tree: &'r mut Tree<'t>,
    /// The innermost collection that is open, or the document.
    top: Frame,
    /// Those around it: the document first.
    outer: &'r mut Vec<Frame>,
    /// What is read next.
    at: usize,
    /// The end of what was read last.
    end: usize,
    /// Where the line began.
    line: usize,
    /// A line whose spaces were seen, and what is behind them.
    seen: (usize, usize),
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
    fn new(tree: &'r mut Tree<'t>, outer: &'r mut Vec<Frame>, shape: &'static Shape, at: usize) -> Self {
        let text = tree.text.as_bytes();
        outer.clear();
        Self {
            text,
            tree,
            top: Frame::document(shape),
            outer,
            at,
            end: at,
            line: at,
            seen: (at, bytes::behind_spaces(text, at)),
            items: None,
            item: None,
            even: at,
            slow: 0,
        }
    }

    /// Reads the document; returns where it ends.
    fn document(&mut self, odd: &mut bytes::Odd) -> Option<usize> {
        self.lines(Some(odd))?;
        self.finish_item(odd)?;
        self.pop_to(0);
        self.tree.root = (self.top.last != NONE).then_some(NodeId(self.top.last));
        (odd.first_from(self.text, self.even) >= self.at).then_some(self.at)
    }

    /// Reads lines up to a marker or the end; without `odd`, those of one item.
    fn lines(&mut self, mut odd: Option<&mut bytes::Odd>) -> Option<()> {
        while let Some((spaces, first)) = self.content() {
            if spaces == 0 && matches!(first, b'-' | b'.') && self.at_marker()? {
                break;
            }
            if self.items.is_some_and(|column| spaces <= column) {
                match &mut odd {
                    Some(odd) => self.finish_item(odd)?,
                    None if self.item.is_some() => break,
                    None => {}
                }
                self.begin_item(spaces, first);
            }
            let is_read = self.entry(spaces, first).is_some();
            if first == b'-'
                && self.items.is_none()
                && let Some(odd) = &mut odd
            {
                self.begin_first_item(odd)?;
            }
            if !is_read {
                self.item_by_full_parser()?;
            }
        }
        Some(())
    }

    /// Goes to what the next line that is neither blank nor a comment begins with, behind its spaces: how many there
    /// are, and the first byte.
    #[inline]
    fn content(&mut self) -> Option<(usize, u8)> {
        loop {
            self.line = self.at;
            self.at = match self.seen {
                (line, content) if line == self.line => content,
                _ => bytes::behind_spaces(self.text, self.line),
            };
            match *self.text.get(self.at)? {
                b'\n' => self.at += 1,
                b'#' | b'\r' => self.at = bytes::next_line(self.text, self.at),
                first => return Some((self.at - self.line, first)),
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
}
