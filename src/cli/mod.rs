//! The command line: what was typed, what it means, and the exit code.
//!
//! Knows the order of things: read all, convert all, then write all or nothing. Knows neither YAML nor Kubernetes.

mod age;
pub(crate) mod args;
mod cluster;
mod completion;
mod diff;
mod discover;
mod explain;
mod files;
mod finding;
mod function;
mod github;
mod human;
mod hunks;
#[cfg(feature = "registry")]
mod images;
mod in_place;
mod init;
mod input;
mod join;
mod json;
mod logs;
mod look_up;
mod output;
mod overrides;
mod places;
mod policy;
mod progress;
mod report;
mod run;
mod sarif;
mod snippet;
mod status;
mod summary;
mod system;
mod table;
mod template;
mod temporary;
pub(crate) mod usage;
mod walk;

use args::{Args, Command, ErrorFormat};
use input::Source;
use kueueleuleu::Config;
use kueueleuleu::{Diagnostic, Error, Rule, Severity};
use report::{Level, Reporter};
use std::path::Path;
use std::process::ExitCode;

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// Done.
    Done,
    /// A resource could not be converted, or a pod has failed.
    Unconverted,
    /// The command line is wrong, or a file cannot be read or written, or the cluster cannot be asked.
    Unusable,
    /// `--check` found something to do.
    WouldChange,
    /// As a step did, or as a signal asks for.
    Code(u8),
}

impl Exit {
    /// As shells tell of a process that a signal ended.
    fn signal(number: i32) -> Self {
        Self::Code(u8::try_from(128 + number).unwrap_or(u8::MAX))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Unconverted => 1,
            Exit::Unusable => 2,
            Exit::WouldChange => 3,
            Exit::Code(code) => code,
        })
    }
}

/// Runs the command. What is wrong is said on stderr, and in the exit code.
pub(crate) fn run(args: &Args) -> ExitCode {
    output::set_colour(args.color);
    let mut reporter = Reporter::new(args.error_format).strict(args.strict).level(level(args));
    let exit = match (&args.command, args.plugin_config.as_slice()) {
        (Some(Command::Explain { field }), _) => explain::show(field),
        (Some(Command::Init { directory }), _) => init::write(directory),
        (Some(Command::Version { output }), _) => completion::version(*output),
        (Some(Command::Completion { shell }), _) => completion::write(*shell),
        (Some(Command::Status(status)), _) => status::show(status, &mut reporter),
        #[cfg(feature = "registry")]
        (Some(Command::Images(images)), _) => images::run(images, &mut reporter),
        (Some(Command::Policy(policy)), _) => policy::write(policy, &mut reporter),
        (Some(Command::Logs(logs)), _) => logs::show(logs, &mut reporter),
        (Some(Command::Run(run)), _) => run::run(run, &mut reporter),
        _ if !args.filename.is_empty() => files::convert(args, &mut reporter),
        (None, []) => function::resource_list(&mut reporter),
        (None, words) => function::exec_plugin(words, &mut reporter),
    };
    let exit = exit.unwrap_or_else(|failure| {
        reporter.failure(&failure);
        Exit::Unusable
    });
    reporter.finish();
    exit.into()
}

/// How much is to be said.
fn level(args: &Args) -> Level {
    if args.quiet { Level::Quiet } else { Level::Normal }
}

/// Reports a command line that cannot be used, in the format that it asks for.
pub(crate) fn refuse(message: &str, help: &str, format: ErrorFormat) {
    let mut reporter = Reporter::new(format);
    reporter.failure(&Error::new(Rule::InvalidUsage, message).help(help).into());
    reporter.finish();
}

/// Reads `--config`; `None` when something is wrong in it, which was reported.
fn configuration(path: Option<&Path>, reporter: &mut Reporter) -> anyhow::Result<Option<Config>> {
    let Some(path) = path else { return Ok(Some(Config::default())) };
    let source = Source::open(path)?;
    let config = Config::from_yaml(&source.text).map_err(|error| reporter.error(&source, &error));
    Ok(config.ok())
}

fn any_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}
