//! Pods from a text: what `kubectl get pod -o json` or `-o yaml` writes, or a `List` of such.
//!
//! Knows the API's field names. What is not asked for may be anything.

use super::{Container, End, Pod, State, Time};
use crate::plan::names;
use kueueleuleu_protocol as protocol;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// The text holds no pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAPod {
    /// It is not YAML, or not of the form that the API has.
    Unreadable(String),
    /// It holds an object of this kind.
    Kind(String),
    /// It holds nothing.
    Empty,
}

impl fmt::Display for NotAPod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(problem) => f.write_str(problem),
            Self::Kind(kind) if kind.is_empty() => {
                f.write_str("expected a `Pod`, got something without a `kind`")
            }
            Self::Kind(kind) => write!(f, "expected a `Pod`, got a `{kind}`"),
            Self::Empty => f.write_str("there is no `Pod` in it"),
        }
    }
}

impl std::error::Error for NotAPod {}

/// Reads all pods of a text, in order, and hands them over one by one.
pub fn pods(text: &str, mut each: impl FnMut(&Pod<'_>)) -> Result<(), NotAPod> {
    let mut objects = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let object = Option::<Object>::deserialize(document);
        objects.extend(object.map_err(|error| NotAPod::Unreadable(error.to_string()))?);
    }
    if objects.is_empty() {
        return Err(NotAPod::Empty);
    }
    for object in &objects {
        match &*object.kind {
            "Pod" => each(&object.pod()),
            "List" | "PodList" => {
                for item in &object.items {
                    if !matches!(&*item.kind, "Pod" | "") {
                        return Err(NotAPod::Kind(item.kind.clone()));
                    }
                    each(&item.pod());
                }
            }
            kind => return Err(NotAPod::Kind(kind.to_owned())),
        }
    }
    Ok(())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Object {
    kind: String,
    items: Vec<Object>,
    metadata: Metadata,
    spec: Spec,
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    name: String,
    namespace: Option<String>,
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    init_containers: Option<Vec<SpecContainer>>,
    containers: Option<Vec<SpecContainer>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SpecContainer {
    name: String,
    command: Option<Vec<String>>,
    args: Option<Vec<String>>,
    restart_policy: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    phase: String,
    reason: Option<String>,
    init_container_statuses: Option<Vec<ContainerStatus>>,
    container_statuses: Option<Vec<ContainerStatus>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ContainerStatus {
    name: String,
    restart_count: u64,
    state: Option<ContainerState>,
    last_state: Option<ContainerState>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ContainerState {
    waiting: Option<Waiting>,
    running: Option<Running>,
    terminated: Option<Terminated>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Waiting {
    reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Running {
    started_at: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Terminated {
    exit_code: i64,
    reason: Option<String>,
    started_at: Option<String>,
    finished_at: Option<String>,
}

impl Object {
    fn pod(&self) -> Pod<'_> {
        let annotations = self.metadata.annotations.as_ref();
        let Spec { init_containers, containers } = &self.spec;
        let status = &self.status;
        Pod {
            namespace: self.metadata.namespace.as_deref(),
            name: &self.metadata.name,
            steps: annotations.and_then(|all| all.get(names::STEPS_ANNOTATION)).map(String::as_str),
            init_containers: status.join(init_containers.as_deref()),
            containers: status.join(containers.as_deref()),
            phase: &status.phase,
            reason: status.reason.as_deref(),
        }
    }
}

impl Status {
    /// The containers, each with its status. These come in any order.
    fn join<'p>(&'p self, containers: Option<&'p [SpecContainer]>) -> Vec<Container<'p>> {
        let all =
            || [&self.init_container_statuses, &self.container_statuses].into_iter().flatten().flatten();
        let of = |container: &SpecContainer| all().find(|status| status.name == container.name);
        containers.into_iter().flatten().map(|container| container.with(of(container))).collect()
    }
}

impl SpecContainer {
    fn with<'p>(&'p self, status: Option<&'p ContainerStatus>) -> Container<'p> {
        let args = self.args.iter().flatten().take_while(|arg| *arg != protocol::END_OF_FLAGS);
        Container {
            name: &self.name,
            is_sidecar: self.restart_policy.as_deref() == Some("Always"),
            is_wrapped: self.command.as_deref().is_some_and(|command| command == [protocol::BINARY]),
            has_timeout: args.into_iter().any(|arg| arg == protocol::TIMEOUT),
            state: status.and_then(|status| status.state.as_ref()).map(state).unwrap_or_default(),
            before: status.and_then(|status| status.last_state.as_ref()?.terminated.as_ref()).map(end),
            restarts: status.map_or(0, |status| status.restart_count),
        }
    }
}

fn state(state: &ContainerState) -> State<'_> {
    match state {
        ContainerState { terminated: Some(terminated), .. } => State::Terminated(end(terminated)),
        ContainerState { running: Some(running), .. } => State::Running(time(running.started_at.as_ref())),
        ContainerState { waiting: Some(waiting), .. } => State::Waiting(waiting.reason.as_deref()),
        ContainerState { .. } => State::Unknown,
    }
}

fn end(terminated: &Terminated) -> End<'_> {
    End {
        exit_code: terminated.exit_code,
        reason: terminated.reason.as_deref(),
        started: time(terminated.started_at.as_ref()),
        finished: time(terminated.finished_at.as_ref()),
    }
}

fn time(text: Option<&String>) -> Option<Time> {
    text.and_then(|text| Time::parse(text))
}
