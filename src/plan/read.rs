//! Reads any view of an object into the plain struct. Reports all malformed fields at once.

mod container;
mod policy;

use super::names;
use super::pod::{ContainerList, List, Meta, Pod, Workload};
use super::record;
use crate::diagnostic::{Diagnostic, Rule};
use crate::kinds::Kind;
use crate::route::Route;
use crate::view::{Malformed, Type, View};
use kueueleuleu_yaml::edit::{Lent, Value};
use kueueleuleu_yaml::span::Span;
use std::borrow::Cow;

/// The path to a value, on the stack. It becomes a [`Route`] only for a diagnostic.
#[derive(Clone, Copy)]
struct StackRoute<'p> {
    parent: Option<&'p StackRoute<'p>>,
    segment: StackSegment,
}

#[derive(Clone, Copy)]
enum StackSegment {
    Keys(&'static [&'static str]),
    Key(&'static str),
    Index(usize),
}

impl<'p> StackRoute<'p> {
    fn keys(keys: &'static [&'static str]) -> Self {
        Self { parent: None, segment: StackSegment::Keys(keys) }
    }

    fn key(&'p self, key: &'static str) -> Self {
        Self { parent: Some(self), segment: StackSegment::Key(key) }
    }

    fn index(&'p self, index: usize) -> Self {
        Self { parent: Some(self), segment: StackSegment::Index(index) }
    }

    fn route(&self) -> Route {
        let parent = self.parent.map(Self::route).unwrap_or_default();
        match self.segment {
            StackSegment::Keys(keys) => Route::of(keys),
            StackSegment::Key(key) => parent.key(key),
            StackSegment::Index(index) => parent.index(index),
        }
    }
}

/// Reads an object of a kind. `None` if it has no pod, without a diagnostic.
pub(super) fn object<'v, V: View<'v>>(
    kind: &'static Kind,
    root: V,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Workload<'v>> {
    let mut reader = PodReader { diagnostics };
    let mut outer = Vec::with_capacity(kind.pod.len() / 2);
    let mut exit_code_rules = Lent::default();
    let mut level = root;
    for (depth, key) in kind.pod.iter().enumerate() {
        let at = StackRoute::keys(&kind.pod[..depth]);
        let [metadata, policy, inner] = reader.fields(level, &["metadata", "podFailurePolicy", key], at)?;
        // Every second mapping on the path has a `metadata`: the object, `jobTemplate`, `template`.
        if depth % 2 == 0 {
            outer.push(reader.meta(metadata, at));
        }
        if depth + 1 == kind.pod.len() {
            exit_code_rules = reader.exit_code_rules(policy, at);
        }
        level = inner?;
    }
    let at = StackRoute::keys(kind.pod);
    let [metadata, spec] = reader.fields(level, &["metadata", "spec"], at)?;
    let meta = reader.meta(metadata, at);
    let pod = reader.pod(spec?, at.key("spec"))?;
    Some(Workload { outer, meta, pod: Pod { exit_code_rules, ..pod } })
}

/// Whether the object has fewer than two containers, so that there is nothing to sequence. Reads no other field.
pub(super) fn has_less_than_two_containers<'v, V: View<'v>>(kind: &'static Kind, root: V) -> bool {
    let keys = kind.pod.iter().copied().chain(["spec", "containers"]);
    let containers = keys.into_iter().try_fold(root, super::super::view::View::find);
    containers.is_some_and(|containers| containers.count() < 2)
}

