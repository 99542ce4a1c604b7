//! Collects the problems of a configuration.

use super::form::ConfigForm;
use super::spanned::Spanned;
use super::spec::SpannedString;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::route::Route;
use kueueleuleu_yaml::span::Span;
use std::collections::{HashMap, HashSet};

/// The problems so far, in the order in which they were found.
#[derive(Debug)]
pub(crate) struct ConfigReport {
    /// The form of the configuration, on which the routes depend.
    pub form: ConfigForm,
    problems: Vec<Diagnostic>,
    /// The index of each problem, by its place and message.
    known: HashMap<(Option<Span>, String), usize>,
    /// Mappings with unknown fields.
    incomplete: HashSet<Span>,
}

impl ConfigReport {
    pub(crate) fn new(form: ConfigForm) -> Self {
        Self { form, problems: Vec::new(), known: HashMap::new(), incomplete: HashSet::new() }
    }

    /// Adds a problem. A problem that occurs again through an alias or a merge is added once.
    pub(crate) fn add(
        &mut self,
        route: Route,
        span: impl Into<Option<Span>>,
        message: impl Into<String>,
    ) -> Added<'_> {
        let mut problem = Diagnostic::new(Severity::Error, Rule::InvalidConfig, route, message);
        problem.span = span.into();
        let at = *self.known.entry((problem.span, problem.message.clone())).or_insert(self.problems.len());
        if at == self.problems.len() {
            self.problems.push(problem);
        }
        Added(&mut self.problems[at])
    }

    /// Adds a problem of a value.
    pub(crate) fn about<T>(
        &mut self,
        value: &Spanned<T>,
        route: Route,
        message: impl Into<String>,
    ) -> Added<'_> {
        self.add(route, value.span, message)
    }

    /// Reports names that are empty or listed twice.
    pub(super) fn unique<'n>(
        &mut self,
        names: impl Iterator<Item = Option<&'n SpannedString>>,
        route: impl Fn(usize) -> Route,
    ) {
        let mut seen = HashSet::new();
        for (at, name) in names.enumerate().filter_map(|(at, name)| Some((at, name?))) {
            if name.is_empty() {
                self.about(name, route(at), "the name is empty").help("write a name, or remove the entry");
            } else if !seen.insert(name.as_str()) {
                let message = format!("`{}` is listed twice", name.value);
                self.about(name, route(at), message).help("remove one of them");
            }
        }
    }

    /// Notes that a mapping has an unknown field, which may be a misspelling of a field that seems to be missing.
    pub(super) fn incomplete(&mut self, span: Span) {
        self.incomplete.insert(span);
    }

    /// Whether the mapping at this place has an unknown field, so that a missing field may only be misspelled.
    pub(super) fn is_incomplete(&self, span: Option<Span>) -> bool {
        span.is_some_and(|span| self.incomplete.contains(&span))
    }

    /// Whether there are no problems.
    pub(crate) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// All problems, in the order of the text.
    pub(crate) fn into_problems(mut self) -> Vec<Diagnostic> {
        self.problems.sort_by_key(|problem| problem.span);
        self.problems
    }
}

/// A problem that was just added.
pub(crate) struct Added<'r>(&'r mut Diagnostic);

impl Added<'_> {
    /// Adds help.
    pub(crate) fn help(self, help: impl Into<String>) {
        self.0.help = Some(help.into());
    }

    /// Adds help, if there is any.
    pub(crate) fn maybe_help(self, help: Option<&str>) {
        self.0.help = help.map(str::to_owned);
    }
}
