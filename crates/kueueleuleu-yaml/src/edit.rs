//! Changes to a document as values, and the splices they become.
//!
//! Knows layout (indentation, block, flow, JSON, line ends, which comment belongs to which entry), no Kubernetes.
//!
//! An [`Edit`] is a tree that follows the document's: what it does not mention stays as it is, byte for byte. New
//! text follows its surroundings: line ends, the step of indentation, whether sequences are indented under their
//! key, block or flow style, JSON's quotes. A list item that is moved keeps its source (quotes, comments, `|`
//! blocks); its lines are shifted by one delta.
//!
//! An entry owns the comment on its own line, the comment lines directly above it in its own column, and the deeper
//! ones directly below it. Comments of entries that are removed go with them; all others stay.
//!
//! # Limits
//!
//! What cannot be written right is refused as [`Unwritable`]: an edit behind an alias, one that another alias would
//! see, an anchor moved past its alias, lines that cannot be shifted, a block item for a flow list that cannot
//! become a block one, a single pair without braces in a flow sequence, and a block scalar that would have
//! another value with what comes to stand behind it.

mod anchors;
mod block;
mod chunk;
mod flow;
mod keep;
mod layout;
mod lower;
mod memory;
mod moved;
#[cfg(test)]
mod regressions;
mod render;
mod row;
mod set;
mod slots;
#[cfg(test)]
mod tests;
mod vanish;
mod writer;

use crate::span::Span;
pub use lower::lower;
pub use row::Row;
use std::borrow::Cow;
pub use writer::Writer;

/// A value to be written.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A string: quoted where a reader would take it for something else.
    Str(Cow<'a, str>),
    /// A number, a boolean or null, written as it is.
    Raw(Cow<'a, str>),
    /// A sequence.
    Seq(Row<'a, Value<'a>>),
    /// A mapping, in order.
    Map(Row<'a, (Cow<'a, str>, Value<'a>)>),
    /// The item of a list beside the one that this stands in, or of that one itself; it leaves its old place.
    Moved(Moved<'a>),
}

impl<'a> Value<'a> {
    /// A string.
    pub fn str(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Str(text.into())
    }

    /// A sequence.
    pub fn seq(items: Vec<Self>) -> Self {
        Self::Seq(Row::Made(items))
    }

    /// The same value, of which nothing is copied but moved items.
    pub fn lend(&self) -> Value<'_> {
        match self {
            Self::Str(text) => Value::Str(Cow::Borrowed(text)),
            Self::Raw(text) => Value::Raw(Cow::Borrowed(text)),
            Self::Seq(items) => Value::Seq(items.lend()),
            Self::Map(fields) => Value::Map(fields.lend()),
            Self::Moved(moved) => Value::Moved(moved.clone()),
        }
    }

    /// A mapping with these entries.
    pub fn map<const N: usize>(entries: [(&'static str, Self); N]) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (Cow::Borrowed(key), value)).collect())
    }
}

/// A list item that changes its place, within one list or between two lists of one mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved<'a> {
    /// The key of the list that it stands in.
    pub list: &'static str,
    /// Its index there.
    pub index: usize,
    /// What is changed in it on the way.
    pub edit: Option<Box<Edit<'a>>>,
}

/// What is to be done with a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit<'a> {
    /// Another value stands there.
    Set(Value<'a>),
    /// Some entries of the mapping change.
    Map(Row<'a, (Cow<'a, str>, Field<'a>)>),
    /// The sequence consists of these items. Kept ones are in their old order; those that are neither kept nor moved
    /// are removed. A list that is left without items loses its key too, unless it is a flow list in a block mapping.
    List(Row<'a, Item<'a>>),
    /// These items stand behind those of the sequence. There are some, and none of them moves.
    Append(Row<'a, Value<'a>>),
}

impl<'a> Edit<'a> {
    /// Some entries of a mapping change.
    pub fn map(fields: Vec<(Cow<'a, str>, Field<'a>)>) -> Self {
        Self::Map(Row::Made(fields))
    }

    /// A sequence consists of these items.
    pub fn list(items: Vec<Item<'a>>) -> Self {
        Self::List(Row::Made(items))
    }
}

/// What is to be done with an entry of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub enum Field<'a> {
    /// Its value is edited.
    Edit(Edit<'a>),
    /// It is new.
    Insert {
        /// Where it goes.
        place: Place<'a>,
        /// Its value. Takes the place of the value that is there, if there is one.
        value: Value<'a>,
    },
    /// It goes away, and its comments with it.
    Remove,
    /// Its list is emptied, and goes away unless its key has a comment.
    Clear,
}

/// Where a new entry of a mapping goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// Before all others.
    First,
    /// Behind this key; last where that is not there.
    After(&'a str),
    /// Behind all others.
    Last,
}

/// An item of a sequence after the edit.
#[derive(Clone, Debug, PartialEq)]
pub enum Item<'a> {
    /// The item with this index, edited or not.
    Keep(usize, Option<Edit<'a>>),
    /// A new or moved one.
    New(Value<'a>),
}

/// An edit that cannot be written without a guess.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwritable {
    /// What is in the way, in one line.
    pub message: String,
    /// Where.
    pub span: Span,
    /// The way out.
    pub help: &'static str,
}
