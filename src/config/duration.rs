//! Durations as Go writes them: `90s`, `1h30m`, `1.5h`, `300ms`.
//!
//! Knows whether a text is one; its length is the entrypoint's business.

/// Go counts nanoseconds in an `int64`: some 292 years.
const LONGEST: f64 = 9.223_372_036e18;

/// Whether the text is a duration that is longer than none, and that Go can hold.
pub(super) fn is_positive(text: &str) -> bool {
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let (number, behind) = split(rest, is_of_number);
        let (unit, behind) = split(behind, |c| !is_of_number(c));
        let (Ok(number), Some(unit)) = (number.parse::<f64>(), nanoseconds(unit)) else { return false };
        total += number * unit;
        rest = behind;
    }
    (1.0..=LONGEST).contains(&total)
}

fn is_of_number(c: char) -> bool {
    c.is_ascii_digit() || c == '.'
}

fn nanoseconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1.0,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" => 60e9,
        "h" => 3600e9,
        _ => return None,
    })
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::is_positive;

    #[test]
    fn is_what_go_reads_and_takes_time() {
        for text in ["90s", "1h30m", "1.5h", ".5s", "1.s", "300ms", "1h0.1s", "10µs", "2562047h"] {
            assert!(is_positive(text), "{text}");
        }
        let others =
            ["", "0s", "0.1ns", "0", "90", "s", ".s", "1..5s", "-1s", "1 s", "1d", "1h30", "2562048h", "1S"];
        for text in others {
            assert!(!is_positive(text), "{text}");
        }
    }
}
