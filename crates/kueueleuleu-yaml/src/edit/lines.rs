//! New text, and how its lines begin.

/// Text that is being written.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) text: String,
    /// The numbers of the items that moved into it.
    pub(super) moved: Vec<usize>,
}

impl Text {
    /// With room for a few lines.
    pub(super) fn with_room() -> Self {
        Self { text: String::with_capacity(512), moved: Vec::new() }
    }
}

/// A line break and spaces.
const LINE: &str = "\n                                                                ";

/// Writes spaces.
pub(super) fn indent(out: &mut String, count: usize) {
    let spaces = &LINE[1..];
    let mut left = count;
    while left > spaces.len() {
        out.push_str(spaces);
        left -= spaces.len();
    }
    out.push_str(&spaces[..left]);
}

/// Writes a line break and indentation.
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
