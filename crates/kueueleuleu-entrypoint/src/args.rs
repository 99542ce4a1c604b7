//! Parses the arguments of the supervisor to [`Flags`], in the syntax of Go's `flag` package.
//!
//! This module knows only names and syntax: it opens no files, and reads no environment variables. Paths are bytes, as
//! in the kernel.
//!
//! Two versions of the protocol lead to the same [`Flags`]. Tekton's flags name every file. Ours name only the step,
//! which determines the files below the root directory:
//!
//! ```text
//! -wait_file /tekton/run/0/out -post_file /tekton/run/1/out -termination_path … -entrypoint sh -- -c date
//! -step 1 -- sh -c date
//! ```

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use kueueleuleu_protocol::{
    AFTER, ALWAYS, CONTINUE, DEFAULT_ROOT, DEFAULT_START_TIMEOUT, DEFAULT_TERMINATION_PATH, END_OF_FLAGS,
    ENTRYPOINT, LAST, ON_ERROR, ON_SUCCESS, OUT, OUTPUTS, POST_FILE, RETRIES, RETRY, RETRY_DELAY, ROOT, RUN,
    START_TIMEOUT, STATUS, STEP, STEP_METADATA_DIR, STOP_AND_FAIL, TERMINATION, TERMINATION_PATH, TIMEOUT,
    WAIT_FILE, WHEN, duration, exit,
};

use crate::log::say;
use crate::names;
use crate::retry::{Codes, Retry, number};

/// The text for `-help`, and after a usage error.
pub(crate) const USAGE: &str = "\
Usage: entrypoint -step N [FLAGS] -- COMMAND [ARGS...]
       entrypoint [FLAGS] -entrypoint COMMAND -- [ARGS...]
       entrypoint cp [-protocol VERSION] [-steps COUNT] SRC DST
       entrypoint init SRC DST [STEP...]
       entrypoint probe -step N [-root DIR] [-started] [-delay DURATION] -- COMMAND [ARGS...]
       entrypoint probe -step N [-root DIR] -started [-delay DURATION]
       entrypoint probe -step N [-root DIR] -startup [-failures COUNT] [-delay DURATION] [-grace DURATION]
                        -- COMMAND [ARGS...]
       entrypoint probe -run_dir DIR -- COMMAND [ARGS...]

  -step N                  the index of the step: its directory is ROOT/run/N, and it waits for the previous step
  -root DIR                the root directory (default: /kueueleuleu)
  -after N,N               the steps to wait for, instead of the previous step
  -when VALUE              always: start once those steps have ended, even if one failed; default: onSuccess
  -start_timeout DURATION  fail if one of those steps does not start within this time (default: 30m; 0: no limit)
  -last                    no other step waits for this one
  -timeout DURATION        stop the command after this time (90s, 1h30m)
  -retries COUNT           restart the command if it fails, at most this many times
  -retry_delay DURATION    the pause before the first retry; it doubles before each further retry, up to 5m
  -outputs NAME,NAME       the outputs that the command writes to $KUEUELEULEU_OUTPUT, as NAME=value
  -on_error VALUE          continue: later steps run even if the command fails; default: stopAndFail
  -retry[=RULES]           the kubelet restarts failed steps, so wait for their retry; RULES such as In:42 or 0:NotIn:3

Instead of -step, the flags of Tekton's entrypoint:
  -wait_file FILES         wait for these files (comma-separated) before the command starts;
                           if FILE.err appears instead of FILE, skip the command
  -post_file FILE          write FILE if the command succeeds, otherwise FILE.err
  -step_metadata_dir DIR   the directory for the file exitCode
  -termination_path FILE   the file for the termination message (default: /tekton/termination)
  -entrypoint COMMAND      the command; its arguments follow the first `--`
";

/// Flags of Tekton's binary that are not supported.
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

/// Subcommands of Tekton's binary that are not supported.
const REFUSED_COMMANDS: [&str; 2] = ["decode-script", "step-init"];

/// The flags that take a value.
const VALUED: [&str; 15] = [
    STEP,
    ROOT,
    AFTER,
    WHEN,
    START_TIMEOUT,
    WAIT_FILE,
    POST_FILE,
    STEP_METADATA_DIR,
    TERMINATION_PATH,
    ENTRYPOINT,
    TIMEOUT,
    ON_ERROR,
    RETRIES,
    RETRY_DELAY,
    OUTPUTS,
];

