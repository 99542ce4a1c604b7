//! Configurations in tables: what is read from them, and what is said of those that are wrong.

use super::*;
use kueueleuleu_yaml::edit;

mod errors;

const OWN: &str = "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\n";
const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\n";

fn read(text: &str) -> Result<Config, ConfigError> {
    Config::from_function_config(&serde_yaml::from_str(text).unwrap())
}

/// `Config` holds compiled selectors, which cannot be compared.
fn shown(config: &Config) -> String {
    format!("{config:?}")
}

#[test]
fn nothing_is_configured() {
    let annotated =
        "metadata: {name: a, annotations: {config.kubernetes.io/function: 'exec: {path: ./k}'}}\n";
    let cases = [
        "null".to_owned(),
        OWN.to_owned(),
        format!("{OWN}{annotated}"),
        format!("{OWN}spec:\n"),
        format!("{OWN}metadata:\nspec: {{}}\n"),
        format!("{OWN}spec: {{selectors: , exclude: , entrypoint: , entrypointImage: , revert: , probes: }}"),
        format!("{OWN}spec: {{entrypoint: {{}}}}"),
        format!("{CONFIG_MAP}metadata: {{name: function-input}}\ndata: {{}}\n"),
        format!("{CONFIG_MAP}metadata: {{name: function-input}}\n"),
        format!("{CONFIG_MAP}{annotated}data:\n"),
    ];
    for text in cases {
        assert_eq!(shown(&read(&text).expect(&text)), shown(&Config::default()), "{text}");
    }
    assert_eq!(Config::default().entrypoint.image, ENTRYPOINT_IMAGE);
    assert!(Config::default().selection.is_everything());
}

#[test]
fn both_forms_say_the_same() {
    let own = "spec: {entrypoint: {image: a/b, kind: Kueueleuleu}, strategy: InitContainers, revert: true, \
               check: true, probes: Remove, restartPolicy: Never, sidecars: [proxy, 'log-.*'], order: [b, a], \
               prepare: {imagePullPolicy: Always}}";
    let short = own.replace("{image: a/b, kind: Kueueleuleu}", "{kind: Kueueleuleu}, entrypointImage: a/b");
    let flat = "data: {entrypointImage: a/b, entrypointKind: Kueueleuleu, strategy: InitContainers, \
                revert: 'true', check: 'true', probes: Remove, restartPolicy: Never, sidecars: 'proxy, log-.*', \
                order: 'b,a', prepareImagePullPolicy: Always}";
    let config = read(&format!("{OWN}{own}")).unwrap();
    assert_eq!(config.entrypoint, Entrypoint { image: "a/b".into(), kind: EntrypointKind::Kueueleuleu });
    assert_eq!((config.strategy, config.probes), (Strategy::InitContainers, Probes::Remove));
    assert_eq!((config.revert, config.check), (true, true));
    assert_eq!(shown(&config), shown(&read(&format!("{OWN}{short}")).unwrap()));
    assert_eq!(shown(&config), shown(&read(&format!("{CONFIG_MAP}{flat}")).unwrap()));
}

#[test]
fn containers_are_configured_one_by_one() {
    let spec = "steps: [{name: a, timeout: 1h30m}, {name: b, onError: Continue}], \
                images: [{name: 'alpine:3.20', command: [sh], args: [-c]}, {name: b, args: ['1']}], \
                prepare: {resources: {limits: {cpu: 1, memory: 1Gi}, requests: {}}, securityContext: {runAsUser: 7}}, \
                sidecars: ['istio-.*']";
    let config = read(&format!("{OWN}spec: {{{spec}}}")).unwrap();
    let step = |name: &str, timeout: Option<&str>, on_error| StepOptions {
        name: name.to_owned(),
        timeout: timeout.map(str::to_owned),
        on_error,
    };
    assert_eq!(config.steps, [step("a", Some("1h30m"), OnError::Fail), step("b", None, OnError::Continue)]);
    let strings = |list: &[&str]| list.iter().map(|&item| item.to_owned()).collect::<Vec<_>>();
    let image = |name: &str, command: &[&str], args: &[&str]| Image {
        name: name.to_owned(),
        digest: None,
        command: strings(command),
        args: strings(args),
    };
    assert_eq!(config.images, [image("alpine:3.20", &["sh"], &["-c"]), image("b", &[], &["1"])]);
    let raw = |text: &str| edit::Value::Raw(text.to_owned().into());
    let limits = edit::Value::map([("cpu", raw("1")), ("memory", edit::Value::str("1Gi"))]);
    let resources = edit::Value::map([("limits", limits), ("requests", edit::Value::map([]))]);
    assert_eq!(config.prepare.resources, Some(resources));
    assert_eq!(config.prepare.security_context, Some(edit::Value::map([("runAsUser", raw("7"))])));
    assert!(config.sidecars.contains("istio-proxy") && !config.sidecars.contains("not-istio-proxy"));
}

#[test]
fn a_config_map_is_one_selector() {
    let fields = "kind: Job, name: n.*, namespace: etl, group: batch, version: v1, apiVersion: batch/v1, \
                  labelSelector: a=b, annotationSelector: c";
    let config = read(&format!("{CONFIG_MAP}data: {{{fields}}}")).unwrap();
    let seen = config.selection.seen();
    let entries: Vec<_> = config.selection.unmatched(&seen).map(ToString::to_string).collect();
    let expected = "data (group: batch, version: v1, apiVersion: batch/v1, kind: Job, name: n.*, namespace: etl, \
                    labelSelector: a=b, annotationSelector: c)";
    assert_eq!(entries, [expected]);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the schema is compared with the file in docs/, and written with BLESS=1"
)]
fn the_schema_in_docs_is_the_types_schema() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/sequentialcontainers.schema.json");
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(SequentialContainers)).unwrap() + "\n";
    let is_same = std::fs::read_to_string(path).is_ok_and(|text| text == schema);
    if !is_same && std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &schema).unwrap();
    }
    assert!(
        is_same,
        "docs/sequentialcontainers.schema.json is not the schema of the types: BLESS=1 writes it"
    );
}
