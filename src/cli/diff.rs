//! Writes unified diffs, for people and for `patch -p1`.
//!
//! This module knows the format of a diff, and how `patch` parses file names. [`super::hunks`] computes the lines.

use super::hunks::{DiffHunk, HunkLine, hunks};
use super::input::Source;
use super::output::{Style, is_colorful};
use kueueleuleu::ConvertedText;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Writes the diff of a source, including its header.
pub(crate) fn write(out: &mut impl Write, source: &Source, converted: &ConvertedText<'_>) -> io::Result<()> {
    let color = is_colorful(&io::stdout());
    let path = source.path.as_deref().map_or_else(|| PathBuf::from("stdin"), from_here);
    let bold = Style::BOLD.when(color);
    let mut diff = Diff { out, color };
    diff.line(bold, "--- ", &header("a", &path))?;
    diff.line(bold, "+++ ", &header("b", &path))?;
    hunks(&source.text, converted.edits()).iter().try_for_each(|hunk| diff.hunk(hunk))
}

struct Diff<'o, W> {
    out: &'o mut W,
    color: bool,
}

impl<W: Write> Diff<'_, W> {
    fn hunk(&mut self, hunk: &DiffHunk<'_>) -> io::Result<()> {
        let cyan = Style::CYAN.when(self.color);
        let (removed, added) = (position(&hunk.old), position(&hunk.new));
        self.line(cyan, "", &format!("@@ -{removed} +{added} @@\n"))?;
        let (red, green) = (Style::RED.when(self.color), Style::GREEN.when(self.color));
        hunk.lines.iter().try_for_each(|line| match line {
            HunkLine::Kept(line) => self.line(Style::PLAIN, " ", line),
            HunkLine::Removed(line) => self.line(red, "-", line),
            HunkLine::Added(line) => self.line(green, "+", line),
        })
    }

    /// Writes a line. A missing newline at the end of the file is marked, since `patch` would add one.
    fn line(&mut self, style: Style, sign: &str, line: &str) -> io::Result<()> {
        let content = line.strip_suffix('\n');
        write!(self.out, "{}{sign}{}{}", style.on(), content.unwrap_or(line), style.off())?;
        self.out.write_all(if content.is_some() { b"\n" } else { b"\n\\ No newline at end of file\n" })
    }
}

/// A range of lines as in the header of a hunk: counted from 1; an empty range has the number of the line before it.
///
/// ```text
/// 4..5    ->    5
/// 4..7    ->    5,3
/// 4..4    ->    4,0
/// ```
fn position(lines: &Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        length => format!("{},{length}", lines.start + 1),
    }
}

/// The path as `patch` accepts it: relative to the working directory, or else to the root, since `patch` rejects `..`.
/// Links are resolved, since `patch` rejects them, too.
fn from_here(path: &Path) -> PathBuf {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let here = std::env::current_dir().and_then(|directory| directory.canonicalize());
    let path = here.ok().and_then(|here| path.strip_prefix(here).ok()).unwrap_or(&path);
    path.strip_prefix("/").unwrap_or(path).to_owned()
}

/// The file name in a header line. `patch` needs C quotes for special characters, and a tab after a name with spaces.
fn header(side: &str, path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let name = path.to_str().filter(|name| !name.contains(|c: char| c.is_control() || c == '"' || c == '\\'));
    match name {
        Some(name) => format!("{side}/{name}{}\n", if name.contains(' ') { "\t" } else { "" }),
        None => format!("\"{side}/{}\"\n", bytes.iter().map(|&byte| escaped(byte)).collect::<String>()),
    }
}

fn escaped(byte: u8) -> String {
    match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\{byte:03o}"),
    }
}
