//! Reads the documents of an image: indexes, manifests and configurations, in the formats of OCI and Docker.
//!
//! Every document except the first is fetched by its digest and verified here, so that no source can forge a command.
//! Knows no source; the caller fetches the documents.

use super::LookUpError;
use super::reference::Digest;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The size limit of an index or manifest in bytes, as in registries.
pub const MAX_MANIFEST: u64 = 4 << 20;
/// The size limit of a configuration in bytes.
pub const MAX_CONFIG: u64 = 8 << 20;

/// The number of levels to which indexes may be nested.
const MAX_DEPTH: usize = 2;
/// The number of images in an index that are read.
const MAX_CHOSEN: usize = 32;

/// The media types of the documents that a reference may name.
pub const MANIFESTS: [&str; 4] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];
/// The media types of an image's configuration.
const CONFIGS: [&str; 2] =
    ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];

/// A reference to another document, by its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// The media type of the document.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
    /// Its platform, if it is given.
    pub platform: Option<Platform>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
}

/// Fetches the document of a descriptor. The result is verified here.
pub type Fetch<'f> = dyn FnMut(&Descriptor, DocumentKind) -> Result<Vec<u8>, LookUpError> + 'f;

/// The kind of document to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// An index or a manifest.
    Manifest,
    /// A configuration.
    Config,
}

/// The platform of an image: `linux/amd64`, `linux/arm/v7`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct Platform {
    /// The operating system, such as `linux`.
    #[serde(default)]
    pub os: String,
    /// The architecture with its name in Go, such as `amd64`.
    #[serde(default)]
    pub architecture: String,
    /// The variant, such as `v7` in `arm/v7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

/// The platforms whose commands must be equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Platforms {
    /// The usual platforms, as far as the image has them.
    Usual,
    /// All of these.
    All(Vec<Platform>),
}

/// The command of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ImageCommand {
    /// Its `ENTRYPOINT`.
    #[serde(deserialize_with = "null_as_empty")]
    pub entrypoint: Vec<String>,
    /// Its `CMD`.
    #[serde(deserialize_with = "null_as_empty")]
    pub cmd: Vec<String>,
}

fn null_as_empty<'de, D: Deserializer<'de>>(words: D) -> Result<Vec<String>, D::Error> {
    Option::deserialize(words).map(Option::unwrap_or_default)
}

/// The result for a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedImage {
    /// The digest of the image: that of the index or manifest, where there is one.
    pub digest: Digest,
    /// The command of the image.
    pub command: ImageCommand,
}

impl Platform {
    /// Reads `os/architecture` or `os/architecture/variant`.
    pub fn parse(text: &str) -> Result<Self, LookUpError> {
        let parts: Vec<_> = text.split('/').collect();
        let (os, architecture, variant) = match parts[..] {
            [os, architecture] => (os, architecture, None),
            [os, architecture, variant] => (os, architecture, Some(variant)),
            _ => ("", "", None),
        };
        if os.is_empty() || architecture.is_empty() || variant == Some("") {
            let error = LookUpError::new(format!("`{text}` is not a platform"));
            return Err(error.help("write it like `linux/amd64` or `linux/arm/v7`"));
        }
        Ok(Self::of(os, architecture, variant))
    }

    fn of(os: &str, architecture: &str, variant: Option<&str>) -> Self {
        Self { os: os.to_owned(), architecture: architecture.to_owned(), variant: variant.map(str::to_owned) }
    }

    /// Whether an image for `other` runs on this platform. A platform without a variant accepts any variant.
    fn accepts(&self, other: &Self) -> bool {
        self.os == other.os
            && self.architecture == other.architecture
            && (self.variant.is_none() || self.variant == other.variant)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.iter().try_for_each(|variant| write!(f, "/{variant}"))
    }
}

impl fmt::Display for ImageCommand {
    /// Writes the command in the syntax of a Dockerfile.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ENTRYPOINT {} CMD {}", words(&self.entrypoint), words(&self.cmd))
    }
}

/// Words as a JSON list, which is also valid in YAML and in a Dockerfile.
pub fn words(words: &[String]) -> String {
    serde_json::to_string(words).unwrap_or_default()
}

