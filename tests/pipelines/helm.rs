//! Tests `packaging/helm-plugin` with the real Helm 4, and its script as Helm 3 runs it.

use crate::console;
use crate::machine::{Workplace, repository, tool};
use std::process::Command;

/// A workplace with the Helm that `.ci/run` fetches, or the one of the machine.
fn place(directory: &str) -> Option<Workplace> {
    tool("helm")?;
    let place = Workplace::copy_of(directory);
    let copied = Command::new("cp")
        .arg("-R")
        .arg(repository().join("packaging/helm-plugin"))
        .arg(place.path("helm-plugin"))
        .status();
    assert!(copied.unwrap().success());
    Some(place)
}

/// Runs the README of the example.
pub(crate) fn readme(directory: &str) {
    if let Some(place) = place(directory) {
        console::run(directory, &place);
    }
}

/// Helm 4 shows no output of a plugin, whether it fails or not.
#[test]
fn warnings_reach_the_user() {
    let Some(place) = place("examples/helm") else { return };
    place.bash("helm plugin install helm-plugin").passed();
    place.write(
        "config.yaml",
        "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\nmetadata: {name: x}\nspec:\n  selectors: [{name: nothing}]\n",
    );
    let render =
        "helm template shop chart --post-renderer kueueleuleu --post-renderer-args=--config=config.yaml";
    let run = place.bash(render);
    assert!(run.stderr.contains("warning: selectors[0]"), "{run:?}");
    assert!(run.stdout.contains("name: shop-migrate") && !run.stdout.contains("kueueleuleu"), "{run:?}");
}

/// Helm 3 runs the script as a program, which shows its own errors.
#[test]
fn the_script_alone_is_a_filter() {
    let place = Workplace::copy_of("examples/backup-cronjob");
    place.program("kueueleuleu-helm", &repository().join("packaging/helm-plugin/kueueleuleu-helm"));
    let run = place.bash("kueueleuleu-helm < cronjob.yaml");
    assert_eq!(
        (run.stdout.as_str(), run.stderr.as_str()),
        (place.bash("kueueleuleu -f cronjob.yaml").stdout.as_str(), "")
    );
    let run = place.bash("echo 'a: [' | kueueleuleu-helm || echo \"exit code $?\"");
    assert!(run.stdout == "exit code 2\n" && run.stderr.starts_with("error: "), "{run:?}");
}
