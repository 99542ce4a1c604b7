//! `kueueleuleu images` against Debian's `docker-registry`, images made by hand and pushed by `skopeo`, and servers that
//! misbehave. Nothing outside this machine is asked.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests make files, start processes, and fail in their helpers"
)]

mod faults;
mod local;
mod login;
mod offline;
mod registry;
mod support;
mod which;
