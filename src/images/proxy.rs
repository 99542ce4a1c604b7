//! Chooses the proxy for a host by `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, like curl and Go.
//!
//! Knows the rules; not the environment, which the caller passes.

use super::reference::{bare_host, is_loopback};
use super::url::{Scheme, Url};
use std::net::IpAddr;

/// The proxies of an environment.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    http: Option<String>,
    https: Option<String>,
    except: Vec<String>,
}

impl Proxies {
    /// Reads the variables of an environment, in lower and in upper case.
    pub fn of(environment: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| {
            let names = [name.to_owned(), name.to_uppercase()];
            names.iter().find_map(|name| environment(name)).filter(|value| !value.trim().is_empty())
        };
        let all = get("all_proxy");
        let except = get("no_proxy").unwrap_or_default();
        Self {
            http: get("http_proxy").or_else(|| all.clone()),
            https: get("https_proxy").or(all),
            except: except
                .split([',', ' '])
                .filter(|entry| !entry.is_empty())
                .map(str::to_lowercase)
                .collect(),
        }
    }

    /// The proxy for a URL. Loopback addresses never use one.
    pub fn get(&self, url: &Url) -> Option<&str> {
        let proxy = match url.scheme {
            Scheme::Http => self.http.as_deref(),
            Scheme::Https => self.https.as_deref(),
        };
        proxy.filter(|_| !is_loopback(&url.authority) && !self.except.iter().any(|entry| covers(entry, url)))
    }
}

/// Whether an entry of `NO_PROXY` matches the host of a URL. An entry is `*`, a host or a domain with or without a
/// leading dot, an address, or a range of addresses. A host or an address may have a port.
fn covers(entry: &str, url: &Url) -> bool {
    let authority = url.authority.to_lowercase();
    let host = bare_host(&authority);
    if entry == "*" || entry == authority {
        return true;
    }
    if let (Ok(address), Some((network, bits))) = (host.parse(), entry.split_once('/')) {
        return is_in(address, network, bits).unwrap_or(false);
    }
    let domain = entry.trim_start_matches('*').trim_start_matches('.');
    let target = if domain.contains(':') && !domain.contains("::") { &authority } else { host };
    !domain.is_empty()
        && target.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_in(address: IpAddr, network: &str, bits: &str) -> Option<bool> {
    let bits: u32 = bits.parse().ok()?;
    let (address, network, width) = match (address, network.parse().ok()?) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            (address.to_bits().into(), network.to_bits().into(), 32)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => (address.to_bits(), network.to_bits(), 128),
        _ => return None,
    };
    let difference: u128 = address ^ network;
    Some(difference.checked_shr(width - bits.min(width)).unwrap_or(0) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let value =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Proxies::of(value).get(&Url::parse(url).unwrap()).map(str::to_owned)
    }

    #[test]
    fn each_scheme_has_its_proxy() {
        let both = [("HTTP_PROXY", "a:1"), ("https_proxy", "b:2"), ("HTTPS_PROXY", "c:3")];
        assert_eq!(proxy(&both, "http://r.io/").as_deref(), Some("a:1"));
        assert_eq!(proxy(&both, "https://r.io/").as_deref(), Some("b:2"));
        assert_eq!(proxy(&[("all_proxy", "d:4")], "https://r.io/").as_deref(), Some("d:4"));
        assert_eq!(proxy(&[("http_proxy", "a:1"), ("https_proxy", " ")], "https://r.io/"), None);
        for local in ["https://localhost:5000/", "https://127.0.0.1/", "http://[::1]:5000/"] {
            assert_eq!(proxy(&both, local), None);
        }
    }

    #[test]
    fn exceptions_are_hosts_domains_and_ranges() {
        let is_excepted =
            |except: &str, url: &str| proxy(&[("ALL_PROXY", "p"), ("NO_PROXY", except)], url).is_none();
        for (except, url) in [
            ("*", "https://r.io/"),
            ("r.io", "https://r.io/"),
            ("x, r.io", "https://a.r.io:5000/"),
            (".r.io", "https://A.R.io/"),
            ("*.r.io", "https://a.r.io/"),
            ("r.io:5000", "https://r.io:5000/"),
            ("10.0.0.0/8", "https://10.1.2.3:5000/"),
            ("10.1.2.3", "https://10.1.2.3:5000/"),
            ("fd00::/8", "https://[fd12::1]/"),
            ("0.0.0.0/0", "https://1.2.3.4/"),
            ("fd12::1", "https://[fd12::1]:5000/"),
        ] {
            assert!(is_excepted(except, url), "{except} {url}");
        }
        for (except, url) in [
            ("r.io", "https://xr.io/"),
            ("r.io:5000", "https://r.io/"),
            ("10.0.0.0/8", "https://11.1.2.3/"),
            ("", "https://r.io/"),
            (".", "https://r.io/"),
            ("10.0.0.0/x", "https://10.0.0.1/"),
            ("a.r.io", "https://r.io/"),
        ] {
            assert!(!is_excepted(except, url), "{except} {url}");
        }
    }
}
