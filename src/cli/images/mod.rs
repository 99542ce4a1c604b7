//! `images`: looks up the commands of images, and saves them in the functionConfig.
//!
//! It collects the images of containers without a `command`, looks up all of them, then prints or writes the entries.
//! If one look-up fails, all failures are reported and nothing is written.

mod credentials;
mod engine;
mod files;
mod program;
mod registry;
mod render;
mod source;
mod transport;

use super::args::ImagesArgs;
use super::discover::{ConfigArgs, Converters};
use super::exit::Exit;
use super::files::sources;
use super::finding::cause;
use super::input::Source;
use super::report::Reporter;
use super::walk::WalkOptions;
use super::{in_place, output};
use anyhow::Context as _;
use kueueleuleu::images::reference::Reference;
use kueueleuleu::images::update::{self, Unused};
use kueueleuleu::images::{ImageEntry, LookUpError};
use kueueleuleu::internals::BareImage;
use kueueleuleu::{Config, Converter, Diagnostic, Error, Route, Rule, Severity};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// The number of parallel look-ups.
const PARALLEL: usize = 8;

/// Lists the commands of images, or updates the functionConfig.
pub(super) fn run(args: &ImagesArgs, reporter: &mut Reporter) -> anyhow::Result<Exit> {
    let Some((target, converters)) = configuration(args, reporter)? else { return Ok(Exit::Unusable) };
    let walk = WalkOptions { recursive: args.recursive, ..WalkOptions::default() };
    let (sources, exit) = sources(walk, &args.filename, None, reporter)?;
    let images = match bare_images(converters, &sources, exit, reporter)? {
        Ok(images) => images,
        Err(exit) => return Ok(exit),
    };
    let from = source::ImageSource::open(args)?;
    let Some(entries) = look_up_all(&from, &images, reporter) else { return Ok(Exit::Unconverted) };
    if let Some((target, is_new)) = target {
        return write(args, &target, is_new, &entries, reporter);
    }
    if entries.is_empty() {
        let message = "no step needs the command of its image";
        let note = Diagnostic::new(Severity::Info, Rule::MissingCommand, Route::root(), message);
        reporter.run_diagnostics(&[note], None);
    }
    output::write(|out| render::write(out, &entries, args.output))?;
    Ok(Exit::Done)
}

/// The functionConfig to write, and whether it is a new file; and the configurations that select objects.
type Configuration<'a> = (Option<(Source, bool)>, Converters<'a>);

/// Returns `None` if a configuration has errors, which are reported.
fn configuration<'a>(
    args: &'a ImagesArgs,
    reporter: &mut Reporter,
) -> anyhow::Result<Option<Configuration<'a>>> {
    let Some(path) = &args.write else {
        let config_args = ConfigArgs {
            config: args.config.as_slice(),
            no_config: args.no_config,
            filename: &args.filename,
            ..ConfigArgs::default()
        };
        return Ok(Converters::new(config_args, reporter)?.map(|converters| (None, converters)));
    };
    if path.as_os_str() == "-" {
        return Err(Error::new(Rule::InvalidUsage, "`--write` needs a file, not `-`")
            .help("use `-o yaml` to write the entries to stdout")
            .into());
    }
    let is_new = is_missing(path);
    let source = if is_new {
        let text = Cow::Borrowed(update::EMPTY);
        Source { name: path.display().to_string(), path: Some(path.clone()), text, is_found: false }
    } else {
        Source::open(path)?
    };
    // Exactly one configuration, whose entries are updated.
    let config = Config::from_yaml(&source.text).map_err(|error| reporter.error(&source, &error));
    let converters = config.ok().map(|config| Converters::only(Converter::new(config)));
    Ok(converters.map(|converters| (Some((source, is_new)), converters)))
}

fn is_missing(path: &Path) -> bool {
    matches!(path.symlink_metadata(), Err(error) if error.kind() == io::ErrorKind::NotFound)
}

/// An image, the step that needs its command, and the entry that the user wrote for it.
struct Needed<'s> {
    source: &'s Source,
    bare: BareImage,
    by_hand: Option<ImageEntry>,
}

