//! Checks whether the entrypoint can run the steps of an object: names, paths, annotations, the operating system.
//!
//! Changes nothing. The other modules check what concerns their own part of the rewrite.

use super::pod::{Container, Pod, Workload};
use super::report::Report;
use super::{names, needs};
use crate::config::{Config, EntrypointKind, Strategy};
use crate::diagnostic::Rule;
use crate::kinds::Kind;
use crate::route::Route;
use kueueleuleu_protocol as protocol;

/// Rejects annotations of ours with an unknown value.
pub(super) fn annotations(kind: &Kind, object: &Workload<'_>, report: &mut Report<'_>) {
    for (depth, meta) in object.metas().enumerate() {
        let Some(value) = meta.get(names::ANNOTATION).filter(|value| !matches!(*value, "true" | "false"))
        else {
            continue;
        };
        let route =
            Route::of(kind.pod.get(..2 * depth).unwrap_or(kind.pod)).key("metadata").key("annotations");
        report.error(
            Rule::UnknownAnnotation,
            route.key(names::ANNOTATION),
            format!("the annotation `{}` must be `true` or `false`, not `{value}`", names::ANNOTATION),
            "remove it, or set it to \"false\" to leave the object as it is",
        );
    }
}

/// Rejects names and paths that the rewrite needs itself, and pods for nodes on which the entrypoint cannot run.
pub(super) fn pod(pod: &Pod<'_>, config: &Config, report: &mut Report<'_>) {
    let root = match config.entrypoint.kind {
        EntrypointKind::Tekton => "/tekton",
        EntrypointKind::Kueueleuleu => protocol::DEFAULT_ROOT,
    };
    if pod.windows {
        report.error(
            Rule::WindowsNode,
            report.spec(),
            "the pod is for Windows nodes, where the entrypoint cannot run".to_owned(),
            "use `strategy: InitContainers`",
        );
    }
    for container in pod.init_containers.items.iter().chain(&pod.containers.items) {
        if container.name == names::PREPARE {
            let message = format!("the container name `{}` is reserved", names::PREPARE);
            report.error(
                Rule::ReservedContainerName,
                report.route(container),
                message,
                "rename the container",
            );
        }
    }
    for volume in pod.volumes.items.iter().filter(|volume| names::is_our_volume(volume.name)) {
        let message = format!("the volume name `{}` is reserved", volume.name);
        report.error(
            Rule::ReservedVolumeName,
            report.spec().key("volumes").index(volume.origin),
            message,
            "rename the volume",
        );
    }
    for container in &pod.containers.items {
        for mount in container.mounts.items.iter().filter(|mount| names::is_under(root, mount.path)) {
            let field = report.route(container).key("volumeMounts").index(mount.origin);
            let message = format!(
                "container `{}` mounts `{}` at `{}`, where the entrypoint is installed",
                container.name, mount.name, mount.path
            );
            report.error(Rule::ReservedMountPath, field, message, format!("mount it outside `{root}`"));
        }
    }
}

