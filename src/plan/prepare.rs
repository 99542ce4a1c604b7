//! The init container that copies the entrypoint.
//!
//! Knows what clusters ask of a container before they admit it, and how much the entrypoint needs.

use super::names;
use super::pod::Container;
use super::report::Report;
use crate::config::{Config, EntrypointKind};
use crate::edit::Value;
use crate::protocol;
use crate::quantity;
use crate::route::Route;
use std::borrow::Cow;

/// How many bytes the binary takes. Tekton's as measured in v1.12.
fn size(kind: EntrypointKind) -> f64 {
    match kind {
        EntrypointKind::Tekton => 46e6,
        EntrypointKind::Kueueleuleu => 1.3e6,
    }
}

/// The memory limit that Tekton's entrypoint is sure to live with: it keeps 31 MiB while it waits, and more when it
/// starts its step.
const TEKTON_MEMORY: f64 = 64.0 * 1024.0 * 1024.0;

/// The container, with the resources of the first step.
pub(super) fn container<'v>(
    config: &Config,
    resources: Option<Value<'v>>,
    runs_as_root: bool,
) -> Container<'v> {
    let words = [protocol::IMAGE_BINARY, protocol::COPY, protocol::IMAGE_BINARY, protocol::BINARY];
    let mount =
        Value::map([("name", Value::str(names::BIN_VOLUME)), ("mountPath", Value::str(protocol::BIN_DIR))]);
    let configured = &config.prepare;
    let resources = configured.resources.clone().or(resources).filter(|resources| !is_empty(resources));
    let context = configured.security_context.clone().unwrap_or_else(|| restricted(runs_as_root));
    let fields = [
        ("name", Some(Value::str(names::PREPARE))),
        ("image", Some(Value::str(config.entrypoint.image.clone()))),
        ("imagePullPolicy", configured.image_pull_policy.map(|policy| Value::str(policy.name()))),
        ("workingDir", Some(Value::str("/"))),
        ("command", Some(Value::Seq(words.map(Value::str).into_iter().collect()))),
        ("volumeMounts", Some(Value::seq(vec![mount]))),
        ("resources", resources),
        ("securityContext", Some(context).filter(|context| !is_empty(context))),
    ];
    let fields = fields.into_iter().filter_map(|(key, value)| Some((Cow::Borrowed(key), value?)));
    Container::new(names::PREPARE, Value::Map(fields.collect()))
}

fn is_empty(value: &Value<'_>) -> bool {
    matches!(value, Value::Map(fields) if fields.is_empty())
}

/// What the Pod Security Standard "restricted" admits. No user is named: `OpenShift` gives every namespace its own.
fn restricted<'v>(runs_as_root: bool) -> Value<'v> {
    let bool = |value: bool| Value::Raw(Cow::Borrowed(if value { "true" } else { "false" }));
    let mut fields = vec![
        ("allowPrivilegeEscalation", bool(false)),
        ("capabilities", Value::map([("drop", Value::seq(vec![Value::str("ALL")]))])),
        ("readOnlyRootFilesystem", bool(true)),
    ];
    // Such a pod is never "restricted", and the kubelet would refuse to run the container as the pod's user.
    if !runs_as_root {
        fields.push(("runAsNonRoot", bool(true)));
    }
    fields.push(("seccompProfile", Value::map([("type", Value::str("RuntimeDefault"))])));
    Value::Map(fields.into_iter().map(|(key, value)| (Cow::Borrowed(key), value)).collect())
}

/// Warns of limits that the entrypoint does not fit into.
pub(super) fn check_limits(steps: &[Container<'_>], config: &Config, report: &mut Report<'_>) {
    let Some(first) = steps.first() else { return };
    let kind = config.entrypoint.kind;
    let configured = config.prepare.resources.as_ref();
    let copied = configured.or(first.resources.as_ref());
    if let Some((text, bytes)) = limit(copied, "ephemeral-storage")
        && bytes < size(kind)
    {
        let (field, whose) = match configured {
            Some(_) => (report.spec.clone(), "of `prepare.resources`"),
            None => (report.route(first).key("resources"), "that it gets from the first step"),
        };
        report.warning(
            field,
            format!(
                "`{}` copies {} MB, and the limit {whose} is {text} of ephemeral-storage",
                names::PREPARE,
                size(kind) / 1e6
            ),
            if configured.is_some() { "raise it" } else { "raise it, or set `prepare.resources`" },
        );
    }
    if kind == EntrypointKind::Tekton {
        for step in steps {
            let field = report.route(step).key("resources");
            check_memory(&step.name, field, step.resources.as_ref(), report);
        }
        check_memory(names::PREPARE, report.spec.clone(), configured, report);
    }
}

fn check_memory(name: &str, field: Route, resources: Option<&Value<'_>>, report: &mut Report<'_>) {
    if let Some((text, bytes)) = limit(resources, "memory")
        && bytes < TEKTON_MEMORY
    {
        report.warning(
            field,
            format!(
                "container `{name}` is limited to {text} of memory, and Tekton's entrypoint takes 31Mi of it"
            ),
            "allow it 64Mi, or use `entrypoint.kind: Kueueleuleu`, which takes 1Mi",
        );
    }
}

/// A limit as it is written, and in bytes.
fn limit<'r>(resources: Option<&'r Value<'_>>, name: &str) -> Option<(&'r str, f64)> {
    let (Value::Str(text) | Value::Raw(text)) = get(get(resources?, "limits")?, name)? else { return None };
    Some((text, quantity::parse(text)?))
}

fn get<'r, 'v>(map: &'r Value<'v>, key: &str) -> Option<&'r Value<'v>> {
    let Value::Map(fields) = map else { return None };
    fields.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}
