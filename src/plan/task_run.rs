//! Rejects the pods of Tekton `TaskRun`s, which look like converted pods: they have the same entrypoint, with the flags
//! of Tekton's controller.
//!
//! Knows what only the controller writes. The annotations of such a pod are not enough to recognize it.

use super::names;
use super::pod::{Container, Workload};
use super::report::Report;
use crate::diagnostic::Rule;
use kueueleuleu_protocol as protocol;

/// A flag that only Tekton's controller writes: the first step waits for an annotation of the pod.
const WAIT_FILE_CONTENT: &str = "-wait_file_content";

/// Whether the pod of the object belongs to a `TaskRun`.
pub(super) fn is_task_run(object: &Workload<'_>) -> bool {
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

/// Reports that the pod belongs to a `TaskRun`.
pub(super) fn refuse(report: &mut Report<'_>) {
    report.error(
        Rule::TektonTaskRun,
        report.spec(),
        "the pod belongs to a Tekton TaskRun, whose steps Tekton itself sequences".to_owned(),
        "skip it with `selectors` or `exclude`, or annotate it `norbjd.github.io/kueueleuleu: \"false\"`",
    );
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::convert::Converter;

    #[test]
    fn either_sign_of_the_controller_is_enough() {
        let is_refused = |init: &str, first: &str| {
            let text = format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{restartPolicy: Never, \
                 initContainers: [{{name: i, image: x, command: [{init}]}}], \
                 containers: [{{name: a, image: x, command: [{first}]}}, {{name: b, image: x, command: [b]}}]}}\n"
            );
            let converted = Converter::new(Config::default()).documents(&text).unwrap();
            converted.diagnostics.iter().any(|error| error.message.contains("belongs to a Tekton TaskRun"))
        };
        let prepare = "/ko-app/entrypoint, init, /ko-app/entrypoint, /tekton/bin/entrypoint";
        let waits = "/tekton/bin/entrypoint, -wait_file, /tekton/downward/ready, -wait_file_content";
        assert!(is_refused(prepare, waits) && is_refused(prepare, "sh") && is_refused("sh", waits));
        assert!(!is_refused("sh", "sh") && !is_refused("/ko-app/entrypoint", "sh"));
        assert!(!is_refused("sh", "sh, -wait_file_content"));
    }
}
