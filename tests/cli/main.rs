//! The command line as its users see it: stdout, stderr and status, exactly.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests make files, start processes, fail in their helpers, and say what they skip"
)]

mod cluster;
mod completions;
mod configuration;
mod diff;
mod function;
mod in_place;
mod input;
mod join;
mod kpt;
mod origin;
mod outcome;
mod report;
mod silent;
mod status;
mod streams;
mod support;
mod walk;
