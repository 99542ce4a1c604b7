//! Converts objects in memory: JSON values, and with the feature `api` the types of `k8s-openapi`.
//!
//! Uses the same planner as the conversion of texts, so that the results are the same. Knows nothing about texts and
//! files.

#[cfg(feature = "api")]
mod running;
#[cfg(feature = "api")]
mod typed;

#[cfg(feature = "api")]
pub use running::{running_container_name, steps};
#[cfg(feature = "api")]
pub use typed::{convert_cron_job, convert_job, convert_pod, is_kueueleuleu};

use crate::apply::{apply, to_json};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Error, ResourceId, Rule};
use crate::kinds::{self, Kind};
use crate::plan;
use crate::route::Route;
use crate::view::View;
use serde_json::Value;

/// The number of levels to which lists of lists are read, as in texts.
const MAX_LISTS: usize = 16;

/// An object after the conversion, and the warnings about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted<T> {
    /// The converted object, or a copy of the original if nothing had to change.
    pub object: T,
    /// Warnings and notes. Each names the resource.
    pub diagnostics: Vec<Diagnostic>,
}

/// Converts a Pod, a Job or a `CronJob` in JSON, so that its containers run one after the other. With `revert` in the
/// configuration, undoes the conversion. Also converts the items of a `List`, `PodList`, `JobList` or `CronJobList`.
/// Objects of other kinds are not changed, nor are pods with fewer than two containers and objects annotated
/// `norbjd.github.io/kueueleuleu: "false"`.
///
/// The selectors and `check` of the configuration have no effect, because the caller has chosen the object.
///
/// Fails if an object cannot be converted. The error contains all problems, also those of the other items of a list.
///
/// ```
/// use kueueleuleu::{Config, convert_json};
/// use serde_json::json;
///
/// let pod = json!({
///     "apiVersion": "v1",
///     "kind": "Pod",
///     "metadata": {"name": "two"},
///     "spec": {
///         "restartPolicy": "Never",
///         "containers": [
///             {"name": "first", "image": "busybox", "command": ["echo", "first"]},
///             {"name": "second", "image": "busybox", "command": ["echo", "second"]},
///         ],
///     },
/// });
/// let converted = convert_json(&pod, &Config::default())?;
/// assert_eq!(converted.object["metadata"]["annotations"]["norbjd.github.io/kueueleuleu"], "true");
/// assert_eq!(convert_json(&converted.object, &Config::default())?, converted);
///
/// // A pod without `restartPolicy` would restart its steps forever.
/// let mut pod = pod;
/// pod["spec"]["restartPolicy"].take();
/// let error = convert_json(&pod, &Config::default()).unwrap_err();
/// assert_eq!(error.diagnostics()[0].rule.name(), "restart-always");
/// # Ok::<(), kueueleuleu::Error>(())
/// ```
pub fn convert_json(object: &Value, config: &Config) -> Result<Converted<Value>, Error> {
    let mut object = object.clone();
    let mut diagnostics = Vec::new();
    convert_in_place(&mut object, None, &Route::root(), MAX_LISTS, config, &mut diagnostics);
    Error::of_errors_in(&diagnostics)?;
    Ok(Converted { object, diagnostics })
}

/// `route` leads to `object`, and `implied` is the kind of an item that does not name its own.
fn convert_in_place(
    object: &mut Value,
    implied: Option<&'static Kind>,
    route: &Route,
    lists_left: usize,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let (api_version, kind) = match ([&object["apiVersion"], &object["kind"]].map(Value::as_str), implied) {
        ([None, None], Some(implied)) => (implied.api_version, implied.kind),
        ([api_version, kind], _) => (api_version.unwrap_or_default(), kind.unwrap_or_default()),
    };
    if let Some(kind) = kinds::find(api_version, kind) {
        let outcome = convert_object(kind, object, config);
        diagnostics.extend(outcome.diagnostics.into_iter().map(|diagnostic| {
            let field = route.segments().iter().chain(diagnostic.field.segments()).cloned().collect();
            Diagnostic { field, ..diagnostic }
        }));
        if let Some(edited) = outcome.edited {
            *object = edited;
        }
    } else if let Some(of) = kinds::list_of(api_version, kind)
        && lists_left > 0
    {
        let route = route.key("items");
        match object.get_mut("items") {
            Some(Value::Array(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    convert_in_place(item, of, &route.index(index), lists_left - 1, config, diagnostics);
                }
            }
            None | Some(Value::Null) => {}
            Some(other) => {
                let message = format!("`items` is {}, not a list", View::type_of(&*other).name());
                diagnostics.push(Diagnostic::error(
                    Rule::WrongType,
                    route,
                    message,
                    "write a list of objects",
                ));
            }
        }
    }
}

/// The result for one object.
struct ObjectResult {
    /// The new object; `None` if nothing changes, or if it cannot be converted.
    edited: Option<Value>,
    diagnostics: Vec<Diagnostic>,
}

fn convert_object(kind: &'static Kind, object: &Value, config: &Config) -> ObjectResult {
    let subject = plan::read(kind, object);
    let config = subject.config(config);
    let plan = subject.plan(&config);
    let resource = id(kind, object);
    let about = |diagnostic: Diagnostic| diagnostic.about(resource.clone());
    let diagnostics = plan.diagnostics.into_iter().map(about).collect();
    let apply = |edit| to_json(&apply(object, edit).expect("impossible: JSON has no aliases"));
    ObjectResult { edited: plan.edit.as_ref().map(apply), diagnostics }
}

fn id(kind: &Kind, object: &Value) -> ResourceId {
    let metadata = |key: &str| object["metadata"][key].as_str().map(str::to_owned);
    ResourceId {
        api_version: kind.api_version.to_owned(),
        kind: kind.kind.to_owned(),
        namespace: metadata("namespace"),
        name: metadata("name").or_else(|| metadata("generateName")).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
