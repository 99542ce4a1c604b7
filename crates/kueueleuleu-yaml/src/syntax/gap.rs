//! Scans the gap between two nodes: blanks, line breaks, comments, indicators, anchors and tags.
//!
//! All functions start at the end of one token and look for the start of the next one. Nothing else can be between
//! them, so a dash is always an indicator, and a `#` always starts a comment.

use super::marker::{Marker, marker};
use crate::span::Span;

/// Skips blanks, line breaks and comments from `at`.
pub(super) fn skip(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            b'#' => {
                at += bytes[at..]
                    .iter()
                    .position(|&byte| matches!(byte, b'\n' | b'\r'))
                    .unwrap_or(bytes.len() - at);
            }
            0xef if bytes[at..].starts_with("\u{feff}".as_bytes()) => at += 3,
            _ => break,
        }
    }
    at
}

/// Skips `...` markers that do not end a document.
pub(super) fn skip_ends(text: &str, mut at: usize) -> usize {
    loop {
        let next = skip(text, at);
        let before = text[..next].trim_end_matches('\u{feff}');
        let begins_line = before.is_empty() || before.ends_with(['\n', '\r']);
        if !begins_line || marker(text.as_bytes(), next) != Some(Marker::End) {
            return at;
        }
        at = next + "...".len();
    }
}

/// Skips an anchor or a tag: `&a`, `!!str` or `!<tag:yaml.org,2002:str>`. A blank or a flow indicator ends it.
fn skip_property(text: &str, at: usize) -> usize {
    let rest = &text.as_bytes()[at..];
    let end = match rest {
        [b'!', b'<', ..] => rest.iter().position(|&byte| byte == b'>').map(|at| at + 1),
        _ => rest.iter().position(|byte| byte.is_ascii_whitespace() || b",[]{}".contains(byte)),
    };
    at + end.unwrap_or(rest.len())
}

/// The position of the dash of the next item of a block sequence.
pub(super) fn dash(text: &str, mut at: usize) -> usize {
    loop {
        at = skip(text, at);
        match text.as_bytes().get(at) {
            Some(b':' | b'?') => at += 1,
            Some(b'&' | b'!') => at = skip_property(text, at),
            _ => return at,
        }
    }
}

/// The position of the `?` of the next key of a block mapping, if it has one.
pub(super) fn question_mark(text: &str, at: usize) -> Option<usize> {
    let at = skip(text, at);
    let rest = text.as_bytes().get(at..)?;
    let alone = rest.get(1).is_none_or(u8::is_ascii_whitespace);
    (rest.first() == Some(&b'?') && alone).then_some(at)
}

/// The start of the next node, including its anchor or tag, after the indicators before it. Its value starts at
/// `value`.
///
/// ```text
/// key: &a value
///      ^
/// ```
pub(super) fn content(text: &str, mut at: usize, value: usize) -> usize {
    let bytes = text.as_bytes();
    loop {
        at = skip(text, at);
        // The value may look like an indicator: `a: :b`.
        if at >= value {
            return at;
        }
        let alone = bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace);
        match bytes.get(at) {
            // In JSON, a colon needs no blank after it.
            Some(b':' | b',') => at += 1,
            Some(b'?') if alone => at += 1,
            _ => return at,
        }
    }
}

/// The end of an entry without a value: after its colon, anchor or tag. In block style, a colon without a blank after
/// it belongs to the next key.
///
/// ```text
/// a: &x     # comment
///      ^ the end
/// ```
pub(super) fn end_of_empty(text: &str, cursor: usize, reported: usize, is_block: bool) -> usize {
    let at = skip(text, cursor);
    let rest = &text.as_bytes()[at..];
    // A second colon belongs to the next node.
    let is_colon =
        rest.first() == Some(&b':') && (!is_block || rest.get(1).is_none_or(u8::is_ascii_whitespace));
    end_of_properties(text, if is_colon { at + 1 } else { cursor }, reported)
}

/// The end of an item without a value: after its anchor or tag, or after its dash, which ends at `end`.
pub(super) fn end_of_properties(text: &str, mut end: usize, reported: usize) -> usize {
    loop {
        let at = skip(text, end);
        match text.as_bytes().get(at) {
            Some(b'&' | b'!') if at < reported => end = skip_property(text, at),
            _ => return end,
        }
    }
}

/// The span of a block scalar including its header, and the span of the header.
///
/// `end` is the end that the parser reports: the end of the scalar, or a position after it, such as in the indentation
/// of the next line. `indent` is the indentation of the content.
///
/// ```text
/// a: |+ # comment      the header is `|+`
///   text               the scalar ends after `text`;
///                      with `+`, after the last blank line
/// b:
/// ```
pub(super) fn block_scalar(text: &str, cursor: usize, end: usize, indent: usize) -> (Span, Span) {
    let bytes = text.as_bytes();
    let mut start = content(text, cursor, text.len());
    while matches!(bytes.get(start), Some(b'&' | b'!')) {
        start = skip(text, skip_property(text, start));
    }
    let header = &bytes[start..];
    let header = header.iter().position(u8::is_ascii_whitespace).unwrap_or(header.len());
    let header = Span::new(start, start + header);
    let line_end = |at: usize| bytes[at..].iter().position(|&byte| matches!(byte, b'\n' | b'\r'));
    let Some(first_line) = line_end(header.end as usize).map(|length| header.end as usize + length) else {
        return (header, header);
    };
    let keep = text[header.range()].contains('+');
    let mut last = header.end as usize;
    let mut at = first_line;
    // `at` is at a line break. The next line is content, or blank, or does not belong to the scalar.
    while at < end && at < bytes.len() {
        let line = at + if bytes[at..].starts_with(b"\r\n") { 2 } else { 1 };
        let stop = line_end(line).map_or(bytes.len(), |length| line + length);
        let is_ours = stop < end || (stop == bytes.len() && end == stop && line < stop);
        if !is_ours {
            break;
        }
        let blanks = bytes[line..stop].iter().take_while(|&&byte| byte == b' ').count();
        if keep || blanks < stop - line || blanks > indent {
            last = stop;
        }
        at = stop;
    }
    (Span::new(start, last), header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_comments_and_byte_order_marks_are_skipped() {
        for before in
            ["", " \t\r\n", "# comment\n", "\u{feff}", "\u{feff}\u{feff}# comment\r\n ", "# comment"]
        {
            assert_eq!(skip(before, 0), before.len(), "{before:?}");
            let text = format!("x{before}\ny");
            assert_eq!(skip(&text, 1), text.len() - 1, "{before:?}");
        }
    }

    #[test]
    fn flow_indicators_end_anchors_and_tags() {
        for property in ["&a", "!", "!!str", "!<tag:yaml.org,2002:str>"] {
            for after in ["", " b", "\n", ", b", "]", "}"] {
                let text = format!("{property}{after}");
                assert_eq!(skip_property(&text, 0), property.len(), "{text}");
            }
        }
    }
}