/// The images of steps without a `command`, each with its first step.
fn bare_images<'s>(
    mut converters: Converters<'_>,
    sources: &'s [Source],
    mut exit: Exit,
    reporter: &mut Reporter,
) -> anyhow::Result<Result<Vec<Needed<'s>>, Exit>> {
    let (mut needed, mut seen) = (Vec::new(), HashSet::new());
    for source in sources {
        let Some(converter) = converters.of(source.path.as_deref(), reporter)? else {
            exit = Exit::Unusable;
            continue;
        };
        match converter.bare_images(&source.text) {
            Ok((images, diagnostics)) => {
                reporter.diagnostics(source, &diagnostics);
                if reporter.any_error(&diagnostics) && exit == Exit::Done {
                    exit = Exit::Unconverted;
                }
                for bare in images {
                    if seen.insert(bare.image.clone()) {
                        let by_hand = by_hand(converter.configs(), &bare.image);
                        needed.push(Needed { source, bare, by_hand });
                    }
                }
            }
            Err(error) => {
                reporter.error(source, &error);
                exit = Exit::Unusable;
            }
        }
    }
    if exit != Exit::Done {
        return Ok(Err(exit));
    }
    for (file, diagnostic) in converters.finish() {
        reporter.run_diagnostics(&[diagnostic], file.as_deref());
    }
    Ok(Ok(needed))
}

/// The entry that the user wrote by hand, which replaces a look-up: the registry may not even be reachable.
fn by_hand(configs: &[Config], image: &str) -> Option<ImageEntry> {
    let entries = configs.iter().flat_map(Config::images);
    let entry = entries.into_iter().find(|entry| entry.name == image && entry.digest.is_none())?;
    let (command, args) = (entry.command.clone(), entry.args.clone());
    Some(ImageEntry { name: entry.name.clone(), digest: None, command, args })
}

/// Looks up all images. Returns `None` if a look-up fails, which is reported.
fn look_up_all(
    from: &source::ImageSource,
    needed: &[Needed<'_>],
    reporter: &mut Reporter,
) -> Option<Vec<ImageEntry>> {
    let mut references: BTreeMap<Reference, &str> = BTreeMap::new();
    let mut read: BTreeMap<&str, Result<Reference, LookUpError>> = BTreeMap::new();
    for Needed { bare, .. } in needed.iter().filter(|needed| needed.by_hand.is_none()) {
        let reference = Reference::parse(&bare.image);
        if let Ok(reference) = &reference {
            references.entry(reference.clone()).or_insert(&bare.image);
        }
        read.insert(&bare.image, reference);
    }
    let found = source::look_up_all(from, &references, PARALLEL);
    let mut entries = Vec::with_capacity(needed.len());
    for Needed { source, bare, by_hand } in needed {
        let found = by_hand.clone().map_or_else(
            || {
                let reference = read[bare.image.as_str()].clone()?;
                let found = found[&reference].clone()?;
                let (command, args) = (found.command.entrypoint, found.command.cmd);
                Ok(ImageEntry {
                    name: bare.image.clone(),
                    digest: Some(found.digest.to_string()),
                    command,
                    args,
                })
            },
            Ok,
        );
        match found {
            Ok(entry) => entries.push(entry),
            Err(problem) => reporter.diagnostics(source, &[failed(bare, problem)]),
        }
    }
    (entries.len() == needed.len()).then_some(entries)
}

fn failed(bare: &BareImage, problem: LookUpError) -> Diagnostic {
    let mut diagnostic = bare.step.clone();
    diagnostic.rule = Rule::ImageLookup;
    diagnostic.message = format!("image `{}`: {}", bare.image, problem.message);
    diagnostic.help = problem.help;
    diagnostic
}

/// Updates the functionConfig, or with `--check` only prints the changes.
fn write(
    args: &ImagesArgs,
    target: &Source,
    is_new: bool,
    entries: &[ImageEntry],
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

/// Writes a new file. If that fails halfway, the file is removed.
fn create(target: &Source, text: &str) -> anyhow::Result<()> {
    let path = target.path.as_deref().unwrap_or(Path::new(""));
    let created = OpenOptions::new().write(true).create_new(true).open(path);
    let written = created.and_then(|mut file| {
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        written.inspect_err(|_| drop(fs::remove_file(path)))
    });
    written.with_context(|| format!("could not write `{}`", target.name))
}
