//! Computes the hunks of a unified diff from the edits that make the new text.
//!
//! Only the lines that an edit touches are compared, so the time is linear in the length of the text. A line ends with
//! LF; a CR is part of the line. This module does not know the format of a diff.
//!
//! ```text
//! text      a\nb c d\ne\n                   hunk   a
//! edits     b -> B, d -> D           ->           -b c d
//!                                                 +B c D
//!                                                  e
//! ```

use kueueleuleu_yaml::span::Span;
use std::collections::HashMap;
use std::ops::Range;

/// The number of unchanged lines before and after a change.
const CONTEXT: usize = 3;

/// Changed lines, and the unchanged lines around them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct DiffHunk<'t> {
    /// Its lines in the old text, from 0.
    pub old: Range<usize>,
    /// Its lines in the new text, from 0.
    pub new: Range<usize>,
    /// The removed, added and unchanged lines.
    pub lines: Vec<HunkLine<'t>>,
}

/// A line with its newline, if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HunkLine<'t> {
    Kept(&'t str),
    Removed(&'t str),
    Added(String),
}

/// The hunks of the `edits` of `text`. The edits must be in order and must not overlap.
pub(super) fn hunks<'t>(
    text: &'t str,
    edits: impl Iterator<Item = (Span, impl AsRef<str>)>,
) -> Vec<DiffHunk<'t>> {
    let mut hunks: Vec<DiffHunk<'t>> = Vec::new();
    // The offset and the line where the unchanged text before the next change starts, and how many lines were added and
    // removed before it.
    let (mut at, mut line, mut added, mut removed) = (0, 0, 0, 0);
    for change in changes(text, edits) {
        let between: Vec<&str> = lines(&text[at..change.old.start]).collect();
        if hunks.is_empty() || between.len() > 2 * CONTEXT {
            if let Some(last) = hunks.last_mut() {
                last.keep(between.iter().take(CONTEXT));
            }
            let start = (line + between.len()).saturating_sub(CONTEXT).max(line);
            let start = if hunks.is_empty() { start } else { line + between.len() - CONTEXT };
            let new = start + added - removed;
            let mut hunk = DiffHunk { old: start..start, new: new..new, lines: Vec::new() };
            hunk.keep(&between[start - line..]);
            hunks.push(hunk);
        } else if let Some(last) = hunks.last_mut() {
            last.keep(&between);
        }
        let hunk = hunks.last_mut().expect("impossible: one was pushed");
        let (old, new) = (lines(&text[change.old.clone()]), lines(&change.new));
        line += between.len();
        for removed_line in old {
            hunk.lines.push(HunkLine::Removed(removed_line));
            (hunk.old.end, line, removed) = (hunk.old.end + 1, line + 1, removed + 1);
        }
        for added_line in new {
            hunk.lines.push(HunkLine::Added(added_line.to_owned()));
            (hunk.new.end, added) = (hunk.new.end + 1, added + 1);
        }
        at = change.old.end;
    }
    if let Some(last) = hunks.last_mut() {
        last.keep(&lines(&text[at..]).take(CONTEXT).collect::<Vec<_>>());
    }
    hunks
}

impl<'t> DiffHunk<'t> {
    fn keep<'l>(&mut self, lines: impl IntoIterator<Item = &'l &'t str>)
    where
        't: 'l,
    {
        for line in lines {
            self.lines.push(HunkLine::Kept(line));
            self.old.end += 1;
            self.new.end += 1;
        }
    }
}

/// Whole lines of the old text, and their replacement.
#[derive(Debug)]
struct LineChange {
    old: Range<usize>,
    new: String,
}

/// The edits, extended to whole lines and without the lines that do not change. No two changes touch each other.
fn changes(text: &str, edits: impl Iterator<Item = (Span, impl AsRef<str>)>) -> Vec<LineChange> {
    let mut changes: Vec<LineChange> = Vec::new();
    for (span, inserted) in edits {
        let (start, end) = (span.start as usize, span.end as usize);
        // The previous change still ends in the middle of a line, where its last edit ends: if this edit is in the same
        // line, it becomes a part of that change.
        match changes.last_mut() {
            Some(last) if !text[last.old.end..start].contains('\n') => {
                last.new.push_str(&text[last.old.end..start]);
            }
            last => {
                if let Some(last) = last {
                    last.finish(text);
                }
                let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
                changes.push(LineChange { old: line..start, new: text[line..start].to_owned() });
            }
        }
        let last = changes.last_mut().expect("impossible: one was pushed");
        last.new.push_str(inserted.as_ref());
        last.old.end = end;
    }
    if let Some(last) = changes.last_mut() {
        last.finish(text);
    }
    let mut merged: Vec<LineChange> = Vec::new();
    for change in changes.iter().flat_map(|change| change.parts(text)) {
        match merged.last_mut() {
            Some(last) if last.old.end == change.old.start => {
                last.old.end = change.old.end;
                last.new.push_str(&change.new);
            }
            _ => merged.push(change),
        }
    }
    merged
}

impl LineChange {
    /// Extends the change to the end of its last line, unless both its old and its new text already end with a line.
    fn finish(&mut self, text: &str) {
        let is_whole = |before: &str| before.is_empty() || before.ends_with('\n');
        if !is_whole(&text[..self.old.end]) || !is_whole(&self.new) {
            let rest = &text[self.old.end..];
            let rest = &rest[..rest.find('\n').map_or(rest.len(), |at| at + 1)];
            self.new.push_str(rest);
            self.old.end += rest.len();
        }
    }

