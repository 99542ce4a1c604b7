//! Bytes in: files and stdin, read whole, within the limit, as UTF-8.
//!
//! Knows nothing of what is in them. Directories are walked elsewhere.

use super::walk::Input;
use anyhow::Context as _;
use kueueleuleu::diagnostic::Error;
use kueueleuleu::span::LineColumn;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

/// The largest text that is read: 1 GiB. Spans hold 32 bits.
const LIMIT: u64 = 1 << 30;

/// A text and where it came from.
#[derive(Debug)]
pub(crate) struct Source {
    /// What people call it: the path, or `stdin`.
    pub name: String,
    /// The file; `None` for stdin.
    pub path: Option<PathBuf>,
    /// What was read.
    pub text: String,
}

impl Source {
    /// Reads a file or stdin.
    pub(crate) fn read(input: Input) -> anyhow::Result<Self> {
        match input {
            Input::Stdin => Self::stdin(),
            Input::File(path) => Self::open(&path),
        }
    }

    /// Reads stdin. It may be a file or a pipe.
    pub(crate) fn stdin() -> anyhow::Result<Self> {
        let name = "stdin".to_owned();
        // The file beneath, not `Stdin`, whose buffer would be copied from, and which does not know its size.
        let file =
            io::stdin().as_fd().try_clone_to_owned().map(File::from).context("could not read stdin")?;
        Ok(Self { text: read_all(&file, &name)?, name, path: None })
    }

    /// Reads a file.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let name = path.strip_prefix("./").unwrap_or(path).display().to_string();
        let file = File::open(path).with_context(|| format!("could not read `{name}`"))?;
        Ok(Self { text: read_all(&file, &name)?, name, path: Some(path.to_owned()) })
    }
}

fn read_all(file: &File, name: &str) -> anyhow::Result<String> {
    let unreadable = || format!("could not read `{name}`");
    let metadata = file.metadata().with_context(unreadable)?;
    // Only of a regular file is the length known. Others (a pipe, a terminal) say 0.
    let expected = if metadata.is_file() { metadata.len() } else { 0 };
    let mut bytes = Vec::new();
    if expected <= LIMIT {
        // One more than there should be: so the read that finds the end needs no further memory.
        bytes.reserve_exact(usize::try_from(expected)? + 1);
        file.take(LIMIT + 1).read_to_end(&mut bytes).with_context(unreadable)?;
    }
    if expected > LIMIT || bytes.len() as u64 > LIMIT {
        return Err(Error::new(format!("`{name}` is larger than 1 GiB"))
            .help("split it into several files")
            .into());
    }
    Ok(decode(bytes)
        .map_err(|(what, help)| Error::new(format!("`{name}` is not UTF-8: {what}")).help(help))?)
}

/// The bytes as text, or what they are instead, and the way out.
fn decode(bytes: Vec<u8>) -> Result<String, (String, &'static str)> {
    String::from_utf8(bytes).map_err(|error| {
        let bytes = error.as_bytes();
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return ("it begins like UTF-16".to_owned(), "convert it with `iconv -f UTF-16 -t UTF-8`");
        }
        let (valid, rest) = bytes.split_at(error.utf8_error().valid_up_to());
        let valid = String::from_utf8_lossy(valid);
        let place = LineColumn::of(&valid, u32::try_from(valid.len()).unwrap_or(u32::MAX));
        let byte = rest.first().copied().unwrap_or_default();
        (
            format!("byte 0x{byte:02x} at {}:{}", place.line, place.column),
            "manifests are UTF-8; `iconv` converts from other encodings",
        )
    })
}
