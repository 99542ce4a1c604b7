//! Converts pods with the real binary and runs them with `podman kube play`.
//!
//! Only one pod runs at a time: podman 4 turns an `emptyDir` into a volume of that name, which all pods would share.
//! Before a run, everything that an earlier run left is removed.

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;

/// The image under test. `scripts/test-images` builds it and the other [`IMAGES`].
pub(crate) const IMAGE: &str = "localhost/kueueleuleu:test";
/// A small image for commands.
pub(crate) const BUSYBOX: &str = "localhost/busybox:test";
/// The images that tests run, labeled with the hash of their sources.
const IMAGES: [&str; 3] = [IMAGE, BUSYBOX, "localhost/busybox-sigquit:test"];
/// How long anything may take on a loaded machine.
const DEADLINE: Duration = Duration::from_mins(1);

/// A test, and the tools that it needs in addition to podman.
pub(crate) struct Test {
    pub(crate) name: &'static str,
    pub(crate) run: fn(),
    pub(crate) tools: &'static [&'static str],
}

/// Defines `main`, which runs the listed tests. A test that needs more than podman lists the tools:
/// `name: "kubectl" "docker"`.
macro_rules! tests {
    ($($name:ident $(: $($tool:literal)+)?),+ $(,)?) => {
        fn main() -> std::process::ExitCode {
            podman::run_tests(&[$(podman::Test { name: stringify!($name), run: $name, tools: &[$($($tool),+)?] }),+])
        }
    };
}
pub(crate) use tests;

/// Runs the tests. Tests that lack podman, an image or a tool are ignored, and the last line gives their number and the
/// reasons. With `CI` set they fail.
pub(crate) fn run_tests(tests: &[Test]) -> ExitCode {
    let arguments = Arguments::from_args();
    let is_ci = env::var_os("CI").is_some();
    let of_podman = missing_images();
    let mut skipped = Vec::new();
    let trials = tests.iter().map(|test| {
        let missing = of_podman.clone().or_else(|| test.tools.iter().find_map(|tool| missing_tool(tool)));
        let is_ignored = missing.is_some() && !is_ci;
        if is_ignored {
            skipped.extend(missing.clone());
        }
        let run = test.run;
        let trial = Trial::test(test.name, move || {
            if let Some(missing) = missing {
                return Err(Failed::from(missing));
            }
            run();
            Ok(())
        });
        trial.with_ignored_flag(is_ignored)
    });
    let outcome = libtest_mimic::run(&arguments, trials.collect());
    if outcome.num_ignored > 0 && !arguments.list {
        skipped.sort();
        skipped.dedup();
        println!("{} tests were skipped: {}", outcome.num_ignored, skipped.join("; "));
    }
    outcome.exit_code()
}

/// Why no test can run here. An image with the right name may have been built from other sources, so its label is
/// compared.
fn missing_images() -> Option<String> {
    if let Some(missing) = missing_tool("podman") {
        return Some(missing);
    }
    let hash =
        Command::new(repository().join("scripts/source-hash")).output().expect("scripts/source-hash starts");
    assert!(hash.status.success(), "scripts/source-hash: {}", text(&hash.stderr));
    let hash = text(&hash.stdout);
    let format = r#"{{index .Labels "kueueleuleu.sources"}}"#;
    IMAGES.iter().find_map(|image| {
        let label = command(&["image", "inspect", "--format", format, image]).output().ok()?;
        let problem = match label.status.success() {
            false => "is missing",
            true if text(&label.stdout) != hash => "was built from other sources",
            true => return None,
        };
        Some(format!("the image `{image}` {problem}; `scripts/test-images` builds it"))
    })
}

fn missing_tool(name: &str) -> Option<String> {
    let is_there =
        Command::new(name).arg("--help").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    (!is_there).then(|| format!("{name} is missing"))
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new("podman");
    command.args(arguments).stdin(Stdio::null());
    if env::var_os("CONTAINERS_CONF").is_none() {
        command.env("CONTAINERS_CONF", directory("podman").join("containers.conf"));
    }
    command
}

/// The exclusive right to use podman.
pub(crate) struct Podman {
    _turn: fs::File,
}

