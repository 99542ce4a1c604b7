//! Converts many offsets in one text to lines and columns, in any order.
//!
//! Every 4 KiB, a checkpoint stores the line and the column, and each search counts from the nearest checkpoint before
//! the offset. So a search is cheap even in a text with many lines, in a very long line, or backwards. This module
//! knows only line breaks and characters.

use kueueleuleu_yaml::span::LineColumn;

/// The number of bytes between two checkpoints.
const STEP: usize = 4096;
/// The number of bytes of a line before and after an offset that are returned, at most.
const WINDOW: usize = 1024;

/// Finds places in a text.
#[derive(Debug)]
pub(crate) struct LineIndex<'t> {
    text: &'t str,
    /// The checkpoints in order, up to the largest offset that was searched for.
    checkpoints: Vec<Checkpoint>,
}

/// The line and the column of an offset.
#[derive(Clone, Copy, Debug)]
struct Checkpoint {
    offset: usize,
    /// The number of line breaks before the offset.
    breaks: usize,
    /// The offset of the start of the line.
    line: usize,
    /// The number of characters before the offset in its line.
    characters: usize,
}

impl<'t> LineIndex<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        // A byte order mark has no column.
        let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, checkpoints: vec![Checkpoint { offset: start, breaks: 0, line: start, characters: 0 }] }
    }

    /// The position of `offset`, and the part of its line around it.
    pub(crate) fn find(&mut self, offset: u32) -> (LineColumn, LineExcerpt<'t>) {
        let offset = self.text.floor_char_boundary(offset as usize);
        let found = self.checkpoint_before(offset).advanced(self.text, offset);
        let place = LineColumn { line: found.breaks + 1, column: found.characters + 1 };
        (place, LineExcerpt::around(self.text, found.line, found.offset))
    }

    /// The last checkpoint up to `offset`. Creates the missing checkpoints before it.
    fn checkpoint_before(&mut self, offset: usize) -> Checkpoint {
        let mut last = self.checkpoints[self.checkpoints.len() - 1];
        while last.offset + STEP <= offset {
            last = last.advanced(self.text, self.text.floor_char_boundary(last.offset + STEP));
            self.checkpoints.push(last);
        }
        let after = self.checkpoints.partition_point(|checkpoint| checkpoint.offset <= offset);
        self.checkpoints[after.saturating_sub(1)]
    }
}

impl Checkpoint {
    /// The checkpoint at a later `offset`.
    fn advanced(self, text: &str, offset: usize) -> Self {
        let bytes = text.as_bytes();
        let mut checkpoint = self;
        for at in self.offset..offset {
            // A CR alone is a line break in YAML; CR LF is one line break.
            let is_break = bytes[at] == b'\n' || (bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
            if is_break {
                checkpoint.breaks += 1;
                (checkpoint.line, checkpoint.characters) = (at + 1, 0);
            } else if text.is_char_boundary(at) {
                checkpoint.characters += 1;
            }
            checkpoint.offset = at + 1;
        }
        checkpoint
    }
}

/// The part of a line around an offset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LineExcerpt<'t> {
    /// The offset of its first byte.
    pub start: usize,
    /// The part, without a line break.
    pub text: &'t str,
    /// Whether the line has more text before this part.
    pub is_continued: bool,
    /// Whether the line has more text after this part.
    pub continues: bool,
}

impl<'t> LineExcerpt<'t> {
    fn around(text: &'t str, line: usize, offset: usize) -> Self {
        let start = text.floor_char_boundary(offset.saturating_sub(WINDOW)).max(line);
        let limit = text.floor_char_boundary(offset + WINDOW);
        let end = text[offset..limit].find(['\n', '\r']).map(|length| offset + length);
        let part = &text[start..end.unwrap_or(limit)];
        let continues = end.is_none() && limit < text.len() && !text[limit..].starts_with(['\n', '\r']);
        Self { start, text: part, is_continued: start > line, continues }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_the_same_as_when_counted_from_the_start() {
        let text = "\u{feff}ä: 1\r\n\r\nbé: 2\rc: 3\n\nlast";
        let long = format!("{text}{}\n{text}", "größe ".repeat(2 * STEP));
        for (text, step) in [(text, 1), (&long, 97)] {
            let forwards = (0..text.len()).step_by(step);
            let mut places = LineIndex::new(text);
            for offset in forwards.clone().chain([text.len()]).chain(forwards.rev()) {
                let (place, line) = places.find(u32::try_from(offset).unwrap());
                // No diagnostic starts between CR and LF.
                if !text[..text.floor_char_boundary(offset)].ends_with('\r') {
                    assert_eq!(place, LineColumn::of(text, u32::try_from(offset).unwrap()), "at {offset}");
                }
                assert!(text[line.start..].starts_with(line.text));
                assert!(line.text.len() <= 2 * WINDOW + 8);
            }
        }
        assert_eq!(
            LineIndex::new(text).find(u32::try_from(text.find('2').unwrap()).unwrap()).1.text,
            "bé: 2"
        );
    }

    #[test]
    fn a_long_line_is_cut_around_the_offset() {
        let text = format!("a\n{}b{}\nc", "x".repeat(WINDOW), "y".repeat(WINDOW - 1));
        let (_, line) = LineIndex::new(&text).find(2 + u32::try_from(WINDOW).unwrap());
        assert_eq!((line.text, line.is_continued, line.continues), (&text[2..text.len() - 2], false, false));
        let (_, line) = LineIndex::new(&text).find(3 + u32::try_from(WINDOW).unwrap());
        assert_eq!((line.text, line.is_continued, line.continues), (&text[3..text.len() - 2], true, false));
        let (_, line) = LineIndex::new(&text).find(2);
        assert_eq!((line.text, line.is_continued, line.continues), (&text[2..2 + WINDOW], false, true));
    }

    /// Searching backwards in one long line once counted from the start of the line for every offset.
    #[test]
    fn checkpoints_are_created_once() {
        let text = "x".repeat(1 << 18);
        let mut places = LineIndex::new(&text);
        for offset in (0..1 << 18).rev().step_by(64) {
            assert_eq!(places.find(offset).0, LineColumn { line: 1, column: offset as usize + 1 });
        }
        assert_eq!(places.checkpoints.len(), (1 << 18) / STEP);
    }
}
