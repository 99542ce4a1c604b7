//! Bytes in: files and stdin, read whole, within the limit, as UTF-8.
//!
//! Knows nothing of what is in them. Directories are walked elsewhere.

use super::walk::Input;
use anyhow::Context as _;
use kueueleuleu::{Error, Rule};
use kueueleuleu_yaml::span::LineColumn;
use memmap2::{MmapMut, MmapOptions};
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::str::Utf8Error;

/// The largest text that is read: 1 GiB. Spans hold 32 bits.
const LIMIT: u64 = 1 << 30;
/// From here on a text is large.
const LARGE: u64 = 1 << 20;

/// A text and where it came from.
#[derive(Debug)]
pub(crate) struct Source {
    /// What people call it: the path, or `stdin`.
    pub name: String,
    /// The file; `None` for stdin.
    pub path: Option<PathBuf>,
    /// What was read.
    pub text: Cow<'static, str>,
    /// Whether it was found in a directory, and not named.
    pub is_found: bool,
}

impl Source {
    /// Reads a file or stdin.
    pub(crate) fn read(input: Input) -> anyhow::Result<Self> {
        match input {
            Input::Stdin => Self::stdin(),
            Input::File(path) => Self::open(&path),
            Input::Found(path) => Ok(Self { is_found: true, ..Self::open(&path)? }),
        }
    }

    /// A text that comes from no file.
    pub(crate) fn made(name: String, text: String) -> Self {
        Self { name, path: None, text: Cow::Owned(text), is_found: false }
    }

    /// Reads stdin. It may be a file or a pipe.
    pub(crate) fn stdin() -> anyhow::Result<Self> {
        let name = "stdin".to_owned();
        // The file beneath, not `Stdin`, whose buffer would be copied from, and which does not know its size.
        let file = super::system::stdin().context("could not read stdin")?;
        Ok(Self { text: read_all(&file, &name)?, name, path: None, is_found: false })
    }

    /// Reads a file.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let name = path.strip_prefix("./").unwrap_or(path).display().to_string();
        let file = File::open(path).with_context(|| format!("could not read `{name}`"))?;
        Ok(Self { text: read_all(&file, &name)?, name, path: Some(path.to_owned()), is_found: false })
    }
}

fn read_all(file: &File, name: &str) -> anyhow::Result<Cow<'static, str>> {
    let unreadable = || format!("could not read `{name}`");
    let metadata = file.metadata().with_context(unreadable)?;
    // Only of a regular file is the length known. Others (a pipe, a terminal) say 0.
    let expected = if metadata.is_file() { metadata.len() } else { 0 };
    let bytes =
        if expected <= LIMIT { read_bytes(file, expected).with_context(unreadable)? } else { Cow::default() };
    if expected > LIMIT || bytes.len() as u64 > LIMIT {
        return Err(Error::new(Rule::TooLarge, format!("`{name}` is larger than 1 GiB"))
            .help("split it into several files")
            .into());
    }
    Ok(decode(bytes).map_err(|(what, help)| {
        Error::new(Rule::InvalidUtf8, format!("`{name}` is not UTF-8: {what}")).help(help)
    })?)
}

/// Reads up to one byte more than the limit.
fn read_bytes(mut file: &File, expected: u64) -> io::Result<Cow<'static, [u8]>> {
    let mut bytes = Vec::new();
    if expected <= LARGE {
        // One more than there should be: so the read that finds the end needs no further memory.
        bytes.reserve_exact(usize::try_from(expected).map_err(io::Error::other)? + 1);
        file.take(LARGE + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 <= LARGE {
            return Ok(Cow::Owned(bytes));
        }
    }
    let Ok(mut pages) = large_pages() else {
        file.take(LIMIT + 1 - bytes.len() as u64).read_to_end(&mut bytes)?;
        return Ok(Cow::Owned(bytes));
    };
    let mut length = bytes.len();
    pages[..length].copy_from_slice(&bytes);
    loop {
        match file.read(&mut pages[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    // It is needed until the end, and the end of the process takes it away.
    Ok(Cow::Borrowed(&Box::leak(Box::new(pages))[..length]))
}

/// Room for the largest text, of which only what is written to takes memory: in pages of 2 MiB where the system has
/// them, since asking for each 4 KiB takes longer than reading them.
fn large_pages() -> io::Result<MmapMut> {
    let length = usize::try_from(LIMIT + 1).map_err(io::Error::other)?;
    let pages = MmapOptions::new().len(length).no_reserve_swap().map_anon()?;
    #[cfg(target_os = "linux")]
    // Small ones do as well.
    let _ = pages.advise(memmap2::Advice::HugePage);
    Ok(pages)
}

/// The bytes as text, or what they are instead, and the way out.
fn decode(bytes: Cow<'static, [u8]>) -> Result<Cow<'static, str>, (String, &'static str)> {
    let refused = |bytes: &[u8], error: Utf8Error| {
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return ("it looks like UTF-16".to_owned(), "convert it with `iconv -f UTF-16 -t UTF-8`");
        }
        let (valid, rest) = bytes.split_at(error.valid_up_to());
        let valid = String::from_utf8_lossy(valid);
        let place = LineColumn::of(&valid, u32::try_from(valid.len()).unwrap_or(u32::MAX));
        let byte = rest.first().copied().unwrap_or_default();
        (
            format!("byte 0x{byte:02x} at {}:{}", place.line, place.column),
            "manifests must be UTF-8; convert it with `iconv`",
        )
    };
    match bytes {
        Cow::Borrowed(bytes) => {
            str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| refused(bytes, error))
        }
        Cow::Owned(bytes) => String::from_utf8(bytes)
            .map(Cow::Owned)
            .map_err(|error| refused(error.as_bytes(), error.utf8_error())),
    }
}
