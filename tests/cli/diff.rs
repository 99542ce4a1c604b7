//! `--diff` and `--check`.

use crate::support::{Dir, POD, Run, SERVICE, binary, converted, tool};
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

/// Applies a patch in a directory; `None` where `patch` is missing.
fn patch(directory: &Path, diff: &str) -> Option<Run> {
    tool(Command::new("patch").arg("--version"))?;
    let mut command = Command::new("patch");
    command.args(["-p1", "--binary", "--no-backup-if-mismatch", "--fuzz=0"]).current_dir(directory);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(diff.as_bytes()).unwrap();
    Some(Run::of(&child.wait_with_output().unwrap()))
}

#[test]
fn patch_turns_the_diff_into_what_the_command_writes() {
    let crlf = POD.replace('\n', "\r\n");
    let far = format!("{POD}---\n{}---\n{POD}", SERVICE.repeat(20));
    let texts = [
        ("a.yaml", POD),
        ("b c.yaml", POD.trim_end()),
        ("crlf.yaml", &crlf),
        ("dir/far.yaml", &far),
        ("dir/same.yaml", SERVICE),
        ("q\"uo\\te\ttab\u{e4}.yaml", POD),
        ("ünï.yaml", POD),
    ];
    let dir = Dir::new(&texts);
    let run = dir.run(&["--diff", "-R", "-f", "."]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    assert!(!run.stdout.contains("same.yaml"), "{}", run.stdout);
    let Some(patched) = patch(&dir.path(""), &run.stdout) else { return };
    assert_eq!((patched.status, patched.stderr.as_str()), (Some(0), ""), "{}", patched.stdout);
    assert!(!patched.stdout.contains("offset"), "{}", patched.stdout);
    for (name, text) in texts {
        assert_eq!(dir.read(name), converted(text), "{name}");
    }
    dir.run(&["--diff", "-R", "-f", "."]).is(0, "", "");
}

#[test]
fn the_headers_name_files_that_patch_accepts() {
    let dir = Dir::new(&[("dir/a.yaml", POD), ("here/b.yaml", POD)]);
    symlink("../dir/a.yaml", dir.path("here/link.yaml")).unwrap();
    let headers = |arguments: &[&str], directory: &str| {
        let output = dir.command(arguments).current_dir(dir.path(directory)).output().unwrap();
        let run = Run::of(&output);
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
        run.stdout.lines().take(2).collect::<Vec<_>>().join(" ")
    };
    let absolute = dir.path("dir/a.yaml").display().to_string();
    assert_eq!(headers(&["--diff", "-f", &absolute], ""), "--- a/dir/a.yaml +++ b/dir/a.yaml");
    assert_eq!(headers(&["--diff", "-f", "here/link.yaml"], ""), "--- a/dir/a.yaml +++ b/dir/a.yaml");
    let outside = headers(&["--diff", "-f", "../dir/a.yaml"], "here");
    assert_eq!(outside, format!("--- a{absolute} +++ b{absolute}"));
    if let Some(pipe) = tool(
        Command::new("bash")
            .args(["-c", &format!("{} --diff -f <(cat dir/a.yaml)", binary().display())])
            .current_dir(dir.path("")),
    ) {
        assert!(pipe.status == Some(0) && pipe.stdout.starts_with("--- a/dev/fd/"), "{pipe:?}");
    }
    let stdin = dir.run_with(POD, &["--diff", "-f", "-"]).stdout;
    assert!(stdin.starts_with("--- a/stdin\n+++ b/stdin\n@@ -"), "{stdin}");
}

#[test]
fn a_file_named_twice_is_in_the_diff_once() {
    let dir = Dir::new(&[("a.yaml", POD)]);
    symlink("a.yaml", dir.path("b.yaml")).unwrap();
    assert_eq!(dir.run(&["--diff", "-f", ".", "-f", "a.yaml"]), dir.run(&["--diff", "-f", "a.yaml"]));
}

#[test]
fn check_names_the_files_that_would_change_and_changes_nothing() {
    let dir = Dir::new(&[("dir/a.yaml", POD), ("dir/b.yaml", SERVICE), ("dir/c.yaml", POD)]);
    dir.run(&["-q", "--check", "-f", "dir"]).is(3, "dir/a.yaml\ndir/c.yaml\n", "");
    dir.run(&["-q", "--check", "-f", "./dir/b.yaml"]).is(0, "", "");
    dir.run_with(POD, &["-q", "--check", "-f", "-"]).is(3, "stdin\n", "");
    assert_eq!((dir.read("dir/a.yaml").as_str(), dir.read("dir/c.yaml").as_str()), (POD, POD));
    let diff = dir.run(&["--diff", "-f", "dir"]);
    dir.run(&["-q", "--diff", "--check", "-f", "dir"]).is(3, &diff.stdout, "");
}

#[test]
fn a_diff_is_colored_on_a_terminal() {
    let dir = Dir::new(&[("a.yaml", &POD.replace('\n', "\r\n"))]);
    let line = format!("{} --diff -f a.yaml", binary().display());
    let mut script = Command::new("script");
    script
        .args(["-qec", &line, "/dev/null"])
        .current_dir(dir.path(""))
        .env_remove("NO_COLOR")
        .env("TERM", "xterm");
    let Some(colored) = tool(&mut script) else { return };
    assert!(colored.stdout.starts_with("\u{1b}[1m--- a/a.yaml\u{1b}[0m\r\n"), "{:?}", colored.stdout);
    assert!(colored.stdout.contains("\n\u{1b}[32m+"), "{:?}", colored.stdout);
    let plain = tool(script.env("NO_COLOR", "1")).unwrap().stdout;
    assert!(plain.starts_with("--- a/a.yaml\r\n") && !plain.contains('\u{1b}'), "{plain:?}");
}
