//! What is written into every pod, or into every one with so many steps, ready made: nothing of it is copied.
//!
//! Knows the contract's flags, mounts, volumes and init container, and nothing of what a pod has of its own.

use super::names;
use kueueleuleu_protocol as protocol;
use kueueleuleu_yaml::edit::{Field, Place, Row, Value};
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
    Value::Map(Row::always(entries))
}

const READ_ONLY: Entry<'static> = entry("readOnly", raw("true"));
const EMPTY_DIR: Entry<'static> = entry("emptyDir", map(&[]));
const SECCOMP: Entry<'static> =
    entry("seccompProfile", map(const { &[entry("type", text("RuntimeDefault"))] }));
const DROP_CAPABILITIES: Entry<'static> =
    entry("capabilities", map(const { &[entry("drop", Value::Seq(Row::always(const { &[text("ALL")] })))] }));

/// Our annotations of an object that has none yet.
pub(super) static MARK: [(&str, Cow<'static, str>); 1] = [(names::ANNOTATION, Cow::Borrowed("true"))];

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

const BIN_MOUNT: Value<'static> = map(const {
    &[entry("name", text(names::BIN_VOLUME)), entry("mountPath", text(protocol::BIN_DIR)), READ_ONLY]
});

/// The flags of every step, with what comes before them.
macro_rules! run_flags {
    ($step:literal $(, $before:expr)*) => {
        [
            $(Cow::Borrowed($before),)*
            Cow::Borrowed(protocol::POST_FILE),
            Cow::Borrowed(concat!("/tekton/run/", $step, "/out")),
            Cow::Borrowed(protocol::TERMINATION_PATH),
            Cow::Borrowed(concat!("/tekton/run/", $step, "/termination")),
            Cow::Borrowed(protocol::STEP_METADATA_DIR),
            Cow::Borrowed(concat!("/tekton/run/", $step, "/status")),
            Cow::Borrowed(protocol::ENTRYPOINT),
        ]
    };
}

/// The flags of the second step and those behind it.
macro_rules! flags {
    ($($before:literal $step:literal)*) => {
        [$(run_flags!($step, protocol::WAIT_FILE, concat!("/tekton/run/", $before, "/out")),)*]
    };
}

/// The mount of a step's volume, with what comes behind name and path.
macro_rules! run_mount {
    ($step:literal $(, $entry:expr)?) => {
        map(const {
            &[
                entry("name", text(concat!("tekton-internal-run-", $step))),
                entry("mountPath", text(concat!("/tekton/run/", $step))),
                $($entry)?
            ]
        })
    };
}

/// The mounts of the second step and those behind it.
macro_rules! mounts {
    ($($before:literal $step:literal)*) => {
        [$([BIN_MOUNT, run_mount!($before, READ_ONLY), run_mount!($step)],)*]
    };
}

/// The volumes of all steps, and that of the entrypoint before them.
macro_rules! volumes {
    ($($step:literal)*) => {
        [
            map(const { &[entry("name", text(names::BIN_VOLUME)), EMPTY_DIR] }),
            $(map(const { &[entry("name", text(concat!("tekton-internal-run-", $step))), EMPTY_DIR] }),)*
        ]
    };
}

