//! Reads one line: dashes, a key, and the value after them.
//!
//! This module knows what may appear where on a line. [`super::scalar`] and [`super::flow`] find the ends of values.
//!
//! ```text
//! - - a: 1      two dashes open two sequences, the key opens a mapping, `1` is its value
//!     b: c: d   gives up: a value on the line of its key cannot be a mapping
//! ```

use super::super::tree::{NONE, NodeKind};
use super::{Lexer, bytes};

/// The largest length of a key, in bytes.
pub(super) const MAX_KEY: usize = 1000;

/// What may appear at a position on a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Allowed {
    /// Only the next dash or key of the innermost collection.
    Entry,
    /// A value, which may be a block collection.
    Value,
    /// A value on the line of its key.
    Inline,
}

/// What follows a plain scalar on its line.
enum Stop {
    /// A colon, directly after it, that is followed by a blank or the end of the line: `key: `.
    Colon,
    /// The end of the line, directly after it: `value\n`.
    LineFeed,
    /// Anything else, such as blanks: `value  # comment`.
    Other,
}

impl Lexer<'_, '_> {
    /// Reads a line, which starts with a dash, a key, or a value whose dash or key is on an earlier line. Moves to the
    /// next line after the last value.
    ///
    /// ```text
    /// a:
    /// - b         at column 0: the value of `a`, because a sequence may start in the column of its key
    /// c: 1        at column 0: closes the sequence, and is the next key
    /// ```
    pub(super) fn entry(&mut self, column: usize, first: u8) -> Option<()> {
        // Close the collections that are indented more than this line.
        while self.top.inside > column + 1 {
            self.pop();
        }
        let is_dash = first == b'-' && self.is_alone(self.at + 1);
        let allowed = if self.top.inside <= column {
            // Indented more than the innermost collection: the value of its last dash or key.
            self.top.awaits.then_some(Allowed::Value)?
        } else if is_dash {
            match self.top.kind {
                NodeKind::BlockSequence => Allowed::Entry,
                // A sequence may start in the column of its key.
                NodeKind::BlockMapping if self.top.awaits => Allowed::Value,
                _ => return None,
            }
        } else {
            // A key. If a sequence is open in the column of its key, the key ends it.
            if self.top.kind != NodeKind::BlockMapping {
                self.pop();
                if self.top.kind != NodeKind::BlockMapping || self.top.inside != column + 1 {
                    return None;
                }
            }
            Allowed::Entry
        };
        self.rest(allowed, first)
    }

    /// Reads the rest of the line, from its next byte `first`.
    ///
    /// Each turn of the loop reads one token: a dash or a key with its colon, after which more may follow on the line,
    /// or a value, which ends the loop.
    fn rest(&mut self, mut allowed: Allowed, mut first: u8) -> Option<()> {
        loop {
            allowed = if self.begins_plain(first) {
                let start = self.at;
                let (end, stop) = self.stop(start);
                match stop {
                    Stop::Colon => self.key(allowed, NodeKind::Plain, (start, end), end, NONE)?,
                    Stop::LineFeed if allowed != Allowed::Entry => return self.plain_value(start, end),
                    _ => {
                        if !self.other_plain(allowed, start, end)? {
                            return Some(());
                        }
                    }
                }
                Allowed::Inline
            } else {
                match first {
                    b'-' => {
                        self.dash(allowed)?;
                        Allowed::Value
                    }
                    b'"' | b'\'' => {
                        if !self.quoted(allowed)? {
                            return Some(());
                        }
                        Allowed::Inline
                    }
                    _ if allowed == Allowed::Entry => return None,
                    b'[' | b'{' => {
                        self.flow()?;
                        return self.rest_of_line();
                    }
                    b'|' | b'>' => return self.block_scalar(),
                    _ => return None,
                }
            };
            match self.after_indicator() {
                Some(value) => first = value,
                None => return Some(()),
            }
        }
    }

    /// The position on the line at which the plain scalar from `start` may end.
    ///
    /// ```text
    /// http://x: 1
    ///         ^ Colon; the first colon is part of the scalar, because no blank follows it
    /// ```
    #[inline]
    fn stop(&self, start: usize) -> (usize, Stop) {
        let mut at = start;
        loop {
            at = bytes::colon_hash_or_line_feed(self.text, at);
            // The byte before the stop, the stop, and the bytes after it.
            let stop = match self.text.get(at.wrapping_sub(1)..) {
                // A colon inside the scalar: `a:b`.
                Some([_, b':', next, ..]) if *next > b' ' => {
                    at += 1;
                    continue;
                }
                Some([before, b':', b' ' | b'\n', ..]) if *before > b' ' => Stop::Colon,
                Some([before, b'\n', ..]) if *before > b' ' => Stop::LineFeed,
                _ => Stop::Other,
            };
            return (at, stop);
        }
    }

