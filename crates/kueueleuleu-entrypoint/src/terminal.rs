//! The terminal that stdin may be, and which process group stands in its foreground.
//!
//! Knows terminals and groups; not when a command starts or ends.
//!
//! Only the group in the foreground may read, and to it goes what the keyboard sends. So the command's own group is
//! put there, as a shell does it, and hears of a `^C` once and from the terminal. With one group for both of us it
//! would hear of it twice, the second time through us; and many programs take the second for "quit by force".

use std::io::{IsTerminal, stdin};

use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{Pid, getpgrp, tcgetpgrp, tcsetpgrp};

/// Whether stdin is a terminal.
pub(crate) fn is_stdin() -> bool {
    stdin().is_terminal()
}

/// The terminal of a command that was started.
pub(crate) struct Terminal {
    group: Pid,
}

impl Terminal {
    /// The terminal, if stdin is one, of the command that leads `group`; which stands in the foreground from now on.
    ///
    /// Not before the command was started: it would inherit the blocked signal, without which whoever is in the
    /// background can neither take the foreground back nor, after `stty tostop`, say a last word.
    pub(crate) fn of(group: i32) -> Option<Self> {
        if !is_stdin() {
            return None;
        }
        let _ = SigSet::from(Signal::SIGTTOU).thread_block();
        let group = Pid::from_raw(group);
        // In a shell's background both of us stay there; and a terminal of another session holds nobody up.
        exchange(getpgrp(), group);
        Some(Self { group })
    }

    /// Puts ourselves where the command was, for a shell that goes on in our group.
    pub(crate) fn take_back(&self) {
        exchange(self.group, getpgrp());
    }

    /// Whether the command's group is in the foreground.
    pub(crate) fn has_the_command(&self) -> bool {
        tcgetpgrp(stdin()) == Ok(self.group)
    }
}

/// Puts `new` into the foreground, if `old` is there.
fn exchange(old: Pid, new: Pid) {
    if tcgetpgrp(stdin()) == Ok(old) {
        let _ = tcsetpgrp(stdin(), new);
    }
}
