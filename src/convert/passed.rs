//! Reports objects that are not converted although the user may expect it: a missing or misspelled `apiVersion` or
//! `kind`, a `ResourceList` among plain manifests, and pods with several containers in objects of other kinds.
//!
//! Changes none of them.

use super::object::{Object, Passed, field};
use crate::diagnostic::{Diagnostic, ResourceId, Rule, Severity};
use crate::kinds::{self, Kind};
use crate::krm;
use crate::route::Route;
use crate::view::{NodeView, Type, View};
use kueueleuleu_yaml::syntax::{Documents, NodeId, Shape, Tree};
use std::ops::Range;

/// How deep an object of another kind is searched for pods.
const MAX_DEPTH: usize = 24;
/// A key that every object with a pod contains.
const CONTAINERS: &str = "containers";
/// A key that every container has.
const IMAGE: &str = "image";

/// Whether the text of an object may hold a pod with several containers. Most pods of other kinds have one container,
/// so their objects are not read again: the text has one key `image` (not `imagePullPolicy`, for example) and no alias
/// that may stand for another container.
pub(super) fn may_have_several_containers(text: &str) -> bool {
    let is_key =
        |&(at, _): &(usize, &str)| !text[at + IMAGE.len()..].starts_with(|c: char| c.is_ascii_alphabetic());
    text.contains(CONTAINERS)
        && (text.contains('*') || text.match_indices(IMAGE).filter(is_key).nth(1).is_some())
}

/// The object that the user probably meant, and a warning about its `apiVersion` or `kind`. `None` if it is of another
/// kind, or has fewer than two containers.
pub(super) fn misnamed<'f, 'v>(passed: &Passed<'f, 'v>) -> Option<(Object<'f, 'v>, Diagnostic)> {
    let Passed { tree, view, site, ancestors, route } = *passed;
    let [api_version, kind] = ["apiVersion", "kind"].map(|key| field(tree, view.node(), key));
    let [version, name] = [api_version, kind].map(|value| value.and_then(View::string));
    if version.is_some_and(|version| version.split_once('/').is_some_and(|(group, _)| group.contains('.'))) {
        return None;
    }
    let has_several = |kind: &&Kind| containers_of(kind, view) > 1;
    let meant = match name {
        Some(name) => kinds::meant(name).filter(has_several),
        None => kinds::KINDS.iter().filter(has_several).find(|kind| {
            let is_meant = version.is_some_and(|version| version == kind.api_version);
            let is_object = field(tree, view.node(), "metadata").is_some();
            is_meant || (version.is_none() && is_object)
        }),
    }?;
    let mut message = Vec::new();
    let mut help = Vec::new();
    let mut key = "kind";
    if name != Some(meant.kind) {
        message.push(describe("kind", name, kind));
        help.push(format!("`kind: {}`", meant.kind));
    }
    if version.is_none_or(|version| kinds::find(version, meant.kind).is_none()) {
        key = if help.is_empty() { "apiVersion" } else { key };
        message.push(describe("apiVersion", version, api_version));
        help.push(format!("`apiVersion: {}`", meant.api_version));
    }
    let object = Object { tree, kind: meant, view, site, ancestors, route };
    let message = format!("{}, so the object is not converted", message.join(" and "));
    let help = format!("write {}", help.join(" and "));
    Some((object, Diagnostic::warning(Rule::UnrecognizedKind, Route::root().key(key), message, help)))
}

/// What `apiVersion` or `kind` contains instead of a known name.
fn describe(key: &str, text: Option<&str>, value: Option<NodeView<'_>>) -> String {
    match (text, value.map(View::type_of)) {
        (Some(text), _) => format!("its `{key}` is `{text}`"),
        (None, None | Some(Type::Null)) => format!("it has no `{key}`"),
        (None, Some(other)) => format!("its `{key}` is {}", other.name()),
    }
}

