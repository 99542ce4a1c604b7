//! Tests the conversion of objects in memory.

use super::*;
use crate::diagnostic::{Rule, Severity};
use serde_json::json;

fn container(name: &str) -> Value {
    json!({"name": name, "image": "busybox", "command": ["echo", name]})
}

fn pod(name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "ci"},
        "spec": {"restartPolicy": "Never", "containers": [container("a"), container("b")]},
    })
}

fn rules(error: &Error) -> Vec<Rule> {
    error.diagnostics().iter().map(|diagnostic| diagnostic.rule).collect()
}

#[test]
fn the_items_of_a_list_are_converted_and_other_kinds_are_not_changed() {
    let service = json!({"apiVersion": "v1", "kind": "Service", "spec": {"containers": 1}});
    let mut bare = pod("two");
    for key in ["apiVersion", "kind"] {
        bare.as_object_mut().unwrap().remove(key);
    }
    let pods = json!({"apiVersion": "v1", "kind": "PodList", "items": [bare]});
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [pod("one"), service, pods]});
    let converted = convert_json(&list, &Config::default()).unwrap().object;
    let annotation =
        |object: &Value| object["metadata"]["annotations"]["norbjd.github.io/kueueleuleu"].clone();
    assert_eq!(annotation(&converted["items"][0]), "true");
    assert_eq!(converted["items"][1], service);
    assert_eq!(annotation(&converted["items"][2]["items"][0]), "true");
    for other in [json!(null), json!([1]), json!("Pod"), json!({"kind": 1}), service] {
        assert_eq!(convert_json(&other, &Config::default()).unwrap().object, other);
    }
}

#[test]
fn items_that_are_not_a_list_are_an_error() {
    let list = json!({"apiVersion": "v1", "kind": "PodList", "items": {"a": 1}});
    let error = convert_json(&list, &Config::default()).unwrap_err();
    assert_eq!(error.to_string(), "`items` is a mapping, not a list (items)");
    for empty in [
        json!({"apiVersion": "v1", "kind": "List", "items": null}),
        json!({"apiVersion": "v1", "kind": "List"}),
    ] {
        assert_eq!(convert_json(&empty, &Config::default()).unwrap().object, empty);
    }
}

#[test]
fn all_problems_in_a_list_are_reported_with_their_routes() {
    let mut always = pod("one");
    always["spec"]["restartPolicy"] = json!("Always");
    let mut bare = pod("two");
    bare["spec"]["containers"][1].as_object_mut().unwrap().remove("command");
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [always, bare]});
    let error = convert_json(&list, &Config::default()).unwrap_err();
    assert_eq!(rules(&error), [Rule::RestartAlways, Rule::MissingCommand]);
    let expected = "Pod `ci/one`: `restartPolicy` is `Always`: its steps would never end (items[0].spec.restartPolicy)\n\
                    Pod `ci/two`: container `b` has no `command` (items[1].spec.containers[1])";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_diagnostic_in_json_has_the_keys_of_the_error_format() {
    let mut always = pod("one");
    always["spec"]["restartPolicy"] = json!("Always");
    let error = convert_json(&always, &Config::default()).unwrap_err();
    let written = serde_json::to_value(error.diagnostics()).unwrap();
    let help = error.diagnostics()[0].help.clone();
    let resource = json!({"apiVersion": "v1", "kind": "Pod", "namespace": "ci", "name": "one"});
    let expected = json!([{
        "severity": "error",
        "rule": "restart-always",
        "message": "`restartPolicy` is `Always`: its steps would never end",
        "resource": resource,
        "field": "spec.restartPolicy",
        "span": null,
        "origin": null,
        "help": help,
    }]);
    assert_eq!(written, expected);
}

#[test]
fn warnings_come_with_the_object() {
    let mut retried = pod("one");
    retried["spec"]["restartPolicy"] = json!("OnFailure");
    let converted = convert_json(&retried, &Config::default()).unwrap();
    let [warning] = &converted.diagnostics[..] else { panic!("{:?}", converted.diagnostics) };
    assert_eq!((warning.severity, warning.rule), (Severity::Warning, Rule::TektonOnFailure));
    assert_eq!(warning.resource.as_ref().unwrap().name, "one");
}

#[cfg(feature = "api")]
mod typed {
    use super::*;
    use k8s_openapi::api::core::v1::Pod;

    fn config(prepare: &str) -> Config {
        let head = "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\nspec:\n  prepare: ";
        Config::from_yaml(&format!("{head}{prepare}\n")).unwrap()
    }

    fn convert(prepare: &str) -> Result<Pod, Error> {
        let pod: Pod = serde_json::from_value(pod("one")).unwrap();
        convert_pod(&pod, &config(prepare)).map(|converted| converted.object)
    }

    /// Bug: `convert_pod` panicked, or lost the field.
    #[test]
    fn a_value_that_the_api_type_cannot_hold_is_an_error() {
        for (prepare, field) in [
            ("{securityContext: {runAsUser: nobody}}", "securityContext.runAsUser"),
            ("{securityContext: {runAsUser: 1.5}}", "securityContext.runAsUser"),
            ("{securityContext: {runAsNonRoot: 'true'}}", "securityContext.runAsNonRoot"),
            ("{securityContext: {capabilities: {drop: ALL}}}", "securityContext.capabilities.drop"),
            ("{securityContext: {fromTheFuture: 1}}", "securityContext.fromTheFuture"),
            (
                "{securityContext: {capabilities: {fromTheFuture: {}}}}",
                "securityContext.capabilities.fromTheFuture",
            ),
            ("{securityContext: [1]}", "securityContext"),
            ("{resources: {limits: {cpu: [1]}}}", "resources.limits.cpu"),
            ("{resources: {limits: {cpu: true}}}", "resources.limits.cpu"),
        ] {
            let outcome = std::panic::catch_unwind(|| config(prepare));
            // The configuration itself may be rejected already.
            let Ok(_) = outcome else { continue };
            let error = convert(prepare).expect_err(prepare);
            assert_eq!(rules(&error), [Rule::InvalidObject], "{prepare}");
            let said = &error.diagnostics()[0];
            assert!(said.field.to_string().ends_with(field), "{prepare}: {error}");
            assert!(
                said.help.is_some() && said.resource.as_ref().is_some_and(|pod| pod.name == "one"),
                "{error}"
            );
        }
    }

    #[test]
    fn values_that_kubernetes_accepts_are_preserved() {
        let prepare = "{resources: {limits: {cpu: 1, memory: 64Mi}, requests: {cpu: 0.5}}, securityContext: {runAsUser: null, runAsGroup: 0}}";
        let pod = convert(prepare).unwrap();
        let prepare = &pod.spec.unwrap().init_containers.unwrap()[0];
        let written = serde_json::to_value(prepare).unwrap();
        let resources = json!({"limits": {"cpu": "1", "memory": "64Mi"}, "requests": {"cpu": "0.5"}});
        assert_eq!(written["resources"], resources);
        assert_eq!(written["securityContext"], json!({"runAsGroup": 0}));
    }
}
