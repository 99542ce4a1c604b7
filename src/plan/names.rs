//! Defines the names of the rewrite: annotations, the init container, volumes, mount paths.

use super::per_step::PerStep;
use kueueleuleu_protocol::{RUN, RUN_DIR, STATUS};
use std::borrow::Cow;

/// The annotation that marks an object as converted (`"true"`), or as one that must not be converted (`"false"`).
pub(crate) const ANNOTATION: &str = "norbjd.github.io/kueueleuleu";
/// The annotation that records what the converted object itself no longer shows.
pub(crate) const RECORD_ANNOTATION: &str = "kueueleuleu.dev/original";
// The entries of the record. Until version 0.1 each was a separate annotation.
/// Strategy `InitContainers`: the names of the steps. All but the last are init containers.
pub(crate) const STEPS_ANNOTATION: &str = "kueueleuleu.dev/steps";
/// Strategy `InitContainers`: the names of the init containers that are not steps.
pub(crate) const INIT_CONTAINERS_ANNOTATION: &str = "kueueleuleu.dev/init-containers";
/// The names of `containers` in their original order, if steps were reordered.
pub(crate) const CONTAINERS_ANNOTATION: &str = "kueueleuleu.dev/containers";
/// The same if only sidecars were moved: the steps are still in their original order.
pub(crate) const SIDECARS_ANNOTATION: &str = "kueueleuleu.dev/sidecars";
/// The numbers of the steps whose command comes from their image, each with the number of these words.
pub(crate) const COMMANDS_ANNOTATION: &str = "kueueleuleu.dev/commands";
/// The original `restartPolicy`, if it was changed; empty if there was none.
pub(crate) const RESTART_POLICY_ANNOTATION: &str = "kueueleuleu.dev/restart-policy";
/// The requests of steps that were set to zero, and whether the pod got its own resources.
pub(crate) const REQUESTS_RECORD: &str = "kueueleuleu.dev/requests";
/// The lists and annotations that existed but were empty. Never a separate annotation.
pub(crate) const EMPTY_RECORD: &str = "kueueleuleu.dev/empty";
/// The steps of a pod that an admission policy converted. Always a separate annotation.
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
/// The reserved prefix of annotations.
pub(crate) const ANNOTATION_PREFIX: &str = "kueueleuleu.dev/";

/// The init container that copies the entrypoint.
pub(crate) const PREPARE: &str = "kueueleuleu-prepare";

/// The volume of our own entrypoint: it holds the binary, and a directory for each step.
pub(crate) const ROOT_VOLUME: &str = "kueueleuleu";
/// The volume that holds Tekton's entrypoint.
pub(crate) const BIN_VOLUME: &str = "tekton-internal-bin";
const STEPS_VOLUME: &str = "tekton-internal-steps";
/// The prefix of the volumes of the steps with Tekton's entrypoint.
pub(crate) const RUN_VOLUME: &str = "tekton-internal-run-";

/// The volume of the step with this index.
pub(crate) fn run_volume(step: usize) -> Cow<'static, str> {
    static CACHE: PerStep<String> = PerStep::new();
    name(&CACHE, step, || format!("{RUN_VOLUME}{step}"))
}

/// Where the volume of the step with this index is mounted.
pub(crate) fn run_dir(step: usize) -> Cow<'static, str> {
    static CACHE: PerStep<String> = PerStep::new();
    name(&CACHE, step, || format!("{RUN_DIR}/{step}"))
}

/// The file that the step with this index writes when it succeeds.
pub(crate) fn out_file(step: usize) -> Cow<'static, str> {
    static CACHE: PerStep<String> = PerStep::new();
    name(&CACHE, step, || format!("{RUN_DIR}/{step}/out"))
}

/// The file for the termination message of the step with this index.
pub(crate) fn termination_file(step: usize) -> Cow<'static, str> {
    static CACHE: PerStep<String> = PerStep::new();
    name(&CACHE, step, || format!("{RUN_DIR}/{step}/termination"))
}

/// The status directory of the step with this index.
pub(crate) fn status_dir(step: usize) -> Cow<'static, str> {
    static CACHE: PerStep<String> = PerStep::new();
    name(&CACHE, step, || format!("{RUN_DIR}/{step}/{STATUS}"))
}

/// The directory of the step with this index under the root of our own entrypoint.
pub(crate) fn step_dir(step: usize) -> Cow<'static, str> {
    static CACHE: PerStep<String> = PerStep::new();
    name(&CACHE, step, || format!("{RUN}/{step}"))
}

/// The cached name of a step, or one created by `make`.
fn name(cache: &'static PerStep<String>, step: usize, make: impl FnOnce() -> String) -> Cow<'static, str> {
    cache.get(step, make).map_or_else(Cow::Owned, |name| Cow::Borrowed(name.as_str()))
}

/// The names for which [`is_our_volume`] is true, as a regular expression (RE2).
pub(crate) const VOLUME_PATTERN: &str = "^(kueueleuleu|tekton-internal-(bin|steps|run-[0-9]+))$";

/// Whether a volume with this name belongs to the rewrite of this program or of the Go program.
pub(crate) fn is_our_volume(name: &str) -> bool {
    let is_run = |name: &str| {
        name.strip_prefix(RUN_VOLUME)
            .is_some_and(|step| !step.is_empty() && step.bytes().all(|c| c.is_ascii_digit()))
    };
    name == ROOT_VOLUME || name == BIN_VOLUME || name == STEPS_VOLUME || is_run(name)
}

/// Whether a mount at this path would hide files of the entrypoint, which are below its root directory.
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
    fn similar_names_are_not_ours() {
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
