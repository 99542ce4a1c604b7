//! Decides which plain scalars are strings, and how to write a string so that every parser reads a string.
//!
//! kustomize and kpt parse our output mostly as YAML 1.1, other tools as YAML 1.2. A string is written without quotes
//! only if both versions agree.

use std::fmt::Write;

/// The type of a plain scalar in the YAML 1.2 core schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoreType {
    /// A string.
    Str,
    /// `true` or `false`.
    Bool,
    /// An integer or a float.
    Number,
    /// `null`, `~` or nothing.
    Null,
}

/// The type of a plain scalar in the YAML 1.2 core schema.
pub fn plain(text: &str) -> CoreType {
    match text.as_bytes() {
        [] => CoreType::Null,
        [b'0'..=b'9' | b'+' | b'-' | b'.', ..] if is_number(text) => CoreType::Number,
        [b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F', ..] => match text {
            "~" | "null" | "Null" | "NULL" => CoreType::Null,
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => CoreType::Bool,
            _ => CoreType::Str,
        },
        _ => CoreType::Str,
    }
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return false;
    }
    let all = |digits: &str, radix| !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    if let Some(digits) = unsigned.strip_prefix("0x") {
        return all(digits, 16);
    }
    if let Some(digits) = unsigned.strip_prefix("0o") {
        return all(digits, 8);
    }
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let starts = unsigned.strip_prefix('.').unwrap_or(unsigned).starts_with(|c: char| c.is_ascii_digit());
    starts
        && unsigned.chars().all(|c| c.is_ascii_digit() || ".eE+-".contains(c))
        && unsigned.parse::<f64>().is_ok()
}

/// Whether a YAML 1.1 parser may read the plain scalar as something other than a string: `yes`, `012`, `1_000`, `1:20`,
/// `2001-01-01`, `=`, `<<`. In doubt, the answer is yes.
fn is_special_in_yaml_1_1(text: &str) -> bool {
    const WORDS: [&str; 8] = ["y", "yes", "n", "no", "on", "off", "=", "<<"];
    let number_like = text.trim_start_matches(['-', '+', '.']).starts_with(|c: char| c.is_ascii_digit());
    let number_chars = |c: char| c.is_ascii_hexdigit() || "xXoObBeE_.:+-tTzZ ".contains(c);
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
        || (number_like && text.chars().all(number_chars))
}

/// Whether a byte is ordinary in a plain scalar: from `-` to `z`, except `[`, `\` and `]`.
#[inline]
fn is_ordinary(byte: u8) -> bool {
    matches!(byte, b'-'..=b'Z' | b'^'..=b'z')
}

/// Whether all bytes are ordinary. There is no early exit, so the compiler checks them at once.
#[inline]
fn are_ordinary<const N: usize>(bytes: &[u8; N]) -> bool {
    bytes.iter().fold(true, |all, &byte| all & is_ordinary(byte))
}

/// Whether all bytes of a word of at most 32 bytes are ordinary. The first and the last chunk may overlap.
#[inline]
fn is_short_word_ordinary(word: &[u8]) -> bool {
    if let (Some(first), Some(last)) = (word.first_chunk::<16>(), word.last_chunk::<16>()) {
        are_ordinary(first) & are_ordinary(last)
    } else if let (Some(first), Some(last)) = (word.first_chunk::<8>(), word.last_chunk::<8>()) {
        are_ordinary(first) & are_ordinary(last)
    } else if let (Some(first), Some(last)) = (word.first_chunk::<4>(), word.last_chunk::<4>()) {
        are_ordinary(first) & are_ordinary(last)
    } else {
        word.iter().all(|&byte| is_ordinary(byte))
    }
}

/// Whether a word is a boolean or null in YAML 1.1 or 1.2, in upper or lower case.
fn is_meaningful(word: &[u8]) -> bool {
    let Some(first) = word.first().filter(|_| word.len() <= 5) else { return false };
    let like: &[u8] = match (word.len(), first | 0x20) {
        (1, b'y') => b"y",
        (1, b'n') => b"n",
        (2, b'n') => b"no",
        (2, b'o') => b"on",
        (3, b'y') => b"yes",
        (3, b'o') => b"off",
        (4, b't') => b"true",
        (4, b'n') => b"null",
        (5, b'f') => b"false",
        _ => return false,
    };
    word.eq_ignore_ascii_case(like)
}

/// The text, without one leading dash, if it starts like a word and not like a number.
fn word(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'/', ..] => Some(text),
        [b'-', b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'/', ..] => Some(&text[1..]),
        _ => None,
    }
}

/// Whether `text` can be written without quotes in block style, or with `flow`, in flow style.
pub fn is_plain_safe(text: &str, flow: bool) -> bool {
    // In a flow collection, go-yaml, the parser of kubectl, ends a plain scalar at any `?`.
    if flow && memchr::memchr(b'?', text.as_bytes()).is_some() {
        return false;
    }
    // A quick check finds most strings that need no quotes in either style.
    match word(text.as_bytes()) {
        Some(word) if word.len() > 32 => is_long_word_safe(word, text, flow),
        Some(word) if !word.ends_with(b":") && is_short_word_ordinary(word) && !is_meaningful(word) => true,
        None if text == "--" => true,
        _ => needs_no_quotes(text, flow),
    }
}

#[inline(never)]
fn is_long_word_safe(word: &[u8], text: &str, flow: bool) -> bool {
    let (chunks, _) = word.as_chunks::<16>();
    !word.ends_with(b":")
        && word.last_chunk::<16>().is_some_and(are_ordinary)
        && chunks.iter().all(are_ordinary)
        || needs_no_quotes(text, flow)
}

