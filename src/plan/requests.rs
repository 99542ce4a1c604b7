//! Lowers the requests of steps with `requests: Max` and `PodLevel`, so that the scheduler does not add up the requests
//! of steps that run one after the other.
//!
//! ```text
//! before:      a {cpu: "2"}   b {cpu: "3"}
//! with `Max`:  a {cpu: "0"}   b {cpu: "3"}    record: requests=0/cpu:2
//! ```
//!
//! A request becomes `"0"` and is never removed, because without a request Kubernetes uses the limit. The original is
//! recorded as `STEP/RESOURCE:QUANTITY`. A revert restores it only where the request is still `"0"`.

use super::effective::ALWAYS;
use super::names;
use super::needs::Graph;
use super::pod::{Amount, Amounts, Container, Meta, Pod};
use super::report::{Report, quoted};
use crate::config::{Config, Requests};
use crate::diagnostic::Rule;
use crate::graph;
use crate::quantity;
use kueueleuleu_yaml::edit::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The resources that a pod itself may have.
const OF_PODS: [&str; 2] = ["cpu", "memory"];
/// The resources whose requests may be lower than their limits.
const DIVISIBLE: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];
/// The entry of a record for `resources` of the pod that are ours.
const POD: &str = "pod";
const ZERO: &str = "0";

/// Lowers the requests of the steps as configured, and warns of those that cannot be lowered. Returns the record unless
/// it is empty. `prepare` are the resources of the init container.
pub(super) fn lower<'v>(
    pod: &mut Pod<'v>,
    prepare: Option<&Value<'v>>,
    graph: &Graph,
    config: &Config,
    report: &mut Report<'_>,
) -> Option<String> {
    warn_of_extended(&pod.containers.items, graph, report);
    if config.requests == Requests::Sum {
        return None;
    }
    let reached = graph.reached();
    let was_guaranteed = is_guaranteed(pod);
    let mut record = Vec::new();
    let mut level = PodResources::default();
    let on_pod: &[&str] = if config.requests == Requests::PodLevel { &OF_PODS } else { &[] };
    if config.requests == Requests::PodLevel && pod.resources.is_some() {
        report.error(
            Rule::PodResources,
            report.spec().key("resources"),
            "the pod already has `resources`, which `requests: PodLevel` would set".to_owned(),
            "remove them, or use another value of `requests`",
        );
        return None;
    }
    for name in on_pod {
        level.add(name, pod, prepare, &reached);
    }
    for name in DIVISIBLE {
        let weights: Vec<_> = pod.containers.items.iter().map(|step| request(&step.amounts, name)).collect();
        let keep = if on_pod.contains(&name) {
            BTreeSet::new()
        } else {
            graph::heaviest_antichain(&reached, &weights)
        };
        for (step, container) in pod.containers.items.iter_mut().enumerate() {
            if weights[step] > 0 && !keep.contains(&step) {
                let requests = &mut container.amounts.requests;
                if requests.present && requests.items.is_empty() {
                    record.push(format!("{step}/"));
                }
                record.push(zero(&mut container.amounts, step, name));
            }
        }
    }
    if let Some(resources) = level.value() {
        record.insert(0, POD.to_owned());
        pod.resources = Some(resources);
    }
    if record.is_empty() {
        return None;
    }
    warn_of_costs(pod, was_guaranteed, config, report);
    Some(record.join(","))
}

/// Sets a request to zero, and returns the record of it.
fn zero(amounts: &mut Amounts<'_>, step: usize, name: &'static str) -> String {
    let requests = amounts.requests.items.to_mut();
    amounts.requests.present = true;
    let zero = Value::str(ZERO);
    let Some((_, value)) = requests.iter_mut().find(|(key, _)| key == name) else {
        requests.push((Cow::Borrowed(name), zero));
        return format!("{step}/{name}");
    };
    let mark = if matches!(value, Value::Str(_)) { ':' } else { '#' };
    let old = text(value).unwrap_or_default().to_owned();
    *value = zero;
    format!("{step}/{name}{mark}{old}")
}

