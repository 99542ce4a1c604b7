//! `-f`: manifests in, and what was asked for out.
//!
//! Knows the order of things: read all, convert all, then write all or nothing.

use super::args::{Args, Output};
use super::discover::Converters;
use super::input::Source;
use super::progress::Progress;
use super::report::Reporter;
use super::summary::Summary;
use super::template::Template;
use super::walk::{self, Input, Walk};
use super::{Exit, diff, in_place, join, look_up, output, system};
use kueueleuleu::Route;
use kueueleuleu::{ConvertedText, Converter};
use kueueleuleu::{Diagnostic, Error, Rule, Severity};
use std::fs::Metadata;
use std::path::PathBuf;

/// The sources that were understood, and what became of them.
type Results<'t> = Vec<(&'t Source, ConvertedText<'t>)>;

/// Reads manifests and writes what was asked for.
pub(super) fn convert(args: &Args, reporter: &mut Reporter) -> anyhow::Result<Exit> {
    let Some(converters) = Converters::new(args, reporter)? else { return Ok(Exit::Unusable) };
    let (sources, exit) = sources(args, reporter)?;
    let look_up = look_up::command(&args.filename, args.recursive, args.config.first().map(PathBuf::as_path));
    let results = match convert_all(converters, &sources, (exit, &look_up), reporter) {
        Ok(results) => results,
        Err(exit) => return Ok(exit),
    };
    let output = &args.output;
    let changes = || results.iter().filter(|(_, result)| result.is_changed());
    if output.in_place {
        in_place::rewrite(changes())?;
    } else if output.diff {
        output::write(|out| changes().try_for_each(|(source, result)| diff::write(out, source, result)))?;
    } else if output.check {
        output::write(|out| changes().try_for_each(|(source, _)| write_name(out, source, output)))?;
    } else {
        output::write(|out| join::write(out, &results))?;
        return Ok(Exit::Done);
    }
    let count = changes().count();
    if output.in_place || output.check {
        let (unchanged, skipped) = (results.len() - count, sources.len() - results.len());
        reporter.summary(&Summary { changed: count, unchanged, skipped, would: !output.in_place });
    }
    Ok(if output.check && count > 0 { Exit::WouldChange } else { Exit::Done })
}

/// All that is named, and how the run ends where some of it cannot be read, which was reported.
fn sources(args: &Args, reporter: &mut Reporter) -> anyhow::Result<(Vec<Source>, Exit)> {
    let output = &args.output;
    let walk = Walk { recursive: args.recursive, exclude: &args.exclude, no_ignore: args.no_ignore };
    let (mut inputs, mut exit) = (Vec::new(), Exit::Done);
    for input in walk.inputs(&args.filename)? {
        match input {
            Ok(input) => inputs.push(input),
            Err(unread) => {
                reporter.unreadable(&unread.cause, Some(&unread.name));
                exit = Exit::Unusable;
            }
        }
    }
    if output.in_place || output.diff || output.check {
        walk::name_each_once(&mut inputs);
    }
    if output.in_place && inputs.iter().any(|input| matches!(input, Input::Stdin)) {
        return Err(Error::new(Rule::InvalidUsage, "`--in-place` rewrites files, but stdin is none")
            .help("leave `-f -` out")
            .into());
    }
    let mut sources = Vec::with_capacity(inputs.len());
    let mut progress = Progress::new();
    let count = inputs.len();
    for (number, input) in inputs.into_iter().enumerate() {
        progress.tick(|| format!("{number} of {count} manifests read"));
        let name = input.name();
        match Source::read(input).and_then(|source| refuse_own_output(source, output)) {
            Ok(source) => sources.push(source),
            Err(problem) => {
                reporter.unreadable(&problem, Some(&name));
                exit = Exit::Unusable;
            }
        }
    }
    Ok((sources, exit))
}

/// Fails where stdout is a file that is also read: the shell emptied it before it was.
fn refuse_own_output(source: Source, output: &Output) -> anyhow::Result<Source> {
    let Some(path) = source.path.as_deref().filter(|_| !output.in_place) else { return Ok(source) };
    let Some(stdout) = system::stdout().and_then(|file| file.metadata()).ok().filter(Metadata::is_file)
    else {
        return Ok(source);
    };
    match std::fs::metadata(path) {
        Ok(input) if system::is_same_file(&input, &stdout) => {
            let message = format!(
                "`{}` is also where the output goes: a shell empties it before it is read",
                source.name
            );
            Err(Error::new(Rule::InvalidUsage, message).help("`--in-place` rewrites files").into())
        }
        _ => Ok(source),
    }
}

