//! Computes the edits of containers.
//!
//! Knows the fields of a container, and that an item may move from one list to another.

use super::list::{emptied, list_field, named_field, replace};
use super::value::{text_field, value_edit};
use super::{Fields, push};
use crate::plan::names;
use crate::plan::pod::{
    Action, Amount, Amounts, Arg, ArgItems, ArgList, Container, ContainerList, Containers, Hook, Pod,
    Rewrite, Wrapper,
};
use kueueleuleu_protocol as protocol;
use kueueleuleu_yaml::edit::{Edit, Field, Item, Moved, Place, Value};
use std::borrow::Cow;

pub(super) fn containers_field<'v>(
    current: &Pod<'v>,
    list: ContainerList,
    target: &Containers<'v>,
    ours: Option<Value<'v>>,
) -> Option<Field<'v>> {
    let others = &target.items;
    let of = |list: ContainerList| match list {
        ContainerList::Init => &current.init_containers,
        ContainerList::Main => &current.containers,
    };
    let old = of(list);
    let others_items = others.iter().map(|container| {
        let (from, index) = container.origin;
        let edit = container_edit(&of(from).items[index], container);
        if from == list {
            Item::Keep(index, edit)
        } else {
            Item::New(Value::Moved(Moved { list: from.key(), index, edit: edit.map(Box::new) }))
        }
    });
    let our_item = ours.map(|value| {
        let is_claimed = |at: usize| others.iter().any(|other| other.origin == (list, at));
        let same = |(at, old): &(usize, &Container)| old.name == names::PREPARE && !is_claimed(*at);
        match old.items.iter().enumerate().find(same) {
            Some((at, old)) => replace(at, old.value.as_ref(), with_additions(old.value.as_ref(), value)),
            None => Item::New(value),
        }
    });
    if others.is_empty() && our_item.is_none() && !old.items.is_empty() {
        return Some(emptied(target.present));
    }
    // If `initContainers` is inserted before `containers`, the moved containers keep their place in the text.
    let moves =
        list == ContainerList::Init && others.iter().any(|other| other.origin.0 == ContainerList::Main);
    let place = if moves { Place::Before("containers") } else { Place::After("containers") };
    list_field(list.key(), old, others_items.chain(our_item), place)
}

/// Fields that the rewrite never writes, but that an overlay may add to its init container.
const ADDITIONS: [&str; 4] = ["env", "envFrom", "terminationMessagePath", "terminationMessagePolicy"];

/// The init container of the rewrite, with the fields that an overlay has added to the current one.
fn with_additions<'v>(old: Option<&Value<'v>>, new: Value<'v>) -> Value<'v> {
    let (Some(Value::Map(old)), Value::Map(fields)) = (old, &new) else { return new };
    let added = old.iter().filter(|(key, _)| ADDITIONS.contains(&&**key));
    Value::Map(fields.iter().chain(added).cloned().collect())
}

fn container_edit<'v>(current: &Container<'v>, target: &Container<'v>) -> Option<Edit<'v>> {
    // Most containers change their command, arguments and mounts.
    let mut fields = Fields::with_capacity(3);
    let image = Place::After("image");
    let after_command = if current.command.present { Place::After("command") } else { image };
    let command = args_field(ArgList::Command, &current.command, Words::of_command(target), image);
    let args = args_field(ArgList::Args, &current.args, Words::of(&target.args), after_command);
    push(&mut fields, "command", command);
    push(&mut fields, "args", args);
    push(
        &mut fields,
        "volumeMounts",
        named_field("volumeMounts", &current.mounts, (&target.mounts, &target.our_mounts), Place::Last),
    );
    push(&mut fields, "resources", resources_field(&current.amounts, &target.amounts));
    let policy = text_field(current.restart_policy, target.restart_policy, image);
    push(&mut fields, "restartPolicy", policy);
    hook_fields(&mut fields, &current.hooks, target);
    (!fields.is_empty()).then(|| Edit::map(fields))
}

