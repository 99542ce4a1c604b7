//! One entry of `selectors` or `exclude`: as it is written, and compiled.
//!
//! Knows how each field is compared; not how entries are combined.

use super::Facts;
use super::labels::Requirements;
use super::pattern::Pattern;
use crate::config::ConfigError;
use crate::route::{Route, Segment};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

const PREVIOUS_NAMES: &str = "internal.config.kubernetes.io/previousNames";
const PREVIOUS_NAMESPACES: &str = "internal.config.kubernetes.io/previousNamespaces";
const DEFAULT_NAMESPACE: &str = "default";

/// One entry: an object must match all fields that are given. A field that is absent or empty matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SelectorSpec {
    /// Regular expression (RE2) that the whole group must match: `batch` of `batch/v1`. The group of `v1` is empty,
    /// which an empty `group` does not ask for: use `apiVersion: v1`.
    pub group: Option<String>,
    /// Regular expression (RE2) that the whole version must match: `v1` of `batch/v1`.
    pub version: Option<String>,
    /// Regular expression (RE2) that the whole kind must match, for example `Job|CronJob`.
    pub kind: Option<String>,
    /// Regular expression (RE2) that the whole name must match, for example `nightly-.*`: the name it has, or one that
    /// it had before kustomize added a prefix or suffix. An object without a name is matched by its `generateName`.
    pub name: Option<String>,
    /// Regular expression (RE2) that the whole namespace must match: the one it has, or one that it had before
    /// kustomize set another. An object without a namespace is in `default`.
    pub namespace: Option<String>,
    /// Exactly this apiVersion, for example `batch/v1`.
    pub api_version: Option<String>,
    /// Label selector in the grammar of `kubectl -l`, for example `team in (data, ml), !legacy`.
    pub label_selector: Option<String>,
    /// Selector of annotations in the same grammar as `labelSelector`, for example `run-mode=sequential`.
    pub annotation_selector: Option<String>,
    /// Exactly these labels must be there; there may be more.
    pub labels: Option<BTreeMap<String, String>>,
    /// Exactly these annotations must be there; there may be more.
    pub annotations: Option<BTreeMap<String, String>>,
}

/// A compiled entry. Prints as `selectors[1] (kind: Job, name: nightly-.*)`.
#[derive(Clone, Debug)]
pub struct Selector {
    spec: SelectorSpec,
    route: Route,
    group: Pattern,
    version: Pattern,
    kind: Pattern,
    name: Pattern,
    namespace: Pattern,
    label_requirements: Requirements,
    annotation_requirements: Requirements,
}

impl Selector {
    /// Compiles the entry that stands at `route`. The error names the field in it that cannot be.
    pub fn compile(spec: &SelectorSpec, route: Route) -> Result<Self, ConfigError> {
        let pattern = |key, pattern: &Option<String>| compile_pattern(&route, key, pattern.as_deref());
        let requirements =
            |key, selector: &Option<String>| compile_requirements(&route, key, selector.as_deref());
        Ok(Self {
            group: pattern("group", &spec.group)?,
            version: pattern("version", &spec.version)?,
            kind: pattern("kind", &spec.kind)?,
            name: pattern("name", &spec.name)?,
            namespace: pattern("namespace", &spec.namespace)?,
            label_requirements: requirements("labelSelector", &spec.label_selector)?,
            annotation_requirements: requirements("annotationSelector", &spec.annotation_selector)?,
            spec: spec.clone(),
            route,
        })
    }

    /// Where the entry stands in the functionConfig.
    pub fn route(&self) -> &Route {
        &self.route
    }

    /// Whether the entry asks for nothing, so that every object matches it.
    pub fn is_anything(&self) -> bool {
        [&self.group, &self.version, &self.kind, &self.name, &self.namespace].iter().all(|p| p.is_anything())
            && self.spec.api_version.as_deref().unwrap_or_default().is_empty()
            && self.label_requirements.is_empty()
            && self.annotation_requirements.is_empty()
            && [&self.spec.labels, &self.spec.annotations]
                .iter()
                .all(|map| map.as_ref().is_none_or(BTreeMap::is_empty))
    }

    /// Whether the object matches every field that is given. The kind comes first: it settles most.
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
        let exact = self.spec.api_version.as_deref().unwrap_or_default();
        (exact.is_empty() || exact == api_version)
            && self.group.matches(group)
            && self.version.matches(version)
    }

    /// As in kustomize's patches, any name may match with any namespace, whether they went together or not.
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

fn compile_pattern(route: &Route, key: &'static str, pattern: Option<&str>) -> Result<Pattern, ConfigError> {
    let pattern = pattern.unwrap_or_default();
    Pattern::compile(pattern).map_err(|problem| not_a_pattern(route.key(key), pattern, &problem))
}

/// The error of a pattern that [`Pattern`] refused.
pub(crate) fn not_a_pattern(route: Route, pattern: &str, problem: &str) -> ConfigError {
    let message = format!("`{pattern}` is not a regular expression: {problem}");
    ConfigError::new(route, message)
        .help("write it in RE2's syntax; it is compared with the whole value, so no `^` and `$` are needed")
}

fn compile_requirements(
    route: &Route,
    key: &'static str,
    selector: Option<&str>,
) -> Result<Requirements, ConfigError> {
    let selector = selector.unwrap_or_default();
    Requirements::parse(selector).map_err(|problem| {
        let message = format!("`{selector}` is not a label selector: {problem}");
        ConfigError::new(route.key(key), message)
            .help("write it as for `kubectl -l`: `a=b`, `a!=b`, `a in (b, c)`, `a notin (b)`, `a`, `!a`, joined by commas")
    })
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.route.segments() {
            [] => f.write_str("selector")?,
            [.., Segment::Key(list), Segment::Index(index)] => write!(f, "{list}[{index}]")?,
            _ => write!(f, "{}", self.route)?,
        }
        let spec = &self.spec;
        let text = |key, value: &Option<String>| {
            Some(format!("{key}: {}", value.as_ref().filter(|v| !v.is_empty())?))
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
