//! Runs converted pods in real containers: order, failures, signals, users, restarts.
//!
//! The real `kueueleuleu` converts the manifests, `tests/pods/*.yaml`, first.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "tests start processes, read files, and report what they skip"
)]

mod podman;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use podman::{BUSYBOX, IMAGE, Podman, text, until};

podman::tests!(
    three_steps_run_in_order,
    a_failing_step_stops_the_rest,
    a_restricted_pod_runs,
    a_killed_step_ends_the_pod_at_once,
    a_waiting_and_a_running_step_stop_at_once,
    all_steps_stop_at_once_when_all_get_a_signal,
    an_image_with_another_stop_signal_stops_at_once,
    a_shared_pid_namespace_changes_nothing,
    orphans_leave_no_zombies,
    a_step_times_out_and_another_may_fail,
    a_step_that_fails_twice_is_retried_and_the_next_waits,
    a_step_that_is_killed_is_retried_and_the_next_waits,
    a_wrapped_readiness_probe_fails_until_its_step_begins,
    init_containers_run_in_order_without_an_entrypoint,
    ten_steps_run,
    a_terminal_is_a_terminal,
    a_keyboard_reaches_the_command,
    a_waiting_step_with_a_terminal_can_be_stopped,
    stdin_reaches_the_command,
    steps_run_in_order_without_fifos,
    an_old_seccomp_profile_starts_commands_or_is_reported,
    the_checks_example_runs_its_checks_in_parallel,
    the_checks_example_reports_a_failure,
    the_backup_example_retries_and_cleans_up,
    the_training_example_passes_outputs_on,
    the_load_test_example_always_drops_the_schema,
);

/// The time in which a pod ends after a signal, on a busy machine.
const SOON: Duration = Duration::from_secs(20);

/// Asserts that waiting steps ended by a signal or because the previous step failed, and not by SIGKILL. Either can be
/// first, because podman stops one container after the other.
fn assert_stopped(codes: &[i32]) {
    assert!(codes.iter().all(|code| [143, 199].contains(code)), "{codes:?}");
}

fn three_steps_run_in_order() {
    let podman = Podman::turn();
    let pod = podman.play("order");
    assert_eq!(pod.codes(&["a", "b", "c"]), [0, 0, 0]);
    let expected = ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"];
    assert_eq!(pod.timeline(&["a", "b", "c"]), expected);
}

fn a_failing_step_stops_the_rest() {
    let podman = Podman::turn();
    let pod = podman.play("failing");
    assert_eq!(pod.codes(&["a", "b", "c"]), [0, 3, 199]);
    assert_eq!(pod.log("b"), "b runs\n");
    assert_eq!(
        pod.log("c"),
        "entrypoint: skipped: a previous step did not succeed (`/kueueleuleu/run/1/out.err` exists)\n"
    );
}

fn a_restricted_pod_runs() {
    let podman = Podman::turn();
    let pod = podman.play("restricted");
    assert_eq!(pod.codes(&["a", "b"]), [0, 0]);
    assert_eq!((pod.log("a"), pod.log("b")), ("1000\n".into(), "1000\n".into()));
}

fn a_killed_step_ends_the_pod_at_once() {
    let podman = Podman::turn();
    let pod = podman.play("long");
    pod.until_logged("a", "ready");
    assert!(pod.is_running("b") && pod.is_running("c"));
    let killed = pod.kill(&["a"], "KILL");
    assert_eq!(pod.codes(&["a", "b", "c"]), [137, 199, 199]);
    let took = pod.lasted_after("c", killed);
    assert!(took < SOON, "{took:?}");
    assert!(
        pod.log("b").contains("a previous step died without writing `/kueueleuleu/run/0/out`"),
        "{}",
        pod.log("b")
    );
    assert!(pod.log("c").contains("did not succeed"), "{}", pod.log("c"));
}

fn a_waiting_and_a_running_step_stop_at_once() {
    let podman = Podman::turn();
    let pod = podman.play("long");
    pod.until_logged("a", "ready");
    pod.stop();
    assert_eq!(pod.code("a"), 143);
    assert_stopped(&pod.codes(&["b", "c"]));
}

fn all_steps_stop_at_once_when_all_get_a_signal() {
    let podman = Podman::turn();
    let pod = podman.play("long");
    pod.until_logged("a", "ready");
    let signaled = pod.kill(&["a", "b", "c"], "TERM");
    assert_eq!(pod.code("a"), 143);
    assert_stopped(&pod.codes(&["b", "c"]));
    for step in ["a", "b", "c"] {
        let took = pod.lasted_after(step, signaled);
        assert!(took < SOON, "{step}: {took:?}");
    }
}

