//! The command of a step that has none: what its image runs, as far as that is configured.
//!
//! Follows Kubernetes: `command` stands for the image's `ENTRYPOINT`, `args` for its `CMD`, and a container's `command`
//! makes both of the image's void. What was filled in is recorded in an annotation, `STEP:WORDS` for each container:
//! wrapped, it looks like a command of the container's own. Not its name, which people change; a wrapper keeps its step.

use super::pod::{Arg, Container, Meta};
use super::report::Report;
use super::{missing, names};
use crate::config::{Config, Image};
use crate::diagnostic::{LOOK_UP, Rule};
use std::borrow::Cow;

/// Fills in commands of steps that are missing, and says which could not be. Returns the record, if there is anything
/// in it.
pub(super) fn complete<'v>(
    steps: &mut [Container<'v>],
    config: &'v Config,
    init: missing::InitContainers,
    report: &mut Report<'_>,
) -> Option<String> {
    let mut record = Vec::new();
    let mut missing = Vec::new();
    for (step, container) in steps.iter_mut().enumerate() {
        if !container.has_no_command() {
            continue;
        }
        let found = container.image.and_then(|image| Image::find(&config.images, image));
        match found.and_then(|image| Some((image, fill_in(container, image)?))) {
            Some((image, words)) => {
                warn_of_other_pin(container, image, report);
                record.push(format!("{step}:{words}"));
            }
            None => missing.push(&*container),
        }
    }
    missing::report(&missing, init, report);
    (!record.is_empty()).then(|| record.join(","))
}

/// Gives a container the words that its image runs, and tells how many come before its own.
fn fill_in<'v>(container: &mut Container<'v>, image: &'v Image) -> Option<usize> {
    let args = if container.args.items.is_empty() { &*image.args } else { &[] };
    if image.command.is_empty() && args.is_empty() && container.args.items.is_empty() {
        return None;
    }
    let words = image.command.iter().chain(args).map(|word| Arg::new(literal(word)));
    container.command.items = words.collect();
    Some(container.command.items.len())
}

fn warn_of_other_pin(container: &Container<'_>, image: &Image, report: &mut Report<'_>) {
    let Some((pinned, digest)) = container.image.and_then(|pinned| Some((pinned, image.other_pin(pinned)?)))
    else {
        return;
    };
    report.warning(
        Rule::ImagePin,
        report.route(container).key("image"),
        format!(
            "container `{}` pins `{pinned}`, but the command of its image was read from `{digest}`",
            container.name
        ),
        format!("look the image up again: `{LOOK_UP}`"),
    );
}

/// Kubernetes expands `$(VAR)` in what a container says, and not in what its image says.
pub(crate) fn literal(word: &str) -> Cow<'_, str> {
    if !word.contains('$') {
        return Cow::Borrowed(word);
    }
    let mut out = String::with_capacity(word.len());
    let mut chars = word.chars().peekable();
    while let Some(char) = chars.next() {
        out.push(char);
        if char == '$' && chars.peek().is_some_and(|next| matches!(next, '$' | '(')) {
            out.push(char);
        }
    }
    Cow::Owned(out)
}

/// What is recorded of the commands that were filled in.
pub(super) struct Record(Vec<(usize, usize)>);

impl Record {
    /// Reads it from the pod's annotations. What cannot be read says nothing.
    pub(super) fn of(meta: &Meta<'_>) -> Self {
        let text = meta.get(names::COMMANDS_ANNOTATION);
        let entries = text.into_iter().flat_map(|text| text.split(','));
        let entries = entries.filter_map(|entry| entry.trim().split_once(':'));
        Self(entries.filter_map(|(step, words)| Some((step.parse().ok()?, words.parse().ok()?))).collect())
    }

    /// How many words of the step's command are its image's; `None` where it has one of its own.
    pub(super) fn words(&self, step: usize) -> Option<usize> {
        self.0.iter().find(|(of, _)| *of == step).map(|(_, words)| *words)
    }
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn what_an_image_runs_is_not_expanded() {
        for (word, expected) in
            [("a", "a"), ("$(A)", "$$(A)"), ("$A $", "$A $"), ("$$", "$$$"), ("$$(A)", "$$$$(A)")]
        {
            assert_eq!(literal(word), expected);
        }
    }
}
