//! Tests the command as users see it: exact stdout, stderr and exit status.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests write files, start processes, fail in their helpers, and report what they skip"
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
mod run;
mod silent;
mod status;
mod streams;
mod support;
mod usage;
mod walk;
