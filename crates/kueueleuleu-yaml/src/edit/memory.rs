//! What was written lately, so that it need not be written again: pod after pod gets the same annotation, arguments,
//! volumes, mounts and init container.
//!
//! Knows values by their content, and a text by all that it depends on; of a document it knows nothing.

use super::layout::Asked;
use super::lower::Lowering;
use super::render::{New, Style};
use super::{Unwritable, Value};
use crate::syntax::is_same;

/// How many texts are remembered at most: so many that those of one pod hardly meet.
const SLOTS: usize = 1024;

/// What has a longer spelling is not remembered.
const LARGEST: usize = 4096;

/// Items of lists that were written one behind the other, and the fields of mappings.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The line break that all was written with.
    line_break: &'static str,
    /// The number of the last ones of each [`slot`] in `written`.
    slots: Vec<Option<u16>>,
    written: Vec<Written>,
}

/// Items and their text.
#[derive(Debug, Default)]
struct Written {
    /// The items as they are spelled.
    spelled: Vec<u8>,
    style: Option<Style>,
    /// What was found around them.
    asked: Asked,
    text: String,
}

/// Writes items, which were perhaps written lately. `place` is that of all items of a list, where it is always theirs.
pub(super) fn write<'v, T: New<'v>>(
    style: Style,
    items: &[T],
    place: Option<usize>,
    lowering: &mut Lowering<'_, '_>,
    out: &mut String,
) -> Result<(), Unwritable> {
    if let [item] = items
        && let Some(value) = item.value()
        && !matches!(value, Value::Map(_))
    {
        return style.item(value, lowering, out);
    }
    let slot = slot(style, items);
    if let Some(number) = lowering.writer.memory.number(slot) {
        let written = &lowering.writer.memory.written[number];
        let asked = written.asked;
        if written.style == Some(style) && is_spelled(items, place, &written.spelled) && lowering.finds(asked)
        {
            out.push_str(&lowering.writer.memory.written[number].text);
            return Ok(());
        }
    }
    let start = out.len();
    let before = std::mem::take(&mut lowering.around.asked);
    style.items(items, lowering, out)?;
    let asked = lowering.around.asked;
    lowering.around.asked = asked.or(before);
    let written = lowering.writer.memory.forgotten(slot);
    if spell(items, place, &mut written.spelled) {
        written.text.push_str(&out[start..]);
        (written.style, written.asked) = (Some(style), asked);
    } else {
        // Nothing is spelled so.
        written.spelled.clear();
    }
    Ok(())
}

impl Memory {
    /// Begins to write with this line break.
    pub(super) fn begin(&mut self, line_break: &'static str) {
        if self.line_break != line_break {
            *self = Self { line_break, ..Self::default() };
        }
    }

    /// The number of what was written last of a slot.
    fn number(&self, slot: usize) -> Option<usize> {
        self.slots.get(slot).copied().flatten().map(usize::from)
    }

    /// A slot without items.
    fn forgotten(&mut self, slot: usize) -> &mut Written {
        self.slots.resize(SLOTS, None);
        let number = *self.slots[slot].get_or_insert_with(|| {
            self.written.push(Written::default());
            u16::try_from(self.written.len() - 1).expect("impossible: there are fewer slots")
        });
        let written = &mut self.written[usize::from(number)];
        written.spelled.clear();
        written.text.clear();
        written
    }
}

/// Where items are remembered, by what tells ours apart: how many there are, and what is in the second, or the only one.
/// The usual two ways to indent lists do not meet.
fn slot<'v, T: New<'v>>(style: Style, items: &[T]) -> usize {
    let (Style::Block(column) | Style::Fields(column) | Style::Flow(_, column)) = style;
    let mark = items.get(1).or(items.first()).and_then(T::value).map_or(0, mark);
    let all = mark.wrapping_add(64 * column as u64 + items.len() as u64);
    // The upper bits of the product depend on all of them.
    (all.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize % SLOTS
}

/// A number for how a value ends, or its first field, and for how many fields there are.
fn mark(value: &Value<'_>) -> u64 {
    match value {
        Value::Str(text) => {
            let end = text.as_bytes().last_chunk().map_or(0, |end| u64::from_le_bytes(*end));
            end.wrapping_add(text.len() as u64)
        }
        Value::Map(fields) => {
            let first = fields.first().map_or(0, |(_, value)| mark(value));
            let last_key = fields.last().map_or(0, |(key, _)| key.len());
            first.wrapping_add((last_key + 16 * fields.len()) as u64)
        }
        _ => 0,
    }
}

/// What a piece of a spelling is.
#[derive(Clone, Copy)]
enum Piece {
    Str,
    Raw,
    Seq,
    Map,
    /// All of a sequence that is part of the program, by its place.
    SeqAt,
    MapAt,
    /// In the same way all items of a list that are written, and not the list.
    ItemsAt,
}

/// What stands before the text of a piece: with its length no two values are spelled alike.
type Head = [u8; 8];

/// Whether the spelling is that of the items.
fn is_spelled<'v>(items: &[impl New<'v>], place: Option<usize>, spelled: &[u8]) -> bool {
    spell_items(items, place, spelled, behind).is_some_and(<[u8]>::is_empty)
}

