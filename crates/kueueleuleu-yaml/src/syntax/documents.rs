//! Reads the documents of a text: each with the fast reader if possible, otherwise with the full parser.
//!
//! This module knows only document markers. A line that starts with `---` or `...` is never content, so the text can be
//! split there. If there are directives, or unusual text after a marker, the full parser reads the rest of the text.

use super::fast::{self, FastReader};
use super::granit::FullReader;
use super::json;
use super::marker::{Marker, marker};
use super::shape::Shape;
use super::tree::Tree;
use crate::Error;
use memchr::memmem;
use std::ops::Range;

/// Reads the documents of a text, one after the other, into one tree, so that its memory is reused.
pub struct Documents<'t> {
    tree: Tree<'t>,
    shape: &'static Shape,
    fast: FastReader,
    /// The full parser, if it is in use, and the end of its part of the text.
    full: Option<(FullReader<'t>, usize)>,
    /// The start of the next document, or of the comments before it.
    at: usize,
    /// The end of the text to read.
    end: usize,
    /// The number of bytes that the full parser received.
    slow: usize,
    /// The number of JSON values that were followed by another one.
    values: usize,
    done: bool,
}

impl<'t> Documents<'t> {
    /// Reads the documents of `text`. `shape` selects the nodes.
    ///
    /// # Panics
    /// If offsets in the text do not fit in 32 bits. The caller must reject such texts.
    pub fn new(text: &'t str, shape: &'static Shape) -> Self {
        Self::of_part(text, 0..text.len(), shape)
    }

    /// Reads the documents of one of the [`parts`] of `text`.
    pub fn of_part(text: &'t str, part: Range<usize>, shape: &'static Shape) -> Self {
        let mark = '\u{feff}';
        let at = if part.start == 0 && text.starts_with(mark) { mark.len_utf8() } else { part.start };
        Self {
            tree: Tree::new(text),
            shape,
            fast: FastReader::new(part.end),
            full: None,
            at,
            end: part.end,
            slow: 0,
            values: 0,
            done: false,
        }
    }

    /// Reads all documents with the full parser, which is slower. Tests compare the fast reader with it.
    #[doc(hidden)]
    pub fn by_full_parser(text: &'t str, shape: &'static Shape) -> Self {
        let full = Some((FullReader::new(text, 0..text.len(), shape), text.len()));
        Self { full, ..Self::new(text, shape) }
    }

    /// The number of bytes that the full parser read.
    #[doc(hidden)]
    pub fn bytes_of_full_parser(&self) -> usize {
        self.slow + self.fast.slow()
    }

    /// The number of JSON values that were followed by another one, which the full parser does not support.
    #[doc(hidden)]
    pub fn json_values(&self) -> usize {
        self.values
    }

    /// Reads the next document. `None` at the end of the text, and after an error.
    pub fn next_document(&mut self) -> Option<Result<&Tree<'t>, Error>> {
        if self.done {
            return None;
        }
        match self.read() {
            Ok(true) => Some(Ok(self.full.as_ref().map_or(&self.tree, |(reader, _)| reader.tree()))),
            Ok(false) => {
                self.done = true;
                None
            }
            Err(error) => {
                self.done = true;
                Some(Err(error))
            }
        }
    }

    fn read(&mut self) -> Result<bool, Error> {
        loop {
            if let Some((reader, end)) = &mut self.full {
                if reader.read()? {
                    return Ok(true);
                }
                self.at = *end;
                self.full = None;
            }
            match self.fast.read(&mut self.tree, self.shape, self.at) {
                fast::Attempt::Document(end) => {
                    self.at = end;
                    return Ok(true);
                }
                fast::Attempt::End => return Ok(false),
                fast::Attempt::NeedsFullParser(start) => {
                    let value = json::one_of_many(&self.tree.text.as_bytes()[..self.end], start)
                        .filter(|_| json::may_be_json(self.tree.text.as_bytes()));
                    self.values += usize::from(value.is_some());
                    if let Some(value) = &value
                        && self.fast.read_value(&mut self.tree, self.shape, value.clone())
                    {
                        self.at = value.end;
                        return Ok(true);
                    }
                    let end = value.map_or_else(|| end_of_document(self.tree.text, start), |value| value.end);
                    let end = end.min(self.end);
                    let reader = FullReader::new(self.tree.text, start..end, self.shape);
                    self.full = Some((reader, end));
                    self.slow += end - start;
                }
            }
        }
    }
}

