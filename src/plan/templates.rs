//! Creates the values that the contract adds to a pod.
//!
//! Knows the flags, mounts, volumes and the init container of the contract; nothing about the pod itself.

use super::names;
use super::per_step::PerStep;
use crate::config::EntrypointKind;
use kueueleuleu_protocol as protocol;
use kueueleuleu_yaml::edit::{Lent, Value};
use std::borrow::Cow;

/// An entry of a mapping.
pub(super) type MapEntry<'v> = (Cow<'v, str>, Value<'v>);

pub(super) const fn entry<'v>(key: &'static str, value: Value<'v>) -> MapEntry<'v> {
    (Cow::Borrowed(key), value)
}

pub(super) const fn text(text: &str) -> Value<'_> {
    Value::Str(Cow::Borrowed(text))
}

const TRUE: Value<'static> = Value::Raw(Cow::Borrowed("true"));

/// The command that copies the entrypoint, for a number of steps.
pub(super) fn copy_command<'v>(kind: EntrypointKind, steps: usize) -> Value<'v> {
    let words = match kind {
        EntrypointKind::Tekton => {
            [protocol::IMAGE_BINARY, protocol::COPY, protocol::IMAGE_BINARY, protocol::BINARY]
                .map(text)
                .into()
        }
        EntrypointKind::Kueueleuleu => vec![
            text(protocol::IMAGE_BINARY),
            text(protocol::COPY),
            text(protocol::PROTOCOL),
            text(protocol::PROTOCOL_VERSION),
            text(protocol::STEPS),
            Value::str(steps.to_string()),
            text(protocol::IMAGE_BINARY),
            text(protocol::PREPARE_BINARY),
        ],
    };
    Value::seq(words)
}

/// The mounts of the container that copies the entrypoint.
pub(super) fn copy_mounts<'v>(kind: EntrypointKind) -> Value<'v> {
    Value::seq(vec![match kind {
        EntrypointKind::Tekton => mount(names::BIN_VOLUME, protocol::BIN_DIR, false),
        EntrypointKind::Kueueleuleu => mount(names::ROOT_VOLUME, protocol::PREPARE_ROOT, false),
    }])
}

/// A security context that the Pod Security Standard "restricted" admits. It sets no user, because `OpenShift` gives
/// every namespace its own.
///
/// A pod that runs as root is never "restricted". With `runAsNonRoot`, the kubelet would refuse to start the container
/// as the user of such a pod.
pub(super) fn restricted(runs_as_root: bool) -> Value<'static> {
    let mut fields = vec![
        entry("allowPrivilegeEscalation", Value::Raw(Cow::Borrowed("false"))),
        entry("capabilities", Value::map([("drop", Value::seq(vec![text("ALL")]))])),
        entry("readOnlyRootFilesystem", TRUE),
    ];
    if !runs_as_root {
        fields.push(entry("runAsNonRoot", TRUE));
    }
    fields.push(entry("seccompProfile", Value::map([("type", text("RuntimeDefault"))])));
    Value::Map(fields.into())
}

/// The mounts of the step with this index. With Tekton's entrypoint: the binary, the directories of the steps that it
/// waits for, and its own. With ours: the whole volume read-only, and on top of it the step's own directory, writable.
pub(super) fn mounts(kind: EntrypointKind, step: usize, after: &[usize]) -> Lent<'static, Value<'static>> {
    static TEKTON: PerStep<Vec<Value<'static>>> = PerStep::new();
    static OURS: PerStep<Vec<Value<'static>>> = PerStep::new();
    let is_in_line = after.iter().copied().eq(step.checked_sub(1));
    let mounts = match kind {
        EntrypointKind::Tekton if is_in_line => TEKTON.get(step, || tekton_mounts(step, after)),
        EntrypointKind::Tekton => Err(tekton_mounts(step, after)),
        EntrypointKind::Kueueleuleu => OURS.get(step, || our_mounts(step)),
    };
    mounts.map_or_else(Lent::Owned, |mounts| Lent::Borrowed(mounts))
}

fn tekton_mounts(step: usize, after: &[usize]) -> Vec<Value<'static>> {
    let before = after.iter().map(|&step| mount(names::run_volume(step), names::run_dir(step), true));
    let own = mount(names::run_volume(step), names::run_dir(step), false);
    let bin = mount(names::BIN_VOLUME, protocol::BIN_DIR, true);
    std::iter::once(bin).chain(before).chain([own]).collect()
}

fn our_mounts(step: usize) -> Vec<Value<'static>> {
    let directory = names::step_dir(step);
    let path = format!("{}/{directory}", protocol::DEFAULT_ROOT);
    let mut own = mount_fields(names::ROOT_VOLUME, path, false);
    own.push(entry("subPath", Value::Str(directory)));
    vec![mount(names::ROOT_VOLUME, protocol::DEFAULT_ROOT, true), Value::Map(own.into())]
}

fn mount<'v>(volume: impl Into<Cow<'v, str>>, path: impl Into<Cow<'v, str>>, read_only: bool) -> Value<'v> {
    Value::Map(mount_fields(volume, path, read_only).into())
}

fn mount_fields<'v>(
    volume: impl Into<Cow<'v, str>>,
    path: impl Into<Cow<'v, str>>,
    read_only: bool,
) -> Vec<MapEntry<'v>> {
    let mut fields = vec![entry("name", Value::str(volume)), entry("mountPath", Value::str(path))];
    fields.extend(read_only.then_some(entry("readOnly", TRUE)));
    fields
}

/// The volumes of a pod with this number of steps.
pub(super) fn volumes(kind: EntrypointKind, steps: usize) -> Lent<'static, Value<'static>> {
    static TEKTON: PerStep<Vec<Value<'static>>> = PerStep::new();
    let volume = |name| Value::map([("name", Value::Str(name)), ("emptyDir", Value::map([]))]);
    if kind == EntrypointKind::Kueueleuleu {
        return Lent::Owned(vec![volume(names::ROOT_VOLUME.into())]);
    }
    let runs = (0..steps).map(|step| volume(names::run_volume(step)));
    let all = || std::iter::once(volume(names::BIN_VOLUME.into())).chain(runs).collect();
    TEKTON.get(steps, all).map_or_else(Lent::Owned, |volumes| Lent::Borrowed(volumes))
}
