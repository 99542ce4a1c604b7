//! Text in, text and diagnostics out: what both modes of the command use.
//!
//! Knows the order of the stages (parse, select, plan, edit), and no I/O.
//!
//! ```
//! use kueueleuleu::{config::Config, convert::Converter};
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
//! # Ok::<(), kueueleuleu::diagnostic::Error>(())
//! ```

mod document;
mod function;

pub use function::resource_list;

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Error, ResourceId, Severity};
use crate::kinds;
use crate::route::Route;
use crate::select::Seen;
use crate::splice::{Draft, Splices};
use crate::yaml::Documents;

/// The longest text that is read, in bytes.
pub const MAX_TEXT: usize = 1 << 30;

/// What became of a text.
#[derive(Debug)]
pub struct Converted<'t> {
    text: &'t str,
    splices: Splices,
    /// What is wrong or worth knowing, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The resources that were changed, in the order of the text.
    pub changed: Vec<ResourceId>,
}

impl Converted<'_> {
    /// Whether the new text differs from the old one.
    pub fn is_changed(&self) -> bool {
        !self.splices.is_empty()
    }

    /// The new text in pieces, none of it copied.
    pub fn pieces(&self) -> impl Iterator<Item = &str> {
        self.splices.pieces(self.text)
    }

    /// The new text.
    pub fn text(&self) -> String {
        self.splices.apply(self.text)
    }

    /// Whether a resource could not be converted.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// Converts one text after another with one configuration.
#[derive(Debug)]
pub struct Converter {
    config: Config,
    seen: Seen,
}

impl Converter {
    /// A run with this configuration.
    pub fn new(config: Config) -> Self {
        let seen = config.selection.seen();
        Self { config, seen }
    }

    /// Converts the resources in a stream of YAML or JSON documents. A resource that cannot be converted stays as it
    /// is, and has a diagnostic. Fails where the text is not YAML.
    pub fn documents<'t>(&mut self, text: &'t str) -> Result<Converted<'t>, Error> {
        refuse_huge(text)?;
        let mut work = Work::new(&self.config, &mut self.seen);
        let mut documents = Documents::new(text, &kinds::SHAPE);
        while let Some(tree) = documents.next_document() {
            let tree = tree?;
            if let Some(root) = tree.root() {
                work.value(tree, root, &[], &Route::root(), None);
            }
        }
        Ok(work.finish(text))
    }

    /// What is to be said when all texts were seen: selectors that matched nothing.
    pub fn finish(self) -> Vec<Diagnostic> {
        unmatched(&self.config, &self.seen)
    }
}

/// Reads a configuration from a text that holds one functionConfig.
pub fn parse_config(text: &str) -> Result<Config, Error> {
    refuse_huge(text)?;
    function::config_of_text(text)
}

fn refuse_huge(text: &str) -> Result<(), Error> {
    if text.len() <= MAX_TEXT {
        return Ok(());
    }
    let error = Error::new(format!("the input has {} bytes; more than 1 GiB is not read", text.len()));
    Err(error.help("split it"))
}

fn unmatched(config: &Config, seen: &Seen) -> Vec<Diagnostic> {
    let warnings = config.selection.unmatched(seen).map(|selector| Diagnostic {
        severity: Severity::Warning,
        help: Some("compare it with the names in the input".to_owned()),
        ..Diagnostic::error(Route::root(), format!("{selector} matches nothing"), "")
    });
    warnings.collect()
}

/// The work on one text.
struct Work<'c> {
    config: &'c Config,
    seen: &'c mut Seen,
    /// The edits of one resource, before they join the others.
    draft: Draft,
    splices: Splices,
    diagnostics: Vec<Diagnostic>,
    changed: Vec<ResourceId>,
}

impl<'c> Work<'c> {
    fn new(config: &'c Config, seen: &'c mut Seen) -> Self {
        Self {
            config,
            seen,
            draft: Draft::default(),
            splices: Splices::default(),
            diagnostics: Vec::new(),
            changed: Vec::new(),
        }
    }

    fn finish(self, text: &str) -> Converted<'_> {
        Converted { text, splices: self.splices, diagnostics: self.diagnostics, changed: self.changed }
    }
}
