//! Runs the commands of every README in `examples/`, and checks every manifest there.

use crate::console;
use crate::docker::{Docker, IMAGE};
use crate::machine::{
    Workplace, binary, kubectls, oldest_and_newest_kubectl, optional_tool, repository, tool,
};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs the README of this directory.
type Runner = fn(&str);

const RUN_BY: [(&str, Runner); 21] = [
    ("argocd", crate::argocd::readme),
    ("backup-cronjob", alone),
    ("backup-retries", alone),
    ("check", in_failing_containers),
    ("ci-checks", alone),
    ("ci-pod", alone),
    ("flux", with_kubectl),
    ("github-actions", crate::github::readme),
    ("gitlab-ci", alone),
    ("helm", crate::helm::readme),
    ("kpt", in_containers),
    ("kubectl-plugin", by_every_kubectl),
    ("kustomize-container", in_containers),
    ("kustomize-exec", by_kustomize),
    ("kustomize-overlay", in_containers),
    ("load-test", alone),
    ("policy", alone),
    ("pre-commit", crate::pre_commit::readme),
    ("skaffold", alone),
    ("training-gpu", alone),
    ("training-job", alone),
];

fn readme(name: &str) {
    let (_, run) = RUN_BY.iter().find(|(directory, _)| *directory == name).unwrap();
    run(&format!("examples/{name}"));
}

#[test]
fn argocd() {
    readme("argocd");
}

#[test]
fn backup_cronjob() {
    readme("backup-cronjob");
}

#[test]
fn backup_retries() {
    readme("backup-retries");
}

#[test]
fn ci_checks() {
    readme("ci-checks");
}

#[test]
fn load_test() {
    readme("load-test");
}

#[test]
fn training_gpu() {
    readme("training-gpu");
}

#[test]
fn check() {
    readme("check");
}

#[test]
fn ci_pod() {
    readme("ci-pod");
}

#[test]
fn kpt() {
    readme("kpt");
}

#[test]
fn policy() {
    readme("policy");
}

#[test]
fn kubectl_plugin() {
    readme("kubectl-plugin");
}

#[test]
fn kustomize_container() {
    readme("kustomize-container");
}

#[test]
fn kustomize_exec() {
    readme("kustomize-exec");
}

#[test]
fn kustomize_overlay() {
    readme("kustomize-overlay");
}

#[test]
fn training_job() {
    readme("training-job");
}

#[test]
fn flux() {
    readme("flux");
}

#[test]
fn github_actions() {
    readme("github-actions");
}

#[test]
fn gitlab_ci() {
    readme("gitlab-ci");
}

#[test]
fn helm() {
    readme("helm");
}

#[test]
fn pre_commit() {
    readme("pre-commit");
}

#[test]
fn skaffold() {
    readme("skaffold");
}

/// Runs a README that needs only our program.
fn alone(directory: &str) {
    console::run(directory, &Workplace::copy_of(directory));
}

fn with_kubectl(directory: &str) {
    if tool("kubectl").is_some() {
        alone(directory);
    }
}

/// Runs a README with the oldest and the newest kubectl, and kpt. The docker client runs functions in containers.
fn in_containers(directory: &str) {
    in_containers_by(directory, Docker::lend);
}

/// The same for a README that needs the function's exit code.
fn in_failing_containers(directory: &str) {
    in_containers_by(directory, Docker::stand_in);
}

fn in_containers_by(directory: &str, client: fn(&Docker, &mut Workplace)) {
    let Some(docker) = Docker::start() else { return };
    if tool("kpt").is_none() {
        return;
    }
    for kubectl in oldest_and_newest_kubectl() {
        let mut place = Workplace::copy_of(directory);
        place.program("kubectl", &kubectl);
        client(&docker, &mut place);
        console::run(directory, &place);
    }
}

fn by_every_kubectl(directory: &str) {
    for kubectl in kubectls() {
        let place = Workplace::copy_of(directory);
        place.program("kubectl", &kubectl);
        console::run(directory, &place);
    }
}

