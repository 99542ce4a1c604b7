//! Looks up the commands of images, which are then recorded in the functionConfig.
//!
//! The modules are pure: they parse image references ([`reference`](mod@reference)), credentials ([`credentials`]),
//! authentication challenges ([`challenge`]), URLs and proxy settings ([`url`], [`proxy`]) and the documents of an
//! image ([`document`], [`layout`]), and update `spec.images` in a functionConfig ([`update`]). The caller does the I/O
//! and passes bytes. Every document with a digest is verified here.

pub mod challenge;
pub mod credentials;
pub mod document;
pub mod layout;
pub mod proxy;
pub mod reference;
pub mod update;
pub mod url;

use serde::Serialize;

/// The reason why an image could not be looked up. The caller adds the name of the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookUpError {
    /// What is wrong, in one line.
    pub message: String,
    /// How to fix the problem, if that is known.
    pub help: Option<String>,
}

impl LookUpError {
    /// A problem without help.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    /// The same problem with help.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// An entry of `spec.images`: the command of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageEntry {
    /// The image, as containers write it.
    pub name: String,
    /// The digest of the image that was looked up; `None` if the entry was written by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Its `ENTRYPOINT`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Its `CMD`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
}
