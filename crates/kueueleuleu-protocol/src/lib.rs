//! The protocol between a rewritten pod and the `entrypoint` in it: paths, flags, exit codes.
//!
//! Knows names and numbers only: no Kubernetes object, no YAML, no process. Both binaries read it, so that what
//! the rewrite writes and what the supervisor understands cannot drift apart. [`duration`],
//! [`calendar`] and [`output`] are here because both sides need them, too.
//!
//! Source: `cmd/entrypoint` of Tekton Pipelines, whose binary speaks the same protocol.

pub mod calendar;
pub mod duration;
pub mod output;

/// The image that holds both binaries. Nothing is published under this name yet: build it from the `Dockerfile`.
pub const IMAGE: &str = "ghcr.io/kueueleuleu/kueueleuleu";
/// Where the entrypoint lies in its image.
pub const IMAGE_BINARY: &str = "/ko-app/entrypoint";
/// Where the steps find the entrypoint.
pub const BINARY: &str = "/tekton/bin/entrypoint";
/// The directory that holds [`BINARY`], shared by all steps.
pub const BIN_DIR: &str = "/tekton/bin";
/// The directory under which every step has its own, named by its index.
pub const RUN_DIR: &str = "/tekton/run";

/// The version of the contract between a pod and our own entrypoint, for [`PROTOCOL`]. In version 1 our entrypoint had
/// Tekton's paths and flags, which it still understands.
pub const PROTOCOL_VERSION: &str = "2";
/// The root directory of our own entrypoint in every step: the pod's one volume, read-only. The step's own directory
/// under it, [`RUN`]`/N`, is mounted once more, writable.
pub const DEFAULT_ROOT: &str = "/kueueleuleu";
/// The directory under the root that holds the entrypoint.
pub const BIN: &str = "bin";
/// The directory under the root in which every step has its own, named by its index.
pub const RUN: &str = "run";
/// Where the steps find our own entrypoint, under [`DEFAULT_ROOT`].
pub const ROOT_BINARY: &str = "/kueueleuleu/bin/entrypoint";
/// Where the init container that copies our entrypoint mounts the volume. Not at [`DEFAULT_ROOT`]: images up to 0.1.0
/// have a file of that name.
pub const PREPARE_ROOT: &str = "/prepare";
/// Where that init container copies the entrypoint to, under [`PREPARE_ROOT`].
pub const PREPARE_BINARY: &str = "/prepare/bin/entrypoint";

/// Where [`INIT`] links the steps' names and numbers to their status directories.
pub const STEPS_DIR: &str = "/tekton/steps";
/// The name of the status directory in a step's directory, for [`STEP_METADATA_DIR`].
pub const STATUS: &str = "status";
/// The file under the root that tells the sandbox in which the steps ran.
pub const SANDBOX: &str = "sandbox";
/// The name of the post file in a step's directory, for [`POST_FILE`].
pub const OUT: &str = "out";
/// The name of the termination file in a step's directory, for [`TERMINATION_PATH`].
pub const TERMINATION: &str = "termination";
/// Where the termination message goes without [`TERMINATION_PATH`].
pub const DEFAULT_TERMINATION_PATH: &str = "/tekton/termination";

