//! Looks up images in files: an OCI layout in a directory or an archive, or an archive of `docker save` or `podman
//! save`.
//!
//! This module finds the documents in these files. The library parses and checks them.

use crate::cli::system;
use anyhow::Context as _;
use kueueleuleu::images::LookUpError;
use kueueleuleu::images::document::{self, Descriptor, Document, DocumentKind, Platforms, ResolvedImage};
use kueueleuleu::images::layout;
use kueueleuleu::images::reference::{Digest, Reference};
use kueueleuleu::{Error, Rule};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

const INDEX: &str = "index.json";
const SAVED: &str = "manifest.json";

/// The largest number of entries in an archive.
const MAX_ENTRIES: usize = 1 << 20;

/// Files with images in them.
#[derive(Debug)]
pub(super) enum Files {
    /// A directory.
    Directory(PathBuf),
    /// A tar archive, with the offset and the length of each file in it.
    Archive(File, HashMap<Vec<u8>, (u64, u64)>),
}

impl Files {
    /// Opens a directory with an OCI layout.
    pub(super) fn directory(path: &Path) -> anyhow::Result<Self> {
        let index = path.join(INDEX);
        if index.is_file() {
            return Ok(Self::Directory(path.to_owned()));
        }
        let message = format!("`{}` is not an OCI layout: it has no `{INDEX}`", path.display());
        Err(Error::new(Rule::InvalidUsage, message)
            .help("`skopeo copy docker://IMAGE oci:DIR:IMAGE` creates one")
            .into())
    }

    /// Opens an archive.
    pub(super) fn archive(path: &Path) -> anyhow::Result<Self> {
        let unreadable = || format!("could not read `{}`", path.display());
        let mut file = File::open(path).with_context(unreadable)?;
        let mut magic = [0; 4];
        let length = system::read_at(&file, &mut magic, 0).with_context(unreadable)?;
        let compressed = match &magic[..length] {
            [0x1f, 0x8b, ..] => Some("gunzip"),
            [0x28, 0xb5, 0x2f, 0xfd] => Some("unzstd"),
            [0xfd, b'7', b'z', b'X'] => Some("unxz"),
            _ => None,
        };
        if let Some(program) = compressed {
            let message = format!("`{}` is compressed", path.display());
            return Err(Error::new(Rule::InvalidUsage, message).help(format!("`{program}` it first")).into());
        }
        let entries = entries(&mut file).with_context(unreadable)?;
        if [INDEX, SAVED].iter().any(|name| entries.contains_key(name.as_bytes())) {
            return Ok(Self::Archive(file, entries));
        }
        let message = format!("`{}` is not an image archive", path.display());
        Err(Error::new(Rule::InvalidUsage, message)
            .help("`docker save`, `podman save` and `skopeo copy … oci-archive:FILE` write such archives")
            .into())
    }

    /// Looks up an image. If no other image is looked up (`is_only`), an image without a full name matches, too.
    pub(super) fn look_up(
        &self,
        reference: &Reference,
        platforms: &Platforms,
        is_only: bool,
    ) -> Result<ResolvedImage, LookUpError> {
        let Some(index) = self.read(INDEX, DocumentKind::Manifest.limit())? else {
            return self.look_up_saved(reference, platforms, is_only);
        };
        let Document::Index(entries) = Document::parse(&index)? else {
            return Err(LookUpError::new(format!("its `{INDEX}` is not an image index")));
        };
        let mut fetch = |descriptor: &Descriptor, kind: DocumentKind| {
            // A digest contains no `/` and no `..`, so the path stays in the directory.
            let name = format!("blobs/{}", descriptor.digest.as_str().replace(':', "/"));
            let missing = || LookUpError::new(format!("`{name}` is missing"));
            self.read(&name, kind.limit())?.ok_or_else(missing)
        };
        let chosen = layout::choose(&entries, reference, is_only)?;
        let top = document::fetched(chosen, DocumentKind::Manifest, &mut fetch)?;
        document::command(&top, platforms, &mut fetch)
    }

    fn look_up_saved(
        &self,
        reference: &Reference,
        platforms: &Platforms,
        is_only: bool,
    ) -> Result<ResolvedImage, LookUpError> {
        let missing = |name: &str| LookUpError::new(format!("`{name}` is missing"));
        let manifest = self.read(SAVED, DocumentKind::Manifest.limit())?.ok_or_else(|| missing(SAVED))?;
        let name = layout::saved_config(&manifest, reference, is_only)?;
        let config = self.read(&name, DocumentKind::Config.limit())?.ok_or_else(|| missing(&name))?;
        let command = document::run(&config, platforms)?;
        // The archive does not contain the manifest, so this is the ID of the image.
        Ok(ResolvedImage { digest: Digest::of(&config), command: document::agreed(vec![command])? })
    }

    /// The content of a file, or `None` if it does not exist.
    fn read(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, LookUpError> {
        let too_large = |length: u64| {
            let message = format!("`{name}` has {length} bytes; the limit is {limit}");
            if length > limit { Err(LookUpError::new(message)) } else { Ok(()) }
        };
        let unreadable = |error: io::Error| LookUpError::new(format!("`{name}`: {}", super::cause(&error)));
        match self {
            Self::Directory(directory) => {
                let file = match File::open(directory.join(name)) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                    file => file.map_err(unreadable)?,
                };
                too_large(file.metadata().map_err(unreadable)?.len())?;
                let mut bytes = Vec::new();
                file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
                too_large(bytes.len() as u64)?;
                Ok(Some(bytes))
            }
            Self::Archive(file, entries) => {
                let Some(&(start, length)) = entries.get(name.as_bytes()) else { return Ok(None) };
                too_large(length)?;
                let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
                read_exact_at(file, &mut bytes, start).map_err(unreadable)?;
                Ok(Some(bytes))
            }
        }
    }
}

fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match system::read_at(file, buffer, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(length) => {
                buffer = &mut buffer[length..];
                offset += length as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The offsets and lengths of the files in an archive. Nothing is unpacked.
fn entries(file: &mut File) -> io::Result<HashMap<Vec<u8>, (u64, u64)>> {
    let mut archive = tar::Archive::new(file);
    let mut entries = HashMap::new();
    for entry in archive.entries_with_seek()? {
        let entry = entry?;
        if entry.header().entry_type().is_file() {
            let name = entry.path_bytes();
            let name = name.strip_prefix(b"./").unwrap_or(&name).to_vec();
            entries.insert(name, (entry.raw_file_position(), entry.size()));
        }
        if entries.len() > MAX_ENTRIES {
            return Err(io::Error::other("it has too many files"));
        }
    }
    Ok(entries)
}
