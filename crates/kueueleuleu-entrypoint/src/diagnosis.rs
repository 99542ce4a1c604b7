//! Why a command could not be started, where the kernel's own words mislead.
//!
//! Knows programs on disk: search path, first line, limits.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The longest single argument: the kernel's `MAX_ARG_STRLEN`, its end included.
const LONGEST_ARGUMENT: usize = 131_072;

/// What is known beyond `error`, for a program that got these variables beside our own.
pub(crate) fn why_not(
    program: &OsStr,
    args: &[OsString],
    variables: &[(OsString, OsString)],
    error: &io::Error,
) -> Option<String> {
    match error.kind() {
        io::ErrorKind::NotFound => missing_interpreter(program),
        io::ErrorKind::ArgumentListTooLong => Some(too_long(args, variables)),
        _ => None,
    }
}

/// The program is there, and yet the kernel finds none: it looked for the one that this one names.
fn missing_interpreter(program: &OsStr) -> Option<String> {
    let path = find(program)?;
    let mut start = Vec::new();
    fs::File::open(&path).and_then(|file| file.take(256).read_to_end(&mut start)).ok()?;
    let path = path.display();
    let Some(line) = start.strip_prefix(b"#!") else {
        return Some(format!(
            "`{path}` is there, but its dynamic loader is not; was it built for another C library?"
        ));
    };
    let line = line.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let interpreter = line.trim_start_matches([' ', '\t']).split([' ', '\t']).next().unwrap_or_default();
    let hint = if interpreter.ends_with('\r') { "; its lines end in CRLF" } else { "" };
    Some(format!("`{path}` is there, but its interpreter `{}` is not{hint}", interpreter.escape_default()))
}

/// Where the program is, as `execvp` looks for it.
fn find(program: &OsStr) -> Option<PathBuf> {
    if program.as_bytes().contains(&b'/') {
        return Some(PathBuf::from(program)).filter(|path| path.is_file());
    }
    let path = env::var_os("PATH").unwrap_or_else(|| "/bin:/usr/bin".into());
    env::split_paths(&path).map(|directory| directory.join(Path::new(program))).find(|path| path.is_file())
}

fn too_long(args: &[OsString], variables: &[(OsString, OsString)]) -> String {
    let longest = args.iter().enumerate().max_by_key(|(_, argument)| argument.len());
    match longest {
        Some((at, argument)) if argument.len() >= LONGEST_ARGUMENT => format!(
            "argument {} has {} bytes, the kernel allows {}",
            at + 1,
            argument.len(),
            LONGEST_ARGUMENT - 1
        ),
        _ => {
            let total: usize = args.iter().map(|argument| argument.len() + 1).sum();
            let variables = env::vars_os().chain(variables.iter().cloned());
            let environment: usize = variables.map(|(name, value)| name.len() + value.len() + 2).sum();
            format!("the arguments ({total} bytes) and the environment ({environment} bytes) are too long")
        }
    }
}
