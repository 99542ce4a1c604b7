//! Defines the serde types of a functionConfig: `kueueleuleu.dev/v1alpha1`, kind `SequentialContainers`.
//!
//! Knows only shapes: absent fields have no default yet, and [`super::check`] finds contradictions. [`super::fields`]
//! documents the fields. Items that could not be read are `None`, so that the other items keep their indexes.

use super::choices::{EntrypointKind, OnError, Probes, PullPolicy, Requests, RestartPolicy, Strategy, When};
use super::count::Count;
use super::free::Free;
use super::spanned::Spanned;
use crate::select::SelectorSpec;
use serde::Deserialize;

/// A string that a check may report.
pub(super) type SpannedString = Spanned<String>;
/// A list whose items a check may report.
pub(super) type SpannedList<T> = Vec<Option<Spanned<T>>>;

/// The whole functionConfig, apart from the fields that every object has.
#[derive(Debug, Deserialize)]
pub(super) struct SequentialContainers {
    pub spec: Option<Spec>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Spec {
    pub selectors: Option<SpannedList<SelectorSpec>>,
    pub exclude: Option<SpannedList<SelectorSpec>>,
    pub entrypoint_image: Option<SpannedString>,
    pub entrypoint: Option<EntrypointSpec>,
    pub strategy: Option<Strategy>,
    pub revert: Option<bool>,
    pub check: Option<bool>,
    pub probes: Option<Probes>,
    pub restart_policy: Option<RestartPolicy>,
    pub sidecars: Option<SpannedList<String>>,
    pub steps: Option<SpannedList<StepSpec>>,
    pub start_timeout: Option<SpannedString>,
    pub requests: Option<Spanned<Requests>>,
    pub order: Option<SpannedList<String>>,
    pub images: Option<SpannedList<ImageSpec>>,
    pub prepare: Option<PrepareSpec>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct StepSpec {
    pub name: SpannedString,
    pub timeout: Option<SpannedString>,
    pub on_error: Option<Spanned<OnError>>,
    pub needs: Option<Spanned<SpannedList<String>>>,
    pub when: Option<Spanned<When>>,
    pub retries: Option<Spanned<Count>>,
    pub retry_delay: Option<SpannedString>,
    pub outputs: Option<Spanned<SpannedList<String>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ImageSpec {
    pub name: SpannedString,
    pub digest: Option<SpannedString>,
    pub command: Option<Vec<String>>,
    pub args: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PrepareSpec {
    pub resources: Option<ResourcesSpec>,
    pub security_context: Option<Free>,
    pub image_pull_policy: Option<PullPolicy>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ResourcesSpec {
    pub limits: Option<Free>,
    pub requests: Option<Free>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EntrypointSpec {
    pub image: Option<SpannedString>,
    pub kind: Option<Spanned<EntrypointKind>>,
}
