//! The files that a step writes for the others: `out` or `out.err`, `exitCode`, `started`.
//!
//! Knows their names, their order and how to write them whole; not why a step ended.
//!
//! Tekton's binary also makes the directories `results` and `artifacts`; nothing of ours fills them.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use kueueleuleu_protocol::{ERR_SUFFIX, EXIT_CODE, STARTED};

use crate::ending::Told;

/// The places of one step. Without a post file nobody waits for it, and nothing is written for anybody.
pub(crate) struct Post {
    out: Option<PathBuf>,
    exit_code: Option<PathBuf>,
}

impl Post {
    /// `step_metadata_dir` is made when it is first written to.
    pub(crate) fn new(out: Option<&Path>, step_metadata_dir: Option<&Path>) -> Self {
        Self {
            out: out.map(Path::to_path_buf),
            exit_code: step_metadata_dir.map(|directory| directory.join(EXIT_CODE)),
        }
    }

    /// Whether the step succeeded in an earlier life of the container, and only its exit code was lost.
    pub(crate) fn done(&self) -> bool {
        self.out.as_ref().is_some_and(|out| out.exists())
    }

    /// Makes the directories, and removes what an earlier life of the container left behind.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        for file in [&self.out, &self.exit_code].into_iter().flatten() {
            fs::create_dir_all(parent(file))?;
        }
        let err = self.out.as_ref().map(|out| with_suffix(out, ERR_SUFFIX));
        let started = self.out.as_ref().map(|out| out.with_file_name(STARTED));
        for file in [started, err, self.exit_code.clone()].into_iter().flatten() {
            match fs::remove_file(&file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Says that the command is about to be started, for probes. If that cannot be written the work is still worth
    /// more than the probe.
    pub(crate) fn start(&self) {
        if let Some(out) = &self.out {
            let _ = write(&out.with_file_name(STARTED), b"");
        }
    }

    /// Tells the next step. Fails only if that cannot be done: an `exitCode` that does not fit on the disk holds
    /// nobody up.
    pub(crate) fn tell(&self, told: Told) -> io::Result<()> {
        match told {
            Told::Go(code) => {
                if let Some(exit_code) = &self.exit_code {
                    let _ = write(exit_code, code.to_string().as_bytes());
                }
                self.out.as_ref().map_or(Ok(()), |out| write(out, b""))
            }
            Told::Stop => self.out.as_ref().map_or(Ok(()), |out| write(&with_suffix(out, ERR_SUFFIX), b"")),
        }
    }
}

/// Writes a file beside its place and renames it: whoever sees it sees all of it.
fn write(file: &Path, contents: &[u8]) -> io::Result<()> {
    let new = beside(file);
    let mut options = fs::OpenOptions::new();
    let mut open = options.write(true).create(true).truncate(true).mode(0o644).open(&new)?;
    open.write_all(contents)?;
    fs::rename(&new, file)
}

/// The name under which `file` is made before it is renamed. Always the same, so that one that was killed halfway
/// leaves nothing that its next life does not replace.
pub(crate) fn beside(file: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(".new");
    file.with_file_name(name)
}

/// `file` with `suffix` after its whole name.
pub(crate) fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_os_string();
    name.push(suffix);
    PathBuf::from(name)
}

/// The directory of `file`, which is the current one for a bare name.
pub(crate) fn parent(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
