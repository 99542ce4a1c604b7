//! kueueleuleu rewrites a Kubernetes `Pod`, `Job` or `CronJob` so that its containers run one after the other.
//!
//! The crate gives two guarantees. It preserves every byte of a manifest that does not have to change. And if it cannot
//! convert an object correctly, it reports an error: a [`Diagnostic`] that names the resource, the field, the place and
//! how to fix the problem.
//!
//! # Use
//!
//! - [`Converter`] converts YAML and JSON texts: streams of documents, and the `ResourceList` of a KRM function.
//! - [`convert_json`] converts a `serde_json::Value`.
//! - With the feature `api`, `convert_pod`, `convert_job` and `convert_cron_job` convert the types of `k8s-openapi`,
//!   and `running_container_name` returns the container of a converted pod that runs now.
//! - [`Config`] configures the conversion. Its default is that without a functionConfig.
//!
//! ```
//! use kueueleuleu::{Config, Converter};
//!
//! let pod = "\
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: two}
//! spec:
//!   restartPolicy: Never
//!   containers:
//!   - {name: first, image: busybox, command: [echo, first]} # comments stay
//!   - {name: second, image: busybox, command: [echo, second]}
//! ";
//! let converted = Converter::new(Config::default()).documents(pod)?;
//! assert!(converted.diagnostics.is_empty());
//! assert!(converted.text().contains("# comments stay"));
//! # Ok::<(), kueueleuleu::Error>(())
//! ```
//!
//! # Features
//!
//! - `cli` (default): the binary `kueueleuleu`. A library user leaves it out: `default-features = false`.
//! - `registry` (default): the command `images`. Without it, the binary contains no code that opens a connection.
//! - `api`: the types of `k8s-openapi`. The user chooses the Kubernetes version, by a feature of `k8s-openapi`.
//! - `latest`: `api`, with the newest Kubernetes version that `k8s-openapi` has.
//!
//! # Data flow
//!
//! ```text
//! bytes ── yaml ──> Tree ── select ──> objects ── plan (pure) ──> Edit ── edit ──> splices ──> bytes
//!                   functionConfig ──> Config ─────┘         └─> Diagnostics ──> stderr, results
//! ```
//!
//! - [`kueueleuleu_yaml`] reads a document into a light tree of nodes with byte spans. It knows nothing about
//!   Kubernetes; `kinds` lists the keys that become nodes.
//! - [`config`] and `select` check the functionConfig, and select objects by it.
//! - `plan` computes `diff(current, wrap(unwrap(current), config))`, on a plain struct with only the fields that the
//!   rewrite needs. Idempotence, converging after edits and reverting all follow from this line.
//! - [`edit`](kueueleuleu_yaml::edit) knows layout (indentation, comments, block, flow, JSON), and lowers the edit of a
//!   plan to [splices](kueueleuleu_yaml::splice): disjoint byte edits.
//! - `convert` runs these stages on a text; `api` applies a plan to values in memory.
//!
//! `status` reads a converted pod from the cluster: which step runs, since when, and why a step failed.
//!
//! The library does no I/O. Only the binary does, in `main.rs` and `src/cli/`. The supervisor that runs inside the pods
//! is the crate `kueueleuleu-entrypoint`, which shares only [`kueueleuleu_protocol`] with this crate.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod api;
mod apply;
pub mod config;
mod convert;
mod diagnostic;
mod graph;
#[cfg(feature = "registry")]
#[doc(hidden)]
pub mod images;
mod kinds;
mod krm;
mod plan;
pub mod policy;
mod quantity;
mod route;
mod rule;
mod select;
mod status;
mod text_size;
mod view;

pub use api::{Converted, convert_json};
#[cfg(feature = "api")]
pub use api::{convert_cron_job, convert_job, convert_pod, is_kueueleuleu, running_container_name, steps};
pub use config::Config;
pub use convert::{ConvertedText, Converter};
pub use diagnostic::{Diagnostic, Error, Origin, ResourceId, Rule, Severity};
pub use kueueleuleu_yaml::span::Span;
pub use route::{Route, Segment};
pub use status::{NotRunning, Step, StepState, Time};

/// Items for the command and the tests of the readers. Not part of the public interface.
#[doc(hidden)]
pub mod internals {
    #[cfg(feature = "registry")]
    pub use crate::convert::BareImage;
    pub use crate::convert::{Outcomes, Tell};
    pub use crate::diagnostic::LOOK_UP;
    pub use crate::kinds::SHAPE;

    pub mod status {
        pub use crate::status::*;
    }
}

/// Compiles the examples in the documentation.
#[cfg(all(doctest, feature = "api"))]
#[doc = include_str!("../docs/library.md")]
pub struct Documentation;
