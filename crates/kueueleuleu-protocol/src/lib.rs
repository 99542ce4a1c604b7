//! Defines the protocol between a rewritten pod and the `entrypoint` in it: paths, flags and exit codes.
//!
//! Both binaries use this crate, so that the rewrite and the supervisor cannot diverge. It contains only names and
//! numbers, and the modules [`duration`], [`calendar`] and [`output`], which both binaries need. It knows no Kubernetes
//! objects, no YAML and no processes.
//!
//! Source: `cmd/entrypoint` of Tekton Pipelines, whose binary implements version 1 of this protocol.

pub mod calendar;
pub mod duration;
pub mod output;

/// The image that contains both binaries. It is not published under this name yet; build it from the `Dockerfile`.
pub const IMAGE: &str = "ghcr.io/kueueleuleu/kueueleuleu";
/// The path of the entrypoint in its image.
pub const IMAGE_BINARY: &str = "/ko-app/entrypoint";
/// The path of Tekton's entrypoint in the steps.
pub const BINARY: &str = "/tekton/bin/entrypoint";
/// The directory of [`BINARY`], which all steps share.
pub const BIN_DIR: &str = "/tekton/bin";
/// The directory with one subdirectory for each step, named by its index.
pub const RUN_DIR: &str = "/tekton/run";

/// The version of the protocol between a pod and our own entrypoint, for [`PROTOCOL`]. Version 1 used Tekton's paths
/// and flags, which our entrypoint still supports.
pub const PROTOCOL_VERSION: &str = "2";
/// The root directory of our own entrypoint in every step. The only volume is mounted there, read-only. The step's own
/// directory below it, [`RUN`]`/N`, is mounted a second time, writable.
pub const DEFAULT_ROOT: &str = "/kueueleuleu";
/// The directory below the root that contains the entrypoint.
pub const BIN: &str = "bin";
/// The directory below the root with one subdirectory for each step, named by its index.
pub const RUN: &str = "run";
/// The path of our own entrypoint in the steps, below [`DEFAULT_ROOT`].
pub const ROOT_BINARY: &str = "/kueueleuleu/bin/entrypoint";
/// The mount path of the volume in the init container that copies our entrypoint. It is not [`DEFAULT_ROOT`], because
/// images up to 0.1.0 contain a file of that name.
pub const PREPARE_ROOT: &str = "/prepare";
/// The path to which that init container copies the entrypoint, below [`PREPARE_ROOT`].
pub const PREPARE_BINARY: &str = "/prepare/bin/entrypoint";

/// The directory in which [`INIT`] links the names and indexes of steps to their status directories.
pub const STEPS_DIR: &str = "/tekton/steps";
/// The name of the status directory in a step's directory, for [`STEP_METADATA_DIR`].
pub const STATUS: &str = "status";
/// The file below the root that identifies the sandbox in which the steps ran.
pub const SANDBOX: &str = "sandbox";
/// The name of the post file in a step's directory, for [`POST_FILE`].
pub const OUT: &str = "out";
/// The name of the termination file in a step's directory, for [`TERMINATION_PATH`].
pub const TERMINATION: &str = "termination";
/// The file for the termination message if [`TERMINATION_PATH`] is missing.
pub const DEFAULT_TERMINATION_PATH: &str = "/tekton/termination";

