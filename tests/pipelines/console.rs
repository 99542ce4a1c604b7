//! Runs the `console` blocks of a README as one bash session, and compares the output with the README.
//!
//! A line `$ …` is a command, which continues on the next line if it ends in `\`. The following lines are its complete
//! output, in which `…` matches any text of a line. A command must succeed, unless the next one is `echo $?`.
//!
//! `BLESS=1` rewrites the README and the files that `diff` compares with, and fails the test.

use crate::machine::{Workplace, repository};
use std::fmt::Write as _;
use std::fs;
use std::mem::take;
use std::path::Path;

/// The separator between the outputs of two commands, which no command prints.
const MARK: &str = "\u{1}mark ";

#[derive(Debug, Default)]
struct Step {
    command: String,
    output: String,
}

/// Runs `README.md` of a directory of the repository, in a copy of it.
pub(crate) fn run(directory: &str, place: &Workplace) {
    let path = repository().join(directory).join("README.md");
    let readme = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let steps = steps(&readme);
    assert!(!steps.is_empty(), "no command in {}", path.display());
    let is_bless = std::env::var_os("BLESS").is_some();
    if is_bless {
        place.script("diff", &diff_that_blesses(directory));
    }
    let printed = session(place, &steps);
    if is_bless {
        bless(&path, &readme, &steps, &printed);
        panic!("{directory} was rewritten: review it");
    }
    for (step, printed) in steps.iter().zip(&printed) {
        assert!(
            agrees(&step.output, printed),
            "{directory}: $ {}\nshould print:\n{}\nprinted:\n{printed}",
            step.command,
            step.output
        );
    }
}

fn steps(readme: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let (mut is_console, mut is_command) = (false, false);
    for line in readme.lines() {
        if line.starts_with("```") {
            is_console = line == "```console";
        } else if is_console {
            match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push(Step { command: command.to_owned(), ..Step::default() }),
                (None, Some(step)) if is_command => write!(step.command, "\n{line}").unwrap(),
                (None, Some(step)) => writeln!(step.output, "{line}").unwrap(),
                (None, None) => panic!("a console block begins without `$ `: {line}"),
            }
            is_command = line.ends_with('\\') && (is_command || line.starts_with("$ "));
        }
    }
    steps
}

/// The output of each step.
fn session(place: &Workplace, steps: &[Step]) -> Vec<String> {
    let mut script = String::from("set -o pipefail\nexec 2>&1\n");
    for step in steps {
        // The next step can read `$?` of this one.
        write!(script, "{}\nstatus=$?; printf '{MARK}%d\\n' $status; (exit $status)\n", step.command)
            .unwrap();
    }
    let output = place.bash(&script).stdout;
    let mut printed = Vec::new();
    let mut text = String::new();
    for line in output.split_inclusive('\n') {
        let Some((before, status)) = line.split_once(MARK) else {
            text += line;
            continue;
        };
        text += before;
        let next_asks = steps.get(printed.len() + 1).is_some_and(|next| next.command == "echo $?");
        let command = &steps[printed.len()].command;
        assert!(status.trim() == "0" || next_asks, "$ {command}\n{text}exit code {status}");
        printed.push(take(&mut text));
    }
    assert_eq!(printed.len(), steps.len(), "the session ended early:\n{output}");
    printed
}

fn agrees(expected: &str, printed: &str) -> bool {
    let (expected, printed): (Vec<_>, Vec<_>) = (expected.lines().collect(), printed.lines().collect());
    expected.len() == printed.len()
        && expected.iter().zip(printed).all(|(expected, printed)| {
            expected.split_once('…').map_or(*expected == printed, |(start, end)| {
                printed.len() >= start.len() + end.len()
                    && printed.starts_with(start)
                    && printed.ends_with(end)
            })
        })
}

/// A replacement for `diff expected -` and `diff -r expected directory` that overwrites the expectation.
fn diff_that_blesses(directory: &str) -> String {
    let directory = repository().join(directory);
    format!(
        "#!/bin/sh -e\ntarget='{}'\nif [ \"$1\" = -r ]; then rm -rf \"$target/$2\"; cp -R \"$3\" \"$target/$2\"\nelse cat > \"$target/$1\"; fi\n",
        directory.display()
    )
}

/// Rewrites the outputs in the README. An output that matches, perhaps by a `…`, is preserved.
fn bless(path: &Path, readme: &str, steps: &[Step], printed: &[String]) {
    let mut outputs = steps
        .iter()
        .zip(printed)
        .map(|(step, printed)| if agrees(&step.output, printed) { &step.output } else { printed });
    let mut text = String::new();
    let (mut is_console, mut is_command) = (false, false);
    for line in readme.lines() {
        is_command = is_console && (line.starts_with("$ ") || is_command);
        if line.starts_with("```") {
            is_console = line == "```console";
        }
        if is_command || !is_console || line.starts_with("```") {
            writeln!(text, "{line}").unwrap();
        }
        if is_command && !line.ends_with('\\') {
            is_command = false;
            text += outputs.next().unwrap();
        }
    }
    fs::write(path, text).unwrap();
}
