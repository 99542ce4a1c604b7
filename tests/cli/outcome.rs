//! `-v` and `--check`: what happens to each object, and why.

use crate::support::{Dir, POD, SERVICE, converted};

const CONFIG: &str = "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\n";

/// The lines that name the outcome of an object.
fn outcomes(stderr: &str) -> Vec<&str> {
    stderr.lines().filter(|line| line.contains(".yaml:")).filter(|line| !line.contains("-->")).collect()
}

#[test]
fn verbose_names_each_object_and_why() {
    let single = "apiVersion: v1\nkind: Pod\nmetadata: {name: single}\nspec: {containers: [{name: a}]}\n";
    let annotated =
        POD.replace("  labels:", "  annotations: {norbjd.github.io/kueueleuleu: 'false'}\n  labels:");
    let dir = Dir::new(&[
        ("annotated.yaml", &annotated),
        ("converted.yaml", &converted(POD)),
        ("job.yaml", "apiVersion: batch/v1\nkind: Job\nmetadata: {name: job}\n"),
        ("pod.yaml", POD),
        ("service.yaml", SERVICE),
        ("single.yaml", single),
    ]);
    let run = dir.run(&["-v", "-f", ".", "--kind", "Pod"]);
    assert_eq!(run.status, Some(0));
    assert_eq!(
        outcomes(&run.stderr),
        [
            "annotated.yaml:2: Pod `ci/build`: left as it is: annotated `norbjd.github.io/kueueleuleu: \"false\"`",
            "converted.yaml:2: Pod `ci/build`: already sequenced; strategy `Entrypoint` runs `fetch`, `test`",
            "job.yaml:1: Job `job`: left as it is: no configuration and no flag selects it",
            "pod.yaml:2: Pod `ci/build`: not sequenced yet; strategy `Entrypoint` runs `fetch`, `test`",
            "service.yaml:1: Service `shop`: left as it is: only Pods, Jobs and CronJobs are sequenced",
            "single.yaml:1: Pod `single`: left as it is: it has fewer than two containers",
        ]
    );
    assert_eq!(dir.run(&["-f", ".", "--kind", "Pod"]).stdout, run.stdout);
    let broken = POD.replacen("command:", "commands:", 1);
    let run = dir.run_with(broken, &["-v", "-f", "-"]);
    assert!(
        run.stderr.ends_with("\nstdin:2: Pod `ci/build`: not converted: see its errors\n"),
        "{}",
        run.stderr
    );
    let run = dir.run(&["-v", "-q", "-f", "."]);
    assert_eq!(run.status, Some(2));
}

#[test]
fn verbose_names_what_auto_chose_and_why() {
    let dir = Dir::new(&[("pod.yaml", POD), ("bare.yaml", &POD.replacen("command:", "# command:", 1))]);
    let run = dir.run(&["-v", "--strategy", "Auto", "-f", "pod.yaml"]);
    assert_eq!(run.status, Some(0));
    let how = "strategy `Entrypoint` (chosen by `Auto`: each step has a `command`, and the pod can end) runs `fetch`, `test`";
    assert!(run.stderr.contains(how), "{}", run.stderr);
    let always = POD.replacen("restartPolicy: Never", "restartPolicy: Always", 1);
    let run = dir.run_with(always, &["-v", "--strategy", "auto", "-f", "-"]);
    assert!(run.stderr.contains("strategy `InitContainers` (chosen by `Auto`) runs"), "{}", run.stderr);
    assert!(
        run.stderr.contains("turns the steps into init containers: `restartPolicy` is `Always`"),
        "{}",
        run.stderr
    );
}

#[test]
fn check_says_why_each_file_would_change() {
    let other_image = format!("{CONFIG}spec: {{entrypointImage: registry.example.com/mirror:1}}\n");
    let dir = Dir::new(&[
        ("new.yaml", POD),
        ("otherwise.yaml", &converted(POD)),
        ("images.fn.yaml", &other_image),
        ("strategy.fn.yaml", &format!("{CONFIG}spec: {{strategy: InitContainers}}\n")),
        ("both.fn.yaml", &other_image.replace("spec: {", "spec: {steps: [{name: test, timeout: 5m}], ")),
    ]);
    let reason = |arguments: &[&str]| {
        let run = dir.run(&[arguments, &["--check"]].concat());
        assert_eq!(run.status, Some(3), "{}", run.stderr);
        outcomes(&run.stderr).join("\n")
    };
    assert_eq!(
        reason(&["-f", "new.yaml"]),
        "new.yaml:2: Pod `ci/build`: not sequenced yet; strategy `Entrypoint` runs `fetch`, `test`"
    );
    let image = reason(&["-f", "otherwise.yaml", "--config", "images.fn.yaml"]);
    assert!(
        image.starts_with("otherwise.yaml:2: Pod `ci/build`: its entrypoint image is `ghcr.io/"),
        "{image}"
    );
    assert!(image.ends_with("not `registry.example.com/mirror:1`"), "{image}");
    let both = reason(&["-f", "otherwise.yaml", "--config", "both.fn.yaml"]);
    assert!(both.contains("sequenced differently"), "not only the image changes: {both}");
    let strategy = reason(&["-f", "otherwise.yaml", "--config", "strategy.fn.yaml"]);
    assert!(
        strategy.contains("sequenced differently; strategy `InitContainers` runs `fetch`, `test`"),
        "{strategy}"
    );
    assert!(reason(&["-f", "otherwise.yaml", "--revert"]).ends_with("still sequenced"));
    let run = dir.run(&["-f", "new.yaml", "--check", "--error-format=json"]);
    assert!(
        run.stderr.starts_with(r#"{"severity":"info","rule":"outcome","message":"not sequenced yet; "#),
        "{}",
        run.stderr
    );
}

/// `--check` reports no change where an overlay has edited a converted object, and the edit is preserved.
#[test]
fn overlays_of_the_init_container_are_not_a_change() {
    let image = "ghcr.io/tektoncd/pipeline/entrypoint-bff0a22da108bc2f16c818c97641a296";
    let mirrored = converted(POD).replace(image, "mirror.example.com/entrypoint");
    let with_env = mirrored
        .replace("      workingDir: /\n", "      workingDir: /\n      env:\n        - {name: HTTPS_PROXY, value: 'http://proxy:3128'} # ours\n      terminationMessagePolicy: FallbackToLogsOnError\n");
    assert_ne!(with_env, mirrored);
    let dir = Dir::new(&[("a.yaml", &with_env)]);
    dir.run(&["-f", "a.yaml", "--check"]).is(0, "", "0 files would change, 1 unchanged\n");
    dir.run(&["-f", "a.yaml"]).is(0, &with_env, "");
    // The edit is also preserved where something else changes; a revert removes it with the container.
    let renamed =
        with_env.replace("name: test\n", "name: tests\n").replace("mirror.example.com", "other.example.com");
    let run = dir.run_with(renamed, &["-f", "-", "--probes", "Remove"]);
    assert!(run.stdout.contains("HTTPS_PROXY"), "{}", run.stdout);
    let run = dir.run(&["-f", "a.yaml", "--revert"]);
    assert!(run.status == Some(0) && !run.stdout.contains("HTTPS_PROXY"), "{}", run.stdout);
}
