//! kueueleuleu rewrites a Kubernetes `Pod`, `Job` or `CronJob` so that its containers run one after the other.
//!
//! Two promises shape this crate: every byte of a manifest that does not have to change is preserved, and what cannot be
//! done right is an error: a [`Diagnostic`] that names the resource, the field, the place and how to fix it.
//!
//! # Use
//!
//! - [`Converter`] converts YAML and JSON texts: streams of documents, and the `ResourceList` of a KRM function.
//! - [`convert_json`] converts a `serde_json::Value`.
//! - With the feature `api`, `convert_pod`, `convert_job` and `convert_cron_job` convert the types of `k8s-openapi`, and
//!   `running_container_name` tells which container of a converted pod runs now.
//! - [`Config`] says how; its default is what happens without a functionConfig.
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
//! - `registry` (default): the command `images`. Without it the binary has no code that could open a connection.
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
//! - [`kueueleuleu_yaml`] reads a document into a light tree of nodes with byte spans. It knows no Kubernetes; `kinds`
//!   tells it which keys are worth a node.
//! - [`config`] and `select` check the functionConfig and choose objects by it.
//! - `plan` is the heart: `diff(current, wrap(unwrap(current), config))` on a plain struct with just what the rewrite
//!   reads. Idempotence, converging after edits and reverting all follow from that one line.
//! - [`edit`](kueueleuleu_yaml::edit) knows layout (indentation, comments, block, flow, JSON) and lowers the plan's edit
//!   to [splices](kueueleuleu_yaml::splice), disjoint byte edits.
//! - `convert` runs these stages over a text; `api` applies a plan to values in memory.
//!
//! `status` reads such a pod back from the cluster: which step runs, since when, and why one failed.
//!
//! Nothing here does I/O: the binary does, in `main.rs` and `src/cli/`. The supervisor that runs inside the pods is the
//! crate `kueueleuleu-entrypoint`, and shares only [`kueueleuleu_protocol`] with this one.
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

/// What the command and the tests of the readers need. No part of the interface.
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

/// The examples of the documentation are compiled, too.
#[cfg(all(doctest, feature = "api"))]
#[doc = include_str!("../docs/library.md")]
pub struct Documentation;
