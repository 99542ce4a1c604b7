//! Writes the completions for bash, zsh and fish and the man pages into a directory:
//! `cargo run --example completions -- DIRECTORY`.
//!
//! For packages. It is an example instead of a subcommand, so that the command does not contain the man pages. Shells can
//! also get their completions from `kueueleuleu completion`.

#![expect(clippy::disallowed_methods, reason = "a program of its own, with its own argument")]

#[path = "../src/cli/args.rs"]
mod args;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_complete::{Generator as _, Shell};
use std::path::PathBuf;

fn main() -> anyhow::Result<()> {
    let directory =
        std::env::args_os().nth(1).map(PathBuf::from).context("the first argument is the directory")?;
    std::fs::create_dir_all(&directory)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let file = directory.join(shell.file_name("kueueleuleu"));
        std::fs::write(file, args::scripts::completion(shell))?;
    }
    clap_mangen::generate_to(args::Args::command(), &directory)?;
    let page = directory.join("kueueleuleu.1");
    let text = std::fs::read_to_string(&page)?;
    std::fs::write(page, text + SECTIONS)?;
    Ok(())
}

/// The sections of the man page that are not about flags.
const SECTIONS: &str = r#".SH "EXIT STATUS"
.TP
0
Done.
.TP
1
A resource could not be converted, or a pod or Job failed.
.TP
2
The command line is wrong, a file cannot be read or written, or kubectl failed.
.TP
3
\-\-check found something to change.
.SH ENVIRONMENT
.TP
NO_COLOR
If set and not empty, disables colors, unless \-\-color enables them.
.TP
FORCE_COLOR
If set, and neither empty nor 0, enables colors also in files and pipes.
.TP
TERM
If set to dumb, disables colors and the progress line.
.TP
KUBECTL
The kubectl that status, logs and run use, instead of the one in the PATH.
.TP
DOCKER_CONFIG, REGISTRY_AUTH_FILE
The credentials that images uses, as for docker and podman.
.TP
HTTPS_PROXY, HTTP_PROXY, NO_PROXY
The proxies that images uses.
.TP
KUSTOMIZE_PLUGIN_CONFIG_STRING
Set by kustomize when it runs kueueleuleu as a legacy exec plugin.
.SH FILES
.TP
\&.kueueleuleu.yaml
The configuration, a functionConfig. The nearest one is used: the one in the directory of the input, or in the closest parent
directory, up to the root of the repository.
.TP
\&.kueueleuleuignore, .gitignore
Patterns of files that a recursive walk skips.
"#;
