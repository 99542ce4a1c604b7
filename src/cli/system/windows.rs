//! Windows. It has no signals, and no owners and modes of files; docs/limits.md says so.

use std::fs::{File, Metadata};
use std::io;
#[cfg(feature = "registry")]
use std::os::windows::fs::FileExt as _;
use std::os::windows::io::AsHandle as _;
use std::path::Path;
use std::process::{Child, Command};

/// The number of a Ctrl-C, which is never reported here.
pub(crate) const SIGINT: i32 = 2;

/// The file of stdin, without a buffer.
pub(crate) fn stdin() -> io::Result<File> {
    io::stdin().as_handle().try_clone_to_owned().map(File::from)
}

/// The file of stdout, without line buffering.
pub(crate) fn stdout() -> io::Result<File> {
    io::stdout().as_handle().try_clone_to_owned().map(File::from)
}

/// Whether both describe the same file. The standard library cannot know on Windows, so this is always false.
pub(crate) fn is_same_file(_: &Metadata, _: &Metadata) -> bool {
    false
}

/// Reads at an offset.
#[cfg(feature = "registry")]
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(buffer, offset)
}

/// Makes a new file read-only if the old file is.
pub(crate) fn copy_owner_and_mode(new: &File, old: &Metadata) -> anyhow::Result<()> {
    Ok(new.set_permissions(old.permissions())?)
}

/// Does nothing: directories cannot be synced on Windows.
#[expect(clippy::unnecessary_wraps, reason = "other systems can fail")]
pub(crate) fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The rows and columns of the terminal. Unknown, because asking for them needs unsafe code.
pub(crate) fn terminal_size() -> Option<(usize, usize)> {
    None
}

/// Does nothing: a Ctrl-C ends this process at once, so it must reach the command as well.
pub(crate) fn detach(_: &mut Command) {}

/// Kills a child: Windows has no way to ask it to end.
pub(crate) fn terminate(child: &mut Child) {
    let _ = child.kill();
}

/// Does nothing: there are no signals, and a Ctrl-C ends the process.
#[expect(clippy::unnecessary_wraps, reason = "other systems can fail")]
pub(crate) fn on_signals(_: impl FnMut(i32) -> bool + Send + 'static) -> io::Result<()> {
    Ok(())
}

/// Never called.
pub(crate) fn end_by_signal(_: i32) {}
