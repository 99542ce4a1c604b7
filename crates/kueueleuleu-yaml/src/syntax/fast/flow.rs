//! Reads flow collections, which may extend over any number of lines.
//!
//! It gives up at single pairs, at keys without values, and at lines that are not indented more than the surrounding
//! block collection.
//!
//! ```text
//! a: [b, {c: d}]      read
//! a: [b: c]           gives up: a single pair
//! a: {b, c: d}        gives up: a key without a value
//! ```

use super::super::json::may_be_json;
use super::super::tree::{NONE, NodeKind};
use super::line::MAX_KEY;
use super::{Lexer, bytes};

/// The bytes at which a plain scalar may end.
const STOPS: [bool; 256] = {
    let stops = b":#\n,[]{}";
    let mut table = [false; 256];
    let mut at = 0;
    while at < stops.len() {
        table[stops[at] as usize] = true;
        at += 1;
    }
    table
};

/// The position of the next of these bytes, or the end.
fn next_stop(text: &[u8], mut at: usize) -> usize {
    let stops = |&byte: &u8| STOPS[byte as usize];
    // In a chunk of fixed length, no byte needs a bounds check.
    while let Some(near) = text.get(at..at + 8).and_then(<[u8]>::first_chunk::<8>) {
        if let Some(found) = near.iter().position(stops) {
            return at + found;
        }
        at += near.len();
    }
    text[at..].iter().position(stops).map_or(text.len(), |found| at + found)
}

/// What may come next. For `[a, b]`: Entry, Comma, Entry, Comma. For `{a: b}`: Entry, Value, Comma.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// An item, a key, or the end of the collection.
    Entry,
    /// A value after its colon.
    Value,
    /// A comma, or the end of the collection.
    Comma,
}

impl Lexer<'_, '_> {
    /// Reads the flow collection that starts here, with all collections in it. `self.at` and `self.end` are after it.
    ///
    /// There is no recursion: an inner collection is one more frame, and closing it returns to the outer one.
    pub(super) fn flow(&mut self) -> Option<()> {
        let depth = self.outer.len();
        let mut next = self.open_flow()?;
        while self.outer.len() > depth {
            self.skip_gap()?;
            let byte = *self.text.get(self.at)?;
            let is_mapping = self.top.kind == NodeKind::FlowMapping;
            next = match (byte, next) {
                (b']', Next::Entry | Next::Comma) if !is_mapping => self.close_flow(),
                (b'}', Next::Entry | Next::Comma) if is_mapping => self.close_flow(),
                (b',', Next::Comma) => {
                    self.at += 1;
                    Next::Entry
                }
                (_, Next::Comma) => return None,
                (_, Next::Entry) if is_mapping => self.flow_key(byte)?,
                (b'[' | b'{', _) => self.open_flow()?,
                (_, Next::Entry | Next::Value) => self.flow_scalar(byte)?,
            };
        }
        Some(())
    }

    fn open_flow(&mut self) -> Option<Next> {
        let kind = if self.text[self.at] == b'[' { NodeKind::FlowSequence } else { NodeKind::FlowMapping };
        self.open(kind, 0, self.at)?;
        self.at += 1;
        self.end = self.at;
        Some(Next::Entry)
    }

    fn close_flow(&mut self) -> Next {
        self.at += 1;
        self.end = self.at;
        self.close();
        Next::Comma
    }

    /// Reads a key and its colon.
    fn flow_key(&mut self, first: u8) -> Option<Next> {
        let start = self.at;
        if matches!(first, b'"' | b'\'') {
            let quoted = self.quotes()?;
            // In JSON, keys may have any length.
            let is_too_long = || {
                quoted.end - start > MAX_KEY && (first == b'\'' || !may_be_json(self.tree.text.as_bytes()))
            };
            if quoted.has_lines || is_too_long() {
                return None;
            }
            self.add_key(NodeKind::Quoted, start, quoted.end, quoted.decoded);
            self.at = bytes::after_blanks(self.text, self.at);
            // As in JSON, the colon after a quoted key needs no blank after it: `{"a":1}`.
            if self.text.get(self.at) != Some(&b':') {
                return None;
            }
        } else {
            let (end, is_key) = self.flow_plain(start)?;
            if !is_key
                || end - start > MAX_KEY
                || !matches!(self.text.get(self.at + 1), Some(b' ' | b'\n' | b'\r'))
            {
                return None;
            }
            self.add_key(NodeKind::Plain, start, end, NONE);
        }
        self.at += 1;
        Some(Next::Value)
    }

    /// Reads a scalar that is an item or a value.
    fn flow_scalar(&mut self, first: u8) -> Option<Next> {
        let start = self.at;
        if matches!(first, b'"' | b'\'') {
            let quoted = self.quotes()?;
            self.scalar(NodeKind::Quoted, start, quoted.end, quoted.decoded);
        } else {
            let (end, is_key) = self.flow_plain(start)?;
            if is_key {
                return None;
            }
            self.scalar(NodeKind::Plain, start, end, NONE);
        }
        Some(Next::Comma)
    }

    #[expect(clippy::inline_always, reason = "most of what is in flow collections is plain scalars")]
    #[inline(always)]
    fn flow_plain(&mut self, start: usize) -> Option<(usize, bool)> {
        // Parsers disagree on `{"a"::b}`.
        if self.text[start] == b':' || !self.begins_plain(self.text[start]) {
            return None;
        }
        self.flow_plain_end(start)
    }

    /// The end of the plain scalar from `start` on its line, and whether it is a key: a colon follows.
    fn flow_plain_end(&mut self, start: usize) -> Option<(usize, bool)> {
        let follows_key = |byte| matches!(byte, b' ' | b'\n' | b'\r' | b',' | b'[' | b']' | b'{' | b'}');
        let is_key = self.skip_plain(start, start, next_stop, follows_key)?;
        let at = self.at;
        // Usually there is no blank before the stop.
        let end = if self.text[at - 1] > b' ' { at } else { self.end_of_plain(start, at)? };
        Some((end, is_key))
    }

    /// Skips blanks, line breaks and comments. Tabs are skipped only in JSON, because in YAML they may be indentation.
    fn skip_gap(&mut self) -> Option<()> {
        loop {
            let at = bytes::after_blanks(self.text, self.at);
            match self.text.get(at)? {
                b'\n' => self.at = self.inner_line(at + 1)?,
                b'\r' => self.at = at + 1,
                b'\t' if may_be_json(self.tree.text.as_bytes()) => self.at = at + 1,
                b'#' if matches!(self.text[at - 1], b' ' | b'\n') => {
                    self.at = bytes::line_feed(self.text, at);
                }
                _ => {
                    self.at = at;
                    return Some(());
                }
            }
        }
    }
}
