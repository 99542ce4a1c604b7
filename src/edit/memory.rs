//! What was written lately, so that it need not be written again: pod after pod gets the same volumes, mounts and init
//! container.
//!
//! Knows a value by its content, and a text by all that it depends on; of a document it knows nothing.

use super::render::{Block, Source};
use super::{Moved, Unwritable, Value};
use std::borrow::Cow;

/// How many texts are remembered.
const SLOTS: usize = 128;

/// A value with a longer spelling is not remembered.
const LARGEST: usize = 4096;

type Fields<'f, 'v> = &'f [(Cow<'v, str>, Value<'v>)];

/// Mappings that were written as items of block lists.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The last one of each [`slot`].
    slots: Vec<Written>,
}

/// A mapping and its text.
#[derive(Debug, Default)]
struct Written {
    /// The mapping as it is spelled.
    spelled: Vec<u8>,
    line_break: &'static str,
    /// The column of the dash.
    column: usize,
    /// What the source said when it was written; `None` where it was not asked.
    step: Option<usize>,
    offset: Option<usize>,
    text: String,
}

impl Memory {
    /// Writes the mapping as an item, the dash in `column`.
    pub(super) fn write(
        &mut self,
        style: Block,
        fields: Fields<'_, '_>,
        column: usize,
        source: &mut dyn Source,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        if let Some(text) = self.text(style, fields, column, source) {
            out.push_str(text);
            return Ok(());
        }
        let start = out.len();
        let mut asked = Asked { source, step: None, offset: None };
        style.mapping(fields, column, &mut asked, out)?;
        let Asked { step, offset, .. } = asked;
        let written = self.forgotten(slot(fields, column));
        if spell(fields, &mut written.spelled) {
            written.text.push_str(&out[start..]);
            (written.line_break, written.column) = (style.line_break, column);
            (written.step, written.offset) = (step, offset);
        } else {
            // Nothing is spelled so.
            written.spelled.clear();
        }
        Ok(())
    }

    /// Its text, if it was written lately. The source is asked what it was asked then.
    fn text(
        &self,
        style: Block,
        fields: Fields<'_, '_>,
        column: usize,
        source: &mut dyn Source,
    ) -> Option<&str> {
        let written = self.slots.get(slot(fields, column))?;
        let is_same = written.column == column
            && written.line_break == style.line_break
            && is_spelled(fields, &written.spelled)
            && written.step.is_none_or(|step| step == source.step())
            && written.offset.is_none_or(|offset| offset == source.offset());
        is_same.then_some(&written.text)
    }

    /// A slot without a mapping.
    fn forgotten(&mut self, slot: usize) -> &mut Written {
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, Written::default);
        }
        let written = &mut self.slots[slot];
        written.spelled.clear();
        written.text.clear();
        written
    }
}

/// Where a mapping is remembered, by what tells ours apart: how many fields there are, the last key, and the end of the
/// first value. The two usual ways to indent lists do not meet.
fn slot(fields: Fields<'_, '_>, column: usize) -> usize {
    let first = match fields.first() {
        Some((_, Value::Str(text))) => text.len() + usize::from(text.bytes().next_back().unwrap_or(0)),
        _ => 0,
    };
    let last_key = fields.last().map_or(0, |(key, _)| key.len());
    (first + 16 * last_key + 32 * fields.len() + 32 * column) % SLOTS
}

/// A source that notes what it is asked.
struct Asked<'s> {
    source: &'s mut dyn Source,
    step: Option<usize>,
    offset: Option<usize>,
}

impl Source for Asked<'_> {
    fn step(&mut self) -> usize {
        *self.step.insert(self.source.step())
    }

    fn offset(&mut self) -> usize {
        *self.offset.insert(self.source.offset())
    }

    fn item(
        &mut self,
        style: Block,
        item: &Value<'_>,
        column: usize,
        out: &mut String,
    ) -> Result<(), Unwritable> {
        style.item(item, column, self, out)
    }

    fn write_item(&mut self, moved: &Moved<'_>, column: usize, out: &mut String) -> Result<(), Unwritable> {
        self.source.write_item(moved, column, out)
    }

    fn write_flow(&mut self, moved: &Moved<'_>, out: &mut String) -> Result<(), Unwritable> {
        self.source.write_flow(moved, out)
    }
}

/// What a piece of a spelling is.
#[derive(Clone, Copy)]
enum Piece {
    Str,
    Raw,
    Seq,
    Map,
}

/// What stands before the text of a piece: with its length no two values are spelled alike.
type Head = [u8; 8];

/// Whether the spelling is that of a mapping.
fn is_spelled(fields: Fields<'_, '_>, spelled: &[u8]) -> bool {
    let rest = spell_map(fields, spelled, |rest, head, text| {
        let (found, behind) = rest.split_first_chunk()?;
        let (own, behind) = behind.split_at_checked(text.len())?;
        (*found == head && are_same(own, text)).then_some(behind)
    });
    rest.is_some_and(<[u8]>::is_empty)
}

