//! What `-f` names: files, stdin, and the manifests in directories.
//!
//! Knows names, not contents.

use anyhow::Context as _;
use kueueleuleu::{Error, Rule};
use std::collections::HashSet;
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};

/// Something to read.
#[derive(Debug)]
pub(crate) enum Input {
    /// `-`
    Stdin,
    /// A file.
    File(PathBuf),
}

/// All that `filenames` name, in their order. The files of a directory are sorted by name.
pub(crate) fn inputs(filenames: &[PathBuf], recursive: bool) -> anyhow::Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for filename in filenames {
        if filename.as_os_str() == "-" {
            if inputs.iter().any(|input| matches!(input, Input::Stdin)) {
                return Err(Error::new(
                    Rule::InvalidUsage,
                    "`-f -` was given twice, but stdin can be read only once",
                )
                .into());
            }
            inputs.push(Input::Stdin);
        } else if is_url(filename) {
            let url = filename.display();
            let error = Error::new(Rule::InvalidUsage, format!("`{url}` is no file; nothing is fetched"));
            return Err(error.help(format!("`curl -fsSL {url} | kueueleuleu -f -`")).into());
        } else if fs::metadata(filename).with_context(|| unreadable(filename))?.is_dir() {
            let mut files = Vec::new();
            manifests(filename, recursive, &mut files)?;
            if files.is_empty() {
                return Err(empty(filename, recursive).into());
            }
            inputs.extend(files.into_iter().map(Input::File));
        } else {
            inputs.push(Input::File(filename.clone()));
        }
    }
    Ok(inputs)
}

/// Drops the inputs that name a file which another one before them names, by whichever path or link.
pub(crate) fn name_each_once(inputs: &mut Vec<Input>) {
    let mut seen = HashSet::new();
    inputs.retain(|input| match input {
        Input::Stdin => true,
        // What a shell gives for `<(command)` leads to a pipe, which has no path.
        Input::File(path) => seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())),
    });
}

/// The manifests in a directory, as `kubectl` takes them: by their names, sorted. Links to files are followed, links
/// to directories are not: a mounted `ConfigMap` holds each file twice, the second time behind the link `..data`.
fn manifests(directory: &Path, recursive: bool, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let read = || -> std::io::Result<Vec<(PathBuf, FileType)>> {
        fs::read_dir(directory)?
            .map(|entry| entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))))
            .collect()
    };
    let mut entries = read().with_context(|| unreadable(directory))?;
    entries.sort_unstable_by(|(a, _), (b, _)| a.file_name().cmp(&b.file_name()));
    for (path, file_type) in entries {
        if file_type.is_dir() {
            if recursive {
                manifests(&path, recursive, files)?;
            }
        } else if is_manifest(&path) {
            // A dangling link or a circle of links is an error here: its name says that it should be read.
            let linked =
                file_type.is_symlink() && fs::metadata(&path).with_context(|| unreadable(&path))?.is_dir();
            if !linked {
                files.push(path);
            }
        }
    }
    Ok(())
}

/// kubectl would fetch it.
fn is_url(filename: &Path) -> bool {
    filename.to_str().is_some_and(|name| name.starts_with("https://") || name.starts_with("http://"))
}

fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|&known| extension == known))
}

fn empty(directory: &Path, recursive: bool) -> Error {
    let error = Error::new(
        Rule::InvalidUsage,
        format!("`{}` holds no .yaml, .yml or .json file", directory.display()),
    );
    if recursive { error } else { error.help("`-R` reads the directories below it, too") }
}

fn unreadable(path: &Path) -> String {
    format!("could not read `{}`", path.display())
}
