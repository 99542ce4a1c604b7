//! Reads the fields of a pod, and of the Job around it, that apply to all containers.
//!
//! Knows the fields; not what they mean for the rewrite.

use super::{PodReader, StackRoute};
use crate::plan::pod::{ExitCodeRule, ExitCodes, RestartRule};
use crate::view::View;
use kueueleuleu_yaml::edit::{Lent, Value};

impl PodReader<'_> {
    /// Whether the pod is for Windows nodes, according to `os` or `nodeSelector`.
    pub(super) fn is_windows<'v, V: View<'v>>(
        &mut self,
        os: Option<V>,
        node: Option<V>,
        at: StackRoute<'_>,
    ) -> bool {
        self.says_windows(os, &["name"], at.key("os"))
            || self.says_windows(node, &["kubernetes.io/os", "beta.kubernetes.io/os"], at.key("nodeSelector"))
    }

    fn says_windows<'v, V: View<'v>, const N: usize>(
        &mut self,
        field: Option<V>,
        keys: &[&str; N],
        at: StackRoute<'_>,
    ) -> bool {
        let fields = field.and_then(|value| self.fields(value, keys, at));
        fields.into_iter().flatten().flatten().any(|name| name.string() == Some("windows"))
    }

    /// Whether the pod's own `securityContext` makes its containers run as root.
    pub(super) fn runs_as_root<'v, V: View<'v>>(&mut self, context: Option<V>, at: StackRoute<'_>) -> bool {
        let fields =
            context.and_then(|context| self.fields(context, &["runAsUser"], at.key("securityContext")));
        fields.and_then(|[user]| user).and_then(number) == Some(0)
    }

    /// The rules about exit codes in the `podFailurePolicy` of a Job.
    pub(super) fn exit_code_rules<'v, V: View<'v>>(
        &mut self,
        policy: Option<V>,
        at: StackRoute<'_>,
    ) -> Lent<'v, ExitCodeRule<'v>> {
        let at = at.key("podFailurePolicy");
        let Some([rules]) = policy.and_then(|policy| self.fields(policy, &["rules"], at)) else {
            return Lent::default();
        };
        let rules = self.list(rules, at.key("rules"), |reader, index, rule, _, at| {
            let [action, codes] = reader.fields(rule, &["action", "onExitCodes"], at)?;
            let [container, operator, values] =
                reader.fields(codes?, &["containerName", "operator", "values"], at.key("onExitCodes"))?;
            Some(ExitCodeRule {
                index,
                action: action.and_then(View::string).unwrap_or_default(),
                container: container.and_then(View::string),
                codes: exit_codes(operator, values?),
            })
        });
        rules.items.into()
    }

    /// The `restartPolicyRules` of a container.
    pub(super) fn restart_rules<'v, V: View<'v>>(
        &mut self,
        rules: Option<V>,
        at: StackRoute<'_>,
    ) -> Lent<'v, RestartRule<'v>> {
        let Some(rules) = rules else { return Lent::default() };
        let rules = self.list(Some(rules), at, |reader, index, rule, _, at| {
            let [action, codes] = reader.fields(rule, &["action", "exitCodes"], at)?;
            let action = reader.string(action, at.key("action"))?;
            let [operator, values] = reader.fields(codes?, &["operator", "values"], at.key("exitCodes"))?;
            Some(RestartRule { index, action, codes: exit_codes(operator, values?) })
        });
        rules.items.into()
    }
}

fn exit_codes<'v, V: View<'v>>(operator: Option<V>, values: V) -> ExitCodes {
    ExitCodes {
        negated: operator.and_then(View::string) == Some("NotIn"),
        values: values.items().filter_map(number).collect(),
    }
}

/// A whole number.
pub(super) fn number<'v, V: View<'v>>(value: V) -> Option<i64> {
    match value.value() {
        Ok(Value::Raw(text)) => text.parse().ok(),
        _ => None,
    }
}

/// Whether a field is present and true.
pub(super) fn is_true<'v, V: View<'v>>(field: Option<V>) -> bool {
    // Every spelling of true in YAML 1.2 and Kubernetes begins with these letters.
    matches!(field.map(View::value), Some(Ok(Value::Raw(text))) if text.starts_with(['t', 'T']))
}
