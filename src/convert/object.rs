//! Finds the objects of a document, and reads their names.
//!
//! Knows which objects are converted, not how.

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Origin, ResourceId, Rule};
use crate::kinds::{self, Kind};
use crate::krm;
use crate::plan::names::ANNOTATION;
use crate::route::{Route, Segment};
use crate::select::{Facts, Seen, Selection};
use crate::view::{NodeView, Type, View};
use kueueleuleu_yaml::span::Span;
use kueueleuleu_yaml::syntax::{self, NodeId, Tree};
use std::borrow::Cow;

/// How deep lists may be nested; deeper ones are left unchanged.
const MAX_LISTS: usize = 16;

/// An object that is converted, and its place.
pub(super) struct Object<'f, 'v> {
    pub(super) tree: &'v Tree<'v>,
    pub(super) kind: &'static Kind,
    pub(super) view: NodeView<'v>,
    /// The node that it was found at: itself, or an alias.
    pub(super) site: NodeId,
    /// The nodes that lead to it.
    pub(super) ancestors: &'f [NodeId],
    /// The route to it from the node where the search began.
    pub(super) route: &'f Route,
}

/// A value of a document.
pub(super) enum Found<'f, 'v> {
    /// An object that is converted.
    Object(&'f Object<'f, 'v>),
    /// A list of objects whose `items` is not a sequence.
    NoList(Box<Diagnostic>),
    /// Anything else, which is left unchanged.
    Passed(Passed<'f, 'v>),
}

/// A value that is left unchanged, and its place.
#[derive(Clone, Copy)]
pub(super) struct Passed<'f, 'v> {
    pub(super) tree: &'v Tree<'v>,
    pub(super) view: NodeView<'v>,
    /// The node that it was found at: itself, or an alias.
    pub(super) site: NodeId,
    /// The nodes that lead to it.
    pub(super) ancestors: &'f [NodeId],
    /// The route to it from the node where the search began.
    pub(super) route: &'f Route,
}

/// Calls `see` with the object at `id`, or with each object of the list at `id`. `ancestors` lead to it.
pub(super) fn each_object<'v>(
    tree: &'v Tree<'v>,
    id: NodeId,
    ancestors: &[NodeId],
    see: &mut impl FnMut(Found<'_, 'v>),
) {
    each_from(tree, id, ancestors, &Route::root(), None, see);
}

/// `route` leads to `id`. `implied` is the kind of an item that has no `kind` of its own.
fn each_from<'v>(
    tree: &'v Tree<'v>,
    id: NodeId,
    ancestors: &[NodeId],
    route: &Route,
    implied: Option<&'static Kind>,
    see: &mut impl FnMut(Found<'_, 'v>),
) {
    let view = NodeView::new(tree, id);
    let passed = Passed { tree, view, site: id, ancestors, route };
    if tree.kind(view.node()).is_opaque() {
        see(Found::Passed(passed));
        return;
    }
    let own = fields(tree, view.node(), ["apiVersion", "kind"]);
    let (api_version, kind) = match (own.map(|field| field.and_then(View::string)), implied) {
        ([None, None], Some(implied)) => (implied.api_version, implied.kind),
        ([api_version, kind], _) => (api_version.unwrap_or_default(), kind.unwrap_or_default()),
    };
    if let Some(kind) = kinds::find(api_version, kind) {
        see(Found::Object(&Object { tree, kind, view, site: id, ancestors, route }));
    } else if let Some(of) = kinds::list_of(api_version, kind)
        && let Some(items) = field(tree, view.node(), "items").filter(|_| ancestors.len() < 2 * MAX_LISTS)
    {
        let ancestors: Vec<_> = ancestors.iter().copied().chain([view.node(), items.node()]).collect();
        let route = route.key("items");
        match items.type_of() {
            Type::Array => {}
            Type::Null => return,
            other => {
                let name = field(tree, view.node(), "metadata")
                    .and_then(|metadata| field(tree, metadata.node(), "name"));
                let resource = ResourceId {
                    api_version: api_version.to_owned(),
                    kind: kind.to_owned(),
                    namespace: None,
                    name: name.and_then(View::string).unwrap_or_default().to_owned(),
                };
                let message = format!("`items` is {}, not a list", other.name());
                let error =
                    Diagnostic::error(Rule::WrongType, route, message, "write a `-` before each item");
                let error = Diagnostic { span: items.span(), ..error.about(resource) };
                see(Found::NoList(Box::new(error)));
                return;
            }
        }
        for (index, item) in tree.children(items.node()).enumerate() {
            each_from(tree, item, &ancestors, &route.index(index), of, see);
        }
    } else {
        see(Found::Passed(passed));
    }
}