impl Podman {
    /// Waits for the right to use podman.
    pub(crate) fn turn() -> Self {
        // A file, because another process may run tests, too.
        let turn = fs::File::create(env::temp_dir().join("kueueleuleu-podman.lock")).expect("a file");
        turn.lock().expect("a lock");
        Self { _turn: turn }
    }

    #[expect(clippy::unused_self, reason = "only the holder of the lock may use podman")]
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        command(arguments)
    }

    /// Runs podman, which must succeed, and returns its output.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("podman starts");
        assert!(output.status.success(), "podman {arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Converts `tests/pods/<name>.yaml` with `<name>.fn.yaml`, or else `fn.yaml`, and runs it.
    pub(crate) fn play(self, name: &str) -> Pod {
        let manifest = convert(name);
        self.start(name, &manifest)
    }

    /// Converts an example with its own configuration, and runs it with scripts in place of its programs.
    pub(crate) fn play_example(self, name: &str, file: &str, programs: &[(&str, &str)]) -> Pod {
        let directory = repository().join("examples").join(name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_kueueleuleu"));
        command.arg("-f").arg(directory.join(file)).arg("--config").arg(directory.join("sequential.yaml"));
        let Output { status, stdout, stderr } =
            command.args(["--entrypoint-image", IMAGE]).output().expect("the binary starts");
        assert!(status.success(), "{}", text(&stderr));
        let object: Value = serde_yaml::from_slice(&stdout).expect("one object");
        let files = TempDir::new().expect("a directory");
        let pod = with_programs(name, object, programs, files.path());
        let mut pod = self.start(name, pod.to_string().as_bytes());
        pod.example = Some(files);
        pod
    }

    fn start(self, name: &str, manifest: &[u8]) -> Pod {
        let pod = Pod {
            podman: self,
            name: name.to_owned(),
            files: TempDir::new().expect("a directory"),
            example: None,
        };
        pod.remove();
        let file = pod.files.path().join("pod.yaml");
        fs::write(&file, without_sub_paths(manifest, pod.files.path())).expect("a file");
        pod.podman.run(&["kube", "play", "--network", "none", &file.to_string_lossy()]);
        pod
    }
}

impl Drop for Podman {
    /// Removes the volumes that tests create without a pod.
    fn drop(&mut self) {
        self.command(&["volume", "rm", "--force", "kueueleuleu-test", "kueueleuleu-init"]).output().ok();
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn directory(name: &str) -> PathBuf {
    repository().join("tests").join(name)
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

/// The pod of an object, with scripts as its programs, local directories as its volumes, and without fields that need a
/// cluster.
fn with_programs(name: &str, mut object: Value, programs: &[(&str, &str)], files: &Path) -> Value {
    let route: &[&str] = match object["kind"].as_str() {
        Some("CronJob") => &["spec", "jobTemplate", "spec", "template", "spec"],
        Some("Job") => &["spec", "template", "spec"],
        _ => &["spec"],
    };
    let mut spec = route.iter().fold(&mut object, |value, key| &mut value[*key]).take();
    let directory = |name: &str| {
        let path = files.join(name);
        fs::create_dir_all(&path).expect("a directory");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).expect("its mode");
        json!({"name": name, "hostPath": {"path": path, "type": "Directory"}})
    };
    let mut volumes = vec![directory("programs")];
    for (program, script) in programs {
        let path = files.join("programs").join(program);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its mode");
    }
    for volume in spec["volumes"].as_array().expect("volumes") {
        let name = volume["name"].as_str().expect("a name");
        volumes.push(if name == "kueueleuleu" { volume.clone() } else { directory(name) });
    }
    spec["volumes"] = json!(volumes);
    spec.as_object_mut().expect("a spec").remove("resources");
    for list in ["initContainers", "containers"] {
        for container in spec[list].as_array_mut().expect("containers") {
            let fields = container.as_object_mut().expect("a container");
            fields.retain(|key, _| !["resources", "envFrom"].contains(&&**key));
            if list == "initContainers" {
                continue;
            }
            fields.insert("image".to_owned(), json!(BUSYBOX));
            let env = fields.entry("env").or_insert_with(|| json!([]));
            env.as_array_mut()
                .expect("a list")
                .push(json!({"name": "PATH", "value": "/programs:/bin:/usr/bin:/sbin"}));
            let mounts = container["volumeMounts"].as_array_mut().expect("a list");
            mounts.push(json!({"name": "programs", "mountPath": "/programs", "readOnly": true}));
        }
    }
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})
}

/// The manifest with each `subPath` of a volume as its own volume, because podman before 4.6 mounts the whole volume.
/// Both are local directories, as the kubelet would create them.
fn without_sub_paths(manifest: &[u8], files: &Path) -> String {
    let mut pod: Value = serde_yaml::from_slice(manifest).expect("one object");
    let mut volumes = BTreeMap::new();
    for list in ["containers", "initContainers"] {
        let containers = pod["spec"][list].as_array_mut().into_iter().flatten();
        for mount in containers.filter_map(|container| container["volumeMounts"].as_array_mut()).flatten() {
            let name = mount["name"].as_str().expect("a name").to_owned();
            let Some(sub_path) = mount.as_object_mut().and_then(|mount| mount.remove("subPath")) else {
                continue;
            };
            let sub_path = sub_path.as_str().expect("a path").to_owned();
            let own = format!("{name}-{}", sub_path.replace('/', "-"));
            mount["name"] = json!(own);
            volumes.insert(own, format!("{name}/{sub_path}"));
            volumes.insert(name.clone(), name);
        }
    }
    let list = pod["spec"]["volumes"].as_array_mut();
    if let Some(list) = list.filter(|_| !volumes.is_empty()) {
        list.retain(|volume| !volumes.contains_key(volume["name"].as_str().expect("a name")));
        for (name, path) in volumes {
            let path = files.join(path);
            fs::create_dir_all(&path).expect("a directory");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).expect("its mode");
            list.push(json!({"name": name, "hostPath": {"path": path, "type": "Directory"}}));
        }
    }
    pod.to_string()
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

/// A started pod.
pub(crate) struct Pod {
    pub(crate) podman: Podman,
    name: String,
    files: TempDir,
    /// The directories of an example.
    example: Option<TempDir>,
}

impl Pod {
    fn container(&self, step: &str) -> String {
        format!("{}-{step}", self.name)
    }

    fn inspect(&self, step: &str, format: &str) -> String {
        self.podman.run(&["inspect", "--format", format, &self.container(step)]).trim().to_owned()
    }

    /// Whether a volume of an example has this file.
    pub(crate) fn has_file(&self, path: &str) -> bool {
        self.example.as_ref().is_some_and(|files| files.path().join(path).exists())
    }

    /// Waits for the end of a step, and returns its exit code.
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

    /// Runs the command of a probe as the kubelet would, and returns its exit code.
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

    /// Creates a file in the container of a step.
    pub(crate) fn touch(&self, step: &str, path: &str) {
        self.podman.run(&["exec", &self.container(step), "touch", path]);
    }

    /// Sends a signal to the supervisors of these steps at once, as the kubelet or the kernel's OOM killer does, and
    /// returns the time. (`podman kill` signals one after the other, and podman restarts nothing afterwards.)
    pub(crate) fn kill(&self, steps: &[&str], signal: &str) -> SystemTime {
        let mut kill = Command::new("kill");
        // The last step first: the end of a step ends those that wait for it, perhaps before their signal.
        let pids = steps.iter().rev().map(|step| self.inspect(step, "{{.State.Pid}}"));
        kill.arg(format!("-{signal}")).args(pids);
        let now = SystemTime::now();
        assert!(kill.status().is_ok_and(|status| status.success()));
        now
    }

    /// How long after `time` a step ended. The step must have ended.
    pub(crate) fn lasted_after(&self, step: &str, time: SystemTime) -> Duration {
        let nanoseconds = self.inspect(step, "{{.State.FinishedAt.UnixNano}}").parse().expect("a number");
        let end = SystemTime::UNIX_EPOCH + Duration::from_nanos(nanoseconds);
        end.duration_since(time).unwrap_or_default()
    }

    /// Stops the pod as its deletion would, with a grace period of ten seconds.
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
