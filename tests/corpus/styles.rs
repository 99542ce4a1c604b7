//! Writes a manifest in common styles.
//!
//! Reads YAML with `serde_yaml` only, not with our own reader.

use serde::Deserialize as _;
use serde_json::Value;
use std::fmt::Write as _;

/// All documents of a text that are not null, with merge keys expanded; `None` if `serde_yaml` rejects the text.
pub(crate) fn read(text: &str) -> Option<Vec<Value>> {
    let bare = text.trim_start_matches('\u{feff}');
    // A stream of JSON values is not YAML.
    let values = serde_json::Deserializer::from_str(bare).into_iter::<Value>().collect::<Result<Vec<_>, _>>();
    if let (Ok(values), true) = (values, bare.trim_start().starts_with('{')) {
        return Some(values);
    }
    let documents = serde_yaml::Deserializer::from_str(bare).map(serde_yaml::Value::deserialize);
    let documents: Vec<_> = documents.collect::<Result<_, _>>().ok()?;
    let json = |mut document: serde_yaml::Value| {
        document.apply_merge().ok()?;
        serde_json::to_value(document).ok()
    };
    let values: Option<Vec<Value>> = documents.into_iter().map(json).collect();
    Some(values?.into_iter().filter(|value| !value.is_null()).collect())
}

/// The text as it is, and in other styles.
pub(crate) fn of(text: &str) -> Vec<(&'static str, String)> {
    let mut styles = vec![("as it is", text.to_owned())];
    if !text.contains('\r') {
        styles.push(("CRLF", text.replace('\n', "\r\n")));
    }
    let Some(values) = read(text).filter(|values| !values.is_empty()) else { return styles };
    let lines =
        |value: &dyn Fn(&Value) -> String| values.iter().map(|one| value(one) + "\n").collect::<String>();
    let documents = |write: &dyn Fn(&Value, &mut String)| {
        let document = |value| {
            let mut out = String::from("---\n");
            write(value, &mut out);
            out
        };
        values.iter().map(document).collect::<String>()
    };
    styles.push(("minified JSON", lines(&|value| value.to_string())));
    styles.push(("pretty JSON", lines(&|value| format!("{value:#}"))));
    styles.push((
        "KYAML",
        documents(&|value, out| {
            kyaml(value, 0, out);
            out.push('\n');
        }),
    ));
    for (name, step, offset, gap) in
        [("indents of four", 4, 4, 4), ("odd indents", 3, 1, 2), ("no indents", 1, 0, 2)]
    {
        styles.push((name, documents(&|value, out| block(value, 0, (step, offset, gap), out))));
    }
    let commented = comments_everywhere(text);
    if read(&commented).as_ref() == Some(&values) {
        styles.push(("comments everywhere", commented));
    }
    styles
}

/// Writes a value as `kubectl get -o kyaml` does.
fn kyaml(value: &Value, indent: usize, out: &mut String) {
    let line = |indent: usize, out: &mut String| {
        out.push('\n');
        out.push_str(&" ".repeat(indent));
    };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            out.push('{');
            for (key, value) in fields {
                line(indent + 2, out);
                let is_plain = |key: &str| {
                    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-./".contains(c))
                };
                let is_word = is_plain(key)
                    && key.starts_with(char::is_alphabetic)
                    && !["y", "n", "on", "no", "yes", "off"].contains(&&**key);
                if is_word {
                    out.push_str(key);
                } else {
                    let _ = write!(out, "{key:?}");
                }
                out.push_str(": ");
                kyaml(value, indent + 2, out);
                out.push(',');
            }
            line(indent, out);
            out.push('}');
        }
        Value::Array(items)
            if !items.is_empty()
                && items.iter().all(|item| item.as_object().is_some_and(|map| !map.is_empty())) =>
        {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                kyaml(item, indent, out);
            }
            out.push(']');
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('[');
            for item in items {
                line(indent + 2, out);
                kyaml(item, indent + 2, out);
                out.push(',');
            }
            line(indent, out);
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// Writes block style: mappings are indented by `step`, sequences by `offset`, and an item starts `gap` columns after
/// its dash.
fn block(value: &Value, column: usize, form: (usize, usize, usize), out: &mut String) {
    let (step, offset, gap) = form;
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (at, (key, value)) in fields.iter().enumerate() {
                if at > 0 {
                    out.push_str(&" ".repeat(column));
                }
                out.push_str(format!("{key:?}").trim_matches('"'));
                out.push(':');
                let inner = match value {
                    Value::Object(fields) if !fields.is_empty() => column + step,
                    Value::Array(items) if !items.is_empty() => column + offset,
                    _ => {
                        out.push(' ');
                        block(value, column, form, out);
                        continue;
                    }
                };
                out.push('\n');
                out.push_str(&" ".repeat(inner));
                block(value, inner, form, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(&" ".repeat(column));
                }
                out.push('-');
                out.push_str(&" ".repeat(gap - 1));
                block(item, column + gap, form, out);
            }
        }
        other => {
            out.push_str(&other.to_string());
            out.push('\n');
        }
    }
}

/// Adds a comment above and after each line that can have one.
fn comments_everywhere(text: &str) -> String {
    let mut out = String::new();
    for (at, line) in text.lines().enumerate() {
        let content = line.trim();
        let is_bare = content.is_empty()
            || content.starts_with(['#', '%', '{', '}', ']', '"'])
            || content == "..."
            || content == "---";
        if is_bare {
            out.push_str(line);
            out.push('\n');
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let _ = writeln!(out, "{}# above {at} ü", " ".repeat(indent));
        let may_follow = !line.contains(" #") && !content.ends_with(['|', '>', '-', '+']);
        out.push_str(line);
        if may_follow {
            let _ = write!(out, " # after {at}");
        }
        out.push('\n');
    }
    out
}
