//! Collects new text, and writes line breaks and indentation.

/// New text, and the items that moved into it.
#[derive(Debug, Default)]
pub(super) struct NewText {
    pub(super) text: String,
    /// The numbers of the items that moved into it.
    pub(super) moved: Vec<usize>,
    /// Whether it has scalars in flow style that did not move into it.
    pub(super) has_new: bool,
}

impl NewText {
    /// Empty text with room for a few lines.
    pub(super) fn with_room() -> Self {
        Self { text: String::with_capacity(512), moved: Vec::new(), has_new: false }
    }

    /// The place at the end, for [`Self::truncate`].
    pub(super) fn mark(&self) -> (usize, usize) {
        (self.text.len(), self.moved.len())
    }

    /// Removes what was written after the mark.
    pub(super) fn truncate(&mut self, (text, moved): (usize, usize)) {
        self.text.truncate(text);
        self.moved.truncate(moved);
    }

    /// The column at the end, if the text begins in column `from`.
    pub(super) fn column(&self, from: usize) -> usize {
        match memchr::memrchr2(b'\n', b'\r', self.text.as_bytes()) {
            Some(at) => self.text[at + 1..].chars().count(),
            None => from + self.text.chars().count(),
        }
    }
}

/// A line break and enough spaces for nearly every indentation.
const LINE: &str = "\n                                                                ";

/// Writes this many spaces.
pub(super) fn indent(out: &mut String, count: usize) {
    match LINE.get(1..=count) {
        Some(spaces) => out.push_str(spaces),
        None => out.extend(std::iter::repeat_n(' ', count)),
    }
}

/// Writes a line break, and spaces up to the column.
pub(super) fn new_line(out: &mut String, line_break: &str, column: usize) {
    match LINE.get(..=column) {
        Some(line) if line_break == "\n" => out.push_str(line),
        _ => unusual_line(out, line_break, column),
    }
}

#[cold]
fn unusual_line(out: &mut String, line_break: &str, column: usize) {
    out.push_str(line_break);
    indent(out, column);
}