static FLAGS_OF_FIRST: [Cow<'static, str>; 7] = run_flags!(0);
static FLAGS: [[Cow<'static, str>; 9]; 9] = flags!(0 1 1 2 2 3 3 4 4 5 5 6 6 7 7 8 8 9);
static MOUNTS_OF_FIRST: [Value<'static>; 2] = [BIN_MOUNT, run_mount!(0)];
static MOUNTS: [[Value<'static>; 3]; 9] = mounts!(0 1 1 2 2 3 3 4 4 5 5 6 6 7 7 8 8 9);
static VOLUMES: [Value<'static>; 11] = volumes!(0 1 2 3 4 5 6 7 8 9);

/// What the entrypoint is told of the step with this index: the one before it, where its own things go, and at the end
/// that its command follows.
pub(super) fn flags(step: usize) -> Row<'static, Cow<'static, str>> {
    let Some(before) = step.checked_sub(1) else { return Row::Ready(&FLAGS_OF_FIRST) };
    if let Some(flags) = FLAGS.get(before) {
        return Row::Ready(flags);
    }
    let pairs = [
        (protocol::WAIT_FILE, names::out_file(before)),
        (protocol::POST_FILE, names::out_file(step)),
        (protocol::TERMINATION_PATH, names::termination_file(step)),
        (protocol::STEP_METADATA_DIR, names::status_dir(step)),
    ];
    let words = pairs.into_iter().flat_map(|(flag, value)| [Cow::Borrowed(flag), Cow::Owned(value)]);
    words.chain([Cow::Borrowed(protocol::ENTRYPOINT)]).collect()
}

/// The mounts of the step with this index: the entrypoint's, the one before it, its own.
pub(super) fn mounts(step: usize) -> Row<'static, Value<'static>> {
    let Some(before) = step.checked_sub(1) else { return Row::always(&MOUNTS_OF_FIRST) };
    if let Some(mounts) = MOUNTS.get(before) {
        return Row::always(mounts);
    }
    let run_mount = |step| {
        let entries = [("name", names::run_volume(step)), ("mountPath", names::run_dir(step))];
        entries.map(|(key, text)| entry(key, Value::Str(text.into()))).into_iter()
    };
    let read_only = run_mount(before).chain([READ_ONLY]).collect();
    vec![BIN_MOUNT, Value::Map(read_only), Value::Map(run_mount(step).collect())].into()
}

/// The volumes of a pod with so many steps.
pub(super) fn volumes(steps: usize) -> Row<'static, Value<'static>> {
    if let Some(volumes) = VOLUMES.get(..=steps) {
        return Row::always(volumes);
    }
    let more = (VOLUMES.len() - 1..steps).map(|step| {
        let name = entry("name", Value::Str(names::run_volume(step).into()));
        Value::Map(vec![name, EMPTY_DIR].into())
    });
    VOLUMES.iter().cloned().chain(more).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The strings in an item, and what else is in it.
    fn outline(item: &Value<'_>) -> String {
        let Value::Map(fields) = item else { panic!("an item is a mapping") };
        let fields = fields.iter().map(|(key, value)| match value {
            Value::Str(text) | Value::Raw(text) => format!(" {key}={text}"),
            _ => format!(" {key}"),
        });
        fields.collect()
    }

    #[test]
    fn what_is_ready_made_is_as_what_is_made() {
        for step in 0..13 {
            let (out, termination) = (names::out_file(step), names::termination_file(step));
            let own = ["-post_file", &out, "-termination_path", &termination];
            let wait = step.checked_sub(1).map(names::out_file);
            let wait = wait.as_deref().map(|file| ["-wait_file", file]);
            let last = ["-step_metadata_dir", &names::status_dir(step), "-entrypoint"];
            assert!(flags(step).iter().eq(wait.iter().flatten().chain(&own).chain(&last)));
        }
        for step in 1..13 {
            let (before, own) = (names::run_volume(step - 1), names::run_volume(step));
            let expected = [
                " name=tekton-internal-bin mountPath=/tekton/bin readOnly=true".to_owned(),
                format!(" name={before} mountPath={} readOnly=true", names::run_dir(step - 1)),
                format!(" name={own} mountPath={}", names::run_dir(step)),
            ];
            assert!(mounts(step).iter().map(outline).eq(expected));
        }
        for steps in 1..13 {
            let volumes: Vec<_> = volumes(steps).iter().map(outline).collect();
            assert_eq!(volumes[0], " name=tekton-internal-bin emptyDir");
            let runs = (0..steps).map(names::run_volume).map(|name| format!(" name={name} emptyDir"));
            assert!(volumes[1..].iter().cloned().eq(runs));
        }
    }
}
