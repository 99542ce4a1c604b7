//! What an image runs, looked up once and kept in the functionConfig.
//!
//! The modules are pure: they parse image references ([`reference`](mod@reference)), credentials ([`credentials`]),
//! authentication challenges ([`challenge`]), URLs and proxy settings ([`url`], [`proxy`]) and the documents of an image
//! ([`document`], [`layout`]), and update `spec.images` in a functionConfig ([`update`]). The caller does the I/O and passes
//! bytes; every document that is named by a digest is verified here.

pub mod challenge;
pub mod credentials;
pub mod document;
pub mod layout;
pub mod proxy;
pub mod reference;
pub mod update;
pub mod url;

use serde::Serialize;

/// Why the look-up of an image failed. The caller adds the image's name.
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
    /// The digest of the image that was looked up; `None` where the entry was written by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Its `ENTRYPOINT`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Its `CMD`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
}