/// Wait for this file, or for the same name with [`ERR_SUFFIX`], before the command starts.
pub const WAIT_FILE: &str = "-wait_file";
/// Write this file when the command ended well, or the same name with [`ERR_SUFFIX`] when it did not.
pub const POST_FILE: &str = "-post_file";
/// Where the termination message goes.
pub const TERMINATION_PATH: &str = "-termination_path";
/// The directory for [`EXIT_CODE`].
pub const STEP_METADATA_DIR: &str = "-step_metadata_dir";
/// How long the command may run, as a Go duration.
pub const TIMEOUT: &str = "-timeout";
/// What a failing command means for the next step: [`CONTINUE`] or [`STOP_AND_FAIL`].
pub const ON_ERROR: &str = "-on_error";
/// The command; what follows [`END_OF_FLAGS`] are its arguments.
pub const ENTRYPOINT: &str = "-entrypoint";
/// Ours, not Tekton's: the step's index N. It stands for [`POST_FILE`], [`TERMINATION_PATH`] and [`STEP_METADATA_DIR`] in
/// `ROOT/run/N`, and for a [`WAIT_FILE`] of the step before it, if there is one. The command is what follows
/// [`END_OF_FLAGS`], its first word included: `-step 1 -timeout 90s -- sh -c date`. None of the flags that it stands for
/// may be given beside it, nor [`ENTRYPOINT`]; all others may, in any order.
pub const STEP: &str = "-step";
/// Ours: the root directory for [`STEP`], [`DEFAULT_ROOT`] without it.
pub const ROOT: &str = "-root";
/// Ours: the indexes of the steps that the one of [`STEP`] waits for, separated by commas, instead of the one before it.
/// An empty value: it waits for none.
pub const AFTER: &str = "-after";
/// Ours: the kubelet starts a step that is waited for again when it fails, so wait for its retry.
///
/// Alone, it is about every step that is waited for and every failure: the pod's `restartPolicy` is `OnFailure`. With
/// a value (`-retry=VALUE`, in one word) it says what `restartPolicy` and `restartPolicyRules` of those steps come to.
/// VALUE is a list of rules separated by `;`. A rule is `In:CODES` (the kubelet restarts after these exit codes) or
/// `NotIn:CODES` (after all failures but these), the operators of `restartPolicyRules`; CODES are separated by commas and
/// may be empty. `N:` in front of a rule limits it to step N; steps that no rule names are not restarted. Examples:
/// `-retry`, `-retry=In:42,43`, `-retry=0:NotIn:;2:In:42`. A step that dies without a word has exit code 137.
pub const RETRY: &str = "-retry";
/// Ours: no other step waits for this one. So what is left for it to say after `SIGTERM` is its command's own exit code;
/// a step without this flag never ends with 0 after it, for the steps after it must not begin (and under `OnFailure` it
/// must be started again).
pub const LAST: &str = "-last";
/// Ours: how long a step that is waited for may show no sign of life, as a Go duration; then the waiter ends with
/// [`exit::NOT_STARTED`]. [`DEFAULT_START_TIMEOUT`] with [`STEP`], for ever without; `0` is for ever, too.
pub const START_TIMEOUT: &str = "-start_timeout";
/// [`START_TIMEOUT`] with [`STEP`].
pub const DEFAULT_START_TIMEOUT: &str = "30m";
/// Ours: how often the command is started again in the same container after it failed, was killed or took too long.
pub const RETRIES: &str = "-retries";
/// Ours: the pause before the first of [`RETRIES`], as a Go duration; then twice as long each time, at most five minutes.
pub const RETRY_DELAY: &str = "-retry_delay";
/// Ours: [`ALWAYS`], or the default [`ON_SUCCESS`].
pub const WHEN: &str = "-when";
/// A value of [`WHEN`]: the command is started once all steps that are waited for have ended, however they ended. Without
/// [`AFTER`] these are all steps with a lower index. If one of them failed, steps that wait for this one are skipped
/// although it succeeds, unless they are of this kind, too.
pub const ALWAYS: &str = "always";
/// A value of [`WHEN`], and what holds without it.
pub const ON_SUCCESS: &str = "onSuccess";
/// Ours: the names that the command must set, separated by commas. It writes `NAME=value` lines, and `NAME<<END`, lines,
/// `END` for several lines, to the file that [`OUTPUT_VARIABLE`] names. All steps that wait for this one, also
/// indirectly, find them in their environment.
pub const OUTPUTS: &str = "-outputs";
/// The environment variable with the path of the file that a step's outputs go to.
pub const OUTPUT_VARIABLE: &str = "KUEUELEULEU_OUTPUT";
/// Ends the flags.
pub const END_OF_FLAGS: &str = "--";

/// A value of [`ON_ERROR`]: the next step runs although this one failed.
pub const CONTINUE: &str = "continue";
/// A value of [`ON_ERROR`], and what holds without it: no later step runs.
pub const STOP_AND_FAIL: &str = "stopAndFail";

/// Subcommand `cp [-protocol VERSION] [-steps COUNT] SRC DST`: copies a file, mode 0755, in one rename.
pub const COPY: &str = "cp";
/// Flag of [`COPY`]: the version of the contract that the pod was written for. A binary of another one copies nothing and
/// fails with one line that names both, so that a stale image is found before any step starts.
pub const PROTOCOL: &str = "-protocol";
/// Flag of [`COPY`]: how many steps there are. DST is `ROOT/bin/entrypoint` then, and the directories `ROOT/run/0` to
/// `ROOT/run/COUNT-1` are made, mode 0777, each with [`ALIVE`], mode 0666: steps run as different users.
pub const STEPS: &str = "-steps";
/// Subcommand `init SRC DST [STEP...]`: [`COPY`], and a link under [`STEPS_DIR`] for each step's name and index.
pub const INIT: &str = "init";
/// Subcommand `probe -step N [-root ROOT] -- CMD ARGS...`, ours, or `probe -run_dir DIR -- CMD ARGS...` in version 1: what a liveness, readiness or startup probe of a step runs
/// instead of its `exec` command.
///
/// It exits with 0 as long as that step, or the one in `DIR`, has not begun, so that the kubelet does not kill a container for
/// not doing what it must not do yet; afterwards it becomes CMD. "Begun" means that [`STARTED`] is there.
pub const PROBE: &str = "probe";
/// The flag of [`PROBE`] in version 1: the step's own directory under [`RUN_DIR`].
pub const PROBE_RUN_DIR: &str = "-run_dir";
/// Flag of [`PROBE`]: a step that has not begun is a failure. Without a command the probe asks for nothing else, and as a
/// startup probe it holds back all others.
pub const PROBE_STARTED: &str = "-started";
/// Flag of [`PROBE`]: CMD is the user's startup probe. A step that has not begun is a failure that does not count; from then on
/// failures count, and after [`PROBE_FAILURES`] of them the supervisor ends the step, as the kubelet would.
pub const PROBE_STARTUP: &str = "-startup";
/// Flag of [`PROBE_STARTUP`]: how many failures; [`DEFAULT_FAILURES`] without.
pub const PROBE_FAILURES: &str = "-failures";
/// `failureThreshold` of probes where they name none.
pub const DEFAULT_FAILURES: u32 = 3;
/// Flag of [`PROBE`]: the step counts as begun so long after it began, as a Go duration (`initialDelaySeconds`).
pub const PROBE_DELAY: &str = "-delay";
/// Flag of [`PROBE_STARTUP`]: the time between SIGTERM and SIGKILL for a step whose startup probe failed, as a Go duration;
/// [`DEFAULT_GRACE`] without.
pub const PROBE_GRACE: &str = "-grace";
/// `terminationGracePeriodSeconds` of pods that name none.
pub const DEFAULT_GRACE: &str = "30s";

