//! Reads any view of a `Pod` into the plain struct.
//!
//! Knows the field names of the API. Reports all malformed fields at once, each with its route and its place. Fields
//! that are not needed may have any value.

use super::{ContainerStatus, PodStatus, Problem, Restart, Role, State, Termination, Time};
use crate::diagnostic::{Diagnostic, Rule};
use crate::plan;
use crate::route::Route;
use crate::view::{Type, View};
use kueueleuleu_yaml::edit::Value;

/// Reads a pod.
pub(crate) fn pod<'v, V: View<'v>>(root: V) -> Result<PodStatus, Vec<Diagnostic>> {
    let (members, problems) = plan::sequence(root);
    let mut reader = FieldReader { problems };
    let pod = reader.pod(&RoutedValue::root(root), &members);
    if reader.problems.is_empty() { Ok(pod) } else { Err(reader.problems) }
}

/// A value that may be absent, and its route.
pub(super) struct RoutedValue<V> {
    value: Option<V>,
    route: Route,
}

impl<'v, V: View<'v>> RoutedValue<V> {
    pub(super) fn root(value: V) -> Self {
        Self { value: Some(value), route: Route::root() }
    }

    pub(super) fn is_present(&self) -> bool {
        self.value.is_some()
    }

    pub(super) fn value(&self) -> Option<V> {
        self.value
    }
}

/// Reads fields, and remembers which are malformed.
#[derive(Default)]
pub(super) struct FieldReader {
    pub(super) problems: Vec<Diagnostic>,
}

impl FieldReader {
    /// The value of a key in a mapping; absent if it is null, or if the mapping is absent.
    pub(super) fn get<'v, V: View<'v>>(
        &mut self,
        field: &RoutedValue<V>,
        key: &'static str,
    ) -> RoutedValue<V> {
        let route = field.route.key(key);
        let Some(value) = field.value else { return RoutedValue { value: None, route } };
        let mut found = [None];
        match value.pick(&[key], &mut found) {
            Ok(true) => {}
            Ok(false) => self.wrong_type(value, &field.route, Type::Object),
            Err(malformed) => {
                let error =
                    Diagnostic::error(malformed.rule, field.route.clone(), malformed.message, malformed.help);
                self.add(Diagnostic { span: malformed.span, ..error });
            }
        }
        RoutedValue { value: found[0], route }
    }

