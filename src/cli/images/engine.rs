//! Looks up local images, such as those for kind and minikube, with `docker image inspect` or `podman image inspect`.

use super::program;
use kueueleuleu::images::LookUpError;
use kueueleuleu::images::document::{self, ImageCommand, Platform, Platforms, ResolvedImage};
use kueueleuleu::images::reference::{Digest, Reference};
use serde::Deserialize;
use std::time::Duration;

/// A container engine.
#[derive(Debug)]
pub(super) struct Engine {
    /// `docker` or `podman`.
    pub(super) name: &'static str,
    pub(super) timeout: Duration,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    id: String,
    repo_digests: Option<Vec<String>>,
    os: String,
    architecture: String,
    variant: Option<String>,
    config: Option<ImageCommand>,
}

impl Engine {
    /// Looks up an image by the name in the manifest.
    pub(super) fn look_up(
        &self,
        image: &str,
        reference: &Reference,
        platforms: &Platforms,
    ) -> Result<ResolvedImage, LookUpError> {
        let name = self.name;
        let output = program::run(name, &["image", "inspect", image], "", self.timeout)?;
        if !output.is_success {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said
                .lines()
                .rfind(|line| !line.trim().is_empty())
                .unwrap_or("it failed without an error message");
            return Err(LookUpError::new(format!("{name}: {said}"))
                .help(format!("run `{name} pull {image}`, or build it")));
        }
        let unreadable =
            |problem: &str| LookUpError::new(format!("the output of `{name} image inspect` {problem}"));
        let images: Vec<Inspected> = serde_json::from_slice(&output.stdout)
            .map_err(|error| unreadable(&format!("cannot be parsed: {error}")))?;
        let [image] = <[Inspected; 1]>::try_from(images)
            .map_err(|_| unreadable("does not describe exactly one image"))?;
        let digest = image.digest(reference)?;
        let variant = image.variant.filter(|variant| !variant.is_empty());
        let platform = Platform { os: image.os, architecture: image.architecture, variant };
        document::accept(&platform, platforms)?;
        let command = image.config.unwrap_or_default();
        Ok(ResolvedImage { digest, command: document::agreed(vec![(platform, command)])? })
    }
}

impl Inspected {
    /// The digest of the image in its registry, or its ID if no registry has it.
    fn digest(&self, reference: &Reference) -> Result<Digest, LookUpError> {
        if let Some(digest) = &reference.digest {
            return Ok(digest.clone());
        }
        let repository = format!("{}/{}", reference.host, reference.repository);
        let of_repository = self.repo_digests.iter().flatten().find_map(|name| {
            let named = Reference::parse(name).ok()?;
            named.digest.filter(|_| format!("{}/{}", named.host, named.repository) == repository)
        });
        match of_repository {
            Some(digest) => Ok(digest),
            None if self.id.contains(':') => Digest::parse(&self.id),
            None => Digest::parse(&format!("sha256:{}", self.id)),
        }
    }
}
