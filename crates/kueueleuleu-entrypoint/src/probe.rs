//! `probe`: what a probe of a step runs instead of its command.
//!
//! Knows one mark, `started`, and how to become another program; nothing of the step's end: a container that
//! ended is not probed.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use kueueleuleu_protocol::{END_OF_FLAGS, PROBE_RUN_DIR, STARTED};

use crate::args::OnError;
use crate::copy::misused;
use crate::ending::Ending;
use crate::say;

/// `probe -run_dir DIR -- COMMAND [ARGS...]`: 0 while the step has not begun, then COMMAND in this very process, so
/// that its exit code, its output and the kubelet's timeout are its own.
pub(crate) fn probe(mut arguments: Vec<OsString>) -> u8 {
    let command = match arguments.iter().position(|argument| argument == END_OF_FLAGS) {
        Some(end) => arguments.split_off(end).split_off(1),
        None => Vec::new(),
    };
    let (Some(run_dir), [program, args @ ..]) = (run_dir(&arguments), command.as_slice()) else {
        return misused("`probe` takes `-run_dir DIR`, `--` and a command");
    };
    if !Path::new(run_dir).join(STARTED).exists() {
        return 0;
    }
    let ending = Ending::CannotStart(Command::new(program).args(args).exec());
    if let Some(message) = ending.message(program) {
        say(&message);
    }
    ending.outcome(OnError::StopAndFail).0
}

/// The value of the only flag there is.
fn run_dir(flags: &[OsString]) -> Option<&OsStr> {
    let dashless = |text: &str| text.replacen("--", "-", 1);
    match flags {
        [name, value] if name.to_str().map(dashless).as_deref() == Some(PROBE_RUN_DIR) => Some(value),
        [both] => {
            let (name, value) = both.to_str()?.split_once('=')?;
            (dashless(name) == PROBE_RUN_DIR).then(|| OsStr::new(value))
        }
        _ => None,
    }
}
