//! Applies the rewrite to an object, as the contract and the configuration require.
//!
//! Expects an object without a rewrite. This module knows the order of the changes and checks; the other modules do
//! them.

use super::effective::Effective;
use super::needs::{self, Graph};
use super::pod::{Container, Meta, Workload, Wrapper};
use super::report::Report;
use super::wrapper::{self, Options};
use super::{
    check, commands, exit_codes, hooks, missing, names, outputs, prepare, record, requests, restart, retries,
    step_order, strategy, templates, validity,
};
use crate::config::{Config, EntrypointKind, Probes, Strategy};
use crate::diagnostic::{Diagnostic, Rule};
use crate::kinds::Kind;
use kueueleuleu_yaml::edit::Lent;

/// Applies the rewrite to `object` if it has anything to sequence. Problems are added to `diagnostics`. If one of them
/// is an error, the object must not be used.
pub(super) fn wrap<'v>(
    kind: &'static Kind,
    object: &mut Workload<'v>,
    config: &'v Config,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut report = Report::new(kind, diagnostics);
    let empty_metadata = record::empty_metadata(object);
    let Some(step_order) = step_order::arrange(object, config, &mut report) else { return };
    check::annotations(kind, object, &mut report);
    validity::check(&object.pod, &step_order.sidecars, &mut report);
    restart::repair(object, config);
    let graph =
        Graph::of(&object.pod.containers.items.iter().map(|step| step.name).collect::<Vec<_>>(), config);
    let strategy = match step_order.steps {
        0 | 1 => Strategy::InitContainers,
        _ => strategy::choose(kind, &object.pod, &graph, config, &mut report),
    };
    let mut empty = record::empty_lists(object, strategy != Strategy::InitContainers);
    empty.extend(empty_metadata);
    if !empty.is_empty() {
        object.meta.set(names::EMPTY_RECORD, empty.join(","));
    }
    object.metas_mut().for_each(Meta::mark);
    if step_order.steps < 2 {
        object.pod.init_containers.items.extend(step_order.sidecars);
    } else {
        let steps = &object.pod.containers.items;
        restart::check_steps(steps, &mut report);
        graph.check(steps, config, &mut report);
        check::step_options(steps, strategy, config, &mut report);
        match strategy {
            Strategy::Entrypoint | Strategy::Auto => {
                object.pod.init_containers.items.extend(step_order.sidecars);
                wrap_entrypoint(kind, object, &graph, config, &mut report);
            }
            Strategy::InitContainers => {
                check_line(&graph, &object.pod.containers.items, config, &mut report);
                wrap_init_containers(object, step_order.sidecars, config, &mut report);
            }
        }
    }
}

fn wrap_entrypoint<'v>(
    kind: &Kind,
    object: &mut Workload<'v>,
    graph: &Graph,
    config: &'v Config,
    report: &mut Report<'_>,
) {
    let Workload { meta, pod, .. } = object;
    restart::check(kind, pod, config, report);
    retries::check(kind, pod, config, graph, report);
    check::pod(pod, config, report);
    graph.check_always(kind, pod, config, report);
    outputs::check(&pod.containers.items, graph, config, report);
    let init = missing::InitContainers::of(kind, pod, graph, config);
    if let Some(record) = commands::complete(&mut pod.containers.items, config, init, report) {
        meta.set(names::COMMANDS_ANNOTATION, record);
    }
    exit_codes::check(pod, graph, config, report);
    check::terminals(pod, config, report);
    check::sub_paths(pod, report);
    prepare::check_limits(&pod.containers.items, config, report);
    for (step, container) in pod.containers.items.iter_mut().enumerate() {
        hooks::remove(container, config);
        // A step that does not wait begins with its container.
        if graph.waits(step) {
            hooks::wrap(container, step, pod.grace, config, report);
        }
    }

    let resources = pod.containers.items[0].resources.take();
    let policy = Effective::of(kind, pod);
    let prepared = config.prepare.resources.as_ref().or(resources.as_ref());
    if let Some(record) = requests::lower(pod, prepared, graph, config, report) {
        meta.set(names::REQUESTS_RECORD, record);
    }
    let kind = config.entrypoint.kind;
    let steps = pod.containers.items.len();
    for step in 0..steps {
        let after = graph.after(step);
        let retry = match kind {
            EntrypointKind::Tekton => None,
            EntrypointKind::Kueueleuleu => {
                let retried = |&at: &usize| (at, policy.retried(&pod.containers.items[at]));
                restart::retry_flag(&after.iter().map(retried).collect::<Vec<_>>())
            }
        };
        let container = &mut pod.containers.items[step];
        let options = Options {
            retry,
            last: !graph.is_awaited(step),
            after,
            start_timeout: config.start_timeout.as_deref().filter(|_| !after.is_empty()),
            step: needs::options(config, container.name),
        };
        add_wrapper(container, wrapper::wrapper(kind, step, options));
        container.our_mounts = templates::mounts(kind, step, after);
    }
    pod.our_init_container = Some(prepare::container(config, resources, pod.runs_as_root, steps));
    pod.our_volumes = templates::volumes(kind, steps);
}

