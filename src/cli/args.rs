//! Defines the command line for `clap`: flags, values, help texts.
//!
//! This module knows what a user can type, not what it means. It uses nothing else of this crate, so that
//! `examples/completions.rs` can include it and generate the completions and the man pages from the same definition.
//!
//! The help texts are wrapped by hand: if `clap` wrapped them, they would depend on the width of the terminal.

#![expect(clippy::doc_markdown, reason = "the doc comments are help texts, printed as they are")]

#[path = "args/cluster.rs"]
pub(crate) mod cluster;
#[path = "args/deferred.rs"]
mod deferred;
#[path = "args/scripts.rs"]
pub(crate) mod scripts;

use cluster::{LogsArgs, RunArgs, StatusArgs};
use deferred::Deferred;
use std::path::PathBuf;

const USAGE: &str = "\
kueueleuleu -f FILE [OPTIONS]
       kueueleuleu < RESOURCE_LIST
       kueueleuleu init [DIR] | explain [FIELD]
       kueueleuleu run -f FILE [OPTIONS]
       kueueleuleu status|logs TARGET [OPTIONS]";

const EXAMPLES: &str = "\
Examples:
  # Convert a Pod and create it; its containers run one after the other
  kueueleuleu -f pod.yaml | kubectl apply -f -

  # Show what would change in this directory and its subdirectories
  kueueleuleu -R -f manifests/ --diff

  # Convert the files in place; in CI, fail if a file is not converted
  kueueleuleu -R -f manifests/ --in-place
  kueueleuleu -R -f manifests/ --check

  # Run a Job and follow its logs; show which step runs, or why one failed
  kueueleuleu run -f job.yaml
  kueueleuleu status job/build

  # Run as a KRM function
  kpt fn eval manifests/ --exec kueueleuleu

Exit codes:
  0  done
  1  a resource could not be converted, or a pod or Job failed
  2  the command line is wrong, a file cannot be read or written, or kubectl failed
  3  --check found something to change";

const POLICY_EXAMPLES: &str = "\
Examples:
  # Sequence every pod that has the label kueueleuleu.dev/sequential: \"true\"
  kueueleuleu policy --config sequential.yaml | kubectl apply -f -

  # Show what the policies make of a pod
  kubectl create -f pod.yaml --dry-run=server -o yaml

  # Remove the policies
  kueueleuleu policy --config sequential.yaml | kubectl delete -f -";

