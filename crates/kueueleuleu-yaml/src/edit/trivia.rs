//! Lexes the comments of an object.
//!
//! They are lexed once, on the first request. Only the text between nodes is searched, so a `#` in a scalar is not a
//! comment. This module does not know which entry owns a comment.
//!
//! ```yaml
//! # a comment
//! command: [sh, -c, "echo # not a comment"] # a comment
//! ```

use super::layout;
use crate::span::Span;
use crate::syntax::{NodeId, NodeKind, Tree};
use std::ops::Range;

/// The comments of an object, in order, each from its `#` to the end of its line.
#[derive(Debug, Default)]
pub(super) struct Trivia {
    comments: Vec<Span>,
}

/// A line that holds a comment, or nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct TriviaLine {
    /// Where it begins, and where it ends before its line break.
    pub(super) line: Span,
    /// The column of its comment.
    pub(super) comment: Option<usize>,
}

/// Whether a comment may begin at `at`: a `#` does not tell it from a scalar.
pub(super) fn may_begin(text: &str, at: usize) -> bool {
    text.as_bytes().get(at) == Some(&b'#')
}

/// Whether the rest of the line at `at` is blank, and the line below is blank or may be a comment. A `#` does not tell
/// it from a scalar.
pub(super) fn may_be_below(text: &str, at: usize) -> bool {
    let mut breaks = 0;
    let mut last = ' ';
    for c in text[at..].chars() {
        match c {
            '\n' if last == '\r' => {}
            '\n' | '\r' if breaks == 1 => return true,
            '\n' | '\r' => breaks += 1,
            '#' => return breaks == 1,
            _ if c.is_whitespace() => {}
            _ => return false,
        }
        last = c;
    }
    false
}

impl Trivia {
    /// Lexes the comments in the value at `root`, on its lines, and directly above and below it.
    pub(super) fn lex(tree: &Tree<'_>, root: NodeId) -> Self {
        let Range { start, end } = surroundings(tree, root);
        if memchr::memchr(b'#', &tree.text().as_bytes()[start..end]).is_none() {
            return Self::default();
        }
        let mut lexer = TriviaLexer { tree, comments: Vec::new(), at: start };
        lexer.node(root);
        lexer.gap(end);
        Self { comments: lexer.comments }
    }

    /// The comments that begin in a part of the text.
    pub(super) fn comments(&self, part: Range<usize>) -> &[Span] {
        let first = self.comments.partition_point(|comment| (comment.start as usize) < part.start);
        let count = self.comments[first..].partition_point(|comment| (comment.start as usize) < part.end);
        &self.comments[first..first + count]
    }

    /// Whether a comment begins at `at`.
    pub(super) fn begins(&self, at: usize) -> bool {
        !self.comments(at..at + 1).is_empty()
    }
}

/// A value with the blank and comment lines above it, the rest of its last line, and the blank and comment lines below.
fn surroundings(tree: &Tree<'_>, root: NodeId) -> Range<usize> {
    let text = tree.text();
    let is_trivia = |line: &str| matches!(line.trim_ascii_start().as_bytes(), [] | [b'#', ..]);
    let mut start = layout::line_start(tree, tree.span(root).start as usize);
    loop {
        let above = layout::line_start(tree, layout::previous_break(text, start));
        if above == start || !is_trivia(&text[above..start]) {
            break;
        }
        start = above;
    }
    let mut end = tree.span(root).end as usize;
    loop {
        let line_end = layout::line_end(tree, end);
        if !is_trivia(&text[end..line_end]) {
            break;
        }
        end = layout::next_line(text, line_end);
        if end == line_end {
            break;
        }
    }
    start..end
}

struct TriviaLexer<'l, 't> {
    tree: &'l Tree<'t>,
    comments: Vec<Span>,
    /// The end of the lexed text.
    at: usize,
}

impl TriviaLexer<'_, '_> {
    fn node(&mut self, id: NodeId) {
        let tree = self.tree;
        let span = tree.span(id);
        let mut children = tree.children(id).peekable();
        match tree.kind(id) {
            NodeKind::Empty => {}
            NodeKind::FlowMapping | NodeKind::FlowSequence | NodeKind::FlowPair => {
                children.for_each(|id| self.node(id));
            }
            _ if children.peek().is_some() => children.for_each(|id| self.node(id)),
            kind => {
                self.gap(span.start as usize);
                if kind == NodeKind::BlockScalar {
                    self.gap(layout::line_end(tree, span.start as usize));
                }
                self.at = self.at.max(span.end as usize);
            }
        }
    }

    /// Lexes the text between two nodes, which ends at `end`.
    fn gap(&mut self, end: usize) {
        let bytes = self.tree.text().as_bytes();
        while self.at < end {
            match bytes[self.at] {
                b'#' => {
                    let line_end = layout::line_end(self.tree, self.at);
                    self.comments.push(Span::new(self.at, line_end));
                    self.at = line_end;
                }
                // An anchor or a tag may contain `#`.
                b'&' | b'!' => {
                    let is_in_name = |byte: &&u8| !byte.is_ascii_whitespace() && !b",[]{}".contains(byte);
                    self.at += bytes[self.at..end].iter().take_while(is_in_name).count();
                }
                _ => self.at += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{Documents, Shape};

    fn comments(text: &str) -> Vec<&str> {
        let mut documents = Documents::new(text, &Shape::ALL);
        let tree = documents.next_document().unwrap().unwrap();
        let trivia = Trivia::lex(tree, tree.root().unwrap());
        trivia.comments(0..text.len()).iter().map(|comment| &text[comment.range()]).collect()
    }

    #[test]
    fn a_sign_in_a_scalar_begins_no_comment() {
        let text = "# above\na: \"x # y\" # one\nb: | # two\n  # text\nc: &x#y !z#z [ # three\n 'it # is', # four\n]\nd: e#f\n# below\n";
        assert_eq!(comments(text), ["# above", "# one", "# two", "# three", "# four", "# below"]);
    }

    #[test]
    fn the_last_line_of_a_scalar_is_no_comment() {
        assert_eq!(comments("a: 'b\n  # c'\nd: e\n"), Vec::<&str>::new());
    }

    #[test]
    fn trivia_may_be_on_the_line_below() {
        for (text, expected) in [
            ("a \n # b", true),
            ("a\n\nb", true),
            ("a\r\n\r\n", true),
            ("a\r\nb", false),
            ("a # b\n# c", false),
            ("a\nb # c", false),
            ("a\n", false),
            ("a", false),
        ] {
            assert_eq!(may_be_below(text, 1), expected, "{text:?}");
        }
    }
}
