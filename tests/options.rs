//! Tests that every option converges from any other, can be reverted, and changes nothing the second time.
//!
//! Each configuration below is applied to the output of every other one. The result must equal the conversion of the
//! original, byte for byte.

#![expect(clippy::unwrap_used, reason = "tests fail in their helpers")]

use kueueleuleu::{Config, Converter};

/// Each command is a block list of one word, so a revert cannot split `command` and `args` differently.
const POD: &str = "\
# Schritt für Schritt
apiVersion: v1
kind: Pod
metadata:
  name: steps
  labels:
    app: steps
spec:
  restartPolicy: OnFailure # fine
  initContainers:
  - name: own
    image: busybox
  containers:
  # Loads.
  - name: load
    image: busybox
    command:
    - load
    resources:
      limits:
        memory: 1Gi
    volumeMounts:
    - name: data
      mountPath: /data
  - name: proxy # stays
    image: proxy
    volumeMounts:
    - name: data
      mountPath: /data
  - name: build
    image: busybox
    command:
    - build # slow
    livenessProbe:
      exec:
        command:
        - alive
    volumeMounts:
    - name: data
      mountPath: /data
  - name: tool
    image: tool
    volumeMounts:
    - name: data
      mountPath: /data
  volumes:
  - name: data
    emptyDir: {}
";

const SIDECARS: &str = "sidecars: [proxy]";
const IMAGES: &str = "images: [{name: tool, command: [tool, --fast]}, {name: proxy, args: [proxy]}]";
const OURS: &str = "entrypoint: {image: e, kind: Kueueleuleu}";

/// Every option by itself and with others. None removes probes, which a revert cannot restore.
const OPTIONS: [&[&str]; 10] = [
    &[IMAGES],
    &[IMAGES, SIDECARS],
    &[IMAGES, OURS],
    &[IMAGES, OURS, SIDECARS, "order: [tool, build, load]"],
    &[IMAGES, "order: [tool, build, proxy, load]"],
    &[IMAGES, "order: [load, proxy, tool, build]", "restartPolicy: Never"],
    &[IMAGES, "steps: [{name: build, timeout: 1m, onError: Continue}, {name: load, timeout: 2s}]", OURS],
    &[
        IMAGES,
        "prepare: {resources: {limits: {cpu: 1}}, securityContext: {runAsUser: 7}, imagePullPolicy: Always}",
    ],
    &["images: [{name: tool, args: [other]}, {name: proxy, command: [a, b]}]", "entrypointImage: other"],
    &["strategy: InitContainers", SIDECARS, "order: [load, tool, build]"],
];

fn config(options: &[&str], more: &str) -> Config {
    let lines: Vec<String> = options.iter().chain([&more]).map(|option| format!("  {option}\n")).collect();
    let text = format!(
        "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\nspec:\n{}",
        lines.concat()
    );
    Config::from_yaml(&text).unwrap_or_else(|error| panic!("{error:?}:\n{text}"))
}

#[track_caller]
fn convert(text: &str, config: Config) -> String {
    let converted = Converter::new(config).documents(text).unwrap();
    assert!(!converted.has_errors(), "{:#?}\n{text}", converted.diagnostics);
    converted.text()
}

/// The pod with each restart policy, and the option that repairs the policy. One configuration of the table has that
/// option itself.
fn each_pod() -> [(String, &'static str); 3] {
    let policy = "  restartPolicy: OnFailure # fine\n";
    let repair = "restartPolicy: Never";
    [(POD.to_owned(), ""), (POD.replace(policy, ""), repair), (POD.replace("OnFailure", "Always"), repair)]
}

#[test]
fn each_option_converges_from_any_other_reverts_and_is_idempotent() {
    for (pod, repair) in each_pod() {
        let config =
            |options: &'static [&str]| config(options, if options.contains(&repair) { "" } else { repair });
        for options in OPTIONS {
            let once = convert(&pod, config(options));
            assert_ne!(once, pod);
            assert_eq!(convert(&once, config(options)), once, "{options:?} again");
            assert_eq!(revert(&once), pod, "{options:?} reverted");
            for before in OPTIONS {
                let from = convert(&pod, config(before));
                let expected = if keeps_image(before, options) {
                    convert(&pod, with_options(options, &["entrypointImage: other"], repair))
                } else {
                    once.clone()
                };
                assert_eq!(convert(&from, config(options)), expected, "from {before:?} to {options:?}");
            }
        }
    }
}

/// A configuration without an image keeps the present one, unless that holds another program.
fn keeps_image(before: &[&str], options: &[&str]) -> bool {
    let is_named = |options: &[&str]| options.contains(&"entrypointImage: other");
    let runs_tekton = !options.contains(&OURS) && !options.contains(&"strategy: InitContainers");
    is_named(before) && !is_named(options) && runs_tekton
}

fn with_options(options: &[&str], more: &[&str], repair: &str) -> Config {
    let all: Vec<_> = options.iter().chain(more).copied().collect();
    config(&all, if options.contains(&repair) { "" } else { repair })
}

fn revert(text: &str) -> String {
    convert(text, config(&[], "revert: true"))
}

#[test]
fn removed_probes_do_not_come_back() {
    let without = POD.replace("    livenessProbe:\n      exec:\n        command:\n        - alive\n", "");
    assert_ne!(without, POD);
    let converted = convert(POD, config(&[IMAGES], "probes: Remove"));
    assert_eq!(converted, convert(&without, config(&[IMAGES], "")));
    assert_eq!(convert(&converted, config(&[IMAGES], "")), converted);
    assert_eq!(revert(&converted), without);
}

#[test]
fn a_policy_that_is_set_after_the_repair_stays() {
    let always = POD.replace("OnFailure", "Always");
    let repaired = convert(&always, config(&[IMAGES], "restartPolicy: Never"));
    let changed = repaired.replace("restartPolicy: Never", "restartPolicy: OnFailure");
    assert_eq!(revert(&changed), POD);
}

#[test]
fn a_container_that_is_added_to_a_sorted_list_stays_before_the_same_container() {
    let sorted = convert(POD, config(&[IMAGES], "order: [tool, build, proxy, load]"));
    let added = "  - name: new\n    image: busybox\n    command:\n    - new\n";
    let changed = sorted.replace("  - name: proxy", &format!("{added}  - name: proxy"));
    assert_eq!(revert(&changed), POD.replace("  - name: tool", &format!("{added}  - name: tool")));
}

#[test]
fn a_sidecar_that_was_renamed_is_the_users_own() {
    let converted = convert(POD, config(&[IMAGES], SIDECARS));
    let reverted = revert(&converted.replace("name: proxy", "name: other"));
    assert!(
        reverted.contains("  - name: other # stays\n    image: proxy\n    restartPolicy: Always\n"),
        "{reverted}"
    );
    assert!(!reverted.contains("name: proxy"));
}

#[test]
fn only_our_entrypoint_gets_the_flag_for_retries() {
    let count = |text: &str| text.matches("- -retry\n").count();
    assert_eq!(count(&convert(POD, config(&[IMAGES], OURS))), 3);
    assert_eq!(count(&convert(POD, config(&[IMAGES], ""))), 0);
    let never = POD.replace("OnFailure", "Never");
    assert_eq!(count(&convert(&never, config(&[IMAGES], OURS))), 0);
}
