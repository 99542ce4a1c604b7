//! Finds the ends of scalars: plain, quoted, and block scalars.
//!
//! This module knows lines, quotes and indentation. The caller knows whether a scalar is a key, an item or a value.

use super::super::json::may_be_json;
use super::super::tree::{NONE, NodeKind};
use super::decode::{block_value, escape_length, fold, fold_lines, unescape};
use super::{Lexer, bytes};
use crate::span::Span;
use std::borrow::Cow;

/// A quoted scalar.
pub(super) struct Quoted {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it has several lines.
    pub(super) has_lines: bool,
    /// The index of its decoded text, or `NONE` if it is the source.
    pub(super) decoded: u32,
}

/// What follows the line of a plain scalar.
enum Line {
    /// A further line of the scalar: the number of line breaks before it, and the start of its text.
    Continues(usize, usize),
    /// Something else.
    Other,
}

/// The bytes with which a plain scalar may start, whatever follows.
const BEGINS: [bool; 256] = {
    let others = b"-:?,[]{}#&*!|>'\"%@`\t\r\n";
    let mut table = [true; 256];
    let mut at = 0;
    while at < others.len() {
        table[others[at] as usize] = false;
        at += 1;
    }
    table
};

impl Lexer<'_, '_> {
    /// Whether a plain scalar starts here, with the byte `first`. `-a` and `:a` are plain scalars, `- a` is not.
    pub(super) fn begins_plain(&self, first: u8) -> bool {
        if BEGINS[first as usize] {
            return true;
        }
        let ends = |byte: &u8| b"\t,[]{}".contains(byte);
        matches!(first, b'-' | b':')
            && !self.is_alone(self.at + 1)
            && self.text.get(self.at + 1).is_some_and(|second| !ends(second))
    }

    /// The end on its line of the plain scalar that starts at `start` and ends at or after `at`, and whether it is a
    /// key. `self.at` is after it; for a key, at its colon.
    ///
    /// ```text
    /// a b  : c          a b  # c
    /// ^  ^ ^            ^  ^ ^
    /// start, end, self.at: a key on the left, a value on the right
    /// ```
    pub(super) fn plain_end(&mut self, start: usize, at: usize) -> Option<(usize, bool)> {
        let follows_key = |byte| matches!(byte, b' ' | b'\n' | b'\r');
        let is_key = self.skip_plain(start, at, bytes::far_colon_hash_or_line_feed, follows_key)?;
        self.end_of_plain(start, self.at).map(|end| (end, is_key))
    }

    /// Moves after a plain scalar and its blanks: to the colon of a key, to a comment, or to another byte that
    /// `next_stop` finds. Returns whether it is a key: `follows_key` accepts the byte after the colon, or the text ends
    /// there.
    #[inline]
    pub(super) fn skip_plain(
        &mut self,
        start: usize,
        mut at: usize,
        next_stop: impl Fn(&[u8], usize) -> usize,
        follows_key: impl Fn(u8) -> bool,
    ) -> Option<bool> {
        loop {
            at = next_stop(self.text, at);
            self.at = at;
            match self.text.get(at) {
                Some(b':') => match self.text.get(at + 1) {
                    Some(b'\t') => return None,
                    Some(&next) if !follows_key(next) => {}
                    _ => return Some(true),
                },
                Some(b'#') if at > start => match self.text[at - 1] {
                    b' ' => return Some(false),
                    b'\t' => return None,
                    _ => {}
                },
                _ => return Some(false),
            }
            at += 1;
        }
    }

    /// The end of a plain scalar, without the blanks before `at`.
    #[cold]
    pub(super) fn end_of_plain(&self, start: usize, at: usize) -> Option<usize> {
        let scalar = &self.text[start..at];
        let mut length = scalar.strip_suffix(b"\r").unwrap_or(scalar).len();
        while length > 0 && scalar[length - 1] == b' ' {
            length -= 1;
        }
        // Parsers disagree on tabs at the end.
        (length > 0 && scalar[length - 1] != b'\t').then_some(start + length)
    }

    /// Adds a plain scalar that is a value and fills its line up to `end`, with its further lines if there are any.
    /// Moves to the next line.
    pub(super) fn plain_value(&mut self, start: usize, end: usize) -> Option<()> {
        let line = end + 1;
        let content = bytes::after_spaces(self.text, line);
        // Usually the next line has text, and does not belong to the scalar.
        if content - line < self.top.inside
            && self.text.get(content).is_some_and(|byte| !matches!(byte, b'\n' | b'\r' | b'\t'))
        {
            self.plain_scalar(start, end);
            self.seen = (line, content);
            self.at = line;
            return Some(());
        }
        self.at = end;
        self.plain_lines(start, end)
    }

