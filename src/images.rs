//! What an image runs, looked up once and kept in the functionConfig.
//!
//! Pure: how image references are read ([`reference`](mod@reference)), which credentials a registry gets ([`credentials`]) and how it
//! asks for them ([`challenge`]), where requests may go ([`url`], [`proxy`]), what an image's documents say ([`document`],
//! [`layout`]), and how entries of `spec.images` are brought up to date ([`update`]). Whoever does the I/O hands over bytes, and everything that a digest names is checked against it
//! here.

pub mod challenge;
pub mod credentials;
pub mod document;
pub mod layout;
pub mod proxy;
pub mod reference;
pub mod update;
pub mod url;

use serde::Serialize;

/// Why it cannot be told what an image runs. Whoever reports it names the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, in one line.
    pub message: String,
    /// The way out, where there is one.
    pub help: Option<String>,
}

impl Problem {
    /// A problem without a way out.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    /// The same problem with a way out.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// An entry of `spec.images`: what an image runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The image, as containers name it.
    pub name: String,
    /// What was looked at; `None` where the entry was written by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Its `ENTRYPOINT`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Its `CMD`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
}