/// What stands in a spelling behind a piece that it begins with.
#[inline]
fn behind<'s>(spelled: &'s [u8], head: Head, text: &[u8]) -> Option<&'s [u8]> {
    let (found, behind) = spelled.split_first_chunk()?;
    let (own, behind) = behind.split_at_checked(text.len())?;
    (*found == head && is_same(own, text)).then_some(behind)
}

/// Spells items, unless they are large or hold what moves.
fn spell<'v>(items: &[impl New<'v>], place: Option<usize>, out: &mut Vec<u8>) -> bool {
    spell_items(items, place, out, add).is_some()
}

fn add<'o>(out: &'o mut Vec<u8>, head: Head, text: &[u8]) -> Option<&'o mut Vec<u8>> {
    if out.len() + text.len() > LARGEST {
        return None;
    }
    out.extend_from_slice(&head);
    out.extend_from_slice(text);
    Some(out)
}

/// Hands the pieces of items on, as those of a value are.
#[inline]
fn spell_items<'v, S>(
    items: &[impl New<'v>],
    place: Option<usize>,
    made: S,
    add: impl Fn(S, Head, &[u8]) -> Option<S> + Copy,
) -> Option<S> {
    if let Some(place) = place {
        return add(made, head(Piece::ItemsAt, items.len()), &place.to_ne_bytes());
    }
    items.iter().try_fold(made, |made, item| spell_value(item.value()?, made, add))
}

/// Hands the pieces of a value on, and with each what was made of those before. What moves has none.
#[inline]
fn spell_value<S>(value: &Value<'_>, made: S, add: impl Fn(S, Head, &[u8]) -> Option<S> + Copy) -> Option<S> {
    let (piece, text) = match value {
        Value::Str(text) => (Piece::Str, text),
        Value::Raw(text) => (Piece::Raw, text),
        _ => return spell_collection(value, made, add),
    };
    add(made, head(piece, text.len()), text.as_bytes())
}

#[inline(never)]
fn spell_collection<S>(
    value: &Value<'_>,
    made: S,
    add: impl Fn(S, Head, &[u8]) -> Option<S> + Copy,
) -> Option<S> {
    match value {
        Value::Seq(items) => {
            if let Some(place) = items.place() {
                return add(made, head(Piece::SeqAt, items.len()), &place.to_ne_bytes());
            }
            let made = add(made, head(Piece::Seq, items.len()), &[])?;
            items.iter().try_fold(made, |made, item| spell_value(item, made, add))
        }
        Value::Map(fields) => {
            if let Some(place) = fields.place() {
                return add(made, head(Piece::MapAt, fields.len()), &place.to_ne_bytes());
            }
            let made = add(made, head(Piece::Map, fields.len()), &[])?;
            fields.iter().try_fold(made, |made, (key, value)| {
                spell_value(value, add(made, head(Piece::Str, key.len()), key.as_bytes())?, add)
            })
        }
        _ => None,
    }
}

