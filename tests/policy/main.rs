//! Tests that the policies of `kueueleuleu policy` change a pod at admission exactly as a conversion does.
//!
//! `admit.py` evaluates the expressions with the official CEL runtime, and applies the patches with a JSON Patch
//! library: neither shares code with us. `PROPTEST_CASES` sets the number of pods, and `POLICY_ADMIT` names a program
//! that replaces `admit.py`: `scripts/apiserver-admission` builds one from the API server's own admission plugins.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests start processes, and fail in their helpers"
)]

#[expect(dead_code, reason = "shared with the property tests")]
#[path = "../properties/choices.rs"]
mod choices;
#[expect(dead_code, reason = "shared with the property tests")]
#[path = "../properties/content.rs"]
mod content;
mod pods;

use choices::Choices;
use kueueleuleu::policy::{LABEL, Policy, policies};
use kueueleuleu::{Config, convert_json};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const RECORD: &str = "kueueleuleu.dev/admitted";

/// The Python with the CEL runtime, which `.ci/run` installs. If it is missing, the test reports that, or fails with
/// `CI` set.
fn python() -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/policy/bin/python");
    if python.is_file() {
        return Some(python);
    }
    assert!(std::env::var_os("CI").is_none(), "missing: {}", python.display());
    // libtest shows what `eprintln!` prints for failed tests only.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {} does not exist, see .ci/run", python.display());
    None
}

/// Runs one of the scripts beside this file on an input.
fn run(python: &Path, script: &str, input: String) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policy").join(script);
    let mut command = Command::new(python);
    command.arg(script);
    answer(command, input)
}

/// The program that replaces `admit.py`.
fn api_server() -> Option<Command> {
    std::env::var_os("POLICY_ADMIT").map(Command::new)
}

fn answer(mut command: Command, input: String) -> String {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?} failed");
    feeder.join().unwrap().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn documents(text: &str) -> Vec<Value> {
    serde_yaml::Deserializer::from_str(text)
        .map(|document| serde::Deserialize::deserialize(document).unwrap())
        .collect()
}

/// An object to admit, and the configuration of its policies.
struct Case {
    config: String,
    object: Value,
    more: Value,
}

/// Admits the objects, and returns the answers of `admit.py`.
fn admit(python: &Path, cases: &[Case]) -> Vec<Value> {
    let mut lines = String::new();
    for case in cases {
        let config = Config::from_yaml(&case.config).unwrap();
        let mut line = json!({"policies": documents(&policies(&config, &Policy::default()).unwrap())});
        line["object"] = case.object.clone();
        line.as_object_mut().unwrap().extend(case.more.as_object().unwrap().clone());
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    let answers = match api_server() {
        Some(program) => answer(program, lines),
        None => run(python, "admit.py", lines),
    };
    let answers: Vec<Value> = answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), cases.len());
    answers
}

/// An object as the API stores it, so that admitted and converted objects can be compared.
fn as_stored(object: &Value) -> Value {
    let Some(program) = api_server() else { return pods::as_stored(object) };
    let mut object = object.clone();
    object["metadata"]["namespace"].take();
    serde_json::from_str(&answer(program, format!("{}\n", json!({"object": object})))).unwrap()
}

/// The bytes for choices, which are the same in every run.
fn bytes(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(600).collect()
}

fn count() -> u64 {
    std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(600)
}

fn is_refused(answer: &Value) -> bool {
    !answer["denied"].as_array().unwrap().is_empty()
}

