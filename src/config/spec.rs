//! The functionConfig as it is written: `kueueleuleu.dev/v1alpha1`, kind `SequentialContainers`.
//!
//! Knows shapes only: what is absent stays absent, what contradicts itself is found in [`super`]. The comments of
//! fields are the descriptions in `docs/sequentialcontainers.schema.json`, which people read in their editor.

use crate::select::SelectorSpec;
use serde::Deserialize;
use serde_yaml::Mapping;

/// Which Pods, Jobs and `CronJobs` get containers that run one after the other, and how.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SequentialContainers {
    /// The version of this declaration.
    #[serde(rename = "apiVersion")]
    _api_version: ApiVersion,
    /// The kind of this declaration.
    #[serde(rename = "kind")]
    _kind: Kind,
    /// The declaration's name, labels and annotations. Nothing in it changes what is done, but kustomize reads from the
    /// annotation `config.kubernetes.io/function` how to run the function.
    #[serde(rename = "metadata")]
    _metadata: Option<Metadata>,
    /// What is selected and how it is rewritten.
    pub(super) spec: Option<Spec>,
}

/// Any mapping.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
pub(super) struct Metadata {}

#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
enum ApiVersion {
    #[serde(rename = "kueueleuleu.dev/v1alpha1")]
    V1Alpha1,
}

#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
enum Kind {
    SequentialContainers,
}

/// What is selected and how it is rewritten.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Spec {
    /// What is selected: an object that matches any of these. Absent or empty: every Pod, Job and `CronJob`.
    pub(super) selectors: Option<Vec<SelectorSpec>>,
    /// What is not selected although `selectors` match: an object that matches any of these.
    pub(super) exclude: Option<Vec<SelectorSpec>>,
    /// The image of the entrypoint that makes a container wait for the one before it. The short spelling of
    /// `entrypoint.image`. Name a mirror here where the cluster cannot pull from ghcr.io.
    #[cfg_attr(test, schemars(length(min = 1), extend("default" = super::ENTRYPOINT_IMAGE)))]
    pub(super) entrypoint_image: Option<String>,
    /// The entrypoint that makes a container wait for the one before it.
    pub(super) entrypoint: Option<EntrypointSpec>,
    /// By which means the containers are made to run one after the other. Default: `Entrypoint`.
    pub(super) strategy: Option<Strategy>,
    /// Take the rewriting back: selected objects come out as they were before it. Default: false.
    pub(super) revert: Option<bool>,
    /// Change nothing, and fail if a selected object is not as it would be after the rewriting. Default: false.
    pub(super) check: Option<bool>,
    /// What becomes of the probes of the containers. Default: `Keep`.
    pub(super) probes: Option<Probes>,
    /// The policy for Pods whose policy is `Always`, or would be because they say none. Without it such a Pod is an
    /// error, because its containers would never end.
    pub(super) restart_policy: Option<RestartPolicy>,
    /// The names of containers that run beside the steps, as regular expressions that match as a whole. They become
    /// native sidecars (Kubernetes 1.29 and later): init containers with `restartPolicy: Always`, before the first
    /// step, so that the pod can end.
    pub(super) sidecars: Option<Vec<String>>,
    /// What is different about single steps. Every name must be that of a container.
    pub(super) steps: Option<Vec<StepSpec>>,
    /// The order in which the steps run, where it is not that of the containers: every step, once.
    pub(super) order: Option<Vec<String>>,
    /// What images run whose containers have no `command`.
    pub(super) images: Option<Vec<ImageSpec>>,
    /// The init container that copies the entrypoint, `kueueleuleu-prepare`.
    pub(super) prepare: Option<PrepareSpec>,
}

/// What is different about a step.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct StepSpec {
    /// The container's name.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(super) name: String,
    /// How long it may run, as a Go duration such as `90s` or `1h30m`. Then it is killed, and has failed.
    pub(super) timeout: Option<String>,
    /// What its failure means for the next step. Default: `Fail`.
    pub(super) on_error: Option<OnError>,
}

/// What an image runs. As in Kubernetes, `command` and `args` of a container take the place of these, and a `command`
/// without `args` of both.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ImageSpec {
    /// The image, as it is written in the containers.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(super) name: String,
    /// The digest of the image that `command` and `args` were read from. `kueueleuleu images` writes and updates
    /// entries that have one. A container whose image is pinned to another digest gets a warning.
    #[cfg_attr(test, schemars(regex(pattern = r"^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$")))]
    pub(super) digest: Option<String>,
    /// Its `ENTRYPOINT`.
    pub(super) command: Option<Vec<String>>,
    /// Its `CMD`.
    pub(super) args: Option<Vec<String>>,
}

/// The init container that copies the entrypoint.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PrepareSpec {
    /// Its resources. Default: cpu, memory and ephemeral-storage of the first step.
    pub(super) resources: Option<ResourcesSpec>,
    /// Its security context, as Kubernetes has it. Default: one that the Pod Security Standard "restricted" admits.
    #[cfg_attr(test, schemars(with = "Option<serde_json::Map<String, serde_json::Value>>"))]
    pub(super) security_context: Option<Mapping>,
    /// Its pull policy. Default: none, so that the cluster decides.
    pub(super) image_pull_policy: Option<PullPolicy>,
}

/// The resources of a container.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ResourcesSpec {
    /// What it may use.
    #[cfg_attr(test, schemars(with = "Option<serde_json::Map<String, serde_json::Value>>"))]
    pub(super) limits: Option<Mapping>,
    /// What it is sure to get.
    #[cfg_attr(test, schemars(with = "Option<serde_json::Map<String, serde_json::Value>>"))]
    pub(super) requests: Option<Mapping>,
}

/// The entrypoint that makes a container wait for the one before it.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EntrypointSpec {
    /// The image that holds it. Default: Tekton's. With `kind: Kueueleuleu` it must be given.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(super) image: Option<String>,
    /// Which program the image holds. Default: `Tekton`.
    pub(super) kind: Option<EntrypointKind>,
}

/// Which entrypoint program an image holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum EntrypointKind {
    /// The `entrypoint` of Tekton Pipelines.
    #[default]
    Tekton,
    /// The `kueueleuleu-entrypoint` of this project.
    Kueueleuleu,
}

/// By which means the containers are made to run one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Strategy {
    /// An entrypoint in every container waits for the container before it.
    #[default]
    Entrypoint,
    /// All containers but the last become init containers, which Kubernetes runs one after the other.
    InitContainers,
}

/// What becomes of the probes of the containers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Probes {
    /// They stay. A liveness or startup probe can kill a container that still waits.
    #[default]
    Keep,
    /// They are removed.
    Remove,
}

/// The policy for Pods whose policy is, or would be, `Always`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum RestartPolicy {
    /// A container that ended is not started again.
    Never,
}

/// What a step's failure means for the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum OnError {
    /// The steps behind it are skipped, and the pod fails.
    #[default]
    Fail,
    /// The next step runs all the same, and the pod does not fail for it.
    Continue,
}

/// When an image is pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum PullPolicy {
    /// Each time.
    Always,
    /// When the node has it not.
    IfNotPresent,
    /// Not at all.
    Never,
}

impl PullPolicy {
    /// As Kubernetes writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Always => "Always",
            Self::IfNotPresent => "IfNotPresent",
            Self::Never => "Never",
        }
    }
}
