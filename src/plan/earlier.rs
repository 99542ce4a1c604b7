//! Preserves what an earlier run chose: the strategy, the kind of the entrypoint and its image.
//!
//! If neither a configuration nor a flag makes a choice, the earlier choice is preserved, so that a run without them
//! undoes nothing. A configuration makes all choices except that of the image: if it names none, a mirror that the
//! `images:` of an overlay has set is preserved. An image that was once our default counts as no choice.

use super::pod::{Action, Arg, Container, ContainerList, Hook, Workload};
use super::report::{self, Report};
use super::{names, unwrap, wrapper};
use crate::config::{Config, ENTRYPOINT_IMAGE, Entrypoint, EntrypointKind, Strategy};
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::kinds::Kind;
use crate::route::Route;
use kueueleuleu_protocol as protocol;
use std::borrow::Cow;

/// The repository of the image that the Go program pins. It can no longer be pulled.
const FORMER_REPOSITORY: &str = "gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/entrypoint";
/// The name of our image, in any registry.
const IMAGE_NAME: &str = "kueueleuleu";
/// The volume that only our own entrypoint uses.
const OWN_VOLUME: &str = "kueueleuleu";

/// The choices that a converted object shows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Earlier<'v> {
    strategy: Strategy,
    /// With strategy `Entrypoint`: the program, and its image unless that was our default.
    entrypoint: Option<(EntrypointKind, Option<&'v str>)>,
}

impl<'v> Earlier<'v> {
    /// The choices of an object; `None` if it was not converted.
    pub(super) fn of(object: &Workload<'v>) -> Option<Self> {
        let init = &object.pod.init_containers.items;
        if object.meta.get(names::STEPS_ANNOTATION).is_some() {
            return Some(Self { strategy: Strategy::InitContainers, entrypoint: None });
        }
        let prepare = init.iter().find(|container| unwrap::is_prepare(container))?;
        let has_own_volume = prepare.mounts.items.iter().any(|mount| mount.name == OWN_VOLUME);
        let kind = if has_own_volume || is_own_of_version_1(object, prepare) {
            EntrypointKind::Kueueleuleu
        } else {
            EntrypointKind::Tekton
        };
        let image = prepare.image.filter(|image| !was_default(image));
        Some(Self { strategy: Strategy::Entrypoint, entrypoint: Some((kind, image)) })
    }

    /// The configuration, with the earlier choices where it makes none.
    pub(super) fn preserved_in<'c>(&self, config: &'c Config) -> Cow<'c, Config> {
        let mut with = Cow::Borrowed(config);
        if !config.chosen.strategy && config.strategy != self.strategy {
            with.to_mut().strategy = self.strategy;
        }
        let Some((kind, image)) = self.entrypoint else { return with };
        if !config.chosen.kind && config.entrypoint.kind != kind {
            with.to_mut().entrypoint.kind = kind;
        }
        // The image of one program does not contain the other.
        if let Some(image) = image.filter(|_| !config.chosen.image && with.entrypoint.kind == kind)
            && with.entrypoint.image != image
        {
            image.clone_into(&mut with.to_mut().entrypoint.image);
        }
        with
    }

    /// A note for each choice that a run with this configuration changes.
    pub(super) fn changes(&self, config: &Config) -> Vec<Diagnostic> {
        if config.revert {
            return Vec::new();
        }
        let change = |what: &str, from: &str, to: &str, field: &str| {
            let message = format!("{what} changes from `{from}` to `{to}`");
            let help =
                format!("the configuration or a flag sets it; to keep `{from}`, set `{field}: {from}`");
            Diagnostic::new(Severity::Info, Rule::ChoiceChanged, Route::root(), message).help(help)
        };
        let mut changes = Vec::new();
        if self.strategy == Strategy::InitContainers && config.strategy != self.strategy {
            changes.push(change("the strategy", self.strategy.name(), config.strategy.name(), "strategy"));
        }
        let Some((kind, image)) = self.entrypoint.filter(|_| config.strategy == self.strategy) else {
            return changes;
        };
        let Entrypoint { kind: new, image: new_image } = &config.entrypoint;
        if kind == EntrypointKind::Kueueleuleu && *new != kind {
            changes.push(change("the entrypoint", kind.name(), new.name(), "entrypoint.kind"));
        }
        if let Some(image) = image.filter(|image| image != new_image) {
            changes.push(change("the entrypoint's image", image, new_image, "entrypointImage"));
        }
        changes
    }
}

/// Notes each step that loses options of an earlier run because no configuration sets them now.
pub(super) fn report_lost_options(
    current: &Workload<'_>,
    target: &Workload<'_>,
    kind: &Kind,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for step in &target.pod.containers.items {
        let (Some(new), (ContainerList::Main, at)) = (&step.wrapper, step.origin) else { continue };
        let Some(old) = current.pod.containers.items.get(at) else { continue };
        let mut lost = wrapper::configured_fields(&old.command.items, &old.args.items);
        let mut words: Vec<_> = new.words.iter().map(|word| &**word).collect();
        if new.ends_after_program {
            words.extend(["program", protocol::END_OF_FLAGS]);
        }
        let kept = wrapper::configured_fields(&words, &[]);
        lost.retain(|field| !kept.contains(field));
        if lost.is_empty() {
            continue;
        }
        let message = format!("step `{}` loses {} of an earlier run", step.name, report::quoted(lost));
        let help = "no configuration sets this now; to keep it, pass the configuration of that run with `--config`, or \
                    save it beside the file as `.kueueleuleu.yaml`";
        let field = Report::new(kind, diagnostics).route(step);
        diagnostics.push(Diagnostic::new(Severity::Info, Rule::ChoiceChanged, field, message).help(help));
    }
}

/// Whether an object of version 1 of the contract uses our entrypoint. That version has the same names for both
/// entrypoints, but only ours waits for retries and answers probes, and only ours comes in an image with our name.
fn is_own_of_version_1(object: &Workload<'_>, prepare: &Container<'_>) -> bool {
    let name = prepare.image.and_then(|image| image.rsplit('/').next()).unwrap_or_default();
    let is_ours_by_name = name.split([':', '@']).next() == Some(IMAGE_NAME);
    let starts = |words: &[Arg<'_>], first: &[&str]| {
        words.len() >= first.len() && words.iter().zip(first).all(|(word, first)| word.text == *first)
    };
    let waits_for_retries = |step: &Container<'_>| {
        let mut flags = step.args.items.iter().take_while(|word| word.text != protocol::END_OF_FLAGS);
        starts(&step.command.items, &[protocol::BINARY]) && flags.any(|word| word.text == protocol::RETRY)
    };
    let answers = |hook: &Hook<'_>| match &hook.action {
        Action::Exec(command) => starts(&command.items, &[protocol::BINARY, protocol::PROBE]),
        _ => false,
    };
    let steps = &object.pod.containers.items;
    is_ours_by_name || steps.iter().any(|step| waits_for_retries(step) || step.hooks.iter().any(answers))
}

/// Whether the image was once the default of this program or of the Go program.
fn was_default(image: &str) -> bool {
    let repository = image.split(['@']).next().unwrap_or(image);
    image == ENTRYPOINT_IMAGE
        || repository == FORMER_REPOSITORY
        || repository.strip_prefix(FORMER_REPOSITORY).is_some_and(|tag| tag.starts_with(':'))
}
