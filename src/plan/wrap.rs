//! Puts the rewrite on: how an object shall be, by the contract and the configuration.
//!
//! Expects an object without a rewrite, and checks all of it before anything is said to be possible.

use super::names;
use super::pod::{Arg, Container, ContainerList, List, Named, Object};
use super::wrapper;
use crate::config::{Config, Probes, Strategy};
use crate::diagnostic::Diagnostic;
use crate::edit::Value;
use crate::kinds::Kind;
use crate::protocol;
use crate::route::Route;
use std::borrow::Cow;

/// Puts the rewrite on `object`, if it has anything to sequence. What stands in the way goes to `diagnostics`; then
/// the object is not to be used.
pub(super) fn wrap(
    kind: &'static Kind,
    object: &mut Object<'_>,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if object.pod.containers.items.len() < 2 {
        return;
    }
    let spec = Route::of(kind.pod).key("spec");
    let mut report = Report { spec, diagnostics };
    match config.strategy {
        Strategy::Entrypoint => {
            check_entrypoint(kind, object, &mut report);
            wrap_entrypoint(object, config);
        }
        Strategy::InitContainers => wrap_init_containers(object, config, &mut report),
    }
    object.metas.iter_mut().for_each(|meta| set(&mut meta.ours, names::ANNOTATION, "true".to_owned()));
}

fn set(ours: &mut Vec<(&'static str, Cow<'_, str>)>, key: &'static str, value: String) {
    ours.retain(|(name, _)| *name != key);
    ours.push((key, Cow::Owned(value)));
}

/// Where to say what is wrong.
struct Report<'d> {
    spec: Route,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Report<'_> {
    fn error(&mut self, field: Route, message: String, help: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(field, message, help));
    }

    fn route(&self, container: &Container<'_>) -> Route {
        let spec = &self.spec;
        container.origin.map_or_else(|| spec.clone(), |(list, index)| spec.key(list.key()).index(index))
    }
}

fn check_entrypoint(kind: &Kind, object: &Object<'_>, report: &mut Report<'_>) {
    let pod = &object.pod;
    let policy = pod.restart_policy.as_deref();
    // A Job must say its policy itself; one that does not is for an overlay to complete.
    if policy == Some("Always") || (policy.is_none() && kind.pod.is_empty()) {
        let default = if policy.is_none() { ", the default" } else { "" };
        report.error(
            report.spec.key("restartPolicy"),
            format!("`restartPolicy` is `Always`{default}: its steps would never end"),
            "set `restartPolicy: Never`, or `OnFailure`",
        );
    }
    if pod.windows {
        report.error(
            report.spec.clone(),
            "the pod is for Windows nodes, which the entrypoint does not run on".to_owned(),
            "use `strategy: InitContainers`",
        );
    }
    check_names(object, report);
    for container in &pod.containers.items {
        if container.command.items.is_empty() {
            report.error(
                report.route(container),
                format!("container `{}` has no `command`", container.name),
                "set `command:`; the image's own entrypoint is not known here",
            );
        }
    }
}

/// Names and paths of the user's that are those of the rewrite.
fn check_names(object: &Object<'_>, report: &mut Report<'_>) {
    let pod = &object.pod;
    for container in pod.init_containers.items.iter().chain(&pod.containers.items) {
        if container.name == names::PREPARE {
            let message = format!("the container name `{}` is the rewrite's own", names::PREPARE);
            report.error(report.route(container), message, "rename the container");
        }
    }
    for volume in &pod.volumes.items {
        if names::is_our_volume(&volume.name)
            && let Some(index) = volume.origin
        {
            let message = format!("the volume name `{}` is the rewrite's own", volume.name);
            report.error(report.spec.key("volumes").index(index), message, "rename the volume");
        }
    }
    for container in &pod.containers.items {
        for mount in container.mounts.items.iter().filter(|mount| names::is_our_path(&mount.path)) {
            let field = report.route(container).key("volumeMounts");
            let field = mount.origin.map_or(field.clone(), |index| field.index(index));
            let message = format!(
                "container `{}` mounts `{}` at `{}`, where the entrypoint lives",
                container.name, mount.name, mount.path
            );
            report.error(field, message, "mount it somewhere else than under `/tekton`");
        }
    }
}

fn wrap_entrypoint(object: &mut Object<'_>, config: &Config) {
    let pod = &mut object.pod;
    let resources = pod.containers.items[0].resources.clone();
    let count = pod.containers.items.len();
    for (step, container) in pod.containers.items.iter_mut().enumerate() {
        wrap_step(container, step);
        if config.probes == Probes::Remove {
            container.main_only.retain(|field| !field.ends_with("Probe"));
        }
    }
    pod.init_containers.present = true;
    pod.init_containers.items.push(prepare(config, resources));
    pod.volumes.present = true;
    let runs = (0..count).map(names::run_volume);
    for name in std::iter::once(names::BIN_VOLUME.to_owned()).chain(runs) {
        let value = Value::map([("name", Value::str(name.clone())), ("emptyDir", Value::Map(Vec::new()))]);
        pod.volumes.items.push(named(name, value));
    }
}

