//! What is wrong with a resource, and what is wrong with a run.
//!
//! A [`Diagnostic`] means that a resource is at fault: all are collected, the resource stays as it is, the run goes
//! on. An [`Error`] means that the run is at fault: it stops. Neither knows how it will be shown: the command line
//! prints them, function mode turns them into KRM results.

use crate::route::Route;
use kueueleuleu_yaml::span::Span;
use std::fmt;

pub use kueueleuleu_yaml::Error;

/// How much a [`Diagnostic`] matters, with the names of the KRM functions specification.
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

/// The resource a [`Diagnostic`] speaks of. Fields that the object lacks are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceId {
    /// `apiVersion`.
    pub api_version: String,
    /// `kind`.
    pub kind: String,
    /// `metadata.namespace`, where there is one.
    pub namespace: Option<String>,
    /// `metadata.name`, or `metadata.generateName` where that is all there is.
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

/// The file a resource of a `ResourceList` came from, by its path and index annotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The path, relative to the package.
    pub path: String,
    /// The index of the document in the file, from 0.
    pub index: usize,
}

/// Something is wrong with a resource, or worth knowing about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// Which resource; `None` where no single resource is meant (a selector that matches nothing).
    pub resource: Option<ResourceId>,
    /// Which field, from the root of the resource; the root where the whole is meant.
    pub field: Route,
    /// Where the field, or what is nearest to it, stands in the text that was read.
    pub span: Option<Span>,
    /// The file of a `ResourceList`'s item.
    pub origin: Option<Origin>,
    /// What is wrong, in one line, without the resource's name.
    pub message: String,
    /// The way out, where there is one.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error about a field of a resource that is not named yet.
    pub fn error(field: Route, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            resource: None,
            field,
            span: None,
            origin: None,
            message: message.into(),
            help: Some(help.into()),
        }
    }

    /// A warning about a field of a resource that is not named yet.
    pub fn warning(field: Route, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(field, message, help) }
    }

    /// The first line as people see it: the resource's name and the message.
    pub fn headline(&self) -> String {
        match &self.resource {
            Some(resource) => format!("{resource}: {}", self.message),
            None => self.message.clone(),
        }
    }
}
