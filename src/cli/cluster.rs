//! Accesses the cluster by running `kubectl`, so that the user's contexts, proxies and credentials apply.
//!
//! This module knows how to call `kubectl` and how to report its errors. It reads only JSON.

mod stream;
mod target;
mod watch;

use super::args::cluster::Cluster;
use super::input::Source;
use anyhow::Context as _;
use kueueleuleu::{Error, Rule};
use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::process::{Command, Output, Stdio};
pub(super) use stream::read_objects;
pub(super) use target::{Followed, Group, Target};
pub(super) use watch::{Event, Watches};

/// A way to call `kubectl`: the program and its global options.
#[derive(Clone, Debug)]
pub(super) struct Kubectl {
    program: OsString,
    options: Vec<OsString>,
    /// Whether a Ctrl-C on the terminal does not reach the children.
    is_detached: bool,
}

impl Kubectl {
    /// The `kubectl` of the environment variable or the `PATH`, with the options of the command line.
    pub(super) fn new(cluster: &Cluster) -> Self {
        let program = std::env::var_os("KUBECTL").filter(|program| !program.is_empty());
        let mut options = Vec::new();
        let mut option = |name: &str, value: Option<&OsStr>| {
            if let Some(value) = value {
                let mut option = OsString::from(name);
                option.push(value);
                options.push(option);
            }
        };
        option("--kubeconfig=", cluster.kubeconfig.as_deref().map(AsRef::as_ref));
        option("--context=", cluster.context.as_deref().map(AsRef::as_ref));
        option("--namespace=", cluster.namespace.as_deref().map(AsRef::as_ref));
        Self { program: program.unwrap_or_else(|| "kubectl".into()), options, is_detached: false }
    }

    /// The same `kubectl` in another namespace.
    pub(super) fn in_namespace(&self, namespace: Option<&str>) -> Self {
        let mut kubectl = self.clone();
        if let Some(namespace) = namespace {
            kubectl.options.retain(|option| !option.as_encoded_bytes().starts_with(b"--namespace="));
            kubectl.options.push(format!("--namespace={namespace}").into());
        }
        kubectl
    }

    /// The same `kubectl`, but a Ctrl-C on the terminal does not reach its children.
    pub(super) fn detached(self) -> Self {
        Self { is_detached: true, ..self }
    }

    /// The command with these arguments.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.options).args(arguments);
        if self.is_detached {
            super::system::detach(&mut command);
        }
        command
    }

    /// Runs `kubectl` and returns its output, which must be JSON.
    pub(super) fn json(&self, arguments: &[&str], stdin: &str) -> anyhow::Result<Source> {
        let output = self.output(arguments, stdin)?;
        if !output.status.success() {
            return Err(self.failed(arguments, &output.stderr).into());
        }
        let text = String::from_utf8(output.stdout).context("could not read the output of `kubectl`")?;
        Ok(Source::from_text(self.called(arguments), text))
    }

    /// Runs `kubectl` with a text as its stdin.
    pub(super) fn output(&self, arguments: &[&str], stdin: &str) -> anyhow::Result<Output> {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        if !stdin.is_empty() {
            command.stdin(Stdio::piped());
        }
        let mut child = command.spawn().map_err(|error| self.not_started(&error))?;
        // A child that does not read all of the text reports its own error.
        let writer = child.stdin.take().map(|mut pipe| {
            let text = stdin.to_owned();
            std::thread::spawn(move || drop(pipe.write_all(text.as_bytes())))
        });
        let output = child.wait_with_output().context("could not wait for `kubectl`")?;
        drop(writer.map(std::thread::JoinHandle::join));
        Ok(output)
    }

    /// The command line of the child, for messages.
    fn called(&self, arguments: &[&str]) -> String {
        format!("{} {}", self.program.display(), arguments.join(" "))
    }

    /// The error for a child that could not be started.
    pub(super) fn not_started(&self, error: &io::Error) -> Error {
        let program = self.program.display();
        let problem =
            if error.kind() == io::ErrorKind::NotFound { "it is not on PATH" } else { &error.to_string() };
        Error::new(Rule::Cluster, format!("could not run `{program}`: {problem}"))
            .help("install kubectl, or set the environment variable KUBECTL to its path")
    }

    /// The error for a child that failed.
    pub(super) fn failed(&self, arguments: &[&str], stderr: &[u8]) -> Error {
        let stderr = String::from_utf8_lossy(stderr);
        let lines: Vec<_> = stderr.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let said =
            if lines.is_empty() { "it failed without an error message".to_owned() } else { lines.join("; ") };
        Error::new(Rule::Cluster, format!("`{}`: {said}", self.called(arguments)))
    }
}