    /// Whether there is a blank or the end of the line at `at`.
    pub(super) fn is_alone(&self, at: usize) -> bool {
        matches!(self.text.get(at), None | Some(b' ' | b'\n' | b'\r'))
    }

    /// Reads a dash, which must be followed by a blank or the end of the line.
    fn dash(&mut self, allowed: Allowed) -> Option<()> {
        if !self.is_alone(self.at + 1) {
            return None;
        }
        match allowed {
            Allowed::Entry => self.skip_value(),
            Allowed::Value => self.open(NodeKind::BlockSequence, self.at - self.line, self.at)?,
            Allowed::Inline => return None,
        }
        self.top.awaits = true;
        self.top.dash = self.at;
        self.at += 1;
        self.end = self.at;
        Some(())
    }

    /// Adds the key from `start` to `end`, and moves after its colon.
    #[expect(clippy::inline_always, reason = "nearly every line has a key")]
    #[inline(always)]
    fn key(
        &mut self,
        allowed: Allowed,
        kind: NodeKind,
        (start, end): (usize, usize),
        colon: usize,
        decoded: u32,
    ) -> Option<()> {
        match allowed {
            Allowed::Entry => self.skip_value(),
            Allowed::Value => self.open(NodeKind::BlockMapping, start - self.line, start)?,
            Allowed::Inline => return None,
        }
        if end - start > MAX_KEY {
            return None;
        }
        self.add_key(kind, start, end, decoded);
        self.at = colon + 1;
        self.end = self.at;
        Some(())
    }

    /// Reads a plain scalar that ends at or after `at`. Returns whether it is a key. A value is read with all its
    /// lines.
    #[cold]
    fn other_plain(&mut self, allowed: Allowed, start: usize, at: usize) -> Option<bool> {
        let (end, is_key) = self.plain_end(start, at)?;
        if is_key {
            self.key(allowed, NodeKind::Plain, (start, end), self.at, NONE)?;
        } else {
            (allowed != Allowed::Entry).then(|| self.plain_lines(start, end))??;
        }
        Some(is_key)
    }

    /// Reads a quoted scalar. Returns whether it is a key. After a value, the rest of the line is read, too.
    fn quoted(&mut self, allowed: Allowed) -> Option<bool> {
        let quoted = self.quotes()?;
        let colon = bytes::after_blanks(self.text, quoted.end);
        let is_key = self.text.get(colon) == Some(&b':') && self.is_alone(colon + 1) && !quoted.has_lines;
        if is_key && allowed != Allowed::Inline {
            self.key(allowed, NodeKind::Quoted, (quoted.start, quoted.end), colon, quoted.decoded)?;
            return Some(true);
        }
        if allowed == Allowed::Entry {
            return None;
        }
        self.scalar(NodeKind::Quoted, quoted.start, quoted.end, quoted.decoded);
        self.rest_of_line()?;
        Some(false)
    }

    /// Moves to the next token after a dash or a colon, and returns its first byte. If the line has no more tokens,
    /// moves to the next line.
    fn after_indicator(&mut self) -> Option<u8> {
        // Usually there is one blank, or the line ends.
        match self.text.get(self.at..) {
            Some([b' ', first, ..]) if *first > b'#' => {
                self.at += 1;
                return Some(*first);
            }
            Some([b'\n', ..]) => {
                self.at += 1;
                return None;
            }
            _ => {}
        }
        let at = bytes::after_blanks(self.text, self.at);
        match self.text.get(at) {
            None | Some(b'\n' | b'\r') => {}
            // A comment needs a blank before it.
            Some(b'#') if at > self.at => {}
            Some(&first) => {
                self.at = at;
                return Some(first);
            }
        }
        self.at = bytes::next_line(self.text, at);
        None
    }

    /// Reads the rest of a line after a value, which must be empty or a comment.
    fn rest_of_line(&mut self) -> Option<()> {
        let at = bytes::after_blanks(self.text, self.at);
        match self.text.get(at) {
            None | Some(b'\n' | b'\r') => {}
            Some(b'#') if at > self.at => {}
            Some(_) => return None,
        }
        self.at = bytes::next_line(self.text, at);
        Some(())
    }
}
