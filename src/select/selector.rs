//! Compiles and matches an entry of `selectors` or `exclude`.
//!
//! Knows how each field is compared; not how entries are combined.

use super::Facts;
use super::labels::{Requirement, Requirements};
use super::pattern::Pattern;
use crate::config::{ConfigReport, Spanned};
use crate::route::{Route, Segment};
use kueueleuleu_yaml::span::Span;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

const PREVIOUS_NAMES: &str = "internal.config.kubernetes.io/previousNames";
const PREVIOUS_NAMESPACES: &str = "internal.config.kubernetes.io/previousNamespaces";
const DEFAULT_NAMESPACE: &str = "default";

/// A selector. An object must match all its fields; an absent or empty field matches everything.
///
/// ```
/// use kueueleuleu::config::{Config, SelectorSpec};
/// let nightly = SelectorSpec::default().kind("Job|CronJob").name("nightly-.*");
/// let config = Config::default().with_selector(nightly)?;
/// # Ok::<(), kueueleuleu::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SelectorSpec {
    pub(crate) group: Option<Spanned<String>>,
    pub(crate) version: Option<Spanned<String>>,
    pub(crate) kind: Option<Spanned<String>>,
    pub(crate) name: Option<Spanned<String>>,
    pub(crate) namespace: Option<Spanned<String>>,
    pub(crate) api_version: Option<Spanned<String>>,
    pub(crate) label_selector: Option<Spanned<String>>,
    pub(crate) annotation_selector: Option<Spanned<String>>,
    pub(crate) labels: Option<BTreeMap<String, String>>,
    pub(crate) annotations: Option<BTreeMap<String, String>>,
}

impl SelectorSpec {
    /// The same selector with a regular expression (RE2) that the whole kind must match.
    #[must_use]
    pub fn kind(self, pattern: impl Into<String>) -> Self {
        Self { kind: Some(pattern.into().into()), ..self }
    }

    /// The same selector with a regular expression (RE2) that the whole name must match.
    #[must_use]
    pub fn name(self, pattern: impl Into<String>) -> Self {
        Self { name: Some(pattern.into().into()), ..self }
    }

    /// The same selector with a regular expression (RE2) that the whole namespace must match.
    #[must_use]
    pub fn namespace(self, pattern: impl Into<String>) -> Self {
        Self { namespace: Some(pattern.into().into()), ..self }
    }

    /// The same selector with a label selector in the grammar of `kubectl -l`.
    #[must_use]
    pub fn label_selector(self, selector: impl Into<String>) -> Self {
        Self { label_selector: Some(selector.into().into()), ..self }
    }

    /// The same selector with a selector for annotations in the grammar of `kubectl -l`.
    #[must_use]
    pub fn annotation_selector(self, selector: impl Into<String>) -> Self {
        Self { annotation_selector: Some(selector.into().into()), ..self }
    }
}

/// A compiled entry. Prints as `selectors[1] (kind: Job, name: nightly-.*)`.
#[derive(Clone, Debug)]
pub(crate) struct Selector {
    spec: SelectorSpec,
    route: Route,
    span: Option<Span>,
    group: Pattern,
    version: Pattern,
    kind: Pattern,
    name: Pattern,
    namespace: Pattern,
    label_requirements: Requirements,
    annotation_requirements: Requirements,
}

