//! `probe`: what a probe of a step runs instead of its command, or where it has none.
//!
//! Knows the files that say that a step has begun, and how to become another program; nothing of the step's end: a container
//! that ended is not probed.

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

/// The exit code of a probe whose step has not begun.
const FAILURE: u8 = 1;

/// `probe -step N -- COMMAND [ARGS...]`: 0 while the step has not begun, then COMMAND in this very process, so
/// that its exit code, its output and the kubelet's timeout are its own. With `-started` and `-startup` a step that has not
/// begun is a failure; with `-started` COMMAND may be missing.
pub(crate) fn probe(mut arguments: Vec<OsString>) -> u8 {
    let command = match arguments.iter().position(|argument| argument == END_OF_FLAGS) {
        Some(end) => arguments.split_off(end).split_off(1),
        None => Vec::new(),
    };
    let mut asked = Asked::default();
    if let Err(message) = asked.read(&arguments) {
        return misused(&message);
    }
    let Some(directory) = asked.directory() else { return usage() };
    match command.as_slice() {
        [] if asked.kind != Kind::Started => usage(),
        _ if !has_begun(&directory, asked.delay) => {
            if asked.kind == Kind::Other {
                return 0;
            }
            say("the step has not begun");
            FAILURE
        }
        [] => 0,
        [program, args @ ..] if asked.kind == Kind::Startup => startup(&directory, &asked, program, args),
        [program, args @ ..] => become_it(program, args),
    }
}

fn usage() -> u8 {
    misused("`probe` takes `-step N` or `-run_dir DIR`, `--` and a command")
}

/// Whether the step began at least this time ago.
fn has_begun(directory: &Path, delay: Duration) -> bool {
    let Ok(started) = fs::metadata(directory.join(STARTED)) else { return false };
    // A clock that was set back is no reason to wait.
    let age = started.modified().ok().and_then(|time| time.elapsed().ok());
    age.is_none_or(|age| age >= delay)
}

fn become_it(program: &OsStr, args: &[OsString]) -> u8 {
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

/// One try of a startup probe. It counts before it asks: the kubelet kills a probe that takes too long.
fn startup(directory: &Path, asked: &Asked, program: &OsStr, args: &[OsString]) -> u8 {
    let file = directory.join(STARTUP);
    let before: u32 = fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    let tries = before.saturating_add(1);
    let _ = files::write(&file, tries.to_string().as_bytes());
    if tries < asked.failures {
        return become_it(program, args);
    }
    // The last one is waited for, so that the step ends with it. One that the kubelet killed is known at the next.
    if tries == asked.failures {
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
    end(directory, asked);
    FAILURE
}

/// Has the supervisor end the step, once.
fn end(directory: &Path, asked: &Asked) {
    let overdue = directory.join(OVERDUE);
    if overdue.exists() {
        return;
    }
    let supervisor = fs::read_to_string(directory.join(STARTED)).ok();
    let supervisor = supervisor.and_then(|id| Pid::from_raw(id.trim().parse().ok()?));
    let told = files::write(&overdue, asked.grace.as_bytes()).and_then(|()| {
        let supervisor = supervisor.ok_or_else(|| io::Error::other("its supervisor is not known"))?;
        Ok(kill_process(supervisor, Signal::TERM)?)
    });
    match told {
        Ok(()) => say(&format!("the startup probe failed {} times: the step is ended", asked.failures)),
        Err(error) => {
            // The next try tries it again.
            let _ = files::remove(&overdue);
            say(&format!(
                "the startup probe failed {} times, and the step cannot be ended: {error}",
                asked.failures
            ));
        }
    }
}

/// What the flags ask for.
struct Asked {
    number: Option<usize>,
    root: OsString,
    run_dir: Option<PathBuf>,
    kind: Kind,
    failures: u32,
    delay: Duration,
    grace: String,
}

/// What the probe is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Startup,
    /// It holds back others, or is one of readiness.
    Started,
    Other,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            number: None,
            root: DEFAULT_ROOT.into(),
            run_dir: None,
            kind: Kind::Other,
            failures: DEFAULT_FAILURES,
            delay: Duration::ZERO,
            grace: DEFAULT_GRACE.to_owned(),
        }
    }
}

impl Asked {
    fn read(&mut self, flags: &[OsString]) -> Result<(), String> {
        let mut flags = flags.iter();
        while let Some(flag) = flags.next() {
            let (name, value) = split(flag)?;
            match name.as_str() {
                PROBE_STARTED => self.kind = Kind::Started,
                PROBE_STARTUP => self.kind = Kind::Startup,
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

    /// The step's directory, if the flags name one.
    fn directory(&self) -> Option<PathBuf> {
        let by_number = || Some(run_dir(Path::new(&self.root), self.number?));
        self.run_dir.clone().or_else(by_number)
    }
}