/// Rejects options of steps that this strategy or entrypoint does not support. The check of the configuration finds
/// most of them earlier.
pub(super) fn step_options(
    steps: &[Container<'_>],
    strategy: Strategy,
    config: &Config,
    report: &mut Report<'_>,
) {
    for step in steps {
        let Some(options) = needs::options(config, step.name) else { continue };
        let (option, who, help) = match (strategy, config.entrypoint.kind) {
            (Strategy::InitContainers, _) => (
                options.of_entrypoints().next(),
                "init containers do not",
                "remove it, or use `strategy: Entrypoint`",
            ),
            (_, EntrypointKind::Tekton) => (
                options.of_our_entrypoint().next(),
                "Tekton's entrypoint does not",
                "remove it, or use `entrypoint.kind: Kueueleuleu`",
            ),
            (_, EntrypointKind::Kueueleuleu) => continue,
        };
        if let Some(option) = option {
            let message = format!("the step `{}` has `{option}`, which {who} support", step.name);
            report.error(Rule::StepOption, report.route(step), message, help);
        }
    }
}

/// Warns of each `subPath` that an earlier step may create. The kubelet creates the containers before any step has run,
/// and makes a directory of each `subPath` that does not exist yet:
///
/// ```text
/// fetch:  mountPath: /work              writes /work/src, perhaps as a file or a link
/// build:  mountPath: /src, subPath: src  src exists already, as an empty directory
/// ```
pub(super) fn sub_paths(pod: &Pod<'_>, report: &mut Report<'_>) {
    let steps = &pod.containers.items;
    for (at, step) in steps.iter().enumerate() {
        for mount in step.mounts.items.iter() {
            let Some(path) = mount.sub_path else { continue };
            let is_filled = |name: &str| {
                let volume = pod.volumes.items.iter().find(|volume| volume.name == name);
                volume.is_none_or(|volume| !volume.is_read_only)
            };
            // A step that mounts the same directory writes into it. One that mounts a parent of it may create it.
            let makes = |step: &&Container<'_>| {
                step.mounts.items.iter().any(|other| {
                    other.name == mount.name && !other.is_read_only && is_above(other.sub_path, path)
                })
            };
            let Some(earlier) = steps[..at].iter().find(makes).filter(|_| is_filled(mount.name)) else {
                continue;
            };
            report.warning(
                Rule::SubPathTooEarly,
                report.route(step).key("volumeMounts").index(mount.origin).key("subPath"),
                format!(
                    "if `{path}` is missing in volume `{}`, the kubelet creates it as an empty directory before `{}` runs, \
                     which may be the step that creates it",
                    mount.name, earlier.name
                ),
                format!("mount the volume without `subPath`, or let `{}` write into that directory", earlier.name),
            );
        }
    }
}

/// Whether a mount with this `subPath` contains `path`.
fn is_above(sub_path: Option<&str>, path: &str) -> bool {
    sub_path.is_none_or(|above| {
        path.strip_prefix(above.trim_end_matches('/'))
            .is_some_and(|below| below.len() > 1 && below.starts_with('/'))
    })
}

/// Warns of steps with `stdin` or `tty`: Tekton's entrypoint does not connect stdin to its step.
pub(super) fn terminals(pod: &Pod<'_>, config: &Config, report: &mut Report<'_>) {
    if config.entrypoint.kind != EntrypointKind::Tekton {
        return;
    }
    for container in &pod.containers.items {
        let Some(key) = container.terminal else { continue };
        report.warning(
            Rule::StdinNotPassed,
            report.route(container).key(key),
            format!(
                "container `{}` sets `{key}`, but Tekton's entrypoint connects its step to `/dev/null`",
                container.name
            ),
            "remove it, or use `entrypoint.kind: Kueueleuleu`, which passes it on",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::convert::Converter;

    #[test]
    fn an_annotation_with_an_unknown_value_is_named_at_every_depth() {
        let containers = "[{name: a, image: x, command: [a]}, {name: b, image: x, command: [b]}]";
        let meta = "metadata: {annotations: {norbjd.github.io/kueueleuleu: maybe}}";
        let pod = format!("{meta}, spec: {{restartPolicy: Never, containers: {containers}}}");
        let job = format!("{meta}, spec: {{template: {{{pod}}}}}");
        let text =
            format!("{{apiVersion: batch/v1, kind: CronJob, {meta}, spec: {{jobTemplate: {{{job}}}}}}}\n");
        let converted = Converter::new(Config::default()).documents(&text).unwrap();
        let fields: Vec<_> = converted.diagnostics.iter().map(|error| error.field.to_string()).collect();
        let expected = ["", "spec.jobTemplate.", "spec.jobTemplate.spec.template."]
            .map(|at| format!("{at}metadata.annotations[norbjd.github.io/kueueleuleu]"));
        assert_eq!(fields, expected);
    }
}
