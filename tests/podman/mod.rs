//! Pods that really run, by `podman kube play`, after they went through the real binary.
//!
//! One at a time: podman 4 makes an `emptyDir` a volume of that name, which all pods would share. What a run leaves
//! behind is removed before the next one begins, however it ended.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;

/// The image under test; `scripts/test-images` makes it.
pub(crate) const IMAGE: &str = "localhost/kueueleuleu:test";
/// A small image for commands.
pub(crate) const BUSYBOX: &str = "localhost/busybox:test";
/// How long anything may take on a loaded machine.
const DEADLINE: Duration = Duration::from_mins(1);

/// The right to use podman.
pub(crate) struct Podman {
    _turn: fs::File,
}

impl Podman {
    /// Takes a turn, or says why there is none. With `CI` set a missing tool is a failure.
    pub(crate) fn turn() -> Option<Self> {
        // A file, because another process may run tests too.
        let turn = fs::File::create(env::temp_dir().join("kueueleuleu-podman.lock")).expect("a file");
        turn.lock().expect("a lock");
        let podman = Self { _turn: turn };
        let images = [IMAGE, BUSYBOX].iter().all(|image| podman.succeeds(&["image", "exists", image]));
        if images {
            return Some(podman);
        }
        let missing = "podman and the images of scripts/test-images";
        assert!(env::var_os("CI").is_none(), "missing: {missing}");
        eprintln!("skipped: {missing} are not here");
        None
    }

    #[expect(clippy::unused_self, reason = "only who has the turn may")]
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("podman");
        command.args(arguments).stdin(Stdio::null());
        if env::var_os("CONTAINERS_CONF").is_none() {
            command.env("CONTAINERS_CONF", directory("podman").join("containers.conf"));
        }
        command
    }

    fn succeeds(&self, arguments: &[&str]) -> bool {
        self.command(arguments).output().is_ok_and(|output| output.status.success())
    }

    /// Runs podman, and returns its output. It must succeed.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("podman starts");
        assert!(output.status.success(), "podman {arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Converts `tests/pods/<name>.yaml` with `<name>.fn.yaml`, or else `fn.yaml`, and plays it.
    pub(crate) fn play(self, name: &str) -> Pod {
        let manifest = convert(name);
        let pod = Pod { podman: self, name: name.to_owned(), files: TempDir::new().expect("a directory") };
        pod.remove();
        let file = pod.files.path().join("pod.yaml");
        fs::write(&file, manifest).expect("a file");
        pod.podman.run(&["kube", "play", "--network", "none", &file.to_string_lossy()]);
        pod
    }
}

impl Drop for Podman {
    /// Removes the volumes that tests make beside their pods.
    fn drop(&mut self) {
        self.command(&["volume", "rm", "--force", "kueueleuleu-test", "kueueleuleu-init"]).output().ok();
    }
}