/// Restores the recorded requests of the steps. `wrapped` has the number of the step by the index of each wrapped
/// container. A step whose wrapper was removed by hand has the number of its index.
pub(super) fn restore<'v>(pod: &mut Pod<'v>, meta: &Meta<'v>, wrapped: &BTreeMap<usize, Option<usize>>) {
    let Some(record) = meta.get(names::REQUESTS_RECORD) else { return };
    let entries: Vec<_> = record.split(',').map(str::trim).collect();
    if entries.contains(&POD) {
        pod.resources = None;
    }
    for container in &mut pod.containers.items {
        let at = container.origin.1;
        let is_free = !wrapped.values().any(|step| *step == Some(at));
        let Some(step) = wrapped.get(&at).and_then(|step| step.or(is_free.then_some(at))) else { continue };
        let of_step = entries.iter().filter_map(|entry| entry.split_once('/'));
        let of_step: Vec<_> =
            of_step.filter(|(of, _)| of.parse() == Ok(step)).map(|(_, entry)| entry).collect();
        if of_step.is_empty() {
            continue;
        }
        let requests = &mut container.amounts.requests;
        for entry in &of_step {
            let end = entry.find([':', '#']).unwrap_or(entry.len());
            let (name, old) = entry.split_at(end);
            let is_ours = |(key, value): &(Cow<'_, str>, Value<'_>)| key == name && text(value) == Some(ZERO);
            let Some(at) = requests.items.iter().position(is_ours) else { continue };
            let items = requests.items.to_mut();
            match old.chars().next() {
                None => drop(items.remove(at)),
                Some(':') => items[at].1 = Value::str(old[1..].to_owned()),
                Some(_) => items[at].1 = Value::Raw(Cow::Owned(old[1..].to_owned())),
            }
        }
        requests.present &= !requests.items.is_empty() || of_step.contains(&"");
        container.resources = container.amounts.copied();
    }
}

/// The text of a quantity.
fn text<'r>(value: &'r Value<'_>) -> Option<&'r str> {
    match value {
        Value::Str(text) | Value::Raw(text) => Some(text),
        _ => None,
    }
}

fn find<'r, 'v>(list: &'r [(Cow<'v, str>, Value<'v>)], name: &str) -> Option<&'r Value<'v>> {
    list.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// A quantity in thousandths; zero if the value is not a quantity.
fn thousandths(value: Option<&Value<'_>>) -> u128 {
    value.and_then(text).and_then(quantity::thousandths).unwrap_or_default()
}

/// What a container requests: its request, or its limit if it has no request.
fn request(amounts: &Amounts<'_>, name: &str) -> u128 {
    let request = find(&amounts.requests.items, name).or_else(|| find(&amounts.limits, name));
    thousandths(request)
}

fn limit(amounts: &Amounts<'_>, name: &str) -> Option<u128> {
    find(&amounts.limits, name).map(|limit| thousandths(Some(limit)))
}

/// The `resources` of the pod itself.
#[derive(Default)]
struct PodResources<'v> {
    requests: Vec<(Cow<'v, str>, Value<'v>)>,
    limits: Vec<(Cow<'v, str>, Value<'v>)>,
}

impl<'v> PodResources<'v> {
    /// Adds one resource: as much as the sidecars and the steps need that run at the same time, or the init containers
    /// before them if they need more. There is a limit only if every container has one.
    fn add(
        &mut self,
        name: &'static str,
        pod: &Pod<'v>,
        prepare: Option<&Value<'v>>,
        reached: &[BTreeSet<usize>],
    ) {
        let steps = &pod.containers.items;
        let (sidecars, init): (Vec<_>, Vec<_>) =
            pod.init_containers.items.iter().partition(|container| container.restart_policy == Some(ALWAYS));
        let requests: Vec<_> = steps.iter().map(|step| request(&step.amounts, name)).collect();
        if requests.iter().all(|request| *request == 0) {
            return;
        }
        let prepare = prepare.map(Amounts::of_value).unwrap_or_default();
        let amounts = |containers: &[&Container<'v>], of: &dyn Fn(&Amounts<'v>) -> u128| -> Vec<u128> {
            containers.iter().map(|container| of(&container.amounts)).collect()
        };
        let total = |of: &dyn Fn(&Amounts<'v>) -> u128| {
            let steps: Vec<_> = steps.iter().map(|step| of(&step.amounts)).collect();
            let working =
                graph::heaviest_antichain(reached, &steps).into_iter().map(|step| steps[step]).sum();
            let before = amounts(&init, of).into_iter().chain([of(&prepare)]).max().unwrap_or_default();
            amounts(&sidecars, of).into_iter().sum::<u128>() + before.max(working)
        };
        let request = total(&|amounts| self::request(amounts, name));
        self.requests.push((Cow::Borrowed(name), written(name, request, steps, |of| &of.requests.items)));
        let all = steps.iter().chain(&pod.init_containers.items);
        if all.map(|container| limit(&container.amounts, name)).all(|limit| limit.is_some())
            && limit(&prepare, name).is_some()
        {
            let limit = total(&|amounts| self::limit(amounts, name).unwrap_or_default());
            self.limits.push((Cow::Borrowed(name), written(name, limit, steps, |of| &of.limits)));
        }
    }

