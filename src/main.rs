//! The binary `kueueleuleu`: arguments in, an exit code out. All else is in `cli`.
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
        // Help and version are such "errors", too; `clap` knows which stream is theirs. A closed pipe is no failure.
        Err(error) => {
            let _ = error.print();
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(u8::MAX))
        }
    }
}
