//! The supervisor's flags: from arguments to [`Flags`], in the syntax of Go's `flag` package.
//!
//! Knows names and syntax only: opens no file, looks at no environment. Paths stay bytes, as the kernel has them.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::time::Duration;

use kueueleuleu_protocol::{
    CONTINUE, DEFAULT_TERMINATION_PATH, END_OF_FLAGS, ENTRYPOINT, ON_ERROR, POST_FILE, RETRY,
    STEP_METADATA_DIR, STOP_AND_FAIL, TERMINATION_PATH, TIMEOUT, WAIT_FILE, duration,
};

/// What is printed for `-help`, and after a usage error.
pub(crate) const USAGE: &str = "\
Usage: entrypoint [FLAGS] -entrypoint COMMAND -- [ARGS...]
       entrypoint cp SRC DST
       entrypoint init SRC DST [STEP...]
       entrypoint probe -run_dir DIR -- COMMAND [ARGS...]

  -wait_file FILES         wait for these files (comma-separated) before the command starts;
                           FILE.err instead of FILE: do not start it
  -post_file FILE          write FILE when the command ended well, else FILE.err
  -step_metadata_dir DIR   where the file exitCode goes
  -termination_path FILE   where the termination message goes (/tekton/termination)
  -entrypoint COMMAND      the command; its arguments are what follows the first `--`
  -timeout DURATION        end the command after this time (90s, 1h30m)
  -on_error VALUE          continue: a failure does not hold up the next step; stopAndFail (default): it does
  -retry                   the pod restarts failed containers: wait for the retry of a failed step
";

/// Flags of Tekton's binary that we know and do not have.
const REFUSED: [&str; 18] = [
    "basic-docker",
    "basic-git",
    "breakpoint_on_failure",
    "compress_termination_message",
    "debug_before_step",
    "docker-cfg",
    "docker-config",
    "enable_spire",
    "result_extraction_method",
    "result_from",
    "results",
    "spire_socket_path",
    "ssh-git",
    "stderr_path",
    "stdout_path",
    "step_results",
    "wait_file_content",
    "when_expressions",
];

/// The subcommands of Tekton's binary that we know and do not have.
const REFUSED_COMMANDS: [&str; 2] = ["decode-script", "step-init"];

/// What the arguments ask for.
pub(crate) enum Command {
    /// Supervise a step.
    Step(Flags),
    /// Print [`USAGE`].
    Help,
}

/// What a failing command means for the steps behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OnError {
    /// They are skipped.
    #[default]
    StopAndFail,
    /// They run.
    Continue,
}

/// What becomes of a step that failed or died.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Restart {
    /// Nothing: the pod's `restartPolicy` is `Never`.
    #[default]
    Never,
    /// The kubelet runs it again: `OnFailure`.
    OnFailure,
}

/// One step, as its flags describe it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    pub(crate) wait_files: Vec<PathBuf>,
    pub(crate) post_file: Option<PathBuf>,
    pub(crate) step_metadata_dir: Option<PathBuf>,
    pub(crate) termination_path: PathBuf,
    pub(crate) entrypoint: OsString,
    pub(crate) args: Vec<OsString>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) on_error: OnError,
    pub(crate) restart: Restart,
}

/// Arguments that make no step.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UsageError {
    pub(crate) message: String,
    /// The post file, if it was read before the mistake: somebody may be waiting for it.
    pub(crate) post_file: Option<PathBuf>,
}

/// Reads the arguments of the supervisor, without the program's name.
///
/// As in Tekton's binary only what follows the first `--` belongs to the command; a later `--` stays.
pub(crate) fn parse(mut arguments: Vec<OsString>) -> Result<Command, UsageError> {
    let mut flags = Flags { termination_path: PathBuf::from(DEFAULT_TERMINATION_PATH), ..Flags::default() };
    if let Some(end) = arguments.iter().position(|argument| argument == END_OF_FLAGS) {
        flags.args = arguments.split_off(end).split_off(1);
    }
    match flags.read(arguments) {
        Ok(Asked::Step) => Ok(Command::Step(flags)),
        Ok(Asked::Help) => Ok(Command::Help),
        Err(message) => Err(UsageError { message, post_file: flags.post_file }),
    }
}

/// Whether `-help` was among the flags.
enum Asked {
    Step,
    Help,
}

