//! Converts the types of `k8s-openapi`, for programs that create pods in memory.
//!
//! The caller chooses the Kubernetes version, by a feature of `k8s-openapi`. A value that its types cannot hold is an
//! error and is never lost: one of the wrong type, or a field that this version does not have.

use super::{Converted, convert_object, id};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Error, Rule, Severity};
use crate::kinds::{self, Kind};
use crate::plan::names;
use crate::route::{Route, Segment};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::{Metadata, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Converts a Pod so that its containers run one after the other. With `revert` in the configuration, undoes the
/// conversion.
///
/// The selectors and `check` of the configuration have no effect, because the caller has chosen the object. A pod with
/// fewer than two containers, or annotated `norbjd.github.io/kueueleuleu: "false"`, is not changed. Fails if the pod
/// cannot be converted, with all problems, or if the chosen version of the API types cannot hold a configured value.
///
/// ```
/// use k8s_openapi::api::core::v1::Pod;
/// use kueueleuleu::{Config, convert_pod, is_kueueleuleu};
///
/// let pod: Pod = serde_yaml::from_str("
///   metadata: {name: two}
///   spec:
///     restartPolicy: Never
///     containers:
///     - {name: first, image: busybox, command: [echo, first]}
///     - {name: second, image: busybox, command: [echo, second]}
/// ")?;
/// let converted = convert_pod(&pod, &Config::default())?;
/// assert!(is_kueueleuleu(&converted.object.metadata));
/// assert!(converted.diagnostics.is_empty());
/// let again = convert_pod(&converted.object, &Config::default())?;
/// assert_eq!(again, converted);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// ```
/// use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};
/// use kueueleuleu::{Config, Rule, convert_pod};
///
/// let container = |name: &str| Container { name: name.to_owned(), ..Container::default() };
/// let spec = PodSpec { containers: vec![container("a"), container("b")], ..PodSpec::default() };
/// let pod = Pod { spec: Some(spec), ..Pod::default() };
/// let error = convert_pod(&pod, &Config::default()).unwrap_err();
/// let rules: Vec<_> = error.diagnostics().iter().map(|diagnostic| diagnostic.rule).collect();
/// assert_eq!(rules, [Rule::RestartAlways, Rule::MissingCommand]);
/// ```
pub fn convert_pod(pod: &Pod, config: &Config) -> Result<Converted<Pod>, Error> {
    convert(pod, config)
}

/// Converts the pod template of a Job, as [`convert_pod`] converts a Pod.
///
/// ```
/// use k8s_openapi::api::batch::v1::Job;
/// use kueueleuleu::{Config, convert_job};
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
/// let converted = convert_job(&job, &Config::default())?.object;
/// assert_eq!(converted.spec.as_ref().and_then(|spec| spec.backoff_limit), Some(0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn convert_job(job: &Job, config: &Config) -> Result<Converted<Job>, Error> {
    convert(job, config)
}

/// Converts the pod template of a `CronJob`, as [`convert_pod`] converts a Pod.
///
/// ```
/// use k8s_openapi::api::batch::v1::CronJob;
/// use kueueleuleu::{Config, convert_cron_job, is_kueueleuleu};
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
/// let converted = convert_cron_job(&nightly, &Config::default())?;
/// assert!(is_kueueleuleu(&converted.object.metadata));
/// // With Tekton's entrypoint, the default, the second step cannot wait for a retry of the first step.
/// assert_eq!(converted.diagnostics[0].rule.name(), "tekton-on-failure");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn convert_cron_job(cron_job: &CronJob, config: &Config) -> Result<Converted<CronJob>, Error> {
    convert(cron_job, config)
}

/// Whether an object is annotated as converted: `norbjd.github.io/kueueleuleu: "true"`.
///
/// The annotation alone does not prove the conversion. [`running_container_name`](crate::running_container_name) checks
/// the containers.
///
/// ```
/// use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
///
/// let mut metadata = ObjectMeta::default();
/// assert!(!kueueleuleu::is_kueueleuleu(&metadata));
/// metadata.annotations.get_or_insert_default().insert("norbjd.github.io/kueueleuleu".into(), "true".into());
/// assert!(kueueleuleu::is_kueueleuleu(&metadata));
/// ```
pub fn is_kueueleuleu(metadata: &ObjectMeta) -> bool {
    annotation(metadata, names::ANNOTATION) == Some("true")
}

