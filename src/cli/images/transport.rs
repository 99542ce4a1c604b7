//! Sends HTTP requests, with redirects and retries, and without leaking credentials to other hosts.
//!
//! This is the only module that uses the HTTP client. It knows nothing about registries: the caller interprets the
//! responses.

use anyhow::Context as _;
use kueueleuleu::images::LookUpError;
use kueueleuleu::images::proxy::Proxies;
use kueueleuleu::images::url::{Insecure, Scheme, Url};
use std::collections::HashMap;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use ureq::http::{HeaderMap, Request, StatusCode, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, Proxy};

/// The number of attempts if a request fails for temporary reasons.
const TRIES: u32 = 4;
/// The wait before the second attempt. It doubles before each further attempt.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait that a server may request.
const MAX_WAIT: Duration = Duration::from_secs(30);
/// The largest number of redirects.
const MAX_REDIRECTS: usize = 5;
/// The timeout for connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Sends requests.
pub(super) struct Transport {
    timeout: Duration,
    insecure: Insecure,
    proxies: Proxies,
    tls: TlsConfig,
    has_roots: bool,
    /// The client for each proxy, and the client without a proxy.
    agents: Mutex<HashMap<Option<String>, Agent>>,
}

/// A request.
#[derive(Clone, Copy)]
pub(super) struct HttpRequest<'a> {
    pub(super) url: &'a Url,
    pub(super) accept: &'a str,
    /// The header `Authorization`, which only the host of `url` receives.
    pub(super) authorization: Option<&'a str>,
    /// The body of a form, which makes the request a POST.
    pub(super) form: Option<&'a str>,
    /// The largest response in bytes.
    pub(super) limit: u64,
}

/// A response that is not a redirect.
pub(super) struct HttpResponse {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// Whether it comes from the requested host, and not from another host after a redirect.
    pub(super) is_own: bool,
}

/// The reason why there is no response.
enum TransportError {
    /// The server does not speak TLS.
    NotTls(LookUpError),
    /// A temporary problem: a retry may succeed.
    Passing(LookUpError),
    /// A permanent problem.
    Final(LookUpError),
}

