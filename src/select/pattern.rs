//! Anchored regular expressions, as kustomize's selectors have them.
//!
//! Knows strings only; not which field is matched.

/// What a whole string must match.
///
/// `regex-lite` and not `regex`: it runs in linear time too, and for names it is nearer to RE2: `\d`, `\w` and `(?i)`
/// mean ASCII in both, and what `regex` reads otherwise than RE2 (`[a&&b]`) is an error here. It costs the binary 84 kB
/// instead of 393 kB. What it lacks of RE2 it refuses: `\pL` and its like, which no name in Kubernetes needs, and
/// `\Q…\E`, which `regex` lacks as well.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    /// The pattern was empty: anything, as in kustomize.
    Anything,
    /// No character of the pattern has a meaning of its own.
    Exactly(String),
    /// Already anchored.
    Regex(regex_lite::Regex),
}

impl Pattern {
    /// Compiles `pattern` as `^(?:pattern)$`, so that neither a substring nor one branch of `a|b` is enough. The error
    /// says in one line what is wrong.
    pub(crate) fn compile(pattern: &str) -> Result<Self, String> {
        if pattern.is_empty() {
            return Ok(Self::Anything);
        }
        if pattern.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte)) {
            return Ok(Self::Exactly(pattern.to_owned()));
        }
        // On its own first: `a)|(b` is no pattern, but would become one between the anchors.
        let compile = |pattern: &str| {
            regex_lite::Regex::new(pattern).map_err(|error| error.to_string().replace('\'', "`"))
        };
        compile(pattern)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_whole_and_only_the_whole() {
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
            (r"\d+", "12", true),
            (r"\d+", "١", false),
            ("v1.*", "v1beta1", true),
            ("[[:alpha:]]+", "abc", true),
        ];
        for &(pattern, text, expected) in cases {
            assert_eq!(Pattern::compile(pattern).unwrap().matches(text), expected, "{pattern:?} on {text:?}");
        }
    }

    #[test]
    fn refuses_what_is_no_pattern() {
        for pattern in ["a(", "a)|(b", "*", "[a", r"\pL", "(?=a)", r"(a)\1", "[a&&b]"] {
            assert!(Pattern::compile(pattern).is_err(), "{pattern:?}");
        }
    }
}
