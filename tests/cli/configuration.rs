//! Where the command finds configurations, and how flags override them.

use crate::support::{Dir, POD, SERVICE, converted};

const HEAD: &str = "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\n";

fn config(spec: &str) -> String {
    format!("{HEAD}spec: {{{spec}}}\n")
}

/// A configuration with its own image, so that the output shows which configuration applied.
fn image(name: &str) -> String {
    config(&format!("entrypointImage: registry.example.com/{name}"))
}

/// The entrypoint images in an output.
fn images(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.trim().strip_prefix("image: registry.example.com/")).collect()
}

#[test]
fn the_nearest_configuration_in_the_repository_applies() {
    let dir = Dir::new(&[
        (".kueueleuleu.yaml", &image("outside")),
        ("repository/.git/HEAD", ""),
        ("repository/a.yaml", POD),
        ("repository/team/.kueueleuleu.yaml", &image("team")),
        ("repository/team/b.yaml", POD),
        ("repository/team/deep/er/c.yaml", POD),
        ("repository/team/deep/.kueueleuleu.yaml", &image("deep")),
    ]);
    let files = ["repository/a.yaml", "repository/team/b.yaml", "repository/team/deep/er/c.yaml"];
    let run = dir.run(&["-f", files[0], "-f", files[1], "-f", files[2]]);
    assert_eq!((run.status, &*run.stderr, images(&run.stdout)), (Some(0), "", vec!["team", "deep"]));
    // The search ends at the root of the repository. Outside a repository it goes through all parent directories.
    assert_eq!(dir.run(&["-f", files[0]]).stdout, converted(POD));
    dir.write("d.yaml", POD);
    assert_eq!(images(&dir.run(&["-f", "d.yaml"]).stdout), ["outside"]);
    // For stdin, the search starts in the current directory.
    assert_eq!(images(&dir.run_with(POD, &["-f", "-"]).stdout), ["outside"]);
    assert_eq!(dir.run(&["--no-config", "-f", "d.yaml"]).stdout, converted(POD));
    assert_eq!(
        images(&dir.run(&["--config", "repository/team/.kueueleuleu.yaml", "-f", "d.yaml"]).stdout),
        ["team"]
    );
}

#[test]
fn a_found_configuration_is_not_a_manifest_and_its_errors_are_shown() {
    let dir = Dir::new(&[(".kueueleuleu.yaml", &image("found")), ("m/a.yaml", POD), ("m/b.yaml", SERVICE)]);
    let run = dir.run(&["-f", "m"]);
    assert_eq!((run.status, images(&run.stdout)), (Some(0), vec!["found"]));
    dir.write("m/.kueueleuleu.yaml", config("strategy: Init, revert: 1"));
    let run = dir.run(&["-f", "m"]);
    assert_eq!((run.status, &*run.stdout), (Some(2), ""));
    assert_eq!(run.stderr.matches("--> m/.kueueleuleu.yaml:3:").count(), 2, "{}", run.stderr);
    dir.write("m/.kueueleuleu.yaml", config("selectors: [{kind: Job}]"));
    assert_eq!(dir.run(&["-f", "m/a.yaml"]).stdout, POD, "its selectors are for the whole repository");
    let run = dir.run(&["-f", "m/a.yaml", "--name", "x"]);
    assert!(run.stderr.contains("selector (name: x) matches nothing"), "{}", run.stderr);
}

#[test]
fn the_first_configuration_that_selects_an_object_applies() {
    let jobs = config("selectors: [{kind: Job}], entrypointImage: registry.example.com/jobs");
    let both = format!("{jobs}---\n{}", image("others"));
    let dir = Dir::new(&[("a.yaml", POD), ("jobs.yaml", &jobs), ("both.yaml", &both)]);
    assert_eq!(images(&dir.run(&["--config", "both.yaml", "-f", "a.yaml"]).stdout), ["others"]);
    dir.write("others.yaml", image("others"));
    let run = dir.run(&["--config", "jobs.yaml", "--config", "others.yaml", "-f", "a.yaml"]);
    assert_eq!((run.status, images(&run.stdout)), (Some(0), vec!["others"]));
    let run = dir.run(&["--config", "others.yaml", "--config", "jobs.yaml", "-f", "a.yaml"]);
    assert_eq!(images(&run.stdout), ["others"]);
    let run = dir.run(&["--config", "jobs.yaml", "-f", "a.yaml"]);
    assert_eq!(run.stdout, POD);
    assert!(run.stderr.contains("selectors[0] (kind: Job) matches nothing"), "{}", run.stderr);
    let run = dir.run_with(image("stdin"), &["--config", "-", "-f", "a.yaml"]);
    assert_eq!(images(&run.stdout), ["stdin"]);
    dir.run_with("", &["--config", "-", "-f", "-"]).is(
        2,
        "",
        "error: stdin was given twice, but can be read only once\n  help: write the configuration to a file\n",
    );
}