fn by_kustomize(directory: &str) {
    if optional_tool("kustomize").is_some() {
        alone(directory);
    }
}

#[test]
fn every_directory_is_run() {
    let directories: BTreeSet<_> = fs::read_dir(repository().join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(directories, RUN_BY.iter().map(|(name, _)| (*name).to_owned()).collect());
}

/// Not every machine can run all of them.
#[test]
fn all_examples_for_kustomize_have_one_result() {
    let text = |directory: &str, name: &str| {
        fs::read_to_string(repository().join("examples").join(directory).join(name)).unwrap()
    };
    for name in ["job.yaml", "service.yaml", "kustomization.yaml", "expected.yaml"] {
        for directory in ["kustomize-exec", "kubectl-plugin"] {
            assert_eq!(text(directory, name), text("kustomize-container", name), "{directory}/{name}");
        }
    }
}

#[test]
fn all_examples_name_the_image_of_this_version() {
    let mut found = 0;
    for file in files(&repository().join("examples")).into_iter().chain([repository().join("functions.yaml")])
    {
        let text = fs::read_to_string(&file).unwrap();
        for (at, name) in text.match_indices("ghcr.io/kueueleuleu/kueueleuleu") {
            let rest = &text[at..];
            let end = rest.find([' ', '\n', '`', '"', ')']).unwrap_or(rest.len());
            assert_eq!(&rest[..end], IMAGE, "{name} in {}", file.display());
            found += 1;
        }
    }
    assert!(found > 5, "{found}");
}

/// A round trip through the API types loses no field, so no field has a wrong name or type.
#[test]
fn workloads_have_only_fields_that_kubernetes_knows() {
    let mut seen = 0;
    for file in files(&repository().join("examples")) {
        let is_yaml = file.extension().is_some_and(|extension| extension == "yaml");
        let text = fs::read_to_string(&file).unwrap();
        // Templates are not manifests.
        let is_template = file.to_string_lossy().contains("/templates/");
        if !is_yaml
            || is_template
            || !["kind: Pod\n", "kind: Job\n", "kind: CronJob\n"].iter().any(|kind| text.contains(kind))
        {
            continue;
        }
        // Patches lack required fields.
        if !text.contains("restartPolicy: ") {
            continue;
        }
        for document in serde_yaml::Deserializer::from_str(&text) {
            let value: serde_json::Value = serde::Deserialize::deserialize(document).unwrap();
            let again = match value["kind"].as_str().unwrap() {
                "Pod" => round_trip::<k8s_openapi::api::core::v1::Pod>(&value),
                "Job" => round_trip::<k8s_openapi::api::batch::v1::Job>(&value),
                "CronJob" => round_trip::<k8s_openapi::api::batch::v1::CronJob>(&value),
                _ => continue,
            };
            // The types write a quantity as a string.
            let strings = |value: &serde_json::Value| {
                value.to_string().replace("\"nvidia.com/gpu\":1", "\"nvidia.com/gpu\":\"1\"")
            };
            assert_eq!(strings(&again), strings(&value), "{}", file.display());
            seen += 1;
        }
    }
    assert!(seen > 12, "{seen}");
}

fn round_trip<T: serde::de::DeserializeOwned + serde::Serialize>(
    value: &serde_json::Value,
) -> serde_json::Value {
    serde_json::to_value(serde_json::from_value::<T>(value.clone()).unwrap()).unwrap()
}

/// The first command of the README converts this file, and a second conversion changes nothing.
#[test]
fn the_first_example_converts() {
    let convert = |input: &Path| {
        let output = Command::new(binary()).arg("-f").arg(input).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let job = repository().join("examples/job.yaml");
    let once = convert(&job);
    assert_eq!(once.matches("- -entrypoint").count() + once.matches(" -entrypoint,").count(), 3, "{once}");
    let place = Workplace::new();
    place.write("job.yaml", &once);
    assert_eq!(convert(&place.path("job.yaml")), once);
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}
