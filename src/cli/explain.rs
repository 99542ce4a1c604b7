//! `explain`: describes a field of the configuration.
//!
//! This module writes the text; the library knows the fields.

use super::exit::Exit;
use super::output;
use std::io::Write as _;

/// Writes the description of the field at `path`.
pub(super) fn show(path: &str) -> anyhow::Result<Exit> {
    let text = kueueleuleu::config::explain(path)?;
    output::write(|out| out.write_all(text.as_bytes()))?;
    Ok(Exit::Done)
}
