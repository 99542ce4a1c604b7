//! Turns a specification into a [`Config`], and finds contradictions in it.
//!
//! Knows the fields; not how they are read. Collects all problems.

use super::report::ConfigReport;
use super::spanned::Spanned;
use super::spec::{EntrypointSpec, ImageSpec, PrepareSpec, SpannedList, SpannedString, Spec};
use super::steps::{self, Limits};
use super::{
    Chosen, Config, Entrypoint, EntrypointKind, Image, Prepare, Requests, Sidecars, Strategy, is_digest,
};
use crate::route::Route;
use crate::select::{Pattern, Selection, Selector, SelectorSpec, not_a_pattern};
use kueueleuleu_yaml::edit::Value;
use std::borrow::Cow;

/// The configuration for a specification. It must not be used if a problem is reported.
///
/// `left_out` names the fields that could not be read. Problems that may depend on them are not reported.
pub(super) fn config(spec: Spec, left_out: &[&str], report: &mut ConfigReport) -> Config {
    let form = report.form;
    let selectors = compile(spec.selectors.unwrap_or_default(), |at| form.selector(at), report);
    let exclude = compile(spec.exclude.unwrap_or_default(), |at| form.item("exclude", at), report);
    for anything in exclude.iter().filter(|selector| selector.is_anything()) {
        if report.is_incomplete(anything.span()) {
            continue;
        }
        let message = "an entry without fields would exclude everything";
        report
            .add(anything.route().clone(), anything.span(), message)
            .help("remove the entry, or say what to exclude");
    }
    let strategy = spec.strategy.unwrap_or_default();
    let is_entrypoint_known =
        !["entrypoint", "entrypointImage", "entrypointKind"].iter().any(|field| left_out.contains(field));
    let is_image_named = spec.entrypoint_image.is_some()
        || spec.entrypoint.as_ref().is_some_and(|entrypoint| entrypoint.image.is_some());
    let chosen = Chosen { strategy: true, kind: true, image: is_image_named };
    let entrypoint = if is_entrypoint_known {
        entrypoint(spec.entrypoint_image, spec.entrypoint.unwrap_or_default(), report)
    } else {
        Entrypoint::default()
    };
    let limits = match strategy {
        _ if left_out.contains(&"strategy") => Limits::None,
        Strategy::InitContainers => Limits::InitContainers,
        _ if is_entrypoint_known && entrypoint.kind == EntrypointKind::Tekton => Limits::Tekton,
        _ => Limits::None,
    };
    Config {
        chosen,
        selection: Selection::new(selectors, exclude),
        entrypoint,
        strategy,
        revert: spec.revert.unwrap_or_default(),
        check: spec.check.unwrap_or_default(),
        probes: spec.probes.unwrap_or_default(),
        restart_policy: spec.restart_policy,
        sidecars: sidecars(spec.sidecars.unwrap_or_default(), report),
        steps: steps::steps(spec.steps.unwrap_or_default(), limits, report),
        start_timeout: steps::start_timeout(spec.start_timeout, limits, report),
        requests: requests(spec.requests, limits, report),
        order: order(&spec.order.unwrap_or_default(), report),
        images: images(spec.images.unwrap_or_default(), report),
        prepare: prepare(spec.prepare.unwrap_or_default()),
    }
}

fn compile(
    specs: SpannedList<SelectorSpec>,
    route: impl Fn(usize) -> Route,
    report: &mut ConfigReport,
) -> Vec<Selector> {
    let specs = specs.into_iter().enumerate();
    specs.filter_map(|(at, spec)| Selector::compile(spec?, route(at), report)).collect()
}

