//! Where lines begin and end, and how the text around a node is indented.
//!
//! Looks only, and writes nothing.

use crate::syntax::{Kind, NodeId, Tree};
use std::ops::Range;

const MARK: &[u8] = "\u{feff}".as_bytes();

/// Where the line begins that `at` is on, behind byte order marks.
pub(super) fn line_start(tree: &Tree, at: usize) -> usize {
    let mut start = tree.line_start(at);
    // Every document may have one, as when files are joined; an empty file leaves its own before the next one's.
    while tree.text().as_bytes()[start..].starts_with(MARK) && start < at {
        start += MARK.len();
    }
    start.min(at)
}

/// The same where nothing but spaces stands before `at` on its line.
fn line_begun(tree: &Tree, at: usize) -> Option<usize> {
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

/// Where the line ends that `at` is on, before its line break.
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

/// The lines of a text with their breaks, a lone carriage return included.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = memchr::memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len());
        let (line, behind) = rest.split_at(next_line(rest, end));
        rest = behind;
        (!line.is_empty()).then_some(line)
    })
}

/// Where the line break begins that ends the line before the one that begins at `start`; `start` for the first line.
pub(super) fn previous_break(text: &str, start: usize) -> usize {
    let length = match text.as_bytes()[..start] {
        [.., b'\r', b'\n'] => 2,
        [.., b'\n' | b'\r'] => 1,
        _ => 0,
    };
    start - length
}

/// The blank lines directly above an entry, each with the line break before it: these are the entry's, unless they keep
/// a comment in its column from being the entry's too. `before` is the end of the entry before it. `None` where the
/// entry does not begin a line, or begins the text.
pub(super) fn above(tree: &Tree, start: usize, before: impl FnOnce() -> usize) -> Option<Range<usize>> {
    let text = tree.text();
    let first = line_begun(tree, start)?;
    let directly = previous_break(text, first);
    if directly == first {
        return None;
    }
    let mut end = directly;
    while !text.as_bytes()[..end].last().is_some_and(u8::is_ascii_graphic) {
        let line = line_start(tree, end);
        let break_before = previous_break(text, line);
        if break_before == line || !text[line..end].trim_ascii().is_empty() {
            break;
        }
        end = break_before;
    }
    // A comment that they keep apart from the entry would become that of what comes to stand there.
    if end == directly || comment_column(tree, line_start(tree, end)) == Some(start - first) {
        return Some(directly..directly);
    }
    // Blank lines may be the last ones of a block scalar.
    Some(end.max(before())..directly)
}

/// The column of `at`, from 0, in bytes: what is counted is indentation.
pub(super) fn column(tree: &Tree, at: usize) -> usize {
    // Mostly nothing but that stands before it.
    at - line_begun(tree, at).unwrap_or_else(|| line_start(tree, at))
}

/// The column of the first byte of the line that is no space.
pub(super) fn indentation(tree: &Tree, at: usize) -> usize {
    spaces(tree, line_start(tree, at))
}

/// How many spaces stand at `at`.
fn spaces(tree: &Tree, at: usize) -> usize {
    tree.text().as_bytes()[at..].iter().take_while(|&&byte| byte == b' ').count()
}

/// Whether nothing but spaces stands before `at` on its line.
pub(super) fn is_first_on_line(tree: &Tree, at: usize) -> bool {
    line_begun(tree, at).is_some()
}

/// The line break of the text.
pub(super) fn line_break(tree: &Tree) -> &'static str {
    let rest = &tree.text()[tree.end_of_first_line()..];
    match rest {
        _ if rest.starts_with("\r\n") => "\r\n",
        _ if rest.starts_with('\r') => "\r",
        _ => "\n",
    }
}

/// The place of an entry of a block collection among its neighbours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Its dash or key.
    pub(super) lead: usize,
    /// The column of that.
    pub(super) column: usize,
    /// The start of the comment lines above that it owns, or `lead`.
    pub(super) start: usize,
    /// The end of its last line, its comment and the deeper comment lines below included, without line break.
    pub(super) end: usize,
}

