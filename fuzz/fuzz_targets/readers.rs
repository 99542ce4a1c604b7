//! `cargo fuzz run readers`: see `readers` in `src/checks.rs`.
#![no_main]

#[path = "../src/checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|text: &str| checks::readers(text));
