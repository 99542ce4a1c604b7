//! Where the rewrite says what is wrong, or worth knowing.
//!
//! Knows where a pod and its containers stand in their object.

use super::pod::{Container, ContainerList};
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::kinds::Kind;
use crate::route::Route;

/// What is said of one object.
pub(super) struct Report<'d> {
    kind: &'d Kind,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl<'d> Report<'d> {
    /// Nothing yet of an object of this kind.
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

    /// What is around the pod, where its Job's policy stands.
    pub(super) fn job(&self) -> Route {
        self.kind.pod.split_last().map(|(_, job)| Route::of(job)).unwrap_or_default()
    }

    /// The object cannot be rewritten.
    #[cold]
    pub(super) fn error(&mut self, rule: Rule, field: Route, message: String, help: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(rule, field, message, help));
    }

    /// The object is rewritten, and this should be looked at.
    #[cold]
    pub(super) fn warning(&mut self, rule: Rule, field: Route, message: String, help: impl Into<String>) {
        self.diagnostics.push(Diagnostic::warning(rule, field, message, help));
    }

    /// Something worth knowing.
    #[cold]
    pub(super) fn info(&mut self, rule: Rule, field: Route, message: String) {
        self.diagnostics.push(Diagnostic::new(Severity::Info, rule, field, message));
    }

    /// Where a container stands.
    pub(super) fn route(&self, container: &Container<'_>) -> Route {
        self.at(container.origin)
    }

    /// Where a container stands, for what [`ContainerList`] says.
    pub(super) fn at(&self, (list, index): (ContainerList, usize)) -> Route {
        self.spec().key(list.key()).index(index)
    }
}

/// Names as people read them: `a`, `b`.
pub(super) fn quoted<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
