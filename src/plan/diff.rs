//! From two states of an object to the edit that leads from one to the other: nothing but the difference.

use super::pod::{Arg, ArgList, Container, ContainerList, List, Meta, Named, Object};
use crate::edit::{Edit, Field, Item, Moved, Place, Value};
use crate::kinds::Kind;
use std::borrow::Cow;

type Fields<'v> = Vec<(Cow<'v, str>, Field<'v>)>;

/// The edit of the whole object; `None` where there is no difference.
pub(super) fn diff<'v>(kind: &Kind, current: &Object<'v>, target: Object<'v>) -> Option<Edit<'v>> {
    let mut spec = Fields::new();
    let lists =
        [(ContainerList::Main, target.pod.containers), (ContainerList::Init, target.pod.init_containers)];
    for (list, containers) in lists {
        push(&mut spec, list.key(), containers_field(current, list, containers));
    }
    push(&mut spec, "volumes", named_field("volumes", &current.pod.volumes, target.pod.volumes, Place::Last));

    // From the pod outwards: its `metadata` and `spec`, what holds it with a `metadata` of its own, the object.
    let metas = current.metas.iter().zip(&target.metas).enumerate().rev();
    let mut inner = Some(spec).filter(|spec| !spec.is_empty()).map(Edit::Map);
    for (at, (current, target)) in metas {
        let mut fields = Fields::new();
        let place = if at == 0 { Place::After("kind") } else { Place::First };
        push(&mut fields, "metadata", meta_field(current, target, place));
        if let Some(edit) = inner {
            // The pod's own level leads on by `spec`, each other one by two keys to the next.
            match kind.pod.get(2 * at..2 * at + 2) {
                Some(&[outer, key]) => fields.push(at_key(outer, Edit::Map(vec![at_key(key, edit)]))),
                _ => fields.push(at_key("spec", edit)),
            }
        }
        inner = Some(fields).filter(|fields| !fields.is_empty()).map(Edit::Map);
    }
    inner
}

fn at_key<'v>(key: &'static str, edit: Edit<'v>) -> (Cow<'v, str>, Field<'v>) {
    (Cow::Borrowed(key), Field::Edit(edit))
}

fn push<'v>(fields: &mut Fields<'v>, key: &'static str, field: Option<Field<'v>>) {
    fields.extend(field.map(|field| (Cow::Borrowed(key), field)));
}

fn meta_field<'v>(current: &Meta<'v>, target: &Meta<'v>, place: Place) -> Option<Field<'v>> {
    let mut changes = Fields::new();
    for (key, value) in &target.ours {
        let value = Value::Str(value.clone());
        match current.get(key) {
            None => changes.push((Cow::Borrowed(key), Field::Insert { place: Place::Last, value })),
            Some(old) if value != Value::str(old) => changes.push(at_key(key, Edit::Set(value))),
            Some(_) => {}
        }
    }
    for (key, _) in current.ours.iter().filter(|(key, _)| target.get(key).is_none()) {
        changes.push((Cow::Borrowed(key), Field::Remove));
    }
    if changes.is_empty() {
        return None;
    }
    if current.annotated && current.foreign.is_none() {
        return Some(Field::Edit(Edit::Map(vec![at_key("annotations", Edit::Map(changes))])));
    }
    let ours = target.ours.iter().map(|(key, value)| (Cow::Borrowed(*key), Value::Str(value.clone())));
    let all: Vec<_> = current.foreign.iter().flatten().cloned().chain(ours).collect();
    let annotations = if all.is_empty() {
        Field::Remove
    } else {
        Field::Insert { place: Place::Last, value: Value::Map(all) }
    };
    match (current.present, annotations) {
        (false, Field::Insert { value, .. }) => {
            Some(Field::Insert { place, value: Value::Map(vec![(Cow::Borrowed("annotations"), value)]) })
        }
        (_, annotations) => Some(Field::Edit(Edit::Map(vec![(Cow::Borrowed("annotations"), annotations)]))),
    }
}

