//! Every option converges, comes off again, and changes nothing the second time.
//!
//! Each configuration below is put on what any other one has left: the result must be the one that the original would
//! have given, byte for byte.

use kueueleuleu::config::Config;
use kueueleuleu::convert::{Converter, parse_config};

/// Every step is one word in a block list, so that where `command` ends and `args` begins is the same after a revert.
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

/// Every option by itself and with others. None removes probes: that cannot be taken back.
const OPTIONS: [&[&str]; 10] = [
    &[IMAGES],
    &[IMAGES, SIDECARS],
    &[IMAGES, OURS],
    &[IMAGES, OURS, SIDECARS, "order: [tool, build, load]"],
    &[IMAGES, "order: [tool, build, proxy, load]"],
    &[IMAGES, "order: [load, proxy, tool, build]", "restartPolicy: Never"],
    &[IMAGES, "steps: [{name: build, timeout: 1m, onError: Continue}, {name: load, timeout: 2s}]", OURS],
    &[IMAGES, "prepare: {resources: {limits: {cpu: 1}}, securityContext: {runAsUser: 7}, imagePullPolicy: Always}"],
    &["images: [{name: tool, args: [other]}, {name: proxy, command: [a, b]}]", "entrypointImage: other"],
    &["strategy: InitContainers", SIDECARS, "order: [load, tool, build]"],
];

fn config(options: &[&str], more: &str) -> Config {
    let lines: Vec<String> = options.iter().chain([&more]).map(|option| format!("  {option}\n")).collect();
    let text =
        format!("apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\nspec:\n{}", lines.concat());
    parse_config(&text).unwrap_or_else(|error| panic!("{error:?}:\n{text}"))
}

#[track_caller]
fn convert(text: &str, config: Config) -> String {
    let converted = Converter::new(config).documents(text).unwrap();
    assert!(!converted.has_errors(), "{:#?}\n{text}", converted.diagnostics);
    converted.text()
}

fn each_text() -> [String; 3] {
    let absent = POD.replace("  restartPolicy: OnFailure # fine\n", "");
    [POD, &absent, &POD.replace("OnFailure", "Always")].map(|text| {
        let is_fine = text.contains("OnFailure");
        if is_fine { text.to_owned() } else { text.replace("Schritt", "Schritt, repariert") }
    })
}

/// Where the policy is none that the steps can live with, it is repaired.
fn repair(text: &str) -> &'static str {
    if text.contains("repariert") { "{}" } else { "" }
}

#[test]
fn each_option_converges_from_any_other_reverts_and_is_idempotent() {
    for text in each_text() {
        let repaired = |options: &'static [&'static str]| {
            let more =
                if text.contains("repariert") && !options.contains(&"restartPolicy: Never") { "restartPolicy: Never" } else { "" };
            config(options, more)
        };
        let _ = repair(&text);
        for options in OPTIONS {
            let once = convert(&text, repaired(options));
            assert_ne!(once, text);
            assert_eq!(convert(&once, repaired(options)), once, "{options:?} again");
            assert_eq!(convert(&once, config(&[], "revert: true")), text, "{options:?} reverted");
            for before in OPTIONS {
                let from = convert(&text, repaired(before));
                assert_eq!(convert(&from, repaired(options)), once, "from {before:?} to {options:?}");
            }
        }
    }
}
