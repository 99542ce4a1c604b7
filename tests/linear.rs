//! Tests that four times the input takes at most six times as long. Quadratic code would take sixteen times as long.
//!
//! The test measures CPU time, so a busy machine does not matter, and takes the fastest of several runs. The file has
//! only one test, because the kernel adds up the times of all children.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests start processes, measure them, and fail in their helpers"
)]

use nix::sys::resource::{UsageWho, getrusage};
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How many objects the smaller input has.
const COUNT: usize = 500;
const RUNS: usize = 2;
const ATTEMPTS: usize = 5;

/// Generates an input with that many objects.
type Input<'i> = &'i dyn Fn(usize) -> String;

#[test]
fn four_times_the_input_takes_at_most_six_times_as_long() {
    let json_pod = |number| {
        let containers = r#"[{"name":"a","command":["x"]},{"name":"b","command":["x"]}]"#;
        format!(
            r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"p{number}"}},"spec":{{"containers":{containers}}}}}"#
        )
    };
    let json_list = |count: usize| {
        let pods: Vec<_> = (0..count).map(json_pod).collect();
        format!(r#"{{"apiVersion":"v1","kind":"List","items":[{}]}}"#, pods.join(","))
    };
    let braces = |count: usize| {
        let pod = |number| {
            let containers = "[{name: a, command: [x]}, {name: b, command: [x]}]";
            format!(
                "{{apiVersion: v1, kind: Pod, metadata: {{name: p{number}}}, spec: {{restartPolicy: Never, containers: {containers}}}}}"
            )
        };
        let pods: Vec<_> = (0..count).map(pod).collect();
        format!("apiVersion: v1\nkind: List\nitems: [{}]\n", pods.join(", "))
    };
    let backwards = |count: usize| {
        // The error about `restartPolicy` points to a later place than those about `command`.
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: a}\n  - {name: b}\n  restartPolicy: Always\n";
        format!("---\n{pod}").repeat(count)
    };
    let block_list = |count: usize, containers: &dyn Fn(usize) -> String| {
        let mut text = "apiVersion: v1\nkind: List\nitems:\n".to_owned();
        for number in 0..count {
            let containers = containers(number);
            let _ = write!(
                text,
                "- apiVersion: v1\n  kind: Pod\n  metadata: {{name: p{number}}}\n  spec:\n    restartPolicy: Never\n    containers:\n{containers}"
            );
        }
        text
    };
    let aliases = |count: usize| {
        block_list(count, &|number| {
            format!(
                "    - {{name: a, command: [x], env: &e{number} [{{name: A, value: b}}]}}\n    - {{name: b, command: [x], env: *e{number}}}\n"
            )
        })
    };
    let merges = |count: usize| {
        block_list(count, &|number| {
            format!(
                "    - &c{number} {{name: a, command: [x]}}\n    - <<: *c{number}\n      name: b\n      command: [x]\n"
            )
        })
    };
    let alike = |count: usize| {
        "---\napiVersion: v1\nkind: Pod\nmetadata:\n  generateName: p\nspec:\n  restartPolicy: Never\n  containers:\n  - name: a\n    command: [x]\n  - name: b\n    command: [x]\n".repeat(count)
    };
    let cases: [(&str, Input<'_>, &[&str]); 7] = [
        ("errors on one line", &json_list, &[]),
        ("errors on one line, for tools", &json_list, &["--error-format=json"]),
        ("edits on one line", &braces, &[]),
        ("errors that point backwards", &backwards, &[]),
        ("aliases of one list", &aliases, &[]),
        ("merges of one list", &merges, &[]),
        ("a diff of pods that are alike", &alike, &["--diff"]),
    ];
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("input.yaml");
    for (what, input, arguments) in cases {
        let measure = || {
            [COUNT, 4 * COUNT].map(|count| {
                std::fs::write(&file, input(count)).unwrap();
                (0..RUNS).map(|_| time(&file, arguments)).min().unwrap()
            })
        };
        // A kernel that samples CPU time sometimes misses a part of the shorter run. Quadratic code fails every attempt.
        let measured: Vec<_> =
            (0..ATTEMPTS).map(|_| measure()).take_while(|[short, long]| *long > 6 * *short).collect();
        assert!(
            measured.len() < ATTEMPTS,
            "{what}: times for {COUNT} objects, and for four times as many: {measured:?}"
        );
    }
}

/// The CPU time of a run.
fn time(file: &Path, arguments: &[&str]) -> Duration {
    let before = children();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("kueueleuleu"));
    command.arg("-f").arg(file).args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().unwrap();
    children().saturating_sub(before)
}

fn children() -> Duration {
    let time = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().user_time();
    Duration::new(time.tv_sec().try_into().unwrap(), u32::try_from(time.tv_usec()).unwrap() * 1000)
}
