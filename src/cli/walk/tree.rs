//! Walks a directory depth-first, in the order of names. Links to directories are not followed.

use super::ignored::Ignored;
use super::unreadable;
use anyhow::Context as _;
use std::ffi::{OsStr, OsString};
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

/// An entry of a directory.
#[derive(Debug)]
pub(super) struct DirectoryEntry<'a> {
    pub directory: &'a Path,
    pub name: OsString,
    pub kind: FileType,
}

impl DirectoryEntry<'_> {
    pub(super) fn path(&self) -> PathBuf {
        self.directory.join(&self.name)
    }
}

/// Passes the entries of a directory, or why it cannot be read, to `visit`, which says whether to enter a subdirectory.
///
/// The recursion is bounded by the length of a path, which systems limit.
pub(super) fn walk(
    directory: &Path,
    depth: usize,
    mut ignored: Option<&mut Ignored>,
    visit: &mut dyn FnMut(anyhow::Result<&DirectoryEntry<'_>>, Option<&Ignored>) -> bool,
) {
    let entries = match entries(directory).with_context(|| unreadable(directory)) {
        Ok(entries) => entries,
        Err(error) => {
            visit(Err(error), None);
            return;
        }
    };
    let has =
        |name: &str| entries.binary_search_by(|entry| entry.name.as_os_str().cmp(OsStr::new(name))).is_ok();
    let before = ignored.as_mut().map(|ignored| ignored.enter(directory, has));
    for entry in &entries {
        if visit(Ok(entry), ignored.as_deref()) && depth > 1 {
            walk(&entry.path(), depth - 1, ignored.as_deref_mut(), visit);
        }
    }
    if let (Some(ignored), Some(before)) = (ignored, before) {
        ignored.leave(before);
    }
}

/// The entries of a directory, sorted by name.
fn entries(directory: &Path) -> io::Result<Vec<DirectoryEntry<'_>>> {
    let entries = fs::read_dir(directory)?.map(|entry| {
        let entry = entry?;
        Ok(DirectoryEntry { directory, name: entry.file_name(), kind: entry.file_type()? })
    });
    let mut entries: Vec<_> = entries.collect::<io::Result<_>>()?;
    entries.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    Ok(entries)
}
