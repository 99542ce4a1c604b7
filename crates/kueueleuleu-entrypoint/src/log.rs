//! Writes the supervisor's own lines to stderr, without ever blocking on a full pipe.

use std::io::{self, Write};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The time that a full pipe may delay a line. After that, nobody seems to read it, and exiting is more important.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
/// The number of bytes that a writable pipe accepts without blocking: `PIPE_BUF`.
const AT_ONCE: usize = 4096;

/// Writes `message` to stderr, in one write. If stderr is closed or full, the message is lost: there is no other place
/// for it.
///
/// Stderr must not become non-blocking: the command shares the open file, and would get `EAGAIN`.
pub(crate) fn say(message: &str) {
    let stderr = io::stderr();
    let mut line = format!("entrypoint: {message}");
    let mut end = line.len().min(AT_ONCE - 1);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line.truncate(end);
    line.push('\n');
    // `poll` reports regular files as always writable.
    let mut room = [PollFd::from_borrowed_fd(stderr.as_fd(), PollFlags::OUT)];
    if matches!(poll(&mut room, Some(&PATIENCE)), Ok(1..)) {
        let _ = stderr.lock().write_all(line.as_bytes());
    }
}
