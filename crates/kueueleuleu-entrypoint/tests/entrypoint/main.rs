//! Tests the real `kueueleuleu-entrypoint` with all signals, many exit codes, and many kinds of failures.
//!
//! No test sleeps for a fixed time: it polls for the expected state until a deadline. A test that needs privileges
//! (`unshare`) reports that it is skipped if it has none; with `CI` set, that is a failure.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stderr,
    reason = "tests start processes, read files, and report what they skip"
)]

mod command;
mod contract;
mod files;
mod flags;
mod graphs;
mod harness;
mod liveness;
mod lives;
mod probes;
mod signals;
mod stop;
mod terminal;
mod tries;
mod waiting;
