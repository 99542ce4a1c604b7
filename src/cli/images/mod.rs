//! `images`: what the images of containers without a `command` run, looked up once and kept in the functionConfig.
//!
//! Knows the order: collect the images, look all of them up, then print or write the entries. All or nothing: if one
//! look-up fails, all failures are reported and nothing is written.

mod credentials;
mod engine;
mod files;
mod program;
mod registry;
mod render;
mod source;
mod transport;

use super::args::Images;
use super::finding::cause;
use super::input::Source;
use super::report::Reporter;
use super::{Exit, any_error, in_place, output, walk};
use anyhow::Context as _;
use kueueleuleu::images::reference::Reference;
use kueueleuleu::images::update::{self, Unused};
use kueueleuleu::images::{Entry, Problem};
use kueueleuleu::internals::BareImage;
use kueueleuleu::{Config, Converter, Diagnostic, Error, Route, Rule, Severity};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// How many look-ups are under way at a time.
const PARALLEL: usize = 8;

/// Lists what images run, or brings the functionConfig up to date.
pub(super) fn run(args: &Images, reporter: &mut Reporter) -> anyhow::Result<Exit> {
    let Some((target, config)) = configuration(args, reporter)? else { return Ok(Exit::Unusable) };
    let inputs = walk::inputs(&args.filename, args.recursive)?;
    let sources = inputs.into_iter().map(Source::read).collect::<anyhow::Result<Vec<_>>>()?;
    let images = match bare_images(config.clone(), &sources, reporter) {
        Ok(images) => images,
        Err(exit) => return Ok(exit),
    };
    let from = source::From::open(args)?;
    let Some(entries) = look_up_all(&from, &images, &config, reporter) else { return Ok(Exit::Unconverted) };
    if let Some((target, is_new)) = target {
        return write(args, &target, is_new, &entries, reporter);
    }
    if entries.is_empty() {
        let message = "no step needs the command of its image";
        let note = Diagnostic::new(Severity::Info, Rule::MissingCommand, Route::root(), message);
        reporter.run_diagnostics(&[note]);
    }
    output::write(|out| render::write(out, &entries, args.output))?;
    Ok(Exit::Done)
}

/// The functionConfig to be written, and whether there is none yet; and the configuration in use. `None` when something is
/// wrong in it, which was reported.
type Configuration = (Option<(Source, bool)>, Config);

fn configuration(args: &Images, reporter: &mut Reporter) -> anyhow::Result<Option<Configuration>> {
    if args.write.as_deref() == Some(Path::new("-")) {
        return Err(Error::new(Rule::InvalidUsage, "`--write` rewrites a file, and `-` is none")
            .help("`-o yaml` writes the entries to stdout")
            .into());
    }
    let (source, is_new) = match (&args.write, &args.config) {
        (Some(path), _) if is_missing(path) => {
            let name = path.display().to_string();
            (
                Source {
                    name,
                    path: Some(path.clone()),
                    text: Cow::Borrowed(update::EMPTY),
                    is_found: false,
                },
                true,
            )
        }
        (Some(path), _) | (None, Some(path)) => (Source::open(path)?, false),
        (None, None) => return Ok(Some((None, Config::default()))),
    };
    let config = Config::from_yaml(&source.text).map_err(|error| reporter.error(&source, &error));
    Ok(config.ok().map(|config| (args.write.is_some().then_some((source, is_new)), config)))
}

fn is_missing(path: &Path) -> bool {
    matches!(path.symlink_metadata(), Err(error) if error.kind() == io::ErrorKind::NotFound)
}

/// An image, and the step that needs it, in its source.
type Needed<'s> = (&'s Source, BareImage);

