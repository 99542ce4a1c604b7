//! Tests that `functions.yaml`, the declaration that users copy, works.

use crate::docker::{Docker, IMAGE};
use crate::machine::{Workplace, oldest_and_newest_kubectl, repository, tool};
use std::fs;

fn declaration() -> String {
    fs::read_to_string(repository().join("functions.yaml")).unwrap()
}

#[test]
fn kustomize_runs_it() {
    let Some(docker) = Docker::start() else { return };
    for kubectl in oldest_and_newest_kubectl() {
        let mut place = Workplace::copy_of("examples/backup-cronjob");
        place.program("kubectl", &kubectl);
        docker.lend(&mut place);
        place.write("functions.yaml", &declaration());
        place.write("kustomization.yaml", "resources: [cronjob.yaml]\ntransformers: [functions.yaml]\n");
        let built = place.bash("kubectl kustomize --enable-alpha-plugins .").passed();
        assert_eq!(built.matches("- -entrypoint").count(), 3, "{built}");
        assert_eq!(built.matches("norbjd.github.io/kueueleuleu: \"true\"").count(), 3, "{built}");
        assert!(!built.contains("SequentialContainers"), "{built}");
    }
}

#[test]
fn kpt_runs_it() {
    let (Some(docker), Some(_)) = (Docker::start(), tool("kpt")) else { return };
    let mut place = Workplace::copy_of("examples/kpt/config-path");
    docker.lend(&mut place);
    place.write("sequential.yaml", &declaration());
    place.bash("kpt fn render").passed();
    assert!(place.read("job.yaml").contains("name: kueueleuleu-prepare"));
    assert_eq!(place.read("sequential.yaml"), declaration());
}

/// The documentation from `packaging/kpt/metadata.yaml`.
#[test]
fn kpt_shows_its_documentation() {
    let (Some(docker), Some(_)) = (Docker::start(), tool("kpt")) else { return };
    let mut place = Workplace::new();
    docker.lend(&mut place);
    let shown = place.bash(&format!("kpt fn doc --image {IMAGE}")).passed();
    assert!(shown.contains("Usage: kueueleuleu") && shown.contains("--strategy"), "{shown}");
}

#[test]
fn the_command_line_accepts_it() {
    let place = Workplace::copy_of("examples/backup-cronjob");
    place.write("functions.yaml", &declaration());
    let run = place.bash("kueueleuleu -f cronjob.yaml --config functions.yaml");
    assert_eq!((run.stderr.as_str(), run.stdout), ("", place.read("expected.yaml")));
}

/// Editors find the schema by the first line.
#[test]
fn its_schema_exists() {
    let declaration = declaration();
    let schema = declaration.lines().next().and_then(|line| line.split_once("$schema=")).unwrap().1;
    assert!(repository().join(schema).is_file(), "{schema}");
}
