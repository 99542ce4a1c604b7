//! Generates texts that are almost valid, by small changes of real texts. Every run generates the same texts.

const PIECES: [&str; 52] = [
    "\n",
    "\n",
    " ",
    "  ",
    "\n  ",
    "\n\n",
    "- ",
    "-",
    ": ",
    ":",
    "#",
    " # c",
    "\"",
    "'",
    "[",
    "]",
    "{",
    "}",
    ",",
    ", ",
    "|",
    ">",
    "|-",
    ">+",
    "|2",
    "\t",
    "\r",
    "\r\n",
    "---",
    "\n---\n",
    "\n...\n",
    "--- ",
    "\n--- |\n",
    "...",
    "&a ",
    "*a",
    "!t ",
    "!!str ",
    "%",
    "\n%YAML 1.2\n---\n",
    "? ",
    "\u{85}",
    "\u{feff}",
    "\\",
    "\\n",
    "\\x41",
    "''",
    "ü",
    "<<: ",
    "kind: Pod\n",
    "\0",
    "\u{2028}",
];

/// A source of numbers.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound.max(1)
    }
}

fn boundary(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}

fn line(text: &str, random: &mut Random) -> std::ops::Range<usize> {
    let at = boundary(text, random.below(text.len() + 1));
    let start = text[..at].rfind('\n').map_or(0, |found| found + 1);
    let end = text[at..].find('\n').map_or(text.len(), |found| at + found + 1);
    start..end
}

/// Changes a text in a few places.
pub(crate) fn mutate(text: &mut String, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let at = boundary(text, random.below(text.len() + 1));
        match random.below(9) {
            0..=2 => text.insert_str(at, PIECES[random.below(PIECES.len())]),
            3 => {
                let end = boundary(text, at + 1 + random.below(4)).max(at);
                text.replace_range(at..end, "");
            }
            4 => {
                let end = boundary(text, at + 1).max(at);
                text.replace_range(at..end, PIECES[random.below(PIECES.len())]);
            }
            5 => {
                let line = line(text, random);
                text.replace_range(line, "");
            }
            6 => {
                let source = line(text, random);
                let copy = text[source].to_owned();
                let target = line(text, random);
                text.insert_str(target.start, &copy);
            }
            7 => {
                let line = line(text, random);
                text.insert_str(line.start, &"    "[..=random.below(4).min(3)]);
            }
            _ => {
                let line = line(text, random);
                if text[line.start..].starts_with(' ') {
                    text.replace_range(line.start..=line.start, "");
                }
            }
        }
    }
}
