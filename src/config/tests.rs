//! Tests what is read from configurations, and the errors in wrong ones.

use super::*;
use kueueleuleu_yaml::edit;

mod errors;
mod schema;

const OWN: &str = "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\n";
const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\n";

fn read(text: &str) -> Result<Config, Error> {
    Config::from_yaml(text)
}

/// `Config` holds compiled selectors, which cannot be compared.
fn shown(config: &Config) -> String {
    format!("{config:?}")
}

#[test]
fn an_empty_configuration_is_the_default() {
    let annotated =
        "metadata: {name: a, annotations: {config.kubernetes.io/function: 'exec: {path: ./k}'}}\n";
    let cases = [
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
    // Without a functionConfig nothing is chosen; an empty one chooses the defaults, but no image.
    let chosen = Chosen { kind: true, strategy: true, image: false };
    let expected = Config { chosen, ..Config::default() };
    for text in cases {
        assert_eq!(shown(&read(&text).expect(&text)), shown(&expected), "{text}");
    }
    assert_eq!(Config::default().entrypoint.image, ENTRYPOINT_IMAGE);
    assert!(Config::default().selection.is_everything());
}

#[test]
fn both_forms_read_alike() {
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
fn individual_containers_are_configured() {
    let spec = "steps: [{name: a, timeout: 1h30m}, {name: b, onError: Continue}], \
                images: [{name: 'alpine:3.20', command: [sh], args: [-c]}, {name: b, args: ['1']}], \
                prepare: {resources: {limits: {cpu: 1, memory: 1Gi}, requests: {}}, securityContext: {runAsUser: 7}}, \
                sidecars: ['istio-.*']";
    let config = read(&format!("{OWN}spec: {{{spec}}}")).unwrap();
    let step = |name: &str, timeout: Option<&str>, on_error| StepOptions {
        name: name.to_owned(),
        timeout: timeout.map(str::to_owned),
        on_error,
        ..StepOptions::default()
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
fn steps_have_options() {
    let spec = "entrypoint: {kind: Kueueleuleu, image: i}, startTimeout: 5m, requests: Max, steps: [{name: a, needs: [], \
                retries: 3, retryDelay: 10s, outputs: [A, B]}, {name: b, needs: [a, c], when: Always}, {name: c}]";
    let config = read(&format!("{OWN}spec: {{{spec}}}")).unwrap();
    let strings = |list: &[&str]| list.iter().map(|&item| item.to_owned()).collect::<Vec<_>>();
    let plain = |name: &str| StepOptions { name: name.to_owned(), ..StepOptions::default() };
    let a = StepOptions {
        needs: Some(Vec::new()),
        retries: 3,
        retry_delay: Some("10s".to_owned()),
        outputs: strings(&["A", "B"]),
        ..plain("a")
    };
    let b = StepOptions { needs: Some(strings(&["a", "c"])), when: When::Always, ..plain("b") };
    assert_eq!(config.steps, [a, b, plain("c")]);
    assert_eq!((config.start_timeout.as_deref(), config.requests), (Some("5m"), Requests::Max));
    assert_eq!(config.contradiction(), None);
    let of_tekton = config.clone().with_entrypoint_kind(EntrypointKind::Tekton).contradiction();
    assert_eq!(
        of_tekton.as_deref(),
        Some("the configuration has `retries`, which Tekton's entrypoint does not support")
    );
    let flat = "data: {entrypointKind: Kueueleuleu, entrypointImage: i, startTimeout: 5m, requests: Max}";
    let flat = read(&format!("{CONFIG_MAP}{flat}")).unwrap();
    assert_eq!((flat.start_timeout.as_deref(), flat.requests), (Some("5m"), Requests::Max));
}

#[test]
fn a_contradiction_names_the_option_that_the_program_does_not_support() {
    let ours = read(&format!("{OWN}spec: {{entrypoint: {{kind: Kueueleuleu, image: i}}, startTimeout: 5m}}"))
        .unwrap();
    assert_eq!(ours.contradiction(), None);
    let has = "the configuration has `startTimeout`, which";
    assert_eq!(
        ours.clone().with_entrypoint_kind(EntrypointKind::Tekton).contradiction(),
        Some(format!("{has} Tekton's entrypoint does not support"))
    );
    assert_eq!(
        ours.with_strategy(Strategy::InitContainers).contradiction(),
        Some(format!("{has} init containers do not support"))
    );
    for strategy in [Strategy::Entrypoint, Strategy::InitContainers, Strategy::Auto] {
        assert_eq!(Config::default().with_strategy(strategy).contradiction(), None);
    }
}

/// The image of one program does not contain the other.
#[test]
fn another_program_needs_another_image() {
    let tekton = read(&format!("{OWN}spec: {{entrypointImage: mirror/entrypoint}}")).unwrap();
    let ours = tekton.with_entrypoint_kind(EntrypointKind::Kueueleuleu);
    assert_eq!(ours.contradiction().as_deref(), Some("needs an image: it has no default image"));
    assert_eq!(ours.with_entrypoint_image("i").contradiction(), None);
}

#[test]
fn only_our_entrypoint_needs_an_image_and_supports_retries() {
    let messages = |spec: &str| match read(&format!("{OWN}spec: {{{spec}}}")) {
        Ok(_) => Vec::new(),
        Err(error) => error.diagnostics().iter().map(|problem| problem.message.clone()).collect(),
    };
    assert_eq!(messages("entrypoint: {kind: Tekton}, steps: [{name: a, retries: 0}]"), [""; 0]);
    assert_eq!(
        messages("entrypoint: {kind: Tekton}, steps: [{name: a, retries: 1}]"),
        ["functionConfig: `spec.steps[0].retries`: Tekton's entrypoint does not support `retries`"]
    );
    assert_eq!(
        messages("entrypoint: {kind: Kueueleuleu}, steps: [{name: a, retries: 1}]"),
        ["functionConfig: `spec.entrypoint.kind`: `Kueueleuleu` needs an image: it has no default image"]
    );
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

/// `runAsUser: 0x3E8` became `false`, and `18446744073709551616` lost digits.
#[test]
fn free_form_values_are_read_like_kubectl_reads_them() {
    let spec = "prepare: {securityContext: {a: 0x3E8, b: 0o1750, c: 0755, d: 1_000, e: +7, f: 1.10, g: .5, h: yes, \
                i: True, j: ~, k: , l: 9223372036854775807, m: 'yes', nn: !!str 0755, o: 2001-01-01, p: [OFF, 1:30], \
                q: -08.50, v: &u 1_0, r: {<<: {s: 1e3}, t: *u}}, resources: {limits: {cpu: 0_1, memory: .5}}}";
    let config = read(&format!("{OWN}spec: {{{spec}}}")).unwrap_or_else(|error| panic!("{error}"));
    let raw = |text: &'static str| edit::Value::Raw(text.into());
    let str = |text: &'static str| edit::Value::str(text);
    let context = edit::Value::map([
        ("a", raw("1000")),
        ("b", raw("1000")),
        ("c", raw("493")),
        ("d", raw("1000")),
        ("e", raw("7")),
        ("f", raw("1.10")),
        ("g", raw("0.5")),
        ("h", raw("true")),
        ("i", raw("true")),
        ("j", raw("null")),
        ("k", raw("null")),
        ("l", raw("9223372036854775807")),
        ("m", str("yes")),
        ("nn", str("0755")),
        ("o", str("2001-01-01")),
        ("p", edit::Value::seq(vec![raw("false"), str("1:30")])),
        ("q", raw("-8.50")),
        ("v", raw("10")),
        ("r", edit::Value::map([("t", raw("10")), ("s", raw("1e3"))])),
    ]);
    assert_eq!(config.prepare.security_context, Some(context));
    let limits = edit::Value::map([("cpu", raw("1")), ("memory", raw("0.5"))]);
    assert_eq!(config.prepare.resources, Some(edit::Value::map([("limits", limits)])));
}

#[test]
fn alias_bombs_and_deep_nesting_are_rejected() {
    let lines = |count, line: &dyn Fn(usize) -> String| {
        let lines: Vec<_> = (1..count).map(line).collect();
        format!("a0: &a0 [x]\n      {}", lines.join("\n      "))
    };
    let bomb = lines(40, &|n| format!("a{n}: &a{n} [*a{m}, *a{m}]", m = n - 1));
    let deep = lines(400, &|n| format!("a{n}: &a{n} {}*a{}{}", "[".repeat(50), n - 1, "]".repeat(50)));
    for (text, message) in [
        (bomb, "with its aliases expanded, the configuration is too large"),
        (deep, "nested deeper than 64 levels"),
    ] {
        let error =
            read(&format!("{OWN}spec:\n  prepare:\n    securityContext:\n      {text}\n")).unwrap_err();
        let messages: Vec<_> = error.diagnostics().iter().map(|problem| &problem.message).collect();
        assert!(messages.iter().any(|found| found.ends_with(message)), "{messages:?}");
    }
}