pub(super) fn annotation<'m>(metadata: &'m ObjectMeta, key: &str) -> Option<&'m str> {
    metadata.annotations.as_ref()?.get(key).map(String::as_str)
}

fn convert<T>(object: &T, config: &Config) -> Result<Converted<T>, Error>
where
    T: Clone + Serialize + DeserializeOwned + Resource + Metadata<Ty = ObjectMeta>,
{
    let kind = kinds::find(T::API_VERSION, T::KIND).expect("impossible: these three kinds are in the table");
    let value = serde_json::to_value(object).expect("impossible: API types are JSON");
    let mut outcome = convert_object(kind, &value, config);
    Error::of_errors_in(&outcome.diagnostics)?;
    let object = match outcome.edited {
        None => object.clone(),
        Some(edited) => typed(kind, edited).map_err(|unfit| {
            // There is no converted object that the warnings could be about.
            outcome.diagnostics.clear();
            unfit.about(id(kind, &value))
        })?,
    };
    Ok(Converted { object, diagnostics: outcome.diagnostics })
}

/// The value as an API type. Fails if the type cannot hold the whole value.
fn typed<T: Serialize + DeserializeOwned>(kind: &Kind, mut value: Value) -> Result<T, Diagnostic> {
    quote_quantities(kind, &mut value);
    let unfit = |field: Route, problem: &str| {
        let message = format!("the API type cannot hold `{field}`: {problem}");
        let help = "correct it in the configuration (`prepare`), or choose a version of Kubernetes that has the field";
        Diagnostic::new(Severity::Error, Rule::InvalidObject, field, message).help(help)
    };
    let object: T = serde_path_to_error::deserialize(&value)
        .map_err(|error| unfit(route(error.path()), &error.inner().to_string()))?;
    // Serde silently drops fields that the type does not have.
    let held = serde_json::to_value(&object).expect("impossible: API types are JSON");
    match first_difference(&value, &held, &Route::root()) {
        None => Ok(object),
        Some(lost) => Err(unfit(lost, "this version of Kubernetes does not have it")),
    }
}

/// Turns quantities that are numbers into strings: Kubernetes accepts both, but the API type only strings. The
/// quantities of other objects are strings already.
fn quote_quantities(kind: &Kind, object: &mut Value) {
    let pod = kind.pod.iter().try_fold(object, |level, key| level.get_mut(*key));
    let Some(spec) = pod.and_then(|pod| pod.get_mut("spec")) else { return };
    spec.get_mut("resources").into_iter().for_each(quote);
    for list in ["initContainers", "containers"] {
        let containers = spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
        containers.filter_map(|container| container.get_mut("resources")).for_each(quote);
    }
}

fn quote(resources: &mut Value) {
    for list in ["limits", "requests"] {
        let list = resources.get_mut(list).and_then(Value::as_object_mut);
        for quantity in list.into_iter().flat_map(serde_json::Map::values_mut) {
            if quantity.is_number() {
                *quantity = Value::String(quantity.to_string());
            }
        }
    }
}

fn route(path: &serde_path_to_error::Path) -> Route {
    use serde_path_to_error::Segment as Part;
    let segments = path.iter().filter_map(|part| match part {
        Part::Seq { index } => Some(Segment::Index(*index)),
        Part::Map { key } => Some(Segment::Key(key.clone().into())),
        Part::Enum { .. } | Part::Unknown => None,
    });
    segments.collect()
}

/// The route to the first value of `given` that is not in `held`. Null counts as absent.
fn first_difference(given: &Value, held: &Value, at: &Route) -> Option<Route> {
    match (given, held) {
        (Value::Object(given), Value::Object(held)) => {
            given.iter().filter(|(_, value)| !value.is_null()).find_map(|(key, value)| {
                let at = at.key(key.clone());
                match held.get(key) {
                    Some(held) => first_difference(value, held, &at),
                    None => Some(at),
                }
            })
        }
        (Value::Array(given), Value::Array(held)) if given.len() == held.len() => {
            let mut pairs = given.iter().zip(held).enumerate();
            pairs.find_map(|(index, (given, held))| first_difference(given, held, &at.index(index)))
        }
        _ => (given != held).then(|| at.clone()),
    }
}
