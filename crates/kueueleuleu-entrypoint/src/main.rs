//! The binary `kueueleuleu-entrypoint`: the supervisor of every step in a rewritten pod.
//!
//! `main` selects the subcommand: `cp`, `init` or `probe`; without one, it supervises a step. The crate depends on
//! `kueueleuleu_protocol`, but knows neither YAML nor Kubernetes objects. It uses a single thread, no `unsafe` and no
//! async runtime, so that a waiting supervisor costs almost nothing.
#![forbid(unsafe_code)]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the supervisor is files, processes and signals; the library's rule against I/O is not for it"
)]

mod args;
mod command;
mod copy;
mod diagnosis;
mod files;
mod liveness;
mod log;
#[cfg(test)]
mod model;
mod names;
mod outcome;
mod outputs;
mod post;
mod probe;
mod retry;
mod sandbox;
mod signals;
mod step;
mod terminal;
mod termination;
mod tries;
mod wait;
mod watch;

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use kueueleuleu_protocol::{COPY, INIT, PROBE};

use crate::args::Request;
use crate::signals::Signals;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    ExitCode::from(run(arguments))
}

/// Does what `arguments` (without the program's name) ask for, and returns the exit code.
fn run(mut arguments: Vec<OsString>) -> u8 {
    let first = arguments.first().and_then(|name| name.to_str()).unwrap_or_default();
    // The subcommands keep the default actions of all signals: they end within milliseconds or become another program,
    // and no step waits for them.
    match first {
        COPY => copy::copy(&arguments.split_off(1)),
        INIT => copy::init(&arguments.split_off(1)),
        PROBE => probe::probe(arguments.split_off(1)),
        _ => supervise(arguments),
    }
}

/// Supervises a step. The signal handlers are installed first: PID 1 ignores signals without a handler.
fn supervise(arguments: Vec<OsString>) -> u8 {
    let signals = Signals::install();
    match args::parse(arguments) {
        Ok(Request::Step(flags)) => step::run(&flags, signals),
        Ok(Request::Help) => {
            // A closed pipe is not an error.
            let _ = io::stdout().write_all(args::USAGE.as_bytes());
            0
        }
        Err(wrong) => {
            // Post the failure: otherwise the next step would wait for this one.
            step::refuse(wrong.post_file.as_deref());
            args::misused(&wrong.message)
        }
    }
}