/// Run the containers of a Kubernetes Pod, Job or CronJob one after the other.
///
/// Reads manifests and rewrites each Pod, Job and CronJob so that a container
/// starts when the previous one has succeeded. Everything else in the files is
/// preserved, byte for byte. Without -f, kueueleuleu is a KRM function: it reads a
/// ResourceList from stdin and writes a ResourceList to stdout.
#[derive(Debug, clap::Parser)]
#[command(name = "kueueleuleu", version, override_usage = USAGE, after_help = EXAMPLES, verbatim_doc_comment)]
#[command(args_conflicts_with_subcommands = true)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Args {
    #[command(subcommand)]
    pub command: Option<Subcommand>,

    /// Read these files or directories, or stdin; can be repeated
    ///
    /// In a directory, the .yaml, .yml and .json files are read, sorted by name.
    /// Symbolic links to files are followed; links to subdirectories are not.
    #[arg(short, long, value_name = "FILE|DIR|-", num_args = 1.., help_heading = "Input", verbatim_doc_comment)]
    pub filename: Vec<PathBuf>,

    /// Recurse into subdirectories
    ///
    /// Skips hidden directories, node_modules, and files that .gitignore or
    /// .kueueleuleuignore excludes. A path passed to -f is never skipped.
    #[arg(short = 'R', long, requires = "filename", help_heading = "Input", verbatim_doc_comment)]
    pub recursive: bool,

    /// Exclude paths that match this .gitignore pattern; can be repeated
    #[arg(long, value_name = "GLOB", requires = "filename", help_heading = "Input")]
    pub exclude: Vec<String>,

    /// With -R, also read hidden and ignored files
    #[arg(long, requires = "recursive", help_heading = "Input")]
    pub no_ignore: bool,

    /// Read the configuration from this file or stdin; can be repeated
    ///
    /// The file is a functionConfig, and may hold several documents. Each object is
    /// converted by the first document that selects it. Without --config, the nearest
    /// .kueueleuleu.yaml is used: the one in the directory of the input, or in the
    /// closest parent directory, up to the root of the repository.
    #[arg(long, value_name = "FILE|-", requires = "filename", help_heading = "Input", verbatim_doc_comment)]
    pub config: Vec<PathBuf>,

    /// Do not look for .kueueleuleu.yaml
    #[arg(long, requires = "filename", conflicts_with = "config", help_heading = "Input")]
    pub no_config: bool,

    #[command(flatten)]
    pub overrides: Overrides,

    #[command(flatten)]
    pub output: OutputArgs,

    /// The format of errors and warnings: human, json, github or sarif
    ///
    /// json writes one object per line, with the keys severity, rule, message, file,
    /// line, column, endLine, endColumn, resource, field and help. An unknown value is
    /// null; a problem outside of any file has the file "<command line>". github writes
    /// annotations for GitHub Actions, sarif writes one SARIF 2.1.0 document. All of
    /// them go to stderr. docs/rules.md explains the rules.
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "human",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = "Output",
        global = true,
        verbatim_doc_comment
    )]
    pub error_format: ErrorFormat,

    /// Treat warnings as errors
    #[arg(long, requires = "filename", help_heading = "Output")]
    pub strict: bool,

    /// Report what happens to each object, and why
    #[arg(short, long, requires = "filename", conflicts_with = "quiet", help_heading = "Output")]
    pub verbose: bool,

    /// Report errors only: no warnings, no summary
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,

    /// When to use colors: auto (on a terminal), always or never
    ///
    /// auto also respects NO_COLOR and FORCE_COLOR.
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = "Output",
        global = true,
        verbatim_doc_comment
    )]
    pub color: Color,

    /// The configuration of a kustomize exec plugin, which kustomize passes as the first argument.
    ///
    /// Several values are accepted, so that the error for `kueueleuleu a.yaml b.yaml` can name the missing -f.
    #[arg(hide = true, value_name = "FILE", conflicts_with = "filename")]
    pub plugin_config: Vec<PathBuf>,
}

/// The subcommands.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Subcommand {
    /// Write a .kueueleuleu.yaml that explains every field in a comment
    Init {
        /// The directory to write to, or - for stdout
        #[arg(value_name = "DIR|-", default_value = ".", hide_default_value = true)]
        directory: PathBuf,
    },

    /// Describe a field of the configuration, such as spec.steps.timeout
    Explain {
        /// The path of the field; without it, the whole configuration
        #[arg(value_name = "FIELD", default_value = "", hide_default_value = true)]
        field: String,
    },

    /// Print the version
    Version {
        /// The format: json, with the version, the system, and the entrypoint protocol
        #[arg(short, long, value_name = "FORMAT", hide_possible_values = true)]
        output: Option<VersionFormat>,
    },

    /// Print the completion script for a shell: bash, zsh or fish
    ///
    /// For example, in ~/.bashrc: source <(kueueleuleu completion bash)
    #[command(verbatim_doc_comment)]
    Completion {
        /// The shell
        #[arg(value_name = "SHELL", hide_possible_values = true)]
        shell: Shell,
    },

    /// Show the steps of converted pods: which one runs, since when, why one failed
    ///
    /// Asks the cluster through kubectl; with -f, reads the output of `kubectl get pod`
    /// in JSON or YAML instead. For a Job, shows its newest pods; for a CronJob, the
    /// pods of its newest Job. Kubernetes reports a container that waits for its turn as
    /// started; here, a step starts when the previous step ends. Times are in UTC.
    ///
    /// Exits with 1 if a pod or the Job failed; with --watch, once all pods have ended.
    #[command(verbatim_doc_comment)]
    Status(Deferred<StatusArgs>),

    /// Show the log of each step, in the order in which the steps ran
    ///
    /// With --follow, continues from step to step until the pod has ended, and from pod
    /// to pod until the Job has ended. The last line shows the outcome. Exits with 1 if
    /// the pod or the Job failed.
    #[command(verbatim_doc_comment)]
    Logs(Deferred<LogsArgs>),

    /// Convert and create objects, follow their logs, and exit 1 if one fails
    ///
    /// Runs several objects one after the other. Objects other than Pods and Jobs are
    /// created, but not followed. Ctrl-C asks whether to delete the created objects.
    #[command(verbatim_doc_comment)]
    Run(Deferred<RunArgs>),

    /// Write admission policies that sequence pods inside the API server
    ///
    /// Writes a MutatingAdmissionPolicy that rewrites labeled pods when they are created,
    /// and ValidatingAdmissionPolicies that reject pods that cannot be rewritten. The
    /// policies need Kubernetes 1.36 or later (1.34 with --api-version v1beta1), but no
    /// controller in the cluster.
    #[command(after_help = POLICY_EXAMPLES, verbatim_doc_comment)]
    Policy(Deferred<PolicyArgs>),

    /// Look up the commands of images, for containers without a command
    ///
    /// The entrypoint of a step waits, then runs the command of the container. If the
    /// manifest has no command, `images` looks up the ENTRYPOINT and CMD of the image.
    /// --write saves them in a functionConfig, so that conversions need no registry:
    /// commit the file, and run `images` again when the images change. Entries without
    /// a digest are written by hand; they are neither looked up nor changed.
    #[cfg(feature = "registry")]
    #[command(after_help = IMAGES_EXAMPLES, verbatim_doc_comment)]
    Images(Deferred<ImagesArgs>),
}

