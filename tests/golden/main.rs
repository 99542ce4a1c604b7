//! Golden cases: the exact output of the command for an input.
//!
//! Each directory beside this file is a case, and its name is the behavior that it shows:
//!
//! - `input.yaml` or `input.json` is passed with `-f`, or on stdin if the name begins with `function-`;
//! - `fn.yaml`, if present, is passed as `--config`;
//! - `output.*` is the expected stdout; only a case that fails may lack it;
//! - `stderr.txt` is the expected stderr, if any;
//! - `same.*`, if present, is another input whose output must mean the same.
//!
//! `BLESS=1` writes `output.*` and `stderr.txt`, and fails the cases that it wrote. Each case is its own test:
//! `cargo test --test golden NAME` runs the cases whose names contain NAME. `free.rs` checks what must hold for every
//! case.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read files, start processes, and fail in their helpers"
)]

mod free;

use std::fs;
use std::io::Write as _;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;

/// A directory with an input and its expected output.
pub(crate) struct Case {
    dir: PathBuf,
    /// The behavior that it shows.
    pub name: String,
    /// The name of the input's file.
    pub file: &'static str,
    /// The input.
    pub input: String,
    /// The configuration, if there is one.
    pub config: Option<String>,
}

/// The result of a run.
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

    /// Whether the case runs the command as a KRM function.
    pub(crate) fn is_function(&self) -> bool {
        self.name.starts_with("function-")
    }

    fn path(&self, stem: &str) -> PathBuf {
        self.dir.join(self.file.replace("input", stem))
    }

    /// Runs the command on the file of the input, so that diagnostics name it.
    fn run(&self) -> Run {
        if self.is_function() { self.convert(&self.input, &[]) } else { self.command(self.file, "", &[]) }
    }

    /// Runs the command on another text, with more arguments.
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

    /// Compares a run with the expectation, and returns what is wrong.
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
                wrong.push(format!("{file} was written: review it"));
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

/// The exit code that fits the diagnostics: 1 if only resources are at fault, or if a `ResourceList` is written.
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

/// The lines that differ, marked with `-` and `+`.
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

/// Runs each case as its own test. Understands the arguments of `cargo test` that select and list tests.
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut dirs: Vec<PathBuf> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    dirs.retain(|dir| dir.is_dir());
    dirs.sort();
    assert!(!dirs.is_empty(), "no case found in {}", dir.display());
    let count = dirs.len();
    dirs.retain(|dir| is_selected(&name(dir), &arguments) && !has("--ignored"));
    if has("--list") {
        for dir in &dirs {
            say(&format!("{}: test", name(dir)));
        }
        return ExitCode::SUCCESS;
    }
    let next = Mutex::new(dirs.iter());
    // A closure releases the lock before the case runs.
    let take = || next.lock().unwrap().next();
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        let work = || {
            while let Some(dir) = take() {
                let wrong = catch_unwind(|| Case::open(dir.clone()).check());
                let wrong = wrong.unwrap_or_else(|_| vec!["the test panicked".to_owned()]);
                if !has("-q") && !has("--quiet") {
                    say(&format!(
                        "test {} ... {}",
                        name(dir),
                        if wrong.is_empty() { "ok" } else { "FAILED" }
                    ));
                }
                if !wrong.is_empty() {
                    failed.lock().unwrap().push((name(dir), wrong));
                }
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        (0..threads).for_each(|_| drop(scope.spawn(work)));
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort();
    for (name, wrong) in &failed {
        say(&format!("\n---- {name} ----\n{}", wrong.join("\n")));
    }
    let names: Vec<&str> = failed.iter().flat_map(|(name, _)| ["\n    ", name]).collect();
    let (result, separator) = if failed.is_empty() { ("ok", "") } else { ("FAILED", "\n\nfailures:") };
    say(&format!(
        "{separator}{}\ntest result: {result}. {} passed; {} failed; 0 ignored; 0 measured; {} filtered out",
        names.concat(),
        dirs.len() - failed.len(),
        failed.len(),
        count - dirs.len()
    ));
    // The exit code of libtest, by which scripts tell failed tests from a crash.
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(101) }
}

fn name(dir: &Path) -> String {
    dir.file_name().unwrap().to_str().unwrap().to_owned()
}

/// Whether `CASE` and the filters select a case, and `--skip` does not exclude it.
fn is_selected(name: &str, arguments: &[String]) -> bool {
    const WITH_VALUE: [&str; 5] = ["--skip", "--test-threads", "--format", "--color", "--logfile"];
    let is_exact = arguments.iter().any(|argument| argument == "--exact");
    let is_match = |filter: &str| if is_exact { name == filter } else { name.contains(filter) };
    let previous = |at: usize| at.checked_sub(1).map_or("", |previous| arguments[previous].as_str());
    let numbered = || arguments.iter().enumerate();
    let mut filters = numbered()
        .filter(|(at, argument)| !argument.starts_with('-') && !WITH_VALUE.contains(&previous(*at)))
        .peekable();
    let mut skipped = numbered().filter(|(at, _)| previous(*at) == "--skip");
    let is_found = filters.peek().is_none() || filters.any(|(_, filter)| is_match(filter));
    let is_only = std::env::var("CASE").map_or(true, |only| only == name);
    is_only && is_found && !skipped.any(|(_, filter)| is_match(filter))
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
