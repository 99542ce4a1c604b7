//! Handmade images, registries with them, and the command that looks them up.

pub(crate) use crate::run::Run;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// A temporary directory with a home directory without credentials.
pub(crate) struct Dir(tempfile::TempDir);

impl Dir {
    pub(crate) fn new() -> Self {
        let dir = Self(tempfile::tempdir().unwrap());
        fs::create_dir(dir.path("home")).unwrap();
        dir
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The command, to be run in this directory without the user's settings for registries.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("kueueleuleu"));
        command.args(arguments).current_dir(self.0.path()).env("HOME", self.path("home"));
        for name in [
            "DOCKER_CONFIG",
            "REGISTRY_AUTH_FILE",
            "XDG_RUNTIME_DIR",
            "XDG_CONFIG_HOME",
            "SSL_CERT_FILE",
            "SSL_CERT_DIR",
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "ALL_PROXY",
            "NO_PROXY",
            "http_proxy",
            "https_proxy",
            "all_proxy",
            "no_proxy",
        ] {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        run_command(self.command(arguments))
    }

    /// Looks up the images of `pod.yaml`, and returns the JSON output.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let run = self.run(&[&["images", "-f", "pod.yaml", "-o", "json"], arguments].concat());
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{run:?}");
        serde_json::from_str(&run.stdout).unwrap()
    }

    /// Looks up the images of `pod.yaml`, which must fail, and returns stderr.
    pub(crate) fn failure(&self, arguments: &[&str]) -> String {
        let run = self.run(&[&["images", "-f", "pod.yaml"], arguments].concat());
        assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{run:?}");
        run.stderr
    }
}

/// Runs a command without stdin.
pub(crate) fn run_command(mut command: Command) -> Run {
    Run::of(&command.stdin(Stdio::null()).output().unwrap())
}

/// A pod with a step for each image, and a step with a command.
pub(crate) fn pod(images: &[&str]) -> String {
    let mut text = "\
apiVersion: v1
kind: Pod
metadata: {name: größe}
spec:
  restartPolicy: Never
  containers:
  - {name: own, image: none, command: ['true']}
"
    .to_owned();
    for (at, image) in images.iter().enumerate() {
        let _ = writeln!(text, "  - name: c{at}\n    image: '{image}'");
    }
    text
}

/// Whether a tool that a test needs is missing. Reports that, or fails with `CI` set.
pub(crate) fn is_missing(tools: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there =
        |tool: &&&str| std::env::split_paths(&path).any(|directory| directory.join(tool).is_file());
    let Some(tool) = tools.iter().find(|tool| !is_there(tool)) else { return false };
    assert!(std::env::var_os("CI").is_none(), "missing: {tool}");
    // libtest shows what `eprintln!` prints for failed tests only.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {tool} is missing");
    true
}

