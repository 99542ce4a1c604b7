//! What is wrong with a configuration, and where in it.
//!
//! Knows a route, not a text: whoever has the text can find the place.

use crate::diagnostic::{Error, Rule};
use crate::route::Route;
use std::fmt;

/// The configuration cannot be used. Prints as one line that says where and what; the way out is in `help`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The field, from the root of the functionConfig. It need not be there: it may be what is missing.
    pub route: Route,
    /// What is wrong, in one line, without the route.
    pub message: String,
    /// The way out, where there is one.
    pub help: Option<String>,
}

impl ConfigError {
    pub(crate) fn new(route: Route, message: impl Into<String>) -> Self {
        Self { route, message: message.into(), help: None }
    }

    #[must_use]
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.route.segments().is_empty() {
            return write!(f, "functionConfig: {}", self.message);
        }
        write!(f, "functionConfig: `{}`: {}", self.route, self.message)
    }
}

impl std::error::Error for ConfigError {}

impl From<ConfigError> for Error {
    /// Without a place in the text.
    fn from(error: ConfigError) -> Self {
        let known = Self::new(Rule::InvalidConfig, error.to_string());
        error.help.into_iter().fold(known, Self::help)
    }
}
