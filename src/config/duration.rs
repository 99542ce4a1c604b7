//! Durations as Go writes them: `90s`, `1h30m`, `1.5h`, `300ms`.
//!
//! Knows whether a text is one; its length is the entrypoint's business.

/// Whether the text is a duration that is longer than none.
pub(super) fn is_positive(text: &str) -> bool {
    let mut rest = text;
    let mut any = false;
    while !rest.is_empty() {
        let (number, behind) = split(rest, |c| c.is_ascii_digit() || c == '.');
        let (unit, behind) = split(behind, |c| !c.is_ascii_digit() && c != '.');
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        if digits == 0 || digits > 9 || number.len() > digits + 1 {
            return false;
        }
        if !["ns", "us", "\u{b5}s", "\u{3bc}s", "ms", "s", "m", "h"].contains(&unit) {
            return false;
        }
        any |= number.bytes().any(|digit| (b'1'..=b'9').contains(&digit));
        rest = behind;
    }
    any
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::is_positive;

    #[test]
    fn is_what_go_reads_and_takes_time() {
        for text in ["90s", "1h30m", "1.5h", ".5s", "1.s", "300ms", "1h0.1s", "10µs"] {
            assert!(is_positive(text), "{text}");
        }
        for text in ["", "0s", "0", "90", "s", ".s", "1..5s", "-1s", "1 s", "1d", "1h30", "9999999999h", "1S"]
        {
            assert!(!is_positive(text), "{text}");
        }
    }
}
