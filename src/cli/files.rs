//! `-f`: reads all manifests, converts all of them, then writes the output, or nothing if there was an error.

use super::args::{Args, OutputArgs};
use super::discover::{ConfigArgs, Converters};
use super::exit::Exit;
use super::input::{Input, Source};
use super::notes::Notes;
use super::progress::Progress;
use super::report::Reporter;
use super::summary::Summary;
use super::template::TemplateLanguage;
use super::walk::{self, WalkOptions};
use super::{diff, in_place, join, kustomization, look_up, output, system};
use kueueleuleu::Route;
use kueueleuleu::{ConvertedText, Converter};
use kueueleuleu::{Diagnostic, Error, Rule, Severity};
use kueueleuleu_yaml::span::Span;
use std::fs::Metadata;
use std::path::PathBuf;

/// The sources that were converted, and their results. Templates are missing.
type Results<'t> = Vec<(&'t Source, ConvertedText<'t>)>;

/// Converts manifests, and writes the output that the flags select.
pub(super) fn convert(args: &Args, reporter: &mut Reporter) -> anyhow::Result<Exit> {
    // Errors in the configuration do not hide errors in the inputs: both are reported.
    let converters = Converters::new(ConfigArgs::of(args), reporter)?;
    let walk = WalkOptions { recursive: args.recursive, exclude: &args.exclude, no_ignore: args.no_ignore };
    let (sources, exit) = sources(walk, &args.filename, Some(&args.output), reporter)?;
    let Some(converters) = converters else { return Ok(Exit::Unusable) };
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

/// Reads all inputs. The exit code says whether one could not be read, which is reported.
///
/// If `output` is given and writes one result for each file, a file that is named twice is read once. A file that is
/// also the redirected stdout is an error.
pub(super) fn sources(
    walk: WalkOptions<'_>,
    filename: &[PathBuf],
    output: Option<&OutputArgs>,
    reporter: &mut Reporter,
) -> anyhow::Result<(Vec<Source>, Exit)> {
    let (mut inputs, mut exit) = (Vec::new(), Exit::Done);
    for input in walk.inputs(filename)? {
        match input {
            Ok(input) => inputs.push(input),
            Err(unread) => {
                reporter.unreadable(&unread.cause, Some(&unread.name));
                exit = Exit::Unusable;
            }
        }
    }
    if output.is_some_and(|output| output.in_place || output.diff || output.check) {
        walk::remove_duplicates(&mut inputs);
    }
    let in_place = output.is_some_and(|output| output.in_place);
    if in_place && inputs.iter().any(|input| matches!(input, Input::Stdin)) {
        return Err(Error::new(Rule::InvalidUsage, "`--in-place` rewrites files, but stdin is not a file")
            .help("remove `-f -`")
            .into());
    }
    let mut sources = Vec::with_capacity(inputs.len());
    let mut progress = Progress::new();
    let count = inputs.len();
    for (number, input) in inputs.into_iter().enumerate() {
        progress.tick(|| format!("{number} of {count} manifests read"));
        let name = input.name();
        let is_watched = output.is_some() && !in_place;
        let read = Source::read(input);
        match read.and_then(|source| if is_watched { refuse_own_output(source) } else { Ok(source) }) {
            Ok(source) => sources.push(source),
            Err(problem) => {
                reporter.unreadable(&problem, Some(&name));
                exit = Exit::Unusable;
            }
        }
    }
    Ok((sources, exit))
}

/// Fails if stdout is redirected to this file: the shell empties it before it is read.
fn refuse_own_output(source: Source) -> anyhow::Result<Source> {
    let Some(path) = source.path.as_deref() else { return Ok(source) };
    let Some(stdout) = system::stdout().and_then(|file| file.metadata()).ok().filter(Metadata::is_file)
    else {
        return Ok(source);
    };
    match std::fs::metadata(path) {
        Ok(input) if system::is_same_file(&input, &stdout) => {
            let message =
                format!("`{}` is both input and output: the shell empties it before it is read", source.name);
            Err(Error::new(Rule::InvalidUsage, message).help("use `--in-place` to rewrite files").into())
        }
        _ => Ok(source),
    }
}

/// Converts all sources, and reports the problems in all of them. If there is an error, or `exit` is one, the result is
/// an exit code. `look_up` is the command line that looks up images, for help texts.
pub(super) fn convert_all<'t>(
    mut converters: Converters<'_>,
    sources: &'t [Source],
    (mut exit, look_up): (Exit, &str),
    reporter: &mut Reporter,
) -> Result<Results<'t>, Exit> {
    let mut results = Vec::with_capacity(sources.len());
    let mut notes = Notes::new(converters.tells_all());
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
        match convert_one(converter, source, (look_up, &mut notes), reporter) {
            Ok(Some(result)) => results.push((source, result)),
            Ok(None) => {}
            Err(Exit::Unconverted) if exit == Exit::Unusable => {}
            Err(failed) => exit = failed,
        }
    }
    // A source that could not be parsed may contain resources that a selector matches.
    if exit != Exit::Unusable {
        for (file, diagnostic) in converters.finish() {
            let diagnostics = [diagnostic];
            reporter.run_diagnostics(&diagnostics, file.as_deref());
            if reporter.any_error(&diagnostics) {
                exit = Exit::Unconverted;
            }
        }
    }
    notes.report(exit == Exit::Done, reporter);
    if exit == Exit::Done { Ok(results) } else { Err(exit) }
}