/// The edit of `resources`, of which only the requests change.
fn resources_field<'v>(current: &Amounts<'v>, target: &Amounts<'v>) -> Option<Field<'v>> {
    let (old, new) = (&current.requests, &target.requests);
    if old.present == new.present && old.items == new.items {
        return None;
    }
    let map = |requests: &[Amount<'v>]| Value::Map(requests.to_vec().into());
    if let Some(Value::Map(resources)) = &current.rewrite {
        let mut resources: Vec<_> = resources.iter().filter(|(key, _)| key != "requests").cloned().collect();
        resources.extend(new.present.then(|| (Cow::Borrowed("requests"), map(&new.items))));
        return Some(insert(Value::Map(resources.into())));
    }
    let field = match (old.present, new.present) {
        (_, false) => Field::Remove,
        (false, true) => insert(map(&new.items)),
        (true, true) => Field::Edit(value_edit(&map(&old.items), map(&new.items))?),
    };
    Some(in_map("requests", field))
}

/// Hooks of others are never new: they go, or their commands change, and with them how often they may fail.
fn hook_fields<'v>(fields: &mut Fields<'v>, current: &[Hook<'v>], container: &Container<'v>) {
    const GATE: &str = "startupProbe";
    if let Some(gate) = &container.gate {
        let field = match current.iter().find(|hook| hook.key == GATE).map(|hook| &hook.value) {
            Some(Some(old)) => value_edit(old, gate.clone()).map(Field::Edit),
            _ => Some(Field::Insert { place: Place::After("livenessProbe"), value: gate.clone() }),
        };
        push(fields, GATE, field);
    }
    let target = &container.hooks;
    for current in current {
        let Some(target) = target.iter().find(|hook| hook.key == current.key) else {
            if current.key != GATE || container.gate.is_none() {
                push(fields, current.key, Some(Field::Remove));
            }
            continue;
        };
        let (Action::Exec(old), Action::Exec(new)) = (&current.action, &target.action) else { continue };
        let command = args_field(ArgList::Command, old, Words::of(new), Place::Last);
        let failures = failures_field(current.timing.failures, target.timing.failures);
        if command.is_none() && failures.is_none() {
            continue;
        }
        if let Rewrite::All(probe) = &current.rewrite {
            let probe = with(probe, "exec", |exec| with_command(exec, &new.items));
            let probe = with_failures(probe, target.timing.failures);
            fields.push((Cow::Borrowed(current.key), insert(probe)));
            continue;
        }
        let exec = command.map(|command| match &current.rewrite {
            Rewrite::Exec(exec) => insert(with_command(exec, &new.items)),
            _ => in_map("command", command),
        });
        let mut probe = Fields::with_capacity(2);
        push(&mut probe, "exec", exec);
        push(&mut probe, FAILURES, failures);
        fields.push((Cow::Borrowed(current.key), Field::Edit(Edit::map(probe))));
    }
}

const FAILURES: &str = "failureThreshold";

fn failures_field<'v>(current: Option<i64>, target: Option<i64>) -> Option<Field<'v>> {
    if current == target {
        return None;
    }
    Some(target.map_or(Field::Remove, |failures| insert(Value::Raw(Cow::Owned(failures.to_string())))))
}

/// A probe that cannot be edited in place, with another `failureThreshold`.
fn with_failures(probe: Value<'_>, failures: Option<i64>) -> Value<'_> {
    let Value::Map(fields) = probe else { return probe };
    let others = fields.iter().filter(|(key, _)| key != FAILURES).cloned();
    let failures =
        failures.map(|failures| (Cow::Borrowed(FAILURES), Value::Raw(Cow::Owned(failures.to_string()))));
    Value::Map(others.chain(failures).collect())
}

fn in_map<'v>(key: &'static str, field: Field<'v>) -> Field<'v> {
    Field::Edit(Edit::map(vec![(Cow::Borrowed(key), field)]))
}

fn insert(value: Value<'_>) -> Field<'_> {
    Field::Insert { place: Place::Last, value }
}

/// An `exec` that cannot be edited in place, with another command.
fn with_command<'v>(exec: &Value<'v>, command: &[Arg<'v>]) -> Value<'v> {
    let words = || command.iter().map(|arg| Value::Str(arg.text.clone())).collect();
    with(exec, "command", |_| Value::Seq(words()))
}

/// A mapping in which the value of one key is changed.
fn with<'v>(map: &Value<'v>, key: &str, change: impl Fn(&Value<'v>) -> Value<'v>) -> Value<'v> {
    let Value::Map(fields) = map else { return map.clone() };
    let fields = fields.iter().map(|(name, value)| {
        let value = if name == key { change(value) } else { value.clone() };
        (name.clone(), value)
    });
    Value::Map(fields.collect())
}

/// A word of an argument list, and where it comes from.
type Word<'t, 'v> = (&'t Cow<'v, str>, Option<(ArgList, usize)>);

/// The words of an argument list, in order: the wrapper, the program and the end of the flags if the wrapper ends
/// there, and the container's own words.
///
/// ```text
/// /tekton/bin/entrypoint -post_file … -entrypoint   sh        --             -c "the script"
/// wrapper                                           program   end_of_flags   own
/// ```
#[derive(Clone, Copy, Default)]
struct Words<'t, 'v> {
    wrapper: &'t [Cow<'v, str>],
    program: &'t [Arg<'v>],
    end_of_flags: &'t [Cow<'v, str>],
    own: &'t [Arg<'v>],
    /// Whether the list stays, as an empty one, if there are no words.
    stays: bool,
}

