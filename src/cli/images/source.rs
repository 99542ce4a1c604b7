//! The source of images (`--from`), and parallel look-ups in it.

use super::credentials::Credentials;
use super::engine::Engine;
use super::files::Files;
use super::registry::Registry;
use super::transport::Transport;
use crate::cli::args::Images;
use kueueleuleu::images::Problem;
use kueueleuleu::images::document::{Found, Platform, Platforms};
use kueueleuleu::images::reference::Reference;
use kueueleuleu::images::url::Insecure;
use kueueleuleu::{Error, Rule};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A source of images, and the platforms to look up.
pub(super) struct From {
    place: Place,
    platforms: Platforms,
}

enum Place {
    Registry(Box<Registry>),
    Files(Files),
    Engine(Engine),
}

impl From {
    /// Opens the source of the arguments.
    pub(super) fn open(args: &Images) -> anyhow::Result<Self> {
        let timeout = Duration::from_secs(args.timeout);
        let place = match args.from.split_once(':').unwrap_or((&args.from, "")) {
            ("registry", "") => Place::Registry(Box::new(Registry {
                transport: Transport::new(
                    timeout,
                    Insecure(args.insecure_registry.clone()),
                    args.ca_file.as_deref(),
                )?,
                credentials: Credentials::of_user(timeout),
                schemes: Mutex::default(),
            })),
            ("oci", path) if !path.is_empty() => Place::Files(Files::directory(Path::new(path))?),
            ("archive", path) if !path.is_empty() => Place::Files(Files::archive(Path::new(path))?),
            ("docker", "") => Place::Engine(Engine { name: "docker", timeout }),
            ("podman", "") => Place::Engine(Engine { name: "podman", timeout }),
            _ => {
                let error = Error::new(
                    Rule::InvalidUsage,
                    format!("`--from {}` is not a source of images", args.from),
                );
                let help = "use `registry`, `oci:DIR`, `archive:FILE.tar`, `docker` or `podman`";
                return Err(error.help(help).into());
            }
        };
        let platforms = args.platform.iter().map(|platform| Platform::parse(platform));
        let platforms = platforms.collect::<Result<Vec<_>, _>>().map_err(|problem| {
            let error = Error::new(Rule::InvalidUsage, format!("`--platform`: {}", problem.message));
            problem.help.into_iter().fold(error, Error::help)
        })?;
        let platforms = if platforms.is_empty() { Platforms::Usual } else { Platforms::All(platforms) };
        Ok(Self { place, platforms })
    }

    /// Looks up an image. `image` is its name in the manifest; `is_only` says that no other image is looked up.
    fn look_up(&self, reference: &Reference, image: &str, is_only: bool) -> Result<Found, Problem> {
        match &self.place {
            Place::Registry(registry) => registry.look_up(reference, &self.platforms),
            Place::Files(files) => files.look_up(reference, &self.platforms, is_only),
            Place::Engine(engine) => engine.look_up(image, reference, &self.platforms),
        }
    }
}

/// Looks up each reference once, `parallel` of them at a time.
pub(super) fn look_up_all(
    from: &From,
    references: &BTreeMap<Reference, &str>,
    parallel: usize,
) -> HashMap<Reference, Result<Found, Problem>> {
    let is_only = references.len() == 1;
    let queue = Mutex::new(references.iter());
    let found = Mutex::new(HashMap::new());
    thread::scope(|scope| {
        for _ in 0..parallel.min(references.len()) {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((reference, image)) = next else { return };
                    let result = from.look_up(reference, image, is_only);
                    found.lock().unwrap_or_else(PoisonError::into_inner).insert(reference.clone(), result);
                }
            });
        }
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}
