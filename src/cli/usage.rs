//! Reports what `clap` returns instead of arguments: usage errors, and the texts of `--help` and `--version`.
//!
//! `clap` stops at the first wrong argument. This module drops that argument and parses the others again, so that all
//! wrong arguments are reported at once. It knows the format of `clap`'s messages, and drops the tips in them that would
//! mislead.

use super::args::{Args, ErrorFormat};
use super::output::is_colorful;
use super::report::Reporter;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser as _, ValueEnum as _};
use kueueleuleu::{Error, Rule};
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::ops::Range;
use std::process::ExitCode;

const FORMAT: &str = "--error-format";

/// Writes a help text to stdout, or reports the usage errors.
pub(crate) fn report(error: clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let text = error.render();
        let text = if is_colorful(&io::stdout()) { text.ansi().to_string() } else { text.to_string() };
        // A closed pipe is not a failure.
        return match io::stdout().write_all(text.as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(2),
            _ => ExitCode::SUCCESS,
        };
    }
    let arguments: Vec<_> =
        std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let mut reporter = Reporter::new(format(&arguments));
    for (message, help) in all(error, &arguments) {
        reporter.failure(&Error::new(Rule::InvalidUsage, message).help(help).into());
    }
    reporter.finish();
    ExitCode::from(2)
}

/// The message and the help of each wrong argument, in the order of the arguments. `first` is their first error.
fn all(first: clap::Error, arguments: &[String]) -> Vec<(String, String)> {
    let mut left: Vec<(usize, &str)> = arguments.iter().map(String::as_str).enumerate().collect();
    let mut found = BTreeMap::new();
    let mut next = Some(first);
    while let Some(error) = next {
        let text = explained(&error.render().to_string());
        let Some(wrong) = wrong(&error, &left) else {
            // Dropped arguments may have caused this error, such as a missing value.
            if found.is_empty() {
                found.insert(0, text);
            }
            break;
        };
        let position = left[wrong.start].0;
        left.drain(wrong);
        // A flag that occurs twice is reported once.
        if !found.values().any(|known| *known == text) {
            found.insert(position, text);
        }
        next = Args::try_parse_from(left.iter().map(|(_, argument)| argument)).err();
    }
    found.into_values().collect()
}

/// The arguments to drop because of an error: a word, or a flag with all words after it, since they may be its values.
/// Returns `None` if the error is not about one argument.
fn wrong(error: &clap::Error, arguments: &[(usize, &str)]) -> Option<Range<usize>> {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let value = match error.kind() {
        ErrorKind::UnknownArgument => None,
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => context(ContextKind::InvalidValue),
        _ => return None,
    };
    // `--diffs`, `-x`, `--strategy <STRATEGY>`, `<SHELL>`
    let name = context(ContextKind::InvalidArg)?.split(' ').next()?;
    let arguments: Vec<&str> = arguments.iter().map(|(_, argument)| *argument).collect();
    let end = arguments.iter().position(|argument| *argument == "--").unwrap_or(arguments.len());
    let position = |is_named: &dyn Fn(usize) -> bool| (1..end).find(|&at| is_named(at));
    if !is_flag(name) {
        let at = position(&|at| arguments[at] == value.unwrap_or(name))?;
        return Some(at..at + 1);
    }
    // `--kind=Pod,x`, `-ox`, or `x` in the next argument.
    let has_value = |at: usize| {
        let is_in = |argument: &str, value| argument.split(['=', ',']).any(|part| part == value);
        value.is_none_or(|value| {
            let next = arguments[..end].get(at + 1);
            arguments[at].ends_with(value)
                || is_in(arguments[at], value)
                || next.is_some_and(|next| *next == value || is_in(next, value))
        })
    };
    // `clap` calls the `x` in `-Rx` by `-x`, and `-o x` and `-ox` by the long name of `-o`.
    let is_short = |argument: &str| {
        is_flag(argument) && !argument.starts_with("--") && (value.is_some() || argument.contains(&name[1..]))
    };
    let is_long = |argument: &str| argument.split('=').next() == Some(name);
    let at = position(&|at| is_long(arguments[at]) && has_value(at))
        .or_else(|| position(&|at| is_short(arguments[at]) && has_value(at)))?;
    let command = Args::command();
    let is_word = |at: &usize| {
        let argument = arguments[*at];
        Some(argument) == value || !(is_flag(argument) || command.find_subcommand(argument).is_some())
    };
    Some(at..at + 1 + (at + 1..end).take_while(is_word).count())
}

/// Whether an argument looks like a flag. `-` is stdin, and `-1` a number.
fn is_flag(argument: &str) -> bool {
    argument.strip_prefix('-').is_some_and(|name| name.starts_with(|c: char| !c.is_ascii_digit()))
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
fn format(arguments: &[String]) -> ErrorFormat {
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
        let of = |line: &str| format(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
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
