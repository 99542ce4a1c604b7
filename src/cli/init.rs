//! `init`: writes a configuration in which every field is commented out.
//!
//! This module knows files; the library knows the fields.

use super::discover::FILE_NAME;
use super::exit::Exit;
use super::output;
use anyhow::Context as _;
use kueueleuleu::config;
use kueueleuleu::{Error, Rule};
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

/// Writes the configuration to a directory without one, or to stdout for `-`.
pub(super) fn write(directory: &Path) -> anyhow::Result<Exit> {
    let text = config::template();
    if directory.as_os_str() == "-" {
        output::write(|out| out.write_all(text.as_bytes()))?;
        return Ok(Exit::Done);
    }
    let path = directory.join(FILE_NAME);
    let name = path.strip_prefix("./").unwrap_or(&path).display().to_string();
    let file = OpenOptions::new().write(true).create_new(true).open(&path);
    if file.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::AlreadyExists) {
        return Err(Error::new(Rule::InvalidUsage, format!("`{name}` already exists"))
            .help("edit it, or remove it first; `kueueleuleu init -` writes to stdout")
            .into());
    }
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("could not write `{name}`"))?;
    let _ = writeln!(io::stderr(), "{name} written: every field is commented out; remove a `#` to set one");
    Ok(Exit::Done)
}
