//! Defines edits as values: new values, changed entries, moved items.
//!
//! Knows neither text nor tree. An [`Edit`] has the shape of the document and leaves out whatever stays.

use super::lent::Lent;
use crate::span::Span;
use std::borrow::Cow;

/// A value to be written.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A string: quoted where a reader would take it for something else.
    Str(Cow<'a, str>),
    /// The source of a scalar, written as it is: a number, a boolean, null, or a string in quotes.
    Raw(Cow<'a, str>),
    /// A sequence.
    Seq(Lent<'a, Value<'a>>),
    /// A mapping, in order.
    Map(Lent<'a, (Cow<'a, str>, Value<'a>)>),
    /// An item that leaves its place in the same list, or in another list of the same mapping.
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

    /// The same value, borrowed. Only moved items are copied.
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

/// A list item that moves within its list, or to another list of the same mapping.
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
    /// The key of the list that it leaves.
    pub list: &'static str,
    /// Its index in that list.
    pub index: usize,
    /// An edit of the item itself.
    pub edit: Option<Box<Edit<'a>>>,
}

/// The edit of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit<'a> {
    /// Replaces the value.
    ///
    /// ```yaml
    /// image: a # mine  (before)
    /// image: b # mine  (after)
    /// ```
    Set(Value<'a>),
    /// Edits, adds or removes entries of the mapping: see [`Field`].
    Map(Lent<'a, (Cow<'a, str>, Field<'a>)>),
    /// Makes the sequence consist of these items. Kept items are in their old order; items that are neither kept nor
    /// moved are removed. An emptied list loses its key, too, unless it is a flow list in a block mapping.
    ///
    /// ```yaml
    /// args: [a, b]    # before
    /// args: [b, new]  # after `[Keep(1), New("new")]`
    /// ```
    List(Lent<'a, Item<'a>>),
    /// Appends items, at least one, none of which is moved.
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
    /// An edit of some entries of a mapping.
    pub fn map(fields: Vec<(Cow<'a, str>, Field<'a>)>) -> Self {
        Self::Map(Lent::Owned(fields))
    }

    /// An edit after which a sequence consists of these items.
    pub fn list(items: Vec<Item<'a>>) -> Self {
        Self::List(Lent::Owned(items))
    }
}

/// The edit of an entry of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub enum Field<'a> {
    /// Edits its value.
    Edit(Edit<'a>),
    /// Inserts it.
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
        /// Its value. Replaces the value of an entry that already exists.
        value: Value<'a>,
    },
    /// Removes it with its comments.
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
    /// Empties its list, and removes the key unless that has a comment.
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
    /// Before this key; last if the mapping lacks the key.
    Before(&'a str),
    /// After this key; last if the mapping lacks the key.
    After(&'a str),
    /// After all others.
    Last,
}

/// An item of a sequence after the edit.
#[derive(Clone, Debug, PartialEq)]
pub enum Item<'a> {
    /// The old item with this index, and the edit of it, if any.
    Keep(usize, Option<Edit<'a>>),
    /// A new or moved item.
    New(Value<'a>),
}

/// The reason why an edit cannot be written without a guess.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwritable {
    /// The obstacle, in one line.
    pub message: String,
    /// Where the obstacle is.
    pub span: Span,
    /// What to write instead.
    pub help: &'static str,
}
