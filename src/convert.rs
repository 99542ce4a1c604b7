//! Converts text to text and diagnostics, for both modes of the command.
//!
//! Knows the order of the stages (parse, select, plan, edit, verify), and does no I/O.
//!
//! ```
//! use kueueleuleu::{Config, Converter};
//!
//! let pod = "\
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: two}
//! spec:
//!   restartPolicy: Never
//!   containers:
//!   - {name: first, image: busybox, command: [echo, first]}
//!   - {name: second, image: busybox, command: [echo, second]}
//! ";
//! let converted = Converter::new(Config::default()).documents(pod)?;
//! assert!(converted.diagnostics.is_empty());
//! assert!(converted.text().contains("-wait_file, /tekton/run/0/out"));
//! # Ok::<(), kueueleuleu::Error>(())
//! ```

mod bare;
mod document;
mod function;
mod object;
mod passed;
mod shared;
mod threads;
mod verify;

#[cfg(feature = "registry")]
pub use bare::BareImage;

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Error, Rule, Severity};
use crate::kinds;
use crate::route::Route;
use crate::select::Seen;
use crate::text_size::refuse_huge;
use kueueleuleu_yaml::edit::{self, Scratch};
use kueueleuleu_yaml::span::Span;
use kueueleuleu_yaml::splice::{Draft, Splices};
use kueueleuleu_yaml::syntax::{self, Documents, NodeId, Tree};
use std::ops::Range;

/// A converted text and its diagnostics.
#[derive(Debug)]
pub struct ConvertedText<'t> {
    text: &'t str,
    /// Where each part of the text begins, and its edits.
    parts: Vec<(usize, Splices)>,
    /// Errors, warnings and notes, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl<'t> ConvertedText<'t> {
    /// Joins the results of the parts of `text`, in order. Each has the offset of its part; the first is 0.
    fn of(text: &'t str, parts: Vec<(usize, PartResult)>) -> Self {
        let mut all = Self { text, parts: Vec::with_capacity(parts.len()), diagnostics: Vec::new() };
        for (start, done) in parts {
            all.parts.push((start, done.splices));
            all.diagnostics.extend(done.diagnostics);
        }
        all
    }

    /// A text with its edits.
    #[cfg(feature = "registry")]
    pub(crate) fn edited(text: &'t str, splices: Splices) -> Self {
        Self { text, parts: vec![(0, splices)], diagnostics: Vec::new() }
    }

    /// Whether the new text differs from the old one.
    pub fn is_changed(&self) -> bool {
        self.parts.iter().any(|(_, splices)| !splices.is_empty())
    }

    /// The new text in pieces, without copying it.
    pub fn pieces(&self) -> impl Iterator<Item = &str> {
        let ends = self.parts.iter().skip(1).map(|(start, _)| *start).chain([self.text.len()]);
        self.parts.iter().zip(ends).flat_map(|((start, splices), end)| splices.pieces(self.text, *start..end))
    }

    /// The edits in order: which bytes of the old text are replaced, and by what.
    pub fn edits(&self) -> impl Iterator<Item = (Span, &str)> {
        self.parts.iter().flat_map(|(_, splices)| splices.edits())
    }

    /// The new text.
    pub fn text(&self) -> String {
        self.pieces().collect()
    }

    /// The messages of the diagnostics.
    #[cfg(test)]
    pub(crate) fn messages(self) -> Vec<String> {
        self.diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect()
    }

    /// Whether a resource could not be converted.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// Which notes about a stream of documents are wanted, besides errors and warnings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tell {
    /// A note for each pod with several containers in an object of another kind.
    pub other_kinds: bool,
    /// A note for each of these objects: whether it is converted, and why.
    pub outcomes: Outcomes,
}

/// The objects whose outcome is reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcomes {
    /// No object.
    #[default]
    None,
    /// Objects that change.
    Changed,
    /// All objects, including those of other kinds.
    All,
}

impl Outcomes {
    fn include(self, is_changed: bool) -> bool {
        self == Self::All || (self == Self::Changed && is_changed)
    }
}

/// Converts one text after another with the same configurations.
#[derive(Debug)]
pub struct Converter {
    configs: Vec<Config>,
    /// What the selection of each configuration has matched.
    seen: Vec<Seen>,
    threads: usize,
    tell: Tell,
}

impl Converter {
    /// A converter with this configuration, on one thread.
    pub fn new(config: Config) -> Self {
        Self::with_configs(vec![config])
    }

    /// A converter with these configurations, on one thread. The first configuration that selects an object is used for
    /// it; an object that none selects is left unchanged.
    ///
    /// ```
    /// use kueueleuleu::config::{Config, SelectorSpec, Strategy};
    /// use kueueleuleu::Converter;
    ///
    /// let jobs = Config::default().with_selector(SelectorSpec::default().kind("Job"))?;
    /// let others = Config::default().with_strategy(Strategy::InitContainers);
    /// let converter = Converter::with_configs(vec![jobs, others]);
    /// # Ok::<(), kueueleuleu::Error>(())
    /// ```
    pub fn with_configs(configs: Vec<Config>) -> Self {
        let seen = seen(&configs);
        Self { configs, seen, threads: 1, tell: Tell::default() }
    }

    /// The configurations.
    #[doc(hidden)]
    pub fn configs(&self) -> &[Config] {
        &self.configs
    }

    /// Makes [`Self::documents`] also report these notes.
    #[doc(hidden)]
    #[must_use]
    pub fn tell(self, tell: Tell) -> Self {
        Self { tell, ..self }
    }

