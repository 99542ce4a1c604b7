//! Computes the edits of values.
//!
//! Knows nothing about what a value means.

use super::Fields;
use kueueleuleu_yaml::edit::{Edit, Field, Place, Value};
use std::borrow::Cow;

/// The edit that turns one string into another, or removes it.
pub(super) fn text_field<'v>(
    current: Option<&str>,
    target: Option<impl Into<Cow<'v, str>>>,
    place: Place<'v>,
) -> Option<Field<'v>> {
    match (current, target.map(Into::into)) {
        (Some(current), Some(target)) if target == current => None,
        (_, Some(target)) => Some(Field::Insert { place, value: Value::Str(target) }),
        (Some(_), None) => Some(Field::Remove),
        (None, None) => None,
    }
}

/// The edit that turns one value into another; `None` if they are equal.
pub(super) fn value_edit<'v>(old: &Value<'v>, new: Value<'v>) -> Option<Edit<'v>> {
    if same(old, &new) {
        return None;
    }
    // If all entries of a mapping were removed one by one, its key would go too.
    let (Value::Map(old_fields), Value::Map(fields)) = (old, &new) else { return Some(Edit::Set(new)) };
    if fields.is_empty() {
        return Some(Edit::Set(new));
    }
    let removed = old_fields.iter().filter(|(old, _)| !fields.iter().any(|(key, _)| key == old));
    let mut changes: Fields = removed.map(|(key, _)| (key.clone(), Field::Remove)).collect();
    let mut before: Option<&'v str> = None;
    for (key, value) in fields.iter().cloned() {
        match old_fields.iter().find(|(old, _)| *old == key) {
            // After the nearest preceding key that is there already, so that the order is that of a new mapping.
            None => {
                let place = before.map_or(Place::First, Place::After);
                changes.push((key, Field::Insert { place, value }));
            }
            Some((name, old)) => {
                if let Cow::Borrowed(name) = name {
                    before = Some(name);
                }
                changes.extend(value_edit(old, value).map(|edit| (key, Field::Edit(edit))));
            }
        }
    }
    Some(Edit::map(changes))
}

/// Whether two values are equal, whatever the order of their keys.
fn same(one: &Value<'_>, other: &Value<'_>) -> bool {
    match (one, other) {
        (Value::Map(one), Value::Map(other)) => {
            let has =
                |(key, value): &(Cow<str>, Value)| other.iter().any(|(k, v)| k == key && same(v, value));
            one.len() == other.len() && one.iter().all(has)
        }
        (Value::Seq(one), Value::Seq(other)) => {
            one.len() == other.len() && one.iter().zip(&**other).all(|(one, other)| same(one, other))
        }
        _ => one == other,
    }
}
