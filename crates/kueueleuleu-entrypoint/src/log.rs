//! The supervisor's own lines on stderr.
//!
//! Knows how to write a line without being held up; not what it says.

use std::io::{self, Write};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// How long a full pipe may keep a line waiting. Nobody reads it then, and an exit is worth more than its log line.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
/// What a pipe that can be written to takes without blocking: `PIPE_BUF`.
const AT_ONCE: usize = 4096;

/// Says `message` on stderr, in one write. A stderr that is closed or full is nobody's failure: there is no other place
/// to say so.
///
/// It is not made non-blocking: the command has the same open file, and would get `EAGAIN`.
pub(crate) fn say(message: &str) {
    let stderr = io::stderr();
    let mut line = format!("entrypoint: {message}");
    let mut end = line.len().min(AT_ONCE - 1);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line.truncate(end);
    line.push('\n');
    // A file that cannot be polled, such as one on a disk, says at once that it can be written to.
    let mut room = [PollFd::from_borrowed_fd(stderr.as_fd(), PollFlags::OUT)];
    if matches!(poll(&mut room, Some(&PATIENCE)), Ok(1..)) {
        let _ = stderr.lock().write_all(line.as_bytes());
    }
}
