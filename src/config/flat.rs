//! The functionConfig as a `ConfigMap`: the fields of `SequentialContainers` flat in `data`, all of them strings, with
//! one selector.
//!
//! Knows how the flat spelling becomes a [`Spec`]; what it means is checked there.
//!
//! kpt makes such a `ConfigMap` of `kpt fn eval … -- kind=Job` and of `configMap:` in a Kptfile.

use super::spec::{
    EntrypointKind, EntrypointSpec, Metadata, PrepareSpec, Probes, PullPolicy, RestartPolicy, Spec, Strategy,
};
use crate::select::SelectorSpec;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// `v1`, kind `ConfigMap`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ConfigMap {
    #[serde(rename = "apiVersion")]
    _api_version: IgnoredAny,
    #[serde(rename = "kind")]
    _kind: IgnoredAny,
    #[serde(rename = "metadata")]
    _metadata: Option<Metadata>,
    /// Absent or empty in the `function-input` that kpt makes when nothing is configured.
    pub(super) data: Option<Data>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Data {
    group: Option<String>,
    version: Option<String>,
    kind: Option<String>,
    name: Option<String>,
    namespace: Option<String>,
    api_version: Option<String>,
    label_selector: Option<String>,
    annotation_selector: Option<String>,
    entrypoint_image: Option<String>,
    entrypoint_kind: Option<EntrypointKind>,
    strategy: Option<Strategy>,
    revert: Option<Flag>,
    check: Option<Flag>,
    probes: Option<Probes>,
    restart_policy: Option<RestartPolicy>,
    sidecars: Option<String>,
    order: Option<String>,
    prepare_image_pull_policy: Option<PullPolicy>,
}

/// A boolean as a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Flag {
    True,
    False,
}

impl From<Data> for Spec {
    fn from(data: Data) -> Self {
        let list = |list: String| list.split(',').map(|item| item.trim().to_owned()).collect();
        let flag = |flag: Option<Flag>| flag.map(|flag| flag == Flag::True);
        let selector = SelectorSpec {
            group: data.group,
            version: data.version,
            kind: data.kind,
            name: data.name,
            namespace: data.namespace,
            api_version: data.api_version,
            label_selector: data.label_selector,
            annotation_selector: data.annotation_selector,
            labels: None,
            annotations: None,
        };
        Self {
            selectors: (selector != SelectorSpec::default()).then(|| vec![selector]),
            exclude: None,
            entrypoint_image: data.entrypoint_image,
            entrypoint: Some(EntrypointSpec { image: None, kind: data.entrypoint_kind }),
            strategy: data.strategy,
            revert: flag(data.revert),
            check: flag(data.check),
            probes: data.probes,
            restart_policy: data.restart_policy,
            sidecars: data.sidecars.map(list),
            steps: None,
            order: data.order.map(list),
            images: None,
            prepare: data
                .prepare_image_pull_policy
                .map(|policy| PrepareSpec { image_pull_policy: Some(policy), ..PrepareSpec::default() }),
        }
    }
}
