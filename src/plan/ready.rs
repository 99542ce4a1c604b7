//! What is written into every pod, or into every one with so many steps, ready made: nothing of it is copied.
//!
//! Knows the contract's mounts, volumes and init container, and nothing of what a pod has of its own.

use super::names;
use crate::edit::{Field, Place, Row, Value};
use crate::protocol;
use std::borrow::Cow;

/// An entry of a mapping.
pub(super) type Entry<'v> = (Cow<'v, str>, Value<'v>);

pub(super) const fn entry<'v>(key: &'static str, value: Value<'v>) -> Entry<'v> {
    (Cow::Borrowed(key), value)
}

pub(super) const fn text(text: &str) -> Value<'_> {
    Value::Str(Cow::Borrowed(text))
}

const fn raw(text: &'static str) -> Value<'static> {
    Value::Raw(Cow::Borrowed(text))
}

const fn map(entries: &'static [Entry<'static>]) -> Value<'static> {
    Value::Map(Row::Ready(entries))
}

/// The edit of a `metadata` that gets annotations, of which it needs one.
pub(super) static ANNOTATE: [(Cow<'static, str>, Field<'static>); 1] = [(
    Cow::Borrowed("annotations"),
    Field::Insert { place: Place::Last, value: map(const { &[entry(names::ANNOTATION, text("true"))] }) },
)];

/// What copies the entrypoint.
pub(super) static COPY: [Value<'static>; 4] = [
    text(protocol::IMAGE_BINARY),
    text(protocol::COPY),
    text(protocol::IMAGE_BINARY),
    text(protocol::BINARY),
];

static BIN_MOUNT: [Entry<'static>; 3] =
    [entry("name", text(names::BIN_VOLUME)), entry("mountPath", text(protocol::BIN_DIR)), READ_ONLY];

/// The mounts of what copies the entrypoint.
pub(super) static COPY_MOUNTS: [Value<'static>; 1] =
    [map(const { &[entry("name", text(names::BIN_VOLUME)), entry("mountPath", text(protocol::BIN_DIR))] })];

/// What the Pod Security Standard "restricted" admits. No user is named: `OpenShift` gives every namespace its own.
pub(super) static RESTRICTED: [Entry<'static>; 5] = [
    entry("allowPrivilegeEscalation", raw("false")),
    DROP_CAPABILITIES,
    entry("readOnlyRootFilesystem", raw("true")),
    entry("runAsNonRoot", raw("true")),
    SECCOMP,
];

/// The same for a pod that runs as root. It is never "restricted", and the kubelet would refuse to run the container
/// as the pod's user.
pub(super) static RESTRICTED_ROOT: [Entry<'static>; 4] = [
    entry("allowPrivilegeEscalation", raw("false")),
    DROP_CAPABILITIES,
    entry("readOnlyRootFilesystem", raw("true")),
    SECCOMP,
];

const READ_ONLY: Entry<'static> = entry("readOnly", raw("true"));
const EMPTY_DIR: Entry<'static> = entry("emptyDir", map(&[]));
const SECCOMP: Entry<'static> =
    entry("seccompProfile", map(const { &[entry("type", text("RuntimeDefault"))] }));
const DROP_CAPABILITIES: Entry<'static> =
    entry("capabilities", map(const { &[entry("drop", Value::Seq(Row::Ready(const { &[text("ALL")] })))] }));

macro_rules! run_mount {
    ($step:literal) => {
        [
            entry("name", text(concat!("tekton-internal-run-", $step))),
            entry("mountPath", text(concat!("/tekton/run/", $step))),
            READ_ONLY,
        ]
    };
}

macro_rules! run_volume {
    ($step:literal) => {
        [entry("name", text(concat!("tekton-internal-run-", $step))), EMPTY_DIR]
    };
}

/// One of something for each of the first steps.
macro_rules! of_each_step {
    ($of_one:ident) => {
        [
            $of_one!(0),
            $of_one!(1),
            $of_one!(2),
            $of_one!(3),
            $of_one!(4),
            $of_one!(5),
            $of_one!(6),
            $of_one!(7),
            $of_one!(8),
            $of_one!(9),
        ]
    };
}

static RUN_MOUNTS: [[Entry<'static>; 3]; 10] = of_each_step!(run_mount);
static BIN_VOLUME: [Entry<'static>; 2] = [entry("name", text(names::BIN_VOLUME)), EMPTY_DIR];
static RUN_VOLUMES: [[Entry<'static>; 2]; 10] = of_each_step!(run_volume);

/// The mount of the entrypoint's volume.
pub(super) fn bin_mount() -> Value<'static> {
    map(&BIN_MOUNT)
}

/// The mount of the volume of the step with this index, where that step itself may write to it and others only read.
pub(super) fn run_mount(step: usize, read_only: bool) -> Value<'static> {
    let count = if read_only { 3 } else { 2 };
    if let Some(mount) = RUN_MOUNTS.get(step) {
        return map(&mount[..count]);
    }
    let name = entry("name", Value::Str(names::run_volume(step)));
    let path = entry("mountPath", Value::Str(names::run_dir(step)));
    Value::Map([name, path, READ_ONLY].into_iter().take(count).collect())
}

/// The volume that holds the entrypoint.
pub(super) fn bin_volume() -> Value<'static> {
    map(&BIN_VOLUME)
}

/// The volume of the step with this index.
pub(super) fn run_volume(step: usize) -> Value<'static> {
    match RUN_VOLUMES.get(step) {
        Some(volume) => map(volume),
        None => Value::Map(vec![entry("name", Value::Str(names::run_volume(step))), EMPTY_DIR].into()),
    }
}
