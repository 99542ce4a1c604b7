//! Applies an [`Edit`] to a value that has no text, and so no layout to preserve.
//!
//! Knows what an edit means, and nothing about text or Kubernetes. [`lower`](kueueleuleu_yaml::edit::lower) does the
//! same to text: a property test compares the two, and so does the verification of every conversion.

use crate::view::{Malformed, Type, View};
use kueueleuleu_yaml::edit::{Edit, Field, Item, Moved, Value};
use std::borrow::Cow;

/// A planned value. It is read level by level, and nothing is copied.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Planned<'v, V> {
    /// It does not change.
    Old(V),
    /// It is edited.
    Edited {
        /// The value before the edit.
        old: V,
        /// The edit.
        edit: &'v Edit<'v>,
        /// The mapping that contains it, before the edit: moved items come from its lists.
        parent: Option<V>,
    },
    /// It is new, in this mapping before the edit.
    New(&'v Value<'v>, Option<V>),
}

/// One level of a planned value.
#[derive(Debug)]
pub(crate) enum Level<'v, V> {
    /// A string, a number, a boolean or null.
    Scalar(Value<'v>),
    /// The items of a sequence.
    Items(Vec<Planned<'v, V>>),
    /// The entries of a mapping.
    Fields(Vec<(&'v str, Planned<'v, V>)>),
}

/// The value of `old` after the edit. An edit of an entry that does not exist has no effect. Fails if a mapping that is
/// read is malformed.
pub(crate) fn apply<'v, V: View<'v>>(old: V, edit: &'v Edit<'v>) -> Result<Value<'v>, Malformed> {
    Planned::edited(old, edit).value()
}

impl<'v, V: View<'v>> Planned<'v, V> {
    /// The value of `old` after the edit.
    pub(crate) fn edited(old: V, edit: &'v Edit<'v>) -> Self {
        Self::Edited { old, edit, parent: None }
    }

    /// The value without the levels below it. Fails if it is a malformed mapping.
    pub(crate) fn level(self) -> Result<Level<'v, V>, Malformed> {
        match self {
            Self::Old(old) => Ok(match old.type_of() {
                Type::Array => Level::Items(old.items().map(Self::Old).collect()),
                Type::Object => Level::Fields(old.map_fields(|key, value| Some((key, Self::Old(value))))?),
                _ => Level::Scalar(old.value()?),
            }),
            Self::Edited { old, edit, parent } => match (edit, old.type_of()) {
                (Edit::Set(value), _) => Self::New(value, parent).level(),
                (Edit::Map(fields), Type::Object) => edited_fields(old, fields).map(Level::Fields),
                (Edit::List(items), Type::Array) => {
                    let old: Vec<_> = old.items().collect();
                    let item = |item: &'v Item<'v>| match item {
                        Item::Keep(index, None) => old.get(*index).copied().map(Self::Old),
                        Item::Keep(index, Some(edit)) => {
                            old.get(*index).map(|&old| Self::Edited { old, edit, parent })
                        }
                        Item::New(value) => Some(Self::New(value, parent)),
                    };
                    let mut new = Vec::with_capacity(items.len());
                    new.extend(items.iter().filter_map(item));
                    Ok(Level::Items(new))
                }
                (Edit::Append(new), Type::Array) => {
                    let new = new.iter().map(|value| Self::New(value, parent));
                    Ok(Level::Items(old.items().map(Self::Old).chain(new).collect()))
                }
                (Edit::Map(_) | Edit::List(_) | Edit::Append(_), _) => Self::Old(old).level(),
            },
            Self::New(value, parent) => Ok(match value {
                Value::Seq(items) => Level::Items(items.iter().map(|item| Self::New(item, parent)).collect()),
                Value::Map(fields) => Level::Fields(
                    fields.iter().map(|(key, value)| (&**key, Self::New(value, parent))).collect(),
                ),
                Value::Moved(moved) => match Self::moved(moved, parent) {
                    Some(moved) => return moved.level(),
                    None => Level::Scalar(Value::Raw("null".into())),
                },
                scalar => Level::Scalar(scalar.lend()),
            }),
        }
    }

    /// The item that moves, with its edit; `None` if there is no such item.
    pub(crate) fn moved(moved: &'v Moved<'v>, parent: Option<V>) -> Option<Self> {
        let mut list = [None];
        parent?.pick(&[moved.list], &mut list).ok()?;
        let old = list[0]?.items().nth(moved.index)?;
        Some(match &moved.edit {
            Some(edit) => Self::Edited { old, edit, parent },
            None => Self::Old(old),
        })
    }

    /// Whether the edit removes everything from a collection, so that its key is removed too.
    fn is_emptied(self) -> bool {
        let Self::Edited { edit, .. } = self else { return false };
        only_removes(edit)
            && match self.level() {
                Ok(Level::Items(items)) => items.is_empty(),
                Ok(Level::Fields(fields)) => fields.is_empty(),
                _ => false,
            }
    }

    /// The whole value.
    fn value(self) -> Result<Value<'v>, Malformed> {
        Ok(match self.level()? {
            Level::Scalar(value) => value,
            Level::Items(items) => Value::Seq(items.into_iter().map(Self::value).collect::<Result<_, _>>()?),
            Level::Fields(fields) => {
                let field = |(key, value): (&'v str, Self)| Ok((Cow::Borrowed(key), value.value()?));
                Value::Map(fields.into_iter().map(field).collect::<Result<_, _>>()?)
            }
        })
    }
}

fn edited_fields<'v, V: View<'v>>(
    map: V,
    fields: &'v [(Cow<'v, str>, Field<'v>)],
) -> Result<Vec<(&'v str, Planned<'v, V>)>, Malformed> {
    let parent = Some(map);
    let mut new = map.map_fields(|key, old| {
        let value = match fields.iter().find(|(name, _)| name == key).map(|(_, field)| field) {
            None => Some(Planned::Old(old)),
            Some(Field::Edit(edit)) => {
                Some(Planned::Edited { old, edit, parent }).filter(|edited| !edited.is_emptied())
            }
            Some(Field::Insert { .. } | Field::Remove | Field::Clear) => None,
        };
        value.map(|value| (key, value))
    })?;
    for (key, field) in fields {
        if let Field::Insert { value, .. } = field {
            new.push((key, Planned::New(value, parent)));
        }
    }
    Ok(new)
}

/// Whether an edit of a collection does nothing but remove: only then may it remove everything.
fn only_removes(edit: &Edit<'_>) -> bool {
    match edit {
        Edit::List(items) => items.is_empty(),
        Edit::Map(fields) => fields.iter().all(|(_, field)| match field {
            Field::Edit(edit) => only_removes(edit),
            Field::Insert { .. } => false,
            Field::Remove | Field::Clear => true,
        }),
        Edit::Set(_) | Edit::Append(_) => false,
    }
}

/// The value as JSON.
#[must_use]
pub(crate) fn to_json(value: &Value<'_>) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Value::Str(text) => Json::String(text.clone().into_owned()),
        // Raw text was made from JSON, or by the planner: both are JSON.
        Value::Raw(text) => {
            serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.clone().into_owned()))
        }
        Value::Seq(items) => Json::Array(items.iter().map(to_json).collect()),
        Value::Map(fields) => Json::Object(
            fields.iter().map(|(key, value)| (key.clone().into_owned(), to_json(value))).collect(),
        ),
        // A value to which the edit was applied has none.
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
