//! `strategy: Auto`: the entrypoint where the pod can have one, init containers otherwise.
//!
//! Knows what stands in the way of each, not how they are put on.

use super::needs::{self, Graph};
use super::pod::{Container, Pod};
use super::report::Report;
use super::restart;
use crate::config::{Config, Image, Probes, Requests, Strategy};
use crate::diagnostic::Rule;
use crate::kinds::Kind;

/// The strategy for a pod of which only steps are left in the list of containers.
pub(super) fn choose(
    kind: &Kind,
    pod: &Pod<'_>,
    graph: &Graph,
    config: &Config,
    report: &mut Report<'_>,
) -> Strategy {
    if config.strategy != Strategy::Auto {
        return config.strategy;
    }
    // Where neither will do, the errors are the entrypoint's: it is the default.
    match against_entrypoint(kind, pod, config) {
        Some(why) if !is_something_against_init_containers(pod, graph, config) => {
            report.info(
                Rule::StrategyChosen,
                report.spec().key("containers"),
                format!("`strategy: Auto` turns the steps into init containers: {why}"),
            );
            Strategy::InitContainers
        }
        _ => Strategy::Entrypoint,
    }
}

fn against_entrypoint(kind: &Kind, pod: &Pod<'_>, config: &Config) -> Option<String> {
    let has_no_command = |step: &&Container| {
        let image = step.image.and_then(|image| Image::find(&config.images, image));
        step.has_no_command() && image.is_none()
    };
    if pod.windows {
        return Some("the pod is for Windows nodes".to_owned());
    }
    if restart::is_always(kind, pod) {
        return Some("`restartPolicy` is `Always`".to_owned());
    }
    let step = pod.containers.items.iter().find(has_no_command)?;
    Some(format!("container `{}` has no `command`", step.name))
}

/// Whether init containers cannot be made of the steps.
pub(super) fn is_something_against_init_containers(pod: &Pod<'_>, graph: &Graph, config: &Config) -> bool {
    let has_options = |step: &Container<'_>| {
        needs::options(config, step.name).is_some_and(|options| options.of_entrypoints().next().is_some())
    };
    let is_for_entrypoints = config.start_timeout.is_some() || config.requests == Requests::PodLevel;
    has_hooks(pod, config)
        || is_for_entrypoints
        || !graph.is_line()
        || pod.containers.items.iter().any(has_options)
}

/// Whether a step that would become an init container has probes or `lifecycle`, which init containers may not have.
pub(super) fn has_hooks(pod: &Pod<'_>, config: &Config) -> bool {
    let before_last = pod.containers.items.split_last().map_or(&[][..], |(_, before)| before);
    config.probes != Probes::Remove && before_last.iter().any(|step| !step.hooks.is_empty())
}
