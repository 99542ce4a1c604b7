//! Tests that only the command `images` opens connections: a conversion never does, as a function or on files.

use crate::support::{Dir, Run, is_missing, pod};
use std::fs::File;
use std::process::Command;

/// The system calls of a run that use the network.
fn network_calls(dir: &Dir, arguments: &[&str], stdin: Option<&str>) -> (Run, String) {
    let trace = dir.path("trace");
    let plain = dir.command(arguments);
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", "trace=network,execve", "-o"]).arg(&trace);
    command.arg(plain.get_program()).args(plain.get_args()).current_dir(dir.path(""));
    let output = match stdin {
        Some(name) => command.stdin(File::open(dir.path(name)).unwrap()),
        None => command.stdin(std::process::Stdio::null()),
    };
    let output = output.output().unwrap_or_else(|error| panic!("`strace` is needed: {error}"));
    let run = Run::of(&output);
    let trace = dir.read("trace");
    // The trace contains the start of the program, so it works.
    assert!(trace.contains("execve("), "{trace} {run:?}");
    (run, trace.lines().filter(|line| !line.contains("execve(")).collect())
}

#[test]
fn converting_opens_no_connection() {
    if is_missing(&["strace"]) {
        return;
    }
    let dir = Dir::new();
    dir.write("pod.yaml", pod(&["registry.example.com/a:1"]));
    let config = "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\nspec:\n  images:\n  - {name: 'registry.example.com/a:1', args: [x]}\n";
    dir.write("config.yaml", config);
    let indent = |text: &str| format!("  {}\n", text.trim_end().replace('\n', "\n  "));
    let list = |config: &str| {
        let item = pod(&["registry.example.com/a:1"]);
        let item = format!("- {}", indent(&item).trim_start());
        let config =
            if config.is_empty() { String::new() } else { format!("functionConfig:\n{}", indent(config)) };
        format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{item}{config}")
    };
    dir.write("list.yaml", list(config));
    dir.write("bare.yaml", list(""));
    for (arguments, stdin, status) in [
        (&["-f", "pod.yaml", "--config", "config.yaml"][..], None, 0),
        (&["-f", "pod.yaml"], None, 1),
        (&[], Some("list.yaml"), 0),
        (&[], Some("bare.yaml"), 1),
    ] {
        let (run, calls) = network_calls(&dir, arguments, stdin);
        assert_eq!(run.status, Some(status), "{run:?}");
        assert_eq!(calls, "", "{arguments:?}");
    }
    // The test would find a connection.
    dir.write("pod.yaml", pod(&["127.0.0.1:1/a:1"]));
    let (run, calls) = network_calls(&dir, &["images", "-f", "pod.yaml"], None);
    assert_eq!(run.status, Some(1));
    assert!(calls.contains("socket(AF_INET"), "{calls}");
}
