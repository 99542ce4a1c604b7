//! Collects notes during a run and reports them at its end: one note for each kind that has pods but is not sequenced,
//! and the reasons for changes if there was no error.
//!
//! This module counts notes. It does not know the objects.

use super::input::Source;
use super::report::Reporter;
use kueueleuleu::{Diagnostic, Rule};

/// A note and its source.
type Note<'s> = (&'s Source, Diagnostic);

/// Notes of a run.
#[derive(Debug)]
pub(super) struct Notes<'s> {
    other_kinds: Vec<Note<'s>>,
    outcomes: Vec<Note<'s>>,
    /// Whether each note is reported with its source instead (`--verbose`).
    reports_each: bool,
}

impl<'s> Notes<'s> {
    pub(super) fn new(reports_each: bool) -> Self {
        Self { other_kinds: Vec::new(), outcomes: Vec::new(), reports_each }
    }

    /// Moves the notes out of the diagnostics of a source.
    pub(super) fn take(&mut self, source: &'s Source, diagnostics: &mut Vec<Diagnostic>) {
        if self.reports_each {
            return;
        }
        let notes = diagnostics.extract_if(.., |diagnostic| diagnostic.rule == Rule::OtherKind);
        self.other_kinds.extend(notes.map(|note| (source, note)));
        let outcomes = diagnostics.extract_if(.., |diagnostic| diagnostic.rule == Rule::Outcome);
        self.outcomes.extend(outcomes.map(|outcome| (source, outcome)));
    }

    /// Reports one note for each kind, in the order of their first objects, and the outcomes if the run had no error.
    pub(super) fn report(self, is_done: bool, reporter: &mut Reporter) {
        for (source, outcome) in self.outcomes.into_iter().filter(|_| is_done) {
            reporter.diagnostics(source, &[outcome]);
        }
        let mut kinds: Vec<(_, Vec<&Note<'_>>)> = Vec::new();
        for note in &self.other_kinds {
            let resource = note.1.resource.as_ref();
            let kind = resource.map(|resource| [&*resource.kind, &*resource.api_version]);
            match kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, notes)) => notes.push(note),
                None => kinds.push((kind, vec![note])),
            }
        }
        for (kind, notes) in kinds {
            let [kind, api_version] = kind.unwrap_or_default();
            let (source, first) = notes[0];
            let mut note = first.clone();
            if notes.len() > 1 {
                note.resource = None;
                note.message = format!(
                    "{} pods in objects of kind `{kind}` (`{api_version}`) have several containers, which run at the same time: only Pods, \
                     Jobs and CronJobs are sequenced",
                    notes.len()
                );
                note.help = Some("this is the first; add `-v` to list all of them".to_owned());
            }
            reporter.diagnostics(source, &[note]);
        }
    }
}
