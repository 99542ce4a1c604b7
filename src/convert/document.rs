//! One value of a document: an object that is converted, a list of objects, or something that passes through.

use super::Work;
use crate::diagnostic::{Diagnostic, Origin, ResourceId, Severity};
use crate::edit;
use crate::kinds::{self, Kind};
use crate::krm;
use crate::plan;
use crate::route::{Route, Segment};
use crate::select::Facts;
use crate::span::Span;
use crate::view::{NodeView, View};
use crate::yaml::{self, NodeId, Tree};
use std::borrow::Cow;
use std::cell::LazyCell;

/// How deep lists of lists are looked into.
const MAX_LISTS: usize = 16;

impl Work<'_> {
    /// Converts the object at `id`, or those of the list that it is. `ancestors` lead to it, `route` says so, and
    /// `implied` is its kind where it is an item that does not say it.
    pub(super) fn value(
        &mut self,
        tree: &Tree<'_>,
        id: NodeId,
        ancestors: &[NodeId],
        route: &Route,
        implied: Option<&'static Kind>,
    ) {
        let view = NodeView::new(tree, id);
        if tree.kind(view.node()).is_opaque() {
            return;
        }
        let own = fields(tree, view.node(), ["apiVersion", "kind"]);
        let (api_version, kind) = match (own.map(|field| field.and_then(View::string)), implied) {
            ([None, None], Some(implied)) => (implied.api_version, implied.kind),
            ([api_version, kind], _) => (api_version.unwrap_or_default(), kind.unwrap_or_default()),
        };
        if let Some(kind) = kinds::find(api_version, kind) {
            self.object(tree, view, id, ancestors, route, kind);
        } else if let Some(of) = kinds::list_of(api_version, kind)
            && let Some(items) = field(tree, view.node(), "items").filter(|_| ancestors.len() < 2 * MAX_LISTS)
        {
            let ancestors: Vec<_> = ancestors.iter().copied().chain([view.node(), items.node()]).collect();
            let route = route.key("items");
            for (index, item) in tree.children(items.node()).enumerate() {
                self.value(tree, item, &ancestors, &route.index(index), of);
            }
        }
    }

    fn object(
        &mut self,
        tree: &Tree<'_>,
        view: NodeView<'_>,
        site: NodeId,
        ancestors: &[NodeId],
        route: &Route,
        kind: &'static Kind,
    ) {
        let names = LazyCell::new(|| Names::of(tree, view.node()));
        if !self.config.selection.is_everything() {
            let (labels, annotations) = (names.strings("labels"), names.strings("annotations"));
            let facts = Facts {
                api_version: kind.api_version,
                kind: kind.kind,
                name: names.name,
                namespace: names.namespace,
                labels: &labels,
                annotations: &annotations,
            };
            if !self.config.selection.matches(&facts, &mut self.done.seen) {
                return;
            }
        }
        let subject = plan::read(kind, view);
        let plan = subject.plan(self.config);
        let mut diagnostics = plan.diagnostics;
        if let Some(edit) = plan.edit {
            diagnostics.extend(self.write(tree, view, site, ancestors, &edit).err());
        }
        for mut diagnostic in diagnostics {
            diagnostic.span = diagnostic.span.or_else(|| Some(locate(tree, view.node(), &diagnostic.field)));
            diagnostic.field = route.segments().iter().chain(diagnostic.field.segments()).cloned().collect();
            diagnostic.resource = Some(names.id(kind));
            diagnostic.origin = names.origin();
            self.done.diagnostics.push(diagnostic);
        }
    }

    fn write(
        &mut self,
        tree: &Tree<'_>,
        view: NodeView<'_>,
        site: NodeId,
        ancestors: &[NodeId],
        edit: &edit::Edit<'_>,
    ) -> Result<(), Diagnostic> {
        if self.config.check {
            let (what, help) = if self.config.revert {
                ("is not reverted yet", "revert it, and keep the result")
            } else {
                ("is not sequenced yet", "convert it, and keep the result")
            };
            return Err(Diagnostic::error(Route::root(), what, help));
        }
        // An alias is edited where it stands, and there it is refused.
        let root = if view.is_own() { view.node() } else { site };
        let lowered = edit::lower(tree, ancestors, root, edit, &mut self.writer).and_then(|draft| {
            // Overlaps are refused here, where they still have a resource.
            self.done.splices.append(draft).map_err(|overlap| edit::Unwritable {
                message: "two edits of the resource touch the same text".to_owned(),
                span: overlap.second,
                help: "write it in block style",
            })
        });
        lowered.map_err(|unwritable| Diagnostic {
            span: Some(unwritable.span),
            ..Diagnostic::error(Route::root(), unwritable.message, unwritable.help)
        })
    }
}

