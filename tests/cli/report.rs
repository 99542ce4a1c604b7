//! Diagnostics on stderr, for people and for tools.

use crate::support::{BARE, Dir, POD, bare_report, missing, tool};
use std::path::Path;
use std::process::Command;

#[test]
fn a_blank_line_separates_two_diagnostics() {
    let dir = Dir::new(&[("dir/a.yaml", BARE), ("dir/b.yaml", &BARE.replace('\n', "\r\n"))]);
    let look_up = "-f ./dir --write sequential.yaml";
    let both = format!("{}\n{}", bare_report("dir/a.yaml", look_up), bare_report("dir/b.yaml", look_up));
    dir.run(&["-f", "./dir"]).is(1, "", &both);
    dir.run_with(BARE, &["-f", "-"]).is(1, "", &bare_report("stdin", "-f - --write sequential.yaml"));
}

#[test]
fn json_diagnostics_are_one_object_per_line() {
    let dir = Dir::new(&[("a.yaml", BARE)]);
    let object = concat!(
        r#"{"severity":"error","rule":"missing-command","message":"container `bare` has no `command`","file":"a.yaml","line":11,"column":7,"endLine":11,"endColumn":17,"#,
        r#""resource":{"apiVersion":"v1","kind":"Pod","namespace":"ci","name":"build"},"field":"spec.containers[1]","#,
        r#""help":"set `command:`, or record in the functionConfig (`images`) what the image runs: `kueueleuleu images "#,
        r#"-f a.yaml --write sequential.yaml`; or use `strategy: InitContainers`, which needs no command; or add containers that never end to `sidecars`"}"#,
        "\n"
    );
    dir.run(&["--error-format=json", "-f", "a.yaml", "-f", "a.yaml"]).is(1, "", &object.repeat(2));
    let failure = concat!(
        r#"{"severity":"error","rule":"io","message":"could not read `b.yaml`: no such file or directory","file":"b.yaml","line":null,"#,
        r#""column":null,"endLine":null,"endColumn":null,"resource":null,"field":null,"help":null}"#,
        "\n"
    );
    dir.run(&["--error-format=json", "-f", "b.yaml"]).is(2, "", failure);
}

