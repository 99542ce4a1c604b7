//! The binary `kueueleuleu-entrypoint`: the supervisor in front of every step of a rewritten pod.
//!
//! Knows which of its four trades was asked for: supervising a step (the rule), `cp`, `init`, `probe`. Of the
//! library it may see `kueueleuleu_protocol` alone: no YAML, no Kubernetes object. No thread but the first, no
//! `unsafe`, no async runtime: a supervisor that waits costs nothing.
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

use crate::args::Command;
use crate::signals::Signals;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    ExitCode::from(run(arguments))
}

/// Does what `arguments` (without the program's name) ask for, and returns the exit code.
fn run(mut arguments: Vec<OsString>) -> u8 {
    let first = arguments.first().and_then(|name| name.to_str()).unwrap_or_default();
    // The subcommands keep the default actions of all signals: they end in milliseconds, or are another program by
    // then, and have nothing to post.
    match first {
        COPY => copy::copy(&arguments.split_off(1)),
        INIT => copy::init(&arguments.split_off(1)),
        PROBE => probe::probe(arguments.split_off(1)),
        _ => supervise(arguments),
    }
}

/// Supervises a step. The handlers come before anything else: a signal that arrives earlier is lost for PID 1.
fn supervise(arguments: Vec<OsString>) -> u8 {
    let signals = Signals::install();
    match args::parse(arguments) {
        Ok(Command::Step(flags)) => step::run(&flags, signals),
        Ok(Command::Help) => {
            // A reader that closed the pipe has seen enough.
            let _ = io::stdout().write_all(args::USAGE.as_bytes());
            0
        }
        Err(wrong) => {
            // The next step would otherwise wait for a step that was never there.
            step::refuse(wrong.post_file.as_deref());
            args::misused(&wrong.message)
        }
    }
}