fn containers_of(kind: &Kind, view: NodeView<'_>) -> usize {
    let keys = kind.pod.iter().copied().chain(["spec", CONTAINERS]);
    keys.into_iter().try_fold(view, View::find).map_or(0, View::count)
}

/// The warning about a list whose items are not converted: the input of a KRM function, or a list with a misspelled
/// `apiVersion` or `kind`.
pub(super) fn list(passed: &Passed<'_, '_>) -> Option<Diagnostic> {
    let Passed { tree, view, route, .. } = *passed;
    let string = |key| field(tree, view.node(), key).and_then(View::string);
    let (version, kind) = (string("apiVersion"), string("kind")?);
    let items = field(tree, view.node(), "items").map_or(0, View::count);
    let (rule, key, message, help) =
        if kind == krm::KIND && version.is_some_and(|version| version.starts_with(krm::GROUP)) {
            let message = "a `ResourceList` is the input of the KRM function, so its items are not converted";
            let help = "pass it to the function: `kueueleuleu < FILE`, without `-f`";
            (Rule::UnexpectedResourceList, "kind", message.to_owned(), help.to_owned())
        } else {
            let (meant_version, meant) = kinds::list_meant(version, kind).filter(|_| items > 0)?;
            let (key, found) = if kind == meant { ("apiVersion", version) } else { ("kind", Some(kind)) };
            let message = format!(
                "{}, so the items are not converted",
                describe(key, found, field(tree, view.node(), key))
            );
            (
                Rule::UnrecognizedKind,
                key,
                message,
                format!("write `apiVersion: {meant_version}` and `kind: {meant}`"),
            )
        };
    let span = super::object::locate(tree, view.node(), &Route::root().key(key));
    let resource = resource(tree, view.node(), version.unwrap_or_default(), kind);
    let diagnostic = Diagnostic::warning(rule, route.key(key), message, help);
    Some(diagnostic.at(span).about(resource))
}

/// The notes about objects of other kinds in a part of a text: about pods with several containers, and with `all` about
/// every object.
pub(super) fn other_kinds(text: &str, range: Range<usize>, all: bool) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut documents = Documents::of_part(text, range, &Shape::ALL);
    // The conversion has reported text that is not YAML.
    while let Some(Ok(tree)) = documents.next_document() {
        if let Some(root) = tree.root() {
            other_kind(tree, root, &Route::root(), all, &mut diagnostics);
        }
    }
    diagnostics
}

fn other_kind(tree: &Tree<'_>, id: NodeId, route: &Route, all: bool, diagnostics: &mut Vec<Diagnostic>) {
    let view = NodeView::new(tree, id);
    let string = |key| field(tree, view.node(), key).and_then(View::string);
    let Some(kind) = string("kind") else { return };
    let version = string("apiVersion").unwrap_or_default();
    // A misspelled name was reported by the conversion.
    let is_misnamed = !version.contains('.') && kinds::meant(kind).is_some();
    let is_misnamed = is_misnamed || (kind != "List" && kinds::list_meant(Some(version), kind).is_some());
    let is_ours = kinds::find(version, kind).is_some() || is_misnamed;
    if is_ours || kinds::list_of(version, kind).is_some_and(|of| of.is_some()) {
        return;
    }
    let items = field(tree, view.node(), "items").filter(|items| items.type_of() == Type::Array);
    if let Some(items) = items.filter(|_| kind.ends_with("List") && route.segments().len() < MAX_DEPTH) {
        let route = route.key("items");
        for (index, item) in tree.children(items.node()).enumerate() {
            other_kind(tree, item, &route.index(index), all, diagnostics);
        }
        return;
    }
    let mut pods = Vec::new();
    pods_below(tree, view.node(), &Route::root(), &mut pods);
    let note = |rule, field: &Route, message: String| {
        let span = super::object::locate(tree, view.node(), field);
        let field = route.segments().iter().chain(field.segments()).cloned().collect();
        let resource = resource(tree, view.node(), version, kind);
        Diagnostic::new(Severity::Info, rule, field, message).at(span).about(resource)
    };
    for (route, count) in &pods {
        let message = format!(
            "its {count} containers run at the same time: only Pods, Jobs and CronJobs are sequenced"
        );
        let note = note(Rule::OtherKind, route, message);
        diagnostics
            .push(note.help("containers that must finish before the others start can be `initContainers`"));
    }
    if all && pods.is_empty() {
        let message = "left as it is: only Pods, Jobs and CronJobs are sequenced".to_owned();
        diagnostics.push(note(Rule::Outcome, &Route::root(), message));
    }
}

