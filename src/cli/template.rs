//! Whether a text is a template, of which only the rendered form is a manifest.
//!
//! Knows how the template languages mark what they replace, at the start of a line or of a value: further behind it may
//! as well be the text of a script.

use kueueleuleu_yaml::span::Span;

/// A language of templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Template {
    Helm,
    Jinja,
    Envsubst,
}

impl Template {
    /// What the text looks like, and where. Only to be asked of a text that is no manifest as it is.
    pub(crate) fn of(text: &str) -> Option<(Self, Span)> {
        let mut jinja = None;
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let at = start;
            start += line.len();
            let content = line.trim_ascii_start();
            if content.starts_with('#') && !content.starts_with("#}") {
                continue;
            }
            let Some(offset) = mark(line) else { continue };
            let place = Span::new(at + offset, at + line.trim_ascii_end().len());
            let marked = &line[offset..];
            if marked.starts_with("${") {
                return Some((Self::Envsubst, place));
            }
            if !marked.starts_with("{{") {
                return Some((Self::Jinja, place));
            }
            if is_go(marked) {
                return Some((Self::Helm, place));
            }
            // `{{ name }}` is Jinja's; a Go template says more elsewhere.
            jinja = jinja.or(Some((Self::Jinja, place)));
        }
        jinja
    }

    /// As people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Helm => "a Helm template",
            Self::Jinja => "a Jinja template",
            Self::Envsubst => "a template for `envsubst`",
        }
    }

    /// The way to a manifest.
    pub(crate) fn help(self, file: &str) -> String {
        match self {
            Self::Helm => "render it first: `helm template CHART | kueueleuleu -f -`".to_owned(),
            Self::Jinja => format!("render it first: `jinja2 {file} | kueueleuleu -f -`"),
            Self::Envsubst => format!("render it first: `envsubst < {file} | kueueleuleu -f -`"),
        }
    }
}

/// Where in the line a template language is at work: at its start, or where a value begins.
fn mark(line: &str) -> Option<usize> {
    let is_mark = |rest: &str| {
        ["{{", "{%", "{#"].iter().any(|mark| rest.starts_with(mark))
            || rest
                .strip_prefix("${")
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
    };
    let indent = line.len() - line.trim_ascii_start().len();
    let values = [": ", "- "].into_iter().flat_map(|separator| line.match_indices(separator));
    std::iter::once(indent).chain(values.map(|(at, _)| at + 2)).find(|&at| is_mark(&line[at..]))
}

/// Whether what is in the braces is Go's: trimmed, a comment, a field, a variable, or a keyword that Jinja writes in `{% %}`.
fn is_go(marked: &str) -> bool {
    let inside = marked.trim_start_matches('{');
    let trims = inside.starts_with("- ") || marked.contains(" -}}");
    let inside = inside.trim_start_matches('-').trim_ascii_start();
    let word = inside.split(|c: char| c.is_whitespace() || c == '}').next().unwrap_or_default();
    let words =
        ["if", "else", "end", "range", "with", "define", "template", "block", "include", "toYaml", "tpl"];
    trims || inside.starts_with(['.', '$', '(']) || inside.starts_with("/*") || words.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_is_told_by_its_marks() {
        let of = |text: &str| Template::of(text).map(|(template, span)| (template, &text[span.range()]).0);
        assert_eq!(of("a: 1\n{{- if .Values.x }}\n"), Some(Template::Helm));
        assert_eq!(of("name: {{ .Release.Name }}-x\n"), Some(Template::Helm));
        assert_eq!(of("name: {{ name }}\n{{/* c */}}\n"), Some(Template::Helm));
        assert_eq!(of("name: {{ name }}\n"), Some(Template::Jinja));
        assert_eq!(of("{% if x %}\na: 1\n{% endif %}\n"), Some(Template::Jinja));
        assert_eq!(of("a: [\nimage: ${IMAGE}\n"), Some(Template::Envsubst));
        assert_eq!(of("args: [\"{{ x }}\"]\n# {{ .x }}\nrun: echo {{ x }} $HOME\n"), None);
    }

    #[test]
    fn the_place_is_the_mark() {
        let (_, span) = Template::of("kind: Pod\nname: {{ .x }}-a # b\n").unwrap();
        assert_eq!((span.start, span.end), (16, 30));
    }
}