fn an_image_with_another_stop_signal_stops_at_once() {
    let podman = Podman::turn();
    let pod = podman.play("sigquit");
    pod.until_logged("a", "ready");
    pod.stop();
    assert_eq!(pod.code("a"), 131);
    assert!([131, 199].contains(&pod.code("b")));
}

fn a_shared_pid_namespace_changes_nothing() {
    let podman = Podman::turn();
    let pod = podman.play("shared");
    assert_eq!(pod.code("a"), 0);
    pod.until_logged("b", "ready");
    // Not the whole pod: podman may first stop PID 1 of the namespace, and all other processes with it.
    pod.podman.run(&["stop", "--time", "10", "shared-b"]);
    assert_eq!(pod.codes(&["b", "c"]), [143, 199]);
    // The step's own supervisor adopted the orphan, not PID 1 of the pod.
    assert_eq!(pod.log("a"), "adopted\n");
}

fn orphans_leave_no_zombies() {
    let podman = Podman::turn();
    let pod = podman.play("orphans");
    assert_eq!((pod.code("a"), pod.log("a").as_str()), (0, "reaped\n"));
    assert_eq!(pod.code("b"), 0);
}

fn a_step_times_out_and_another_may_fail() {
    let podman = Podman::turn();
    let pod = podman.play("options");
    assert_eq!(pod.codes(&["may-fail", "too-long", "never"]), [0, 124, 199]);
    assert!(
        pod.log("too-long").contains("`sleep` was stopped: it took longer than 300ms"),
        "{}",
        pod.log("too-long")
    );
}

fn a_step_that_fails_twice_is_retried_and_the_next_waits() {
    let podman = Podman::turn();
    let pod = podman.play("retried");
    // The last step first: between two tries, the first step has also ended.
    assert_eq!(pod.codes(&["b", "a"]), [0, 0]);
    assert_eq!(pod.timeline(&["a", "b"]), ["a fails", "a fails", "a succeeds", "b runs"]);
}

fn a_step_that_is_killed_is_retried_and_the_next_waits() {
    let podman = Podman::turn();
    let pod = podman.play("killed-and-retried");
    pod.until_logged("a", "first try");
    assert!(pod.is_running("b"));
    pod.kill(&["a"], "KILL");
    assert_eq!(pod.codes(&["b", "a"]), [0, 0]);
    assert_eq!(pod.timeline(&["a", "b"]), ["a first try", "a second try", "b runs"]);
}

fn a_wrapped_readiness_probe_fails_until_its_step_begins() {
    let podman = Podman::turn();
    let pod = podman.play("probed");
    assert!(pod.is_running("b") && pod.log("b").is_empty());
    assert_eq!(pod.probe("b", "readinessProbe"), Some(1));
    pod.touch("a", "/tmp/go");
    pod.until_logged("b", "begins");
    assert_eq!(pod.probe("b", "readinessProbe"), Some(9));
    pod.touch("b", "/tmp/go");
    assert_eq!(pod.codes(&["a", "b"]), [0, 0]);
}

fn init_containers_run_in_order_without_an_entrypoint() {
    let podman = Podman::turn();
    let pod = podman.play("init-containers");
    assert_eq!(pod.code("c"), 0);
    assert_eq!(pod.log("c"), "a begins\na ends\nb begins\nb ends\n");
}