/// Wait for this file, or for the same name with [`ERR_SUFFIX`], before the command starts.
pub const WAIT_FILE: &str = "-wait_file";
/// Write this file if the command succeeds, or the same name with [`ERR_SUFFIX`] if it fails.
pub const POST_FILE: &str = "-post_file";
/// The file for the termination message.
pub const TERMINATION_PATH: &str = "-termination_path";
/// The directory for [`EXIT_CODE`].
pub const STEP_METADATA_DIR: &str = "-step_metadata_dir";
/// How long the command may run, as a Go duration.
pub const TIMEOUT: &str = "-timeout";
/// What happens to the next step if the command fails: [`CONTINUE`] or [`STOP_AND_FAIL`].
pub const ON_ERROR: &str = "-on_error";
/// The command. Its arguments follow [`END_OF_FLAGS`].
pub const ENTRYPOINT: &str = "-entrypoint";
/// Ours, not Tekton's: the index N of the step.
///
/// It implies [`POST_FILE`], [`TERMINATION_PATH`] and [`STEP_METADATA_DIR`] in `ROOT/run/N`, and a [`WAIT_FILE`] for
/// the previous step, if there is one. The command, including its first word, follows [`END_OF_FLAGS`]: `-step 1
/// -timeout 90s -- sh -c date`. The implied flags and [`ENTRYPOINT`] cannot be combined with it; all other flags can,
/// in any order.
pub const STEP: &str = "-step";
/// Ours: the root directory for [`STEP`]. The default is [`DEFAULT_ROOT`].
pub const ROOT: &str = "-root";
/// Ours: the indexes of the steps to wait for, separated by commas, instead of the previous step. With an empty value,
/// the step waits for no other step.
pub const AFTER: &str = "-after";
/// Ours: the kubelet restarts the awaited steps when they fail, so wait for their retry.
///
/// Without a value, it applies to all awaited steps and all failures: the `restartPolicy` of the pod is `OnFailure`. A
/// value (`-retry=VALUE`, in one word) summarizes the `restartPolicy` and `restartPolicyRules` of the awaited steps.
/// VALUE is a list of rules separated by `;`. A rule is `In:CODES` (the kubelet restarts the step after these exit
/// codes) or `NotIn:CODES` (after all failures except these), with the operators of `restartPolicyRules`. CODES are
/// separated by commas and may be empty. The prefix `N:` limits a rule to step N; steps without a rule are not
/// restarted. Examples: `-retry`, `-retry=In:42,43`, `-retry=0:NotIn:;2:In:42`. A step that dies without a post has
/// exit code 137.
pub const RETRY: &str = "-retry";
/// Ours: no other step waits for this one, so after `SIGTERM` its exit code is the one of its command.
///
/// Without this flag, a step never exits with 0 after `SIGTERM`: the steps after it must not start, and under
/// `OnFailure` the kubelet must restart it.
pub const LAST: &str = "-last";
/// Ours: how long to wait for an awaited step to start, as a Go duration. Then the waiting step ends with
/// [`exit::NOT_STARTED`]. The default is [`DEFAULT_START_TIMEOUT`] with [`STEP`], and no limit without it. `0` means no
/// limit.
pub const START_TIMEOUT: &str = "-start_timeout";
/// The default of [`START_TIMEOUT`] with [`STEP`].
pub const DEFAULT_START_TIMEOUT: &str = "30m";
/// Ours: how often to restart the command in the same container after it failed, was killed or timed out.
pub const RETRIES: &str = "-retries";
/// Ours: the pause before the first of [`RETRIES`], as a Go duration. It doubles before each further retry, up to five
/// minutes.
pub const RETRY_DELAY: &str = "-retry_delay";
/// Ours: [`ALWAYS`], or the default [`ON_SUCCESS`].
pub const WHEN: &str = "-when";
/// A value of [`WHEN`]: the command starts once all awaited steps have ended, with any outcome.
///
/// Without [`AFTER`], the awaited steps are all steps with a lower index. If one of them failed, steps that wait for
/// this one are skipped even if it succeeds, unless they have this value, too.
pub const ALWAYS: &str = "always";
/// The default value of [`WHEN`]: the command starts once all awaited steps have succeeded.
pub const ON_SUCCESS: &str = "onSuccess";
/// Ours: the names of the outputs that the command must write, separated by commas.
///
/// The command writes `NAME=value`, or `NAME<<END` and lines up to `END`, to the file in [`OUTPUT_VARIABLE`]. All steps
/// that wait for this one, directly or indirectly, have the outputs in their environment.
pub const OUTPUTS: &str = "-outputs";
/// The environment variable with the path of the file for the outputs of a step.
pub const OUTPUT_VARIABLE: &str = "KUEUELEULEU_OUTPUT";
/// Ends the flags.
pub const END_OF_FLAGS: &str = "--";

/// A value of [`ON_ERROR`]: the next step runs even if this one fails.
pub const CONTINUE: &str = "continue";
/// The default value of [`ON_ERROR`]: no later step runs if this one fails.
pub const STOP_AND_FAIL: &str = "stopAndFail";

/// The subcommand `cp [-protocol VERSION] [-steps COUNT] SRC DST`: copies a file with mode 0755, in one rename.
pub const COPY: &str = "cp";
/// A flag of [`COPY`]: the version of the protocol that the pod was converted for. A binary with another version copies
/// nothing and fails with a message that contains both versions, so that a wrong image fails before any step starts.
pub const PROTOCOL: &str = "-protocol";
/// A flag of [`COPY`]: the number of steps. DST must then be `ROOT/bin/entrypoint`, and `cp` creates the directories
/// `ROOT/run/0` to `ROOT/run/COUNT-1` with mode 0777, each with [`ALIVE`] with mode 0666: steps run as different users.
pub const STEPS: &str = "-steps";
/// The subcommand `init SRC DST [STEP...]`: [`COPY`], and a link in [`STEPS_DIR`] for the name and the index of each
/// step.
pub const INIT: &str = "init";
/// The subcommand `probe -step N [-root ROOT] -- CMD ARGS...`, or in version 1 `probe -run_dir DIR -- CMD ARGS...`:
/// wraps the `exec` command of a liveness, readiness or startup probe.
///
/// It exits with 0 until the step has started, so that the kubelet does not kill a container that waits for its turn.
/// Then it becomes CMD. A step has started if [`STARTED`] exists.
pub const PROBE: &str = "probe";
/// A flag of [`PROBE`] in version 1: the directory of the step below [`RUN_DIR`].
pub const PROBE_RUN_DIR: &str = "-run_dir";
/// A flag of [`PROBE`]: the probe fails until the step has started. Without a command, it then succeeds; as a startup
/// probe, it holds back the other probes.
pub const PROBE_STARTED: &str = "-started";
/// A flag of [`PROBE`]: CMD is the user's startup probe. Failures before the step has started do not count. After
/// [`PROBE_FAILURES`] later failures, the supervisor stops the step, as the kubelet would.
pub const PROBE_STARTUP: &str = "-startup";
/// A flag of [`PROBE_STARTUP`]: the number of failures. The default is [`DEFAULT_FAILURES`].
pub const PROBE_FAILURES: &str = "-failures";
/// The default `failureThreshold` of probes.
pub const DEFAULT_FAILURES: u32 = 3;
/// A flag of [`PROBE`]: the time after its start at which the step counts as started, as a Go duration
/// (`initialDelaySeconds`).
pub const PROBE_DELAY: &str = "-delay";
/// A flag of [`PROBE_STARTUP`]: the time between SIGTERM and SIGKILL for a step whose startup probe failed, as a Go
/// duration. The default is [`DEFAULT_GRACE`].
pub const PROBE_GRACE: &str = "-grace";
/// The default `terminationGracePeriodSeconds` of pods.
pub const DEFAULT_GRACE: &str = "30s";

