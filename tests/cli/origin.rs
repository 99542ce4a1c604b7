//! Diagnostics name the files in kustomize's origin annotations.

use crate::support::{BARE, Dir, tool};
use std::process::Command;

fn with_origin(origin: &str) -> String {
    let annotations = format!("metadata:\n  annotations:\n    config.kubernetes.io/origin: |\n{origin}");
    BARE.replacen("metadata: {name: build, namespace: ci}\n", &format!("{annotations}  name: build\n"), 1)
}

#[test]
fn the_origin_that_kustomize_writes_is_the_file() {
    let dir = Dir::new(&[]);
    for (origin, file) in [
        ("      path: ../base/job.yaml\n", "../base/job.yaml"),
        (
            "      path: a.yaml\n      repo: https://git.example.com/x\n      ref: v1\n",
            "https://git.example.com/x/a.yaml?ref=v1",
        ),
        ("      configuredIn: gen.yaml\n      configuredBy:\n        kind: Generator\n", "gen.yaml"),
    ] {
        let run = dir.run_with(with_origin(origin), &["-f", "-"]);
        assert_eq!(run.status, Some(1));
        let place = format!("\n  --> {file} (spec.containers[1])\n");
        assert!(run.stderr.contains(&place), "{}", run.stderr);
        let run = dir.run_with(with_origin(origin), &["-f", "-", "--error-format=json"]);
        assert!(run.stderr.contains(&format!(r#""file":"{file}","line":null"#)), "{}", run.stderr);
    }
    // An invalid annotation is ignored, and a file that was read is named with its line.
    let run = dir.run_with(with_origin("      [\n"), &["-f", "-"]);
    assert!(run.stderr.contains("\n  --> stdin:"), "{}", run.stderr);
    dir.write("rendered.yaml", with_origin("      path: base.yaml\n"));
    let run = dir.run(&["-f", "rendered.yaml"]);
    assert!(run.stderr.contains("\n  --> rendered.yaml:15:7 ("), "{}", run.stderr);
}

#[test]
fn what_kubectl_kustomize_builds_is_named_by_its_files() {
    let dir = Dir::new(&[
        ("base/kustomization.yaml", "resources: [job.yaml]\n"),
        ("base/job.yaml", BARE),
        ("overlay/kustomization.yaml", "resources: [../base]\nbuildMetadata: [originAnnotations]\n"),
    ]);
    let mut kustomize = Command::new("kubectl");
    let Some(built) = tool(kustomize.args(["kustomize", "overlay"]).current_dir(dir.path(""))) else {
        return;
    };
    assert_eq!(built.status, Some(0), "{}", built.stderr);
    let run = dir.run_with(built.stdout, &["-f", "-"]);
    assert!(run.stderr.contains("\n  --> ../base/job.yaml (spec.containers[1])\n"), "{}", run.stderr);
}