#[test]
fn flags_override_the_configuration() {
    let dir =
        Dir::new(&[("a.yaml", POD), ("c.yaml", &config("steps: [{name: x, timeout: 5m}], probes: Remove"))]);
    let run = dir.run(&["-f", "a.yaml", "--strategy", "initcontainers"]);
    assert_eq!((run.status, run.stdout.matches("/tekton/").count()), (Some(0), 0));
    // Without a configuration or a flag, the earlier choice stays.
    dir.write("init.yaml", &run.stdout);
    dir.run(&["-f", "init.yaml"]).is(0, &run.stdout, "");
    let back = dir.run(&["-f", "init.yaml", "--strategy", "Entrypoint"]);
    assert_eq!(back.status, Some(0));
    assert!(
        back.stderr.contains("the strategy changes from `InitContainers` to `Entrypoint`"),
        "{}",
        back.stderr
    );
    let run = dir.run(&["-f", "a.yaml", "--config", "c.yaml", "--strategy", "InitContainers"]);
    assert_eq!(run.status, Some(2));
    assert!(
        run.stderr.contains("`--strategy InitContainers`: the configuration has `timeout`"),
        "{}",
        run.stderr
    );
    let run = dir.run(&["-f", "a.yaml", "--entrypoint-kind", "Kueueleuleu"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.contains("`--entrypoint-kind Kueueleuleu` needs an image"), "{}", run.stderr);
    let ours = ["--entrypoint-kind", "kueueleuleu", "--entrypoint-image", "registry.example.com/ours"];
    let run = dir.run(&[&["-f", "a.yaml"][..], &ours].concat());
    assert_eq!((run.status, images(&run.stdout)), (Some(0), vec!["ours"]));
    let always = POD.replace("restartPolicy: Never", "restartPolicy: Always");
    dir.write("always.yaml", &always);
    assert_eq!(dir.run(&["-f", "always.yaml"]).status, Some(1));
    let run = dir.run(&["-f", "always.yaml", "--restart-policy", "Never"]);
    assert_eq!(run.status, Some(0));
    assert!(run.stdout.contains("restartPolicy: Never"));
    dir.run(&["-f", "a.yaml", "--sidecar", "("]).is(
        2,
        "",
        "error: `--sidecar`: `(` is not a regular expression: unclosed group\n  help: use RE2 syntax; the pattern \
         must match the whole value, so `^` and `$` are not needed\n",
    );
    let first = POD.lines().find_map(|line| line.trim().strip_prefix("- name: ")).unwrap();
    let run = dir.run(&["-f", "a.yaml", "--sidecar", first, "--probes", "Remove"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("restartPolicy: Always"), "{}", run.stdout);
}

#[test]
fn init_writes_a_configuration_that_changes_nothing() {
    let dir = Dir::new(&[("a.yaml", POD)]);
    let run = dir.run(&["init"]);
    assert_eq!((run.status, &*run.stdout), (Some(0), ""));
    assert_eq!(dir.run(&["-f", "a.yaml"]).stdout, converted(POD));
    let text = dir.read(".kueueleuleu.yaml");
    let run = dir.run(&["init"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.starts_with("error: `.kueueleuleu.yaml` already exists\n"), "{}", run.stderr);
    assert_eq!(dir.read(".kueueleuleu.yaml"), text);
    dir.run(&["init", "-"]).is(0, &text, "");
    dir.write("sub/x", "");
    assert_eq!(dir.run(&["init", "sub"]).status, Some(0));
    assert_eq!(dir.read("sub/.kueueleuleu.yaml"), text);
}

#[test]
fn explain_shows_type_default_meaning_and_example() {
    let dir = Dir::new(&[]);
    dir.run(&["explain", "spec.steps.timeout"]).is(
        0,
        "\
KIND:    SequentialContainers
VERSION: kueueleuleu.dev/v1alpha1

FIELD: timeout <string>

DESCRIPTION:
    How long the step may run, as a Go duration such as `90s` or `1h30m`. Then
    it is killed and has failed.

DEFAULT:
    no limit

EXAMPLE:
    timeout: 20m
",
        "",
    );
    let run = dir.run(&["explain"]);
    assert!(run.stdout.contains("FIELDS:\n  apiVersion <string>\n"), "{}", run.stdout);
    let run = dir.run(&["explain", "spec.strategy"]);
    assert!(run.stdout.contains("VALUES:\n    Entrypoint: "), "{}", run.stdout);
    dir.run(&["explain", "steps.timeout"]).is(
        2,
        "",
        "error: there is no field `steps` in `steps.timeout`\n  help: did you mean `spec.steps.timeout`?\n",
    );
    let run = dir.run(&["explain", "spec.stpes"]);
    assert!(run.stderr.contains("did you mean `steps`?"), "{}", run.stderr);
    let run = dir.run(&["explain", "spec.revert.x"]);
    assert!(run.stderr.starts_with("error: `revert` has no field `x`\n"), "{}", run.stderr);
}

/// `policy` and `images` used to read only `--config`.
#[test]
fn other_commands_look_for_the_configuration_too() {
    let dir = Dir::new(&[(".kueueleuleu.yaml", &image("found")), ("pods/a.yaml", POD)]);
    let run = dir.run(&["policy"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("registry.example.com/found"));
    assert_eq!(run, dir.run(&["policy", "--config", ".kueueleuleu.yaml"]));
    assert!(!dir.run(&["policy", "--no-config"]).stdout.contains("registry.example.com/found"));
    dir.write("pods/.kueueleuleu.yaml", config("strategy: Init"));
    for command in ["images", "run"] {
        let run = dir.run(&[command, "-f", "pods"]);
        assert!(
            run.status != Some(0) && run.stderr.contains("--> pods/.kueueleuleu.yaml:3:"),
            "{command}: {}",
            run.stderr
        );
    }
    let several = format!("{}---\n{}", image("a"), image("b"));
    dir.write("two.yaml", several);
    let run = dir.run(&["policy", "--config", "two.yaml"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.starts_with("error: `policy` needs exactly one configuration"), "{}", run.stderr);
}