/// An item of a list as it shall be.
enum Target<'v> {
    /// One that is in the list, with what changes in it.
    Here(usize, Option<Edit<'v>>),
    /// One from the list beside, or a new one.
    There(Value<'v>),
}

impl<'v> Target<'v> {
    fn value(self, key: &'static str) -> Value<'v> {
        match self {
            Self::Here(index, edit) => Value::Moved(Moved { list: key, index, edit: edit.map(Box::new) }),
            Self::There(value) => value,
        }
    }
}

/// What leads from a list of `count` items to `targets`; `None` where nothing does.
fn list_field<'v, T>(
    key: &'static str,
    current: &List<T>,
    targets: Vec<Target<'v>>,
    place: Place,
) -> Option<Field<'v>> {
    let count = current.items.len();
    if !current.present {
        let values: Vec<_> = targets.into_iter().map(|target| target.value(key)).collect();
        return (!values.is_empty()).then_some(Field::Insert { place, value: Value::Seq(values) });
    }
    let unchanged =
        |(at, target): (usize, &Target)| matches!(target, Target::Here(index, None) if *index == at);
    if targets.len() == count && targets.iter().enumerate().all(unchanged) {
        return None;
    }
    let kept = increasing(&targets);
    let items = targets.into_iter().zip(kept).map(|(target, kept)| match target {
        Target::Here(index, edit) if kept => Item::Keep(index, edit),
        target => Item::New(target.value(key)),
    });
    Some(Field::Edit(Edit::List(items.collect())))
}

/// Which of the items that are in the list stay where they are: as many as can without passing each other.
fn increasing(targets: &[Target<'_>]) -> Vec<bool> {
    // For every target: the length of the longest run that ends with it, and the target before it in that run.
    let mut runs: Vec<(usize, Option<usize>)> = Vec::with_capacity(targets.len());
    for (at, target) in targets.iter().enumerate() {
        let Target::Here(index, _) = target else {
            runs.push((0, None));
            continue;
        };
        let before = (0..at)
            .rev()
            .filter(|&before| matches!(&targets[before], Target::Here(other, _) if other < index));
        // Nearly always the nearest one already has the longest run.
        let mut best: Option<usize> = None;
        for candidate in before {
            if best.is_none_or(|best| runs[candidate].0 > runs[best].0) {
                best = Some(candidate);
            }
        }
        runs.push((best.map_or(1, |best| runs[best].0 + 1), best));
    }
    let mut kept = vec![false; targets.len()];
    let mut last = (0..targets.len()).max_by_key(|&at| runs[at].0).filter(|&at| runs[at].0 > 0);
    while let Some(at) = last {
        kept[at] = true;
        last = runs[at].1;
    }
    kept
}

fn containers_field<'v>(
    current: &Object<'v>,
    list: ContainerList,
    target: List<Container<'v>>,
) -> Option<Field<'v>> {
    let of = |list: ContainerList| match list {
        ContainerList::Init => &current.pod.init_containers,
        ContainerList::Main => &current.pod.containers,
    };
    let old = of(list);
    let claimed: Vec<usize> =
        target.items.iter().filter_map(|item| item.origin).map(|(_, index)| index).collect();
    let targets = target.items.into_iter().map(|container| {
        if let Some((from, index)) = container.origin {
            let edit = container_edit(&of(from).items[index], container);
            if from == list {
                Target::Here(index, edit)
            } else {
                Target::There(Value::Moved(Moved { list: from.key(), index, edit: edit.map(Box::new) }))
            }
        } else {
            let value = container.value.unwrap_or(Value::Map(Vec::new()));
            let same = |(at, old): &(usize, &Container)| old.name == container.name && !claimed.contains(at);
            match old.items.iter().enumerate().find(same) {
                Some((at, old)) => replace(at, old.value.as_ref(), value),
                None => Target::There(value),
            }
        }
    });
    list_field(list.key(), old, targets.collect(), Place::After("containers"))
}

fn container_edit<'v>(current: &Container<'v>, target: Container<'v>) -> Option<Edit<'v>> {
    let mut fields = Fields::new();
    push(&mut fields, "command", args_field(ArgList::Command, current, target.command));
    push(&mut fields, "args", args_field(ArgList::Args, current, target.args));
    push(
        &mut fields,
        "volumeMounts",
        named_field("volumeMounts", &current.mounts, target.mounts, Place::Last),
    );
    for field in current.main_only.iter().filter(|field| !target.main_only.contains(field)) {
        push(&mut fields, field, Some(Field::Remove));
    }
    (!fields.is_empty()).then_some(Edit::Map(fields))
}

