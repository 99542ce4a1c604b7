//! Disjoint byte edits, and the text they make of another.
//!
//! Knows bytes only, no YAML. Edits that overlap are an error, never a wrong text.

use crate::span::Span;
use std::ops::Range;

/// Edits that are being collected, in any order, not checked.
///
/// Their texts lie in one string: one allocation, where each would need its own. It can be used again.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    edits: Vec<Edit>,
    text: String,
}

/// An edit whose text is `text[at..at + length]` of its draft.
#[derive(Clone, Copy, Debug)]
struct Edit {
    span: Span,
    depth: u32,
    at: usize,
    length: u32,
}

impl Edit {
    fn text<'d>(&self, all: &'d str) -> &'d str {
        &all[self.at..self.at + self.length as usize]
    }
}

impl Draft {
    /// Replaces the bytes of `span` by `text`; an empty span inserts. `depth` is how deep the edited node lies: of
    /// several insertions at one offset, the innermost comes first.
    pub fn push(&mut self, span: Span, text: &str, depth: u32) {
        let at = self.text.len();
        self.text.push_str(text);
        let length = u32::try_from(text.len()).expect("impossible: an edit is not larger than all text");
        self.edits.push(Edit { span, depth, at, length });
    }

    /// Takes the edit back that was pushed last.
    pub fn pop(&mut self) {
        if let Some(edit) = self.edits.pop() {
            self.text.truncate(edit.at);
        }
    }

    /// Forgets the edits. The memory stays.
    pub fn clear(&mut self) {
        self.edits.clear();
        self.text.clear();
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// What is replaced, edit by edit.
    pub fn spans(&self) -> impl Iterator<Item = Span> {
        self.edits.iter().map(|edit| edit.span)
    }

    /// The same edits for the text that begins at `start` of this one.
    #[must_use]
    pub fn within(mut self, start: u32) -> Self {
        for edit in &mut self.edits {
            edit.span = Span { start: edit.span.start - start, end: edit.span.end - start };
        }
        self
    }

    /// Brings the edits in order.
    fn sort(&mut self) {
        // An insertion at the start of a replaced span sorts before it, one at its end sorts after it by `start`.
        self.edits.sort_by_key(|edit| {
            (edit.span.start, edit.span.end != edit.span.start, std::cmp::Reverse(edit.depth))
        });
    }
}

/// Two edits touch the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The edit that comes first.
    pub first: Span,
    /// The edit that reaches into it.
    pub second: Span,
}

/// Checked edits: sorted, disjoint, and within the text they were checked for.
///
/// The order of insertions at one offset is innermost first (`depth` descending), then as they were given. An
/// insertion at the border of a replaced span goes outside of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Splices {
    edits: Vec<Packed>,
    texts: Texts,
}

/// An edit with the number of its text. There are many, so it is small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Packed {
    span: Span,
    depth: u32,
    text: u32,
}

impl Splices {
    /// None yet, and room for those of a dozen pods, which come one after another.
    pub fn with_room() -> Self {
        let (edits, ends) = (Vec::with_capacity(ROOM), Vec::with_capacity(ROOM));
        Self { edits, texts: Texts { all: String::with_capacity(32 * ROOM), ends, last: Vec::new() } }
    }

    /// Sorts and checks edits. Fails when two of them overlap.
    pub fn new(mut draft: Draft) -> Result<Self, Overlap> {
        let mut splices = Self::default();
        splices.append(&mut draft)?;
        Ok(splices)
    }

