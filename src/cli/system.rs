//! Wraps what differs between operating systems: signals, terminal size, owners and modes of files.
//!
//! All other modules of the command are the same on every system.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(windows)]
pub(crate) use windows::*;
