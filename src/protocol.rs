//! The protocol between a rewritten pod and the `entrypoint` in it: paths, flags, exit codes.
//!
//! Knows names and numbers only: no Kubernetes object, no YAML, no process. Both binaries read it, so that what
//! the rewrite writes and what the supervisor understands cannot drift apart.
//!
//! Source: `cmd/entrypoint` of Tekton Pipelines, whose binary speaks the same protocol.

/// Where the entrypoint lies in its image.
pub const IMAGE_BINARY: &str = "/ko-app/entrypoint";
/// Where the steps find the entrypoint.
pub const BINARY: &str = "/tekton/bin/entrypoint";
/// The directory that holds [`BINARY`], shared by all steps.
pub const BIN_DIR: &str = "/tekton/bin";
/// The directory under which every step has its own, named by its index.
pub const RUN_DIR: &str = "/tekton/run";

/// Wait for this file, or for the same name with [`ERR_SUFFIX`], before the command starts.
pub const WAIT_FILE: &str = "-wait_file";
/// Write this file when the command ended well, or the same name with [`ERR_SUFFIX`] when it did not.
pub const POST_FILE: &str = "-post_file";
/// Where the termination message goes.
pub const TERMINATION_PATH: &str = "-termination_path";
/// The directory for `exitCode`.
pub const STEP_METADATA_DIR: &str = "-step_metadata_dir";
/// How long the command may run, as a Go duration.
pub const TIMEOUT: &str = "-timeout";
/// What a failing command means for the next step: `continue` or `stopAndFail`.
pub const ON_ERROR: &str = "-on_error";
/// The command; what follows [`END_OF_FLAGS`] are its arguments.
pub const ENTRYPOINT: &str = "-entrypoint";
/// Ours, not Tekton's: the pod's `restartPolicy` is `OnFailure`, so wait for the retry of a failed step.
pub const RETRY: &str = "-retry";
/// Ends the flags.
pub const END_OF_FLAGS: &str = "--";

/// Appended to a post file's name when the step did not end well.
pub const ERR_SUFFIX: &str = ".err";
