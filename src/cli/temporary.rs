//! Creates temporary files, and removes them when a signal ends the process.
//!
//! Only files of this process are removed. Creating a file and handling a signal take the same lock, so that a signal
//! never sees a file that is not yet registered.

use super::system;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use tempfile::{NamedTempFile, TempPath};

/// The files that exist now.
static FILES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
static WATCH: Once = Once::new();

/// Creates a hidden file in a directory, with a name that is not the name of a manifest.
pub(crate) fn file_in(directory: &Path) -> io::Result<NamedTempFile> {
    WATCH.call_once(watch);
    let mut files = lock();
    let file = tempfile::Builder::new().prefix(".kueueleuleu-").suffix(".tmp").tempfile_in(directory)?;
    files.push(file.path().to_owned());
    Ok(file)
}

/// Renames a temporary file to `target`.
pub(crate) fn persist(file: TempPath, target: &Path) -> io::Result<()> {
    let path = file.to_path_buf();
    let persisted = file.persist(target).map_err(|error| error.error);
    // The temporary name is free again: another process may use it for its own file.
    lock().retain(|other| *other != path);
    persisted
}

/// Handles signals: removes the files, then ends the process by the signal.
fn watch() {
    // If this fails, a signal leaves the files behind, as SIGKILL does.
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