fn ten_steps_run() {
    let podman = Podman::turn();
    let pod = podman.play("ten");
    let names: Vec<String> = (0..10).map(|index| format!("step-{index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(pod.codes(&names), [0; 10]);
}

/// The entrypoint in a volume, for `podman run`.
fn volume(podman: &Podman) -> String {
    podman.command(&["volume", "rm", "--force", "kueueleuleu-test"]).output().expect("podman starts");
    let mount = "kueueleuleu-test:/tekton/bin";
    let copy = ["cp", "/ko-app/entrypoint", "/tekton/bin/entrypoint"];
    let words =
        ["run", "--rm", "--network=none", "--volume", mount, "--entrypoint=/ko-app/entrypoint", IMAGE];
    assert_eq!(podman.run(&[&words[..], &copy].concat()), "");
    format!("{mount}:ro")
}

fn a_terminal_is_a_terminal() {
    let podman = Podman::turn();
    let mount = volume(&podman);
    let words =
        ["run", "--rm", "--tty", "--network=none", "--volume", &mount, BUSYBOX, "/tekton/bin/entrypoint"];
    let step =
        ["-post_file=/tmp/out", "-entrypoint=sh", "--", "-c", "test -t 0 && test -t 1 && echo terminal"];
    assert_eq!(podman.run(&[&words[..], &step].concat()), "terminal\r\n");
}

/// As with `kubectl attach --stdin --tty`: `^Z` stops no process, and only the command receives `^C`.
fn a_keyboard_reaches_the_command() {
    let podman = Podman::turn();
    let mount = volume(&podman);
    let words =
        ["podman", "run", "--rm", "--tty", "--interactive", "--network=none", "--volume", &mount, BUSYBOX];
    let step = ["/tekton/bin/entrypoint", "-post_file=/tmp/out", "-entrypoint=sh", "--", "-c"];
    let script =
        r#"trap "echo interrupted; exit 3" INT; read line; echo "got $line"; while true; do sleep 1; done"#;
    let shell = format!("exec {} {} '{script}'", words.join(" "), step.join(" "));
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--return", "--command", &shell, "/dev/null"]);
    terminal.envs(podman.command(&[]).get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("script starts");
    let mut keyboard = child.stdin.take().expect("piped");
    let mut lines =
        BufReader::new(child.stdout.take().expect("piped")).lines().map(|line| line.expect("UTF-8"));
    keyboard.write_all(b"hello\n").expect("a terminal");
    assert!(lines.any(|line| line.contains("got hello")));
    keyboard.write_all(b"\x1a\x03").expect("a terminal");
    assert!(lines.any(|line| line.contains("interrupted")));
    assert_eq!(child.wait().expect("a child").code(), Some(3));
}

fn a_waiting_step_with_a_terminal_can_be_stopped() {
    let podman = Podman::turn();
    let mount = volume(&podman);
    let words =
        ["run", "--detach", "--tty", "--network=none", "--volume", &mount, BUSYBOX, "/tekton/bin/entrypoint"];
    let step = ["-wait_file=/tmp/in", "-post_file=/tmp/out", "-entrypoint=true"];
    let id = podman.run(&[&words[..], &step].concat()).trim().to_owned();
    until("its start", || {
        podman.command(&["exec", &id, "test", "-e", "/tmp/alive"]).output().is_ok_and(|o| o.status.success())
    });
    podman.run(&["stop", "--time", "10", &id]);
    assert_eq!(podman.run(&["inspect", "--format", "{{.State.ExitCode}}", &id]), "143\n");
    podman.run(&["rm", &id]);
}

fn stdin_reaches_the_command() {
    let podman = Podman::turn();
    let mount = volume(&podman);
    let words = ["run", "--rm", "--interactive", "--network=none", "--volume", &mount, BUSYBOX];
    let step = ["/tekton/bin/entrypoint", "-post_file=/tmp/out", "-entrypoint=tr", "--", "a-z", "A-Z"];
    let mut command = podman.command(&[&words[..], &step].concat());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("podman starts");
    child.stdin.take().expect("piped").write_all(b"hello\n").expect("a reader");
    assert_eq!(text(&child.wait_with_output().expect("a child").stdout), "HELLO\n");
}

/// Where a seccomp profile forbids FIFOs, there is no sign of liveness, and the next step polls.
fn steps_run_in_order_without_fifos() {
    let podman = Podman::turn();
    let mount = volume(&podman);
    let directory = tempfile::TempDir::new().expect("a directory");
    let profile = directory.path().join("seccomp.json");
    let rule = r#"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mknod","mknodat"],"action":"SCMP_ACT_ERRNO"}]}"#;
    std::fs::write(&profile, rule).expect("a file");
    let seccomp = format!("--security-opt=seccomp={}", profile.display());
    let words = ["run", "--rm", "--network=none", &seccomp, "--volume", &mount, BUSYBOX, "sh", "-c"];
    let script = "set -e; cd /tmp; \
        /tekton/bin/entrypoint -wait_file 0/out -post_file 1/out -termination_path t -entrypoint echo -- second & \
        /tekton/bin/entrypoint -post_file 0/out -termination_path t -entrypoint echo -- first; \
        wait $!; ls 0 1";
    assert_eq!(
        podman.run(&[&words[..], &[script]].concat()),
        "first\nsecond\n0:\nalive\nlived\nout\nstarted\n\n1:\nalive\nlived\nout\nstarted\n"
    );
}

/// Old seccomp profiles answer `clone3` with EPERM. The C library then does not try `clone`, and every step exited with
/// 126.
fn an_old_seccomp_profile_starts_commands_or_is_reported() {
    let podman = Podman::turn();
    let mount = volume(&podman);
    let directory = tempfile::TempDir::new().expect("a directory");
    let run = |call: &str| {
        let profile = directory.path().join("seccomp.json");
        let rule = format!(
            r#"{{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{{"names":["{call}"],"action":"SCMP_ACT_ERRNO","errnoRet":1}}]}}"#
        );
        std::fs::write(&profile, rule).expect("a file");
        let seccomp = format!("--security-opt=seccomp={}", profile.display());
        let words = ["run", "--rm", "--network=none", "--user=1000", "--group-add=2000", &seccomp];
        let step = ["--volume", &mount, BUSYBOX, "/tekton/bin/entrypoint", "-entrypoint=id", "--", "-G"];
        let output = podman.command(&[&words[..], &step].concat()).output().expect("podman starts");
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    assert_eq!(run("clone3"), (Some(0), "0 2000\n".into(), String::new()));
    let (code, stdout, stderr) = run("socketpair");
    assert_eq!((code, stdout.as_str()), (Some(125), ""));
    assert!(stderr.contains("cannot watch signals: `socketpair` failed"), "{stderr}");
}

/// Ends when all three checks have started, so checks that run one after the other would wait forever.
const BESIDE: &str = "touch began-${0##*/}; until ls began-go began-golangci-lint began-govulncheck; do sleep 0.1; done >/dev/null 2>&1";

/// Runs the checks example, in which the unit tests exit with this code.
fn checks(podman: Podman, unit: u8) -> podman::Pod {
    let fails = format!("{BESIDE}; exit 1");
    let ends = format!("{BESIDE}; exit {unit}");
    let programs = [
        (
            "git",
            "case $1 in clone) test -e /tmp/tried || { touch /tmp/tried; exit 128; };; *) echo v7;; esac",
        ),
        ("go", &ends),
        ("golangci-lint", &fails),
        ("govulncheck", BESIDE),
        ("ko", "echo ko $*"),
        ("curl", "echo $3"),
    ];
    podman.play_example("ci-checks", "pod.yaml", &programs)
}

const CHECKS: [&str; 6] = ["fetch", "unit", "lint", "audit", "publish", "report"];

fn the_checks_example_runs_its_checks_in_parallel() {
    let pod = checks(Podman::turn(), 0);
    assert_eq!(pod.codes(&CHECKS), [0; 6]);
    assert_eq!(pod.log("publish"), "ko build --bare --tags v7 .\n");
    assert_eq!(pod.log("report"), "version=v7\n");
    assert!(pod.log("fetch").contains("try 1 of 3 failed with exit code 128"), "{}", pod.log("fetch"));
}

fn the_checks_example_reports_a_failure() {
    let pod = checks(Podman::turn(), 3);
    assert_eq!(pod.codes(&CHECKS), [0, 3, 0, 0, 199, 0]);
    assert_eq!(pod.log("report"), "version=v7\n");
}

fn the_backup_example_retries_and_cleans_up() {
    let programs = [
        ("pg_dump", "echo rows >/backup/shop.dump"),
        ("aws", "test -e /tmp/tried || { touch /tmp/tried; exit 7; }; cat $3"),
    ];
    let pod = Podman::turn().play_example("backup-retries", "cronjob.yaml", &programs);
    assert_eq!(pod.codes(&["dump", "upload", "clean-up"]), [0, 0, 0]);
    let log = pod.log("upload");
    assert!(log.contains("try 1 of 6 failed with exit code 7; the next one starts in 10s"), "{log}");
    assert!(log.contains("rows\n") && !pod.has_file("backup/shop.dump"), "{log}");
}

fn the_training_example_passes_outputs_on() {
    let programs = [("prepare", ":"), ("rows", "echo 42"), ("train", "echo $*"), ("aws", ":")];
    let pod = Podman::turn().play_example("training-gpu", "job.yaml", &programs);
    assert_eq!(pod.codes(&["preprocess", "train", "upload"]), [0, 0, 0]);
    assert_eq!(pod.log("train"), "--rows=42 --data=/data --out=/data/model\n");
}

fn the_load_test_example_always_drops_the_schema() {
    let programs = [
        ("pg_isready", "test -e /tmp/tried || { touch /tmp/tried; exit 2; }"),
        ("flyway", "touch /tmp/migrated"),
        ("psql", "echo $*"),
        ("curl", ":"),
        ("k6", "exit 99"),
    ];
    let pod = Podman::turn().play_example("load-test", "job.yaml", &programs);
    let steps = ["wait-for-database", "migrate", "seed", "warm-up", "load", "drop-schema"];
    assert_eq!(pod.codes(&steps), [0, 0, 0, 0, 99, 0]);
    assert_eq!(pod.log("drop-schema"), "--command=drop schema shop cascade\n");
}