    /// Splits the change at lines that do not change.
    fn parts(&self, text: &str) -> Vec<Self> {
        let old: Vec<&str> = lines(&text[self.old.clone()]).collect();
        let new: Vec<&str> = lines(&self.new).collect();
        let starts: Vec<usize> = std::iter::once(self.old.start)
            .chain(old.iter().scan(self.old.start, |at, line| {
                *at += line.len();
                Some(*at)
            }))
            .collect();
        let mut parts = Vec::new();
        let (mut from, mut to) = (0, 0);
        for (anchor, new_anchor) in anchors(&old, &new).into_iter().chain([(old.len(), new.len())]) {
            let (removed, added) = trimmed(&old, &new, from..anchor, to..new_anchor);
            if !removed.is_empty() || !added.is_empty() {
                let range = starts[removed.start]..starts[removed.end];
                parts.push(Self { old: range, new: new[added].concat() });
            }
            (from, to) = (anchor + 1, new_anchor + 1);
        }
        parts
    }
}

/// The ranges without the equal lines at their starts and ends.
fn trimmed(
    old: &[&str],
    new: &[&str],
    mut from: Range<usize>,
    mut to: Range<usize>,
) -> (Range<usize>, Range<usize>) {
    while !from.is_empty() && !to.is_empty() && old[from.start] == new[to.start] {
        (from.start, to.start) = (from.start + 1, to.start + 1);
    }
    while !from.is_empty() && !to.is_empty() && old[from.end - 1] == new[to.end - 1] {
        (from.end, to.end) = (from.end - 1, to.end - 1);
    }
    (from, to)
}

/// The longest common subsequence of the lines that occur exactly once on both sides ("patience diff").
fn anchors(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let mut found: HashMap<&str, [Vec<usize>; 2]> = HashMap::new();
    for (side, lines) in [old, new].into_iter().enumerate() {
        for (at, line) in lines.iter().enumerate() {
            found.entry(line).or_default()[side].push(at);
        }
    }
    let mut unique: Vec<_> = found
        .into_values()
        .filter_map(|[old, new]| match (&*old, &*new) {
            (&[old], &[new]) => Some((old, new)),
            _ => None,
        })
        .collect();
    unique.sort_unstable();
    // Patience sorting: `ends[n]` is the pair with the smallest new line that ends a subsequence of length n + 1, and
    // `previous` links each pair to its predecessor.
    let (mut ends, mut previous): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), Vec::new());
    for (at, pair) in unique.iter().enumerate() {
        let length = ends.partition_point(|&end| unique[end].1 < pair.1);
        previous.push(length.checked_sub(1).map(|before| ends[before]));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut run: Vec<_> =
        std::iter::successors(ends.last().copied(), |&at| previous[at]).map(|at| unique[at]).collect();
    run.reverse();
    run
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Replaces each `from` with `to`, and formats the hunks.
    fn shown(text: &str, edits: &[(&str, &str)]) -> Vec<String> {
        let mut at = 0;
        let edits = edits.iter().map(|(from, to)| {
            let start = at + text[at..].find(from).unwrap();
            at = start + from.len();
            (Span::new(start, at), *to)
        });
        let hunks = hunks(text, edits.collect::<Vec<_>>().into_iter());
        let shown = hunks.iter().map(|hunk| {
            let lines = hunk.lines.iter().map(|line| match line {
                HunkLine::Kept(line) => format!(" {line}"),
                HunkLine::Removed(line) => format!("-{line}"),
                HunkLine::Added(line) => format!("+{line}"),
            });
            format!("{:?} {:?} {}", hunk.old, hunk.new, lines.collect::<String>())
        });
        shown.collect()
    }

    #[test]
    fn edits_of_one_line_are_one_change() {
        assert_eq!(shown("a\nb c d\ne\n", &[("b", "B"), ("d", "D")]), ["0..3 0..3  a\n-b c d\n+B c D\n e\n"]);
    }

    #[test]
    fn lines_that_an_edit_does_not_change_are_context() {
        assert_eq!(shown("a\nb\n", &[("a", "a\nx")]), ["0..2 0..3  a\n+x\n b\n"]);
        assert_eq!(shown("a\nb\n", &[("a\n", "a\n")]), Vec::<String>::new());
        assert_eq!(shown("a\nb\nc\n", &[("a\nb\nc", "a\nB\nc")]), ["0..3 0..3  a\n-b\n+B\n c\n"]);
    }

    #[test]
    fn lines_that_an_edit_rewrites_unchanged_are_context() {
        let shown = shown("l:\n- a\n- b\n- c\n", &[("- a\n- b\n- c\n", "- x\n- a\n- c\n- y\n- b\n")]);
        assert_eq!(shown, ["0..4 0..6  l:\n+- x\n - a\n-- b\n - c\n+- y\n+- b\n"]);
    }

    #[test]
    fn close_changes_share_a_hunk() {
        let text = "a\n1\n2\n3\n4\n5\n6\nb\n";
        assert_eq!(shown(text, &[("a", "A"), ("b", "B")]).len(), 1);
        let far = text.replace("6\n", "6\n7\n");
        assert_eq!(
            shown(&far, &[("a\n", ""), ("b", "B")]),
            ["0..4 0..3 -a\n 1\n 2\n 3\n", "5..9 4..8  5\n 6\n 7\n-b\n+B\n"]
        );
    }

    #[test]
    fn a_missing_line_break_at_the_end_is_a_change_of_the_last_line() {
        assert_eq!(shown("a\nb", &[("b", "b\nc")]), ["0..2 0..3  a\n-b+b\n+c"]);
        assert_eq!(shown("a", &[("", "b\n")]), ["0..1 0..2 +b\n a"]);
        assert_eq!(shown("", &[("", "b")]), ["0..0 0..1 +b"]);
    }
}
