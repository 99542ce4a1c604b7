//! Resolves plain scalars as kubectl does.
//!
//! kubectl, the API server and kustomize parse YAML with go-yaml 2 and convert it to JSON. go-yaml supports the
//! booleans of YAML 1.1 (`yes`, `on`, `n`), numbers with underscores (`1_000`) and octal numbers with a leading zero
//! (`0755`). Dates and base 60 numbers of YAML 1.1 are strings.
//!
//! Source: `resolve` in `sigs.k8s.io/yaml/goyaml.v2`, and Go's `strconv.ParseInt` with base 0.

use std::borrow::Cow;

/// The value of a plain scalar in kubectl.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plain<'t> {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `yes`, `on`, `y` and their opposites.
    Bool(bool),
    /// A number in the syntax of JSON: `0x3E8` becomes `1000`, `.5` becomes `0.5`.
    Number(Cow<'t, str>),
    /// A number that JSON cannot represent, or that kubectl would round: `.inf`, `.nan`, an integer that does not fit
    /// in 64 bits with a sign, or a float that is too large.
    Inexact,
    /// A string.
    Str,
}

/// Resolves a plain scalar as kubectl does.
pub fn plain(text: &str) -> Plain<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Plain::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Plain::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf"
        | "-.Inf" | "-.INF" => Plain::Inexact,
        _ if text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => number(text),
        _ => Plain::Str,
    }
}

fn number(text: &str) -> Plain<'_> {
    // A number that starts with a dot is a float, and may not contain underscores.
    let digits = if text.starts_with('.') { Cow::Borrowed(text) } else { without_underscores(text) };
    match integer(&digits).or_else(|| float(&digits)) {
        Some(Plain::Number(number)) if number == text => Plain::Number(Cow::Borrowed(text)),
        found => found.unwrap_or(Plain::Str),
    }
}

fn without_underscores(text: &str) -> Cow<'_, str> {
    if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) }
}

/// The integer, if the text is one.
fn integer(text: &str) -> Option<Plain<'static>> {
    let (is_negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).map(|value| if is_negative { -value } else { value });
    let value = value.ok().and_then(|value| i64::try_from(value).ok());
    Some(value.map_or(Plain::Inexact, |value| Plain::Number(Cow::Owned(value.to_string()))))
}

/// The float, if the text is one.
fn float(text: &str) -> Option<Plain<'static>> {
    let (sign, unsigned) = match text.as_bytes() {
        [b'-', ..] => ("-", &text[1..]),
        [b'+', ..] => ("", &text[1..]),
        _ => ("", text),
    };
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_digits = exponent.map(|exponent| exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
    let is_float = is_digits(whole)
        && is_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent_digits.is_none_or(|digits| !digits.is_empty() && is_digits(digits));
    if !is_float {
        return None;
    }
    if text.parse::<f64>().is_ok_and(f64::is_infinite) {
        return Some(Plain::Inexact);
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let mut written = format!("{sign}{whole}");
    if !fraction.is_empty() {
        written.extend([".", fraction]);
    }
    if let Some(exponent) = exponent {
        written.extend(["e", exponent]);
    }
    Some(Plain::Number(Cow::Owned(written)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_parsed_as_in_go_and_written_as_in_json() {
        let cases = [
            ("0x3E8", "1000"),
            ("0X3e8", "1000"),
            ("0o1750", "1000"),
            ("01750", "1000"),
            ("-0b11", "-3"),
            ("1_000", "1000"),
            ("+7", "7"),
            ("-7", "-7"),
            ("0", "0"),
            ("08", "8"),
            ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("1.10", "1.10"),
            (".5", "0.5"),
            ("-.5", "-0.5"),
            ("5.", "5"),
            ("1e3", "1e3"),
            ("+1.5E-7", "1.5e-7"),
            ("007.50", "7.50"),
            ("1_0.5", "10.5"),
        ];
        for (text, expected) in cases {
            assert_eq!(plain(text), Plain::Number(expected.into()), "{text}");
        }
    }

    #[test]
    fn numbers_that_json_cannot_represent_are_inexact() {
        for text in [
            ".inf",
            "-.INF",
            ".nan",
            "18446744073709551616",
            "9223372036854775808",
            "1e400",
            "0xFFFFFFFFFFFFFFFFF",
        ] {
            assert_eq!(plain(text), Plain::Inexact, "{text}");
        }
    }

    #[test]
    fn the_booleans_of_yaml_1_1_are_booleans() {
        for (text, expected) in [("y", true), ("Yes", true), ("ON", true), ("N", false), ("off", false)] {
            assert_eq!(plain(text), Plain::Bool(expected), "{text}");
        }
        for text in [
            "yEs",
            "1:30",
            "2001-01-01",
            "1.2.3",
            "0x",
            "-",
            "+",
            ".",
            "1e",
            "e3",
            "0b2",
            "1 0",
            "500m",
            "._5",
        ] {
            assert_eq!(plain(text), Plain::Str, "{text}");
        }
    }
}
