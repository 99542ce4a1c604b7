//! Measures the cost of the entrypoint: the time between steps, the memory and wake-ups of a waiting step, and its
//! size.
//!
//! Prints a table with our limits and the figures of Tekton's binary, and fails if a limit is exceeded. Run it on an
//! idle machine, with a static binary as in the image:
//!
//! ```text
//! RUSTFLAGS="-C target-feature=+crt-static -C relocation-model=static" \
//!     cargo bench -p kueueleuleu-entrypoint --target x86_64-unknown-linux-gnu
//! ```
//!
//! The hand-off is the time from the end of one step's command (which reads the clock last) to the first line of the
//! next step's command, without the time that this program itself needs to start. The figures of Tekton's binary were
//! measured in the same way.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a benchmark starts processes, reads files and prints a table"
)]

use std::env;
use std::fs;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const BINARY: &str = env!("CARGO_BIN_EXE_kueueleuleu-entrypoint");
/// With this argument, the program is the command of a step, and prints the time.
const STAMP: &str = "stamp";
/// With this argument, it waits until its stdin is closed, then prints the time.
const LAST: &str = "last";
/// With this argument, it executes itself, and prints how long that took.
const EXEC: &str = "exec";
const ROUNDS: usize = 100;
/// The time for which a waiting step is observed.
const WATCHED: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [STAMP] => return stamp(Duration::ZERO),
        [LAST] => {
            // Nothing is ever written, so this waits for the end of stdin.
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            return stamp(Duration::ZERO);
        }
        [STAMP, since] => return stamp(Duration::from_nanos(since.parse().expect("a time"))),
        [EXEC] => {
            let mut command = Command::new(env::current_exe().expect("a path"));
            panic!("{}", command.arg(STAMP).arg(now().as_nanos().to_string()).exec());
        }
        _ => {}
    }
    let mut table = Table { missed: false };
    println!("{:<44}{:>12}{:>12}{:>12}", "", "ours", "limit", "Tekton's");
    // Each measurement ends when the command prints the time, so it includes the start of the command after the exec,
    // which is measured separately. The kinds of measurement alternate, so that a busy machine affects all of them.
    let rounds: Vec<_> = (0..ROUNDS).map(|_| (own_start(), start_to_exec(), handoff())).collect();
    let own = median(rounds.iter().map(|round| round.0));
    let less = |time: Duration| ms(time.saturating_sub(own));
    let starts = median(rounds.iter().map(|round| round.1));
    let handoffs = median(rounds.iter().map(|round| round.2));
    let worst = rounds.iter().map(|round| round.2).max().unwrap_or_default();
    table.row("hand-off, median, ms", less(handoffs), 2.0, "622");
    table.row("hand-off, worst of 100, ms", less(worst), 20.0, "889");
    table.row("ten steps of `true`, ms", ms(median((0..5).map(|_| ten_steps()))), 150.0, "6100");
    table.row("start to exec, median, ms", less(starts), 2.0, "29");
    let waiter = waiter();
    table.row("a waiting step: anonymous memory, KiB", waiter.anonymous, 128.0, "5900");
    table.row("a waiting step: resident memory, KiB", waiter.resident, 1536.0, "31700");
    table.row("a waiting step: wake-ups in 20 s", waiter.wakeups, 0.0, "140");
    let size = fs::metadata(BINARY).map_or(0, |metadata| metadata.len());
    table.row("the binary, MB", f64::from(u32::try_from(size).unwrap_or(u32::MAX)) / 1e6, 1.3, "46");
    ExitCode::from(u8::from(table.missed))
}

/// Prints the time since `since`.
fn stamp(since: Duration) -> ExitCode {
    print!("{}", now().saturating_sub(since).as_nanos());
    ExitCode::SUCCESS
}

struct Table {
    missed: bool,
}

impl Table {
    fn row(&mut self, what: &str, ours: f64, limit: f64, tektons: &str) {
        let missed = ours > limit;
        self.missed |= missed;
        println!("{what:<44}{ours:>12.2}{limit:>12}{tektons:>12}{}", if missed { "  MISSED" } else { "" });
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970")
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<_> = times.collect();
    times.sort();
    times[times.len() / 2]
}

/// A temporary directory with the run directories of a pod.
struct Pod(PathBuf);

impl Pod {
    fn new() -> Self {
        let path =
            env::temp_dir().join(format!("kueueleuleu-bench-{}-{}", std::process::id(), now().as_nanos()));
        fs::create_dir(&path).expect("a directory");
        Self(path)
    }

