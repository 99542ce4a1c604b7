//! Reports what is wrong with a resource ([`Diagnostic`]) or with the whole run ([`Error`]).
//!
//! A [`Diagnostic`] is about one resource. All diagnostics are collected; a resource with an error is left unchanged,
//! and the run continues. An [`Error`] stops the run, and holds the diagnostics with the reasons. Neither knows how it
//! is shown: the command line prints them, and function mode turns them into KRM results.

use crate::route::Route;
use kueueleuleu_yaml::span::Span;
use serde::{Serialize, Serializer};
use std::fmt;

pub use crate::rule::Rule;

/// The command in the help of a diagnostic for an image that must be looked up. The command line replaces the
/// placeholders with the names of the manifests and the functionConfig.
pub const LOOK_UP: &str = "kueueleuleu images -f MANIFESTS --write CONFIG";

/// How severe a [`Diagnostic`] is, with the names of the KRM functions specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The resource was not converted.
    Error,
    /// The resource was converted, and something about it should be looked at.
    Warning,
    /// Something worth knowing.
    Info,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        })
    }
}

/// The resource that a [`Diagnostic`] is about. Fields that the object lacks are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceId {
    /// `apiVersion`.
    pub api_version: String,
    /// `kind`.
    pub kind: String,
    /// `metadata.namespace`, if it is set.
    pub namespace: Option<String>,
    /// `metadata.name`, or `metadata.generateName` if only that is set.
    pub name: String,
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} `{namespace}/{}`", self.kind, self.name),
            None if self.name.is_empty() => f.write_str(&self.kind),
            None => write!(f, "{} `{}`", self.kind, self.name),
        }
    }
}

/// The file that a resource came from, according to its annotations: the path and index of an item of a `ResourceList`,
/// the origin that kustomize writes, or the template that Helm 4 passes to a post-renderer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// The path, relative to the package or the kustomization.
    pub path: String,
    /// The index of the document in the file, from 0, where it is known.
    pub index: Option<usize>,
}

/// Something is wrong with a resource, or worth knowing about it.
///
/// Its JSON is what `--error-format json` writes; the command adds the file with its lines and columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Diagnostic {
    /// How severe it is.
    pub severity: Severity,
    /// The rule that it belongs to, whose name is stable.
    pub rule: Rule,
    /// What is wrong, in one line, without the name of the resource.
    pub message: String,
    /// The resource; `None` if it is not about a single resource (a selector that matches nothing).
    pub resource: Option<ResourceId>,
    /// The field, from the root of the resource; the root itself if it is about the whole resource. A string or null in
    /// JSON.
    #[serde(serialize_with = "route")]
    pub field: Route,
    /// The bytes of the input with the field, or with the value nearest to it.
    #[serde(serialize_with = "span")]
    pub span: Option<Span>,
    /// The file of an item of a `ResourceList`.
    pub origin: Option<Origin>,
    /// How to fix the problem, if that is known.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic about a field. The resource is added by [`Self::about`].
    pub fn new(severity: Severity, rule: Rule, field: Route, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { severity, rule, message, resource: None, field, span: None, origin: None, help: None }
    }

    /// An error about a field. The resource is added by [`Self::about`].
    pub fn error(rule: Rule, field: Route, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Severity::Error, rule, field, message).help(help)
    }

    /// A warning about a field. The resource is added by [`Self::about`].
    pub fn warning(rule: Rule, field: Route, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Severity::Warning, rule, field, message).help(help)
    }

    /// The same diagnostic at a place.
    #[must_use]
    pub fn at(self, span: Span) -> Self {
        Self { span: Some(span), ..self }
    }

    /// The same diagnostic with help.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The same diagnostic about a resource.
    #[must_use]
    pub fn about(self, resource: ResourceId) -> Self {
        Self { resource: Some(resource), ..self }
    }

    /// The first line as people see it: the resource's name and the message.
    pub fn headline(&self) -> String {
        match &self.resource {
            Some(resource) => format!("{resource}: {}", self.message),
            None => self.message.clone(),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline())?;
        if self.field.segments().is_empty() { Ok(()) } else { write!(f, " ({})", self.field) }
    }
}

