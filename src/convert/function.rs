//! Runs the KRM function: converts the items of a `ResourceList`, and adds `results` to it.

use super::object::field;
use super::verify::{self, Places};
use super::{ConvertedText, Part, PartResult, threads, unmatched};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Error, ResourceId, Rule};
use crate::kinds;
use crate::krm;
use crate::route::Route;
use crate::view::{NodeView, Type, View};
use kueueleuleu_yaml::edit::{self, Edit, Field, Place, Value};
use kueueleuleu_yaml::span::Span;
use kueueleuleu_yaml::splice::{Draft, Splices};
use kueueleuleu_yaml::syntax::{Documents, Items, NodeId, NodeKind, Tree};
use std::borrow::Cow;

/// Runs the KRM function on a `ResourceList`. `default` is used if the list has no functionConfig.
pub(super) fn resource_list<'t>(
    text: &'t str,
    default: &[Config],
    threads: usize,
) -> Result<ConvertedText<'t>, Error> {
    let mut documents = Documents::new(text, &kinds::RESOURCE_LIST);
    let tree = documents.next_document().ok_or_else(|| not_a_list("nothing"))??;
    let root = tree.root().ok_or_else(|| not_a_list("an empty document"))?;
    check_header(tree, root)?;
    let items = field(tree, root, "items").filter(|items| items.type_of() != Type::Null);
    if let Some(items) = items.filter(|items| items.type_of() != Type::Array) {
        let span = items.span().unwrap_or_default();
        return Err(Error::new(
            Rule::InvalidResourceList,
            format!("`items` is {}, not a list", items.type_of().name()),
        )
        .at(span));
    }

    let configs = function_config(tree, root, default);
    let configs_in_use = configs.as_deref().unwrap_or(default);
    let mut parts = match (&configs, items) {
        (Ok(configs), Some(items)) => convert_items(configs, tree, [root, items.node()], threads)?,
        _ => vec![(0, PartResult::default())],
    };
    let mut seen = super::seen(configs_in_use);
    for (_, done) in &parts {
        super::merge(&mut seen, &done.seen);
    }
    let mut diagnostics = configs.as_ref().err().cloned().unwrap_or_default();
    diagnostics.extend(parts.iter_mut().flat_map(|(_, done)| done.diagnostics.drain(..)));
    diagnostics.extend(unmatched(configs_in_use, &seen));
    if configs.is_ok() && items.is_none_or(|items| items.count() == 0) && is_of_kustomize(tree, root) {
        let message = "kustomize gave the function no resources, so nothing is converted";
        let help = "list the function under `transformers`: kustomize passes no resources to `generators`";
        diagnostics.push(Diagnostic::warning(Rule::MisplacedFunction, Route::root(), message, help));
    }
    // Not a result: in function mode the functionConfig is the whole configuration, so a change is always intended.
    diagnostics.retain(|diagnostic| diagnostic.rule != Rule::ChoiceChanged);
    let mut results = report(tree, root, items, &diagnostics)?;
    let written = (!results.is_empty()).then(|| {
        let before = field(tree, root, "results").map_or(0, View::count);
        [items.map_or(0, View::count), before + diagnostics.len()]
    });
    if written.is_some() {
        // `results` may be anywhere in the list, so the edits of all parts are joined and sorted.
        let mut all = Splices::default();
        parts.drain(..).for_each(|(_, done)| all.extend(&done.splices));
        all.append(&mut results).map_err(|overlap| {
            Error::new(Rule::UnsupportedLayout, "the results would be written where a resource is edited")
                .at(overlap.second)
        })?;
        parts.push((0, PartResult { splices: all, ..PartResult::default() }));
    }
    let mut converted = ConvertedText::of(text, parts);
    converted.diagnostics = diagnostics;
    if let Some(counts) = written {
        verify::counts(&converted.text(), counts)?;
    }
    // An orchestrator would not accept the output if a second document followed the list.
    match documents.next_document() {
        None => Ok(converted),
        Some(Err(error)) => Err(error.into()),
        Some(Ok(tree)) => {
            let span = tree.root().map(|root| tree.span(root));
            let error = Error::new(Rule::InvalidResourceList, "a second document follows the ResourceList");
            Err(span.map_or(error.clone(), |span| error.at(Span::at(span.start as usize))))
        }
    }
}