impl<'v> Object<'_, 'v> {
    /// The first configuration that selects it. Records in `seen` what matched it.
    pub(super) fn config<'c>(&self, configs: &'c [Config], seen: &mut [Seen]) -> Option<&'c Config> {
        let mut configs = configs.iter().zip(seen);
        configs.find_map(|(config, seen)| self.is_selected(&config.selection, seen).then_some(config))
    }

    /// Whether the selection matches it.
    fn is_selected(&self, selection: &Selection, seen: &mut Seen) -> bool {
        if selection.is_everything() {
            return true;
        }
        let names = self.names();
        let (labels, annotations) = (names.strings("labels"), names.strings("annotations"));
        let facts = Facts {
            api_version: self.kind.api_version,
            kind: self.kind.kind,
            name: names.name,
            namespace: names.namespace,
            labels: &labels,
            annotations: &annotations,
        };
        selection.matches(&facts, seen)
    }

    pub(super) fn id(&self) -> ResourceId {
        let names = self.names();
        ResourceId {
            api_version: self.kind.api_version.to_owned(),
            kind: self.kind.kind.to_owned(),
            namespace: names.namespace.map(str::to_owned),
            name: names.name.to_owned(),
        }
    }

    /// The file that it came from.
    pub(super) fn origin(&self) -> Option<Origin> {
        let annotations = self.names().strings("annotations");
        let first = |keys: &[&str]| {
            keys.iter()
                .find_map(|key| annotations.iter().find(|(name, _)| name == *key))
                .map(|(_, value)| &**value)
        };
        if let Some(path) = first(&krm::PATH_ANNOTATIONS) {
            let index = first(&krm::INDEX_ANNOTATIONS).and_then(|index| index.parse().ok()).unwrap_or(0);
            return Some(Origin { path: path.to_owned(), index: Some(index) });
        }
        let origin = first(&[krm::ORIGIN_ANNOTATION]).and_then(krm::KustomizeOrigin::file);
        let path = origin.or_else(|| first(&[krm::HELM_TEMPLATE_ANNOTATION]).map(str::to_owned))?;
        Some(Origin { path, index: None })
    }

    /// Whether the annotation says `"false"`: the user does not want it to be converted.
    pub(super) fn is_left_alone(&self) -> bool {
        let annotations = self.names().strings("annotations");
        annotations.iter().any(|(key, value)| key == ANNOTATION && value == "false")
    }

    /// Adds the object's name and a place to a diagnostic of the plan. If the field is missing, the place is its
    /// nearest ancestor.
    pub(super) fn place(&self, diagnostic: Diagnostic) -> Diagnostic {
        let segments = self.route.segments().iter().chain(diagnostic.field.segments());
        Diagnostic {
            span: diagnostic.span.or_else(|| Some(locate(self.tree, self.view.node(), &diagnostic.field))),
            field: segments.cloned().collect(),
            resource: Some(self.id()),
            origin: self.origin(),
            ..diagnostic
        }
    }

    fn names(&self) -> Names<'v> {
        let metadata = field(self.tree, self.view.node(), "metadata");
        let keys = ["name", "generateName", "namespace"];
        let strings =
            metadata.map(|metadata| fields(self.tree, metadata.node(), keys).map(|field| field?.string()));
        let [name, generate_name, namespace] = strings.unwrap_or_default();
        let name = name.or(generate_name).unwrap_or_default();
        Names { metadata, tree: self.tree, name, namespace }
    }
}

