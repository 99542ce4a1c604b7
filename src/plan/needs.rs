//! Computes which steps wait for which.
//!
//! A step waits for the steps that its `needs` name. Without `needs`, it waits for the previous container, or with
//! `when: Always` for all previous containers. A step is represented by its index in the list of containers.

use super::effective::Effective;
use super::pod::{Container, Pod};
use super::report::{Report, quoted};
use crate::config::{Config, StepOptions, When};
use crate::diagnostic::Rule;
use crate::graph;
use crate::kinds::Kind;
use std::collections::BTreeSet;

/// For each step, the steps that it waits for, in ascending order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Graph(Vec<Vec<usize>>);

impl Graph {
    /// The graph of steps with these names, in the order of their containers. Other names in `needs` are ignored.
    pub(super) fn of(names: &[&str], config: &Config) -> Self {
        let after = names.iter().enumerate().map(|(step, name)| {
            let Some(options) = options(config, name) else { return default(step, When::OnSuccess) };
            let Some(needs) = &options.needs else { return default(step, options.when) };
            let place = |need: &String| names.iter().position(|name| name == need);
            needs.iter().filter_map(place).collect::<BTreeSet<_>>().into_iter().collect()
        });
        Self(after.collect())
    }

    /// The steps that one waits for.
    pub(super) fn after(&self, step: usize) -> &[usize] {
        &self.0[step]
    }

    /// Whether a step waits for another one.
    pub(super) fn waits(&self, step: usize) -> bool {
        !self.0[step].is_empty()
    }

    /// Whether another step waits for this one.
    pub(super) fn is_awaited(&self, step: usize) -> bool {
        self.0.iter().any(|after| after.contains(&step))
    }

    /// The names of the steps that are skipped if a step that they wait for fails.
    pub(super) fn may_be_skipped<'v>(&self, steps: &[Container<'v>], config: &Config) -> Vec<&'v str> {
        let steps = steps.iter().enumerate().filter(|(at, _)| self.waits(*at));
        steps.map(|(_, step)| step.name).filter(|name| !is_always(config, name)).collect()
    }

    /// Whether each step waits for the previous one, and for none after it.
    pub(super) fn is_line(&self) -> bool {
        self.0.iter().enumerate().all(|(step, after)| after.last().copied() == step.checked_sub(1))
    }

    /// For each step, all steps that it waits for, directly or indirectly.
    pub(super) fn reached(&self) -> Vec<BTreeSet<usize>> {
        graph::reached(&self.0)
    }

    /// Whether the configuration gives two orders of the same steps the same graph.
    pub(super) fn is_same(one: &[&str], other: &[&str], config: &Config) -> bool {
        let named = |names: &[&str]| {
            let mut named: Vec<_> = Self::of(names, config)
                .0
                .iter()
                .zip(names)
                .map(|(after, name)| {
                    let mut after: Vec<_> = after.iter().map(|&step| names[step].to_owned()).collect();
                    after.sort_unstable();
                    ((*name).to_owned(), after)
                })
                .collect();
            named.sort_unstable();
            named
        };
        named(one) == named(other)
    }

    /// Rejects `needs` that name no step of the object, and steps that wait for each other in a cycle.
    pub(super) fn check(&self, steps: &[Container<'_>], config: &Config, report: &mut Report<'_>) {
        let names = || steps.iter().map(|step| step.name);
        for step in steps {
            let needs = options(config, step.name).and_then(|options| options.needs.as_ref());
            let is_missing = |need: &&String| !names().any(|name| name == **need);
            let missing: Vec<_> =
                needs.into_iter().flatten().filter(is_missing).map(String::as_str).collect();
            if !missing.is_empty() {
                report.error(
                    Rule::UnknownStep,
                    report.route(step),
                    format!(
                        "the configured `needs` of `{}` name steps that this object does not have: {}",
                        step.name,
                        quoted(missing)
                    ),
                    format!(
                        "choose from {}, or skip the object with `selectors` or `exclude`",
                        quoted(names().filter(|name| *name != step.name))
                    ),
                );
            }
        }
        for cycle in graph::cycles(&self.0) {
            let names = graph::describe(&cycle, "waits for", |step| steps[step].name);
            report.error(
                Rule::StepCycle,
                report.spec().key("containers"),
                format!("the steps wait for each other in a cycle: {names}"),
                "change `needs` in the functionConfig; a step without `needs` waits for the previous container",
            );
        }
    }

    /// Rejects a step with `when: Always` that waits for a step which the kubelet restarts: that step never ends as
    /// failed.
    pub(super) fn check_always(&self, kind: &Kind, pod: &Pod<'_>, config: &Config, report: &mut Report<'_>) {
        let (steps, policy) = (&pod.containers.items, Effective::of(kind, pod));
        for (step, after) in steps.iter().zip(&self.0).filter(|(step, _)| is_always(config, step.name)) {
            let mut awaited = after.iter().map(|&awaited| &steps[awaited]);
            let Some(retried) = awaited.find(|step| !policy.retried(step).is_empty()) else { continue };
            let retried = retried.name;
            report.error(
                Rule::WhenAlways,
                report.route(step),
                format!(
                    "the step `{}` has `when: Always`, but the kubelet restarts `{retried}` when it fails, so \
                     `{retried}` never ends as failed",
                    step.name
                ),
                "set `restartPolicy: Never`; to retry a step in its container, set `retries` in the functionConfig",
            );
        }
    }
}

/// The configured options of a step.
pub(super) fn options<'c>(config: &'c Config, name: &str) -> Option<&'c StepOptions> {
    config.steps.iter().find(|options| options.name == name)
}

/// Whether a step has `when: Always`.
fn is_always(config: &Config, name: &str) -> bool {
    options(config, name).is_some_and(|options| options.when == When::Always)
}

/// The steps that a step waits for if it has no `needs`.
pub(super) fn default(step: usize, when: When) -> Vec<usize> {
    match when {
        When::OnSuccess => step.checked_sub(1).into_iter().collect(),
        When::Always => (0..step).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::Graph;
    use crate::config::Config;

    fn graph(names: &str, steps: &str) -> Graph {
        let text = format!(
            "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\nspec:\n  \
                            entrypoint: {{kind: Kueueleuleu, image: i}}\n  steps: [{steps}]\n"
        );
        Graph::of(&names.split(' ').collect::<Vec<_>>(), &Config::from_yaml(&text).unwrap())
    }

    #[test]
    fn steps_wait_for_their_needs_or_the_previous_steps() {
        let line = graph("a b c", "");
        assert_eq!(line.0, [vec![], vec![0], vec![1]]);
        assert!(line.is_line() && line.is_awaited(1) && !line.is_awaited(2) && !line.waits(0));
        let diamond = graph(
            "a b c d",
            "{name: c, needs: [a]}, {name: d, needs: [c, b, elsewhere]}, {name: e, needs: [a]}",
        );
        assert_eq!(diamond.0, [vec![], vec![0], vec![0], vec![1, 2]]);
        assert!(!diamond.is_line() && diamond.reached()[3].len() == 3);
        assert_eq!(graph("a b c", "{name: c, when: Always}").0, [vec![], vec![0], vec![0, 1]]);
        assert_eq!(graph("a b c", "{name: c, when: Always, needs: []}").0, [vec![], vec![0], vec![]]);
        assert!(graph("a b c", "{name: c, needs: [a, b]}").is_line());
        assert!(!graph("a b", "{name: a, needs: [b]}, {name: b, needs: []}").is_line());
    }
}
