//! One value of a document: an object that is converted, a list of objects, or something that passes through.

use super::Work;
use super::object::{Found, Object, each_object};
use crate::diagnostic::{Diagnostic, ResourceId, Rule, Severity};
use crate::plan;
use crate::route::Route;
use crate::view::View;
use kueueleuleu_yaml::edit;
use kueueleuleu_yaml::syntax::{NodeId, Tree};

impl Work<'_> {
    /// Converts the object at `id`, or those of the list that it is. `ancestors` lead to it.
    pub(super) fn value(&mut self, tree: &Tree<'_>, id: NodeId, ancestors: &[NodeId]) {
        each_object(tree, id, ancestors, &mut |found| match found {
            Found::Object(object) => self.object(object),
            Found::NoList(diagnostic) => self.done.diagnostics.push(*diagnostic),
        });
    }

    fn object(&mut self, object: &Object<'_, '_>) {
        if !object.is_selected(&self.config.selection, &mut self.done.seen) {
            return;
        }
        let subject = plan::read(object.kind, object.view);
        let plan = subject.plan(self.config);
        let mut diagnostics = plan.diagnostics;
        if let Some(edit) = plan.edit {
            diagnostics.extend(self.write(object, &edit).err());
        }
        self.done.diagnostics.extend(diagnostics.into_iter().map(|diagnostic| object.place(diagnostic)));
    }

    fn write(&mut self, object: &Object<'_, '_>, edit: &edit::Edit<'_>) -> Result<(), Diagnostic> {
        if self.config.check {
            let (rule, what, help) = if self.config.revert {
                (Rule::NotReverted, "is not reverted yet", "revert it, and keep the result")
            } else {
                (Rule::NotConverted, "is not sequenced yet", "convert it, and keep the result")
            };
            return Err(Diagnostic::error(rule, Route::root(), what, help));
        }
        // An alias is edited where it stands, and there it is refused.
        let &Object { tree, view, site, ancestors, .. } = object;
        let root = if view.is_own() { view.node() } else { site };
        let lowered = edit::lower(tree, ancestors, root, edit, self.writer).and_then(|draft| {
            // Overlaps are refused here, where they still have a resource.
            self.done.splices.append(draft).map_err(|overlap| edit::Unwritable {
                message: "two edits of the resource touch the same text".to_owned(),
                span: overlap.second,
                help: "write it in block style",
            })
        });
        lowered.map_err(|edit::Unwritable { message, span, help }| {
            Diagnostic::error(Rule::UnsupportedLayout, Route::root(), message, help).at(span)
        })
    }
}

/// A warning or an error about the configuration itself.
pub(super) fn about_config(
    severity: Severity,
    resource: Option<ResourceId>,
    error: crate::config::ConfigError,
) -> Diagnostic {
    let message = format!("functionConfig: {}", error.message);
    Diagnostic {
        resource,
        help: error.help,
        ..Diagnostic::new(severity, Rule::InvalidConfig, error.route, message)
    }
}
