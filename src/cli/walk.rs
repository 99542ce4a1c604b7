//! Expands the arguments of `-f` to a list of inputs: files, stdin, and the manifests in directories.
//!
//! This module knows the names of files, not their contents.

use super::discover::FILE_NAME;
use super::input::Input;
use super::progress::Progress;
use anyhow::Context as _;
use globset::GlobBuilder;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, WalkBuilder};
use kueueleuleu::{Error, Rule};
use std::collections::HashSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The directory that a recursive walk skips, besides hidden directories.
const SKIPPED: &str = "node_modules";
/// A file with further patterns to skip, in the syntax of `.gitignore`.
const IGNORE_FILE: &str = ".kueueleuleuignore";

/// A file or directory that cannot be read, and why.
#[derive(Debug)]
pub(crate) struct Unread {
    pub name: String,
    pub cause: anyhow::Error,
}

impl Unread {
    fn new(path: &Path, cause: anyhow::Error) -> Self {
        Self { name: path.display().to_string(), cause }
    }
}

/// How to walk directories.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WalkOptions<'a> {
    /// Whether to recurse into subdirectories.
    pub recursive: bool,
    /// The patterns to exclude, in the syntax of `.gitignore`.
    pub exclude: &'a [String],
    /// Whether to include hidden directories and ignored files.
    pub no_ignore: bool,
}

/// The inputs of `filenames`, in order. Fails at the first problem.
pub(crate) fn inputs(filenames: &[PathBuf], recursive: bool) -> anyhow::Result<Vec<Input>> {
    let inputs = WalkOptions { recursive, ..WalkOptions::default() }.inputs(filenames)?;
    inputs.into_iter().map(|input| input.map_err(|unread| unread.cause)).collect()
}

/// Removes inputs that are the same file as an earlier input, also through another path or a link.
pub(crate) fn remove_duplicates(inputs: &mut Vec<Input>) {
    let mut seen = HashSet::new();
    inputs.retain(|input| match input {
        Input::Stdin => true,
        // A shell's `<(command)` is a pipe, which has no canonical path.
        Input::File(path) | Input::Found(path) => {
            seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone()))
        }
    });
}