/// Converts all sources and reports what is wrong in any of them. Then there is no result but an exit code, as where
/// `exit` says that something could not be read. `look_up` is the command that looks up images.
pub(super) fn convert_all<'t>(
    mut converters: Converters<'_>,
    sources: &'t [Source],
    (mut exit, look_up): (Exit, &str),
    reporter: &mut Reporter,
) -> Result<Results<'t>, Exit> {
    let mut results = Vec::with_capacity(sources.len());
    let mut progress = Progress::new();
    for (number, source) in sources.iter().enumerate() {
        progress.tick(|| format!("{number} of {} manifests converted", sources.len()));
        let converter = match converters.of(source.path.as_deref(), reporter) {
            Ok(Some(converter)) => converter,
            Ok(None) => {
                exit = Exit::Unusable;
                continue;
            }
            Err(failure) => {
                reporter.failure(&failure);
                return Err(Exit::Unusable);
            }
        };
        match convert_one(converter, source, look_up, reporter) {
            Ok(Some(result)) => results.push((source, result)),
            Ok(None) => {}
            Err(Exit::Unconverted) if exit == Exit::Unusable => {}
            Err(failed) => exit = failed,
        }
    }
    // Where a source was not understood, nobody can say that a selector matches nothing.
    if exit != Exit::Unusable {
        let diagnostics = converters.finish();
        reporter.run_diagnostics(&diagnostics);
        if reporter.any_error(&diagnostics) {
            exit = Exit::Unconverted;
        }
    }
    if exit == Exit::Done { Ok(results) } else { Err(exit) }
}

/// Converts a source; `None` where it is skipped. What is to be said of it is said.
fn convert_one<'t>(
    converter: &mut Converter,
    source: &'t Source,
    look_up: &str,
    reporter: &mut Reporter,
) -> Result<Option<ConvertedText<'t>>, Exit> {
    let result = converter.documents(&source.text);
    // A template may be YAML all the same, with mappings where strings are expected.
    let may_be_template = match &result {
        Err(_) => true,
        Ok(result) => result.diagnostics.iter().any(|diagnostic| diagnostic.rule == Rule::WrongType),
    };
    if let Some(exit) = may_be_template.then(|| template(source, reporter)).flatten() {
        return if exit == Exit::Done { Ok(None) } else { Err(exit) };
    }
    match result {
        Ok(mut result) => {
            look_up::insert(look_up, &mut result.diagnostics);
            reporter.diagnostics(source, &result.diagnostics);
            if reporter.any_error(&result.diagnostics) { Err(Exit::Unconverted) } else { Ok(Some(result)) }
        }
        Err(error) => {
            reporter.error(source, &error);
            Err(Exit::Unusable)
        }
    }
}

/// Says that a source is a template, if it is one: an error where it was named, a warning where it was found.
fn template(source: &Source, reporter: &mut Reporter) -> Option<Exit> {
    let (template, place) = Template::of(&source.text)?;
    let severity = if source.is_found { Severity::Warning } else { Severity::Error };
    let message = format!("this looks like {}, which is no manifest yet", template.name());
    let diagnostic = Diagnostic::new(severity, Rule::Template, Route::root(), message);
    let diagnostics = [diagnostic.at(place).help(template.help(&source.name))];
    reporter.diagnostics(source, &diagnostics);
    Some(if reporter.any_error(&diagnostics) { Exit::Unusable } else { Exit::Done })
}

/// The name of a file as it is, whatever its encoding.
fn write_name(out: &mut impl std::io::Write, source: &Source, output: &Output) -> std::io::Result<()> {
    match &source.path {
        Some(path) => {
            out.write_all(path.strip_prefix("./").unwrap_or(path).as_os_str().as_encoded_bytes())?;
        }
        None => out.write_all(source.name.as_bytes())?,
    }
    out.write_all(if output.null { b"\0" } else { b"\n" })
}
