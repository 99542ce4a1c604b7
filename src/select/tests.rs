//! Tests selections: tables of `selectors` and `exclude`, and whether an object is selected.

use super::*;
use crate::config::Config;

const PREVIOUS_NAMES: &str = "internal.config.kubernetes.io/previousNames";
const PREVIOUS_NAMESPACES: &str = "internal.config.kubernetes.io/previousNamespaces";

fn selection(spec: &str) -> Selection {
    let config =
        format!("{{apiVersion: kueueleuleu.dev/v1alpha1, kind: SequentialContainers, spec: {{{spec}}}}}");
    Config::from_yaml(&config).expect(spec).selection
}

/// Whether the Job `etl/nightly-load` is selected. It belongs to team `data`, and was `load` in `base` before.
fn is_selected(spec: &str) -> bool {
    let pairs = |pairs: &[(&'static str, &'static str)]| -> Vec<_> {
        pairs.iter().map(|&(key, value)| (Cow::Borrowed(key), Cow::Borrowed(value))).collect()
    };
    let facts = Facts {
        api_version: "batch/v1",
        kind: "Job",
        name: "nightly-load",
        namespace: Some("etl"),
        labels: &pairs(&[("team", "data"), ("size", "3")]),
        annotations: &pairs(&[
            ("run-mode", "sequential"),
            ("note", "two words"),
            (PREVIOUS_NAMES, "load, daily-load"),
            (PREVIOUS_NAMESPACES, "base , stage"),
        ]),
    };
    let selection = selection(spec);
    selection.matches(&facts, &mut selection.seen())
}

#[test]
fn an_object_must_match_all_fields() {
    let cases: &[(&str, bool)] = &[
        ("", true),
        ("selectors: [], exclude: []", true),
        ("selectors: null, exclude: null", true),
        ("selectors: [{}]", true),
        ("selectors: [{kind: '', name: '', namespace: '', group: '', version: '', apiVersion: ''}]", true),
        // Each field alone.
        ("selectors: [{kind: Job}]", true),
        ("selectors: [{kind: job}]", false),
        ("selectors: [{kind: '(?i)job'}]", true),
        ("selectors: [{group: batch}]", true),
        ("selectors: [{group: apps}]", false),
        ("selectors: [{group: bat}]", false),
        ("selectors: [{group: $}]", false),
        ("selectors: [{version: v1}]", true),
        ("selectors: [{version: 'v1beta.*'}]", false),
        ("selectors: [{version: batch/v1}]", false),
        ("selectors: [{apiVersion: batch/v1}]", true),
        ("selectors: [{apiVersion: v1}]", false),
        ("selectors: [{apiVersion: 'batch/.*'}]", false),
        // The whole value must match, and both anchors apply to every branch.
        ("selectors: [{kind: Job|CronJob}]", true),
        ("selectors: [{kind: CronJob|Jo}]", false),
        ("selectors: [{kind: Jo|CronJob}]", false),
        ("selectors: [{kind: Cron|ob}]", false),
        ("selectors: [{name: 'nightly-.*'}]", true),
        ("selectors: [{name: nightly}]", false),
        ("selectors: [{name: night.y}]", false),
        ("selectors: [{name: 'ightly-load'}]", false),
        ("selectors: [{name: '^nightly-load$'}]", true),
        ("selectors: [{name: '^nightly|load$'}]", true),
        ("selectors: [{name: '^nightly|loa$'}]", false),
        // RE2 with its classes and flags.
        (r"selectors: [{name: '\pL+-\p{Ll}{4}'}]", true),
        (r"selectors: [{name: '\p{Lu}.*'}]", false),
        (r"selectors: [{name: '[[:lower:]-]+'}]", true),
        (r"selectors: [{name: '(?i)NIGHTLY-(?P<what>\w+)'}]", true),
        (r"selectors: [{name: '(?:day|night)ly-\D*'}]", true),
        ("selectors: [{kind: '(?i:job)'}]", true),
        (r"selectors: [{version: 'v\d+'}]", true),
        (r"selectors: [{apiVersion: 'batch/v\d'}]", false),
        // The current or a previous name and namespace.
        ("selectors: [{name: load}]", true),
        ("selectors: [{name: daily-.*}]", true),
        ("selectors: [{name: 'load,daily-load'}]", false),
        ("selectors: [{namespace: etl}]", true),
        ("selectors: [{namespace: et}]", false),
        ("selectors: [{namespace: base}]", true),
        ("selectors: [{namespace: stage, name: load}]", true),
        ("selectors: [{namespace: base, name: nightly-load}]", true),
        ("selectors: [{namespace: default}]", false),
        // Labels and annotations.
        ("selectors: [{labelSelector: 'team in (data, ml), !legacy'}]", true),
        ("selectors: [{labelSelector: 'team in (ml)'}]", false),
        ("selectors: [{labelSelector: 'owner notin (me)'}]", true),
        ("selectors: [{labelSelector: 'team notin (data)'}]", false),
        ("selectors: [{labelSelector: 'owner != me'}]", true),
        ("selectors: [{labelSelector: 'size > 2, size < 4'}]", true),
        ("selectors: [{labelSelector: ''}]", true),
        ("selectors: [{annotationSelector: run-mode=sequential}]", true),
        ("selectors: [{annotationSelector: '!run-mode'}]", false),
        ("selectors: [{annotationSelector: team}]", false),
        ("selectors: [{labels: {team: data}}]", true),
        ("selectors: [{labels: {team: data, owner: me}}]", false),
        ("selectors: [{labels: {team: dat}}]", false),
        ("selectors: [{labels: {}}]", true),
        ("selectors: [{annotations: {note: two words}}]", true),
        ("selectors: [{annotations: {note: two}}]", false),
        // All fields of an entry must match, but only one entry.
        ("selectors: [{kind: Job, name: 'nightly-.*', namespace: etl, labels: {team: data}}]", true),
        ("selectors: [{kind: Pod, name: 'nightly-.*'}]", false),
        ("selectors: [{kind: Job, labels: {team: ml}}]", false),
        ("selectors: [{kind: Pod}, {kind: Job}]", true),
        ("selectors: [{kind: Pod}, {kind: CronJob}]", false),
        // An exclusion wins, and all its fields must match too.
        ("exclude: [{kind: Job}]", false),
        ("exclude: [{kind: Pod}]", true),
        ("selectors: [{kind: Job}], exclude: [{name: 'nightly-.*'}]", false),
        ("selectors: [{kind: Job}], exclude: [{kind: Job, labels: {team: ml}}]", true),
        ("selectors: [{kind: Job}], exclude: [{kind: Job, labelSelector: team=ml}]", true),
        ("exclude: [{kind: Pod}, {namespace: etl}]", false),
        ("selectors: [{kind: Pod}], exclude: [{kind: CronJob}]", false),
    ];
    assert!(cases.len() >= 40);
    for &(spec, expected) in cases {
        assert_eq!(is_selected(spec), expected, "{spec}");
    }
}