impl Selector {
    /// Compiles the entry at `route`. `None` if a field cannot be compiled, which is reported.
    pub(crate) fn compile(
        spec: Spanned<SelectorSpec>,
        route: Route,
        report: &mut ConfigReport,
    ) -> Option<Self> {
        let span = spec.span;
        let spec = spec.value;
        let mut pattern = |key, pattern: &Option<_>| compile_pattern(&route, key, pattern.as_ref(), report);
        let [group, version, kind, name, namespace] = [
            pattern("group", &spec.group),
            pattern("version", &spec.version),
            pattern("kind", &spec.kind),
            pattern("name", &spec.name),
            pattern("namespace", &spec.namespace),
        ];
        let mut requirements =
            |key, selector: &Option<_>| compile_requirements(&route, key, selector.as_ref(), report);
        let label_requirements = requirements("labelSelector", &spec.label_selector);
        let annotation_requirements = requirements("annotationSelector", &spec.annotation_selector);
        Some(Self {
            group: group?,
            version: version?,
            kind: kind?,
            name: name?,
            namespace: namespace?,
            label_requirements: label_requirements?,
            annotation_requirements: annotation_requirements?,
            spec,
            route,
            span,
        })
    }

    /// The route to the entry in the functionConfig.
    pub(crate) fn route(&self) -> &Route {
        &self.route
    }

    /// Its place in the text, if it has one.
    pub(crate) fn span(&self) -> Option<Span> {
        self.span
    }

    /// Whether the entry has no fields, so that every object matches it.
    pub(crate) fn is_anything(&self) -> bool {
        [&self.group, &self.version, &self.kind, &self.name, &self.namespace].iter().all(|p| p.is_anything())
            && text(self.spec.api_version.as_ref()).is_empty()
            && self.label_requirements.is_empty()
            && self.annotation_requirements.is_empty()
            && [&self.spec.labels, &self.spec.annotations]
                .iter()
                .all(|map| map.as_ref().is_none_or(BTreeMap::is_empty))
    }

    /// Whether the kind and the version of a Pod match.
    pub(crate) fn matches_pods(&self) -> bool {
        self.kind.matches("Pod") && self.matches_version("v1")
    }

    /// The regular expressions for the whole name and the whole namespace, if they are set.
    pub(crate) fn name_and_namespace(&self) -> [Option<&str>; 2] {
        [&self.spec.name, &self.spec.namespace]
            .map(|pattern| Some(text(pattern.as_ref())).filter(|pattern| !pattern.is_empty()))
    }

    /// The requirements on labels, and those on annotations.
    pub(crate) fn requirements(&self) -> [Vec<Requirement>; 2] {
        let of = |requirements: &Requirements, exact: &Option<BTreeMap<String, String>>| {
            let equal = exact.iter().flatten().map(|(key, value)| Requirement::equal(key, value));
            requirements.iter().cloned().chain(equal).collect()
        };
        [
            of(&self.label_requirements, &self.spec.labels),
            of(&self.annotation_requirements, &self.spec.annotations),
        ]
    }

    /// Whether the object matches all fields. The kind comes first, because it decides most cases.
    pub(super) fn matches(&self, facts: &Facts<'_>) -> bool {
        self.kind.matches(facts.kind)
            && self.matches_version(facts.api_version)
            && self.matches_name(facts)
            && self.matches_namespace(facts)
            && self.label_requirements.match_labels(facts.labels)
            && self.annotation_requirements.match_labels(facts.annotations)
            && contains(facts.labels, self.spec.labels.as_ref())
            && contains(facts.annotations, self.spec.annotations.as_ref())
    }

    fn matches_version(&self, api_version: &str) -> bool {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let exact = text(self.spec.api_version.as_ref());
        (exact.is_empty() || exact == api_version)
            && self.group.matches(group)
            && self.version.matches(version)
    }

    /// As in the patches of kustomize, each previous name counts together with each previous namespace.
    fn matches_name(&self, facts: &Facts<'_>) -> bool {
        self.name.is_anything()
            || self.name.matches(facts.name)
            || previous(facts, PREVIOUS_NAMES).any(|name| self.name.matches(name))
    }

    fn matches_namespace(&self, facts: &Facts<'_>) -> bool {
        let matches = |namespace: &str| {
            self.namespace.matches(if namespace.is_empty() { DEFAULT_NAMESPACE } else { namespace })
        };
        self.namespace.is_anything()
            || matches(facts.namespace.unwrap_or_default())
            || previous(facts, PREVIOUS_NAMESPACES).any(matches)
    }
}

