//! `--in-place`: replaces files atomically, so that each file has its old or its new content at any time.
//!
//! All new files are complete on disk, next to the old ones, before the first one replaces its old file. This module
//! does not know what the files contain.

use super::input::Source;
use super::{system, temporary};
use anyhow::{Context as _, anyhow};
use kueueleuleu::{ConvertedText, Error, Rule};
use std::collections::BTreeSet;
use std::fs::{self, Metadata, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// A new file, complete on disk, next to the old one. Dropping this value removes it.
struct Prepared<'s> {
    source: &'s Source,
    /// The old file. If the path is a symbolic link, this is the link's target.
    target: PathBuf,
    temporary: TempPath,
}

/// Rewrites the files of these sources. An error names the files that were written, and those that were not.
pub(crate) fn rewrite<'s, 't: 's>(
    changes: impl Iterator<Item = &'s (&'t Source, ConvertedText<'t>)>,
) -> anyhow::Result<()> {
    let prepare_all = || -> anyhow::Result<Vec<Prepared<'s>>> {
        let prepared = changes.map(|(source, converted)| prepare(source, converted));
        let prepared = prepared.collect::<anyhow::Result<Vec<_>>>()?;
        prepared.iter().try_for_each(Prepared::check)?;
        Ok(prepared)
    };
    let mut prepared = prepare_all().map_err(|error| with_state(error, "no file was written"))?.into_iter();

    let mut written = Vec::new();
    let mut directories = BTreeSet::new();
    while let Some(next) = prepared.next() {
        let (name, directory) = (&next.source.name, next.target.parent().map(Path::to_owned));
        if let Err(error) = next.check().and_then(|()| next.replace()) {
            let unwritten = std::iter::once(name).chain(prepared.by_ref().map(|other| &other.source.name));
            let names = format!("written: {}; not written: {}", list(written.into_iter()), list(unwritten));
            return Err(with_state(error, &names));
        }
        written.push(name);
        directories.extend(directory);
    }
    // The renames survive a crash only once the directories are on disk.
    for directory in directories {
        system::sync_directory(&directory).with_context(|| {
            format!("all files were written, but `{}` could not be synced", directory.display())
        })?;
    }
    Ok(())
}

fn prepare<'s>(source: &'s Source, converted: &ConvertedText<'_>) -> anyhow::Result<Prepared<'s>> {
    let name = &source.name;
    let path = source
        .path
        .as_deref()
        .ok_or_else(|| Error::new(Rule::InvalidUsage, "stdin cannot be rewritten in place"))?;
    let target = fs::canonicalize(path).with_context(|| format!("could not read `{name}`"))?;
    let metadata = fs::metadata(&target).with_context(|| format!("could not read `{name}`"))?;
    if !metadata.is_file() {
        return Err(Error::new(
            Rule::InvalidUsage,
            format!("`{name}` is not a regular file, so it cannot be rewritten in place"),
        )
        .into());
    }
    // A rename needs write access to the directory only. But the owner of a read-only file protected it on purpose.
    if metadata.permissions().readonly() {
        return Err(Error::new(Rule::Io, format!("`{name}` is read-only"))
            .help(format!("make it writable: `chmod u+w {name}`"))
            .into());
    }
    let unwritable = || format!("could not write `{name}`");
    OpenOptions::new().write(true).open(&target).with_context(unwritable)?;
    let temporary = write_beside(&target, &metadata, converted).with_context(unwritable)?;
    Ok(Prepared { source, target, temporary })
}

/// Writes the new text to a temporary file in the same directory.
fn write_beside(
    target: &Path,
    metadata: &Metadata,
    converted: &ConvertedText<'_>,
) -> anyhow::Result<TempPath> {
    let directory = target.parent().unwrap_or(Path::new("/"));
    let mut file = temporary::file_in(directory)?;
    let mut out = BufWriter::with_capacity(64 * 1024, file.as_file_mut());
    converted.pieces().try_for_each(|piece| out.write_all(piece.as_bytes()))?;
    out.flush()?;
    drop(out);

    system::copy_owner_and_mode(file.as_file(), metadata)?;
    file.as_file().sync_all()?;
    // This closes the file: there may be more files than a process may hold open.
    Ok(file.into_temp_path())
}

impl Prepared<'_> {
    /// Fails if the old file changed since it was read.
    fn check(&self) -> anyhow::Result<()> {
        let name = &self.source.name;
        let now = fs::read(&self.target).with_context(|| format!("could not read `{name}` again"))?;
        if now == self.source.text.as_bytes() {
            return Ok(());
        }
        Err(Error::new(Rule::Io, format!("`{name}` was changed by another process in the meantime"))
            .help("run the command again")
            .into())
    }

    fn replace(self) -> anyhow::Result<()> {
        temporary::persist(self.temporary, &self.target)
            .with_context(|| format!("could not write `{}`", self.source.name))
    }
}

fn list<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// Adds to the error which files it left unwritten.
fn with_state(error: anyhow::Error, state: &str) -> anyhow::Error {
    match error.downcast::<Error>() {
        Ok(error) => error.context(state).into(),
        // The state comes after the cause, so the chain of causes is written out here.
        Err(error) => anyhow!("{}; {state}", super::finding::message(&error)),
    }
}
