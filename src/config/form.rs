//! The two forms of a functionConfig: our own kind, and a `ConfigMap`.
//!
//! Knows which form a value has and where each form keeps a field, so that one check serves both; not what a field
//! means.

use super::node::{Node, What};
use super::report::Report;
use super::suggest::nearest;
use super::{API_VERSION, KIND};
use crate::route::Route;

/// What a functionConfig is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `SequentialContainers`.
    Own,
    /// `ConfigMap`.
    ConfigMap,
}

impl Form {
    /// Goes by `apiVersion` and `kind`, which must be there. `None` where nothing more can be said of it.
    pub(super) fn of(root: Node<'_>, report: &mut Report) -> Option<Self> {
        if root.what() != What::Mapping {
            report.add(Route::root(), root.span(), "expected a mapping").help(accepted());
            return None;
        }
        let version = string(root, "apiVersion", report);
        let kind = string(root, "kind", report);
        let form = match kind?.0 {
            KIND => Self::Own,
            "ConfigMap" => Self::ConfigMap,
            found => {
                let kpt =
                    "kpt takes the first word after `--` that has no `=` for the kind: write `key=value`";
                let is_from_kpt =
                    version.is_some_and(|(version, _)| version == "v1") && get(root, "data").is_some();
                let accepted = if is_from_kpt { format!("{}; {kpt}", accepted()) } else { accepted() };
                unknown("kind", found, kind?.1, &[KIND, "ConfigMap"], &accepted, report);
                return None;
            }
        };
        let expected = match form {
            Self::Own => API_VERSION,
            Self::ConfigMap => "v1",
        };
        if let Some((found, node)) = version.filter(|(found, _)| *found != expected) {
            unknown("apiVersion", found, node, &[expected], &accepted(), report);
        }
        Some(form)
    }

    /// Where a field of the specification stands.
    pub(super) fn field(self, key: &'static str) -> Route {
        match self {
            Self::Own => Route::of(&["spec", key]),
            Self::ConfigMap => Route::of(&["data", key]),
        }
    }

    /// Where the item `index` of a list stands: in a `ConfigMap` all are in one string.
    pub(super) fn item(self, key: &'static str, index: usize) -> Route {
        match self {
            Self::Own => self.field(key).index(index),
            Self::ConfigMap => self.field(key),
        }
    }

    /// Where the selector `index` stands: in a `ConfigMap` there is only one.
    pub(super) fn selector(self, index: usize) -> Route {
        match self {
            Self::Own => self.field("selectors").index(index),
            Self::ConfigMap => Route::of(&["data"]),
        }
    }

    /// Where the kind of the entrypoint stands.
    pub(super) fn entrypoint_kind(self) -> Route {
        match self {
            Self::Own => self.field("entrypoint").key("kind"),
            Self::ConfigMap => self.field("entrypointKind"),
        }
    }
}

fn accepted() -> String {
    format!("accepted: `{KIND}` of `{API_VERSION}`, `ConfigMap` of `v1`")
}

/// The value of a key, the first one where it stands twice: the shape check says so.
fn get<'t>(root: Node<'t>, key: &str) -> Option<Node<'t>> {
    let target = root.target().ok()?;
    let (key, value) = root.tree.pairs(target).find(|(name, _)| root.tree.scalar(*name) == key)?;
    Some(root.value(key, value))
}

fn string<'t>(root: Node<'t>, key: &'static str, report: &mut Report) -> Option<(&'t str, Node<'t>)> {
    let value = get(root, key).filter(|value| value.what() != What::Null);
    match value.map(|value| (value, value.what())) {
        None => report.add(Route::root(), root.span(), format!("`{key}` is missing")).help(accepted()),
        Some((value, What::String(text))) => return Some((text, value)),
        Some((value, _)) => report.add(Route::of(&[key]), value.span(), "expected a string").help(accepted()),
    }
    None
}

fn unknown(
    key: &'static str,
    found: &str,
    node: Node<'_>,
    candidates: &[&str],
    accepted: &str,
    report: &mut Report,
) {
    let help = match nearest(found, candidates) {
        Some(near) => format!("did you mean `{near}`? {accepted}"),
        None => accepted.to_owned(),
    };
    report.add(Route::of(&[key]), node.span(), format!("unknown {key} `{found}`")).help(help);
}
