//! Disjoint byte edits, and the text they make of another.
//!
//! Knows bytes only, no YAML. Edits that overlap are an error, never a wrong text.

use crate::span::Span;

/// Replace the bytes of `span` by `text`; an empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splice {
    /// What is replaced.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
    /// How deep the edited node lies: of several insertions at one offset, the innermost comes first.
    pub depth: u32,
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

/// A [`Splice`] with the number of its text. There are many, so it is small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Packed {
    span: Span,
    depth: u32,
    text: u32,
}

impl Splices {
    /// Sorts and checks `splices`. Fails when two of them overlap.
    pub fn new(mut splices: Vec<Splice>) -> Result<Self, Overlap> {
        // An insertion at the start of a replaced span sorts before it, one at its end sorts after it by `start`.
        splices.sort_by_key(|splice| {
            (splice.span.start, splice.span.end != splice.span.start, std::cmp::Reverse(splice.depth))
        });
        // The same replacement twice is one: two edits may both have to state the chomping of one block scalar.
        splices.dedup_by(|second, first| first.span.start != first.span.end && first == second);
        for pair in splices.windows(2) {
            let (first, second) = (pair[0].span, pair[1].span);
            if second.start < first.end {
                return Err(Overlap { first, second });
            }
        }
        let mut packed = Self { edits: Vec::with_capacity(splices.len()), ..Self::default() };
        packed.texts.all.reserve_exact(splices.iter().map(|splice| splice.text.len()).sum());
        for Splice { span, text, depth } in splices {
            let text = packed.texts.push(&text);
            packed.edits.push(Packed { span, depth, text });
        }
        Ok(packed)
    }

    /// Adds other edits of the same text, in order behind these or anywhere. Fails when two overlap.
    pub fn append(&mut self, other: &Self) -> Result<(), Overlap> {
        let (last, first) = (self.edits.last(), other.edits.first());
        if last
            .zip(first)
            .is_some_and(|(last, first)| first.span.start < last.span.end.max(last.span.start + 1))
        {
            let all = self.iter().chain(other.iter());
            *self = Self::new(
                all.map(|(edit, text)| Splice { span: edit.span, text: text.to_owned(), depth: edit.depth })
                    .collect(),
            )?;
            return Ok(());
        }
        for (edit, text) in other.iter() {
            let text = self.texts.share(text);
            self.edits.push(Packed { text, ..*edit });
        }
        Ok(())
    }

    fn iter(&self) -> impl Iterator<Item = (&Packed, &str)> {
        self.edits.iter().map(|edit| (edit, self.texts.get(edit.text)))
    }

    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// The pieces of the new text in order: slices of `text` and inserted ones, none empty.
    pub fn pieces<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a str> {
        let starts = std::iter::once(0).chain(self.edits.iter().map(|edit| edit.span.end as usize));
        let ends = self.edits.iter().map(|edit| edit.span.start as usize).chain([text.len()]);
        let inserted = self.iter().map(|(_, text)| text).chain([""]);
        let kept = starts.zip(ends).map(|(start, end)| &text[start..end]);
        kept.zip(inserted).flat_map(|(kept, inserted)| [kept, inserted]).filter(|piece| !piece.is_empty())
    }

    /// The new text.
    pub fn apply(&self, text: &str) -> String {
        let mut out = String::with_capacity(self.pieces(text).map(str::len).sum());
        out.extend(self.pieces(text));
        out
    }
}

/// Texts by their numbers, in one allocation where each would need its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Texts {
    all: String,
    /// Where each ends, and the next begins.
    ends: Vec<usize>,
    /// The last text of each length, the length modulo [`LENGTHS`].
    last: Vec<u32>,
}

/// For how many lengths a text is remembered. One pod brings about a dozen texts.
const LENGTHS: usize = 256;

impl Texts {
    fn get(&self, number: u32) -> &str {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.all[start..self.ends[number]]
    }

    fn push(&mut self, text: &str) -> u32 {
        self.all += text;
        self.ends.push(self.all.len());
        u32::try_from(self.ends.len() - 1).expect("impossible: there are fewer edits than bytes")
    }

    /// As [`Self::push`], but a text that was there lately is not put there again: ten thousand pods get the same
    /// volumes, and memory would hold them ten thousand times.
    fn share(&mut self, text: &str) -> u32 {
        if self.last.is_empty() {
            let empty = self.push("");
            self.last.resize(LENGTHS, empty);
        }
        let slot = text.len() % LENGTHS;
        if self.get(self.last[slot]) != text {
            self.last[slot] = self.push(text);
        }
        self.last[slot]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn splice(start: usize, end: usize, text: &str, depth: u32) -> Splice {
        Splice { span: Span::new(start, end), text: text.to_owned(), depth }
    }

    #[test]
    fn the_innermost_insertion_at_one_offset_comes_first() {
        let splices =
            Splices::new(vec![splice(1, 1, "out", 1), splice(1, 1, "in", 2), splice(1, 1, "later", 1)]);
        assert_eq!(splices.unwrap().apply("ab"), "ainoutlaterb");
    }

    #[test]
    fn an_insertion_at_the_border_of_a_replaced_span_goes_outside() {
        let splices = vec![splice(2, 2, ">", 9), splice(1, 2, "B", 1), splice(1, 1, "<", 0)];
        assert_eq!(Splices::new(splices).unwrap().apply("abc"), "a<B>c");
    }

    #[test]
    fn an_overlap_is_refused() {
        let inside = Splices::new(vec![splice(0, 3, "", 0), splice(1, 1, "x", 0)]);
        assert_eq!(inside, Err(Overlap { first: Span::new(0, 3), second: Span::new(1, 1) }));
        assert!(Splices::new(vec![splice(0, 2, "", 0), splice(1, 3, "", 0)]).is_err());
    }

    #[test]
    fn the_same_replacement_twice_is_one() {
        let splices =
            vec![splice(0, 1, "|-", 1), splice(0, 1, "|-", 1), splice(2, 2, "x", 0), splice(2, 2, "x", 0)];
        assert_eq!(Splices::new(splices).unwrap().apply("| a"), "|- xxa");
    }

    #[test]
    fn equal_texts_of_several_edits_are_held_once() {
        let mut all = Splices::default();
        for at in 0..100 {
            all.append(&Splices::new(vec![splice(at, at, "a: 1\n", 0), splice(at, at + 1, "b", 0)]).unwrap())
                .unwrap();
        }
        assert_eq!(all.texts.all, "a: 1\nb");
        assert_eq!(all.apply(&"x".repeat(100)), "a: 1\nb".repeat(100));
    }

    proptest! {
        #[test]
        fn disjoint_edits_apply_as_if_one_by_one_from_the_end(
            text in "[a-z]{0,40}",
            cuts in proptest::collection::btree_set(0usize..41, 0..12),
            words in proptest::collection::vec("[A-Z]{0,3}", 6),
        ) {
            let cuts: Vec<usize> = cuts.into_iter().filter(|&cut| cut <= text.len()).collect();
            let splices: Vec<Splice> = cuts
                .chunks_exact(2)
                .zip(&words)
                .map(|(cut, word)| splice(cut[0], cut[1], word, 0))
                .collect();
            let mut expected = text.clone();
            for splice in splices.iter().rev() {
                expected.replace_range(splice.span.range(), &splice.text);
            }
            prop_assert_eq!(Splices::new(splices).unwrap().apply(&text), expected);
        }
    }
}
