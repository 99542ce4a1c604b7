//! The command as a function of the real kpt: `fn eval --exec` and `fn render --allow-exec`.

use crate::support::{BARE, Dir, POD, Run, SERVICE, binary, tool};
use std::process::Command;

const OWN_KIND: &str = "\
apiVersion: kueueleuleu.dev/v1alpha1
kind: SequentialContainers
metadata:
  name: ci
  annotations:
    config.kubernetes.io/local-config: 'true'
spec:
  entrypointImage: example.com/own:v1
";

fn kptfile(pipeline: &str) -> String {
    let exec = binary().display();
    format!(
        "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: shop\npipeline:\n  mutators:\n    - exec: {exec}\n{pipeline}"
    )
}

/// Runs kpt in a directory. Returns `None` if kpt is missing.
fn kpt(dir: &Dir, arguments: &[&str]) -> Option<Run> {
    tool(Command::new("kpt").args(arguments).current_dir(dir.path("")))
}

fn eval(dir: &Dir, arguments: &[&str]) -> Option<Run> {
    let exec = binary().display().to_string();
    kpt(dir, &[&["fn", "eval", ".", "--exec", &exec], arguments].concat())
}

fn render(dir: &Dir) -> Option<Run> {
    kpt(dir, &["fn", "render", "--allow-exec"])
}

/// Asserts that kpt succeeded, and that the function wrote nothing to stderr.
#[track_caller]
fn passed(run: &Run) {
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("[PASS]") && !run.stderr.contains("Stderr"), "{}", run.stderr);
}

/// Asserts that [`POD`] was converted and kept its comments.
#[track_caller]
fn is_converted(text: &str) {
    assert!(text.contains("name: kueueleuleu-prepare"), "{text}");
    let comments = |text: &str| text.matches('#').count();
    assert_eq!(comments(text), comments(POD), "{text}");
    for line in POD.lines().filter(|line| line.contains('#') && !line.contains("args:")) {
        assert!(text.contains(line.trim()), "lost: {line}\n{text}");
    }
}

#[test]
fn eval_converts_and_a_second_run_changes_nothing() {
    let dir = Dir::new(&[("pod.yaml", POD), ("service.yaml", SERVICE)]);
    let Some(run) = eval(&dir, &[]) else { return };
    passed(&run);
    is_converted(&dir.read("pod.yaml"));
    let first = dir.read("pod.yaml");
    passed(&eval(&dir, &[]).unwrap());
    assert_eq!((dir.read("pod.yaml"), dir.read("service.yaml")), (first, SERVICE.to_owned()));
}

#[test]
fn eval_passes_a_configuration_in_each_way() {
    let dir = Dir::new(&[("fn/fn.yaml", OWN_KIND), ("pod/pod.yaml", POD)]);
    let image = |arguments: &[&str]| {
        dir.write("pod/pod.yaml", POD);
        let exec = binary().display().to_string();
        let run = kpt(&dir, &[&["fn", "eval", "pod", "--exec", &exec], arguments].concat())?;
        passed(&run);
        is_converted(&dir.read("pod/pod.yaml"));
        Some(dir.read("pod/pod.yaml").contains("example.com/own:v1"))
    };
    let Some(without) = image(&[]) else { return };
    assert!(!without);
    assert_eq!(image(&["--fn-config", "fn/fn.yaml"]), Some(true));
    assert_eq!(image(&["--", "entrypointImage=example.com/own:v1"]), Some(true));
}

#[test]
fn eval_selects() {
    let dir = Dir::new(&[("a.yaml", POD), ("b.yaml", &POD.replace("name: build", "name: other"))]);
    let Some(run) = eval(&dir, &["--match-name", "other"]) else { return };
    passed(&run);
    assert_eq!(dir.read("a.yaml"), POD);
    is_converted(&dir.read("b.yaml"));
}

/// The first line that the function wrote to stderr. kpt shows only four lines.
fn first_line(run: &Run) -> &str {
    let stderr = run.stderr.split("Stderr:").nth(1).unwrap_or_default();
    stderr.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()
}

#[test]
fn the_first_line_names_the_resource_with_an_error_and_nothing_is_written() {
    let dir = Dir::new(&[("a.yaml", BARE), ("b.yaml", &POD.replace("name: build", "name: other"))]);
    let Some(run) = eval(&dir, &[]) else { return };
    assert_eq!(run.status, Some(1));
    let first = first_line(&run);
    assert!(first.contains("error: Pod `ci/build`: container `bare` has no `command`"), "{}", run.stderr);
    assert!(run.stderr.contains("--> a.yaml (index 0, spec.containers[1])"), "{}", run.stderr);
    assert!(run.stderr.contains("Exit code: 1"), "{}", run.stderr);
    assert_eq!(dir.read("a.yaml"), BARE);
    assert!(!dir.read("b.yaml").contains("kueueleuleu-prepare"));
}