/// The value of a key, without a look at the other keys: objects that pass through may have faults.
pub(super) fn field<'v>(tree: &'v Tree<'v>, map: NodeId, key: &str) -> Option<NodeView<'v>> {
    let [field] = fields(tree, map, [key]);
    field
}

/// The values of some keys, as [`field`] finds them.
fn fields<'v, const N: usize>(tree: &'v Tree<'v>, map: NodeId, keys: [&str; N]) -> [Option<NodeView<'v>>; N] {
    let mut fields = [None; N];
    let mut missing = N;
    let is_mapping = matches!(tree.kind(map), yaml::Kind::BlockMapping | yaml::Kind::FlowMapping);
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
    fields
}

/// The nearest place in the text to a field that may not be there.
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

/// A node, or as much of it as is on its first line.
fn first_line(tree: &Tree<'_>, id: NodeId) -> Span {
    let source = tree.source(id);
    let length = source.find(['\n', '\r']).unwrap_or(source.len());
    let start = tree.span(id).start as usize;
    Span::new(start, start + length)
}

/// What an object is called.
struct Names<'v> {
    metadata: Option<NodeView<'v>>,
    tree: &'v Tree<'v>,
    name: &'v str,
    namespace: Option<&'v str>,
}

impl<'v> Names<'v> {
    fn of(tree: &'v Tree<'v>, object: NodeId) -> Self {
        let metadata = field(tree, object, "metadata");
        let keys = ["name", "generateName", "namespace"];
        let strings =
            metadata.map(|metadata| fields(tree, metadata.node(), keys).map(|field| field?.string()));
        let [name, generate_name, namespace] = strings.unwrap_or_default();
        Self { metadata, tree, name: name.or(generate_name).unwrap_or_default(), namespace }
    }

    fn id(&self, kind: &Kind) -> ResourceId {
        ResourceId {
            api_version: kind.api_version.to_owned(),
            kind: kind.kind.to_owned(),
            namespace: self.namespace.map(str::to_owned),
            name: self.name.to_owned(),
        }
    }

    /// The entries of `labels` or `annotations` that are strings.
    fn strings(&self, key: &str) -> Vec<(Cow<'v, str>, Cow<'v, str>)> {
        let map = self.metadata.and_then(|metadata| field(self.tree, metadata.node(), key));
        let fields = map.and_then(|map| map.fields().ok()).unwrap_or_default();
        fields.into_iter().filter_map(|(key, value)| Some((key.into(), value.string()?.into()))).collect()
    }

    fn origin(&self) -> Option<Origin> {
        let annotations = self.strings("annotations");
        let first = |keys: [&str; 2]| {
            keys.iter()
                .find_map(|key| annotations.iter().find(|(name, _)| name == key))
                .map(|(_, value)| &**value)
        };
        let path = first(krm::PATH_ANNOTATIONS)?;
        let index = first(krm::INDEX_ANNOTATIONS).and_then(|index| index.parse().ok()).unwrap_or(0);
        Some(Origin { path: path.to_owned(), index })
    }
}

/// A warning or an error about the configuration itself.
pub(super) fn about_config(
    severity: Severity,
    resource: Option<ResourceId>,
    error: crate::config::ConfigError,
) -> Diagnostic {
    let message = format!("functionConfig: {}", error.message);
    Diagnostic { severity, resource, help: error.help, ..Diagnostic::error(error.route, message, "") }
}
