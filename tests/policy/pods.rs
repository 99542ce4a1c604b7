//! Generates pods as admission sees them, and configurations that policies support.

use crate::choices::Choices;
use crate::content;
use kueueleuleu::policy::LABEL;
use serde_json::{Value, json};

/// A labeled pod, in which the API server has set defaults and added its own volume and mounts. It stores no empty
/// fields.
pub(crate) fn pod(c: &mut Choices<'_>) -> Value {
    let mut object = content::object(c);
    let spec = content::pod_spec(&mut object).take();
    let metadata = object["metadata"].take();
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec});
    pod["metadata"]["labels"][LABEL] = json!("true");
    let spec = pod["spec"].as_object_mut().expect("a spec");
    spec.remove("x-unknown");
    if !spec.get("volumes").is_some_and(Value::is_array) {
        spec.insert("volumes".to_owned(), json!([]));
    }
    spec["volumes"]
        .as_array_mut()
        .expect("volumes")
        .push(json!({"name": "kube-api-access", "projected": {"defaultMode": 420}}));
    for container in spec["containers"].as_array_mut().expect("containers") {
        let container = container.as_object_mut().expect("a container");
        container.remove("x-unknown");
        let mounts = container.entry("volumeMounts").or_insert_with(|| json!([]));
        let mount = json!({"name": "kube-api-access", "mountPath": "/var/run/secrets", "readOnly": true});
        mounts.as_array_mut().expect("mounts").push(mount);
    }
    spoil(c, spec);
    probe(c, spec);
    if pod["metadata"]["annotations"] == json!({}) {
        pod["metadata"]["annotations"].take();
    }
    let annotation = c.pick(&[None, None, None, None, Some("maybe")]);
    if let Some(value) = annotation {
        if !pod["metadata"]["annotations"].is_object() {
            pod["metadata"]["annotations"] = json!({});
        }
        pod["metadata"]["annotations"]["norbjd.github.io/kueueleuleu"] = json!(value);
    }
    as_stored(&pod)
}

/// Sometimes adds something that prevents the conversion.
fn spoil(c: &mut Choices<'_>, spec: &mut serde_json::Map<String, Value>) {
    match c.below(24) {
        1 => spec["restartPolicy"] = json!("Always"),
        2 => spec["containers"][0]["name"] = json!("kueueleuleu-prepare"),
        3 => spec["volumes"][0]["name"] = json!("kueueleuleu"),
        4 => spec["volumes"][0]["name"] = json!("tekton-internal-run-7"),
        5 => spec["containers"][0]["volumeMounts"][0]["mountPath"] = json!("//kueueleuleu/./x"),
        6 => spec["containers"][0]["volumeMounts"][0]["mountPath"] = json!("/tekton"),
        7 => drop(spec.insert("os".to_owned(), json!({"name": "windows"}))),
        8 => drop(spec.insert("nodeSelector".to_owned(), json!({"beta.kubernetes.io/os": "windows"}))),
        9 => spec["containers"][0]["restartPolicy"] = json!("Always"),
        10 => spec["containers"][0]["volumeMounts"][0]["mountPath"] = json!("/kueueleuleux"),
        11 => spec["volumes"][0]["name"] = json!("tekton-internal-home"),
        _ => {}
    }
    if c.once_in(6) {
        for container in spec["containers"].as_array_mut().expect("containers") {
            if !c.once_in(3) {
                container["restartPolicy"] = json!(c.pick(&["Never", "OnFailure"]));
            }
        }
    }
    if c.once_in(12) {
        let action = c.pick(&["Restart", "RestartAllContainers"]);
        let rule = json!({"action": action, "exitCodes": {"operator": "In", "values": [88]}});
        let watcher =
            json!({"name": "watcher", "image": "w", "restartPolicy": "Always", "restartPolicyRules": [rule]});
        spec.insert("initContainers".to_owned(), json!([watcher]));
        spec.insert("hostNetwork".to_owned(), json!(c.once_in(2)));
        spec.insert("hostIPC".to_owned(), json!(true));
    }
    for container in spec["containers"].as_array_mut().expect("containers") {
        if c.once_in(12) {
            container.as_object_mut().expect("a container").remove("command");
        }
    }
}