impl Flags {
    fn read(&mut self, arguments: Vec<OsString>) -> Result<Asked, String> {
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let (name, value) = split(&argument)?;
            match name.as_str() {
                "-h" | "-help" => return Ok(Asked::Help),
                RETRY => self.restart = restart(value)?,
                _ if known(&name) => {
                    let value = value
                        .or_else(|| arguments.next())
                        .ok_or_else(|| format!("flag `{name}` needs a value"))?;
                    self.set(&name, value)?;
                }
                _ => return Err(unknown(&name)),
            }
        }
        if self.entrypoint.is_empty() {
            return Err(format!("`{ENTRYPOINT}` is missing: which command shall run?"));
        }
        Ok(Asked::Step)
    }

    fn set(&mut self, name: &str, value: OsString) -> Result<(), String> {
        match name {
            WAIT_FILE => self.wait_files = paths(&value),
            POST_FILE => self.post_file = path(value),
            STEP_METADATA_DIR => self.step_metadata_dir = path(value),
            TERMINATION_PATH => self.termination_path = PathBuf::from(value),
            ENTRYPOINT => self.entrypoint = value,
            TIMEOUT => self.timeout = timeout(&value)?,
            _ => self.on_error = on_error(&value)?,
        }
        Ok(())
    }
}

/// The flags that take a value.
fn known(name: &str) -> bool {
    [WAIT_FILE, POST_FILE, STEP_METADATA_DIR, TERMINATION_PATH, ENTRYPOINT, TIMEOUT, ON_ERROR].contains(&name)
}

/// Splits `-name`, `--name`, `-name=value` into the name with one dash, and the value.
fn split(argument: &OsStr) -> Result<(String, Option<OsString>), String> {
    let wrong = || match argument.to_str() {
        Some(name) if REFUSED_COMMANDS.contains(&name) => {
            format!("`{name}` is a subcommand of Tekton's entrypoint that this one does not have")
        }
        _ => format!("`{}` is not a flag", argument.to_string_lossy()),
    };
    let bytes = argument.as_bytes();
    let body = bytes.strip_prefix(b"--").or_else(|| bytes.strip_prefix(b"-")).ok_or_else(wrong)?;
    let mut halves = body.splitn(2, |&byte| byte == b'=');
    let name = halves.next().unwrap_or_default();
    if name.is_empty() || name.starts_with(b"-") {
        return Err(wrong());
    }
    let value = halves.next().map(|value| OsString::from_vec(value.to_vec()));
    Ok((format!("-{}", String::from_utf8_lossy(name)), value))
}

/// The sentence about a flag that we do not have.
fn unknown(name: &str) -> String {
    if REFUSED.contains(&name.trim_start_matches('-')) {
        format!("flag `{name}` of Tekton's entrypoint is not supported by this one; leave it out")
    } else {
        format!("unknown flag `{name}`")
    }
}

fn path(value: OsString) -> Option<PathBuf> {
    (!value.is_empty()).then(|| PathBuf::from(value))
}

fn paths(list: &OsStr) -> Vec<PathBuf> {
    let names = list.as_bytes().split(|&byte| byte == b',').filter(|name| !name.is_empty());
    names.map(|name| PathBuf::from(OsStr::from_bytes(name))).collect()
}

/// `-timeout 0` is none, as in Tekton's binary.
fn timeout(value: &OsStr) -> Result<Option<Duration>, String> {
    let text = value.to_string_lossy();
    let time = duration::parse(&text)
        .ok_or_else(|| format!("`{TIMEOUT} {text}` is not a duration such as `90s` or `1h30m`"))?;
    Ok((!time.is_zero()).then_some(time))
}

fn on_error(value: &OsStr) -> Result<OnError, String> {
    match value.to_str() {
        Some(CONTINUE) => Ok(OnError::Continue),
        Some(STOP_AND_FAIL) => Ok(OnError::StopAndFail),
        _ => Err(format!(
            "`{ON_ERROR} {}` is neither `{CONTINUE}` nor `{STOP_AND_FAIL}`",
            value.to_string_lossy()
        )),
    }
}

/// A boolean flag, in the spellings of Go's `strconv.ParseBool`.
fn restart(value: Option<OsString>) -> Result<Restart, String> {
    let Some(value) = value else { return Ok(Restart::OnFailure) };
    match value.to_str() {
        Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(Restart::OnFailure),
        Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(Restart::Never),
        _ => Err(format!("`{RETRY}={}` is neither true nor false", value.to_string_lossy())),
    }
}
