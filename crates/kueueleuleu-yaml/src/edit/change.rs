//! What an edit asks for, as values.
//!
//! Knows neither text nor tree: an [`Edit`] follows the document's own shape, and says nothing of what stays.

use super::lent::Lent;
use crate::span::Span;
use std::borrow::Cow;

/// A value to be written.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A string: quoted where a reader would take it for something else.
    Str(Cow<'a, str>),
    /// A number, a boolean or null, written as it is.
    Raw(Cow<'a, str>),
    /// A sequence.
    Seq(Lent<'a, Value<'a>>),
    /// A mapping, in order.
    Map(Lent<'a, (Cow<'a, str>, Value<'a>)>),
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
        Self::Seq(Lent::Owned(items))
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
///
/// ```yaml
/// command: [sh] # before
/// args:
/// - -c
/// - 'echo "hi"' # greets
/// ```
///
/// ```yaml
/// command: # after `command` is `[Keep(0), New(Moved("args", 1))]` and `args` is `[Keep(0)]`
/// - sh
/// - 'echo "hi"' # greets
/// args:
/// - -c
/// ```
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
    ///
    /// ```yaml
    /// image: a # mine  (before)
    /// image: b # mine  (after)
    /// ```
    Set(Value<'a>),
    /// Some entries of the mapping change: see [`Field`].
    Map(Lent<'a, (Cow<'a, str>, Field<'a>)>),
    /// The sequence consists of these items. Kept ones are in their old order; those that are neither kept nor moved
    /// are removed. A list that is left without items loses its key too, unless it is a flow list in a block mapping.
    ///
    /// ```yaml
    /// args: [a, b]    # before
    /// args: [b, new]  # after `[Keep(1), New("new")]`
    /// ```
    List(Lent<'a, Item<'a>>),
    /// These items come after those of the sequence. There are some, and none of them moves.
    ///
    /// ```yaml
    /// args: # before
    /// - a
    /// ```
    ///
    /// ```yaml
    /// args: # after
    /// - a
    /// - new
    /// ```
    Append(Lent<'a, Value<'a>>),
}

impl<'a> Edit<'a> {
    /// Some entries of a mapping change.
    pub fn map(fields: Vec<(Cow<'a, str>, Field<'a>)>) -> Self {
        Self::Map(Lent::Owned(fields))
    }

    /// A sequence consists of these items.
    pub fn list(items: Vec<Item<'a>>) -> Self {
        Self::List(Lent::Owned(items))
    }
}

/// What is to be done with an entry of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub enum Field<'a> {
    /// Its value is edited.
    Edit(Edit<'a>),
    /// It is new.
    ///
    /// ```yaml
    /// name: a # before
    /// ```
    ///
    /// ```yaml
    /// name: a # after
    /// new: b
    /// ```
    Insert {
        /// Where it goes.
        place: Place<'a>,
        /// Its value. Takes the place of the value that is there, if there is one.
        value: Value<'a>,
    },
    /// It goes away, and its comments with it.
    ///
    /// ```yaml
    /// name: a # before
    /// # why
    /// old: b
    /// ```
    ///
    /// ```yaml
    /// name: a # after
    /// ```
    Remove,
    /// Its list is emptied, and goes away unless its key has a comment.
    ///
    /// ```yaml
    /// args: # why  (before)
    /// - a
    /// ```
    ///
    /// ```yaml
    /// args: # why  (after)
    ///   []
    /// ```
    Clear,
}

/// Where a new entry of a mapping goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// Before all others.
    First,
    /// Before this key; last where that is not there.
    Before(&'a str),
    /// After this key; last where that is not there.
    After(&'a str),
    /// After all others.
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
