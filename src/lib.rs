//! kueueleuleu rewrites a Kubernetes `Pod`, `Job` or `CronJob` so that its containers run one after the other.
#![forbid(unsafe_code)]
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod config;
pub mod convert;
pub mod diagnostic;
pub mod edit;
pub mod kinds;
pub mod krm;
pub mod plan;
pub mod protocol;
mod quantity;
pub mod route;
pub mod select;
pub mod span;
pub mod splice;
pub mod view;
pub mod yaml;
