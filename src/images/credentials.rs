//! Reads the credentials of Docker and podman: `config.json`, `auth.json`, and the output of credential helpers.
//!
//! Knows the format of the files and of the output of a helper; not which files exist or how a helper is run. No secret
//! is ever printed: [`Login`] hides it from `Debug`.

use super::LookUpError;
use super::reference::{DOCKER_HUB, Reference};
use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose::STANDARD};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// The key of Docker Hub in files and for credential helpers.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";
/// The user name in a helper's output whose secret is an identity token.
const TOKEN_USER: &str = "<token>";

/// Credentials for a registry.
#[derive(Clone, PartialEq, Eq)]
pub enum Login {
    /// A user name and a password.
    Password(String, String),
    /// A token that the token service exchanges for an access token.
    IdentityToken(String),
    /// A token that the registry itself accepts.
    RegistryToken(String),
}

/// Where the credentials for a registry are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialSource {
    /// In the file.
    Login(Login),
    /// In the credential helper `docker-credential-NAME`.
    Helper {
        /// `NAME`.
        name: String,
        /// The key that the helper is asked for.
        key: String,
    },
}

/// A file with credentials, or with the names of credential helpers.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthFile {
    #[serde(default)]
    auths: BTreeMap<String, Auth>,
    #[serde(default)]
    cred_helpers: BTreeMap<String, String>,
    #[serde(default)]
    creds_store: String,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the names are those of the file")]
