//! Writes and recognizes the wrapper of a step: the words before its own command.
//!
//! The wrapper is only in `command`, so that `args` are preserved:
//!
//! ```text
//! ours:     command: [/kueueleuleu/bin/entrypoint, -step, "1", --, sh, -c, "the script"]
//! Tekton's: command: [/tekton/bin/entrypoint, -wait_file, …, -post_file, …, -entrypoint, sh, --, -c, "the script"]
//! ```
//!
//! In version 1 of the contract, and in pods of the Go program, `command` is `[/tekton/bin/entrypoint]` and everything
//! else is in `args`. Wrappers are recognized by structure alone, whoever wrote them.

use super::pod::{ArgList, Container, Wrapper};
use super::{names, needs};
use crate::config::{EntrypointKind, OnError, StepOptions, When};
use kueueleuleu_protocol as protocol;
use std::borrow::Cow;

/// Whether `command` and `args` of a container are wrapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum WrapperState {
    /// Not wrapped.
    Plain,
    /// Wrapped.
    Wrapped(Wrapped),
    /// The entrypoint without the flags that name its step, or these flags without the entrypoint.
    Damaged,
}

/// A wrapper that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrapped {
    /// The number of the step, which it preserves when it is renamed or moved.
    pub(super) step: usize,
    /// The numbers of the steps that it waits for.
    pub(super) after: Vec<usize>,
    /// Whether the step has a timeout.
    pub(super) has_timeout: bool,
    /// Whether it runs even if a step that it waits for failed.
    pub(super) is_always: bool,
    /// The list with the flags of the wrapper.
    pub(super) list: ArgList,
    /// The index of the step's program in that list, if it is not the word after the wrapper.
    pub(super) program: Option<usize>,
    /// The index of the first word after the wrapper.
    pub(super) rest: usize,
}

/// Decides whether a container with this `command` and these `args` is wrapped.
pub(super) fn find<S: AsRef<str>>(command: &[S], args: &[S]) -> WrapperState {
    let found = match command.first().map(AsRef::as_ref) {
        Some(protocol::ROOT_BINARY) => step_flags(command),
        Some(protocol::BINARY) if command.len() == 1 => file_flags(args, ArgList::Args, 0),
        Some(protocol::BINARY) => file_flags(command, ArgList::Command, 1),
        _ if file_flags(args, ArgList::Args, 0).is_some() => None,
        _ => return WrapperState::Plain,
    };
    found.map_or(WrapperState::Damaged, WrapperState::Wrapped)
}

/// Reads `-step N`, its options and `--`, after the binary of our entrypoint.
fn step_flags<S: AsRef<str>>(words: &[S]) -> Option<Wrapped> {
    let (mut step, mut after, mut has_timeout, mut when) = (None, None, false, When::OnSuccess);
    let mut at = 1;
    loop {
        let flag = words.get(at)?.as_ref();
        at += match flag {
            protocol::END_OF_FLAGS => {
                let step: usize = step?;
                let after = after.unwrap_or_else(|| needs::default(step, when));
                let (list, rest) = (ArgList::Command, at + 1);
                let is_always = when == When::Always;
                return Some(Wrapped { step, after, has_timeout, is_always, list, program: None, rest });
            }
            protocol::RETRY | protocol::LAST => 1,
            _ if flag.starts_with(protocol::RETRY) && flag.contains('=') => 1,
            _ if !flag.starts_with('-') => return None,
            _ => {
                let value = words.get(at + 1)?.as_ref();
                match flag {
                    protocol::STEP => step = Some(number(value)?),
                    protocol::AFTER => after = Some(value.split(',').filter_map(number).collect()),
                    protocol::TIMEOUT => has_timeout = true,
                    protocol::WHEN if value == protocol::ALWAYS => when = When::Always,
                    _ => {}
                }
                2
            }
        };
    }
}

