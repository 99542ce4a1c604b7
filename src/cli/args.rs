//! The command line as `clap` reads it: flags, values, help texts.
//!
//! Knows what can be typed, not what it means. Uses nothing of this crate, so that `examples/completions.rs` can
//! include it and make the completions and the man page from the same definition.
//!
//! The texts are wrapped here by hand: letting `clap` do it would make them depend on the terminal.

#![expect(clippy::doc_markdown, reason = "the doc comments are help texts, printed as they are")]

#[path = "args/cluster.rs"]
pub(crate) mod cluster;

use cluster::{Logs, Run, Status};
use std::path::PathBuf;

const USAGE: &str = "\
kueueleuleu -f FILE [OPTIONS]
       kueueleuleu < RESOURCE_LIST
       kueueleuleu init [DIR] | explain [FIELD]
       kueueleuleu run -f FILE [OPTIONS]
       kueueleuleu status|logs TARGET [OPTIONS]";

const EXAMPLES: &str = "\
Examples:
  # Convert, and run the containers one after the other
  kueueleuleu -f pod.yaml | kubectl apply -f -

  # What would change in this directory and below it?
  kueueleuleu -R -f manifests/ --diff

  # Convert the files themselves; in CI, fail when that was forgotten
  kueueleuleu -R -f manifests/ --in-place
  kueueleuleu -R -f manifests/ --check

  # Run a Job and see its steps; which step runs now, and why did one fail?
  kueueleuleu run -f job.yaml
  kueueleuleu status job/build

  # As a KRM function
  kpt fn eval manifests/ --exec kueueleuleu

Exit codes:
  0  done
  1  a resource could not be converted, or a pod or Job has failed
  2  the command line is wrong, a file cannot be read or written, or kubectl fails
  3  --check found something to do";

const POLICY_EXAMPLES: &str = "\
Examples:
  # Sequence every pod that has the label kueueleuleu.dev/sequential: \"true\"
  kueueleuleu policy --config sequential.yaml | kubectl apply -f -

  # What does a pod become?
  kubectl create -f pod.yaml --dry-run=server -o yaml

  # Remove the policies
  kueueleuleu policy --config sequential.yaml | kubectl delete -f -";

/// Run the containers of a Kubernetes Pod, Job or CronJob one after the other.
///
/// Reads manifests and rewrites each Pod, Job and CronJob so that a container
/// starts when the one before it has ended well. All else in the files stays as
/// it is, byte for byte. Without -f it is a KRM function: a ResourceList on stdin,
/// a ResourceList on stdout.
#[derive(Debug, clap::Parser)]
#[command(name = "kueueleuleu", version, override_usage = USAGE, after_help = EXAMPLES, verbatim_doc_comment)]
#[command(args_conflicts_with_subcommands = true)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Read these files or directories, or stdin; can be repeated
    ///
    /// Of a directory its .yaml, .yml and .json files are read, sorted by name.
    /// Links to files are followed, links to directories below it are not.
    #[arg(short, long, value_name = "FILE|DIR|-", num_args = 1.., help_heading = "Input", verbatim_doc_comment)]
    pub filename: Vec<PathBuf>,

    /// Recurse into subdirectories
    ///
    /// Hidden directories, node_modules, and what .gitignore and .kueueleuleuignore
    /// name are skipped. What is named itself is never skipped.
    #[arg(short = 'R', long, requires = "filename", help_heading = "Input", verbatim_doc_comment)]
    pub recursive: bool,

    /// Leave out what this matches, as a line of .gitignore does
    #[arg(long, value_name = "GLOB", requires = "filename", help_heading = "Input")]
    pub exclude: Vec<String>,

    /// With -R, also read what is skipped otherwise
    #[arg(long, requires = "recursive", help_heading = "Input")]
    pub no_ignore: bool,

    /// Read the configuration from this file or stdin; can be repeated
    ///
    /// It is a functionConfig. A file may hold several documents. For each object the
    /// first one counts that selects it. Without --config the nearest .kueueleuleu.yaml
    /// counts, beside the input or in a directory above it, up to the root of the
    /// repository.
    #[arg(long, value_name = "FILE|-", requires = "filename", help_heading = "Input", verbatim_doc_comment)]
    pub config: Vec<PathBuf>,

    /// Do not look for .kueueleuleu.yaml
    #[arg(long, requires = "filename", conflicts_with = "config", help_heading = "Input")]
    pub no_config: bool,

    #[command(flatten)]
    pub overrides: Overrides,

    #[command(flatten)]
    pub output: Output,

    /// Write errors and warnings as human, json, github or sarif
    ///
    /// json writes one object a line, with the keys severity, rule, message, file,
    /// line, column, endLine, endColumn, resource, field and help; what is not known
    /// is null, and what concerns no file is in "<command line>". github writes
    /// annotations for GitHub Actions, sarif one SARIF 2.1.0 document. All of them go
    /// to stderr; docs/rules.md explains the rules.
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

    /// Make warnings errors
    #[arg(long, requires = "filename", help_heading = "Output")]
    pub strict: bool,

    /// Say of each object what becomes of it, and why
    #[arg(short, long, requires = "filename", conflicts_with = "quiet", help_heading = "Output")]
    pub verbose: bool,

    /// Write errors only: no warnings, no summary
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,

    /// Use colors: auto (on a terminal), always or never
    ///
    /// Without it, NO_COLOR and FORCE_COLOR count.
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
    pub color: Colour,

    /// The configuration of a kustomize exec plugin, which kustomize passes as the first argument.
    ///
    /// Several are taken, so that a forgotten -f is what the error is about.
    #[arg(hide = true, value_name = "FILE", conflicts_with = "filename")]
    pub plugin_config: Vec<PathBuf>,
}

