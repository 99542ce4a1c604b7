//! Creates the init container that copies the entrypoint, and warns of limits that are too low for it.
//!
//! Knows what clusters require of a container before they admit it, and how much the entrypoint needs.

use super::names;
use super::pod::Container;
use super::report::Report;
use super::templates::{self, entry, text};
use crate::config::{Config, EntrypointKind};
use crate::diagnostic::Rule;
use crate::quantity;
use kueueleuleu_yaml::edit::Value;

/// The size of the binary in bytes. That of Tekton was measured with v1.12.
fn size(kind: EntrypointKind) -> f64 {
    match kind {
        EntrypointKind::Tekton => 46e6,
        EntrypointKind::Kueueleuleu => 1.3e6,
    }
}

/// The memory limit, in MiB, that is enough for a container with this entrypoint, as measured on a node with Kubernetes
/// 1.36; and what needs the memory. Tekton's entrypoint has a working set of 6.2 MiB while it waits. Ours needs less
/// than the runtime needs to start a container.
fn needed_memory(kind: EntrypointKind) -> (u8, &'static str) {
    match kind {
        EntrypointKind::Tekton => (16, "Tekton's entrypoint"),
        EntrypointKind::Kueueleuleu => (4, "starting the container"),
    }
}

/// The container for a number of steps, with the resources of the first step.
pub(super) fn container<'v>(
    config: &'v Config,
    resources: Option<Value<'v>>,
    runs_as_root: bool,
    steps: usize,
) -> Value<'v> {
    let configured = &config.prepare;
    let context = configured.security_context.as_ref();
    let context = context.map_or_else(|| templates::restricted(runs_as_root), Value::lend);
    let mut fields = Vec::with_capacity(8);
    fields.push(entry("name", text(names::PREPARE)));
    fields.push(entry("image", text(&config.entrypoint.image)));
    fields.extend(configured.image_pull_policy.map(|policy| entry("imagePullPolicy", text(policy.name()))));
    fields.push(entry("workingDir", text("/")));
    fields.push(entry("command", templates::copy_command(config.entrypoint.kind, steps)));
    fields.push(entry("volumeMounts", templates::copy_mounts(config.entrypoint.kind)));
    let resources = configured.resources.as_ref().map(Value::lend).or(resources);
    fields.extend(resources.filter(has_entries).map(|resources| entry("resources", resources)));
    fields.extend(Some(context).filter(has_entries).map(|context| entry("securityContext", context)));
    Value::Map(fields.into())
}

fn has_entries(value: &Value<'_>) -> bool {
    !matches!(value, Value::Map(fields) if fields.is_empty())
}

/// Warns of limits that are too low for the entrypoint.
pub(super) fn check_limits(steps: &[Container<'_>], config: &Config, report: &mut Report<'_>) {
    let Some(first) = steps.first() else { return };
    let kind = config.entrypoint.kind;
    let configured = config.prepare.resources.as_ref();
    let copied = configured.or(first.resources.as_ref());
    if let Some((text, bytes)) = limit(copied, "ephemeral-storage")
        && bytes < size(kind)
    {
        let (field, whose) = match configured {
            Some(_) => (report.spec(), "set in `prepare.resources`"),
            None => (report.route(first).key("resources"), "taken from the first step"),
        };
        report.warning(
            Rule::LowLimit,
            field,
            format!(
                "`{}` copies {} MB, but its ephemeral-storage limit, {whose}, is {text}",
                names::PREPARE,
                size(kind) / 1e6
            ),
            if configured.is_some() {
                "raise the limit"
            } else {
                "raise the limit, or set `prepare.resources`"
            },
        );
    }
    match (kind, configured) {
        (EntrypointKind::Tekton, _) => {
            for step in steps {
                check_memory(kind, step.name, step.resources.as_ref(), Some(step), report);
            }
            check_memory(kind, names::PREPARE, configured, None, report);
        }
        (EntrypointKind::Kueueleuleu, Some(_)) => {
            check_memory(kind, names::PREPARE, configured, None, report);
        }
        (EntrypointKind::Kueueleuleu, None) => {
            check_memory(kind, names::PREPARE, first.resources.as_ref(), Some(first), report);
        }
    }
}

fn check_memory(
    kind: EntrypointKind,
    name: &str,
    resources: Option<&Value<'_>>,
    step: Option<&Container<'_>>,
    report: &mut Report<'_>,
) {
    let (needed, what) = needed_memory(kind);
    if let Some((text, bytes)) = limit(resources, "memory")
        && bytes < f64::from(needed) * 1024.0 * 1024.0
    {
        let whose = match (kind, step) {
            (EntrypointKind::Kueueleuleu, Some(first)) => format!(", like the first step `{}`", first.name),
            _ => String::new(),
        };
        let help = match kind {
            EntrypointKind::Tekton => {
                format!(
                    "raise the limit to {needed}Mi, or use `entrypoint.kind: Kueueleuleu`, which takes 1Mi"
                )
            }
            EntrypointKind::Kueueleuleu => {
                format!("raise the limit to {needed}Mi, in `prepare.resources` or in the step")
            }
        };
        report.warning(
            Rule::LowLimit,
            step.map_or_else(|| report.spec(), |step| report.route(step).key("resources")),
            format!(
                "container `{name}` is limited to {text} of memory{whose}, but {what} takes up to {needed}Mi"
            ),
            help,
        );
    }
}

/// A limit, as it is written and in bytes.
fn limit<'r>(resources: Option<&'r Value<'_>>, name: &str) -> Option<(&'r str, f64)> {
    let (Value::Str(text) | Value::Raw(text)) = get(get(resources?, "limits")?, name)? else { return None };
    Some((text, quantity::parse(text)?))
}

fn get<'r, 'v>(map: &'r Value<'v>, key: &str) -> Option<&'r Value<'v>> {
    let Value::Map(fields) = map else { return None };
    fields.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}
