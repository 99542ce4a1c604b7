//! One step, from its first file to its last: the order of duties.
//!
//! Knows the order; how each duty is done is in its own file. From the moment the step can be waited for, nothing
//! returns early: every end is posted.

use std::io;
use std::mem::ManuallyDrop;
use std::path::Path;

use kueueleuleu_protocol::{KUBELET_TERMINATION_PATH, exit};

use crate::args::Flags;
use crate::command;
use crate::liveness;
use crate::log::say;
use crate::outcome::{Ending, Outcome, Run, Verdict};
use crate::outputs;
use crate::post::Post;
use crate::signals::Signals;
use crate::termination;
use crate::tries;
use crate::wait::Failure;
use crate::watch::{self, End};

/// Runs the step, and returns the exit code.
pub(crate) fn run(flags: &Flags, signals: io::Result<Signals>) -> u8 {
    let post = Post::new(flags.post_file.as_deref(), flags.step_metadata_dir.as_deref());
    // Killed after it had posted, or the node was restarted: the kubelet runs no container again that exited
    // with 0. The work is done, and the next step may already run.
    if post.done() {
        return 0;
    }
    let prepared = post.prepare().and_then(|()| flags.place.as_ref().map_or(Ok(()), outputs::clear));
    // Where it is refused the next steps poll.
    let after = flags.place.iter().flat_map(|place| &place.after).map(ToString::to_string);
    let after = after.collect::<Vec<_>>().join(",");
    let held =
        flags.post_file.as_deref().and_then(|out| liveness::hold(&liveness::path_of(out), &after).ok());

    let run = match prepared.and(signals) {
        Ok(signals) => {
            // Never dropped: taking sixty handlers back takes longer than the hand-off.
            let mut signals = ManuallyDrop::new(signals);
            live(flags, &post, &mut signals)
        }
        Err(error) => Run::unborn(Ending::Broken(error)),
    };

    let outcome = run.outcome(flags.on_error, flags.successors);
    let posted = post.tell(outcome);
    // The next steps go now; what follows is for the log.
    drop(held);
    let _ = termination::write(&flags.termination_path, &run, outcome.verdict);
    if run.tries > 1 {
        let _ = termination::tell_kubelet(Path::new(KUBELET_TERMINATION_PATH), run.tries);
    }
    if let Some(message) = run.message(&flags.entrypoint, flags.successors) {
        say(&message);
    }
    match posted {
        Ok(()) => outcome.code,
        Err(error) => {
            say(&format!("cannot tell the next step: {error}"));
            if outcome.code == 0 { exit::OWN_FAILURE } else { outcome.code }
        }
    }
}

/// Waits, starts the command, stays until it has ended.
fn live(flags: &Flags, post: &Post, signals: &mut Signals) -> Run {
    command::adopt_orphans();
    // Those that ended before there was a handler: a shell that became this program may have had children.
    command::reap(None);
    let before = match watch::wait_for(&flags.awaited, flags.start_timeout, flags.when, signals) {
        End::Go(before) => before,
        End::Failed(file, Failure::Posted) => return Run::unborn(Ending::Skipped(file)),
        End::Failed(file, Failure::Died) => return Run::unborn(Ending::Orphaned(file)),
        End::Failed(file, Failure::NotStarted(time)) => return Run::unborn(Ending::NotStarted(file, time)),
        End::Blind(file, error) => return Run::unborn(Ending::Blind(file, error)),
        End::Signal(number, file) => return Run::unborn(Ending::Stopped(number, Some(file))),
    };
    let inputs = tries::inputs(flags);
    signals.take_all();
    // One that came with the file, or before a step that waits for none.
    if let Some(number) = watch::stop_signal(signals) {
        return Run::unborn(Ending::Stopped(number, None));
    }
    post.start();
    tries::run(flags, &inputs, before, signals)
}

/// Posts that a step with wrong flags failed.
pub(crate) fn refuse(post_file: Option<&Path>) {
    let post = Post::new(post_file, None);
    let _ = post.prepare().and_then(|()| post.tell(Outcome { code: exit::USAGE, verdict: Verdict::Stop }));
}

#[cfg(test)]
mod tests {
    use super::live;
    use crate::args::Flags;
    use crate::outcome::Ending;
    use crate::post::Post;
    use crate::signals::Signals;
    use nix::sys::signal::{Signal, raise};

    /// A signal that arrives after the last sleep, here: in a step that waits for none.
    #[test]
    fn a_stop_signal_that_was_not_slept_through_comes_before_the_command() {
        let mut signals = Signals::install().expect("handlers");
        raise(Signal::SIGTERM).expect("a signal");
        let flags = Flags { entrypoint: "/nonexistent".into(), ..Flags::default() };
        let run = live(&flags, &Post::new(None, None), &mut signals);
        assert!(matches!(run.ending, Ending::Stopped(15, None)), "{run:?}");
    }
}
