//! Defines the plain struct on which the planner works: only the fields that the rewrite reads or changes.
//!
//! Every part remembers its place in the current object, so that the difference between two of these structs consists
//! of changed places and values. Knows neither YAML nor API types.

use super::names;
use kueueleuleu_yaml::edit::{Lent, Value};
use std::borrow::Cow;

/// An object that contains a pod.
#[derive(Clone, Debug)]
pub(super) struct Workload<'v> {
    /// The `metadata` of each level around the pod, outermost first.
    pub(super) outer: Vec<Meta<'v>>,
    /// The pod's own `metadata`.
    pub(super) meta: Meta<'v>,
    /// The pod's `spec`.
    pub(super) pod: Pod<'v>,
}

impl<'v> Workload<'v> {
    /// A copy of the object that borrows nearly everything until it changes.
    pub(super) fn lend(&self) -> Workload<'_> {
        let outer = self.outer.iter().map(Meta::lend).collect();
        Workload { outer, meta: self.meta.lend(), pod: self.pod.lend() }
    }

    /// Every `metadata` on the path to the pod, outermost first. The last is that of the pod itself.
    pub(super) fn metas(&self) -> impl Iterator<Item = &Meta<'v>> {
        self.outer.iter().chain([&self.meta])
    }

    /// The same, mutably.
    pub(super) fn metas_mut(&mut self) -> impl Iterator<Item = &mut Meta<'v>> {
        self.outer.iter_mut().chain([&mut self.meta])
    }
}

/// An annotation, or an entry of the record: its key and its value.
pub(super) type RecordEntry<'v> = (&'static str, Cow<'v, str>);

/// The annotations of one `metadata`.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing about the mapping")]
pub(super) struct Meta<'v> {
    /// Whether there is a `metadata`.
    pub(super) present: bool,
    /// Whether there are `annotations` in it.
    pub(super) annotated: bool,
    /// Whether there are other fields in it.
    pub(super) has_others: bool,
    /// The annotations that are not ours, if they come from an alias and can only be written out as a whole.
    pub(super) foreign: Option<Vec<(Cow<'v, str>, Value<'v>)>>,
    /// Whether all annotations are ours.
    pub(super) is_bare: bool,
    /// Our annotations, as they are written.
    pub(super) written: Vec<RecordEntry<'v>>,
    /// The content of our annotations: the mark, and each entry of the record.
    pub(super) ours: Lent<'v, RecordEntry<'v>>,
}

impl<'v> Meta<'v> {
    /// A copy without the annotations that are not ours, which the rewrite does not change.
    fn lend(&self) -> Meta<'_> {
        Meta { ours: Lent::Borrowed(&self.ours), foreign: None, written: Vec::new(), ..*self }
    }

    /// Marks the object as converted.
    pub(super) fn mark(&mut self) {
        if self.ours.is_empty() {
            self.ours = vec![(names::ANNOTATION, Cow::Borrowed("true"))].into();
        } else {
            self.set(names::ANNOTATION, "true");
        }
    }

    /// Sets the mark, or an entry of the record. Their order does not depend on which was set first.
    pub(super) fn set(&mut self, key: &'static str, value: impl Into<Cow<'v, str>>) {
        let ours = self.ours.to_mut();
        ours.retain(|(name, _)| *name != key);
        ours.push((key, value.into()));
        ours.sort_by_key(|(key, _)| names::RECORDS.iter().position(|known| known == key));
    }

    /// Whether there is an entry of the record.
    pub(super) fn has_record(&self) -> bool {
        self.ours.iter().any(|(key, _)| *key != names::ANNOTATION)
    }

    /// The value of the mark, or of an entry of the record.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.ours.iter().find(|(name, _)| *name == key).map(|(_, value)| &**value)
    }
}

/// A pod's `spec`.
#[derive(Clone, Debug, Default)]
pub(super) struct Pod<'v> {
    /// `restartPolicy`.
    pub(super) restart_policy: Option<Cow<'v, str>>,
    /// Whether it is for Windows nodes.
    pub(super) windows: bool,
    /// Whether its containers run as root by default.
    pub(super) runs_as_root: bool,
    /// Whether it uses the network and IPC namespaces of the node, so that its sandbox cannot be identified.
    pub(super) has_host_namespaces: bool,
    /// `terminationGracePeriodSeconds`.
    pub(super) grace: Option<i64>,
    /// The rules about exit codes in `podFailurePolicy` of the Job.
    pub(super) exit_code_rules: Lent<'v, ExitCodeRule<'v>>,
    /// `resources` of the pod as a whole.
    pub(super) resources: Option<Value<'v>>,
    /// `initContainers`.
    pub(super) init_containers: Containers<'v>,
    /// The init container of the rewrite, which comes after them.
    pub(super) our_init_container: Option<Value<'v>>,
    /// `containers`.
    pub(super) containers: Containers<'v>,
    /// `volumes`.
    pub(super) volumes: NamedItems<'v>,
    /// The volumes of the rewrite, which come after them.
    pub(super) our_volumes: Lent<'v, Value<'v>>,
}

