//! Parses YAML and JSON to a lightweight tree of nodes with byte spans, and turns edits of the tree into disjoint
//! splices.
//!
//! - [`syntax`] parses a document to a [`Tree`](syntax::Tree).
//! - [`edit`] knows layout (indentation, comments, block style, flow style, JSON) and lowers an [`Edit`](edit::Edit) to
//!   splices.
//! - [`splice`] applies disjoint byte edits. It knows nothing about YAML.
//!
//! This crate knows nothing about Kubernetes and does no I/O. Its API follows the needs of kueueleuleu, without a
//! semver promise.
#![forbid(unsafe_code)]
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod edit;
mod error;
pub mod span;
pub mod splice;
pub mod syntax;

pub use error::Error;
