//! `explain`: what a field of the configuration is.
//!
//! Knows where the text goes; the library knows the fields.

use super::exit::Exit;
use super::output;
use std::io::Write as _;

/// Writes what the field is that `path` leads to.
pub(super) fn show(path: &str) -> anyhow::Result<Exit> {
    let text = kueueleuleu::config::explain(path)?;
    output::write(|out| out.write_all(text.as_bytes()))?;
    Ok(Exit::Done)
}