static END_OF_FLAGS: [Cow<'static, str>; 1] = [Cow::Borrowed(protocol::END_OF_FLAGS)];

impl<'t, 'v> Words<'t, 'v> {
    fn of(list: &'t ArgItems<'v>) -> Self {
        Self { own: &list.items, stays: list.present, ..Self::default() }
    }

    fn of_command(container: &'t Container<'v>) -> Self {
        let Some(Wrapper { words, ends_after_program }) = &container.wrapper else {
            return Self::of(&container.command);
        };
        let own = &container.command.items[..];
        if *ends_after_program {
            let (program, own) = own.split_at(own.len().min(1));
            return Self { wrapper: words, program, end_of_flags: &END_OF_FLAGS, own, stays: false };
        }
        Self { wrapper: words, own, ..Self::default() }
    }

    fn iter(self) -> impl Iterator<Item = Word<'t, 'v>> + Clone {
        let new = |words: &'t [Cow<'v, str>]| words.iter().map(|word| (word, None));
        let args = |args: &'t [Arg<'v>]| args.iter().map(|arg| (&arg.text, arg.origin));
        let wrapped = new(self.wrapper).chain(args(self.program)).chain(new(self.end_of_flags));
        wrapped.chain(args(self.own))
    }
}

fn args_field<'v>(
    list: ArgList,
    current: &ArgItems<'v>,
    words: Words<'_, 'v>,
    place: Place<'v>,
) -> Option<Field<'v>> {
    if !current.items.is_empty() && words.iter().next().is_none() {
        return Some(if current.own { emptied(words.stays) } else { Field::Remove });
    }
    if !(current.present && current.own) {
        let same = current.items.iter().map(|arg| &arg.text).eq(words.iter().map(|(text, _)| text));
        if same {
            return None;
        }
        let values = words.iter().map(word_value).collect();
        return Some(Field::Insert { place, value: Value::Seq(values) });
    }
    let count = current.items.len();
    let stay = words.iter().filter_map(|(_, origin)| origin).filter(|(from, _)| *from == list);
    let staying = stay.clone().count();
    let kept_or_new = |word: Word<'_, 'v>| match word {
        (_, Some((from, index))) if from == list => Item::Keep(index, None),
        _ => Item::New(word_value(word)),
    };
    if staying == count {
        return list_field(list.key(), current, words.iter().map(kept_or_new), place);
    }
    // For each current word whether it stays; empty if none does.
    let mut claimed: Vec<bool> = Vec::new();
    if staying > 0 {
        claimed.resize(count, false);
        stay.for_each(|(_, index)| claimed[index] = true);
    }
    // A new word with the text of a current word that does not stay takes that word's place. Both lists are walked in
    // order.
    let mut next = 0;
    let items = words.iter().map(|word| {
        let is_it = |at: &usize| current.items[*at].text == *word.0 && claimed.get(*at) != Some(&true);
        match (next..count).find(|at| word.1.is_none() && is_it(at)) {
            Some(at) => {
                next = at + 1;
                Item::Keep(at, None)
            }
            None => kept_or_new(word),
        }
    });
    list_field(list.key(), current, items, place)
}

/// A word that is new, or comes from the other list.
fn word_value<'v>((text, origin): Word<'_, 'v>) -> Value<'v> {
    match origin {
        Some((from, index)) => Value::Moved(Moved { list: from.key(), index, edit: None }),
        None => Value::Str(text.clone()),
    }
}