/// What else the command can do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Write a .kueueleuleu.yaml with every field in a comment
    Init {
        /// The directory, or - for stdout
        #[arg(value_name = "DIR|-", default_value = ".", hide_default_value = true)]
        directory: PathBuf,
    },

    /// Show what a field of the configuration is: explain spec.steps.timeout
    Explain {
        /// The path of the field; without it, the whole
        #[arg(value_name = "FIELD", default_value = "", hide_default_value = true)]
        field: String,
    },

    /// Print the version
    Version {
        /// Write JSON (json): the version, the system, and the protocol of the entrypoint
        #[arg(short, long, value_name = "FORMAT", hide_possible_values = true)]
        output: Option<VersionFormat>,
    },

    /// Print the completions of a shell: bash, zsh or fish
    ///
    /// For example, in ~/.bashrc: source <(kueueleuleu completion bash)
    #[command(verbatim_doc_comment)]
    Completion {
        /// The shell
        #[arg(value_name = "SHELL", hide_possible_values = true)]
        shell: Shell,
    },

    /// Show the steps of converted pods: which runs, since when, why one failed
    ///
    /// Asks the cluster through kubectl, or reads with -f what `kubectl get pod -o json`
    /// (or yaml) writes. Of a Job the newest pods are shown, of a CronJob those of its
    /// newest Job. To Kubernetes a container that waits for its turn has started; here a
    /// step begins when the step before it ends. Times are in UTC.
    ///
    /// Exits with 1 if a pod has failed, or the Job; with --watch when all have ended.
    #[command(verbatim_doc_comment)]
    Status(Status),

    /// Show the log of each step, in the order in which they ran
    ///
    /// With --follow it goes on from step to step until the pod has ended, and from pod
    /// to pod until the Job has. The last line says what became of it. Exits with 1 if
    /// it failed.
    #[command(verbatim_doc_comment)]
    Logs(Logs),

    /// Convert, create, follow the logs, and exit as the sequence did
    ///
    /// Several objects are run one after the other; what is no Pod and no Job is only
    /// created. Ctrl-C asks whether to delete what was created.
    #[command(verbatim_doc_comment)]
    Run(Run),

    /// Write admission policies that sequence pods inside the API server
    ///
    /// Writes a MutatingAdmissionPolicy that rewrites labelled pods when they are created,
    /// and ValidatingAdmissionPolicies that refuse those that could not be rewritten. They
    /// need Kubernetes 1.36 or later, and nothing that runs in the cluster.
    #[command(after_help = POLICY_EXAMPLES, verbatim_doc_comment)]
    Policy(Policy),

    /// Look up what images run, for containers without a command, and keep it
    ///
    /// To wait for its turn a container must be told its command. Where the manifest
    /// has none, this looks up the ENTRYPOINT and CMD of the image. --write puts them
    /// into the functionConfig, so that converting asks nobody: commit the file, and
    /// run this again when the images change. Entries without a digest were written
    /// by hand; they are not looked up, and stay as they are.
    #[cfg(feature = "registry")]
    #[command(after_help = IMAGES_EXAMPLES, verbatim_doc_comment)]
    Images(Images),
}

/// What `policy` is given.
#[derive(Debug, clap::Args)]
pub(crate) struct Policy {
    /// Write the policies of this configuration, a functionConfig
    ///
    /// Without it the nearest .kueueleuleu.yaml counts, in the current directory or
    /// above it.
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    pub config: Option<PathBuf>,

    /// Do not look for .kueueleuleu.yaml
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,

    /// Name the policies so, or with a suffix to it
    #[arg(long, value_name = "PREFIX", default_value = "kueueleuleu", value_parser = policy_name)]
    pub name: String,

    /// Write YAML (yaml), or a List in JSON (json)
    #[arg(short, long, value_name = "FORMAT", default_value = "yaml", hide_possible_values = true)]
    pub output: PolicyFormat,

