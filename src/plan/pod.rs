//! The plain struct that is planned on: just what the rewrite reads of an object.
//!
//! Every part remembers where it stands in the object as it came, so that a difference between two of these is a
//! change of places and values. Knows neither YAML nor API types.

use crate::edit::Value;
use std::borrow::Cow;

/// An object with a pod in it.
#[derive(Clone, Debug)]
pub(super) struct Object<'v> {
    /// The `metadata` on the way to the pod, outermost first; the last is the pod's own.
    pub(super) metas: Vec<Meta<'v>>,
    /// The pod's `spec`.
    pub(super) pod: Pod<'v>,
}

/// The annotations of one `metadata`.
#[derive(Clone, Debug, Default)]
pub(super) struct Meta<'v> {
    /// Whether there is a `metadata`.
    pub(super) present: bool,
    /// Whether there are `annotations` in it.
    pub(super) annotated: bool,
    /// Those of all others, where they stand behind an alias and can only be written again as a whole.
    pub(super) foreign: Option<Vec<(Cow<'v, str>, Value<'v>)>>,
    /// Ours: key and value.
    pub(super) ours: Vec<(&'static str, Cow<'v, str>)>,
}

impl Meta<'_> {
    /// The value of one of our annotations.
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
    /// `initContainers`.
    pub(super) init_containers: List<Container<'v>>,
    /// `containers`.
    pub(super) containers: List<Container<'v>>,
    /// `volumes`.
    pub(super) volumes: List<Named<'v>>,
}

/// A list that may be absent.
#[derive(Clone, Debug)]
pub(super) struct List<T> {
    /// Whether it is there, and not null.
    pub(super) present: bool,
    /// Whether it can be edited where it stands; if not, it can only be written again as a whole.
    pub(super) own: bool,
    /// Its items.
    pub(super) items: Vec<T>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { present: false, own: true, items: Vec::new() }
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
    /// Where it stands; `None` for one that is new, which `value` then holds.
    pub(super) origin: Option<(ContainerList, usize)>,
    /// `name`.
    pub(super) name: Cow<'v, str>,
    /// `command`.
    pub(super) command: List<Arg<'v>>,
    /// `args`.
    pub(super) args: List<Arg<'v>>,
    /// `volumeMounts`.
    pub(super) mounts: List<Named<'v>>,
    /// cpu, memory and ephemeral-storage of `resources`, as they are written.
    pub(super) resources: Option<Value<'v>>,
    /// Fields that an ordinary init container may not have, as far as it has them.
    pub(super) main_only: Vec<&'static str>,
    /// The whole of it, where it is ours: the one that came, or the one to be.
    pub(super) value: Option<Value<'v>>,
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

impl Arg<'_> {
    /// A new one.
    pub(super) fn new<'a>(text: impl Into<Cow<'a, str>>) -> Arg<'a> {
        Arg { text: text.into(), origin: None }
    }
}

/// An item of a list that is found by its name: a volume, or the mount of one.
#[derive(Clone, Debug)]
pub(super) struct Named<'v> {
    /// Its index; `None` for a new one, which `value` then holds.
    pub(super) origin: Option<usize>,
    /// `name`.
    pub(super) name: Cow<'v, str>,
    /// `mountPath`, of a mount.
    pub(super) path: Cow<'v, str>,
    /// The whole of it, where it is ours or can only be written again.
    pub(super) value: Option<Value<'v>>,
}
