//! Selects objects by the compiled selectors and exclusions of a configuration.
//!
//! Knows a few [`Facts`] about an object; neither where they come from nor what happens to selected objects.

mod labels;
mod pattern;
mod selector;

pub(crate) use labels::{Requirement, Test};
pub(crate) use pattern::Pattern;
pub(crate) use selector::Selector;
pub use selector::SelectorSpec;
pub(crate) use selector::not_a_pattern;

use std::borrow::Cow;

/// The properties of an object that selectors can match.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts<'a> {
    /// `apiVersion`.
    pub api_version: &'a str,
    /// `kind`.
    pub kind: &'a str,
    /// `metadata.name`, or `metadata.generateName` if only that is set.
    pub name: &'a str,
    /// `metadata.namespace`. A missing or empty namespace counts as `default`.
    pub namespace: Option<&'a str>,
    /// `metadata.labels`, key and value.
    pub labels: &'a [(Cow<'a, str>, Cow<'a, str>)],
    /// `metadata.annotations`, key and value. Those that kustomize sets contain previous names and namespaces.
    pub annotations: &'a [(Cow<'a, str>, Cow<'a, str>)],
}

/// Selects the objects that match any selector, or all objects if there is no selector; except those that match an
/// exclusion.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    selectors: Vec<Selector>,
    exclude: Vec<Selector>,
}

/// Records which parts of a configuration matched an object during a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Which entries of its [`Selection`] matched, selectors first.
    entries: Vec<bool>,
    /// Which configured steps were in an object; empty before the first object.
    steps: Vec<bool>,
}

impl Seen {
    /// Adds what matched in another run of the same selection.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.entries.iter_mut().zip(&other.entries).for_each(|(seen, other)| *seen |= other);
        self.note_steps(other.steps.len(), |step| other.steps[step]);
    }

    /// Notes which configured steps an object has. `count` is the number of configured steps.
    pub(crate) fn note_steps(&mut self, count: usize, has: impl Fn(usize) -> bool) {
        self.steps.resize(self.steps.len().max(count), false);
        self.steps.iter_mut().enumerate().take(count).for_each(|(step, seen)| *seen = *seen || has(step));
    }

    /// The configured steps that are in no object. Usually the name is misspelled.
    pub(crate) fn unknown_steps(&self) -> impl Iterator<Item = usize> {
        self.steps.iter().enumerate().filter(|(_, seen)| !**seen).map(|(step, _)| step)
    }
}

impl Selection {
    /// Creates the selection for these entries.
    pub(crate) fn new(selectors: Vec<Selector>, exclude: Vec<Selector>) -> Self {
        Self { selectors, exclude }
    }

    /// This selection with other selectors. The exclusions are preserved.
    #[must_use]
    pub(crate) fn with_selectors(self, selectors: Vec<Selector>) -> Self {
        Self { selectors, ..self }
    }

    /// The selectors, and the exclusions.
    pub(crate) fn entries(&self) -> [&[Selector]; 2] {
        [&self.selectors, &self.exclude]
    }

    /// Whether all objects are selected. Then [`Self::matches`] does not read the facts.
    pub(crate) fn is_everything(&self) -> bool {
        self.selectors.is_empty() && self.exclude.is_empty()
    }

    /// An empty record for a run.
    pub(crate) fn seen(&self) -> Seen {
        Seen { entries: vec![false; self.selectors.len() + self.exclude.len()], steps: Vec::new() }
    }

    /// Whether an object is selected. Notes the entries that match it in `seen`, which must come from [`Self::seen`] of
    /// this selection.
    pub(crate) fn matches(&self, facts: &Facts<'_>, seen: &mut Seen) -> bool {
        if self.is_everything() {
            return true;
        }
        let (in_selectors, in_exclude) = seen.entries.split_at_mut(self.selectors.len());
        let selected = any_matches(&self.selectors, facts, in_selectors);
        let excluded = any_matches(&self.exclude, facts, in_exclude);
        (selected || self.selectors.is_empty()) && !excluded
    }

    /// The selectors that matched no object in a run. Usually something is misspelled. Exclusions are not included,
    /// because they may be meant for future objects.
    pub(crate) fn unmatched<'a>(&'a self, seen: &'a Seen) -> impl Iterator<Item = &'a Selector> {
        self.selectors.iter().zip(&seen.entries).filter(|(_, seen)| !**seen).map(|(selector, _)| selector)
    }
}

/// Whether any entry matches. Also checks entries that cannot change the result, if they have not matched an object
/// before, so that they are noted in `seen`.
fn any_matches(entries: &[Selector], facts: &Facts<'_>, seen: &mut [bool]) -> bool {
    let mut any = false;
    for (entry, seen) in entries.iter().zip(seen) {
        if (!any || !*seen) && entry.matches(facts) {
            any = true;
            *seen = true;
        }
    }
    any
}

#[cfg(test)]
mod tests;