fn named(name: String, value: Value<'_>) -> Named<'_> {
    Named { origin: None, name: Cow::Owned(name), path: Cow::Borrowed(""), value: Some(value) }
}

fn wrap_step(container: &mut Container<'_>, step: usize) {
    let mut command = std::mem::take(&mut container.command.items).into_iter();
    let mut args = wrapper::flags(step);
    args.extend(command.next());
    args.push(Arg::new(protocol::END_OF_FLAGS));
    args.extend(command);
    args.append(&mut container.args.items);
    container.args.items = args;
    container.args.present = true;
    container.command.items = vec![Arg::new(protocol::BINARY)];
    container.command.present = true;

    let mounts: &mut List<_> = &mut container.mounts;
    mounts.present = true;
    let mut mount = |name: String, path: String, read_only: bool| {
        let mut fields = vec![
            (Cow::Borrowed("name"), Value::str(name.clone())),
            (Cow::Borrowed("mountPath"), Value::str(path)),
        ];
        if read_only {
            fields.push((Cow::Borrowed("readOnly"), Value::Raw(Cow::Borrowed("true"))));
        }
        mounts.items.push(named(name, Value::Map(fields)));
    };
    mount(names::BIN_VOLUME.to_owned(), protocol::BIN_DIR.to_owned(), true);
    if let Some(before) = step.checked_sub(1) {
        mount(names::run_volume(before), names::run_dir(before), true);
    }
    mount(names::run_volume(step), names::run_dir(step), false);
}

/// The init container that copies the entrypoint.
fn prepare<'v>(config: &Config, resources: Option<Value<'v>>) -> Container<'v> {
    let words = [protocol::IMAGE_BINARY, "cp", protocol::IMAGE_BINARY, protocol::BINARY];
    let mount =
        Value::map([("name", Value::str(names::BIN_VOLUME)), ("mountPath", Value::str(protocol::BIN_DIR))]);
    let mut fields = vec![
        (Cow::Borrowed("name"), Value::str(names::PREPARE)),
        (Cow::Borrowed("image"), Value::str(config.entrypoint.image.clone())),
        (Cow::Borrowed("workingDir"), Value::str("/")),
        (Cow::Borrowed("command"), Value::Seq(words.map(Value::str).into())),
        (Cow::Borrowed("volumeMounts"), Value::Seq(vec![mount])),
    ];
    fields.extend(resources.map(|resources| (Cow::Borrowed("resources"), resources)));
    Container::new(names::PREPARE, Value::Map(fields))
}

fn wrap_init_containers(object: &mut Object<'_>, config: &Config, report: &mut Report<'_>) {
    let pod = &mut object.pod;
    let last = pod.containers.items.len() - 1;
    let mut steps: Vec<_> = pod.containers.items.drain(..last).collect();
    for step in &mut steps {
        if config.probes == Probes::Remove {
            step.main_only.clear();
        }
        for field in &step.main_only {
            report.error(
                report.route(step).key(*field),
                format!("container `{}` has `{field}`, which an init container may not have", step.name),
                "remove it, or set `probes: Remove`",
            );
        }
    }
    let names = |containers: &[Container<'_>]| {
        containers.iter().map(|container| &*container.name).collect::<Vec<_>>().join(",")
    };
    if let Some(meta) = object.metas.last_mut() {
        // The last one is named too: in the cluster a proxy may come to stand beside it.
        let all = format!("{},{}", names(&steps), names(&pod.containers.items));
        set(&mut meta.ours, names::STEPS_ANNOTATION, all);
        if !pod.init_containers.items.is_empty() {
            set(&mut meta.ours, names::INIT_CONTAINERS_ANNOTATION, names(&pod.init_containers.items));
        }
    }
    pod.init_containers.present = true;
    pod.init_containers.items.append(&mut steps);
}

impl<'v> Container<'v> {
    /// A container that is not there yet.
    fn new(name: &'static str, value: Value<'v>) -> Self {
        Self {
            origin: None,
            name: Cow::Borrowed(name),
            command: List::default(),
            args: List::default(),
            mounts: List::default(),
            resources: None,
            main_only: Vec::new(),
            value: Some(value),
        }
    }
}

/// Where a container stands, for what [`ContainerList`] says.
pub(super) fn route(kind: &Kind, (list, index): (ContainerList, usize)) -> Route {
    Route::of(kind.pod).key("spec").key(list.key()).index(index)
}