#[test]
fn the_first_line_names_the_error_of_a_configuration() {
    let not_a_string = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\ndata: {check: true}\n";
    let dir = Dir::new(&[("pod/a.yaml", POD), ("fn.yaml", not_a_string)]);
    let exec = binary().display().to_string();
    let wrong: [(&[&str], &str); 3] = [
        (&["--", "nonsense=1"], "nonsense"),
        // kpt reads a first word without `=` as a kind.
        (&["--", "Job", "name=a"], "unknown kind `Job`"),
        (&["--fn-config", "fn.yaml"], "expected one of the strings `true`, `false`, found boolean `true`"),
    ];
    for (arguments, what) in wrong {
        let Some(run) = kpt(&dir, &[&["fn", "eval", "pod", "--exec", &exec], arguments].concat()) else {
            return;
        };
        assert_eq!(run.status, Some(1));
        let first = first_line(&run);
        assert!(first.contains("error: ") && first.contains(what), "{}", run.stderr);
        assert!(run.stderr.contains("Exit code: 1"), "{}", run.stderr);
        assert_eq!(dir.read("pod/a.yaml"), POD);
    }
}

/// kpt renders subpackages first, and writes nothing if one of them fails.
#[test]
fn the_first_line_names_the_error_of_a_subpackage_and_nothing_is_written() {
    let files = [
        ("Kptfile", kptfile("")),
        ("pod.yaml", POD.to_owned()),
        ("sub/Kptfile", kptfile("").replace("name: shop", "name: sub")),
        ("sub/bare.yaml", BARE.to_owned()),
        ("sub/pod.yaml", POD.replace("name: build", "name: other")),
    ];
    let dir = Dir::new(&files.each_ref().map(|(name, text)| (*name, text.as_str())));
    let Some(run) = render(&dir) else { return };
    assert_eq!(run.status, Some(1));
    let first = first_line(&run);
    assert!(first.contains("error: Pod `ci/build`: container `bare` has no `command`"), "{}", run.stderr);
    assert!(run.stderr.contains("--> bare.yaml (index 0, spec.containers[1])"), "{}", run.stderr);
    for (name, text) in files {
        assert_eq!(dir.read(name), text, "{name}");
    }
}

#[test]
fn a_package_with_nothing_to_convert_does_not_change() {
    let dir = Dir::new(&[]);
    let Some(run) = eval(&dir, &[]) else { return };
    passed(&run);
    assert!(dir.names().is_empty());
    dir.write("Kptfile", kptfile(""));
    dir.write("service.yaml", SERVICE);
    passed(&render(&dir).unwrap());
    assert_eq!((dir.read("Kptfile"), dir.read("service.yaml")), (kptfile(""), SERVICE.to_owned()));
}

#[test]
fn render_also_converts_subpackages_and_a_second_run_changes_nothing() {
    let files = [
        ("Kptfile", kptfile("      configPath: fn.yaml\n")),
        ("fn.yaml", OWN_KIND.to_owned()),
        ("pod.yaml", POD.to_owned()),
        ("sub/Kptfile", "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: sub\n".to_owned()),
        ("sub/pod.yaml", POD.replace("name: build", "name: other")),
    ];
    let dir = Dir::new(&files.each_ref().map(|(name, text)| (*name, text.as_str())));
    let Some(run) = render(&dir) else { return };
    passed(&run);
    let pods = || (dir.read("pod.yaml"), dir.read("sub/pod.yaml"));
    let first = pods();
    is_converted(&first.0);
    is_converted(&first.1);
    assert_eq!(first.0.matches("example.com/own:v1").count(), 1, "{}", first.0);
    assert_eq!(dir.read("fn.yaml"), OWN_KIND);
    passed(&render(&dir).unwrap());
    assert_eq!(pods(), first);
}

#[test]
fn render_without_configuration_and_with_each_way_to_select() {
    let pipelines = [
        ("", true),
        ("      selectors:\n        - name: other\n", false),
        ("      exclude:\n        - name: build\n", false),
        ("      configMap:\n        name: oth.*\n        kind: Pod\n", false),
    ];
    for (pipeline, all) in pipelines {
        let other = POD.replace("name: build", "name: other");
        let dir = Dir::new(&[("Kptfile", &kptfile(pipeline)), ("a.yaml", POD), ("b.yaml", &other)]);
        let Some(run) = render(&dir) else { return };
        passed(&run);
        is_converted(&dir.read("b.yaml"));
        assert_eq!(dir.read("a.yaml") != POD, all, "{pipeline}");
    }
}

/// kpt ignores the output of a validator, and reads only its exit code.
#[test]
fn render_validates() {
    let validator = kptfile("      configMap:\n        check: \"true\"\n").replace("mutators", "validators");
    let dir = Dir::new(&[("Kptfile", &validator), ("a.yaml", POD)]);
    let Some(run) = render(&dir) else { return };
    assert_eq!(run.status, Some(1));
    assert!(first_line(&run).contains("error: Pod `ci/build`: is not sequenced yet"), "{}", run.stderr);
    assert_eq!(dir.read("a.yaml"), POD);
    dir.run(&["-q", "-i", "-f", "a.yaml"]).is(0, "", "");
    passed(&render(&dir).unwrap());
    // kpt writes each flow list on one line.
    assert_eq!(dir.read("a.yaml"), crate::support::converted(POD).replace(",\n        ", ", "));
}