impl std::fmt::Debug for Documents<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Documents").field("tree", &self.tree).finish_non_exhaustive()
    }
}

/// Splits a text into up to `count` parts of about the same size, each with whole documents, so that they can be read
/// in parallel. A text with directives, or without markers, is one part.
pub fn parts(text: &str, count: usize) -> Vec<Range<usize>> {
    let mut cuts = vec![0];
    // A directive belongs to the document after the next marker.
    let has_directives = || {
        let begins_line = |at| at == 0 || matches!(text.as_bytes()[at - 1], b'\n' | b'\r');
        memchr::memchr_iter(b'%', text.as_bytes()).any(begins_line)
    };
    if count > 1 && !has_directives() {
        let finder = memmem::Finder::new("\n---");
        for part in 1..count {
            let from = (text.len() / count * part).max(cuts[cuts.len() - 1]);
            let found = finder.find_iter(&text.as_bytes()[from..]).map(|found| from + found + 1);
            cuts.extend(found.into_iter().find(|&at| marker(text.as_bytes(), at) == Some(Marker::Start)));
        }
        cuts.dedup();
    }
    let ends = cuts[1..].iter().copied().chain([text.len()]);
    cuts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

/// The end of the part that the full parser reads from `start`, where a document or its marker starts: the next marker
/// that every reader recognizes, or the end of the text.
fn end_of_document(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    loop {
        if bytes.get(at) == Some(&b'%') {
            return text.len();
        }
        if at > start {
            match marker(bytes, at) {
                // The text after `---` belongs to the next document.
                Some(Marker::Odd) if bytes[at] == b'-' => return at,
                Some(Marker::Odd) => return text.len(),
                Some(_) => return at,
                None => {}
            }
        }
        match memchr::memchr2(b'\n', b'\r', &bytes[at..]) {
            Some(found) => at += found + 1,
            None => return text.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document and its marker.
    const DOCUMENT: &str = "---\na: b\n---c: d\ne:\n  --- f\n";

    #[test]
    fn parts_are_about_equal_and_consist_of_whole_documents() {
        for documents in [1, 2, 7, 40] {
            let text = DOCUMENT.repeat(documents);
            for count in 1..10 {
                let parts = parts(&text, count);
                assert_eq!((parts[0].start, parts[parts.len() - 1].end), (0, text.len()));
                assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start), "{parts:?}");
                assert!(parts.iter().all(|part| text[part.clone()].starts_with("---\na")), "{parts:?}");
                let longest = parts.iter().map(ExactSizeIterator::len).max().unwrap();
                assert!(longest <= text.len() / count + 2 * DOCUMENT.len(), "{count}: {parts:?}");
            }
        }
    }

    #[test]
    fn a_text_with_directives_is_one_part() {
        let text = DOCUMENT.repeat(20);
        assert_eq!(parts(&format!("{text}...\n%YAML 1.2\n{text}"), 4).len(), 1);
        assert_eq!(parts(&format!("%YAML 1.2\n{text}"), 4).len(), 1);
        assert_eq!(parts(&text.replace("a: b", "a: 5%\r\n"), 4).len(), 4);
        assert_eq!(parts("", 4).len(), 1);
    }

    #[test]
    fn the_full_parser_reads_all_if_it_is_asked_to() {
        let mut documents = Documents::by_full_parser("a: b\n---\nc: d\n", &Shape::ALL);
        for _ in 0..2 {
            documents.next_document().unwrap().unwrap();
            assert!(documents.full.is_some());
        }
        assert!(documents.next_document().is_none());
    }

    /// Otherwise one unusual document would make the reading of all others slow.
    #[test]
    fn the_full_parser_reads_only_the_unusual_document() {
        let slow = |text: &str| {
            let mut documents = Documents::new(text, &Shape::ALL);
            while let Some(tree) = documents.next_document() {
                tree.unwrap();
            }
            documents.bytes_of_full_parser()
        };
        let unusual = "---\na: &x b\nc: 5%\n";
        for (before, after) in [("", "---\nd: e\n"), ("---\nf: g\n", "---\nd: e\n"), ("h: i\n", "")] {
            assert_eq!(slow(&format!("{before}{unusual}{after}")), unusual.len(), "{before}{unusual}{after}");
        }
        // Text after a marker is unusual, too.
        assert_eq!(slow("---\na: b\n--- &x c\n--- {}\n---\nd: e\n"), "--- &x c\n--- {}\n".len());
    }
}
