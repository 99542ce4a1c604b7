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
mod scalar;

use super::documents::{Marker, marker};
use super::{Kind, Shape, Tree, Value};
use frames::Frame;
pub use items::Items;
use std::ops::Range;

/// How long a key may be, in bytes.
const MAX_KEY: usize = 1000;

/// Memory that is used for one document after another.
#[derive(Debug, Default)]
pub(super) struct Reader {
    outer: Vec<Frame>,
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
        let mut lexer = Lexer::new(tree, &mut self.outer, shape, body);
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
        outer.clear();
        Self {
            text: tree.text.as_bytes(),
            tree,
            top: Frame::document(shape),
            outer,
            at,
            end: at,
            line: at,
            items: None,
            item: None,
            even: at,
            slow: 0,
        }
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
        self.pop_to(0);
        (odd.first_from(self.text, self.even) >= self.at).then_some(self.at)
    }

    /// Goes to what the next line that is neither blank nor a comment begins with, behind its spaces: how many there
    /// are, and the first byte.
    fn content(&mut self) -> Option<(usize, u8)> {
        loop {
            self.line = self.at;
            self.at = bytes::behind_spaces(self.text, self.line);
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

    /// Reads what begins a line: a dash, a key, or a value whose dash or key stands on a line before.
    fn entry(&mut self, column: usize, first: u8) -> Option<()> {
        let is_dash = first == b'-' && self.is_alone(self.at + 1);
        while self.top.inside > column + 1 {
            self.pop();
        }
        if self.top.inside <= column {
            return if self.top.awaits { self.value_at(column, first, true) } else { None };
        }
        if !is_dash {
            // A sequence may stand in the column of its key.
            if self.top.kind != Kind::BlockMapping {
                self.pop();
                if self.top.kind != Kind::BlockMapping || self.top.inside != column + 1 {
                    return None;
                }
            }
            return self.key(first);
        }
        match self.top.kind {
            Kind::BlockSequence => self.dash(),
            Kind::BlockMapping if self.top.awaits => self.value_at(column, first, true),
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
                if opens
                    && !quoted.has_lines
                    && let Some(colon) = self.colon(self.at)
                {
                    let end = std::mem::replace(&mut self.at, colon);
                    self.open(Kind::BlockMapping, column, quoted.start)?;
                    return self.key_with(Kind::Quoted, quoted.start, end, Some(quoted.value));
                }
                self.scalar(Kind::Quoted, quoted.start, quoted.end, Some(quoted.value));
                self.rest_of_line(self.at)
            }
            _ => {
                let start = self.at;
                let (end, is_key) = self.plain(first)?;
                if !is_key {
                    return self.plain_value(start, end);
                }
                if !opens {
                    return None;
                }
                self.open(Kind::BlockMapping, column, start)?;
                self.key_with(Kind::Plain, start, end, None)
            }
        }
    }

    /// The dash of an item, and what stands behind it.
    fn dash(&mut self) -> Option<()> {
        self.skip_value();
        self.top.awaits = true;
        self.top.dash = self.at;
        self.end = self.at + 1;
        self.behind_indicator(self.end, true)
    }

    /// The key of an entry, and what stands behind it.
    fn key(&mut self, first: u8) -> Option<()> {
        self.skip_value();
        let start = self.at;
        if matches!(first, b'"' | b'\'') {
            let quoted = self.quoted()?;
            let colon = self.colon(self.at).filter(|_| !quoted.has_lines)?;
            let end = std::mem::replace(&mut self.at, colon);
            return self.key_with(Kind::Quoted, start, end, Some(quoted.value));
        }
        match self.plain(first)? {
            (end, true) => self.key_with(Kind::Plain, start, end, None),
            _ => None,
        }
    }

    /// Where the colon stands, behind blanks, that makes a key of what ends at `at`.
    fn colon(&self, at: usize) -> Option<usize> {
        let colon = bytes::behind_blank(self.text, at);
        (self.text.get(colon) == Some(&b':') && self.is_alone(colon + 1)).then_some(colon)
    }

    /// Adds the key, whose colon stands here.
    fn key_with(&mut self, kind: Kind, start: usize, end: usize, value: Option<Value>) -> Option<()> {
        if end - start > MAX_KEY {
            return None;
        }
        self.add_key(kind, start, end, value);
        self.end = self.at + 1;
        self.behind_indicator(self.end, false)
    }

    /// What stands behind a dash or a colon, from `at` on.
    fn behind_indicator(&mut self, at: usize, opens: bool) -> Option<()> {
        let value = bytes::behind_blank(self.text, at);
        match self.text.get(value) {
            None | Some(b'\n' | b'\r') => {}
            // Blanks stand before it: the indicator is alone.
            Some(b'#') if value > at => {}
            Some(&first) => {
                self.at = value;
                return self.value_at(value - self.line, first, opens);
            }
        }
        self.at = bytes::next_line(self.text, value);
        Some(())
    }

    /// Nothing or a comment must stand behind a value.
    fn rest_of_line(&mut self, at: usize) -> Option<()> {
        let rest = bytes::behind_blank(self.text, at);
        match self.text.get(rest) {
            None | Some(b'\n' | b'\r') => {}
            Some(b'#') if rest > at => {}
            Some(_) => return None,
        }
        self.at = bytes::next_line(self.text, rest);
        Some(())
    }
}
