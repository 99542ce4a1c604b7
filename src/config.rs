//! Reads the configuration of a run from a functionConfig, and validates it fully.
//!
//! There are three stages, and each collects all problems that it finds:
//!
//! 1. `shape` walks the table in `fields` beside the tree, and checks keys and types.
//! 2. Derived serde types read the values of the right shape: `spec`, and `flat` for a `ConfigMap`.
//! 3. `check` turns them into a [`Config`], and finds contradictions.
//!
//! To add a field, add a row in `fields`, a field in `spec` and in [`Config`], and one in `flat` if a string can hold
//! it. Knows neither where a functionConfig comes from nor how the rewrite applies it.

mod check;
mod choices;
mod containers;
mod count;
mod detect;
mod explain;
mod fields;
mod flat;
mod form;
mod free;
mod node;
mod read;
mod report;
mod shape;
mod spanned;
mod spec;
mod steps;
mod suggest;
mod table;
mod template;

pub(crate) use containers::is_digest;
pub(crate) use containers::{Prepare, Sidecars, StepOptions};
pub(crate) use report::ConfigReport;
pub(crate) use spanned::Spanned;

pub use crate::select::SelectorSpec;
pub use choices::{EntrypointKind, OnError, Probes, PullPolicy, Requests, RestartPolicy, Strategy, When};
#[doc(hidden)]
pub use containers::Image;
pub use explain::explain;
#[doc(hidden)]
pub use template::template;

use crate::diagnostic::{Diagnostic, Error, Rule};
use crate::route::Route;
use crate::select::{Selection, Selector};
use crate::text_size::refuse_huge;
use detect::detect;
use form::ConfigForm;
use kueueleuleu_yaml::span::Span;
use kueueleuleu_yaml::syntax::{self, Documents, NodeId, Tree};
use node::ConfigNode;
use shape::ShapeCheck;

/// `apiVersion` of a `SequentialContainers`.
pub const API_VERSION: &str = "kueueleuleu.dev/v1alpha1";
/// `kind` of a `SequentialContainers`.
pub const KIND: &str = "SequentialContainers";

/// The default entrypoint image: Tekton's, pinned by digest.
pub const ENTRYPOINT_IMAGE: &str = "ghcr.io/tektoncd/pipeline/entrypoint-bff0a22da108bc2f16c818c97641a296:v1.12.0@sha256:3ec960b07abd85604242e146092e72f11be8787452c2a20d12a37fdee4a666e2";

/// The configuration of a run. The default is that without a functionConfig.
///
/// In an object that was converted before, the strategy, the entrypoint and its image are preserved unless a
/// functionConfig or a setter chooses them. A functionConfig always chooses the strategy and the entrypoint, and the
/// image if it names one.
///
/// ```
/// use kueueleuleu::config::{Config, Entrypoint, Strategy};
///
/// let config = Config::default().with_entrypoint(Entrypoint::tekton("registry.example.com/entrypoint:v1.12.0"));
/// let config = Config::from_yaml("
/// apiVersion: kueueleuleu.dev/v1alpha1
/// kind: SequentialContainers
/// spec:
///   strategy: InitContainers
/// ")?.with_revert(true);
/// # Ok::<(), kueueleuleu::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The objects to convert.
    pub(crate) selection: Selection,
    /// The program that makes a container wait.
    pub(crate) entrypoint: Entrypoint,
    /// How containers are made to run one after the other.
    pub(crate) strategy: Strategy,
    /// Undo the conversion.
    pub(crate) revert: bool,
    /// Change nothing, and report what would change.
    pub(crate) check: bool,
    /// What happens to the probes of the containers.
    pub(crate) probes: Probes,
    /// The policy for Pods whose `restartPolicy` is `Always`, also by default; `None`: they are errors.
    pub(crate) restart_policy: Option<RestartPolicy>,
    /// The containers that are not steps.
    pub(crate) sidecars: Sidecars,
    /// The options of individual steps.
    pub(crate) steps: Vec<StepOptions>,
    /// How long a step waits for another step that shows no sign of life, as a Go duration; `None`: the default of our
    /// entrypoint.
    pub(crate) start_timeout: Option<String>,
    /// How the requests of the steps count.
    pub(crate) requests: Requests,
    /// The order of the steps; empty: the order of the containers.
    pub(crate) order: Vec<String>,
    /// The commands of images.
    pub(crate) images: Vec<Image>,
    /// The init container that copies the entrypoint.
    pub(crate) prepare: Prepare,
    /// The choices that are explicit.
    pub(crate) chosen: Chosen,
}

/// The choices that a configuration or a flag makes. All others are preserved in an object that was converted before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) strategy: bool,
    pub(crate) kind: bool,
    pub(crate) image: bool,
}

