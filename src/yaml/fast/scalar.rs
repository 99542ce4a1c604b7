//! Scalars: where they end, and what they say.
//!
//! Knows folding, escapes and chomping; what a scalar is to its parent is decided by the caller.

use super::super::{Kind, Value};
use super::{Lexer, bytes};
use crate::span::Span;
use std::borrow::Cow;

/// A scalar in quotes.
pub(super) struct Quoted {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it goes on over lines.
    pub(super) has_lines: bool,
    pub(super) value: Value,
}

/// What follows the line of a plain scalar.
enum Line {
    /// So many line breaks, and its next line with text, which begins here.
    Continues(usize, usize),
    /// Something else.
    Other,
}

/// The bytes that may end a plain scalar in block style.
const BLOCK: [bool; 256] = table(b":#\n\r");
/// And in flow style.
const FLOW: [bool; 256] = table(b":#\n\r,[]{}");

const fn table(bytes: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = true;
        at += 1;
    }
    table
}

/// Whether a plain scalar may begin with this byte, and go on with that one.
pub(super) fn can_begin(first: u8, second: Option<u8>) -> bool {
    match first {
        b'-' | b':' => {
            !matches!(second, None | Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b'[' | b']' | b'{' | b'}'))
        }
        b'?' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"'
        | b'%' | b'@' | b'`' | b'\t' | b'\r' | b'\n' => false,
        _ => true,
    }
}

impl Lexer<'_, '_> {
    /// Scans a plain scalar on one line. Returns its span and whether it is a key; `self.at` is behind it.
    pub(super) fn plain(&mut self) -> Option<(usize, usize, bool)> {
        let start = self.at;
        if !can_begin(*self.text.get(start)?, self.text.get(start + 1).copied()) {
            return None;
        }
        let (end, is_key) = self.plain_end(start, false)?;
        Some((start, end, is_key))
    }

    /// Where the plain scalar that `start` is in ends on its line, and whether a colon follows.
    pub(super) fn plain_end(&mut self, start: usize, in_flow: bool) -> Option<(usize, bool)> {
        let stops = if in_flow { &FLOW } else { &BLOCK };
        let mut at = start;
        let mut is_key = false;
        loop {
            let rest = &self.text[at..];
            at += rest.iter().position(|&byte| stops[byte as usize]).unwrap_or(rest.len());
            match self.text.get(at) {
                Some(b':') => {
                    let next = self.text.get(at + 1);
                    if matches!(next, None | Some(b' ' | b'\n' | b'\r'))
                        || (in_flow && matches!(next, Some(b',' | b'[' | b']' | b'{' | b'}')))
                    {
                        is_key = true;
                        break;
                    }
                    if next == Some(&b'\t') {
                        return None;
                    }
                }
                Some(b'#') if at > start => match self.text[at - 1] {
                    b' ' => break,
                    b'\t' => return None,
                    _ => {}
                },
                Some(b'\r') if self.text.get(at + 1) != Some(&b'\n') => return None,
                _ => break,
            }
            at += 1;
        }
        self.at = at;
        let mut end = at;
        while end > start && self.text[end - 1] == b' ' {
            end -= 1;
        }
        // Readers differ on tabs at the end.
        (end > start && self.text[end - 1] != b'\t').then_some((end, is_key))
    }