#[test]
fn admitted_pods_equal_converted_pods() {
    let Some(python) = python() else { return };
    let cases: Vec<_> = (0..count())
        .map(|seed| {
            let bytes = bytes(seed);
            let mut c = Choices::new(&bytes);
            let object = pods::pod(&mut c);
            Case { config: pods::config(&mut c, &object), object, more: json!({}) }
        })
        .collect();
    let (mut mutated, mut refused) = (0, 0);
    for (case, answer) in cases.iter().zip(admit(&python, &cases)) {
        let config = Config::from_yaml(&case.config).unwrap();
        let converted = convert_json(&case.object, &config);
        let shown = format!("{}\n{:#}\n{answer:#}", case.config, case.object);
        match converted {
            Err(error) => {
                refused += 1;
                assert!(is_refused(&answer), "not rejected, although {error}:\n{shown}");
                assert_eq!(answer["mutated"], false, "{shown}");
            }
            Ok(converted) => {
                assert!(!is_refused(&answer), "rejected: {shown}");
                let mut object = answer["object"].clone();
                if answer["mutated"] == true {
                    mutated += 1;
                    let annotations = object["metadata"]["annotations"].as_object_mut().unwrap();
                    let names = annotations.remove(RECORD).unwrap();
                    let expected = object["spec"]["containers"].as_array().unwrap().iter();
                    let expected: Vec<_> = expected.map(|step| step["name"].as_str().unwrap()).collect();
                    assert_eq!(names, expected.join(","), "{shown}");
                }
                assert_eq!(as_stored(&object), as_stored(&converted.object), "{shown}");
            }
        }
    }
    // Otherwise too little was tested.
    assert!(mutated * 3 > count() && refused * 10 > count(), "{mutated} mutated, {refused} rejected");
}

#[test]
fn templates_are_rejected_if_their_pods_would_be() {
    let Some(python) = python() else { return };
    let cases: Vec<_> = (0..count() / 3)
        .map(|seed| {
            let bytes = bytes(seed + 1_000_000);
            let mut c = Choices::new(&bytes);
            let pod = pods::pod(&mut c);
            let config = pods::config(&mut c, &pod);
            let resource = c.pick(&["jobs", "cronjobs"]);
            let object = pods::around(resource, pod);
            Case { config, object, more: json!({"resource": resource}) }
        })
        .collect();
    let mut refused = 0;
    for (case, answer) in cases.iter().zip(admit(&python, &cases)) {
        let config = Config::from_yaml(&case.config).unwrap();
        let converted = convert_json(&case.object, &config);
        let shown = format!("{}\n{:#}\n{answer:#}", case.config, case.object);
        refused += u64::from(converted.is_err());
        assert_eq!(is_refused(&answer), converted.is_err(), "{:?}\n{shown}", converted.err());
        assert_eq!(as_stored(&answer["object"]), as_stored(&case.object), "{shown}");
    }
    assert!(refused * 10 > count() / 3, "{refused} refused");
}

fn plain() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "two", "labels": {LABEL: "true"}},
        "spec": {"restartPolicy": "Never", "containers": [
            {"name": "a", "image": "i", "command": ["sh", "-c"], "args": ["true"]},
            {"name": "b", "image": "i", "command": ["true"]},
        ]},
    })
}

fn ours(spec: &str) -> String {
    format!(
        "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\nspec: {{entrypoint: {{kind: Kueueleuleu, image: \
         e}}, {spec}}}\n"
    )
}

