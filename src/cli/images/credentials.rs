//! Finds credentials in files, and runs credential helpers.
//!
//! This module knows the paths that Docker, podman and skopeo use; the library parses the files. It never prints their
//! contents.

use super::program;
use kueueleuleu::images::LookUpError;
use kueueleuleu::images::credentials::{self, AuthFile, CredentialSource, Login};
use kueueleuleu::images::reference::Reference;
use std::collections::HashMap;
use std::env;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

/// The login for a registry, if there is one.
pub(super) type LoginResult = Result<Option<Login>, LookUpError>;

/// The sources of credentials.
#[derive(Debug)]
pub(super) struct Credentials {
    files: Vec<PathBuf>,
    timeout: Duration,
    /// The answers of helpers, since each is asked only once for a registry.
    answers: Mutex<HashMap<(String, String), LoginResult>>,
}

impl Credentials {
    /// The credentials of this user.
    pub(super) fn of_user(timeout: Duration) -> Self {
        Self { files: files(), timeout, answers: Mutex::default() }
    }

    /// The credentials for an image, from the first file that has any.
    pub(super) fn find(&self, reference: &Reference) -> LoginResult {
        for path in &self.files {
            let in_file = |problem: LookUpError| {
                let message = format!("`{}`: {}", path.display(), problem.message);
                LookUpError { message, ..problem }
            };
            let bytes = match fs::read(path) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(in_file(LookUpError::new(super::cause(&error)))),
            };
            let login =
                match AuthFile::parse(&bytes).and_then(|file| file.find(reference)).map_err(in_file)? {
                    None => None,
                    Some(CredentialSource::Login(login)) => Some(login),
                    Some(CredentialSource::Helper { name, key }) => self.ask(&name, &key)?,
                };
            if login.is_some() {
                return Ok(login);
            }
        }
        Ok(None)
    }

    fn ask(&self, name: &str, key: &str) -> LoginResult {
        // The lock is held while a helper runs, so that it does not prompt the user twice.
        let mut answers = self.answers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let question = (name.to_owned(), key.to_owned());
        answers.entry(question).or_insert_with(|| ask(name, key, self.timeout)).clone()
    }
}

fn ask(name: &str, key: &str, timeout: Duration) -> LoginResult {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !name.bytes().all(is_word) {
        return Err(LookUpError::new(format!("`{name}` is not the name of a credential helper")));
    }
    let program = format!("docker-credential-{name}");
    let output = program::run(&program, &["get"], key, timeout)?;
    if output.is_success {
        return credentials::answer(&output.stdout).map_err(|problem| LookUpError {
            message: format!("`{program}` {}", problem.message),
            ..problem
        });
    }
    // All helpers print these words to stdout if they have no credentials.
    if String::from_utf8_lossy(&output.stdout).contains("credentials not found") {
        return Ok(None);
    }
    Err(LookUpError::new(format!("`{program}` failed"))
        .help(format!("`echo {key} | {program} get` shows why")))
}

/// The credential files, in search order. `REGISTRY_AUTH_FILE` replaces all others, `DOCKER_CONFIG` comes first.
fn files() -> Vec<PathBuf> {
    let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(file) = variable("REGISTRY_AUTH_FILE") {
        return vec![file];
    }
    let home = variable("HOME");
    let below = |directory: Option<PathBuf>, name: &str| directory.map(|directory| directory.join(name));
    let config = variable("XDG_CONFIG_HOME").or_else(|| below(home.clone(), ".config"));
    [
        below(variable("DOCKER_CONFIG"), "config.json"),
        below(variable("XDG_RUNTIME_DIR"), "containers/auth.json"),
        below(config, "containers/auth.json"),
        below(home, ".docker/config.json").filter(|_| variable("DOCKER_CONFIG").is_none()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
