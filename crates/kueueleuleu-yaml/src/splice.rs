//! Applies disjoint byte edits to a text.
//!
//! Overlapping edits are an error; they never produce a wrong text. This module knows only bytes, no YAML.
//!
//! ```text
//! text     a: 1\nb: 2
//! edits    replace `1` by `3`; insert `c: 4\n` at `b`
//! result   a: 3\nc: 4\nb: 2
//! ```

use crate::span::Span;
use std::ops::Range;

/// Collects edits in any order, without checks.
///
/// All texts are in one string, so that they share one allocation. A draft can be cleared and reused.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    edits: Vec<DraftEdit>,
    text: String,
}

/// An edit. Its text is `text[at..at + length]` in the draft.
#[derive(Clone, Copy, Debug)]
struct DraftEdit {
    span: Span,
    depth: u32,
    at: usize,
    length: u32,
}

impl DraftEdit {
    fn text<'d>(&self, all: &'d str) -> &'d str {
        &all[self.at..self.at + self.length as usize]
    }
}

impl Draft {
    /// Replaces the bytes of `span` with `text`; an empty span inserts. `depth` is the depth of the edited node: of
    /// several insertions at one offset, the deepest comes first.
    pub fn push(&mut self, span: Span, text: &str, depth: u32) {
        let at = self.text.len();
        self.text.push_str(text);
        let length = u32::try_from(text.len()).expect("impossible: an edit is not larger than all text");
        self.edits.push(DraftEdit { span, depth, at, length });
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.edits.len()
    }

    /// The edits after the first `count`, and their texts.
    pub(crate) fn since(&self, count: usize) -> impl DoubleEndedIterator<Item = (Span, &str)> {
        self.edits[count..].iter().map(|edit| (edit.span, edit.text(&self.text)))
    }

    /// Removes all edits but the first `count`.
    pub(crate) fn truncate(&mut self, count: usize) {
        while self.edits.len() > count {
            self.pop();
        }
    }

    /// Removes the last edit.
    pub fn pop(&mut self) {
        if let Some(edit) = self.edits.pop() {
            self.text.truncate(edit.at);
        }
    }

    /// Removes all edits, but keeps the allocated memory.
    pub fn clear(&mut self) {
        self.edits.clear();
        self.text.clear();
    }

    /// Whether there are no edits.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// The replaced spans, edit by edit.
    pub fn spans(&self) -> impl Iterator<Item = Span> {
        self.edits.iter().map(|edit| edit.span)
    }

    /// The same edits for the part of the text from `start` on.
    #[must_use]
    pub fn within(mut self, start: u32) -> Self {
        for edit in &mut self.edits {
            edit.span = Span { start: edit.span.start - start, end: edit.span.end - start };
        }
        self
    }

    /// Sorts the edits.
    fn sort(&mut self) {
        // An insertion at the start of a replaced span comes before the replacement; one at its end has a larger
        // `start`.
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
    /// The edit that overlaps it.
    pub second: Span,
}

/// Checked edits: sorted and disjoint.
///
/// Insertions at one offset are ordered by descending `depth`, then as they were pushed. An insertion at the border of
/// a replaced span is outside of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Splices {
    edits: Vec<Packed>,
    texts: Texts,
}

/// An edit with the number of its text. It is small, because there are many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Packed {
    span: Span,
    depth: u32,
    text: u32,
}

impl Splices {
    /// No edits, with memory reserved for those of a dozen pods.
    pub fn with_room() -> Self {
        let (edits, ends) = (Vec::with_capacity(ROOM), Vec::with_capacity(ROOM));
        Self { edits, texts: Texts { all: String::with_capacity(32 * ROOM), ends, last: Vec::new() } }
    }

    /// Sorts and checks edits. Fails if two of them overlap.
    pub fn new(mut draft: Draft) -> Result<Self, Overlap> {
        let mut splices = Self::default();
        splices.append(&mut draft)?;
        Ok(splices)
    }

    /// Adds further edits of the same text, at any position; it is fast if they all come after the present ones. If two
    /// edits overlap, fails without adding any.
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
                    // An identical replacement counts once: two edits may both write the chomping of the same block
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

