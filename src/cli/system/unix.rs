//! Linux and macOS.

use anyhow::Context as _;
use signal_hook::consts::{SIGHUP, SIGTERM};
use signal_hook::iterator::Signals;
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::fd::AsFd as _;
#[cfg(feature = "registry")]
use std::os::unix::fs::FileExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command};

pub(crate) use signal_hook::consts::SIGINT;

/// The file of stdin, without a buffer.
pub(crate) fn stdin() -> io::Result<File> {
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}

/// The file of stdout, without line buffering.
pub(crate) fn stdout() -> io::Result<File> {
    io::stdout().as_fd().try_clone_to_owned().map(File::from)
}

/// Whether both describe the same file.
pub(crate) fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Reads at an offset. The position of the file does not change.
#[cfg(feature = "registry")]
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(buffer, offset)
}

/// Gives a new file the owner and the mode of an old file.
pub(crate) fn copy_owner_and_mode(new: &File, old: &Metadata) -> anyhow::Result<()> {
    let metadata = new.metadata()?;
    if (metadata.uid(), metadata.gid()) != (old.uid(), old.gid()) {
        fchown(new, Some(old.uid()), Some(old.gid())).context("could not preserve the owner")?;
    }
    // The owner comes first, because changing it clears the set-user-ID and set-group-ID bits.
    new.set_permissions(Permissions::from_mode(old.mode() & 0o7777))?;
    Ok(())
}

/// Returns once the renames in a directory are on disk.
pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// The rows and columns of the terminal that is stdout.
pub(crate) fn terminal_size() -> Option<(usize, usize)> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    (size.ws_row > 0 && size.ws_col > 0).then(|| (size.ws_row.into(), size.ws_col.into()))
}

/// Starts the command in its own process group, so that a Ctrl-C on the terminal does not reach it.
pub(crate) fn detach(command: &mut Command) {
    command.process_group(0);
}

/// Asks a child to end.
pub(crate) fn terminate(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process};
    let _ = kill_process(Pid::from_child(child), Signal::TERM);
}

/// Calls `each` in a new thread for every SIGINT, SIGTERM and SIGHUP, until it returns false. The signals no longer end
/// the process.
pub(crate) fn on_signals(mut each: impl FnMut(i32) -> bool + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::spawn(move || signals.forever().all(&mut each));
    Ok(())
}

/// Ends the process as the signal would have done.
pub(crate) fn end_by_signal(signal: i32) {
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}