    /// Adds other edits of the same text, in order behind these or anywhere. Fails when two overlap, and then adds
    /// none.
    pub fn append(&mut self, draft: &mut Draft) -> Result<(), Overlap> {
        draft.sort();
        let (last, first) = (self.edits.last(), draft.edits.first());
        if last
            .zip(first)
            .is_some_and(|(last, first)| first.span.start < last.span.end.max(last.span.start + 1))
        {
            let mut all = Draft::default();
            self.iter().for_each(|(edit, text)| all.push(edit.span, text, edit.depth));
            draft.edits.iter().for_each(|edit| all.push(edit.span, edit.text(&draft.text), edit.depth));
            *self = Self::new(all)?;
            return Ok(());
        }
        let count = self.edits.len();
        for edit in &draft.edits {
            let text = edit.text(&draft.text);
            match self.edits.last() {
                Some(last) if edit.span.start < last.span.end => {
                    let (first, second) = (last.span, edit.span);
                    // The same replacement twice is one: two edits may both have to state the chomping of one block
                    // scalar.
                    if (first, last.depth) != (second, edit.depth) || self.texts.get(last.text) != text {
                        self.edits.truncate(count);
                        return Err(Overlap { first, second });
                    }
                }
                _ => self.push(edit.span, text, edit.depth),
            }
        }
        Ok(())
    }

    /// Adds edits of what stands behind these in the text.
    pub fn extend(&mut self, behind: &Self) {
        for (edit, text) in behind.iter() {
            self.push(edit.span, text, edit.depth);
        }
    }

    fn push(&mut self, span: Span, text: &str, depth: u32) {
        let text = self.texts.add(text);
        self.edits.push(Packed { span, depth, text });
    }

    fn iter(&self) -> impl ExactSizeIterator<Item = (&Packed, &str)> {
        self.edits.iter().map(|edit| (edit, self.texts.get(edit.text)))
    }

    /// The edits in order: what is replaced, and by what.
    pub fn edits(&self) -> impl Iterator<Item = (Span, &str)> {
        self.iter().map(|(edit, text)| (edit.span, text))
    }

    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// How many edits there are.
    pub fn len(&self) -> usize {
        self.edits.len()
    }

    /// The text from the first to the last of the edits that came after so many others.
    pub fn span_from(&self, count: usize) -> Option<Span> {
        let edits = self.edits.get(count..)?;
        Some(Span { start: edits.first()?.span.start, end: edits.last()?.span.end })
    }

    /// The pieces of the new text for a part of `text` in order: slices of it and inserted ones, none empty. All edits
    /// lie in that part.
    pub fn pieces<'a>(&'a self, text: &'a str, part: Range<usize>) -> impl Iterator<Item = &'a str> {
        self.pieces_from(0, text, part)
    }

    /// The same, of the edits that came after so many others.
    pub fn pieces_from<'a>(
        &'a self,
        count: usize,
        text: &'a str,
        part: Range<usize>,
    ) -> impl Iterator<Item = &'a str> {
        let mut at = part.start;
        let edits = self.edits.get(count..).unwrap_or_default().iter().map(move |edit| {
            let kept = &text[at..edit.span.start as usize];
            at = edit.span.end as usize;
            [kept, self.texts.get(edit.text)]
        });
        let end = self.span_from(count).map_or(part.start, |span| span.end as usize);
        edits.chain([[&text[end..part.end], ""]]).flatten().filter(|piece| !piece.is_empty())
    }

    /// The new text.
    pub fn apply(&self, text: &str) -> String {
        self.pieces(text, 0..text.len()).collect()
    }
}

/// Texts by their numbers, in one string. One that was added lately is there once: ten thousand pods get the same
/// volumes, and memory would hold them ten thousand times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Texts {
    all: String,
    /// Where each ends, and the next begins.
    ends: Vec<usize>,
    /// The last text of each length, the length modulo [`LENGTHS`].
    last: Vec<u32>,
}

/// For how many edits there is room from the start.
const ROOM: usize = 256;

/// For how many lengths a text is remembered. One pod brings about a dozen texts.
const LENGTHS: usize = 256;

impl Texts {
    #[inline]
    fn get(&self, number: u32) -> &str {
        &self.all[self.range(number)]
    }

    fn range(&self, number: u32) -> Range<usize> {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        start..self.ends[number]
    }

