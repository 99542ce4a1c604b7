//! The documents of a text, each read by the fast reader if that can, or else by the full parser.
//!
//! Knows document markers only. A line that begins with `---` or `...` is never content, so a text can be cut there;
//! where directives or anything odd stands beside the markers, the full parser reads all the rest.

use super::marker::{Marker, marker};
use super::shape::Shape;
use super::tree::Tree;
use super::{fast, granit, json};
use crate::Error;
use memchr::memmem;
use std::ops::Range;

/// The documents of a text, one after the other, read into one tree whose memory is reused.
pub struct Documents<'t> {
    tree: Tree<'t>,
    shape: &'static Shape,
    fast: fast::Reader,
    /// What the full parser reads, and where that ends.
    full: Option<(granit::Reader<'t>, usize)>,
    /// Where the next document begins, or the comments before it.
    at: usize,
    /// Where the last one ends.
    end: usize,
    /// How many bytes the full parser was given.
    slow: usize,
    /// How many values of JSON were read that another one follows.
    values: usize,
    done: bool,
}

impl<'t> Documents<'t> {
    /// The documents of `text`, with nodes for what `shape` asks for.
    ///
    /// # Panics
    /// When an offset in the text may not fit 32 bits: larger texts are refused before they are read.
    pub fn new(text: &'t str, shape: &'static Shape) -> Self {
        Self::of_part(text, 0..text.len(), shape)
    }

    /// The documents of one of the [`parts`] of `text`.
    pub fn of_part(text: &'t str, part: Range<usize>, shape: &'static Shape) -> Self {
        let mark = '\u{feff}';
        let at = if part.start == 0 && text.starts_with(mark) { mark.len_utf8() } else { part.start };
        Self {
            tree: Tree::new(text),
            shape,
            fast: fast::Reader::new(part.end),
            full: None,
            at,
            end: part.end,
            slow: 0,
            values: 0,
            done: false,
        }
    }

    /// The same documents by the full parser alone: slower, and what tests hold the fast reader against.
    #[doc(hidden)]
    pub fn by_full_parser(text: &'t str, shape: &'static Shape) -> Self {
        let full = Some((granit::Reader::new(text, 0..text.len(), shape), text.len()));
        Self { full, ..Self::new(text, shape) }
    }

    /// How many bytes the full parser read.
    #[doc(hidden)]
    pub fn bytes_of_full_parser(&self) -> usize {
        self.slow + self.fast.slow()
    }

    /// How many values of JSON had another one behind them, of which the full parser knows nothing.
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
                fast::Outcome::Document(end) => {
                    self.at = end;
                    return Ok(true);
                }
                fast::Outcome::End => return Ok(false),
                fast::Outcome::GivenUp(start) => {
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
                    let reader = granit::Reader::new(self.tree.text, start..end, self.shape);
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

/// Cuts a text into up to `count` parts of about the same size, each of whole documents, so that they can be read side
/// by side. A text with directives, or with nowhere to cut, is one part.
pub fn parts(text: &str, count: usize) -> Vec<Range<usize>> {
    let mut cuts = vec![0];
    // A directive belongs to the document behind its marker.
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

/// Where the document that begins at `start`, perhaps by a marker, ends for the full parser: at a marker that any
/// reader takes for one, or at the end of the text.
fn end_of_document(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    loop {
        if bytes.get(at) == Some(&b'%') {
            return text.len();
        }
        if at > start {
            match marker(bytes, at) {
                // What stands behind `---` belongs to the next document.
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