    fn path<'v, V: View<'v>>(&mut self, field: &RoutedValue<V>, keys: &[&'static str]) -> RoutedValue<V> {
        let root = RoutedValue { value: field.value, route: field.route.clone() };
        keys.iter().fold(root, |field, key| self.get(&field, key))
    }

    pub(super) fn items<'v, V: View<'v>>(&mut self, list: &RoutedValue<V>) -> Vec<RoutedValue<V>> {
        let Some(value) = list.value else { return Vec::new() };
        if value.type_of() != Type::Array {
            self.wrong_type(value, &list.route, Type::Array);
        }
        let item = |(index, item)| RoutedValue { value: Some(item), route: list.route.index(index) };
        value.items().enumerate().map(item).collect()
    }

    /// A string; `None` if the field is absent, or not a string, which is reported.
    pub(super) fn string<'v, V: View<'v>>(
        &mut self,
        field: &RoutedValue<V>,
        key: &'static str,
    ) -> Option<String> {
        let field = self.get(field, key);
        let value = field.value?;
        let text = value.string();
        if text.is_none() {
            self.wrong_type(value, &field.route, Type::String);
        }
        text.map(str::to_owned)
    }

    pub(super) fn number<'v, V: View<'v>>(
        &mut self,
        field: &RoutedValue<V>,
        key: &'static str,
    ) -> Option<i64> {
        let field = self.get(field, key);
        self.integer(&field)
    }

    fn integer<'v, V: View<'v>>(&mut self, field: &RoutedValue<V>) -> Option<i64> {
        let value = field.value?;
        let number = match value.value() {
            Ok(Value::Raw(text)) if value.type_of() == Type::Number => text.parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.wrong_type(value, &field.route, Type::Number);
        }
        number
    }

    pub(super) fn time<'v, V: View<'v>>(
        &mut self,
        field: &RoutedValue<V>,
        key: &'static str,
    ) -> Option<Time> {
        let text = self.string(field, key)?;
        let time = Time::parse(&text);
        if time.is_none() {
            let field = self.get(field, key);
            let message = format!("`{}` is `{text}`, not a time", field.route);
            let error = Diagnostic::error(
                Rule::InvalidStatus,
                field.route,
                message,
                "write it as `2026-11-24T00:31:25Z`",
            );
            self.add(Diagnostic { span: field.value.and_then(View::span), ..error });
        }
        // The start time of a container that could not be started is 1970-01-01.
        time.filter(|time| *time > Time::from_seconds(0))
    }

    pub(super) fn is_true<'v, V: View<'v>>(&mut self, field: &RoutedValue<V>, key: &'static str) -> bool {
        let value = self.get(field, key).value.and_then(|value| value.value().ok());
        matches!(value, Some(Value::Raw(text)) if text == "true")
    }

    pub(super) fn problem<'v, V: View<'v>>(&mut self, field: &RoutedValue<V>) -> Problem {
        Problem {
            reason: self.string(field, "reason").unwrap_or_default(),
            message: self.string(field, "message").unwrap_or_default(),
        }
    }

    fn wrong_type<'v, V: View<'v>>(&mut self, value: V, route: &Route, expected: Type) {
        let field = if route.segments().is_empty() { "the object".to_owned() } else { format!("`{route}`") };
        let message = format!("{field} is {}, not {}", value.type_of().name(), expected.name());
        let help = "pass the output of `kubectl get pod NAME -o json`";
        self.add(Diagnostic {
            span: value.span(),
            ..Diagnostic::error(Rule::InvalidStatus, route.clone(), message, help)
        });
    }

    /// Adds a problem, unless there is one for the same field.
    fn add(&mut self, problem: Diagnostic) {
        if self.problems.iter().all(|known| known.field != problem.field) {
            self.problems.push(problem);
        }
    }

    fn pod<'v, V: View<'v>>(&mut self, root: &RoutedValue<V>, members: &[plan::Member]) -> PodStatus {
        let metadata = self.get(root, "metadata");
        let spec = self.get(root, "spec");
        let status = self.get(root, "status");
        let annotations = self.get(&metadata, "annotations");
        let policy = self.string(&spec, "restartPolicy");
        let on_failure = matches!(policy.as_deref(), Some("OnFailure" | "Always") | None);
        let mut containers = self.containers(&spec, &status, true, on_failure, members);
        containers.extend(self.containers(&spec, &status, false, on_failure, members));
        let phase = self.string(&status, "phase").unwrap_or_default();
        let (unscheduled, disruption) = self.conditions(&status);
        PodStatus {
            namespace: self.string(&metadata, "namespace"),
            name: self.string(&metadata, "name").unwrap_or_default(),
            uid: self.string(&metadata, "uid").unwrap_or_default(),
            owner: self.owner(&metadata),
            created: self.time(&metadata, "creationTimestamp"),
            is_terminating: self.get(&metadata, "deletionTimestamp").is_present(),
            completion_index: self.string(&annotations, "batch.kubernetes.io/job-completion-index"),
            containers,
            problem: Some(self.problem(&status))
                .filter(|problem| *problem != Problem::default())
                .or(disruption),
            unscheduled,
            phase,
        }
    }

    /// The `uid` of the controller.
    pub(super) fn owner<'v, V: View<'v>>(&mut self, metadata: &RoutedValue<V>) -> Option<String> {
        let owners = self.get(metadata, "ownerReferences");
        let owners = self.items(&owners);
        owners.iter().find_map(|owner| {
            let uid = self.string(owner, "uid");
            uid.filter(|_| self.is_true(owner, "controller"))
        })
    }

    /// The reason why no node was found, and the reason of a disruption that ends the pod.
    fn conditions<'v, V: View<'v>>(&mut self, status: &RoutedValue<V>) -> (Option<Problem>, Option<Problem>) {
        let (mut unscheduled, mut disruption) = (None, None);
        let conditions = self.get(status, "conditions");
        for condition in self.items(&conditions) {
            let is = self.string(&condition, "status").unwrap_or_default();
            match (self.string(&condition, "type").as_deref(), &*is) {
                (Some("PodScheduled"), "False") => unscheduled = Some(self.problem(&condition)),
                (Some("DisruptionTarget"), "True") => disruption = Some(self.problem(&condition)),
                _ => {}
            }
        }
        (unscheduled, disruption)
    }

    fn containers<'v, V: View<'v>>(
        &mut self,
        spec: &RoutedValue<V>,
        status: &RoutedValue<V>,
        is_init: bool,
        on_failure: bool,
        members: &[plan::Member],
    ) -> Vec<ContainerStatus> {
        let keys = if is_init {
            ("initContainers", "initContainerStatuses")
        } else {
            ("containers", "containerStatuses")
        };
        let statuses = self.get(status, keys.1);
        let statuses: Vec<_> = self.items(&statuses);
        // The statuses come in any order.
        let names: Vec<_> = statuses.iter().map(|status| self.string(status, "name")).collect();
        let list = self.get(spec, keys.0);
        let containers = self.items(&list).into_iter().enumerate().map(|(index, item)| {
            let name = self.string(&item, "name").unwrap_or_default();
            let role = members.iter().find(|member| (member.is_init, member.index) == (is_init, index));
            let at = names.iter().position(|known| known.as_ref() == Some(&name));
            let absent = RoutedValue { value: None, route: Route::root() };
            let status = at.map_or(&absent, |at| &statuses[at]);
            let previous = self.path(status, &["lastState", "terminated"]);
            ContainerStatus {
                image: self.string(&item, "image").unwrap_or_default(),
                role: role.map_or(Role::Other, |member| member.role.clone()),
                restart: self.restart(&item, on_failure),
                state: self.state(status),
                is_started: self.is_true(status, "started"),
                last: previous.is_present().then(|| self.end(&previous)),
                restarts: self
                    .number(status, "restartCount")
                    .and_then(|count| u64::try_from(count).ok())
                    .unwrap_or(0),
                name,
            }
        });
        containers.collect()
    }

    /// When the kubelet restarts the container. Its own policy overrides that of the pod.
    fn restart<'v, V: View<'v>>(&mut self, container: &RoutedValue<V>, on_failure: bool) -> Restart {
        let own = self.string(container, "restartPolicy");
        let on_failure = own.map_or(on_failure, |policy| policy != "Never");
        let rules = self.get(container, "restartPolicyRules");
        let rules = self.items(&rules).into_iter().map(|rule| {
            let codes = self.get(&rule, "exitCodes");
            let is_negated = self.string(&codes, "operator").as_deref() == Some("NotIn");
            let values = self.get(&codes, "values");
            let values = self.items(&values);
            (is_negated, values.iter().filter_map(|value| self.integer(value)).collect())
        });
        let rules = rules.collect();
        Restart { on_failure, rules }
    }

    fn state<'v, V: View<'v>>(&mut self, status: &RoutedValue<V>) -> State {
        let state = self.get(status, "state");
        let terminated = self.get(&state, "terminated");
        let running = self.get(&state, "running");
        let waiting = self.get(&state, "waiting");
        if terminated.is_present() {
            State::Terminated(self.end(&terminated))
        } else if running.is_present() {
            State::Running(self.time(&running, "startedAt"))
        } else if waiting.is_present() {
            State::Waiting(self.problem(&waiting))
        } else {
            State::Unknown
        }
    }

    fn end<'v, V: View<'v>>(&mut self, terminated: &RoutedValue<V>) -> Termination {
        Termination {
            exit_code: self.number(terminated, "exitCode").unwrap_or_default(),
            signal: self.number(terminated, "signal").and_then(|signal| u8::try_from(signal).ok()),
            problem: self.problem(terminated),
            started: self.time(terminated, "startedAt"),
            finished: self.time(terminated, "finishedAt"),
        }
    }
}