/// A name, a pod, more input for its admission, and whether the pod is mutated, is rejected, and gets a warning.
type Row = (&'static str, Value, Value, [bool; 3]);

#[test]
fn labels_of_pods_and_namespaces_select_pods() {
    let Some(python) = python() else { return };
    let edited = |edit: &dyn Fn(&mut Value)| {
        let mut pod = plain();
        edit(&mut pod);
        pod
    };
    let unlabeled = || edited(&|pod| drop(pod["metadata"].as_object_mut().unwrap().remove("labels")));
    let always = |mut pod: Value| {
        pod["spec"]["restartPolicy"] = json!("Always");
        pod
    };
    let bare = |mut pod: Value| {
        pod["spec"]["containers"][1].as_object_mut().unwrap().remove("command");
        pod
    };
    let labeled = json!({"namespace": {LABEL: "true"}});
    let rows: Vec<Row> = vec![
        ("labeled", plain(), json!({}), [true, false, false]),
        ("not labeled", unlabeled(), json!({}), [false, false, false]),
        ("in a labeled namespace", unlabeled(), labeled.clone(), [true, false, false]),
        ("labeled in a labeled namespace", plain(), labeled.clone(), [true, false, false]),
        (
            "always restarted in a labeled namespace",
            always(unlabeled()),
            labeled.clone(),
            [false, false, false],
        ),
        ("always restarted and labeled", always(plain()), labeled.clone(), [false, true, false]),
        (
            "without a command in a labeled namespace",
            bare(unlabeled()),
            labeled.clone(),
            [false, false, true],
        ),
        ("without a command and labeled", bare(plain()), json!({}), [false, true, false]),
        (
            "exempt",
            edited(&|pod| pod["metadata"]["annotations"] = json!({"norbjd.github.io/kueueleuleu": "false"})),
            json!({}),
            [false, false, false],
        ),
        ("an update", plain(), json!({"operation": "UPDATE"}), [false, false, false]),
        (
            "a pod that the command converted",
            convert_json(&plain(), &Config::from_yaml(&ours("")).unwrap()).unwrap().object,
            json!({}),
            [false, false, false],
        ),
        (
            "a pod with steps as init containers",
            convert_json(&bare(plain()), &Config::from_yaml(&ours("strategy: InitContainers")).unwrap())
                .unwrap()
                .object,
            json!({}),
            [false, false, false],
        ),
    ];
    // A pod with `restartPolicy: Always` is repaired only if the pod itself has the label.
    let repaired = ["always restarted in a labeled namespace", "always restarted and labeled"].map(|name| {
        let (_, object, more, _) = rows.iter().find(|(other, ..)| *other == name).unwrap();
        Case { config: ours("restartPolicy: Never"), object: object.clone(), more: more.clone() }
    });
    let mutated =
        admit(&python, &repaired).iter().map(|answer| answer["mutated"] == true).collect::<Vec<_>>();
    assert_eq!(mutated, [false, true]);
    let cases: Vec<_> = rows
        .iter()
        .map(|(_, object, more, _)| Case { config: ours(""), object: object.clone(), more: more.clone() })
        .collect();
    for ((name, .., expected), answer) in rows.iter().zip(admit(&python, &cases)) {
        let warned = !answer["warnings"].as_array().unwrap().is_empty();
        let found = [answer["mutated"] == true, is_refused(&answer), warned];
        assert_eq!(found, *expected, "{name}: {answer:#}");
    }
}

#[test]
fn a_container_added_later_is_not_a_step_and_a_step_without_its_wrapper_is_rejected() {
    let Some(python) = python() else { return };
    let case = |object| Case { config: ours(""), object, more: json!({}) };
    let admitted = admit(&python, &[case(plain())]).remove(0)["object"].clone();
    let mut with_proxy = admitted.clone();
    with_proxy["spec"]["containers"].as_array_mut().unwrap().push(json!({"name": "proxy", "image": "p"}));
    let mut damaged = admitted;
    damaged["spec"]["containers"][1]["command"] = json!(["true"]);
    let answers = admit(&python, &[case(with_proxy.clone()), case(damaged)]);
    assert_eq!(as_stored(&answers[0]["object"]), as_stored(&with_proxy));
    assert!(!is_refused(&answers[0]), "{:#}", answers[0]);
    let message = answers[1]["denied"][0].as_str().unwrap();
    assert!(message.ends_with("after the pod was sequenced: b"), "{message}");
}

#[test]
fn restart_rules_that_the_entrypoint_cannot_follow_are_rejected() {
    let Some(python) = python() else { return };
    let rule = |action: &str| json!([{"action": action, "exitCodes": {"operator": "In", "values": [3]}}]);
    let with_rules = |list: &str, action: &str, node: bool| {
        let mut pod = plain();
        let containers = pod["spec"][list].as_array_mut();
        let watcher =
            json!({"name": "w", "image": "w", "restartPolicy": "Always", "restartPolicyRules": rule(action)});
        match containers {
            Some(containers) => {
                containers[0]["restartPolicy"] = json!("Never");
                containers[0]["restartPolicyRules"] = rule(action);
            }
            None => pod["spec"][list] = json!([watcher]),
        }
        if node {
            pod["spec"]["hostNetwork"] = json!(true);
            pod["spec"]["hostIPC"] = json!(true);
        }
        pod
    };
    let tekton = || ours("").replace("kind: Kueueleuleu, ", "");
    let rows = [
        (ours(""), with_rules("containers", "Restart", false), "`restartPolicyRules` of a step"),
        (ours(""), with_rules("initContainers", "RestartAllContainers", false), ""),
        (ours(""), with_rules("initContainers", "RestartAllContainers", true), "restart all containers"),
        (tekton(), with_rules("initContainers", "RestartAllContainers", false), "restart all containers"),
        (tekton(), with_rules("initContainers", "Restart", false), ""),
    ];
    let cases: Vec<_> = rows
        .iter()
        .map(|(config, object, _)| Case { config: config.clone(), object: object.clone(), more: json!({}) })
        .collect();
    for ((_, _, words), answer) in rows.iter().zip(admit(&python, &cases)) {
        assert_eq!(is_refused(&answer), !words.is_empty(), "{answer:#}");
        assert!(answer["denied"].to_string().contains(words), "{answer:#}");
    }
}

#[test]
fn selectors_for_pods_are_supported() {
    let Some(python) = python() else { return };
    let mut object = plain();
    object["metadata"]["namespace"] = json!("prod");
    object["metadata"]["labels"]["team"] = json!("data");
    object["metadata"]["labels"]["size"] = json!("7");
    let rows = [
        ("name: 't.*'", true),
        ("name: wo", false),
        ("namespace: 'pr.d'", true),
        ("namespace: other", false),
        ("kind: Job|Pod, version: v1", true),
        ("labelSelector: 'team in (data, ml), !legacy, size>5, size<8'", true),
        ("labelSelector: 'team notin (data)'", false),
        ("labelSelector: 'other != x'", true),
        ("labelSelector: 'size>7'", false),
        ("labels: {team: data}", true),
        ("annotations: {team: data}", false),
        ("annotationSelector: '!x'", true),
    ];
    let case = |spec: String| Case { config: ours(&spec), object: object.clone(), more: json!({}) };
    let selected = rows.map(|(entry, _)| case(format!("selectors: [{{{entry}}}]")));
    let excluded = rows.map(|(entry, _)| case(format!("exclude: [{{{entry}}}]")));
    let selected = admit(&python, &selected);
    let excluded = admit(&python, &excluded);
    for (((entry, expected), selected), excluded) in rows.iter().zip(selected).zip(excluded) {
        assert_eq!(
            [&selected["mutated"], &excluded["mutated"]],
            [&json!(*expected), &json!(!expected)],
            "{entry}"
        );
    }
}

#[test]
fn an_option_that_a_policy_does_not_support_is_an_error_that_names_the_field() {
    let spec = "sidecars: [x], order: [a, b], check: true, selectors: [{kind: Job}], requests: Max, \
                steps: [{name: a, needs: [b]}, {name: b, when: Always}, {name: c, outputs: [A]}]";
    let error =
        policies(&Config::from_yaml(&ours(spec)).unwrap(), &Policy::default()).unwrap_err().to_string();
    let of_steps = ["`spec.steps.needs`", "`spec.steps.when`", "`spec.steps.outputs`", "`spec.requests`"];
    let others = ["`spec.sidecars`", "`spec.order`", "`spec.check`", "`spec.selectors[0]`"];
    for field in of_steps.into_iter().chain(others) {
        assert!(error.contains(field), "{error}");
    }
}

/// The API server compiles expressions of up to 100,000 characters.
#[test]
fn too_many_images_for_an_expression_are_an_error() {
    let images = |count: u32| {
        let entries =
            (0..count).map(|at| format!("{{name: registry.example.com/team/image-{at}, command: [/tool]}}"));
        let spec = format!("images: [{}]", entries.collect::<Vec<_>>().join(", "));
        policies(&Config::from_yaml(&ours(&spec)).unwrap(), &Policy::default())
    };
    assert!(images(1500).is_ok());
    let error = images(3000).unwrap_err().to_string();
    assert!(
        error.contains("`spec.images`") && error.contains("characters; the API server accepts 100000"),
        "{error}"
    );
}

#[test]
fn policies_match_the_schemas_of_the_api_and_have_no_long_lines() {
    let Some(python) = python() else { return };
    let steps = "steps: [{name: a, timeout: 90s, onError: Continue}], images: [{name: i, command: [sh], args: [-c, x]}]";
    for spec in
        ["", steps, "probes: Remove, restartPolicy: Never, prepare: {securityContext: {runAsUser: 7}}"]
    {
        for config in [ours(spec), ours(spec).replace("kind: Kueueleuleu, ", "")] {
            let text = policies(&Config::from_yaml(&config).unwrap(), &Policy::default()).unwrap();
            assert_eq!(run(&python, "validate.py", text.clone()), "", "{text}");
            let long = text.lines().find(|line| line.chars().count() > 120);
            assert_eq!(long, None);
        }
    }
}