/// The program that makes a container wait, and the image that contains it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrypoint {
    /// Image reference; never empty.
    pub(crate) image: String,
    /// The program.
    pub(crate) kind: EntrypointKind,
}

impl Entrypoint {
    /// Tekton's, in this image.
    pub fn tekton(image: impl Into<String>) -> Self {
        Self { image: image.into(), kind: EntrypointKind::Tekton }
    }

    /// Ours, in this image.
    pub fn kueueleuleu(image: impl Into<String>) -> Self {
        Self { image: image.into(), kind: EntrypointKind::Kueueleuleu }
    }
}

impl Default for Entrypoint {
    fn default() -> Self {
        Self::tekton(ENTRYPOINT_IMAGE)
    }
}

impl Config {
    /// Reads a functionConfig from its own text: a `SequentialContainers`, or a `ConfigMap` with the same fields flat
    /// in `data`. The error contains all problems, each with its place.
    ///
    /// ```
    /// use kueueleuleu::config::Config;
    ///
    /// let error = Config::from_yaml("
    /// apiVersion: kueueleuleu.dev/v1alpha1
    /// kind: SequentialContainers
    /// spec: {strategy: Init, revert: 1}
    /// ").unwrap_err();
    /// assert_eq!(error.diagnostics().len(), 2);
    /// ```
    pub fn from_yaml(text: &str) -> Result<Self, Error> {
        let mut configs = Self::all_from_yaml(text)?;
        if let Some((_, second)) = configs.get(1) {
            let place = Span::at(second.range().start);
            return Err(Error::new(Rule::InvalidConfig, "more than one document").at(place));
        }
        Ok(configs.remove(0).0)
    }

    /// Reads all functionConfigs of a text, one per document, each with its place. The error contains the problems of
    /// all of them.
    pub fn all_from_yaml(text: &str) -> Result<Vec<(Self, Span)>, Error> {
        refuse_huge(text)?;
        let mut documents = Documents::new(text, &syntax::Shape::ALL);
        let (mut configs, mut problems) = (Vec::new(), Vec::new());
        while let Some(tree) = documents.next_document() {
            let tree = tree?;
            let Some(root) = tree.root() else { continue };
            match Self::from_tree(tree, root) {
                Ok(config) => configs.push((config, tree.span(root))),
                Err(of_document) => problems.extend(of_document),
            }
        }
        if !problems.is_empty() {
            return Err(Error::of_config(problems));
        }
        if configs.is_empty() {
            return Err(Error::new(Rule::InvalidConfig, "no functionConfig found")
                .help("write a `SequentialContainers` or a `ConfigMap`"));
        }
        Ok(configs)
    }

    /// Reads a functionConfig from a tree without opaque nodes. Null counts as absent.
    pub(crate) fn from_tree(tree: &Tree<'_>, root: NodeId) -> Result<Self, Vec<Diagnostic>> {
        let root = ConfigNode::root(tree, root);
        if root.is_plainly_null() {
            return Ok(Self::default());
        }
        let mut report = ConfigReport::new(ConfigForm::Own);
        let Some(form) = detect(root, &mut report) else { return Err(report.into_problems()) };
        report.form = form;
        let table = match form {
            ConfigForm::Own => &fields::SEQUENTIAL_CONTAINERS,
            ConfigForm::ConfigMap => &fields::CONFIG_MAP,
        };
        let shape = ShapeCheck::check(root, table, &mut report);
        let (bad, left_out) = (shape.bad, shape.left_out);
        if !bad.contains(&root.site) {
            let spec = match form {
                ConfigForm::Own => {
                    read::read(root, &bad).map(|written: spec::SequentialContainers| written.spec)
                }
                ConfigForm::ConfigMap => {
                    read::read(root, &bad).map(|written: flat::ConfigMap| written.data.map(Into::into))
                }
            };
            match spec {
                Ok(spec) => {
                    let config = check::config(spec.unwrap_or_default(), &left_out, &mut report);
                    if report.is_empty() {
                        return Ok(config);
                    }
                }
                // The table and the types disagree, which a test should have found.
                Err(error) => {
                    report.add(Route::root(), root.span(), error.to_string()).help("please report it");
                }
            }
        }
        Err(report.into_problems())
    }

    /// The same configuration with this selector instead of its own. Its exclusions are preserved.
    pub fn with_selector(self, spec: SelectorSpec) -> Result<Self, Error> {
        let mut report = ConfigReport::new(ConfigForm::Own);
        match Selector::compile(spec.into(), Route::root(), &mut report) {
            Some(selector) => Ok(Self { selection: self.selection.with_selectors(vec![selector]), ..self }),
            None => Err(Error::of(report.into_problems())),
        }
    }

