//! The command line: dispatches the parsed arguments to a subcommand and returns the exit code.
//!
//! This folder is the only place of the command with I/O. It knows neither YAML nor Kubernetes.

mod age;
pub(crate) mod args;
mod cluster;
mod completion;
mod diff;
mod discover;
mod exit;
mod explain;
mod files;
mod finding;
mod function;
mod github;
mod human;
mod hunks;
#[cfg(feature = "registry")]
mod images;
mod in_place;
mod init;
mod input;
mod join;
mod json;
mod kustomization;
mod line_index;
mod logs;
mod look_up;
mod notes;
mod output;
mod overrides;
mod policy;
mod progress;
mod report;
mod run;
mod sarif;
mod snippet;
mod status;
mod summary;
mod system;
mod table;
mod template;
mod temporary;
pub(crate) mod usage;
mod walk;

use args::{Args, Subcommand};
use exit::Exit;
use report::{Reporter, Verbosity};
use std::process::ExitCode;

/// Runs the command. Problems are reported on stderr and in the exit code.
pub(crate) fn run(args: &Args) -> ExitCode {
    output::set_color(args.color);
    let mut reporter = Reporter::new(args.error_format).strict(args.strict).verbosity(verbosity(args));
    let exit = match (&args.command, args.plugin_config.as_slice()) {
        (Some(Subcommand::Explain { field }), _) => explain::show(field),
        (Some(Subcommand::Init { directory }), _) => init::write(directory),
        (Some(Subcommand::Version { output }), _) => completion::version(*output),
        (Some(Subcommand::Completion { shell }), _) => completion::write(*shell),
        (Some(Subcommand::Status(status)), _) => status::show(status, &mut reporter),
        #[cfg(feature = "registry")]
        (Some(Subcommand::Images(images)), _) => images::run(images, &mut reporter),
        (Some(Subcommand::Policy(policy)), _) => policy::write(policy, &mut reporter),
        (Some(Subcommand::Logs(logs)), _) => logs::show(logs, &mut reporter),
        (Some(Subcommand::Run(run)), _) => run::run(run, &mut reporter),
        _ if !args.filename.is_empty() => files::convert(args, &mut reporter),
        (None, []) => function::resource_list(&mut reporter),
        (None, words) => function::exec_plugin(words, &mut reporter),
    };
    let exit = exit.unwrap_or_else(|failure| {
        reporter.failure(&failure);
        Exit::Unusable
    });
    reporter.finish();
    exit.into()
}

/// How much to report, according to the flags.
fn verbosity(args: &Args) -> Verbosity {
    if args.quiet { Verbosity::Quiet } else { Verbosity::Normal }
}
