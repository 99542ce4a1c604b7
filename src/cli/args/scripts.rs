//! The completion scripts of the shells, which `clap_complete` generates.

use super::Args;
use clap::CommandFactory as _;
use clap_complete::Shell;

/// The completion script for a shell.
pub(crate) fn completion(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "kueueleuleu", &mut script);
    if shell == Shell::Fish {
        // In `kueueleuleu --strategy <TAB>` the option lacks its value, so `argparse` fails. The generated function
        // then returns that failure, and fish offers files instead of the values. No subcommand has been typed yet.
        let text = String::from_utf8_lossy(&script);
        script = text.replacen("or return\n", "or return 0\n", 1).into_bytes();
    }
    script
}
