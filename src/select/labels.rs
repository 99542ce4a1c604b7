//! Parses and matches Kubernetes label selectors: `team in (data, ml), !legacy`.
//!
//! Knows the grammar, and what it means for a set of labels; neither where a selector comes from nor which object has
//! the labels.
//!
//! Source: `k8s.io/apimachinery/pkg/labels/selector.go`, which `kubectl -l` and kustomize's `labelSelector` and
//! `annotationSelector` use. The tokens, the checks of keys and values, and the results are the same, so that selectors
//! can be copied between these tools and this one.

use std::borrow::Cow;

/// All requirements of a label selector. If there are none, everything matches.
#[derive(Clone, Debug, Default)]
pub(super) struct Requirements(Vec<Requirement>);

/// A requirement on the value of one key.
#[derive(Clone, Debug)]
pub(crate) struct Requirement {
    pub(crate) key: String,
    pub(crate) test: Test,
}

impl Requirement {
    /// The key must have this value.
    pub(crate) fn equal(key: &str, value: &str) -> Self {
        Self { key: key.to_owned(), test: Test::In(vec![value.to_owned()]) }
    }
}

/// The test of a value.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    /// `key in (a, b)`, `key = a`, `key == a`.
    In(Vec<String>),
    /// `key notin (a, b)`, `key != a`: also true if the key is absent.
    NotIn(Vec<String>),
    /// `key`.
    Exists,
    /// `!key`.
    Missing,
    /// `key > 1`. A value that is not an integer does not match.
    Above(i64),
    /// `key < 1`.
    Below(i64),
}

impl Requirements {
    /// Parses a selector. The error names the wrong part in one line.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { tokens: tokens(text), next: 0 };
        parser.selector().map(Self)
    }

    /// Each requirement.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Requirement> {
        self.0.iter()
    }

    /// Whether everything matches.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether labels (key and value) satisfy all requirements.
    pub(super) fn match_labels(&self, labels: &[(Cow<'_, str>, Cow<'_, str>)]) -> bool {
        self.0.iter().all(|requirement| {
            let value =
                labels.iter().find(|(key, _)| *key == requirement.key).map(|(_, value)| value.as_ref());
            requirement.test.holds(value)
        })
    }
}

impl Test {
    fn holds(&self, value: Option<&str>) -> bool {
        let is_one_of = |values: &[String]| value.is_some_and(|value| values.iter().any(|one| one == value));
        let integer = || value.and_then(|value| value.parse::<i64>().ok());
        match self {
            Self::In(values) => is_one_of(values),
            Self::NotIn(values) => !is_one_of(values),
            Self::Exists => value.is_some(),
            Self::Missing => value.is_none(),
            Self::Above(bound) => integer().is_some_and(|value| value > *bound),
            Self::Below(bound) => integer().is_some_and(|value| value < *bound),
        }
    }
}

