//! Which objects are meant: the selectors and exclusions of a configuration, compiled.
//!
//! Knows an object by a few [`Facts`] only; neither where they come from nor what happens to what is selected.

mod labels;
mod pattern;
mod selector;

pub(crate) use labels::{Requirement, Test};
pub(crate) use pattern::Pattern;
pub(crate) use selector::Selector;
pub use selector::SelectorSpec;
pub(crate) use selector::not_a_pattern;

use std::borrow::Cow;

/// What a selector may ask about an object.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts<'a> {
    /// `apiVersion`.
    pub api_version: &'a str,
    /// `kind`.
    pub kind: &'a str,
    /// `metadata.name`, or `metadata.generateName` where that is all there is.
    pub name: &'a str,
    /// `metadata.namespace`; none and the empty one count as `default`.
    pub namespace: Option<&'a str>,
    /// `metadata.labels`, key and value.
    pub labels: &'a [(Cow<'a, str>, Cow<'a, str>)],
    /// `metadata.annotations`, key and value. Earlier names and namespaces are read from those that kustomize sets.
    pub annotations: &'a [(Cow<'a, str>, Cow<'a, str>)],
}

/// What is selected: what any selector matches, or everything where there is none, but nothing that an exclusion
/// matches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    selectors: Vec<Selector>,
    exclude: Vec<Selector>,
}

/// What of one configuration met something in a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Which entries of its [`Selection`] matched, selectors first.
    entries: Vec<bool>,
    /// Which of its steps an object had; nothing before the first object.
    steps: Vec<bool>,
}

impl Seen {
    /// Adds what matched in another run of the same selection.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.entries.iter_mut().zip(&other.entries).for_each(|(seen, other)| *seen |= other);
        self.note_steps(other.steps.len(), |step| other.steps[step]);
    }

    /// Notes which of so many configured steps an object has.
    pub(crate) fn note_steps(&mut self, count: usize, has: impl Fn(usize) -> bool) {
        self.steps.resize(self.steps.len().max(count), false);
        self.steps.iter_mut().enumerate().take(count).for_each(|(step, seen)| *seen = *seen || has(step));
    }

    /// The configured steps that no object had: most often somebody mistyped a name.
    pub(crate) fn unknown_steps(&self) -> impl Iterator<Item = usize> {
        self.steps.iter().enumerate().filter(|(_, seen)| !**seen).map(|(step, _)| step)
    }
}

impl Selection {
    /// The selection by these entries.
    pub(crate) fn new(selectors: Vec<Selector>, exclude: Vec<Selector>) -> Self {
        Self { selectors, exclude }
    }

    /// This selection with other selectors. The exclusions stay.
    #[must_use]
    pub(crate) fn with_selectors(self, selectors: Vec<Selector>) -> Self {
        Self { selectors, ..self }
    }

    /// The selectors, and the exclusions.
    pub(crate) fn entries(&self) -> [&[Selector]; 2] {
        [&self.selectors, &self.exclude]
    }

    /// Whether everything is selected. Then [`Self::matches`] looks at nothing, and its facts need not be collected.
    pub(crate) fn is_everything(&self) -> bool {
        self.selectors.is_empty() && self.exclude.is_empty()
    }

    /// The record of a run that has matched nothing yet.
    pub(crate) fn seen(&self) -> Seen {
        Seen { entries: vec![false; self.selectors.len() + self.exclude.len()], steps: Vec::new() }
    }

    /// Whether an object is selected. Notes in `seen`, which [`Self::seen`] of this selection made, what matched it.
    pub(crate) fn matches(&self, facts: &Facts<'_>, seen: &mut Seen) -> bool {
        if self.is_everything() {
            return true;
        }
        let (in_selectors, in_exclude) = seen.entries.split_at_mut(self.selectors.len());
        let selected = any_matches(&self.selectors, facts, in_selectors);
        let excluded = any_matches(&self.exclude, facts, in_exclude);
        (selected || self.selectors.is_empty()) && !excluded
    }

    /// The selectors that matched no object of a run: most often somebody mistyped something. Exclusions are not
    /// among them: they may be there for what is still to come.
    pub(crate) fn unmatched<'a>(&'a self, seen: &'a Seen) -> impl Iterator<Item = &'a Selector> {
        self.selectors.iter().zip(&seen.entries).filter(|(_, seen)| !**seen).map(|(selector, _)| selector)
    }
}

/// Asks every entry that may change the answer or has not matched before: each must get its chance to be seen.
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
