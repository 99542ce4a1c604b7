//! Tests `kueueleuleu images` with Debian's `docker-registry`, with handmade images that `skopeo` pushes, and with
//! servers that misbehave. All servers run on this machine.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests write files, start processes, and fail in their helpers"
)]

mod faults;
mod local;
mod login;
mod offline;
mod registry;
#[path = "../cli/run.rs"]
mod run;
mod support;
mod which;
