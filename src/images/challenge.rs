//! Parses authentication challenges: the header `WWW-Authenticate` of a 401 response.
//!
//! Knows the grammar of the header (RFC 9110, section 11), and the schemes Basic and Bearer. Knows no credentials.

/// How a client must authenticate with a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// A user's name and password with every request.
    Basic,
    /// A token from a token service.
    Bearer {
        /// The token service's URL.
        realm: String,
        /// The service that the token is for.
        service: Option<String>,
        /// The access that the token grants.
        scope: Option<String>,
    },
}

impl Challenge {
    /// Chooses one of the challenges of a response. Bearer is preferred.
    pub fn choose<'h>(headers: impl Iterator<Item = &'h str>) -> Option<Self> {
        let mut challenges: Vec<_> = headers.flat_map(parse).filter_map(Self::of).collect();
        let bearer = challenges.iter().position(|challenge| *challenge != Self::Basic).unwrap_or(0);
        (!challenges.is_empty()).then(|| challenges.swap_remove(bearer))
    }

    fn of(raw: Raw) -> Option<Self> {
        let Raw { scheme, mut parameters } = raw;
        let mut take = |name: &str| {
            let at = parameters.iter().position(|(key, _)| key.eq_ignore_ascii_case(name))?;
            Some(parameters.swap_remove(at).1)
        };
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        let realm = take("realm").filter(|_| scheme.eq_ignore_ascii_case("bearer"))?;
        Some(Self::Bearer { realm, service: take("service"), scope: take("scope") })
    }
}

struct Raw {
    scheme: String,
    parameters: Vec<(String, String)>,
}

/// The challenges of one header: `Basic realm="a", Bearer realm="b",service="c"`.
fn parse(header: &str) -> Vec<Raw> {
    let mut challenges: Vec<Raw> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if word.is_empty() {
            return challenges;
        }
        match (after.trim_start().strip_prefix('='), challenges.last_mut()) {
            (Some(value), Some(challenge)) => {
                let (value, after) = parameter(value.trim_start());
                challenge.parameters.push((word.to_owned(), value));
                rest = after;
            }
            // A parameter without a scheme.
            (Some(_), None) => return challenges,
            (None, _) => {
                challenges.push(Raw { scheme: word.to_owned(), parameters: Vec::new() });
                rest = after;
            }
        }
    }
}

/// A token or a quoted string, and what follows it.
fn parameter(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_at(text.find([' ', '\t', ',']).unwrap_or(text.len()));
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, char)| char)),
            char => value.push(char),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_header_panics(header in r#"([a-zA-Z]{1,6}|[ =,"\\]|\PC){0,30}"#) {
            let _ = Challenge::choose([&*header].into_iter());
        }
    }

    fn bearer(realm: &str, service: Option<&str>, scope: Option<&str>) -> Challenge {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Challenge::Bearer { realm: realm.to_owned(), service: owned(service), scope: owned(scope) }
    }

    #[test]
    fn challenges_are_read_as_registries_write_them() {
        let hub = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull""#;
        for (headers, expected) in [
            (
                &[hub][..],
                Some(bearer(
                    "https://auth.docker.io/token",
                    Some("registry.docker.io"),
                    Some("repository:library/alpine:pull"),
                )),
            ),
            (&[r#"Basic realm="Registry Realm""#], Some(Challenge::Basic)),
            (&["basic"], Some(Challenge::Basic)),
            (
                &[r#"Basic realm="a, Bearer realm=b""#, r#"BEARER realm = "x\"y", scope="a:b:pull,push""#],
                Some(bearer("x\"y", None, Some("a:b:pull,push"))),
            ),
            (
                &[r#"Basic realm="a", Bearer realm=https://b/token,service=c"#],
                Some(bearer("https://b/token", Some("c"), None)),
            ),
            (&["Negotiate", "NTLM"], None),
            (&["Bearer"], None),
            (&[r#"Bearer realm="unterminated"#], Some(bearer("unterminated", None, None))),
            (&["", ",,", "=x", "\"", "Digest realm=\"\\"], None),
        ] {
            assert_eq!(Challenge::choose(headers.iter().copied()), expected, "{headers:?}");
        }
    }
}
