//! Collects the diagnostics of one object.
//!
//! Knows the routes to the pod and to its containers.

use super::pod::{Container, ContainerList};
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::kinds::Kind;
use crate::route::Route;

/// The diagnostics of one object.
pub(super) struct Report<'d> {
    kind: &'d Kind,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl<'d> Report<'d> {
    /// An empty report about an object of this kind.
    pub(super) fn new(kind: &'d Kind, diagnostics: &'d mut Vec<Diagnostic>) -> Self {
        Self { kind, diagnostics }
    }

    /// The pod's `spec`.
    pub(super) fn spec(&self) -> Route {
        Route::of(self.kind.pod).key("spec")
    }

    /// Whether the object is a pod itself.
    pub(super) fn is_pod(&self) -> bool {
        self.kind.pod.is_empty()
    }

    /// The route to the `spec` around the pod template, which has the policies of the Job.
    pub(super) fn job(&self) -> Route {
        self.kind.pod.split_last().map(|(_, job)| Route::of(job)).unwrap_or_default()
    }

    /// Adds an error: the object cannot be converted.
    #[cold]
    pub(super) fn error(&mut self, rule: Rule, field: Route, message: String, help: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(rule, field, message, help));
    }

    /// Adds a warning: the object is converted, but somebody should look at this.
    #[cold]
    pub(super) fn warning(&mut self, rule: Rule, field: Route, message: String, help: impl Into<String>) {
        self.diagnostics.push(Diagnostic::warning(rule, field, message, help));
    }

    /// Adds a note.
    #[cold]
    pub(super) fn info(&mut self, rule: Rule, field: Route, message: String) {
        self.diagnostics.push(Diagnostic::new(Severity::Info, rule, field, message));
    }

    /// The route to a container.
    pub(super) fn route(&self, container: &Container<'_>) -> Route {
        self.at(container.origin)
    }

    /// The route to the container with this index in this list.
    pub(super) fn at(&self, (list, index): (ContainerList, usize)) -> Route {
        self.spec().key(list.key()).index(index)
    }
}

/// Names in backquotes, separated by commas: `a`, `b`.
pub(super) fn quoted<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