/// The run cannot continue: the input or the functionConfig is invalid, or an object cannot be converted. Prints one
/// line for each of its errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// At least one of them is an error.
    diagnostics: Vec<Diagnostic>,
}

impl Error {
    /// Fails with these diagnostics where one of them is an error.
    pub(crate) fn of_errors_in(diagnostics: &[Diagnostic]) -> Result<(), Self> {
        let has_errors = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        if has_errors { Err(Self { diagnostics: diagnostics.to_vec() }) } else { Ok(()) }
    }

    /// The error for an edit that cannot be written, with everything that prevents it.
    pub(crate) fn unwritable(found: &[kueueleuleu_yaml::edit::Unwritable]) -> Self {
        let errors = found.iter().map(|found| {
            Self::new(Rule::UnsupportedLayout, found.message.as_str()).at(found.span).help(found.help)
        });
        Self::all(errors)
    }

    /// An error without a place.
    pub fn new(rule: Rule, message: impl Into<String>) -> Self {
        Diagnostic::new(Severity::Error, rule, Route::root(), message).into()
    }

    /// The error with these diagnostics, of which there is at least one.
    pub(crate) fn of(diagnostics: Vec<Diagnostic>) -> Self {
        debug_assert!(!diagnostics.is_empty(), "an error has a diagnostic");
        Self { diagnostics }
    }

    /// Joins errors, of which there is at least one.
    #[must_use]
    pub fn all(errors: impl IntoIterator<Item = Self>) -> Self {
        Self::of(errors.into_iter().flat_map(|error| error.diagnostics).collect())
    }

    /// The error of a configuration in its own text. No resource is named there, so each message names the field.
    pub(crate) fn of_config(diagnostics: Vec<Diagnostic>) -> Self {
        let headline = |diagnostic: Diagnostic| {
            let field = if diagnostic.field.segments().is_empty() {
                String::new()
            } else {
                format!("`{}`: ", diagnostic.field)
            };
            let message = format!("functionConfig: {field}{}", diagnostic.message);
            Diagnostic { field: Route::root(), message, ..diagnostic }
        };
        Self::of(diagnostics.into_iter().map(headline).collect())
    }

    /// The same error at a place.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.diagnostics.iter_mut().for_each(|diagnostic| diagnostic.span = Some(span));
        self
    }

    /// The same error with help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        let help = help.into();
        self.diagnostics.iter_mut().for_each(|diagnostic| diagnostic.help = Some(help.clone()));
        self
    }

    /// The same error with more text at the end of each message, after a semicolon.
    #[must_use]
    pub fn context(mut self, text: &str) -> Self {
        for diagnostic in &mut self.diagnostics {
            diagnostic.message.push_str("; ");
            diagnostic.message.push_str(text);
        }
        self
    }

    /// All diagnostics of the run; at least one is an error.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The diagnostics.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
        for (at, diagnostic) in errors.enumerate() {
            let separator = if at == 0 { "" } else { "\n" };
            write!(f, "{separator}{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl From<Diagnostic> for Error {
    /// A diagnostic that stops the run is an error, whatever its severity was.
    fn from(diagnostic: Diagnostic) -> Self {
        Self { diagnostics: vec![Diagnostic { severity: Severity::Error, ..diagnostic }] }
    }
}

impl From<kueueleuleu_yaml::Error> for Error {
    fn from(error: kueueleuleu_yaml::Error) -> Self {
        let mut diagnostic =
            Diagnostic::new(Severity::Error, Rule::InvalidYaml, Route::root(), error.message);
        diagnostic.span = Some(error.span);
        diagnostic.help = error.help.map(str::to_owned);
        diagnostic.into()
    }
}

fn route<S: Serializer>(route: &Route, serializer: S) -> Result<S::Ok, S::Error> {
    (!route.segments().is_empty()).then(|| route.to_string()).serialize(serializer)
}

#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
fn span<S: Serializer>(span: &Option<Span>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Bytes {
        start: u32,
        end: u32,
    }
    span.map(|span| Bytes { start: span.start, end: span.end }).serialize(serializer)
}
