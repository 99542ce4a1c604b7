//! What is configured of single containers: the one that prepares, steps, sidecars, and what images run.
//!
//! Knows names of containers and images, not which of them there are: that is checked where a pod is rewritten.

use super::ConfigError;
use super::form::Form;
use super::spec::{ImageSpec, OnError, PrepareSpec, PullPolicy, StepSpec};
use super::value::to_be_written;
use crate::route::Route;
use crate::select::{Pattern, not_a_pattern};
use kueueleuleu_protocol::duration;
use kueueleuleu_yaml::edit::Value;
use std::borrow::Cow;

/// The init container that copies the entrypoint. What is `None` is as without a configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prepare {
    /// `resources`, instead of the first step's.
    pub resources: Option<Value<'static>>,
    /// `securityContext`, instead of one that the Pod Security Standard "restricted" admits.
    pub security_context: Option<Value<'static>>,
    /// `imagePullPolicy`; without it the cluster's default.
    pub image_pull_policy: Option<PullPolicy>,
}

/// What is different about one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepOptions {
    /// The container's name.
    pub name: String,
    /// How long it may run, as a Go duration.
    pub timeout: Option<String>,
    /// What its failure means for the next step.
    pub on_error: OnError,
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
pub struct Sidecars(Vec<Pattern>);

impl Sidecars {
    /// Whether none are configured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the container of this name is one.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(name))
    }
}

pub(super) fn prepare(spec: PrepareSpec) -> Prepare {
    let resources = spec.resources.map(|resources| {
        let lists = [("limits", resources.limits), ("requests", resources.requests)];
        let lists = lists.into_iter().filter_map(|(key, list)| Some((Cow::Borrowed(key), list?)));
        Value::Map(lists.map(|(key, list)| (key, to_be_written(list.into()))).collect())
    });
    Prepare {
        resources,
        security_context: spec.security_context.map(|context| to_be_written(context.into())),
        image_pull_policy: spec.image_pull_policy,
    }
}

pub(super) fn sidecars(patterns: &[String], form: Form) -> Result<Sidecars, ConfigError> {
    let compile = |(at, pattern): (usize, &String)| {
        let route = || form.item("sidecars", at);
        if pattern.is_empty() {
            let error = ConfigError::new(route(), "an empty name would make a sidecar of every container");
            return Err(error.help("remove it, or name a container"));
        }
        Pattern::compile(pattern).map_err(|problem| not_a_pattern(route(), pattern, &problem))
    };
    patterns.iter().enumerate().map(compile).collect::<Result<_, _>>().map(Sidecars)
}

pub(super) fn steps(specs: Vec<StepSpec>, form: Form) -> Result<Vec<StepOptions>, ConfigError> {
    let route = |at| form.item("steps", at);
    once(specs.iter().map(|spec| &*spec.name), |at| route(at).key("name"))?;
    let step = |(at, spec): (usize, StepSpec)| {
        let is_positive = |text: &str| duration::parse(text).is_some_and(|duration| !duration.is_zero());
        if let Some(timeout) = spec.timeout.as_deref().filter(|timeout| !is_positive(timeout)) {
            let message = format!("`{timeout}` is not a duration between zero and 292 years");
            let error = ConfigError::new(route(at).key("timeout"), message);
            return Err(error.help("write it like `90s` or `1h30m`"));
        }
        Ok(StepOptions {
            name: spec.name,
            timeout: spec.timeout,
            on_error: spec.on_error.unwrap_or_default(),
        })
    };
    specs.into_iter().enumerate().map(step).collect()
}

pub(super) fn order(names: Vec<String>, form: Form) -> Result<Vec<String>, ConfigError> {
    once(names.iter().map(String::as_str), |at| form.item("order", at))?;
    Ok(names)
}

pub(super) fn images(specs: Vec<ImageSpec>, form: Form) -> Result<Vec<Image>, ConfigError> {
    let route = |at| form.item("images", at);
    once(specs.iter().map(|spec| &*spec.name), |at| route(at).key("name"))?;
    let image = |(at, spec): (usize, ImageSpec)| {
        let (command, args) = (spec.command.unwrap_or_default(), spec.args.unwrap_or_default());
        if command.is_empty() && args.is_empty() {
            let error = ConfigError::new(route(at), "neither `command` nor `args` says what the image runs");
            return Err(error.help("set `command` to its `ENTRYPOINT`, `args` to its `CMD`"));
        }
        if let Some(digest) = spec.digest.as_deref().filter(|digest| !is_digest(digest)) {
            let error = ConfigError::new(route(at).key("digest"), format!("`{digest}` is not a digest"));
            return Err(error.help("write it like `sha256:` and 64 hexadecimal digits, in lower case"));
        }
        Ok(Image { name: spec.name, digest: spec.digest, command, args })
    };
    specs.into_iter().enumerate().map(image).collect()
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

/// Fails where a name is empty, or stands there twice.
fn once<'n>(names: impl Iterator<Item = &'n str>, route: impl Fn(usize) -> Route) -> Result<(), ConfigError> {
    let mut seen: Vec<&str> = Vec::new();
    for (at, name) in names.enumerate() {
        if name.is_empty() {
            return Err(ConfigError::new(route(at), "the name is empty").help("name it, or remove the entry"));
        }
        if seen.contains(&name) {
            let error = ConfigError::new(route(at), format!("`{name}` stands there twice"));
            return Err(error.help("remove one of them"));
        }
        seen.push(name);
    }
    Ok(())
}