/// Runs a tool that must succeed.
#[track_caller]
pub(crate) fn tool(program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("`{program}` is needed: {error}"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {stderr}");
    output.stdout
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    kueueleuleu::images::reference::Digest::of(bytes).to_string()
}

/// A handmade OCI layout.
pub(crate) struct Layout {
    pub(crate) path: PathBuf,
    manifests: Vec<Value>,
}

impl Layout {
    pub(crate) fn new(path: PathBuf) -> Self {
        fs::create_dir_all(path.join("blobs/sha256")).unwrap();
        fs::write(path.join("oci-layout"), r#"{"imageLayoutVersion": "1.0.0"}"#).unwrap();
        Self { path, manifests: Vec::new() }
    }

    fn blob(&self, media_type: &str, bytes: &[u8]) -> Value {
        let digest = digest(bytes);
        fs::write(self.path.join("blobs").join(digest.replace(':', "/")), bytes).unwrap();
        json!({"mediaType": media_type, "digest": digest, "size": bytes.len()})
    }

    /// The descriptor of an image with this `config`.
    pub(crate) fn image(&self, architecture: &str, run: &Value) -> Value {
        let config = json!({
            "os": "linux", "architecture": architecture, "config": run,
            "rootfs": {"type": "layers", "diff_ids": []}, "history": [],
        });
        let config = self.blob(CONFIG, config.to_string().as_bytes());
        let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": []});
        let mut descriptor = self.blob(MANIFEST, manifest.to_string().as_bytes());
        descriptor["platform"] = json!({"os": "linux", "architecture": architecture});
        descriptor
    }

    /// The descriptor of an index of these images.
    pub(crate) fn index(&self, images: &[Value]) -> Value {
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": images});
        self.blob(INDEX, index.to_string().as_bytes())
    }

    /// Names an image, and returns its digest.
    pub(crate) fn name(&mut self, name: &str, mut descriptor: Value) -> String {
        descriptor["annotations"] = json!({"org.opencontainers.image.ref.name": name});
        let digest = descriptor["digest"].as_str().unwrap().to_owned();
        self.manifests.push(descriptor);
        let index = json!({"schemaVersion": 2, "manifests": self.manifests});
        fs::write(self.path.join("index.json"), index.to_string()).unwrap();
        digest
    }

    /// The document with this digest.
    pub(crate) fn document(&self, digest: &str) -> Vec<u8> {
        fs::read(self.path.join("blobs").join(digest.replace(':', "/"))).unwrap()
    }
}

/// The registry of the distribution project, on this machine.
pub(crate) struct Registry {
    child: Child,
    pub(crate) host: String,
}

impl Registry {
    /// Starts a registry with these lines in its configuration.
    pub(crate) fn start(dir: &Dir, more: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let host = format!("127.0.0.1:{port}");
        let storage = dir.path(&format!("registry-{port}"));
        let config = format!(
            "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n\
             {more}\nhttp:\n  addr: {host}\n{}",
            storage.display(),
            if dir.path("server.pem").exists() {
                format!(
                    "  tls: {{certificate: {}, key: {}}}\n",
                    dir.path("server.pem").display(),
                    dir.path("server.key").display()
                )
            } else {
                String::new()
            }
        );
        let config = dir.write(&format!("registry-{port}.yaml"), config);
        let log = fs::File::create(dir.path(&format!("registry-{port}.log"))).unwrap();
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(config)
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("`docker-registry` is needed: {error}"));
        let registry = Self { child, host };
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(&registry.host).is_err() {
            assert!(Instant::now() < deadline, "the registry does not start");
            thread::sleep(Duration::from_millis(20));
        }
        registry
    }

    /// Copies an image of a layout into the registry, with more flags for `skopeo`.
    pub(crate) fn push(&self, layout: &Layout, name: &str, to: &str, flags: &[&str]) {
        let from = format!("oci:{}:{name}", layout.path.display());
        let to = format!("docker://{}/{to}", self.host);
        let arguments = ["--insecure-policy", "copy", "--quiet", "--all", "--preserve-digests", &from, &to];
        tool("skopeo", &[&arguments[..], flags].concat());
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A response of a stand-in for a registry.
#[derive(Clone)]
pub(crate) enum Reply {
    /// A status, header lines, and a body.
    Full(u16, String, Vec<u8>),
    /// Half of the body, and then the end of the connection.
    Cut(Vec<u8>),
    /// No response.
    Hang,
}

impl Reply {
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::Full(200, String::new(), body.into())
    }

    pub(crate) fn status(status: u16, headers: &str) -> Self {
        Self::Full(status, headers.to_owned(), Vec::new())
    }
}

/// A server that can misbehave, and records all requests.
pub(crate) struct Server {
    pub(crate) host: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `answer` gets the head of a request, and the number of previous requests.
    pub(crate) fn start(
        address: &str,
        answer: impl Fn(&str, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&requests), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &log, &*answer));
            }
        });
        Self { host, requests }
    }

    /// The heads of all requests, in order.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<String>>, answer: &dyn Fn(&str, usize) -> Reply) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    loop {
        let mut line = Vec::new();
        // A TLS handshake is not text, and closes the connection.
        if reader.read_until(b'\n', &mut line).unwrap_or(0) == 0 || line.first() == Some(&0x16) {
            return;
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let count = {
        let mut log = log.lock().unwrap();
        log.push(head.clone());
        log.len() - 1
    };
    let mut send = |status: u16, headers: &str, body: &[u8], length: usize| {
        let head =
            format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n");
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    };
    match answer(&head, count) {
        Reply::Full(status, headers, body) => send(status, &headers, &body, body.len()),
        Reply::Cut(body) => send(200, "", &body[..body.len() / 2], body.len()),
        Reply::Hang => thread::sleep(Duration::from_mins(1)),
    }
}

/// A stand-in for a registry with one image under every name, and the digest of the image. `before` may respond first.
pub(crate) fn serve_image(
    dir: &Dir,
    address: &str,
    before: impl Fn(&str, usize) -> Option<Reply> + Send + Sync + 'static,
) -> (Server, String) {
    let layout = Layout::new(dir.path("served"));
    let image = layout.image("amd64", &json!({"Entrypoint": ["/bin/tool"], "Cmd": ["größe"]}));
    let digest = image["digest"].as_str().unwrap().to_owned();
    let top = digest.clone();
    let server = Server::start(address, move |head, count| {
        before(head, count).unwrap_or_else(|| {
            let path = head.split(' ').nth(1).unwrap_or_default();
            match path.rsplit_once('/') {
                Some((kind, version)) if kind.ends_with("manifests") && !version.contains(':') => {
                    Reply::ok(layout.document(&top))
                }
                Some((_, version)) if version.starts_with("sha256:") => Reply::ok(layout.document(version)),
                _ => Reply::status(404, ""),
            }
        })
    });
    (server, digest)
}

/// Creates a certificate authority, and a server certificate for this machine.
pub(crate) fn certificates(dir: &Dir) {
    let path = |name: &str| dir.path(name).display().to_string();
    let openssl = |arguments: &[&str]| drop(tool("openssl", arguments));
    let key = ["-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "2"];
    let ca = [
        &["req", "-x509"][..],
        &key,
        &["-keyout", &path("ca.key"), "-out", &path("ca.pem"), "-subj", "/CN=test authority"],
    ];
    openssl(&ca.concat());
    let request = [
        &["req"][..],
        &key[..4],
        &["-keyout", &path("server.key"), "-out", &path("server.csr"), "-subj", "/CN=registry"],
    ];
    openssl(&request.concat());
    let names = dir
        .write("names", "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
        .display()
        .to_string();
    let (csr, pem, ca, ca_key) = (path("server.csr"), path("server.pem"), path("ca.pem"), path("ca.key"));
    let sign = ["x509", "-req", "-in", &csr, "-CA", &ca, "-CAkey", &ca_key, "-CAcreateserial", "-out", &pem];
    openssl(&[&sign[..], &["-days", "2", "-sha256", "-extfile", &names]].concat());
}

/// Makes a file executable.
pub(crate) fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
