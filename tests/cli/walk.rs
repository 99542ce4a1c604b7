//! Repositories, globs and templates as inputs.

use crate::support::{BARE, Dir, POD, SERVICE, bare_report};

const TEMPLATE: &str = include_str!("helm-template.yaml");

/// A repository in which only `pods/a.yaml` and `b.yaml` are to be read.
fn repository() -> Dir {
    Dir::new(&[
        (".git/config.yaml", "# git\n"),
        (".github/workflow.yaml", "# github\n"),
        ("node_modules/x/package.json", "# node\n"),
        ("pods/node_modules/y.yaml", "# node\n"),
        (".gitignore", "/build/\n*.gen.yaml\n"),
        (".kueueleuleuignore", "charts/\n"),
        ("build/out.yaml", "# build\n"),
        ("charts/x/templates/job.yaml", "# chart\n"),
        ("pods/a.gen.yaml", "# generated\n"),
        ("pods/.gitignore", "skipped.yaml\n"),
        ("pods/skipped.yaml", "# skipped\n"),
        ("pods/a.yaml", "# a\n"),
        ("b.yaml", "# b\n"),
    ])
}

#[test]
fn a_walk_skips_hidden_and_ignored_files() {
    let dir = repository();
    dir.run(&["-R", "-f", "."]).is(0, "# b\n# a\n", "");
    dir.run(&["-R", "-f", ".", "--exclude", "pods"]).is(0, "# b\n", "");
    dir.run(&["-R", "-f", ".", "--exclude=b.yaml", "--exclude", "*.gen.yaml"]).is(0, "# a\n", "");
    // The rules of parent directories apply, too.
    let output = dir.command(&["-R", "-f", "."]).current_dir(dir.path("pods")).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "# a\n");
    let all = dir.run(&["-R", "-f", ".", "--no-ignore"]).stdout;
    assert_eq!(all.lines().count(), 10, "{all}");
    let most = dir.run(&["-R", "-f", ".", "--no-ignore", "--exclude=node_modules/"]).stdout;
    assert_eq!(most.lines().count(), 8, "{most}");
}

#[test]
fn files_and_directories_that_are_named_are_never_ignored() {
    let dir = repository();
    dir.run(&["-f", "pods/skipped.yaml", "build/out.yaml"]).is(0, "# skipped\n# build\n", "");
    dir.run(&["-R", "-f", "build", "-f", ".github"]).is(0, "# build\n# github\n", "");
    dir.run(&["-R", "-f", "charts/x"]).is(0, "# chart\n", "");
}

#[test]
fn an_error_counts_the_ignored_files_if_no_other_file_is_found() {
    let dir = Dir::new(&[
        ("dir/.gitignore", "*.yaml\n"),
        ("dir/a.yaml", ""),
        ("dir/.x/b.json", ""),
        ("dir/c.txt", ""),
    ]);
    dir.run(&["-R", "-f", "dir"]).is(
        2,
        "",
        "error: `dir` contains no .yaml, .yml or .json file, except for 2 ignored files\n  \
         help: add `--no-ignore` to read them; a file passed to `-f` is never ignored\n",
    );
    let run = dir.run(&["-R", "-f", "dir", "--exclude", "{a"]);
    run.is(
        2,
        "",
        "error: `--exclude`: `{a` is not a glob: .gitignore has no alternatives in braces\n  \
         help: repeat `--exclude` for each alternative; for the character, write `[{]`\n",
    );
}

