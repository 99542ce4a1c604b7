//! Runs the command for an orchestrator: as a KRM function, or as a legacy exec plugin of kustomize.
//!
//! This module knows the streams and exit codes that orchestrators expect. The library reads the `ResourceList`.

use super::args::Args;
use super::discover::Converters;
use super::exit::Exit;
use super::input::Source;
use super::report::Reporter;
use super::{discover, files, join, output};
use clap::CommandFactory as _;
use kueueleuleu::internals::LOOK_UP;
use kueueleuleu::{Config, Converter, Error, Rule};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;

/// kustomize sets this when it runs an exec plugin. The first argument is then the configuration file.
const PLUGIN_CONFIG: &str = "KUSTOMIZE_PLUGIN_CONFIG_STRING";

/// The KRM function: reads a `ResourceList` from stdin and writes one to stdout.
///
/// If stdin is a `ResourceList`, one is always written, and errors are in its `results`: orchestrators parse stdout
/// first, and treat empty output with exit code 0 as "delete everything".
pub(super) fn resource_list(reporter: &mut Reporter) -> anyhow::Result<Exit> {
    if io::stdin().is_terminal() {
        let _ = write!(io::stderr(), "{}", Args::command().render_help());
        return Ok(Exit::Unusable);
    }
    let source = Source::stdin()?;
    let converted = match Converter::new(Config::default()).threads(0).resource_list(&source.text) {
        Ok(converted) => converted,
        // Without a line number, the file name "stdin" adds nothing.
        Err(error) if error.diagnostics().iter().all(|diagnostic| diagnostic.span.is_none()) => {
            return Err(error.into());
        }
        Err(error) => {
            reporter.error(&source, &error);
            return Ok(Exit::Unusable);
        }
    };
    output::write(|out| converted.pieces().try_for_each(|piece| out.write_all(piece.as_bytes())))?;
    reporter.diagnostics(&source, &converted.diagnostics);
    Ok(if reporter.any_error(&converted.diagnostics) { Exit::Unconverted } else { Exit::Done })
}

/// The exec plugin: reads the configuration from a file, and manifests from stdin.
pub(super) fn exec_plugin(arguments: &[PathBuf], reporter: &mut Reporter) -> anyhow::Result<Exit> {
    // kustomize passes one argument. Anybody else who passes words has forgotten `-f`.
    let known = usize::from(std::env::var_os(PLUGIN_CONFIG).is_some());
    if let Some(path) = arguments.get(known) {
        let path = path.display();
        return Err(Error::new(Rule::InvalidUsage, format!("unexpected argument `{path}`"))
            .help(format!("use `-f {path}` to read a file"))
            .into());
    }
    let Some(config) = discover::single(&arguments[0], reporter)? else { return Ok(Exit::Unusable) };
    let sources = [Source::stdin()?];
    let converters = Converters::only(Converter::new(config).threads(0));
    match files::convert_all(converters, &sources, (Exit::Done, LOOK_UP), reporter) {
        Ok(results) => output::write(|out| join::write(out, &results)).map(|()| Exit::Done),
        Err(exit) => Ok(exit),
    }
}