    /// Converts large texts on up to this many threads; 0 means one for each core. The result does not depend on it.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// Converts the resources in a stream of YAML or JSON documents. A resource that cannot be converted is left
    /// unchanged and gets a diagnostic. Fails if the text is not YAML.
    pub fn documents<'t>(&mut self, text: &'t str) -> Result<ConvertedText<'t>, Error> {
        refuse_huge(text)?;
        let threads = threads::worthwhile(text.len(), self.threads);
        let parts = syntax::parts(text, threads::parts(threads));
        let (configs, tell) = (&self.configs[..], self.tell);
        let convert = |scratch: &mut Scratch, range: Range<usize>| {
            let start = range.start;
            let part = Part { tell, ..Part::new(configs, scratch) };
            documents(part, text, range).map(|done| (start, done))
        };
        let scratches = (0..threads).map(|_| Scratch::default()).collect();
        let done = threads::parallel_map(scratches, parts, convert);
        let done = match done.into_iter().collect::<Result<Vec<_>, _>>() {
            Ok(done) => done,
            // Reads the whole text again as one part: the error must include the diagnostics of all text before it.
            Err(_) => vec![convert(&mut Scratch::default(), 0..text.len())?],
        };
        for (_, done) in &done {
            merge(&mut self.seen, &done.seen);
        }
        Ok(ConvertedText::of(text, done))
    }

    /// Runs the KRM function: converts the items of a `ResourceList` by its functionConfig, or by this converter's
    /// configurations if it has none.
    ///
    /// A problem with an item or with the functionConfig becomes a diagnostic and an entry of `results`; the whole list
    /// is returned nevertheless. Fails if the text is not a `ResourceList`.
    pub fn resource_list<'t>(&self, text: &'t str) -> Result<ConvertedText<'t>, Error> {
        refuse_huge(text)?;
        function::resource_list(text, &self.configs, self.threads)
    }

    /// The warnings after the last text: selectors that matched nothing, and configured steps that no object has.
    pub fn finish(self) -> Vec<Diagnostic> {
        unmatched(&self.configs, &self.seen)
    }
}

/// Converts the documents in a part of a text. An error that ends the run includes the diagnostics before it.
fn documents(mut part: Part<'_>, text: &str, range: Range<usize>) -> Result<PartResult, Error> {
    let mut documents = Documents::of_part(text, range.clone(), &kinds::SHAPE);
    while let Some(tree) = documents.next_document() {
        let converted = tree.map_err(Error::from).and_then(|tree| part.document(tree, verify::whole));
        if let Err(error) = converted {
            let before = part.result.diagnostics.into_iter();
            return Err(Error::of(before.chain(error.into_diagnostics()).collect()));
        }
    }
    let all = part.tell.outcomes == Outcomes::All;
    if part.others || all {
        part.result.diagnostics.extend(passed::other_kinds(text, range, all));
    }
    Ok(part.result)
}

/// One record for each configuration, of a run that has matched nothing yet.
fn seen(configs: &[Config]) -> Vec<Seen> {
    configs.iter().map(|config| config.selection.seen()).collect()
}

/// Adds what was matched in a part of the text.
fn merge(seen: &mut [Seen], of_part: &[Seen]) {
    seen.iter_mut().zip(of_part).for_each(|(seen, of_part)| seen.merge(of_part));
}

/// The warnings about selectors and steps of configurations that matched nothing.
fn unmatched(configs: &[Config], seen: &[Seen]) -> Vec<Diagnostic> {
    let selectors = configs.iter().zip(seen).flat_map(|(config, seen)| config.selection.unmatched(seen));
    let warnings = selectors.map(|selector| {
        let message = format!("{selector} matches nothing");
        let help = "compare it with the names in the input";
        Diagnostic::warning(Rule::UnmatchedSelector, Route::root(), message, help)
    });
    let steps =
        configs.iter().zip(seen).flat_map(|(config, seen)| seen.unknown_steps().map(|at| &config.steps[at]));
    let unknown = steps.map(|step| {
        let message = format!("no object has a container `{}`, which the configured `steps` name", step.name);
        let help = "compare it with the names of the containers";
        Diagnostic::warning(Rule::UnknownStep, Route::root(), message, help)
    });
    warnings.chain(unknown).collect()
}

/// The type of [`edit::lower`].
type Lower = for<'s> fn(
    &Tree<'_>,
    &[NodeId],
    NodeId,
    &edit::Edit<'_>,
    &'s mut Scratch,
) -> Result<&'s mut Draft, Vec<edit::Unwritable>>;

/// The conversion of one part of a text.
struct Part<'c> {
    configs: &'c [Config],
    /// Memory for writing edits, reused for all resources and parts.
    scratch: &'c mut Scratch,
    /// Writes edits. Tests replace it by a faulty function to show that the result is verified.
    lower: Lower,
    tell: Tell,
    /// Whether an object of another kind may hold a pod with several containers.
    others: bool,
    result: PartResult,
}

impl<'c> Part<'c> {
    fn new(configs: &'c [Config], scratch: &'c mut Scratch) -> Self {
        let result =
            PartResult { seen: seen(configs), splices: Splices::with_room(), diagnostics: Vec::new() };
        let (tell, others, lower) = (Tell::default(), false, edit::lower as Lower);
        Self { configs, scratch, lower, tell, others, result }
    }
}

/// The result of the conversion of a part.
#[derive(Debug, Default)]
struct PartResult {
    seen: Vec<Seen>,
    splices: Splices,
    diagnostics: Vec<Diagnostic>,
}
