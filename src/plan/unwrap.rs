//! Removes the rewrite from an object, and restores the original as far as possible.
//!
//! Recognizes the rewrite by its structure, never by the annotation that marks the object as converted. Where the
//! structure is not enough (a step of strategy `InitContainers` looks like any init container), it uses the record in
//! our annotations.

use super::names;
use super::needs::Graph;
use super::pod::{Container, ContainerList, NamedItems, Workload};
use super::report::{Report, quoted};
use super::wrapper::{self, WrapperState};
use super::{commands, hooks, record, requests, restart, step_order};
use crate::config::Config;
use crate::diagnostic::Rule;
use kueueleuleu_yaml::edit::Lent;
use std::collections::BTreeMap;

/// A container whose wrapper is damaged.
pub(super) struct Damaged {
    pub(super) container: (ContainerList, usize),
    pub(super) name: String,
}

/// The result of [`unwrap`].
#[derive(Default)]
pub(super) struct Unwrapped<'v> {
    /// Whether the object was converted.
    pub(super) is_converted: bool,
    /// The containers whose wrapper is damaged.
    pub(super) damaged: Vec<Damaged>,
    /// The two orders of the steps, if the containers are listed in a different order than the numbers of their steps.
    pub(super) contradiction: Option<Contradiction<'v>>,
}

impl Unwrapped<'_> {
    /// Reports everything that prevents another conversion.
    pub(super) fn report(&self, report: &mut Report<'_>, config: &Config) {
        for damaged in &self.damaged {
            report.error(
                Rule::DamagedWrapper,
                report.at(damaged.container),
                format!(
                    "the wrapper of container `{}` is damaged: `command` and `args` do not match",
                    damaged.name
                ),
                "restore the container's own `command` and `args`; apply patches to them before the conversion",
            );
        }
        if let Some(Contradiction { list, chain }) =
            self.contradiction.as_ref().filter(|contradiction| contradiction.is_undecided(config))
        {
            report.error(
                Rule::OrderContradiction,
                report.spec().key("containers"),
                format!(
                    "the containers are listed in the order {}, but were converted to run in the order {}",
                    quoted(list.iter().copied()),
                    quoted(chain.iter().copied())
                ),
                format!(
                    "a strategic-merge patch moves the container that it patches to the front: use a JSON 6902 patch, \
                     apply the patch before the conversion, or set `order: [{}]`, or `needs` for every step, in the \
                     functionConfig",
                    chain.join(", ")
                ),
            );
        }
    }
}

/// Two orders of the same steps.
pub(super) struct Contradiction<'v> {
    /// The order of the containers.
    pub(super) list: Vec<&'v str>,
    /// The order in which they wait for each other.
    pub(super) chain: Vec<&'v str>,
}

impl<'v> Contradiction<'v> {
    /// Whether the order of the containers decides which step waits for which, because the configuration does not.
    fn is_undecided(&self, config: &Config) -> bool {
        config.order.is_empty() && !Graph::is_same(&self.list, &self.chain, config)
    }

