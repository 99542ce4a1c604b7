//! The contract of a converted pod, written by hand: clusters and existing clients rely on it.
//!
//! These tests compare values. `tests/golden` compares texts.
#![expect(clippy::unwrap_used, reason = "tests fail in their helpers")]

use serde_json::{Value, json};

/// The image with Tekton's entrypoint.
const TEKTON: &str = "ghcr.io/tektoncd/pipeline/entrypoint-bff0a22da108bc2f16c818c97641a296:v1.12.0@sha256:3ec960b07abd85604242e146092e72f11be8787452c2a20d12a37fdee4a666e2";

/// The first document that the command prints for a text. Stderr must stay empty.
fn run(text: &str, arguments: &[&str]) -> Value {
    let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("kueueleuleu"));
    let run = command.args(arguments).write_stdin(text).assert().success().stderr("");
    serde_yaml::from_slice(&run.get_output().stdout).unwrap()
}

fn convert(text: &str) -> Value {
    run(text, &["-f", "-"])
}

/// The annotations of a converted object, and of a pod template in it.
fn annotations() -> Value {
    json!({"norbjd.github.io/kueueleuleu": "true"})
}

/// The command of a step with Tekton's entrypoint. The step waits for a file that the previous step writes when it
/// succeeds. The first word of its own command follows `-entrypoint`, and the other words follow `--`.
fn tekton_command(step: usize, program: &str, words: &[&str]) -> Value {
    let mut command = vec!["/tekton/bin/entrypoint".to_owned()];
    if let Some(previous) = step.checked_sub(1) {
        command.extend(["-wait_file".to_owned(), format!("/tekton/run/{previous}/out")]);
    }
    command.extend([
        "-post_file".to_owned(),
        format!("/tekton/run/{step}/out"),
        "-termination_path".to_owned(),
        format!("/tekton/run/{step}/termination"),
        "-step_metadata_dir".to_owned(),
        format!("/tekton/run/{step}/status"),
        "-entrypoint".to_owned(),
        program.to_owned(),
        "--".to_owned(),
    ]);
    command.extend(words.iter().map(|word| (*word).to_owned()));
    json!(command)
}

/// The mounts of a step with Tekton's entrypoint: the program, the directory of the previous step, and its own.
fn tekton_mounts(step: usize) -> Vec<Value> {
    let mut mounts =
        vec![json!({"name": "tekton-internal-bin", "mountPath": "/tekton/bin", "readOnly": true})];
    let run = |step: usize| (format!("tekton-internal-run-{step}"), format!("/tekton/run/{step}"));
    if let Some(previous) = step.checked_sub(1) {
        let (name, path) = run(previous);
        mounts.push(json!({"name": name, "mountPath": path, "readOnly": true}));
    }
    let (name, path) = run(step);
    mounts.push(json!({"name": name, "mountPath": path}));
    mounts
}

/// The volumes for Tekton's entrypoint: one for the program, and one for each step.
fn tekton_volumes(steps: usize) -> Vec<Value> {
    let names = ["tekton-internal-bin".to_owned()]
        .into_iter()
        .chain((0..steps).map(|step| format!("tekton-internal-run-{step}")));
    names.map(|name| json!({"name": name, "emptyDir": {}})).collect()
}

/// The container that copies Tekton's entrypoint.
fn tekton_prepare() -> Value {
    json!({
        "name": "kueueleuleu-prepare",
        "image": TEKTON,
        "workingDir": "/",
        "command": ["/ko-app/entrypoint", "cp", "/ko-app/entrypoint", "/tekton/bin/entrypoint"],
        "volumeMounts": [{"name": "tekton-internal-bin", "mountPath": "/tekton/bin"}],
        "securityContext": restricted(),
    })
}

/// What the Pod Security Standard "restricted" requires of a container.
fn restricted() -> Value {
    json!({
        "allowPrivilegeEscalation": false,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": true,
        "runAsNonRoot": true,
        "seccompProfile": {"type": "RuntimeDefault"},
    })
}

#[test]
fn a_pod_with_two_containers() {
    let converted = convert(
        "\
apiVersion: v1
kind: Pod
metadata:
  name: two
spec:
  restartPolicy: Never
  containers:
    - name: first
      image: docker.io/library/busybox:1.37
      command: [echo, one]
    - name: second
      image: docker.io/library/busybox:1.37
      command: [echo, two]
",
    );
    let step = |at: usize, name: &str, word: &str| {
        json!({
            "name": name,
            "image": "docker.io/library/busybox:1.37",
            "command": tekton_command(at, "echo", &[word]),
            "volumeMounts": tekton_mounts(at),
        })
    };
    let expected = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "two", "annotations": annotations()},
        "spec": {
            "restartPolicy": "Never",
            "containers": [step(0, "first", "one"), step(1, "second", "two")],
            "initContainers": [tekton_prepare()],
            "volumes": tekton_volumes(2),
        },
    });
    assert_eq!(converted, expected, "{converted:#}");
}

