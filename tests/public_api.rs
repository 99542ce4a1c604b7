//! `docs/public-api.txt` lists every public name of the library, so that reviews see each change.
//!
//! `BLESS=1` writes the file, and fails that run. The test needs rustdoc's JSON, which a stable toolchain writes with
//! `RUSTC_BOOTSTRAP=1`.
#![allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start cargo and read files")]

use std::path::Path;
use std::process::Command;

#[test]
fn every_public_name_is_listed() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Its own directory: that of the tests may be locked, and other flags would rebuild its crates.
    let target = repository.join("target/public-api");
    let arguments = ["rustdoc", "--quiet", "--locked", "--lib", "--all-features", "--target-dir"];
    let rustdoc = Command::new(env!("CARGO"))
        .args(arguments)
        .arg(&target)
        .args(["--", "-Zunstable-options", "--output-format=json"])
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(repository)
        .output()
        .unwrap();
    assert!(rustdoc.status.success(), "{}", String::from_utf8_lossy(&rustdoc.stderr));

    let api = public_api::Builder::from_rustdoc_json(target.join("doc/kueueleuleu.json"))
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .unwrap();
    let found = api.to_string();
    let file = repository.join("docs/public-api.txt");
    let listed = std::fs::read_to_string(&file).unwrap_or_default();
    if found == listed {
        return;
    }
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, &found).unwrap();
        panic!("docs/public-api.txt was written: review it");
    }
    let only = |mark, these: &str, those: &str| -> Vec<String> {
        let lines = these.lines().filter(|line| !those.lines().any(|other| other == *line));
        lines.map(|line| format!("{mark} {line}")).collect()
    };
    let difference = [only('-', &listed, &found), only('+', &found, &listed)].concat().join("\n");
    panic!(
        "the public API changed; `BLESS=1 cargo test --all-features --test public_api` writes the list:\n\
         {difference}"
    );
}
