//! Parses YAML and JSON text to a lightweight tree of nodes with byte spans.
//!
//! A [`Shape`] selects the values that become nodes; every other value is one opaque node, which limits the memory. Two
//! readers build the same tree: `fast` reads ordinary documents, and `granit`, the only module that uses the parser
//! crate, reads all others. This module knows nothing about Kubernetes.
//!
//! A text is read document by document:
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
pub use resolve::FieldValue;
pub use shape::Shape;
pub use tree::{AliasSite, Anchor, NodeId, NodeKind, Tree};