    /// The version of the admission API: v1 (Kubernetes 1.36), or v1beta1 (1.34 and 1.35)
    #[arg(long, value_name = "VERSION", default_value = "v1", hide_possible_values = true)]
    pub api_version: PolicyApiVersion,

    /// When a policy itself fails, refuse the pod (Fail) or let it pass unchanged (Ignore)
    #[arg(
        long = "failure-policy",
        value_name = "POLICY",
        default_value = "Fail",
        hide_possible_values = true
    )]
    pub on_failure: PolicyFailure,
}

/// A name that Kubernetes accepts, with room for a suffix.
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

/// How `version` writes.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum VersionFormat {
    /// An object in JSON.
    Json,
}

/// How `policy` writes.
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

/// What happens when a policy fails.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum PolicyFailure {
    /// The pod is refused.
    #[value(name = "Fail")]
    Fail,
    /// The pod passes unchanged.
    #[value(name = "Ignore")]
    Ignore,
}

/// What `images` is given.
#[cfg(feature = "registry")]
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Images {
    /// Read the manifests in these files or directories, or stdin; can be repeated
    #[arg(short, long, value_name = "FILE|DIR|-", num_args = 1.., required = true)]
    pub filename: Vec<PathBuf>,

    /// Recurse into subdirectories
    #[arg(short = 'R', long)]
    pub recursive: bool,

    /// Select objects by this configuration, a functionConfig
    ///
    /// Without it and --write the nearest .kueueleuleu.yaml counts.
    #[arg(long, value_name = "FILE", conflicts_with = "write", verbatim_doc_comment)]
    pub config: Option<PathBuf>,

    /// Do not look for .kueueleuleu.yaml
    #[arg(long, conflicts_with_all = ["config", "write"])]
    pub no_config: bool,

    /// Write the entries into spec.images of this functionConfig, which also selects
    ///
    /// Nothing else in the file changes. A file that does not exist is created. What
    /// changed is written to stdout: add, update or remove, and the image.
    #[arg(long, value_name = "FILE", conflicts_with = "output", verbatim_doc_comment)]
    pub write: Option<PathBuf>,

    /// Also remove entries with a digest that no container needs
    #[arg(long, requires = "write")]
    pub prune: bool,

    /// Write nothing; exit 3 if the file would change
    #[arg(long, requires = "write")]
    pub check: bool,

    /// Write a table (table), spec.images of a functionConfig (yaml), or an array (json)
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        default_value = "table",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub output: ImagesFormat,

    /// Look the images up here: registry, oci:DIR, archive:FILE, docker or podman
    ///
    /// registry asks each image's registry, with the credentials of docker login or
    /// podman login. oci:DIR is an OCI layout, archive:FILE what docker save, podman
    /// save or skopeo wrote. docker and podman ask for images on this machine.
    #[arg(long, value_name = "SOURCE", default_value = "registry", verbatim_doc_comment)]
    pub from: String,

    /// The platform of the nodes, such as linux/arm64; can be repeated
    ///
    /// An image must run the same on all of them. The default is linux/amd64 and
    /// linux/arm64, whichever of them the image has.
    #[arg(long, value_name = "PLATFORM", value_delimiter = ',', verbatim_doc_comment)]
    pub platform: Vec<String>,

    /// Allow this registry to be asked without encryption; can be repeated
    #[arg(long, value_name = "HOST[:PORT]")]
    pub insecure_registry: Vec<String>,

    /// Trust the certificates in this PEM file, in addition to the system's
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,

    /// Give up when an answer takes longer than this
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u64).range(1..=86_400)
    )]
    pub timeout: u64,
}

/// How images are written.
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
  # What do the images run whose containers have no command?
  kueueleuleu images -R -f manifests/

  # Keep it in the functionConfig; in CI, fail when it is out of date
  kueueleuleu images -R -f manifests/ --write sequential.yaml
  kueueleuleu images -R -f manifests/ --write sequential.yaml --prune --check

  # Images that exist on this machine only
  kueueleuleu images -f job.yaml --from podman --write sequential.yaml

Exit codes:
  0  done
  1  an image could not be looked up
  2  the command line is wrong, or a file cannot be read or written
  3  --check found something to do";

/// What is said of the conversion itself, over what the configuration says.
#[derive(Debug, Default, PartialEq, Eq, clap::Args)]
#[group(requires = "filename", multiple = true)]
pub(crate) struct Overrides {
    /// The image that the entrypoint is taken from
    #[arg(long, value_name = "IMAGE", help_heading = "Conversion")]
    pub entrypoint_image: Option<String>,

