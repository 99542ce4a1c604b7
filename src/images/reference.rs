//! Parses image references like container runtimes: `alpine`, `ghcr.io/owner/tool:2@sha256:…`, `[::1]:5000/app`.
//!
//! Knows the grammar of the distribution project and the short names of Docker Hub; no registry.

use super::LookUpError;
use crate::config::is_digest;
use ring::digest;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// The host of short names.
pub const DOCKER_HUB: &str = "docker.io";

/// The length limit of a repository name with its host, as in registries.
const MAX_NAME: usize = 255;
/// The length limit of a tag.
const MAX_TAG: usize = 128;

/// An image in a registry. Prints in full: `docker.io/library/alpine:latest`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// The registry, with its port if it has one.
    pub host: String,
    /// The repository, without its host.
    pub repository: String,
    /// The tag; `None` if there is only a digest.
    pub tag: Option<String>,
    /// The digest to which the image is pinned. It takes precedence over the tag.
    pub digest: Option<Digest>,
}

/// A digest with its algorithm: `sha256:` and 64 digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(String);

impl Reference {
    /// Parses a reference.
    pub fn parse(text: &str) -> Result<Self, LookUpError> {
        let wrong = |message: String, help: &str| Err(LookUpError::new(message).help(help));
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(Digest::parse(digest)?)),
            None => (text, None),
        };
        // A colon before the last slash belongs to a port.
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (name, None),
        };
        if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
            return wrong(
                format!("`{tag}` is not a tag"),
                "a tag has at most 128 letters, digits, `_`, `.` and `-`, and does not begin with `.` or `-`",
            );
        }
        let (host, repository) = match name.split_once('/') {
            Some((host, rest)) if is_host(host) => (host, rest),
            _ => (DOCKER_HUB, name),
        };
        let host = if host == "index.docker.io" { DOCKER_HUB } else { host };
        let repository = match repository {
            short if host == DOCKER_HUB && !short.contains('/') => format!("library/{short}"),
            repository => repository.to_owned(),
        };
        if !is_repository(&repository) && is_repository(&repository.to_ascii_lowercase()) {
            let help = "write it in lower case";
            return wrong(format!("the repository `{name}` has upper case letters"), help);
        }
        if name.len() > MAX_NAME || !is_repository(&repository) || !is_authority(host) || is_id(name) {
            return wrong(
                format!("`{text}` is not an image reference"),
                "write it like `alpine:3.20` or `registry.example.com/team/tool:2`, without variables",
            );
        }
        let tag = match (tag, &digest) {
            (None, None) => Some("latest"),
            (tag, _) => tag,
        };
        Ok(Self { host: host.to_owned(), repository, tag: tag.map(str::to_owned), digest })
    }

    /// The version to request from a registry: the digest, or the tag if there is no digest.
    pub fn version(&self) -> &str {
        self.digest.as_ref().map(Digest::as_str).or(self.tag.as_deref()).unwrap_or("latest")
    }

    /// The host that serves the registry's API.
    pub fn api_host(&self) -> &str {
        if self.host == DOCKER_HUB { "registry-1.docker.io" } else { &self.host }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.repository)?;
        self.tag.iter().try_for_each(|tag| write!(f, ":{tag}"))?;
        self.digest.iter().try_for_each(|digest| write!(f, "@{digest}"))
    }
}

impl Digest {
    /// Parses a digest with a known algorithm.
    pub fn parse(text: &str) -> Result<Self, LookUpError> {
        if is_digest(text) {
            return Ok(Self(text.to_owned()));
        }
        let error = LookUpError::new(format!("`{text}` is not a digest"));
        Err(error.help("write `sha256:` and 64 hexadecimal digits in lower case"))
    }

    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(format!("sha256:{}", hex(&digest::SHA256, bytes)))
    }

    /// Whether it is the digest of these bytes.
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        let algorithm = if self.0.starts_with("sha512:") { &digest::SHA512 } else { &digest::SHA256 };
        self.0.split_once(':').is_some_and(|(_, digits)| digits == hex(algorithm, bytes))
    }

    /// The digest as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn hex(algorithm: &'static digest::Algorithm, bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let digest = digest::digest(algorithm, bytes);
    digest.as_ref().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The host of `host:port`, without the brackets of IPv6.
pub fn bare_host(authority: &str) -> &str {
    if let Some((host, _)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return host;
    }
    authority.split(':').next().unwrap_or(authority)
}

