//! Searches bytes: spaces, line ends, and characters that parsers treat differently.
//!
//! Most searches end after a few bytes, so these functions are optimized for a cheap start. This module does not know
//! the structure of YAML.

/// The position of the first byte from `at` on that is not a space.
#[inline]
pub(super) fn after_spaces(text: &[u8], mut at: usize) -> usize {
    const SPACES: u64 = u64::from_ne_bytes([b' '; 8]);
    while let Some(word) = text.get(at..at + 8).and_then(<[u8]>::first_chunk) {
        let others = u64::from_le_bytes(*word) ^ SPACES;
        if others != 0 {
            return at + others.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    after_blanks(text, at)
}

/// The same, for places that usually have a single space.
pub(super) fn after_blanks(text: &[u8], mut at: usize) -> usize {
    while text.get(at) == Some(&b' ') {
        at += 1;
    }
    at
}

/// The end of the line of `at`, before `\n`. A `\r` before that belongs to the line.
#[inline(never)]
pub(super) fn line_feed(text: &[u8], at: usize) -> usize {
    position(text, at, |rest| near::memchr(b'\n', rest))
}

/// The start of the next line.
pub(super) fn next_line(text: &[u8], at: usize) -> usize {
    match text.get(at) {
        Some(b'\n') => at + 1,
        _ => (line_feed(text, at) + 1).min(text.len()),
    }
}

/// The next colon, hash or line end. A plain scalar may end there.
#[inline]
pub(super) fn colon_hash_or_line_feed(text: &[u8], mut at: usize) -> usize {
    while let Some(near) = text.get(at..at + 16).and_then(<[u8]>::first_chunk::<16>) {
        if let Some(found) = near::memchr3(b':', b'#', b'\n', near) {
            return at + found;
        }
        at += near.len();
    }
    far_colon_hash_or_line_feed(text, at)
}

/// The same, for places where it is usually far away.
#[inline(never)]
pub(super) fn far_colon_hash_or_line_feed(text: &[u8], at: usize) -> usize {
    position(text, at, |rest| near::memchr3(b':', b'#', b'\n', rest))
}

/// The next `quote`, backslash or line end.
#[inline(never)]
pub(super) fn quote_or_line_feed(text: &[u8], at: usize, quote: u8) -> usize {
    position(text, at, |rest| near::memchr3(quote, b'\\', b'\n', rest))
}

#[inline]
fn position(text: &[u8], at: usize, find: impl Fn(&[u8]) -> Option<usize>) -> usize {
    text.get(at..).and_then(find).map_or(text.len(), |found| at + found)
}

/// The searches of `memchr` with SSE2, which every x86-64 processor has. Selecting better instructions at run time
/// costs more than it saves over a few bytes.
#[cfg(target_arch = "x86_64")]
mod near {
    use memchr::arch::x86_64::sse2::memchr::{One, Three};

    pub(super) fn memchr(byte: u8, text: &[u8]) -> Option<usize> {
        One::new(byte).expect("impossible: x86-64 has SSE2").find(text)
    }

    pub(super) fn memchr3(a: u8, b: u8, c: u8, text: &[u8]) -> Option<usize> {
        Three::new(a, b, c).expect("impossible: x86-64 has SSE2").find(text)
    }
}

/// On other processors, `memchr` selects nothing at run time.
#[cfg(not(target_arch = "x86_64"))]
use memchr as near;

/// Finds the next odd byte: one of a character that is not printable, or that some parser treats as a line break.
#[derive(Debug)]
pub(super) struct Odd {
    /// The result of the last search: the first odd byte after its start, or `end`.
    first: Option<usize>,
    /// The end of the searches.
    end: usize,
}

impl Odd {
    /// Searches only before `end`.
    pub(super) fn before(end: usize) -> Self {
        Self { first: None, end }
    }

    /// The first odd byte at or after `at`, or the end. Each call must have the same or a larger `at` than the last
    /// one.
    pub(super) fn first_from(&mut self, text: &[u8], at: usize) -> usize {
        match self.first {
            Some(first) if first >= at => first,
            _ => *self.first.insert(first_odd(&text[..self.end], at)),
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

// The compiler turns these two functions into a few instructions for every 16 bytes, because they contain no branch.

/// Whether all bytes are printable ASCII characters or line feeds.
fn is_ordinary(chunk: &[u8; CHUNK]) -> bool {
    // After adding 1, exactly the other bytes are at most 0x20 as signed numbers: 0x7f becomes -128.
    let other = |byte: u8| byte.wrapping_add(1).cast_signed() <= 0x20 && byte != b'\n';
    chunk.iter().fold(0, |found, &byte| found | u8::from(other(byte))) == 0
}

/// Whether an odd character may start in the chunk. Most letters of other alphabets start with other bytes, and a `\r`
/// is usually followed by `\n`.
fn may_be_odd(chunk: &[u8; CHUNK]) -> bool {
    let mut shifted = [0; CHUNK];
    shifted[..CHUNK - 1].copy_from_slice(&chunk[1..]);
    let begins = |byte: u8, next: u8| {
        (byte < b' ' && byte != b'\n' && (byte != b'\r' || next != b'\n'))
            || matches!(byte, 0x7f | 0xc2 | 0xe2 | 0xef)
    };
    chunk.iter().zip(&shifted).fold(0, |found, (&byte, &next)| found | u8::from(begins(byte, next))) != 0
}

fn is_odd(text: &[u8], at: usize) -> bool {
    let next = |by: usize| text.get(at + by).copied().unwrap_or(0);
    match text[at] {
        b'\t' | b'\n' => false,
        // For some parsers, a CR alone is a line break.
        b'\r' => next(1) != b'\n',
        // NEL and the other C1 controls.
        0xc2 => next(1) < 0xa0,
        // The line and paragraph separators of Unicode.
        0xe2 => next(1) == 0x80 && matches!(next(2), 0xa8 | 0xa9),
        // The byte order mark, and noncharacters.
        0xef => (next(1) == 0xbb && next(2) == 0xbf) || (next(1) == 0xbf && next(2) >= 0xbe),
        0..=0x1f | 0x7f => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    /// The first matching byte from `at` on, or the end, without any optimization.
    fn naive_position(text: &[u8], at: usize, is_wanted: impl Fn(u8) -> bool) -> usize {
        (at..text.len()).find(|&at| is_wanted(text[at])).unwrap_or(text.len())
    }

    /// Texts with few of the bytes that are searched for, so that they are found at many distances.
    fn texts(rare: &'static [&'static str]) -> impl Strategy<Value = String> {
        let pieces = prop_oneof![12 => select(&["a", "b", "~", " "][..]), 1 => select(rare)];
        vec(pieces, 0..150).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn every_search_finds_the_same_as_a_naive_search(
            text in texts(&[":", "#", "\n", "\"", "'", "\\", "\r", "\t", "ü", "\0"]),
            from in 0usize..40,
        ) {
            let text = text.as_bytes();
            for at in from.min(text.len())..=text.len() {
                let plain = naive_position(text, at, |byte| b":#\n".contains(&byte));
                prop_assert_eq!(colon_hash_or_line_feed(text, at), plain);
                prop_assert_eq!(far_colon_hash_or_line_feed(text, at), plain);
                let line_end = naive_position(text, at, |byte| byte == b'\n');
                prop_assert_eq!(line_feed(text, at), line_end);
                prop_assert_eq!(next_line(text, at), (line_end + 1).min(text.len()));
                for quote in *b"\"'" {
                    let end = naive_position(text, at, |byte| [quote, b'\\', b'\n'].contains(&byte));
                    prop_assert_eq!(quote_or_line_feed(text, at, quote), end);
                }
            }
        }

        #[test]
        fn any_number_of_spaces_is_skipped(before in 0usize..20, spaces in 0usize..40, after in "[a\n]{0,20}") {
            let text = format!("{}{}{after}", "a".repeat(before), " ".repeat(spaces));
            prop_assert_eq!(after_spaces(text.as_bytes(), before), before + spaces);
            prop_assert_eq!(after_blanks(text.as_bytes(), before), before + spaces);
        }

        #[test]
        fn the_first_odd_byte_is_found_at_any_position(
            text in texts(&[
                "\n", "\t", "\r\n", "\r", "ü", "日", "\u{a0}", "\u{85}", "\u{2028}", "\u{2030}", "\u{feff}", "\u{fffd}",
                "\u{ffff}", "\u{7f}", "\0", "\u{1f}", "😀",
            ]),
        ) {
            let text = text.as_str();
            let mut odd = Odd::before(text.len());
            for at in (0..=text.len()).filter(|&at| text.is_char_boundary(at)) {
                let first = naive_odd(text, at);
                prop_assert_eq!(first_odd(text.as_bytes(), at), first);
                prop_assert_eq!(odd.first_from(text.as_bytes(), at), first);
            }
        }
    }

    /// The start of the first odd character from `at` on, or the end.
    fn naive_odd(text: &str, at: usize) -> usize {
        let is_odd = |(at, c): &(usize, char)| match c {
            '\t' | '\n' => false,
            '\r' => !text[at + 1..].starts_with('\n'),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
            _ => matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'),
        };
        let mut chars = text[at..].char_indices().map(|(offset, c)| (at + offset, c));
        chars.find(is_odd).map_or(text.len(), |(at, _)| at)
    }

    #[test]
    fn exactly_unprintable_characters_and_unusual_line_breaks_are_odd() {
        let long = "x".repeat(CHUNK);
        for c in (0..=0x1_ffff).filter_map(char::from_u32) {
            // At the end of the text, and in a chunk of full length.
            for after in ["", "\n", &format!("\n{long}"), &long] {
                let text = format!("{c}{after}");
                assert_eq!(first_odd(text.as_bytes(), 0), naive_odd(&text, 0), "{c:?}");
            }
        }
    }

    #[test]
    fn an_odd_character_is_found_across_the_border_of_a_chunk() {
        for c in ["\r", "\r\n", "\u{85}", "\u{2028}", "\u{feff}", "\u{ffff}", "\u{7f}"] {
            for before in 0..=2 * CHUNK {
                let text = format!("{}{c}{}", "x".repeat(before), "x".repeat(CHUNK));
                assert_eq!(first_odd(text.as_bytes(), 0), naive_odd(&text, 0), "{c:?} after {before} bytes");
            }
        }
    }
}