/// Whether two texts of one length are the same: in place, since most are short.
#[inline]
fn are_same(one: &[u8], other: &[u8]) -> bool {
    fn ends<const N: usize>(text: &[u8]) -> Option<(&[u8; N], &[u8; N])> {
        text.first_chunk().zip(text.last_chunk())
    }
    match one.len() {
        0..4 => one.iter().eq(other),
        4..8 => ends::<4>(one) == ends::<4>(other),
        8..=16 => ends::<8>(one) == ends::<8>(other),
        17..=32 => ends::<16>(one) == ends::<16>(other),
        _ => one == other,
    }
}

/// Spells a mapping, unless it is large or holds what moves.
fn spell(fields: Fields<'_, '_>, out: &mut Vec<u8>) -> bool {
    let out = spell_map(fields, out, |out, head, text| {
        if out.len() + text.len() > LARGEST {
            return None;
        }
        out.extend_from_slice(&head);
        out.extend_from_slice(text);
        Some(out)
    });
    out.is_some()
}

/// Hands the pieces of a value on, and with each what was made of those before. What moves has none.
fn spell_value<S>(value: &Value<'_>, made: S, add: impl Fn(S, Head, &[u8]) -> Option<S> + Copy) -> Option<S> {
    match value {
        Value::Str(text) => add(made, head(Piece::Str, text.len()), text.as_bytes()),
        Value::Raw(text) => add(made, head(Piece::Raw, text.len()), text.as_bytes()),
        Value::Seq(items) => {
            let made = add(made, head(Piece::Seq, items.len()), &[])?;
            items.iter().try_fold(made, |made, item| spell_value(item, made, add))
        }
        Value::Map(fields) => spell_map(fields, made, add),
        Value::Moved(_) => None,
    }
}

fn spell_map<S>(
    fields: Fields<'_, '_>,
    made: S,
    add: impl Fn(S, Head, &[u8]) -> Option<S> + Copy,
) -> Option<S> {
    let made = add(made, head(Piece::Map, fields.len()), &[])?;
    fields.iter().try_fold(made, |made, (key, value)| {
        spell_value(value, add(made, head(Piece::Str, key.len()), key.as_bytes())?, add)
    })
}

fn head(piece: Piece, length: usize) -> Head {
    (length as u64 * 4 + piece as u64).to_ne_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::tests::try_edit;
    use super::super::{Edit, Field, Item, Place, Writer, lower};
    use super::*;
    use crate::splice::Splices;
    use crate::yaml::{Documents, Shape};
    use proptest::prelude::*;

    /// An edit that adds an item to the list `a`, or makes that list.
    fn add(item: &Value<'static>, to_list: bool) -> Edit<'static> {
        let field = if to_list {
            Field::Edit(Edit::list(vec![Item::Keep(0, None), Item::New(item.clone())]))
        } else {
            Field::Insert { place: Place::Last, value: Value::seq(vec![item.clone()]) }
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
            of(Value::seq(vec![Value::seq(vec![Value::str("x")])])),
            of(Value::seq(vec![Value::str("x"), Value::str("y")])),
            of(Value::seq(Vec::new())),
            of(Value::map([])),
            of(Value::map([("x", Value::str("y"))])),
            of(Value::map([("x", Value::seq(vec![Value::str("y")]))])),
            of(Value::map([("x", Value::map([("y", Value::map([("z", raw("1"))]))]))])),
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
            let Value::Map(fields) = value else { panic!("a mapping") };
            let mut out = Vec::new();
            assert!(spell(fields, &mut out) && is_spelled(fields, &out));
            out
        };
        let mut all: Vec<_> = values().iter().map(spelled).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), values().len());
    }

    #[test]
    fn what_moves_is_not_remembered() {
        let moved = Value::Moved(Moved { list: "a", index: 0, edit: None });
        let Value::Map(fields) = Value::map([("x", moved)]) else { panic!("a mapping") };
        assert!(!spell(&fields, &mut Vec::new()));
    }

    proptest! {
        #[test]
        fn edits_one_after_another_are_written_as_each_alone(
            edits in proptest::collection::vec((0..TEXTS.len(), 0usize..14, any::<bool>()), 1..40),
        ) {
            let values = values();
            let mut writer = Writer::default();
            for (text, value, to_list) in edits {
                let (text, edit) = (TEXTS[text], add(&values[value], to_list));
                let mut documents = Documents::new(text, &Shape::ALL);
                let tree = documents.next_document().unwrap().unwrap();
                let lowered = lower(tree, &[], tree.root().unwrap(), &edit, &mut writer);
                let new = lowered.map(|draft| Splices::new(draft.clone()).unwrap().apply(text));
                prop_assert_eq!(new, try_edit(text, &edit));
            }
        }
    }
}
