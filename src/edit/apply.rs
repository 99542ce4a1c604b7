//! An [`Edit`] applied to a value in memory, where there is no text whose layout has to stay.
//!
//! Knows what an edit means, and nothing about text or Kubernetes. The twin of [`super::lower`]: a property test holds
//! the two together.

use super::{Edit, Field, Item, Moved, Value};
use serde_json::{Map, Value as Json};

/// The value that the edit makes of `old`. Entries that the edit speaks of and that are not there stay absent.
#[must_use]
pub fn apply(old: &Json, edit: &Edit<'_>) -> Json {
    apply_beside(old, edit, &Map::new())
}

/// `siblings` is the mapping that `old` lies in, as it was: moved items are found there.
fn apply_beside(old: &Json, edit: &Edit<'_>, siblings: &Map<String, Json>) -> Json {
    match (edit, old) {
        (Edit::Set(value), _) => build(value, siblings),
        (Edit::Map(fields), Json::Object(old)) => Json::Object(apply_map(old, fields)),
        (Edit::List(items), Json::Array(old)) => {
            let items = items.iter().filter_map(|item| match item {
                Item::Keep(index, None) => old.get(*index).cloned(),
                Item::Keep(index, Some(edit)) => {
                    old.get(*index).map(|item| apply_beside(item, edit, siblings))
                }
                Item::New(value) => Some(build(value, siblings)),
            });
            Json::Array(items.collect())
        }
        (Edit::Map(_) | Edit::List(_), _) => old.clone(),
    }
}

fn apply_map(
    old: &Map<String, Json>,
    fields: &[(std::borrow::Cow<'_, str>, Field<'_>)],
) -> Map<String, Json> {
    let mut new = old.clone();
    for (key, field) in fields {
        match field {
            Field::Remove | Field::Clear => {
                new.remove(&**key);
            }
            Field::Insert { value, .. } => {
                new.insert(key.clone().into_owned(), build(value, old));
            }
            Field::Edit(edit) => {
                let Some(value) = old.get(&**key) else { continue };
                let edited = apply_beside(value, edit, old);
                if is_emptied(edit, &edited) {
                    new.remove(&**key);
                } else {
                    new.insert(key.clone().into_owned(), edited);
                }
            }
        }
    }
    new
}

/// Whether nothing is left of a collection, so that its key goes too.
fn is_emptied(edit: &Edit<'_>, edited: &Json) -> bool {
    match (edit, edited) {
        (Edit::List(_), Json::Array(items)) => items.is_empty(),
        (Edit::Map(_), Json::Object(fields)) => fields.is_empty(),
        _ => false,
    }
}

fn build(value: &Value<'_>, siblings: &Map<String, Json>) -> Json {
    match value {
        Value::Str(text) => Json::String(text.clone().into_owned()),
        // Raw text comes from a value of this kind, or is ours: both are JSON.
        Value::Raw(text) => {
            serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.clone().into_owned()))
        }
        Value::Seq(items) => Json::Array(items.iter().map(|item| build(item, siblings)).collect()),
        Value::Map(fields) => {
            let fields = fields.iter().map(|(key, value)| (key.clone().into_owned(), build(value, siblings)));
            Json::Object(fields.collect())
        }
        Value::Moved(moved) => find(moved, siblings),
    }
}

/// The item that moves, edited on the way.
fn find(moved: &Moved<'_>, siblings: &Map<String, Json>) -> Json {
    let item = siblings.get(moved.list).and_then(|list| list.get(moved.index)).unwrap_or(&Json::Null);
    match &moved.edit {
        Some(edit) => apply_beside(item, edit, siblings),
        None => item.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Place;
    use super::*;
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
        assert_eq!(apply(&old, &edit), new);
    }
}
