//! The wrapping of one step's `command` and `args`: written, and recognised again.
//!
//! Knows the contract's argument list. Recognises by structure alone, whoever wrote it.

use super::names::run_dir;
use super::pod::{Arg, Container};
use crate::config::{OnError, StepOptions};
use crate::protocol;

/// What a container's `command` and `args` are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Not wrapped.
    Plain,
    /// Wrapped: the command begins at this index of `args`, behind `-entrypoint`; its arguments two further on.
    Wrapped(usize),
    /// Our command without our arguments, or the other way round.
    Damaged,
}

const FLAGS: [&str; 7] = [
    protocol::WAIT_FILE,
    protocol::POST_FILE,
    protocol::TERMINATION_PATH,
    protocol::STEP_METADATA_DIR,
    protocol::TIMEOUT,
    protocol::ON_ERROR,
    protocol::ENTRYPOINT,
];

/// Tells whether the container is wrapped.
pub(super) fn find(container: &Container<'_>) -> Found {
    let command = &container.command.items;
    let is_ours = command.first().is_some_and(|first| first.text == protocol::BINARY);
    let wrapped = wrapped_command(&container.args.items);
    match (is_ours && command.len() == 1, wrapped) {
        (true, Some(at)) => Found::Wrapped(at),
        (false, None) if !is_ours => Found::Plain,
        _ => Found::Damaged,
    }
}

/// The index of the wrapped command in arguments that are ours.
fn wrapped_command(args: &[Arg<'_>]) -> Option<usize> {
    let mut at = 0;
    let mut posts = false;
    loop {
        let flag = &*args.get(at)?.text;
        let value = &*args.get(at + 1)?.text;
        if flag == protocol::RETRY {
            at += 1;
            continue;
        }
        if !FLAGS.contains(&flag) {
            return None;
        }
        posts |= flag == protocol::POST_FILE && is_post_file(value);
        if flag == protocol::ENTRYPOINT {
            let ends = args.get(at + 2).is_some_and(|arg| arg.text == protocol::END_OF_FLAGS);
            return (posts && ends).then_some(at + 1);
        }
        at += 2;
    }
}

fn is_post_file(path: &str) -> bool {
    let step =
        path.strip_prefix(protocol::RUN_DIR).and_then(|rest| rest.strip_prefix('/')?.strip_suffix("/out"));
    step.is_some_and(|step| !step.is_empty() && step.bytes().all(|c| c.is_ascii_digit()))
}

/// What is different about one step.
#[derive(Clone, Copy)]
pub(super) struct Options<'c> {
    /// Whether a failed step is tried again while the others wait.
    pub(super) retry: bool,
    /// What is configured.
    pub(super) step: Option<&'c StepOptions>,
}

/// The flags of the step with this index, `-entrypoint` the last of them.
pub(super) fn flags(step: usize, options: Options<'_>) -> Vec<Arg<'static>> {
    let own = run_dir(step);
    let mut flags = Vec::with_capacity(16);
    let mut flag = |name: &'static str, value: String| {
        flags.push(Arg::new(name));
        flags.push(Arg::new(value));
    };
    if let Some(before) = step.checked_sub(1) {
        flag(protocol::WAIT_FILE, run_dir(before) + "/out");
    }
    flag(protocol::POST_FILE, [&own, "/out"].concat());
    flag(protocol::TERMINATION_PATH, [&own, "/termination"].concat());
    flag(protocol::STEP_METADATA_DIR, own + "/status");
    if let Some(timeout) = options.step.and_then(|step| step.timeout.clone()) {
        flag(protocol::TIMEOUT, timeout);
    }
    if options.step.is_some_and(|step| step.on_error == OnError::Continue) {
        flag(protocol::ON_ERROR, protocol::CONTINUE.to_owned());
    }
    if options.retry {
        flags.push(Arg::new(protocol::RETRY));
    }
    flags.push(Arg::new(protocol::ENTRYPOINT));
    flags
}
