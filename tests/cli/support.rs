//! Runs the command in a temporary directory, and compares its output.

pub(crate) use crate::run::Run;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A pod to convert: two containers, comments, a character outside ASCII.
pub(crate) const POD: &str = include_str!("../../examples/pod.yaml");

/// An object that is not converted.
pub(crate) const SERVICE: &str = "apiVersion: v1\nkind: Service # für alle\nmetadata: {name: shop}\n";

/// The container `bare` has no command.
pub(crate) const BARE: &str = "\
# ä
apiVersion: v1
kind: Pod
metadata: {name: build, namespace: ci}
spec:
  restartPolicy: Never
  containers:
    - name: fetch
      image: alpine
      command: [wget]
    - name: bare
      image: alpine
";

/// The error for [`BARE`] in `file`. It suggests `kueueleuleu images` with the arguments `look_up`.
pub(crate) fn bare_report(file: &str, look_up: &str) -> String {
    format!(
        "\
error: Pod `ci/build`: container `bare` has no `command`
  --> {file}:11:7 (spec.containers[1])
   |
11 |     - name: bare
   |       ^^^^^^^^^^
  help: set `command:`, or record in the functionConfig (`images`) what the image runs: `kueueleuleu images {look_up}`; or use `strategy: InitContainers`, which needs no command; or add containers that never end to `sidecars`
"
    )
}

/// A directory with files in it.
pub(crate) struct Dir(tempfile::TempDir);

impl Dir {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let dir = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            dir.write(name, text);
        }
        dir
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().canonicalize().unwrap().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The names of all files, hidden ones too.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("")).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The command, to be run in this directory.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).current_dir(self.path(""));
        command.env_remove("NO_COLOR").env_remove("FORCE_COLOR").env_remove("KUSTOMIZE_PLUGIN_CONFIG_STRING");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with("", arguments)
    }

    pub(crate) fn run_with(&self, stdin: impl Into<Vec<u8>>, arguments: &[&str]) -> Run {
        let mut command = assert_cmd::Command::from_std(self.command(arguments));
        Run::of(&command.write_stdin(stdin).output().unwrap())
    }
}

/// The command's path.
pub(crate) fn binary() -> &'static Path {
    assert_cmd::cargo::cargo_bin!("kueueleuleu")
}

/// The text after its conversion.
pub(crate) fn converted(text: &str) -> String {
    let run = Dir::new(&[]).run_with(text, &["-f", "-"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    run.stdout
}

/// Reports that a test, or a part of it, was skipped. libtest shows what `eprintln!` prints for failed tests only.
pub(crate) fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

/// Reports that the test lacks something, and fails if `CI` is set.
pub(crate) fn missing(what: &str) {
    assert!(std::env::var_os("CI").is_none(), "missing: {what}");
    skipped(what);
}

/// Runs a tool. If it is missing, reports that and returns `None`.
pub(crate) fn tool(command: &mut Command) -> Option<Run> {
    let output = command.output();
    output
        .map_err(|error| missing(&format!("{} cannot be run: {error}", command.get_program().display())))
        .map(|output| Run::of(&output))
        .ok()
}

/// A mount that is undone at the end of a test.
pub(crate) struct Mount(PathBuf);

impl Mount {
    /// Mounts on `target`. If that is not allowed, reports it and returns `None`.
    pub(crate) fn new(arguments: &[&str], target: PathBuf) -> Option<Self> {
        let mounted = tool(Command::new("mount").args(arguments).arg(&target))?;
        if mounted.status == Some(0) {
            return Some(Self(target));
        }
        skipped(&format!("mount is not allowed here: {}", mounted.stderr.trim()));
        None
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
