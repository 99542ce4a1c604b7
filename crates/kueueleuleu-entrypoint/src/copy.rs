//! `cp` and `init`: bring the entrypoint from its image into the volume that all steps see.
//!
//! Knows files and links; nothing of steps that run.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use kueueleuleu_protocol::{RUN_DIR, STATUS, STEPS_DIR, exit};

use crate::args::USAGE;
use crate::post::{beside, parent};
use crate::say;

/// `cp SRC DST`.
pub(crate) fn copy(arguments: &[OsString]) -> u8 {
    match arguments {
        [source, target] => report("cp", place(Path::new(source), Path::new(target))),
        _ => misused("`cp` takes a source and a target"),
    }
}

/// `init SRC DST [STEP...]`.
pub(crate) fn init(arguments: &[OsString]) -> u8 {
    match arguments {
        [source, target, steps @ ..] => {
            report("init", place(Path::new(source), Path::new(target)).and_then(|()| link(steps)))
        }
        _ => misused("`init` takes a source, a target and the steps' names"),
    }
}

/// Copies `source` to `target`, executable for everybody.
///
/// Beside and renamed: a longer old file leaves no tail, and one that runs is not in the way (`ETXTBSY`).
fn place(source: &Path, target: &Path) -> io::Result<()> {
    fs::create_dir_all(parent(target))?;
    let new = beside(target);
    fs::copy(source, &new)?;
    fs::set_permissions(&new, fs::Permissions::from_mode(0o755))?;
    fs::rename(&new, target)
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

/// Says what is wrong with the arguments of a subcommand.
pub(crate) fn misused(message: &str) -> u8 {
    say(&format!("{message}\n\n{}", USAGE.trim_end()));
    exit::USAGE
}
