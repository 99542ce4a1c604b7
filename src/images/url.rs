//! Parses the URLs of registries and of their redirects.
//!
//! Knows only the parts of a URL that decide what may be sent there: the scheme, the host with its port, and the rest.

use super::LookUpError;
use super::reference::{bare_host, is_loopback};
use std::fmt;

/// The scheme of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// HTTP without encryption.
    Http,
    /// HTTP with TLS.
    Https,
}

/// An absolute URL without user information and without a fragment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Url {
    /// The scheme.
    pub scheme: Scheme,
    /// Host and port.
    pub authority: String,
    /// The path with the query; it begins with a slash.
    pub path: String,
}

/// The hosts for which HTTP without encryption is allowed, in addition to loopback addresses.
#[derive(Clone, Debug, Default)]
pub struct Insecure(pub Vec<String>);

impl Insecure {
    /// Whether HTTP without encryption is allowed for a host. An entry without a port allows all ports.
    pub fn allows(&self, authority: &str) -> bool {
        let is = |host: &String| host == authority || host == bare_host(authority);
        is_loopback(authority) || self.0.iter().any(is)
    }

    /// Fails if a URL uses HTTP without encryption, and this is not allowed.
    pub fn check(&self, url: &Url) -> Result<(), LookUpError> {
        if url.scheme == Scheme::Https || self.allows(&url.authority) {
            return Ok(());
        }
        let host = &url.authority;
        Err(LookUpError::new(format!("`{host}` uses HTTP without encryption"))
            .help(format!("to allow that, set `--insecure-registry {host}`")))
    }
}

impl Url {
    /// Parses an absolute URL.
    pub fn parse(text: &str) -> Result<Self, LookUpError> {
        Self::read(text).ok_or_else(|| LookUpError::new(format!("`{text}` is not a supported URL")))
    }

    fn read(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return None,
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let is_odd =
            |byte: u8| byte <= b' ' || byte >= 0x7f || matches!(byte, b'@' | b'\\' | b'"' | b'<' | b'>');
        if bare_host(authority).is_empty()
            || authority.bytes().any(is_odd)
            || path.bytes().any(|byte| byte <= b' ')
        {
            return None;
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        Some(Self { scheme, authority: authority.to_owned(), path: format!("{slash}{path}") })
    }

    /// Resolves the header `Location` in a response from this URL.
    pub fn join(&self, location: &str) -> Result<Self, LookUpError> {
        let Self { scheme, authority, path } = self;
        if location.contains("://") && !location.starts_with('/') {
            Self::parse(location)
        } else if let Some(rest) = location.strip_prefix("//") {
            Self::parse(&format!("{scheme}://{rest}"))
        } else if location.starts_with('/') {
            Self::parse(&format!("{scheme}://{authority}{location}"))
        } else {
            let path = path.split('?').next().unwrap_or_default();
            let directory = &path[..=path.rfind('/').unwrap_or(0)];
            Self::parse(&format!("{scheme}://{authority}{directory}{location}"))
        }
    }

    /// Whether both URLs have the same origin, so that secrets for one may be sent to the other.
    pub fn is_same_origin(&self, other: &Self) -> bool {
        let port = |url: &Self| {
            let (host, port) = url.authority.rsplit_once(':').unwrap_or((&url.authority, ""));
            match port.parse::<u16>() {
                Ok(port) => (host.to_ascii_lowercase(), port),
                Err(_) => (url.authority.to_ascii_lowercase(), url.scheme.port()),
            }
        };
        self.scheme == other.scheme && port(self) == port(other)
    }

    /// The same URL with more parameters in its query.
    #[must_use]
    pub fn with_query(&self, parameters: &[(&str, &str)]) -> Self {
        let mut path = self.path.clone();
        for (key, value) in parameters {
            path.push(if path.contains('?') { '&' } else { '?' });
            path.push_str(&form(&[(key, value)]));
        }
        Self { path, ..self.clone() }
    }
}

impl Scheme {
    fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.path)
    }
}

/// Keys and values as a query, or as the body of a form.
pub fn form(parameters: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut encode = |text: &str| {
        use fmt::Write as _;
        for byte in text.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
                byte => drop(write!(out, "%{byte:02X}")),
            }
        }
        std::mem::take(&mut out)
    };
    let pairs = parameters.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_location_is_resolved_or_rejected(location in r"(https?:|[a-z.]{1,5}|[/:@?#\\]|\PC){0,8}") {
            if let Ok(url) = url("https://r.io/a").join(&location) {
                prop_assert_eq!(Url::parse(&url.to_string()).unwrap(), url.clone());
                prop_assert!(!url.authority.contains(['/', '@', '?', '#', '\\']));
            }
        }
    }

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn locations_are_resolved() {
        let base = url("https://r.io:5000/v2/a/blobs/x?y=/z");
        for (location, expected) in [
            ("https://cdn.io/a?b#c", "https://cdn.io/a?b"),
            ("HTTP://cdn.io", "http://cdn.io/"),
            ("//cdn.io/a", "https://cdn.io/a"),
            ("/b?to=https://x", "https://r.io:5000/b?to=https://x"),
            ("b", "https://r.io:5000/v2/a/blobs/b"),
            ("https://cdn.io?x", "https://cdn.io/?x"),
        ] {
            assert_eq!(base.join(location).unwrap().to_string(), expected);
        }
        for location in [
            "ftp://r.io/",
            "https://user:pw@r.io/",
            "https:///x",
            "https://r.io /",
            "https://r.io/a b",
            "file:///etc",
        ] {
            assert!(base.join(location).is_err(), "{location}");
        }
    }

    #[test]
    fn origins_differ_by_scheme_host_and_port() {
        let same = |a: &str, b: &str| url(a).is_same_origin(&url(b));
        assert!(same("https://r.io/a", "https://R.io:443/b") && same("http://[::1]/", "http://[::1]:80/x"));
        assert!(!same("https://r.io/", "http://r.io/") && !same("https://r.io/", "https://r.io:444/"));
        assert!(
            !same("https://r.io/", "https://r.io.example.com/")
                && !same("https://[::1]/", "https://[::1]:1/")
        );
    }

    #[test]
    fn plain_http_is_allowed_for_loopback_and_for_listed_hosts() {
        let insecure = Insecure(vec!["a.io".to_owned(), "b.io:5000".to_owned()]);
        for (text, is_allowed) in [
            ("http://localhost:1/", true),
            ("http://127.0.0.1/", true),
            ("http://[::1]:2/", true),
            ("http://a.io:7/", true),
            ("http://b.io:5000/", true),
            ("http://b.io/", false),
            ("http://c.io/", false),
            ("https://c.io/", true),
            ("http://localhost.c.io/", false),
        ] {
            assert_eq!(insecure.check(&url(text)).is_ok(), is_allowed, "{text}");
        }
    }

    #[test]
    fn queries_are_encoded() {
        let realm =
            url("https://r.io/token?a=b").with_query(&[("scope", "repository:a/b:pull"), ("x", "ä&")]);
        assert_eq!(realm.to_string(), "https://r.io/token?a=b&scope=repository%3Aa%2Fb%3Apull&x=%C3%A4%26");
    }
}