fn probe(c: &mut Choices<'_>, spec: &mut serde_json::Map<String, Value>) {
    for container in spec["containers"].as_array_mut().expect("containers") {
        if c.once_in(4) {
            for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
                if c.once_in(3) {
                    continue;
                }
                let words: Vec<_> = (0..c.below(5)).map(|_| content::string(c)).collect();
                container[key] = if key == "startupProbe" && !c.once_in(6) || c.once_in(2) {
                    json!({"exec": {"command": words}, "failureThreshold": 3})
                } else {
                    json!({"tcpSocket": {"port": 80}})
                };
                for (field, value) in [
                    ("failureThreshold", 8),
                    ("initialDelaySeconds", 7),
                    ("periodSeconds", 2),
                    ("terminationGracePeriodSeconds", 5),
                ] {
                    if c.once_in(3) && (field != "terminationGracePeriodSeconds" || key != "readinessProbe") {
                        container[key][field] = json!(value);
                    }
                }
            }
        }
    }
}

/// A `Job` or `CronJob` with the pod as its template.
pub(crate) fn around(resource: &str, mut pod: Value) -> Value {
    let mut template = json!({"metadata": pod["metadata"].take(), "spec": pod["spec"].take()});
    template["metadata"].as_object_mut().expect("metadata").remove("name");
    let job = json!({"template": template});
    let metadata = json!({"name": "job"});
    if resource == "jobs" {
        return json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": job});
    }
    json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata,
        "spec": {"schedule": "0 0 * * *", "jobTemplate": {"spec": job}}})
}

/// A configuration that policies support.
pub(crate) fn config(c: &mut Choices<'_>, pod: &Value) -> String {
    let mut fields = vec![
        c.pick(&["entrypoint: {image: 'ours:1', kind: Kueueleuleu}", "entrypointImage: mirror/entrypoint:1"]).to_owned(),
        c.pick(&[
            "prepare: {}",
            "prepare: {imagePullPolicy: Always}",
            "prepare: {resources: {requests: {cpu: 1m}}, securityContext: {runAsUser: 7, capabilities: {drop: [ALL]}}}",
        ])
        .to_owned(),
        c.pick(&["probes: Keep", "probes: Remove"]).to_owned(),
    ];
    if c.once_in(2) {
        fields.push("restartPolicy: Never".to_owned());
    }
    if c.once_in(2) {
        let digest = format!("sha256:{}", "0".repeat(64));
        fields.push(format!(
            "images: [{{name: busybox, command: [tool, $(A)], args: [--fast]}}, {{name: 'alpine:3', args: [sh, '$']}}, {{name: \
             ghcr.io/a/b, digest: '{digest}', command: ['say \"hi\"\\n']}}]"
        ));
    }
    let name = pod["spec"]["containers"][0]["name"].as_str().expect("a name");
    let is_ours = fields[0].contains("Kueueleuleu");
    if is_ours && c.once_in(3) {
        fields.push("startTimeout: 5m".to_owned());
    }
    match c.below(5) {
        4 if is_ours => {
            fields.push(format!("steps: [{{name: {name}, retries: 3, retryDelay: 10s, timeout: 90s}}]"));
        }
        0 => fields.push(format!("steps: [{{name: {name}, timeout: 90s, onError: Continue}}]")),
        1 => fields.push("steps: [{name: c1, onError: Continue}]".to_owned()),
        _ => {}
    }
    format!(
        "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\nspec:\n  {}\n",
        fields.join("\n  ")
    )
}

/// The value without empty and null fields, as the API server stores it.
pub(crate) fn as_stored(value: &Value) -> Value {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    match value {
        Value::Array(items) => items.iter().map(as_stored).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| (key.clone(), as_stored(value)));
            fields.filter(|(_, value)| !is_empty(value)).collect()
        }
        other => other.clone(),
    }
}
