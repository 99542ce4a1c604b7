//! Starts steps in a temporary directory, with the same flags as in a rewritten pod.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use rustix_libc_wrappers::process::SignalExt;
use tempfile::TempDir;

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_kueueleuleu-entrypoint");
/// The time that anything may take, also on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);

/// Polls until `done` returns true. Panics with `what` after the deadline.
pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < DEADLINE, "did not happen in {DEADLINE:?}: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// The run directories of a pod.
pub(crate) struct Pod {
    directory: TempDir,
}

/// The posts of a step.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Posted {
    Nothing,
    Out,
    Err,
    Both,
}

impl Pod {
    pub(crate) fn new() -> Self {
        Self { directory: TempDir::new().expect("a directory") }
    }

    /// A file in the directory of step `index`. Creates the directory.
    pub(crate) fn file(&self, index: usize, name: &str) -> PathBuf {
        let directory = self.directory.path().join(index.to_string());
        fs::create_dir_all(&directory).expect("a run directory");
        directory.join(name)
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn read(&self, index: usize, name: &str) -> String {
        fs::read_to_string(self.file(index, name)).unwrap_or_else(|error| format!("({error})"))
    }

    pub(crate) fn posted(&self, index: usize) -> Posted {
        match (self.file(index, "out").exists(), self.file(index, "out.err").exists()) {
            (false, false) => Posted::Nothing,
            (true, false) => Posted::Out,
            (false, true) => Posted::Err,
            (true, true) => Posted::Both,
        }
    }

    /// A step with the flags of version 1, the flags `extra`, and a shell script as its command.
    pub(crate) fn step(&self, index: usize, extra: &[&str], script: &str) -> Step {
        self.step_with(index, extra, &["sh", "-c", script])
    }

    /// The same with any command.
    pub(crate) fn step_with(&self, index: usize, extra: &[&str], words: &[&str]) -> Step {
        let mut step = Step { words: vec![BINARY.into()], stdin: Stdio::null() };
        if index > 0 {
            step.flag("-wait_file", self.file(index - 1, "out"));
        }
        step.flag("-post_file", self.file(index, "out"));
        step.flag("-termination_path", self.file(index, "termination"));
        step.flag("-step_metadata_dir", self.file(index, "status"));
        step.words.extend(extra.iter().map(PathBuf::from));
        step.flag("-entrypoint", words[0]);
        step.words.push("--".into());
        step.words.extend(words[1..].iter().map(PathBuf::from));
        step
    }

    /// A step with the flags of version 2: its directory is `run/INDEX` in the directory of the pod.
    pub(crate) fn numbered(&self, index: usize, extra: &[&str], script: &str) -> Step {
        self.numbered_with(index, extra, &["sh", "-c", script])
    }

    /// The same with any command.
    pub(crate) fn numbered_with(&self, index: usize, extra: &[&str], words: &[&str]) -> Step {
        let mut step = Step { words: vec![BINARY.into()], stdin: Stdio::null() };
        step.flag("-step", index.to_string());
        step.flag("-root", self.path());
        step.words.extend(extra.iter().map(PathBuf::from));
        step.words.push("--".into());
        step.words.extend(words.iter().map(PathBuf::from));
        step
    }

    /// A file in the directory of step `index`, in version 2.
    pub(crate) fn run(&self, index: usize, name: &str) -> PathBuf {
        self.path().join("run").join(index.to_string()).join(name)
    }

    /// The posts of step `index`, in version 2.
    pub(crate) fn run_posted(&self, index: usize) -> Posted {
        match (self.run(index, "out").exists(), self.run(index, "out.err").exists()) {
            (false, false) => Posted::Nothing,
            (true, false) => Posted::Out,
            (false, true) => Posted::Err,
            (true, true) => Posted::Both,
        }
    }

    /// Creates the directories of this number of steps, as the init container does.
    pub(crate) fn prepare(&self, steps: usize) {
        let target = self.path().join("bin/entrypoint");
        let mut copy = Command::new(BINARY);
        copy.args(["cp", "-protocol", "2", "-steps", &steps.to_string(), BINARY]).arg(target);
        let output = copy.output().expect("the binary starts");
        assert!(output.status.success(), "{output:?}");
    }

    /// Waits until the liveness file of step `index` exists. Its signal handlers are installed by then.
    pub(crate) fn until_alive(&self, index: usize) {
        let alive = self.file(index, "alive");
        until("a liveness file", || alive.exists());
    }
}

/// The command line of a step.
pub(crate) struct Step {
    words: Vec<PathBuf>,
    stdin: Stdio,
}

impl Step {
    /// Any command line.
    pub(crate) fn of(words: &[&str]) -> Self {
        Self { words: words.iter().map(PathBuf::from).collect(), stdin: Stdio::null() }
    }

