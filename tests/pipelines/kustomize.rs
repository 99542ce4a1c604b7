//! What kustomize passes to the function in a container and to the plugin, and what it gets back.

use crate::docker::Docker;
use crate::machine::{Workplace, documents, executable, kubectls, oldest_and_newest_kubectl, tool};
use serde_yaml::Value;
use std::fs;
use std::path::Path;

/// Where kustomize looks for the plugin, below the home directory.
pub(crate) const PLUGIN: &str =
    ".config/kustomize/plugin/kueueleuleu.dev/v1alpha1/sequentialcontainers/SequentialContainers";

pub(crate) const MARK: &str = "norbjd.github.io/kueueleuleu";

/// The layered example.
fn overlay(kubectl: &Path) -> Workplace {
    let place = Workplace::copy_of("examples/kustomize-overlay");
    place.program("kubectl", kubectl);
    place
}

/// A script that runs `program` and keeps its input and output in the working directory.
pub(crate) fn spy(place: &Workplace, program: &str) -> String {
    let directory = place.path("");
    let directory = directory.display();
    format!("#!/bin/sh\ntee {directory}/in.yaml | {program} \"$@\" | tee {directory}/out.yaml\n")
}

/// Asserts that each object still has its annotations, that only ours were added, and that the important ones occurred.
#[track_caller]
fn nothing_was_lost(place: &Workplace, important: &[&str]) {
    let (before, after) = (documents(&place.read("in.yaml")), documents(&place.read("out.yaml")));
    assert_eq!(before.len(), after.len());
    assert!(!before.is_empty());
    for (before, after) in before.iter().zip(&after) {
        let annotations =
            |value: &Value| value["metadata"]["annotations"].as_mapping().cloned().unwrap_or_default();
        let (before, mut after) = (annotations(before), annotations(after));
        after.shift_remove(MARK);
        assert_eq!(after, before);
        for name in important {
            assert!(
                before.keys().any(|key| key.as_str().is_some_and(|key| key.ends_with(name))),
                "no {name}"
            );
        }
    }
}

/// The base generates a `ConfigMap` with a hash in its name, and the overlay adds a prefix. For both, kustomize stores
/// data in annotations.
#[test]
fn a_container_keeps_every_annotation() {
    let Some(docker) = Docker::start() else { return };
    for kubectl in oldest_and_newest_kubectl() {
        let mut place = overlay(&kubectl);
        docker.lend(&mut place);
        place.script("docker", &spy(&place, tool("docker").unwrap().to_str().unwrap()));
        let built = place.bash("kubectl kustomize --enable-alpha-plugins production").passed();
        assert_eq!(built, place.read("expected.yaml"));
        nothing_was_lost(&place, &["/id", "annotations-migration-resource-id"]);
        assert!(place.read("in.yaml").contains("needsHashSuffix"), "{}", place.read("in.yaml"));
    }
}

/// Only a function in the overlay sees annotations with prefixes and previous names.
#[test]
fn a_container_in_the_overlay_keeps_every_annotation() {
    let Some(docker) = Docker::start() else { return };
    for kubectl in oldest_and_newest_kubectl() {
        let mut place = overlay(&kubectl);
        docker.lend(&mut place);
        place.script("docker", &spy(&place, tool("docker").unwrap().to_str().unwrap()));
        let in_base = place.bash("kubectl kustomize --enable-alpha-plugins production").passed();
        place.write("base/kustomization.yaml", "resources: [../steps]\n");
        let production = place.read("production/kustomization.yaml");
        place.write("production/kustomization.yaml", &format!("{production}transformers: [../sequential]\n"));
        let in_overlay = place.bash("kubectl kustomize --enable-alpha-plugins production").passed();
        nothing_was_lost(&place, &["previousNames", "prefixes", "/id"]);
        // The same, except for the image, which `images:` of the same layer does not change.
        let image = |text: &str| {
            let lines =
                text.lines().filter(|line| !line.contains("/entrypoint-") && !line.contains("mirror."));
            lines.collect::<Vec<_>>().join("\n")
        };
        assert_eq!(image(&in_overlay), image(&in_base));
        assert!(!in_overlay.contains("mirror."), "{in_overlay}");
    }
}

