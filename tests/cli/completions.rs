//! Completions and man page, which `examples/completions.rs` makes.

use crate::support::{Dir, Run, binary, missing, tool};
use std::process::Command;

#[test]
fn completions_and_man_page_are_made_of_the_same_definition() {
    let program = binary().with_file_name("examples/completions");
    if !program.exists() {
        missing(&format!("{} is not built; `cargo test` without `--test` builds it", program.display()));
        return;
    }
    let dir = Dir::new(&[]);
    Run::of(&Command::new(program).arg(dir.path("")).output().unwrap()).is(0, "", "");
    assert_eq!(
        dir.names(),
        ["_kueueleuleu", "kueueleuleu-status.1", "kueueleuleu.1", "kueueleuleu.bash", "kueueleuleu.fish"]
    );
    let of_subcommand = "kueueleuleu-status.1";
    assert!(dir.read(of_subcommand).contains("filename"));
    for name in dir.names().into_iter().filter(|name| name != of_subcommand) {
        let text = dir.read(&name).replace("\\-", "-");
        for flag in ["filename", "in-place", "error-format", "entrypoint-image"] {
            assert!(text.contains(flag), "{name} lacks {flag}");
        }
    }
    let complete = "\
        source kueueleuleu.bash
        complete_last() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _kueueleuleu \"$1\" \"${@: -1}\" \"${@: -2:1}\"; echo \"${COMPREPLY[*]}\"; }
        complete_last kueueleuleu --in
        complete_last kueueleuleu --kind ''
        complete_last kueueleuleu status --out";
    if let Some(completed) = tool(Command::new("bash").args(["-c", complete]).current_dir(dir.path(""))) {
        completed.is(0, "--in-place\nPod Job CronJob\n--output\n", "");
    }
}
