//! The command line: what was typed, what it means, and the exit code.
//!
//! Knows the order of things: read all, convert all, then write all or nothing. Knows neither YAML nor Kubernetes.

mod age;
pub(crate) mod args;
mod cluster;
mod diff;
mod function;
mod human;
mod hunks;
#[cfg(feature = "registry")]
mod images;
mod in_place;
mod input;
mod join;
mod json;
mod logs;
mod look_up;
mod output;
mod overrides;
mod places;
mod report;
mod run;
mod snippet;
mod status;
mod table;
mod walk;

use args::{Args, Command};
use input::Source;
use kueueleuleu::{self, Config, ConvertedText, Converter, Diagnostic, Error, Rule, Severity};
use report::Reporter;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use walk::Input;

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
    let mut reporter = Reporter::new(args.error_format);
    let exit = match (&args.command, args.plugin_config.as_slice()) {
        (Some(Command::Status(status)), _) => status::show(status, &mut reporter),
        #[cfg(feature = "registry")]
        (Some(Command::Images(images)), _) => images::run(images, &mut reporter),
        (Some(Command::Logs(logs)), _) => logs::show(logs, &mut reporter),
        (Some(Command::Run(run)), _) => run::run(run, &mut reporter),
        _ if !args.filename.is_empty() => files(args, &mut reporter),
        (None, []) => function::resource_list(&mut reporter),
        (None, words) => function::exec_plugin(words, &mut reporter),
    };
    let exit = exit.unwrap_or_else(|failure| {
        reporter.failure(&failure);
        Exit::Unusable
    });
    exit.into()
}

/// `-f`: reads manifests and writes what was asked for.
fn files(args: &Args, reporter: &mut Reporter) -> anyhow::Result<Exit> {
    let Some(config) = configuration(args.config.as_deref(), reporter)? else { return Ok(Exit::Unusable) };
    let config = overrides::apply(config, &args.overrides, &args.output)?;
    let converter = Converter::new(config).threads(0);

    let output = &args.output;
    let mut inputs = walk::inputs(&args.filename, args.recursive)?;
    if output.in_place || output.diff || output.check {
        walk::name_each_once(&mut inputs);
    }
    if output.in_place && inputs.iter().any(|input| matches!(input, Input::Stdin)) {
        return Err(Error::new(Rule::InvalidUsage, "`--in-place` rewrites files, but stdin is none")
            .help("leave `-f -` out")
            .into());
    }
    let sources = inputs.into_iter().map(Source::read).collect::<anyhow::Result<Vec<_>>>()?;

    let look_up = look_up::command(&args.filename, args.recursive, args.config.as_deref());
    let results = match convert(converter, &sources, &look_up, reporter) {
        Ok(results) => results,
        Err(exit) => return Ok(exit),
    };
    let changes = || results.iter().filter(|(_, converted)| converted.is_changed());
    if output.in_place {
        in_place::rewrite(changes())?;
    } else if output.diff {
        output::write(|out| {
            changes().try_for_each(|(source, converted)| diff::write(out, source, converted))
        })?;
    } else if output.check {
        output::write(|out| changes().try_for_each(|(source, _)| writeln!(out, "{}", source.name)))?;
    } else {
        output::write(|out| join::write(out, &results))?;
    }
    Ok(if output.check && changes().next().is_some() { Exit::WouldChange } else { Exit::Done })
}

/// Reads `--config`; `None` when something is wrong in it, which was reported.
fn configuration(path: Option<&Path>, reporter: &mut Reporter) -> anyhow::Result<Option<Config>> {
    let Some(path) = path else { return Ok(Some(Config::default())) };
    let source = Source::open(path)?;
    let config = Config::from_yaml(&source.text).map_err(|error| reporter.error(&source, &error));
    Ok(config.ok())
}

type Results<'t> = Vec<(&'t Source, ConvertedText<'t>)>;

/// Converts all sources and reports what is wrong in any of them; then there is no result but an exit code. `look_up` is
/// the command that looks up their images.
fn convert<'t>(
    mut converter: Converter,
    sources: &'t [Source],
    look_up: &str,
    reporter: &mut Reporter,
) -> Result<Results<'t>, Exit> {
    let mut results = Vec::with_capacity(sources.len());
    let mut exit = Exit::Done;
    for source in sources {
        match converter.documents(&source.text) {
            Ok(mut result) => {
                look_up::insert(look_up, &mut result.diagnostics);
                reporter.diagnostics(source, &result.diagnostics);
                if any_error(&result.diagnostics) && exit == Exit::Done {
                    exit = Exit::Unconverted;
                }
                results.push((source, result));
            }
            Err(error) => {
                reporter.error(source, &error);
                exit = Exit::Unusable;
            }
        }
    }
    // Where a source was not understood, nobody can say that a selector matches nothing.
    if exit != Exit::Unusable {
        let diagnostics = converter.finish();
        reporter.run_diagnostics(&diagnostics);
        if any_error(&diagnostics) {
            exit = Exit::Unconverted;
        }
    }
    if exit == Exit::Done { Ok(results) } else { Err(exit) }
}

fn any_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}
