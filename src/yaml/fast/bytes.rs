//! Bytes: blanks, lines, and the characters that not every reader takes for the same.
//!
//! Knows no structure.

/// How many spaces stand at `at`.
pub(super) fn spaces(text: &[u8], at: usize) -> usize {
    text[at..].iter().take_while(|&&byte| byte == b' ').count()
}

/// Where the line that `at` is on ends, before `\n`; a `\r` before it belongs to the line.
pub(super) fn line_feed(text: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |found| at + found)
}

/// Where the next line begins.
pub(super) fn next_line(text: &[u8], at: usize) -> usize {
    (line_feed(text, at) + 1).min(text.len())
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
            _ => *self.first.insert(find(text, at)),
        }
    }
}

const CHUNK: usize = 64;

fn find(text: &[u8], from: usize) -> usize {
    let mut at = from;
    for chunk in text[from..].chunks(CHUNK) {
        // Without a branch in it, this becomes a few instructions for 16 bytes.
        let ordinary = |&byte: &u8| byte.wrapping_sub(b' ') < 0x5f || byte == b'\n';
        if !chunk.iter().fold(true, |all, byte| all & ordinary(byte))
            && let Some(found) = (at..at + chunk.len()).find(|&at| is_odd(text, at))
        {
            return found;
        }
        at += chunk.len();
    }
    text.len()
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
