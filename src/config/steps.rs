//! Checks the options of individual steps in a configuration.
//!
//! Knows the names of steps; not which of them an object has. A cycle that exists only with the order of the containers
//! is found by the planner.

use super::report::ConfigReport;
use super::spanned::Spanned;
use super::spec::{SpannedList, SpannedString, StepSpec};
use super::{OnError, StepOptions, When};
use crate::graph;
use crate::route::{Route, Segment};
use kueueleuleu_protocol::{duration, output};

/// The options that steps cannot have with the chosen strategy and entrypoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limits {
    /// None: all options are supported.
    None,
    /// Those that only our own entrypoint supports.
    Tekton,
    /// Those that init containers do not support.
    InitContainers,
}

impl Limits {
    /// Rejects an option. `is_of_entrypoints`: Tekton's entrypoint supports it too.
    fn refuse<T>(self, value: &Spanned<T>, route: Route, is_of_entrypoints: bool, report: &mut ConfigReport) {
        let Some(Segment::Key(option)) = route.segments().last() else { return };
        match self {
            Self::Tekton if !is_of_entrypoints => {
                let message = format!("Tekton's entrypoint does not support `{option}`");
                report.about(value, route, message).help("remove it, or use `entrypoint.kind: Kueueleuleu`");
            }
            Self::InitContainers => {
                let message = format!("init containers do not support `{option}`");
                report.about(value, route, message).help("remove it, or use `strategy: Entrypoint`");
            }
            _ => {}
        }
    }
}

/// The options of individual steps.
pub(super) fn steps(
    specs: SpannedList<StepSpec>,
    limits: Limits,
    report: &mut ConfigReport,
) -> Vec<StepOptions> {
    let form = report.form;
    let route = |at| form.item("steps", at);
    report.unique(specs.iter().map(|spec| Some(&spec.as_ref()?.name)), |at| route(at).key("name"));
    let needs: Vec<_> =
        specs.iter().enumerate().filter_map(|(at, spec)| Needs::of(at, spec.as_ref()?)).collect();
    refuse_cycles(&needs, |at| route(at).key("needs"), report);
    let specs = specs.into_iter().enumerate();
    specs.filter_map(|(at, spec)| Some(step(spec?.value, &route(at), limits, report))).collect()
}

fn step(spec: StepSpec, route: &Route, limits: Limits, report: &mut ConfigReport) -> StepOptions {
    let field = |key: &'static str| route.key(key);
    let StepSpec { name, timeout, on_error, needs, when, retries, retry_delay, outputs } = spec;
    let is_positive = |text: &str| duration::parse(text).is_some_and(|duration| !duration.is_zero());
    if let Some(timeout) = &timeout {
        if !is_positive(timeout) {
            let message = format!("`{}` is not a duration between zero and 292 years", timeout.value);
            report.about(timeout, field("timeout"), message).help("write it like `90s` or `1h30m`");
        }
        limits.refuse(timeout, field("timeout"), true, report);
    }
    if let Some(on_error) = on_error.as_ref().filter(|on_error| on_error.value == OnError::Continue) {
        limits.refuse(on_error, field("onError"), true, report);
    }
    if let Some(when) = when.as_ref().filter(|when| when.value == When::Always) {
        limits.refuse(when, field("when"), false, report);
    }
    let count = retries.as_ref().map(|retries| retries.value.0).unwrap_or_default();
    if let Some(retries) = retries.as_ref().filter(|_| count > 0) {
        limits.refuse(retries, field("retries"), false, report);
    }
    if let Some(delay) = &retry_delay {
        if duration::parse(delay).is_none() {
            let message = format!("`{}` is not a duration", delay.value);
            report.about(delay, field("retryDelay"), message).help("write it like `10s` or `1m30s`");
        } else if count == 0 {
            let message = "`retryDelay` has no effect without `retries`";
            report.about(delay, field("retryDelay"), message).help("set `retries`, or remove it");
        }
    }
    if let Some(needs) = &needs {
        report.unique(needs.iter().map(Option::as_ref), |at| field("needs").index(at));
    }
    if let Some(outputs) = &outputs {
        check_outputs(outputs, &field("outputs"), report);
        if !outputs.is_empty() {
            limits.refuse(outputs, field("outputs"), false, report);
        }
    }
    let names = |list: Spanned<SpannedList<String>>| {
        list.value.into_iter().flatten().map(|name| name.value).collect()
    };
    StepOptions {
        name: name.value,
        timeout: timeout.map(|timeout| timeout.value),
        on_error: on_error.map(|on_error| on_error.value).unwrap_or_default(),
        needs: needs.map(names),
        when: when.map(|when| when.value).unwrap_or_default(),
        retries: count,
        retry_delay: retry_delay.map(|delay| delay.value),
        outputs: outputs.map(names).unwrap_or_default(),
    }
}

fn check_outputs(outputs: &SpannedList<String>, route: &Route, report: &mut ConfigReport) {
    report.unique(outputs.iter().map(Option::as_ref), |at| route.index(at));
    let outputs = outputs.iter().enumerate().filter_map(|(at, name)| Some((at, name.as_ref()?)));
    for (at, name) in outputs.filter(|(_, name)| !name.is_empty()) {
        if !output::is_name(name) {
            let message = format!("`{}` is not a valid name of an output", name.value);
            let help = "use letters, digits and `_`, and do not begin with a digit";
            report.about(name, route.index(at), message).help(help);
        } else if output::is_reserved(name) {
            let message = format!("`{}` cannot be an output: it affects how later commands run", name.value);
            let help = "use a name other than `PATH` that does not begin with `LD_`, `KUBERNETES_` or `KUEUELEULEU_`";
            report.about(name, route.index(at), message).help(help);
        }
    }
}

/// How long a step waits for another step that shows no sign of life.
pub(super) fn start_timeout(
    text: Option<SpannedString>,
    limits: Limits,
    report: &mut ConfigReport,
) -> Option<String> {
    let text = text?;
    let route = report.form.field("startTimeout");
    if duration::parse(&text).is_none() {
        let message = format!("`{}` is not a duration", text.value);
        report.about(&text, route.clone(), message).help("write it like `90s` or `30m`; `0` waits forever");
    }
    limits.refuse(&text, route, false, report);
    Some(text.value)
}

/// The step at an index, and the steps that it needs.
struct Needs<'s> {
    at: usize,
    name: &'s str,
    list: &'s Spanned<SpannedList<String>>,
}

impl<'s> Needs<'s> {
    fn of(at: usize, spec: &'s StepSpec) -> Option<Self> {
        Some(Self { at, name: &spec.name.value, list: spec.needs.as_ref()? })
    }

    fn names(&self) -> impl Iterator<Item = &'s str> {
        self.list.value.iter().flatten().map(|name| &*name.value)
    }
}

/// Reports each cycle of steps that need each other, once.
fn refuse_cycles(all: &[Needs<'_>], route: impl Fn(usize) -> Route, report: &mut ConfigReport) {
    let find = |name: &str| all.iter().position(|needs| needs.name == name);
    let edges: Vec<Vec<usize>> = all.iter().map(|needs| needs.names().filter_map(find).collect()).collect();
    for cycle in graph::cycles(&edges) {
        let first = &all[cycle[0]];
        let message = match &cycle[..] {
            [_] => format!("the step `{}` needs itself", first.name),
            _ => format!(
                "the steps need each other in a cycle: {}",
                graph::describe(&cycle, "needs", |at| all[at].name)
            ),
        };
        report.about(first.list, route(first.at), message).help("remove one of them from `needs`");
    }
}
