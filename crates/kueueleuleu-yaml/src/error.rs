//! What is wrong with a text as a whole.

use crate::span::Span;
use std::fmt;

/// A text is not YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What is wrong, in one line.
    pub message: String,
    /// Where, in the text that was read.
    pub span: Span,
    /// The way out, where there is one.
    pub help: Option<&'static str>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