impl Pod<'_> {
    fn lend(&self) -> Pod<'_> {
        Pod {
            restart_policy: self.restart_policy.as_deref().map(Cow::Borrowed),
            exit_code_rules: Lent::Borrowed(&self.exit_code_rules),
            resources: self.resources.as_ref().map(Value::lend),
            init_containers: self.init_containers.lend(),
            our_init_container: None,
            containers: self.containers.lend(),
            volumes: self.volumes.lend(),
            our_volumes: Lent::default(),
            ..*self
        }
    }
}

/// A list that may be absent.
#[derive(Clone, Debug)]
pub(super) struct List<I> {
    /// Whether it is present, and not null.
    pub(super) present: bool,
    /// Whether it can be edited in place. Otherwise it can only be written out as a whole.
    pub(super) own: bool,
    /// Its items.
    pub(super) items: I,
}

/// A list of containers.
pub(super) type Containers<'v> = List<Vec<Container<'v>>>;
/// A `command`, or `args`.
pub(super) type ArgItems<'v> = List<Lent<'v, Arg<'v>>>;
/// A list of volumes, or of mounts.
pub(super) type NamedItems<'v> = List<Lent<'v, Named<'v>>>;

impl<I: Default> Default for List<I> {
    fn default() -> Self {
        Self { present: false, own: true, items: I::default() }
    }
}

impl<'v, T> List<Vec<T>> {
    /// The same list, as one that can be borrowed.
    pub(super) fn made(self) -> List<Lent<'v, T>> {
        List { present: self.present, own: self.own, items: self.items.into() }
    }
}

impl<T> List<Lent<'_, T>> {
    /// A copy of the list that borrows its items until they change.
    fn lend(&self) -> List<Lent<'_, T>> {
        List { present: self.present, own: self.own, items: Lent::Borrowed(&self.items) }
    }
}

impl Containers<'_> {
    fn lend(&self) -> Containers<'_> {
        let items = self.items.iter().map(Container::lend).collect();
        List { present: self.present, own: self.own, items }
    }
}

/// One of the two lists of containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ContainerList {
    /// `initContainers`
    Init,
    /// `containers`
    Main,
}

impl ContainerList {
    /// Its key.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Init => "initContainers",
            Self::Main => "containers",
        }
    }
}

/// A container.
#[derive(Clone, Debug)]
pub(super) struct Container<'v> {
    /// Its list and its index in the current object.
    pub(super) origin: (ContainerList, usize),
    /// `name`.
    pub(super) name: &'v str,
    /// The words before its command, if it is wrapped.
    pub(super) wrapper: Option<Wrapper<'v>>,
    /// `command`.
    pub(super) command: ArgItems<'v>,
    /// Whether its `command` could not be read, which is reported already.
    pub(super) is_command_lost: bool,
    /// `args`.
    pub(super) args: ArgItems<'v>,
    /// `volumeMounts`.
    pub(super) mounts: NamedItems<'v>,
    /// The mounts of the rewrite, which come after them.
    pub(super) our_mounts: Lent<'v, Value<'v>>,
    /// cpu, memory and ephemeral-storage of `resources`, as they are written.
    pub(super) resources: Option<Value<'v>>,
    /// All amounts of `resources`.
    pub(super) amounts: Amounts<'v>,
    /// `image`.
    pub(super) image: Option<&'v str>,
    /// `restartPolicy`. `Always` makes an init container a native sidecar.
    pub(super) restart_policy: Option<&'v str>,
    /// `restartPolicyRules`.
    pub(super) restart_rules: Lent<'v, RestartRule<'v>>,
    /// The names in `env`.
    pub(super) env: Lent<'v, &'v str>,
    /// `stdin` or `tty`, if it sets one of them.
    pub(super) terminal: Option<&'static str>,
    /// Its probes, `lifecycle` and `resizePolicy`, which an ordinary init container may not have.
    pub(super) hooks: Lent<'v, Hook<'v>>,
    /// The startup probe of the rewrite.
    pub(super) gate: Option<Value<'v>>,
    /// The whole container, if it is ours.
    pub(super) value: Option<Value<'v>>,
}

