//! An [`Edit`] applied to a value in memory, where there is no text whose layout has to stay.
//!
//! Knows what an edit means, and nothing about text or Kubernetes. The twin of [`lower`](kueueleuleu_yaml::edit::lower): a property test holds
//! the two together, and so does what reads edited text again.

use crate::view::{Malformed, Type, View};
use kueueleuleu_yaml::edit::{Edit, Field, Item, Moved, Value};
use std::borrow::Cow;

/// The value that the edit makes of `old`. Entries that the edit speaks of and that are not there stay absent. Fails
/// where what stays cannot be told.
pub(crate) fn apply<'v, V: View<'v>>(old: V, edit: &'v Edit<'v>) -> Result<Value<'v>, Malformed> {
    apply_within(old, edit, &mut usize::MAX.clone())
}

/// The same, where no more nodes stay than are left. Takes them off.
pub(crate) fn apply_within<'v, V: View<'v>>(
    old: V,
    edit: &'v Edit<'v>,
    left: &mut usize,
) -> Result<Value<'v>, Malformed> {
    apply_beside(old, edit, &[], left)
}

/// `siblings` are the entries of the mapping that `old` lies in, as it was: moved items are found there.
fn apply_beside<'v, V: View<'v>>(
    old: V,
    edit: &'v Edit<'v>,
    siblings: &[(&'v str, V)],
    left: &mut usize,
) -> Result<Value<'v>, Malformed> {
    match (edit, old.type_of()) {
        (Edit::Set(value), _) => build(value, siblings, left),
        (Edit::Map(fields), Type::Object) => Ok(Value::Map(apply_map(old, fields, left)?.into())),
        (Edit::List(items), Type::Array) => {
            let old: Vec<_> = old.items().collect();
            let items = items.iter().filter_map(|item| match item {
                Item::Keep(index, None) => old.get(*index).map(|item| item.value_within(left)),
                Item::Keep(index, Some(edit)) => {
                    old.get(*index).map(|item| apply_beside(*item, edit, siblings, left))
                }
                Item::New(value) => Some(build(value, siblings, left)),
            });
            Ok(Value::Seq(items.collect::<Result<_, _>>()?))
        }
        (Edit::Append(new), Type::Array) => {
            let old = old.items().map(|item| item.value_within(left)).collect::<Vec<_>>();
            let new = new.iter().map(|item| build(item, siblings, left));
            Ok(Value::Seq(old.into_iter().chain(new).collect::<Result<_, _>>()?))
        }
        (Edit::Map(_) | Edit::List(_) | Edit::Append(_), _) => old.value_within(left),
    }
}

fn apply_map<'v, V: View<'v>>(
    old: V,
    fields: &'v [(Cow<'v, str>, Field<'v>)],
    left: &mut usize,
) -> Result<Vec<(Cow<'v, str>, Value<'v>)>, Malformed> {
    let old = old.fields()?;
    let mut new = Vec::with_capacity(old.len() + fields.len());
    for (key, value) in &old {
        let value = match fields.iter().find(|(name, _)| name == key).map(|(_, field)| field) {
            None => Some(value.value_within(left)?),
            Some(Field::Edit(edit)) => {
                Some(apply_beside(*value, edit, &old, left)?).filter(|edited| !is_emptied(edit, edited))
            }
            Some(Field::Insert { .. } | Field::Remove | Field::Clear) => None,
        };
        new.extend(value.map(|value| (Cow::Borrowed(*key), value)));
    }
    for (key, field) in fields {
        if let Field::Insert { value, .. } = field {
            new.push((Cow::Borrowed(&**key), build(value, &old, left)?));
        }
    }
    Ok(new)
}

/// Whether nothing is left of a collection, so that its key goes too.
fn is_emptied(edit: &Edit<'_>, edited: &Value<'_>) -> bool {
    match (edit, edited) {
        (Edit::List(_), Value::Seq(items)) => items.is_empty(),
        (Edit::Map(_), Value::Map(fields)) => fields.is_empty(),
        _ => false,
    }
}

fn build<'v, V: View<'v>>(
    value: &'v Value<'v>,
    siblings: &[(&'v str, V)],
    left: &mut usize,
) -> Result<Value<'v>, Malformed> {
    Ok(match value {
        Value::Seq(items) => {
            Value::Seq(items.iter().map(|item| build(item, siblings, left)).collect::<Result<_, _>>()?)
        }
        Value::Map(fields) => {
            let fields =
                fields.iter().map(|(key, value)| Ok((Cow::Borrowed(&**key), build(value, siblings, left)?)));
            Value::Map(fields.collect::<Result<_, _>>()?)
        }
        Value::Moved(moved) => find(moved, siblings, left)?,
        scalar => scalar.lend(),
    })
}

/// The item that moves, edited on the way.
fn find<'v, V: View<'v>>(
    moved: &'v Moved<'v>,
    siblings: &[(&'v str, V)],
    left: &mut usize,
) -> Result<Value<'v>, Malformed> {
    let list = siblings.iter().find(|(key, _)| *key == moved.list).map(|(_, list)| list);
    let Some(item) = list.and_then(|list| list.items().nth(moved.index)) else {
        return Ok(Value::Raw("null".into()));
    };
    match &moved.edit {
        Some(edit) => apply_beside(item, edit, siblings, left),
        None => item.value_within(left),
    }
}

/// The value as JSON.
#[must_use]
pub(crate) fn to_json(value: &Value<'_>) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Value::Str(text) => Json::String(text.clone().into_owned()),
        // Raw text comes from a value of this kind, or is ours: both are JSON.
        Value::Raw(text) => {
            serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.clone().into_owned()))
        }
        Value::Seq(items) => Json::Array(items.iter().map(to_json).collect()),
        Value::Map(fields) => Json::Object(
            fields.iter().map(|(key, value)| (key.clone().into_owned(), to_json(value))).collect(),
        ),
        // An applied edit has none.
        Value::Moved(_) => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kueueleuleu_yaml::edit::Place;
    use serde_json::json;

    #[test]
    fn items_move_between_lists_and_emptied_lists_lose_their_key() {
        let moved = |list, index, edit| Value::Moved(Moved { list, index, edit });
        let rename = Edit::map(vec![("name".into(), Field::Edit(Edit::Set(Value::str("z"))))]);
        let insert = Field::Insert {
            place: Place::Last,
            value: Value::seq(vec![moved("a", 1, Some(Box::new(rename))), Value::Raw("1".into())]),
        };
        let edit = Edit::map(vec![
            ("b".into(), insert),
            ("a".into(), Field::Edit(Edit::list(vec![Item::New(moved("a", 1, None)), Item::Keep(0, None)]))),
            ("c".into(), Field::Edit(Edit::list(Vec::new()))),
            ("d".into(), Field::Edit(Edit::map(vec![("x".into(), Field::Remove)]))),
            ("gone".into(), Field::Remove),
        ]);
        let old = json!({"a": [{"name": "x"}, {"name": "y"}], "c": [1], "d": {"x": 1}, "e": []});
        let new = json!({"a": [{"name": "y"}, {"name": "x"}], "b": [{"name": "z"}, 1], "e": []});
        assert_eq!(to_json(&apply(&old, &edit).unwrap()), new);
    }
}
