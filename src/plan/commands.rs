//! Fills in the `command` of steps that have none, from the images in the configuration.
//!
//! Follows Kubernetes: `command` replaces the `ENTRYPOINT` of the image, `args` its `CMD`, and a `command` without
//! `args` replaces both. A wrapped command that was filled in looks like one that the user wrote. So an annotation
//! records `STEP:WORDS` for each such container: the number of the step, and how many words came from the image. It
//! records the number and not the name, because people rename containers, but a wrapper preserves the number of its
//! step.

use super::pod::{Arg, Container, Meta};
use super::report::Report;
use super::{missing, names};
use crate::config::{Config, Image};
use crate::diagnostic::{LOOK_UP, Rule};
use std::borrow::Cow;

/// Fills in missing commands, and reports the steps whose command is not configured. Returns the record unless it is
/// empty.
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

/// Gives a container the command of its image. Returns how many words it added before the container's own.
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

/// Escapes a word of an image: Kubernetes expands `$(VAR)` in the command of a container, but not in that of its image.
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

/// The recorded commands: each step with the number of words that were filled in.
pub(super) struct CommandRecord(Vec<(usize, usize)>);

impl CommandRecord {
    /// Reads it from the annotations of the pod. Entries that cannot be read are ignored.
    pub(super) fn of(meta: &Meta<'_>) -> Self {
        let text = meta.get(names::COMMANDS_ANNOTATION);
        let entries = text.into_iter().flat_map(|text| text.split(','));
        let entries = entries.filter_map(|entry| entry.trim().split_once(':'));
        Self(entries.filter_map(|(step, words)| Some((step.parse().ok()?, words.parse().ok()?))).collect())
    }

    /// How many words of the step's command came from its image; `None` if the command is the container's own.
    pub(super) fn words(&self, step: usize) -> Option<usize> {
        self.0.iter().find(|(of, _)| *of == step).map(|(_, words)| *words)
    }
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn references_in_the_command_of_an_image_are_escaped() {
        for (word, expected) in
            [("a", "a"), ("$(A)", "$$(A)"), ("$A $", "$A $"), ("$$", "$$$"), ("$$(A)", "$$$$(A)")]
        {
            assert_eq!(literal(word), expected);
        }
    }
}
