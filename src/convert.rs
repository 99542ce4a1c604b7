//! Text in, text and diagnostics out: what both modes of the command use.
//!
//! Knows the order of the stages (parse, select, plan, edit), and no I/O.
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

/// A text after the conversion, and what is wrong with it or worth knowing.
#[derive(Debug)]
pub struct ConvertedText<'t> {
    text: &'t str,
    /// The edits of each part of the text, and where it begins.
    parts: Vec<(usize, Splices)>,
    /// What is wrong or worth knowing, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl<'t> ConvertedText<'t> {
    /// The results of the parts of `text`, with where each begins, in order; the first begins with the text.
    fn of(text: &'t str, parts: Vec<(usize, PartResult)>) -> Self {
        let mut all = Self { text, parts: Vec::with_capacity(parts.len()), diagnostics: Vec::new() };
        for (start, done) in parts {
            all.parts.push((start, done.splices));
            all.diagnostics.extend(done.diagnostics);
        }
        all
    }

    /// A text with edits of it.
    #[cfg(feature = "registry")]
    pub(crate) fn edited(text: &'t str, splices: Splices) -> Self {
        Self { text, parts: vec![(0, splices)], diagnostics: Vec::new() }
    }

    /// Whether the new text differs from the old one.
    pub fn is_changed(&self) -> bool {
        self.parts.iter().any(|(_, splices)| !splices.is_empty())
    }

    /// The new text in pieces, none of it copied.
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

    /// Whether a resource could not be converted.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// What is said of a stream of documents besides what is wrong with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tell {
    /// That pods in objects of other kinds have several containers.
    pub other_kinds: bool,
    /// What becomes of objects, and why.
    pub outcomes: Outcomes,
}

/// Of which objects it is said what becomes of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcomes {
    /// Of none.
    #[default]
    None,
    /// Of those that change.
    Changed,
    /// Of all, those of other kinds included.
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
    /// What the selections of each matched.
    seen: Vec<Seen>,
    threads: usize,
    tell: Tell,
}

impl Converter {
    /// A run with this configuration, on one thread.
    pub fn new(config: Config) -> Self {
        Self::with_configs(vec![config])
    }

    /// A run with these configurations, on one thread. For each object the first one counts whose selection matches it;
    /// an object that none matches comes out as it is.
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

    /// Its configurations.
    #[doc(hidden)]
    pub fn configs(&self) -> &[Config] {
        &self.configs
    }

    /// Says more of what [`Self::documents`] reads than what is wrong with it.
    #[doc(hidden)]
    #[must_use]
    pub fn tell(self, tell: Tell) -> Self {
        Self { tell, ..self }
    }

    /// Converts large texts on up to this many threads; 0 stands for all cores. What comes out is the same.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// Converts the resources in a stream of YAML or JSON documents. A resource that cannot be converted stays as it
    /// is, and has a diagnostic. Fails where the text is not YAML.
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
            // All is read again in order: what is said of it depends on what stands before.
            Err(_) if threads > 1 => vec![convert(&mut Scratch::default(), 0..text.len())?],
            Err(error) => return Err(error),
        };
        for (_, done) in &done {
            merge(&mut self.seen, &done.seen);
        }
        Ok(ConvertedText::of(text, done))
    }

    /// Runs the KRM function: converts the items of a `ResourceList` as its functionConfig says; without one, as this
    /// converter's configurations do.
    ///
    /// What is wrong with an item, or with the functionConfig, is a diagnostic and an entry of `results`; the list comes
    /// out whole all the same. Fails where the text is no `ResourceList`.
    pub fn resource_list<'t>(&self, text: &'t str) -> Result<ConvertedText<'t>, Error> {
        refuse_huge(text)?;
        function::resource_list(text, &self.configs, self.threads)
    }

    /// What is to be said when all texts were seen: selectors that matched nothing.
    pub fn finish(self) -> Vec<Diagnostic> {
        unmatched(&self.configs, &self.seen)
    }
}

/// Converts the documents in a part of a text. What ends the run does not hide what was wrong before.
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

/// The records of a run that has matched nothing yet.
fn seen(configs: &[Config]) -> Vec<Seen> {
    configs.iter().map(|config| config.selection.seen()).collect()
}

/// Adds what matched in a part of the run.
fn merge(seen: &mut [Seen], of_part: &[Seen]) {
    seen.iter_mut().zip(of_part).for_each(|(seen, of_part)| seen.merge(of_part));
}

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

/// What [`edit::lower`] is.
type Lower = for<'s> fn(
    &Tree<'_>,
    &[NodeId],
    NodeId,
    &edit::Edit<'_>,
    &'s mut Scratch,
) -> Result<&'s mut Draft, Vec<edit::Unwritable>>;

/// A part of a text that is converted.
struct Part<'c> {
    configs: &'c [Config],
    /// What the edits of one resource after another are written with, those of other parts included.
    scratch: &'c mut Scratch,
    /// Writes them: a faulty one shows that they are read again.
    lower: Lower,
    tell: Tell,
    /// Whether there may be pods in objects of other kinds.
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

/// What became of a part.
#[derive(Debug, Default)]
struct PartResult {
    seen: Vec<Seen>,
    splices: Splices,
    diagnostics: Vec<Diagnostic>,
}
