//! `completion` and `version`: print facts about the command line itself.

use super::args::{Args, Shell, VersionFormat, scripts};
use super::exit::Exit;
use super::output;
use clap::CommandFactory as _;
use std::io::Write as _;

/// Writes the completion script for a shell.
pub(super) fn write(shell: Shell) -> anyhow::Result<Exit> {
    let shell = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    output::write(|out| out.write_all(&scripts::completion(shell)))?;
    Ok(Exit::Done)
}

/// Writes the version.
pub(super) fn version(format: Option<VersionFormat>) -> anyhow::Result<Exit> {
    let text = match format {
        None => Args::command().render_version(),
        Some(VersionFormat::Json) => format!(
            "{:#}\n",
            serde_json::json!({
                "version": env!("CARGO_PKG_VERSION"),
                "os": std::env::consts::OS,
                "arch": std::env::consts::ARCH,
                "protocol": kueueleuleu_protocol::PROTOCOL_VERSION,
            })
        ),
    };
    output::write(|out| out.write_all(text.as_bytes()))?;
    Ok(Exit::Done)
}
