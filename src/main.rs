//! Runs the binary `kueueleuleu`: parses the arguments and returns an exit code. Everything else is in `cli`.
#![forbid(unsafe_code)]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the command line is the one place with I/O: this file and src/cli/"
)]

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::args::Args::try_parse() {
        Ok(args) => cli::run(&args),
        Err(error) => cli::usage::report(error),
    }
}
