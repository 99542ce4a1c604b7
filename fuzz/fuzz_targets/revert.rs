//! `cargo fuzz run revert`: see `revert` in `src/checks.rs`.
#![no_main]

#[path = "../src/checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|text: &str| checks::revert(text));
