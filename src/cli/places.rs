//! Lines and columns of many offsets in one text, in any order.
//!
//! Knows line breaks and characters only. Every few KiB it notes where it is, and counts from the nearest note before
//! an offset: so neither many lines, nor one long line, nor offsets that point backwards make a place expensive.

use kueueleuleu_yaml::span::LineColumn;

/// How many bytes lie between two notes.
const STEP: usize = 4096;
/// How many bytes of a line are shown before and after an offset at most.
const WINDOW: usize = 1024;

/// Finds places in a text.
#[derive(Debug)]
pub(crate) struct Places<'t> {
    text: &'t str,
    /// Notes in order, up to the furthest offset that was looked for.
    notes: Vec<Note>,
}

/// What is known at an offset.
#[derive(Clone, Copy, Debug)]
struct Note {
    offset: usize,
    /// How many line breaks precede it.
    breaks: usize,
    /// Where its line starts.
    line: usize,
    /// How many characters of its line precede it.
    characters: usize,
}

impl<'t> Places<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        // A byte order mark belongs to no line.
        let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, notes: vec![Note { offset: start, breaks: 0, line: start, characters: 0 }] }
    }

    /// The place of `offset`, and what surrounds it in its line.
    pub(crate) fn find(&mut self, offset: u32) -> (LineColumn, Line<'t>) {
        let offset = self.text.floor_char_boundary(offset as usize);
        let note = self.note_before(offset).advanced(self.text, offset);
        let place = LineColumn { line: note.breaks + 1, column: note.characters + 1 };
        (place, Line::around(self.text, note.line, note.offset))
    }

    /// The last note up to `offset`, after all notes before it were made.
    fn note_before(&mut self, offset: usize) -> Note {
        let mut last = self.notes[self.notes.len() - 1];
        while last.offset + STEP <= offset {
            last = last.advanced(self.text, self.text.floor_char_boundary(last.offset + STEP));
            self.notes.push(last);
        }
        let after = self.notes.partition_point(|note| note.offset <= offset);
        self.notes[after.saturating_sub(1)]
    }
}

impl Note {
    /// What is known at `offset`, if that is further on.
    fn advanced(self, text: &str, offset: usize) -> Self {
        let bytes = text.as_bytes();
        let mut note = self;
        for at in self.offset..offset {
            // A lone CR breaks a line in YAML; one before LF is counted with it.
            let is_break = bytes[at] == b'\n' || (bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
            if is_break {
                (note.breaks, note.line, note.characters) = (note.breaks + 1, at + 1, 0);
            } else if text.is_char_boundary(at) {
                note.characters += 1;
            }
            note.offset = at + 1;
        }
        note
    }
}

/// The part of a line around an offset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'t> {
    /// Its first byte in the text.
    pub start: usize,
    /// The part without a line break.
    pub text: &'t str,
    /// Whether more of the line precedes it.
    pub is_continued: bool,
    /// Whether more of the line follows it.
    pub continues: bool,
}

impl<'t> Line<'t> {
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
    fn counts_as_one_by_one_from_the_start() {
        let text = "\u{feff}ä: 1\r\n\r\nbé: 2\rc: 3\n\nlast";
        let long = format!("{text}{}\n{text}", "größe ".repeat(2 * STEP));
        for (text, step) in [(text, 1), (&long, 97)] {
            let forwards = (0..text.len()).step_by(step);
            let mut places = Places::new(text);
            for offset in forwards.clone().chain([text.len()]).chain(forwards.rev()) {
                let (place, line) = places.find(u32::try_from(offset).unwrap());
                // Nobody means the place between CR and LF.
                if !text[..text.floor_char_boundary(offset)].ends_with('\r') {
                    assert_eq!(place, LineColumn::of(text, u32::try_from(offset).unwrap()), "at {offset}");
                }
                assert!(text[line.start..].starts_with(line.text));
                assert!(line.text.len() <= 2 * WINDOW + 8);
            }
        }
        assert_eq!(Places::new(text).find(u32::try_from(text.find('2').unwrap()).unwrap()).1.text, "bé: 2");
    }

    #[test]
    fn a_long_line_is_cut_around_the_offset() {
        let text = format!("a\n{}b{}\nc", "x".repeat(WINDOW), "y".repeat(WINDOW - 1));
        let (_, line) = Places::new(&text).find(2 + u32::try_from(WINDOW).unwrap());
        assert_eq!((line.text, line.is_continued, line.continues), (&text[2..text.len() - 2], false, false));
        let (_, line) = Places::new(&text).find(3 + u32::try_from(WINDOW).unwrap());
        assert_eq!((line.text, line.is_continued, line.continues), (&text[3..text.len() - 2], true, false));
        let (_, line) = Places::new(&text).find(2);
        assert_eq!((line.text, line.is_continued, line.continues), (&text[2..2 + WINDOW], false, true));
    }

    /// The places of all bytes of one long line, backwards: each once cost a count from the start of the line.
    #[test]
    fn notes_are_made_once() {
        let text = "x".repeat(1 << 18);
        let mut places = Places::new(&text);
        for offset in (0..1 << 18).rev().step_by(64) {
            assert_eq!(places.find(offset).0, LineColumn { line: 1, column: offset as usize + 1 });
        }
        assert_eq!(places.notes.len(), (1 << 18) / STEP);
    }
}
