//! The fast reader: parses ordinary block YAML and flow collections from bytes to a [`Tree`].
//!
//! It builds the same tree as the full parser, or it gives up: at anchors, aliases, tags, directives, `? `, tabs in
//! indentation, characters that some parsers treat as line breaks, and at everything else that it is not sure of. It
//! never accepts a text that the full parser rejects. It reports no errors: a function that returns `None` gives up,
//! and the full parser reads the text again.
//!
//! ```text
//! a: 1 # comment       read
//! a: &x 1              gives up: an anchor
//! a: "\x41"            gives up: a rare escape
//! ```
//!
//! [`mod@line`] reads what starts on a line, [`scalar`] and [`flow`] read what may extend over several lines, and
//! [`frames`] adds the nodes to the tree.

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

/// The nesting depth of most documents.
const DEPTH: usize = 16;

/// The state that all documents of a text share.
#[derive(Debug)]
pub(super) struct FastReader {
    outer: Vec<Frame>,
    odd: bytes::Odd,
    end: usize,
    slow: usize,
}

/// The result of an attempt to read a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// The document was read, and ends here: at a marker or the end of the text.
    Document(usize),
    /// There is no document.
    End,
    /// The full parser must read the document, from here.
    NeedsFullParser(usize),
}

impl FastReader {
    /// A reader of the documents before `end`, which is a marker or the end of the text.
    pub(super) fn new(end: usize) -> Self {
        Self { outer: Vec::with_capacity(DEPTH), odd: bytes::Odd::before(end), end, slow: 0 }
    }

    /// Reads the document that starts at `start`, or after the comments there.
    pub(super) fn read(&mut self, tree: &mut Tree<'_>, shape: &'static Shape, start: usize) -> Attempt {
        let end = self.end;
        let text = tree.text.as_bytes();
        let (at, next) = first_line(text, start);
        let (at, next) = if at < end { (at, next) } else { (end, None) };
        // Comments and markers may contain characters that other parsers treat as line breaks.
        if self.odd.first_from(text, start) < next.unwrap_or(at) {
            return Attempt::NeedsFullParser(start);
        }
        let body = match next {
            Some(body) => body,
            None if at == end => return Attempt::End,
            None => return Attempt::NeedsFullParser(at),
        };
        tree.clear();
        let mut lexer = Lexer::new(tree, &mut self.outer, shape, body);
        match lexer.document(&mut self.odd) {
            Some(end) => {
                self.slow += lexer.slow;
                Attempt::Document(end)
            }
            None => Attempt::NeedsFullParser(at),
        }
    }

    /// Reads a part of the text that is one value. Returns false if the full parser must read it.
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

    /// The number of bytes of items that the full parser read.
    pub(super) fn slow(&self) -> usize {
        self.slow
    }
}

/// The first line from `at` on that belongs to a document, and the start of the content of the document. The start is
/// `None` at the end of the text, and if the line is an unusual marker.
///
/// ```text
/// # comment
/// ---           the first line
/// a: 1          the start of the content
/// ```
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

/// The start of the next line, if the line at `at` is blank or a comment.
fn blank_line(text: &[u8], at: usize) -> Option<usize> {
    let content = bytes::after_spaces(text, at);
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
    /// The innermost open collection, or the document.
    top: Frame,
    /// The collections around it. The first one is the document.
    outer: &'r mut Vec<Frame>,
    /// The position of the next byte to read.
    at: usize,
    /// The end of the last token.
    end: usize,
    /// The start of the current line.
    line: usize,
    /// A line whose indentation was already skipped, and the position after it.
    seen: (usize, usize),
    /// The column of the open list that is read item by item, if there is one.
    items: Option<usize>,
    /// The item of that list that is being read.
    item: Option<items::PendingItem>,
    /// There are no odd bytes before this position.
    even: usize,
    /// The number of bytes that the full parser read.
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
            seen: (at, bytes::after_spaces(text, at)),
            items: None,
            item: None,
            even: at,
            slow: 0,
        }
    }

    /// Reads the document, and returns its end.
    fn document(&mut self, odd: &mut bytes::Odd) -> Option<usize> {
        self.lines(Some(odd))?;
        self.finish_item(odd)?;
        self.pop_to(0);
        self.tree.root = (self.top.last != NONE).then_some(NodeId(self.top.last));
        (odd.first_from(self.text, self.even) >= self.at).then_some(self.at)
    }

    /// Reads lines up to a marker or the end of the text. Without `odd`, reads only the lines of one item.
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

    /// Moves to the first byte of the next line that is neither blank nor a comment. Returns the number of spaces
    /// before it, and the byte.
    ///
    /// ```text
    /// # comment
    ///   key: 1        returns (2, b'k')
    /// ```
    #[inline]
    fn content(&mut self) -> Option<(usize, u8)> {
        loop {
            self.line = self.at;
            self.at = match self.seen {
                (line, content) if line == self.line => content,
                _ => bytes::after_spaces(self.text, self.line),
            };
            match *self.text.get(self.at)? {
                b'\n' => self.at += 1,
                b'#' | b'\r' => self.at = bytes::next_line(self.text, self.at),
                first => return Some((self.at - self.line, first)),
            }
        }
    }

    /// Whether the line is a marker. Gives up if parsers may disagree.
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
