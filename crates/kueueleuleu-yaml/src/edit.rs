//! Turns edits of values into splices of the document's text.
//!
//! Knows layout: indentation, block and flow style, JSON, line breaks, and which comment belongs to which entry. Knows
//! nothing about Kubernetes.
//!
//! An [`Edit`] is a tree with the shape of the document. Values that it does not mention keep their bytes. New text
//! follows the text around it: line breaks, indentation, whether sequences are indented under their key, block or flow
//! style, quotes. A list item that moves keeps its source (quotes, comments, `|` blocks); all of its lines are shifted
//! by the same number of columns.
//!
//! ```
//! use kueueleuleu_yaml::edit::{Edit, Field, Place, Scratch, Value, lower};
//! use kueueleuleu_yaml::splice::Splices;
//! use kueueleuleu_yaml::syntax::{Documents, Shape};
//!
//! let text = "spec: # the pod\n    args: ['a']\n";
//! let new = Field::Insert { place: Place::Last, value: Value::map([("b", Value::str("yes"))]) };
//! let edit = Edit::map(vec![("spec".into(), Field::Edit(Edit::map(vec![("new".into(), new)])))]);
//!
//! let mut documents = Documents::new(text, &Shape::ALL);
//! let tree = documents.next_document().unwrap().unwrap();
//! let mut scratch = Scratch::default();
//! let draft = lower(tree, &[], tree.root().unwrap(), &edit, &mut scratch).unwrap();
//! let after = Splices::new(std::mem::take(draft)).unwrap().apply(text);
//! assert_eq!(after, "spec: # the pod\n    args: ['a']\n    new:\n        b: \"yes\"\n");
//! ```
//!
//! An entry owns the comment on its own line, the comment lines directly above it in its own column, and deeper comment
//! lines directly below it. A removed entry takes its comments along; all other comments stay.
//!
//! # Passes
//!
//! Each pass uses the passes above it in this table, and none calls back:
//!
//! | pass | modules |
//! |---|---|
//! | the requested change | `change`, `lent` |
//! | lookups in the document | `layout`, `kyaml`, `trivia`, `context`, `entries`, `hunks` |
//! | moved items as pieces of source | `source_item`, `relocate` |
//! | values to text | `lines`, `render` |
//! | place and style, as splices | `scratch`, `style`, `block`, `flow`, `to_block`, `set`, `prune`, `copy` |
//! | the walk along document and edit | `lower` |
//! | checks of the result | `alias_guard`, `block_scalar_guard` |
//!
//! # Limits
//!
//! An edit that cannot be written correctly is refused as [`Unwritable`]: an edit of a value behind an alias, an edit
//! that an alias outside of the edited value would see, lines that cannot be shifted, a block item that would join a
//! flow list which must stay one, a single pair without braces in a flow sequence, and text after a block scalar that
//! would become part of its value.

mod alias_guard;
mod block;
mod block_scalar_guard;
mod change;
mod context;
mod copy;
mod entries;
mod flow;
mod hunks;
mod kyaml;
mod layout;
mod lent;
mod lines;
mod lower;
mod prune;
#[cfg(test)]
mod regressions;
mod relocate;
mod render;
mod scratch;
mod set;
mod source_item;
mod style;
#[cfg(test)]
mod tests;
mod to_block;
mod trivia;

pub use change::{Edit, Field, Item, Moved, Place, Unwritable, Value};
pub use lent::Lent;
pub use lower::lower;
pub use scratch::Scratch;
