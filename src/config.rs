//! The configuration of a run: read from a functionConfig, checked, with nothing left to be decided.
//!
//! Knows what may be configured and what contradicts itself; neither where a functionConfig comes from nor how the
//! rewrite follows it. `Spec` in `spec` holds what people write, [`Config`] what that means: a new field needs a line
//! in both, one in `Config::check` and, if a string can express it, one in `flat`.

mod containers;
mod error;
mod flat;
mod form;
mod read;
mod spec;
mod value;

#[cfg(feature = "registry")]
pub(crate) use containers::is_digest;
pub use containers::{Image, Prepare, Sidecars, StepOptions};
pub use error::ConfigError;
pub use spec::{EntrypointKind, OnError, Probes, PullPolicy, RestartPolicy, Strategy};
pub(crate) use value::to_be_written;

use crate::route::Route;
use crate::select::{Selection, Selector, SelectorSpec};
use form::Form;
use serde_yaml::Value;
use spec::{EntrypointSpec, SequentialContainers, Spec};

/// `apiVersion` of our functionConfig.
pub const API_VERSION: &str = "kueueleuleu.dev/v1alpha1";
/// `kind` of our functionConfig.
pub const KIND: &str = "SequentialContainers";

/// The entrypoint image where none is configured: Tekton's, by digest.
pub const ENTRYPOINT_IMAGE: &str = "ghcr.io/tektoncd/pipeline/entrypoint-bff0a22da108bc2f16c818c97641a296:v1.12.0@sha256:3ec960b07abd85604242e146092e72f11be8787452c2a20d12a37fdee4a666e2";

/// What a run shall do. The default is what happens without a functionConfig.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Which objects are meant.
    pub selection: Selection,
    /// The program that makes a container wait.
    pub entrypoint: Entrypoint,
    /// By which means containers are made to run one after the other.
    pub strategy: Strategy,
    /// Take the rewriting back.
    pub revert: bool,
    /// Change nothing, tell what would change.
    pub check: bool,
    /// What becomes of the containers' probes.
    pub probes: Probes,
    /// The policy for Pods whose policy is, or would be, `Always`; `None`: they are errors.
    pub restart_policy: Option<RestartPolicy>,
    /// The containers that are no steps.
    pub sidecars: Sidecars,
    /// What is different about single steps.
    pub steps: Vec<StepOptions>,
    /// The order of the steps; empty: that of the containers.
    pub order: Vec<String>,
    /// What images run.
    pub images: Vec<Image>,
    /// The init container that copies the entrypoint.
    pub prepare: Prepare,
}

/// The program that makes a container wait, and where it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrypoint {
    /// Image reference; never empty.
    pub image: String,
    /// Which program it is.
    pub kind: EntrypointKind,
}

impl Default for Entrypoint {
    fn default() -> Self {
        Self { image: ENTRYPOINT_IMAGE.to_owned(), kind: EntrypointKind::default() }
    }
}

impl Config {
    /// Reads a functionConfig: a `SequentialContainers`, a `ConfigMap` with the same fields flat in `data`, or null,
    /// which stands for an absent one. Anything else is an error, as is any field that is not known.
    pub fn from_function_config(value: &Value) -> Result<Self, ConfigError> {
        if value.is_null() {
            return Ok(Self::default());
        }
        match Form::of(value)? {
            Form::Own => {
                let written: SequentialContainers = read::read(value)?;
                Self::check(written.spec.unwrap_or_default(), Form::Own)
            }
            Form::ConfigMap => {
                let written: flat::ConfigMap = read::read(value)?;
                Self::check(written.data.unwrap_or_default().into(), Form::ConfigMap)
            }
        }
    }

    fn check(spec: Spec, form: Form) -> Result<Self, ConfigError> {
        let selectors = compile(&spec.selectors.unwrap_or_default(), |at| form.selector(at))?;
        let exclude = compile(&spec.exclude.unwrap_or_default(), |at| form.field("exclude").index(at))?;
        if let Some(anything) = exclude.iter().find(|selector| selector.is_anything()) {
            let message = "an entry without fields would exclude everything";
            return Err(ConfigError::new(anything.route().clone(), message)
                .help("remove the entry, or say what to exclude"));
        }
        let strategy = spec.strategy.unwrap_or_default();
        let steps = containers::steps(spec.steps.unwrap_or_default(), form)?;
        if strategy == Strategy::InitContainers && !steps.is_empty() {
            let message = "init containers have neither a timeout nor a failure that does not count";
            return Err(ConfigError::new(form.field("steps"), message)
                .help("remove `steps`, or use `strategy: Entrypoint`"));
        }
        Ok(Self {
            selection: Selection::new(selectors, exclude),
            entrypoint: check_entrypoint(spec.entrypoint_image, spec.entrypoint.unwrap_or_default(), form)?,
            strategy,
            revert: spec.revert.unwrap_or_default(),
            check: spec.check.unwrap_or_default(),
            probes: spec.probes.unwrap_or_default(),
            restart_policy: spec.restart_policy,
            sidecars: containers::sidecars(&spec.sidecars.unwrap_or_default(), form)?,
            steps,
            order: containers::order(spec.order.unwrap_or_default(), form)?,
            images: containers::images(spec.images.unwrap_or_default(), form)?,
            prepare: containers::prepare(spec.prepare.unwrap_or_default()),
        })
    }
}

fn compile(specs: &[SelectorSpec], route: impl Fn(usize) -> Route) -> Result<Vec<Selector>, ConfigError> {
    specs.iter().enumerate().map(|(at, spec)| Selector::compile(spec, route(at))).collect()
}

fn check_entrypoint(
    short: Option<String>,
    spec: EntrypointSpec,
    form: Form,
) -> Result<Entrypoint, ConfigError> {
    let long_route = form.field("entrypoint").key("image");
    let (image, route) = match (short, spec.image) {
        (Some(_), Some(_)) => {
            let message = "the image is given twice, as `entrypointImage` too";
            return Err(ConfigError::new(long_route, message).help("remove one of them"));
        }
        (Some(image), None) => (Some(image), form.field("entrypointImage")),
        (None, image) => (image, long_route),
    };
    let kind = spec.kind.unwrap_or_default();
    match image {
        Some(image) if image.trim().is_empty() => Err(ConfigError::new(route, "the image is empty")
            .help("name an image, or remove the field: then the default is used")),
        Some(image) => Ok(Entrypoint { image, kind }),
        None if kind == EntrypointKind::Kueueleuleu => {
            let message = "`Kueueleuleu` needs an image: none is published as a default";
            let help = "set `entrypointImage` to an image that holds `kueueleuleu-entrypoint`";
            Err(ConfigError::new(form.entrypoint_kind(), message).help(help))
        }
        None => Ok(Entrypoint { kind, ..Entrypoint::default() }),
    }
}

#[cfg(test)]
mod tests;
