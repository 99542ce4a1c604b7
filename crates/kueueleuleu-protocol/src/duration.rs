//! Parses durations like Go's `time.ParseDuration`: `90s`, `1h30m`, `1.5h`, `300ms`.
//!
//! As in Go, the calculation uses only integers: `0.1s` is exactly 100 ms.
//!
//! ```
//! use kueueleuleu_protocol::duration;
//!
//! assert_eq!(duration::parse("1h30m"), Some(std::time::Duration::from_secs(5400)));
//! assert_eq!(duration::parse("90"), None);
//! ```

use std::time::Duration;

/// Go's durations are nanoseconds in an `int64`.
const LONGEST: u128 = i64::MAX as u128;

/// Parses a duration. Returns `None` if Go rejects it, if it is negative, or if it is longer than 292 years.
///
/// Every number except `0` needs a unit.
pub fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let (part, after) = part(rest)?;
        total = total.checked_add(part).filter(|&sum| sum <= LONGEST)?;
        rest = after;
    }
    u64::try_from(total).ok().map(Duration::from_nanos)
}

/// Parses one number with its unit. Returns its nanoseconds and the rest of the text: `1h30m` becomes 1 h and `30m`.
fn part(text: &str) -> Option<(u128, &str)> {
    let (whole, rest) = digits(text);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => digits(rest),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let end = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(end);
    let unit = nanoseconds(unit)?;
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()? };
    // Digits after the twentieth are less than a nanosecond in any unit.
    let fraction = fraction.get(..20).unwrap_or(fraction);
    let scale = 10u128.pow(u32::try_from(fraction.len()).ok()?);
    let fraction = if fraction.is_empty() { 0 } else { fraction.parse::<u128>().ok()? };
    let fraction = fraction.checked_mul(unit)? / scale;
    Some((u128::from(whole) * unit + fraction, rest))
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

fn nanoseconds(unit: &str) -> Option<u128> {
    Some(match unit {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::parse;
    use std::time::Duration;

    #[test]
    fn accepts_the_durations_that_go_accepts() {
        let cases = [
            ("0", 0),
            ("5s", 5_000_000_000),
            ("+5s", 5_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("1.5h", 5_400_000_000_000),
            (".5s", 500_000_000),
            ("1.s", 1_000_000_000),
            ("0.1s", 100_000_000),
            ("300ms", 300_000_000),
            ("1us1\u{b5}s1\u{3bc}s", 3_000),
            ("0.00000000000000000000000000000001s", 0),
            ("9223372036854775807ns", 9_223_372_036_854_775_807),
            ("2562047h", 9_223_369_200_000_000_000),
            ("1h0.1s", 3_600_100_000_000),
            ("0.1ns", 0),
        ];
        for (text, nanoseconds) in cases {
            assert_eq!(parse(text), Some(Duration::from_nanos(nanoseconds)), "{text}");
        }
    }

    #[test]
    fn rejects_the_durations_that_go_rejects() {
        for text in [
            "",
            "5",
            "-5s",
            "s",
            ".s",
            ".",
            "5 s",
            "5d",
            "1h30",
            "1e3s",
            "1..5s",
            "1S",
            "2562048h",
            "9223372036854775808ns",
            "\u{e9}s",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