struct Auth {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
    registrytoken: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HelperOutput {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

impl AuthFile {
    /// Reads a file. The error does not quote its content.
    pub fn parse(bytes: &[u8]) -> Result<Self, LookUpError> {
        serde_json::from_slice(bytes).map_err(|error| {
            LookUpError::new(format!(
                "not JSON as `docker login` writes it, at {}:{}",
                error.line(),
                error.column()
            ))
        })
    }

    /// Finds the credentials for an image: first in the helper of its registry, then in the entry of its repository or
    /// of the nearest parent, then in the helper of all registries.
    pub fn find(&self, reference: &Reference) -> Result<Option<CredentialSource>, LookUpError> {
        let key = || if reference.host == DOCKER_HUB { DOCKER_HUB_KEY } else { &reference.host }.to_owned();
        let helper = self.cred_helpers.iter().find(|(name, _)| place(name) == (&reference.host, ""));
        if let Some((_, name)) = helper {
            return Ok(Some(CredentialSource::Helper { name: name.clone(), key: key() }));
        }
        let covers = |path: &str| {
            let rest = reference.repository.strip_prefix(path);
            path.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mut entries: Vec<_> = self
            .auths
            .iter()
            .map(|(name, auth)| (place(name), auth))
            .filter(|((host, path), _)| *host == reference.host && covers(path))
            .collect();
        entries.sort_by_key(|((_, path), _)| std::cmp::Reverse(path.len()));
        for (_, auth) in entries {
            if let Some(login) = auth.login()? {
                return Ok(Some(CredentialSource::Login(login)));
            }
        }
        let store = (!self.creds_store.is_empty()).then(|| self.creds_store.clone());
        Ok(store.map(|name| CredentialSource::Helper { name, key: key() }))
    }
}

impl Auth {
    fn login(&self) -> Result<Option<Login>, LookUpError> {
        if !self.registrytoken.is_empty() {
            return Ok(Some(Login::RegistryToken(self.registrytoken.clone())));
        }
        if !self.identitytoken.is_empty() {
            return Ok(Some(Login::IdentityToken(self.identitytoken.clone())));
        }
        if self.auth.is_empty() {
            return Ok(password(&self.username, &self.password));
        }
        let decoded = lenient().decode(self.auth.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        // Docker pads the text with NUL.
        let pair = decoded.as_deref().and_then(|text| text.trim_end_matches('\0').split_once(':'));
        let (user, secret) =
            pair.ok_or_else(|| LookUpError::new("an `auth` in it is not `user:password` in base64"))?;
        Ok(password(user, secret))
    }
}

fn password(user: &str, secret: &str) -> Option<Login> {
    (!user.is_empty()).then(|| Login::Password(user.to_owned(), secret.to_owned()))
}

/// Accepts base64 with and without padding, because people write these values by hand.
fn lenient() -> GeneralPurpose {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&base64::alphabet::STANDARD, config)
}

/// The registry for a key of a file, and the path of the repositories in it.
fn place(key: &str) -> (&str, &str) {
    let bare = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://"));
    let (host, path) = bare.unwrap_or(key).split_once('/').unwrap_or((bare.unwrap_or(key), ""));
    let is_api = bare.is_some() || matches!(path.trim_end_matches('/'), "v1" | "v2");
    let host = if matches!(host, "index.docker.io" | "registry-1.docker.io") { DOCKER_HUB } else { host };
    (host, if is_api { "" } else { path.trim_end_matches('/') })
}

/// Reads the output of a helper; `None` if it has no credentials for the registry.
pub fn answer(stdout: &[u8]) -> Result<Option<Login>, LookUpError> {
    // The error does not quote the text, because it may contain the secret.
    let answer: HelperOutput = serde_json::from_slice(stdout)
        .map_err(|_| LookUpError::new("answered something that is not JSON"))?;
    Ok(match answer.username.as_str() {
        _ if answer.secret.is_empty() => None,
        TOKEN_USER => Some(Login::IdentityToken(answer.secret)),
        user => password(user, &answer.secret),
    })
}

impl Login {
    /// The value of the header `Authorization` for a user name and a password.
    pub fn basic(&self) -> Option<String> {
        let Self::Password(user, secret) = self else { return None };
        Some(format!("Basic {}", STANDARD.encode(format!("{user}:{secret}"))))
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password(..) => "Password(…)",
            Self::IdentityToken(_) => "IdentityToken(…)",
            Self::RegistryToken(_) => "RegistryToken(…)",
        })
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Auth(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn find(file: &serde_json::Value, image: &str) -> Option<CredentialSource> {
        let file = AuthFile::parse(file.to_string().as_bytes()).unwrap();
        file.find(&Reference::parse(image).unwrap()).unwrap()
    }

    fn login(user: &str, secret: &str) -> CredentialSource {
        CredentialSource::Login(Login::Password(user.to_owned(), secret.to_owned()))
    }

    fn helper(name: &str, key: &str) -> CredentialSource {
        CredentialSource::Helper { name: name.to_owned(), key: key.to_owned() }
    }

    #[test]
    fn keys_are_found_as_docker_and_podman_write_them() {
        let auth = json!({"auth": "dTpwOnE="});
        for key in [
            "https://index.docker.io/v1/",
            "index.docker.io",
            "docker.io",
            "https://registry-1.docker.io/v2/",
            "docker.io/library",
            "docker.io/library/alpine",
        ] {
            assert_eq!(find(&json!({"auths": {key: auth}}), "alpine"), Some(login("u", "p:q")), "{key}");
            assert_eq!(find(&json!({"auths": {key: auth}}), "r.io/alpine"), None, "{key}");
        }
        for key in ["r.io:5000", "https://r.io:5000", "http://r.io:5000/v2/", "r.io:5000/v2/", "r.io:5000/a"]
        {
            assert_eq!(
                find(&json!({"auths": {key: auth}}), "r.io:5000/a/b"),
                Some(login("u", "p:q")),
                "{key}"
            );
        }
        for key in ["r.io", "r.io:5001", "r.io:5000/a/bc", "r.io:5000.example.com", "xr.io:5000"] {
            assert_eq!(find(&json!({"auths": {key: auth}}), "r.io:5000/a/b"), None, "{key}");
        }
        assert_eq!(find(&json!({"auths": {"[::1]:5000": auth}}), "[::1]:5000/a"), Some(login("u", "p:q")));
    }

    #[test]
    fn the_most_specific_entry_wins() {
        let file = json!({"auths": {
            "r.io": {"username": "all", "password": "1"},
            "r.io/team": {"auth": "dGVhbToy"},
            "r.io/team/tool": {"username": "tool", "password": "3"},
            "r.io/empty": {},
        }});
        assert_eq!(find(&file, "r.io/x"), Some(login("all", "1")));
        assert_eq!(find(&file, "r.io/team/x"), Some(login("team", "2")));
        assert_eq!(find(&file, "r.io/teams/x"), Some(login("all", "1")));
        assert_eq!(find(&file, "r.io/team/tool:1"), Some(login("tool", "3")));
        assert_eq!(find(&file, "r.io/empty/x"), Some(login("all", "1")));
    }

    #[test]
    fn helpers_are_for_one_registry_or_for_all() {
        let file = json!({"credHelpers": {"gcr.io": "gcloud", "docker.io": "hub"}, "credsStore": "desktop",
                          "auths": {"gcr.io": {"auth": "dTpw"}, "r.io": {"auth": "dTpw"}, "s.io": {}}});
        assert_eq!(find(&file, "gcr.io/a"), Some(helper("gcloud", "gcr.io")));
        assert_eq!(find(&file, "alpine"), Some(helper("hub", "https://index.docker.io/v1/")));
        assert_eq!(find(&file, "r.io/a"), Some(login("u", "p")));
        assert_eq!(find(&file, "s.io/a"), Some(helper("desktop", "s.io")));
        assert_eq!(find(&json!({}), "alpine"), None);
    }

    #[test]
    fn tokens_are_not_passwords() {
        let token = |field: &str| json!({"auths": {"r.io": {field: "t", "auth": "dTpw"}}});
        let identity = Login::IdentityToken("t".to_owned());
        assert_eq!(find(&token("identitytoken"), "r.io/a"), Some(CredentialSource::Login(identity.clone())));
        let registry = Login::RegistryToken("t".to_owned());
        assert_eq!(find(&token("registrytoken"), "r.io/a"), Some(CredentialSource::Login(registry)));
        assert_eq!(answer(br#"{"Username": "<token>", "Secret": "t"}"#).unwrap(), Some(identity));
        let password = Login::Password("u".to_owned(), "p".to_owned());
        assert_eq!(password.basic().unwrap(), "Basic dTpw");
        assert_eq!(answer(br#"{"ServerURL": "x", "Username": "u", "Secret": "p"}"#).unwrap(), Some(password));
        assert_eq!(answer(br#"{"Username": "", "Secret": ""}"#).unwrap(), None);
    }

    #[test]
    fn no_error_and_no_debug_output_shows_a_secret() {
        let error = AuthFile::parse(br#"{"auths": {"r.io": {"auth": 5secret}}}"#).unwrap_err();
        assert!(!format!("{error:?}").contains("secret"));
        let file = AuthFile::parse(br#"{"auths": {"r.io": {"auth": "secret"}}}"#).unwrap();
        let error = file.find(&Reference::parse("r.io/a").unwrap()).unwrap_err();
        assert!(!format!("{error:?} {file:?}").contains("secret"));
        assert!(!format!("{:?}", answer(b"secret")).contains("secret"));
        assert!(!format!("{:?}", Login::Password("u".to_owned(), "secret".to_owned())).contains("secret"));
    }
}