/// Converts a source and reports its problems. Returns `None` if the source is a template, which is skipped.
fn convert_one<'t>(
    converter: &mut Converter,
    source: &'t Source,
    (look_up, notes): (&str, &mut Notes<'t>),
    reporter: &mut Reporter,
) -> Result<Option<ConvertedText<'t>>, Exit> {
    let result = converter.documents(&source.text);
    let template = match &result {
        Err(_) => TemplateLanguage::of(&source.text),
        Ok(result) => {
            let is_wrong = |diagnostic: &Diagnostic| diagnostic.rule == Rule::WrongType;
            TemplateLanguage::of_yaml(&source.text, result.diagnostics.iter().any(is_wrong))
        }
    };
    if let Some(found) = template {
        let exit = report_template(source, found, reporter);
        return if exit == Exit::Done { Ok(None) } else { Err(exit) };
    }
    match result {
        Ok(mut result) => {
            look_up::insert(look_up, &mut result.diagnostics);
            result.diagnostics.extend(kustomization::check(source));
            notes.take(source, &mut result.diagnostics);
            reporter.diagnostics(source, &result.diagnostics);
            if reporter.any_error(&result.diagnostics) { Err(Exit::Unconverted) } else { Ok(Some(result)) }
        }
        Err(error) => {
            reporter.error(source, &error);
            Err(Exit::Unusable)
        }
    }
}

/// Reports that a source is a template: an error if the user passed it, a warning if it was found in a directory.
fn report_template(
    source: &Source,
    (template, place): (TemplateLanguage, Span),
    reporter: &mut Reporter,
) -> Exit {
    let severity = if source.is_found { Severity::Warning } else { Severity::Error };
    let message = format!("this looks like {}, not a manifest", template.name());
    let diagnostic = Diagnostic::new(severity, Rule::Template, Route::root(), message);
    let diagnostics = [diagnostic.at(place).help(template.help(&source.name))];
    reporter.diagnostics(source, &diagnostics);
    if reporter.any_error(&diagnostics) { Exit::Unusable } else { Exit::Done }
}

/// Writes the name of a file, byte for byte, even if it is not UTF-8.
fn write_name(out: &mut impl std::io::Write, source: &Source, output: &OutputArgs) -> std::io::Result<()> {
    match &source.path {
        Some(path) => {
            out.write_all(path.strip_prefix("./").unwrap_or(path).as_os_str().as_encoded_bytes())?;
        }
        None => out.write_all(source.name.as_bytes())?,
    }
    out.write_all(if output.null { b"\0" } else { b"\n" })
}
