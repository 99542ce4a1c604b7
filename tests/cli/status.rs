//! `status` on pods as `kubectl get pod -o json` prints them.

use crate::support::Dir;
use std::fs;
use std::path::Path;

/// Three steps: the second ran out of memory, the third was skipped. The kubelet sorts statuses by name.
const FAILED: &str = r#"{
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "annotations": {"norbjd.github.io/kueueleuleu": "true"},
        "name": "größe",
        "namespace": "ci"
    },
    "spec": {
        "containers": [
            {"name": "fetch", "command": ["/tekton/bin/entrypoint"], "args": ["-post_file", "/tekton/run/0/out", "-entrypoint", "a", "--"]},
            {"name": "test", "command": ["/tekton/bin/entrypoint"], "args": ["-wait_file", "/tekton/run/0/out", "-post_file", "/tekton/run/1/out", "-entrypoint", "b", "--"]},
            {"name": "pack", "command": ["/tekton/bin/entrypoint"], "args": ["-wait_file", "/tekton/run/1/out", "-post_file", "/tekton/run/2/out", "-entrypoint", "c", "--"]}
        ],
        "initContainers": [{"name": "kueueleuleu-prepare", "command": ["/ko-app/entrypoint"]}],
        "restartPolicy": "Never"
    },
    "status": {
        "containerStatuses": [
            {"name": "fetch", "restartCount": 0, "lastState": {}, "state": {"terminated": {
                "exitCode": 0, "reason": "Completed",
                "startedAt": "2026-11-24T00:00:03Z", "finishedAt": "2026-11-24T00:00:40Z"}}},
            {"name": "pack", "restartCount": 0, "lastState": {}, "state": {"terminated": {
                "exitCode": 1, "reason": "Error",
                "startedAt": "2026-11-24T00:00:05Z", "finishedAt": "2026-11-24T00:02:06Z"}}},
            {"name": "test", "restartCount": 0, "lastState": {}, "state": {"terminated": {
                "exitCode": 137, "reason": "OOMKilled",
                "startedAt": "2026-11-24T00:00:04Z", "finishedAt": "2026-11-24T00:02:05Z"}}}
        ],
        "phase": "Failed"
    }
}"#;

const TABLE: &str = "\
Pod `ci/größe`: Failed, since 2026-11-24T00:00:03Z

STEP    STATE       START      END        DURATION
fetch   Succeeded   00:00:03   00:00:40   37s        █████████
test    Failed      00:00:40   00:02:05   85s                 ███████████████████████  OOMKilled, exit code 137 (SIGKILL)
pack    Skipped     -          00:02:06   -                                            `test` failed
";

const PLAIN: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: plain}\nspec: {containers: [{name: a}]}\n";

const NOT_CONVERTED: &str = "\
info: Pod `plain`: it was not converted
  help: its containers run at the same time: `kubectl describe pod` shows them
";

#[test]
fn each_step_has_its_start_a_bar_and_the_reason_of_a_failure() {
    Dir::new(&[]).run_with(FAILED, &["status", "-f", "-"]).is(1, TABLE, "");
}

#[test]
fn lists_and_several_files_can_hold_several_pods() {
    let dir = Dir::new(&[("pod.json", FAILED)]);
    let list = format!("{{\"kind\": \"List\", \"items\": [{FAILED}, {FAILED}]}}");
    let both = format!("{TABLE}\n{TABLE}");
    dir.run_with(list, &["status", "-f", "-"]).is(1, &both, "");
    dir.run(&["status", "-f", "pod.json", "-f", "pod.json"]).is(1, &both, "");
}

/// One unconverted pod among others used to fail the whole run.
#[test]
fn an_unconverted_pod_is_an_error_only_if_no_other_pod_is_converted() {
    let succeeded = FAILED.replace(r#""phase": "Failed""#, r#""phase": "Succeeded""#);
    let run = Dir::new(&[]).run_with(format!("{PLAIN}---\n{succeeded}\n---\n"), &["status", "-f", "-"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), NOT_CONVERTED));
    assert_eq!(run.stdout, TABLE.replace("`ci/größe`: Failed", "`ci/größe`: Succeeded"));
    let error = NOT_CONVERTED.replace("info:", "error:");
    Dir::new(&[]).run_with(PLAIN, &["status", "-f", "-"]).is(1, "", &error);
}

