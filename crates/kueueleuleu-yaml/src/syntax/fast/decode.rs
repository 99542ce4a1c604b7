//! Decodes the values of scalars: folding, escapes and chomping.
//!
//! This module knows only strings, neither positions in the text nor nodes.

/// Folds line breaks: a single one becomes a space, n become n - 1 line breaks.
pub(super) fn fold(out: &mut String, breaks: usize) {
    if breaks == 1 {
        out.push(' ');
    } else {
        out.extend(std::iter::repeat_n('\n', breaks - 1));
    }
}

/// Folds the lines of a quoted scalar. Returns `None` for tabs at the start or the end of a line.
///
/// ```text
/// one
///   two          ->    one two\nthree
///
///   three
/// ```
pub(super) fn fold_lines(raw: &str) -> Option<String> {
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
        if line.starts_with('\t') || (!is_last && line.ends_with('\t')) {
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

/// The number of bytes of an escape. Returns `None` for rare escapes, such as `\x41`.
pub(super) fn escape_length(escape: &[u8]) -> Option<usize> {
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

pub(super) fn unescape(raw: &str) -> Option<String> {
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

/// The value of a block scalar. `text` are its lines, including the blank lines after it.
///
/// ```text
/// >             with folds
///   one
///   two         ->    one two\n
/// |-            with chomp `-`
///   one
///   two         ->    one\ntwo
/// ```
pub(super) fn block_value(text: &str, indent: usize, folds: bool, chomp: Option<u8>) -> String {
    let mut out = String::with_capacity(text.len());
    // The line break of the previous line, and the number of blank lines after it.
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
