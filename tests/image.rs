//! Tests that the image is small and complete, and runs with the fewest privileges.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "tests start processes, read files, and report what they skip"
)]
#![expect(dead_code, reason = "another test uses the helpers for pods")]

mod podman;

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use podman::{IMAGE, Podman, text};

/// The options with which kustomize and kpt run functions, and stricter ones.
const HARDENED: [&str; 8] = [
    "run",
    "--rm",
    "--interactive",
    "--user=nobody",
    "--read-only",
    "--network=none",
    "--cap-drop=all",
    "--security-opt=no-new-privileges",
];

podman::tests!(
    every_user_can_read_the_root_directory,
    the_image_is_small_and_has_its_metadata,
    the_image_contains_only_the_expected_files,
    the_function_runs_as_nobody_without_capabilities,
    kustomize_runs_the_image_as_a_function: "kubectl" "docker",
    the_entrypoint_runs_as_nobody_without_capabilities,
    init_links_the_steps,
);

/// The root directory of the busybox images had the mode of a temporary directory, 0700, so only root could start
/// steps.
fn every_user_can_read_the_root_directory() {
    let podman = Podman::turn();
    let mode = podman.run(&[
        "run",
        "--rm",
        "--network=none",
        "--user=nobody",
        podman::BUSYBOX,
        "stat",
        "-c",
        "%a",
        "/",
    ]);
    // Some storage drivers of podman mount it read-only.
    assert!(["755\n", "555\n"].contains(&&*mode), "{mode}");
}

fn the_image_is_small_and_has_its_metadata() {
    let podman = Podman::turn();
    let size: u64 =
        podman.run(&["image", "inspect", "--format", "{{.Size}}", IMAGE]).trim().parse().expect("a number");
    assert!(size < 8_000_000, "{size} bytes");
    let format = r#"{{.User}} {{.Config.Entrypoint}} {{.Config.Cmd}} {{index .Labels "org.opencontainers.image.licenses"}}"#;
    assert_eq!(
        podman.run(&["image", "inspect", "--format", format, IMAGE]),
        "65532:65532 [/usr/bin/kueueleuleu] [] Apache-2.0\n"
    );
}

fn the_image_contains_only_the_expected_files() {
    let podman = Podman::turn();
    let id = podman.run(&["create", "--network=none", IMAGE]).trim().to_owned();
    let tar = podman.command(&["export", &id]).output().expect("podman starts").stdout;
    podman.run(&["rm", &id]);
    let mut list = Command::new("tar");
    let mut list = list.arg("-t").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("tar");
    let mut pipe = list.stdin.take().expect("piped");
    let feeder = std::thread::spawn(move || pipe.write_all(&tar));
    let names = text(&list.wait_with_output().expect("tar").stdout);
    feeder.join().expect("a thread").expect("a pipe");
    let ours = [
        "LICENSE",
        "etc/",
        "etc/group",
        "etc/passwd",
        "ko-app/",
        "ko-app/entrypoint",
        "usr/",
        "usr/bin/",
        "usr/bin/kueueleuleu",
    ];
    // Files that container runtimes create.
    let runtimes =
        ["dev/", "proc/", "run/", "sys/", "etc/hosts", "etc/hostname", "etc/resolv.conf", "etc/mtab"];
    for name in ours {
        assert!(names.lines().any(|seen| seen == name), "`{name}` is missing in {names}");
    }
    for name in names.lines() {
        let known = ours.contains(&name) || runtimes.iter().any(|theirs| name.starts_with(theirs));
        assert!(known, "`{name}` is unexpected");
    }
}

fn the_function_runs_as_nobody_without_capabilities() {
    let podman = Podman::turn();
    let help = podman.run(&[&HARDENED[..], &[IMAGE, "--help"]].concat());
    assert!(help.contains("kueueleuleu"), "{help}");

    let pods = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pods");
    let read = |name: &str| std::fs::read_to_string(pods.join(name)).expect("a file");
    let indented = |text: &str| text.lines().map(|line| format!("  {line}\n")).collect::<Vec<_>>().concat();
    let (item, function) =
        (indented(&read("order.yaml")).replacen("  ", "- ", 1), indented(&read("fn.yaml")));
    let list = format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{item}functionConfig:\n{function}"
    );
    let mut command = podman.command(&[&HARDENED[..], &[IMAGE]].concat());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("podman starts");
    child.stdin.take().expect("piped").write_all(list.as_bytes()).expect("a reader");
    let output = child.wait_with_output().expect("a child of ours");
    let converted = text(&output.stdout);
    assert!(output.status.success() && converted.contains("mountPath: /kueueleuleu/run/2"), "{converted}");
}