    /// Adds edits that all come after the present ones in the text.
    pub fn extend(&mut self, later: &Self) {
        for (edit, text) in later.iter() {
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

    /// The edits in order: the replaced span, and the new text.
    pub fn edits(&self) -> impl Iterator<Item = (Span, &str)> {
        self.iter().map(|(edit, text)| (edit.span, text))
    }

    /// Whether there are no edits.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// The number of edits.
    pub fn len(&self) -> usize {
        self.edits.len()
    }

    /// The span from the first to the last edit, without the first `count` edits.
    pub fn span_from(&self, count: usize) -> Option<Span> {
        let edits = self.edits.get(count..)?;
        Some(Span { start: edits.first()?.span.start, end: edits.last()?.span.end })
    }

    /// The pieces of the new text for a part of `text`, in order: slices of `text` and inserted texts, none of them
    /// empty. All edits must be in that part.
    pub fn pieces<'a>(&'a self, text: &'a str, part: Range<usize>) -> impl Iterator<Item = &'a str> {
        self.pieces_from(0, text, part)
    }

    /// The same, without the first `count` edits.
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

/// Texts with numbers, stored in one string. A text that was added recently is not stored again: ten thousand pods have
/// the same volumes, which would otherwise be stored ten thousand times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Texts {
    all: String,
    /// The end of each text, which is the start of the next one.
    ends: Vec<usize>,
    /// The last text for each length modulo [`LENGTHS`].
    last: Vec<u32>,
}

/// The number of edits for which memory is reserved.
const ROOM: usize = 256;

/// The number of lengths for which a text is remembered. One pod has about a dozen texts.
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
            // The empty text has the number 0, and is initially the last text of every length.
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
    fn an_overlap_is_rejected() {
        let inside = splices(&[(0, 3, "", 0), (1, 1, "x", 0)]);
        assert_eq!(inside, Err(Overlap { first: Span::new(0, 3), second: Span::new(1, 1) }));
        assert!(splices(&[(0, 2, "", 0), (1, 3, "", 0)]).is_err());
    }

    #[test]
    fn no_edit_is_added_if_two_overlap() {
        let mut all = splices(&[(0, 1, "A", 0)]).unwrap();
        let mut draft = Draft::default();
        for at in [2, 4, 3] {
            draft.push(Span::new(at, at + 2), "x", 0);
        }
        assert_eq!(all.append(&mut draft), Err(Overlap { first: Span::new(2, 4), second: Span::new(3, 5) }));
        assert_eq!(all.apply("abcdef"), "Abcdef");
    }

    #[test]
    fn edits_may_be_added_in_any_order() {
        let mut all = splices(&[(1, 1, "out", 1), (4, 5, "E", 0)]).unwrap();
        let mut draft = Draft::default();
        draft.push(Span::new(0, 1), "A", 0);
        draft.push(Span::new(1, 1), "in", 2);
        all.append(&mut draft).unwrap();
        assert_eq!(all.apply("abcdef"), "AinoutbcdEf");
        let mut all = splices(&[(1, 1, "out", 1)]).unwrap();
        let mut draft = Draft::default();
        draft.push(Span::new(1, 1), "in", 2);
        all.append(&mut draft).unwrap();
        assert_eq!(all.apply("ab"), "ainoutb");
    }

    #[test]
    fn an_identical_replacement_counts_once() {
        let splices = splices(&[(0, 1, "|-", 1), (0, 1, "|-", 1), (2, 2, "x", 0), (2, 2, "x", 0)]);
        assert_eq!(splices.unwrap().apply("| a"), "|- xxa");
    }

    #[test]
    fn equal_texts_of_several_edits_are_stored_once() {
        let edits: Vec<Splice> =
            (0..100).flat_map(|at| [(at, at, "a: 1\n", 0), (at, at + 1, "b", 0)]).collect();
        let splices = splices(&edits).unwrap();
        assert_eq!(splices.texts.all, "a: 1\nb");
        assert_eq!(splices.apply(&"x".repeat(100)), "a: 1\nb".repeat(100));
    }

    proptest! {
        #[test]
        fn disjoint_edits_give_the_same_result_as_one_by_one_from_the_end(
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
