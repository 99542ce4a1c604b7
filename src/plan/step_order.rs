//! Decides which containers are steps, and in which order: sidecars leave the list, and `order` sorts it.
//!
//! ```text
//! sidecars: [proxy], order: [b, a]
//! before:  containers: a, proxy, b
//! after:   initContainers: proxy    containers: b, a    record: containers=a,proxy,b
//! ```
//!
//! If the list changes, an annotation records the original list. There are two such annotations: one if the steps were
//! sorted, and one if only sidecars left. In the second case the steps are in their original order, and an order that
//! somebody changed since is intended.

use super::effective::ALWAYS;
use super::names;
use super::pod::{Container, Containers, Meta, Workload};
use super::report::{Report, quoted};
use crate::config::Config;
use crate::diagnostic::Rule;

/// The result of [`arrange`].
pub(super) struct StepOrder<'v> {
    /// How many steps there are.
    pub(super) steps: usize,
    /// The containers that become init containers, before the first step.
    pub(super) sidecars: Vec<Container<'v>>,
}

/// Leaves only steps in the list of containers, in order. `None` if there is nothing to sequence, or if every container
/// is a sidecar, which is reported.
pub(super) fn arrange<'v>(
    object: &mut Workload<'v>,
    config: &Config,
    report: &mut Report<'_>,
) -> Option<StepOrder<'v>> {
    let Workload { meta, pod, .. } = object;
    let containers = &mut pod.containers.items;
    if config.sidecars.is_empty() && config.order.is_empty() {
        return (containers.len() > 1).then(|| StepOrder { steps: containers.len(), sidecars: Vec::new() });
    }
    let names: Vec<_> = containers.iter().map(|container| container.name).collect();
    let sidecars = take_sidecars(containers, config, report);
    if containers.is_empty() && !sidecars.is_empty() {
        let message = format!("every container is a sidecar: {}", quoted(names.iter().copied()));
        report.error(
            Rule::OnlySidecars,
            report.spec().key("containers"),
            message,
            "remove the steps from `sidecars`",
        );
        return None;
    }
    let steps = containers.len();
    if steps < 2 && sidecars.is_empty() {
        return None;
    }
    let mut record = (!sidecars.is_empty()).then_some(names::SIDECARS_ANNOTATION);
    if steps > 1 && !config.order.is_empty() {
        check_order(containers, config, report);
        let place = |container: &Container| config.order.iter().position(|name| *name == container.name);
        if !containers.is_sorted_by_key(place) {
            containers.sort_by_key(place);
            record = Some(names::CONTAINERS_ANNOTATION);
        }
    }
    if let Some(key) = record {
        meta.set(key, names.join(","));
    }
    Some(StepOrder { steps, sidecars })
}

fn take_sidecars<'v>(
    containers: &mut Vec<Container<'v>>,
    config: &Config,
    report: &mut Report<'_>,
) -> Vec<Container<'v>> {
    let all = std::mem::take(containers);
    let (mut sidecars, steps): (Vec<_>, _) =
        all.into_iter().partition(|container| config.sidecars.contains(container.name));
    *containers = steps;
    for sidecar in &mut sidecars {
        if let Some(policy) = sidecar.restart_policy.replace(ALWAYS) {
            report.error(
                Rule::SidecarRestartPolicy,
                report.route(sidecar).key("restartPolicy"),
                format!("the sidecar `{}` has a `restartPolicy` of its own, `{policy}`", sidecar.name),
                "remove it: the `restartPolicy` of a native sidecar is `Always`",
            );
        }
    }
    sidecars
}