/// Splits at white space and at special characters. `==` and `!=` are one token each.
fn tokens(text: &str) -> Vec<&str> {
    const SPECIAL: &[char] = &['=', '!', '(', ')', '>', '<', ','];
    const SPACE: &[char] = &[' ', '\t', '\r', '\n'];
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches(SPACE);
    while !rest.is_empty() {
        let length = if rest.starts_with("==") || rest.starts_with("!=") {
            2
        } else if rest.starts_with(SPECIAL) {
            1
        } else {
            rest.find(|c| SPECIAL.contains(&c) || SPACE.contains(&c)).unwrap_or(rest.len())
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after.trim_start_matches(SPACE);
    }
    tokens
}

fn is_word(token: &str) -> bool {
    !token.starts_with(['=', '!', '(', ')', '>', '<', ','])
}

/// A recursive-descent parser. As in Kubernetes, `in` and `notin` can also be keys and values.
struct Parser<'a> {
    tokens: Vec<&'a str>,
    next: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.tokens.get(self.next).copied()
    }

    fn take(&mut self) -> Option<&'a str> {
        let token = self.peek();
        self.next += usize::from(token.is_some());
        token
    }

    fn selector(&mut self) -> Result<Vec<Requirement>, String> {
        let mut requirements = Vec::new();
        if self.peek().is_none() {
            return Ok(requirements);
        }
        loop {
            requirements.push(self.requirement()?);
            match self.take() {
                None => return Ok(requirements),
                Some(",") => {}
                other => return Err(unexpected(other, "`,` or the end")),
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let missing = self.peek() == Some("!");
        self.next += usize::from(missing);
        let key = match self.take() {
            Some(key) if is_word(key) => key,
            other if missing => return Err(unexpected(other, "a key")),
            other => return Err(unexpected(other, "a key or `!`")),
        };
        check_key(key)?;
        let test = if missing {
            Test::Missing
        } else if matches!(self.peek(), None | Some(",")) {
            Test::Exists
        } else {
            self.comparison(key)?
        };
        Ok(Requirement { key: key.to_owned(), test })
    }

    fn comparison(&mut self, key: &str) -> Result<Test, String> {
        Ok(match self.take() {
            Some("=" | "==") => Test::In(vec![self.value(key)?]),
            Some("!=") => Test::NotIn(vec![self.value(key)?]),
            Some("in") => Test::In(self.values(key)?),
            Some("notin") => Test::NotIn(self.values(key)?),
            Some(">") => Test::Above(self.integer(key)?),
            Some("<") => Test::Below(self.integer(key)?),
            other => return Err(unexpected(other, "`=`, `==`, `!=`, `in`, `notin`, `>` or `<`")),
        })
    }

    /// The value after an operator. If there is none, it is the empty value.
    fn value(&mut self, key: &str) -> Result<String, String> {
        match self.peek() {
            None | Some(",") => Ok(String::new()),
            Some(value) if is_word(value) => {
                self.next += 1;
                check_value(key, value)?;
                Ok(value.to_owned())
            }
            other => Err(unexpected(other, "a value")),
        }
    }

    fn integer(&mut self, key: &str) -> Result<i64, String> {
        let value = self.value(key)?;
        value.parse().map_err(|_| format!("`{value}`, the bound of `{key}`, is not an integer"))
    }

    /// `(a, b)`. A missing item is the empty value. `(a,,)`, which Kubernetes rejects, is accepted too.
    fn values(&mut self, key: &str) -> Result<Vec<String>, String> {
        match self.take() {
            Some("(") => {}
            other => return Err(unexpected(other, "`(`")),
        }
        let mut values = Vec::new();
        loop {
            values.push(match self.peek() {
                Some(value) if is_word(value) => self.value(key)?,
                _ => String::new(),
            });
            match self.take() {
                Some(",") => {}
                Some(")") => return Ok(values),
                other => return Err(unexpected(other, "`,` or `)`")),
            }
        }
    }
}

fn unexpected(found: Option<&str>, expected: &str) -> String {
    match found {
        Some(token) => format!("found `{token}`, expected {expected}"),
        None => format!("found the end, expected {expected}"),
    }
}

/// A qualified name: `name` or `prefix/name`.
fn check_key(key: &str) -> Result<(), String> {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    if is_name(name) && prefix.is_none_or(is_subdomain) {
        return Ok(());
    }
    Err(format!("`{key}` is not a valid key of a label"))
}

fn check_value(key: &str, value: &str) -> Result<(), String> {
    if value.is_empty() || is_name(value) {
        return Ok(());
    }
    Err(format!("`{value}` is not a valid value of the label `{key}`"))
}

/// Up to 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends.
fn is_name(name: &str) -> bool {
    let ends = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric());
    ends && name.len() <= 63 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

/// A DNS subdomain (RFC 1123).
fn is_subdomain(prefix: &str) -> bool {
    let is_end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    prefix.len() <= 253
        && prefix.split('.').all(|label| {
            label.starts_with(is_end)
                && label.ends_with(is_end)
                && label.chars().all(|c| is_end(c) || c == '-')
        })
}

#[cfg(test)]
mod tests;