/// Reads the files of a step and its options, `-entrypoint` with the program, and `--`, as in Tekton's entrypoint.
fn file_flags<S: AsRef<str>>(words: &[S], list: ArgList, first: usize) -> Option<Wrapped> {
    let (mut step, mut after, mut has_timeout) = (None, Vec::new(), false);
    let mut at = first;
    loop {
        let flag = words.get(at)?.as_ref();
        let value = words.get(at + 1)?.as_ref();
        if flag == protocol::RETRY {
            at += 1;
            continue;
        }
        match flag {
            protocol::POST_FILE => step = step_of(value),
            protocol::TIMEOUT => has_timeout = true,
            protocol::ENTRYPOINT => {
                let ends = words.get(at + 2).is_some_and(|word| word.as_ref() == protocol::END_OF_FLAGS);
                let (program, rest) = (Some(at + 1), at + 3);
                let step = step.filter(|_| ends)?;
                return Some(Wrapped { step, after, has_timeout, is_always: false, list, program, rest });
            }
            protocol::WAIT_FILE => after.extend(value.split(',').filter_map(step_of)),
            protocol::TERMINATION_PATH | protocol::STEP_METADATA_DIR | protocol::ON_ERROR => {}
            _ => return None,
        }
        at += 2;
    }
}

/// The number of the step that writes this file when it succeeds.
fn step_of(post_file: &str) -> Option<usize> {
    number(post_file.strip_prefix(protocol::RUN_DIR)?.strip_prefix('/')?.strip_suffix("/out")?)
}

/// Reads digits only; Rust's `parse` also accepts a sign.
fn number(digits: &str) -> Option<usize> {
    digits.parse().ok().filter(|_| digits.bytes().all(|c| c.is_ascii_digit()))
}

/// Removes the wrapper from a container, so that its own words are left. If the first `from_image` words of its command
/// came from its image, these go too, and words that the wrapper took from its `args` move back.
pub(super) fn remove(container: &mut Container<'_>, found: &Wrapped, from_image: Option<usize>) {
    let list = if found.list == ArgList::Args { &container.args } else { &container.command };
    let program = found.program.map(|at| list.items[at].clone());
    let mut words: Vec<_> = program.into_iter().chain(list.items[found.rest..].iter().cloned()).collect();
    let mut args: Vec<_> = Vec::new();
    if let Some(count) = from_image {
        args = words.split_off(count.min(words.len()));
        words.clear();
    } else if found.list == ArgList::Args {
        // Where `command` ended and `args` began is unknown. With the first word as the command, the container runs the
        // same.
        args = words.split_off(words.len().min(1));
    }
    if found.list == ArgList::Command {
        if args.is_empty() {
            container.command.items = words.into();
            return;
        }
        args.extend(container.args.items.iter().cloned());
    }
    container.command.items = words.into();
    container.args.items = args.into();
}

/// The options of one step.
pub(super) struct Options<'c, 'g> {
    /// The flag for the failed steps that are restarted while this step waits.
    pub(super) retry: Option<Cow<'static, str>>,
    /// Whether no other step waits for it.
    pub(super) last: bool,
    /// The steps that it waits for.
    pub(super) after: &'g [usize],
    /// How long one of them may show no sign of life, if that is configured.
    pub(super) start_timeout: Option<&'c str>,
    /// Its configured options.
    pub(super) step: Option<&'c StepOptions>,
}

/// The wrapper of the step with this index.
pub(super) fn wrapper<'c>(kind: EntrypointKind, step: usize, options: Options<'c, '_>) -> Wrapper<'c> {
    let words = match kind {
        EntrypointKind::Tekton => tekton(step, options),
        EntrypointKind::Kueueleuleu => ours(step, options),
    };
    Wrapper { words, ends_after_program: kind == EntrypointKind::Tekton }
}

