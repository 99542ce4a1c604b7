//! Lines and columns of many offsets in one text.
//!
//! Knows line breaks only. Counting each from the start of the text would make many diagnostics in a large file slow.

use kueueleuleu_yaml::span::LineColumn;

/// Finds places in a text; fast where they come in the order of the text.
#[derive(Debug)]
pub(crate) struct Places<'t> {
    text: &'t str,
    /// The start of the line of the last place.
    start: usize,
    /// How many lines stand before it.
    above: usize,
}

impl<'t> Places<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, start: 0, above: 0 }
    }

    /// The place of `offset`, and its line without the line break.
    pub(crate) fn find(&mut self, offset: u32) -> (LineColumn, Line<'t>) {
        let offset = self.text.floor_char_boundary(offset as usize);
        if offset < self.start {
            (self.start, self.above) = (0, 0);
        }
        let below = u32::try_from(offset - self.start).unwrap_or(u32::MAX);
        let place = LineColumn::of(&self.text[self.start..], below);
        self.above += place.line - 1;
        self.start = self.text[..offset].rfind(['\n', '\r']).map_or(0, |at| at + 1).max(self.start);
        let rest = &self.text[self.start..];
        let line = Line { start: self.start, text: rest.split(['\n', '\r']).next().unwrap_or(rest) };
        (LineColumn { line: self.above + 1, column: place.column }, line)
    }
}

/// A line of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'t> {
    /// Its first byte in the text.
    pub start: usize,
    /// The line without its line break.
    pub text: &'t str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_one_by_one_from_the_start() {
        let text = "\u{feff}ä: 1\r\n\r\nbé: 2\rc: 3\n\nlast";
        let offsets = (0..=text.len()).chain((0..=text.len()).rev());
        let mut places = Places::new(text);
        for offset in offsets.map(|offset| u32::try_from(offset).unwrap()) {
            let (place, line) = places.find(offset);
            // Between CR and LF is no place that anyone means.
            if !text[..text.floor_char_boundary(offset as usize)].ends_with('\r') {
                assert_eq!(place, LineColumn::of(text, offset), "at {offset}");
            }
            assert!(text[line.start..].starts_with(line.text));
        }
        assert_eq!(places.find(u32::try_from(text.find('2').unwrap()).unwrap()).1.text, "bé: 2");
    }
}
