//! `cargo fuzz run config`: see `config_text` in `src/checks.rs`.
#![no_main]

#[path = "../src/checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|text: &str| checks::config_text(text));
