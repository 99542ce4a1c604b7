//! `probe`: wraps the probes of a step, so that they do not fail while the step waits.
//!
//! ```text
//! livenessProbe: {exec: {command: [check]}}
//! livenessProbe: {exec: {command: [/kueueleuleu/bin/entrypoint, probe, -step, "1", --, check]}}
//! ```
//!
//! This module knows the files that say that a step has started. It does not check whether the step has ended, because
//! the kubelet does not probe a container that ended.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use kueueleuleu_protocol::{
    DEFAULT_FAILURES, DEFAULT_GRACE, DEFAULT_ROOT, END_OF_FLAGS, OVERDUE, PROBE_DELAY, PROBE_FAILURES,
    PROBE_GRACE, PROBE_RUN_DIR, PROBE_STARTED, PROBE_STARTUP, ROOT, STARTED, STARTUP, STEP, duration, exit,
};

use crate::args::{count, misused, run_dir, split, step, time};
use crate::diagnosis::why_not;
use crate::files;
use crate::log::say;
use crate::outcome::Ending;

/// The exit code of a failed probe.
const FAILURE: u8 = 1;

/// `probe -step N -- COMMAND [ARGS...]`: exits with 0 while the step waits, then becomes COMMAND.
///
/// COMMAND replaces this process, so the exit code, the output and the timeout are those of COMMAND. With `-started` or
/// `-startup`, the probe fails while the step waits. With `-started`, COMMAND may be missing.
pub(crate) fn probe(mut arguments: Vec<OsString>) -> u8 {
    let command = match arguments.iter().position(|argument| argument == END_OF_FLAGS) {
        Some(end) => arguments.split_off(end).split_off(1),
        None => Vec::new(),
    };
    let mut flags = ProbeFlags::default();
    if let Err(message) = flags.read(&arguments) {
        return misused(&message);
    }
    let Some(directory) = flags.directory() else { return usage() };
    match command.as_slice() {
        [] if flags.kind != ProbeKind::Started => usage(),
        _ if !has_started(&directory, flags.delay) => {
            if flags.kind == ProbeKind::Other {
                return 0;
            }
            say("the step has not started yet");
            FAILURE
        }
        [] => 0,
        [program, args @ ..] if flags.kind == ProbeKind::Startup => {
            startup(&directory, &flags, program, args)
        }
        [program, args @ ..] => exec(program, args),
    }
}

fn usage() -> u8 {
    misused("`probe` takes `-step N` or `-run_dir DIR`, `--` and a command")
}

/// Whether the step started at least `delay` ago.
fn has_started(directory: &Path, delay: Duration) -> bool {
    let Ok(started) = fs::metadata(directory.join(STARTED)) else { return false };
    // If the clock was set back, the age is unknown, and the probe does not wait.
    let age = started.modified().ok().and_then(|time| time.elapsed().ok());
    age.is_none_or(|age| age >= delay)
}

fn exec(program: &OsStr, args: &[OsString]) -> u8 {
    cannot_start(program, args, Command::new(program).args(args).exec())
}

fn cannot_start(program: &OsStr, args: &[OsString], error: io::Error) -> u8 {
    let reason = why_not(program, args, &[], &error);
    let ending = Ending::CannotStart(error, reason);
    if let Some(message) = ending.message(program) {
        say(&message);
    }
    ending.code()
}

/// One attempt of a startup probe. It is counted before the command runs, because the kubelet may kill the command.
///
/// ```text
/// -failures 3     attempts 1 and 2: become the command    attempt 3: run the command; if it fails, stop the step
/// ```
fn startup(directory: &Path, flags: &ProbeFlags, program: &OsStr, args: &[OsString]) -> u8 {
    let file = directory.join(STARTUP);
    let before: u32 = fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    let tries = before.saturating_add(1);
    let _ = files::write(&file, tries.to_string().as_bytes());
    if tries < flags.failures {
        return exec(program, args);
    }
    // The result of the last attempt decides, so this process waits for it. If the kubelet kills this process, too, the
    // next attempt stops the step.
    if tries == flags.failures {
        let code = match Command::new(program).args(args).status() {
            Ok(status) => {
                let signal = || status.signal().and_then(|number| u8::try_from(number).ok());
                let code = status.code().and_then(|code| u8::try_from(code).ok());
                code.unwrap_or_else(|| exit::SIGNAL_BASE.saturating_add(signal().unwrap_or_default()))
            }
            Err(error) => cannot_start(program, args, error),
        };
        if code == 0 {
            return 0;
        }
    }
    end(directory, flags);
    FAILURE
}

