//! Chooses options at random.
//!
//! It knows which options fit an object.

use crate::choices::Choices;
use crate::content;
use kueueleuleu::Config;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Changes an object so that it needs options: removes commands, adds probes, sets a policy that must be repaired.
pub(crate) fn need(c: &mut Choices<'_>, object: &mut Value) {
    if object["kind"] == "Service" {
        return;
    }
    let spec = content::pod_spec(object);
    match c.below(4) {
        0 => spec["restartPolicy"] = json!("Always"),
        1 => drop(spec.as_object_mut().expect("a spec").remove("restartPolicy")),
        _ => {}
    }
    let has_probes = c.once_in(3);
    for container in spec["containers"].as_array_mut().expect("containers") {
        let container = container.as_object_mut().expect("a container");
        if c.once_in(3) {
            container.remove("command");
        }
        if has_probes && c.once_in(2) {
            let words: Vec<_> = (0..c.below(3)).map(|_| content::string(c)).collect();
            let key = c.pick(&["livenessProbe", "readinessProbe", "startupProbe"]);
            container.insert(key.to_owned(), json!({"exec": {"command": words}, "failureThreshold": 3}));
        }
    }
}

/// A configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// The fields below `spec`, as YAML.
    pub(crate) text: String,
    pub(crate) sidecars: Vec<String>,
    pub(crate) order: Vec<String>,
    pub(crate) needs: BTreeMap<String, Needs>,
}

/// What a step waits for, if that is not the previous step.
#[derive(Clone, Debug)]
pub(crate) enum Needs {
    Steps(Vec<String>),
    /// All previous steps.
    All,
}

/// The entrypoint, on which the options of steps depend.
#[derive(Clone, Copy)]
enum Steps {
    Tekton,
    Ours { is_retried: bool },
}

/// The entry for the last of these steps, if it gets options.
fn step(
    c: &mut Choices<'_>,
    kind: Steps,
    steps: &[String],
    may_wait: bool,
    needs: &mut BTreeMap<String, Needs>,
) -> Option<String> {
    let (name, before) = steps.split_last()?;
    let mut options = vec![format!("name: {name}")];
    if c.once_in(3) {
        options.push(
            c.pick(&["timeout: 90s", "onError: Continue", "timeout: 1h, onError: Continue"]).to_owned(),
        );
    }
    if let Steps::Ours { is_retried } = kind {
        if c.once_in(4) {
            options.push(c.pick(&["retries: 3", "retries: 1, retryDelay: 10s"]).to_owned());
        }
        if c.once_in(4) {
            options.push(format!("outputs: [OUT_{}]", before.len()));
        }
        if !is_retried && c.once_in(4) {
            options.push("when: Always".to_owned());
            needs.insert(name.clone(), Needs::All);
        }
    }
    if may_wait && c.once_in(2) {
        let awaited: Vec<_> = before.iter().filter(|_| c.once_in(2)).cloned().collect();
        options.push(format!("needs: {}", json!(awaited)));
        needs.insert(name.clone(), Needs::Steps(awaited));
    }
    (options.len() > 1).then(|| format!("{{{}}}", options.join(", ")))
}

/// Whether the options may remove probes, which a revert cannot restore.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Probes {
    Keep,
    MayGo,
}

