//! From any view of an object to the plain struct. Everything malformed that is met on the way is reported, all of
//! it at once.

use super::names;
use super::pod::{Arg, ArgList, Container, ContainerList, List, Meta, Named, Object, Pod};
use crate::diagnostic::{Diagnostic, Severity};
use crate::edit::Value;
use crate::kinds::Kind;
use crate::route::Route;
use crate::span::Span;
use crate::view::{Malformed, Type, View};
use std::borrow::Cow;

/// The way to a value, on the stack: it becomes a [`Route`] only when there is something to say.
#[derive(Clone, Copy)]
struct At<'p> {
    parent: Option<&'p At<'p>>,
    segment: Step,
}

#[derive(Clone, Copy)]
enum Step {
    Keys(&'static [&'static str]),
    Key(&'static str),
    Index(usize),
}

impl<'p> At<'p> {
    fn keys(keys: &'static [&'static str]) -> Self {
        Self { parent: None, segment: Step::Keys(keys) }
    }

    fn key(&'p self, key: &'static str) -> Self {
        Self { parent: Some(self), segment: Step::Key(key) }
    }

    fn index(&'p self, index: usize) -> Self {
        Self { parent: Some(self), segment: Step::Index(index) }
    }

    fn route(&self) -> Route {
        let parent = self.parent.map(Self::route).unwrap_or_default();
        match self.segment {
            Step::Keys(keys) => Route::of(keys),
            Step::Key(key) => parent.key(key),
            Step::Index(index) => parent.index(index),
        }
    }
}

/// Reads an object of a kind. `None`, and nothing to say, where it has no pod.
pub(super) fn object<'v, V: View<'v>>(
    kind: &'static Kind,
    root: V,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Object<'v>> {
    let mut reader = Reader { diagnostics };
    let mut metas = Vec::with_capacity(kind.pod.len() / 2 + 1);
    let mut fields = reader.mapping(root, At::keys(&[]))?;
    for (depth, &key) in kind.pod.iter().enumerate() {
        // Every other mapping on the way has a `metadata` of its own: the object, `jobTemplate`, `template`.
        if depth % 2 == 0 {
            metas.push(reader.meta(&fields, At::keys(&kind.pod[..depth])));
        }
        fields = reader.mapping(get(&fields, key)?, At::keys(&kind.pod[..=depth]))?;
    }
    let at = At::keys(kind.pod);
    metas.push(reader.meta(&fields, at));
    let spec = get(&fields, "spec")?;
    let pod = reader.pod(spec, at.key("spec"))?;
    Some(Object { metas, pod })
}

type Fields<'v, V> = Vec<(Cow<'v, str>, V)>;

