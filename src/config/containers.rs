//! Defines the configuration of individual containers: the prepare container, steps, sidecars, and the commands of
//! images.
//!
//! Knows the names of containers and images; not which of them exist, which the planner checks.

use super::choices::{OnError, PullPolicy, When};
use crate::select::Pattern;
use kueueleuleu_yaml::edit::Value;

/// The init container that copies the entrypoint. A field that is `None` has its default.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Prepare {
    /// `resources`, instead of the first step's.
    pub resources: Option<Value<'static>>,
    /// `securityContext`, instead of one that the Pod Security Standard "restricted" admits.
    pub security_context: Option<Value<'static>>,
    /// `imagePullPolicy`, instead of the default of the cluster.
    pub image_pull_policy: Option<PullPolicy>,
}

/// The options of one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StepOptions {
    /// The container's name.
    pub name: String,
    /// How long it may run, as a Go duration.
    pub timeout: Option<String>,
    /// What its failure means for the next step.
    pub on_error: OnError,
    /// The names of the steps that it waits for; `None`: the previous step.
    pub needs: Option<Vec<String>>,
    /// When it runs.
    pub when: When,
    /// How often its command is run again.
    pub retries: u32,
    /// The pause before the first retry, as a Go duration.
    pub retry_delay: Option<String>,
    /// The names of its outputs.
    pub outputs: Vec<String>,
}

impl StepOptions {
    /// The options that are set, but that only our own entrypoint supports.
    pub(crate) fn of_our_entrypoint(&self) -> impl Iterator<Item = &'static str> {
        let options = [
            ("when: Always", self.when == When::Always),
            ("retries", self.retries > 0),
            ("outputs", !self.outputs.is_empty()),
        ];
        options.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name)
    }

    /// The options that are set, but that init containers do not support. `needs` is not among them, because it may be
    /// the order that init containers have anyway.
    pub(crate) fn of_entrypoints(&self) -> impl Iterator<Item = &'static str> {
        let options =
            [("timeout", self.timeout.is_some()), ("onError: Continue", self.on_error == OnError::Continue)];
        let options = options.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name);
        options.chain(self.of_our_entrypoint())
    }
}

/// The command of an image, for containers without their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// The reference, as the containers write it.
    pub name: String,
    /// The digest of the image from which the command was read; `None` if the entry was written by hand.
    pub digest: Option<String>,
    /// Its `ENTRYPOINT`.
    pub command: Vec<String>,
    /// Its `CMD`.
    pub args: Vec<String>,
}

impl Image {
    /// The entry for the image of a container: the one with exactly this name. If the container pins its image to a
    /// digest, an entry that was looked up with the same name but without the digest, or with another one, is used too;
    /// [`Self::other_pin`] then returns the digest that differs.
    ///
    /// ```text
    /// image: alpine:3@sha256:aa…   finds the entry {name: alpine:3, digest: sha256:bb…}; other pin: sha256:bb…
    /// ```
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

    /// The digest of this entry, if the container's image is pinned to a different one.
    pub(crate) fn other_pin(&self, image: &str) -> Option<&str> {
        let (_, pin) = image.split_once('@')?;
        self.digest.as_deref().filter(|digest| *digest != pin)
    }
}

/// The names of containers that are not steps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sidecars(pub(super) Vec<Pattern>);

impl Sidecars {
    /// Whether none are configured.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the container with this name is a sidecar.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(name))
    }
}

/// Whether a text is the digest of an image: an algorithm that registries use, and the right number of digits.
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
