//! The real `kueueleuleu-entrypoint`, under every signal, exit code and mishap that we could think of.
//!
//! Nothing here sleeps for a fixed time: what is expected is polled for until a deadline. What needs rights that the
//! machine does not give (`unshare`) says that it is skipped; with `CI` set that is a failure.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stderr,
    reason = "tests start processes, look at files, and say what they skip"
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