    fn flag(&mut self, name: &str, value: impl AsRef<OsStr>) {
        self.words.push(name.into());
        self.words.push(value.as_ref().into());
    }

    pub(crate) fn stdin(mut self, stdin: Stdio) -> Self {
        self.stdin = stdin;
        self
    }

    /// Puts these words before the command line: `unshare`, `script` and the like.
    pub(crate) fn wrapped_in(mut self, words: &[&str]) -> Self {
        self.words.splice(0..0, words.iter().map(PathBuf::from));
        self
    }

    /// The words, quoted for a shell.
    pub(crate) fn shell(&self) -> String {
        let quoted =
            self.words.iter().map(|word| format!("'{}'", word.to_string_lossy().replace('\'', r"'\''")));
        quoted.collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn start(self) -> Running {
        let mut command = Command::new(&self.words[0]);
        // A fixed `PATH`: a directory in it without search permission would turn ENOENT into EACCES.
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.args(&self.words[1..]).stdin(self.stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let stdout = BufReader::new(child.stdout.take().expect("impossible: piped"));
        Running { child, stdout }
    }

    /// Starts the step and waits for its end.
    pub(crate) fn run(self) -> Ended {
        self.start().end()
    }
}

/// A running or waiting step.
pub(crate) struct Running {
    pub(crate) child: Child,
    stdout: BufReader<ChildStdout>,
}

/// The result of a step.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Running {
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// The next line on stdout.
    pub(crate) fn line(&mut self) -> String {
        if self.stdout.buffer().is_empty() {
            let mut pipe = [PollFd::new(self.stdout.get_ref(), PollFlags::IN)];
            let deadline = Timespec::try_from(DEADLINE).expect("impossible: a short time");
            assert_eq!(poll(&mut pipe, Some(&deadline)), Ok(1), "no line in {DEADLINE:?}");
        }
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("UTF-8");
        line.trim_end().to_owned()
    }

    pub(crate) fn signal(&self, number: i32) {
        send(self.pid(), number);
    }

    /// The child process, of which there must be one.
    pub(crate) fn only_child(&self) -> Pid {
        let pid = self.child.id();
        let children = format!("/proc/{pid}/task/{pid}/children");
        let mut found = None;
        until("a child process", || {
            let list = fs::read_to_string(&children).unwrap_or_default();
            found = list.split_whitespace().next().and_then(|pid| pid.parse().ok()).and_then(Pid::from_raw);
            found.is_some()
        });
        found.expect("impossible: found")
    }

    /// Whether no child process is left.
    pub(crate) fn has_no_child(&self) -> bool {
        let pid = self.child.id();
        fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))
            .is_ok_and(|list| list.trim().is_empty())
    }

