//! The README and the book show what the program does: each output in them is what a command prints.
//!
//! A `console` block with an output holds one command. It is run by `sh` in a copy of `shown/`, with the examples beside
//! it, and stdout and stderr together must be what the block shows. `BLESS=1` writes the outputs into the pages, and
//! fails that run.

use crate::{read, root};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The files that the commands of the pages read, and stand-ins for other programs.
const SHOWN: &str = "tests/documents/shown";

/// Fenced blocks with an output that no command here prints, by their first line, and what checks them.
const ELSEWHERE: [(&str, &str, &str); 2] = [
    ("docs/architecture.md", " text ──> syntax", "a drawing"),
    ("docs/status.md", "$ kueueleuleu status pod/backoff", "tests/cli/status.rs"),
];

/// A fenced block of a page.
struct Block<'t> {
    language: &'t str,
    text: &'t str,
}

impl<'t> Block<'t> {
    fn first_line(&self) -> &'t str {
        self.text.lines().next().unwrap_or_default()
    }

    /// The one command of a `console` block, and the output below it.
    fn shown(&self) -> Option<(&'t str, &'t str)> {
        let (first, output) = self.text.split_once('\n')?;
        let command = first.strip_prefix("$ ").filter(|_| self.language == "console")?;
        let is_output = output.lines().any(|line| !line.starts_with("$ ") && !line.starts_with("    "));
        is_output.then_some((command, output))
    }
}

/// The README and the pages of the book. `tests/rules.rs` runs the examples of `docs/rules.md`.
fn pages() -> Vec<(String, String)> {
    let mut names = vec!["README.md".to_owned()];
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if Path::new(&name).extension().is_some_and(|extension| extension == "md") && name != "rules.md" {
            names.push(format!("docs/{name}"));
        }
    }
    assert!(names.len() > 15, "{names:?}");
    names.into_iter().map(|name| (name.clone(), read(&name))).collect()
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    // Text and blocks alternate.
    page.split("```").skip(1).step_by(2).map(|block| block.split_once('\n').unwrap()).map(block).collect()
}

fn block<'t>((language, text): (&'t str, &'t str)) -> Block<'t> {
    Block { language, text }
}

/// What a line of a page prints, stdout and stderr together, in a copy of [`SHOWN`] with the examples beside it.
fn printed(line: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    copy(&root().join(SHOWN), directory.path());
    copy(&root().join("examples"), &directory.path().join("examples"));
    let program = assert_cmd::cargo::cargo_bin!("kueueleuleu").parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let first = [program.to_owned(), directory.path().join("bin")];
    let path = std::env::join_paths(first.into_iter().chain(std::env::split_paths(&path))).unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("exec 2>&1; {line}")]).env("PATH", path).current_dir(&directory);
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, target): (PathBuf, _) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(path, target).unwrap();
        }
    }
}

#[test]
fn every_output_is_what_the_command_prints() {
    let (mut count, mut stale) = (0, String::new());
    for (name, page) in pages() {
        let mut blessed = page.clone();
        for block in blocks(&page) {
            let is_elsewhere =
                |(page, first, _): &(&str, &str, &str)| *page == name && block.text.starts_with(first);
            if ELSEWHERE.iter().any(is_elsewhere) {
                count += 1;
                continue;
            }
            // An output must follow its command, so that it can be compared.
            assert!(
                !["text", "diff"].contains(&block.language) || name == "README.md",
                "{name}: {}",
                block.first_line()
            );
            let Some((command, shown)) = block.shown() else { continue };
            count += 1;
            let printed = printed(command);
            if printed != shown {
                writeln!(stale, "{name}: $ {command}\nprints:\n{printed}").unwrap();
                blessed = blessed.replace(block.text, &format!("$ {command}\n{printed}"));
            }
        }
        if blessed != page && std::env::var_os("BLESS").is_some() {
            fs::write(root().join(&name), blessed).unwrap();
        }
    }
    assert!(stale.is_empty(), "BLESS=1 writes:\n{stale}");
    assert_eq!(count, 6, "outputs");
}

/// The README shows parts of a diff: `…` stands for the lines between them.
#[test]
fn the_first_diff_is_part_of_what_the_command_prints() {
    let [(_, readme), ..] = &pages()[..] else { panic!("no README") };
    let shown = blocks(readme).into_iter().find(|block| block.language == "diff").unwrap().text;
    let diff = printed(
        "kueueleuleu -f examples/hello.yaml --diff --entrypoint-kind Kueueleuleu --entrypoint-image \
         registry.example.com/kueueleuleu:v1",
    );
    let mut rest = diff.as_str();
    for part in shown.split("…\n") {
        let at = rest.find(&format!("\n{part}")).unwrap_or_else(|| panic!("{part} is not in {rest}"));
        rest = &rest[at + part.len()..];
    }
}

/// The configuration with every field, and the one of the README.
#[test]
fn the_configurations_are_accepted() {
    let mut count = 0;
    for (name, page) in pages() {
        for block in blocks(&page).iter().filter(|block| block.language == "yaml") {
            if !block.text.contains("kind: SequentialContainers\n") {
                continue;
            }
            count += 1;
            let directory = tempfile::tempdir().unwrap();
            let config = directory.path().join("config.yaml");
            fs::write(&config, block.text).unwrap();
            let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("kueueleuleu"));
            let output =
                command.args(["-f", "examples/hello.yaml", "--config"]).arg(&config).output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert!(output.status.success(), "{name}: {stderr}");
        }
    }
    assert_eq!(count, 3, "configurations");
}