/// The same, with all rules and without the quick check.
#[inline(never)]
fn needs_no_quotes(text: &str, flow: bool) -> bool {
    if text == "--" {
        return true;
    }
    let Some(first) = text.chars().next() else { return false };
    let last = text.chars().next_back().unwrap_or(first);
    let second = text.chars().nth(1);
    let starts = match first {
        // In a flow collection, go-yaml reads it as the colon between a key and its value.
        ':' if flow => false,
        '-' | '?' | ':' => second.is_some_and(|c| c != ' ' && !(flow && ",[]{}".contains(c))),
        _ => !",[]{}#&*!|>'\"%@` ".contains(first),
    };
    let inner = |(at, c): (usize, char)| match c {
        ':' => !text[at + 1..].starts_with([' ', ',', '[', ']', '{', '}']) && at + 1 < text.len(),
        '#' => !text[..at].ends_with(' '),
        ',' | '[' | ']' | '{' | '}' => !flow,
        // Only characters that every parser treats as printable and not as a line break.
        _ => {
            matches!(c, ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}')
        }
    };
    starts
        && last != ' '
        && !matches!(text, "---" | "...")
        && !text.starts_with("--- ")
        && text.char_indices().all(inner)
        && plain(text) == CoreType::Str
        && !is_special_in_yaml_1_1(text)
}

/// Writes `text` in double quotes, with the escapes that YAML and JSON share.
pub fn write_double_quoted(text: &str, out: &mut String) {
    let is_usual = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    let (usual, rest) = text.split_at(text.bytes().take_while(is_usual).count());
    out.push('"');
    out.push_str(usual);
    for c in rest.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // C0, DEL, C1, the line separators of Unicode, and the byte order mark.
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => {
                write!(out, "\\u{:04x}", u32::from(c)).expect("impossible: strings take all text");
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_that_a_parser_may_read_as_another_type_are_quoted() {
        let special = [
            "true",
            "False",
            "null",
            "~",
            "",
            "012",
            "0o7",
            "0x1F",
            "1e3",
            "1_000",
            "1:20",
            "12:30:45",
            ".5",
            "-1",
            "+1",
            "y",
            "N",
            "yes",
            "On",
            "off",
            "2001-01-01",
            "2001-12-14t21:59:43.10-05:00",
            "=",
            "<<",
            ".inf",
            "-.INF",
            ".nan",
            "-",
            "- a",
            "? a",
            ": a",
            "a: b",
            "a #b",
            "#a",
            "&a",
            "*a",
            "!a",
            "|",
            ">",
            "'a",
            "\"a",
            "%a",
            "@a",
            "`a",
            " a",
            "a ",
            "[a",
            "{a",
            "]",
            "a:",
            "a\nb",
            "a\tb",
            "---",
            "...",
            "--- a",
            "\u{feff}a",
            "0b11",
            "1.",
            "685_230.15",
            "190:20:30",
        ];
        for text in special {
            assert!(!is_plain_safe(text, false), "{text:?}");
        }
    }

    #[test]
    fn ordinary_strings_stay_plain() {
        let ordinary = [
            "sh",
            "-c",
            "--",
            "-post_file",
            "/tekton/run/0/out",
            "a:b",
            "a#b",
            "ghcr.io/x/y:v1@sha256:00ff",
            "1.2.3-rc",
            "500m",
            "100Mi",
            "a, b",
            "$(VAR)",
            "é",
            "yesterday",
            "nope",
            "a\u{a0}b",
        ];
        for text in ordinary {
            assert!(is_plain_safe(text, false), "{text:?}");
        }
        assert!(!is_plain_safe("a, b", true));
        assert!(!is_plain_safe("a[0]", true));
        // In flow style, kubectl reads these as a mapping, or as nothing.
        for text in ["?x", "a?", "http://host/?a=1", ":x", "-?"] {
            assert!(is_plain_safe(text, false) && !is_plain_safe(text, true), "{text:?}");
        }
        assert!(is_plain_safe("--", true));
    }

    #[test]
    fn the_quick_check_agrees_with_all_rules() {
        let long = "a-word-of-more-than-thirty-two-bytes";
        let words = [
            "",
            "-",
            "y",
            "No",
            "true",
            "nulls",
            "a-word",
            "/a/path/of/some/length",
            "_0123456789abcde",
            long,
        ];
        for (before, after) in words.iter().flat_map(|before| words.map(|after| (before, after))) {
            for c in (0..=0x7f).map(char::from).chain(['\u{85}', 'ü', '\u{2028}', '\u{feff}']) {
                let text = format!("{before}{c}{after}");
                for flow in [false, true] {
                    let is_safe = needs_no_quotes(&text, flow) && !(flow && text.contains('?'));
                    assert_eq!(is_plain_safe(&text, flow), is_safe, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn numbers_and_strings_are_distinguished_as_in_yaml_1_2() {
        for number in ["0", "-12", "1.5", "1e3", ".5", "0x1f", "0o17", "+.inf", ".nan", "1."] {
            assert_eq!(plain(number), CoreType::Number, "{number}");
        }
        for text in ["500m", "1.2.3", "e3", "-", ".", "infinity", "nan", "0b1", "1_000", "1e", "--1"] {
            assert_eq!(plain(text), CoreType::Str, "{text}");
        }
        assert_eq!(["", "~", "null", "Null", "NULL"].map(plain), [CoreType::Null; 5]);
    }

    #[test]
    fn unprintable_characters_are_escaped_in_double_quotes() {
        let mut out = String::new();
        write_double_quoted("a\"\\\r\n\t\u{7}\u{feff}ü", &mut out);
        write_double_quoted("\"a", &mut out);
        assert_eq!(out, r#""a\"\\\r\n\t\u0007\ufeffü""\"a""#);
    }
}