/// The places of objects in a `ResourceList`: its items.
fn places(tree: &Tree<'_>) -> Places {
    let Some(root) = tree.root() else { return Places::default() };
    let items = field(tree, root, "items").map(NodeView::node);
    let nodes = items.map(|items| tree.children(items).collect()).unwrap_or_default();
    ([root].into_iter().chain(items).collect(), nodes)
}

/// Converts the items of a list, those of a long list in parallel. Each part has the offset in the text where it
/// begins.
fn convert_items(
    configs: &[Config],
    tree: &Tree<'_>,
    [root, list]: [NodeId; 2],
    threads: usize,
) -> Result<Vec<(usize, PartResult)>, Error> {
    if !tree.defers() {
        let mut scratch = edit::Scratch::for_rewriters();
        let mut part = Part::new(configs, &mut scratch);
        part.document(tree, places)?;
        return Ok(vec![(0, part.result)]);
    }
    let items: Vec<_> = tree.children(list).collect();
    let ancestors = [root, list];
    let threads = threads::worthwhile(tree.source(list).len(), threads);
    let parts = items.chunks(items.len().div_ceil(threads::parts(threads)));
    // Each thread needs a tree of its own, which holds one item at a time.
    let own = |_| (Items::new(tree, root, list, &kinds::ITEM), edit::Scratch::for_rewriters());
    let done =
        threads::parallel_map((0..threads).map(own).collect(), parts, |(reader, scratch), items_of_part| {
            let mut part = Part::new(configs, scratch);
            let mut start = None;
            for &item in items_of_part {
                let (tree, item) = reader.read(item);
                start.get_or_insert(tree.lead(item));
                part.value(tree, item, &ancestors, None)?;
            }
            // The first part begins with the text.
            Ok((start.filter(|_| items_of_part[0] != items[0]).unwrap_or(0), part.result))
        });
    done.into_iter().collect()
}

/// Whether kustomize runs the function: only there the functionConfig has to name the program.
fn is_of_kustomize(tree: &Tree<'_>, root: NodeId) -> bool {
    let keys = ["functionConfig", "metadata", "annotations"];
    let annotations = keys.into_iter().try_fold(NodeView::new(tree, root), View::find);
    krm::FUNCTION_ANNOTATIONS.iter().any(|key| annotations.is_some_and(|all| all.find(key).is_some()))
}

fn not_a_list(what: &str) -> Error {
    Error::new(Rule::InvalidResourceList, format!("expected a `ResourceList`, got {what}"))
        .help("without `-f` this is a KRM function; `-f -` reads plain manifests")
}

fn check_header(tree: &Tree<'_>, root: NodeId) -> Result<(), Error> {
    let string = |key: &str| field(tree, root, key).and_then(View::string);
    let place = Span::at(tree.span(root).start as usize);
    // If a key such as `items` appears twice, another reader may use the other value.
    NodeView::new(tree, root).fields().map_err(|malformed| {
        Error::new(malformed.rule, malformed.message).at(malformed.span.unwrap_or(place)).help(malformed.help)
    })?;
    match (string("apiVersion"), string("kind")) {
        (Some(version), Some(krm::KIND)) if krm::API_VERSIONS.contains(&version) => Ok(()),
        (version, Some(krm::KIND)) => {
            let message = match version {
                Some(version) => {
                    format!("the `apiVersion` of the `ResourceList` is `{version}`, which is not supported")
                }
                None => "the `ResourceList` has no `apiVersion`".to_owned(),
            };
            let error = Error::new(Rule::InvalidResourceList, message).at(place);
            Err(error.help(format!("use one of {}", krm::API_VERSIONS.join(", "))))
        }
        (_, Some(kind)) => Err(not_a_list(&format!("a `{kind}`")).at(place)),
        (_, None) => Err(not_a_list("something without a `kind`").at(place)),
    }
}

