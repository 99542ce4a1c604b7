//! Takes the rewrite off: what the object was before, as far as it can be told.
//!
//! Recognises the rewrite by its structure, never by the annotation that says "converted". Where structure cannot tell
//! (a step of strategy `InitContainers` looks like any init container), annotations of ours are its record.

use super::names;
use super::pod::{Container, ContainerList, NamedItems, Object};
use super::wrapper::{self, Found};
use super::{commands, hooks, restart, step_order};
use kueueleuleu_yaml::edit::Lent;

/// A container whose wrapper is damaged.
pub(super) struct Damaged {
    pub(super) container: (ContainerList, usize),
    pub(super) name: String,
}

/// Takes the rewrite off `object`, and tells which containers that is not possible for.
pub(super) fn unwrap(object: &mut Object<'_>) -> Vec<Damaged> {
    let mut damaged = Vec::new();
    let from_images = commands::Record::of(&object.meta);
    let mut converted = object.pod.init_containers.items.iter().any(is_prepare);
    for container in &mut object.pod.containers.items {
        hooks::unwrap(container);
        match wrapper::find(container) {
            Found::Plain => {}
            Found::Wrapped { step, command } => {
                converted = true;
                unwrap_step(container, command, from_images.words(step));
            }
            Found::Damaged => {
                converted = true;
                damaged.push(Damaged { container: container.origin, name: container.name.to_owned() });
            }
        }
    }
    if converted {
        object.pod.init_containers.items.retain(|container| !is_prepare(container));
        remove_ours(&mut object.pod.volumes);
        object.pod.containers.items.iter_mut().for_each(|container| remove_ours(&mut container.mounts));
    }
    converted |= object.meta.has_record();
    if converted {
        let record = step_order::Record::of(&object.meta);
        let sidecars = record.as_ref().map(|record| record.take_sidecars(&mut object.pod.init_containers));
        bring_back_steps(object);
        if let (Some(record), Some(sidecars)) = (record, sidecars) {
            record.restore(&mut object.pod.containers.items, sidecars);
        }
        restart::take_back(object);
        object.metas_mut().for_each(|meta| meta.ours = Lent::default());
    }
    damaged
}

/// Whether it is the init container that copies the entrypoint, ours or the Go program's.
pub(super) fn is_prepare(container: &Container<'_>) -> bool {
    container.name == names::PREPARE
        && container
            .command
            .items
            .first()
            .is_some_and(|first| first.text == kueueleuleu_protocol::IMAGE_BINARY)
}

/// `args` gives the command back, without our flags. Where `command` ended and `args` began is not known any more:
/// the first word becomes the command, which runs the same. Where the first words are the image's, they go, and the
/// others are `args` again.
fn unwrap_step(container: &mut Container<'_>, at: usize, from_image: Option<usize>) {
    let mut words = container.args.items[at..].to_vec();
    // Behind the first word, the end of the flags.
    words.remove(1);
    let count = words.len();
    let args = words.split_off(from_image.map_or(1, |words| words.min(count)));
    if from_image.is_some() {
        words.clear();
    }
    container.command.items = words.into();
    container.args.items = args.into();
}

fn remove_ours(list: &mut NamedItems<'_>) {
    let others = list.items.iter().filter(|item| !names::is_our_volume(item.name));
    list.items = others.cloned().collect();
}

/// Strategy `InitContainers`: its steps go back to the front of `containers`.
fn bring_back_steps(object: &mut Object<'_>) {
    let meta = &object.meta;
    let Some(steps) = meta.get(names::STEPS_ANNOTATION) else { return };
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
    back.append(&mut object.pod.containers.items);
    object.pod.containers.items = back;
}
