//! The source of images (`--from`), and parallel look-ups in it.

use super::credentials::Credentials;
use super::engine::Engine;
use super::files::Files;
use super::registry::Registry;
use super::transport::Transport;
use crate::cli::args::ImagesArgs;
use kueueleuleu::images::LookUpError;
use kueueleuleu::images::document::{Platform, Platforms, ResolvedImage};
use kueueleuleu::images::reference::Reference;
use kueueleuleu::images::url::Insecure;
use kueueleuleu::{Error, Rule};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A source of images, and the platforms to look up.
pub(super) struct ImageSource {
    place: Backend,
    platforms: Platforms,
}

enum Backend {
    Registry(Box<Registry>),
    Files(Files),
    Engine(Engine),
}

impl ImageSource {
    /// Opens the source of the arguments.
    pub(super) fn open(args: &ImagesArgs) -> anyhow::Result<Self> {
        let timeout = Duration::from_secs(args.timeout);
        let place = match args.from.split_once(':').unwrap_or((&args.from, "")) {
            ("registry", "") => Backend::Registry(Box::new(Registry {
                transport: Transport::new(
                    timeout,
                    Insecure(args.insecure_registry.clone()),
                    args.ca_file.as_deref(),
                )?,
                credentials: Credentials::of_user(timeout),
                schemes: Mutex::default(),
            })),
            ("oci", path) if !path.is_empty() => Backend::Files(Files::directory(Path::new(path))?),
            ("archive", path) if !path.is_empty() => Backend::Files(Files::archive(Path::new(path))?),
            ("docker", "") => Backend::Engine(Engine { name: "docker", timeout }),
            ("podman", "") => Backend::Engine(Engine { name: "podman", timeout }),
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
    fn look_up(
        &self,
        reference: &Reference,
        image: &str,
        is_only: bool,
    ) -> Result<ResolvedImage, LookUpError> {
        match &self.place {
            Backend::Registry(registry) => registry.look_up(reference, &self.platforms),
            Backend::Files(files) => files.look_up(reference, &self.platforms, is_only),
            Backend::Engine(engine) => engine.look_up(image, reference, &self.platforms),
        }
    }
}

/// Looks up each reference once, `parallel` of them at a time.
pub(super) fn look_up_all(
    from: &ImageSource,
    references: &BTreeMap<Reference, &str>,
    parallel: usize,
) -> HashMap<Reference, Result<ResolvedImage, LookUpError>> {
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
