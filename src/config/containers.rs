//! What is configured of single containers: the one that prepares, steps, sidecars, and what images run.
//!
//! Knows names of containers and images, not which of them there are: that is checked where a pod is rewritten.

use super::choices::{OnError, PullPolicy, When};
use crate::select::Pattern;
use kueueleuleu_yaml::edit::Value;

/// The init container that copies the entrypoint. What is `None` is as without a configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Prepare {
    /// `resources`, instead of the first step's.
    pub resources: Option<Value<'static>>,
    /// `securityContext`, instead of one that the Pod Security Standard "restricted" admits.
    pub security_context: Option<Value<'static>>,
    /// `imagePullPolicy`; without it the cluster's default.
    pub image_pull_policy: Option<PullPolicy>,
}

/// What is different about one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StepOptions {
    /// The container's name.
    pub name: String,
    /// How long it may run, as a Go duration.
    pub timeout: Option<String>,
    /// What its failure means for the next step.
    pub on_error: OnError,
    /// The names of the steps that it waits for; `None`: the step before it.
    pub needs: Option<Vec<String>>,
    /// When it runs.
    pub when: When,
    /// How often its command is run again.
    pub retries: u32,
    /// The pause before the first of them, as a Go duration.
    pub retry_delay: Option<String>,
    /// The names of its outputs.
    pub outputs: Vec<String>,
}

impl StepOptions {
    /// The options that only our own entrypoint has, as far as they are set.
    pub(crate) fn of_our_entrypoint(&self) -> impl Iterator<Item = &'static str> {
        let options = [
            ("when: Always", self.when == When::Always),
            ("retries", self.retries > 0),
            ("outputs", !self.outputs.is_empty()),
        ];
        options.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name)
    }

    /// The options that init containers do not know, as far as they are set. `needs` may be the order that they have anyway.
    pub(crate) fn of_entrypoints(&self) -> impl Iterator<Item = &'static str> {
        let options =
            [("timeout", self.timeout.is_some()), ("onError: Continue", self.on_error == OnError::Continue)];
        let options = options.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name);
        options.chain(self.of_our_entrypoint())
    }
}

/// What an image runs when its container says nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// The reference, as the containers have it.
    pub name: String,
    /// The digest of the image that the command was read from; `None` where the entry was written by hand.
    pub digest: Option<String>,
    /// Its `ENTRYPOINT`.
    pub command: Vec<String>,
    /// Its `CMD`.
    pub args: Vec<String>,
}

impl Image {
    /// The entry that says what a container's image runs: the one of this very name. Where the container pins its
    /// image to a digest, an entry that was looked up under the same name without it, or with another, will do;
    /// [`Self::other_pin`] tells whether it is about another image.
    pub(crate) fn find<'i>(images: &'i [Self], image: &str) -> Option<&'i Self> {
        let exact = images.iter().find(|entry| entry.name == image);
        exact.or_else(|| {
            let (name, pin) = image.split_once('@')?;
            let of_name = || {
                images
                    .iter()
                    .filter(|entry| entry.digest.is_some() && entry.name.split('@').next() == Some(name))
            };
            of_name().find(|entry| entry.digest.as_deref() == Some(pin)).or_else(|| of_name().next())
        })
    }

    /// The digest of this entry, where the container's image is pinned to a different one.
    pub(crate) fn other_pin(&self, image: &str) -> Option<&str> {
        let (_, pin) = image.split_once('@')?;
        self.digest.as_deref().filter(|digest| *digest != pin)
    }
}

/// The names of containers that are no steps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sidecars(pub(super) Vec<Pattern>);

impl Sidecars {
    /// Whether none are configured.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the container of this name is one.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(name))
    }
}

/// Whether this is an image's digest: an algorithm that registries use, and as many digits as it gives.
pub(crate) fn is_digest(text: &str) -> bool {
    let length = |algorithm| match algorithm {
        "sha256" => Some(64),
        "sha512" => Some(128),
        _ => None,
    };
    text.split_once(':').is_some_and(|(algorithm, digits)| {
        length(algorithm) == Some(digits.len())
            && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}
