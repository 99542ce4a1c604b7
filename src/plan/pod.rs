//! The plain struct that is planned on: just what the rewrite reads of an object.
//!
//! Every part remembers where it stands in the object as it came, so that a difference between two of these is a
//! change of places and values. Knows neither YAML nor API types.

use super::names;
use kueueleuleu_yaml::edit::{Lent, Value};
use std::borrow::Cow;

/// An object with a pod in it.
#[derive(Clone, Debug)]
pub(super) struct Object<'v> {
    /// The `metadata` of what holds the pod, outermost first.
    pub(super) outer: Vec<Meta<'v>>,
    /// The pod's own `metadata`.
    pub(super) meta: Meta<'v>,
    /// The pod's `spec`.
    pub(super) pod: Pod<'v>,
}

impl<'v> Object<'v> {
    /// The same object, of which hardly anything is copied before it changes.
    pub(super) fn lend(&self) -> Object<'_> {
        let outer = self.outer.iter().map(Meta::lend).collect();
        Object { outer, meta: self.meta.lend(), pod: self.pod.lend() }
    }

    /// Every `metadata` on the way to the pod, outermost first; the last is the pod's own.
    pub(super) fn metas(&self) -> impl Iterator<Item = &Meta<'v>> {
        self.outer.iter().chain([&self.meta])
    }

    /// The same, to be changed.
    pub(super) fn metas_mut(&mut self) -> impl Iterator<Item = &mut Meta<'v>> {
        self.outer.iter_mut().chain([&mut self.meta])
    }
}

/// An annotation, or an entry of the record: its key and its value.
pub(super) type Entry<'v> = (&'static str, Cow<'v, str>);

/// The annotations of one `metadata`.
#[derive(Clone, Debug, Default)]
pub(super) struct Meta<'v> {
    /// Whether there is a `metadata`.
    pub(super) present: bool,
    /// Whether there are `annotations` in it.
    pub(super) annotated: bool,
    /// Those of all others, where they stand behind an alias and can only be written again as a whole.
    pub(super) foreign: Option<Vec<(Cow<'v, str>, Value<'v>)>>,
    /// Whether no annotation but ours is among them.
    pub(super) is_bare: bool,
    /// Ours, as they are written.
    pub(super) written: Vec<Entry<'v>>,
    /// What ours say: the mark, and each entry of the record.
    pub(super) ours: Lent<'v, Entry<'v>>,
}

impl<'v> Meta<'v> {
    /// The same without those of others, which nobody changes.
    fn lend(&self) -> Meta<'_> {
        Meta { ours: Lent::Borrowed(&self.ours), foreign: None, written: Vec::new(), ..*self }
    }

    /// Says that the object is converted.
    pub(super) fn mark(&mut self) {
        if self.ours.is_empty() {
            self.ours = vec![(names::ANNOTATION, Cow::Borrowed("true"))].into();
        } else {
            self.set(names::ANNOTATION, "true");
        }
    }

    /// Sets the mark, or an entry of the record. They stand in one order, whatever was set first.
    pub(super) fn set(&mut self, key: &'static str, value: impl Into<Cow<'v, str>>) {
        let ours = self.ours.to_mut();
        ours.retain(|(name, _)| *name != key);
        ours.push((key, value.into()));
        ours.sort_by_key(|(key, _)| names::RECORDS.iter().position(|known| known == key));
    }

    /// Whether an annotation records what was changed.
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
    /// Whether it says that it is for Windows nodes.
    pub(super) windows: bool,
    /// Whether its containers run as root, unless they say otherwise.
    pub(super) runs_as_root: bool,
    /// Whether nothing but the node tells its sandbox: it has the node's network and IPC namespaces.
    pub(super) has_host_namespaces: bool,
    /// `terminationGracePeriodSeconds`.
    pub(super) grace: Option<i64>,
    /// What the Job says of exit codes, in `podFailurePolicy`.
    pub(super) exit_code_rules: Lent<'v, ExitCodeRule<'v>>,
    /// `resources` of the pod as a whole.
    pub(super) resources: Option<Value<'v>>,
    /// `initContainers`.
    pub(super) init_containers: Containers<'v>,
    /// The one of the rewrite, to stand behind them.
    pub(super) our_init_container: Option<Value<'v>>,
    /// `containers`.
    pub(super) containers: Containers<'v>,
    /// `volumes`.
    pub(super) volumes: NamedItems<'v>,
    /// Those of the rewrite, to stand behind them.
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
    /// Whether it is there, and not null.
    pub(super) present: bool,
    /// Whether it can be edited where it stands; if not, it can only be written again as a whole.
    pub(super) own: bool,
    /// Its items.
    pub(super) items: I,
}

/// A list of containers.
pub(super) type Containers<'v> = List<Vec<Container<'v>>>;
/// A `command`, or `args`.
pub(super) type Args<'v> = List<Lent<'v, Arg<'v>>>;
/// A list of volumes, or of mounts.
pub(super) type NamedItems<'v> = List<Lent<'v, Named<'v>>>;

impl<I: Default> Default for List<I> {
    fn default() -> Self {
        Self { present: false, own: true, items: I::default() }
    }
}

impl<'v, T> List<Vec<T>> {
    /// The same list, as one that can be lent.
    pub(super) fn made(self) -> List<Lent<'v, T>> {
        List { present: self.present, own: self.own, items: self.items.into() }
    }
}

