//! Reads a functionConfig that is a `ConfigMap`: the fields of `SequentialContainers` flat in `data`, all of them
//! strings, with one selector.
//!
//! Knows how the flat form becomes a [`Spec`]; not what that means.
//!
//! kpt creates such a `ConfigMap` for `kpt fn eval … -- kind=Job` and for `configMap:` in a Kptfile.

use super::choices::{EntrypointKind, Probes, PullPolicy, Requests, RestartPolicy, Strategy};
use super::spanned::Spanned;
use super::spec::{EntrypointSpec, PrepareSpec, SpannedString, Spec};
use crate::select::SelectorSpec;
use serde::Deserialize;

/// `v1`, kind `ConfigMap`, apart from the fields that every object has.
#[derive(Debug, Deserialize)]
pub(super) struct ConfigMap {
    /// Absent or empty in the `function-input` that kpt creates when nothing is configured.
    pub data: Option<Data>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Data {
    group: Option<SpannedString>,
    version: Option<SpannedString>,
    kind: Option<SpannedString>,
    name: Option<SpannedString>,
    namespace: Option<SpannedString>,
    api_version: Option<SpannedString>,
    label_selector: Option<SpannedString>,
    annotation_selector: Option<SpannedString>,
    entrypoint_image: Option<SpannedString>,
    entrypoint_kind: Option<Spanned<EntrypointKind>>,
    strategy: Option<Strategy>,
    revert: Option<Flag>,
    check: Option<Flag>,
    probes: Option<Probes>,
    restart_policy: Option<RestartPolicy>,
    start_timeout: Option<SpannedString>,
    requests: Option<Spanned<Requests>>,
    sidecars: Option<SpannedString>,
    order: Option<SpannedString>,
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
        let items = |list: SpannedString| -> Vec<_> {
            list.split(',').map(|item| Some(list.with(item.trim().to_owned()))).collect()
        };
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
            selectors: (selector != SelectorSpec::default()).then(|| vec![Some(selector.into())]),
            exclude: None,
            entrypoint_image: data.entrypoint_image,
            entrypoint: Some(EntrypointSpec { image: None, kind: data.entrypoint_kind }),
            strategy: data.strategy,
            revert: flag(data.revert),
            check: flag(data.check),
            probes: data.probes,
            restart_policy: data.restart_policy,
            sidecars: data.sidecars.map(items),
            steps: None,
            start_timeout: data.start_timeout,
            requests: data.requests,
            order: data.order.map(items),
            images: None,
            prepare: data
                .prepare_image_pull_policy
                .map(|policy| PrepareSpec { image_pull_policy: Some(policy), ..PrepareSpec::default() }),
        }
    }
}
