//! Detects templates, which must be rendered before they are manifests.
//!
//! This module knows the delimiters of Helm, Jinja and envsubst. They count only at the start of a line or of a value:
//! after other text they may belong to a script.
//!
//! ```text
//! name: {{ .Release.Name }}       a Helm template
//! image: ${IMAGE}                 a template for envsubst
//! run: echo {{ x }} $HOME         not a template
//! ```

use kueueleuleu_yaml::span::Span;
use kueueleuleu_yaml::syntax::{Documents, NodeKind, Shape};
use std::collections::HashSet;

/// A template language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TemplateLanguage {
    Helm,
    Jinja,
    Envsubst,
}

impl TemplateLanguage {
    /// The template language of a text that is not valid YAML, and the first place that shows it.
    pub(crate) fn of(text: &str) -> Option<(Self, Span)> {
        Self::of_marks(marks(text))
    }

    /// The template language of a text that is valid YAML. `{{ x }}` is then a mapping with a mapping as its key, which
    /// never occurs in Kubernetes. `${X}` counts only if a value has a wrong type, which it may explain.
    pub(crate) fn of_yaml(text: &str, is_wrong_type: bool) -> Option<(Self, Span)> {
        if !text.contains("{{") && !is_wrong_type {
            return None;
        }
        let mut marked: Vec<_> = marks(text).collect();
        let braces: HashSet<usize> = marked
            .iter()
            .filter(|(marked, _)| marked.starts_with("{{"))
            .map(|(_, place)| place.start as usize)
            .collect();
        let mappings = if braces.is_empty() { HashSet::new() } else { mappings_at(text, &braces) };
        marked.retain(|(marked, place)| {
            mappings.contains(&(place.start as usize)) || (is_wrong_type && marked.starts_with("${"))
        });
        Self::of_marks(marked.into_iter())
    }

    fn of_marks<'t>(marks: impl Iterator<Item = (&'t str, Span)>) -> Option<(Self, Span)> {
        let mut jinja = None;
        for (marked, place) in marks {
            if marked.starts_with("${") {
                return Some((Self::Envsubst, place));
            }
            if !marked.starts_with("{{") {
                return Some((Self::Jinja, place));
            }
            if is_go(marked) {
                return Some((Self::Helm, place));
            }
            // `{{ name }}` alone is Jinja. If the text is a Helm template, another delimiter shows it.
            jinja = jinja.or(Some((Self::Jinja, place)));
        }
        jinja
    }

    /// The name of the language in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Helm => "a Helm template",
            Self::Jinja => "a Jinja template",
            Self::Envsubst => "a template for `envsubst`",
        }
    }

    /// How to render the template.
    pub(crate) fn help(self, file: &str) -> String {
        match self {
            Self::Helm => "render it first: `helm template CHART | kueueleuleu -f -`".to_owned(),
            Self::Jinja => format!("render it first: `jinja2 {file} | kueueleuleu -f -`"),
            Self::Envsubst => format!("render it first: `envsubst < {file} | kueueleuleu -f -`"),
        }
    }
}

/// The delimiters in a text: for each, the rest of its line, and the span of that.
fn marks(text: &str) -> impl Iterator<Item = (&str, Span)> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let at = start;
        start += line.len();
        let content = line.trim_ascii_start();
        if content.starts_with('#') && !content.starts_with("#}") {
            return None;
        }
        let offset = mark(line)?;
        Some((&line[offset..], Span::new(at + offset, at + line.trim_ascii_end().len())))
    })
}

/// The offsets among `places` at which a flow mapping starts.
fn mappings_at(text: &str, places: &HashSet<usize>) -> HashSet<usize> {
    let mut found = HashSet::new();
    let mut documents = Documents::new(text, &Shape::ALL);
    while let Some(Ok(tree)) = documents.next_document() {
        let mut nodes: Vec<_> = tree.root().into_iter().collect();
        while let Some(node) = nodes.pop() {
            let kind = tree.kind(node);
            let start = tree.span(node).start as usize;
            if kind == NodeKind::FlowMapping && places.contains(&start) {
                found.insert(start);
            }
            if !kind.is_opaque() {
                nodes.extend(tree.children(node));
            }
        }
    }
    found
}

/// The offset of a delimiter in a line: at its start, or at the start of a value.
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

/// Whether the text in the braces is a Go template: `{{-`, a comment, a field, a variable, or a keyword for which Jinja
/// uses `{% %}`.
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
    fn each_language_is_known_by_its_delimiters() {
        let of =
            |text: &str| TemplateLanguage::of(text).map(|(template, span)| (template, &text[span.range()]).0);
        assert_eq!(of("a: 1\n{{- if .Values.x }}\n"), Some(TemplateLanguage::Helm));
        assert_eq!(of("name: {{ .Release.Name }}-x\n"), Some(TemplateLanguage::Helm));
        assert_eq!(of("name: {{ name }}\n{{/* c */}}\n"), Some(TemplateLanguage::Helm));
        assert_eq!(of("name: {{ name }}\n"), Some(TemplateLanguage::Jinja));
        assert_eq!(of("{% if x %}\na: 1\n{% endif %}\n"), Some(TemplateLanguage::Jinja));
        assert_eq!(of("a: [\nimage: ${IMAGE}\n"), Some(TemplateLanguage::Envsubst));
        assert_eq!(of("args: [\"{{ x }}\"]\n# {{ .x }}\nrun: echo {{ x }} $HOME\n"), None);
    }

    /// `metadata: {{ x }}` passed as a mapping that nothing read.
    #[test]
    fn a_template_may_be_valid_yaml() {
        let of = |text: &str| TemplateLanguage::of_yaml(text, false).map(|(template, _)| template);
        assert_eq!(of("kind: Pod\nmetadata: {{ x }}\n"), Some(TemplateLanguage::Jinja));
        assert_eq!(of("kind: Pod\nspec:\n  - a: {{ .Values.x }}\n"), Some(TemplateLanguage::Helm));
        assert_eq!(of("a:\n- {{ x }}\n"), Some(TemplateLanguage::Jinja));
        for text in [
            "run: |\n  {{ x }}\n",
            "a: '\n  {{ x }}'\n",
            "a: \"{{ x }}\"\n",
            "# a: {{ x }}\n",
            "a: ${X}\n",
            "a: {b: {c: d}}\n",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
        let wrong =
            TemplateLanguage::of_yaml("a: ${X}\nb: |\n  {{ .x }}\n", true).map(|(template, _)| template);
        assert_eq!(wrong, Some(TemplateLanguage::Envsubst));
    }

    #[test]
    fn the_span_starts_at_the_delimiter() {
        let (_, span) = TemplateLanguage::of("kind: Pod\nname: {{ .x }}-a # b\n").unwrap();
        assert_eq!((span.start, span.end), (16, 30));
    }
}
