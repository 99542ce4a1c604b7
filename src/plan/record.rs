//! Records in one annotation of the pod what a converted object itself no longer shows:
//!
//! ```text
//! kueueleuleu.dev/original: commands=0:1; empty=volumes,0/volumeMounts
//! ```
//!
//! Containers are identified by the numbers of their steps, because people rename containers, but a wrapper preserves
//! its number.
//!
//! Until version 0.1 each entry was a separate annotation. These are still read.

use super::names;
use super::pod::{Container, ContainerList, List, Meta, RecordEntry, Workload};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The annotations that represent the entries: the mark of the object, and the record.
pub(super) fn annotations<'v>(entries: &[RecordEntry<'v>]) -> Vec<RecordEntry<'v>> {
    let (marks, records): (Vec<_>, Vec<_>) =
        entries.iter().cloned().partition(|(key, _)| *key == names::ANNOTATION);
    let name = |key: &'static str| key.trim_start_matches(names::ANNOTATION_PREFIX);
    let text: Vec<_> = records.iter().map(|(key, value)| format!("{}={value}", name(key))).collect();
    let record = (!text.is_empty()).then(|| (names::RECORD_ANNOTATION, Cow::Owned(text.join("; "))));
    marks.into_iter().chain(record).collect()
}

/// The entries of a record; `None` if one of them is unknown.
pub(super) fn entries(text: &str) -> Option<Vec<RecordEntry<'_>>> {
    let entry = |entry: &'_ str| {
        let (name, _) = entry.split_once('=')?;
        let is_it = |key: &&&str| key.strip_prefix(names::ANNOTATION_PREFIX) == Some(name);
        names::RECORDS.iter().find(is_it).copied()
    };
    let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| Some((entry(part)?, Cow::Borrowed(part.split_once('=')?.1)))).collect()
}

/// Restores the empty lists and annotations of a converted object: those in the record stay, those that the conversion
/// added go. If the object had no volumes of ours (`had_volumes`), an empty list of volumes is its own. `wrapped` has
/// the number of the step by the index of each wrapped container. The empty lists of all other containers are their
/// own.
pub(super) fn restore_empty(
    object: &mut Workload<'_>,
    had_volumes: bool,
    wrapped: &BTreeMap<usize, Option<usize>>,
) {
    fn restore<T>(list: &mut List<T>, is_empty: bool, is_recorded: bool) {
        list.present &= !is_empty || is_recorded;
    }

    let number = |container: &Container<'_>| match container.origin {
        (ContainerList::Main, at) => wrapped.get(&at).copied(),
        (ContainerList::Init, _) => None,
    };
    let record = object.meta.get(names::EMPTY_RECORD).unwrap_or_default().to_owned();
    let is_recorded = |field: &str| record.split(',').any(|name| name == field);
    let pod = &mut object.pod;
    let is_empty = had_volumes && pod.volumes.items.is_empty();
    restore(&mut pod.volumes, is_empty, is_recorded("volumes"));
    let is_empty = pod.init_containers.items.is_empty();
    restore(&mut pod.init_containers, is_empty, is_recorded("initContainers"));
    for container in &mut pod.containers.items {
        let Some(step) = number(container) else { continue };
        let is_its = |key| step.is_some_and(|step| is_recorded(&of_step(step, key)));
        let (mounts, command) = (is_its("volumeMounts"), is_its("command"));
        let is_empty = container.mounts.items.is_empty();
        restore(&mut container.mounts, is_empty, mounts);
        let is_empty = container.command.items.is_empty();
        restore(&mut container.command, is_empty, command);
    }
    for (depth, meta) in object.metas_mut().enumerate().filter(|(_, meta)| meta.is_bare) {
        meta.annotated = is_recorded(&of_meta("annotations", depth));
        meta.present = meta.has_others || meta.annotated || is_recorded(&of_meta("metadata", depth));
    }
}

/// The empty `metadata` and `annotations` of an object that is not converted yet, each with its name in the record.
pub(super) fn empty_metadata(object: &Workload<'_>) -> Vec<String> {
    let name = |(depth, meta): (usize, &Meta<'_>)| match meta {
        Meta { annotated: true, is_bare: true, ours, .. } if ours.is_empty() => {
            Some(of_meta("annotations", depth))
        }
        Meta { present: true, annotated: false, has_others: false, .. } => Some(of_meta("metadata", depth)),
        _ => None,
    };
    object.metas().enumerate().filter_map(name).collect()
}

/// The empty lists that [`restore_empty`] must know, of an object whose steps are in order. `gets_volumes`: the
/// conversion also adds items to the lists of containers.
pub(super) fn empty_lists(object: &Workload<'_>, gets_volumes: bool) -> Vec<String> {
    fn is_empty<T>(list: &List<impl std::ops::Deref<Target = [T]>>) -> bool {
        list.present && list.items.is_empty()
    }
    let mut fields = Vec::new();
    let pod = &object.pod;
    fields.extend((gets_volumes && is_empty(&pod.volumes)).then(|| "volumes".to_owned()));
    fields.extend(is_empty(&pod.init_containers).then(|| "initContainers".to_owned()));
    for (step, container) in pod.containers.items.iter().enumerate().filter(|_| gets_volumes) {
        fields.extend(is_empty(&container.command).then(|| of_step(step, "command")));
        fields.extend(is_empty(&container.mounts).then(|| of_step(step, "volumeMounts")));
    }
    fields
}

fn of_step(step: usize, key: &str) -> String {
    format!("{step}/{key}")
}

/// The name in the record of the `metadata` at a depth, or of its `annotations`. The object's own has depth 0.
fn of_meta(key: &str, depth: usize) -> String {
    format!("{key}/{depth}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_as_it_was_written() {
        let written = vec![
            (names::ANNOTATION, Cow::Borrowed("true")),
            (names::CONTAINERS_ANNOTATION, Cow::Borrowed("a,b")),
            (names::RESTART_POLICY_ANNOTATION, Cow::Borrowed("")),
        ];
        let annotations = annotations(&written);
        assert_eq!(annotations[0], written[0]);
        assert_eq!(annotations[1].1, "containers=a,b; restart-policy=");
        assert_eq!(entries(&annotations[1].1).unwrap(), written[1..]);
        assert_eq!(entries("containers=a;later=x"), None);
        assert_eq!(entries("containers"), None);
        assert_eq!(entries(" ; "), Some(Vec::new()));
    }
}
