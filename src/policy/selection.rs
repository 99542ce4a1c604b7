//! Writes the selectors of a configuration in CEL, for the pods that are created.
//!
//! At admission every object is a Pod, so a selector for other kinds is rejected.

use super::cel;
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Rule};
use crate::select::{Requirement, Selector, Test};

/// The condition that the object at `pod` is selected; `None` if all objects are. Reports selectors that are not
/// supported.
pub(super) fn condition(pod: &str, config: &Config, report: &mut Vec<Diagnostic>) -> Option<String> {
    let [selectors, exclude] = config.selection.entries();
    let mut any = |entries: &[Selector]| {
        let entries: Vec<_> = entries.iter().map(|entry| selector(pod, entry, report)).collect();
        (!entries.is_empty()).then(|| entries.join("\n|| "))
    };
    let conditions =
        [any(selectors).map(|any| format!("({any})")), any(exclude).map(|any| format!("!({any})"))];
    let conditions: Vec<_> = conditions.into_iter().flatten().collect();
    (!conditions.is_empty()).then(|| conditions.join("\n&& "))
}

/// Whether any selector matches names. The template of a Job has no name.
pub(super) fn asks_for_names(config: &Config) -> bool {
    config.selection.entries().into_iter().flatten().any(|entry| entry.name_and_namespace()[0].is_some())
}

fn selector(pod: &str, entry: &Selector, report: &mut Vec<Diagnostic>) -> String {
    let [name, namespace] = entry.name_and_namespace();
    if !entry.matches_pods() {
        let mut diagnostic = Diagnostic::error(
            Rule::InvalidConfig,
            entry.route().clone(),
            "at admission every object is a Pod, and this entry selects no Pods",
            "select by name, namespace, labels or annotations, or remove the entry; for a Job, label its pod template",
        );
        diagnostic.span = entry.span();
        report.push(diagnostic);
    }
    let mut all = Vec::new();
    let metadata = format!("{pod}.metadata");
    let matches =
        |text: &str, pattern: &str| format!("{text}.matches({})", cel::string(&format!("^(?:{pattern})$")));
    if let Some(name) = name {
        let own = format!("{metadata}.?name.orValue(\"\")");
        let generated = format!("{metadata}.?generateName.orValue(\"\")");
        all.push(matches(&format!("({own} != \"\" ? {own} : {generated})"), name));
    }
    if let Some(namespace) = namespace {
        all.push(matches("request.namespace", namespace));
    }
    for (map, requirements) in ["labels", "annotations"].into_iter().zip(entry.requirements()) {
        all.extend(requirements.iter().map(|requirement| of_map(&format!("{metadata}.?{map}"), requirement)));
    }
    if all.is_empty() { "true".to_owned() } else { format!("({})", all.join("\n  && ")) }
}

/// A requirement of the grammar of `kubectl -l`, on an optional map.
fn of_map(map: &str, requirement: &Requirement) -> String {
    let value = format!("{map}[?{}]", cel::string(&requirement.key));
    let is_one_of = |values: &[String]| {
        format!("{value}.hasValue() && {value}.orValue(\"\") in {}", cel::strings(values))
    };
    // At most 18 digits, which cannot overflow.
    let integer = |sign: &str, bound: i64| {
        format!(
            "{value}.orValue(\"\").matches(\"^[+-]?[0-9]{{1,18}}$\")\n  && int({value}.orValue(\"\")) {sign} {bound}"
        )
    };
    match &requirement.test {
        Test::In(values) => is_one_of(values),
        Test::NotIn(values) => format!("!({})", is_one_of(values)),
        Test::Exists => format!("{value}.hasValue()"),
        Test::Missing => format!("!{value}.hasValue()"),
        Test::Above(bound) => integer(">", *bound),
        Test::Below(bound) => integer("<", *bound),
    }
}
