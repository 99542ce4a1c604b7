//! `probe`: what a probe of a step runs instead of its command.
//!
//! Knows one file, `started`, and how to become another program; nothing of the step's end: a container that
//! ended is not probed.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use kueueleuleu_protocol::{DEFAULT_ROOT, END_OF_FLAGS, PROBE_RUN_DIR, ROOT, STARTED, STEP};

use crate::args::{misused, run_dir, split, step};
use crate::diagnosis::why_not;
use crate::log::say;
use crate::outcome::Ending;

/// `probe -step N -- COMMAND [ARGS...]`: 0 while the step has not begun, then COMMAND in this very process, so
/// that its exit code, its output and the kubelet's timeout are its own.
pub(crate) fn probe(mut arguments: Vec<OsString>) -> u8 {
    let command = match arguments.iter().position(|argument| argument == END_OF_FLAGS) {
        Some(end) => arguments.split_off(end).split_off(1),
        None => Vec::new(),
    };
    let directory = match directory(&arguments) {
        Ok(directory) => directory,
        Err(message) => return misused(&message),
    };
    let (Some(directory), [program, args @ ..]) = (directory, command.as_slice()) else {
        return misused("`probe` takes `-step N` or `-run_dir DIR`, `--` and a command");
    };
    if !directory.join(STARTED).exists() {
        return 0;
    }
    let error = Command::new(program).args(args).exec();
    let reason = why_not(program, args, &[], &error);
    let ending = Ending::CannotStart(error, reason);
    if let Some(message) = ending.message(program) {
        say(&message);
    }
    ending.code()
}

/// The step's directory, if the flags name one.
fn directory(flags: &[OsString]) -> Result<Option<PathBuf>, String> {
    let (mut number, mut root, mut directory) = (None, OsString::from(DEFAULT_ROOT), None);
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        let (name, value) = split(flag)?;
        let value = value.or_else(|| flags.next().cloned());
        let value: &OsStr = value.as_deref().ok_or_else(|| format!("flag `{name}` needs a value"))?;
        match name.as_str() {
            STEP => number = Some(step(value)?),
            ROOT => value.clone_into(&mut root),
            PROBE_RUN_DIR => directory = Some(PathBuf::from(value)),
            _ => return Err(format!("unknown flag `{name}`")),
        }
    }
    Ok(directory.or_else(|| number.map(|number| run_dir(Path::new(&root), number))))
}