    fn value(self) -> Option<Value<'v>> {
        let lists = [("requests", self.requests), ("limits", self.limits)];
        let lists = lists.into_iter().filter(|(_, list)| !list.is_empty());
        let lists: Vec<_> = lists.map(|(key, list)| (Cow::Borrowed(key), Value::Map(list.into()))).collect();
        (!lists.is_empty()).then(|| Value::Map(lists.into()))
    }
}

/// A quantity as one of the steps writes it, or in the largest unit that represents it.
fn written<'v>(
    name: &str,
    thousandths: u128,
    steps: &[Container<'v>],
    list: for<'r> fn(&'r Amounts<'v>) -> &'r [Amount<'v>],
) -> Value<'v> {
    let same = |step: &Container<'v>| {
        let value = find(list(&step.amounts), name).or_else(|| find(&step.amounts.limits, name))?;
        (self::thousandths(Some(value)) == thousandths).then(|| value.clone())
    };
    steps.iter().find_map(same).unwrap_or_else(|| Value::str(quantity::write(thousandths)))
}

/// Whether the pod has the quality-of-service class "Guaranteed".
fn is_guaranteed(pod: &Pod<'_>) -> bool {
    let all = pod.containers.items.iter().chain(&pod.init_containers.items);
    let mut all = all.flat_map(|container| OF_PODS.map(|name| (&container.amounts, name)));
    all.all(|(amounts, name)| {
        limit(amounts, name).is_some_and(|limit| limit > 0 && limit == request(amounts, name))
    })
}

fn warn_of_costs(pod: &Pod<'_>, was_guaranteed: bool, config: &Config, report: &mut Report<'_>) {
    if was_guaranteed && config.requests == Requests::Max {
        report.warning(
            Rule::QosClass,
            report.spec(),
            "`requests: Max` changes the QoS class of the pod from Guaranteed to Burstable".to_owned(),
            "use `requests: PodLevel` (Kubernetes 1.34 and later) or `Sum`, which preserve it",
        );
    }
    let is_heavier = |container: &&Container<'_>| {
        container.restart_policy == Some(ALWAYS) && request(&container.amounts, "cpu") > 0
    };
    let sidecar = pod.init_containers.items.iter().find(is_heavier);
    let has_none =
        |step: &Container<'_>| find(&step.amounts.requests.items, "cpu").and_then(text) == Some(ZERO);
    if let (Some(sidecar), true) = (sidecar, pod.containers.items.iter().any(has_none)) {
        report.warning(
            Rule::ZeroRequest,
            report.route(sidecar),
            format!(
                "when the node is short of cpu, steps that request none get the least of it beside the sidecar `{}`",
                sidecar.name
            ),
            "give the sidecar a small cpu request, or use `requests: Sum`",
        );
    }
}

/// Whether the limit and the request of a resource must be equal.
fn is_indivisible(name: &str) -> bool {
    name.starts_with("hugepages-") || name.contains('/')
}

/// Warns of resources whose requests cannot be lowered, so that the scheduler always adds them up.
fn warn_of_extended(steps: &[Container<'_>], graph: &Graph, report: &mut Report<'_>) {
    let of_step = |step: &Container<'_>| {
        let lists = step.amounts.limits.iter().chain(&*step.amounts.requests.items);
        lists.map(|(name, _)| name.to_string()).filter(|name| is_indivisible(name)).collect::<Vec<_>>()
    };
    let names: BTreeSet<_> = steps.iter().flat_map(of_step).collect();
    // Few pods have any.
    if names.is_empty() {
        return;
    }
    let reached = graph.reached();
    for name in names {
        let weights: Vec<_> = steps.iter().map(|step| request(&step.amounts, &name)).collect();
        let at_once: u128 =
            graph::heaviest_antichain(&reached, &weights).into_iter().map(|step| weights[step]).sum();
        let sum: u128 = weights.iter().sum();
        if sum <= at_once {
            continue;
        }
        let asking: Vec<_> =
            steps.iter().zip(&weights).filter(|(_, weight)| **weight > 0).map(|(step, _)| step).collect();
        report.warning(
            Rule::ExtendedResource,
            report.route(asking[0]).key("resources"),
            format!(
                "the steps {} run one after the other and request `{name}`; the scheduler adds their requests up to {}",
                quoted(asking.iter().map(|step| step.name)),
                quantity::write(sum)
            ),
            format!(
                "request it in one step only, or use `strategy: InitContainers`, where the largest request counts: {}",
                quantity::write(at_once)
            ),
        );
    }
}
