//! Finds the programs of this machine, and runs them in a temporary directory.

pub(crate) use crate::run::Run;
use serde_yaml::Value;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Our program.
pub(crate) fn binary() -> &'static Path {
    assert_cmd::cargo::cargo_bin!("kueueleuleu")
}

/// Reports that a test, or a part of it, was skipped. libtest shows what `eprintln!` prints for failed tests only.
pub(crate) fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

/// Finds a program by its name. If it is missing, reports that, or fails with `CI` set.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let found = which(name);
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "missing: {name}");
        skipped(&format!("{name} is not here"));
    }
    found
}

/// Finds a program that may be missing even with `CI` set.
pub(crate) fn optional_tool(name: &str) -> Option<PathBuf> {
    let found = which(name);
    if found.is_none() {
        skipped(&format!("{name} is not here"));
    }
    found
}

fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file())
}

/// Every kubectl on this machine, oldest first: the one on `PATH`, and those beside it with a version in their names.
pub(crate) fn kubectls() -> Vec<PathBuf> {
    let Some(default) = tool("kubectl") else { return Vec::new() };
    let target = default.canonicalize().unwrap();
    let mut versions: Vec<(u32, PathBuf)> = Vec::new();
    for entry in fs::read_dir(target.parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap_or_default();
        if let Some(minor) = name.strip_prefix("kubectl.1.").and_then(|minor| minor.parse().ok()) {
            versions.push((minor, entry.path()));
        }
    }
    if versions.is_empty() {
        return vec![default];
    }
    versions.sort();
    versions.into_iter().map(|(_, path)| path).collect()
}

/// The oldest and the newest of [`kubectls`].
pub(crate) fn oldest_and_newest_kubectl() -> Vec<PathBuf> {
    let mut all = kubectls();
    if all.len() > 2 {
        all.drain(1..all.len() - 1);
    }
    all
}

/// A home directory, a directory of programs that is first on `PATH`, and a working directory.
pub(crate) struct Workplace {
    root: TempDir,
    environment: Vec<(String, String)>,
}

impl Workplace {
    /// Empty, with our program among the programs.
    pub(crate) fn new() -> Self {
        let root = tempfile::Builder::new().prefix("kueueleuleu-").tempdir().unwrap();
        for name in ["home", "bin", "work"] {
            fs::create_dir(root.path().join(name)).unwrap();
        }
        let place = Self { root, environment: Vec::new() };
        place.program("kueueleuleu", binary());
        place
    }

    /// With a copy of a directory of the repository.
    pub(crate) fn copy_of(directory: &str) -> Self {
        let place = Self::new();
        copy(&repository().join(directory), &place.path(""));
        place
    }

    /// A path in the working directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().canonicalize().unwrap().join("work").join(name)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.root.path().canonicalize().unwrap().join("home")
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Puts a program first on `PATH`, under this name.
    pub(crate) fn program(&self, name: &str, program: &Path) {
        symlink(program, self.root.path().join("bin").join(name)).unwrap();
    }

    /// Puts a script first on `PATH`, under this name.
    pub(crate) fn script(&self, name: &str, script: &str) {
        let path = self.root.path().join("bin").join(name);
        executable(&path, script);
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.environment.push((name.to_owned(), value.into()));
    }

    /// A program, to be run in the working directory without the user's settings.
    pub(crate) fn command(&self, program: &str) -> Command {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let bin = self.root.path().join("bin");
        let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path))).unwrap();
        let mut command = Command::new(program);
        command.current_dir(self.path("")).env_clear();
        command.env("PATH", path).env("HOME", self.home()).env("LC_ALL", "C.UTF-8");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a line of bash.
    pub(crate) fn bash(&self, line: &str) -> Run {
        Run::of(&self.command("bash").args(["-c", line]).output().unwrap())
    }
}

/// Writes a script and makes it executable.
pub(crate) fn executable(path: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, script).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The documents of a stream, or the items of a `ResourceList`.
pub(crate) fn documents(text: &str) -> Vec<Value> {
    let documents: Vec<Value> = serde_yaml::Deserializer::from_str(text)
        .map(|document| serde::Deserialize::deserialize(document).unwrap())
        .collect();
    match documents.as_slice() {
        [list] if is_kind(list, "ResourceList") => list["items"].as_sequence().unwrap().clone(),
        _ => documents,
    }
}

pub(crate) fn is_kind(object: &Value, kind: &str) -> bool {
    object["kind"].as_str() == Some(kind)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

impl Run {
    /// The stdout of a run that must have exit code 0.
    #[track_caller]
    pub(crate) fn passed(self) -> String {
        assert_eq!(self.status, Some(0), "\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self.stdout
    }
}
