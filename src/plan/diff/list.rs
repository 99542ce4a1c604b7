//! From one state of a list to another: which items stay, move, are new.
//!
//! Knows items by their index or their name, not what they mean.

use super::value::value_edit;
use crate::edit::{Edit, Field, Item, Moved, Place, Row, Value};
use crate::plan::pod::{List, Named};

/// An item of a list as it shall be.
pub(super) enum Target<'v> {
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
pub(super) fn list_field<'v, T>(
    key: &'static str,
    current: &List<T>,
    targets: Vec<Target<'v>>,
    place: Place<'v>,
) -> Option<Field<'v>> {
    let count = current.items.len();
    if !current.present {
        let values: Vec<_> = targets.into_iter().map(|target| target.value(key)).collect();
        return (!values.is_empty()).then_some(Field::Insert { place, value: Value::seq(values) });
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
    let here = |at: usize| if let Target::Here(index, _) = &targets[at] { Some(*index) } else { None };
    let all = (0..targets.len()).filter_map(here);
    if all.is_sorted_by(|one, other| one < other) {
        return vec![true; targets.len()];
    }
    // The last target of the best run of each length, and before each target the one before it in its run.
    let mut ends: Vec<usize> = Vec::with_capacity(targets.len());
    let mut before = vec![None; targets.len()];
    for (at, before) in before.iter_mut().enumerate() {
        let Some(index) = here(at) else { continue };
        let length = ends.partition_point(|&end| here(end).is_some_and(|other| other < index));
        *before = length.checked_sub(1).map(|shorter| ends[shorter]);
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut kept = vec![false; targets.len()];
    let mut last = ends.last().copied();
    while let Some(at) = last {
        kept[at] = true;
        last = before[at];
    }
    kept
}

pub(super) fn named_field<'v>(
    key: &'static str,
    current: &List<Named<'v>>,
    target: List<Named<'v>>,
    place: Place<'v>,
) -> Option<Field<'v>> {
    if !current.own {
        let values =
            |items: &[Named<'v>]| items.iter().filter_map(|item| item.value.clone()).collect::<Vec<_>>();
        let (old, new) = (values(&current.items), values(&target.items));
        return match new.is_empty() {
            _ if old == new => None,
            true => Some(Field::Remove),
            false => Some(Field::Insert { place, value: Value::seq(new) }),
        };
    }
    let mut claimed: Vec<usize> = target.items.iter().filter_map(|item| item.origin).collect();
    let targets = target.items.into_iter().map(|item| {
        if let Some(index) = item.origin {
            return Target::Here(index, None);
        }
        let value = item.value.unwrap_or(Value::Map(Row::default()));
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

/// The item `at` as `new`.
pub(super) fn replace<'v>(at: usize, old: Option<&Value<'v>>, new: Value<'v>) -> Target<'v> {
    match old {
        Some(old) => Target::Here(at, value_edit(old, new)),
        None => Target::Here(at, Some(Edit::Set(new))),
    }
}
