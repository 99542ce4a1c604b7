//! What is said on stderr, for people and for tools.

use crate::support::{BARE, Dir, bare_report, tool};
use std::process::Command;

#[test]
fn a_blank_line_stands_between_two_diagnostics() {
    let dir = Dir::new(&[("dir/a.yaml", BARE), ("dir/b.yaml", &BARE.replace('\n', "\r\n"))]);
    let look_up = "-f ./dir --write sequential.yaml";
    let both = format!("{}\n{}", bare_report("dir/a.yaml", look_up), bare_report("dir/b.yaml", look_up));
    dir.run(&["-f", "./dir"]).is(1, "", &both);
    dir.run_with(BARE, &["-f", "-"]).is(1, "", &bare_report("stdin", "-f - --write sequential.yaml"));
}

#[test]
fn for_tools_each_diagnostic_is_an_object_in_a_line() {
    let dir = Dir::new(&[("a.yaml", BARE)]);
    let object = concat!(
        r#"{"severity":"error","rule":"missing-command","message":"container `bare` has no `command`","file":"a.yaml","line":11,"column":7,"#,
        r#""resource":{"apiVersion":"v1","kind":"Pod","namespace":"ci","name":"build"},"field":"spec.containers[1]","#,
        r#""help":"set `command:`, or keep in the functionConfig what the image runs: `kueueleuleu images "#,
        r#"-f a.yaml a.yaml --write sequential.yaml`"}"#,
        "\n"
    );
    dir.run(&["--error-format=json", "-f", "a.yaml", "-f", "a.yaml"]).is(1, "", &object.repeat(2));
    let failure = concat!(
        r#"{"severity":"error","rule":"io","message":"could not read `b.yaml`: no such file or directory","file":null,"line":null,"#,
        r#""column":null,"resource":null,"field":null,"help":null}"#,
        "\n"
    );
    dir.run(&["--error-format=json", "-f", "b.yaml"]).is(2, "", failure);
}

#[test]
fn nothing_in_a_file_steers_the_terminal() {
    let dir = Dir::new(&[("a.yaml", &BARE.replace("alpine\n", "\"\u{1b}[2J\u{202e}\" # \u{7}\n"))]);
    let run = dir.run(&["-f", "a.yaml", "-f", "\u{1b}[2J"]);
    assert_eq!(run.status, Some(2));
    assert!(!run.stderr.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{:?}", run.stderr);
}

/// Ten thousand diagnostics in one file: each place is counted from the one before it.
#[test]
fn many_diagnostics_take_no_longer_each() {
    let dir = Dir::new(&[("a.yaml", &format!("---\n{BARE}").repeat(10_000))]);
    let run = dir.run(&["-f", "a.yaml"]);
    assert_eq!(run.stderr.matches("error: ").count(), 10_000);
    assert!(run.stderr.contains("--> a.yaml:129999:7 ("), "{}", &run.stderr[run.stderr.len() - 400..]);
}

#[test]
fn colours_are_for_terminals_only_and_not_with_no_color() {
    let dir = Dir::new(&[("a.yaml", BARE)]);
    let on_terminal = |no_color: Option<&str>| {
        let line = format!("{} -f a.yaml", crate::support::binary().display());
        let mut script = Command::new("script");
        script
            .args(["-qec", &line, "/dev/null"])
            .current_dir(dir.path(""))
            .env_remove("NO_COLOR")
            .env("TERM", "xterm");
        tool(script.envs(no_color.map(|value| ("NO_COLOR", value))))
    };
    let Some(plain) = on_terminal(Some("1")) else { return };
    assert_eq!(
        (plain.status, plain.stdout.replace("\r\n", "\n")),
        (Some(1), bare_report("a.yaml", "-f a.yaml --write sequential.yaml"))
    );
    for no_color in [None, Some("")] {
        let coloured = on_terminal(no_color).unwrap().stdout;
        assert!(
            coloured.starts_with("\u{1b}[1;31merror\u{1b}[0m: \u{1b}[1mPod `ci/build`: "),
            "{coloured:?}"
        );
    }
}
