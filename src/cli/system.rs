//! What the operating systems do differently: signals, the size of a terminal, owners and modes of files.
//!
//! Knows no manifest and no cluster. All other modules are the same on every system.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(windows)]
pub(crate) use windows::*;