impl Transport {
    /// A transport that trusts the certificates of the system and those in `ca_file`.
    pub(super) fn new(timeout: Duration, insecure: Insecure, ca_file: Option<&Path>) -> anyhow::Result<Self> {
        // Certificates of the system that cannot be read are ignored: servers that need them are then not trusted.
        let mut roots: Vec<_> = rustls_native_certs::load_native_certs()
            .certs
            .iter()
            .map(|certificate| Certificate::from_der(certificate).to_owned())
            .collect();
        if let Some(path) = ca_file {
            let unreadable = || format!("could not read `{}`", path.display());
            let pem = std::fs::read(path).with_context(unreadable)?;
            let items = parse_pem(&pem).filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            });
            let own = items.collect::<Result<Vec<_>, _>>().with_context(unreadable)?;
            anyhow::ensure!(!own.is_empty(), "`{}` contains no PEM certificate", path.display());
            roots.extend(own);
        }
        let has_roots = !roots.is_empty();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(Arc::new(roots)))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let proxies = Proxies::of(|name| std::env::var(name).ok());
        Ok(Self { timeout, insecure, proxies, tls, has_roots, agents: Mutex::default() })
    }

    /// The scheme for a host: HTTPS, unless the user allows HTTP and the host does not speak TLS.
    pub(super) fn scheme(&self, authority: &str) -> Result<Scheme, LookUpError> {
        if !self.insecure.allows(authority) {
            return Ok(Scheme::Https);
        }
        let url = Url { scheme: Scheme::Https, authority: authority.to_owned(), path: "/v2/".to_owned() };
        let request =
            HttpRequest { url: &url, accept: "*/*", authorization: None, form: None, limit: 1 << 20 };
        match self.send(&request) {
            Ok(_) => Ok(Scheme::Https),
            // Some servers without TLS close the connection instead of sending an error.
            Err(TransportError::NotTls(_) | TransportError::Passing(_)) => Ok(Scheme::Http),
            Err(TransportError::Final(problem)) => Err(problem),
        }
    }

    /// Sends a request, retries it after temporary problems, and follows redirects.
    pub(super) fn ask(&self, request: &HttpRequest<'_>) -> Result<HttpResponse, LookUpError> {
        let (mut left, mut wait) = (TRIES, FIRST_WAIT);
        loop {
            let response = self.follow(request);
            let next = match &response {
                Ok(response) if is_passing(response.status) => Some(retry_after(response).unwrap_or(wait)),
                Err(TransportError::Passing(_)) => Some(wait),
                Ok(_) | Err(_) => None,
            };
            left -= 1;
            match next.filter(|next| left > 0 && *next <= MAX_WAIT) {
                Some(next) => thread::sleep(next),
                None => return response.map_err(TransportError::into_error),
            }
            wait *= 2;
        }
    }

    fn follow(&self, request: &HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
        let mut url = request.url.clone();
        let mut authorization = request.authorization;
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(&HttpRequest { url: &url, authorization, ..*request })?;
            let is_own = request.url.is_same_origin(&url);
            let location = response.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
            let Some(location) = location.filter(|_| response.status.is_redirection()) else {
                return Ok(HttpResponse { is_own, ..response });
            };
            if request.form.is_some() {
                let message = format!("`{}` redirects a request that contains credentials", url.authority);
                return Err(TransportError::Final(LookUpError::new(message)));
            }
            url = url.join(location).map_err(TransportError::Final)?;
            // Another host must not receive the credentials. They are also not sent if it redirects back.
            authorization = authorization.filter(|_| request.url.is_same_origin(&url));
        }
        let message = format!("`{}` redirects more than {MAX_REDIRECTS} times", request.url.authority);
        Err(TransportError::Final(LookUpError::new(message)))
    }

    fn send(&self, request: &HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
        let HttpRequest { url, accept, authorization, form, limit } = *request;
        self.insecure.check(url).map_err(TransportError::Final)?;
        if url.scheme == Scheme::Https && !self.has_roots {
            let problem = LookUpError::new("the system has no root certificates");
            return Err(TransportError::Final(
                problem.help("install them, or pass a file with `--ca-file` or `SSL_CERT_FILE`"),
            ));
        }
        let agent = self.agent(url)?;
        let mut request = Request::builder().uri(url.to_string()).header(header::ACCEPT, accept);
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let unsendable = |_| {
            TransportError::Final(LookUpError::new(format!(
                "`{}` cannot be sent this request",
                url.authority
            )))
        };
        let response = match form {
            None => agent.run(request.method("GET").body(()).map_err(unsendable)?),
            Some(form) => {
                let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
                agent.run(request.method("POST").body(form).map_err(unsendable)?)
            }
        };
        let (parts, body) = response.map_err(|error| self.failure(url, error))?.into_parts();
        let body = read(body, limit).map_err(|error| self.failure(url, error))?;
        if body.len() as u64 > limit {
            let message = format!("`{}` sent a response of more than {limit} bytes", url.authority);
            return Err(TransportError::Final(LookUpError::new(message)));
        }
        Ok(HttpResponse { status: parts.status, headers: parts.headers, body, is_own: true })
    }

    fn agent(&self, url: &Url) -> Result<Agent, TransportError> {
        let proxy = self.proxies.get(url).map(str::to_owned);
        let mut agents = self.agents.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(agent) = agents.get(&proxy) {
            return Ok(agent.clone());
        }
        let parsed = proxy.as_deref().map(Proxy::new).transpose().map_err(|_| {
            // The value may contain a password, so the message does not show it.
            let problem = LookUpError::new(format!("the proxy for `{}` is not a URL", url.authority));
            TransportError::Final(problem.help("look at `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY`"))
        })?;
        let agent: Agent = Agent::config_builder()
            .tls_config(self.tls.clone())
            .proxy(parsed)
            .user_agent(concat!("kueueleuleu/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            // `follow` handles redirects, because it knows which headers another host may receive.
            .max_redirects(0)
            .timeout_global(Some(self.timeout))
            .timeout_connect(Some(CONNECT_TIMEOUT.min(self.timeout)))
            .build()
            .into();
        agents.insert(proxy, agent.clone());
        Ok(agent)
    }

    fn failure(&self, url: &Url, error: ureq::Error) -> TransportError {
        let host = &url.authority;
        let seconds = self.timeout.as_secs();
        let tls = |error: &rustls::Error| match error {
            rustls::Error::InvalidMessage(_) => TransportError::NotTls(
                LookUpError::new(format!("`{host}` does not speak TLS"))
                    .help(format!("`--insecure-registry {host}` allows unencrypted connections")),
            ),
            rustls::Error::InvalidCertificate(reason) => TransportError::Final(
                LookUpError::new(format!("the certificate of `{host}` is not trusted: {reason:?}"))
                    .help("`--ca-file FILE` or `SSL_CERT_FILE` adds the certificate of a private authority"),
            ),
            error => TransportError::Final(LookUpError::new(format!("`{host}`: {error}"))),
        };
        match error {
            ureq::Error::Timeout(_) => TransportError::Final(
                LookUpError::new(format!("`{host}` did not respond within {seconds} s"))
                    .help("`--timeout SECONDS` allows more time"),
            ),
            ureq::Error::HostNotFound => {
                TransportError::Final(LookUpError::new(format!("the host `{host}` cannot be resolved")))
            }
            ureq::Error::Rustls(error) => tls(&error),
            ureq::Error::Io(error) => {
                if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
                    return tls(error);
                }
                let problem = LookUpError::new(format!("`{host}`: {}", super::cause(&error)));
                match error.kind() {
                    io::ErrorKind::ConnectionRefused => TransportError::Final(problem),
                    _ => TransportError::Passing(problem),
                }
            }
            // The response ended too early, or is not HTTP.
            ureq::Error::Protocol(error) => {
                TransportError::Passing(LookUpError::new(format!("`{host}`: {error}")))
            }
            ureq::Error::ConnectProxyFailed(said) => TransportError::Final(
                LookUpError::new(format!("the proxy could not connect to `{host}`: {said}"))
                    .help("look at `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`"),
            ),
            error => TransportError::Final(LookUpError::new(format!("`{host}`: {error}"))),
        }
    }
}

impl TransportError {
    fn into_error(self) -> LookUpError {
        match self {
            Self::NotTls(problem) | Self::Passing(problem) | Self::Final(problem) => problem,
        }
    }
}

/// Reads up to one byte more than the limit, so that the caller notices a larger body.
fn read(body: Body, limit: u64) -> Result<Vec<u8>, ureq::Error> {
    let mut bytes = Vec::new();
    body.into_reader().take(limit + 1).read_to_end(&mut bytes).map_err(ureq::Error::from)?;
    Ok(bytes)
}

fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 500 | 502 | 503 | 504)
}

/// The wait that the server requests.
fn retry_after(response: &HttpResponse) -> Option<Duration> {
    let value = response.headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}
