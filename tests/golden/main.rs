//! Golden cases: what the command makes of a text, byte for byte.
//!
//! Each directory beside this file is a case, and its name is the behaviour:
//!
//! - `input.yaml` or `input.json` is read with `-f`, or, where the name begins with `function-`, on stdin;
//! - `fn.yaml`, where it is there, is given as `--config`;
//! - `output.*` is what comes on stdout, and must be there unless the command fails;
//! - `stderr.txt` is what comes on stderr, where something does;
//! - `same.*`, where it is there, is another input that must give what says the same.
//!
//! `BLESS=1` writes `output.*` and `stderr.txt`, and fails the cases that it wrote. `CASE=name` runs one case alone.
//! What holds for every case without being written down is in `free.rs`.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read files, start processes, and fail in their helpers"
)]

mod free;

use std::fs;
use std::path::{Path, PathBuf};

/// A directory with an input and what is to come of it.
pub(crate) struct Case {
    dir: PathBuf,
    /// The behaviour.
    pub name: String,
    /// The name of the input's file.
    pub file: &'static str,
    /// The input.
    pub input: String,
    /// The configuration, if there is one.
    pub config: Option<String>,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Case {
    fn open(dir: PathBuf) -> Self {
        let file = if dir.join("input.json").exists() { "input.json" } else { "input.yaml" };
        let name = dir.file_name().unwrap().to_str().unwrap().to_owned();
        let input =
            fs::read_to_string(dir.join(file)).unwrap_or_else(|error| panic!("{name}: {file}: {error}"));
        let config = fs::read_to_string(dir.join("fn.yaml")).ok();
        Self { dir, name, file, input, config }
    }

    /// Whether the case is one of the KRM function's.
    pub(crate) fn is_function(&self) -> bool {
        self.name.starts_with("function-")
    }

    fn path(&self, stem: &str) -> PathBuf {
        self.dir.join(self.file.replace("input", stem))
    }

    /// The command on the input itself, so that messages name its file.
    fn run(&self) -> Run {
        if self.is_function() { self.convert(&self.input, &[]) } else { self.command(self.file, "", &[]) }
    }

    /// The command on another text, with further arguments.
    pub(crate) fn convert(&self, text: &str, arguments: &[&str]) -> Run {
        self.command("-", text, arguments)
    }

    fn command(&self, file: &str, stdin: &str, arguments: &[&str]) -> Run {
        let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("kueueleuleu"));
        command.current_dir(&self.dir).env_remove("KUSTOMIZE_PLUGIN_CONFIG_STRING");
        if !self.is_function() {
            command.args(["-f", file]).args(arguments);
        }
        if self.config.is_some() {
            command.args(["--config", "fn.yaml"]);
        }
        let output = command.write_stdin(stdin).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Run {
            status: output.status.code().unwrap(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Compares with what is written down; what is wrong, if anything is.
    fn check(&self) -> Vec<String> {
        let run = self.run();
        let expected = [
            (self.path("output"), (run.status == 0 || !run.stdout.is_empty()).then_some(&run.stdout)),
            (self.dir.join("stderr.txt"), (!run.stderr.is_empty()).then_some(&run.stderr)),
        ];
        let mut wrong = Vec::new();
        for (path, actual) in expected {
            let expected = fs::read_to_string(&path).ok();
            if expected.as_ref() == actual {
                continue;
            }
            let file = path.file_name().unwrap().display();
            if std::env::var_os("BLESS").is_some() {
                match actual {
                    Some(actual) => fs::write(&path, actual).unwrap(),
                    None => fs::remove_file(&path).unwrap(),
                }
                wrong.push(format!("{file} is written: look at it"));
            } else {
                let (expected, actual) = (expected.unwrap_or_default(), actual.map_or("", String::as_str));
                wrong.push(format!("{file} differs:\n{}", difference(&expected, actual)));
            }
        }
        let status = status(&run, self.is_function());
        if run.status != status {
            wrong.push(format!("exit code {} instead of {status}", run.status));
        }
        if let Ok(same) = fs::read_to_string(self.path("same")) {
            let other = self.convert(&same, &[]).stdout;
            if other != run.stdout && !free::same(&other, &run.stdout) {
                wrong.push(format!("the other input gives:\n{}", difference(&run.stdout, &other)));
            }
        }
        wrong.extend(free::check(self, &run));
        wrong
    }
}

/// The exit code that belongs to what was said: 1 where resources are at fault, or a `ResourceList` is written.
fn status(run: &Run, is_function: bool) -> i32 {
    let errors: Vec<&str> = run.stderr.lines().filter_map(|line| line.strip_prefix("error: ")).collect();
    let about_resource =
        |error: &&str| ["Pod", "Job", "CronJob", "List"].iter().any(|kind| error.starts_with(kind));
    if errors.is_empty() {
        0
    } else if (is_function && !run.stdout.is_empty()) || errors.iter().all(about_resource) {
        1
    } else {
        2
    }
}

/// The lines that differ, with signs.
pub(crate) fn difference(expected: &str, actual: &str) -> String {
    let (old, new) = (lines(expected), lines(actual));
    let mut out = String::new();
    for operation in similar::capture_diff_slices(similar::Algorithm::Myers, &old, &new) {
        if !matches!(operation, similar::DiffOp::Equal { .. }) {
            let sides = [('-', &old[operation.old_range()]), ('+', &new[operation.new_range()])];
            for (sign, lines) in sides {
                out.extend(lines.iter().map(|line| format!("{sign}{}\n", line.escape_debug())));
            }
        }
    }
    out
}

/// The lines of a text, with their line breaks.
pub(crate) fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

#[test]
fn every_case_gives_what_is_written_down() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let only = std::env::var("CASE").ok();
    let mut dirs: Vec<PathBuf> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    dirs.retain(|dir| dir.is_dir() && only.as_ref().is_none_or(|only| dir.ends_with(only)));
    dirs.sort();
    assert!(!dirs.is_empty(), "no case found in {}", dir.display());
    let cases: Vec<Case> = dirs.into_iter().map(Case::open).collect();
    let mut wrong = String::new();
    for case in &cases {
        for what in case.check() {
            wrong.extend(["\n", case.name.as_str(), ": ", what.as_str()]);
        }
    }
    assert!(wrong.is_empty(), "{wrong}\n");
}