struct PodReader<'d> {
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl PodReader<'_> {
    fn error(&mut self, rule: Rule, at: StackRoute<'_>, span: Option<Span>, message: String, help: &str) {
        self.diagnostics.push(Diagnostic { span, ..Diagnostic::error(rule, at.route(), message, help) });
    }

    #[cold]
    fn wrong_type<'v, V: View<'v>>(&mut self, value: V, at: StackRoute<'_>, expected: Type) {
        let route = at.route();
        let what = if route.segments().is_empty() { "the object".to_owned() } else { format!("`{route}`") };
        let message = format!("{what} is {}, not {}", value.type_of().name(), expected.name());
        let help = match (expected, value.type_of()) {
            (Type::String, Type::Bool | Type::Number) => "put it in quotes",
            (Type::String, _) => "write a string",
            (Type::Array, _) => "write a list, such as `[sh, -c, \"echo hi\"]` for a command",
            (Type::Object, _) => "write a mapping, with `key: value` for each field",
            _ => "write another value",
        };
        self.error(Rule::WrongType, at, value.span(), message, help);
    }

    /// All entries of a mapping; `None` if the value is not a mapping, which is reported.
    fn mapping<'v, V: View<'v>>(&mut self, value: V, at: StackRoute<'_>) -> Option<Vec<(&'v str, V)>> {
        if value.type_of() != Type::Object {
            self.wrong_type(value, at, Type::Object);
            return None;
        }
        value.fields().map_err(|malformed| self.malformed(malformed, at)).ok()
    }

    /// The values of these keys in a mapping, unless they are null; `None` if it is not a mapping, which is reported.
    fn fields<'v, V: View<'v>, const N: usize>(
        &mut self,
        value: V,
        keys: &[&str; N],
        at: StackRoute<'_>,
    ) -> Option<[Option<V>; N]> {
        let mut fields = [None; N];
        if self.pick(value, keys, &mut fields, at) { Some(fields) } else { None }
    }

    fn pick<'v, V: View<'v>>(
        &mut self,
        value: V,
        keys: &[&str],
        fields: &mut [Option<V>],
        at: StackRoute<'_>,
    ) -> bool {
        match value.pick(keys, fields) {
            Ok(true) => return true,
            Ok(false) => self.wrong_type(value, at, Type::Object),
            Err(malformed) => self.malformed(malformed, at),
        }
        false
    }

    fn malformed(&mut self, Malformed { rule, message, span, help }: Malformed, at: StackRoute<'_>) {
        self.error(rule, at, span, message, help);
    }

    /// The string of a field; `None` if the field is absent, or not a string, which is reported.
    #[inline]
    fn string<'v, V: View<'v>>(&mut self, field: Option<V>, at: StackRoute<'_>) -> Option<&'v str> {
        let value = field?;
        let text = value.string();
        if text.is_none() {
            self.wrong_type(value, at, Type::String);
        }
        text
    }

    fn value<'v, V: View<'v>>(&mut self, value: V, at: StackRoute<'_>) -> Option<Value<'v>> {
        value.value().map_err(|malformed| self.malformed(malformed, at)).ok()
    }

    fn unknown_annotation(&mut self, key: &str, span: Option<Span>, at: StackRoute<'_>) {
        let message = format!("the annotation `{key}` is reserved, and this version does not know it");
        let help = "remove it, or use the version that wrote it";
        self.error(Rule::UnknownAnnotation, at, span, message, help);
    }

    fn meta<'v, V: View<'v>>(&mut self, metadata: Option<V>, at: StackRoute<'_>) -> Meta<'v> {
        let Some(metadata) = metadata else { return Meta::default() };
        let at = at.key("metadata");
        let mut meta = Meta { present: true, ..Meta::default() };
        let fields = self.fields(metadata, &["annotations"], at);
        let others = metadata.map_fields(|key, _| (key != "annotations").then_some(()));
        meta.has_others = others.is_ok_and(|others| !others.is_empty());
        let Some([Some(annotations)]) = fields else { return meta };
        let at = at.key("annotations");
        (meta.annotated, meta.is_bare) = (true, true);
        let own = annotations.is_own();
        for (key, value) in self.mapping(annotations, at).into_iter().flatten() {
            let known = [names::ANNOTATION, names::RECORD_ANNOTATION].into_iter().chain(names::RECORDS);
            if let Some(ours) = known.into_iter().find(|ours| *ours == key) {
                let Some(text) = value.string() else {
                    self.wrong_type(value, at.key(ours), Type::String);
                    continue;
                };
                meta.written.push((ours, Cow::Borrowed(text)));
                match record::entries(text) {
                    Some(entries) if ours == names::RECORD_ANNOTATION => meta.ours.to_mut().extend(entries),
                    None if ours == names::RECORD_ANNOTATION => {
                        self.unknown_annotation(key, value.span(), at);
                    }
                    _ => meta.ours.to_mut().push((ours, Cow::Borrowed(text))),
                }
                continue;
            }
            meta.is_bare = false;
            if key.starts_with(names::ANNOTATION_PREFIX) {
                self.unknown_annotation(key, value.span(), at);
            }
            if !own && let Some(value) = self.value(value, at) {
                meta.foreign.get_or_insert_default().push((Cow::Borrowed(key), value));
            }
        }
        if !own {
            meta.foreign.get_or_insert_default();
        }
        meta
    }

    fn pod<'v, V: View<'v>>(&mut self, spec: V, at: StackRoute<'_>) -> Option<Pod<'v>> {
        let keys = &[
            "restartPolicy",
            "containers",
            "volumes",
            "initContainers",
            "os",
            "nodeSelector",
            "securityContext",
            "hostNetwork",
            "hostIPC",
            "terminationGracePeriodSeconds",
            "resources",
        ];
        let [policy, containers, volumes, init_containers, os, node, context, network, ipc, grace, resources] =
            self.fields(spec, keys, at)?;
        Some(Pod {
            restart_policy: self.string(policy, at.key("restartPolicy")).map(Cow::Borrowed),
            windows: self.is_windows(os, node, at),
            runs_as_root: self.runs_as_root(context, at),
            grace: grace.and_then(policy::number),
            has_host_namespaces: policy::is_true(network) && policy::is_true(ipc),
            exit_code_rules: Lent::default(),
            resources: resources.and_then(|resources| self.value(resources, at.key("resources"))),
            init_containers: self.containers(init_containers, ContainerList::Init, at),
            our_init_container: None,
            containers: self.containers(containers, ContainerList::Main, at),
            volumes: self.named(volumes, at.key("volumes")),
            our_volumes: Lent::default(),
        })
    }

    /// The items of a list, each read by `read`. Its argument `bool` is whether the list can be edited in place.
    fn list<'v, V: View<'v>, T>(
        &mut self,
        list: Option<V>,
        at: StackRoute<'_>,
        mut read: impl FnMut(&mut Self, usize, V, bool, StackRoute<'_>) -> Option<T>,
    ) -> List<Vec<T>> {
        let Some(value) = list else { return List::default() };
        if value.type_of() != Type::Array {
            self.wrong_type(value, at, Type::Array);
            return List::default();
        }
        let own = value.is_own();
        let mut items = Vec::with_capacity(value.count());
        for (index, item) in value.items().enumerate() {
            if let Some(item) = read(self, index, item, own, at.index(index)) {
                items.push(item);
            }
        }
        List { present: true, own, items }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::convert::Converter;

    #[test]
    fn a_record_that_this_version_does_not_know_is_an_error() {
        let messages = |annotation: &str| {
            let containers = "[{name: a, image: x, command: [a]}, {name: b, image: x, command: [b]}]";
            let text = format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, annotations: {{{annotation}}}}}\n\
                 spec: {{restartPolicy: Never, containers: {containers}}}\n"
            );
            Converter::new(Config::default()).documents(&text).unwrap().messages()
        };
        let reserved =
            |key: &str| format!("the annotation `{key}` is reserved, and this version does not know it");
        assert_eq!(messages("kueueleuleu.dev/original: later=x"), [reserved("kueueleuleu.dev/original")]);
        assert_eq!(messages("kueueleuleu.dev/later: x"), [reserved("kueueleuleu.dev/later")]);
        assert_eq!(messages("kueueleuleu.dev/original: 'containers=a,b'"), [""; 0]);
        assert_eq!(messages("example.com/original: later=x"), [""; 0]);
    }
}