/// Whether a host is a loopback address or `localhost`.
pub fn is_loopback(authority: &str) -> bool {
    let host = bare_host(authority);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether the first part of a name is a host and not a part of the repository, by the rules of Docker.
fn is_host(part: &str) -> bool {
    part.contains(['.', ':']) || part == "localhost" || part.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Whether a text is a host with or without a port, so that it can be part of a URL.
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => {
            if host.parse::<Ipv6Addr>().is_err() {
                return false;
            }
            ("ipv6", rest)
        }
        None => text.find(':').map_or((text, ""), |at| text.split_at(at)),
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_port = |port: &str| port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    host.split('.').all(is_label) && (port.is_empty() || is_port(port))
}

/// Parts of lower case letters and digits, joined by `.`, `_`, `__` or dashes.
fn is_repository(text: &str) -> bool {
    let is_alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_joint =
        |joint: &str| matches!(joint, "" | "." | "_" | "__") || joint.bytes().all(|byte| byte == b'-');
    text.split('/').all(|part| {
        part.bytes().next().is_some_and(is_alphanumeric)
            && part.bytes().last().is_some_and(is_alphanumeric)
            && part.split(|char: char| char.is_ascii() && is_alphanumeric(char as u8)).all(is_joint)
    })
}

fn is_tag(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= MAX_TAG
        && text.bytes().next().is_some_and(is_word)
        && text.bytes().all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'))
}

/// Whether a name is the ID of an image, which runtimes do not accept as a name.
fn is_id(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    #[test]
    fn names_are_completed_as_docker_completes_them() {
        for (text, expected) in [
            ("alpine", "docker.io/library/alpine:latest"),
            ("alpine:3.20", "docker.io/library/alpine:3.20"),
            ("docker.io/alpine", "docker.io/library/alpine:latest"),
            ("docker.io/library/alpine:1", "docker.io/library/alpine:1"),
            ("index.docker.io/library/alpine", "docker.io/library/alpine:latest"),
            ("bitnami/kubectl:1", "docker.io/bitnami/kubectl:1"),
            ("ghcr.io/owner/tool", "ghcr.io/owner/tool:latest"),
            ("localhost/tool", "localhost/tool:latest"),
            ("localhost:5000/a/b__c/d-e:x", "localhost:5000/a/b__c/d-e:x"),
            ("registry:5000/tool", "registry:5000/tool:latest"),
            ("[::1]:5000/tool:2", "[::1]:5000/tool:2"),
            ("[fe80::1]/tool", "[fe80::1]/tool:latest"),
            ("LOCAL/tool", "LOCAL/tool:latest"),
            ("registry.example.com/tool:V1.2_x-3", "registry.example.com/tool:V1.2_x-3"),
        ] {
            assert_eq!(Reference::parse(text).unwrap().to_string(), expected, "{text}");
        }
        let pinned = Reference::parse(&format!("alpine:3@sha256:{A}")).unwrap();
        assert_eq!(pinned.to_string(), format!("docker.io/library/alpine:3@sha256:{A}"));
        assert_eq!(pinned.version(), format!("sha256:{A}"));
        assert_eq!(pinned.api_host(), "registry-1.docker.io");
        let pinned = Reference::parse(&format!("r.io/a@sha256:{A}")).unwrap();
        assert_eq!((pinned.tag, pinned.host.as_str()), (None, "r.io"));
    }

    #[test]
    fn invalid_references_are_rejected() {
        let long = format!("{}/a", "a".repeat(254));
        let tag = format!("a:{}", "b".repeat(129));
        let upper = format!("a@sha256:{}", A.to_uppercase());
        for text in [
            "",
            ":",
            "a:",
            "a:b:c",
            "/a",
            "a/",
            "a//b",
            "a b",
            "a\n",
            "$(IMAGE)",
            "${IMAGE}:1",
            "{{ .image }}",
            "A",
            "a/B",
            "r.io/",
            "r.io:x/a",
            "r.io:99999/a",
            "[::1/a",
            "[x]:1/a",
            "-.io/a",
            "r..io/a",
            "a___b",
            "a._b",
            "a..b",
            "-a",
            "a@",
            "a@sha256:1",
            "a@md5:1",
            "r.io?x/a",
            "user@r.io/a",
            "ä",
            "r.io/ä",
            A,
            &long,
            &tag,
            &upper,
            "http://r.io/a",
        ] {
            assert!(Reference::parse(text).is_err(), "{text}");
        }
        let error = Reference::parse("Alpine:3").unwrap_err();
        assert_eq!(error.message, "the repository `Alpine` has upper case letters");
    }

    proptest! {
        #[test]
        fn a_reference_prints_as_one_that_reads_the_same(text in r"([a-zA-Z0-9.:\[\]-]{1,12}/)?[a-z0-9._/-]{1,20}(:[\w.-]{1,9})?(@sha256:[a-f0-9]{64})?|\PC{0,20}") {
            if let Ok(reference) = Reference::parse(&text) {
                prop_assert_eq!(Reference::parse(&reference.to_string()).unwrap(), reference.clone());
                // Nothing in it could make a URL mean something else.
                let is_safe = |text: &str, more: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
                prop_assert!(is_safe(&reference.host, ".:[]-") && is_safe(&reference.repository, "._/-"));
                prop_assert!(is_safe(reference.version(), "._:-") && !reference.repository.contains(".."));
            }
        }
    }

    #[test]
    fn digests_are_compared_with_bytes() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").as_str(), empty);
        assert!(Digest::parse(empty).unwrap().is_of(b"") && !Digest::parse(empty).unwrap().is_of(b"x"));
        let long = "sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";
        assert!(Digest::parse(long).unwrap().is_of(b""));
    }

    #[test]
    fn loopback_hosts_are_recognized() {
        for host in ["localhost", "localhost:5000", "127.0.0.1:80", "127.1.2.3", "[::1]:5000"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example.com", "128.0.0.1", "[::2]:1", "registry", "127.0.0.1.example.com"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