    /// Adds a plain scalar that is a value, whose first line was scanned, and goes to the next line.
    pub(super) fn plain_value(&mut self, start: usize, end: usize) -> Option<()> {
        let is_commented = self.text.get(self.at) == Some(&b'#');
        let mut last = end;
        let mut next = bytes::next_line(self.text, self.at);
        let mut decoded: Option<String> = None;
        while !is_commented && let Line::Continues(breaks, line) = self.continuation(next)? {
            if !can_begin_line(self.text[line]) {
                return None;
            }
            let (stop, is_key) = self.plain_end(line, false)?;
            if is_key {
                return None;
            }
            if self.wants() {
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
        let span = Span::new(start, last);
        let value = decoded.map_or(Value::Source(span), |decoded| self.decoded(decoded));
        self.scalar(Kind::Plain, start, last, value);
        self.at = next;
        Some(())
    }

    /// Whether the scalar on the line before goes on: how many line breaks behind, and where its text begins.
    fn continuation(&self, line: usize) -> Option<Line> {
        let mut at = line;
        let mut breaks = 1;
        loop {
            let spaces = bytes::spaces(self.text, at);
            let content = at + spaces;
            match self.text.get(content) {
                None | Some(b'#') => return Some(Line::Other),
                Some(b'\t') => return None,
                Some(b'\n' | b'\r') => {
                    at = bytes::next_line(self.text, content);
                    breaks += 1;
                }
                // Without a collection around it, the full parser knows what goes on.
                Some(_) => {
                    return match self.frames.last() {
                        None if spaces > 0 || !matches!(self.text[content], b'-' | b'.') => None,
                        Some(frame) if spaces > frame.column => Some(Line::Continues(breaks, content)),
                        _ => Some(Line::Other),
                    };
                }
            }
        }
    }

    fn decoded(&mut self, text: String) -> Value {
        let at = Span::at(self.tree.decoded.len()).start;
        if self.wants() {
            self.tree.decoded.push(Cow::Owned(text));
            return Value::Decoded(at);
        }
        Value::Source(Span::default())
    }

    /// Scans a scalar in quotes; `self.at` is behind it.
    pub(super) fn quoted(&mut self) -> Option<Quoted> {
        let start = self.at;
        let quote = self.text[start];
        let mut at = start + 1;
        let mut has_lines = false;
        let mut escapes = false;
        loop {
            let rest = &self.text[at..];
            at += rest.iter().position(|&byte| byte == quote || byte == b'\n' || byte == b'\\')?;
            match self.text[at] {
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
        let (inner, end) = (Span::new(start + 1, at), at + 1);
        self.at = end;
        let value = if (has_lines || escapes) && self.wants() {
            let raw = &self.tree.text[inner.range()];
            let folded = if has_lines { Cow::Owned(fold_lines(raw)?) } else { Cow::Borrowed(raw) };
            let text = if quote == b'\'' { folded.replace("''", "'") } else { unescape(&folded)? };
            self.decoded(text)
        } else {
            Value::Source(inner)
        };
        Some(Quoted { start, end, has_lines, value })
    }

    /// Checks a further line of a quoted scalar or flow collection; returns where its text begins.
    pub(super) fn inner_line(&self, line: usize) -> Option<usize> {
        let spaces = bytes::spaces(self.text, line);
        let at = line + spaces;
        match self.text.get(at)? {
            b'\n' => Some(at),
            b'\r' => Some(at + 1),
            b'\t' => None,
            // It may be a marker or a directive.
            b'-' | b'.' | b'%' if spaces == 0 => None,
            // Block collections below a flow collection there are none.
            _ => {
                let outer = self.frames.iter().rev().find(|frame| !frame.kind.is_flow());
                outer.is_none_or(|frame| spaces > frame.column).then_some(at)
            }
        }
    }

    /// Reads a `|` or `>` scalar, and goes to the line behind it.
    pub(super) fn block_scalar(&mut self) -> Option<()> {
        let start = self.at;
        let parent = self.frames.last()?.column;
        let chomp = self.text.get(start + 1).copied().filter(|byte| matches!(byte, b'-' | b'+'));
        let header = Span::new(start, start + 1 + usize::from(chomp.is_some()));
        let mut line = header.end as usize;
        let blanks = bytes::spaces(self.text, line);
        match self.text.get(line + blanks) {
            Some(b'\n' | b'\r') => {}
            Some(b'#') if blanks > 0 => {}
            _ => return None,
        }
        line = bytes::next_line(self.text, line);
        if line == self.text.len() && self.text[line - 1] != b'\n' {
            return None;
        }
        let (first, indent) = self.first_content(line, parent)?;
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
        if last == self.text.len() {
            self.tree.unterminated = Some(header);
        }
        let value = if self.wants() {
            let body = bytes::next_line(self.text, start);
            let text = self.tree.text.get(body..line).unwrap_or_default();
            let folds = self.text[start] == b'>';
            self.decoded(block_value(text, indent.unwrap_or(0), folds, chomp))
        } else {
            Value::Source(Span::default())
        };
        self.scalar(Kind::BlockScalar, start, last, value);
        self.at = line;
        Some(())
    }

    /// The first line with text of a block scalar, and how far that is indented; without one, where it ends.
    fn first_content(&self, line: usize, parent: usize) -> Option<(usize, Option<usize>)> {
        let mut at = line;
        let mut widest = 0;
        loop {
            let spaces = bytes::spaces(self.text, at);
            match self.text.get(at + spaces) {
                Some(b'\n' | b'\r') => {
                    widest = widest.max(spaces);
                    at = bytes::next_line(self.text, at);
                }
                Some(b'\t') => return None,
                // What the blank lines of an empty scalar are, the full parser knows.
                None => return (widest == 0 && spaces == 0 && at == line).then_some((line, None)),
                Some(_) if spaces <= parent => return (widest == 0 && at == line).then_some((line, None)),
                Some(_) => return (widest <= spaces).then_some((line, Some(spaces))),
            }
        }
    }

    /// Goes over the lines of a block scalar: the end of its last line with text, and the first line behind it.
    fn block_lines(&self, first: usize, indent: usize, mut last: usize) -> Option<(usize, usize)> {
        let mut at = first;
        while at < self.text.len() {
            let rest = &self.text[at..];
            let spaces = rest.iter().take(indent).take_while(|&&byte| byte == b' ').count();
            let line_feed = bytes::line_feed(self.text, at + spaces);
            let stop = line_feed - usize::from(self.text[at + spaces..line_feed].ends_with(b"\r"));
            if spaces < indent && stop > at + spaces {
                match self.text[at + spaces] {
                    b'\t' => return None,
                    _ => break,
                }
            }
            if stop > at + spaces {
                last = stop;
            }
            at = (line_feed + 1).min(self.text.len());
        }
        Some((last, at))
    }
}

/// Whether a further line of a plain scalar may begin so.
fn can_begin_line(first: u8) -> bool {
    !matches!(first, b'-' | b'?' | b':' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'%' | b'@' | b'`')
}

/// Joins lines: one break is a blank, more are one less.
fn fold(out: &mut String, breaks: usize) {
    if breaks == 1 {
        out.push(' ');
    } else {
        out.extend(std::iter::repeat_n('\n', breaks - 1));
    }
}

/// The lines of a quoted scalar as one. `None` where blanks at an end are escaped.
fn fold_lines(raw: &str) -> Option<String> {
    let mut out = String::with_capacity(raw.len());
    let mut breaks = 0;
    let mut lines = raw.split('\n').peekable();
    let mut is_first = true;
    while let Some(line) = lines.next() {
        let is_last = lines.peek().is_none();
        let mut line = if is_last { line } else { line.strip_suffix('\r').unwrap_or(line) };
        if !is_first {
            line = line.trim_start_matches(' ');
        }
        if !is_last {
            line = line.trim_end_matches(' ');
        }
        if line.contains("\\ ")
            || line.contains("\\\t")
            || line.starts_with('\t')
            || (!is_last && line.ends_with('\t'))
        {
            return None;
        }
        if !is_first {
            breaks += 1;
        }
        if !line.is_empty() || is_last || is_first {
            if breaks > 0 {
                fold(&mut out, breaks);
            }
            breaks = 0;
            out.push_str(line);
        }
        is_first = false;
    }
    Some(out)
}

/// How many bytes an escape has. `None` for those that are rare.
fn escape_length(escape: &[u8]) -> Option<usize> {
    match escape.get(1)? {
        b'0' | b'a' | b'b' | b't' | b'n' | b'v' | b'f' | b'r' | b'e' | b'"' | b'/' | b'\\' => Some(2),
        b'u' => code_point(escape.get(2..6)?).map(|_| 6),
        _ => None,
    }
}

fn code_point(digits: &[u8]) -> Option<char> {
    let mut digits = digits.iter().map(|&digit| char::from(digit).to_digit(16));
    char::from_u32(digits.try_fold(0, |sum, digit| digit.map(|digit| sum * 16 + digit))?)
}

fn unescape(raw: &str) -> Option<String> {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, _)) = rest.split_once('\\') {
        out.push_str(before);
        let escape = &rest[before.len()..];
        let length = escape_length(escape.as_bytes())?;
        out.push(match escape.as_bytes()[1] {
            b'0' => '\0',
            b'a' => '\u{7}',
            b'b' => '\u{8}',
            b't' => '\t',
            b'n' => '\n',
            b'v' => '\u{b}',
            b'f' => '\u{c}',
            b'r' => '\r',
            b'e' => '\u{1b}',
            b'u' => code_point(&escape.as_bytes()[2..6])?,
            byte => char::from(byte),
        });
        rest = &escape[length..];
    }
    out.push_str(rest);
    Some(out)
}

/// What a block scalar says. `text` are its lines, those behind it that are blank included.
fn block_value(text: &str, indent: usize, folds: bool, chomp: Option<u8>) -> String {
    let mut out = String::with_capacity(text.len());
    // The break of the line before, and the blank lines behind that.
    let (mut line_break, mut blank_lines) = ("", 0);
    let mut was_blank = false;
    let breaks = |out: &mut String, count: usize| out.extend(std::iter::repeat_n('\n', count));
    for line in text.split_inclusive('\n') {
        let content = line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
        let spaces = content.bytes().take(indent).take_while(|&byte| byte == b' ').count();
        let content = &content[spaces..];
        if content.is_empty() {
            blank_lines += usize::from(line.ends_with('\n'));
            continue;
        }
        let is_blank = content.starts_with([' ', '\t']);
        if folds && !line_break.is_empty() && !was_blank && !is_blank {
            if blank_lines == 0 {
                out.push(' ');
            }
        } else {
            out.push_str(line_break);
        }
        breaks(&mut out, std::mem::take(&mut blank_lines));
        out.push_str(content);
        was_blank = is_blank;
        line_break = if line.ends_with('\n') { "\n" } else { "" };
    }
    if chomp != Some(b'-') {
        out.push_str(line_break);
    }
    if chomp == Some(b'+') {
        breaks(&mut out, blank_lines);
    }
    out
}