#[test]
fn a_pod_with_every_field_that_a_conversion_changes() {
    let converted = convert(
        r#"apiVersion: v1
kind: Pod
metadata:
  name: three
  annotations: {example.com/team: shop}
spec:
  restartPolicy: Never
  initContainers:
    - {name: clone, image: git}
  containers:
    - name: first
      image: busybox
      command: [sh, -c]
      args: [echo $(NAME)]
      resources:
        limits: {cpu: 100m, memory: 64Mi, example.com/gpu: 1}
        requests: {ephemeral-storage: 1Gi}
    - name: second
      image: busybox
      command: ["true"]
      volumeMounts:
        - {name: work, mountPath: /work}
    - name: third
      image: busybox
      command: [sleep]
      args: ["1"]
  volumes:
    - {name: work, emptyDir: {}}
"#,
    );
    // The prepare container gets the resources of the first step, but no devices.
    let mut prepare = tekton_prepare();
    prepare["resources"] =
        json!({"limits": {"cpu": "100m", "memory": "64Mi"}, "requests": {"ephemeral-storage": "1Gi"}});
    let own = |own: Value, more: Vec<Value>| [vec![own], more].concat();
    let expected = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "three",
            "annotations": {"example.com/team": "shop", "norbjd.github.io/kueueleuleu": "true"},
        },
        "spec": {
            "restartPolicy": "Never",
            "initContainers": [{"name": "clone", "image": "git"}, prepare],
            "containers": [
                {
                    "name": "first",
                    "image": "busybox",
                    "command": tekton_command(0, "sh", &["-c"]),
                    "args": ["echo $(NAME)"],
                    "resources": {
                        "limits": {"cpu": "100m", "memory": "64Mi", "example.com/gpu": 1},
                        "requests": {"ephemeral-storage": "1Gi"},
                    },
                    "volumeMounts": tekton_mounts(0),
                },
                {
                    "name": "second",
                    "image": "busybox",
                    "command": tekton_command(1, "true", &[]),
                    "volumeMounts": own(json!({"name": "work", "mountPath": "/work"}), tekton_mounts(1)),
                },
                {
                    "name": "third",
                    "image": "busybox",
                    "command": tekton_command(2, "sleep", &[]),
                    "args": ["1"],
                    "volumeMounts": tekton_mounts(2),
                },
            ],
            "volumes": own(json!({"name": "work", "emptyDir": {}}), tekton_volumes(3)),
        },
    });
    assert_eq!(converted, expected, "{converted:#}");
}

#[test]
fn a_pod_with_five_containers_in_json() {
    let names = ["a", "b", "c", "d", "e"];
    let step = |name: &&str| json!({"name": name, "image": "i", "command": [name, "word"], "args": ["arg"]});
    let pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "five"},
        "spec": {"restartPolicy": "Never", "containers": names.iter().map(step).collect::<Vec<_>>()},
    });
    let converted = convert(&pod.to_string());
    let step = |(at, name): (usize, &&str)| {
        json!({
            "name": name,
            "image": "i",
            "command": tekton_command(at, name, &["word"]),
            "args": ["arg"],
            "volumeMounts": tekton_mounts(at),
        })
    };
    let expected = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "five", "annotations": annotations()},
        "spec": {
            "restartPolicy": "Never",
            "containers": names.iter().enumerate().map(step).collect::<Vec<_>>(),
            "initContainers": [tekton_prepare()],
            "volumes": tekton_volumes(5),
        },
    });
    assert_eq!(converted, expected, "{converted:#}");
}

/// With our own entrypoint there is one volume, and a step has its number instead of the names of its files.
#[test]
fn a_job_with_our_own_entrypoint() {
    let image = "registry.example.com/kueueleuleu:v1";
    let list = format!(
        "\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
functionConfig:
  apiVersion: kueueleuleu.dev/v1alpha1
  kind: SequentialContainers
  spec:
    entrypoint: {{image: '{image}', kind: Kueueleuleu}}
items:
- apiVersion: batch/v1
  kind: Job
  metadata: {{name: two}}
  spec:
    template:
      spec:
        restartPolicy: OnFailure
        containers:
        - name: first
          image: busybox
          command: [sh, -c]
          args: [echo one]
        - name: second
          image: busybox
          command: [echo, two]
"
    );
    let converted = run(&list, &[]);
    let mounts = |step: &str| {
        json!([
            {"name": "kueueleuleu", "mountPath": "/kueueleuleu", "readOnly": true},
            {"name": "kueueleuleu", "mountPath": format!("/kueueleuleu/run/{step}"), "subPath": format!("run/{step}")},
        ])
    };
    let pod = json!({
        "restartPolicy": "OnFailure",
        "containers": [
            {
                "name": "first",
                "image": "busybox",
                "command": ["/kueueleuleu/bin/entrypoint", "-step", "0", "--", "sh", "-c"],
                "args": ["echo one"],
                "volumeMounts": mounts("0"),
            },
            {
                "name": "second",
                "image": "busybox",
                "command": ["/kueueleuleu/bin/entrypoint", "-step", "1", "-retry", "-last", "--", "echo", "two"],
                "volumeMounts": mounts("1"),
            },
        ],
        "initContainers": [{
            "name": "kueueleuleu-prepare",
            "image": image,
            "workingDir": "/",
            "command": [
                "/ko-app/entrypoint", "cp", "-protocol", "2", "-steps", "2",
                "/ko-app/entrypoint", "/prepare/bin/entrypoint",
            ],
            "volumeMounts": [{"name": "kueueleuleu", "mountPath": "/prepare"}],
            "securityContext": restricted(),
        }],
        "volumes": [{"name": "kueueleuleu", "emptyDir": {}}],
    });
    let job = json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "two", "annotations": annotations()},
        "spec": {"template": {"metadata": {"annotations": annotations()}, "spec": pod}},
    });
    assert_eq!(converted["items"], json!([job]), "{converted:#}");
}
