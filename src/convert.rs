//! Text in, text and diagnostics out: what both modes of the command use.
//!
//! Knows the order of the stages, and no I/O.

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Error, ResourceId};
use crate::splice::Splices;

/// What became of a text.
#[derive(Debug)]
pub struct Converted<'t> {
    text: &'t str,
    splices: Splices,
    /// What is wrong or worth knowing, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The resources that were changed, or would be in check mode, in the order of the text.
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
}

/// Converts one text after another with one configuration.
#[derive(Debug)]
pub struct Converter {}

impl Converter {
    /// A converter that does as `config` says.
    pub fn new(_config: Config) -> Self {
        Self {}
    }

    /// Converts the resources in a stream of YAML or JSON documents.
    pub fn documents<'t>(&mut self, text: &'t str) -> Result<Converted<'t>, Error> {
        Ok(Converted { text, splices: Splices::default(), diagnostics: Vec::new(), changed: Vec::new() })
    }

    /// What is to be said when all texts were seen: selectors that matched nothing.
    pub fn finish(self) -> Vec<Diagnostic> {
        Vec::new()
    }
}

/// Runs the KRM function on a `ResourceList`.
pub fn resource_list(text: &str) -> Result<Converted<'_>, Error> {
    Ok(Converted { text, splices: Splices::default(), diagnostics: Vec::new(), changed: Vec::new() })
}

/// Reads the text of a configuration file: the same document as a functionConfig.
pub fn parse_config(_text: &str) -> Result<Config, Error> {
    Ok(Config::default())
}
