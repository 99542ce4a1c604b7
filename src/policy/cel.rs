//! Writes values as literals of CEL, the expression language of admission policies.
//!
//! Knows CEL's syntax; nothing about pods or policies.

use kueueleuleu_yaml::edit::Value;

/// A longer string is split over several lines, so that they stay readable.
const LONG: usize = 80;

/// A string literal: `say "hi"` becomes `"say \"hi\""`. A long string becomes a sum of literals, one per line.
pub(super) fn string(text: &str) -> String {
    if text.chars().count() <= LONG {
        return quoted(text);
    }
    let chars: Vec<char> = text.chars().collect();
    let pieces = chars.chunks(LONG).map(|piece| quoted(&piece.iter().collect::<String>()));
    format!("({})", pieces.collect::<Vec<_>>().join("\n+ "))
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if char.is_control() => out.extend(format!("\\u{:04x}", u32::from(char)).chars()),
            char => out.push(char),
        }
    }
    out.push('"');
    out
}

/// A list of string literals: `["sh", "-c"]`.
pub(super) fn strings<S: AsRef<str>>(words: impl IntoIterator<Item = S>) -> String {
    let words: Vec<_> = words.into_iter().map(|word| string(word.as_ref())).collect();
    format!("[{}]", words.join(", "))
}

/// A mapping with string keys, one entry per line; `{}` if it is empty.
pub(super) fn map(entries: impl IntoIterator<Item = (String, String)>) -> String {
    let entries: Vec<_> =
        entries.into_iter().map(|(key, value)| format!("  {}: {value}", string(&key))).collect();
    if entries.is_empty() { "{}".to_owned() } else { format!("{{\n{}\n}}", entries.join(",\n")) }
}

/// Any value of a configuration. In Kubernetes all values of a literal must have the same type, so each is `dyn`.
pub(super) fn value(value: &Value<'_>) -> String {
    match value {
        Value::Str(text) => string(text),
        Value::Raw(text) => text.to_string(),
        Value::Seq(items) => {
            let items: Vec<_> = items.iter().map(|item| format!("dyn({})", self::value(item))).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(fields) => {
            let fields =
                fields.iter().map(|(key, value)| format!("{}: dyn({})", string(key), self::value(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        Value::Moved(_) => unreachable!("a configured value moves nowhere"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_strings_as_cel_reads_them() {
        assert_eq!(string("say \"hi\"\n\\ \u{7} ü"), r#""say \"hi\"\n\\ \u0007 ü""#);
        let long = "x".repeat(LONG + 1);
        assert_eq!(string(&long), format!("(\"{}\"\n+ \"x\")", "x".repeat(LONG)));
        assert_eq!(strings(["sh", "-c"]), r#"["sh", "-c"]"#);
        assert_eq!(map([("a".to_owned(), "1".to_owned())]), "{\n  \"a\": 1\n}");
    }
}