#[test]
fn json_is_an_array_of_pods() {
    let dir = Dir::new(&[]);
    let run = dir.run_with(FAILED, &["status", "-f", "-", "-o", "json"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(1), ""));
    let reason = "OOMKilled, exit code 137 (SIGKILL)";
    let expected = serde_json::json!([{
        "namespace": "ci", "name": "größe", "phase": "Failed", "outcome": "Failed", "terminating": false,
        "deleted": false, "reason": null, "running": null, "holdups": [],
        "failure": {"container": "test", "reason": reason, "exitCode": 137},
        "steps": [
            {"name": "fetch", "image": "", "state": "Succeeded", "start": "2026-11-24T00:00:03Z",
             "end": "2026-11-24T00:00:40Z", "seconds": 37, "exitCode": 0, "restarts": 0, "reason": null},
            {"name": "test", "image": "", "state": "Failed", "start": "2026-11-24T00:00:40Z",
             "end": "2026-11-24T00:02:05Z", "seconds": 85, "exitCode": 137, "restarts": 0, "reason": reason},
            {"name": "pack", "image": "", "state": "Skipped", "start": null, "end": "2026-11-24T00:02:06Z",
             "seconds": null, "exitCode": 1, "restarts": 0, "reason": "`test` failed"},
        ],
    }]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap(), expected);
    let yaml = dir.run_with(FAILED, &["status", "-f", "-", "-o", "yaml"]);
    assert_eq!(serde_yaml::from_str::<serde_json::Value>(&yaml.stdout).unwrap(), expected);
    dir.run_with(FAILED, &["status", "-f", "-", "-o", "name"]).is(1, "pod/größe\n", "");
}

#[test]
fn input_without_pods_is_an_error() {
    let fails = |text: &str, problem: &str| {
        let help = "  help: pass the output of `kubectl get pod NAME -o json`\n";
        let stderr = format!("error: `stdin` cannot be read: {problem}\n{help}");
        Dir::new(&[]).run_with(text, &["status", "-f", "-"]).is(2, "", &stderr);
    };
    fails("", "it contains no `Pod`");
    fails("{kind: Deployment}", "expected a `Pod`, got a `Deployment`");
    fails("{kind: List, items: [{kind: Service}]}", "expected a `Pod`, got a `Service`");
    fails("{}", "expected a `Pod`, got an object without a `kind`");
}