/// The comma-separated items of the annotation `key`.
fn previous<'a>(facts: &Facts<'a>, key: &str) -> impl Iterator<Item = &'a str> {
    let annotation = facts.annotations.iter().find(|(name, _)| name == key);
    annotation.into_iter().flat_map(|(_, items)| items.split(',')).map(str::trim)
}

fn contains(present: &[(Cow<'_, str>, Cow<'_, str>)], wanted: Option<&BTreeMap<String, String>>) -> bool {
    let has = |(key, value): (&String, &String)| present.iter().any(|(k, v)| k == key && v == value);
    wanted.is_none_or(|wanted| wanted.iter().all(has))
}

/// The text of a field; empty if it is absent.
fn text(value: Option<&Spanned<String>>) -> &str {
    value.map_or("", |value| &value.value)
}

fn compile_pattern(
    route: &Route,
    key: &'static str,
    pattern: Option<&Spanned<String>>,
    report: &mut ConfigReport,
) -> Option<Pattern> {
    match (Pattern::compile(text(pattern)), pattern) {
        (Ok(pattern), _) => Some(pattern),
        (Err(problem), Some(pattern)) => not_a_pattern(pattern, route.key(key), &problem, report),
        (Err(_), None) => unreachable!("impossible: the empty pattern matches anything"),
    }
}

/// Reports a pattern that [`Pattern`] rejected.
pub(crate) fn not_a_pattern<T>(
    pattern: &Spanned<String>,
    route: Route,
    problem: &str,
    report: &mut ConfigReport,
) -> Option<T> {
    let message = format!("`{}` is not a regular expression: {problem}", pattern.value);
    let help = "use RE2 syntax; the pattern must match the whole value, so `^` and `$` are not needed";
    report.about(pattern, route, message).help(help);
    None
}

fn compile_requirements(
    route: &Route,
    key: &'static str,
    selector: Option<&Spanned<String>>,
    report: &mut ConfigReport,
) -> Option<Requirements> {
    let Some(selector) = selector else { return Some(Requirements::default()) };
    let problem = match Requirements::parse(selector) {
        Ok(requirements) => return Some(requirements),
        Err(problem) => problem,
    };
    let message = format!("`{}` is not a label selector: {problem}", selector.value);
    report.about(selector, route.key(key), message).help(
        "use the syntax of `kubectl -l`: `a=b`, `a!=b`, `a in (b, c)`, `a notin (b)`, `a`, `!a`, separated by commas",
    );
    None
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.route.segments() {
            [] => f.write_str("selector")?,
            [.., Segment::Key(list), Segment::Index(index)] => write!(f, "{list}[{index}]")?,
            _ => write!(f, "{}", self.route)?,
        }
        let spec = &self.spec;
        let text = |key, value: &Option<Spanned<String>>| {
            Some(format!("{key}: {}", value.as_ref().filter(|value| !value.is_empty())?.value))
        };
        let map = |key, value: &Option<BTreeMap<String, String>>| {
            let map = value.as_ref().filter(|map| !map.is_empty())?;
            let items: Vec<_> = map.iter().map(|(key, value)| format!("{key}: {value}")).collect();
            Some(format!("{key}: {{{}}}", items.join(", ")))
        };
        let fields = [
            text("group", &spec.group),
            text("version", &spec.version),
            text("apiVersion", &spec.api_version),
            text("kind", &spec.kind),
            text("name", &spec.name),
            text("namespace", &spec.namespace),
            text("labelSelector", &spec.label_selector),
            text("annotationSelector", &spec.annotation_selector),
            map("labels", &spec.labels),
            map("annotations", &spec.annotations),
        ];
        let fields: Vec<_> = fields.into_iter().flatten().collect();
        write!(f, " ({})", if fields.is_empty() { "anything".to_owned() } else { fields.join(", ") })
    }
}
