//! Looks up images in a registry, with the API of the distribution specification, and authenticates there.
//!
//! This module knows the API. [`super::transport`] sends requests, and the library parses the documents.

use super::credentials::{self, Credentials};
use super::transport::{HttpRequest, HttpResponse, Transport};
use kueueleuleu::images::LookUpError;
use kueueleuleu::images::challenge::Challenge;
use kueueleuleu::images::credentials::Login;
use kueueleuleu::images::document::{self, Descriptor, DocumentKind, Platforms, ResolvedImage};
use kueueleuleu::images::reference::{Digest, Reference};
use kueueleuleu::images::url::{Scheme, Url, form};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use ureq::http::{StatusCode, header};

/// The largest response of a token service.
const MAX_TOKEN: u64 = 1 << 20;
/// The client's name for token services.
const CLIENT: &str = "kueueleuleu";

/// All registries.
pub(super) struct Registry {
    pub(super) transport: Transport,
    pub(super) credentials: Credentials,
    /// The scheme of each host, once it is known.
    pub(super) schemes: Mutex<HashMap<String, Scheme>>,
}

/// The look-up of one image.
struct LookUp<'r> {
    registry: &'r Registry,
    reference: &'r Reference,
    scheme: Scheme,
    /// The value of the header `Authorization`.
    authorization: Option<String>,
    /// The credentials behind it.
    login: Option<credentials::LoginResult>,
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<RegistryError>,
}

#[derive(Deserialize)]
struct RegistryError {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl Registry {
    /// Looks up an image.
    pub(super) fn look_up(
        &self,
        reference: &Reference,
        platforms: &Platforms,
    ) -> Result<ResolvedImage, LookUpError> {
        let scheme = self.scheme(reference.api_host())?;
        let mut look_up = LookUp { registry: self, reference, scheme, authorization: None, login: None };
        let top = look_up.manifest(reference.version())?;
        let expected = reference.digest.as_ref().filter(|digest| !digest.is_of(&top));
        if let Some(digest) = expected {
            return Err(LookUpError::new(format!("the manifest does not match the digest `{digest}`")));
        }
        let found =
            document::command(&top, platforms, &mut |descriptor, kind| look_up.fetch(descriptor, kind))?;
        // The digest in the reference may use another algorithm, and is the one to pin.
        Ok(match &reference.digest {
            Some(digest) => ResolvedImage { digest: digest.clone(), ..found },
            None => found,
        })
    }

    fn scheme(&self, host: &str) -> Result<Scheme, LookUpError> {
        // The lock is held while one look-up determines the scheme, so the others wait for it.
        let mut schemes = self.schemes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scheme) = schemes.get(host) {
            return Ok(*scheme);
        }
        let scheme = self.transport.scheme(host)?;
        schemes.insert(host.to_owned(), scheme);
        Ok(scheme)
    }
}

