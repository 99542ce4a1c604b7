//! Names and whole files: what every file of a step has in common.
//!
//! Knows no name of the protocol.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Writes a file beside its place and renames it: whoever sees it sees all of it. A failure leaves nothing behind.
pub(crate) fn write(file: &Path, contents: &[u8]) -> io::Result<()> {
    let new = beside(file);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o644);
    let opened = options.open(&new).or_else(|error| match error.kind() {
        // Whatever lies there now, a pipe that nobody reads or a link, is not written to.
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

/// Removes a file, or an empty directory, that may be absent.
pub(crate) fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() == io::ErrorKind::IsADirectory => fs::remove_dir(file),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The name under which `file` is made before it is renamed. Always the same, so that a supervisor that is killed
/// halfway leaves nothing that its next start does not replace.
pub(crate) fn beside(file: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(".new");
    file.with_file_name(name)
}

/// `file` with `suffix` after its whole name.
pub(crate) fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_os_string();
    name.push(suffix);
    PathBuf::from(name)
}

/// The directory of `file`, which is the current one for a bare name.
pub(crate) fn parent(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
