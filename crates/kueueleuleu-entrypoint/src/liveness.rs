//! Liveness: a file that a living step holds, and that the steps after it watch.
//!
//! Knows FIFOs and locks; not what is posted beside them, nor what a death means.
//!
//! A FIFO, because the kernel tells its readers when the last writer is gone, however it went: no quota as with
//! inotify, no polling, and it works through a read-only mount. Where FIFOs are refused (a seccomp profile without
//! `mknod`), a regular file with an exclusive lock takes its place: its waiters poll, but still notice a death.
//!
//! The init container may have made the FIFO before any step was started, so its presence says nothing. A step that
//! holds it writes [`LIVED`] beside it.

use std::fs;
use std::io;
use std::iter;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rustix::fs::{CWD, FileType, FlockOperation, Mode, OFlags, fchmod, flock, fstat, mkfifoat, open};
use rustix::io::{Errno, read};

use kueueleuleu_protocol::{ALIVE, LIVED};

use crate::files;

/// Readable for the next step, which may run as another user.
const MODE: Mode = Mode::from_raw_mode(0o644);
/// Writable, too, where one user makes it for another to hold.
const SHARED_MODE: Mode = Mode::from_raw_mode(0o666);

/// More than a pipe holds.
const FULL_PIPE: usize = 128 * 1024;

/// Where the liveness file lies that belongs to a post file.
pub(crate) fn path_of(post_file: &Path) -> PathBuf {
    post_file.with_file_name(ALIVE)
}

/// A liveness file that is held: dropping it tells the next step.
pub(crate) struct Held {
    _file: OwnedFd,
}

/// Holds the file at `path`, and says so in [`LIVED`], with `contents`.
///
/// A FIFO that is there already (the init container made it, or the container was restarted) is taken again: whoever
/// watches it hears of its next release.
pub(crate) fn hold(path: &Path, contents: &str) -> io::Result<Held> {
    let file = match hold_fifo(path) {
        Ok(fifo) => fifo,
        Err(_) => hold_lock(path)?,
    };
    // After the hold: a waiter takes both together for "was held, and is held by nobody".
    let _ = files::write(&path.with_file_name(LIVED), contents.as_bytes());
    Ok(Held { _file: file })
}

fn hold_fifo(path: &Path) -> io::Result<OwnedFd> {
    // Read and write: opening a FIFO for writing alone waits for a reader.
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    if let Ok(fifo) = open(path, flags, Mode::empty())
        && kind(&fifo) == Some(FileType::Fifo)
    {
        return Ok(fifo);
    }
    make(path, MODE)?;
    Ok(open(path, flags, Mode::empty())?)
}

/// Makes a FIFO for a step that may run as another user. One that is there stays: somebody may watch it.
pub(crate) fn make_for_others(directory: &Path) -> io::Result<()> {
    let path = directory.join(ALIVE);
    let is_there = fs::symlink_metadata(&path)
        .is_ok_and(|found| std::os::unix::fs::FileTypeExt::is_fifo(&found.file_type()));
    if is_there { Ok(()) } else { make(&path, SHARED_MODE) }
}

/// Makes the FIFO `path`, whole: under another name, then renamed.
fn make(path: &Path, mode: Mode) -> io::Result<()> {
    let new = files::beside(path);
    // Left by a supervisor that was killed at this very point.
    let _ = fs::remove_file(&new);
    mkfifoat(CWD, &new, mode)?;
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    // Past the umask. If it fails, steps of other users poll.
    if let Ok(fifo) = open(&new, flags, Mode::empty()) {
        let _ = fchmod(&fifo, mode);
    }
    let renamed = fs::rename(&new, path);
    if renamed.is_err() {
        let _ = fs::remove_file(&new);
    }
    renamed
}

/// Locks a regular file at `path`, which is made.
fn hold_lock(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let file = open(path, flags, MODE)?;
    let _ = fchmod(&file, MODE);
    // Waiters lock it for a moment to look at it; never wait without an end for one that does not let go.
    for _ in 0..100 {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(file),
            Err(Errno::WOULDBLOCK | Errno::INTR) => thread::sleep(Duration::from_millis(1)),
            Err(error) => return Err(error.into()),
        }
    }
    Err(Errno::WOULDBLOCK.into())
}

/// Whether another step is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Liveness {
    /// Nobody has held the file yet: that step has not been started.
    Unborn,
    /// Somebody holds it.
    Held,
    /// Somebody held it, and nobody does any more.
    Released,
    /// It was held, and cannot be looked at now: it was removed, or replaced, or made unreadable.
    Unknown,
}

/// What can be seen of another step's liveness file.
pub(crate) struct Sight {
    pub(crate) liveness: Liveness,
    /// A FIFO that hangs up when its last holder after the look lets go.
    pub(crate) fifo: Option<OwnedFd>,
}

/// Looks at the file at `path`.
///
/// The order matters. First the FIFO is opened: whoever holds and releases it from now on makes it hang up. Then
/// [`LIVED`] is looked for, which a step writes while it holds the FIFO. Only then is the FIFO read: when nobody holds
/// it although [`LIVED`] was there before, it was released.
pub(crate) fn look(path: &Path) -> Sight {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let file = open(path, flags, Mode::empty()).ok();
    let lived = path.with_file_name(LIVED).exists();
    let free = if lived { Liveness::Released } else { Liveness::Unborn };
    let unseen = if lived { Liveness::Unknown } else { Liveness::Unborn };
    let Some(file) = file else { return Sight { liveness: unseen, fifo: None } };
    match kind(&file) {
        Some(FileType::Fifo) => {
            // `poll` alone does not do: a reader that comes after the last writer went is not told of a hang-up. Bytes are
            // not ours; behind those that fit into a pipe is what we look for.
            let mut reads = iter::repeat_with(|| read(&file, &mut [0; 512])).take(FULL_PIPE / 512);
            let liveness = match reads.find(|read| !matches!(read, Ok(1..))) {
                Some(Ok(_)) => free,
                None | Some(Err(Errno::AGAIN | Errno::INTR)) => Liveness::Held,
                Some(Err(_)) => unseen,
            };
            Sight { liveness, fifo: Some(file) }
        }
        Some(FileType::RegularFile) => {
            let liveness = match flock(&file, FlockOperation::NonBlockingLockShared) {
                Ok(()) => free,
                Err(Errno::WOULDBLOCK) => Liveness::Held,
                Err(_) => unseen,
            };
            Sight { liveness, fifo: None }
        }
        _ => Sight { liveness: unseen, fifo: None },
    }
}

fn kind(file: impl AsFd) -> Option<FileType> {
    fstat(file).ok().map(|stat| FileType::from_raw_mode(stat.st_mode))
}