    fn of(mut steps: Vec<(usize, &'v str)>) -> Option<Self> {
        if steps.is_sorted_by_key(|(step, _)| *step) {
            return None;
        }
        let names = |steps: &[(usize, &'v str)]| steps.iter().map(|(_, name)| *name).collect();
        let list = names(&steps);
        steps.sort_by_key(|(step, _)| *step);
        Some(Self { list, chain: names(&steps) })
    }
}

/// Removes the rewrite from `object`.
pub(super) fn unwrap<'v>(object: &mut Workload<'v>) -> Unwrapped<'v> {
    let mut damaged = Vec::new();
    let mut steps = Vec::new();
    let mut wrapped = BTreeMap::new();
    let from_images = commands::CommandRecord::of(&object.meta);
    let mut converted = object.pod.init_containers.items.iter().any(is_prepare);
    for container in &mut object.pod.containers.items {
        hooks::unwrap(container);
        match wrapper::find(&container.command.items, &container.args.items) {
            WrapperState::Plain => {}
            WrapperState::Wrapped(found) => {
                converted = true;
                wrapped.insert(container.origin.1, Some(found.step));
                steps.push((found.step, container.name));
                wrapper::remove(container, &found, from_images.words(found.step));
            }
            WrapperState::Damaged => {
                converted = true;
                wrapped.insert(container.origin.1, None);
                damaged.push(Damaged { container: container.origin, name: container.name.to_owned() });
            }
        }
    }
    if converted {
        object.pod.init_containers.items.retain(|container| !is_prepare(container));
        remove_ours(&mut object.pod.volumes);
        for container in &mut object.pod.containers.items {
            // A wrapper may have been removed by hand.
            if container.mounts.items.iter().any(|mount| names::is_our_volume(mount.name)) {
                wrapped.entry(container.origin.1).or_insert(None);
            }
            remove_ours(&mut container.mounts);
        }
    }
    requests::restore(&mut object.pod, &object.meta, &wrapped);
    let had_volumes = converted;
    converted |= object.meta.has_record();
    if converted {
        let record = step_order::OrderRecord::of(&object.meta);
        let sidecars = record.as_ref().map(|record| record.take_sidecars(&mut object.pod.init_containers));
        move_steps_back(object);
        if let (Some(record), Some(sidecars)) = (record, sidecars) {
            record.restore(&mut object.pod.containers.items, sidecars);
        }
        restart::undo_repair(object);
        record::restore_empty(object, had_volumes, &wrapped);
        object.metas_mut().for_each(|meta| meta.ours = Lent::default());
    }
    Unwrapped { is_converted: converted, damaged, contradiction: Contradiction::of(steps) }
}

/// Whether a container is the init container that copies the entrypoint, from this program or the Go program.
pub(super) fn is_prepare(container: &Container<'_>) -> bool {
    container.name == names::PREPARE
        && container
            .command
            .items
            .first()
            .is_some_and(|first| first.text == kueueleuleu_protocol::IMAGE_BINARY)
}

fn remove_ours(list: &mut NamedItems<'_>) {
    let others = list.items.iter().filter(|item| !names::is_our_volume(item.name));
    list.items = others.cloned().collect();
}

/// Strategy `InitContainers`: moves its steps back to the front of `containers`.
fn move_steps_back(object: &mut Workload<'_>) {
    let meta = &object.meta;
    let Some(steps) = meta.get(names::STEPS_ANNOTATION) else { return };
    let list = |value: &str| value.split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>();
    let steps = list(steps);
    let others = meta.get(names::INIT_CONTAINERS_ANNOTATION).map(list).unwrap_or_default();
    let init = &mut object.pod.init_containers.items;
    let named =
        |names: &[String], container: &Container<'_>| names.iter().any(|name| *name == container.name);
    // The steps come after the other init containers. A step that was renamed or added since is recognized by its
    // place: if the first step still has its name, the steps begin there; otherwise after the last of the other init
    // containers.
    let first = match init.iter().position(|container| named(&steps, container)) {
        Some(at) if init[at].name == steps[0] => at,
        _ => init.iter().rposition(|container| named(&others, container)).map_or(0, |at| at + 1),
    };
    let mut back = init.split_off(first);
    back.append(&mut object.pod.containers.items);
    object.pod.containers.items = back;
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Strategy};
    use crate::convert::Converter;

    const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  restartPolicy: Never
  initContainers:
  - {name: own, image: x}
  containers:
  - {name: a, image: x}
  - {name: b, image: x}
";

    /// An init container that was added since stays one if it is before the steps.
    #[test]
    fn init_container_steps_are_found_by_their_names_and_their_places() {
        let configs =
            |revert| vec![Config::default().with_strategy(Strategy::InitContainers).with_revert(revert)];
        let run = |text: &str, revert| {
            let converted = Converter::with_configs(configs(revert)).documents(text).unwrap();
            assert!(converted.diagnostics.is_empty(), "{:?}", converted.diagnostics);
            converted.text()
        };
        let new = run(POD, false);
        assert_eq!(run(&new, true), POD);
        let [own, a] = ["  - {name: own, image: x}\n", "  - {name: a, image: x}\n"];
        let added = "  - {name: added, image: x}\n";
        for (place, expected) in [(own, format!("{added}{own}")), (a, format!("{own}{added}"))] {
            let text = new.replacen(place, &format!("{added}{place}"), 1);
            assert_eq!(run(&text, true), POD.replacen(own, &expected, 1), "{place}");
        }
        // A renamed step is recognized by its place.
        let renamed = |text: &str| text.replacen("name: a,", "name: z,", 1);
        assert_eq!(run(&renamed(&new), true), renamed(POD));
    }
}