impl Options {
    /// Options that fit these objects.
    pub(crate) fn choose(c: &mut Choices<'_>, values: &[Value], probes: Probes) -> Self {
        let pods: Vec<Vec<String>> = values.iter().filter_map(content::names).collect();
        let in_all =
            |name: &&String| pods.iter().all(|names| names.iter().filter(|other| other == name).count() == 1);
        let common: Vec<String> = pods.iter().take(1).flatten().filter(in_all).cloned().collect();
        let is_alone = pods.iter().any(|names| names.len() < 2);

        let mut sidecars = Vec::new();
        if c.once_in(3) && !is_alone && !common.is_empty() {
            sidecars.push(c.pick(&common));
        }
        let steps: Vec<String> = common.into_iter().filter(|name| !sidecars.contains(name)).collect();
        let mut order = Vec::new();
        if c.once_in(3) && pods.iter().all(|names| names.len() - sidecars.len() == steps.len()) {
            order.clone_from(&steps);
            c.shuffle(&mut order);
        }
        let mut fields = vec![
            "restartPolicy: Never".to_owned(),
            "images: [{name: busybox, command: [tool, $(A)], args: [--fast]}, {name: 'alpine:3', args: [sh, '$']}, \
             {name: 'ghcr.io/a/b@sha256:00ff', command: ['$$']}, {name: 'changed:1', command: [new]}]"
                .to_owned(),
            format!("sidecars: {}", json!(sidecars)),
            format!("order: {}", json!(order)),
        ];
        let has_probes = values.iter().any(|value| value.to_string().contains("Probe\":"));
        let ours = "entrypoint: {image: 'ours:1', kind: Kueueleuleu}";
        let entrypoint = c.pick(&["entrypoint: {}", ours, "entrypointImage: mirror/entrypoint:1"]);
        let mut needs = BTreeMap::new();
        let requests = if !has_probes && c.once_in(3) {
            fields.push("strategy: InitContainers".to_owned());
            c.pick(&["Sum", "Max"])
        } else {
            let in_order = if order.is_empty() { &steps } else { &order };
            let may_wait = pods.len() == 1 && c.once_in(2);
            let is_retried = values.iter().any(|value| value.to_string().contains("OnFailure"));
            let kind = if entrypoint == ours { Steps::Ours { is_retried } } else { Steps::Tekton };
            let entries: Vec<_> = (0..in_order.len())
                .filter_map(|at| step(c, kind, &in_order[..=at], may_wait, &mut needs))
                .collect();
            fields.push(format!("steps: [{}]", entries.join(", ")));
            if entrypoint == ours && c.once_in(3) {
                fields.push("startTimeout: 5m".to_owned());
            }
            c.pick(&["Sum", "Max", "PodLevel"])
        };
        fields.push(format!("requests: {requests}"));
        fields.push(entrypoint.to_owned());
        fields.push(
            c.pick(&[
                "prepare: {}",
                "prepare: {imagePullPolicy: Always}",
                "prepare: {resources: {requests: {cpu: 1m}}, securityContext: {runAsUser: 7}}",
            ])
            .to_owned(),
        );
        if probes == Probes::MayGo && c.once_in(3) {
            fields.push("probes: Remove".to_owned());
        }
        Self { text: fields.join("\n  "), sidecars, order, needs }
    }

    /// Whether requests change.
    pub(crate) fn lowers_requests(&self) -> bool {
        !self.text.contains("requests: Sum")
    }

    /// Which steps each of these steps waits for, by name: an independent implementation of `needs`.
    pub(crate) fn graph(&self, steps: &[String]) -> BTreeMap<String, BTreeSet<String>> {
        let after = |at: usize| match self.needs.get(&steps[at]) {
            Some(Needs::Steps(needs)) => needs.iter().filter(|need| steps.contains(need)).cloned().collect(),
            Some(Needs::All) => steps[..at].iter().cloned().collect(),
            None => steps[..at].last().into_iter().cloned().collect(),
        };
        (0..steps.len()).map(|at| (steps[at].clone(), after(at))).collect()
    }

    /// Whether the options set the image of the entrypoint.
    pub(crate) fn names_image(&self) -> bool {
        self.text.contains("entrypointImage:") || self.text.contains("entrypoint: {image:")
    }

    pub(crate) fn config(&self, more: &str) -> Config {
        let head = "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\nspec:";
        let text = format!("{head}\n  {}\n  {more}\n", self.text);
        Config::from_yaml(&text).unwrap_or_else(|error| panic!("{error:?}:\n{text}"))
    }
}
