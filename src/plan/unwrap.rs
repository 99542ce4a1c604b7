//! Takes the rewrite off: what the object was before, as far as it can be told.
//!
//! Recognises the rewrite by its structure, never by the annotation that says "converted". The one exception is
//! strategy `InitContainers`, whose steps look like any init container: there an annotation names them.

use super::names;
use super::pod::{Container, ContainerList, List, Named, Object};
use super::wrapper::{self, Found};

/// A container whose wrapper is damaged.
pub(super) struct Damaged {
    pub(super) container: (ContainerList, usize),
    pub(super) name: String,
}

/// Takes the rewrite off `object`, and tells which containers that is not possible for.
pub(super) fn unwrap(object: &mut Object<'_>) -> Vec<Damaged> {
    let mut damaged = Vec::new();
    let mut converted = object.pod.init_containers.items.iter().any(is_prepare);
    for container in &mut object.pod.containers.items {
        match wrapper::find(container) {
            Found::Plain => {}
            Found::Wrapped(at) => {
                converted = true;
                unwrap_step(container, at);
            }
            Found::Damaged => {
                converted = true;
                if let Some(origin) = container.origin {
                    damaged.push(Damaged { container: origin, name: container.name.clone().into_owned() });
                }
            }
        }
    }
    if converted {
        object.pod.init_containers.items.retain(|container| !is_prepare(container));
        remove_ours(&mut object.pod.volumes);
        object.pod.containers.items.iter_mut().for_each(|container| remove_ours(&mut container.mounts));
    }
    converted |= bring_back_steps(object);
    if converted {
        object.metas.iter_mut().for_each(|meta| meta.ours.clear());
    }
    damaged
}

/// Whether it is the init container that copies the entrypoint, ours or the Go program's.
fn is_prepare(container: &Container<'_>) -> bool {
    container.name == names::PREPARE
        && container.command.items.first().is_some_and(|first| first.text == crate::protocol::IMAGE_BINARY)
}

/// `args` gives the command back, without our flags. Where `command` ended and `args` began is not known any more:
/// the first word becomes the command, which runs the same.
fn unwrap_step(container: &mut Container<'_>, at: usize) {
    let mut args = container.args.items.split_off(at);
    container.args.items = args.split_off(2);
    args.truncate(1);
    container.command.items = args;
    if container.args.items.is_empty() {
        container.args.present = false;
    }
}

fn remove_ours(list: &mut List<Named<'_>>) {
    list.items.retain(|item| !names::is_our_volume(&item.name));
    if list.items.is_empty() {
        list.present = false;
    }
}

/// Strategy `InitContainers`: its steps go back to the front of `containers`.
fn bring_back_steps(object: &mut Object<'_>) -> bool {
    let Some(meta) = object.metas.last() else { return false };
    let Some(steps) = meta.get(names::STEPS_ANNOTATION) else { return false };
    let list = |value: &str| value.split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>();
    let steps = list(steps);
    let others = meta.get(names::INIT_CONTAINERS_ANNOTATION).map(list).unwrap_or_default();
    let init = &mut object.pod.init_containers.items;
    let named =
        |names: &[String], container: &Container<'_>| names.iter().any(|name| *name == container.name);
    // The steps follow the others. One that was renamed or added is found by its place: behind the first step that
    // is still called what it was, or, where none before is missing, behind the last of the others.
    let first = match init.iter().position(|container| named(&steps, container)) {
        Some(at) if init[at].name == steps[0] => at,
        _ => init.iter().rposition(|container| named(&others, container)).map_or(0, |at| at + 1),
    };
    let mut back = init.split_off(first);
    if init.is_empty() {
        object.pod.init_containers.present = false;
    }
    back.append(&mut object.pod.containers.items);
    object.pod.containers.items = back;
    true
}