/// A post-renderer reads rendered manifests, which are in no file. Diagnostics name the template, which users can edit.
#[test]
fn rendered_manifests_are_named_by_their_helm_template() {
    let rendered = BARE.replace(
        "namespace: ci}",
        "namespace: ci, annotations: {postrenderer.helm.sh/postrender-filename: shop/templates/build.yaml}}",
    );
    let run = Dir::new(&[]).run_with(rendered.clone(), &["-f", "-"]);
    assert!(
        run.stderr.contains("\n  --> shop/templates/build.yaml (spec.containers[1])\n"),
        "{}",
        run.stderr
    );
    let run = Dir::new(&[]).run_with(rendered, &["-f", "-", "--error-format=json"]);
    assert!(run.stderr.contains(r#""file":"shop/templates/build.yaml","line":null"#), "{}", run.stderr);
}

#[test]
fn control_characters_in_a_file_do_not_reach_the_terminal() {
    let dir = Dir::new(&[("a.yaml", &BARE.replace("alpine\n", "\"\u{1b}[2J\u{202e}\" # \u{7}\n"))]);
    let run = dir.run(&["-f", "a.yaml", "-f", "\u{1b}[2J"]);
    assert_eq!(run.status, Some(2));
    assert!(!run.stderr.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{:?}", run.stderr);
}

/// Ten thousand diagnostics in one file: the line of each is counted from the previous one.
#[test]
fn many_diagnostics_have_correct_lines() {
    let dir = Dir::new(&[("a.yaml", &format!("---\n{BARE}").repeat(10_000))]);
    let run = dir.run(&["-f", "a.yaml"]);
    assert_eq!(run.stderr.matches("error: ").count(), 10_000);
    assert!(run.stderr.contains("--> a.yaml:129999:7 ("), "{}", &run.stderr[run.stderr.len() - 400..]);
}

#[test]
fn diagnostics_are_colored_on_a_terminal_unless_no_color_is_set() {
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
        let colored = on_terminal(no_color).unwrap().stdout;
        assert!(colored.starts_with("\u{1b}[1;31merror\u{1b}[0m: \u{1b}[1mPod `ci/build`: "), "{colored:?}");
    }
}

#[test]
fn github_annotations_name_file_and_lines() {
    let dir = Dir::new(&[("a,b.yaml", BARE)]);
    let expected = "::error file=a%2Cb.yaml,line=11,endLine=11,col=7,endColumn=17,title=missing-command::Pod `ci/build`: \
                    container `bare` has no `command`%0Ahelp: ";
    let run = dir.run(&["--error-format=github", "-f", "a,b.yaml"]);
    assert!(run.stderr.starts_with(expected) && run.stderr.lines().count() == 1, "{}", run.stderr);
    dir.run(&["--error-format=github", "--diff"]).is(
        2,
        "",
        "::error title=invalid-usage::the following required arguments were not provided: --filename <FILE|DIR|->...%0Ahelp: \
         see `kueueleuleu --help`\n",
    );
}

/// Each line matches our schema and names a file, whatever the error is.
#[test]
fn json_diagnostics_match_their_schema() {
    let dir =
        Dir::new(&[("a.yaml", BARE), ("ok.yaml", POD), ("c.yaml", "a: [\n"), ("d.fn.yaml", "spec: 1\n")]);
    dir.write("schema.json", include_str!("../../docs/diagnostic.schema.json"));
    let selects = "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\nspec: {selectors: [{name: none}]}\n";
    dir.write("e.fn.yaml", selects);
    let mut lines = Vec::new();
    let runs: [&[&str]; 9] = [
        &["-f", "a.yaml", "c.yaml", "none.yaml"],
        &["-f", "ok.yaml", "--name", "none"],
        &["-f", "ok.yaml", "--config", "d.fn.yaml"],
        &["-f", "ok.yaml", "--config", "e.fn.yaml"],
        &["-v", "-f", "ok.yaml", "--check"],
        &["--nonsense"],
        &["status", "--nonsense"],
        &["explain", "nonsense"],
        &["policy", "--config", "none.yaml"],
    ];
    for arguments in runs {
        let run = dir.run(&[arguments, &["--error-format", "json"]].concat());
        assert!(!run.stderr.is_empty(), "{arguments:?}");
        for line in run.stderr.lines() {
            let line: serde_json::Value =
                serde_json::from_str(line).unwrap_or_else(|_| panic!("{arguments:?}: {line}"));
            assert!(line["file"].is_string(), "{arguments:?}: {line}");
            lines.push(line);
        }
    }
    let files: Vec<_> = lines.iter().map(|line| line["file"].as_str().unwrap()).collect();
    assert!(files.contains(&"<command line>") && files.contains(&"e.fn.yaml"), "{files:?}");
    for (number, line) in lines.iter().enumerate() {
        dir.write(&format!("{number}.json"), line.to_string());
    }
    let mut validate = Command::new("python3");
    validate.args(["-W", "ignore", "-m", "jsonschema", "schema.json"]).current_dir(dir.path(""));
    for number in 0..lines.len() {
        validate.args(["-i", &format!("{number}.json")]);
    }
    if let Some(validated) = tool(&mut validate) {
        assert!(validated.status == Some(0), "{}", validated.stderr);
    }
}

/// `scripts/ci-tools` puts the schema of OASIS into `target`.
#[test]
fn sarif_is_one_document_that_matches_the_official_schema() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/sarif-2.1.0.schema.json");
    if !schema.exists() {
        missing("the schema of SARIF is not in target/: `scripts/ci-tools target/tools` puts it there");
    }
    let dir = Dir::new(&[("a b.yaml", BARE), ("ok.yaml", ""), ("c.yaml", "a: [\n")]);
    let runs: [&[&str]; 4] = [
        &["-f", "a b.yaml", "c.yaml", "none.yaml"],
        &["-f", "ok.yaml"],
        &["--nonsense"],
        &["-f", "ok.yaml", "--name", "x"],
    ];
    for arguments in runs {
        let run = dir.run(&[arguments, &["--error-format", "sarif"]].concat());
        let document: serde_json::Value = serde_json::from_str(&run.stderr).unwrap();
        if schema.exists() {
            dir.write("log.json", &run.stderr);
            let mut validate = Command::new("python3");
            validate.args(["-m", "jsonschema", "-i", "log.json"]).arg(&schema).current_dir(dir.path(""));
            if let Some(validated) = tool(&mut validate) {
                assert!(validated.status == Some(0), "{}\n{}", validated.stderr, run.stderr);
            }
        }
        if arguments.len() == 4 && arguments[1] == "a b.yaml" {
            let results = document["runs"][0]["results"].as_array().unwrap();
            let rules: Vec<_> = results.iter().map(|result| result["ruleId"].as_str().unwrap()).collect();
            assert_eq!(rules, ["io", "missing-command", "invalid-yaml"]);
            let location = &results[1]["locations"][0]["physicalLocation"];
            assert_eq!(location["artifactLocation"]["uri"], "a%20b.yaml");
            assert_eq!(location["region"]["startLine"], 11);
        }
    }
}

/// The progress line appears only on a terminal, and is erased at the end. The pipe delays the command until the line
/// is due.
#[test]
fn a_long_run_shows_its_progress_on_a_terminal() {
    let dir = Dir::new(&[("b.yaml", "# b\n")]);
    let Some(made) = tool(Command::new("mkfifo").arg(dir.path("a.yaml"))) else { return };
    assert_eq!(made.status, Some(0));
    if tool(Command::new("script").arg("--version")).is_none() {
        return;
    }
    let run = |wrap: &str, term: &str| {
        let fifo = dir.path("a.yaml");
        let writer = std::thread::spawn(move || {
            // Opened when the command has opened it to read.
            let mut pipe = std::fs::OpenOptions::new().write(true).open(fifo).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(700));
            std::io::Write::write_all(&mut pipe, b"# a\n").unwrap();
        });
        let line = format!("{} -f a.yaml -f b.yaml {wrap}", crate::support::binary().display());
        let mut script = Command::new("script");
        script.args(["-qec", &line, "/dev/null"]).current_dir(dir.path("")).env("TERM", term);
        let run = tool(&mut script).unwrap();
        writer.join().unwrap();
        assert_eq!(run.status, Some(0), "{}", run.stdout);
        run.stdout
    };
    let shown = run("", "xterm");
    assert!(shown.contains("\r\u{1b}[K1 of 2 manifests read"), "{shown:?}");
    assert!(shown.contains("read\r\u{1b}[K"), "the line stays: {shown:?}");
    assert!(!run("", "dumb").contains("manifests read"));
    assert!(!run("2>&1 | cat", "xterm").contains("manifests read"));
}