/// Each image that a step without a `command` has, with the first such step.
fn bare_images<'s>(
    config: Config,
    sources: &'s [Source],
    reporter: &mut Reporter,
) -> Result<Vec<Needed<'s>>, Exit> {
    let mut converter = Converter::new(config);
    let (mut needed, mut seen) = (Vec::new(), HashSet::new());
    let mut exit = Exit::Done;
    for source in sources {
        match converter.bare_images(&source.text) {
            Ok((images, diagnostics)) => {
                reporter.diagnostics(source, &diagnostics);
                if any_error(&diagnostics) && exit == Exit::Done {
                    exit = Exit::Unconverted;
                }
                let new = images.into_iter().filter(|bare| seen.insert(bare.image.clone()));
                needed.extend(new.map(|bare| (source, bare)));
            }
            Err(error) => {
                reporter.error(source, &error);
                exit = Exit::Unusable;
            }
        }
    }
    if exit != Exit::Done {
        return Err(exit);
    }
    reporter.run_diagnostics(&converter.finish());
    Ok(needed)
}

/// What all images run. `None` when that cannot be told of one, which was reported.
fn look_up_all(
    from: &source::From,
    needed: &[Needed<'_>],
    config: &Config,
    reporter: &mut Reporter,
) -> Option<Vec<Entry>> {
    // Who wrote an entry by hand knows better, and may not even reach the registry.
    let by_hand = |image: &str| {
        let entry = config.images().iter().find(|entry| entry.name == image && entry.digest.is_none())?;
        let (command, args) = (entry.command.clone(), entry.args.clone());
        Some(Entry { name: entry.name.clone(), digest: None, command, args })
    };
    let mut references: BTreeMap<Reference, &str> = BTreeMap::new();
    let mut read: BTreeMap<&str, Result<Reference, Problem>> = BTreeMap::new();
    for (_, bare) in needed.iter().filter(|(_, bare)| by_hand(&bare.image).is_none()) {
        let reference = Reference::parse(&bare.image);
        if let Ok(reference) = &reference {
            references.entry(reference.clone()).or_insert(&bare.image);
        }
        read.insert(&bare.image, reference);
    }
    let found = source::look_up_all(from, &references, PARALLEL);
    let mut entries = Vec::with_capacity(needed.len());
    for (source, bare) in needed {
        let found = by_hand(&bare.image).map_or_else(
            || {
                let reference = read[bare.image.as_str()].clone()?;
                let found = found[&reference].clone()?;
                let (command, args) = (found.command.entrypoint, found.command.cmd);
                Ok(Entry { name: bare.image.clone(), digest: Some(found.digest.to_string()), command, args })
            },
            Ok,
        );
        match found {
            Ok(entry) => entries.push(entry),
            Err(problem) => reporter.diagnostics(source, &[said(bare, problem)]),
        }
    }
    (entries.len() == needed.len()).then_some(entries)
}

fn said(bare: &BareImage, problem: Problem) -> Diagnostic {
    let mut diagnostic = bare.step.clone();
    diagnostic.rule = Rule::ImageLookup;
    diagnostic.message = format!("image `{}`: {}", bare.image, problem.message);
    diagnostic.help = problem.help;
    diagnostic
}

/// Brings the functionConfig up to date, or only says what would change.
fn write(
    args: &Images,
    target: &Source,
    is_new: bool,
    entries: &[Entry],
    reporter: &mut Reporter,
) -> anyhow::Result<Exit> {
    let unused = if args.prune { Unused::Remove } else { Unused::Keep };
    let updated = match update::update(&target.text, entries, unused) {
        Ok(updated) => updated,
        Err(error) => {
            reporter.error(target, &error);
            return Ok(Exit::Unusable);
        }
    };
    let is_changed = updated.text.is_changed();
    if is_changed && !args.check {
        if is_new {
            create(target, &updated.text.text())?;
        } else {
            in_place::rewrite([(target, updated.text)].iter())?;
        }
    }
    output::write(|out| updated.changes.iter().try_for_each(|change| writeln!(out, "{change}")))?;
    Ok(if is_changed && args.check { Exit::WouldChange } else { Exit::Done })
}

/// Writes a file that is not there yet. One that cannot be written whole is removed.
fn create(target: &Source, text: &str) -> anyhow::Result<()> {
    let path = target.path.as_deref().unwrap_or(Path::new(""));
    let created = OpenOptions::new().write(true).create_new(true).open(path);
    let written = created.and_then(|mut file| {
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        written.inspect_err(|_| drop(fs::remove_file(path)))
    });
    written.with_context(|| format!("could not write `{}`", target.name))
}
