//! Matches anchored regular expressions, like the selectors of kustomize.
//!
//! Knows only strings; not which field is matched.

/// A pattern that a whole string must match.
///
/// The crate `regex` matches it. Its syntax is that of RE2, except for `&&`, `--`, `~~` and `[` within brackets, which
/// do not occur in patterns for names.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    /// An empty pattern, which matches everything, as in kustomize.
    Anything,
    /// A pattern without special characters.
    Exactly(String),
    /// Already anchored.
    Regex(regex::Regex),
}

impl Pattern {
    /// Compiles `pattern` as `^(?:pattern)$`, so that a substring does not match, not even with one branch of `a|b`.
    /// The error is one line.
    pub(crate) fn compile(pattern: &str) -> Result<Self, String> {
        if pattern.is_empty() {
            return Ok(Self::Anything);
        }
        if pattern.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte)) {
            return Ok(Self::Exactly(pattern.to_owned()));
        }
        let pattern = from_re2(pattern);
        // Compile the pattern alone first: `a)|(b` is not valid, but would be valid between the anchors.
        compile(&pattern)?;
        compile(&format!("^(?:{pattern})$")).map(Self::Regex)
    }

    /// Whether the whole of `text` matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Anything => true,
            Self::Exactly(pattern) => pattern == text,
            Self::Regex(regex) => regex.is_match(text),
        }
    }

    /// Whether any text matches.
    pub(crate) fn is_anything(&self) -> bool {
        matches!(self, Self::Anything)
    }
}

/// Translates RE2 syntax to that of `regex`. Classes and boundaries are ASCII in RE2 (Unicode classes would also cost a
/// hundred times as much), and only RE2 has `\Q…\E`.
fn from_re2(pattern: &str) -> String {
    let mut written = String::with_capacity(pattern.len());
    let mut rest = pattern.chars();
    while let Some(next) = rest.next() {
        if next != '\\' {
            written.push(next);
            continue;
        }
        match rest.next() {
            Some('d') => written += "[0-9]",
            Some('D') => written += "[^0-9]",
            Some('s') => written += r"[\t\n\f\r ]",
            Some('S') => written += r"[^\t\n\f\r ]",
            Some('w') => written += "[0-9A-Za-z_]",
            Some('W') => written += "[^0-9A-Za-z_]",
            Some('b') => written += r"(?-u:\b)",
            Some('B') => written += r"(?-u:\B)",
            Some('Q') => {
                let text = rest.as_str();
                let (literal, after) = text.split_once(r"\E").unwrap_or((text, ""));
                written += &regex::escape(literal);
                rest = after.chars();
            }
            escaped => written.extend(['\\'].into_iter().chain(escaped)),
        }
    }
    written
}

fn compile(pattern: &str) -> Result<regex::Regex, String> {
    regex::Regex::new(pattern).map_err(|error| {
        let text = error.to_string();
        // The message shows the pattern with a caret before the reason.
        text.rsplit_once("error: ").map_or(&*text, |(_, reason)| reason).to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_string_must_match() {
        let cases: &[(&str, &str, bool)] = &[
            ("", "", true),
            ("", "a", true),
            ("job", "job", true),
            ("job", "jobs", false),
            ("job", "a-job", false),
            // A substring must not do.
            ("nightly-.*", "nightly-load", true),
            ("nightly-.*", "a-nightly-load", false),
            ("o.", "job", false),
            // Both anchors belong to every branch.
            ("a|b", "a", true),
            ("a|b", "b", true),
            ("a|b", "ab", false),
            ("a|b", "ax", false),
            ("a|b", "xb", false),
            ("^a$", "a", true),
            ("^$", "a", false),
            ("$", "", true),
            ("a.", "a\n", false),
            ("a", "a\n", false),
            ("[ab]+", "abba", true),
            ("(?i)job", "JOB", true),
            ("v1.*", "v1beta1", true),
            // The rest of RE2.
            (r"\d+", "12", true),
            (r"\d+", "١", false),
            (r"[\w-]{1,253}", "a-1_b", true),
            (r"[^\W]+", "aé", false),
            (r"\D\S\B.\b-\s", "abc- ", true),
            (r"\\d", r"\d", true),
            (r"a\Q.\d[\E+", r"a.\d[[", true),
            (r"\Qa|", "a|", true),
            (r"\Qa|", "a", false),
            (r"a\.b", "a.b", true),
            (r"a\.b", "axb", false),
            ("a{2,3}", "aa", true),
            ("a{2,3}", "aaaa", false),
            ("[^ab]", "a", false),
            ("[[:alpha:]]+", "abc", true),
            (r"(?P<letter>\pL)\p{Lu}", "éÉ", true),
            (r"\pL\p{Lu}", "éé", false),
            (r"\P{L}\p{Greek}", "1λ", true),
            ("(?i)é", "É", true),
            ("(?U)a+", "aa", true),
            (r"(?s:.)\x41", "\nA", true),
        ];
        for &(pattern, text, expected) in cases {
            assert_eq!(Pattern::compile(pattern).unwrap().matches(text), expected, "{pattern:?} on {text:?}");
        }
    }

    #[test]
    fn invalid_patterns_are_rejected() {
        for pattern in
            ["a(", "a)|(b", "*", "[a", r"\p{Nothing}", "(?=a)", r"(a)\1", "a\\", r"[\b]", "x{1000}{1000}"]
        {
            let reason = Pattern::compile(pattern).expect_err(pattern);
            assert!(!reason.contains('\n'), "{reason}");
        }
    }
}