fn directory(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn convert(name: &str) -> Vec<u8> {
    let own = directory("pods").join(format!("{name}.fn.yaml"));
    let config = if own.exists() { own } else { directory("pods").join("fn.yaml") };
    let mut command = Command::new(env!("CARGO_BIN_EXE_kueueleuleu"));
    command.arg("-f").arg(directory("pods").join(format!("{name}.yaml"))).arg("--config").arg(config);
    let Output { status, stdout, stderr } = command.output().expect("the binary starts");
    assert!(status.success(), "{}", text(&stderr));
    stdout
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Polls until `done`.
pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < DEADLINE, "did not happen in {DEADLINE:?}: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// A pod that was started.
pub(crate) struct Pod {
    pub(crate) podman: Podman,
    name: String,
    files: TempDir,
}

impl Pod {
    fn container(&self, step: &str) -> String {
        format!("{}-{step}", self.name)
    }

    fn inspect(&self, step: &str, format: &str) -> String {
        self.podman.run(&["inspect", "--format", format, &self.container(step)]).trim().to_owned()
    }

    /// The exit code of a step, when it has one.
    pub(crate) fn code(&self, step: &str) -> i32 {
        until("the end of a step", || self.inspect(step, "{{.State.Status}}") == "exited");
        self.inspect(step, "{{.State.ExitCode}}").parse().expect("a number")
    }

    pub(crate) fn codes(&self, steps: &[&str]) -> Vec<i32> {
        steps.iter().map(|step| self.code(step)).collect()
    }

    pub(crate) fn is_running(&self, step: &str) -> bool {
        self.inspect(step, "{{.State.Status}}") == "running"
    }

    /// Stdout and stderr of a step.
    pub(crate) fn log(&self, step: &str) -> String {
        let output = self.podman.command(&["logs", &self.container(step)]).output().expect("podman starts");
        text(&output.stdout) + &text(&output.stderr)
    }

    /// The lines of all steps as `time step line`, sorted by time.
    pub(crate) fn timeline(&self, steps: &[&str]) -> Vec<String> {
        let mut lines: Vec<(String, String)> = Vec::new();
        for step in steps {
            let log = self.podman.run(&["logs", "--timestamps", &self.container(step)]);
            lines.extend(log.lines().filter_map(|line| {
                let (time, line) = line.split_once(' ')?;
                Some((time.to_owned(), format!("{step} {line}")))
            }));
        }
        lines.sort();
        lines.into_iter().map(|(_, line)| line).collect()
    }

    pub(crate) fn until_logged(&self, step: &str, line: &str) {
        until(&format!("`{line}` in the log of {step}"), || self.log(step).lines().any(|seen| seen == line));
    }

    /// Runs the command of a probe as the kubelet would; its exit code.
    pub(crate) fn probe(&self, step: &str, key: &str) -> Option<i32> {
        let manifest = fs::read_to_string(self.files.path().join("pod.yaml")).expect("a file");
        let manifest: serde_yaml::Value = serde_yaml::from_str(&manifest).expect("YAML");
        let mut containers = manifest["spec"]["containers"].as_sequence().expect("containers").iter();
        let container = containers.find(|container| container["name"] == step).expect("the step");
        let command = container[key]["exec"]["command"].as_sequence().expect("a command").iter();
        let name = self.container(step);
        let words: Vec<_> =
            ["exec", &name].into_iter().chain(command.map(|word| word.as_str().expect("a word"))).collect();
        self.podman.command(&words).output().expect("podman starts").status.code()
    }

    /// Makes a file in a step's container.
    pub(crate) fn touch(&self, step: &str, path: &str) {
        self.podman.run(&["exec", &self.container(step), "touch", path]);
    }

    /// Sends a signal to the supervisors of all these steps at once, as the kernel does when memory is short, or the
    /// kubelet; returns when. (`podman kill` takes one after the other, and after it podman restarts nothing.)
    pub(crate) fn kill(&self, steps: &[&str], signal: &str) -> SystemTime {
        let mut kill = Command::new("kill");
        kill.arg(format!("-{signal}")).args(steps.iter().map(|step| self.inspect(step, "{{.State.Pid}}")));
        let now = SystemTime::now();
        assert!(kill.status().is_ok_and(|status| status.success()));
        now
    }

    /// How long after `time` a step ended, which it did.
    pub(crate) fn lasted_after(&self, step: &str, time: SystemTime) -> Duration {
        let nanoseconds = self.inspect(step, "{{.State.FinishedAt.UnixNano}}").parse().expect("a number");
        let end = SystemTime::UNIX_EPOCH + Duration::from_nanos(nanoseconds);
        end.duration_since(time).unwrap_or_default()
    }

    /// Stops the pod, as its deletion does, with ten seconds of grace.
    pub(crate) fn stop(&self) {
        self.podman.run(&["pod", "stop", "--time", "10", &self.name]);
    }

    fn remove(&self) {
        self.podman.command(&["pod", "rm", "--force", "--time", "0", &self.name]).output().ok();
        let volumes = self.podman.run(&["volume", "ls", "--quiet"]);
        for volume in volumes.lines().filter(|volume| volume.starts_with("tekton-internal-")) {
            self.podman.command(&["volume", "rm", "--force", volume]).output().ok();
        }
    }
}

impl Drop for Pod {
    fn drop(&mut self) {
        self.remove();
    }
}