/// The command of the image with this index or manifest. `fetch` fetches the other documents, which are verified here.
pub fn command(
    top: &[u8],
    platforms: &Platforms,
    fetch: &mut Fetch<'_>,
) -> Result<ResolvedImage, LookUpError> {
    let mut configs = Vec::new();
    collect(top, platforms, MAX_DEPTH, fetch, &mut configs)?;
    let mut commands = Vec::new();
    for config in configs {
        commands.push(run(&fetched(&config, DocumentKind::Config, fetch)?, platforms)?);
    }
    Ok(ResolvedImage { digest: Digest::of(top), command: agreed(commands)? })
}

/// The platform and the command of the image with this configuration.
pub fn run(config: &[u8], platforms: &Platforms) -> Result<(Platform, ImageCommand), LookUpError> {
    let config: ImageConfig = read(config, "configuration")?;
    accept(&config.platform, platforms)?;
    Ok((config.platform, config.config.unwrap_or_default()))
}

/// Fails unless an image for this platform was requested.
pub fn accept(platform: &Platform, platforms: &Platforms) -> Result<(), LookUpError> {
    if platform.os == "windows" {
        return Err(windows());
    }
    match platforms {
        Platforms::All(wanted) if !wanted.iter().any(|wanted| wanted.accepts(platform)) => {
            Err(LookUpError::new(format!("it is an image for {platform} only"))
                .help("omit `--platform`, or set it to this platform"))
        }
        _ => Ok(()),
    }
}

/// The command, if it is the same on all platforms.
pub fn agreed(mut commands: Vec<(Platform, ImageCommand)>) -> Result<ImageCommand, LookUpError> {
    commands.dedup_by(|(_, a), (_, b)| a == b);
    match commands.as_slice() {
        [(_, command)] if command.entrypoint.is_empty() && command.cmd.is_empty() => {
            Err(LookUpError::new("its ENTRYPOINT and CMD are both empty")
                .help("set `command:` in the container"))
        }
        [(_, command)] => Ok(command.clone()),
        several => {
            let each = several.iter().map(|(platform, command)| format!("{platform}: {command}"));
            let each = each.collect::<Vec<_>>().join("; ");
            Err(LookUpError::new(format!("its platforms run different commands: {each}")).help(
                "set `command:` in the container, or choose the platform of your nodes with `--platform`",
            ))
        }
    }
}

/// Collects the descriptors of the configurations that a document leads to.
fn collect(
    bytes: &[u8],
    platforms: &Platforms,
    depth: usize,
    fetch: &mut Fetch<'_>,
    configs: &mut Vec<Descriptor>,
) -> Result<(), LookUpError> {
    match Document::parse(bytes)? {
        Document::Manifest(config) => {
            if !configs.contains(&config) {
                configs.push(config);
            }
            Ok(())
        }
        Document::Index(_) if depth == 0 => Err(LookUpError::new("its indexes are nested too deep")),
        Document::Index(entries) => {
            for entry in select(entries, platforms)? {
                let manifest = fetched(&entry, DocumentKind::Manifest, fetch)?;
                collect(&manifest, platforms, depth - 1, fetch, configs)?;
            }
            Ok(())
        }
    }
}

/// Fetches the document of a descriptor, and verifies its size and digest.
pub fn fetched(
    descriptor: &Descriptor,
    kind: DocumentKind,
    fetch: &mut Fetch<'_>,
) -> Result<Vec<u8>, LookUpError> {
    let limit = kind.limit();
    if descriptor.size > limit {
        let message = format!("its {kind} has {} bytes; at most {limit} are read", descriptor.size);
        return Err(LookUpError::new(message));
    }
    let bytes = fetch(descriptor, kind)?;
    if bytes.len() as u64 != descriptor.size || !descriptor.digest.is_of(&bytes) {
        let message = format!("the {kind} does not match the digest `{}`", descriptor.digest);
        return Err(LookUpError::new(message).help("push the image again, or check the caches in between"));
    }
    Ok(bytes)
}

