//! `cp` and `init`: copy the entrypoint from its image to the shared volume, and create the directories of the steps.
//!
//! This module knows files and links, but nothing about running steps.

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

/// Writable for all users, because steps run as different users.
const FOR_ALL: u32 = 0o777;
/// Readable for all users, writable for one.
const READ_BY_ALL: u32 = 0o755;

/// `cp [-protocol VERSION] [-steps COUNT] SRC DST`.
pub(crate) fn copy(arguments: &[OsString]) -> u8 {
    let mut flags = CopyFlags::default();
    let files = match flags.read(arguments) {
        Ok(files) => files,
        Err(message) => return misused(&message),
    };
    if let Some(version) = flags.protocol.filter(|version| version != PROTOCOL_VERSION) {
        say(&format!(
            "{COPY}: the pod was converted for version {} of the protocol, but this image has version \
             {PROTOCOL_VERSION}; use the image of the kueueleuleu version that converted the pod",
            version.to_string_lossy()
        ));
        return exit::OWN_FAILURE;
    }
    match files {
        [source, target] => {
            let target = Path::new(target);
            let root = parent(parent(target));
            let placed = place(Path::new(source), target).and_then(|()| match flags.steps {
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
struct CopyFlags {
    protocol: Option<OsString>,
    steps: usize,
}

impl CopyFlags {
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
        [source, target, steps @ ..] => report(
            INIT,
            place(Path::new(source), Path::new(target)).and_then(|()| link(steps, Path::new(STEPS_DIR))),
        ),
        _ => misused("`init` takes a source, a target and the names of the steps"),
    }
}

/// Copies `source` to `target`, executable for all users.
///
/// The copy is written under another name and renamed: a longer old file leaves no tail, and an old file that is
/// running does not block the copy (`ETXTBSY`). A failure, such as a full volume, leaves no files behind.
fn place(source: &Path, target: &Path) -> io::Result<()> {
    let directory = parent(target);
    make(directory, READ_BY_ALL)?;
    if statvfs(directory)?.f_flag.contains(StatVfsMountFlags::NOEXEC) {
        let message = format!(
            "`{}` is mounted noexec, so steps cannot run the entrypoint from it",
            directory.display()
        );
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

/// Creates the directories of the steps below the root.
fn directories(root: &Path, steps: usize) -> io::Result<()> {
    make(&root.join(RUN), READ_BY_ALL)?;
    for step in 0..steps {
        let directory = run_dir(root, step);
        make(&directory, FOR_ALL)?;
        // If FIFOs are not allowed, each step creates the regular file that replaces its FIFO.
        let _ = liveness::make_for_others(&directory);
    }
    Ok(())
}

/// Creates a directory with this mode, despite the umask, and its parent directories. An existing directory keeps its
/// mode: it may belong to another user, or to the kubelet.
fn make(directory: &Path, mode: u32) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(directory)?;
    fs::set_permissions(directory, fs::Permissions::from_mode(mode))
}

/// Links the name and the index of each step to its status directory, in this directory.
fn link(steps: &[OsString], directory: &Path) -> io::Result<()> {
    if !steps.is_empty() {
        fs::create_dir_all(directory)?;
    }
    for (index, name) in steps.iter().enumerate() {
        let status = format!("{RUN_DIR}/{index}/{STATUS}");
        for name in [name, &OsString::from(index.to_string())] {
            let link = directory.join(name);
            let new = beside(&link);
            // The link exists if the container was restarted.
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

#[cfg(test)]
mod tests {
    use super::link;
    use std::fs;
    use std::path::Path;

    #[test]
    fn names_and_indexes_lead_to_the_status_of_each_step() {
        let directory = tempfile::tempdir().expect("a directory");
        let steps = directory.path().join("steps");
        link(&[], &steps).expect("nothing to link");
        assert!(!steps.exists());
        // The second time as in a restarted container.
        for _ in 0..2 {
            link(&["build".into(), "test".into()], &steps).expect("links");
            for (name, step) in [("build", 0), ("0", 0), ("test", 1), ("1", 1)] {
                let status = format!("/tekton/run/{step}/status");
                assert_eq!(fs::read_link(steps.join(name)).expect("a link"), Path::new(&status), "{name}");
            }
        }
        assert_eq!(fs::read_dir(&steps).expect("a directory").count(), 4);
    }
}
