//! Bytes: blanks, lines, and the characters that not every reader takes for the same.
//!
//! Knows no structure. What is looked for is mostly a few bytes away, so the searches are those that cost little to begin.

#[cfg(not(target_arch = "x86_64"))]
use memchr::arch::all::memchr::{One, Three};
#[cfg(target_arch = "x86_64")]
use memchr::arch::x86_64::sse2::memchr::{One, Three};

/// Where there are no spaces any more, from `at` on.
#[inline]
pub(super) fn behind_spaces(text: &[u8], mut at: usize) -> usize {
    const SPACES: u64 = u64::from_ne_bytes([b' '; 8]);
    while let Some(word) = text.get(at..at + 8).and_then(<[u8]>::first_chunk) {
        let others = u64::from_le_bytes(*word) ^ SPACES;
        if others != 0 {
            return at + others.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    behind_blank(text, at)
}

/// The same where there is mostly one.
pub(super) fn behind_blank(text: &[u8], mut at: usize) -> usize {
    while text.get(at) == Some(&b' ') {
        at += 1;
    }
    at
}

/// Where the line that `at` is on ends, before `\n`; a `\r` before it belongs to the line.
#[inline(never)]
pub(super) fn line_feed(text: &[u8], at: usize) -> usize {
    find(text, at, |rest| one(b'\n').find(rest))
}

/// Where the next line begins.
pub(super) fn next_line(text: &[u8], at: usize) -> usize {
    match text.get(at) {
        Some(b'\n') => at + 1,
        _ => (line_feed(text, at) + 1).min(text.len()),
    }
}

/// Where a colon, a hash or the line's end stands: a plain scalar may end there.
#[inline]
pub(super) fn colon_hash_or_line_feed(text: &[u8], at: usize) -> usize {
    let near = text.get(at..at + 16).and_then(|near| three([b':', b'#', b'\n']).find(near));
    near.map_or_else(|| far_colon_hash_or_line_feed(text, at), |found| at + found)
}

/// The same where that is mostly far away.
#[inline(never)]
pub(super) fn far_colon_hash_or_line_feed(text: &[u8], at: usize) -> usize {
    find(text, at, |rest| three([b':', b'#', b'\n']).find(rest))
}

/// Where this quote, a backslash or the line's end stands.
#[inline(never)]
pub(super) fn quote_or_line_feed(text: &[u8], at: usize, quote: u8) -> usize {
    find(text, at, |rest| three([quote, b'\\', b'\n']).find(rest))
}

#[inline]
fn find(text: &[u8], at: usize, find: impl Fn(&[u8]) -> Option<usize>) -> usize {
    text.get(at..).and_then(find).map_or(text.len(), |found| at + found)
}

#[cfg(target_arch = "x86_64")]
fn one(byte: u8) -> One {
    One::new(byte).expect("impossible: x86-64 has SSE2")
}

#[cfg(target_arch = "x86_64")]
fn three([a, b, c]: [u8; 3]) -> Three {
    Three::new(a, b, c).expect("impossible: x86-64 has SSE2")
}

#[cfg(not(target_arch = "x86_64"))]
fn one(byte: u8) -> One {
    One::new(byte)
}

#[cfg(not(target_arch = "x86_64"))]
fn three([a, b, c]: [u8; 3]) -> Three {
    Three::new(a, b, c)
}

/// Finds the next byte of a character that is not printable, or that some reader takes for a line break.
#[derive(Debug, Default)]
pub(super) struct Odd {
    /// Nothing odd stands before this byte, from where it was looked for; this one is odd, or the end.
    first: Option<usize>,
}

impl Odd {
    /// The first odd byte at or behind `at`; the length of the text if there is none. To be asked in order.
    pub(super) fn first_from(&mut self, text: &[u8], at: usize) -> usize {
        match self.first {
            Some(first) if first >= at => first,
            _ => *self.first.insert(first_odd(text, at)),
        }
    }
}

const CHUNK: usize = 64;

fn first_odd(text: &[u8], from: usize) -> usize {
    let mut at = from;
    let (chunks, _) = text[from..].as_chunks::<CHUNK>();
    for chunk in chunks {
        if !is_ordinary(chunk)
            && may_be_odd(chunk)
            && let Some(found) = (at..at + CHUNK).find(|&at| is_odd(text, at))
        {
            return found;
        }
        at += CHUNK;
    }
    (at..text.len()).find(|&at| is_odd(text, at)).unwrap_or(text.len())
}

// Without a branch in them, these become a few instructions for 16 bytes.

/// Whether these are printable characters of ASCII, and line feeds.
fn is_ordinary(chunk: &[u8; CHUNK]) -> bool {
    // As numbers with a sign, all others come before the space if one is added.
    let other = |byte: u8| byte.wrapping_add(1).cast_signed() <= 0x20 && byte != b'\n';
    chunk.iter().fold(0, |found, &byte| found | u8::from(other(byte))) == 0
}

/// Whether there are bytes that something odd begins with. Most letters of other alphabets begin with others.
fn may_be_odd(chunk: &[u8; CHUNK]) -> bool {
    let begins = |byte: u8| (byte < b' ' && byte != b'\n') || matches!(byte, 0x7f | 0xc2 | 0xe2 | 0xef);
    chunk.iter().fold(0, |found, &byte| found | u8::from(begins(byte))) != 0
}

fn is_odd(text: &[u8], at: usize) -> bool {
    let next = |by: usize| text.get(at + by).copied().unwrap_or(0);
    match text[at] {
        b'\t' | b'\n' | b' '..=b'~' => false,
        // A lone CR breaks lines for some.
        b'\r' => next(1) != b'\n',
        // NEL and the other C1 controls.
        0xc2 => next(1) < 0xa0,
        // The separators of lines and paragraphs.
        0xe2 => next(1) == 0x80 && matches!(next(2), 0xa8 | 0xa9),
        // The byte order mark, and what is no character.
        0xef => (next(1) == 0xbb && next(2) == 0xbf) || (next(1) == 0xbf && next(2) >= 0xbe),
        byte => byte < b' ' || byte == 0x7f,
    }
}