/// Without the annotation that names the image, kustomize looks for a plugin.
fn by_plugin(place: &Workplace) {
    for name in ["sequential", "ordered"] {
        let path = format!("{name}/sequential.yaml");
        let text = place.read(&path);
        let lines = text.lines().filter(|line| {
            !["annotations:", "config.kubernetes.io", "container:", "image:"]
                .iter()
                .any(|word| line.contains(word))
        });
        place.write(&path, &(lines.collect::<Vec<_>>().join("\n") + "\n"));
    }
}

#[test]
fn the_plugin_of_every_kubectl_does_what_the_container_does() {
    for kubectl in kubectls() {
        let place = overlay(&kubectl);
        by_plugin(&place);
        executable(&place.home().join(PLUGIN), &spy(&place, "kueueleuleu"));
        let built = place.bash("kubectl kustomize --enable-alpha-plugins production").passed();
        assert_eq!(built, place.read("expected.yaml"), "{}", kubectl.display());
        nothing_was_lost(&place, &["/id"]);
    }
}

/// kustomize shows the plugin's stderr only when it fails.
#[test]
fn the_plugin_says_what_is_wrong() {
    for kubectl in kubectls() {
        let place = overlay(&kubectl);
        by_plugin(&place);
        fs::create_dir_all(place.home().join(PLUGIN).parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(crate::machine::binary(), place.home().join(PLUGIN)).unwrap();
        let steps = place.read("steps/cronjob.yaml");
        place.write("steps/cronjob.yaml", &steps.replace("            command: [render]\n", ""));
        let run = place.bash("kubectl kustomize --enable-alpha-plugins base");
        assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{}", kubectl.display());
        assert!(
            run.stderr.contains("CronJob `report`: container `render` has no `command`"),
            "{}",
            run.stderr
        );
    }
}

/// The README warns of this: `kubectl kustomize` cannot enable exec functions, and skips them without a message.
#[test]
fn kubectl_skips_exec_functions_silently() {
    for kubectl in oldest_and_newest_kubectl() {
        let place = Workplace::copy_of("examples/kustomize-exec");
        place.program("kubectl", &kubectl);
        let run = place.bash("kubectl kustomize --enable-alpha-plugins .");
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
        assert!(!run.stdout.contains(MARK), "{}", run.stdout);
        let run = place.bash("kubectl kustomize --enable-alpha-plugins --enable-exec .");
        assert!(run.stderr.contains("unknown flag: --enable-exec"), "{}", run.stderr);
        // An old kubectl contacts the cluster, which does not exist, before it reads the directory.
        let run = place.bash("kubectl apply --dry-run=client -k .");
        let words = ["external plugins disabled", "connection to the server"];
        assert!(
            run.status != Some(0) && words.iter().any(|words| run.stderr.contains(words)),
            "{}",
            run.stderr
        );
        let checked = place.bash("kubectl kustomize --enable-alpha-plugins . | kueueleuleu -f - --check");
        assert_eq!((checked.status, checked.stdout.as_str()), (Some(3), "stdin\n"));
    }
}

/// The README warns of this, too: no function works as a validator, not even `cat`.
#[test]
fn every_validator_fails() {
    for kubectl in oldest_and_newest_kubectl() {
        let place = Workplace::copy_of("examples/kubectl-plugin");
        place.program("kubectl", &kubectl);
        executable(&place.home().join(PLUGIN), "#!/bin/sh\nexec cat\n");
        let kustomization = place.read("kustomization.yaml");
        place.bash("kubectl kustomize --enable-alpha-plugins .").passed();
        place.write("kustomization.yaml", &kustomization.replace("transformers:", "validators:"));
        let run = place.bash("kubectl kustomize --enable-alpha-plugins .");
        let words = "validator shouldn't modify the resource map";
        assert!(run.status == Some(1) && run.stderr.contains(words), "{}", run.stderr);
    }
}
