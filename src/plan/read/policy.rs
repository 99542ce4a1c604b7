//! What a pod, or the Job around it, says of all its containers at once.
//!
//! Knows fields; what they mean for the rewrite is judged elsewhere.

use super::{At, Fields, Reader, get};
use crate::edit::Value;
use crate::plan::pod::ExitCodeRule;
use crate::view::View;

impl Reader<'_> {
    pub(super) fn is_windows<'v, V: View<'v>>(&mut self, fields: &Fields<'v, V>, at: At<'_>) -> bool {
        let mut says = |key: &'static str, names: &[&'static str]| {
            let fields = get(fields, key).and_then(|value| self.mapping(value, at.key(key)));
            fields.is_some_and(|fields| {
                let is = |name: &&str| {
                    get(&fields, name).and_then(View::string).is_some_and(|text| text == "windows")
                };
                names.iter().any(is)
            })
        };
        says("os", &["name"]) || says("nodeSelector", &["kubernetes.io/os", "beta.kubernetes.io/os"])
    }

    /// Whether the pod's own `securityContext` makes its containers run as root.
    pub(super) fn runs_as_root<'v, V: View<'v>>(&mut self, fields: &Fields<'v, V>, at: At<'_>) -> bool {
        let key = "securityContext";
        let context = get(fields, key).and_then(|value| self.mapping(value, at.key(key)));
        context.and_then(|context| get(&context, "runAsUser")).and_then(number) == Some(0)
    }

    /// The rules of a Job's `podFailurePolicy` that go by exit codes.
    pub(super) fn exit_code_rules<'v, V: View<'v>>(
        &mut self,
        job: &Fields<'v, V>,
        at: At<'_>,
    ) -> Vec<ExitCodeRule<'v>> {
        let key = "podFailurePolicy";
        let policy = get(job, key).and_then(|value| self.mapping(value, at.key(key)));
        let Some(policy) = policy else { return Vec::new() };
        let at = at.key(key);
        let rules = self.list(&policy, "rules", at, |reader, index, rule, _, at| {
            let rule = reader.mapping(rule, at)?;
            let codes = reader.mapping(get(&rule, "onExitCodes")?, at.key("onExitCodes"))?;
            Some(ExitCodeRule {
                index,
                container: get(&codes, "containerName").and_then(View::string),
                negated: get(&codes, "operator").and_then(View::string).is_some_and(|is| is == "NotIn"),
                codes: get(&codes, "values")?.items().into_iter().filter_map(number).collect(),
            })
        });
        rules.items
    }
}

fn number<'v, V: View<'v>>(value: V) -> Option<i64> {
    match value.value() {
        Ok(Value::Raw(text)) => text.parse().ok(),
        _ => None,
    }
}

/// Whether a field is there and true.
pub(super) fn is_true<'v, V: View<'v>>(fields: &Fields<'v, V>, key: &str) -> bool {
    let value = get(fields, key).map(View::value);
    // Every spelling of true that YAML 1.2 and Kubernetes have begins so.
    matches!(value, Some(Ok(Value::Raw(text))) if text.starts_with(['t', 'T']))
}
