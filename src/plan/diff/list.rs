//! Computes the edits of lists: which items stay, which move, which are new.
//!
//! Knows the index or the name of an item; not what it means.

use super::value::value_edit;
use crate::plan::pod::{List, Named, NamedItems};
use kueueleuleu_yaml::edit::{Edit, Field, Item, Lent, Moved, Place, Value};
use std::ops::Deref;

/// The edit that turns `current` into the list of `items`: kept items, in any order, and new ones. `None` if nothing
/// changes.
pub(super) fn list_field<'v, T>(
    key: &'static str,
    current: &List<impl Deref<Target = [T]>>,
    items: impl Iterator<Item = Item<'v>>,
    place: Place<'v>,
) -> Option<Field<'v>> {
    if !current.present {
        let values: Vec<_> = items.map(|item| value(key, item)).collect();
        return (!values.is_empty()).then(|| Field::Insert { place, value: Value::seq(values) });
    }
    let mut items: Vec<_> = items.collect();
    let unchanged = |(at, item): (usize, &Item)| matches!(item, Item::Keep(index, None) if *index == at);
    if items.len() == current.items.len() && items.iter().enumerate().all(unchanged) {
        return None;
    }
    move_others(key, &mut items);
    Some(Field::Edit(Edit::list(items)))
}

/// The item as a value for another list.
fn value<'v>(key: &'static str, item: Item<'v>) -> Value<'v> {
    match item {
        Item::Keep(index, edit) => Value::Moved(Moved { list: key, index, edit: edit.map(Box::new) }),
        Item::New(value) => value,
    }
}

/// Makes as few kept items as possible move: the longest ascending subsequence stays, the other items move.
///
/// ```text
/// kept items by their old index:   3 0 1 2
/// stay: 0 1 2, moves: 3
/// ```
fn move_others(key: &'static str, items: &mut [Item<'_>]) {
    let kept = |item: &Item| if let Item::Keep(index, _) = item { Some(*index) } else { None };
    if items.iter().filter_map(kept).is_sorted() {
        return;
    }
    // For each length, the last item of the best subsequence of that length; and for each item, its predecessor in its
    // own.
    let mut ends: Vec<(usize, usize)> = Vec::with_capacity(items.len());
    let mut before = vec![None; items.len()];
    for (at, item) in items.iter().enumerate() {
        let Some(index) = kept(item) else { continue };
        let length = ends.partition_point(|&(_, other)| other < index);
        before[at] = length.checked_sub(1).map(|shorter| ends[shorter].0);
        match ends.get_mut(length) {
            Some(end) => *end = (at, index),
            None => ends.push((at, index)),
        }
    }
    let mut stays = ends.last().map(|&(at, _)| at);
    for at in (0..items.len()).rev() {
        if stays == Some(at) {
            stays = before[at];
        } else if kept(&items[at]).is_some() {
            let item = std::mem::replace(&mut items[at], Item::Keep(at, None));
            items[at] = Item::New(value(key, item));
        }
    }
}

pub(super) fn named_field<'v>(
    key: &'static str,
    current: &NamedItems<'v>,
    (others, ours): (&NamedItems<'v>, &Lent<'v, Value<'v>>),
    place: Place<'v>,
) -> Option<Field<'v>> {
    if !current.own {
        let old: Vec<_> = current.items.iter().filter_map(|item| item.value.as_ref()).collect();
        let others = others.items.iter().filter_map(|item| item.value.as_ref());
        let new: Vec<_> = others.chain(ours.iter()).cloned().collect();
        return match new.is_empty() {
            _ if old.iter().copied().eq(&new) => None,
            true => Some(Field::Remove),
            false => Some(Field::Insert { place, value: Value::seq(new) }),
        };
    }
    if others.items.len() == current.items.len() && current.present && !ours.is_empty() {
        // All current items stay, so the new ones are appended.
        return Some(Field::Edit(Edit::Append(ours.clone())));
    }
    let kept = others.items.iter().map(|item| Item::Keep(item.origin, None));
    let mut claimed = Vec::new();
    let ours = ours.iter().map(|value| {
        // No item of others has a name of ours: the names are reserved, and `unwrap` has removed our own.
        let same = |(at, old): &(usize, &Named)| name(value) == Some(old.name) && !claimed.contains(at);
        match current.items.iter().enumerate().find(same) {
            Some((at, old)) => {
                claimed.push(at);
                replace(at, old.value.as_ref(), value.clone())
            }
            None => Item::New(value.clone()),
        }
    });
    if others.items.is_empty() && ours.len() == 0 && !current.items.is_empty() {
        return Some(emptied(others.present));
    }
    list_field(key, current, kept.chain(ours), place)
}

/// The edit of a list that loses all its items: it stays, as an empty list, or goes.
pub(super) fn emptied<'v>(stays: bool) -> Field<'v> {
    if stays { Field::Edit(Edit::Set(Value::seq(Vec::new()))) } else { Field::Clear }
}

/// The name of an item of ours, which is its first field.
fn name<'r>(item: &'r Value<'_>) -> Option<&'r str> {
    let Value::Map(fields) = item else { return None };
    let Some((_, Value::Str(name))) = fields.first() else { return None };
    Some(name)
}

/// The edit that turns the item `at` into `new`.
pub(super) fn replace<'v>(at: usize, old: Option<&Value<'v>>, new: Value<'v>) -> Item<'v> {
    match old {
        Some(old) => Item::Keep(at, value_edit(old, new)),
        None => Item::Keep(at, Some(Edit::Set(new))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The old indexes of the items that stay in place, for a new order of old indexes.
    fn kept(order: &[usize]) -> Vec<usize> {
        let mut items: Vec<_> = order.iter().map(|&index| Item::Keep(index, None)).collect();
        move_others("containers", &mut items);
        let is_kept = |item: &Item| if let Item::Keep(index, _) = item { Some(*index) } else { None };
        items.iter().filter_map(is_kept).collect()
    }

    #[test]
    fn each_of_several_items_with_one_name_is_found_once() {
        let value =
            |path: &'static str| Value::map([("name", Value::str("v")), ("mountPath", Value::str(path))]);
        let named = |origin, path| {
            let value = Some(value(path));
            Named { origin, name: "v", path, sub_path: None, is_read_only: false, value }
        };
        let list = |items| List { present: true, own: true, items: Lent::Owned(items) };
        let current = list(vec![named(0, "/a"), named(1, "/b")]);
        let ours = Lent::Owned(vec![value("/a"), value("/b")]);
        assert_eq!(named_field("volumeMounts", &current, (&list(Vec::new()), &ours), Place::Last), None);
    }

    #[test]
    fn the_longest_ascending_subsequence_stays_in_place() {
        assert_eq!(kept(&[0, 1, 2]), [0, 1, 2]);
        assert_eq!(kept(&[3, 0, 1, 2]), [0, 1, 2]);
        assert_eq!(kept(&[4, 0, 5, 1, 2]), [0, 1, 2]);
        assert_eq!(kept(&[2, 5, 0, 1, 3, 4]), [0, 1, 3, 4]);
        assert_eq!(kept(&[2, 1, 0]).len(), 1);
    }
}