/// The flags that `-step` replaces.
const REPLACED: [&str; 5] = [WAIT_FILE, POST_FILE, STEP_METADATA_DIR, TERMINATION_PATH, ENTRYPOINT];
/// The flags that need `-step`.
const OF_STEPS: [&str; 3] = [ROOT, AFTER, OUTPUTS];

/// What the arguments request.
pub(crate) enum Request {
    /// Supervise a step.
    Step(Box<Flags>),
    /// Print [`USAGE`].
    Help,
}

/// What happens to the steps after a command that fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OnError {
    /// They are skipped.
    #[default]
    StopAndFail,
    /// They run.
    Continue,
}

/// When a step starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum When {
    /// Once all steps that it waits for have succeeded.
    #[default]
    OnSuccess,
    /// Once all steps that it waits for have ended, with any outcome.
    Always,
}

/// Whether another step waits for this one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Successors {
    #[default]
    Some,
    None,
}

/// Who writes a post file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Author {
    /// One of our supervisors. A file without [`POST_HEADER`](kueueleuleu_protocol::POST_HEADER) was written by
    /// accident, and is ignored.
    Supervisor,
    /// Anybody. The file only has to exist, as with Tekton's binary.
    Anybody,
}

/// A step to wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Awaited {
    /// The file that it writes when it succeeds.
    pub(crate) out: PathBuf,
    pub(crate) author: Author,
    /// The exit codes after which the kubelet restarts it.
    pub(crate) retried: Codes,
}

/// The flags of a step.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    pub(crate) awaited: Vec<Awaited>,
    pub(crate) when: When,
    pub(crate) start_timeout: Option<Duration>,
    pub(crate) post_file: Option<PathBuf>,
    pub(crate) step_metadata_dir: Option<PathBuf>,
    pub(crate) termination_path: PathBuf,
    pub(crate) entrypoint: OsString,
    pub(crate) args: Vec<OsString>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) on_error: OnError,
    pub(crate) successors: Successors,
    pub(crate) retries: u32,
    pub(crate) retry_delay: Duration,
    /// Its position among the other steps; only with `-step`.
    pub(crate) position: Option<Position>,
}

/// The position of a step among the other steps.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) root: PathBuf,
    pub(crate) directory: PathBuf,
    pub(crate) after: Vec<usize>,
    /// The names of its outputs.
    pub(crate) outputs: Vec<String>,
}

/// An error in the arguments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UsageError {
    pub(crate) message: String,
    /// The post file, if it is known: other steps may wait for it.
    pub(crate) post_file: Option<PathBuf>,
}

/// The flags that need further work before they are [`Flags`].
#[derive(Default)]
struct Typed {
    /// Whether `-help` is among them. The flags after it are not read.
    help: bool,
    step: Option<usize>,
    root: Option<PathBuf>,
    after: Option<Vec<usize>>,
    wait_files: Vec<PathBuf>,
    retry: Retry,
    start_timeout: Option<Duration>,
    outputs: Vec<String>,
    /// The names of all flags.
    seen: Vec<String>,
}

/// Parses the arguments of the supervisor, without the program's name.
///
/// As in Tekton's binary, everything after the first `--` belongs to the command, including a further `--`.
pub(crate) fn parse(mut arguments: Vec<OsString>) -> Result<Request, UsageError> {
    let mut flags = Flags { termination_path: PathBuf::from(DEFAULT_TERMINATION_PATH), ..Flags::default() };
    if let Some(end) = arguments.iter().position(|argument| argument == END_OF_FLAGS) {
        flags.args = arguments.split_off(end).split_off(1);
    }
    let mut typed = Typed::default();
    let read = flags.read(&mut typed, arguments);
    let post_file = flags.post_file.clone().or_else(|| Some(typed.directory()?.join(OUT)));
    let request = read.and_then(|()| {
        if typed.help {
            return Ok(Request::Help);
        }
        flags.complete(typed).map(|flags| Request::Step(Box::new(flags)))
    });
    request.map_err(|message| UsageError { message, post_file })
}

