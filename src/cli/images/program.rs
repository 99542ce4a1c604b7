//! Runs other programs with a timeout: docker, podman and credential helpers.
//!
//! This module never prints their output, which may be secret.

use kueueleuleu::images::LookUpError;
use std::io::{self, Read, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// The largest output that is read.
const LIMIT: u64 = 8 << 20;

/// The result of a program.
pub(super) struct ProgramOutput {
    /// Whether its exit code is 0.
    pub(super) is_success: bool,
    /// Its stdout.
    pub(super) stdout: Vec<u8>,
    /// Its stderr.
    pub(super) stderr: Vec<u8>,
}

/// Runs a program with a text as its stdin, and kills it after the timeout.
pub(super) fn run(
    name: &str,
    arguments: &[&str],
    stdin: &str,
    timeout: Duration,
) -> Result<ProgramOutput, LookUpError> {
    let unusable = |error: io::Error| {
        let problem = LookUpError::new(format!("`{name}` cannot be run: {}", super::cause(&error)));
        if error.kind() == io::ErrorKind::NotFound {
            problem.help("install it, or put it on `PATH`")
        } else {
            problem
        }
    };
    let mut child = Command::new(name)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(unusable)?;
    // A program may ignore its stdin.
    let _ = child.stdin.take().map(|mut pipe| pipe.write_all(stdin.as_bytes()));
    let (stdout, stderr) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let deadline = Instant::now() + timeout;
    let status = loop {
        match child.try_wait().map_err(unusable)? {
            Some(status) => break status,
            None if Instant::now() < deadline => thread::sleep(Duration::from_millis(10)),
            None => {
                let _ = child.kill().and_then(|()| child.wait());
                return Err(LookUpError::new(format!(
                    "`{name}` did not finish within {} s",
                    timeout.as_secs()
                ))
                .help("run it by hand to see what it waits for, or increase `--timeout`"));
            }
        }
    };
    // A process that the program started may still hold the pipes open.
    let read = |reader: Receiver<Vec<u8>>| {
        reader.recv_timeout(deadline.saturating_duration_since(Instant::now())).unwrap_or_default()
    };
    Ok(ProgramOutput { is_success: status.success(), stdout: read(stdout), stderr: read(stderr) })
}

fn reader(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // If reading fails, the output is incomplete, and the caller cannot parse it.
        let _ = pipe.map(|pipe| pipe.take(LIMIT).read_to_end(&mut bytes));
        let _ = sender.send(bytes);
    });
    receiver
}
