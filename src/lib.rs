//! kueueleuleu rewrites a Kubernetes `Pod`, `Job` or `CronJob` so that its containers run one after the other.
//!
//! Two promises shape this crate: no byte of a manifest changes that need not change, and what cannot be done right is
//! refused with a [`Diagnostic`] that names the resource, the field, the place and the way out.
//!
//! # The way of the data
//!
//! ```text
//! bytes ── yaml ──> Tree ── select ──> objects ── plan (pure) ──> Edit ── edit ──> splices ──> bytes
//!                   functionConfig ──> Config ─────┘         └─> Diagnostics ──> stderr, results
//! ```
//!
//! - [`kueueleuleu_yaml`] reads a document into a light tree of nodes with byte spans. It knows no Kubernetes; [`kinds`] tells it
//!   which keys are worth a node.
//! - [`config`] and [`select`] check the functionConfig and choose objects by it.
//! - [`plan`] is the heart: `diff(current, wrap(unwrap(current), config))` on a plain struct with just what the rewrite
//!   reads. Idempotence, converging after edits and reverting all follow from that one line.
//! - Its [`edit`](kueueleuleu_yaml::edit) knows layout (indentation, comments, block, flow, JSON) and lowers the plan's edit to
//!   [splices](kueueleuleu_yaml::splice), disjoint byte edits.
//! - [`convert`] runs these stages over a text, as a stream of documents or as a KRM `ResourceList` ([`krm`]).
//!
//! [`status`] reads such a pod back from the cluster: which step runs, since when, and why one failed.
//!
//! Nothing here does I/O: the binary does, in `main.rs` and `src/cli/`. The supervisor that runs inside the pods is the
//! crate `kueueleuleu-entrypoint`, and shares only [`kueueleuleu_protocol`] with this one.
//!
//! # Features
//!
//! - `api`: convert `k8s_openapi` types. The user chooses the Kubernetes version.
//! - `cli` (default): the binary `kueueleuleu`.
//! - `latest`: `api`, with the newest Kubernetes version that `k8s-openapi` has.
#![forbid(unsafe_code)]
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod api;
pub mod apply;
pub mod config;
pub mod convert;
pub mod diagnostic;
pub mod kinds;
pub mod krm;
pub mod plan;
mod quantity;
pub mod route;
mod rule;
pub mod select;
pub mod status;
pub mod view;

pub use api::{Converted, convert_json};
#[cfg(feature = "api")]
pub use api::{convert_cron_job, convert_job, convert_pod, is_kueueleuleu, running_container_name};
pub use config::Config;
pub use convert::{ConvertedText, Converter};
pub use diagnostic::{Diagnostic, Error, Origin, ResourceId, Rule, Severity};
pub use kueueleuleu_yaml::span::Span;
pub use route::{Route, Segment};
pub use status::NotRunning;

/// The examples of the README are compiled, too.
#[cfg(all(doctest, feature = "api"))]
#[doc = include_str!("../README.md")]
pub struct Readme;
