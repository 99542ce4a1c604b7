//! Closed pipes, full devices, and output onto an input.

use crate::support::{Dir, Run};
use std::fs::OpenOptions;
use std::io::Read as _;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

/// More than a pipe holds, so that the command is still writing when the reader closes the pipe.
fn large() -> String {
    "# nothing to convert here\n".repeat(100_000)
}

#[test]
fn a_closed_pipe_is_success() {
    let dir = Dir::new(&[("a.yaml", &large()), ("b.yaml", "a: 1\n")]);
    let runs: [&[&str]; 3] = [&["-f", "a.yaml"], &["-f", "a.yaml", "-f", "b.yaml"], &["--help"]];
    for arguments in runs {
        let mut command = dir.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut reader = child.stdout.take().unwrap();
        reader.read_exact(&mut [0; 10]).unwrap();
        drop(reader);
        Run::of(&child.wait_with_output().unwrap()).is(0, "", "");
    }
}

#[test]
fn a_full_device_is_an_error() {
    let dir = Dir::new(&[("a.yaml", &large()), ("b.yaml", "a: 1\n")]);
    for name in ["a.yaml", "b.yaml"] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = dir.command(&["-f", name]).stdout(full).output().unwrap();
        Run::of(&output).is(2, "", "error: could not write to stdout: no space left on device\n");
    }
}

#[test]
fn a_slow_reader_gets_everything() {
    let dir = Dir::new(&[("a.yaml", &large())]);
    let mut child = dir.command(&["-f", "a.yaml"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut reader = child.stdout.take().unwrap();
    let mut read = String::new();
    while reader.by_ref().take(100_000).read_to_string(&mut read).unwrap() > 0 {
        sleep(Duration::from_millis(5));
    }
    assert_eq!(read, large());
    assert!(child.wait().unwrap().success());
}

/// `> same` empties the file before the command reads it, and `>> same` extends it meanwhile.
#[test]
fn output_onto_an_input_is_rejected() {
    let dir = Dir::new(&[("dir/a.yaml", "a: 1\n"), ("b.yaml", "")]);
    for (named, appends) in [("dir/a.yaml", true), ("dir", true), ("dir/a.yaml", false)] {
        let mut options = OpenOptions::new();
        let file =
            options.append(appends).write(true).truncate(!appends).open(dir.path("dir/a.yaml")).unwrap();
        let output = dir.command(&["-f", named]).stdout(file).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.starts_with("error: `dir/a.yaml` is both input and output"), "{stderr}");
    }
    let file = OpenOptions::new().write(true).open(dir.path("b.yaml")).unwrap();
    assert!(dir.command(&["-f", "dir/a.yaml"]).stdout(file).status().unwrap().success());
}
