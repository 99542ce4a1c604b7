//! The functionConfig as it is written: `kueueleuleu.dev/v1alpha1`, kind `SequentialContainers`.
//!
//! Knows shapes only: what is absent stays absent, what contradicts itself is found in [`super`]. The comments of
//! fields are the descriptions in `docs/sequentialcontainers.schema.json`, which people read in their editor.

use crate::select::SelectorSpec;
use serde::Deserialize;

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