    /// Adds a plain scalar that is a value: its first line, which ends at `end` apart from blanks and a comment, and
    /// the further lines that belong to it. Moves to the line after them.
    ///
    /// ```text
    /// a: one
    ///   two       ->    the value of `a` is `one two\nthree`
    ///
    ///   three
    /// b: 1
    /// ```
    #[cold]
    pub(super) fn plain_lines(&mut self, start: usize, end: usize) -> Option<()> {
        let is_commented = self.text.get(self.at) == Some(&b'#');
        let mut last = end;
        let mut next = bytes::next_line(self.text, self.at);
        let mut decoded: Option<String> = None;
        while !is_commented && let Line::Continues(breaks, line) = self.continuation(next)? {
            if !can_begin_line(self.text[line]) {
                return None;
            }
            let (stop, is_key) = self.plain_end(line, line)?;
            if is_key {
                return None;
            }
            if self.top.wanted {
                let folded = decoded.get_or_insert_with(|| self.tree.text[start..end].to_owned());
                fold(folded, breaks);
                folded.push_str(&self.tree.text[line..stop]);
            }
            last = stop;
            next = bytes::next_line(self.text, self.at);
            if self.text.get(self.at) == Some(&b'#') {
                break;
            }
        }
        let decoded = decoded.map_or(NONE, |decoded| self.tree.keep(Cow::Owned(decoded)));
        self.scalar(NodeKind::Plain, start, last, decoded);
        self.at = next;
        Some(())
    }

    /// Whether the plain scalar on the previous line continues, from the line at `line` on. Blank lines are skipped.
    fn continuation(&self, line: usize) -> Option<Line> {
        let mut at = line;
        let mut breaks = 1;
        loop {
            let content = bytes::after_spaces(self.text, at);
            match self.text.get(content) {
                None | Some(b'#') => return Some(Line::Other),
                Some(b'\t') => return None,
                Some(b'\n' | b'\r') => {
                    at = bytes::next_line(self.text, content);
                    breaks += 1;
                }
                // A scalar that is the root of the document is left to the full parser, unless the document ends.
                Some(first) if self.top.is_document() => {
                    let may_be_marker = content == at && matches!(first, b'-' | b'.');
                    return may_be_marker.then_some(Line::Other);
                }
                Some(_) if content - at >= self.top.inside => {
                    return Some(Line::Continues(breaks, content));
                }
                Some(_) => return Some(Line::Other),
            }
        }
    }

    /// Scans a quoted scalar. `self.at` is after it.
    ///
    /// ```text
    /// 'it''s'        in single quotes, only two quotes are special: the value is `it's`
    /// "a\n\"b\""     in double quotes, a backslash starts an escape
    /// ```
    pub(super) fn quotes(&mut self) -> Option<Quoted> {
        let start = self.at;
        let quote = self.text[start];
        let mut at = start + 1;
        let mut has_lines = false;
        let mut escapes = false;
        loop {
            at = bytes::quote_or_line_feed(self.text, at, quote);
            match *self.text.get(at)? {
                b'\n' => {
                    has_lines = true;
                    at = self.inner_line(at + 1)?;
                }
                b'\\' if quote == b'"' => {
                    escapes = true;
                    at += escape_length(&self.text[at..])?;
                }
                b'\\' => at += 1,
                _ if quote == b'\'' && self.text.get(at + 1) == Some(&b'\'') => {
                    escapes = true;
                    at += 2;
                }
                _ => break,
            }
        }
        let end = at + 1;
        self.at = end;
        let decoded = if (has_lines || escapes) && self.top.wanted {
            let raw = &self.tree.text[start + 1..at];
            let folded = if has_lines { Cow::Owned(fold_lines(raw)?) } else { Cow::Borrowed(raw) };
            let text = if quote == b'\'' { folded.replace("''", "'") } else { unescape(&folded)? };
            self.tree.keep(Cow::Owned(text))
        } else {
            NONE
        };
        Some(Quoted { start, end, has_lines, decoded })
    }