/// The arguments of `policy`.
#[derive(Debug, clap::Args)]
pub(crate) struct PolicyArgs {
    /// Write the policies for this configuration, a functionConfig
    ///
    /// Without it, the nearest .kueueleuleu.yaml is used: the one in the current
    /// directory, or in the closest parent directory.
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    pub config: Option<PathBuf>,

    /// Do not look for .kueueleuleu.yaml
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,

    /// The name of the mutating policy, and the prefix of the other names
    #[arg(long, value_name = "PREFIX", default_value = "kueueleuleu", value_parser = policy_name)]
    pub name: String,

    /// The format: yaml, or json (a List)
    #[arg(short, long, value_name = "FORMAT", default_value = "yaml", hide_possible_values = true)]
    pub output: PolicyFormat,

    /// The version of the admission API: v1 (Kubernetes 1.36), or v1beta1 (1.34 and 1.35)
    #[arg(long, value_name = "VERSION", default_value = "v1", hide_possible_values = true)]
    pub api_version: PolicyApiVersion,

    /// If a policy itself fails, reject the pod (Fail) or admit it unchanged (Ignore)
    #[arg(
        long = "failure-policy",
        value_name = "POLICY",
        default_value = "Fail",
        hide_possible_values = true
    )]
    pub on_failure: PolicyFailure,
}

/// Checks that Kubernetes accepts the name, also when a suffix is appended.
fn policy_name(name: &str) -> Result<String, String> {
    let is_end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_label = |label: &str| {
        label.starts_with(is_end) && label.ends_with(is_end) && label.chars().all(|c| is_end(c) || c == '-')
    };
    if name.len() <= 200 && name.split('.').all(is_label) {
        return Ok(name.to_owned());
    }
    Err("use at most 200 lowercase letters, digits, `-` and `.`, with a letter or digit at both ends"
        .to_owned())
}

/// The output format of `version`.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum VersionFormat {
    /// An object in JSON.
    Json,
}

/// The output format of `policy`.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum PolicyFormat {
    /// Documents for `kubectl apply -f -`.
    Yaml,
    /// A `List`.
    Json,
}

/// The version of the admission API that `policy` writes.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum PolicyApiVersion {
    /// Kubernetes 1.36 and later.
    V1,
    /// Kubernetes 1.34 and 1.35.
    V1beta1,
}

/// What the API server does with a pod when a policy fails.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum PolicyFailure {
    /// It rejects the pod.
    #[value(name = "Fail")]
    Fail,
    /// It admits the pod unchanged.
    #[value(name = "Ignore")]
    Ignore,
}