/// As `git check-ignore -v` shows for the same files, except for `.kueueleuleuignore`.
#[test]
fn the_nearest_pattern_counts_and_our_own_count_first() {
    let dir = Dir::new(&[
        (".git/info/exclude", "/excluded.yaml\n/here.yaml\n/sub/global.yaml\n"),
        (".gitignore", "*.json\n!keep.json\n/sub/a*.yaml\n!here.yaml\ndeep/\n"),
        (".kueueleuleuignore", "keep.json\n!sub/again.yaml\n"),
        ("a.json", "# a.json\n"),
        ("excluded.yaml", "# excluded\n"),
        ("here.yaml", "# here\n"),
        ("keep.json", "# keep.json\n"),
        ("sub/.gitignore", "!a1.yaml\r\n\\#b.yaml  \r\n# c.yaml\r\n[xy].yaml\r\n!global.yaml\r\n"),
        ("sub/#b.yaml", "# b\n"),
        ("sub/a1.yaml", "# a1\n"),
        ("sub/a2.yaml", "# a2\n"),
        ("sub/again.yaml", "# again\n"),
        ("sub/c.yaml", "# c\n"),
        ("sub/deep", "a file\n"),
        ("sub/global.yaml", "# global\n"),
        ("sub/other/.gitignore", "!x.yaml\n"),
        ("sub/other/deep/d.yaml", "# d\n"),
        ("sub/other/x.yaml", "# x\n"),
        ("sub/y.yaml", "# y\n"),
        ("sub/z.yaml", "# z\n"),
        ("home/.gitconfig", "[core]\n\texcludesFile = ~/ours\n"),
        ("home/ours", "global.yaml\nz.yaml\n"),
        ("xdg/git/ignore", "c.yaml\n"),
    ]);
    let run = |home: &str, xdg: &str| {
        let mut command = dir.command(&["-R", "-f", "."]);
        command.env("HOME", dir.path(home)).env("XDG_CONFIG_HOME", dir.path(xdg));
        command.env_remove("GIT_CONFIG_GLOBAL").env("GIT_CONFIG_SYSTEM", dir.path("none"));
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert_eq!(run("home", "none"), "# here\n# a1\n# again\n# c\n# global\n# x\n");
    assert_eq!(run("none", "xdg"), "# here\n# a1\n# again\n# global\n# x\n# z\n");
    assert_eq!(run("none", "none"), "# here\n# a1\n# again\n# c\n# global\n# x\n# z\n");
}

/// In a worktree of a repository, `.git` is a file.
#[test]
fn the_excludes_of_a_repository_count_in_its_worktrees() {
    let dir = Dir::new(&[
        ("main/.git/info/exclude", "a.yaml\n"),
        ("main/.git/worktrees/w/commondir", "../..\n"),
        ("w/.git", "gitdir: ../main/.git/worktrees/w\n"),
        ("w/a.yaml", "# a\n"),
        ("w/b.yaml", "# b\n"),
    ]);
    dir.run(&["-R", "-f", "w"]).is(0, "# b\n", "");
    let absolute = dir.path("w").display().to_string();
    dir.run(&["-R", "-f", &absolute]).is(0, "# b\n", "");
}

/// As with kubectl: a shell does not expand quoted globs.
#[test]
fn lists_and_quoted_globs_name_files() {
    let dir = Dir::new(&[
        ("a.yaml", "# a\n"),
        ("b.yaml", "# b\n"),
        ("x/y/c.yaml", "# c\n"),
        ("x/d,e.yaml", "# d\n"),
    ]);
    dir.run(&["-f", "b.yaml,a.yaml"]).is(0, "# b\n# a\n", "");
    dir.run(&["-f", "*.yaml"]).is(0, "# a\n# b\n", "");
    dir.run(&["-f", "./[a]*.yaml,x/*/c.yaml"]).is(0, "# a\n# c\n", "");
    dir.run(&["-f", "x/**/*.yaml"]).is(0, "# d\n# c\n", "");
    dir.run(&["-f", "x/d,e.yaml"]).is(0, "# d\n", "");
    let absolute = format!("{}/?.yaml", dir.path("").display());
    dir.run(&["-f", &absolute]).is(0, "# a\n# b\n", "");
    dir.run(&["-f", "*.yml"]).is(2, "", "error: no file matches `*.yml`\n");
    dir.run(&["-f", "a.yaml,none.yaml"]).is(
        2,
        "",
        "error: could not read `none.yaml`: no such file or directory\n",
    );
}

/// The error for a Helm template used to be "not YAML".
#[test]
fn a_template_is_named_as_such() {
    let dir = Dir::new(&[
        ("chart/job.yaml", TEMPLATE),
        ("chart/pod.yaml", POD),
        (
            "jinja.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: a}, {name: b}], restartPolicy: {{ policy }}}\n",
        ),
    ]);
    let report = |severity: &str| {
        format!(
            "\
{severity}: this looks like a Helm template, not a manifest
  --> chart/job.yaml:1:1
  |
1 | {{{{- if .Values.job.enabled }}}}
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: render it first: `helm template CHART | kueueleuleu -f -`
"
        )
    };
    dir.run(&["-f", "chart/job.yaml"]).is(2, "", &report("error"));
    dir.run(&["-f", "chart", "--check"]).is(
        3,
        "chart/pod.yaml\n",
        &format!(
            "{}\nchart/pod.yaml:2: Pod `ci/build`: not sequenced yet; strategy `Entrypoint` runs `fetch`, `test`\n\n\
             1 file would change, 0 unchanged, 1 skipped (template)\n",
            report("warning")
        ),
    );
    dir.run(&["-f", "chart", "--strict"]).is(2, "", &report("error"));
    dir.run(&["-f", "chart", "--check", "-q"]).is(3, "chart/pod.yaml\n", "");
    let run = dir.run(&["-f", "jinja.yaml"]);
    assert!(run.stderr.starts_with("error: this looks like a Jinja template"), "{}", run.stderr);
    // This template is valid YAML, and used to pass unchanged.
    let parses = POD.replacen(
        "metadata:\n  name: build\n  namespace: ci\n  labels:\n    app: shop\n",
        "metadata: {{ x }}\n",
        1,
    );
    assert_ne!(parses, POD);
    let run = dir.run_with(parses, &["-f", "-"]);
    assert!(run.stderr.starts_with("error: this looks like a Jinja template"), "{}", run.stderr);
    let run = dir.run_with("a: [\nimage: ${IMAGE}\n", &["-f", "-"]);
    assert!(run.stderr.starts_with("error: this looks like a template for `envsubst`"), "{}", run.stderr);
}

/// Braces in a script do not make the manifest a template.
#[test]
fn braces_in_a_manifest_are_not_a_template() {
    let script = BARE.replace("command: [wget]", "command: [sh, -c, 'echo {{ x }}']");
    let dir = Dir::new(&[("a.yaml", &script)]);
    let run = dir.run(&["-f", "a.yaml"]);
    assert!(run.stderr.contains("container `bare` has no `command`"), "{}", run.stderr);
}

#[test]
fn an_unreadable_file_does_not_hide_errors_in_the_next_file() {
    let dir = Dir::new(&[("b.yaml", BARE)]);
    let expected = format!(
        "error: could not read `a.yaml`: no such file or directory\n\n{}",
        bare_report("b.yaml", "-f a.yaml b.yaml --write sequential.yaml")
    );
    dir.run(&["-f", "a.yaml", "b.yaml"]).is(2, "", &expected);
}

#[test]
fn a_summary_counts_the_changed_files() {
    let dir = Dir::new(&[("a.yaml", POD), ("b.yaml", POD), ("c.yaml", SERVICE)]);
    dir.run(&["-q", "-f", ".", "--check", "--error-format=json"]).is(3, "a.yaml\nb.yaml\n", "");
    dir.run(&["-f", ".", "-i"]).is(0, "", "2 files changed, 1 unchanged\n");
    dir.run(&["-f", ".", "-i"]).is(0, "", "0 files changed, 3 unchanged\n");
    dir.run(&["-f", ".", "--check"]).is(0, "", "0 files would change, 3 unchanged\n");
}

#[test]
fn null_ends_names_with_nul() {
    use std::os::unix::ffi::OsStrExt as _;
    let dir = Dir::new(&[("a.yaml", POD)]);
    let name = std::ffi::OsStr::from_bytes(b"\xe4.yaml");
    std::fs::write(dir.path("").join(name), POD).unwrap();
    let output = dir.command(&["-f", ".", "--check", "--null"]).output().unwrap();
    assert_eq!(output.stdout, b"a.yaml\0\xe4.yaml\0");
    let output = dir.command(&["-f", ".", "--check"]).output().unwrap();
    assert_eq!(output.stdout, b"a.yaml\n\xe4.yaml\n");
}

#[test]
fn a_flag_and_variables_choose_colors() {
    let dir = Dir::new(&[("a.yaml", BARE)]);
    let is_colored = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = dir.command(&[&["-f", "a.yaml"], arguments].concat());
        let output = command.envs(variables.iter().copied()).output().unwrap();
        output.stderr.contains(&0x1b)
    };
    assert!(!is_colored(&[], &[]));
    assert!(is_colored(&["--color=always"], &[("NO_COLOR", "1")]));
    assert!(is_colored(&[], &[("FORCE_COLOR", "1")]));
    assert!(!is_colored(&[], &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    assert!(!is_colored(&[], &[("FORCE_COLOR", "0")]));
    assert!(!is_colored(&["--color", "never"], &[("FORCE_COLOR", "1")]));
}