/// kustomize runs functions with the `docker` client, which talks to podman here.
fn kustomize_runs_the_image_as_a_function() {
    let podman = Podman::turn();
    let docker = Service::start(&podman);
    let directory = tempfile::TempDir::new().expect("a directory");
    let pods = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pods");
    std::fs::copy(pods.join("order.yaml"), directory.path().join("order.yaml")).expect("a copy");
    let function = std::fs::read_to_string(pods.join("fn.yaml")).expect("a file");
    let annotation = format!(
        "  name: fn\n  annotations:\n    config.kubernetes.io/function: |\n      container:\n        image: {IMAGE}\n"
    );
    let function = function.replace("  name: fn\n", &annotation);
    std::fs::write(directory.path().join("fn.yaml"), function).expect("a file");
    let kustomization = "resources: [order.yaml]\ntransformers: [fn.yaml]\n";
    std::fs::write(directory.path().join("kustomization.yaml"), kustomization).expect("a file");
    let mut kubectl = Command::new("kubectl");
    kubectl
        .args(["kustomize", "--enable-alpha-plugins"])
        .arg(directory.path())
        .env("DOCKER_HOST", docker.address());
    let output = kubectl.output().expect("kubectl starts");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let converted = text(&output.stdout);
    assert!(converted.contains("- /kueueleuleu/bin/entrypoint"), "{converted}");
    assert!(converted.contains("mountPath: /kueueleuleu/run/2"), "{converted}");
}

/// `podman system service`, for the `docker` client.
struct Service {
    process: Child,
    directory: tempfile::TempDir,
}

impl Service {
    /// Starts the service.
    fn start(podman: &Podman) -> Self {
        let directory = tempfile::TempDir::new().expect("a directory");
        let socket = directory.path().join("podman.sock");
        let address = format!("unix://{}", socket.display());
        let process =
            podman.command(&["system", "service", "--time=0", &address]).spawn().expect("podman starts");
        podman::until("a socket", || socket.exists());
        Self { process, directory }
    }

    fn address(&self) -> String {
        format!("unix://{}", self.directory.path().join("podman.sock").display())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn the_entrypoint_runs_as_nobody_without_capabilities() {
    let podman = Podman::turn();
    let step = ["-termination_path=/tmp/t", "-entrypoint=/ko-app/entrypoint", "--", "-help"];
    let words = [&HARDENED[..], &["--entrypoint=/ko-app/entrypoint", IMAGE], &step].concat();
    assert!(podman.run(&words).starts_with("Usage: entrypoint "));
}

fn init_links_the_steps() {
    let podman = Podman::turn();
    // Podman mounts a writable /tmp in a read-only container; /tekton is the volume of the steps.
    podman.command(&["volume", "rm", "--force", "kueueleuleu-init"]).output().expect("podman starts");
    let mount = ["--volume", "kueueleuleu-init:/tekton", "--entrypoint=/ko-app/entrypoint", IMAGE];
    let init = ["init", "/ko-app/entrypoint", "/tekton/bin/entrypoint", "fetch", "build"];
    for _ in 0..2 {
        assert_eq!(podman.run(&[&["run", "--rm", "--network=none"], &mount[..], &init].concat()), "");
    }
    let list = [
        "-c",
        "cd /tekton/steps; for name in *; do echo $name $(readlink $name); done; test -x ../bin/entrypoint",
    ];
    let words =
        ["run", "--rm", "--network=none", "--volume", "kueueleuleu-init:/tekton", podman::BUSYBOX, "sh"];
    let expected = "0 /tekton/run/0/status\n1 /tekton/run/1/status\nbuild /tekton/run/1/status\nfetch /tekton/run/0/status\n";
    assert_eq!(podman.run(&[&words[..], &list].concat()), expected);
}
