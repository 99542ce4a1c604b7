//! Defines the types of the KRM functions specification that the function reads and writes, with the names from there.
//!
//! Source: `functions-spec.md` of kustomize's API conventions, "`ResourceList`" and "Result".

use crate::diagnostic::{Diagnostic, Origin, Severity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The accepted `apiVersion`s of a `ResourceList`. The reader of the orchestrators does not check it at all.
pub(crate) const API_VERSIONS: [&str; 3] =
    ["config.kubernetes.io/v1", "config.kubernetes.io/v1beta1", "config.kubernetes.io/v1alpha1"];
/// The API group of these `apiVersion`s, with its slash.
pub(crate) const GROUP: &str = "config.kubernetes.io/";
/// `kind` of a `ResourceList`.
pub(crate) const KIND: &str = "ResourceList";

/// The annotations in which orchestrators pass the file of an item, newest first.
pub(crate) const PATH_ANNOTATIONS: [&str; 2] =
    ["internal.config.kubernetes.io/path", "config.kubernetes.io/path"];
/// The annotation in which Helm 4 passes the template of an object to a post-renderer. Helm removes it afterwards.
pub(crate) const HELM_TEMPLATE_ANNOTATION: &str = "postrenderer.helm.sh/postrender-filename";
/// The annotations in which orchestrators pass the index of an item in its file, newest first.
pub(crate) const INDEX_ANNOTATIONS: [&str; 2] =
    ["internal.config.kubernetes.io/index", "config.kubernetes.io/index"];

/// The annotations of a functionConfig that tell kustomize which program to run, newest first.
pub(crate) const FUNCTION_ANNOTATIONS: [&str; 2] =
    ["config.kubernetes.io/function", "config.k8s.io/function"];
/// The annotation in which kustomize, with `buildMetadata: [originAnnotations]`, records where a resource comes from.
pub(crate) const ORIGIN_ANNOTATION: &str = "config.kubernetes.io/origin";

/// Where a resource comes from, as kustomize writes it in [`ORIGIN_ANNOTATION`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KustomizeOrigin {
    /// The path of the file, relative to the kustomization that was built, or in the repository.
    path: Option<String>,
    /// The repository, if it is a remote one.
    repo: Option<String>,
    /// The branch, tag or commit of the repository.
    #[serde(rename = "ref")]
    reference: Option<String>,
    /// The file of the generator or transformer that created the resource.
    configured_in: Option<String>,
}

impl KustomizeOrigin {
    /// Reads the annotation; `None` if it names no file.
    pub(crate) fn file(text: &str) -> Option<String> {
        let origin: Self = serde_yaml::from_str(text).ok()?;
        let path = origin.path.or(origin.configured_in).filter(|path| !path.is_empty())?;
        Some(match (origin.repo, origin.reference) {
            (Some(repo), Some(reference)) => format!("{repo}/{path}?ref={reference}"),
            (Some(repo), None) => format!("{repo}/{path}"),
            (None, _) => path,
        })
    }
}

/// One entry of `results`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Result {
    /// The message and the help, in one line.
    pub(crate) message: String,
    /// Always written: the default in the specification is `error`, but in every printer `info`.
    pub(crate) severity: Severity,
    /// The resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resource_ref: Option<ResourceRef>,
    /// The field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<ResultField>,
    /// The file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<File>,
    /// Values for tools: `rule` is the name of the rule.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: BTreeMap<String, String>,
}

/// A resource by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResourceRef {
    /// `apiVersion`.
    pub(crate) api_version: String,
    /// `kind`.
    pub(crate) kind: String,
    /// `metadata.name`.
    pub(crate) name: String,
    /// `metadata.namespace`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) namespace: Option<String>,
}

/// A field by its path, such as `spec.template.spec.containers[3].image`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ResultField {
    /// The path.
    pub(crate) path: String,
}

/// A file by its path in the package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct File {
    /// The path.
    pub(crate) path: String,
    /// The index of the document in the file, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) index: Option<usize>,
}

impl From<&Diagnostic> for Result {
    /// The message includes the help, because printers show nothing else.
    fn from(diagnostic: &Diagnostic) -> Self {
        let message = match &diagnostic.help {
            Some(help) => format!("{}; {help}", diagnostic.message),
            None => diagnostic.message.clone(),
        };
        let resource_ref = diagnostic.resource.as_ref().map(|resource| ResourceRef {
            api_version: resource.api_version.clone(),
            kind: resource.kind.clone(),
            name: resource.name.clone(),
            namespace: resource.namespace.clone(),
        });
        // The specification allows a field only beside a resource.
        let path = diagnostic.field.to_string();
        let field = (resource_ref.is_some() && !path.is_empty()).then_some(ResultField { path });
        let file = diagnostic
            .origin
            .as_ref()
            .map(|Origin { path, index }| File { path: path.clone(), index: *index });
        let tags = [("rule".to_owned(), diagnostic.rule.name().to_owned())].into();
        Self { message, severity: diagnostic.severity, resource_ref, field, file, tags }
    }
}
