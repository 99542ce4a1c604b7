//! `status`: pods as `kubectl get pod -o json` writes them, and what is said of their steps.

use crate::support::Dir;

/// Three steps; the second is killed for its memory, the third skipped. The kubelet sorts statuses by name.
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
            {"name": "fetch", "command": ["/tekton/bin/entrypoint"], "args": ["-post_file", "/tekton/run/0/out"]},
            {"name": "test", "command": ["/tekton/bin/entrypoint"], "args": ["-wait_file", "/tekton/run/0/out"]},
            {"name": "pack", "command": ["/tekton/bin/entrypoint"], "args": ["-wait_file", "/tekton/run/1/out"]}
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

STEP   STATE      START     END       DURATION
fetch  Succeeded  00:00:03  00:00:40  37s       █████████
test   Failed     00:00:40  00:02:05  1m25s              ███████████████████████  OOMKilled, exit code 137 (SIGKILL)
pack   Skipped    -         00:02:06  -                                           `test` failed
";

const PLAIN: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: plain}\nspec: {containers: [{name: a}]}\n";

const NOT_CONVERTED: &str = "\
error: Pod `plain`: it was not converted
  help: its containers run side by side: `kubectl describe pod` shows them
";

#[test]
fn a_step_has_its_own_start_and_a_bar_and_why_it_failed() {
    Dir::new(&[]).run_with(FAILED, &["status", "-f", "-"]).is(0, TABLE, "");
}

#[test]
fn lists_and_streams_hold_several_pods() {
    let dir = Dir::new(&[("pod.json", FAILED)]);
    let list = format!("{{\"kind\": \"List\", \"items\": [{FAILED}, {FAILED}]}}");
    let both = format!("{TABLE}\n{TABLE}");
    dir.run_with(list, &["status", "-f", "-"]).is(0, &both, "");
    dir.run(&["status", "-f", "pod.json", "-f", "pod.json"]).is(0, &both, "");
    let stream = format!("{PLAIN}---\n{FAILED}\n---\n");
    dir.run_with(stream, &["status", "-f", "-"]).is(1, TABLE, NOT_CONVERTED);
}

#[test]
fn for_tools_pods_are_an_array() {
    let run = Dir::new(&[]).run_with(FAILED, &["status", "-f", "-", "-o", "json"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    let expected = serde_json::json!([{
        "namespace": "ci", "name": "größe", "phase": "Failed", "reason": null, "running": null,
        "steps": [
            {"name": "fetch", "state": "Succeeded", "start": "2026-11-24T00:00:03Z", "end": "2026-11-24T00:00:40Z",
             "seconds": 37, "exitCode": 0, "restarts": 0, "reason": null},
            {"name": "test", "state": "Failed", "start": "2026-11-24T00:00:40Z", "end": "2026-11-24T00:02:05Z",
             "seconds": 85, "exitCode": 137, "restarts": 0, "reason": "OOMKilled, exit code 137 (SIGKILL)"},
            {"name": "pack", "state": "Skipped", "start": null, "end": "2026-11-24T00:02:06Z",
             "seconds": null, "exitCode": 1, "restarts": 0, "reason": "`test` failed"},
        ],
    }]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap(), expected);
}

#[test]
fn what_is_no_pod_is_an_error() {
    let said = |text: &str, problem: &str| {
        let help = "  help: give it what `kubectl get pod NAME -o json` writes\n";
        let stderr = format!("error: `stdin` cannot be read: {problem}\n{help}");
        Dir::new(&[]).run_with(text, &["status", "-f", "-"]).is(2, "", &stderr);
    };
    said("", "there is no `Pod` in it");
    said("{kind: Deployment}", "expected a `Pod`, got a `Deployment`");
    said("{kind: List, items: [{kind: Service}]}", "expected a `Pod`, got a `Service`");
    said("{}", "expected a `Pod`, got something without a `kind`");
}
