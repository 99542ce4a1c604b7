//! Reads YAML and JSON into a light tree of nodes with byte spans, and writes edits of it as disjoint splices.
//!
//! - [`syntax`] reads a document into a [`Tree`](syntax::Tree).
//! - [`edit`] knows layout (indentation, comments, block, flow, JSON) and lowers an [`Edit`](edit::Edit) to splices.
//! - [`splice`] applies disjoint byte edits, and knows nothing else.
//!
//! Nothing here knows Kubernetes or does I/O. The API follows kueueleuleu's needs: there is no semver promise.
#![forbid(unsafe_code)]
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod edit;
mod error;
pub mod span;
pub mod splice;
pub mod syntax;

pub use error::Error;