/// The arguments of `images`.
#[cfg(feature = "registry")]
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct ImagesArgs {
    /// Read manifests from these files or directories, or stdin; can be repeated
    #[arg(short, long, value_name = "FILE|DIR|-", num_args = 1.., required = true)]
    pub filename: Vec<PathBuf>,

    /// Recurse into subdirectories
    #[arg(short = 'R', long)]
    pub recursive: bool,

    /// Select objects as in this configuration, a functionConfig
    ///
    /// Without --config and --write, the nearest .kueueleuleu.yaml is used.
    #[arg(long, value_name = "FILE", conflicts_with = "write", verbatim_doc_comment)]
    pub config: Option<PathBuf>,

    /// Do not look for .kueueleuleu.yaml
    #[arg(long, conflicts_with_all = ["config", "write"])]
    pub no_config: bool,

    /// Write the entries to spec.images of this functionConfig
    ///
    /// The functionConfig also selects the objects whose images are looked up. Nothing
    /// else in the file changes. The file is created if it does not exist. Each change
    /// is written to stdout: add, update or remove, and the image.
    #[arg(long, value_name = "FILE", conflicts_with = "output", verbatim_doc_comment)]
    pub write: Option<PathBuf>,

    /// Also remove entries that have a digest and that no container needs
    #[arg(long, requires = "write")]
    pub prune: bool,

    /// Write nothing; exit 3 if the file would change
    #[arg(long, requires = "write")]
    pub check: bool,

    /// The format: table, yaml (spec.images of a functionConfig) or json (an array)
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        default_value = "table",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub output: ImagesFormat,

    /// Where to look up images: registry, oci:DIR, archive:FILE, docker or podman
    ///
    /// registry asks the registry of each image, with the credentials of docker login or
    /// podman login. oci:DIR is an OCI image layout; archive:FILE is an archive written
    /// by docker save, podman save or skopeo. docker and podman look up local images.
    #[arg(long, value_name = "SOURCE", default_value = "registry", verbatim_doc_comment)]
    pub from: String,

    /// The platform of the nodes, such as linux/arm64; can be repeated
    ///
    /// An image must have the same command on all platforms. By default, the platforms
    /// are linux/amd64 and linux/arm64, or the one of them that the image supports.
    #[arg(long, value_name = "PLATFORM", value_delimiter = ',', verbatim_doc_comment)]
    pub platform: Vec<String>,

    /// Allow unencrypted connections to this registry; can be repeated
    #[arg(long, value_name = "HOST[:PORT]")]
    pub insecure_registry: Vec<String>,

    /// Trust the certificates in this PEM file, in addition to the system's
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,

    /// Give up if a response takes longer than this
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u64).range(1..=86_400)
    )]
    pub timeout: u64,
}

/// The output format of `images`.
#[cfg(feature = "registry")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ImagesFormat {
    /// For people
    Table,
    /// For a functionConfig
    Yaml,
    /// For tools
    Json,
}

#[cfg(feature = "registry")]
const IMAGES_EXAMPLES: &str = "\
Examples:
  # Show the commands of images whose containers have no command
  kueueleuleu images -R -f manifests/

  # Save them in the functionConfig; in CI, fail if it is out of date
  kueueleuleu images -R -f manifests/ --write sequential.yaml
  kueueleuleu images -R -f manifests/ --write sequential.yaml --prune --check

  # Look up images that exist only on this machine
  kueueleuleu images -f job.yaml --from podman --write sequential.yaml

Exit codes:
  0  done
  1  an image could not be looked up
  2  the command line is wrong, or a file cannot be read or written
  3  --check found something to change";

/// The flags that override fields of the configuration.
#[derive(Debug, Default, PartialEq, Eq, clap::Args)]
#[group(requires = "filename", multiple = true)]
pub(crate) struct Overrides {
    /// The image that contains the entrypoint
    #[arg(long, value_name = "IMAGE", help_heading = "Conversion")]
    pub entrypoint_image: Option<String>,

