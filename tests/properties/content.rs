//! Generates random objects as values, with what real objects have: unknown fields, explicit zeros, quantities.
//!
//! It knows the fields of Kubernetes, but not how they are written as text.

use crate::choices::Choices;
use serde_json::{Map, Value, json};

/// The keys that lead from an object of this kind to its pod.
pub(crate) fn pod_path(kind: &str) -> &'static [&'static str] {
    match kind {
        "Job" => &["spec", "template"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template"],
        _ => &[],
    }
}

/// The pod's `spec` in an object.
pub(crate) fn pod_spec(object: &mut Value) -> &mut Value {
    let path = pod_path(object["kind"].as_str().unwrap_or_default());
    let pod = path.iter().fold(object, |value, key| &mut value[*key]);
    &mut pod["spec"]
}

/// The names of the containers of an object that is converted.
pub(crate) fn names(object: &Value) -> Option<Vec<String>> {
    if object["kind"] == "Service" {
        return None;
    }
    let containers = pod_spec(&mut object.clone())["containers"].take();
    let name = |container: &Value| container["name"].as_str().expect("a name").to_owned();
    Some(containers.as_array().expect("containers").iter().map(name).collect())
}

/// A random object of a kind that is converted.
pub(crate) fn object(c: &mut Choices<'_>) -> Value {
    let kind = c.pick(&["Pod", "Job", "CronJob"]);
    let mut pod = json!({"spec": pod(c)});
    if kind != "Pod" && c.once_in(2) {
        pod["metadata"] = metadata(c, false);
    }
    let job = |pod: Value, c: &mut Choices<'_>| {
        let mut spec = json!({"template": pod});
        optional(&mut spec, c, 3, "backoffLimit", |c| json!(c.below(2)));
        optional(&mut spec, c, 4, "suspend", |_| json!(false));
        spec
    };
    let mut object = match kind {
        "Pod" => pod,
        "Job" => json!({"spec": job(pod, c)}),
        _ => json!({"spec": {"schedule": "*/5 * * * *", "jobTemplate": {"spec": job(pod, c)}}}),
    };
    object["kind"] = json!(kind);
    object["apiVersion"] = json!(if kind == "Pod" { "v1" } else { "batch/v1" });
    object["metadata"] = metadata(c, true);
    optional(&mut object, c, 8, "status", |_| json!({}));
    if c.once_in(3) {
        // Values that the text can share by anchors.
        let first = pod_spec(&mut object)["containers"][0].clone();
        let keys = ["image", "resources", "env", "volumeMounts", "imagePullPolicy", "args", "x-unknown"];
        let common = keys.iter().filter_map(|key| Some(((*key).to_owned(), first.get(key)?.clone())));
        object["aDefaults"] = Value::Object(common.collect());
    }
    object
}

/// An object that is not converted.
pub(crate) fn other(c: &mut Choices<'_>) -> Value {
    let port = c.below(3);
    json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata(c, true), "spec": {"ports": [{"port": port}]}})
}