impl Flags {
    fn read(&mut self, typed: &mut Typed, arguments: Vec<OsString>) -> Result<(), String> {
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let (name, value) = split(&argument)?;
            match name.as_str() {
                "-h" | "-help" => {
                    typed.help = true;
                    return Ok(());
                }
                RETRY => typed.retry = retry(value.as_deref())?,
                LAST => self.successors = last(value.as_deref())?,
                _ if VALUED.contains(&name.as_str()) => {
                    let value = value
                        .or_else(|| arguments.next())
                        .ok_or_else(|| format!("flag `{name}` needs a value"))?;
                    self.set(typed, &name, value)?;
                }
                _ => return Err(unknown(&name)),
            }
            typed.seen.push(name);
        }
        Ok(())
    }

    fn set(&mut self, typed: &mut Typed, name: &str, value: OsString) -> Result<(), String> {
        match name {
            STEP => typed.step = Some(step(&value)?),
            ROOT => typed.root = path(value),
            AFTER => typed.after = Some(after(&value)?),
            WHEN => self.when = when(&value)?,
            START_TIMEOUT => typed.start_timeout = Some(time(name, &value)?),
            WAIT_FILE => typed.wait_files = paths(&value),
            POST_FILE => self.post_file = path(value),
            STEP_METADATA_DIR => self.step_metadata_dir = path(value),
            TERMINATION_PATH => self.termination_path = PathBuf::from(value),
            ENTRYPOINT => self.entrypoint = value,
            TIMEOUT => self.timeout = some(time(name, &value)?),
            RETRIES => self.retries = count(name, &value)?,
            RETRY_DELAY => self.retry_delay = time(name, &value)?,
            OUTPUTS => typed.outputs = names::parse(&value.to_string_lossy())?,
            _ => self.on_error = on_error(&value)?,
        }
        Ok(())
    }

    /// Determines the files from the flags.
    fn complete(mut self, typed: Typed) -> Result<Self, String> {
        let given = |names: &[&'static str]| {
            names.iter().copied().find(|name| typed.seen.iter().any(|seen| seen == name))
        };
        let Some(step) = typed.step else {
            if let Some(name) = given(&OF_STEPS) {
                return Err(format!("`{name}` needs `{STEP}`"));
            }
            if self.entrypoint.is_empty() {
                return Err(format!("`{ENTRYPOINT}` is missing: it names the command to run"));
            }
            let retried = typed.retry.of(None);
            let awaited = |out| Awaited { out, author: Author::Anybody, retried: retried.clone() };
            self.awaited = typed.wait_files.into_iter().map(awaited).collect();
            self.start_timeout = typed.start_timeout.and_then(some);
            return Ok(self);
        };
        if let Some(name) = given(&REPLACED) {
            return Err(format!("`{name}` cannot be combined with `{STEP}`"));
        }
        if self.args.is_empty() {
            return Err(format!("the command after `{END_OF_FLAGS}` is missing"));
        }
        self.entrypoint = self.args.remove(0);
        let directory = typed.directory().unwrap_or_default();
        self.post_file = Some(directory.join(OUT));
        self.step_metadata_dir = Some(directory.join(STATUS));
        self.termination_path = directory.join(TERMINATION);
        let after = typed.after.clone().unwrap_or_else(|| match self.when {
            When::OnSuccess => step.checked_sub(1).into_iter().collect(),
            When::Always => (0..step).collect(),
        });
        if after.contains(&step) {
            return Err(format!("step {step} cannot wait for itself"));
        }
        let root = typed.root();
        self.awaited = after
            .iter()
            .map(|&index| Awaited {
                out: run_dir(root, index).join(OUT),
                author: Author::Supervisor,
                retried: typed.retry.of(Some(index)),
            })
            .collect();
        let default = || duration::parse(DEFAULT_START_TIMEOUT).unwrap_or_default();
        self.start_timeout = some(typed.start_timeout.unwrap_or_else(default));
        self.position = Some(Position { root: root.to_path_buf(), directory, after, outputs: typed.outputs });
        Ok(self)
    }
}

impl Typed {
    fn root(&self) -> &Path {
        self.root.as_deref().unwrap_or(Path::new(DEFAULT_ROOT))
    }

    /// The step's own directory.
    fn directory(&self) -> Option<PathBuf> {
        self.step.map(|step| run_dir(self.root(), step))
    }
}

