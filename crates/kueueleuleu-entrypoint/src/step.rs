//! One step, from its first file to its last: the order of duties.
//!
//! Knows the order; how each duty is done stands in its own file. From the moment the step can be waited for,
//! nothing returns early: every end is posted.

use std::io;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::time::SystemTime;

use kueueleuleu_protocol::exit;

use crate::args::Flags;
use crate::child::{self, Running};
use crate::ending::{Ending, Told};
use crate::mark;
use crate::post::Post;
use crate::say;
use crate::signals::Signals;
use crate::termination;
use crate::wait::{self, Verdict};

/// Runs the step, and returns the exit code.
pub(crate) fn run(flags: &Flags, signals: io::Result<Signals>) -> u8 {
    let post = Post::new(flags.post_file.as_deref(), flags.step_metadata_dir.as_deref());
    // Killed after it had posted, or the node was restarted: the kubelet runs no container again that exited
    // with 0. The work is done, and the next step may already run.
    if post.done() {
        return 0;
    }
    let prepared = post.prepare();
    // Where it is refused the next step polls.
    let mark = flags.post_file.as_deref().and_then(|out| mark::hold(&mark::path_of(out)).ok());

    let life = match prepared.and(signals) {
        Ok(signals) => {
            // Never dropped: taking sixty handlers back takes longer than the hand-off.
            let mut signals = ManuallyDrop::new(signals);
            live(flags, &post, &mut signals)
        }
        Err(error) => Life::unborn(Ending::Broken(error)),
    };

    let (code, told) = life.ending.outcome(flags.on_error);
    let posted = post.tell(told);
    // The next step goes now; what follows is for the log.
    drop(mark);
    let _ = termination::write(&flags.termination_path, life.started, &life.ending, told);
    if let Some(message) = life.ending.message(&flags.entrypoint) {
        say(&message);
    }
    match posted {
        Ok(()) => code,
        Err(error) => {
            say(&format!("cannot tell the next step: {error}"));
            if code == 0 { exit::OWN_FAILURE } else { code }
        }
    }
}

/// When the command was started, or was not, and how that ended.
struct Life {
    started: SystemTime,
    ending: Ending,
}

impl Life {
    fn unborn(ending: Ending) -> Self {
        Self { started: SystemTime::now(), ending }
    }
}

/// Waits, starts the command, stays until it has ended.
fn live(flags: &Flags, post: &Post, signals: &mut Signals) -> Life {
    child::adopt_orphans();
    // Those that ended before there was a handler: a shell that became this program may have had children.
    child::reap(None);
    for file in &flags.wait_files {
        let ending = match wait::wait_for(file, flags.restart, signals) {
            Verdict::Go => continue,
            Verdict::Failed => Ending::Skipped(file.clone()),
            Verdict::Dead => Ending::Orphaned(file.clone()),
            Verdict::Signal(number) => Ending::Stopped(number, Some(file.clone())),
        };
        return Life::unborn(ending);
    }
    signals.take_all();
    // One that came with the file, or before a step that waits for none.
    if let Some(number) = wait::stop_signal(signals) {
        return Life::unborn(Ending::Stopped(number, None));
    }
    post.start();
    let started = SystemTime::now();
    let ending = match Running::start(&flags.entrypoint, &flags.args) {
        Ok(running) => running.supervise(flags.timeout, signals),
        Err(error) => Ending::CannotStart(error),
    };
    Life { started, ending }
}

/// Posts that a step with wrong flags failed.
pub(crate) fn refuse(post_file: Option<&Path>) {
    let post = Post::new(post_file, None);
    let _ = post.prepare().and_then(|()| post.tell(Told::Stop));
}
