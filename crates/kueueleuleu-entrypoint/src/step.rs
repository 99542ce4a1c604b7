//! Runs one step: prepare its files, wait, run the command, post the outcome.
//!
//! This module knows the order of these actions; other modules perform them. Once other steps can wait for this one,
//! there is no early return: every end of the step is posted.

use std::io;
use std::mem::ManuallyDrop;
use std::path::Path;

use kueueleuleu_protocol::{KUBELET_TERMINATION_PATH, exit};

use crate::args::Flags;
use crate::command;
use crate::liveness;
use crate::log::say;
use crate::outcome::{Ending, Run, StepOutcome, Verdict};
use crate::outputs;
use crate::post::Post;
use crate::signals::Signals;
use crate::termination;
use crate::tries;
use crate::wait::Failure;
use crate::watch::{self, WaitEnd};

/// Runs the step, and returns its exit code.
pub(crate) fn run(flags: &Flags, signals: io::Result<Signals>) -> u8 {
    let post = Post::new(flags.post_file.as_deref(), flags.step_metadata_dir.as_deref());
    // The supervisor was killed after it had posted, or the node was restarted: the kubelet does not restart a
    // container that exited with 0. The work is done, and the next step may already be running.
    if post.done() {
        return 0;
    }
    let prepared = post.prepare().and_then(|()| flags.position.as_ref().map_or(Ok(()), outputs::clear));
    // If the liveness file cannot be held, the next steps poll.
    let after = flags.position.iter().flat_map(|position| &position.after).map(ToString::to_string);
    let after = after.collect::<Vec<_>>().join(",");
    let held =
        flags.post_file.as_deref().and_then(|out| liveness::hold(&liveness::path_of(out), &after).ok());

    let run = match prepared.and(signals) {
        Ok(signals) => {
            // Never dropped: removing sixty handlers takes longer than the hand-off to the next step.
            let mut signals = ManuallyDrop::new(signals);
            live(flags, &post, &mut signals)
        }
        Err(error) => Run::not_started(Ending::OwnFailure(error)),
    };

    let outcome = run.outcome(flags.on_error, flags.successors);
    let posted = post.notify(outcome);
    // This starts the next steps. The rest is only for the log.
    drop(held);
    let _ = termination::write(&flags.termination_path, &run, outcome.verdict);
    let _ = termination::write_tries(Path::new(KUBELET_TERMINATION_PATH), run.tries);
    if let Some(message) = run.message(&flags.entrypoint, flags.successors) {
        say(&message);
    }
    match posted {
        Ok(()) => outcome.code,
        Err(error) => {
            say(&format!("cannot notify the next step: {error}"));
            if outcome.code == 0 { exit::OWN_FAILURE } else { outcome.code }
        }
    }
}

/// Waits for the previous steps, and runs the command until it has ended.
fn live(flags: &Flags, post: &Post, signals: &mut Signals) -> Run {
    command::adopt_orphans();
    // Reap children that ended before there was a handler: a shell that became this program may have had children.
    command::reap(None);
    let predecessors = match watch::wait_for(&flags.awaited, flags.start_timeout, flags.when, signals) {
        WaitEnd::Go(predecessors) => predecessors,
        WaitEnd::Failed(file, Failure::Posted) => return Run::not_started(Ending::Skipped(file)),
        WaitEnd::Failed(file, Failure::Died) => return Run::not_started(Ending::Orphaned(file)),
        WaitEnd::Failed(file, Failure::NotStarted(time)) => {
            return Run::not_started(Ending::NotStarted(file, time));
        }
        WaitEnd::Unreadable(file, error) => return Run::not_started(Ending::Unreadable(file, error)),
        WaitEnd::Signal(number, file) => return Run::not_started(Ending::Stopped(number, Some(file))),
    };
    let inputs = tries::inputs(flags);
    signals.take_all();
    // A signal may have arrived together with the post, or before a step that does not wait.
    if let Some(number) = watch::stop_signal(signals) {
        return Run::not_started(Ending::Stopped(number, None));
    }
    post.start();
    tries::run(flags, &inputs, predecessors, signals)
}

/// Posts that a step with wrong flags failed.
pub(crate) fn refuse(post_file: Option<&Path>) {
    let post = Post::new(post_file, None);
    let _ =
        post.prepare().and_then(|()| post.notify(StepOutcome { code: exit::USAGE, verdict: Verdict::Stop }));
}

#[cfg(test)]
mod tests {
    use super::live;
    use crate::args::Flags;
    use crate::outcome::Ending;
    use crate::post::Post;
    use crate::signals::Signals;
    use nix::sys::signal::{Signal, raise};

    /// The signal arrives after the last sleep; this step never sleeps, because it waits for no other step.
    #[test]
    fn a_stop_signal_that_ended_no_sleep_still_prevents_the_command() {
        let mut signals = Signals::install().expect("handlers");
        raise(Signal::SIGTERM).expect("a signal");
        let flags = Flags { entrypoint: "/nonexistent".into(), ..Flags::default() };
        let run = live(&flags, &Post::new(None, None), &mut signals);
        assert!(matches!(run.ending, Ending::Stopped(15, None)), "{run:?}");
    }
}
