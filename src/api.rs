//! The rewrite on the types of `k8s-openapi`: for programs that make pods instead of texts.
//!
//! Knows API types; what is to be done to them is planned where texts are planned too, so that both come out alike.
//! The Kubernetes version is the caller's choice, by a feature of `k8s-openapi`.
//!
//! ```
//! use k8s_openapi::api::core::v1::Pod;
//! use kueueleuleu::{api, config::Config};
//!
//! let pod: Pod = serde_yaml::from_str("
//!   metadata: {name: two}
//!   spec:
//!     restartPolicy: Never
//!     containers:
//!     - {name: first, image: busybox, command: [echo, first]}
//!     - {name: second, image: busybox, command: [echo, second]}
//! ")?;
//! let converted = api::convert_pod(&pod, &Config::default())?;
//! assert!(api::is_kueueleuleu(&converted.metadata));
//! let again = api::convert_pod(&converted, &Config::default())?;
//! assert_eq!(again, converted);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod running;

use crate::apply::{apply, to_json};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, ResourceId, Severity};
use crate::kinds;
use crate::plan::{self, names};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::{Metadata, Resource};
pub use running::{NotRunning, running_container_name};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;

/// An object could not be converted, and stays as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotConverted {
    /// All that is wrong with it, and what else is worth knowing. The resource is named in each.
    pub diagnostics: Vec<Diagnostic>,
}

impl fmt::Display for NotConverted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, diagnostic) in self.diagnostics.iter().enumerate() {
            let separator = if at == 0 { "" } else { "\n" };
            write!(f, "{separator}{}", diagnostic.headline())?;
            if !diagnostic.field.segments().is_empty() {
                write!(f, " ({})", diagnostic.field)?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for NotConverted {}

/// Rewrites a Pod so that its containers run one after the other, or takes that off again (`config.revert`).
///
/// Nobody selects here, and nothing is compared: `config.selection` and `config.check` are not looked at. A pod with
/// fewer than two containers, or annotated `norbjd.github.io/kueueleuleu: "false"`, comes out as it is. Fails where
/// the pod cannot be converted, with everything that stands in the way:
///
/// ```
/// use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};
/// use kueueleuleu::{api, config::Config};
///
/// let container = |name: &str| Container { name: name.to_owned(), ..Container::default() };
/// let spec = PodSpec { containers: vec![container("a"), container("b")], ..PodSpec::default() };
/// let pod = Pod { spec: Some(spec), ..Pod::default() };
/// let error = api::convert_pod(&pod, &Config::default()).unwrap_err();
/// assert_eq!(error.diagnostics.len(), 2); // No `restartPolicy`, and no `command` in `a` and `b`.
/// ```
pub fn convert_pod(pod: &Pod, config: &Config) -> Result<Pod, NotConverted> {
    convert(pod, config)
}

/// Rewrites the pod template of a Job, as [`convert_pod`] does a Pod.
///
/// ```
/// use k8s_openapi::api::batch::v1::Job;
/// use kueueleuleu::{api, config::Config};
///
/// let job: Job = serde_yaml::from_str("
///   metadata: {name: two}
///   spec:
///     backoffLimit: 0
///     template:
///       spec:
///         restartPolicy: Never
///         containers:
///         - {name: first, image: busybox, command: [echo, first]}
///         - {name: second, image: busybox, command: [echo, second]}
/// ")?;
/// let converted = api::convert_job(&job, &Config::default())?;
/// assert_eq!(converted.spec.as_ref().and_then(|spec| spec.backoff_limit), Some(0));
///
/// // And back.
/// let revert = Config { revert: true, ..Config::default() };
/// let reverted = api::convert_job(&converted, &revert)?;
/// assert!(!api::is_kueueleuleu(&reverted.metadata));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn convert_job(job: &Job, config: &Config) -> Result<Job, NotConverted> {
    convert(job, config)
}

/// Rewrites the pod template in the job template of a `CronJob`, as [`convert_pod`] does a Pod.
///
/// ```
/// use k8s_openapi::api::batch::v1::CronJob;
/// use kueueleuleu::{api, config::Config};
///
/// let nightly: CronJob = serde_yaml::from_str("
///   metadata: {name: nightly}
///   spec:
///     schedule: '@daily'
///     jobTemplate:
///       spec:
///         template:
///           spec:
///             restartPolicy: OnFailure
///             containers:
///             - {name: dump, image: busybox, command: [echo, dump]}
///             - {name: push, image: busybox, command: [echo, push]}
/// ")?;
/// let converted = api::convert_cron_job(&nightly, &Config::default())?;
/// assert!(api::is_kueueleuleu(&converted.metadata));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn convert_cron_job(cron_job: &CronJob, config: &Config) -> Result<CronJob, NotConverted> {
    convert(cron_job, config)
}

/// Whether an object says that it was converted: it is annotated `norbjd.github.io/kueueleuleu: "true"`.
///
/// That is what it says. Whether it is so, [`running_container_name`] finds out by looking at its containers.
///
/// ```
/// use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
///
/// let mut metadata = ObjectMeta::default();
/// assert!(!kueueleuleu::api::is_kueueleuleu(&metadata));
/// metadata.annotations.get_or_insert_default().insert("norbjd.github.io/kueueleuleu".into(), "true".into());
/// assert!(kueueleuleu::api::is_kueueleuleu(&metadata));
/// ```
pub fn is_kueueleuleu(metadata: &ObjectMeta) -> bool {
    annotation(metadata, names::ANNOTATION) == Some("true")
}

fn annotation<'m>(metadata: &'m ObjectMeta, key: &str) -> Option<&'m str> {
    metadata.annotations.as_ref()?.get(key).map(String::as_str)
}

fn convert<T>(object: &T, config: &Config) -> Result<T, NotConverted>
where
    T: Clone + Serialize + DeserializeOwned + Resource + Metadata<Ty = ObjectMeta>,
{
    let kind = kinds::find(T::API_VERSION, T::KIND).expect("impossible: these three kinds are in the table");
    let value = serde_json::to_value(object).expect("impossible: API types are JSON");
    let subject = plan::read(kind, &value);
    let plan = subject.plan(config);
    if plan.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        let mut diagnostics = plan.diagnostics;
        for diagnostic in &mut diagnostics {
            diagnostic.resource = Some(id(object));
        }
        return Err(NotConverted { diagnostics });
    }
    let Some(edit) = plan.edit else { return Ok(object.clone()) };
    let edited = apply(&value, &edit).expect("impossible: all of JSON can be told");
    Ok(serde_json::from_value(to_json(&edited)).expect("impossible: the edit follows the API"))
}

fn id<T: Resource + Metadata<Ty = ObjectMeta>>(object: &T) -> ResourceId {
    let metadata = object.metadata();
    ResourceId {
        api_version: T::API_VERSION.to_owned(),
        kind: T::KIND.to_owned(),
        namespace: metadata.namespace.clone(),
        name: metadata.name.as_ref().or(metadata.generate_name.as_ref()).cloned().unwrap_or_default(),
    }
}
