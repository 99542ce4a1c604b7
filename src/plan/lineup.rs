//! Which containers are steps, and in which order: sidecars leave the list, `order` sorts it.
//!
//! The list as it was is recorded in an annotation, where it changes: neither a native sidecar nor an order tells what
//! it was before.

use super::names;
use super::pod::{Container, List, Meta, Object};
use super::report::{Report, quoted};
use crate::config::Config;
use std::borrow::Cow;

/// The `restartPolicy` of a native sidecar.
const ALWAYS: &str = "Always";

/// What is left to be done when the steps stand in their order.
pub(super) struct Lineup<'v> {
    /// How many steps there are.
    pub(super) steps: usize,
    /// To become init containers, before the first step.
    pub(super) sidecars: Vec<Container<'v>>,
}

/// Leaves only steps in the list of containers, in order. `None` where there is nothing to be done, or that was said.
pub(super) fn line_up<'v>(
    object: &mut Object<'v>,
    config: &Config,
    report: &mut Report<'_>,
) -> Option<Lineup<'v>> {
    let Object { metas, pod } = object;
    let containers = &mut pod.containers.items;
    if config.sidecars.is_empty() && config.order.is_empty() {
        return (containers.len() > 1).then(|| Lineup { steps: containers.len(), sidecars: Vec::new() });
    }
    let names: Vec<_> = containers.iter().map(|container| container.name.clone()).collect();
    let sidecars = take_sidecars(containers, config, report);
    if containers.is_empty() && !sidecars.is_empty() {
        let message = format!("every container is a sidecar: {}", quoted(names.iter().map(|name| &**name)));
        report.error(report.spec.key("containers"), message, "leave the steps out of `sidecars`");
        return None;
    }
    let steps = containers.len();
    if steps < 2 && sidecars.is_empty() {
        return None;
    }
    if steps > 1 && !config.order.is_empty() {
        check_order(containers, config, report);
        let place = |container: &Container| config.order.iter().position(|name| **name == *container.name);
        containers.sort_by_key(place);
    }
    let unchanged = containers.iter().map(|container| &container.name).eq(&names);
    if let (false, Some(meta)) = (unchanged, metas.last_mut()) {
        meta.set(names::CONTAINERS_ANNOTATION, names.join(","));
    }
    Some(Lineup { steps, sidecars })
}

fn take_sidecars<'v>(
    containers: &mut Vec<Container<'v>>,
    config: &Config,
    report: &mut Report<'_>,
) -> Vec<Container<'v>> {
    let all = std::mem::take(containers);
    let (mut sidecars, steps): (Vec<_>, _) =
        all.into_iter().partition(|container| config.sidecars.contains(&container.name));
    *containers = steps;
    for sidecar in &mut sidecars {
        if let Some(policy) = sidecar.restart_policy.replace(Cow::Borrowed(ALWAYS)) {
            report.error(
                report.route(sidecar).key("restartPolicy"),
                format!("the sidecar `{}` has a `restartPolicy` of its own, `{policy}`", sidecar.name),
                "remove it: a native sidecar's is `Always`",
            );
        }
    }
    sidecars
}

/// Every step must be named; that none is named twice was checked with the configuration.
fn check_order(steps: &[Container<'_>], config: &Config, report: &mut Report<'_>) {
    let missing: Vec<_> = steps
        .iter()
        .map(|step| &*step.name)
        .filter(|step| !config.order.iter().any(|name| name == step))
        .collect();
    let unknown: Vec<_> =
        config.order.iter().filter(|name| !steps.iter().any(|step| *step.name == ***name)).collect();
    let mut wrong = Vec::new();
    if !missing.is_empty() {
        wrong.push(format!("lacks {}", quoted(missing)));
    }
    if !unknown.is_empty() {
        wrong.push(format!("names {}, which is no step", quoted(unknown.into_iter().map(String::as_str))));
    }
    if !wrong.is_empty() {
        report.error(
            report.spec.key("containers"),
            format!("the configured `order` {}", wrong.join(" and ")),
            format!("name every step once: {}", quoted(steps.iter().map(|step| &*step.name))),
        );
    }
}

/// Brings the containers back that were made sidecars; where they belong is found by [`restore_order`].
pub(super) fn bring_back_sidecars(object: &mut Object<'_>) {
    let Some(names) = recorded(object.metas.last()) else { return };
    let pod = &mut object.pod;
    let is_sidecar = |container: &mut Container| {
        container.restart_policy.as_deref() == Some(ALWAYS)
            && names.iter().any(|name| *name == container.name)
    };
    for mut sidecar in pod.init_containers.items.extract_if(.., is_sidecar) {
        sidecar.restart_policy = None;
        pod.containers.items.push(sidecar);
    }
}

/// Sorts the containers as they were. One that was added since stays behind the one that it follows.
pub(super) fn restore_order(meta: Option<&Meta<'_>>, containers: &mut List<Container<'_>>) {
    let Some(names) = recorded(meta) else { return };
    let mut behind = 0;
    let mut keyed: Vec<_> = containers
        .items
        .drain(..)
        .map(|container| {
            if let Some(at) = names.iter().position(|name| *name == container.name) {
                behind = at + 1;
            }
            (behind, container)
        })
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    containers.items.extend(keyed.into_iter().map(|(_, container)| container));
}

fn recorded(meta: Option<&Meta<'_>>) -> Option<Vec<String>> {
    let names = meta?.get(names::CONTAINERS_ANNOTATION)?;
    Some(names.split(',').map(|name| name.trim().to_owned()).collect())
}
