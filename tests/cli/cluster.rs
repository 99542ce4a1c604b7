//! `status`, `logs` and `run` with recorded answers of a real kubectl on a real Kubernetes 1.20 node.
//!
//! `recorded-kubectl` plays the recordings. `memory-watch-ends` and `memory-gone` are `memory`, cut in two where the
//! watch ends. `scripts/e2e watch` tests the same commands on a cluster.

use crate::support::{Dir, Run, binary, tool};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/cluster")
}

/// Makes a command play a recording.
fn play<'c>(command: &'c mut Command, dir: &Dir, recording: &str) -> &'c mut Command {
    fs::create_dir_all(dir.path("played")).unwrap();
    command
        .env("KUBECTL", recordings().join("recorded-kubectl"))
        .env("RECORDING", recordings().join(format!("{recording}.recording")))
        .env("PLAYED", dir.path("played"))
}

/// Runs the command in namespace `ci`.
fn run(recording: &str, arguments: &[&str]) -> Run {
    let dir = Dir::new(&[]);
    let mut command = dir.command(&[arguments, &["-n", "ci"]].concat());
    Run::of(&play(&mut command, &dir, recording).output().unwrap())
}

/// The output without the states in headings, which depend on the time of the heading.
fn without_states(text: &str) -> String {
    let heading = |line: &str| match line.strip_prefix("==> ").and_then(|rest| rest.split_once(" (")) {
        Some((name, _)) => format!("==> {name} <==\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(heading).collect()
}

const MEMORY: &str = "\
pod/memory: Pending
pod/memory: Running
pod/memory: step `a`: Running
pod/memory: step `a`: Succeeded after 2s
pod/memory: step `b`: Failed after 1s: OOMKilled, exit code 137 (SIGKILL)
pod/memory: step `c`: Skipped: `b` failed
pod/memory: Failed
";

#[test]
fn a_watch_writes_one_line_for_each_change() {
    run("memory", &["status", "-w", "pod/memory"]).is(1, MEMORY, "");
}

#[test]
fn a_watch_that_ends_is_restarted_and_no_change_is_printed_twice() {
    run("memory-watch-ends", &["status", "-w", "pod/memory"]).is(1, MEMORY, "");
}

#[test]
fn a_pod_that_is_gone_when_the_watch_is_restarted_was_deleted() {
    let run = run("memory-gone", &["status", "-w", "pod/memory"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(1), ""));
    assert!(run.stdout.ends_with("pod/memory: deleted (was Pending)\n"), "{}", run.stdout);
}

#[test]
fn a_watch_can_write_one_object_per_change() {
    let run = run("memory", &["status", "-w", "pod/memory", "-o", "json"]);
    let objects: Vec<serde_json::Value> =
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(run.status, Some(1));
    assert_eq!(objects[0]["phase"], "Pending");
    let last = objects.last().unwrap();
    assert_eq!((&last["outcome"], &last["failure"]["exitCode"]), (&"Failed".into(), &137.into()));
}

#[test]
fn logs_follow_all_attempts_of_a_job() {
    let run = run("retries", &["logs", "-f", "job/retries"]);
    let recording = fs::read_to_string(recordings().join("retries.recording")).unwrap();
    let mut pods: Vec<&str> = Vec::new();
    for line in recording.lines().filter(|line| line.contains(" --container=a --follow")) {
        pods.extend(line.split(['/', ' ']).find(|word| word.starts_with("retries-")));
    }
    assert_eq!(pods.len(), 3);
    let skipped = "entrypoint: skipped: the step before did not succeed (`/tekton/run/1/out.err` is there)";
    let attempts = pods.iter().enumerate().map(|(at, pod)| {
        let at = at + 1;
        format!(
            "==> pod/{pod}, attempt {at} <==\n\n==> a <==\nfrom a\n\n==> b <==\nfrom b\n\n==> c <==\n{skipped}\n\n\
             pod/{pod}: Failed: `b`: exit code 3\n\n"
        )
    });
    let reason = "BackoffLimitExceeded: Job has reached the specified backoff limit";
    let last = format!("job/retries: Failed: `b`: exit code 3 ({reason})\n");
    let expected: String = attempts.chain([last]).collect();
    assert_eq!((run.status, run.stderr.as_str()), (Some(1), ""));
    assert_eq!(without_states(&run.stdout), expected);
}

#[test]
fn logs_say_that_the_pod_was_being_deleted() {
    let run = run("deleted", &["logs", "-f", "pod/deleted", "--prefix"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(1), ""));
    assert!(run.stdout.starts_with("[pod/deleted/a] from a\n"), "{}", run.stdout);
    let last = "pod/deleted: Failed: `a`: exit code 143 (SIGTERM), while the pod was being deleted\n";
    assert!(run.stdout.ends_with(last), "{}", run.stdout);
}

const CONFIG: &str = "\
apiVersion: kueueleuleu.dev/v1alpha1
kind: SequentialContainers
metadata: {name: e2e}
spec:
  entrypoint: {kind: Kueueleuleu, image: 'k8s.local/kueueleuleu:test'}
";

#[test]
fn run_creates_one_object_after_the_other_until_one_fails() {
    let dir = Dir::new(&[("config.yaml", CONFIG)]);
    let manifests = recordings().join("several.yaml");
    let arguments = [
        "run",
        "-n",
        "ci",
        "--config",
        "config.yaml",
        "--exit-code",
        "--rm",
        "-f",
        manifests.to_str().unwrap(),
    ];
    let mut command = dir.command(&arguments);
    let run = Run::of(&play(&mut command, &dir, "several").output().unwrap());
    assert_eq!(run.status, Some(5), "{}", run.stderr);
    let first = run.stderr.lines().next().unwrap().strip_suffix(" created").unwrap();
    assert!(first.starts_with("pod/first-"), "{first}");
    let expected = format!(
        "{first} created\npod/second created\npod/third was not created\npod/second deleted\n{first} deleted\n"
    );
    assert_eq!(run.stderr, expected);
    let logs = without_states(&run.stdout);
    assert!(logs.contains(&format!("==> a <==\none\n\n==> b <==\ntwo\n\n{first}: Succeeded\n")), "{logs}");
    assert!(logs.ends_with("\npod/second: Failed: `b`: exit code 5\n"), "{logs}");
}

#[test]
fn errors_of_kubectl_and_a_missing_kubectl_are_reported() {
    let dir = Dir::new(&[]);
    let mut command = dir.command(&["status", "pod/x"]);
    let missing = Run::of(&command.env("KUBECTL", "/nowhere/kubectl").output().unwrap());
    let help = "  help: install kubectl, or set the environment variable KUBECTL to its path\n";
    missing.is(2, "", &format!("error: could not run `/nowhere/kubectl`: it is not on PATH\n{help}"));
    let refused = run("memory-gone", &["status", "pod/memory"]);
    assert_eq!(refused.status, Some(2));
    assert!(refused.stderr.contains("pods \"memory\" not found"), "{}", refused.stderr);
    let usage = run("memory", &["status", "deploy/x"]);
    let help = "  help: write pod/NAME, job/NAME or cronjob/NAME\n";
    usage.is(2, "", &format!("error: `deploy` is not a kind of objects that have steps\n{help}"));
}

/// The lines on a minimal terminal, which knows two cursor movements.
fn screen(output: &str) -> Vec<String> {
    let (mut lines, mut at): (Vec<String>, usize) = (Vec::new(), 0);
    for line in output.split_inclusive("\r\n") {
        let (text, is_whole) = line.strip_suffix("\r\n").map_or((line, false), |text| (text, true));
        let mut rest = text;
        while let Some(code) = rest.strip_prefix("\x1b[") {
            let end = code.find(|char: char| char.is_ascii_alphabetic()).unwrap();
            match &code[end..=end] {
                "A" => at -= code[..end].parse::<usize>().unwrap(),
                "J" => lines.truncate(at),
                _ => break,
            }
            rest = &code[end + 1..];
        }
        if is_whole {
            lines.resize(lines.len().max(at + 1), String::new());
            rest.trim_end_matches("\x1b[K").clone_into(&mut lines[at]);
            at += 1;
        }
    }
    lines
}

#[test]
fn a_terminal_shows_one_table_that_is_redrawn_and_fits() {
    let dir = Dir::new(&[]);
    let line = format!("stty rows 20 cols 70; {} status -n ci -w pod/memory", binary().display());
    let mut script = Command::new("script");
    script
        .args(["-qec", &line, "/dev/null"])
        .current_dir(dir.path(""))
        .env("TERM", "xterm")
        .env("NO_COLOR", "1");
    let Some(run) = tool(play(&mut script, &dir, "memory")) else { return };
    assert_eq!(run.status, Some(1));
    assert!(run.stdout.contains("\x1b[6A"), "{:?}", run.stdout);
    let screen = screen(&run.stdout);
    assert_eq!(screen.len(), 6, "{screen:#?}");
    assert!(screen[0].starts_with("Pod `ci/memory`: Failed, since "), "{screen:#?}");
    assert_eq!(screen[2], "STEP   STATE       START      END        DURATION");
    assert!(screen[4].starts_with("b      Failed "), "{screen:#?}");
    assert!(screen.iter().all(|line| line.trim_end_matches("\x1b[0m").chars().count() <= 70), "{screen:#?}");
}
