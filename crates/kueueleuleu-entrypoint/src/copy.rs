//! `cp` and `init`: bring the entrypoint from its image into the volume that all steps see, and make their directories.
//!
//! Knows files and links; nothing of steps that run.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use rustix::fs::{StatVfsMountFlags, statvfs};

use kueueleuleu_protocol::{
    COPY, INIT, PROTOCOL, PROTOCOL_VERSION, RUN, RUN_DIR, STATUS, STEPS, STEPS_DIR, exit,
};

use crate::args::{misused, run_dir, split};
use crate::files::{beside, parent};
use crate::liveness;
use crate::log::say;
use crate::retry::number;
use crate::sandbox;

/// For all users: steps run as different ones.
const FOR_ALL: u32 = 0o777;
/// Found and read by all, written by one.
const READ_BY_ALL: u32 = 0o755;

/// `cp [-protocol VERSION] [-steps COUNT] SRC DST`.
pub(crate) fn copy(arguments: &[OsString]) -> u8 {
    let mut asked = Asked::default();
    let files = match asked.read(arguments) {
        Ok(files) => files,
        Err(message) => return misused(&message),
    };
    if let Some(version) = asked.protocol.filter(|version| version != PROTOCOL_VERSION) {
        say(&format!(
            "{COPY}: the pod was written for version {} of the contract, this image speaks version {PROTOCOL_VERSION}; \
             use the image of the kueueleuleu that converted the pod",
            version.to_string_lossy()
        ));
        return exit::OWN_FAILURE;
    }
    match files {
        [source, target] => {
            let target = Path::new(target);
            let root = parent(parent(target));
            let placed = place(Path::new(source), target).and_then(|()| match asked.steps {
                0 => Ok(()),
                steps => directories(root, steps).and_then(|()| sandbox::begin(root, steps)),
            });
            report(COPY, placed)
        }
        _ => misused("`cp` takes a source and a target"),
    }
}

/// The flags of `cp`.
#[derive(Default)]
struct Asked {
    protocol: Option<OsString>,
    steps: usize,
}

impl Asked {
    /// Reads the flags, and returns the words after them.
    fn read<'a>(&mut self, mut arguments: &'a [OsString]) -> Result<&'a [OsString], String> {
        while let [first, rest @ ..] = arguments
            && first.as_encoded_bytes().starts_with(b"-")
        {
            let (name, value) = split(first)?;
            let (value, rest) = match (value, rest) {
                (Some(value), rest) => (value, rest),
                (None, [value, rest @ ..]) => (value.clone(), rest),
                (None, []) => return Err(format!("flag `{name}` needs a value")),
            };
            match name.as_str() {
                PROTOCOL => self.protocol = Some(value),
                STEPS => self.steps = count(&value)?,
                _ => return Err(format!("unknown flag `{name}`")),
            }
            arguments = rest;
        }
        Ok(arguments)
    }
}

fn count(value: &OsStr) -> Result<usize, String> {
    let wrong = || format!("`{STEPS} {}` is not a number of steps", value.to_string_lossy());
    value.to_str().and_then(number).ok_or_else(wrong)
}

/// `init SRC DST [STEP...]`.
pub(crate) fn init(arguments: &[OsString]) -> u8 {
    match arguments {
        [source, target, steps @ ..] => {
            report(INIT, place(Path::new(source), Path::new(target)).and_then(|()| link(steps)))
        }
        _ => misused("`init` takes a source, a target and the steps' names"),
    }
}

/// Copies `source` to `target`, executable for everybody.
///
/// Beside and renamed: a longer old file leaves no tail, and one that runs is not in the way (`ETXTBSY`). A failure, of a
/// full volume say, leaves nothing behind.
fn place(source: &Path, target: &Path) -> io::Result<()> {
    let directory = parent(target);
    make(directory, READ_BY_ALL)?;
    if statvfs(directory)?.f_flag.contains(StatVfsMountFlags::NOEXEC) {
        let message = format!("`{}` is mounted noexec: no step could run it there", directory.display());
        return Err(io::Error::other(message));
    }
    let new = beside(target);
    let copied = fs::copy(source, &new)
        .and_then(|_| fs::set_permissions(&new, fs::Permissions::from_mode(READ_BY_ALL)))
        .and_then(|()| fs::rename(&new, target));
    if copied.is_err() {
        let _ = fs::remove_file(&new);
    }
    copied
}

/// Makes the steps' directories under the root.
fn directories(root: &Path, steps: usize) -> io::Result<()> {
    make(&root.join(RUN), READ_BY_ALL)?;
    for step in 0..steps {
        let directory = run_dir(root, step);
        make(&directory, FOR_ALL)?;
        // Where FIFOs are refused each step makes what takes their place.
        let _ = liveness::make_for_others(&directory);
    }
    Ok(())
}

/// Makes a directory, and those above it, with this mode past the umask. One that is there keeps its mode: it may belong
/// to another user, or to the kubelet.
fn make(directory: &Path, mode: u32) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(directory)?;
    fs::set_permissions(directory, fs::Permissions::from_mode(mode))
}

/// Links each step's name and its index to its status directory.
fn link(steps: &[OsString]) -> io::Result<()> {
    if !steps.is_empty() {
        fs::create_dir_all(STEPS_DIR)?;
    }
    for (index, name) in steps.iter().enumerate() {
        let status = format!("{RUN_DIR}/{index}/{STATUS}");
        for name in [name, &OsString::from(index.to_string())] {
            let link = Path::new(STEPS_DIR).join(name);
            let new = beside(&link);
            // The container may have been restarted.
            let _ = fs::remove_file(&new);
            symlink(&status, &new)?;
            fs::rename(&new, &link)?;
        }
    }
    Ok(())
}

fn report(subcommand: &str, outcome: io::Result<()>) -> u8 {
    match outcome {
        Ok(()) => 0,
        Err(error) => {
            say(&format!("{subcommand}: {error}"));
            exit::OWN_FAILURE
        }
    }
}
