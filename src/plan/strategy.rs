//! Chooses a strategy for `strategy: Auto`: the entrypoint if the pod allows it, otherwise init containers.
//!
//! Knows what rules out each strategy; not how a strategy is applied.

use super::needs::{self, Graph};
use super::pod::{Container, Pod};
use super::report::Report;
use super::restart;
use crate::config::{Config, Image, Probes, Requests, Strategy};
use crate::diagnostic::Rule;
use crate::kinds::Kind;

/// Chooses the strategy for a pod whose sidecars were removed from the list of containers.
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
    // If neither fits, the errors are those of the entrypoint, which is the default.
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

/// Whether the steps cannot become init containers.
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

/// Whether a step that would become an init container has probes or `lifecycle`, which an init container may not have.
pub(super) fn has_hooks(pod: &Pod<'_>, config: &Config) -> bool {
    let before_last = pod.containers.items.split_last().map_or(&[][..], |(_, before)| before);
    config.probes != Probes::Remove && before_last.iter().any(|step| !step.hooks.is_empty())
}
