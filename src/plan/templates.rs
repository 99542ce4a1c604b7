//! The values that the contract adds to a pod.
//!
//! Knows the contract's flags, mounts, volumes and init container, and nothing of what a pod has of its own.

use super::names;
use kueueleuleu_protocol as protocol;
use kueueleuleu_yaml::edit::Value;
use std::borrow::Cow;

/// An entry of a mapping.
pub(super) type Entry<'v> = (Cow<'v, str>, Value<'v>);

pub(super) const fn entry<'v>(key: &'static str, value: Value<'v>) -> Entry<'v> {
    (Cow::Borrowed(key), value)
}

pub(super) const fn text(text: &str) -> Value<'_> {
    Value::Str(Cow::Borrowed(text))
}

const TRUE: Value<'static> = Value::Raw(Cow::Borrowed("true"));

/// What copies the entrypoint.
pub(super) fn copy_command() -> Value<'static> {
    let words = [protocol::IMAGE_BINARY, protocol::COPY, protocol::IMAGE_BINARY, protocol::BINARY];
    Value::seq(words.map(text).into())
}

/// The mounts of what copies the entrypoint.
pub(super) fn copy_mounts() -> Value<'static> {
    Value::seq(vec![mount(names::BIN_VOLUME, protocol::BIN_DIR, false)])
}

/// What the Pod Security Standard "restricted" admits. No user is named: `OpenShift` gives every namespace its own.
///
/// A pod that runs as root is never "restricted", and the kubelet would refuse to run a container that may not as the
/// pod's user.
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

/// The flags of the step with this index: the step before it, where its own files go, and at the end that its command
/// follows.
pub(super) fn flags<'v>(step: usize) -> Vec<Cow<'v, str>> {
    let wait = step.checked_sub(1).map(|before| (protocol::WAIT_FILE, names::out_file(before)));
    let own = [
        (protocol::POST_FILE, names::out_file(step)),
        (protocol::TERMINATION_PATH, names::termination_file(step)),
        (protocol::STEP_METADATA_DIR, names::status_dir(step)),
    ];
    let pairs = wait.into_iter().chain(own);
    let words = pairs.flat_map(|(flag, value)| [Cow::Borrowed(flag), Cow::Owned(value)]);
    words.chain([Cow::Borrowed(protocol::ENTRYPOINT)]).collect()
}

/// The mounts of the step with this index: the entrypoint's, the step's before it, its own.
pub(super) fn mounts<'v>(step: usize) -> Vec<Value<'v>> {
    let before = step.checked_sub(1).map(|step| mount(names::run_volume(step), names::run_dir(step), true));
    let own = mount(names::run_volume(step), names::run_dir(step), false);
    let bin = mount(names::BIN_VOLUME, protocol::BIN_DIR, true);
    [Some(bin), before, Some(own)].into_iter().flatten().collect()
}

fn mount<'v>(volume: impl Into<Cow<'v, str>>, path: impl Into<Cow<'v, str>>, read_only: bool) -> Value<'v> {
    let mut fields = vec![entry("name", Value::str(volume)), entry("mountPath", Value::str(path))];
    fields.extend(read_only.then_some(entry("readOnly", TRUE)));
    Value::Map(fields.into())
}

/// The volumes of a pod with so many steps.
pub(super) fn volumes<'v>(steps: usize) -> Vec<Value<'v>> {
    let volume = |name: Cow<'v, str>| Value::map([("name", Value::Str(name)), ("emptyDir", Value::map([]))]);
    let runs = (0..steps).map(|step| volume(names::run_volume(step).into()));
    std::iter::once(volume(Cow::Borrowed(names::BIN_VOLUME))).chain(runs).collect()
}