impl Container<'_> {
    /// A container that could not be read, which is reported already. It keeps its place, so that the others can be
    /// checked.
    pub(super) fn unreadable(origin: (ContainerList, usize)) -> Self {
        Self {
            origin,
            name: "",
            wrapper: None,
            command: List::default(),
            is_command_lost: true,
            args: List::default(),
            mounts: List::default(),
            our_mounts: Lent::default(),
            resources: None,
            image: None,
            restart_policy: None,
            restart_rules: Lent::default(),
            amounts: Amounts::default(),
            env: Lent::default(),
            gate: None,
            terminal: None,
            hooks: Lent::default(),
            value: None,
        }
    }

    /// Whether it is known to have no `command`.
    pub(super) fn has_no_command(&self) -> bool {
        self.command.items.is_empty() && !self.is_command_lost
    }

    /// A copy of the container that borrows nearly everything until it changes.
    fn lend(&self) -> Container<'_> {
        Container {
            wrapper: None,
            command: self.command.lend(),
            args: self.args.lend(),
            mounts: self.mounts.lend(),
            our_mounts: Lent::default(),
            resources: self.resources.as_ref().map(Value::lend),
            amounts: self.amounts.lend(),
            hooks: Lent::Borrowed(&self.hooks),
            restart_rules: Lent::Borrowed(&self.restart_rules),
            env: Lent::Borrowed(&self.env),
            gate: None,
            value: None,
            ..*self
        }
    }
}

/// A quantity by the name of its resource.
pub(super) type Amount<'v> = (Cow<'v, str>, Value<'v>);

/// The resources of a container.
#[derive(Clone, Debug, Default)]
pub(super) struct Amounts<'v> {
    /// `limits`.
    pub(super) limits: Lent<'v, Amount<'v>>,
    /// `requests`.
    pub(super) requests: List<Lent<'v, Amount<'v>>>,
    /// The whole of `resources`, if `requests` can only be written out together with it.
    pub(super) rewrite: Option<Value<'v>>,
}

impl<'v> Amounts<'v> {
    fn lend(&self) -> Amounts<'_> {
        Amounts { limits: Lent::Borrowed(&self.limits), requests: self.requests.lend(), rewrite: None }
    }

    /// The amounts in a `resources` that was generated.
    pub(super) fn of_value(resources: &Value<'v>) -> Self {
        let list = |name: &str| match resources {
            Value::Map(lists) => match lists.iter().find(|(key, _)| key == name) {
                Some((_, Value::Map(list))) => list.clone(),
                _ => Lent::default(),
            },
            _ => Lent::default(),
        };
        let requests = List { present: true, own: true, items: list("requests") };
        Self { limits: list("limits"), requests, rewrite: None }
    }

    /// The amounts that are copied to the prepare container: those of the three resources that every node has.
    pub(super) fn copied(&self) -> Option<Value<'v>> {
        let of = |list: &[Amount<'v>]| -> Vec<_> {
            let is_copied =
                |(name, _): &&Amount<'_>| matches!(&**name, "cpu" | "memory" | "ephemeral-storage");
            list.iter().filter(is_copied).cloned().collect()
        };
        let lists = [("limits", of(&self.limits)), ("requests", of(&self.requests.items))];
        let lists: Vec<_> = lists.into_iter().filter(|(_, list)| !list.is_empty()).collect();
        let lists = lists.into_iter().map(|(key, list)| (Cow::Borrowed(key), Value::Map(list.into())));
        let lists: Vec<_> = lists.collect();
        (!lists.is_empty()).then(|| Value::Map(lists.into()))
    }
}

/// The words before a step's own command.
#[derive(Clone, Debug)]
pub(super) struct Wrapper<'v> {
    /// The entrypoint and its flags.
    pub(super) words: Vec<Cow<'v, str>>,
    /// Whether the first word of the command is the value of the last flag, so that the end of the flags comes after
    /// it.
    pub(super) ends_after_program: bool,
}

/// A field that makes the kubelet act on a container as soon as it starts, whether its step has begun or not.
#[derive(Clone, Debug)]
pub(super) struct Hook<'v> {
    /// Its key: one of the probes, `lifecycle` or `resizePolicy`.
    pub(super) key: &'static str,
    /// What it does.
    pub(super) action: Action<'v>,
    /// The part of it that cannot be edited in place.
    pub(super) rewrite: Rewrite<'v>,
    /// When a probe runs.
    pub(super) timing: Timing,
    /// The whole hook, if it is ours.
    pub(super) value: Option<Value<'v>>,
}

