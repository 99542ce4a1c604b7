//! Reads a `Job`: which pods belong to it, and its outcome.

use super::read::{FieldReader, RoutedValue};
use super::{Outcome, Problem, Time};
use crate::diagnostic::Diagnostic;
use crate::view::View;

/// The parts of a Job that are needed to find its pods and its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// `metadata.namespace`.
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`.
    pub uid: String,
    /// The `uid` of the `CronJob` that created it.
    pub owner: Option<String>,
    /// `metadata.creationTimestamp`.
    pub created: Option<Time>,
    /// `spec.selector`, as `kubectl -l` takes it.
    pub selector: String,
    /// Whether it is suspended.
    pub is_suspended: bool,
    /// How many of its pods have ended.
    pub ended_pods: u64,
    /// Its outcome.
    pub outcome: Outcome,
    /// Why it failed: its deadline or its backoff limit is exceeded.
    pub problem: Option<Problem>,
}

/// Reads a Job.
pub(super) fn job<'v, V: View<'v>>(root: V) -> Result<Job, Vec<Diagnostic>> {
    let mut reader = FieldReader::default();
    let job = reader.job(&RoutedValue::root(root));
    if reader.problems.is_empty() { Ok(job) } else { Err(reader.problems) }
}

impl FieldReader {
    fn job<'v, V: View<'v>>(&mut self, root: &RoutedValue<V>) -> Job {
        let metadata = self.get(root, "metadata");
        let spec = self.get(root, "spec");
        let name = self.string(&metadata, "name").unwrap_or_default();
        let (outcome, problem) = self.ending(root);
        Job {
            namespace: self.string(&metadata, "namespace"),
            uid: self.string(&metadata, "uid").unwrap_or_default(),
            owner: self.owner(&metadata),
            created: self.time(&metadata, "creationTimestamp"),
            selector: self.selector(&spec).unwrap_or_else(|| format!("job-name={name}")),
            is_suspended: self.is_true(&spec, "suspend"),
            ended_pods: self.count(root, "failed") + self.count(root, "succeeded"),
            outcome,
            problem,
            name,
        }
    }

    fn count<'v, V: View<'v>>(&mut self, root: &RoutedValue<V>, key: &'static str) -> u64 {
        let status = self.get(root, "status");
        self.number(&status, key).and_then(|count| u64::try_from(count).ok()).unwrap_or(0)
    }

    /// The labels in the selector of the Job; `None` if it has none, as with expressions alone. Then the label that
    /// every Job sets on its pods is used.
    fn selector<'v, V: View<'v>>(&mut self, spec: &RoutedValue<V>) -> Option<String> {
        let selector = self.get(spec, "selector");
        let labels = self.get(&selector, "matchLabels");
        let labels = labels.value()?.fields().ok()?;
        let labels = labels.into_iter().map(|(key, value)| Some(format!("{key}={}", value.string()?)));
        labels.collect::<Option<Vec<_>>>().filter(|labels| !labels.is_empty()).map(|labels| labels.join(","))
    }

    fn ending<'v, V: View<'v>>(&mut self, root: &RoutedValue<V>) -> (Outcome, Option<Problem>) {
        let status = self.get(root, "status");
        let conditions = self.get(&status, "conditions");
        for condition in self.items(&conditions) {
            let is_true = self.string(&condition, "status").as_deref() == Some("True");
            match self.string(&condition, "type").as_deref() {
                Some("Complete") if is_true => return (Outcome::Succeeded, None),
                Some("Failed") if is_true => return (Outcome::Failed, Some(self.problem(&condition))),
                _ => {}
            }
        }
        (Outcome::Running, None)
    }
}