    /// The same configuration with another entrypoint.
    #[must_use]
    pub fn with_entrypoint(self, entrypoint: Entrypoint) -> Self {
        let chosen = Chosen { kind: true, image: true, ..self.chosen };
        Self { entrypoint, chosen, ..self }
    }

    /// The same configuration with the entrypoint in another image.
    #[must_use]
    pub fn with_entrypoint_image(self, image: impl Into<String>) -> Self {
        let chosen = Chosen { image: true, ..self.chosen };
        Self { entrypoint: Entrypoint { image: image.into(), ..self.entrypoint }, chosen, ..self }
    }

    /// The same configuration with another strategy.
    #[must_use]
    pub fn with_strategy(self, strategy: Strategy) -> Self {
        let chosen = Chosen { strategy: true, ..self.chosen };
        Self { strategy, chosen, ..self }
    }

    /// The same configuration with another entrypoint program. The image of one program does not contain the other, so
    /// a new program resets the image: to the default image with `Tekton`. With `Kueueleuleu`,
    /// [`Self::with_entrypoint_image`] must set one.
    #[must_use]
    pub fn with_entrypoint_kind(self, kind: EntrypointKind) -> Self {
        let chosen = Chosen { kind: true, ..self.chosen };
        if kind == self.entrypoint.kind {
            return Self { chosen, ..self };
        }
        let entrypoint = Entrypoint { kind, ..Entrypoint::default() };
        Self { entrypoint, chosen: Chosen { image: false, ..chosen }, ..self }
    }

    /// The same configuration with other sidecars: regular expressions (RE2) that must match the whole name of a
    /// container.
    pub fn with_sidecars(self, names: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, Error> {
        let mut report = ConfigReport::new(ConfigForm::Own);
        let names = names.into_iter().map(|name| Some(Spanned::from(name.into()))).collect();
        let sidecars = check::sidecars(names, &mut report);
        if report.is_empty() { Ok(Self { sidecars, ..self }) } else { Err(Error::of(report.into_problems())) }
    }

    /// The first contradiction in the configuration. Flags can cause one.
    #[doc(hidden)]
    pub fn contradiction(&self) -> Option<String> {
        let of_steps =
            |options: fn(&StepOptions) -> Option<&'static str>| self.steps.iter().find_map(options);
        let (option, who) = match (self.strategy, self.entrypoint.kind) {
            (Strategy::InitContainers, _) => {
                let of_pod = (self.requests == Requests::PodLevel).then_some("requests: PodLevel");
                let of_steps = of_steps(|step| step.of_entrypoints().next());
                (of_steps.or(self.of_our_entrypoint()).or(of_pod), "init containers do not support")
            }
            (_, EntrypointKind::Tekton) => {
                let of_steps = of_steps(|step| step.of_our_entrypoint().next());
                (of_steps.or(self.of_our_entrypoint()), "Tekton's entrypoint does not support")
            }
            (_, EntrypointKind::Kueueleuleu) => {
                let is_without_image = !self.chosen.image;
                return is_without_image.then(|| "needs an image: it has no default image".to_owned());
            }
        };
        option.map(|option| format!("the configuration has `{option}`, which {who}"))
    }

    /// The option for all steps that is set, but that only our own entrypoint supports.
    fn of_our_entrypoint(&self) -> Option<&'static str> {
        self.start_timeout.as_ref().map(|_| "startTimeout")
    }

    /// The same configuration, with or without `revert`: undo the conversion.
    #[must_use]
    pub fn with_revert(self, revert: bool) -> Self {
        Self { revert, ..self }
    }

    /// The same configuration, with or without `check`: change nothing, and report what would change.
    #[must_use]
    pub fn with_check(self, check: bool) -> Self {
        Self { check, ..self }
    }

    /// The same configuration with other handling of the containers' probes.
    #[must_use]
    pub fn with_probes(self, probes: Probes) -> Self {
        Self { probes, ..self }
    }

    /// The same configuration with a policy for Pods whose `restartPolicy` is `Always`, also by default.
    #[must_use]
    pub fn with_restart_policy(self, policy: RestartPolicy) -> Self {
        Self { restart_policy: Some(policy), ..self }
    }

    /// How containers are made to run one after the other.
    pub fn strategy(&self) -> Strategy {
        self.strategy
    }

    /// What happens to the containers' probes.
    pub fn probes(&self) -> Probes {
        self.probes
    }

    /// The commands of images.
    #[doc(hidden)]
    pub fn images(&self) -> &[Image] {
        &self.images
    }

    /// The policy for Pods whose `restartPolicy` is `Always`, also by default. If it is `None`, they are errors.
    pub fn restart_policy(&self) -> Option<RestartPolicy> {
        self.restart_policy
    }
}

#[cfg(test)]
mod tests;
