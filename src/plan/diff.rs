//! Computes the edit that turns one state of an object into another. It contains only the differences.

mod container;
mod list;
mod value;

use super::pod::{ContainerList, Meta, Pod, RecordEntry, Workload};
use super::record;
use crate::kinds::Kind;
use container::containers_field;
use kueueleuleu_yaml::edit::{Edit, Field, Lent, Place, Value};
use list::named_field;
use std::borrow::Cow;
use value::text_field;

type Fields<'v> = Vec<(Cow<'v, str>, Field<'v>)>;

/// The edit of the whole object; `None` if nothing differs.
pub(super) fn diff<'v>(kind: &Kind, current: &Workload<'v>, mut target: Workload<'v>) -> Option<Edit<'v>> {
    let spec = pod_fields(&current.pod, &mut target.pod);

    // From the pod outwards: its own `metadata` and `spec`, then each level around it that has a `metadata`, up to the
    // object.
    let outer = current.outer.iter().zip(&target.outer).rev();
    let metas = std::iter::once((&current.meta, &target.meta)).chain(outer);
    let mut inner = Some(spec).filter(|spec| !spec.is_empty()).map(Edit::map);
    for (at, (current, target)) in (0..=current.outer.len()).rev().zip(metas) {
        let mut fields = Fields::with_capacity(2);
        let place = if at == 0 { Place::After("kind") } else { Place::First };
        push(&mut fields, "metadata", meta_field(current, target, place));
        if let Some(edit) = inner {
            // The level of the pod contains `spec`; each outer level leads to the next one by two keys.
            match kind.pod.get(2 * at..2 * at + 2) {
                Some(&[outer, key]) => fields.push(at_key(outer, Edit::map(vec![at_key(key, edit)]))),
                _ => fields.push(at_key("spec", edit)),
            }
        }
        inner = Some(fields).filter(|fields| !fields.is_empty()).map(Edit::map);
    }
    inner
}

fn pod_fields<'v>(current: &Pod<'v>, target: &mut Pod<'v>) -> Fields<'v> {
    let mut spec = Fields::with_capacity(4);
    let policy = text_field(current.restart_policy.as_deref(), target.restart_policy.take(), Place::First);
    push(&mut spec, "restartPolicy", policy);
    let resources = match (&current.resources, target.resources.take()) {
        (None, new) => new.map(|value| Field::Insert { place: Place::Before("containers"), value }),
        (Some(old), Some(new)) => value::value_edit(old, new).map(Field::Edit),
        (Some(_), None) => Some(Field::Remove),
    };
    push(&mut spec, "resources", resources);
    let prepare = target.our_init_container.take();
    push(&mut spec, "containers", containers_field(current, ContainerList::Main, &target.containers, None));
    let init_containers = containers_field(current, ContainerList::Init, &target.init_containers, prepare);
    push(&mut spec, "initContainers", init_containers);
    push(
        &mut spec,
        "volumes",
        named_field("volumes", &current.volumes, (&target.volumes, &target.our_volumes), Place::Last),
    );
    spec
}

fn at_key<'v>(key: &'static str, edit: Edit<'v>) -> (Cow<'v, str>, Field<'v>) {
    (Cow::Borrowed(key), Field::Edit(edit))
}

fn push<'v>(fields: &mut Fields<'v>, key: &'static str, field: Option<Field<'v>>) {
    if let Some(field) = field {
        fields.push((Cow::Borrowed(key), field));
    }
}

fn meta_field<'v>(current: &Meta<'v>, target: &Meta<'v>, place: Place<'v>) -> Option<Field<'v>> {
    let new = record::annotations(&target.ours);
    let is_there = |(key, value): &&RecordEntry<'v>| value_of(&current.written, key) == Some(value);
    let same = new.iter().filter(is_there).count();
    if same == new.len() && same == current.written.len() {
        return None;
    }
    if new.is_empty() && target.present && !target.annotated && !target.has_others {
        return Some(Field::Edit(Edit::Set(Value::map([]))));
    }
    if current.annotated && current.foreign.is_none() {
        let field = if new.is_empty() && target.annotated && target.is_bare {
            Field::Edit(Edit::Set(Value::map([])))
        } else {
            Field::Edit(Edit::map(annotation_fields(&current.written, &new)))
        };
        return Some(Field::Edit(Edit::map(vec![(Cow::Borrowed("annotations"), field)])));
    }
    let others = current.foreign.as_deref().unwrap_or_default();
    let ours = new.into_iter().map(|(key, value)| (Cow::Borrowed(key), Value::Str(value)));
    let all: Lent<_> = others.iter().cloned().chain(ours).collect();
    let annotations = if all.is_empty() {
        Field::Remove
    } else {
        Field::Insert { place: Place::Last, value: Value::Map(all) }
    };
    match (current.present, annotations) {
        (false, Field::Insert { value, .. }) => {
            Some(Field::Insert { place, value: Value::map([("annotations", value)]) })
        }
        (_, annotations) => Some(Field::Edit(Edit::map(vec![(Cow::Borrowed("annotations"), annotations)]))),
    }
}

/// The changes of our annotations, among annotations that stay in place.
fn annotation_fields<'v>(current: &[RecordEntry<'v>], target: &[RecordEntry<'v>]) -> Fields<'v> {
    let mut changes = Fields::new();
    let mut place = Place::Last;
    for (key, value) in target {
        let new = Value::Str(value.clone());
        let Some(old) = value_of(current, key) else {
            changes.push((Cow::Borrowed(*key), Field::Insert { place, value: new }));
            continue;
        };
        place = Place::After(key);
        if old != value {
            changes.push(at_key(key, Edit::Set(new)));
        }
    }
    let removed = current.iter().filter(|(key, _)| value_of(target, key).is_none());
    changes.extend(removed.map(|(key, _)| (Cow::Borrowed(*key), Field::Remove)));
    changes
}

fn value_of<'r, 'v>(annotations: &'r [RecordEntry<'v>], key: &str) -> Option<&'r Cow<'v, str>> {
    annotations.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
}
