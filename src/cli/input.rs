//! Reads whole files and stdin as UTF-8, up to a limit.
//!
//! This module does not know what the texts contain. [`super::walk`] finds files in directories.

use anyhow::Context as _;
use kueueleuleu::{Error, Rule};
use kueueleuleu_yaml::span::LineColumn;
use memmap2::{MmapMut, MmapOptions};
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::str::Utf8Error;

/// The largest text that is read: 1 GiB. Offsets in spans have 32 bits.
const LIMIT: u64 = 1 << 30;
/// Longer texts are read into large pages.
const LARGE: u64 = 1 << 20;

/// A text to read.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// `-`
    Stdin,
    /// A file that the user passed.
    File(PathBuf),
    /// A file that was found in a directory.
    Found(PathBuf),
}

impl Input {
    /// The name in messages.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Stdin => "stdin".to_owned(),
            Self::File(path) | Self::Found(path) => {
                path.strip_prefix("./").unwrap_or(path).display().to_string()
            }
        }
    }
}

/// A text and where it came from.
#[derive(Debug)]
pub(crate) struct Source {
    /// The name in messages: the path, or `stdin`.
    pub name: String,
    /// The file; `None` for stdin.
    pub path: Option<PathBuf>,
    /// The content.
    pub text: Cow<'static, str>,
    /// Whether the file was found in a directory, instead of being passed by the user.
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

    /// A text that does not come from a file.
    pub(crate) fn from_text(name: String, text: String) -> Self {
        Self { name, path: None, text: Cow::Owned(text), is_found: false }
    }

    /// Reads stdin, which may be a file or a pipe.
    pub(crate) fn stdin() -> anyhow::Result<Self> {
        let name = "stdin".to_owned();
        // The underlying file: `Stdin` would copy everything through its buffer, and does not know the size.
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
    // Only regular files have a known length. Pipes and terminals report 0.
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
        // One byte more than expected, so that the read that finds the end does not grow the buffer.
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
    // The text is needed until the process ends, so nothing has to free it.
    Ok(Cow::Borrowed(&Box::leak(Box::new(pages))[..length]))
}

/// Reserves address space for the largest text. Only pages that are written to use memory. The pages have 2 MiB if the
/// system supports that, because page faults for every 4 KiB would take longer than reading the file.
fn large_pages() -> io::Result<MmapMut> {
    let length = usize::try_from(LIMIT + 1).map_err(io::Error::other)?;
    let pages = MmapOptions::new().len(length).no_reserve_swap().map_anon()?;
    #[cfg(target_os = "linux")]
    // Without large pages, small ones are used.
    let _ = pages.advise(memmap2::Advice::HugePage);
    Ok(pages)
}

/// Decodes the bytes as UTF-8. The error is what they are instead, and how to fix it.
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
