//! One line: dashes, a key, and what stands behind them.
//!
//! Knows what may stand where; where scalars and flow collections end, others know.

use super::super::tree::{Kind, NONE};
use super::{Lexer, bytes};

/// How long a key may be, in bytes.
pub(super) const MAX_KEY: usize = 1000;

/// What may stand somewhere on a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The next dash or key of the collection on top, and nothing else.
    Entry,
    /// A value, which may be a block collection.
    Value,
    /// A value on the line of its key.
    Inline,
}

/// What ends a plain scalar on a line.
enum Stop {
    /// A colon behind it, and a blank or the end of the line behind that.
    Colon,
    /// The end of the line behind it.
    LineFeed,
    /// Anything else, or a blank stands before it.
    Other,
}

impl Lexer<'_, '_> {
    /// Reads what begins a line: a dash, a key, or a value whose dash or key stands on a line before. Goes to the first
    /// line behind it.
    pub(super) fn entry(&mut self, column: usize, first: u8) -> Option<()> {
        while self.top.inside > column + 1 {
            self.pop();
        }
        let is_dash = first == b'-' && self.is_alone(self.at + 1);
        let place = if self.top.inside <= column {
            self.top.awaits.then_some(Place::Value)?
        } else if is_dash {
            match self.top.kind {
                Kind::BlockSequence => Place::Entry,
                // A sequence may stand in the column of its key.
                Kind::BlockMapping if self.top.awaits => Place::Value,
                _ => return None,
            }
        } else {
            if self.top.kind != Kind::BlockMapping {
                self.pop();
                if self.top.kind != Kind::BlockMapping || self.top.inside != column + 1 {
                    return None;
                }
            }
            Place::Entry
        };
        self.rest(place, first)
    }

    /// Reads the line from `first` on, which stands here.
    fn rest(&mut self, mut place: Place, mut first: u8) -> Option<()> {
        loop {
            place = if self.begins_plain(first) {
                let start = self.at;
                let (end, stop) = self.stop(start);
                match stop {
                    Stop::Colon => self.key(place, Kind::Plain, (start, end), end, NONE)?,
                    Stop::LineFeed if place != Place::Entry => return self.plain_value(start, end),
                    _ => {
                        if !self.other_plain(place, start, end)? {
                            return Some(());
                        }
                    }
                }
                Place::Inline
            } else {
                match first {
                    b'-' => {
                        self.dash(place)?;
                        Place::Value
                    }
                    b'"' | b'\'' => {
                        if !self.quoted(place)? {
                            return Some(());
                        }
                        Place::Inline
                    }
                    _ if place == Place::Entry => return None,
                    b'[' | b'{' => {
                        self.flow()?;
                        return self.rest_of_line();
                    }
                    b'|' | b'>' => return self.block_scalar(),
                    _ => return None,
                }
            };
            match self.behind_indicator() {
                Some(value) => first = value,
                None => return Some(()),
            }
        }
    }

    /// Where the plain scalar that begins at `start` may end on its line.
    #[inline]
    fn stop(&self, start: usize) -> (usize, Stop) {
        let mut at = start;
        loop {
            at = bytes::colon_hash_or_line_feed(self.text, at);
            let stop = match self.text.get(at.wrapping_sub(1)..) {
                Some([_, b':', next, ..]) if *next > b' ' => {
                    at += 1;
                    continue;
                }
                Some([before, b':', b' ' | b'\n', ..]) if *before > b' ' => Stop::Colon,
                Some([before, b'\n', ..]) if *before > b' ' => Stop::LineFeed,
                _ => Stop::Other,
            };
            return (at, stop);
        }
    }

    /// Whether a blank or the end of the line stands at `at`.
    pub(super) fn is_alone(&self, at: usize) -> bool {
        matches!(self.text.get(at), None | Some(b' ' | b'\n' | b'\r'))
    }

    /// Reads a dash, which must be alone.
    fn dash(&mut self, place: Place) -> Option<()> {
        if !self.is_alone(self.at + 1) {
            return None;
        }
        match place {
            Place::Entry => self.skip_value(),
            Place::Value => self.open(Kind::BlockSequence, self.at - self.line, self.at)?,
            Place::Inline => return None,
        }
        self.top.awaits = true;
        self.top.dash = self.at;
        self.at += 1;
        self.end = self.at;
        Some(())
    }

    /// Adds the key from `start` to `end`, and goes behind its colon.
    #[expect(clippy::inline_always, reason = "nearly every line has a key")]
    #[inline(always)]
    fn key(
        &mut self,
        place: Place,
        kind: Kind,
        (start, end): (usize, usize),
        colon: usize,
        decoded: u32,
    ) -> Option<()> {
        match place {
            Place::Entry => self.skip_value(),
            Place::Value => self.open(Kind::BlockMapping, start - self.line, start)?,
            Place::Inline => return None,
        }
        if end - start > MAX_KEY {
            return None;
        }
        self.add_key(kind, start, end, decoded);
        self.at = colon + 1;
        self.end = self.at;
        Some(())
    }

    /// Reads a plain scalar that does not end before `at`. Says whether it is a key; a value is read with all its lines.
    #[cold]
    fn other_plain(&mut self, place: Place, start: usize, at: usize) -> Option<bool> {
        let (end, is_key) = self.plain_end(start, at)?;
        if is_key {
            self.key(place, Kind::Plain, (start, end), self.at, NONE)?;
        } else {
            (place != Place::Entry).then(|| self.plain_lines(start, end))??;
        }
        Some(is_key)
    }

    /// Reads a scalar in quotes. Says whether it is a key; a value is read with all that is on its line.
    fn quoted(&mut self, place: Place) -> Option<bool> {
        let quoted = self.quotes()?;
        let colon = bytes::behind_blank(self.text, quoted.end);
        let is_key = self.text.get(colon) == Some(&b':') && self.is_alone(colon + 1) && !quoted.has_lines;
        if is_key && place != Place::Inline {
            self.key(place, Kind::Quoted, (quoted.start, quoted.end), colon, quoted.decoded)?;
            return Some(true);
        }
        if place == Place::Entry {
            return None;
        }
        self.scalar(Kind::Quoted, quoted.start, quoted.end, quoted.decoded);
        self.rest_of_line()?;
        Some(false)
    }

    /// Goes to what stands behind a dash or a colon on its line, and returns its first byte, or goes to the next line.
    fn behind_indicator(&mut self) -> Option<u8> {
        // Mostly one blank, or no more on the line.
        match self.text.get(self.at..) {
            Some([b' ', first, ..]) if *first > b'#' => {
                self.at += 1;
                return Some(*first);
            }
            Some([b'\n', ..]) => {
                self.at += 1;
                return None;
            }
            _ => {}
        }
        let at = bytes::behind_blank(self.text, self.at);
        match self.text.get(at) {
            None | Some(b'\n' | b'\r') => {}
            // Blanks stand before it: the indicator is alone.
            Some(b'#') if at > self.at => {}
            Some(&first) => {
                self.at = at;
                return Some(first);
            }
        }
        self.at = bytes::next_line(self.text, at);
        None
    }

    /// Nothing or a comment must stand behind a value.
    fn rest_of_line(&mut self) -> Option<()> {
        let at = bytes::behind_blank(self.text, self.at);
        match self.text.get(at) {
            None | Some(b'\n' | b'\r') => {}
            Some(b'#') if at > self.at => {}
            Some(_) => return None,
        }
        self.at = bytes::next_line(self.text, at);
        Some(())
    }
}