    /// Which program the image holds: Tekton or Kueueleuleu
    #[arg(
        long,
        value_name = "KIND",
        ignore_case = true,
        hide_possible_values = true,
        help_heading = "Conversion"
    )]
    pub entrypoint_kind: Option<EntrypointKind>,

    /// How steps are run in turn: Entrypoint, InitContainers or Auto
    #[arg(
        long,
        value_name = "STRATEGY",
        ignore_case = true,
        hide_possible_values = true,
        help_heading = "Conversion"
    )]
    pub strategy: Option<Strategy>,

    /// The policy for Pods whose policy is Always: Never
    #[arg(
        long,
        value_name = "POLICY",
        ignore_case = true,
        hide_possible_values = true,
        help_heading = "Conversion"
    )]
    pub restart_policy: Option<RestartPolicy>,

    /// What becomes of probes: Keep or Remove
    #[arg(
        long,
        value_name = "FATE",
        ignore_case = true,
        hide_possible_values = true,
        help_heading = "Conversion"
    )]
    pub probes: Option<Probes>,

    /// A container that runs beside the steps; repeatable
    ///
    /// A regular expression that matches the whole name. Takes the place of the
    /// configuration's sidecars.
    #[arg(long, value_name = "NAME", help_heading = "Conversion", verbatim_doc_comment)]
    pub sidecar: Vec<String>,

    /// Take the conversion off again
    #[arg(long, help_heading = "Conversion")]
    pub revert: bool,

    /// Only resources of these kinds: Pod, Job, CronJob
    ///
    /// A list, spelled as for kubectl: job,cj
    #[arg(
        long,
        value_name = "KIND",
        value_delimiter = ',',
        ignore_case = true,
        hide_possible_values = true,
        help_heading = "Selection",
        verbatim_doc_comment
    )]
    pub kind: Vec<Kind>,

    /// Only resources with these names
    ///
    /// Like --namespace it takes a list, of regular expressions that match as a whole:
    /// build,nightly-.*
    #[arg(long, value_name = "NAME", help_heading = "Selection", verbatim_doc_comment)]
    pub name: Vec<String>,

    /// Only resources in these namespaces
    ///
    /// A resource whose metadata has no namespace is in default.
    #[arg(short, long, value_name = "NAMESPACE", help_heading = "Selection", verbatim_doc_comment)]
    pub namespace: Vec<String>,

    /// Only resources whose labels match
    ///
    /// As kubectl spells it: app=etl,tier!=test,stage in (a, b),!legacy
    #[arg(short = 'l', long, value_name = "SELECTOR", help_heading = "Selection", verbatim_doc_comment)]
    pub selector: Option<String>,
}

/// Which program an image holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(crate) enum EntrypointKind {
    Tekton,
    Kueueleuleu,
}

/// How containers are made to run one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(crate) enum Strategy {
    Entrypoint,
    InitContainers,
    Auto,
}

/// The policy for Pods whose policy is, or would be, `Always`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(crate) enum RestartPolicy {
    Never,
}

/// What becomes of probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(crate) enum Probes {
    Keep,
    Remove,
}

/// The kinds that are converted, and what else kubectl calls them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    #[value(name = "Pod", aliases = ["pods", "po"])]
    Pod,
    #[value(name = "Job", aliases = ["jobs"])]
    Job,
    #[value(name = "CronJob", aliases = ["cronjobs", "cj"])]
    CronJob,
}

/// What becomes of the result; by default all of it is written to stdout.
#[derive(Debug, clap::Args)]
#[group(requires = "filename", multiple = true)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Output {
    /// Rewrite the files; nothing is written if any has an error
    ///
    /// Mode, owner and symbolic links are kept, hard links are not.
    /// Files without changes are not touched.
    #[arg(short, long, conflicts_with_all = ["diff", "check"], help_heading = "Output", verbatim_doc_comment)]
    pub in_place: bool,

    /// Write a unified diff instead of the result, for `patch -p1`
    #[arg(long, help_heading = "Output")]
    pub diff: bool,

    /// Only name the files that would change; exit 3 if there are any
    ///
    /// The names go to stdout, and to stderr why each would change. Together with
    /// --diff: show what would change, and exit 3.
    #[arg(long, help_heading = "Output", verbatim_doc_comment)]
    pub check: bool,

    /// With --check, end names with NUL, for xargs -0
    #[arg(long, requires = "check", conflicts_with = "diff", help_heading = "Output")]
    pub null: bool,
}

/// A shell that completions are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// When there are colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal
    Auto,
    /// Also in files and pipes
    Always,
    /// Nowhere
    Never,
}

/// How errors and warnings are written to stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ErrorFormat {
    /// For people, with the line at fault
    Human,
    /// For tools, one object a line
    Json,
    /// For GitHub Actions, one annotation a line
    Github,
    /// For code scanning, one document
    Sarif,
}