    /// Waits until it sleeps in `poll` without a timeout.
    pub(crate) fn until_asleep(&self) {
        let pid = self.child.id();
        until("a sleep without a timeout", || {
            let in_poll =
                fs::read_to_string(format!("/proc/{pid}/wchan")).is_ok_and(|name| name.contains("poll"));
            let call = fs::read_to_string(format!("/proc/{pid}/syscall")).unwrap_or_default();
            // The number of `ppoll`, a pointer to the files, their count, and a pointer to the timeout.
            in_poll && call.split(' ').nth(3) == Some("0x0")
        });
    }

    /// Waits until it sleeps in `poll`.
    pub(crate) fn until_in_poll(&self) {
        let wchan = format!("/proc/{}/wchan", self.child.id());
        until("a sleep", || fs::read_to_string(&wchan).is_ok_and(|name| name.contains("poll")));
    }

    /// Whether it handles SIGTERM, which it does soon after the exec.
    pub(crate) fn handles_sigterm(&self) -> bool {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        // SIGTERM is bit 14 of the signals that are caught.
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).map(str::trim);
        caught.and_then(|mask| u64::from_str_radix(mask, 16).ok()).is_some_and(|mask| mask & (1 << 14) != 0)
    }

    /// The number of context switches of the process.
    pub(crate) fn switches(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let lines = status.lines().filter_map(|line| line.split_once("ctxt_switches:"));
        lines.filter_map(|(_, count)| count.trim().parse::<u64>().ok()).sum()
    }

    /// Its CPU time in hundredths of a second.
    pub(crate) fn ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
        fields.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child of ours").is_some()
    }

    /// Kills only the supervisor, as the kernel may do when it is out of memory. Then kills the command, as the kernel
    /// does in a container without PID 1.
    pub(crate) fn kill_supervisor(mut self) {
        let command = self.only_child();
        self.signal(9);
        until("the end of the supervisor", || self.has_ended());
        let _ = kill_process_group(command, Signal::KILL);
    }

    /// Waits for the end.
    pub(crate) fn end(mut self) -> Ended {
        until("the end of the step", || self.has_ended());
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).expect("UTF-8");
        let mut pipe = self.child.stderr.take().expect("impossible: piped");
        pipe.read_to_string(&mut stderr).expect("UTF-8");
        Ended { code: self.child.wait().expect("a child of ours").code(), stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.has_ended() {
            let pid = self.child.id();
            let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
            let _ = self.child.kill();
            let _ = self.child.wait();
            for child in children.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)) {
                let _ = kill_process_group(child, Signal::KILL);
            }
        }
    }
}

pub(crate) fn send(pid: Pid, number: i32) {
    let signal = Signal::from_named_raw(number).or_else(|| Signal::from_raw(number));
    kill_process(pid, signal.expect("a signal number")).expect("an existing process");
}

/// Whether this process does not exist, or is a zombie.
pub(crate) fn gone(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.is_empty() || status.contains("State:\tZ")
}

/// The command line prefix that runs a command in new namespaces. Returns `None`, and reports that, if this is not
/// allowed.
pub(crate) fn unshare(flags: &[&'static str]) -> Option<Vec<&'static str>> {
    // A user who is not root may be root in a new user namespace.
    for rights in [[].as_slice(), &["--map-root-user"]] {
        let words = [&["unshare"], rights, flags].concat();
        let tried = Command::new(words[0]).args(&words[1..]).arg("true").output();
        if tried.is_ok_and(|output| output.status.success()) {
            return Some(words);
        }
    }
    skipped(&format!("`unshare {}` is not allowed", flags.join(" ")));
    None
}

/// Reports a skipped test, past libtest, which would hide the line. Fails in CI.
pub(crate) fn skipped(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "{why}");
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

/// The command line prefix that runs a command as PID 1 with its own `/proc`.
pub(crate) fn as_pid_1() -> Option<Vec<&'static str>> {
    unshare(&["--pid", "--fork", "--kill-child", "--mount-proc"])
}

/// Pseudorandom numbers (xorshift), the same in every run.
pub(crate) struct Random(u32);

impl Random {
    pub(crate) fn new(seed: u32) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 % limit
    }
}