fn args_field<'v>(list: ArgList, container: &Container<'v>, target: List<Arg<'v>>) -> Option<Field<'v>> {
    let current = match list {
        ArgList::Command => &container.command,
        ArgList::Args => &container.args,
    };
    let place = if list == ArgList::Args { Place::After("command") } else { Place::Last };
    // Somebody may have written `args: []`, but that is what nothing at all says too.
    if target.items.is_empty() && !current.items.is_empty() {
        return Some(Field::Remove);
    }
    if !current.own {
        let same = current.items.iter().map(|arg| &arg.text).eq(target.items.iter().map(|arg| &arg.text));
        if same {
            return None;
        }
        let values = target.items.into_iter().map(|arg| arg_value(list, arg, Value::Str)).collect();
        return Some(Field::Insert { place, value: Value::Seq(values) });
    }
    let mut claimed: Vec<bool> = vec![false; current.items.len()];
    for (_, index) in target.items.iter().filter_map(|arg| arg.origin).filter(|(from, _)| *from == list) {
        claimed[index] = true;
    }
    // A new argument that says the same as one that nobody claims is that one; both come in order.
    let mut next = 0;
    let targets = target.items.into_iter().map(|arg| match arg.origin {
        Some((from, index)) if from == list => Target::Here(index, None),
        Some(_) => Target::There(arg_value(list, arg, Value::Str)),
        None => {
            let found =
                (next..current.items.len()).find(|&at| !claimed[at] && current.items[at].text == arg.text);
            match found {
                Some(at) => {
                    next = at + 1;
                    Target::Here(at, None)
                }
                None => Target::There(Value::Str(arg.text)),
            }
        }
    });
    list_field(list.key(), current, targets.collect(), place)
}

fn arg_value<'v>(list: ArgList, arg: Arg<'v>, new: impl Fn(Cow<'v, str>) -> Value<'v>) -> Value<'v> {
    match arg.origin {
        Some((from, index)) if from != list => Value::Moved(Moved { list: from.key(), index, edit: None }),
        _ => new(arg.text),
    }
}

fn named_field<'v>(
    key: &'static str,
    current: &List<Named<'v>>,
    target: List<Named<'v>>,
    place: Place,
) -> Option<Field<'v>> {
    if !current.own {
        let values =
            |items: &[Named<'v>]| items.iter().filter_map(|item| item.value.clone()).collect::<Vec<_>>();
        let (old, new) = (values(&current.items), values(&target.items));
        return match new.is_empty() {
            _ if old == new => None,
            true => Some(Field::Remove),
            false => Some(Field::Insert { place, value: Value::Seq(new) }),
        };
    }
    let mut claimed: Vec<usize> = target.items.iter().filter_map(|item| item.origin).collect();
    let targets = target.items.into_iter().map(|item| {
        if let Some(index) = item.origin {
            return Target::Here(index, None);
        }
        let value = item.value.unwrap_or(Value::Map(Vec::new()));
        let same = |(at, old): &(usize, &Named)| old.name == item.name && !claimed.contains(at);
        match current.items.iter().enumerate().find(same) {
            Some((at, old)) => {
                claimed.push(at);
                replace(at, old.value.as_ref(), value)
            }
            None => Target::There(value),
        }
    });
    let targets = targets.collect();
    list_field(key, current, targets, place)
}

fn replace<'v>(at: usize, old: Option<&Value<'v>>, new: Value<'v>) -> Target<'v> {
    match old {
        Some(old) => Target::Here(at, value_edit(old, new)),
        None => Target::Here(at, Some(Edit::Set(new))),
    }
}

/// What leads from one value to another.
fn value_edit<'v>(old: &Value<'v>, new: Value<'v>) -> Option<Edit<'v>> {
    if same(old, &new) {
        return None;
    }
    let (Value::Map(old_fields), Value::Map(fields)) = (old, new.clone()) else {
        return Some(Edit::Set(new));
    };
    let mut changes = Fields::new();
    for (key, value) in fields {
        match old_fields.iter().find(|(old, _)| *old == key) {
            None => changes.push((key, Field::Insert { place: Place::Last, value })),
            Some((_, old)) => changes.extend(value_edit(old, value).map(|edit| (key, Field::Edit(edit)))),
        }
    }
    let Value::Map(fields) = &new else { return None };
    let gone = old_fields.iter().filter(|(old, _)| !fields.iter().any(|(key, _)| key == old));
    changes.extend(gone.map(|(key, _)| (key.clone(), Field::Remove)));
    Some(Edit::Map(changes))
}

/// Whether two values say the same; the order of keys says nothing.
fn same(one: &Value<'_>, other: &Value<'_>) -> bool {
    match (one, other) {
        (Value::Map(one), Value::Map(other)) => {
            let has =
                |(key, value): &(Cow<str>, Value)| other.iter().any(|(k, v)| k == key && same(v, value));
            one.len() == other.len() && one.iter().all(has)
        }
        (Value::Seq(one), Value::Seq(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        _ => one == other,
    }
}
