//! Writes and removes files atomically, and derives file names.
//!
//! This module does not know the file names of the protocol.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Writes a file under another name and renames it, so that readers never see a part of it. A failure leaves no files
/// behind.
pub(crate) fn write(file: &Path, contents: &[u8]) -> io::Result<()> {
    let new = beside(file);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o644);
    let opened = options.open(&new).or_else(|error| match error.kind() {
        // An existing file is removed, not written to: it may be a FIFO without a reader, or a link.
        io::ErrorKind::AlreadyExists => remove(&new).and_then(|()| options.open(&new)),
        _ => Err(error),
    });
    let written = opened.and_then(|mut open| open.write_all(contents));
    let renamed = written.and_then(|()| fs::rename(&new, file));
    if renamed.is_err() {
        let _ = fs::remove_file(&new);
    }
    renamed
}

/// Removes a file or an empty directory, if it exists.
pub(crate) fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() == io::ErrorKind::IsADirectory => fs::remove_dir(file),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The name of `file` until it is complete. It is always the same, so that the next start of a supervisor that was
/// killed halfway replaces the incomplete file.
pub(crate) fn beside(file: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(".new");
    file.with_file_name(name)
}

/// Appends `suffix` to the name of `file`: `out` and `.err` become `out.err`.
pub(crate) fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_os_string();
    name.push(suffix);
    PathBuf::from(name)
}

/// The directory of `file`; for a bare name, the current directory.
pub(crate) fn parent(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
