//! Renders the source line of a diagnostic, with a marker under the span.
//!
//! This module knows the width of characters on a terminal. `annotate-snippets` was rejected: it has no place for the
//! field after the position, nor for our `help:` line, and for a single source line the rest of it is this file.

use super::line_index::LineExcerpt;
use super::output::Style;
use kueueleuleu_yaml::span::Span;
use std::fmt::Write as _;
use unicode_width::UnicodeWidthChar as _;

/// The number of columns of a line that are shown.
const WIDTH: usize = 100;
/// The number of columns before the marker, at most, if the line is cut.
const BEFORE: usize = 40;

/// Appends the line, and the marker under the part of `span` that is in this line.
pub(crate) fn render(
    out: &mut String,
    number: usize,
    line: LineExcerpt<'_>,
    span: Span,
    mark: Style,
    gutter: Style,
) {
    let column = |offset: usize| -> usize {
        let end = offset.saturating_sub(line.start).min(line.text.len());
        line.text[..line.text.floor_char_boundary(end)].chars().map(|c| shown(c).1).sum()
    };
    let end = line.text.trim_end().len() + line.start;
    let from = column(span.range().start);
    let to = column(span.range().end.min(end)).max(from + 1);

    let (text, cut) = window(line, from);
    let width = number.to_string().len();
    let indent = from - cut + usize::from(text.starts_with('…'));
    let length = (to - from).min(WIDTH.saturating_sub(indent)).max(1);
    let bar = gutter.paint(&format!("{:width$} |", ""));
    let number = gutter.paint(&format!("{number} |"));
    let space = if text.is_empty() { "" } else { " " };
    let mark = mark.paint(&"^".repeat(length));
    let _ = writeln!(out, "{bar}\n{number}{space}{text}\n{bar} {:indent$}{mark}", "");
}

/// The visible part of `line` around the column `from`, and the number of columns that are cut off before it.
fn window(line: LineExcerpt<'_>, from: usize) -> (String, usize) {
    let source = line.text.strip_prefix('\u{feff}').unwrap_or(line.text);
    let source = if line.continues { source } else { source.trim_end() };
    let total: usize = source.chars().map(|c| shown(c).1).sum();
    let is_long = total > WIDTH || line.is_continued || line.continues;
    let wanted = if is_long { from.saturating_sub(BEFORE) } else { 0 };
    let (mut text, mut at, mut cut) = (String::new(), 0, 0);
    let mut is_cut = line.continues;
    for (char, width) in source.chars().map(shown) {
        if at < wanted {
            cut = at + width;
        } else if at + width > cut + WIDTH {
            is_cut = true;
            break;
        } else {
            text.extend(std::iter::repeat_n(char, if char == ' ' { width } else { 1 }));
        }
        at += width;
    }
    if is_cut {
        text.push('…');
    }
    (if cut > 0 || line.is_continued { format!("…{text}") } else { text }, cut)
}

/// The character to show instead of `char`, and its width. A tab is four spaces wide; control characters are replaced.
fn shown(char: char) -> (char, usize) {
    match char {
        '\t' => (' ', 4),
        '\u{feff}' => (char, 0),
        _ if is_unprintable(char) => ('\u{fffd}', 1),
        _ => (char, char.width().unwrap_or(1)),
    }
}

/// Whether a character controls the terminal, or the direction of the text.
pub(crate) fn is_unprintable(char: char) -> bool {
    char.is_control() || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(line: &str, marked: &str) -> String {
        let start = line.find(marked).unwrap();
        let mut out = String::new();
        let line = LineExcerpt { start: 0, text: line, is_continued: false, continues: false };
        render(&mut out, 7, line, Span::new(start, start + marked.len()), Style::PLAIN, Style::PLAIN);
        out
    }

    #[test]
    fn the_marker_is_aligned_after_wide_characters_and_tabs() {
        assert_eq!(rendered("名:\tcommand  ", "command"), "  |\n7 | 名:    command\n  |        ^^^^^^^\n");
        assert_eq!(rendered("\u{feff}a: 1", "1"), "  |\n7 | a: 1\n  |    ^\n");
        assert_eq!(rendered("a: \u{1b}[2J", "\u{1b}"), "  |\n7 | a: \u{fffd}[2J\n  |    ^\n");
    }

    #[test]
    fn marks_the_end_of_a_text() {
        let mut out = String::new();
        let line = LineExcerpt { start: 9, text: "", is_continued: false, continues: false };
        render(&mut out, 3, line, Span::at(9), Style::PLAIN, Style::PLAIN);
        assert_eq!(out, "  |\n3 |\n  | ^\n");
        assert_eq!(rendered("a: 1", ""), "  |\n7 | a: 1\n  | ^\n");
    }

    #[test]
    fn cuts_long_lines_around_the_mark() {
        let long = format!("{}here{}", "x".repeat(5000), "y".repeat(5000));
        let expected =
            format!("  |\n7 | …{}here{}…\n  | {}^^^^\n", "x".repeat(40), "y".repeat(56), " ".repeat(41));
        assert_eq!(rendered(&long, "here"), expected);
        let mark = rendered(&long, &long).lines().last().map(|line| line.matches('^').count());
        assert_eq!(mark, Some(WIDTH));
    }
}
