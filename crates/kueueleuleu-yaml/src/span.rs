//! Positions in a text: byte spans, and their lines and columns.

use std::ops::Range;

/// A half-open range of bytes in one text. Texts are limited to 1 GiB, so 32 bits are enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// The span from `start` to `end`, which are offsets in a text.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "texts are limited to 1 GiB; that is checked once for each, and not for every offset"
    )]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// An empty span at `offset`.
    pub fn at(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    /// The span as a range, to index a text.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether this span contains `other`.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A line and a column as editors show them: both start at 1, and the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineColumn {
    /// The line. CR LF is one line break.
    pub line: usize,
    /// The column in characters, without a byte order mark.
    pub column: usize,
}

impl LineColumn {
    /// Counts from the start of `text`, which is slow, so call it only for positions that are printed.
    pub fn of(text: &str, offset: u32) -> Self {
        let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let (text, offset) = (&text[mark..], (offset as usize).saturating_sub(mark));
        let before = &text[..text.floor_char_boundary(offset)];
        let breaks = before.bytes().enumerate().filter(|&(at, byte)| match byte {
            b'\n' => true,
            // A CR alone is a line break in YAML; CR LF is one line break.
            b'\r' => text.as_bytes().get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let (count, last) = breaks.fold((0, 0), |(count, _), (at, _)| (count + 1, at + 1));
        Self { line: count + 1, column: before[last..].chars().count() + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_and_not_the_byte_order_mark() {
        let text = "\u{feff}ä: 1\r\nbé: 2\r\n";
        let at = |needle: &str| LineColumn::of(text, u32::try_from(text.find(needle).unwrap()).unwrap());
        assert_eq!(at("ä"), LineColumn { line: 1, column: 1 });
        assert_eq!(at("1"), LineColumn { line: 1, column: 4 });
        assert_eq!(at("2"), LineColumn { line: 2, column: 5 });
        assert_eq!(LineColumn::of("a\rb\r\n", 2), LineColumn { line: 2, column: 1 });
        assert_eq!(LineColumn::of("a\rb\r\n", 5), LineColumn { line: 3, column: 1 });
    }
}