fn optional(
    object: &mut Value,
    c: &mut Choices<'_>,
    once_in: usize,
    key: &str,
    make: impl FnOnce(&mut Choices<'_>) -> Value,
) {
    if c.once_in(once_in) {
        object[key] = make(c);
    }
}

fn metadata(c: &mut Choices<'_>, is_object: bool) -> Value {
    let mut metadata = json!({});
    if is_object {
        let key = c.pick(&["name", "name", "generateName"]);
        metadata[key] = json!(c.pick(&["web", "étl-load", "a.b"]));
    }
    optional(&mut metadata, c, 4, "namespace", |_| json!("prod"));
    optional(&mut metadata, c, 4, "labels", |c| json!({"app": string(c), "tier": "1"}));
    optional(&mut metadata, c, 3, "annotations", |c| match c.below(8) {
        0 => json!({}),
        1 => Value::Null,
        _ => json!({"example.com/note": string(c), "b": string(c)}),
    });
    optional(&mut metadata, c, 12, "creationTimestamp", |_| Value::Null);
    metadata
}

fn pod(c: &mut Choices<'_>) -> Value {
    let count = if c.once_in(40) { 1 } else { 2 + c.below(3) };
    let mut earlier = Vec::new();
    for index in 0..count {
        let container = container(c, &format!("c{index}"), &earlier);
        earlier.push(container);
    }
    let mut spec = json!({
        "restartPolicy": c.pick(&["Never", "OnFailure"]),
        "containers": earlier,
    });
    optional(&mut spec, c, 3, "initContainers", |c| {
        let count = c.below(3);
        let init = (0..count).map(|index| {
            let mut init = container(c, &format!("init{index}"), &[]);
            optional(&mut init, c, 3, "restartPolicy", |_| json!("Always"));
            init
        });
        Value::Array(init.collect())
    });
    optional(&mut spec, c, 3, "volumes", |c| match c.below(6) {
        0 => Value::Null,
        count => (1..count).map(|index| volume(c, index)).collect(),
    });
    optional(&mut spec, c, 5, "terminationGracePeriodSeconds", |_| json!(0));
    optional(&mut spec, c, 6, "nodeSelector", |_| json!({"kubernetes.io/os": "linux"}));
    optional(&mut spec, c, 6, "securityContext", |_| json!({"runAsUser": 0, "runAsNonRoot": false}));
    optional(&mut spec, c, 6, "x-unknown", |c| json!([{"deep": [string(c), 1.5, null, true]}]));
    spec
}

fn volume(c: &mut Choices<'_>, index: usize) -> Value {
    let mut volume = json!({"name": format!("v{index}")});
    match c.below(3) {
        0 => volume["emptyDir"] = json!({}),
        1 => volume["emptyDir"] = json!({"sizeLimit": "1Gi"}),
        _ => volume["configMap"] = json!({"name": "settings", "items": [{"key": "a", "path": "b"}]}),
    }
    volume
}

/// A container, which may share values with earlier ones.
pub(crate) fn container(c: &mut Choices<'_>, name: &str, earlier: &[Value]) -> Value {
    let words = |c: &mut Choices<'_>, least: usize| {
        let count = least + c.below(4);
        (0..count).map(|_| json!(string(c))).collect::<Vec<_>>()
    };
    let mut container = Map::new();
    container.insert("name".to_owned(), json!(name));
    let least = usize::from(!c.once_in(250));
    let mut command = words(c, least);
    // An empty program name is an error.
    if let Some(program) =
        command.first_mut().filter(|word| word.as_str().is_some_and(|word| word.trim().is_empty()))
    {
        *program = json!("run");
    }
    container.insert("command".to_owned(), Value::Array(command));
    let mut field =
        |c: &mut Choices<'_>, once_in: usize, key: &str, new: &dyn Fn(&mut Choices<'_>) -> Value| {
            if !c.once_in(once_in) {
                return;
            }
            let shared = earlier.last().and_then(|before| before.get(key)).filter(|_| c.below(2) == 1);
            let value = shared.cloned().unwrap_or_else(|| new(c));
            container.insert(key.to_owned(), value);
        };
    field(c, 1, "image", &|c| json!(c.pick(&["busybox", "alpine:3", "ghcr.io/a/b@sha256:00ff"])));
    field(c, 2, "args", &|c| Value::Array(words(c, 0)));
    field(c, 4, "env", &|c| json!([{"name": "A", "value": string(c)}, {"name": "B", "value": string(c)}]));
    field(c, 3, "resources", &|c| {
        let cpu = c.pick(&[json!("500m"), json!("1"), json!("0.5")]);
        let requests = json!({"cpu": cpu, "memory": "100Mi", "example.com/gpu": "1"});
        if c.once_in(2) {
            json!({"requests": requests})
        } else {
            json!({"requests": requests, "limits": {"cpu": "2"}})
        }
    });
    field(c, 3, "volumeMounts", &|c| {
        let mounts = 0..c.below(3);
        mounts
            .map(|index| json!({"name": format!("v{index}"), "mountPath": format!("/data/{index}")}))
            .collect()
    });
    field(c, 5, "imagePullPolicy", &|_| json!("IfNotPresent"));
    field(c, 6, "securityContext", &|_| json!({"runAsUser": 0, "capabilities": {"drop": ["ALL"]}}));
    field(c, 8, "x-unknown", &|c| json!({"a": [[string(c)], {}], "b": 0}));
    field(c, 9, "ports", &|_| json!([{"containerPort": 80}]));
    Value::Object(container)
}

/// Strings that are easily misread or written incorrectly.
pub(crate) fn string(c: &mut Choices<'_>) -> String {
    const STRINGS: [&str; 40] = [
        "sh",
        "-c",
        "echo",
        "true",
        "012",
        "a b",
        "--flag=x",
        "$(VAR)",
        "a: b",
        "a #b",
        "# no comment",
        "é ü",
        "",
        " lead",
        "trail ",
        "[x",
        "{y}",
        "it's",
        "say \"hi\"",
        "back\\slash",
        "*star",
        "&and",
        "!bang",
        "y",
        "1e3",
        "null",
        "~",
        "-",
        "--",
        "a,b",
        "2001-01-01",
        "tab\there",
        "one\ntwo\n",
        "one\ntwo",
        "set -e\n  indented\n\nlast\n",
        "  first\nthen\n",
        "keep\n\n",
        "long words that can be folded well",
        "=",
        "a]b, {c}: d",
    ];
    c.pick(&STRINGS).to_owned()
}
