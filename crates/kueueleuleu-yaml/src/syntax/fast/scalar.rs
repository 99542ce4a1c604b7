//! Scalars: where they end.
//!
//! Knows lines, quotes and indentation; what a scalar is to its parent is decided by the caller.

use super::super::json::may_be_json;
use super::super::tree::{Kind, NONE};
use super::decode::{block_value, escape_length, fold, fold_lines, unescape};
use super::{Lexer, bytes};
use crate::span::Span;
use std::borrow::Cow;

/// A scalar in quotes.
pub(super) struct Quoted {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it goes on over lines.
    pub(super) has_lines: bool,
    /// Where its value is kept, or `NONE`.
    pub(super) decoded: u32,
}

/// What follows the line of a plain scalar.
enum Line {
    /// So many line breaks, and its next line with text, which begins here.
    Continues(usize, usize),
    /// Something else.
    Other,
}

/// The bytes that a plain scalar may begin with, whatever follows.
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
    /// Whether a plain scalar begins here, with this byte.
    pub(super) fn begins_plain(&self, first: u8) -> bool {
        if BEGINS[first as usize] {
            return true;
        }
        let ends = |byte: &u8| b"\t,[]{}".contains(byte);
        matches!(first, b'-' | b':')
            && !self.is_alone(self.at + 1)
            && self.text.get(self.at + 1).is_some_and(|second| !ends(second))
    }

    /// Where the plain scalar that begins at `start`, and does not end before `at`, ends on its line, and whether a colon
    /// follows. `self.at` is behind it, at the colon of a key.
    pub(super) fn plain_end(&mut self, start: usize, at: usize) -> Option<(usize, bool)> {
        let follows_key = |byte| matches!(byte, b' ' | b'\n' | b'\r');
        let is_key = self.skip_plain(start, at, bytes::far_colon_hash_or_line_feed, follows_key)?;
        self.end_of_plain(start, self.at).map(|end| (end, is_key))
    }

    /// Goes behind a plain scalar and its blanks: to the colon of a key, a comment, or what else `next_stop` finds. Says
    /// whether it is a key, which is so if its colon ends the text or `follows_key` takes the byte behind it.
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

    /// Where a plain scalar ends, without the blanks before `at`.
    #[cold]
    pub(super) fn end_of_plain(&self, start: usize, at: usize) -> Option<usize> {
        let scalar = &self.text[start..at];
        let mut length = scalar.strip_suffix(b"\r").unwrap_or(scalar).len();
        while length > 0 && scalar[length - 1] == b' ' {
            length -= 1;
        }
        // Readers differ on tabs at the end.
        (length > 0 && scalar[length - 1] != b'\t').then_some(start + length)
    }

    /// Adds a plain scalar that is a value, which ends its line at `end` or goes on, and goes to the next line.
    pub(super) fn plain_value(&mut self, start: usize, end: usize) -> Option<()> {
        let line = end + 1;
        let content = bytes::behind_spaces(self.text, line);
        // Mostly the next line has text, and is no part of it.
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

    /// Adds a plain scalar that is a value, and ends its line at `end` but for blanks and comments, with those of the next
    /// lines that belong to it. Goes to the line behind them.
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
        self.scalar(Kind::Plain, start, last, decoded);
        self.at = next;
        Some(())
    }

    /// Whether the scalar on the line before goes on: how many line breaks behind, and where its text begins.
    fn continuation(&self, line: usize) -> Option<Line> {
        let mut at = line;
        let mut breaks = 1;
        loop {
            let content = bytes::behind_spaces(self.text, at);
            match self.text.get(content) {
                None | Some(b'#') => return Some(Line::Other),
                Some(b'\t') => return None,
                Some(b'\n' | b'\r') => {
                    at = bytes::next_line(self.text, content);
                    breaks += 1;
                }
                // Without a collection around it, the full parser knows what goes on.
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

    /// Scans a scalar in quotes; `self.at` is behind it.
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

    /// Checks a further line of a quoted scalar or flow collection; returns where its text begins.
    pub(super) fn inner_line(&self, line: usize) -> Option<usize> {
        let at = bytes::behind_spaces(self.text, line);
        match self.text.get(at)? {
            b'\n' => Some(at),
            b'\r' => Some(at + 1),
            b'\t' if may_be_json(self.tree.text.as_bytes()) => Some(at),
            b'\t' => None,
            // It may be a marker or a directive.
            b'-' | b'.' | b'%' if at == line => None,
            // Block collections below a flow collection there are none.
            _ => {
                let mut frames = std::iter::once(&self.top).chain(self.outer.iter().rev());
                let outer = frames.find(|frame| !frame.kind.is_flow())?;
                (at - line >= outer.inside).then_some(at)
            }
        }
    }

    /// Reads a `|` or `>` scalar, and goes to the line behind it.
    pub(super) fn block_scalar(&mut self) -> Option<()> {
        let start = self.at;
        if self.top.is_document() {
            return None;
        }
        let chomp = self.text.get(start + 1).copied().filter(|byte| matches!(byte, b'-' | b'+'));
        let header = Span::new(start, start + 1 + usize::from(chomp.is_some()));
        let mut line = header.end as usize;
        let behind = bytes::behind_blank(self.text, line);
        match self.text.get(behind) {
            Some(b'\n' | b'\r') => {}
            Some(b'#') if behind > line => {}
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
            // All blank lines behind it are its own.
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
        self.scalar(Kind::BlockScalar, start, last, decoded);
        self.at = line;
        Some(())
    }

    /// The first line with text of a block scalar, and how far that is indented; without one, where it ends.
    fn first_content(&self, line: usize) -> Option<(usize, Option<usize>)> {
        let mut at = line;
        let mut widest = 0;
        loop {
            let spaces = bytes::behind_spaces(self.text, at) - at;
            match self.text.get(at + spaces) {
                Some(b'\n' | b'\r') => {
                    widest = widest.max(spaces);
                    at = bytes::next_line(self.text, at);
                }
                Some(b'\t') => return None,
                // What the blank lines of an empty scalar are, the full parser knows.
                None => return (widest == 0 && spaces == 0 && at == line).then_some((line, None)),
                Some(_) if spaces < self.top.inside => {
                    return (widest == 0 && at == line).then_some((line, None));
                }
                Some(_) => return (widest <= spaces).then_some((line, Some(spaces))),
            }
        }
    }

    /// Goes over the lines of a block scalar: the end of its last line with text, and the first line behind it.
    fn block_lines(&self, first: usize, indent: usize, mut last: usize) -> Option<(usize, usize)> {
        let mut at = first;
        while at < self.text.len() {
            let text = bytes::behind_spaces(self.text, at).min(at + indent);
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

/// Whether a further line of a plain scalar may begin so.
fn can_begin_line(first: u8) -> bool {
    !matches!(first, b'-' | b'?' | b':' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'%' | b'@' | b'`')
}