fn head(piece: Piece, length: usize) -> Head {
    (length as u64 * 8 + piece as u64).to_ne_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::tests::try_edit;
    use super::super::{Edit, Field, Item, Moved, Place, Row, Writer, lower};
    use super::*;
    use crate::splice::Splices;
    use crate::syntax::{Documents, Shape};
    use proptest::prelude::*;
    use std::borrow::Cow;

    /// An edit that adds items to the list `a`, or makes a list of them.
    fn add(items: Vec<Value<'static>>, to_list: bool) -> Edit<'static> {
        let field = if to_list {
            let new = items.into_iter().map(Item::New);
            Field::Edit(Edit::list(std::iter::once(Item::Keep(0, None)).chain(new).collect()))
        } else {
            Field::Insert { place: Place::Last, value: Value::seq(items) }
        };
        Edit::map(vec![(if to_list { "a" } else { "new" }.into(), field)])
    }

    /// Values that are alike but for one thing.
    fn values() -> Vec<Value<'static>> {
        let of = |inner: Value<'static>| Value::map([("name", Value::str("run-0")), ("inner", inner)]);
        let raw = |text: &'static str| Value::Raw(text.into());
        vec![
            of(Value::str("x")),
            of(raw("x")),
            of(Value::str("true")),
            of(raw("true")),
            of(Value::seq(vec![Value::str("x")])),
            of(Value::Seq(Row::always(const { &[Value::Str(Cow::Borrowed("x"))] }))),
            of(Value::Map(Row::always(const { &[(Cow::Borrowed("x"), Value::Str(Cow::Borrowed("y")))] }))),
            of(Value::seq(vec![Value::seq(vec![Value::str("x")])])),
            of(Value::seq(vec![Value::str("x"), Value::str("y")])),
            of(Value::seq(Vec::new())),
            of(Value::map([])),
            of(Value::map([("x", Value::str("y"))])),
            of(Value::map([("x", Value::seq(vec![Value::str("y")]))])),
            of(Value::map([("x", Value::map([("y", Value::map([("z", raw("1"))]))]))])),
            Value::str("x"),
            raw("x"),
            Value::str("true"),
            Value::map([("name", Value::str("run-0"))]),
            Value::map([("name", Value::str("run-0")), ("inner", raw("x")), ("other", raw("x"))]),
        ]
    }

    const TEXTS: [&str; 10] = [
        "a:\n- b: 1\n",
        "a:\n  - b: 1\n",
        "a:\n    - b: 1\n",
        "x:\n    y: 1\na:\n- b: 1\n",
        "x:\n   y:\n       - 1\na:\n- b: 1\n",
        "x:\n  a: 1\na:\r- b: 1\r",
        "a:\r\n- b: 1\r\n",
        "a: [{b: 1}]\n",
        "{\"a\": [{\"b\": 1}]}\n",
        "a:\n- b:\n   c: 1\n   d:\n     - e\n",
    ];

    #[test]
    fn no_two_values_are_spelled_alike() {
        let spelled = |value: &Value<'_>| {
            let mut out = Vec::new();
            let items = std::slice::from_ref(value);
            assert!(spell(items, None, &mut out) && is_spelled(items, None, &out));
            out
        };
        let mut all: Vec<_> = values().iter().map(spelled).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), values().len());
    }

    #[test]
    fn the_items_of_a_list_are_not_spelled_as_the_list() {
        let row = Row::always(const { &[Value::Str(Cow::Borrowed("x"))] });
        let (mut items, mut list) = (Vec::new(), Vec::new());
        assert!(spell(&row, row.place(), &mut items) && is_spelled(&row, row.place(), &items));
        assert!(spell(&[Value::Seq(row)], None, &mut list));
        assert_ne!(items, list);
    }

    #[test]
    fn what_moves_is_not_remembered() {
        let moved = Value::Moved(Moved { list: "a", index: 0, edit: None });
        assert!(!spell(&[Value::map([("x", moved)])], None, &mut Vec::new()));
    }

    proptest! {
        #[test]
        fn edits_one_after_another_are_written_as_each_alone(
            edits in proptest::collection::vec(
                (0..TEXTS.len(), proptest::collection::vec(0usize..19, 1..4), any::<bool>()),
                1..40,
            ),
        ) {
            let values = values();
            let mut writer = Writer::default();
            for (text, items, to_list) in edits {
                let items = items.into_iter().map(|item| values[item].clone()).collect();
                let (text, edit) = (TEXTS[text], add(items, to_list));
                let mut documents = Documents::new(text, &Shape::ALL);
                let tree = documents.next_document().unwrap().unwrap();
                let lowered = lower(tree, &[], tree.root().unwrap(), &edit, &mut writer);
                let new = lowered.map(|draft| Splices::new(draft.clone()).unwrap().apply(text));
                prop_assert_eq!(new, try_edit(text, &edit));
            }
        }
    }
}