/// The directory of a step under `root`.
pub(crate) fn run_dir(root: &Path, step: usize) -> PathBuf {
    root.join(RUN).join(step.to_string())
}

/// Splits `-name`, `--name`, `-name=value` into the name with one dash, and the value.
pub(crate) fn split(argument: &OsStr) -> Result<(String, Option<OsString>), String> {
    let wrong = || match argument.to_str() {
        Some(name) if REFUSED_COMMANDS.contains(&name) => {
            format!("the subcommand `{name}` of Tekton's entrypoint is not supported")
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

/// Reports a usage error, and returns its exit code.
pub(crate) fn misused(message: &str) -> u8 {
    say(&format!("{message}\n\n{}", USAGE.trim_end()));
    exit::USAGE
}

/// The message about an unknown flag.
fn unknown(name: &str) -> String {
    if REFUSED.contains(&name.trim_start_matches('-')) {
        format!("the flag `{name}` of Tekton's entrypoint is not supported; remove it")
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

pub(crate) fn step(value: &OsStr) -> Result<usize, String> {
    let wrong = || format!("`{STEP} {}` is not a step index such as `0`", value.to_string_lossy());
    value.to_str().and_then(number).ok_or_else(wrong)
}

fn after(value: &OsStr) -> Result<Vec<usize>, String> {
    let wrong =
        || format!("`{AFTER} {}` is not a list of step indexes such as `0,1`", value.to_string_lossy());
    let text = value.to_str().ok_or_else(wrong)?;
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(',').map(number).collect::<Option<_>>().ok_or_else(wrong)
}

pub(crate) fn count(name: &str, value: &OsStr) -> Result<u32, String> {
    let wrong = || format!("`{name} {}` is not a number such as `3`", value.to_string_lossy());
    value.to_str().and_then(number).ok_or_else(wrong)
}

pub(crate) fn time(name: &str, value: &OsStr) -> Result<Duration, String> {
    let text = value.to_string_lossy();
    duration::parse(&text)
        .ok_or_else(|| format!("`{name} {text}` is not a duration such as `90s` or `1h30m`"))
}

/// `-timeout 0` means no timeout, as in Tekton's binary.
fn some(time: Duration) -> Option<Duration> {
    (!time.is_zero()).then_some(time)
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

fn when(value: &OsStr) -> Result<When, String> {
    match value.to_str() {
        Some(ALWAYS) => Ok(When::Always),
        Some(ON_SUCCESS) => Ok(When::OnSuccess),
        _ => Err(format!("`{WHEN} {}` is neither `{ALWAYS}` nor `{ON_SUCCESS}`", value.to_string_lossy())),
    }
}

fn retry(value: Option<&OsStr>) -> Result<Retry, String> {
    let wrong = || {
        let value = value.unwrap_or_default().to_string_lossy();
        format!("`{RETRY}={value}` is neither true nor false, nor a rule such as `In:1,2` or `0:NotIn:3`")
    };
    let text = value.map(|value| value.to_str().ok_or_else(wrong)).transpose()?;
    Retry::parse(text).ok_or_else(wrong)
}

fn last(value: Option<&OsStr>) -> Result<Successors, String> {
    match value.map(OsStr::to_str) {
        None | Some(Some("true")) => Ok(Successors::None),
        Some(Some("false")) => Ok(Successors::Some),
        _ => {
            Err(format!("`{LAST}={}` is neither true nor false", value.unwrap_or_default().to_string_lossy()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Request, parse};
    use std::path::Path;

    #[test]
    fn the_termination_message_has_a_default_place_and_that_of_a_step_is_in_its_directory() {
        for (arguments, path) in [
            ("-post_file /tekton/run/0/out -entrypoint sh --", "/tekton/termination"),
            ("-post_file /tekton/run/0/out -termination_path /t -entrypoint sh --", "/t"),
            ("-step 2 -- sh", "/kueueleuleu/run/2/termination"),
        ] {
            match parse(arguments.split(' ').map(Into::into).collect()) {
                Ok(Request::Step(flags)) => {
                    assert_eq!(flags.termination_path, Path::new(path), "{arguments}");
                }
                _ => panic!("{arguments}"),
            }
        }
    }
}