/// Where the kubelet takes a container's termination message from, unless the container says otherwise.
pub const KUBELET_TERMINATION_PATH: &str = "/dev/termination-log";
/// What the termination message begins with for the kubelet, before their number, where the command was tried more than
/// once and wrote no message of its own.
pub const TRIES: &str = "kueueleuleu: tries: ";

/// Appended to a post file's name when the step did not end well.
pub const ERR_SUFFIX: &str = ".err";
/// The file in [`STEP_METADATA_DIR`] with the command's exit code in decimal, without a newline. There before the
/// post file is, and only beside one without [`ERR_SUFFIX`].
pub const EXIT_CODE: &str = "exitCode";
/// A FIFO beside the post file, ours: as long as a process holds it open for writing, the step is alive. Where FIFOs are
/// refused it is a regular file under an exclusive `flock`.
///
/// It is held before the step waits and released after the step has posted. So one that nobody holds, with [`LIVED`] and
/// no post file beside it, means that the step died without posting. It may be there before the step is started.
pub const ALIVE: &str = "alive";
/// A file beside the post file, ours: [`ALIVE`] was held. With [`STEP`] it holds the numbers of the steps that the step
/// waits for, separated by commas.
pub const LIVED: &str = "lived";
/// The file in a step's directory that [`OUTPUT_VARIABLE`] names.
pub const OUTPUT: &str = "output";
/// The file in a step's directory with its checked outputs: [`POST_HEADER`], then `NAME=value` entries, each with a NUL
/// after it.
pub const PUBLISHED: &str = "outputs";
/// The first line of a post file of ours; the second is the exit code of its container. A supervisor takes a file without
/// it for something that the command wrote by accident. On a full disk the post is a symbolic link with that text as its
/// target. (With [`WAIT_FILE`] any file counts, as with Tekton's binary.)
pub const POST_HEADER: &str = "kueueleuleu";
/// A file beside the post file, ours: the command has been started. Written just before the command is spawned, removed
/// first thing when the container is restarted. It holds the supervisor's process id.
pub const STARTED: &str = "started";
/// A file beside the post file, ours: how often [`PROBE_STARTUP`] asked.
pub const STARTUP: &str = "startup";
/// A file beside the post file, ours: [`PROBE_STARTUP`] failed as often as it may, and then sent SIGTERM to the supervisor. It
/// holds the time until SIGKILL, as a Go duration.
pub const OVERDUE: &str = "overdue";

/// The exit codes of the supervisor when it is not the command's own that it ends with.
pub mod exit {
    /// The flags are wrong. Source: Go's `flag` package, hence also Tekton's binary.
    pub const USAGE: u8 = 2;
    /// The command ran longer than [`TIMEOUT`](super::TIMEOUT). Source: `timeout` of GNU coreutils.
    pub const TIMED_OUT: u8 = 124;
    /// The supervisor itself failed, for example because the post file cannot be written, or the command's
    /// [`OUTPUTS`](super::OUTPUTS) are not what was declared. Source: `env`, `timeout`
    /// and `docker run`, which keep 125 for their own failures.
    pub const OWN_FAILURE: u8 = 125;
    /// The command is there but cannot be executed. Source: POSIX, "Shell Command Language", 2.8.2.
    pub const NOT_EXECUTABLE: u8 = 126;
    /// The command was not found. Source: POSIX, "Shell Command Language", 2.8.2.
    pub const NOT_FOUND: u8 = 127;
    /// Added to the number of the signal that killed the command, or that ended the wait. Source: every shell.
    pub const SIGNAL_BASE: u8 = 128;
    /// The step was skipped, because a step before it was not started within
    /// [`START_TIMEOUT`](super::START_TIMEOUT). Ours alone; see [`SKIPPED`].
    pub const NOT_STARTED: u8 = 198;
    /// The step was skipped, because the one before it failed or died. Ours alone.
    ///
    /// Above 128 + 64, so that no signal has it; 255 is too common; and the LSB leaves 150 to 199 to applications
    /// (while systemd uses what begins at 200). A Job's `podFailurePolicy` can tell it from a step that failed.
    pub const SKIPPED: u8 = 199;
}
