//! Tests which images are looked up: those of steps without a `command` in objects that would be sequenced. Entries
//! written by hand cover all images, so no registry is needed.

use crate::support::{Dir, Run, pod};

const HEAD: &str = "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\n";

/// The names of the listed images for these manifests and this `spec`, or the run that failed.
fn listed(manifests: &str, spec: &str) -> Result<Vec<String>, Run> {
    let dir = Dir::new();
    dir.write("all.yaml", manifests);
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let images: Vec<_> = names.iter().map(|name| format!("{{name: {name}, args: [x]}}")).collect();
    dir.write("config.yaml", format!("{HEAD}spec:\n  images: [{}]\n{spec}", images.join(", ")));
    let run = dir.run(&["images", "-f", "all.yaml", "--config", "config.yaml", "-o", "json"]);
    if run.status != Some(0) {
        return Err(run);
    }
    let entries: Vec<serde_json::Value> = serde_json::from_str(&run.stdout).unwrap();
    Ok(entries.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect())
}

#[test]
fn images_of_steps_without_a_command_are_listed() {
    let job = "apiVersion: batch/v1
kind: Job
metadata: {name: load, namespace: etl}
spec:
  template:
    spec:
      restartPolicy: Never
      initContainers: [{name: init, image: h}]
      containers:
      - {name: one, image: b, args: [only]}
      - {name: two, image: c, command: []}
      - {name: proxy, image: d}
      - {name: own, image: e, command: [x]}
";
    let single =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: single}\nspec: {containers: [{name: x, image: f}]}\n";
    let alone = pod(&["g"]).replace("größe}", "größe, annotations: {norbjd.github.io/kueueleuleu: 'false'}}");
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: in-list}\n  \
                spec: {containers: [{name: x, image: a}, {name: z, image: b}]}\n";
    let all = [&pod(&["a", "a"]), job, single, &alone, list].join("---\n");
    let names = |spec: &str| listed(&all, spec).unwrap();
    assert_eq!(names(""), ["a", "b", "c", "d"]);
    assert_eq!(names("  sidecars: [proxy]\n"), ["a", "b", "c"]);
    assert_eq!(names("  selectors: [{kind: Job}]\n"), ["b", "c", "d"]);
    assert_eq!(names("  exclude: [{namespace: etl}]\n"), ["a", "b"]);
    assert_eq!(names("  revert: true\n"), ["a", "b", "c", "d"]);
    assert!(names("  strategy: InitContainers\n").is_empty());
}

#[test]
fn malformed_objects_are_reported() {
    let said = |manifests: &str, status: i32, expected: &str| {
        let run = listed(manifests, "").unwrap_err();
        assert_eq!((run.status, run.stdout.as_str()), (Some(status), ""));
        assert!(run.stderr.contains(expected), "{}", run.stderr);
    };
    said(&pod(&["a"]).replace("    image: 'a'\n", ""), 1, "container `c0` has neither `command` nor `image`");
    said("apiVersion: v1\nkind: PodList\nitems: {}\n", 1, "`items`");
    said(&pod(&["a"]).replace("'a'", "[a]"), 1, "image");
    // kubectl reads `y` as a boolean.
    said(&pod(&["a", "b"]).replace("c1", "y"), 1, "`spec.containers[2].name` is a boolean, not a string");
    said("a: [1\nb: 2\n", 2, "not YAML");
    let dir = Dir::new();
    dir.write("pod.yaml", pod(&[]));
    let nothing = dir.run(&["images", "-f", "pod.yaml", "-o", "json"]);
    nothing.is(0, "[]\n", "info: no step needs the command of its image\n");
    let stdout = dir.run(&["images", "-f", "pod.yaml", "--write", "-"]);
    let help = "  help: use `-o yaml` to write the entries to stdout\n";
    stdout.is(2, "", &format!("error: `--write` needs a file, not `-`\n{help}"));
}