impl LookUp<'_> {
    fn fetch(&mut self, descriptor: &Descriptor, kind: DocumentKind) -> Result<Vec<u8>, LookUpError> {
        match kind {
            DocumentKind::Manifest => self.manifest(descriptor.digest.as_str()),
            DocumentKind::Config => {
                let path = format!("blobs/{}", descriptor.digest);
                self.get(&path, "*/*", kind.limit()).map(|response| response.body)
            }
        }
    }

    fn manifest(&mut self, version: &str) -> Result<Vec<u8>, LookUpError> {
        let accept = document::MANIFESTS.join(", ");
        let response = self.get(&format!("manifests/{version}"), &accept, DocumentKind::Manifest.limit())?;
        let named = response.headers.get("docker-content-digest").and_then(|value| value.to_str().ok());
        if let Some(named) = named
            && Digest::parse(named).is_ok_and(|digest| !digest.is_of(&response.body))
        {
            return Err(LookUpError::new(format!(
                "the manifest does not match the digest that the registry reports, `{named}`"
            )));
        }
        Ok(response.body)
    }

    /// Gets a document of the repository. Authenticates if the registry asks for that.
    fn get(&mut self, path: &str, accept: &str, limit: u64) -> Result<HttpResponse, LookUpError> {
        let authority = self.reference.api_host().to_owned();
        let path = format!("/v2/{}/{path}", self.reference.repository);
        let url = Url { scheme: self.scheme, authority, path };
        let mut response = self.ask(&url, accept, limit)?;
        // A host that the registry redirected to receives no credentials.
        if response.status == StatusCode::UNAUTHORIZED && response.is_own && self.login.is_none() {
            let headers = response.headers.get_all(header::WWW_AUTHENTICATE);
            let challenge = Challenge::choose(headers.iter().filter_map(|value| value.to_str().ok()));
            let challenge = challenge.ok_or_else(|| {
                let host = &self.reference.host;
                LookUpError::new(format!("`{host}` requires an authentication scheme that is not supported"))
            })?;
            self.authorize(challenge)?;
            response = self.ask(&url, accept, limit)?;
        }
        if response.status.is_success() { Ok(response) } else { Err(self.refused(&response)) }
    }

    fn ask(&self, url: &Url, accept: &str, limit: u64) -> Result<HttpResponse, LookUpError> {
        let authorization = self.authorization.as_deref();
        self.registry.transport.ask(&HttpRequest { url, accept, authorization, form: None, limit })
    }

    /// Answers a challenge. Many registries issue a token without credentials.
    fn authorize(&mut self, challenge: Challenge) -> Result<(), LookUpError> {
        let found = self.registry.credentials.find(self.reference);
        let login = found.clone().ok().flatten();
        self.login = Some(found);
        self.authorization = match (challenge, login) {
            (_, Some(Login::RegistryToken(token))) => Some(format!("Bearer {token}")),
            (Challenge::Basic, login) => login.and_then(|login| login.basic()),
            (Challenge::Bearer { realm, service, scope }, login) => {
                let scope = scope.unwrap_or_else(|| format!("repository:{}:pull", self.reference.repository));
                let token = self.token(&realm, service.as_deref(), &scope, login.as_ref())?;
                Some(format!("Bearer {token}"))
            }
        };
        Ok(())
    }

    /// Requests a token from the service that the registry names.
    fn token(
        &self,
        realm: &str,
        service: Option<&str>,
        scope: &str,
        login: Option<&Login>,
    ) -> Result<String, LookUpError> {
        let realm = Url::parse(realm)?;
        if realm.scheme == Scheme::Http && self.scheme == Scheme::Https {
            let message =
                format!("`{}` sends logins to `{realm}`, which is not encrypted", self.reference.host);
            return Err(LookUpError::new(message));
        }
        let parameters: Vec<_> =
            service.map(|service| ("service", service)).into_iter().chain([("scope", scope)]).collect();
        let basic = login.and_then(Login::basic);
        let (url, body) = match login {
            Some(Login::IdentityToken(token)) => {
                let grant =
                    [("grant_type", "refresh_token"), ("client_id", CLIENT), ("refresh_token", token)];
                let all: Vec<_> = grant.into_iter().chain(parameters).collect();
                (realm.clone(), Some(form(&all)))
            }
            _ => (realm.with_query(&parameters), None),
        };
        let request = HttpRequest {
            url: &url,
            accept: "application/json",
            authorization: basic.as_deref(),
            form: body.as_deref(),
            limit: MAX_TOKEN,
        };
        let response = self.registry.transport.ask(&request)?;
        if !response.status.is_success() {
            return Err(self.refused(&response));
        }
        let token: Option<Token> = serde_json::from_slice(&response.body).ok();
        let token =
            token.and_then(|token| token.token.or(token.access_token)).filter(|token| !token.is_empty());
        token.ok_or_else(|| LookUpError::new(format!("`{}` returned no token", url.authority)))
    }

    /// The problem with a response that is not a success, and how to fix it.
    fn refused(&self, response: &HttpResponse) -> LookUpError {
        let Reference { host, repository, .. } = self.reference;
        let log_in = format!("run `docker login {host}` or `podman login {host}`");
        let (what, help) = match (response.status.as_u16(), &self.login) {
            (401, Some(Ok(Some(_)))) => (format!("`{host}` rejected the stored credentials"), log_in),
            (401, _) => (format!("`{host}` requires a login"), log_in),
            (403, _) => (
                format!("`{host}` denies access to `{repository}`"),
                format!("request pull access, or log in as a user who has it: {log_in}"),
            ),
            (404, _) => (
                format!("`{host}` has no `{}` of `{repository}`", self.reference.version()),
                format!(
                    "check the name and the tag; without a login, a private repository looks missing: {log_in}"
                ),
            ),
            (429, _) => (
                format!("`{host}` received too many requests"),
                format!("wait, or log in for a higher rate limit: {log_in}"),
            ),
            (status, _) => (format!("`{host}` responded with {status}"), "try again later".to_owned()),
        };
        let said = serde_json::from_slice::<Errors>(&response.body)
            .ok()
            .and_then(|said| said.errors.into_iter().next());
        let said = said.map(|RegistryError { code, message }| {
            let text = if message.is_empty() { code } else { message };
            text.chars().take(200).collect::<String>()
        });
        let said = said.filter(|said| !said.is_empty()).map(|said| format!(": {said}")).unwrap_or_default();
        let help = match &self.login {
            Some(Err(problem)) => format!("the credentials could not be read: {}; {help}", problem.message),
            _ => help,
        };
        LookUpError::new(format!("{what}{said}")).help(help)
    }
}
