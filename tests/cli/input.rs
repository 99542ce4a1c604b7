//! Inputs that the command reads, and inputs that it rejects.

use crate::support::{BARE, Dir, POD, SERVICE, bare_report};
use std::fs::File;
use std::os::unix::fs::symlink;
use std::process::Stdio;

#[test]
fn a_text_with_nothing_to_convert_is_preserved_byte_for_byte() {
    for text in [
        "",
        "# only a comment",
        "\u{feff}a: ä\r\nb: |+\r\n  x\r\n\r\n",
        "%YAML 1.2\n---\na: 1\n...\n",
        "{\"a\":1}",
    ] {
        let dir = Dir::new(&[("a.yaml", text)]);
        dir.run(&["-f", "a.yaml"]).is(0, text, "");
        dir.run_with(text, &["--filename=-"]).is(0, text, "");
    }
}

#[test]
fn the_manifests_of_a_directory_are_sorted_by_name() {
    let names = [
        "dir/b.yml",
        "dir/a.yaml",
        "dir/c.json",
        "dir/no.txt",
        "dir/sub/d.yaml",
        "dir/yaml",
        "dir/sub.yaml/e.yaml",
    ];
    let dir = Dir::new(&names.map(|name| (name, "")));
    for name in names {
        dir.write(name, format!("# {name}\n"));
    }
    dir.run(&["-f", "dir"]).is(0, "# dir/a.yaml\n# dir/b.yml\n# dir/c.json\n", "");
    let all = "# dir/a.yaml\n# dir/b.yml\n# dir/c.json\n# dir/sub/d.yaml\n# dir/sub.yaml/e.yaml\n";
    dir.run(&["-R", "-f", "dir/"]).is(0, all, "");
    dir.run(&["-f", "dir/c.json", "-f", "dir", "-f", "-"]).is(
        0,
        "# dir/c.json\n# dir/a.yaml\n# dir/b.yml\n# dir/c.json\n",
        "",
    );
}

/// A shell expands `-f *.yaml` to this.
#[test]
fn several_files_may_follow_one_flag() {
    let dir = Dir::new(&[("a.yaml", "a: 1\n"), ("b.yaml", "b: 1\n")]);
    dir.run(&["-f", "a.yaml", "b.yaml"]).is(0, "a: 1\n---\nb: 1\n", "");
    dir.run_with("c: 1\n", &["-f", "b.yaml", "-", "--filename", "a.yaml"]).is(
        0,
        "b: 1\n---\nc: 1\n---\na: 1\n",
        "",
    );
}