/// The value of a key, unless it is null.
fn get<'v, V: View<'v>>(fields: &[(Cow<'v, str>, V)], key: &str) -> Option<V> {
    let value = fields.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
    value.filter(|value| value.type_of() != Type::Null)
}

struct Reader<'d> {
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn error(&mut self, at: At<'_>, span: Option<Span>, message: String, help: &str) {
        self.diagnostics.push(Diagnostic {
            severity: Severity::Error,
            resource: None,
            field: at.route(),
            span,
            origin: None,
            message,
            help: Some(help.to_owned()),
        });
    }

    fn wrong_type<'v, V: View<'v>>(&mut self, value: V, at: At<'_>, expected: Type) {
        let message = format!("`{}` is {}, not {}", at.route(), value.type_of().name(), expected.name());
        let help = match (expected, value.type_of()) {
            (Type::String, Type::Bool | Type::Number) => "put it in quotes",
            _ => "write it as Kubernetes' API has it",
        };
        self.error(at, value.span(), message, help);
    }

    /// The entries of a mapping; `None` where it is none, and that was said.
    fn mapping<'v, V: View<'v>>(&mut self, value: V, at: At<'_>) -> Option<Fields<'v, V>> {
        if value.type_of() != Type::Object {
            self.wrong_type(value, at, Type::Object);
            return None;
        }
        match value.fields() {
            Ok(fields) => Some(fields),
            Err(malformed) => {
                self.malformed(malformed, at);
                None
            }
        }
    }

    fn malformed(&mut self, Malformed { message, span }: Malformed, at: At<'_>) {
        self.error(at, span, message, "write every key once, and out where it is used");
    }

    fn string<'v, V: View<'v>>(
        &mut self,
        fields: &Fields<'v, V>,
        key: &'static str,
        at: At<'_>,
    ) -> Option<Cow<'v, str>> {
        let value = get(fields, key)?;
        let text = value.string();
        if text.is_none() {
            self.wrong_type(value, at.key(key), Type::String);
        }
        text
    }

    fn value<'v, V: View<'v>>(&mut self, value: V, at: At<'_>) -> Option<Value<'v>> {
        value.value().map_err(|malformed| self.malformed(malformed, at)).ok()
    }

    fn meta<'v, V: View<'v>>(&mut self, fields: &Fields<'v, V>, at: At<'_>) -> Meta<'v> {
        let Some(metadata) = get(fields, "metadata") else { return Meta::default() };
        let at = at.key("metadata");
        let mut meta = Meta { present: true, ..Meta::default() };
        let Some(fields) = self.mapping(metadata, at) else { return meta };
        let Some(annotations) = get(&fields, "annotations") else { return meta };
        let at = at.key("annotations");
        meta.annotated = true;
        let own = annotations.is_own();
        for (key, value) in self.mapping(annotations, at).into_iter().flatten() {
            if let Some(ours) = names::ANNOTATIONS.iter().find(|ours| **ours == key) {
                match value.string() {
                    Some(text) => meta.ours.push((ours, text)),
                    None => self.wrong_type(value, at.key(ours), Type::String),
                }
            } else if !own && let Some(value) = self.value(value, at) {
                meta.foreign.get_or_insert_default().push((key, value));
            }
        }
        if !own {
            meta.foreign.get_or_insert_default();
        }
        meta
    }

    fn pod<'v, V: View<'v>>(&mut self, spec: V, at: At<'_>) -> Option<Pod<'v>> {
        let fields = self.mapping(spec, at)?;
        Some(Pod {
            restart_policy: self.string(&fields, "restartPolicy", at),
            windows: self.is_windows(&fields, at),
            init_containers: self.containers(&fields, ContainerList::Init, at),
            containers: self.containers(&fields, ContainerList::Main, at),
            volumes: self.named(&fields, "volumes", at, names::is_our_volume),
        })
    }

    fn is_windows<'v, V: View<'v>>(&mut self, fields: &Fields<'v, V>, at: At<'_>) -> bool {
        let mut says = |key: &'static str, names: &[&'static str]| {
            let fields = get(fields, key).and_then(|value| self.mapping(value, at.key(key)));
            fields.is_some_and(|fields| {
                let is = |name: &&str| {
                    get(&fields, name).and_then(View::string).is_some_and(|text| text == "windows")
                };
                names.iter().any(is)
            })
        };
        says("os", &["name"]) || says("nodeSelector", &["kubernetes.io/os", "beta.kubernetes.io/os"])
    }

    /// The items of a list, each read by `read`, which is told whether the list can be edited where it stands.
    fn list<'v, V: View<'v>, T>(
        &mut self,
        fields: &Fields<'v, V>,
        key: &'static str,
        at: At<'_>,
        mut read: impl FnMut(&mut Self, usize, V, bool, At<'_>) -> Option<T>,
    ) -> List<T> {
        let Some(value) = get(fields, key) else { return List::default() };
        let at = at.key(key);
        if value.type_of() != Type::Array {
            self.wrong_type(value, at, Type::Array);
            return List::default();
        }
        let own = value.is_own();
        let items = value.items().into_iter().enumerate();
        let items = items.filter_map(|(index, item)| read(self, index, item, own, at.index(index))).collect();
        List { present: true, own, items }
    }

    fn containers<'v, V: View<'v>>(
        &mut self,
        fields: &Fields<'v, V>,
        list: ContainerList,
        at: At<'_>,
    ) -> List<Container<'v>> {
        self.list(fields, list.key(), at, |reader, index, item, _, at| {
            reader.container(item, (list, index), at)
        })
    }

    fn container<'v, V: View<'v>>(
        &mut self,
        item: V,
        origin: (ContainerList, usize),
        at: At<'_>,
    ) -> Option<Container<'v>> {
        const MAIN_ONLY: [&str; 4] = ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle"];
        let fields = self.mapping(item, at)?;
        let name = self.string(&fields, "name", at);
        if name.is_none() {
            self.error(
                at,
                item.span(),
                "a container has no `name`".to_owned(),
                "name it: names tell steps apart",
            );
        }
        let name = name?;
        let is_prepare = origin.0 == ContainerList::Init && name == names::PREPARE;
        Some(Container {
            origin: Some(origin),
            command: self.args(&fields, ArgList::Command, at),
            args: self.args(&fields, ArgList::Args, at),
            mounts: self.named(&fields, "volumeMounts", at, names::is_our_volume),
            resources: self.resources(&fields, at),
            main_only: MAIN_ONLY.into_iter().filter(|key| get(&fields, key).is_some()).collect(),
            value: if is_prepare { self.value(item, at) } else { None },
            name,
        })
    }

    fn args<'v, V: View<'v>>(&mut self, fields: &Fields<'v, V>, list: ArgList, at: At<'_>) -> List<Arg<'v>> {
        self.list(fields, list.key(), at, |reader, index, item, own, at| {
            let text = item.string();
            if text.is_none() {
                reader.wrong_type(item, at, Type::String);
            }
            Some(Arg { text: text?, origin: own.then_some((list, index)) })
        })
    }

    fn named<'v, V: View<'v>>(
        &mut self,
        fields: &Fields<'v, V>,
        key: &'static str,
        at: At<'_>,
        is_ours: impl Fn(&str) -> bool,
    ) -> List<Named<'v>> {
        self.list(fields, key, at, |reader, index, item, own, at| {
            let fields = reader.mapping(item, at)?;
            let name = reader.string(&fields, "name", at).unwrap_or_default();
            let path = reader.string(&fields, "mountPath", at).unwrap_or_default();
            let value = if !own || is_ours(&name) { reader.value(item, at) } else { None };
            Some(Named { origin: Some(index), name, path, value })
        })
    }

    /// What of `resources` is copied: the three that every node knows.
    fn resources<'v, V: View<'v>>(&mut self, fields: &Fields<'v, V>, at: At<'_>) -> Option<Value<'v>> {
        let at = at.key("resources");
        let resources = get(fields, "resources").and_then(|value| self.mapping(value, at))?;
        let mut copied = Vec::new();
        for key in ["limits", "requests"] {
            let Some(value) = get(&resources, key) else { continue };
            let mut amounts = Vec::new();
            for (name, amount) in self.mapping(value, at.key(key))? {
                if matches!(&*name, "cpu" | "memory" | "ephemeral-storage") {
                    amounts.push((name, self.value(amount, at.key(key))?));
                }
            }
            if !amounts.is_empty() {
                copied.push((Cow::Borrowed(key), Value::Map(amounts)));
            }
        }
        (!copied.is_empty()).then_some(Value::Map(copied))
    }
}
