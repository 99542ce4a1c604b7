//! Explains why a command could not be started, if the kernel's error is misleading.
//!
//! ```text
//! No such file or directory    ->    `/app/run.sh` exists, but its interpreter `/bin/bash` does not
//! ```
//!
//! This module knows programs on disk: the search path, the first line of scripts, and limits.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The longest single argument: the kernel's `MAX_ARG_STRLEN`, its end included.
const LONGEST_ARGUMENT: usize = 131_072;

/// A better explanation than `error`, if there is one. The program was started with these additional variables.
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

/// The program exists, but the kernel reports `NotFound`: it did not find the interpreter that the program names.
fn missing_interpreter(program: &OsStr) -> Option<String> {
    let path = find(program)?;
    let mut start = Vec::new();
    fs::File::open(&path).and_then(|file| file.take(256).read_to_end(&mut start)).ok()?;
    let path = path.display();
    let Some(line) = start.strip_prefix(b"#!") else {
        return Some(format!(
            "`{path}` exists, but its dynamic loader does not; was it built for another C library?"
        ));
    };
    let line = line.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let interpreter = line.trim_start_matches([' ', '\t']).split([' ', '\t']).next().unwrap_or_default();
    let hint = if interpreter.ends_with('\r') { "; its lines end in CRLF" } else { "" };
    Some(format!("`{path}` exists, but its interpreter `{}` does not{hint}", interpreter.escape_default()))
}

/// The path of the program, searched for as `execvp` does.
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
            "argument {} has {} bytes, but the kernel allows only {}",
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

#[cfg(test)]
mod tests {
    use super::{LONGEST_ARGUMENT, too_long};

    #[test]
    fn an_argument_that_is_too_long_alone_is_named() {
        let message = |length| too_long(&["ab".into(), "x".repeat(length).into(), "c".into()], &[]);
        assert_eq!(
            message(LONGEST_ARGUMENT),
            "argument 2 has 131072 bytes, but the kernel allows only 131071"
        );
        assert!(
            message(LONGEST_ARGUMENT - 1).starts_with("the arguments (131077 bytes) and the environment")
        );
    }

    #[test]
    fn the_size_of_the_environment_counts_names_values_and_their_ends() {
        let size = |variables: &[_]| -> usize {
            let message = too_long(&["ab".into(), "c".into()], variables);
            let rest = message.strip_prefix("the arguments (5 bytes) and the environment (").expect("a size");
            rest.strip_suffix(" bytes) are too long").and_then(|size| size.parse().ok()).expect("a size")
        };
        let with_variable = size(&[("NAME".into(), "a value".into())]);
        assert_eq!(with_variable - size(&[]), "NAME=a value\0".len());
    }
}
