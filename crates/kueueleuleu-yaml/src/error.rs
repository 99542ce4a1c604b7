//! The error for a text that is not YAML.

use crate::span::Span;
use std::fmt;

/// The error for a text that is not YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The message, in one line.
    pub message: String,
    /// The position in the text.
    pub span: Span,
    /// How to fix the text, if that is known.
    pub help: Option<&'static str>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
