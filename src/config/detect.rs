//! Detects the form of a functionConfig by its `apiVersion` and `kind`.

use super::form::ConfigForm;
use super::node::{ConfigNode, What};
use super::report::ConfigReport;
use super::suggest::nearest;
use super::{API_VERSION, KIND};
use crate::route::Route;

/// The form that `apiVersion` and `kind` name. `None` if `kind` names neither form, so that no other check is possible.
pub(super) fn detect(root: ConfigNode<'_>, report: &mut ConfigReport) -> Option<ConfigForm> {
    if root.what() != What::Mapping {
        report.add(Route::root(), root.span(), "expected a mapping").help(accepted());
        return None;
    }
    let version = string(root, "apiVersion", report);
    let kind = string(root, "kind", report);
    let form = match kind?.0 {
        KIND => ConfigForm::Own,
        "ConfigMap" => ConfigForm::ConfigMap,
        found => {
            let kpt = "kpt takes the first word after `--` as the kind if it has no `=`: write `key=value`";
            let is_from_kpt =
                version.is_some_and(|(version, _)| version == "v1") && get(root, "data").is_some();
            let accepted = if is_from_kpt { format!("{}; {kpt}", accepted()) } else { accepted() };
            unknown("kind", found, kind?.1, &[KIND, "ConfigMap"], &accepted, report);
            return None;
        }
    };
    let expected = match form {
        ConfigForm::Own => API_VERSION,
        ConfigForm::ConfigMap => "v1",
    };
    if let Some((found, node)) = version.filter(|(found, _)| *found != expected) {
        unknown("apiVersion", found, node, &[expected], &accepted(), report);
    }
    Some(form)
}

fn accepted() -> String {
    format!("accepted: `{KIND}` of `{API_VERSION}`, `ConfigMap` of `v1`")
}

/// The value of a key, or the first one of a duplicate key, which the shape check reports.
fn get<'t>(root: ConfigNode<'t>, key: &str) -> Option<ConfigNode<'t>> {
    let target = root.target().ok()?;
    let (key, value) = root.tree.pairs(target).find(|(name, _)| root.tree.scalar(*name) == key)?;
    Some(root.value(key, value))
}

fn string<'t>(
    root: ConfigNode<'t>,
    key: &'static str,
    report: &mut ConfigReport,
) -> Option<(&'t str, ConfigNode<'t>)> {
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
    node: ConfigNode<'_>,
    candidates: &[&str],
    accepted: &str,
    report: &mut ConfigReport,
) {
    let help = match nearest(found, candidates) {
        Some(near) => format!("did you mean `{near}`? {accepted}"),
        None => accepted.to_owned(),
    };
    report.add(Route::of(&[key]), node.span(), format!("unknown {key} `{found}`")).help(help);
}
