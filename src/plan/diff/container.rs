//! From one state of a container to another.
//!
//! Knows the fields of a container, and that items of one list may go to another.

use super::list::{list_field, named_field, replace};
use super::value::text_field;
use super::{Fields, at_key, push};
use crate::edit::{Edit, Field, Item, Moved, Place, Row, Value};
use crate::plan::pod::{Action, Arg, ArgList, Args, Container, ContainerList, Hook, Pod};
use std::borrow::Cow;

pub(super) fn containers_field<'v>(
    current: &Pod<'v>,
    list: ContainerList,
    target: &mut [Container<'v>],
) -> Option<Field<'v>> {
    let of = |list: ContainerList| match list {
        ContainerList::Init => &current.init_containers,
        ContainerList::Main => &current.containers,
    };
    let old = of(list);
    let items = (0..target.len()).map(|at| {
        let container = &target[at];
        if let Some((from, index)) = container.origin {
            let edit = container_edit(&of(from).items[index], container);
            return if from == list {
                Item::Keep(index, edit)
            } else {
                Item::New(Value::Moved(Moved { list: from.key(), index, edit: edit.map(Box::new) }))
            };
        }
        let is_claimed =
            |at: usize| target.iter().any(|item| item.origin.is_some_and(|(_, index)| index == at));
        let same = |(at, old): &(usize, &Container)| old.name == container.name && !is_claimed(*at);
        let same = old.items.iter().enumerate().find(same);
        let value = target[at].value.take().unwrap_or_else(|| Value::Map(Row::default()));
        match same {
            Some((at, old)) => replace(at, old.value.as_ref(), value),
            None => Item::New(value),
        }
    });
    list_field(list.key(), old, items, Place::After("containers"))
}

fn container_edit<'v>(current: &Container<'v>, target: &Container<'v>) -> Option<Edit<'v>> {
    // Mostly its command, arguments and mounts.
    let mut fields = Fields::with_capacity(3);
    let image = Place::After("image");
    let behind_command = if current.command.present { Place::After("command") } else { image };
    push(&mut fields, "command", args_field(ArgList::Command, &current.command, &target.command, image));
    push(&mut fields, "args", args_field(ArgList::Args, &current.args, &target.args, behind_command));
    push(
        &mut fields,
        "volumeMounts",
        named_field("volumeMounts", &current.mounts, (&target.mounts, &target.our_mounts), Place::Last),
    );
    let policy = text_field(current.restart_policy, target.restart_policy, image);
    push(&mut fields, "restartPolicy", policy);
    hook_fields(&mut fields, &current.hooks, &target.hooks);
    (!fields.is_empty()).then(|| Edit::map(fields))
}

/// Hooks are never new: they go, or their commands change.
fn hook_fields<'v>(fields: &mut Fields<'v>, current: &[Hook<'v>], target: &[Hook<'v>]) {
    for current in current {
        let Some(target) = target.iter().find(|hook| hook.key == current.key) else {
            push(fields, current.key, Some(Field::Remove));
            continue;
        };
        if let (Action::Exec(current_command), Action::Exec(command)) = (&current.action, &target.action)
            && let Some(field) = args_field(ArgList::Command, current_command, command, Place::Last)
        {
            let command = Edit::map(vec![(Cow::Borrowed("command"), field)]);
            fields.push(at_key(current.key, Edit::map(vec![at_key("exec", command)])));
        }
    }
}

fn args_field<'v>(
    list: ArgList,
    current: &Args<'v>,
    target: &Args<'v>,
    place: Place<'v>,
) -> Option<Field<'v>> {
    // Somebody may have written `args: []`, but that is what nothing at all says too.
    if target.items.is_empty() && !current.items.is_empty() {
        return Some(if current.own { Field::Clear } else { Field::Remove });
    }
    if !(current.present && current.own) {
        let same = current.items.iter().map(|arg| &arg.text).eq(target.items.iter().map(|arg| &arg.text));
        if same {
            return None;
        }
        let values = target.items.iter().map(|arg| arg_value(list, arg)).collect();
        return Some(Field::Insert { place, value: Value::Seq(values) });
    }
    // Those that stay, by their index; none where none does.
    let mut claimed: Vec<bool> = Vec::new();
    for (_, index) in target.items.iter().filter_map(|arg| arg.origin).filter(|(from, _)| *from == list) {
        if claimed.is_empty() {
            claimed.resize(current.items.len(), false);
        }
        claimed[index] = true;
    }
    // A new argument that says the same as one that nobody claims is that one; both come in order.
    let all_are_claimed = !claimed.is_empty() && !claimed.contains(&false);
    let mut next = if all_are_claimed { current.items.len() } else { 0 };
    let items = target.items.iter().map(|arg| match arg.origin {
        Some((from, index)) if from == list => Item::Keep(index, None),
        Some(_) => Item::New(arg_value(list, arg)),
        None => {
            let is_it = |at: &usize| current.items[*at].text == arg.text && claimed.get(*at) != Some(&true);
            match (next..current.items.len()).find(is_it) {
                Some(at) => {
                    next = at + 1;
                    Item::Keep(at, None)
                }
                None => Item::New(Value::Str(arg.text.clone())),
            }
        }
    });
    list_field(list.key(), current, items, place)
}

fn arg_value<'v>(list: ArgList, arg: &Arg<'v>) -> Value<'v> {
    match arg.origin {
        Some((from, index)) if from != list => Value::Moved(Moved { list: from.key(), index, edit: None }),
        _ => Value::Str(arg.text.clone()),
    }
}