impl WalkOptions<'_> {
    /// The inputs of `filenames`, in order, and the problems of files that cannot be read. The files of a directory are
    /// sorted by name. Fails if an argument itself is wrong.
    pub(crate) fn inputs(self, filenames: &[PathBuf]) -> anyhow::Result<Vec<Result<Input, Unread>>> {
        let excluded = excluded(self.exclude)?;
        let mut inputs = Vec::new();
        for filename in filenames {
            for named in expand(filename) {
                self.add(&named?, &excluded, &mut inputs)?;
            }
        }
        Ok(inputs)
    }

    fn add(
        self,
        filename: &Path,
        excluded: &Gitignore,
        inputs: &mut Vec<Result<Input, Unread>>,
    ) -> anyhow::Result<()> {
        if filename.as_os_str() == "-" {
            if inputs.iter().any(|input| matches!(input, Ok(Input::Stdin))) {
                let message = "`-f -` was given twice, but stdin can be read only once";
                return Err(Error::new(Rule::InvalidUsage, message).into());
            }
            inputs.push(Ok(Input::Stdin));
        } else if is_url(filename) {
            let url = filename.display();
            let error = Error::new(
                Rule::InvalidUsage,
                format!("`{url}` is a URL; kueueleuleu does not download files"),
            );
            return Err(error.help(format!("`curl -fsSL {url} | kueueleuleu -f -`")).into());
        } else {
            match fs::metadata(filename).with_context(|| unreadable(filename)) {
                Err(error) => inputs.push(Err(Unread::new(filename, error))),
                Ok(metadata) if metadata.is_dir() => {
                    let before = inputs.len();
                    inputs.extend(self.manifests(filename, excluded));
                    if inputs.len() == before {
                        inputs.push(Err(Unread::new(filename, self.empty(filename).into())));
                    }
                }
                Ok(_) => inputs.push(Ok(Input::File(filename.to_owned()))),
            }
        }
        Ok(())
    }

    /// The manifests in a directory, sorted, with the same file extensions as in `kubectl`.
    ///
    /// Links to files are followed, but not links to directories: a mounted `ConfigMap` contains each file twice, once
    /// below the link `..data`.
    fn manifests(self, directory: &Path, excluded: &Gitignore) -> Vec<Result<Input, Unread>> {
        let excluded = excluded.clone();
        let skips = self.recursive && !self.no_ignore;
        let mut progress = Progress::new();
        let mut builder = WalkBuilder::new(directory);
        builder
            .standard_filters(false)
            .max_depth(if self.recursive { None } else { Some(1) })
            .sort_by_file_name(Ord::cmp)
            .filter_entry(move |entry| {
                let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
                // A path that the user passed is never skipped.
                let is_skipped = skips && is_directory && is_skipped(entry);
                entry.depth() == 0
                    || !(is_skipped || excluded.matched(entry.path(), is_directory).is_ignore())
            });
        if skips {
            builder.parents(true).git_ignore(true).git_global(true).git_exclude(true).require_git(false);
            builder.add_custom_ignore_filename(IGNORE_FILE);
        }
        let mut found = Vec::new();
        for entry in builder.build() {
            let manifest = entry.map_err(|error| cause(error, directory)).map(|entry| manifest(&entry));
            match manifest {
                Ok(None) => {}
                Ok(Some(manifest)) => found.push(manifest),
                Err(error) => found.push(Err(Unread::new(directory, error))),
            }
            progress.tick(|| format!("{} manifests found", found.len()));
        }
        found
    }

    fn empty(self, directory: &Path) -> Error {
        let holds = format!("`{}` contains no .yaml, .yml or .json file", directory.display());
        let error = Error::new(Rule::InvalidUsage, holds.clone());
        if !self.recursive {
            return error.help("add `-R` to recurse into subdirectories");
        }
        let all = WalkOptions { recursive: true, exclude: &[], no_ignore: true };
        match all.manifests(directory, &Gitignore::empty()).len() {
            0 => error,
            1 => Error::new(Rule::InvalidUsage, format!("{holds}, except for 1 ignored file"))
                .help("add `--no-ignore` to read it; a file passed to `-f` is never ignored"),
            count => Error::new(Rule::InvalidUsage, format!("{holds}, except for {count} ignored files"))
                .help("add `--no-ignore` to read them; a file passed to `-f` is never ignored"),
        }
    }
}

/// Whether to skip a subdirectory: it is hidden, such as `.git`, or contains dependencies.
fn is_skipped(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    name == SKIPPED || name.as_encoded_bytes().starts_with(b".")
}

/// The entry, if it has the name of a manifest.
fn manifest(entry: &DirEntry) -> Option<Result<Input, Unread>> {
    let (path, kind) = (entry.path(), entry.file_type()?);
    if kind.is_dir() || !is_manifest(path) {
        return None;
    }
    if kind.is_symlink() {
        // A broken link, or a cycle of links, is an error: its name is that of a manifest.
        match fs::metadata(path).with_context(|| unreadable(path)) {
            Err(error) => return Some(Err(Unread::new(path, error))),
            Ok(metadata) if metadata.is_dir() => return None,
            Ok(_) => {}
        }
    }
    Some(Ok(Input::Found(path.to_owned())))
}

/// Compiles the patterns of `--exclude`.
fn excluded(globs: &[String]) -> Result<Gitignore, Error> {
    let invalid = |error: &ignore::Error| {
        let glob = match error {
            ignore::Error::Glob { glob: Some(glob), err } => format!("`{glob}` is not a glob: {err}"),
            other => other.to_string(),
        };
        Error::new(Rule::InvalidUsage, format!("`--exclude`: {glob}"))
            .help("use the syntax of .gitignore, such as `--exclude 'charts/**'`")
    };
    let mut builder = GitignoreBuilder::new("");
    for glob in globs {
        builder.add_line(None, glob).map_err(|error| invalid(&error))?;
    }
    builder.build().map_err(|error| invalid(&error))
}