/// The entries of a block collection. Where one begins and ends is looked up when it is asked for: of most nobody does.
#[derive(Clone, Copy)]
pub(super) struct Entries<'e> {
    tree: &'e Tree<'e>,
    /// The items, or the keys and values in turn.
    nodes: &'e [NodeId],
    /// How many nodes make an entry.
    per_entry: usize,
    /// The column of all dashes or keys.
    pub(super) column: usize,
}

impl<'e> Entries<'e> {
    /// The entries of `id`, whose children are `nodes`.
    pub(super) fn of(tree: &'e Tree<'e>, id: NodeId, nodes: &'e [NodeId]) -> Self {
        let per_entry = if tree.kind(id) == Kind::BlockSequence { 1 } else { 2 };
        let column = nodes.first().map_or(0, |&first| column(tree, tree.lead(first)));
        Self { tree, nodes, per_entry, column }
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len() / self.per_entry
    }

    /// The dash or key.
    pub(super) fn lead(&self, at: usize) -> usize {
        self.tree.lead(self.nodes[at * self.per_entry])
    }

    /// The start of the comment lines above that the entry owns, or its dash or key.
    pub(super) fn start(&self, at: usize) -> usize {
        entry_start(self.tree, self.lead(at))
    }

    /// The end of its last line, its comment and the deeper comment lines below included, without line break.
    pub(super) fn end(&self, at: usize) -> usize {
        let last = self.nodes[at * self.per_entry + self.per_entry - 1];
        entry_end(self.tree, self.column, end_of_value(self.tree, last))
    }
}

/// Behind a value, or behind the anchor or tag of one that is empty.
fn end_of_value(tree: &Tree, value: NodeId) -> usize {
    (tree.span(value).end as usize).max(tree.props(value))
}

/// The place of one item of a block sequence.
pub(super) fn item(tree: &Tree, item: NodeId) -> Entry {
    entry(tree, tree.lead(item), end_of_value(tree, item))
}

/// The column of the comment that is all of the line that begins at `line`.
fn comment_column(tree: &Tree, line: usize) -> Option<usize> {
    let indent = spaces(tree, line);
    (tree.text().as_bytes().get(line + indent) == Some(&b'#')).then_some(indent)
}

/// The end of an entry in `column` whose value ends at `end`: its line's comment belongs to it, and deeper ones below.
pub(super) fn entry_end(tree: &Tree, column: usize, end: usize) -> usize {
    let mut end = line_end(tree, end);
    loop {
        let below = next_line(tree.text(), end);
        // A space there shows what is deeper, and mostly there is none.
        let is_deeper = tree.text().as_bytes().get(below + column) == Some(&b' ')
            && comment_column(tree, below).is_some_and(|found| found > column);
        if !is_deeper {
            return end;
        }
        end = line_end(tree, below);
    }
}

fn entry(tree: &Tree, lead: usize, end: usize) -> Entry {
    let column = column(tree, lead);
    Entry { lead, column, start: entry_start(tree, lead), end: entry_end(tree, column, end) }
}

/// The start of the comment lines above the dash or key at `lead` that stand in its column.
fn entry_start(tree: &Tree, lead: usize) -> usize {
    let Some(mut first) = line_begun(tree, lead) else { return lead };
    let column = lead - first;
    loop {
        let break_above = previous_break(tree.text(), first);
        let above = line_start(tree, break_above);
        if break_above == first || comment_column(tree, above) != Some(column) {
            return first + column;
        }
        first = above;
    }
}

/// How collections are indented around what is being edited, looked up once for one mapping after the other.
#[derive(Default)]
pub(super) struct Around {
    /// Below which mapping, and how many columns.
    offset: Option<(Option<NodeId>, usize)>,
    step: Option<(Option<NodeId>, usize)>,
}

impl Around {
    /// See [`sequence_offset`].
    pub(super) fn offset(&mut self, tree: &Tree, path: &[NodeId]) -> usize {
        remembered(&mut self.offset, tree, path, sequence_offset)
    }

