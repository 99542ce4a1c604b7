//! Expands the arguments of `-f` to a list of inputs: files, stdin, and the manifests in directories.
//!
//! This module knows the names of files, not their contents.

mod excludes_file;
mod ignored;
mod tree;

use super::discover::FILE_NAME;
use super::input::Input;
use super::progress::Progress;
use anyhow::Context as _;
use gix_ignore::glob::wildmatch;
use ignored::{Ignored, Patterns, text};
use kueueleuleu::{Error, Rule};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};

/// The directory that a recursive walk skips, besides hidden directories.
const SKIPPED: &str = "node_modules";
/// The characters that make an argument of `-f` a glob.
const WILDCARDS: [char; 3] = ['*', '?', '['];

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
        excluded: &Patterns,
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
    fn manifests(self, directory: &Path, excluded: &Patterns) -> Vec<Result<Input, Unread>> {
        let skips = self.recursive && !self.no_ignore;
        let mut ignored = skips.then(|| Ignored::above(directory));
        let mut progress = Progress::new();
        let mut found = Vec::new();
        let depth = if self.recursive { usize::MAX } else { 1 };
        tree::walk(directory, depth, ignored.as_mut(), &mut |entry, ignored| {
            progress.tick(|| format!("{} manifests found", found.len()));
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    found.push(Err(Unread::new(directory, error)));
                    return false;
                }
            };
            let is_directory = entry.kind.is_dir();
            let is_skipped =
                if is_directory { skips && is_skipped(&entry.name) } else { !is_manifest(&entry.name) };
            if is_skipped {
                return false;
            }
            let path = entry.path();
            let text = text(&path);
            if ignored.is_some_and(|ignored| ignored.contains(&text, is_directory))
                || excluded.decide(&text, is_directory).unwrap_or(false)
            {
                return false;
            }
            if !is_directory {
                found.extend(manifest(path, entry.kind));
            }
            is_directory
        });
        found
    }

    fn empty(self, directory: &Path) -> Error {
        let holds = format!("`{}` contains no .yaml, .yml or .json file", directory.display());
        let error = Error::new(Rule::InvalidUsage, holds.clone());
        if !self.recursive {
            return error.help("add `-R` to recurse into subdirectories");
        }
        let all = WalkOptions { recursive: true, exclude: &[], no_ignore: true };
        match all.manifests(directory, &Patterns::default()).len() {
            0 => error,
            1 => Error::new(Rule::InvalidUsage, format!("{holds}, except for 1 ignored file"))
                .help("add `--no-ignore` to read it; a file passed to `-f` is never ignored"),
            count => Error::new(Rule::InvalidUsage, format!("{holds}, except for {count} ignored files"))
                .help("add `--no-ignore` to read them; a file passed to `-f` is never ignored"),
        }
    }
}

/// Whether to skip a subdirectory: it is hidden, such as `.git`, or contains dependencies.
fn is_skipped(name: &OsStr) -> bool {
    name == SKIPPED || name.as_encoded_bytes().starts_with(b".")
}

/// The input for a file or link with the name of a manifest. A link to a directory is not an input.
fn manifest(path: PathBuf, mut kind: FileType) -> Option<Result<Input, Unread>> {
    if kind.is_symlink() {
        // A broken link, or a cycle of links, is an error: its name is that of a manifest.
        match fs::metadata(&path).with_context(|| unreadable(&path)) {
            Err(error) => return Some(Err(Unread::new(&path, error))),
            Ok(metadata) if metadata.is_dir() => return None,
            Ok(metadata) => kind = metadata.file_type(),
        }
    }
    if !kind.is_file() {
        // A FIFO or a device may never end, and was not named by the user.
        let error = anyhow::anyhow!("it is not a regular file").context(unreadable(&path));
        return Some(Err(Unread::new(&path, error)));
    }
    Some(Ok(Input::Found(path)))
}

/// Parses the patterns of `--exclude`.
fn excluded(globs: &[String]) -> Result<Patterns, Error> {
    let has_brace = |glob: &&String| glob.replace("\\{", "").replace("[{]", "").contains('{');
    // Otherwise `*.{yml,json}` would exclude nothing.
    if let Some(glob) = globs.iter().find(has_brace) {
        let message =
            format!("`--exclude`: `{glob}` is not a glob: .gitignore has no alternatives in braces");
        return Err(Error::new(Rule::InvalidUsage, message)
            .help("repeat `--exclude` for each alternative; for the character, write `[{]`"));
    }
    Ok(Patterns::parse(globs.join("\n").as_bytes()))
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
        Some(name) if !exists && name.contains(WILDCARDS) => match matching(name) {
            Ok(files) => files.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        },
        _ => vec![Ok(filename.to_owned())],
    }
}

/// The files and directories that match a glob, sorted.
fn matching(glob: &str) -> anyhow::Result<Vec<PathBuf>> {
    let has_wildcard = |part: &OsStr| part.to_str().is_some_and(|part| part.contains(WILDCARDS));
    let fixed: PathBuf =
        Path::new(glob).components().take_while(|part| !has_wildcard(part.as_os_str())).collect();
    let depth = Path::new(glob).components().count() - fixed.components().count();
    let depth = if glob.contains("**") { usize::MAX } else { depth };
    let base = if fixed.as_os_str().is_empty() { Path::new(".") } else { &fixed };
    let pattern = text(Path::new(glob));
    let (mut files, mut failure) = (Vec::new(), None);
    tree::walk(base, depth, None, &mut |entry, _| match entry {
        Ok(entry) => {
            let path = entry.path();
            let mode = wildmatch::Mode::NO_MATCH_SLASH_LITERAL;
            if gix_ignore::glob::wildmatch(pattern[..].into(), text(&path)[..].into(), mode) {
                files.push(path.strip_prefix("./").unwrap_or(&path).to_owned());
            }
            entry.kind.is_dir()
        }
        Err(error) => {
            failure.get_or_insert(error);
            false
        }
    });
    if let Some(error) = failure {
        return Err(error);
    }
    if files.is_empty() {
        return Err(Error::new(Rule::InvalidUsage, format!("no file matches `{glob}`")).into());
    }
    Ok(files)
}

/// Whether the argument is a URL, which kubectl would download.
fn is_url(filename: &Path) -> bool {
    filename.to_str().is_some_and(|name| name.starts_with("https://") || name.starts_with("http://"))
}

/// Whether the name is that of a manifest. The name of the configuration file is not.
fn is_manifest(name: &OsStr) -> bool {
    let extension = Path::new(name).extension();
    name != FILE_NAME
        && extension.is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|&known| extension == known))
}

fn unreadable(path: &Path) -> String {
    format!("could not read `{}`", path.display())
}