/// The name of an object, and the rest of its `metadata`.
struct Names<'v> {
    metadata: Option<NodeView<'v>>,
    tree: &'v Tree<'v>,
    name: &'v str,
    namespace: Option<&'v str>,
}

impl<'v> Names<'v> {
    /// The entries of `labels` or `annotations` whose values are strings.
    fn strings(&self, key: &str) -> Vec<(Cow<'v, str>, Cow<'v, str>)> {
        let map = self.metadata.and_then(|metadata| field(self.tree, metadata.node(), key));
        let fields = map.and_then(|map| map.fields().ok()).unwrap_or_default();
        fields.into_iter().filter_map(|(key, value)| Some((key.into(), value.string()?.into()))).collect()
    }
}

/// The value of a key, its own or merged. The other keys are not checked: an object that is left unchanged may have
/// errors.
pub(super) fn field<'v>(tree: &'v Tree<'v>, map: NodeId, key: &str) -> Option<NodeView<'v>> {
    let [field] = fields(tree, map, [key]);
    field
}

/// The values of several keys; otherwise as [`field`].
fn fields<'v, const N: usize>(tree: &'v Tree<'v>, map: NodeId, keys: [&str; N]) -> [Option<NodeView<'v>>; N] {
    let mut fields = [None; N];
    let mut missing = N;
    let is_mapping = matches!(tree.kind(map), syntax::NodeKind::BlockMapping | syntax::NodeKind::FlowMapping);
    let mut pairs = tree.pairs(map).filter(|_| is_mapping);
    while missing > 0
        && let Some((key, value)) = pairs.next()
    {
        let key = tree.scalar(key);
        if let Some(at) = keys.iter().position(|known| *known == key)
            && fields[at].is_none()
        {
            fields[at] = Some(NodeView::new(tree, value));
            missing -= 1;
        }
    }
    let merges = || tree.pairs(map).any(|(key, _)| tree.is_merge_key(key));
    if missing > 0
        && is_mapping
        && merges()
        && let Ok(all) = tree.fields(map)
    {
        for (key, found) in all.into_iter().filter(|(_, found)| found.merged) {
            if let Some(at) = keys.iter().position(|known| tree.reads(key, known)) {
                fields[at].get_or_insert(NodeView::new(tree, found.site));
            }
        }
    }
    fields
}

/// The place of a field in the text. If the field is missing, the place of its nearest ancestor.
pub(super) fn locate(tree: &Tree<'_>, root: NodeId, route: &Route) -> Span {
    let mut span = first_line(tree, root);
    let mut node = root;
    for segment in route.segments() {
        let next = match segment {
            Segment::Index(index) => tree.children(node).nth(*index).map(|item| (item, item)),
            Segment::Key(key) => tree.pairs(node).find(|(name, _)| tree.scalar(*name) == key.as_ref()),
        };
        let Some((shown, value)) = next else { break };
        span = first_line(tree, shown);
        match tree.follow(value) {
            Ok(value) => node = value,
            Err(_) => break,
        }
    }
    span
}

/// The first line of a node.
fn first_line(tree: &Tree<'_>, id: NodeId) -> Span {
    let source = tree.source(id);
    let length = source.find(['\n', '\r']).unwrap_or(source.len());
    let start = tree.span(id).start as usize;
    Span::new(start, start + length)
}

#[cfg(test)]
mod tests {
    use super::MAX_LISTS;
    use crate::config::Config;
    use crate::convert::Converter;

    #[test]
    fn lists_that_are_nested_deeper_are_left_unchanged() {
        let is_converted = |depth: usize| {
            let list = "{apiVersion: v1, kind: List, items: [".repeat(depth);
            let containers = "[{name: a, image: x, command: [a]}, {name: b, image: x, command: [b]}]";
            let spec = format!("{{restartPolicy: Never, containers: {containers}}}");
            let pod = format!("{{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {spec}}}");
            let text = format!("{list}{pod}{}\n", "]}".repeat(depth));
            Converter::new(Config::default()).documents(&text).unwrap().text() != text
        };
        assert!(is_converted(0) && is_converted(MAX_LISTS) && !is_converted(MAX_LISTS + 1));
    }
}
