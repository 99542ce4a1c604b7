//! The wrapping of one step's `command` and `args`: written, and recognised again.
//!
//! Knows the contract's argument list. Recognises by structure alone, whoever wrote it.

use super::pod::{Arg, Container};
use super::templates;
use crate::config::{OnError, StepOptions};
use kueueleuleu_protocol as protocol;
use kueueleuleu_yaml::edit::Lent;
use std::borrow::Cow;

/// What a container's `command` and `args` are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Not wrapped.
    Plain,
    /// Wrapped as the step of this number.
    Wrapped {
        /// By what it posts, which stays with it when it is renamed or stands elsewhere.
        step: usize,
        /// The index in `args` where its command begins, behind `-entrypoint`; its arguments two further on.
        command: usize,
    },
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
        (true, Some((step, command))) => Found::Wrapped { step, command },
        (false, None) if !is_ours => Found::Plain,
        _ => Found::Damaged,
    }
}

/// The step's number, and the index of the wrapped command, in arguments that are ours.
fn wrapped_command(args: &[Arg<'_>]) -> Option<(usize, usize)> {
    let mut at = 0;
    let mut step = None;
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
        if flag == protocol::POST_FILE {
            step = step_of(value);
        }
        if flag == protocol::ENTRYPOINT {
            let ends = args.get(at + 2).is_some_and(|arg| arg.text == protocol::END_OF_FLAGS);
            return step.filter(|_| ends).map(|step| (step, at + 1));
        }
        at += 2;
    }
}

/// The number of the step that posts this file.
fn step_of(post_file: &str) -> Option<usize> {
    let step = post_file.strip_prefix(protocol::RUN_DIR)?.strip_prefix('/')?.strip_suffix("/out")?;
    step.parse().ok().filter(|_| step.bytes().all(|c| c.is_ascii_digit()))
}

/// The flags of a container that is wrapped.
pub(super) fn flags_of<'c>(container: &'c Container<'_>) -> Vec<&'c str> {
    let words = container.command.items.iter().chain(container.args.items.iter()).map(|arg| &*arg.text);
    words.skip(1).take_while(|word| *word != protocol::END_OF_FLAGS).collect()
}

/// The numbers of the steps that these flags wait for.
pub(super) fn waits_for(flags: &[&str]) -> Vec<usize> {
    let value = |flag: &str| flags.windows(2).find(|pair| pair[0] == flag).map(|pair| pair[1]);
    let list = |list: &str| list.split(',').filter_map(|number| number.parse().ok()).collect();
    match (value(protocol::STEP), value(protocol::AFTER)) {
        (Some(_), Some(after)) => list(after),
        (Some(step), None) => {
            step.parse().ok().and_then(|step: usize| step.checked_sub(1)).into_iter().collect()
        }
        (None, _) => value(protocol::WAIT_FILE)
            .into_iter()
            .flat_map(|files| files.split(','))
            .filter_map(step_of)
            .collect(),
    }
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
pub(super) fn flags<'c>(step: usize, options: Options<'c>) -> Lent<'c, Cow<'c, str>> {
    let mut flags = templates::flags(step);
    let mut add = |words: &[&'c str]| {
        let last = flags.pop();
        flags.extend(words.iter().copied().map(Cow::Borrowed).chain(last));
    };
    if let Some(timeout) = options.step.and_then(|step| step.timeout.as_deref()) {
        add(&[protocol::TIMEOUT, timeout]);
    }
    if options.step.is_some_and(|step| step.on_error == OnError::Continue) {
        add(&[protocol::ON_ERROR, protocol::CONTINUE]);
    }
    if options.retry {
        add(&[protocol::RETRY]);
    }
    flags.into()
}
