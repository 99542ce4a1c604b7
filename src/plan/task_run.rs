//! Pods of Tekton's `TaskRun`s, which look like ours: the same entrypoint, with flags of Tekton's controller.
//!
//! Knows what the controller writes and we do not; by the annotations of such a pod alone nothing is told.

use super::names;
use super::pod::{Container, Object};
use super::report::Report;
use crate::diagnostic::Rule;
use kueueleuleu_protocol as protocol;

/// A flag that only Tekton's controller writes: its first step waits for an annotation of the pod.
const WAIT_FILE_CONTENT: &str = "-wait_file_content";

/// Whether the object's pod is one.
pub(super) fn is_it(object: &Object<'_>) -> bool {
    let starts = |container: &Container<'_>, words: &[&str]| {
        let command = container.command.items.iter().map(|word| &*word.text);
        command.take(words.len()).eq(words.iter().copied())
    };
    let prepares = |container: &Container<'_>| {
        container.name != names::PREPARE && starts(container, &[protocol::IMAGE_BINARY, protocol::INIT])
    };
    let waits = |container: &Container<'_>| {
        let mut words = container.command.items.iter().chain(container.args.items.iter());
        starts(container, &[protocol::BINARY]) && words.any(|word| word.text == WAIT_FILE_CONTENT)
    };
    let pod = &object.pod;
    pod.init_containers.items.iter().any(prepares) || pod.containers.items.iter().any(waits)
}

/// Says so.
pub(super) fn refuse(report: &mut Report<'_>) {
    report.error(
        Rule::TektonTaskRun,
        report.spec(),
        "the pod belongs to a Tekton TaskRun, whose steps Tekton itself sequences".to_owned(),
        "skip it with `selectors` or `exclude`, or annotate it `norbjd.github.io/kueueleuleu: \"false\"`",
    );
}