/// A text that ends too early and bytes that are not text are not skipped.
#[test]
fn a_file_in_a_directory_that_is_not_yaml_is_an_error_with_its_place() {
    let dir = Dir::new(&[
        ("dir/a.yaml", SERVICE),
        ("dir/b.json", "{\n  \"a\": [1\n"),
        ("dir/c.yml", "a: 1\n b: 2\n"),
    ]);
    dir.write("dir/d.yaml", b"\0elf");
    let run = dir.run(&["-f", "dir"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
    let places: Vec<_> = run.stderr.lines().filter_map(|line| line.strip_prefix("  --> dir/")).collect();
    assert_eq!(places, ["b.json:2:8", "c.yml:2:3", "d.yaml:1:1"], "{}", run.stderr);
}

/// Diagnostics name an item by its index: in a file, on stdin, and in an item of a `ResourceList`.
#[test]
fn items_of_lists_are_edited_in_place_or_reported_with_their_index() {
    let item = |text: &str| {
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        format!("- {}\n", lines.join("\n  "))
    };
    let list = |items: &[&str]| {
        let items = items.iter().map(|text| item(text)).collect::<String>();
        format!("apiVersion: v1\nkind: List # of all\nitems:\n{items}")
    };
    let (good, bad) = (list(&[SERVICE, POD]), list(&[SERVICE, POD, BARE]));
    let dir = Dir::new(&[("good.yaml", &good), ("bad.yaml", &bad)]);

    let new = dir.run(&["-f", "good.yaml"]);
    assert!(new.stdout.starts_with(&list(&[SERVICE])) && new.stdout.contains("kueueleuleu-prepare"));
    assert_eq!(dir.run_with(good.as_str(), &["-f", "-"]), new);
    dir.run(&["-q", "-i", "-f", "good.yaml"]).is(0, "", "");
    assert_eq!(dir.read("good.yaml"), new.stdout);

    let reports = [
        (dir.run(&["-f", "bad.yaml"]), "bad.yaml"),
        (dir.run_with(bad.as_str(), &["-f", "-"]), "stdin"),
        (
            dir.run_with(
                format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{}", item(&bad)),
                &[],
            ),
            "stdin",
        ),
    ];
    for (run, file) in reports {
        assert_eq!(run.status, Some(1));
        assert!(
            run.stderr.starts_with("error: Pod `ci/build`: container `bare` has no `command`\n"),
            "{}",
            run.stderr
        );
        let place = run.stderr.lines().nth(1).unwrap_or_default();
        assert!(
            place.starts_with(&format!("  --> {file}:")) && place.ends_with(" (items[2].spec.containers[1])"),
            "{place}"
        );
    }
}

#[test]
fn a_directory_without_manifests_is_an_error() {
    let dir = Dir::new(&[("dir/a.txt", ""), ("dir/sub/b.txt", "")]);
    let error = "error: `dir` contains no .yaml, .yml or .json file\n";
    dir.run(&["-f", "dir"]).is(2, "", &format!("{error}  help: add `-R` to recurse into subdirectories\n"));
    dir.run(&["-R", "-f", "dir"]).is(2, "", error);
}

#[test]
fn symlinks_to_files_are_followed_and_symlinks_to_subdirectories_are_not() {
    let dir = Dir::new(&[("dir/..data/a.yaml", "a: 1\n")]);
    symlink("..data/a.yaml", dir.path("dir/a.yaml")).unwrap();
    symlink("..data", dir.path("dir/data")).unwrap();
    symlink(".", dir.path("dir/circle.yaml")).unwrap();
    symlink("dir", dir.path("link")).unwrap();
    dir.run(&["-f", "link"]).is(0, "a: 1\n", "");
}

#[test]
fn broken_symlinks_are_errors() {
    let dir = Dir::new(&[("dir/a.yaml", "")]);
    symlink("nowhere", dir.path("dir/b.yaml")).unwrap();
    symlink("nowhere", dir.path("dir/b.txt")).unwrap();
    symlink("c.yaml", dir.path("c.yaml")).unwrap();
    dir.run(&["-f", "dir"]).is(2, "", "error: could not read `dir/b.yaml`: no such file or directory\n");
    dir.run(&["-f", "c.yaml"]).is(
        2,
        "",
        "error: could not read `c.yaml`: too many levels of symbolic links\n",
    );
    dir.run(&["-f", "d"]).is(2, "", "error: could not read `d`: no such file or directory\n");
}

/// A link to a device would be read without end. One that the user passes is read: a shell's `<(command)` is a FIFO.
#[test]
fn a_walk_reads_regular_files_only() {
    let dir = Dir::new(&[("dir/a.yaml", "a: 1\n")]);
    symlink("/dev/zero", dir.path("dir/.gitignore")).unwrap();
    symlink("/dev/zero", dir.path("dir/.kueueleuleuignore")).unwrap();
    dir.run(&["-R", "-f", "dir"]).is(0, "a: 1\n", "");
    symlink("/dev/zero", dir.path("dir/b.yaml")).unwrap();
    let error = "error: could not read `dir/b.yaml`: it is not a regular file\n";
    dir.run(&["-R", "-f", "dir"]).is(2, "", error);
    dir.run(&["-f", "dir"]).is(2, "", error);
    symlink("/dev/null", dir.path("empty.yaml")).unwrap();
    dir.run(&["-f", "empty.yaml"]).is(0, "", "");
}

#[test]
fn input_that_is_not_utf_8_is_rejected() {
    let dir = Dir::new(&[("dir/ok.yaml", "")]);
    dir.write("a.yaml", b"a: 1\r\n\xc3\xa4: \xe4\r\n");
    dir.write("b.yaml", b"\xff\xfea\0:\0");
    let iconv = "  help: manifests must be UTF-8; convert it with `iconv`\n";
    dir.run(&["-f", "a.yaml"]).is(2, "", &format!("error: `a.yaml` is not UTF-8: byte 0xe4 at 2:4\n{iconv}"));
    dir.run_with(b"\x80", &["-f", "-"]).is(
        2,
        "",
        &format!("error: `stdin` is not UTF-8: byte 0x80 at 1:1\n{iconv}"),
    );
    let error = "error: `b.yaml` is not UTF-8: it looks like UTF-16\n  help: convert it with `iconv -f UTF-16 -t UTF-8`\n";
    dir.run(&["-f", "dir", "-f", "b.yaml"]).is(2, "", error);
}

#[test]
fn input_that_is_larger_than_1_gib_is_rejected_before_it_is_read() {
    let dir = Dir::new(&[]);
    let file = File::create(dir.path("large.yaml")).unwrap();
    file.set_len((1 << 30) + 1).unwrap();
    let help = "  help: split it into several files\n";
    dir.run(&["-f", "large.yaml"]).is(2, "", &format!("error: `large.yaml` is larger than 1 GiB\n{help}"));
    let mut command = dir.command(&[]);
    command.stdin(Stdio::from(File::open(dir.path("large.yaml")).unwrap()));
    crate::support::Run::of(&command.output().unwrap()).is(
        2,
        "",
        &format!("error: `stdin` is larger than 1 GiB\n{help}"),
    );
}

#[test]
fn nothing_is_written_when_anything_failed() {
    let dir =
        Dir::new(&[("a.yaml", SERVICE), ("b.yaml", BARE), ("c.yaml", "a: [1, 2\nb: 3\n"), ("pod.yaml", POD)]);
    dir.run(&["-f", "a.yaml", "-f", "b.yaml"]).is(
        1,
        "",
        &bare_report("b.yaml", "-f a.yaml b.yaml --write sequential.yaml"),
    );
    for mode in ["--diff", "--check", "--in-place"] {
        dir.run(&[mode, "-f", "pod.yaml", "-f", "b.yaml"]).is(
            1,
            "",
            &bare_report("b.yaml", "-f pod.yaml b.yaml --write sequential.yaml"),
        );
    }
    assert_eq!(dir.read("pod.yaml"), POD);
    let run = dir.run(&["-f", "b.yaml", "-f", "c.yaml", "-f", "a.yaml"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
    assert!(
        run.stderr.starts_with(&format!(
            "{}\nerror: ",
            bare_report("b.yaml", "-f b.yaml c.yaml a.yaml --write sequential.yaml")
        )),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("\n  --> c.yaml:"), "{}", run.stderr);
}

#[test]
fn the_command_line_is_checked() {
    let dir = Dir::new(&[("a.yaml", SERVICE)]);
    let unexpected = "error: unexpected argument `a.yaml`\n  help: use `-f a.yaml` to read a file\n";
    dir.run(&["a.yaml"]).is(2, "", unexpected);
    dir.run(&["a.yaml", "b.yaml"]).is(2, "", unexpected);
    let url = "error: `https://example.com/a.yaml` is a URL; kueueleuleu does not download files\n  \
               help: `curl -fsSL https://example.com/a.yaml | kueueleuleu -f -`\n";
    dir.run(&["-f", "https://example.com/a.yaml"]).is(2, "", url);
    let twice = "error: `-f -` was given twice, but stdin can be read only once\n";
    dir.run(&["-f", "-", "-f", "-"]).is(2, "", twice);
    let in_place = "error: `--in-place` rewrites files, but stdin is not a file\n  help: remove `-f -`\n";
    dir.run(&["-i", "-f", "a.yaml", "-f", "-"]).is(2, "", in_place);
    let refused: [&[&str]; 8] = [
        &["--nonsense"],
        &["--diff"],
        &["-R"],
        &["--config=a.yaml"],
        &["--entrypoint-image=x"],
        &["-i", "--check", "-f", "a.yaml"],
        &["-i", "--diff", "-f", "a.yaml"],
        &["--kind=Deployment", "-f", "a.yaml"],
    ];
    for arguments in refused {
        let run = dir.run(arguments);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(run.stderr.starts_with("error: ") && run.stderr.contains("--help"), "{}", run.stderr);
    }
}

#[test]
fn help_and_version_go_to_stdout() {
    let dir = Dir::new(&[]);
    dir.run(&["--version"]).is(0, concat!("kueueleuleu ", env!("CARGO_PKG_VERSION"), "\n"), "");
    for flag in ["-h", "--help"] {
        let run = dir.run(&[flag]);
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
        assert!(run.stdout.contains("Usage: kueueleuleu -f FILE"), "{}", run.stdout);
        let widest = run.stdout.lines().map(str::len).max();
        assert!(widest <= Some(100), "{widest:?} columns:\n{}", run.stdout);
    }
}

#[test]
fn help_version_and_completion_are_subcommands_too() {
    let dir = Dir::new(&[]);
    assert_eq!(dir.run(&["version"]), dir.run(&["--version"]));
    assert_eq!(dir.run(&["help"]), dir.run(&["--help"]));
    assert_eq!(dir.run(&["help", "status"]), dir.run(&["status", "--help"]));
    for (shell, word) in
        [("bash", "complete -F"), ("zsh", "#compdef kueueleuleu"), ("fish", "complete -c kueueleuleu")]
    {
        let run = dir.run(&["completion", shell]);
        assert!(run.status == Some(0) && run.stdout.contains(word), "{}", run.stderr);
    }
    let colored = dir.run(&["--help"]).stdout;
    assert!(!colored.contains('\u{1b}'));
    let output = dir.command(&["--help"]).env("FORCE_COLOR", "1").output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains('\u{1b}'));
    let json: serde_json::Value = serde_json::from_str(&dir.run(&["version", "-o", "json"]).stdout).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "version": env!("CARGO_PKG_VERSION"),
            "os": std::env::consts::OS,
            "arch": std::env::consts::ARCH,
            "protocol": "2",
        })
    );
}