/// Expands one argument of `-f`, as kubectl does: an existing file is itself; otherwise the argument is a list of
/// files, or a glob.
///
/// ```text
/// a.yaml,b.yaml    ->    a.yaml  b.yaml
/// jobs/*.yaml      ->    jobs/1.yaml  jobs/2.yaml
/// ```
fn expand(filename: &Path) -> Vec<anyhow::Result<PathBuf>> {
    let exists = filename.symlink_metadata().is_ok() || is_url(filename);
    match filename.to_str() {
        Some(name) if !exists && name.contains(',') => {
            name.split(',').filter(|part| !part.is_empty()).flat_map(|part| expand(Path::new(part))).collect()
        }
        Some(name) if !exists && name.contains(['*', '?', '[']) => match matching(name) {
            Ok(files) => files.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        },
        _ => vec![Ok(filename.to_owned())],
    }
}

/// The files and directories that match a glob, sorted.
fn matching(glob: &str) -> anyhow::Result<Vec<PathBuf>> {
    let usage = |message: String| Error::new(Rule::InvalidUsage, message);
    // The paths of the walk contain neither `./` nor `//`.
    let normal: PathBuf = Path::new(glob).components().filter(|part| *part != Component::CurDir).collect();
    let matcher = GlobBuilder::new(normal.to_str().unwrap_or(glob))
        .literal_separator(true)
        .build()
        .map_err(|error| usage(format!("`{glob}` is not a glob: {}", error.kind())))?
        .compile_matcher();
    let fixed = normal.components().take_while(|part| {
        !part.as_os_str().to_str().is_some_and(|part| part.contains(['*', '?', '[', '{']))
    });
    let base: PathBuf = fixed.collect();
    let base = if base.as_os_str().is_empty() { PathBuf::from(".") } else { base };
    let depth = normal.components().count().saturating_sub(base.components().count());
    let depth = if base == Path::new(".") { depth + 1 } else { depth };
    let walk = WalkBuilder::new(&base)
        .standard_filters(false)
        .max_depth((!glob.contains("**")).then_some(depth))
        .sort_by_file_name(Ord::cmp)
        .build();
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in walk {
        let entry = entry.map_err(|error| cause(error, &base))?;
        let path = entry.path().strip_prefix("./").unwrap_or(entry.path());
        if matcher.is_match(path) {
            files.push(path.to_owned());
        }
    }
    if files.is_empty() {
        return Err(usage(format!("no file matches `{glob}`")).into());
    }
    Ok(files)
}

/// Whether the argument is a URL, which kubectl would download.
fn is_url(filename: &Path) -> bool {
    filename.to_str().is_some_and(|name| name.starts_with("https://") || name.starts_with("http://"))
}

/// Whether the name is that of a manifest. The name of the configuration file is not.
fn is_manifest(path: &Path) -> bool {
    if path.file_name().is_some_and(|name| name == FILE_NAME) {
        return false;
    }
    path.extension().is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|&known| extension == known))
}

fn unreadable(path: &Path) -> String {
    format!("could not read `{}`", path.display())
}

/// The error of a walk, with its path.
fn cause(error: ignore::Error, directory: &Path) -> anyhow::Error {
    match error {
        ignore::Error::WithPath { path, err } => cause(*err, &path),
        ignore::Error::WithDepth { err, .. } => cause(*err, directory),
        ignore::Error::Io(error) => anyhow::Error::from(error).context(unreadable(directory)),
        other => anyhow::anyhow!("{}: {other}", unreadable(directory)),
    }
}