    /// See [`step`].
    pub(super) fn step(&mut self, tree: &Tree, path: &[NodeId]) -> usize {
        remembered(&mut self.step, tree, path, step)
    }
}

/// What `look_up` finds, which is the same for all that lies in one mapping and in no other.
fn remembered(
    last: &mut Option<(Option<NodeId>, usize)>,
    tree: &Tree,
    path: &[NodeId],
    look_up: impl FnOnce(&Tree, &[NodeId]) -> usize,
) -> usize {
    let mapping = path.iter().rev().find(|&&id| tree.kind(id) == Kind::BlockMapping).copied();
    let (_, found) =
        last.filter(|(of, _)| *of == mapping).unwrap_or_else(|| *last.insert((mapping, look_up(tree, path))));
    found
}

/// How many columns a block sequence is indented under its key, around `id`: as the nearest one is.
fn sequence_offset(tree: &Tree, path: &[NodeId]) -> usize {
    fn own(tree: &Tree, map: NodeId) -> Option<usize> {
        let sequences = tree.pairs(map).filter(|&(_, value)| match tree.kind(value) {
            Kind::BlockSequence => true,
            Kind::OpaqueBlock => tree.source(value).starts_with("- "),
            _ => false,
        });
        indented_under_keys(tree, sequences).next()
    }
    fn below(tree: &Tree, id: NodeId) -> Option<usize> {
        match tree.kind(id) {
            Kind::BlockMapping => {
                own(tree, id).or_else(|| tree.pairs(id).find_map(|(_, value)| below(tree, value)))
            }
            Kind::BlockSequence => tree.children(id).find_map(|item| below(tree, item)),
            _ => None,
        }
    }
    let near =
        path.iter().rev().filter(|&&id| tree.kind(id) == Kind::BlockMapping).find_map(|&id| own(tree, id));
    near.or_else(|| path.first().and_then(|&root| below(tree, root))).unwrap_or(0)
}

/// How many columns a block mapping is indented under its key, around `id`: as the nearest one is.
fn step(tree: &Tree, path: &[NodeId]) -> usize {
    let own = |map: NodeId| {
        let mappings = tree.pairs(map).filter(|&(_, value)| match tree.kind(value) {
            Kind::BlockMapping => true,
            Kind::OpaqueBlock => !tree.source(value).starts_with("- "),
            _ => false,
        });
        indented_under_keys(tree, mappings).find(|&step| step > 0)
    };
    let mut nearest = path.iter().rev().filter(|&&id| tree.kind(id) == Kind::BlockMapping);
    nearest.find_map(|&id| own(id)).unwrap_or(2)
}

/// How many columns values that begin a line are indented under their keys.
fn indented_under_keys<'t>(
    tree: &'t Tree,
    pairs: impl Iterator<Item = (NodeId, NodeId)> + 't,
) -> impl Iterator<Item = usize> + 't {
    pairs.filter_map(|(key, value)| {
        let value = tree.span(value).start as usize;
        let line = line_begun(tree, value)?;
        Some((value - line).saturating_sub(column(tree, tree.lead(key))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Tree<'_> {
        Tree::of_text(text)
    }

    #[test]
    fn an_entry_owns_its_comments_and_no_others() {
        let text = "a:\n  # odd\n\n# above\n# too\n- x # own\n  # deeper\n\n  # not mine\n- y\n";
        let lead = text.find("- x").unwrap();
        let entry = entry(&document(text), lead, lead + 3);
        assert_eq!(&text[entry.start..entry.end], "# above\n# too\n- x # own\n  # deeper");
    }

    #[test]
    fn a_byte_order_mark_is_no_column() {
        let text = "\u{feff}a: 1\r\nb: 2";
        assert_eq!(column(&document(text), 3), 0);
        assert_eq!(line_break(&document(text)), "\r\n");
        assert_eq!(previous_break(text, line_start(&document(text), 11)), 7);
    }
}