/// `clap` suggested `-- -o`, which turns a flag into a file name, and named an argument that the help does not show.
#[test]
fn errors_of_the_command_line_do_not_mislead() {
    let dir = Dir::new(&[("a.yaml", SERVICE)]);
    let advice = "see `kueueleuleu --help`\n";
    let unknown = format!("error: unexpected argument '-o' found\n  help: {advice}");
    dir.run(&["-f", "a.yaml", "-o", "x"]).is(2, "", &unknown);
    let nameless =
        format!("error: a file was passed without `-f`\n  help: use `-f FILE` to read a file; {advice}");
    dir.run(&["-f", "a.yaml", "--diff", "b.yaml"]).is(2, "", &nameless);
    let run = dir.run(&["-f", "a.yaml", "--dif"]);
    assert!(run.stderr.contains("a similar argument exists: '--diff'"), "{}", run.stderr);
}

#[test]
fn a_missing_configuration_is_an_error() {
    let dir = Dir::new(&[("a.yaml", SERVICE)]);
    let error = "error: could not read `fn.yaml`: no such file or directory\n";
    dir.run(&["--config", "fn.yaml", "-f", "a.yaml"]).is(2, "", error);
}

#[test]
fn values_of_flags_are_checked() {
    let dir = Dir::new(&[("a.yaml", SERVICE)]);
    let error = |arguments: &[&str]| {
        let run = dir.run(&[arguments, &["-f", "a.yaml"]].concat());
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
        run.stderr.lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(error(&["--entrypoint-image="]), "error: `--entrypoint-image` is empty");
    assert!(error(&["--name=a,["]).starts_with("error: `--name`: `a|[` is not a regular expression: "));
    assert!(error(&["-l", "a=b="]).starts_with("error: `--selector`: `a=b=` is not a label selector: "));
}

#[test]
fn only_selected_objects_change() {
    let dir = Dir::new(&[("pod.yaml", POD)]);
    let changes = |arguments: &[&str]| dir.run(&[arguments, &["--check", "-f", "pod.yaml"]].concat()).status;
    for selected in
        [&["--kind", "Job,Pod"][..], &["--name", "b.*"], &["-n", "ci"], &["-l", "app in (shop)", "-n=x,ci"]]
    {
        assert_eq!(changes(selected), Some(3), "{selected:?}");
    }
    for kind in ["pod", "pods", "po", "cj,PO"] {
        assert_eq!(changes(&["--kind", kind]), Some(3), "{kind}");
    }
    assert_eq!(changes(&["--kind", "cj,jobs"]), Some(0));
    let dir = Dir::new(&[("pod.yaml", POD), ("other.yaml", &POD.replace("name: build", "name: other"))]);
    dir.run(&["-q", "--name", "other", "--check", "-f", "."]).is(3, "other.yaml\n", "");
}

#[test]
fn revert_undoes_the_conversion() {
    let dir = Dir::new(&[("pod.yaml", POD)]);
    dir.run(&["-q", "--entrypoint-image", "example.com/e:v1", "-i", "-f", "pod.yaml"]).is(0, "", "");
    assert!(dir.read("pod.yaml").contains("example.com/e:v1"));
    dir.run(&["--revert", "-f", "pod.yaml"]).is(0, POD, "");
}

#[test]
fn a_large_text_is_read_from_a_file_and_from_a_pipe_and_with_little_address_space() {
    let text = "# nothing to convert here, \u{e4}\n".repeat(100_000);
    let dir = Dir::new(&[("large.yaml", &text)]);
    dir.run(&["-f", "large.yaml"]).is(0, &text, "");
    dir.run_with(text.as_bytes(), &["-f", "-"]).is(0, &text, "");
    let run = |script: &str| {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", script, env!("CARGO_BIN_EXE_kueueleuleu")]).current_dir(dir.path(""));
        crate::support::Run::of(&shell.output().unwrap())
    };
    run("ulimit -v 500000; \"$0\" -f large.yaml").is(0, &text, "");
    run("ulimit -v 500000; cat large.yaml | \"$0\" -f -").is(0, &text, "");

    dir.write("cut.yaml", &text.as_bytes()[..text.len() - 2]);
    let error =
        "is not UTF-8: byte 0xc3 at 100000:28\n  help: manifests must be UTF-8; convert it with `iconv`\n";
    dir.run(&["-f", "cut.yaml"]).is(2, "", &format!("error: `cut.yaml` {error}"));
}
