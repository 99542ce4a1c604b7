//! Temporary files that a signal does not leave behind.
//!
//! Knows this run's own files, and never touches another's. A file is known before a signal can come between: both wait
//! for the same lock.

use super::system;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use tempfile::{NamedTempFile, TempPath};

/// The files that are there now.
static FILES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
static WATCH: Once = Once::new();

/// A new file in a directory, hidden, with a name that nobody takes for a manifest.
pub(crate) fn file_in(directory: &Path) -> io::Result<NamedTempFile> {
    WATCH.call_once(watch);
    let mut files = lock();
    let file = tempfile::Builder::new().prefix(".kueueleuleu-").suffix(".tmp").tempfile_in(directory)?;
    files.push(file.path().to_owned());
    Ok(file)
}

/// Puts a file in the place of another.
pub(crate) fn persist(file: TempPath, target: &Path) -> io::Result<()> {
    let path = file.to_path_buf();
    let persisted = file.persist(target).map_err(|error| error.error);
    // Its name is free again: somebody else may come to have it.
    lock().retain(|other| *other != path);
    persisted
}

/// Removes the files when a signal ends the process, which it then does.
fn watch() {
    // Without it the files stay where a signal comes, as they do when the process is killed.
    let _ = system::on_signals(|signal| {
        let files = lock();
        files.iter().for_each(|path| {
            let _ = fs::remove_file(path);
        });
        system::end_by_signal(signal);
        false
    });
}

fn lock() -> MutexGuard<'static, Vec<PathBuf>> {
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}