/// The default `terminationMessagePath` of containers.
pub const KUBELET_TERMINATION_PATH: &str = "/dev/termination-log";
/// The prefix of the termination message for the kubelet. The number of tries follows. It is written if the command was
/// started more than once and wrote no message itself.
pub const TRIES: &str = "kueueleuleu: tries: ";

/// The suffix of a post file if the step failed.
pub const ERR_SUFFIX: &str = ".err";
/// The file in [`STEP_METADATA_DIR`] with the exit code of the command in decimal, without a newline. It is written
/// before the post file, and only if the post file has no [`ERR_SUFFIX`].
pub const EXIT_CODE: &str = "exitCode";
/// Ours: a FIFO next to the post file. The step is alive as long as a process holds it open for writing. If FIFOs are
/// not allowed, it is a regular file with an exclusive `flock`.
///
/// The step holds it before it waits, and releases it after it has posted. So if nobody holds it, and there is
/// [`LIVED`] but no post file, the step died without a post. It may exist before the step starts.
pub const ALIVE: &str = "alive";
/// Ours: a file next to the post file that exists once [`ALIVE`] was held. With [`STEP`], it contains the indexes of
/// the awaited steps, separated by commas.
pub const LIVED: &str = "lived";
/// The file in a step's directory to which [`OUTPUT_VARIABLE`] points.
pub const OUTPUT: &str = "output";
/// The file in a step's directory with its checked outputs: [`POST_HEADER`], then `NAME=value` entries, each followed
/// by a NUL.
pub const PUBLISHED: &str = "outputs";
/// The first line of a post file of our supervisor; the second line is the exit code of its container.
///
/// A supervisor ignores a file without this line, because a command may have written it by accident. On a full disk,
/// the post is a symbolic link with that text as its target. (With [`WAIT_FILE`], any file counts, as with Tekton's
/// binary.)
pub const POST_HEADER: &str = "kueueleuleu";
/// Ours: a file next to the post file that exists once the command was started. It contains the process ID of the
/// supervisor, which writes it just before it starts the command, and removes it first when the container is restarted.
pub const STARTED: &str = "started";
/// Ours: a file next to the post file with the number of attempts of [`PROBE_STARTUP`].
pub const STARTUP: &str = "startup";
/// Ours: a file next to the post file that [`PROBE_STARTUP`] writes before it sends SIGTERM to the supervisor, because
/// the probe failed too often. It contains the time until SIGKILL, as a Go duration.
pub const OVERDUE: &str = "overdue";

/// The exit codes of the supervisor, other than the exit code of the command.
pub mod exit {
    /// The flags are wrong. Source: Go's `flag` package, and so Tekton's binary.
    pub const USAGE: u8 = 2;
    /// The command ran longer than [`TIMEOUT`](super::TIMEOUT). Source: `timeout` of GNU coreutils.
    pub const TIMED_OUT: u8 = 124;
    /// The supervisor itself failed, for example because it cannot write the post file, or the
    /// [`OUTPUTS`](super::OUTPUTS) of the command are wrong. Source: `env`, `timeout` and `docker run`, which use 125
    /// for their own failures.
    pub const OWN_FAILURE: u8 = 125;
    /// The command exists but cannot be executed. Source: POSIX, "Shell Command Language", 2.8.2.
    pub const NOT_EXECUTABLE: u8 = 126;
    /// The command was not found. Source: POSIX, "Shell Command Language", 2.8.2.
    pub const NOT_FOUND: u8 = 127;
    /// Added to the number of the signal that killed the command or ended the wait. Source: every shell.
    pub const SIGNAL_BASE: u8 = 128;
    /// The step was skipped, because an awaited step did not start within [`START_TIMEOUT`](super::START_TIMEOUT). Only
    /// our entrypoint uses it; see [`SKIPPED`].
    pub const NOT_STARTED: u8 = 198;
    /// The step was skipped, because an awaited step failed or died. Only our entrypoint uses it.
    ///
    /// It is above 128 + 64, so no signal leads to it; 255 is too common; the LSB reserves 150 to 199 for applications,
    /// and systemd uses codes from 200. The `podFailurePolicy` of a Job can distinguish it from the failure of a step.
    pub const SKIPPED: u8 = 199;
}