/// When a probe runs, and how often. Fields that the probe does not set are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Timing {
    /// `failureThreshold`.
    pub(super) failures: Option<i64>,
    /// `initialDelaySeconds`.
    pub(super) delay: Option<i64>,
    /// `periodSeconds`.
    pub(super) period: Option<i64>,
    /// `terminationGracePeriodSeconds`.
    pub(super) grace: Option<i64>,
}

/// The part of a probe that comes from an alias or a merge, and can only be written out as a whole.
#[derive(Clone, Debug)]
pub(super) enum Rewrite<'v> {
    /// None.
    None,
    /// Its `exec`.
    Exec(Value<'v>),
    /// The whole probe.
    All(Value<'v>),
}

impl Hook<'_> {
    /// The keys of probes.
    pub(super) const PROBES: [&'static str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];
}

/// What a [`Hook`] does.
#[derive(Clone, Debug)]
pub(super) enum Action<'v> {
    /// It runs this command in the container.
    Exec(ArgItems<'v>),
    /// It sends a request over the network.
    Ask,
    /// It runs after the container is created, perhaps before its command.
    PostStart,
    /// Nothing that affects a waiting container.
    Nothing,
}

/// Exit codes, as in the rules of Kubernetes.
#[derive(Clone, Debug)]
pub(super) struct ExitCodes {
    /// Whether the set contains all codes except these (`NotIn`).
    pub(super) negated: bool,
    /// The codes.
    pub(super) values: Vec<i64>,
}

impl ExitCodes {
    /// Whether the set contains a code.
    pub(super) fn contain(&self, code: u8) -> bool {
        self.values.contains(&i64::from(code)) != self.negated
    }
}

/// A rule of a `podFailurePolicy` about exit codes.
#[derive(Clone, Debug)]
pub(super) struct ExitCodeRule<'v> {
    /// Its index among all rules.
    pub(super) index: usize,
    /// What happens to the Job.
    pub(super) action: &'v str,
    /// The container to which it applies; `None` if it applies to all.
    pub(super) container: Option<&'v str>,
    /// The codes, which are never 0.
    pub(super) codes: ExitCodes,
}

impl ExitCodeRule<'_> {
    /// Whether it matches a failure with this code.
    pub(super) fn matches(&self, code: u8) -> bool {
        code != 0 && self.codes.contain(code)
    }
}

/// A rule of a container's `restartPolicyRules`.
#[derive(Clone, Debug)]
pub(super) struct RestartRule<'v> {
    /// Its index among all rules.
    pub(super) index: usize,
    /// What is restarted: `Restart`, or `RestartAllContainers`.
    pub(super) action: &'v str,
    /// The exit codes after which it applies; 0 may be among them.
    pub(super) codes: ExitCodes,
}

impl RestartRule<'_> {
    /// The action that restarts the whole pod, its init containers included.
    pub(super) const ALL: &'static str = "RestartAllContainers";

    /// Whether it applies to this code.
    pub(super) fn matches(&self, code: u8) -> bool {
        self.codes.contain(code)
    }
}

/// One of the two lists of words of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArgList {
    /// `command`
    Command,
    /// `args`
    Args,
}

impl ArgList {
    /// Its key.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Args => "args",
        }
    }
}

/// An item of `command` or `args`.
#[derive(Clone, Debug)]
pub(super) struct Arg<'v> {
    /// Its text.
    pub(super) text: Cow<'v, str>,
    /// Its list and its index in the current container; `None` if it is new, or can only be written out.
    pub(super) origin: Option<(ArgList, usize)>,
}

impl AsRef<str> for Arg<'_> {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl<'v> Arg<'v> {
    /// A new word.
    pub(super) fn new(text: impl Into<Cow<'v, str>>) -> Self {
        Self { text: text.into(), origin: None }
    }
}

/// An item of a list in which items have names: a volume or a mount.
#[derive(Clone, Debug)]
pub(super) struct Named<'v> {
    /// Its index.
    pub(super) origin: usize,
    /// `name`.
    pub(super) name: &'v str,
    /// `mountPath`, of a mount.
    pub(super) path: &'v str,
    /// `subPath`, of a mount.
    pub(super) sub_path: Option<&'v str>,
    /// Whether it is read-only: a mount with `readOnly`, or a volume that the cluster fills.
    pub(super) is_read_only: bool,
    /// The whole item, if it is ours or can only be written out.
    pub(super) value: Option<Value<'v>>,
}
