//! Defines the arguments of the subcommands that ask a cluster.

use std::path::PathBuf;

/// The cluster, the user and the namespace. `kubectl` receives these flags.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Cluster {
    /// The namespace; by default the namespace of the context
    #[arg(short, long, value_name = "NAMESPACE", help_heading = "Cluster")]
    pub namespace: Option<String>,

    /// The context of the kubeconfig file
    #[arg(long, value_name = "CONTEXT", help_heading = "Cluster")]
    pub context: Option<String>,

    /// The kubeconfig file
    #[arg(long, value_name = "FILE", help_heading = "Cluster")]
    pub kubeconfig: Option<PathBuf>,
}

/// The arguments of `status`.
#[derive(Debug, clap::Args)]
pub(crate) struct StatusArgs {
    /// What to show: pod/NAME, job/NAME or cronjob/NAME
    #[arg(value_name = "TARGET", required_unless_present_any = ["filename", "selector"])]
    pub targets: Vec<String>,

    /// Read Pods or Lists of Pods from these files, or stdin, instead of a cluster
    #[arg(short, long, value_name = "FILE|-", num_args = 1.., conflicts_with_all = ["targets", "selector", "watch"])]
    pub filename: Vec<PathBuf>,

    /// Show the pods whose labels match
    #[arg(short = 'l', long, value_name = "SELECTOR", conflicts_with = "targets")]
    pub selector: Option<String>,

    /// Watch until the pods have ended
    ///
    /// On a terminal the table is redrawn; otherwise each change is one line.
    #[arg(short, long, verbatim_doc_comment)]
    pub watch: bool,

    /// The format: json, yaml, wide (more columns) or name
    #[arg(short, long, value_name = "FORMAT", hide_possible_values = true)]
    pub output: Option<StatusFormat>,

    #[command(flatten)]
    pub cluster: Cluster,
}

/// The output format of `status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum StatusFormat {
    /// The default.
    #[value(hide = true)]
    Table,
    /// An array of pods.
    Json,
    /// The same in YAML.
    Yaml,
    /// A table with more columns.
    Wide,
    /// The names of the pods.
    Name,
}

/// The format of logs.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct LogFormat {
    /// Start each line with its pod and container, instead of printing headings
    #[arg(long, help_heading = "Output")]
    pub prefix: bool,

    /// Start each line with its timestamp
    #[arg(long, help_heading = "Output")]
    pub timestamps: bool,

    /// Show init containers before the steps, and sidecars after them
    #[arg(long, help_heading = "Output")]
    pub all_containers: bool,
}

/// The arguments of `logs`.
#[derive(Debug, clap::Args)]
pub(crate) struct LogsArgs {
    /// Whose logs to show: pod/NAME, job/NAME or cronjob/NAME
    #[arg(value_name = "TARGET")]
    pub target: String,

    /// Follow the logs from step to step until the pod or the Job has ended
    #[arg(short, long)]
    pub follow: bool,

    #[command(flatten)]
    pub format: LogFormat,

    #[command(flatten)]
    pub cluster: Cluster,
}

/// The arguments of `run`.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct RunArgs {
    /// Read these files or directories, or stdin; can be repeated
    #[arg(short, long, value_name = "FILE|DIR|-", num_args = 1.., required = true)]
    pub filename: Vec<PathBuf>,

    /// Recurse into subdirectories
    #[arg(short = 'R', long)]
    pub recursive: bool,

    /// Read the configuration from this file, a functionConfig
    ///
    /// Without it, the nearest .kueueleuleu.yaml is used.
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    pub config: Option<PathBuf>,

    /// Do not look for .kueueleuleu.yaml
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,

    /// Delete the objects once they have ended
    #[arg(long)]
    pub rm: bool,

    /// Exit with the exit code of the step that failed, instead of 1
    #[arg(long)]
    pub exit_code: bool,

    #[command(flatten)]
    pub format: LogFormat,

    #[command(flatten)]
    pub cluster: Cluster,
}