fn entrypoint(short: Option<SpannedString>, spec: EntrypointSpec, report: &mut ConfigReport) -> Entrypoint {
    let form = report.form;
    let long_route = form.field("entrypoint").key("image");
    let kind = spec.kind.as_ref().map(|kind| kind.value).unwrap_or_default();
    let (image, route) = match (short, spec.image) {
        (Some(_), Some(image)) => {
            let message = "the image is set twice, here and in `entrypointImage`";
            report.about(&image, long_route, message).help("remove one of them");
            return Entrypoint::default();
        }
        (Some(image), None) => (Some(image), form.field("entrypointImage")),
        (None, image) => (image, long_route),
    };
    match (image, spec.kind) {
        (Some(image), _) if image.trim().is_empty() => {
            let help = "set an image, or remove the field to use the default";
            report.about(&image, route, "the image is empty").help(help);
        }
        (Some(image), _) => return Entrypoint { image: image.value, kind },
        (None, Some(spec)) if kind == EntrypointKind::Kueueleuleu => {
            let message = "`Kueueleuleu` needs an image: it has no default image";
            let help = "set `entrypointImage` to an image that holds `kueueleuleu-entrypoint`";
            report.about(&spec, form.entrypoint_kind(), message).help(help);
        }
        (None, _) => {}
    }
    Entrypoint { kind, ..Entrypoint::default() }
}

fn prepare(spec: PrepareSpec) -> Prepare {
    let resources = spec.resources.map(|resources| {
        let lists = [("limits", resources.limits), ("requests", resources.requests)];
        let lists = lists.into_iter().filter_map(|(key, list)| Some((Cow::Borrowed(key), list?.0)));
        Value::Map(lists.collect())
    });
    Prepare {
        resources,
        security_context: spec.security_context.map(|context| context.0),
        image_pull_policy: spec.image_pull_policy,
    }
}

pub(super) fn sidecars(patterns: SpannedList<String>, report: &mut ConfigReport) -> Sidecars {
    let form = report.form;
    let compile = |(at, pattern): (usize, Option<SpannedString>)| {
        let (route, pattern) = (form.item("sidecars", at), pattern?);
        if pattern.is_empty() {
            let message = "an empty name would turn every container into a sidecar";
            report.about(&pattern, route, message).help("remove it, or write the name of a container");
            return None;
        }
        match Pattern::compile(&pattern) {
            Ok(pattern) => Some(pattern),
            Err(problem) => not_a_pattern(&pattern, route, &problem, report),
        }
    };
    Sidecars(patterns.into_iter().enumerate().filter_map(compile).collect())
}

fn requests(requests: Option<Spanned<Requests>>, limits: Limits, report: &mut ConfigReport) -> Requests {
    let Some(requests) = requests else { return Requests::default() };
    if requests.value == Requests::PodLevel && limits == Limits::InitContainers {
        let route = report.form.field("requests");
        let message = "the scheduler does not add up the requests of init containers";
        report.about(&requests, route, message).help("remove it, or use `strategy: Entrypoint`");
    }
    requests.value
}

fn order(names: &SpannedList<String>, report: &mut ConfigReport) -> Vec<String> {
    let form = report.form;
    report.unique(names.iter().map(Option::as_ref), |at| form.item("order", at));
    names.iter().flatten().map(|name| name.value.clone()).collect()
}

fn images(specs: SpannedList<ImageSpec>, report: &mut ConfigReport) -> Vec<Image> {
    let form = report.form;
    let route = |at| form.item("images", at);
    report.unique(specs.iter().map(|spec| Some(&spec.as_ref()?.name)), |at| route(at).key("name"));
    let image = |(at, spec): (usize, Option<Spanned<ImageSpec>>)| {
        let spec = spec?;
        let is_empty = |list: &Option<Vec<String>>| list.as_ref().is_none_or(Vec::is_empty);
        if is_empty(&spec.command) && is_empty(&spec.args) && !report.is_incomplete(spec.span) {
            let message = "neither `command` nor `args` says what the image runs";
            report
                .about(&spec, route(at), message)
                .help("set `command` to its `ENTRYPOINT`, `args` to its `CMD`");
        }
        let ImageSpec { name, digest, command, args } = spec.value;
        if let Some(digest) = digest.as_ref().filter(|digest| !is_digest(digest)) {
            let message = format!("`{}` is not a digest", digest.value);
            let help = "write `sha256:` and 64 hexadecimal digits in lower case";
            report.about(digest, route(at).key("digest"), message).help(help);
        }
        let (command, args) = (command.unwrap_or_default(), args.unwrap_or_default());
        Some(Image { name: name.value, digest: digest.map(|digest| digest.value), command, args })
    };
    specs.into_iter().enumerate().filter_map(image).collect()
}
