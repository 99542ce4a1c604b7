//! The mark of life: a FIFO that a living step holds open, and that the step behind it watches.
//!
//! Knows FIFOs; not what is posted beside them, nor what a death means.
//!
//! A FIFO, because the kernel tells its readers when the last writer is gone, however it went: no quota as with
//! inotify, no polling, and it works through a read-only mount. Where it is refused there is no mark, and the
//! waiter polls.

use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, fchmod, fstat, mkfifoat, open};
use rustix::io::{Errno, read};

use kueueleuleu_protocol::ALIVE;

use crate::post::beside;

/// Readable for the next step, which may run as another user.
const MODE: Mode = Mode::from_raw_mode(0o644);

/// Where the mark lies that belongs to a post file.
pub(crate) fn path_of(post_file: &Path) -> PathBuf {
    post_file.with_file_name(ALIVE)
}

/// A mark that is held: dropping it tells the next step.
pub(crate) struct Held {
    _fifo: OwnedFd,
}

/// Holds the mark at `path`.
///
/// A new one is made under another name and renamed while it is held, so that a mark that is there was held once.
/// One that is there already (the container was restarted) is taken again: whoever watches it hears of its next end.
pub(crate) fn hold(path: &Path) -> io::Result<Held> {
    // Read and write: opening a FIFO for writing alone waits for a reader.
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    if let Ok(fifo) = open(path, flags, Mode::empty())
        && is_fifo(fifo.as_fd())
    {
        return Ok(Held { _fifo: fifo });
    }
    let new = beside(path);
    // Left by one that was killed at this very point.
    let _ = fs::remove_file(&new);
    let held = make(&new, flags).and_then(|held| fs::rename(&new, path).map(|()| held));
    if held.is_err() {
        let _ = fs::remove_file(&new);
    }
    held
}

/// Makes the FIFO `new` and opens it.
fn make(new: &Path, flags: OFlags) -> io::Result<Held> {
    mkfifoat(CWD, new, MODE)?;
    let fifo = open(new, flags, Mode::empty())?;
    // Past the umask. If it fails, the next step polls.
    let _ = fchmod(&fifo, MODE);
    Ok(Held { _fifo: fifo })
}

/// What can be seen of another step's mark.
pub(crate) enum Sight {
    /// There is none: that step was not started yet, or cannot have one.
    Absent,
    /// It is there, and nobody holds it.
    Abandoned(OwnedFd),
    /// Somebody holds it. The file hangs up when nobody does any more.
    Held(OwnedFd),
}

/// Looks at the mark at `path`.
pub(crate) fn look(path: &Path) -> Sight {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let Ok(fifo) = open(path, flags, Mode::empty()) else { return Sight::Absent };
    if !is_fifo(fifo.as_fd()) {
        return Sight::Absent;
    }
    // `poll` alone does not do: a reader that comes after the last writer went is not told of a hang-up.
    match read(&fifo, &mut [0; 512]) {
        Ok(0) => Sight::Abandoned(fifo),
        // Bytes: not ours, but somebody is there.
        Ok(_) | Err(Errno::AGAIN | Errno::INTR) => Sight::Held(fifo),
        Err(_) => Sight::Absent,
    }
}

fn is_fifo(file: BorrowedFd<'_>) -> bool {
    fstat(file).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo)
}
