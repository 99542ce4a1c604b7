//! Moves the process group of the command to the foreground of the terminal, if stdin is one.
//!
//! Only the foreground group may read from a terminal, and receives the signals of the keyboard. So the command runs in
//! the foreground in its own group, as in a shell, and receives a `^C` once, from the terminal. If supervisor and
//! command shared a group, the command would receive it twice, the second time from the supervisor; many programs treat
//! a second `^C` as a forced quit. This module does not know when a command starts or ends.

use std::io::{IsTerminal, stdin};

use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{Pid, getpgrp, tcgetpgrp, tcsetpgrp};

/// Whether stdin is a terminal.
pub(crate) fn is_stdin() -> bool {
    stdin().is_terminal()
}

/// The terminal of a running command.
pub(crate) struct Terminal {
    group: Pid,
}

impl Terminal {
    /// Moves `group`, which the command leads, to the foreground. Returns `None` if stdin is not a terminal.
    ///
    /// This also blocks SIGTTOU, so that the supervisor can later take the foreground back, and write a last line even
    /// after `stty tostop`. The command must already run: it would inherit the blocked signal.
    pub(crate) fn of(group: i32) -> Option<Self> {
        if !is_stdin() {
            return None;
        }
        let _ = SigSet::from(Signal::SIGTTOU).thread_block();
        let group = Pid::from_raw(group);
        // In the background of a shell, both stay there. Errors, such as with a terminal of another session, are
        // ignored.
        exchange(getpgrp(), group);
        Some(Self { group })
    }

    /// Moves the supervisor to the foreground, for a shell that continues in its group.
    pub(crate) fn take_back(&self) {
        exchange(self.group, getpgrp());
    }

    /// Whether the command's group is in the foreground.
    pub(crate) fn has_the_command(&self) -> bool {
        tcgetpgrp(stdin()) == Ok(self.group)
    }
}

/// Moves `new` to the foreground, if `old` is there.
fn exchange(old: Pid, new: Pid) {
    if tcgetpgrp(stdin()) == Ok(old) {
        let _ = tcsetpgrp(stdin(), new);
    }
}
