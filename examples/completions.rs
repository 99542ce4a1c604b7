//! Writes the completions for bash, zsh and fish and the man pages into a directory:
//! `cargo run --example completions -- DIRECTORY`.
//!
//! For packages: an example and not a subcommand, so that the command carries no pages. A shell gets its completions by
//! `kueueleuleu completion`, too.

#![expect(clippy::disallowed_methods, reason = "a program of its own, with its own argument")]

#[path = "../src/cli/args.rs"]
mod args;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_complete::Shell;
use std::path::PathBuf;

fn main() -> anyhow::Result<()> {
    let directory =
        std::env::args_os().nth(1).map(PathBuf::from).context("the first argument is the directory")?;
    std::fs::create_dir_all(&directory)?;
    let mut command = args::Args::command();
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        clap_complete::generate_to(shell, &mut command, "kueueleuleu", &directory)?;
    }
    // The completions have added `help` to the other one.
    clap_mangen::generate_to(args::Args::command(), &directory)?;
    Ok(())
}