#[test]
fn a_missing_namespace_is_default() {
    let cases: &[(&str, Option<&str>, bool)] = &[
        ("default", None, true),
        ("default", Some(""), true),
        ("default", Some("default"), true),
        ("default", Some("etl"), false),
        ("etl", None, false),
        ("$", None, false),
        ("d.*", None, true),
    ];
    for &(namespace, given, expected) in cases {
        let selection = selection(&format!("selectors: [{{namespace: {namespace:?}}}]"));
        let facts = Facts { api_version: "v1", kind: "Pod", name: "a", namespace: given, ..Facts::default() };
        assert_eq!(selection.matches(&facts, &mut selection.seen()), expected, "{namespace} on {given:?}");
    }
}

#[test]
fn the_core_group_is_empty() {
    let pod = Facts { api_version: "v1", kind: "Pod", name: "a", ..Facts::default() };
    for (spec, expected) in [
        ("selectors: [{group: ''}]", true),
        ("selectors: [{group: $}]", true),
        ("selectors: [{group: batch}]", false),
        ("selectors: [{version: v1}]", true),
        ("selectors: [{apiVersion: v1}]", true),
    ] {
        let selection = selection(spec);
        assert_eq!(selection.matches(&pod, &mut selection.seen()), expected, "{spec}");
    }
}

#[test]
fn selectors_that_match_nothing_are_reported() {
    let selection = selection(
        "selectors: [{kind: Job}, {kind: Pod, name: nigthly-.*}, {kind: Jo.}, {labels: {a: b, c: d}}], \
         exclude: [{namespace: etl, labelSelector: '!team'}, {name: b}]",
    );
    let mut seen = selection.seen();
    let unmatched = |seen: &Seen| selection.unmatched(seen).map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(unmatched(&seen).len(), 4);
    // Both entries that match are noted, although the first is enough. An excluded object counts as matched.
    for (name, expected) in [("a", true), ("b", false)] {
        let facts = Facts { api_version: "batch/v1", kind: "Job", name, ..Facts::default() };
        assert_eq!(selection.matches(&facts, &mut seen), expected);
    }
    assert_eq!(
        unmatched(&seen),
        ["selectors[1] (kind: Pod, name: nigthly-.*)", "selectors[3] (labels: {a: b, c: d})",]
    );
}

#[test]
fn a_selector_from_the_command_line_has_no_route() {
    let only =
        |spec: SelectorSpec| Config::default().with_selector(spec).unwrap().selection.selectors.remove(0);
    let selector = only(SelectorSpec::default().kind("Job").label_selector("a=b"));
    assert_eq!(selector.to_string(), "selector (kind: Job, labelSelector: a=b)");
    assert!(!selector.is_anything());
    assert!(only(SelectorSpec::default()).is_anything());
}