    fn add(&mut self, text: &str) -> u32 {
        if self.last.is_empty() {
            // The empty text comes first, and is the last of each length.
            self.ends.push(0);
            self.last.resize(LENGTHS, 0);
        }
        if text.is_empty() {
            return 0;
        }
        let range = self.range(self.last[text.len() % LENGTHS]);
        let last = &mut self.last[text.len() % LENGTHS];
        if self.all.as_bytes()[range] != *text.as_bytes() {
            self.all.push_str(text);
            *last = u32::try_from(self.ends.len()).expect("impossible: there are fewer edits than bytes");
            self.ends.push(self.all.len());
        }
        *last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Splice<'a> = (usize, usize, &'a str, u32);

    fn splices(splices: &[Splice]) -> Result<Splices, Overlap> {
        let mut draft = Draft::default();
        for &(start, end, text, depth) in splices {
            draft.push(Span::new(start, end), text, depth);
        }
        Splices::new(draft)
    }

    #[test]
    fn the_innermost_insertion_at_one_offset_comes_first() {
        let splices = splices(&[(1, 1, "out", 1), (1, 1, "in", 2), (1, 1, "later", 1)]);
        assert_eq!(splices.unwrap().apply("ab"), "ainoutlaterb");
    }

    #[test]
    fn an_insertion_at_the_border_of_a_replaced_span_goes_outside() {
        let splices = splices(&[(2, 2, ">", 9), (1, 2, "B", 1), (1, 1, "<", 0)]);
        assert_eq!(splices.unwrap().apply("abc"), "a<B>c");
    }

    #[test]
    fn an_overlap_is_refused() {
        let inside = splices(&[(0, 3, "", 0), (1, 1, "x", 0)]);
        assert_eq!(inside, Err(Overlap { first: Span::new(0, 3), second: Span::new(1, 1) }));
        assert!(splices(&[(0, 2, "", 0), (1, 3, "", 0)]).is_err());
    }

    #[test]
    fn where_edits_overlap_none_is_added() {
        let mut all = splices(&[(0, 1, "A", 0)]).unwrap();
        let mut draft = Draft::default();
        for at in [2, 4, 3] {
            draft.push(Span::new(at, at + 2), "x", 0);
        }
        assert_eq!(all.append(&mut draft), Err(Overlap { first: Span::new(2, 4), second: Span::new(3, 5) }));
        assert_eq!(all.apply("abcdef"), "Abcdef");
    }

    #[test]
    fn the_same_replacement_twice_is_one() {
        let splices = splices(&[(0, 1, "|-", 1), (0, 1, "|-", 1), (2, 2, "x", 0), (2, 2, "x", 0)]);
        assert_eq!(splices.unwrap().apply("| a"), "|- xxa");
    }

    #[test]
    fn equal_texts_of_several_edits_are_held_once() {
        let edits: Vec<Splice> =
            (0..100).flat_map(|at| [(at, at, "a: 1\n", 0), (at, at + 1, "b", 0)]).collect();
        let splices = splices(&edits).unwrap();
        assert_eq!(splices.texts.all, "a: 1\nb");
        assert_eq!(splices.apply(&"x".repeat(100)), "a: 1\nb".repeat(100));
    }

    proptest! {
        #[test]
        fn disjoint_edits_apply_as_if_one_by_one_from_the_end(
            text in "[a-z]{0,40}",
            cuts in proptest::collection::btree_set(0usize..41, 0..12),
            words in proptest::collection::vec("[A-Z]{0,3}", 6),
        ) {
            let cuts: Vec<usize> = cuts.into_iter().filter(|&cut| cut <= text.len()).collect();
            let edits: Vec<Splice> = cuts
                .chunks_exact(2)
                .zip(&words)
                .map(|(cut, word)| (cut[0], cut[1], word.as_str(), 0))
                .collect();
            let mut expected = text.clone();
            for &(start, end, word, _) in edits.iter().rev() {
                expected.replace_range(start..end, word);
            }
            prop_assert_eq!(splices(&edits).unwrap().apply(&text), expected);
        }
    }
}