/// Adds a wrapper to a step. If the wrapper needs the program, and only `args` name it, that word moves to `command`.
fn add_wrapper<'v>(container: &mut Container<'v>, wrapper: Wrapper<'v>) {
    if wrapper.ends_after_program && container.command.items.is_empty() && !container.args.items.is_empty() {
        let program = container.args.items.to_mut().remove(0);
        container.command.items.to_mut().push(program);
    }
    container.wrapper = Some(wrapper);
}

fn wrap_init_containers<'v>(
    object: &mut Workload<'v>,
    sidecars: Vec<Container<'v>>,
    config: &Config,
    report: &mut Report<'_>,
) {
    let Workload { meta, pod, .. } = object;
    // The record also names the last step, because the cluster may inject a proxy beside it.
    meta.set(names::STEPS_ANNOTATION, joined(&pod.containers.items));
    set_unless_empty(meta, names::INIT_CONTAINERS_ANNOTATION, joined(&pod.init_containers.items));
    let last = pod.containers.items.len() - 1;
    let mut steps: Vec<_> = pod.containers.items.drain(..last).collect();
    for step in &mut steps {
        if config.probes == Probes::Remove {
            step.hooks = Lent::default();
        }
        for hook in step.hooks.iter() {
            report.error(
                Rule::InitContainerField,
                report.route(step).key(hook.key),
                format!("container `{}` has `{}`, which an init container may not have", step.name, hook.key),
                "remove it, or set `probes: Remove`",
            );
        }
    }
    pod.init_containers.items.extend(sidecars);
    pod.init_containers.items.append(&mut steps);
}

/// Rejects `needs` that are not a line, because init containers run one after the other.
fn check_line(graph: &Graph, steps: &[Container<'_>], config: &Config, report: &mut Report<'_>) {
    let has_needs =
        |step: &&Container<'_>| needs::options(config, step.name).is_some_and(|step| step.needs.is_some());
    if !graph.is_line()
        && let Some(step) = steps.iter().find(has_needs)
    {
        report.error(
            Rule::StepOption,
            report.route(step),
            "the configured `needs` differ from the order of the containers, in which init containers run"
                .to_owned(),
            "remove `needs`, set `order`, or use `strategy: Entrypoint`",
        );
    }
}

fn joined(containers: &[Container<'_>]) -> String {
    containers.iter().map(|container| container.name).collect::<Vec<_>>().join(",")
}

fn set_unless_empty(meta: &mut Meta<'_>, key: &'static str, value: String) {
    if !value.is_empty() {
        meta.set(key, value);
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Strategy};
    use crate::convert::Converter;

    #[test]
    fn no_strategy_is_chosen_for_one_step() {
        let messages = |containers: &str| {
            let text = format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{restartPolicy: Never, containers: [{containers}]}}\n"
            );
            let config = Config::default().with_strategy(Strategy::Auto).with_sidecars(["s"]).unwrap();
            let converted = Converter::new(config).documents(&text).unwrap();
            assert!(converted.text().contains("initContainers"));
            converted.messages()
        };
        let [a, b, s] = ["a", "b", "s"].map(|name| format!("{{name: {name}, image: x}}"));
        assert_eq!(messages(&format!("{a}, {s}")), [""; 0]);
        let chosen = "`strategy: Auto` turns the steps into init containers: container `a` has no `command`";
        assert_eq!(messages(&format!("{a}, {b}, {s}")), [chosen]);
    }
}