/// The entries of an index for the requested platforms, each once.
fn select(entries: Vec<Descriptor>, platforms: &Platforms) -> Result<Vec<Descriptor>, LookUpError> {
    let usual = [Platform::of("linux", "amd64", None), Platform::of("linux", "arm64", None)];
    let wanted = match platforms {
        Platforms::Usual => &usual[..],
        Platforms::All(wanted) => wanted,
    };
    let accepts = |wanted: &Platform, entry: &Descriptor| {
        entry.platform.as_ref().is_some_and(|platform| wanted.accepts(platform))
    };
    let missing = wanted.iter().find(|wanted| !entries.iter().any(|entry| accepts(wanted, entry)));
    // An index within an index need not have a platform, nor does the only entry of a layout.
    let nameless = |entry: &Descriptor| entry.platform.is_none();
    let (named, nameless): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| !nameless(entry));
    let mut chosen: Vec<_> = named
        .iter()
        .filter(|entry| wanted.iter().any(|wanted| accepts(wanted, entry)))
        .chain(&nameless)
        .cloned()
        .collect();
    chosen.dedup_by(|a, b| a.digest == b.digest);
    if chosen.len() > MAX_CHOSEN {
        let message = format!(
            "its index has {} images for these platforms; at most {MAX_CHOSEN} are read",
            chosen.len()
        );
        return Err(LookUpError::new(message));
    }
    if chosen.is_empty() || (platforms != &Platforms::Usual && missing.is_some() && nameless.is_empty()) {
        return Err(unavailable(missing, &named));
    }
    Ok(chosen)
}

fn unavailable(missing: Option<&Platform>, entries: &[Descriptor]) -> LookUpError {
    let mut there: Vec<_> = entries.iter().filter_map(|entry| entry.platform.as_ref()).collect();
    // Attestations have the platform `unknown`.
    there.retain(|platform| platform.os != "unknown");
    if !there.is_empty() && there.iter().all(|platform| platform.os == "windows") {
        return windows();
    }
    there.sort_unstable();
    there.dedup();
    let there: Vec<_> = there.into_iter().map(ToString::to_string).collect();
    let missing = missing.map_or_else(|| "any platform".to_owned(), ToString::to_string);
    let error = LookUpError::new(format!("it has no image for {missing}"));
    if there.is_empty() {
        error
    } else {
        error.help(format!("set `--platform` to one of: {}", there.join(", ")))
    }
}

fn windows() -> LookUpError {
    LookUpError::new("it is an image for Windows, where the entrypoint does not run")
        .help("use `strategy: InitContainers`, which needs no command")
}

impl DocumentKind {
    /// The size limit of this kind of document.
    pub fn limit(self) -> u64 {
        match self {
            Self::Manifest => MAX_MANIFEST,
            Self::Config => MAX_CONFIG,
        }
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Manifest => "manifest",
            Self::Config => "configuration",
        })
    }
}

/// An index or a manifest.
#[derive(Debug)]
pub enum Document {
    /// Several manifests: of platforms, or of images in a layout.
    Index(Vec<Descriptor>),
    /// The manifest of one image, with its configuration.
    Manifest(Descriptor),
}

impl Document {
    /// Reads a document. Its content decides which kind it is, not the media type in the response.
    pub fn parse(bytes: &[u8]) -> Result<Self, LookUpError> {
        let raw: RawDocument = read(bytes, "manifest")?;
        match (raw.manifests, raw.config) {
            // Different readers would take it for different things.
            (Some(_), Some(_)) => Err(LookUpError::new("its manifest is also an index")),
            (Some(entries), None) => {
                let entries = entries.into_iter().map(Descriptor::try_from);
                Ok(Self::Index(entries.collect::<Result<_, _>>()?))
            }
            (None, Some(config)) if CONFIGS.contains(&config.media_type.as_str()) => {
                Ok(Self::Manifest(config.try_into()?))
            }
            (None, Some(config)) => {
                let media_type = raw.artifact_type.unwrap_or(config.media_type);
                Err(LookUpError::new(format!("it is not a container image, but `{media_type}`")))
            }
            (None, None) if raw.schema_version == Some(1) => {
                Err(LookUpError::new("it is a schema 1 image, which container runtimes no longer run")
                    .help("pull it with an old Docker and push it again, or set `command:` in the container"))
            }
            (None, None) => Err(LookUpError::new("its manifest names no configuration")),
        }
    }
}