/// Checks that `order` names exactly the steps. The check of the configuration rejects names that are listed twice.
fn check_order(steps: &[Container<'_>], config: &Config, report: &mut Report<'_>) {
    let missing: Vec<_> = steps
        .iter()
        .map(|step| step.name)
        .filter(|step| !config.order.iter().any(|name| name == step))
        .collect();
    let unknown: Vec<_> =
        config.order.iter().filter(|name| !steps.iter().any(|step| step.name == **name)).collect();
    let mut wrong = Vec::new();
    if !missing.is_empty() {
        wrong.push(format!("lacks {}", quoted(missing)));
    }
    if !unknown.is_empty() {
        let what = if let [_] = unknown[..] { "which is not a step" } else { "which are not steps" };
        wrong.push(format!("names {}, {what}", quoted(unknown.into_iter().map(String::as_str))));
    }
    if !wrong.is_empty() {
        report.error(
            Rule::OrderMismatch,
            report.spec().key("containers"),
            format!("the configured `order` {}", wrong.join(" and ")),
            format!("name every step once: {}", quoted(steps.iter().map(|step| step.name))),
        );
    }
}

/// The names of the original containers.
pub(super) struct OrderRecord {
    names: Vec<String>,
    steps: Steps,
}

/// Whether the conversion sorted the steps.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Steps {
    /// They were sorted: the original order is that of the record.
    Sorted,
    /// They were not sorted: the current order counts, which may have been edited since.
    Kept,
}

impl OrderRecord {
    /// Reads the record from the annotations of the pod.
    pub(super) fn of(meta: &Meta<'_>) -> Option<Self> {
        let kinds =
            [(names::CONTAINERS_ANNOTATION, Steps::Sorted), (names::SIDECARS_ANNOTATION, Steps::Kept)];
        kinds.into_iter().find_map(|(key, steps)| {
            let names = meta.get(key)?.split(',').map(|name| name.trim().to_owned()).collect();
            Some(Self { names, steps })
        })
    }

    /// Removes the sidecars that were containers from the init containers, and returns them.
    pub(super) fn take_sidecars<'v>(&self, init: &mut Containers<'v>) -> Vec<Container<'v>> {
        let is_sidecar = |container: &mut Container| {
            container.restart_policy == Some(ALWAYS) && self.place(container.name).is_some()
        };
        let mut sidecars: Vec<_> = init.items.extract_if(.., is_sidecar).collect();
        for sidecar in &mut sidecars {
            sidecar.restart_policy = None;
        }
        sidecars.sort_by_key(|sidecar| self.place(sidecar.name));
        sidecars
    }

    /// Restores the original list of containers.
    pub(super) fn restore<'v>(mut self, containers: &mut Vec<Container<'v>>, sidecars: Vec<Container<'v>>) {
        self.follow_rename(containers, &sidecars);
        match self.steps {
            Steps::Sorted => {
                containers.extend(sidecars);
                self.sort(containers);
            }
            Steps::Kept => sidecars.into_iter().for_each(|sidecar| self.insert(containers, sidecar)),
        }
    }

    /// Sorts containers by the record. A container that was added since stays after its predecessor.
    fn sort(&self, containers: &mut Vec<Container<'_>>) {
        let mut last = None;
        let mut keyed: Vec<_> = containers
            .drain(..)
            .map(|container| {
                last = self.place(container.name).or(last);
                (last, container)
            })
            .collect();
        keyed.sort_by_key(|(key, _)| *key);
        containers.extend(keyed.into_iter().map(|(_, container)| container));
    }

    /// Inserts a sidecar after its nearest original predecessor that still exists.
    fn insert<'v>(&self, containers: &mut Vec<Container<'v>>, sidecar: Container<'v>) {
        let before = &self.names[..self.place(sidecar.name).unwrap_or_default()];
        let place = |name: &String| containers.iter().position(|container| container.name == *name);
        let at = before.iter().rev().find_map(place).map_or(0, |at| at + 1);
        containers.insert(at, sidecar);
    }

    /// If exactly one recorded name is missing and exactly one container has a new name, that container was renamed.
    fn follow_rename(&mut self, containers: &[Container<'_>], sidecars: &[Container<'_>]) {
        let is_there =
            |name: &String| containers.iter().chain(sidecars).any(|container| container.name == *name);
        let missing: Vec<_> = (0..self.names.len()).filter(|&at| !is_there(&self.names[at])).collect();
        let mut new = containers.iter().filter(|container| self.place(container.name).is_none());
        if let ([missing], Some(renamed), None) = (&missing[..], new.next(), new.next()) {
            renamed.name.clone_into(&mut self.names[*missing]);
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }
}
