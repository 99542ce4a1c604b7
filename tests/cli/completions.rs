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
    let subcommands =
        ["completion", "explain", "images", "init", "logs", "policy", "run", "status", "version"];
    let pages = subcommands.map(|name| format!("kueueleuleu-{name}.1"));
    let of_all = ["_kueueleuleu", "kueueleuleu.1", "kueueleuleu.bash", "kueueleuleu.fish"];
    let mut expected: Vec<_> = of_all.map(str::to_owned).into_iter().chain(pages.clone()).collect();
    expected.sort();
    assert_eq!(dir.names(), expected);
    for (name, flag) in
        [("images", "config"), ("logs", "follow"), ("policy", "failure-policy"), ("status", "filename")]
    {
        let page = dir.read(&format!("kueueleuleu-{name}.1")).replace("\\-", "-");
        assert!(page.contains(flag), "the page of {name} lacks {flag}");
    }
    for name in of_all {
        let text = dir.read(name).replace("\\-", "-");
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
