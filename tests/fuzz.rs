//! Runs the checks of the fuzz targets on earlier findings, golden cases and examples, and on mutations of them.
//!
//! `KUEUELEULEU_MUTANTS=1000000` sets the number of mutations. Each finding is kept as a file in `tests/findings`.
#![allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
#![expect(clippy::disallowed_methods, reason = "tests read files and the environment")]
#![expect(clippy::print_stdout, reason = "tests print what they measure")]

#[path = "../fuzz/src/checks.rs"]
mod checks;
#[path = "readers/files.rs"]
mod files;
#[path = "readers/mutate.rs"]
mod mutate;

use std::path::Path;
use std::time::Instant;

fn seeds() -> Vec<String> {
    let mut texts = Vec::new();
    for directory in ["tests/findings", "tests/golden", "examples"] {
        files::files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(directory), |_| true, &mut texts);
    }
    texts.retain(|(_, text)| text.len() < 6000);
    texts.into_iter().map(|(_, text)| text).collect()
}

/// Runs a check on all seeds and on mutations of them, and fails with the shortest text that breaks it.
fn run(name: &str, check: fn(&str)) {
    let seeds = seeds();
    let count: u64 =
        std::env::var("KUEUELEULEU_MUTANTS").ok().and_then(|count| count.parse().ok()).unwrap_or(2000);
    let start = Instant::now();
    let mutants = (0..count).map(|number| {
        let mut random = mutate::Random::new(number);
        let mut text = seeds[random.below(seeds.len())].clone();
        mutate::mutate(&mut text, &mut random);
        text
    });
    let mut failures = Vec::new();
    for text in seeds.iter().cloned().chain(mutants) {
        if let Err(panic) = std::panic::catch_unwind(|| check(&text)) {
            let message = panic.downcast_ref::<String>().map_or("", String::as_str);
            failures.push((text, message.to_owned()));
        }
    }
    println!("{name}: {count} texts in {:.0} s", start.elapsed().as_secs_f64());
    failures.sort_by_key(|(text, _)| text.len());
    if let Some((text, message)) = failures.first() {
        panic!("{name}: {} texts fail, the shortest {text:?}:\n{text}\n{message}", failures.len());
    }
}

#[test]
fn documents() {
    run("documents", checks::documents);
}

#[test]
fn function() {
    run("function", checks::function);
}

#[test]
fn config() {
    run("config", checks::config_text);
}

#[test]
fn readers() {
    run("readers", checks::readers);
}

#[test]
fn revert() {
    run("revert", checks::revert);
}
