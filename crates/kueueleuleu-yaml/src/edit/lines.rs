//! Collects new text, and writes line breaks and indentation.

/// New text, and the items that moved into it.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) text: String,
    /// The numbers of the items that moved into it.
    pub(super) moved: Vec<usize>,
}

impl Text {
    /// Empty text with room for a few lines.
    pub(super) fn with_room() -> Self {
        Self { text: String::with_capacity(512), moved: Vec::new() }
    }
}

/// A line break and enough spaces for nearly every indentation.
const LINE: &str = "\n                                                                ";

/// Writes this many spaces.
pub(super) fn indent(out: &mut String, count: usize) {
    let spaces = &LINE[1..];
    let mut left = count;
    while left > spaces.len() {
        out.push_str(spaces);
        left -= spaces.len();
    }
    out.push_str(&spaces[..left]);
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
