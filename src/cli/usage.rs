//! Reports what `clap` returns instead of arguments: usage errors, and the texts of `--help` and `--version`.
//!
//! This module knows the format of `clap`'s messages, and drops the tips in them that would mislead.

use super::args::ErrorFormat;
use super::output::is_colorful;
use super::report::Reporter;
use clap::ValueEnum as _;
use clap::error::ErrorKind;
use kueueleuleu::{Error, Rule};
use std::io::{self, Write as _};
use std::process::ExitCode;

const FORMAT: &str = "--error-format";

/// Writes a help text to stdout, or reports a usage error.
pub(crate) fn report(error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let text = error.render();
        let text = if is_colorful(&io::stdout()) { text.ansi().to_string() } else { text.to_string() };
        // A closed pipe is not a failure.
        return match io::stdout().write_all(text.as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(2),
            _ => ExitCode::SUCCESS,
        };
    }
    let (message, help) = explained(&error.render().to_string());
    let mut reporter = Reporter::new(format(std::env::args()));
    reporter.failure(&Error::new(Rule::InvalidUsage, message).help(help).into());
    reporter.finish();
    ExitCode::from(2)
}

/// The message and the help of an error of `clap`, each in one line.
///
/// ```text
/// error: unexpected argument '--diffs' found          unexpected argument '--diffs' found
///                                               ->
///   tip: a similar argument exists: '--diff'          a similar argument exists: '--diff'; see `kueueleuleu --help`
/// ```
fn explained(text: &str) -> (String, String) {
    const ADVICE: &str = "see `kueueleuleu --help`";
    let mut parts = text.split("\n\n");
    let message = parts.next().unwrap_or_default().trim_start_matches("error: ");
    // `clap` takes a word without a flag for the file of a kustomize plugin. The user forgot `-f`.
    if message.contains("[FILE]...") {
        let help = format!("use `-f FILE` to read a file; {ADVICE}");
        return ("a file was passed without `-f`".to_owned(), help);
    }
    let message: Vec<_> = message.lines().map(str::trim).collect();
    let tips = parts.flat_map(str::lines).filter_map(|line| line.trim().strip_prefix("tip: "));
    // `-- --flag` would turn a misspelled flag into a file name.
    let tips = tips.filter(|tip| !tip.contains("use '-- "));
    let help: Vec<_> = tips.chain([ADVICE]).collect();
    (message.join(" "), help.join("; "))
}

/// The value of `--error-format`, read without `clap`, which has already rejected the arguments.
fn format(arguments: impl Iterator<Item = String>) -> ErrorFormat {
    let arguments: Vec<String> = arguments.collect();
    let value = arguments.iter().enumerate().find_map(|(at, argument)| {
        let rest = argument.strip_prefix(FORMAT)?;
        rest.strip_prefix('=')
            .or_else(|| arguments.get(at + 1).map(String::as_str).filter(|_| rest.is_empty()))
    });
    value.and_then(|value| ErrorFormat::from_str(value, false).ok()).unwrap_or(ErrorFormat::Human)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_found_although_other_arguments_are_wrong() {
        let of = |line: &str| format(line.split(' ').map(str::to_owned));
        assert_eq!(of("k --error-format json --x"), ErrorFormat::Json);
        assert_eq!(of("k --x --error-format=sarif"), ErrorFormat::Sarif);
        assert_eq!(of("k --error-format"), ErrorFormat::Human);
        assert_eq!(of("k --error-format=x"), ErrorFormat::Human);
    }

    #[test]
    fn a_misleading_tip_is_dropped() {
        let text = "error: unexpected argument '-x' found\n\n  tip: to pass '-x' as a value, use '-- -x'\n\nUsage: k\n";
        let (message, help) = explained(text);
        assert_eq!(message, "unexpected argument '-x' found");
        assert!(!help.contains("-- -x"), "{help}");
    }
}