    fn step(&self, index: usize, command: &Path, argument: &[&str]) -> Command {
        let run = self.0.join(index.to_string());
        let mut step = Command::new(BINARY);
        if index > 0 {
            step.arg("-wait_file").arg(self.0.join((index - 1).to_string()).join("out"));
        }
        step.arg("-post_file").arg(run.join("out"));
        step.arg("-termination_path").arg(run.join("termination"));
        step.arg("-step_metadata_dir").arg(run.join("status"));
        step.arg("-entrypoint").arg(command).arg("--").args(argument).stdin(Stdio::null());
        step
    }

    /// A step whose command prints the time.
    fn stamp(&self, index: usize) -> Child {
        let this = env::current_exe().expect("a path");
        self.step(index, &this, &[STAMP]).stdout(Stdio::piped()).spawn().expect("the binary starts")
    }

    /// A step that runs until its stdin is closed.
    fn reader(&self, index: usize) -> Child {
        self.step(index, Path::new("/bin/cat"), &[]).stdin(Stdio::piped()).spawn().expect("the binary starts")
    }

    fn until_alive(&self, index: usize) {
        while !self.0.join(index.to_string()).join("alive").exists() {
            thread::yield_now();
        }
    }
}

impl Drop for Pod {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn stamped(child: Child) -> Duration {
    let output = child.wait_with_output().expect("a child of ours");
    assert!(output.status.success());
    Duration::from_nanos(String::from_utf8_lossy(&output.stdout).parse().expect("a time"))
}

/// The time from an exec to the first line of this program.
fn own_start() -> Duration {
    let mut command = Command::new(env::current_exe().expect("a path"));
    command.arg(EXEC).stdin(Stdio::null()).stdout(Stdio::piped());
    stamped(command.spawn().expect("this program starts"))
}

/// The time from the end of one step's command to the first line of the next one's.
fn handoff() -> Duration {
    let pod = Pod::new();
    let this = env::current_exe().expect("a path");
    let mut first = pod.step(0, &this, &[LAST]);
    let mut first = first.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the binary starts");
    pod.until_alive(0);
    let second = pod.stamp(1);
    pod.until_alive(1);
    until_asleep(second.id());
    drop(first.stdin.take());
    let (end, start) = (stamped(first), stamped(second));
    start.checked_sub(end).expect("a clock that was not set back")
}

fn ten_steps() -> Duration {
    let pod = Pod::new();
    let start = Instant::now();
    let steps: Vec<_> = (0..10)
        .map(|index| pod.step(index, Path::new("/bin/true"), &[]).spawn().expect("it starts"))
        .collect();
    for mut step in steps {
        assert!(step.wait().expect("a child of ours").success());
    }
    start.elapsed()
}

fn start_to_exec() -> Duration {
    let pod = Pod::new();
    let start = now();
    stamped(pod.stamp(0)).checked_sub(start).expect("a clock that was not set back")
}

struct Waiter {
    anonymous: f64,
    resident: f64,
    wakeups: f64,
}

fn waiter() -> Waiter {
    let pod = Pod::new();
    let mut first = pod.reader(0);
    pod.until_alive(0);
    let second = pod.stamp(1);
    pod.until_alive(1);
    until_asleep(second.id());
    let before = switches(second.id());
    thread::sleep(WATCHED);
    let waiter = Waiter {
        anonymous: field(second.id(), "smaps_rollup", "Anonymous:"),
        resident: field(second.id(), "smaps_rollup", "Rss:"),
        wakeups: switches(second.id()) - before,
    };
    drop(first.stdin.take());
    stamped(second);
    assert!(first.wait().expect("a child of ours").success());
    waiter
}

fn until_asleep(pid: u32) {
    while !fs::read_to_string(format!("/proc/{pid}/wchan")).is_ok_and(|name| name.contains("poll")) {
        thread::yield_now();
    }
}

fn switches(pid: u32) -> f64 {
    field(pid, "status", "voluntary_ctxt_switches:") + field(pid, "status", "nonvoluntary_ctxt_switches:")
}

/// A number in a file of the kernel about a process.
fn field(pid: u32, file: &str, name: &str) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}")).expect("a file of the kernel");
    let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("a field");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}
