//! A service for the docker client, and our image: kustomize and kpt need both to run a container function.
//!
//! The service is `podman system service` with its own store in a temporary directory. The image contains the program
//! under test and its shared libraries; `tests/image.rs` tests the real image.

use crate::machine::{Workplace, binary, repository, skipped, tool};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The name of the published image.
pub(crate) const IMAGE: &str = concat!("ghcr.io/kueueleuleu/kueueleuleu:v", env!("CARGO_PKG_VERSION"));

/// Tests that run at the same time share it.
static RUNNING: Mutex<Weak<Docker>> = Mutex::new(Weak::new());

/// A running service.
pub(crate) struct Docker {
    process: Child,
    directory: TempDir,
}

impl Docker {
    /// Starts the service. If that is impossible, reports why and returns `None`.
    pub(crate) fn start() -> Option<Arc<Self>> {
        for name in ["docker", "podman", "runc"] {
            tool(name)?;
        }
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(docker) = running.upgrade() {
            return Some(docker);
        }
        let directory = tempfile::Builder::new().prefix("kueueleuleu-").tempdir().unwrap();
        import(directory.path());
        let process = podman(directory.path())
            .args(["system", "service", "--time=0", &address(directory.path())])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let docker = Arc::new(Self { process, directory });
        docker.wait();
        *running = Arc::downgrade(&docker);
        Some(docker)
    }

    /// Makes the docker client of a workplace use the service.
    pub(crate) fn lend(&self, place: &mut Workplace) {
        place.set("DOCKER_HOST", address(self.directory.path()));
    }

    /// Replaces the docker client by podman, as the package `podman-docker` does.
    ///
    /// With a service of podman before 4.6, `docker run --rm` exits with 0 whatever the container's exit code is
    /// (podman issue 18889), so that client cannot test functions that fail.
    pub(crate) fn stand_in(&self, place: &mut Workplace) {
        let podman = podman(self.directory.path());
        let words: Vec<_> = podman.get_args().map(|word| word.to_str().unwrap()).collect();
        let script =
            format!("#!/bin/sh\nexec {} {} \"$@\"\n", tool("podman").unwrap().display(), words.join(" "));
        place.script("docker", &script);
        place.script("podman", &script);
        place.set("CONTAINERS_CONF", conf().to_str().unwrap());
        // The old and the new name of kpt's setting.
        place.set("KPT_FN_RUNTIME", "podman");
        place.set("KRM_FN_RUNTIME", "podman");
    }

    fn wait(&self) {
        let socket = self.directory.path().join("socket");
        let begin = Instant::now();
        while std::os::unix::net::UnixStream::connect(&socket).is_err() {
            assert!(
                begin.elapsed() < Duration::from_mins(1),
                "podman does not listen at {}",
                socket.display()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn address(directory: &Path) -> String {
    format!("unix://{}/socket", directory.display())
}

/// Podman with its files in this directory.
fn podman(directory: &Path) -> Command {
    let mut command = Command::new("podman");
    for (option, name) in [("--root", "root"), ("--runroot", "run"), ("--tmpdir", "tmp")] {
        command.arg(option).arg(directory.join(name));
    }
    command.args(["--storage-driver=vfs", "--events-backend=file"]).env("CONTAINERS_CONF", conf());
    command
}

/// The user's containers.conf, or ours.
fn conf() -> PathBuf {
    let ours = repository().join("tests/podman/containers.conf");
    std::env::var_os("CONTAINERS_CONF").map_or(ours, PathBuf::from)
}

/// Builds the image.
fn import(directory: &Path) {
    let image = directory.join("image");
    let put = |from: &Path, to: &str| {
        let to = image.join(to.trim_start_matches('/'));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    };
    put(binary(), "/usr/bin/kueueleuleu");
    // Debug information is most of it, and the store keeps a copy for each container.
    let _ = Command::new("strip").arg(image.join("usr/bin/kueueleuleu")).status();
    for library in libraries() {
        put(&library, library.to_str().unwrap());
    }
    fs::create_dir_all(image.join("etc")).unwrap();
    // Functions run with `--user nobody`, a name that the image must know.
    fs::write(image.join("etc/passwd"), "nobody:x:65534:65534:nobody:/:/bin/false\n").unwrap();
    fs::write(image.join("etc/group"), "nogroup:x:65534:\n").unwrap();
    let archive = directory.join("image.tar");
    let tar = Command::new("tar").arg("-cf").arg(&archive).arg("-C").arg(&image).arg(".").status().unwrap();
    assert!(tar.success());
    let import = podman(directory)
        .args(["import", "--quiet", "--change", "ENTRYPOINT [\"/usr/bin/kueueleuleu\"]"])
        .args([&archive, Path::new(IMAGE)])
        .output()
        .unwrap();
    assert!(import.status.success(), "{}", String::from_utf8_lossy(&import.stderr));
}

/// The shared libraries of our program; none if it is static.
fn libraries() -> Vec<PathBuf> {
    let output = Command::new("ldd").arg(binary()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let libraries: Vec<_> =
        text.split_whitespace().filter(|word| word.starts_with('/')).map(PathBuf::from).collect();
    if libraries.is_empty() {
        skipped("no libraries are copied into the image: the program has none");
    }
    libraries
}
