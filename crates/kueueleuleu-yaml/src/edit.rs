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
mod change;
mod chunk;
mod flow;
mod keep;
mod layout;
mod lent;
mod lower;
mod moved;
#[cfg(test)]
mod regressions;
mod render;

mod set;
mod slots;
#[cfg(test)]
mod tests;
mod vanish;
mod writer;

pub use change::{Edit, Field, Item, Moved, Place, Unwritable, Value};
pub use lent::Lent;
pub use lower::lower;
pub use writer::Writer;
