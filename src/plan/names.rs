//! The names by which the rewrite is recognised: annotations, the init container, volumes, mount paths.

use super::kept::Kept;
use kueueleuleu_protocol::{RUN, RUN_DIR, STATUS};
use std::borrow::Cow;

/// The annotation that says "converted" (`"true"`) or "leave me alone" (`"false"`).
pub(crate) const ANNOTATION: &str = "norbjd.github.io/kueueleuleu";
/// The annotation that records what the result does not tell of the object before it.
pub(crate) const RECORD_ANNOTATION: &str = "kueueleuleu.dev/original";
// Entries of the record, which were annotations of their own until version 0.1.
/// Strategy `InitContainers`: the steps; all but the last are init containers.
pub(crate) const STEPS_ANNOTATION: &str = "kueueleuleu.dev/steps";
/// Strategy `InitContainers`: the init containers which are no steps.
pub(crate) const INIT_CONTAINERS_ANNOTATION: &str = "kueueleuleu.dev/init-containers";
/// The `containers` in their own order, where steps change places.
pub(crate) const CONTAINERS_ANNOTATION: &str = "kueueleuleu.dev/containers";
/// The same where nothing but sidecars was moved away: the steps stand in their own order.
pub(crate) const SIDECARS_ANNOTATION: &str = "kueueleuleu.dev/sidecars";
/// The numbers of the steps whose command is their image's, each with how many words of it are.
pub(crate) const COMMANDS_ANNOTATION: &str = "kueueleuleu.dev/commands";
/// The `restartPolicy` that was repaired; empty where there was none.
pub(crate) const RESTART_POLICY_ANNOTATION: &str = "kueueleuleu.dev/restart-policy";
/// What requests of steps were lowered to zero, and whether the pod got resources of its own.
pub(crate) const REQUESTS_RECORD: &str = "kueueleuleu.dev/requests";
/// The lists and annotations that were there without anything in them. Never an annotation of its own.
pub(crate) const EMPTY_RECORD: &str = "kueueleuleu.dev/empty";
/// The steps of a pod that an admission policy converted. Always an annotation of its own.
pub(crate) const ADMITTED_ANNOTATION: &str = "kueueleuleu.dev/admitted";
/// All entries of the record, in order.
pub(crate) const RECORDS: [&str; 9] = [
    STEPS_ANNOTATION,
    INIT_CONTAINERS_ANNOTATION,
    CONTAINERS_ANNOTATION,
    SIDECARS_ANNOTATION,
    COMMANDS_ANNOTATION,
    RESTART_POLICY_ANNOTATION,
    REQUESTS_RECORD,
    EMPTY_RECORD,
    ADMITTED_ANNOTATION,
];
/// No other annotation may begin so.
pub(crate) const ANNOTATION_PREFIX: &str = "kueueleuleu.dev/";

/// The init container that copies the entrypoint.
pub(crate) const PREPARE: &str = "kueueleuleu-prepare";

/// The volume of our own entrypoint: the binary, and a directory for each step.
pub(crate) const ROOT_VOLUME: &str = "kueueleuleu";
/// The volume that holds Tekton's entrypoint.
pub(crate) const BIN_VOLUME: &str = "tekton-internal-bin";
const STEPS_VOLUME: &str = "tekton-internal-steps";
/// What the names of the volumes of Tekton's steps begin with.
pub(crate) const RUN_VOLUME: &str = "tekton-internal-run-";

/// The volume of the step with this index.
pub(crate) fn run_volume(step: usize) -> Cow<'static, str> {
    static KEPT: Kept<String> = Kept::new();
    name(&KEPT, step, || format!("{RUN_VOLUME}{step}"))
}

/// Where the volume of the step with this index is mounted.
pub(crate) fn run_dir(step: usize) -> Cow<'static, str> {
    static KEPT: Kept<String> = Kept::new();
    name(&KEPT, step, || format!("{RUN_DIR}/{step}"))
}

/// The file that the step with this index writes when it has ended well.
pub(crate) fn out_file(step: usize) -> Cow<'static, str> {
    static KEPT: Kept<String> = Kept::new();
    name(&KEPT, step, || format!("{RUN_DIR}/{step}/out"))
}

/// Where the termination message of the step with this index goes.
pub(crate) fn termination_file(step: usize) -> Cow<'static, str> {
    static KEPT: Kept<String> = Kept::new();
    name(&KEPT, step, || format!("{RUN_DIR}/{step}/termination"))
}

/// The status directory of the step with this index.
pub(crate) fn status_dir(step: usize) -> Cow<'static, str> {
    static KEPT: Kept<String> = Kept::new();
    name(&KEPT, step, || format!("{RUN_DIR}/{step}/{STATUS}"))
}

/// The directory of the step with this index under the root of our own entrypoint.
pub(crate) fn step_dir(step: usize) -> Cow<'static, str> {
    static KEPT: Kept<String> = Kept::new();
    name(&KEPT, step, || format!("{RUN}/{step}"))
}

/// The name of a step, made by `make` where it is not kept.
fn name(kept: &'static Kept<String>, step: usize, make: impl FnOnce() -> String) -> Cow<'static, str> {
    kept.get(step, make).map_or_else(Cow::Owned, |name| Cow::Borrowed(name.as_str()))
}

/// The names for which [`is_our_volume`] is true, as a regular expression (RE2).
pub(crate) const VOLUME_PATTERN: &str = "^(kueueleuleu|tekton-internal-(bin|steps|run-[0-9]+))$";

/// Whether a volume of this name is ours, or the Go program's.
pub(crate) fn is_our_volume(name: &str) -> bool {
    let is_run = |name: &str| {
        name.strip_prefix(RUN_VOLUME)
            .is_some_and(|step| !step.is_empty() && step.bytes().all(|c| c.is_ascii_digit()))
    };
    name == ROOT_VOLUME || name == BIN_VOLUME || name == STEPS_VOLUME || is_run(name)
}

/// Whether something mounted at this path would hide what the entrypoint finds under its root directory.
pub(crate) fn is_under(root: &str, path: &str) -> bool {
    let mut rest = path;
    while let Some(next) = rest.strip_prefix('/').or_else(|| rest.strip_prefix("./")) {
        rest = next;
    }
    rest.strip_prefix(root.trim_start_matches('/'))
        .is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_similar_ones() {
        assert!(is_our_volume("tekton-internal-run-12"));
        assert!(!is_our_volume("tekton-internal-run-"));
        assert!(!is_our_volume("tekton-internal-run-x"));
        assert!(!is_our_volume("tekton-internal-home"));
        assert!(is_our_volume("kueueleuleu"));
        assert!(!is_our_volume("kueueleuleu-data"));
        let pattern = regex::Regex::new(VOLUME_PATTERN).unwrap();
        for name in [
            "kueueleuleu",
            "kueueleuleu-data",
            "tekton-internal-bin",
            "tekton-internal-run-12",
            "tekton-internal-run-",
        ] {
            assert_eq!(pattern.is_match(name), is_our_volume(name), "{name}");
        }
        assert!(is_under("/tekton", "/tekton"));
        assert!(is_under("/tekton", "//tekton/./bin/"));
        assert!(!is_under("/tekton", "/tektonic"));
        assert!(!is_under("/tekton", "/data/tekton"));
    }
}
