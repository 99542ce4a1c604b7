//! Completions, and the man pages that `examples/completions.rs` writes.

use crate::support::{Dir, POD, Run, binary, missing, tool};
use std::process::Command;

#[test]
fn completions_and_man_pages_have_one_definition() {
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
    let page = dir.read("kueueleuleu.1");
    for section in ["\"EXIT STATUS\"", "ENVIRONMENT", "FILES"] {
        assert!(page.contains(&format!("\n.SH {section}\n")), "the man page lacks {section}");
    }
    // `-f` takes several values and can be repeated.
    assert!(dir.read("_kueueleuleu").contains("'*-f+["), "zsh offers `-f` once only");
    let complete = "\
        source kueueleuleu.bash
        complete_last() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _kueueleuleu \"$1\" \"${@: -1}\" \"${@: -2:1}\"; echo \"${COMPREPLY[*]}\"; }
        complete_last kueueleuleu --in
        complete_last kueueleuleu --kind ''
        complete_last kueueleuleu status --out
        complete_last kueueleuleu --strategy ''
        complete_last kueueleuleu -f x --filen
        complete_last kueueleuleu -f x -f";
    if let Some(completed) = tool(Command::new("bash").args(["-c", complete]).current_dir(dir.path(""))) {
        completed.is(
            0,
            "--in-place\nPod Job CronJob\n--output\nEntrypoint InitContainers Auto\n--filename\n-f\n",
            "",
        );
    }
}

/// `complete -C` prints what fish offers at the end of a line.
#[test]
fn fish_offers_values_and_files() {
    let dir = Dir::new(&[("pod.yaml", POD)]);
    let script = dir.run(&["completion", "fish"]);
    assert_eq!((script.status, script.stderr.as_str()), (Some(0), ""));
    dir.write("kueueleuleu.fish", script.stdout);
    for (line, offered) in [
        ("--strategy ", "Auto Entrypoint InitContainers"),
        ("--strategy=I", "--strategy=InitContainers"),
        ("--kind ", "CronJob Job Pod"),
        ("-f p", "pod.yaml"),
        ("-f pod.yaml -f p", "pod.yaml"),
        ("-f pod.yaml --strat", "--strategy"),
        ("status --out", "--output"),
        ("status -o j", "json"),
        ("expl", "explain"),
        ("explain --strat", ""),
    ] {
        let complete = "source kueueleuleu.fish; complete -C $argv[1]";
        let mut fish = Command::new("fish");
        fish.args(["--no-config", "-c", complete, &format!("kueueleuleu {line}")]);
        fish.env("HOME", dir.path("")).current_dir(dir.path(""));
        let Some(run) = tool(&mut fish) else { return };
        // A description follows after a tab.
        let found: Vec<_> = run.stdout.lines().map(|line| line.split('\t').next().unwrap()).collect();
        assert_eq!(
            (run.status, found.join(" ").as_str(), run.stderr.as_str()),
            (Some(0), offered, ""),
            "{line}"
        );
    }
}

/// kubectl asks `kubectl_complete-NAME` for the completions of the plugin `kubectl-NAME`.
#[test]
fn kubectl_completes_the_plugin() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/kubectl_complete-kueueleuleu");
    let dir = Dir::new(&[]);
    let bin = dir.path("bin");
    std::fs::create_dir(&bin).unwrap();
    for (program, name) in [
        (binary(), "kueueleuleu"),
        (binary(), "kubectl-kueueleuleu"),
        (script.as_ref(), "kubectl_complete-kueueleuleu"),
    ] {
        std::os::unix::fs::symlink(program, bin.join(name)).unwrap();
    }
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let complete = |program: &str, words: &[&str]| {
        tool(
            Command::new(program)
                .args(words)
                .env("PATH", &path)
                .env("HOME", dir.path(""))
                .current_dir(dir.path("")),
        )
    };
    if let Some(run) = complete("bash", &[script, "--strategy", ""]) {
        run.is(0, "Entrypoint\nInitContainers\nAuto\n:0\n", "");
    }
    if let Some(run) = complete("kubectl", &["__complete", "kueueleuleu", "expl"]) {
        assert!(run.stdout.starts_with("explain\n"), "{run:?}");
    }
}
