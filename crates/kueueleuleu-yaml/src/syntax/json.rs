//! Splits a text of several JSON values, as `kubectl get -o json` of several objects and log collectors write it.
//!
//! kubectl parses a text that starts with a brace as JSON, in which values need no separator. Such a text is not valid
//! YAML, so this extends the language without an ambiguity. This module finds the end of a value, but does not parse
//! it.
//!
//! ```json
//! {"kind": "Pod"}
//! {"kind": "Job"}
//! ```

use std::ops::Range;

/// Whether the text may be JSON: it starts with a brace, or with a bracket, like an item of a list in JSON.
pub(super) fn may_be_json(text: &[u8]) -> bool {
    matches!(text.trim_ascii_start(), [b'{' | b'[', ..])
}

/// The value at `start`, including the blanks before it, if another value follows.
pub(super) fn one_of_many(text: &[u8], start: usize) -> Option<Range<usize>> {
    let end = end_of_value(text, start)?;
    matches!(text[end..].trim_ascii_start(), [b'{', ..]).then_some(start..end)
}

/// The end of the object at `start`, or after blanks there. Returns `None` if it is not JSON.
fn end_of_value(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + text[start..].iter().position(|byte| !byte.is_ascii_whitespace())?;
    if text[at] != b'{' {
        return None;
    }
    let mut depth = 0;
    loop {
        match text.get(at)? {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b'"' => at = end_of_string(text, at + 1)?,
            // Single quotes and comments exist only in YAML, and may contain braces.
            b'\'' | b'#' => return None,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// The position of the quote that ends the string whose text starts at `at`.
fn end_of_string(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_at_its_own_brace() {
        let first = r#" {"a": ["}{", "\"}", {"b": []}]}"#;
        let text = format!("{first}\n{{}}");
        assert_eq!(one_of_many(text.as_bytes(), 0), Some(0..first.len()));
        assert_eq!(one_of_many(text.as_bytes(), first.len()), None);
        for alone in
            [r#"{"a": 1}"#, "{a: '}', b}{}", "{a: 1 # }\n{}", "{", r#"{"a"#, "", "[]{}", "{}\n---\n{}"]
        {
            assert_eq!(one_of_many(alone.as_bytes(), 0), None, "{alone}");
        }
    }
}
