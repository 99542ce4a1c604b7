//! YAML and JSON text to a light tree of nodes with byte spans.
//!
//! Knows YAML, not Kubernetes: which keys are worth a node is told by a [`Shape`], and any other value is one opaque
//! node with a span, so that memory stays bounded. Two readers build the same tree: `fast` what is ordinary, and
//! `granit`, the only file that names the parser crate, all the rest.
//!
//! A text is read one document at a time:
//!
//! ```
//! use kueueleuleu_yaml::syntax::{Documents, Shape};
//!
//! let mut documents = Documents::new("a: 1\n---\na: {b: ü}\n", &Shape::ALL);
//! documents.next_document().unwrap().unwrap();
//! let tree = documents.next_document().unwrap().unwrap();
//! let (_, a) = tree.pairs(tree.root().unwrap()).next().unwrap();
//! assert_eq!(tree.source(a), "{b: ü}");
//! ```

mod documents;
mod fast;
mod gap;
pub mod go;
mod granit;
mod json;
mod marker;
pub mod resolve;
pub mod scalar;
mod shape;
#[cfg(test)]
mod tests;
mod tree;

pub use documents::{Documents, parts};
pub use fast::Items;
pub use shape::Shape;
pub use tree::{AliasSite, Anchor, Kind, NodeId, Tree};
