//! Errors of the command line: all wrong arguments are reported at once.

use crate::support::{Dir, Run};

/// The messages of a run that fails before it reads anything.
fn messages(run: &Run) -> Vec<&str> {
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{}", run.stderr);
    run.stderr.lines().filter_map(|line| line.strip_prefix("error: ")).collect()
}

#[test]
fn all_wrong_arguments_are_reported_in_their_order() {
    let strategy =
        "invalid value 'x' for '--strategy <STRATEGY>' [possible values: Entrypoint, InitContainers, Auto]";
    let output = |value| {
        format!("invalid value '{value}' for '--output <FORMAT>' [possible values: json, yaml, wide, name]")
    };
    let kind =
        |value| format!("invalid value '{value}' for '--kind <KIND>' [possible values: Pod, Job, CronJob]");
    let unknown = |argument| format!("unexpected argument '{argument}' found");
    let cases = [
        ("--diffs --strategy x -Rz -f a.yaml", vec![unknown("--diffs"), strategy.to_owned(), unknown("-z")]),
        (
            "-f a.yaml --strategy=x --one=1 --two",
            vec![strategy.to_owned(), unknown("--one"), unknown("--two")],
        ),
        // The same flag twice.
        ("--one --two --one", vec![unknown("--one"), unknown("--two")]),
        ("-f a.yaml --kind Pod --kind Foo --kind Bar", vec![kind("Foo"), kind("Bar")]),
        ("status -o x -oy --one", vec![output("x"), output("y"), unknown("--one")]),
        // Of several flags, the one with the wrong value.
        ("-f a.yaml --kind Pod --one --kind=Pod,Foo", vec![unknown("--one"), kind("Foo")]),
        ("status -w --one -ox pod/a", vec![unknown("--one"), output("x")]),
        // Words: of a subcommand, left over, and after `--`.
        (
            "completion x --one",
            vec![
                "invalid value 'x' for '<SHELL>' [possible values: bash, zsh, fish]".to_owned(),
                unknown("--one"),
            ],
        ),
        ("logs pod/a b c --one", vec![unknown("b"), unknown("c"), unknown("--one")]),
        ("--one -- --two", vec![unknown("--one")]),
        // The values of an unknown flag, also if it is in front of a subcommand.
        ("status --contxt a pod/b --one", vec![unknown("--contxt"), unknown("--one")]),
        ("--contxt a status --watch", vec![unknown("--contxt")]),
        ("completion --one 1 -2 bash", vec![unknown("--one")]),
        ("run -Rxf a.yaml b.yaml --one", vec![unknown("-x"), unknown("--one")]),
        ("--one status --watch --two", vec![unknown("--one"), unknown("--two")]),
        // The name of a subcommand as a value.
        (
            "--restart-policy init -f a.yaml",
            vec!["invalid value 'init' for '--restart-policy <POLICY>' [possible values: Never]".to_owned()],
        ),
        // What is missing may be what was dropped.
        ("--filenam a.yaml --diff", vec![unknown("--filenam")]),
    ];
    let dir = Dir::new(&[]);
    for (line, expected) in cases {
        let arguments: Vec<_> = line.split(' ').collect();
        assert_eq!(messages(&dir.run(&arguments)), expected, "{line}");
    }
}

#[test]
fn every_error_format_reports_all_wrong_arguments() {
    let dir = Dir::new(&[]);
    let run = |format: &str| dir.run(&["--one", "--error-format", format, "--probes=x"]);
    let human = run("human");
    assert_eq!(messages(&human).len(), 2, "{}", human.stderr);
    for format in ["json", "github", "sarif"] {
        let run = run(format);
        for message in messages(&human) {
            assert_eq!(run.stderr.matches(message).count(), 1, "{format}: {message}\n{}", run.stderr);
        }
    }
}

/// Not all arguments are UTF-8.
#[cfg(unix)]
#[test]
fn wrong_arguments_may_be_any_bytes() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let dir = Dir::new(&[]);
    let mut command = dir.command(&["--one"]);
    let run = Run::of(&command.arg(OsStr::from_bytes(b"\xff")).arg("--two").output().unwrap());
    assert_eq!(messages(&run), ["unexpected argument '--one' found", "unexpected argument '--two' found"]);
}