fn ours<'c>(step: usize, options: Options<'c, '_>) -> Vec<Cow<'c, str>> {
    let when = options.step.map(|step| step.when).unwrap_or_default();
    let mut words = vec![protocol::ROOT_BINARY.into(), protocol::STEP.into(), step.to_string().into()];
    let last = options.last.then(|| protocol::LAST.into());
    if options.after != needs::default(step, when) {
        words.extend([protocol::AFTER.into(), joined(options.after, usize::to_string).into()]);
    }
    words.extend(flags(options));
    words.extend(last);
    words.push(protocol::END_OF_FLAGS.into());
    words
}

fn tekton<'c>(step: usize, options: Options<'c, '_>) -> Vec<Cow<'c, str>> {
    let wait = match options.after {
        [] => None,
        [before] => Some(names::out_file(*before)),
        several => Some(Cow::Owned(joined(several, |before| names::out_file(*before).into_owned()))),
    };
    let wait = wait.map(|files| (protocol::WAIT_FILE, files));
    let own = [
        (protocol::POST_FILE, names::out_file(step)),
        (protocol::TERMINATION_PATH, names::termination_file(step)),
        (protocol::STEP_METADATA_DIR, names::status_dir(step)),
    ];
    let mut words = Vec::with_capacity(16);
    words.push(Cow::Borrowed(protocol::BINARY));
    let pairs = wait.into_iter().chain(own);
    words.extend(pairs.flat_map(|(flag, value)| [Cow::Borrowed(flag), value]));
    words.extend(flags(options));
    words.push(protocol::ENTRYPOINT.into());
    words
}

fn joined(steps: &[usize], name: impl Fn(&usize) -> String) -> String {
    steps.iter().map(name).collect::<Vec<_>>().join(",")
}

/// The options of a step, as flags.
fn flags<'c>(options: Options<'c, '_>) -> impl Iterator<Item = Cow<'c, str>> + use<'c> {
    let of_step = options.step.into_iter().flat_map(configured_flags);
    let start_timeout =
        options.start_timeout.map(|timeout| [protocol::START_TIMEOUT, timeout].map(Cow::Borrowed));
    of_step.chain(start_timeout.into_iter().flatten()).chain(options.retry)
}

/// The flags that depend only on the configured options of a step.
pub(crate) fn configured_flags(step: &StepOptions) -> Vec<Cow<'_, str>> {
    let mut words = Vec::new();
    let mut flag = |name: &'static str, value| words.extend([Cow::Borrowed(name), value]);
    if step.when == When::Always {
        flag(protocol::WHEN, protocol::ALWAYS.into());
    }
    if let Some(timeout) = &step.timeout {
        flag(protocol::TIMEOUT, timeout.into());
    }
    if step.on_error == OnError::Continue {
        flag(protocol::ON_ERROR, protocol::CONTINUE.into());
    }
    if step.retries > 0 {
        flag(protocol::RETRIES, step.retries.to_string().into());
    }
    if let Some(delay) = &step.retry_delay {
        flag(protocol::RETRY_DELAY, delay.into());
    }
    if !step.outputs.is_empty() {
        flag(protocol::OUTPUTS, step.outputs.join(",").into());
    }
    words
}

