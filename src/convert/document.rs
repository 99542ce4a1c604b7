//! Converts the objects of one document.
//!
//! A document is one object, a list of objects, or something else, which is left unchanged.

use super::object::{Found, Object, Passed, each_object};
use super::shared::{Shared, Sharer};
use super::verify::{self, Places};
use super::{Outcomes, Part, passed};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Error, Rule, Severity};
use crate::plan;
use crate::route::Route;
use kueueleuleu_yaml::edit;
use kueueleuleu_yaml::span::Span;
use kueueleuleu_yaml::syntax::{NodeId, Tree};

impl<'c> Part<'c> {
    /// Converts the objects of a document and verifies the result. `places` finds the objects. Fails if the new text
    /// does not read as planned.
    pub(super) fn document(&mut self, tree: &Tree<'_>, places: fn(&Tree<'_>) -> Places) -> Result<(), Error> {
        let count = self.result.splices.len();
        let shared = self.shared(tree, places);
        self.scratch.share(shared.as_ref().map_or_else(Vec::new, |shared| shared.aliases().to_vec()));
        let (ancestors, nodes) = places(tree);
        let mut edited = Vec::new();
        for node in nodes {
            edited.extend(self.value(tree, node, &ancestors, shared.as_ref())?);
        }
        if !tree.anchors().is_empty() && self.result.splices.len() > count {
            verify::document(tree, &edited, (&self.result.splices, count), places)?;
        }
        Ok(())
    }

    /// Finds the values that are edited once for several objects.
    fn shared<'t>(&mut self, tree: &Tree<'t>, places: fn(&Tree<'_>) -> Places) -> Option<Shared<'t>> {
        if tree.aliases().is_empty() {
            return None;
        }
        let (ancestors, nodes) = places(tree);
        let mut seen = super::seen(self.configs);
        let mut sharers = Vec::new();
        for node in nodes {
            each_object(tree, node, &ancestors, &mut |found| {
                if let Found::Object(object) = found {
                    sharers.push(Sharer::new(object, object.config(self.configs, &mut seen)));
                }
            });
        }
        Shared::find(tree, &sharers, |shared, edits| {
            self.scratch.share(shared.aliases().to_vec());
            let can_be_written = |(object, edit): &(&Sharer<'_>, &edit::Edit<'_>)| {
                (self.lower)(tree, &object.ancestors, object.site, edit, self.scratch).is_ok()
            };
            edits.iter().map(can_be_written).collect()
        })
    }

    /// Converts the object at `id`, or the objects of the list at `id`. `ancestors` lead to it. Without anchors in the
    /// document, each object is verified at once. With anchors, an edit may change other objects too, so they must be
    /// verified together: returns for each object the configuration by which it was edited, if it was.
    pub(super) fn value(
        &mut self,
        tree: &Tree<'_>,
        id: NodeId,
        ancestors: &[NodeId],
        shared: Option<&Shared<'_>>,
    ) -> Result<Vec<Option<&'c Config>>, Error> {
        let mut edited = Vec::new();
        let mut outcome = Ok(());
        each_object(tree, id, ancestors, &mut |found| match found {
            Found::Object(object) if outcome.is_ok() => match self.object(object, shared) {
                Ok(edited_by) if !tree.anchors().is_empty() => edited.push(edited_by),
                Ok(_) => {}
                Err(error) => outcome = Err(error),
            },
            Found::Object(_) => {}
            Found::NoList(diagnostic) => self.result.diagnostics.push(*diagnostic),
            Found::Passed(passed) => self.passed(&passed),
        });
        outcome.map(|()| edited)
    }

    /// Reports a value that is not converted: a misspelled kind, for example.
    fn passed(&mut self, passed: &Passed<'_, '_>) {
        let Passed { tree, view, .. } = *passed;
        self.others |= self.tell.other_kinds && passed::may_have_several_containers(tree.source(view.node()));
        if tree.kind(view.node()).is_opaque() {
            return;
        }
        if let Some((object, diagnostic)) = passed::misnamed(passed) {
            if object.config(self.configs, &mut self.result.seen).is_some() && !object.is_left_alone() {
                self.result.diagnostics.push(object.place(diagnostic));
            }
        } else {
            self.result.diagnostics.extend(passed::list(passed));
        }
    }

    /// Converts an object, and verifies the result if the document has no anchors. Returns the configuration by which
    /// it was edited, if it was.
    fn object(
        &mut self,
        object: &Object<'_, '_>,
        shared: Option<&Shared<'_>>,
    ) -> Result<Option<&'c Config>, Error> {
        let Some(config) = object.config(self.configs, &mut self.result.seen) else {
            if self.tell.outcomes == Outcomes::All {
                self.outcome(object, "left as it is: no configuration and no flag selects it".to_owned());
            }
            return Ok(None);
        };
        let subject = match shared {
            Some(shared) => plan::read(object.kind, shared.view(object.site)),
            None => plan::read(object.kind, object.view),
        };
        self.note_steps(config, &subject);
        let in_use = subject.config(config);
        let plan = subject.plan(&in_use);
        let is_reported = self.tell.outcomes.include(plan.edit.is_some());
        let outcome = is_reported.then(|| subject.outcome(&in_use, &plan));
        let mut diagnostics = plan.diagnostics;
        let count = self.result.splices.len();
        let written = plan.edit.as_ref().map(|edit| self.write(config, object, edit, shared));
        let is_edited = matches!(written, Some(Ok(_)));
        diagnostics.extend(written.into_iter().flat_map(|(Ok(notes) | Err(notes))| notes));
        self.result.diagnostics.extend(diagnostics.into_iter().map(|diagnostic| object.place(diagnostic)));
        if let Some(outcome) = outcome {
            self.outcome(object, outcome);
        }
        match plan.edit.filter(|_| is_edited) {
            Some(edit) if object.tree.anchors().is_empty() => {
                verify::object(config, &edit, object, (&self.result.splices, count)).map(|()| Some(config))
            }
            edit => Ok(edit.map(|_| config)),
        }
    }

    /// Records which configured steps the object has.
    fn note_steps(&mut self, config: &Config, subject: &plan::Subject<'_>) {
        let place = self.configs.iter().position(|other| std::ptr::eq(other, config));
        if let Some(seen) = place.filter(|_| !config.steps.is_empty()).map(|at| &mut self.result.seen[at]) {
            seen.note_steps(config.steps.len(), |step| subject.has_container(&config.steps[step].name));
        }
    }

    fn outcome(&mut self, object: &Object<'_, '_>, outcome: String) {
        let diagnostic = Diagnostic::new(Severity::Info, Rule::Outcome, Route::root(), outcome);
        self.result.diagnostics.push(object.place(diagnostic));
    }

    /// Writes an edit. Returns notes about it, or the errors that prevent it.
    fn write(
        &mut self,
        config: &Config,
        object: &Object<'_, '_>,
        edit: &edit::Edit<'_>,
        shared: Option<&Shared<'_>>,
    ) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        if config.check {
            let (rule, what, help) = if config.revert {
                (Rule::NotReverted, "is not reverted yet", "revert it, and keep the result")
            } else {
                (Rule::NotConverted, "is not sequenced yet", "convert it, and keep the result")
            };
            return Err(vec![Diagnostic::error(rule, Route::root(), what, help)]);
        }
        let &Object { tree, site, ancestors, .. } = object;
        let own = shared.map(|shared| shared.own(site, edit));
        let edit = match &own {
            None => edit,
            Some(Some(own)) => own,
            // The edit of another object is this object's edit, too.
            Some(None) => return Ok(Vec::new()),
        };
        // An edit of an alias is refused at the alias, not at its anchor.
        let lowered = (self.lower)(tree, ancestors, site, edit, self.scratch).and_then(|draft| {
            // An overlap is reported here, where its resource is known.
            self.result.splices.append(draft).map_err(|overlap| {
                vec![edit::Unwritable {
                    message: "two edits of the resource touch the same text".to_owned(),
                    span: overlap.second,
                    help: "write it in block style",
                }]
            })
        });
        let refused = |edit::Unwritable { message, span, help }| {
            Diagnostic::error(Rule::UnsupportedLayout, Route::root(), message, help).at(span)
        };
        lowered.map_err(|unwritable| unwritable.into_iter().map(refused).collect::<Vec<_>>())?;
        let copied = |&alias: &Span| {
            let name = &tree.text()[alias.range()];
            let message = format!("the alias `{name}` was replaced by a copy of its value");
            let help = "the value or its anchor changes or moves; a revert keeps the copy";
            Diagnostic::new(Severity::Info, Rule::AliasWrittenOut, Route::root(), message)
                .help(help)
                .at(alias)
        };
        Ok(self.scratch.copied_aliases().iter().map(copied).collect())
    }
}
