//! Plans how an object changes: `diff(current, wrap(unwrap(current), config))`.
//!
//! The planner is pure. It removes any conversion that it finds, applies the configured one, and returns the difference
//! to the current object. So a second run changes nothing, an edited object converges, and a revert is `diff(current,
//! unwrap(current))`. No code here asks whether an object was converted before.
//!
//! Knows the contract and the fields of Kubernetes; neither text nor files. It reads any [`View`] and returns an
//! [`Edit`].

mod check;
pub(crate) mod commands;
mod diff;
mod earlier;
mod effective;
mod exit_codes;
pub(crate) mod hooks;
mod missing;
pub(crate) mod names;
mod needs;
mod outcome;
mod outputs;
mod per_step;
mod pod;
mod prepare;
mod read;
mod record;
mod report;
mod requests;
mod restart;
mod retries;
mod sequence;
mod step_order;
mod strategy;
mod task_run;
mod templates;
mod unwrap;
mod validity;
mod wrap;
mod wrapper;

use crate::config::{Config, Strategy};
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::kinds::Kind;
use crate::route::Route;
use crate::view::View;
use kueueleuleu_yaml::edit::Edit;
use pod::{Pod, Workload};
pub use sequence::Role;
pub(crate) use sequence::{Member, sequence};
use std::borrow::Cow;
pub(crate) use wrapper::configured_flags;

/// The planned change of an object.
#[derive(Debug, Default)]
pub(crate) struct Plan<'v> {
    /// The edit; `None` if nothing changes, or if the object cannot be converted.
    pub(crate) edit: Option<Edit<'v>>,
    /// Errors, warnings and notes. They do not name the resource yet, and most have no place in the text.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// An object that was read. A plan borrows from it.
#[derive(Debug)]
pub(crate) struct Subject<'v> {
    kind: &'static Kind,
    current: Option<Workload<'v>>,
    diagnostics: Vec<Diagnostic>,
    /// Whether it has fewer than two containers, so that errors in it do not matter.
    is_too_small: bool,
}

/// Reads an object of a kind.
pub(crate) fn read<'v, V: View<'v>>(kind: &'static Kind, root: V) -> Subject<'v> {
    let mut diagnostics = Vec::new();
    let current = read::object(kind, root, &mut diagnostics);
    Subject { kind, current, diagnostics, is_too_small: read::has_less_than_two_containers(kind, root) }
}

/// A step without a `command`: the command of its image must be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BareStep {
    /// The container's name.
    pub(crate) name: String,
    /// Its image, if it names one.
    pub(crate) image: Option<String>,
    /// The route to the container in its object.
    pub(crate) route: Route,
}

impl Subject<'_> {
    /// The steps without a `command`, if the object would be sequenced by an entrypoint. A `command` that an earlier
    /// run filled in from the configuration does not count. Also returns the errors because of which steps may be
    /// missing.
    pub(crate) fn bare_steps(&self, config: &Config) -> (Vec<BareStep>, Vec<Diagnostic>) {
        let mut diagnostics = self.diagnostics.clone();
        let Some(current) = self.current.as_ref().filter(|current| !is_left_alone(current)) else {
            return (Vec::new(), diagnostics);
        };
        let mut object = current.lend();
        let _ = unwrap::unwrap(&mut object);
        let mut report = report::Report::new(self.kind, &mut diagnostics);
        let step_order = step_order::arrange(&mut object, config, &mut report);
        if config.strategy != Strategy::Entrypoint || step_order.is_none_or(|step_order| step_order.steps < 2)
        {
            return (Vec::new(), diagnostics);
        }
        let steps = object.pod.containers.items.iter().filter(|step| step.has_no_command());
        let steps = steps.map(|step| BareStep {
            name: step.name.to_owned(),
            image: step.image.map(str::to_owned),
            route: report.route(step),
        });
        (steps.collect(), diagnostics)
    }

    /// Whether the object has a container of this name.
    pub(crate) fn has_container(&self, name: &str) -> bool {
        self.current.as_ref().is_some_and(|object| {
            let Pod { init_containers, containers, .. } = &object.pod;
            init_containers.items.iter().chain(&containers.items).any(|container| container.name == name)
        })
    }

    /// The configuration for this object: where neither a configuration nor a flag makes a choice, the choice of the
    /// earlier run is preserved.
    pub(crate) fn config<'c>(&self, config: &'c Config) -> Cow<'c, Config> {
        let earlier = self.current.as_ref().and_then(earlier::Earlier::of);
        earlier.map_or(Cow::Borrowed(config), |earlier| earlier.preserved_in(config))
    }

    /// Plans the change of the object, with the configuration that [`Self::config`] returns.
    pub(crate) fn plan<'s>(&'s self, config: &'s Config) -> Plan<'s> {
        let kind = self.kind;
        let Some(current) = &self.current else {
            let diagnostics = if self.is_too_small { Vec::new() } else { self.diagnostics.clone() };
            return Plan { edit: None, diagnostics };
        };
        if is_left_alone(current) {
            return Plan::default();
        }
        let mut diagnostics = Vec::new();
        if task_run::is_task_run(current) {
            task_run::refuse(&mut report::Report::new(kind, &mut diagnostics));
            return Plan { edit: None, diagnostics };
        }
        if let Some(earlier) = earlier::Earlier::of(current) {
            diagnostics.extend(earlier.changes(config));
        }
        let mut target = current.lend();
        let unwrapped = unwrap::unwrap(&mut target);
        if self.is_too_small && !unwrapped.is_converted {
            return Plan::default();
        }
        unwrapped.report(&mut report::Report::new(kind, &mut diagnostics), config);
        if !config.revert {
            wrap::wrap(kind, &mut target, config, &mut diagnostics);
            if unwrapped.is_converted {
                earlier::report_lost_options(current, &target, kind, &mut diagnostics);
            }
        }
        // A field that could not be read is not reported as missing.
        let malformed = &self.diagnostics;
        if !malformed.is_empty() {
            diagnostics.retain(|other| {
                // A missing command is reported only for containers whose `command` was read.
                other.rule == Rule::MissingCommand
                    || !malformed.iter().any(|known| known.field.starts_with(&other.field))
            });
            diagnostics.splice(0..0, malformed.iter().cloned());
        }
        if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            return Plan { edit: None, diagnostics };
        }
        Plan { edit: diff::diff(kind, current, target), diagnostics }
    }
}

/// Whether the annotation of the object is `"false"`, so that the object must not change.
fn is_left_alone(object: &Workload<'_>) -> bool {
    object.metas().next().is_some_and(|meta| meta.get(names::ANNOTATION) == Some("false"))
}
