//! Windows. What it lacks is left out here and said in docs/limits.md: signals, owners and modes of files.

use std::fs::{File, Metadata};
use std::io;
#[cfg(feature = "registry")]
use std::os::windows::fs::FileExt as _;
use std::os::windows::io::AsHandle as _;
use std::path::Path;
use std::process::{Child, Command};

/// The number of a Ctrl-C, which nobody gets here.
pub(crate) const SIGINT: i32 = 2;

/// The file below stdin, which knows its size and has no buffer.
pub(crate) fn stdin() -> io::Result<File> {
    io::stdin().as_handle().try_clone_to_owned().map(File::from)
}

/// The file below stdout, which does not look for line ends.
pub(crate) fn stdout() -> io::Result<File> {
    io::stdout().as_handle().try_clone_to_owned().map(File::from)
}

/// Whether both are of one file: the standard library cannot tell.
pub(crate) fn is_same_file(_: &Metadata, _: &Metadata) -> bool {
    false
}

/// Reads at a place.
#[cfg(feature = "registry")]
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(buffer, offset)
}

/// Makes a new file read-only where an old one was.
pub(crate) fn copy_owner_and_mode(new: &File, old: &Metadata) -> anyhow::Result<()> {
    Ok(new.set_permissions(old.permissions())?)
}

/// Directories cannot be synced.
#[expect(clippy::unnecessary_wraps, reason = "other systems can fail")]
pub(crate) fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

/// How many rows and columns the terminal has that stdout is: asking needs unsafe code.
pub(crate) fn terminal_size() -> Option<(usize, usize)> {
    None
}

/// A Ctrl-C ends this process at once, so it has to reach the command too.
pub(crate) fn detach(_: &mut Command) {}

/// Ends a child: there is no way to ask for it.
pub(crate) fn terminate(child: &mut Child) {
    let _ = child.kill();
}

/// No signals here: a Ctrl-C ends the process.
#[expect(clippy::unnecessary_wraps, reason = "other systems can fail")]
pub(crate) fn on_signals(_: impl FnMut(i32) -> bool + Send + 'static) -> io::Result<()> {
    Ok(())
}

/// Never called.
pub(crate) fn end_by_signal(_: i32) {}
