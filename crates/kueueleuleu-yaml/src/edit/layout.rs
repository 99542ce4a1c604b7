//! Finds where lines begin and end, and in which column something is.
//!
//! This module only reads.

use crate::syntax::Tree;

const MARK: &[u8] = "\u{feff}".as_bytes();

/// Where the line of `at` begins, after byte order marks.
pub(super) fn line_start(tree: &Tree, at: usize) -> usize {
    let mut start = tree.line_start(at);
    // Joined files leave a mark before each document, and an empty file leaves its mark before the next one.
    while tree.text().as_bytes()[start..].starts_with(MARK) {
        start += MARK.len();
    }
    start.min(at)
}

/// Where the line of `at` begins, if only spaces precede `at` on it.
pub(super) fn line_begun(tree: &Tree, at: usize) -> Option<usize> {
    let before = &tree.text().as_bytes()[..at];
    let start = at - before.iter().rev().take_while(|&&byte| byte == b' ').count();
    let begins = match before[..start] {
        [.., b'\n' | b'\r'] | [] => true,
        // Perhaps a byte order mark.
        [.., 0x80..=0xff] => line_start(tree, at) == start,
        _ => false,
    };
    begins.then_some(start)
}

/// Where the line of `at` ends, before its line break.
pub(super) fn line_end(tree: &Tree, at: usize) -> usize {
    tree.line_end(at)
}

/// Where the next line begins after the line break at `end`, or the end of the text.
pub(super) fn next_line(text: &str, end: usize) -> usize {
    let length = match text.as_bytes()[end..] {
        [b'\r', b'\n', ..] => 2,
        [] => 0,
        _ => 1,
    };
    end + length
}

/// The lines of a text with their line breaks. A lone carriage return is a line break, too.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = memchr::memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len());
        let (line, below) = rest.split_at(next_line(rest, end));
        rest = below;
        (!line.is_empty()).then_some(line)
    })
}

/// Where the line break before the line at `start` begins; `start` for the first line.
pub(super) fn previous_break(text: &str, start: usize) -> usize {
    let length = match text.as_bytes()[..start] {
        [.., b'\r', b'\n'] => 2,
        [.., b'\n' | b'\r'] => 1,
        _ => 0,
    };
    start - length
}

/// The column of `at`, from 0, in bytes.
pub(super) fn column(tree: &Tree, at: usize) -> usize {
    // Indentation is the usual case.
    at - line_begun(tree, at).unwrap_or_else(|| line_start(tree, at))
}

/// The column of the first byte of the line that is not a space.
pub(super) fn indentation(tree: &Tree, at: usize) -> usize {
    spaces(tree, line_start(tree, at))
}

/// The number of spaces at `at`.
pub(super) fn spaces(tree: &Tree, at: usize) -> usize {
    tree.text().as_bytes()[at..].iter().take_while(|&&byte| byte == b' ').count()
}

/// Whether only spaces precede `at` on its line.
pub(super) fn is_first_on_line(tree: &Tree, at: usize) -> bool {
    line_begun(tree, at).is_some()
}

/// The line break of the first line.
pub(super) fn line_break(tree: &Tree) -> &'static str {
    break_at(&tree.text()[tree.end_of_first_line()..]).unwrap_or("\n")
}

/// The line break of the line of `at`; for the last line of the text that of the line before.
pub(super) fn line_break_of(tree: &Tree, at: usize) -> Option<&'static str> {
    let text = tree.text();
    let above = || break_at(&text[previous_break(text, tree.line_start(at))..]);
    break_at(&text[line_end(tree, at)..]).or_else(above)
}

fn break_at(text: &str) -> Option<&'static str> {
    ["\r\n", "\n", "\r"].into_iter().find(|known| text.starts_with(known))
}

/// Whether some line of the text ends with another line break.
pub(super) fn has_other_breaks(text: &str, line_break: &str) -> bool {
    let bytes = text.as_bytes();
    match line_break {
        "\n" => memchr::memchr(b'\r', bytes).is_some(),
        "\r" => memchr::memchr(b'\n', bytes).is_some(),
        _ => memchr::memchr2_iter(b'\r', b'\n', bytes).any(|at| {
            let pair = if bytes[at] == b'\r' { (at, at + 1) } else { (at.wrapping_sub(1), at) };
            bytes.get(pair.0) != Some(&b'\r') || bytes.get(pair.1) != Some(&b'\n')
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_column() {
        let text = "\u{feff}a: 1\r\nb: 2";
        let tree = Tree::of_text(text);
        assert_eq!(column(&tree, 3), 0);
        assert_eq!(line_break(&tree), "\r\n");
        assert_eq!(previous_break(text, line_start(&tree, 11)), 7);
    }

    #[test]
    fn each_line_has_a_break_of_its_own() {
        let tree = Tree::of_text("a\r\nb\nc\rd");
        let breaks = [0, 3, 5, 7].map(|at| line_break_of(&tree, at));
        assert_eq!(breaks, [Some("\r\n"), Some("\n"), Some("\r"), Some("\r")]);
        assert_eq!(line_break_of(&Tree::of_text("a"), 0), None);
        for (text, line_break, expected) in [
            ("a\nb\n", "\n", false),
            ("a\nb\r\n", "\n", true),
            ("a\r\nb\r\nc", "\r\n", false),
            ("a\r\nb\n", "\r\n", true),
            ("a\r\nb\rc", "\r\n", true),
            ("\n", "\r\n", true),
            ("a\rb", "\r", false),
        ] {
            assert_eq!(has_other_breaks(text, line_break), expected, "{text:?}");
        }
    }
}
