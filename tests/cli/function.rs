//! The command as a KRM function, as an exec plugin of kustomize, and as a plugin of kubectl.

use crate::support::{BARE, Dir, POD, Run, SERVICE, binary, converted, tool};
use std::os::unix::fs::symlink;
use std::process::Command;

const HEAD: &str = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n";

/// A `ResourceList` with one item.
fn list(item: &str) -> String {
    let lines = item.lines().filter(|line| !line.starts_with('#')).enumerate();
    let lines =
        lines.map(|(at, line)| format!("{} {line}\n", if at == 0 { "-" } else { " " })).collect::<Vec<_>>();
    format!("{HEAD}items:\n{}", lines.concat())
}

#[test]
fn a_resource_list_with_nothing_to_convert_is_preserved_byte_for_byte() {
    let dir = Dir::new(&[]);
    for text in [
        list(SERVICE),
        format!("{HEAD}items: []\n"),
        format!("# ä\r\n{}", list(SERVICE).replace('\n', "\r\n")),
    ] {
        dir.run_with(text.as_str(), &[]).is(0, &text, "");
    }
}

#[test]
fn the_list_is_written_even_if_a_resource_has_an_error() {
    let path = "metadata: {name: build, namespace: ci, annotations: {config.kubernetes.io/path: ci/pod.yaml, \
                config.kubernetes.io/index: '0'}}";
    let text = list(&BARE.replace("metadata: {name: build, namespace: ci}", path));
    let run = Dir::new(&[]).run_with(text.as_str(), &[]);
    let stderr = "\
error: Pod `ci/build`: container `bare` has no `command`
  --> ci/pod.yaml (index 0, spec.containers[1])
  help: set `command:`, or record in the functionConfig (`images`) what the image runs: `kueueleuleu images -f MANIFESTS --write CONFIG`; or use `strategy: InitContainers`, which needs no command; or add containers that never end to `sidecars`
";
    assert_eq!((run.status, run.stderr.as_str()), (Some(1), stderr));
    assert!(run.stdout.starts_with(&text), "{}", run.stdout);
    let json = Dir::new(&[]).run_with(text.as_str(), &["--error-format", "json"]);
    assert_eq!((json.status, &json.stdout), (Some(1), &run.stdout));
    let place = r#""file":"ci/pod.yaml","line":null,"column":null,"#;
    assert!(
        json.stderr.contains(place) && json.stderr.contains(r#""field":"spec.containers[1]""#),
        "{}",
        json.stderr
    );
}

#[test]
fn any_other_input_is_an_error() {
    for text in ["", "\n", "# nothing\n", SERVICE, POD, "{}", "a: [1, 2\nb: 3\n", "null"] {
        let run = Dir::new(&[]).run_with(text, &[]);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{text}");
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    }
    let run = Dir::new(&[]).run_with(POD, &[]);
    assert!(run.stderr.contains("`-f -` reads plain manifests"), "{}", run.stderr);
}

#[test]
fn on_a_terminal_the_help_is_shown() {
    let Some(run) = tool(Command::new("script").args(["-qec", &binary().display().to_string(), "/dev/null"]))
    else {
        return;
    };
    assert_eq!(run.status, Some(2));
    assert!(run.stdout.contains("Usage: kueueleuleu -f FILE [OPTIONS]"), "{}", run.stdout);
}

/// Runs the command as kustomize does: the configuration in a file and in the environment, manifests on stdin and stdout.
fn plugin(dir: &Dir, stdin: &str) -> Run {
    let mut command = dir.command(&["fn.yaml"]);
    command.env("KUSTOMIZE_PLUGIN_CONFIG_STRING", dir.read("fn.yaml"));
    let mut command = assert_cmd::Command::from_std(command);
    Run::of(&command.write_stdin(stdin).output().unwrap())
}

#[test]
fn an_exec_plugin_reads_and_writes_plain_manifests() {
    let config = "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\nmetadata: {name: ci}\n";
    let dir = Dir::new(&[("fn.yaml", config)]);
    let both = format!("{SERVICE}---\n{POD}");
    plugin(&dir, &both).is(0, &format!("{SERVICE}---\n{}", converted(POD)), "");
    plugin(&dir, BARE).is(1, "", &crate::support::bare_report("stdin", "-f MANIFESTS --write CONFIG"));
}

#[test]
fn kubectl_finds_it_as_a_plugin() {
    let dir = Dir::new(&[("pod.yaml", POD), ("bin/x", "")]);
    symlink(binary(), dir.path("bin/kubectl-kueueleuleu")).unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path =
        std::env::join_paths([dir.path("bin")].into_iter().chain(std::env::split_paths(&path))).unwrap();
    let mut kubectl = Command::new("kubectl");
    kubectl.args(["kueueleuleu", "-f", "pod.yaml"]).env("PATH", path).current_dir(dir.path(""));
    if let Some(run) = tool(&mut kubectl) {
        run.is(0, &converted(POD), "");
    }
}
