//! Edits of a document as values, and the splices that they become.
//!
//! Knows layout (indentation, block, flow, JSON, line ends, which comment belongs to which entry), no Kubernetes.
//!
//! An [`Edit`] is a tree that follows the document's: what it does not mention stays as it is, byte for byte. New
//! text follows its surroundings: line ends, the step of indentation, whether sequences are indented under their
//! key, block or flow style, JSON's quotes. A list item that is moved keeps its source (quotes, comments, `|`
//! blocks); its lines are shifted by one delta.
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
//! An entry owns the comment on its own line, the comment lines directly above it in its own column, and the deeper
//! ones directly below it. Comments of entries that are removed go with them; all others stay.
//!
//! # Passes
//!
//! Each knows those before it in this list, and none calls back:
//!
//! | pass | modules |
//! |---|---|
//! | what is asked for | `change`, `lent` |
//! | the place in the document | `layout`, `kyaml`, `trivia`, `context`, `entries`, `hunks` |
//! | moves as pieces of source | `source_item`, `relocate` |
//! | values to text | `lines`, `render` |
//! | place and style, as splices | `scratch`, `style`, `block`, `flow`, `to_block`, `set`, `prune` |
//! | the walk along document and edit | `lower` |
//! | what must not happen | `alias_guard`, `block_scalar_guard` |
//!
//! # Limits
//!
//! What cannot be written right is refused as [`Unwritable`]: an edit of what an alias stands for, one that another alias
//! would see, an anchor moved past its alias, lines that cannot be shifted, a block item for a flow list that cannot
//! become a block one, a single pair without braces in a flow sequence, and a block scalar that would have another value
//! with what follows it.

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