/// The fields of `steps` in the configuration that a wrapper shows; none if `command` and `args` are not wrapped.
pub(super) fn configured_fields<S: AsRef<str>>(command: &[S], args: &[S]) -> Vec<&'static str> {
    const FIELDS: [(&str, &str); 6] = [
        (protocol::WHEN, "when"),
        (protocol::TIMEOUT, "timeout"),
        (protocol::ON_ERROR, "onError"),
        (protocol::RETRIES, "retries"),
        (protocol::RETRY_DELAY, "retryDelay"),
        (protocol::OUTPUTS, "outputs"),
    ];
    let WrapperState::Wrapped(found) = find(command, args) else { return Vec::new() };
    let words = if found.list == ArgList::Args { args } else { command };
    let has = |flag: &str| words[..found.rest].iter().any(|word| word.as_ref() == flag);
    let when = if found.is_always { When::Always } else { When::OnSuccess };
    let needs = (found.after != needs::default(found.step, when)).then_some("needs");
    needs
        .into_iter()
        .chain(FIELDS.into_iter().filter(|(flag, _)| has(flag)).map(|(_, field)| field))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    fn step_in(command: &str, args: &str) -> Result<usize, WrapperState> {
        match find(&words(command), &words(args)) {
            WrapperState::Wrapped(found) => Ok(found.step),
            other => Err(other),
        }
    }

    #[test]
    fn wrappers_of_all_versions_are_recognized() {
        assert_eq!(step_in("/kueueleuleu/bin/entrypoint -step 12 -- sh", "-c x"), Ok(12));
        assert_eq!(step_in("/kueueleuleu/bin/entrypoint -after 0,1 -step 2 -retry --", "sh"), Ok(2));
        assert_eq!(step_in("/kueueleuleu/bin/entrypoint -step 2 -retry=In:42 -last -- sh", ""), Ok(2));
        assert_eq!(step_in("/kueueleuleu/bin/entrypoint -step 2 -retry=In:42 -- sh", ""), Ok(2));
        let flags = "-wait_file /tekton/run/0/out -post_file /tekton/run/1/out -retry -entrypoint sh --";
        assert_eq!(step_in(&format!("/tekton/bin/entrypoint {flags}"), "x"), Ok(1));
        assert_eq!(step_in("/tekton/bin/entrypoint", &format!("{flags} x")), Ok(1));
    }

    #[test]
    fn only_a_timeout_of_the_step_counts_as_its_timeout() {
        let has_timeout = |flags: &str| {
            let command = format!("/kueueleuleu/bin/entrypoint -step 2 {flags} -- sh");
            matches!(find(&words(&command), &[]), WrapperState::Wrapped(Wrapped { has_timeout: true, .. }))
        };
        assert!(has_timeout("-timeout 5m"));
        assert!(!has_timeout("-start_timeout 5m") && !has_timeout("-last"));
    }

    #[test]
    fn a_step_that_always_runs_waits_for_all_steps_before_it() {
        let fields = |flags: &str| {
            configured_fields(&words(&format!("/kueueleuleu/bin/entrypoint -step 2 {flags} -- sh")), &[])
        };
        assert_eq!(fields("-when always"), ["when"]);
        assert_eq!(fields("-when always -after 0,1"), ["when"]);
        assert_eq!(fields("-when always -after 1"), ["needs", "when"]);
        assert_eq!(fields("-when on-success"), ["when"]);
        assert_eq!(fields("-when on-success -after 0,1"), ["needs", "when"]);
        assert_eq!(fields("-after 1"), [""; 0]);
    }

    #[test]
    fn a_wrapper_without_a_step_is_damaged_and_a_command_without_an_entrypoint_is_plain() {
        let plain = Err(WrapperState::Plain);
        assert_eq!(step_in("", ""), plain);
        assert_eq!(step_in("sh -c", "-post_file /tekton/run/0/out"), plain);
        let damaged = Err(WrapperState::Damaged);
        for command in [
            "/kueueleuleu/bin/entrypoint",
            "/kueueleuleu/bin/entrypoint -- sh",
            "/kueueleuleu/bin/entrypoint -step 1 sh",
            "/kueueleuleu/bin/entrypoint -step +1 -- sh",
            "/kueueleuleu/bin/entrypoint -step",
            "/tekton/bin/entrypoint",
            "/tekton/bin/entrypoint -post_file /tekton/run/0/out -entrypoint sh",
            "/tekton/bin/entrypoint -post_file /tekton/run/+1/out -entrypoint sh --",
            "/tekton/bin/entrypoint -post_file /tekton/run//out -entrypoint sh --",
            "/tekton/bin/entrypoint -x y -post_file /tekton/run/0/out -entrypoint sh --",
        ] {
            assert_eq!(step_in(command, ""), damaged, "{command}");
        }
        let flags = "-post_file /tekton/run/0/out -entrypoint sh -- x";
        assert_eq!(step_in("sh", flags), damaged);
        assert_eq!(step_in("sh", &flags.replace("/0/", "/+0/")), plain);
    }
}
