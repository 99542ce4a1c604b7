//! Builds the command line that looks up the images of this run, for the user to paste into a shell.
//!
//! This module knows the arguments and how to quote them for a shell. It knows nothing about images.

use kueueleuleu::Diagnostic;
use kueueleuleu::internals::LOOK_UP;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The name of the functionConfig if there is none yet.
const CONFIG: &str = "sequential.yaml";

/// The command line for these arguments: `-f`, `-R` and `--config`. It names each file once.
pub(super) fn command(filename: &[PathBuf], recursive: bool, config: Option<&Path>) -> String {
    let recursive = if recursive { " -R" } else { "" };
    let mut seen = HashSet::new();
    let files: Vec<_> = filename.iter().filter(|path| seen.insert(*path)).map(|path| quoted(path)).collect();
    let config = config.unwrap_or(Path::new(CONFIG));
    format!("kueueleuleu images{recursive} -f {} --write {}", files.join(" "), quoted(config))
}

/// Inserts the command line into the help texts of diagnostics.
pub(super) fn insert(command: &str, diagnostics: &mut [Diagnostic]) {
    for help in diagnostics.iter_mut().filter_map(|diagnostic| diagnostic.help.as_mut()) {
        if help.contains(LOOK_UP) {
            *help = help.replace(LOOK_UP, command);
        }
    }
}

/// Quotes a path as one word for a shell. `-x` becomes `./-x`, so that it does not look like an option.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let path = if path.starts_with('-') && path != "-" { format!("./{path}") } else { path };
    let is_plain = |char: char| char.is_alphanumeric() || "_./-:@%+,=".contains(char);
    if !path.is_empty() && path.chars().all(is_plain) {
        return path;
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_quoted_for_a_shell_and_files_named_once() {
        for (files, recursive, config, expected) in [
            (&["größe.yaml"][..], false, None, "-f größe.yaml --write sequential.yaml"),
            (&["a b", "it's"], true, Some("$x"), r"-R -f 'a b' 'it'\''s' --write '$x'"),
            (&["./-x", "-y"], false, Some("-c.yaml"), "-f ./-x ./-y --write ./-c.yaml"),
            (&["-"], false, None, "-f - --write sequential.yaml"),
            (&["b", "a", "b"], false, None, "-f b a --write sequential.yaml"),
        ] {
            let files: Vec<_> = files.iter().map(PathBuf::from).collect();
            let command = command(&files, recursive, config.map(Path::new));
            assert_eq!(command, format!("kueueleuleu images {expected}"));
        }
    }
}