/// The lists with several containers in pod templates below a node, and the number of containers in each.
fn pods_below(tree: &Tree<'_>, id: NodeId, route: &Route, pods: &mut Vec<(Route, usize)>) {
    if route.segments().len() > MAX_DEPTH {
        return;
    }
    let view = NodeView::new(tree, id);
    match view.type_of() {
        Type::Array => {
            for (index, item) in tree.children(id).enumerate() {
                pods_below(tree, item, &route.index(index), pods);
            }
        }
        Type::Object => {
            for (key, value) in tree.pairs(id) {
                let key = tree.scalar(key);
                let route = route.key(key.to_owned());
                let list = NodeView::new(tree, value);
                // Only in a template: a custom resource may use `spec.containers` for something else.
                let is_template = route.segments().len() > 2 && key == CONTAINERS;
                if is_template && list.count() > 1 && list.items().all(is_container) {
                    pods.push((route, list.count()));
                } else {
                    pods_below(tree, value, &route, pods);
                }
            }
        }
        _ => {}
    }
}

fn is_container(item: NodeView<'_>) -> bool {
    ["name", "image"].into_iter().all(|key| item.find(key).is_some_and(|value| value.string().is_some()))
}

fn resource(tree: &Tree<'_>, id: NodeId, api_version: &str, kind: &str) -> ResourceId {
    let metadata = field(tree, id, "metadata");
    let named = |key| field(tree, metadata?.node(), key).and_then(View::string).map(str::to_owned);
    ResourceId {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        namespace: named("namespace"),
        name: named("name").or_else(|| named("generateName")).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_DEPTH, may_have_several_containers};
    use crate::config::Config;
    use crate::convert::{Converter, Tell};

    /// The messages about a text.
    fn messages(text: &str) -> Vec<String> {
        let tell = Tell { other_kinds: true, ..Tell::default() };
        Converter::new(Config::default()).tell(tell).documents(text).unwrap().messages()
    }

    #[test]
    fn only_containers_of_pod_templates_are_noted() {
        let containers = "[{name: a, image: x}, {name: b, image: z}]";
        let object =
            |spec: &str| messages(&format!("apiVersion: example.com/v1\nkind: Runner\nspec: {spec}\n"));
        let template = object(&format!("{{template: {{spec: {{containers: {containers}}}}}}}"));
        assert_eq!(template.len(), 1, "{template:?}");
        for other in [
            format!("{{containers: {containers}}}"),
            format!("{{template: {{spec: {{initContainers: {containers}}}}}}}"),
            "{template: {spec: {containers: [{name: a, image: x}, {name: b}]}}}".to_owned(),
            "{template: {spec: {containers: [{name: a, image: x}]}}, image: z}".to_owned(),
        ] {
            assert_eq!(object(&other), [""; 0], "{other}");
        }
    }

    #[test]
    fn each_object_of_a_text_is_noted_at_most_once() {
        let containers = "containers: [{name: a, image: x}, {name: b, image: z}]";
        let other = format!(
            "apiVersion: example.com/v1\nkind: Job\nspec: {{template: {{spec: {{{containers}}}}}}}\n---\n"
        );
        let note = "its 2 containers run at the same time: only Pods, Jobs and CronJobs are sequenced";
        let commands = containers.replace("image", "command: [sh], image");
        let pod = format!("metadata: {{name: p}}\nspec: {{restartPolicy: Never, {commands}}}\n");
        let item = format!("{{metadata: {{name: p}}, spec: {{restartPolicy: Never, {commands}}}}}");
        for (text, message) in [
            (format!("apiVersion: v1\nkind: Pod\n{pod}"), None),
            (format!("apiVersion: v1\nkind: PodList\nitems: [{item}]\n"), None),
            (
                format!("apiVersion: v1\nkind: pod\n{pod}"),
                Some("its `kind` is `pod`, so the object is not converted"),
            ),
            (format!("kind: Pod\n{pod}"), Some("it has no `apiVersion`, so the object is not converted")),
            (
                format!("apiVersion: v1\nkind: podlist\nitems: [{item}]\n"),
                Some("its `kind` is `podlist`, so the items are not converted"),
            ),
            (
                pod.clone(),
                Some("it has no `kind` and it has no `apiVersion`, so the object is not converted"),
            ),
            (format!("apiVersion: example.com/v1\nkind: ResourceList\nitems: [{item}]\n"), None),
        ] {
            let found = messages(&format!("{other}{text}"));
            let expected: Vec<_> = message.into_iter().chain([note]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn other_kinds_are_noted_only_if_somebody_asks() {
        let containers = "[{name: a, image: x}, {name: b, image: z}]";
        let text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nspec: {{template: {{spec: {{containers: {containers}}}}}}}\n"
        );
        assert_eq!(messages(&text).len(), 1);
        let converted = Converter::new(Config::default()).documents(&text).unwrap();
        assert_eq!(converted.diagnostics, []);
    }

    /// The search ends at a depth that no object needs, so that deep nesting cannot exhaust the stack.
    #[test]
    fn pods_are_found_down_to_a_fixed_depth() {
        let count = |depth: usize| {
            let keys = "k: {".repeat(depth);
            let containers = "containers: [{name: a, image: x}, {name: b, image: z}]";
            let ends = "}".repeat(depth);
            messages(&format!("apiVersion: example.com/v1\nkind: Runner\n{keys}{containers}{ends}\n")).len()
        };
        assert_eq!((count(MAX_DEPTH), count(MAX_DEPTH + 1)), (1, 0));
    }

    #[test]
    fn an_object_with_one_container_is_not_misspelled() {
        let count = |head: &str, containers: &str| {
            let pod = "metadata: {name: p}\nspec: {restartPolicy: Never, containers";
            messages(&format!("{head}{pod}: [{containers}]}}\n")).len()
        };
        let [one, two] = ["{name: a, image: x}", "{name: a, image: x}, {name: b, image: z}"];
        for head in ["apiVersion: v1\nkind: pod\n", "apiVersion: v1\n", ""] {
            assert_eq!((count(head, one), count(head, two)), (0, 1), "{head}");
        }
    }

    #[test]
    fn a_misspelled_list_matters_only_if_it_has_items() {
        assert_eq!(messages("apiVersion: v1\nkind: Podlist\nitems: [{kind: Pod}]\n").len(), 1);
        assert_eq!(messages("apiVersion: v1\nkind: Podlist\nitems: []\n"), [""; 0]);
        assert_eq!(messages("apiVersion: v1\nkind: Podlist\n"), [""; 0]);
    }

    #[test]
    fn the_text_shows_whether_there_may_be_several_containers() {
        let one = "containers: [{name: a, image: x, imagePullPolicy: Always}], imagePullSecrets: []";
        assert!(!may_have_several_containers(one));
        assert!(!may_have_several_containers("image: a\nimage: b\n"));
        let several = [
            "containers:\n- image: x\n- image: y\n",
            r#"{"containers":[{"image":"x"},{"image":"y"}]}"#,
            "containers: [&c {image: x}, *c]",
        ];
        assert!(several.into_iter().all(may_have_several_containers));
    }
}