/// The configuration, or all errors in it.
fn function_config(
    tree: &Tree<'_>,
    root: NodeId,
    default: &[Config],
) -> Result<Vec<Config>, Vec<Diagnostic>> {
    let Some(config) = field(tree, root, "functionConfig") else { return Ok(default.to_vec()) };
    Config::from_tree(tree, config.node()).map(|config| vec![config]).map_err(|problems| {
        let resource = Some(name_of_config(tree, config)).filter(|resource| !resource.kind.is_empty());
        let about = |problem: Diagnostic| Diagnostic {
            message: format!("functionConfig: {}", problem.message),
            resource: resource.clone(),
            ..problem
        };
        problems.into_iter().map(about).collect()
    })
}

fn name_of_config(tree: &Tree<'_>, config: NodeView<'_>) -> ResourceId {
    let metadata = field(tree, config.node(), "metadata");
    let string =
        |key: &str| field(tree, config.node(), key).and_then(View::string).unwrap_or_default().to_owned();
    let named = |key: &str| field(tree, metadata?.node(), key).and_then(View::string).map(str::to_owned);
    ResourceId {
        api_version: string("apiVersion"),
        kind: string("kind"),
        namespace: named("namespace"),
        name: named("name").unwrap_or_default(),
    }
}

/// Writes diagnostics into `results`, and an empty `items` if the list has none.
fn report(
    tree: &Tree<'_>,
    root: NodeId,
    items: Option<NodeView<'_>>,
    diagnostics: &[Diagnostic],
) -> Result<Draft, Error> {
    let mut fields = Vec::new();
    if items.is_none() {
        fields.push((
            Cow::Borrowed("items"),
            Field::Insert { place: Place::After("kind"), value: Value::seq(Vec::new()) },
        ));
    }
    if !diagnostics.is_empty() {
        let new = diagnostics.iter().map(result);
        let there = tree.pairs(root).find(|(key, _)| tree.scalar(*key) == "results");
        let is_list =
            |(_, value)| matches!(tree.kind(value), NodeKind::BlockSequence | NodeKind::FlowSequence);
        let field = if there.is_some_and(is_list) {
            Field::Edit(Edit::Append(new.collect()))
        } else {
            Field::Insert { place: Place::Last, value: Value::Seq(new.collect()) }
        };
        fields.push((Cow::Borrowed("results"), field));
    }
    if fields.is_empty() {
        return Ok(Draft::default());
    }
    let mut scratch = edit::Scratch::for_rewriters();
    edit::lower(tree, &[], root, &Edit::map(fields), &mut scratch)
        .map(std::mem::take)
        .map_err(|unwritable| Error::unwritable(&unwritable))
}

fn result(diagnostic: &Diagnostic) -> Value<'static> {
    let result = serde_yaml::to_value(krm::Result::from(diagnostic));
    from_serde(result.expect("impossible: strings and numbers only"))
}

/// Converts a value of serde to one that the edit layer writes.
fn from_serde(value: serde_yaml::Value) -> Value<'static> {
    use serde_yaml::Value as Yaml;
    match value {
        Yaml::Null => Value::Raw(Cow::Borrowed("null")),
        Yaml::Bool(value) => Value::Raw(Cow::Owned(value.to_string())),
        Yaml::Number(value) => Value::Raw(Cow::Owned(value.to_string())),
        Yaml::String(text) => Value::str(text),
        Yaml::Sequence(items) => Value::Seq(items.into_iter().map(from_serde).collect()),
        Yaml::Mapping(fields) => {
            let key = |key| match key {
                Yaml::String(key) => Cow::Owned(key),
                _ => unreachable!("impossible: the keys of a result are names"),
            };
            Value::Map(fields.into_iter().map(|(name, value)| (key(name), from_serde(value))).collect())
        }
        Yaml::Tagged(tagged) => from_serde(tagged.value),
    }
}