    /// Checks a further line of a quoted scalar or a flow collection, and returns the start of its text. The line must
    /// be indented more than the surrounding block collection:
    ///
    /// ```text
    /// a: "one
    ///   two"      accepted
    /// b: "one
    /// two"        gives up
    /// ```
    pub(super) fn inner_line(&self, line: usize) -> Option<usize> {
        let at = bytes::after_spaces(self.text, line);
        match self.text.get(at)? {
            b'\n' | b'\r' => Some(at),
            b'\t' if may_be_json(self.tree.text.as_bytes()) => Some(at),
            b'\t' => None,
            // It may be a marker or a directive.
            b'-' | b'.' | b'%' if at == line => None,
            // A flow collection contains no block collections, so the first frame that is not flow is the surrounding
            // one.
            _ => {
                let mut frames = std::iter::once(&self.top).chain(self.outer.iter().rev());
                let outer = frames.find(|frame| !frame.kind.is_flow())?;
                (at - line >= outer.inside).then_some(at)
            }
        }
    }

    /// Reads a `|` or `>` scalar, and moves to the line after it.
    ///
    /// ```text
    /// a: |-          header.end is after `|-`
    ///   one          `first`, with an indent of 2
    ///   two          `last` is the end of this line
    /// b: 1           `line`
    /// ```
    pub(super) fn block_scalar(&mut self) -> Option<()> {
        let start = self.at;
        if self.top.is_document() {
            return None;
        }
        let chomp = self.text.get(start + 1).copied().filter(|byte| matches!(byte, b'-' | b'+'));
        let header = Span::new(start, start + 1 + usize::from(chomp.is_some()));
        let mut line = header.end as usize;
        let after = bytes::after_blanks(self.text, line);
        match self.text.get(after) {
            Some(b'\n' | b'\r') => {}
            Some(b'#') if after > line => {}
            _ => return None,
        }
        line = bytes::next_line(self.text, line);
        if line == self.text.len() && self.text[line - 1] != b'\n' {
            return None;
        }
        let (first, indent) = self.first_content(line)?;
        let mut last = header.end as usize;
        if let Some(indent) = indent {
            (last, line) = self.block_lines(first, indent, last)?;
        } else {
            line = first;
        }
        if chomp == Some(b'+') {
            // With `+`, the blank lines after it belong to it.
            let bound = self.text[..line].strip_suffix(b"\n").map_or(line, <[u8]>::len);
            last = bound - usize::from(self.text[..bound].ends_with(b"\r"));
            last = last.max(header.end as usize);
        }
        self.tree.block_scalars = true;
        if last == self.text.len() {
            self.tree.unterminated = Some(header);
        }
        let decoded = if self.top.wanted {
            let body = bytes::next_line(self.text, start);
            let text = self.tree.text.get(body..line).unwrap_or_default();
            let folds = self.text[start] == b'>';
            self.tree.keep(Cow::Owned(block_value(text, indent.unwrap_or(0), folds, chomp)))
        } else {
            NONE
        };
        self.scalar(NodeKind::BlockScalar, start, last, decoded);
        self.at = line;
        Some(())
    }

    /// The first line of the content of a block scalar, and its indentation. If there is no content, the end of the
    /// scalar.
    fn first_content(&self, line: usize) -> Option<(usize, Option<usize>)> {
        let mut at = line;
        let mut widest = 0;
        loop {
            let spaces = bytes::after_spaces(self.text, at) - at;
            match self.text.get(at + spaces) {
                Some(b'\n' | b'\r') => {
                    widest = widest.max(spaces);
                    at = bytes::next_line(self.text, at);
                }
                Some(b'\t') => return None,
                // An empty scalar with blank lines is left to the full parser.
                None => return (widest == 0 && spaces == 0 && at == line).then_some((line, None)),
                Some(_) if spaces < self.top.inside => {
                    return (widest == 0 && at == line).then_some((line, None));
                }
                Some(_) => return (widest <= spaces).then_some((line, Some(spaces))),
            }
        }
    }

    /// Scans the lines of a block scalar. Returns the end of its last line with text, and the first line after it.
    fn block_lines(&self, first: usize, indent: usize, mut last: usize) -> Option<(usize, usize)> {
        let mut at = first;
        while at < self.text.len() {
            let text = bytes::after_spaces(self.text, at).min(at + indent);
            let line_feed = bytes::line_feed(self.text, text);
            if !matches!(self.text.get(text..line_feed), Some(b"" | b"\r")) {
                if text < at + indent {
                    if self.text[text] == b'\t' {
                        return None;
                    }
                    break;
                }
                last = line_feed;
            }
            at = (line_feed + 1).min(self.text.len());
        }
        Some((last - usize::from(self.text[..last].ends_with(b"\r")), at))
    }
}

/// Whether a further line of a plain scalar may start with this byte.
fn can_begin_line(first: u8) -> bool {
    !matches!(first, b'-' | b'?' | b':' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'%' | b'@' | b'`')
}
