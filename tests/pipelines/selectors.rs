//! Tests that our selectors select the same objects as the `target:` of kustomize's patches.

use crate::kustomize::{MARK, PLUGIN, spy};
use crate::machine::{Workplace, documents, executable, oldest_and_newest_kubectl};
use serde_yaml::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Entries that mean the same in both.
const ENTRIES: [&str; 49] = [
    "{}",
    "{kind: Job}",
    "{kind: job}",
    "{kind: '(?i)job'}",
    "{kind: Job|CronJob}",
    "{kind: Jo|CronJob}",
    "{kind: Cron|ob}",
    "{kind: ^Job$}",
    "{kind: ^Job|Pod$}",
    "{group: batch}",
    "{group: bat}",
    "{group: 'b.*|apps'}",
    "{group: $}",
    r"{version: 'v\d'}",
    "{version: v1beta1}",
    // Current names, names before the prefix was added, and the same for namespaces.
    "{name: load}",
    "{name: oad}",
    "{name: top-load}",
    "{name: top}",
    "{name: '.*-load-2'}",
    "{name: load|report}",
    "{name: lo|port}",
    "{name: '^report$'}",
    r"{name: '\pL+'}",
    r"{name: '\p{Lu}.*'}",
    r"{name: '\p{Ll}{4}(?:-\d)?'}",
    "{name: '[[:lower:]]+'}",
    "{name: '[^l].*'}",
    r"{name: '\w+'}",
    r"{name: '[\w-]+\b-\d'}",
    r"{name: '\Qload\E.*'}",
    "{name: '(?i)REPORT'}",
    "{name: $}",
    "{namespace: prod}",
    "{namespace: default}",
    "{namespace: def}",
    "{namespace: etl}",
    "{namespace: 'etl|default'}",
    "{namespace: $}",
    "{labelSelector: team}",
    "{labelSelector: '!team'}",
    "{labelSelector: 'team=data,level'}",
    "{labelSelector: team!=data}",
    "{labelSelector: team notin (data)}",
    "{labelSelector: 'team in (data, ml), level > 3'}",
    "{annotationSelector: run-mode=sequential}",
    "{annotationSelector: run-mode!=sequential}",
    "{kind: Job, name: load.*, labelSelector: team}",
    "{kind: Pod, name: load.*}",
];

/// The kind, the name, and the other fields of `metadata`.
const OBJECTS: [(&str, &str, &str); 5] = [
    ("Job", "load", "labels: {team: data, level: '7'}, annotations: {a: b}"),
    ("Job", "load-2", "namespace: etl, labels: {team: ml, level: '2'}, annotations: {run-mode: sequential}"),
    ("CronJob", "report", "namespace: default, annotations: {run-mode: parallel}"),
    ("Pod", "check", "namespace: etl, labels: {team: data}, annotations: {a: b}"),
    ("Pod", "étude", "labels: {level: high}, annotations: {a: b}"),
];

fn manifest((kind, name, metadata): (&str, &str, &str)) -> String {
    let pod = "{restartPolicy: Never, containers: [{name: a, image: i, command: [a]}, {name: b, image: i, command: [b]}]}";
    let (version, spec) = match kind {
        "Pod" => ("v1", pod.to_owned()),
        "Job" => ("batch/v1", format!("{{template: {{spec: {pod}}}}}")),
        _ => (
            "batch/v1",
            format!("{{schedule: '@daily', jobTemplate: {{spec: {{template: {{spec: {pod}}}}}}}}}"),
        ),
    };
    format!(
        "---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}, {metadata}}}\nspec: {spec}\n"
    )
}

/// The names of the objects in a stream that have this annotation.
fn annotated(text: &str, annotation: &str) -> BTreeSet<String> {
    let has = |object: &Value| !object["metadata"]["annotations"][annotation].is_null();
    let name = |object: &Value| object["metadata"]["name"].as_str().unwrap().to_owned();
    documents(text).iter().filter(|object| has(object)).map(name).collect()
}

#[test]
fn selectors_select_like_the_targets_of_kustomize() {
    for kubectl in oldest_and_newest_kubectl() {
        let place = Workplace::new();
        place.program("kubectl", &kubectl);
        executable(&place.home().join(PLUGIN), &spy(&place, "kueueleuleu"));
        place.write("top/objects.yaml", &OBJECTS.map(manifest).concat());
        place.write(
            "top/kustomization.yaml",
            "resources: [objects.yaml]\nnamePrefix: top-\nnamespace: prod\n",
        );
        let mut patches = "resources: [../top]\ntransformers: [sequential.yaml]\npatches:\n".to_owned();
        for (at, entry) in ENTRIES.iter().enumerate() {
            let field = format!("/metadata/annotations/target-{at}");
            let patch = format!(r#"[{{"op": "add", "path": "{field}", "value": "x"}}]"#);
            writeln!(patches, "- target: {entry}\n  patch: '{patch}'").unwrap();
        }
        place.write("patched/kustomization.yaml", &patches);
        let config =
            "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\nmetadata: {name: s}\n";
        place.write("patched/sequential.yaml", config);
        let built = place.bash("kubectl kustomize --enable-alpha-plugins patched").passed();

        let mut sizes = BTreeSet::new();
        for (at, entry) in ENTRIES.iter().enumerate() {
            place.write("entry.yaml", &format!("{config}spec:\n  selectors: [{entry}]\n"));
            let ours = place.bash("kueueleuleu -f in.yaml --config entry.yaml").passed();
            let (ours, theirs) = (annotated(&ours, MARK), annotated(&built, &format!("target-{at}")));
            assert_eq!(ours, theirs, "{entry} by {}", kubectl.display());
            sizes.insert(ours.len());
        }
        assert_eq!(sizes, (0..=OBJECTS.len()).collect(), "not every number of objects was selected");
    }
}