fn read<'de, T: Deserialize<'de>>(bytes: &'de [u8], what: &str) -> Result<T, LookUpError> {
    serde_json::from_slice(bytes)
        .map_err(|error| LookUpError::new(format!("its {what} cannot be read: {error}")))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDocument {
    schema_version: Option<u64>,
    artifact_type: Option<String>,
    manifests: Option<Vec<RawDescriptor>>,
    config: Option<RawDescriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDescriptor {
    #[serde(default)]
    media_type: String,
    digest: String,
    size: u64,
    platform: Option<Platform>,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
}

impl TryFrom<RawDescriptor> for Descriptor {
    type Error = LookUpError;

    fn try_from(raw: RawDescriptor) -> Result<Self, LookUpError> {
        Ok(Self {
            digest: Digest::parse(&raw.digest)?,
            media_type: raw.media_type,
            size: raw.size,
            platform: raw.platform,
            annotations: raw.annotations.unwrap_or_default(),
        })
    }
}

#[derive(Deserialize)]
struct ImageConfig {
    #[serde(flatten)]
    platform: Platform,
    config: Option<ImageCommand>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::collections::HashMap;

    /// Documents by their digests.
    #[derive(Default)]
    struct Store(HashMap<String, Vec<u8>>);

    impl Store {
        fn put(&mut self, media_type: &str, document: &Value) -> Value {
            let bytes = document.to_string().into_bytes();
            let digest = Digest::of(&bytes).to_string();
            let size = bytes.len();
            self.0.insert(digest.clone(), bytes);
            json!({"mediaType": media_type, "digest": digest, "size": size})
        }

        fn image(&mut self, os: &str, architecture: &str, run: &Value) -> Value {
            let config = json!({"os": os, "architecture": architecture, "config": run});
            let config = self.put(CONFIGS[0], &config);
            let manifest = json!({"schemaVersion": 2, "config": config, "layers": []});
            let mut descriptor = self.put(MANIFESTS[2], &manifest);
            descriptor["platform"] = json!({"os": os, "architecture": architecture});
            descriptor
        }

        fn command(&self, top: &Value, platforms: &Platforms) -> Result<ImageCommand, String> {
            let mut fetch = |descriptor: &Descriptor, _: DocumentKind| {
                self.0.get(descriptor.digest.as_str()).cloned().ok_or_else(|| LookUpError::new("missing"))
            };
            command(top.to_string().as_bytes(), platforms, &mut fetch)
                .map(|found| found.command)
                .map_err(|error| error.message)
        }
    }

    fn index(entries: &[&Value]) -> Value {
        json!({"schemaVersion": 2, "manifests": entries})
    }

    fn only(platform: &str) -> Platforms {
        Platforms::All(vec![Platform::parse(platform).unwrap()])
    }

    #[test]
    fn platforms_must_run_the_same() {
        let mut store = Store::default();
        let amd = store.image("linux", "amd64", &json!({"Entrypoint": ["/a"], "Cmd": null}));
        let arm = store.image("linux", "arm64", &json!({"Entrypoint": ["/a"]}));
        let other = store.image("linux", "arm64", &json!({"Entrypoint": ["/b"], "Cmd": ["x"]}));
        let riscv = store.image("linux", "riscv64", &json!({"Cmd": ["/c"]}));
        let windows = store.image("windows", "amd64", &json!({"Cmd": ["cmd.exe"]}));
        let attestation = store.image("unknown", "unknown", &json!(null));
        let a = Ok(ImageCommand { entrypoint: vec!["/a".to_owned()], cmd: vec![] });
        let usual = Platforms::Usual;
        assert_eq!(store.command(&index(&[&amd, &arm, &riscv, &windows, &attestation]), &usual), a);
        assert_eq!(store.command(&index(&[&windows, &arm]), &usual), a);
        let mut nested = store.put(MANIFESTS[0], &index(&[&amd]));
        nested["platform"] = Value::Null;
        assert_eq!(store.command(&index(&[&nested]), &usual), a);
        let differ = store.command(&index(&[&amd, &other]), &usual);
        let expected = "its platforms run different commands: linux/amd64: ENTRYPOINT [\"/a\"] CMD []; \
                        linux/arm64: ENTRYPOINT [\"/b\"] CMD [\"x\"]";
        assert_eq!(differ, Err(expected.to_owned()));
        assert_eq!(store.command(&index(&[&amd, &other]), &only("linux/amd64")), a);
        let message = |top: &Value, platforms: &Platforms| store.command(top, platforms).unwrap_err();
        assert_eq!(message(&index(&[&riscv]), &usual), "it has no image for linux/amd64");
        assert_eq!(message(&index(&[&amd]), &only("linux/arm64")), "it has no image for linux/arm64");
        assert!(message(&index(&[&windows, &attestation]), &usual).contains("Windows"));
        assert_eq!(message(&index(&[]), &usual), "it has no image for linux/amd64");
    }

    #[test]
    fn one_platform_needs_no_index() {
        let mut store = Store::default();
        let mut manifest = |os: &str, run: &Value| {
            let descriptor = store.image(os, "s390x", run);
            serde_json::from_slice::<Value>(&store.0[descriptor["digest"].as_str().unwrap()]).unwrap()
        };
        let top = manifest("linux", &json!({"Cmd": ["sh"]}));
        let windows = manifest("windows", &json!({"Cmd": ["sh"]}));
        let empty = manifest("linux", &json!({"Entrypoint": [], "Cmd": []}));
        let nothing = manifest("linux", &json!(null));
        let usual = &Platforms::Usual;
        assert_eq!(store.command(&top, usual).unwrap().cmd, ["sh"]);
        assert_eq!(store.command(&top, &only("linux/s390x")).unwrap().cmd, ["sh"]);
        let message = store.command(&top, &only("linux/amd64")).unwrap_err();
        assert_eq!(message, "it is an image for linux/s390x only");
        assert!(store.command(&windows, usual).unwrap_err().contains("Windows"));
        for top in [empty, nothing] {
            assert_eq!(store.command(&top, usual).unwrap_err(), "its ENTRYPOINT and CMD are both empty");
        }
    }

    #[test]
    fn a_document_with_another_digest_is_rejected() {
        let mut store = Store::default();
        let amd = store.image("linux", "amd64", &json!({"Cmd": ["sh"]}));
        let config = store.put(CONFIGS[0], &json!({"os": "linux", "architecture": "amd64"}));
        let top = index(&[&amd]);
        let mut forged = Store(store.0.clone());
        forged.0.insert(amd["digest"].as_str().unwrap().to_owned(), b"{}".to_vec());
        assert!(forged.command(&top, &Platforms::Usual).unwrap_err().contains("does not match the digest"));
        let mut huge = config.clone();
        huge["size"] = json!(MAX_CONFIG + 1);
        let message = |document: &Value| store.command(document, &Platforms::Usual).unwrap_err();
        assert!(message(&json!({"config": huge})).starts_with("its configuration has 8388609 bytes"));
        let mut short = config.clone();
        short["size"] = json!(1);
        assert!(message(&json!({"config": short})).contains("does not match the digest"));
        let mut escape = config.clone();
        escape["digest"] = json!("sha256:../../etc/passwd");
        assert!(message(&json!({"config": escape})).contains("is not a digest"));
        assert!(message(&json!({"config": config, "manifests": []})).contains("also an index"));
    }

    #[test]
    fn the_error_names_what_is_not_an_image() {
        let store = Store::default();
        let message = |document: &Value| store.command(document, &Platforms::Usual).unwrap_err();
        assert!(message(&json!({"schemaVersion": 1, "fsLayers": []})).contains("schema 1"));
        let chart =
            json!({"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": "x", "size": 1});
        assert_eq!(
            message(&json!({"schemaVersion": 2, "config": chart})),
            "it is not a container image, but `application/vnd.cncf.helm.config.v1+json`"
        );
        assert!(message(&json!({})).contains("names no configuration"));
        assert!(message(&json!("<html>")).contains("cannot be read"));
    }

    #[test]
    fn platforms_are_read() {
        let arm = Platform::parse("linux/arm/v7").unwrap();
        assert!(arm.accepts(&arm) && !arm.accepts(&Platform::of("linux", "arm", Some("v6"))));
        assert!(Platform::parse("linux/arm64").unwrap().accepts(&Platform::of("linux", "arm64", Some("v8"))));
        for wrong in ["", "linux", "linux/", "/amd64", "linux/arm/v7/x", "linux/arm/"] {
            assert!(Platform::parse(wrong).is_err(), "{wrong}");
        }
    }
}