#[test]
fn all_malformed_fields_are_named_with_their_places() {
    let text = "\
kind: Pod
spec:
  containers:
  - {name: a, command: sleep}
status:
  phase: 3
  containerStatuses:
  - {name: a, restartCount: many, state: {running: {startedAt: now}}}
";
    let run = Dir::new(&[]).run_with(text, &["status", "-f", "-"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
    let places = [
        "--> stdin:4:24 (spec.containers[0].command)",
        "--> stdin:6:10 (status.phase)",
        "--> stdin:8:29 (status.containerStatuses[0].restartCount)",
        "--> stdin:8:64 (status.containerStatuses[0].state.running.startedAt)",
    ];
    for place in places {
        assert!(run.stderr.contains(place), "{place}\n{}", run.stderr);
    }
    assert_eq!(run.stderr.matches("error: ").count(), places.len(), "{}", run.stderr);
}

/// Pods as kubelets of Kubernetes 1.36 and 1.20 reported them, and pods written by hand in the same form
/// (`*.made.json`), each with its expected output. `BLESS=1` writes the expectations, and fails.
#[test]
fn pods_of_real_nodes() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/status/pods");
    let mut pods: Vec<_> = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    pods.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    assert!(pods.len() >= 11, "{pods:?}");
    let mut differ = Vec::new();
    for path in pods {
        let run = Dir::new(&[]).run(&["status", "-f", path.to_str().unwrap()]);
        let shown = format!("{}{}exit code {}\n", run.stdout, run.stderr, run.status.unwrap());
        let expected = path.with_extension("txt");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&expected, &shown).unwrap();
            differ.push(format!("{} was written: review it", expected.display()));
        } else if fs::read_to_string(&expected).unwrap_or_default() != shown {
            differ.push(format!("{}:\n{shown}", path.display()));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[test]
fn wide_adds_restarts_exit_codes_and_images() {
    let pod = include_str!("status/pods/skipped-before-a-retry.json");
    let run = Dir::new(&[]).run_with(pod, &["status", "-f", "-", "-o", "wide"]);
    let lines: Vec<_> = run.stdout.lines().skip(2).collect();
    let bar = "                             ";
    assert_eq!(lines[0], "STEP   STATE       START      END        DURATION   RESTARTS     EXIT   IMAGE");
    assert_eq!(
        lines[2],
        format!("s1     Succeeded   16:04:30   16:04:30   0s         1 (5s ago)   0      alpine  {bar}   █")
    );
}

#[test]
fn the_docs_show_the_printed_table() {
    let docs = include_str!("../../docs/status.md");
    let shown = include_str!("status/pods/back-off.txt");
    assert!(docs.contains(shown.strip_suffix("exit code 0\n").unwrap()), "{shown}");
}

/// Pods that were converted by each strategy, with each kind of entrypoint, and by the Go program.
#[test]
fn steps_are_recognized_in_every_kind_of_conversion() {
    let pod = "\
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  restartPolicy: Never
  initContainers:
  - {name: setup, image: busybox}
  containers:
  - {name: a, image: busybox, command: [echo], args: [a]}
  - {name: b, image: busybox, command: [echo, b]}
  - {name: c, image: busybox, command: [echo, c]}
";
    let config = |spec: &str| {
        format!(
            "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\nmetadata: {{name: c}}\nspec: {spec}\n"
        )
    };
    let converted = |spec: &str| {
        let run = Dir::new(&[("c.yaml", &config(spec))]).run_with(pod, &["-f", "-", "--config", "c.yaml"]);
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        run.stdout
    };
    let pods = [
        converted("{entrypoint: {kind: Tekton}}"),
        converted("{entrypoint: {kind: Kueueleuleu, image: x}}"),
        converted("{entrypoint: {kind: Kueueleuleu, image: x}, steps: [{name: b, timeout: 9s}]}"),
        converted("{strategy: InitContainers}"),
        GO_PROGRAM.to_owned(),
    ];
    for pod in pods {
        let run =
            Dir::new(&[]).run_with(format!("{pod}status: {{phase: Pending}}\n"), &["status", "-f", "-"]);
        let steps: Vec<_> = run.stdout.lines().skip(3).map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{pod}");
        assert_eq!(steps, ["a", "b", "c"], "{pod}");
    }
}

const GO_PROGRAM: &str = "\
apiVersion: v1
kind: Pod
metadata:
  annotations: {norbjd.github.io/kueueleuleu: \"true\"}
  creationTimestamp: null
  name: p
spec:
  containers:
  - args: [-post_file, /tekton/run/0/out, -step_metadata_dir, /tekton/run/0/status, -entrypoint, echo, --, a]
    command: [/tekton/bin/entrypoint]
    name: a
    resources: {}
  - args: [-wait_file, /tekton/run/0/out, -post_file, /tekton/run/1/out, -step_metadata_dir, /tekton/run/1/status,
      -entrypoint, echo, --, b]
    command: [/tekton/bin/entrypoint]
    name: b
    resources: {}
  - args: [-wait_file, /tekton/run/1/out, -post_file, /tekton/run/2/out, -step_metadata_dir, /tekton/run/2/status,
      -entrypoint, echo, --, c]
    command: [/tekton/bin/entrypoint]
    name: c
    resources: {}
  initContainers:
  - command: [/ko-app/entrypoint, init, /ko-app/entrypoint, /tekton/bin/entrypoint]
    name: kueueleuleu-prepare
  - name: setup
  restartPolicy: Never
";