/// Makes the supervisor stop the step. Only the first call has an effect.
fn end(directory: &Path, flags: &ProbeFlags) {
    let overdue = directory.join(OVERDUE);
    if overdue.exists() {
        return;
    }
    let supervisor = fs::read_to_string(directory.join(STARTED)).ok();
    let supervisor = supervisor.and_then(|id| Pid::from_raw(id.trim().parse().ok()?));
    let told = files::write(&overdue, flags.grace.as_bytes()).and_then(|()| {
        let supervisor =
            supervisor.ok_or_else(|| io::Error::other("the process ID of its supervisor is unknown"))?;
        Ok(kill_process(supervisor, Signal::TERM)?)
    });
    match told {
        Ok(()) => say(&format!("the startup probe failed {} times: stopping the step", flags.failures)),
        Err(error) => {
            // The next attempt tries again.
            let _ = files::remove(&overdue);
            say(&format!(
                "the startup probe failed {} times, but the step cannot be stopped: {error}",
                flags.failures
            ));
        }
    }
}

/// The flags of a probe.
struct ProbeFlags {
    number: Option<usize>,
    root: OsString,
    run_dir: Option<PathBuf>,
    kind: ProbeKind,
    failures: u32,
    delay: Duration,
    grace: String,
}

/// The kind of a probe.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ProbeKind {
    /// A startup probe of the user.
    Startup,
    /// A readiness probe, or a generated startup probe that holds back the other probes.
    Started,
    /// A liveness probe.
    Other,
}

impl Default for ProbeFlags {
    fn default() -> Self {
        Self {
            number: None,
            root: DEFAULT_ROOT.into(),
            run_dir: None,
            kind: ProbeKind::Other,
            failures: DEFAULT_FAILURES,
            delay: Duration::ZERO,
            grace: DEFAULT_GRACE.to_owned(),
        }
    }
}

impl ProbeFlags {
    fn read(&mut self, flags: &[OsString]) -> Result<(), String> {
        let mut flags = flags.iter();
        while let Some(flag) = flags.next() {
            let (name, value) = split(flag)?;
            match name.as_str() {
                PROBE_STARTED => self.kind = ProbeKind::Started,
                PROBE_STARTUP => self.kind = ProbeKind::Startup,
                _ => {
                    let value = value.or_else(|| flags.next().cloned());
                    self.set(&name, &value.ok_or_else(|| format!("flag `{name}` needs a value"))?)?;
                }
            }
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: &OsStr) -> Result<(), String> {
        match name {
            STEP => self.number = Some(step(value)?),
            ROOT => value.clone_into(&mut self.root),
            PROBE_RUN_DIR => self.run_dir = Some(PathBuf::from(value)),
            PROBE_FAILURES => self.failures = count(name, value)?.max(1),
            PROBE_DELAY => self.delay = time(name, value)?,
            PROBE_GRACE => {
                let text = value.to_string_lossy();
                duration::parse(&text)
                    .ok_or_else(|| format!("`{name} {text}` is not a duration such as `30s`"))?;
                self.grace = text.into_owned();
            }
            _ => return Err(format!("unknown flag `{name}`")),
        }
        Ok(())
    }

    /// The directory of the step, if the flags name one.
    fn directory(&self) -> Option<PathBuf> {
        let by_number = || Some(run_dir(Path::new(&self.root), self.number?));
        self.run_dir.clone().or_else(by_number)
    }
}