    /// The entrypoint in that image: Tekton or Kueueleuleu
    #[arg(
        long,
        value_name = "KIND",
        ignore_case = true,
        hide_possible_values = true,
        help_heading = "Conversion"
    )]
    pub entrypoint_kind: Option<EntrypointKind>,

    /// How containers are sequenced: Entrypoint, InitContainers or Auto
    #[arg(
        long,
        value_name = "STRATEGY",
        ignore_case = true,
        hide_possible_values = true,
        help_heading = "Conversion"
    )]
    pub strategy: Option<Strategy>,

    /// The restartPolicy for Pods whose restartPolicy is Always: Never
    #[arg(
        long,
        value_name = "POLICY",
        ignore_case = true,
        hide_possible_values = true,
        help_heading = "Conversion"
    )]
    pub restart_policy: Option<RestartPolicy>,

    /// What happens to probes: Keep or Remove
    #[arg(
        long,
        value_name = "FATE",
        ignore_case = true,
        hide_possible_values = true,
        help_heading = "Conversion"
    )]
    pub probes: Option<Probes>,

    /// A container that runs alongside the steps; can be repeated
    ///
    /// A regular expression that must match the whole name. Replaces the sidecars in
    /// the configuration.
    #[arg(long, value_name = "NAME", help_heading = "Conversion", verbatim_doc_comment)]
    pub sidecar: Vec<String>,

    /// Undo the conversion
    #[arg(long, help_heading = "Conversion")]
    pub revert: bool,

    /// Convert only resources of these kinds: Pod, Job, CronJob
    ///
    /// A list, with the same names as in kubectl: job,cj
    #[arg(
        long,
        value_name = "KIND",
        value_delimiter = ',',
        ignore_case = true,
        hide_possible_values = true,
        help_heading = "Selection",
        verbatim_doc_comment
    )]
    pub kind: Vec<KindArg>,

    /// Convert only resources with these names
    ///
    /// A list of regular expressions, each of which must match the whole name:
    /// build,nightly-.*
    #[arg(long, value_name = "NAME", help_heading = "Selection", verbatim_doc_comment)]
    pub name: Vec<String>,

    /// Convert only resources in these namespaces
    ///
    /// A list of regular expressions, as for --name. A resource whose metadata has no
    /// namespace is in default.
    #[arg(short, long, value_name = "NAMESPACE", help_heading = "Selection", verbatim_doc_comment)]
    pub namespace: Vec<String>,

    /// Convert only resources whose labels match
    ///
    /// The same syntax as in kubectl: app=etl,tier!=test,stage in (a, b),!legacy
    #[arg(short = 'l', long, value_name = "SELECTOR", help_heading = "Selection", verbatim_doc_comment)]
    pub selector: Option<String>,
}

/// The entrypoint that an image contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(crate) enum EntrypointKind {
    Tekton,
    Kueueleuleu,
}

/// How containers are sequenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(crate) enum Strategy {
    Entrypoint,
    InitContainers,
    Auto,
}

/// The `restartPolicy` for Pods whose `restartPolicy` is `Always`, which is the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(crate) enum RestartPolicy {
    Never,
}

/// What happens to probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(crate) enum Probes {
    Keep,
    Remove,
}

/// The kinds that can be converted, with the short names of kubectl.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum KindArg {
    #[value(name = "Pod", aliases = ["pods", "po"])]
    Pod,
    #[value(name = "Job", aliases = ["jobs"])]
    Job,
    #[value(name = "CronJob", aliases = ["cronjobs", "cj"])]
    CronJob,
}

/// Where the result goes; by default to stdout.
#[derive(Debug, clap::Args)]
#[group(requires = "filename", multiple = true)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct OutputArgs {
    /// Rewrite the files in place; if any file has an error, write none
    ///
    /// Preserves mode, owner and symbolic links, but not hard links.
    /// Files without changes are not touched.
    #[arg(short, long, conflicts_with_all = ["diff", "check"], help_heading = "Output", verbatim_doc_comment)]
    pub in_place: bool,

    /// Write a unified diff instead of the result, for `patch -p1`
    #[arg(long, help_heading = "Output")]
    pub diff: bool,

    /// List the files that would change; exit 3 if there are any
    ///
    /// The names go to stdout, the reason for each change to stderr. With --diff, the
    /// diff goes to stdout instead of the names.
    #[arg(long, help_heading = "Output", verbatim_doc_comment)]
    pub check: bool,

    /// With --check, end each name with NUL, for xargs -0
    #[arg(long, requires = "check", conflicts_with = "diff", help_heading = "Output")]
    pub null: bool,
}

/// A shell with a completion script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// When to use colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Also in files and pipes
    Always,
    /// Nowhere
    Never,
}

/// The format of errors and warnings on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ErrorFormat {
    /// For people, with the line at fault
    Human,
    /// For tools, one object per line
    Json,
    /// For GitHub Actions, one annotation per line
    Github,
    /// For code scanning, one document
    Sarif,
}