impl<T> List<Lent<'_, T>> {
    /// The same list, of which nothing is copied before it changes.
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
    /// Where it stands.
    pub(super) origin: (ContainerList, usize),
    /// `name`.
    pub(super) name: &'v str,
    /// What stands before its command, where it is wrapped.
    pub(super) wrapper: Option<Wrapper<'v>>,
    /// `command`.
    pub(super) command: Args<'v>,
    /// Whether its `command` could not be read, which was reported.
    pub(super) is_command_lost: bool,
    /// `args`.
    pub(super) args: Args<'v>,
    /// `volumeMounts`.
    pub(super) mounts: NamedItems<'v>,
    /// Those of the rewrite, to stand behind them.
    pub(super) our_mounts: Lent<'v, Value<'v>>,
    /// cpu, memory and ephemeral-storage of `resources`, as they are written.
    pub(super) resources: Option<Value<'v>>,
    /// All amounts of `resources`.
    pub(super) amounts: Amounts<'v>,
    /// `image`.
    pub(super) image: Option<&'v str>,
    /// `restartPolicy`, which makes a native sidecar of an init container.
    pub(super) restart_policy: Option<&'v str>,
    /// `restartPolicyRules`.
    pub(super) restart_rules: Lent<'v, RestartRule<'v>>,
    /// The names in `env`.
    pub(super) env: Lent<'v, &'v str>,
    /// Which of `stdin` and `tty` it asks for.
    pub(super) terminal: Option<&'static str>,
    /// Its probes, `lifecycle` and `resizePolicy`: what an ordinary init container may not have.
    pub(super) hooks: Lent<'v, Hook<'v>>,
    /// A startup probe of the rewrite.
    pub(super) gate: Option<Value<'v>>,
    /// The whole of it, where it is ours.
    pub(super) value: Option<Value<'v>>,
}

impl Container<'_> {
    /// One that could not be read, which was reported. It stands where it is, so that the others can be judged.
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

    /// The same container, of which hardly anything is copied before it changes.
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

/// What a container asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Amounts<'v> {
    /// `limits`.
    pub(super) limits: Lent<'v, Amount<'v>>,
    /// `requests`.
    pub(super) requests: List<Lent<'v, Amount<'v>>>,
    /// The whole of `resources`, where `requests` can only be written again with it.
    pub(super) rewrite: Option<Value<'v>>,
}

impl<'v> Amounts<'v> {
    fn lend(&self) -> Amounts<'_> {
        Amounts { limits: Lent::Borrowed(&self.limits), requests: self.requests.lend(), rewrite: None }
    }

    /// Those of a `resources` that was made.
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

    /// What of them is copied: the three that every node knows.
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
    /// Whether the first word of the command is a flag's value, and the end of the flags comes after it.
    pub(super) ends_after_program: bool,
}

/// Something that the kubelet does to a container from its start on, whether its step has begun or not.
#[derive(Clone, Debug)]
pub(super) struct Hook<'v> {
    /// Its key: one of the probes, `lifecycle` or `resizePolicy`.
    pub(super) key: &'static str,
    /// What it does.
    pub(super) action: Action<'v>,
    /// What of it can only be written again, if anything.
    pub(super) rewrite: Rewrite<'v>,
    /// When a probe asks.
    pub(super) timing: Timing,
    /// The whole of it, where it is ours.
    pub(super) value: Option<Value<'v>>,
}

/// When a probe asks, and how often, as far as it says so.
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

/// What of a probe stands behind an alias, or is merged, and can only be written again as a whole.
#[derive(Clone, Debug)]
pub(super) enum Rewrite<'v> {
    /// Nothing.
    None,
    /// Its `exec`.
    Exec(Value<'v>),
    /// All of it.
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
    Exec(Args<'v>),
    /// It asks over the network.
    Ask,
    /// It does something before the command has been started for sure.
    PostStart,
    /// Nothing that a waiting container would notice.
    Nothing,
}

/// Exit codes, as Kubernetes has them in rules.
#[derive(Clone, Debug)]
pub(super) struct ExitCodes {
    /// Whether all codes but these are meant.
    pub(super) negated: bool,
    /// The codes.
    pub(super) values: Vec<i64>,
}

impl ExitCodes {
    /// Whether a code is meant.
    pub(super) fn contain(&self, code: u8) -> bool {
        self.values.contains(&i64::from(code)) != self.negated
    }
}

/// A rule of a `podFailurePolicy` that goes by exit codes.
#[derive(Clone, Debug)]
pub(super) struct ExitCodeRule<'v> {
    /// Its index among all rules.
    pub(super) index: usize,
    /// What happens.
    pub(super) action: &'v str,
    /// The only container that it is about, if it says so.
    pub(super) container: Option<&'v str>,
    /// The codes, which are never 0.
    pub(super) codes: ExitCodes,
}

impl ExitCodeRule<'_> {
    /// Whether it is about a failure with this code.
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
    /// After which exit codes; 0 may be among them.
    pub(super) codes: ExitCodes,
}

impl RestartRule<'_> {
    /// The action that restarts the whole pod, its init containers included.
    pub(super) const ALL: &'static str = "RestartAllContainers";

    /// Whether it decides about this code.
    pub(super) fn matches(&self, code: u8) -> bool {
        self.codes.contain(code)
    }
}

/// Whether an argument stands in `command` or in `args`.
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
    /// Where it stands in its container; `None` for a new one, or one that can only be written again.
    pub(super) origin: Option<(ArgList, usize)>,
}

impl AsRef<str> for Arg<'_> {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl<'v> Arg<'v> {
    /// A new one.
    pub(super) fn new(text: impl Into<Cow<'v, str>>) -> Self {
        Self { text: text.into(), origin: None }
    }
}

/// An item of a list that is found by its name: a volume, or the mount of one.
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
    /// Whether nothing can be written: a mount says `readOnly`, a volume is of a kind that the cluster fills.
    pub(super) is_read_only: bool,
    /// The whole of it, where it is ours or can only be written again.
    pub(super) value: Option<Value<'v>>,
}
