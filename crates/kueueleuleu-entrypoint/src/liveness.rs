//! Detects whether a step is alive: a running step holds a FIFO open, and the steps after it watch the FIFO.
//!
//! This module knows FIFOs and locks. It does not know what a step posts, nor what its death means.
//!
//! The kernel tells the readers of a FIFO when the last writer is gone, even if it was killed. Unlike inotify, this has
//! no quota; it needs no polling, and works through a read-only mount. If FIFOs are not allowed (a seccomp profile
//! without `mknod`), a regular file with an exclusive lock replaces it: waiting steps must poll it, but still notice a
//! death.
//!
//! The FIFO may exist before the step starts, because the init container creates it. So a step that holds it also
//! writes the file [`LIVED`]:
//!
//! ```text
//! alive not held, no `lived`      the step has not started
//! alive held                      the step runs, or waits
//! alive not held, `lived`         the step has ended
//! ```

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
/// Also writable for all users, if one user creates it and another holds it.
const SHARED_MODE: Mode = Mode::from_raw_mode(0o666);

/// More than a pipe holds.
const FULL_PIPE: usize = 128 * 1024;

/// The liveness file of the step with this post file.
pub(crate) fn path_of(post_file: &Path) -> PathBuf {
    post_file.with_file_name(ALIVE)
}

/// A liveness file that this process holds. Dropping it releases the next step.
pub(crate) struct Held {
    _file: OwnedFd,
}

/// Holds the file at `path`, and writes `contents` to [`LIVED`].
///
/// An existing FIFO is used: the init container created it, or the container was restarted and other steps watch it.
pub(crate) fn hold(path: &Path, contents: &str) -> io::Result<Held> {
    let file = match hold_fifo(path) {
        Ok(fifo) => fifo,
        Err(_) => hold_lock(path)?,
    };
    // Only after the hold: if `LIVED` exists and nobody holds the file, a waiting step assumes that this step has
    // ended.
    let _ = files::write(&path.with_file_name(LIVED), contents.as_bytes());
    Ok(Held { _file: file })
}

fn hold_fifo(path: &Path) -> io::Result<OwnedFd> {
    // Open for reading, too: opening a FIFO only for writing fails without a reader.
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    if let Ok(fifo) = open(path, flags, Mode::empty())
        && kind(&fifo) == Some(FileType::Fifo)
    {
        return Ok(fifo);
    }
    make(path, MODE)?;
    Ok(open(path, flags, Mode::empty())?)
}

/// Creates a FIFO for a step that may run as another user. An existing FIFO is kept, because a step may watch it.
pub(crate) fn make_for_others(directory: &Path) -> io::Result<()> {
    let path = directory.join(ALIVE);
    let is_there = fs::symlink_metadata(&path)
        .is_ok_and(|found| std::os::unix::fs::FileTypeExt::is_fifo(&found.file_type()));
    if is_there { Ok(()) } else { make(&path, SHARED_MODE) }
}

/// Creates the FIFO `path` with its final mode: under another name, which is then renamed.
fn make(path: &Path, mode: Mode) -> io::Result<()> {
    let new = files::beside(path);
    // A supervisor that was killed at this point leaves the file behind.
    let _ = fs::remove_file(&new);
    mkfifoat(CWD, &new, mode)?;
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    // Set the mode despite the umask. If this fails, steps of other users poll.
    if let Ok(fifo) = open(&new, flags, Mode::empty()) {
        let _ = fchmod(&fifo, mode);
    }
    let renamed = fs::rename(&new, path);
    if renamed.is_err() {
        let _ = fs::remove_file(&new);
    }
    renamed
}

/// Creates a regular file at `path` and locks it.
fn hold_lock(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let file = open(path, flags, MODE)?;
    let _ = fchmod(&file, MODE);
    // Waiting steps lock it for a moment to check it. The number of attempts is limited, so that none can block this
    // step forever.
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
    /// Nobody has held the file yet: the step has not started.
    NeverHeld,
    /// The step holds the file.
    Held,
    /// The step held the file, and has ended.
    Released,
    /// The file was held, but cannot be read now: it was removed or replaced, or is unreadable.
    Unknown,
}

/// The state of another step's liveness file.
pub(crate) struct Sight {
    pub(crate) liveness: Liveness,
    /// The FIFO, which hangs up when its last holder releases it.
    pub(crate) fifo: Option<OwnedFd>,
}

/// Reads the state of the file at `path`.
///
/// The order matters. The FIFO is opened first, so that any later hold and release makes it hang up. Then the function
/// checks for [`LIVED`], which a step writes while it holds the FIFO. Reading the FIFO comes last: if nobody holds it
/// although [`LIVED`] already existed, it was released.
///
/// ```text
/// this step        open FIFO                  sees `lived`     read: no writer  ->  Released
/// the other step              hold, `lived`                release
/// ```
pub(crate) fn look(path: &Path) -> Sight {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let file = open(path, flags, Mode::empty()).ok();
    let lived = path.with_file_name(LIVED).exists();
    let free = if lived { Liveness::Released } else { Liveness::NeverHeld };
    let unseen = if lived { Liveness::Unknown } else { Liveness::NeverHeld };
    let Some(file) = file else { return Sight { liveness: unseen, fifo: None } };
    match kind(&file) {
        Some(FileType::Fifo) => {
            // `poll` is not enough: it reports no hang-up to a reader that opened the FIFO after the last writer had
            // gone. We never write bytes, but another program may, so at most a full pipe of them is skipped.
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
