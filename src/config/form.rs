//! The two forms of a functionConfig: our own kind, and a `ConfigMap`.
//!
//! Knows which form a value has and where each form keeps a field, so that one check serves both; not what a field
//! means.

use super::{API_VERSION, ConfigError, KIND, read};
use crate::route::Route;
use serde_yaml::Value;

/// What a functionConfig is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `SequentialContainers`.
    Own,
    /// `ConfigMap`.
    ConfigMap,
}

impl Form {
    /// Goes by `apiVersion` and `kind`, which must be there.
    pub(super) fn of(value: &Value) -> Result<Self, ConfigError> {
        if !value.is_mapping() {
            return Err(ConfigError::new(Route::root(), "expected a mapping").help(accepted()));
        }
        match (string(value, "apiVersion")?, string(value, "kind")?) {
            (API_VERSION, KIND) => Ok(Self::Own),
            ("v1", "ConfigMap") => Ok(Self::ConfigMap),
            (version, KIND) => Err(unknown("apiVersion", version, &[API_VERSION], &accepted())),
            (version, "ConfigMap") => Err(unknown("apiVersion", version, &["v1"], &accepted())),
            ("v1", kind) if value.get("data").is_some() => {
                let kpt =
                    "kpt takes the first word after `--` that has no `=` for the kind: write `key=value`";
                Err(unknown("kind", kind, &[KIND, "ConfigMap"], &format!("{}; {kpt}", accepted())))
            }
            (_, kind) => Err(unknown("kind", kind, &[KIND, "ConfigMap"], &accepted())),
        }
    }

    /// Where a field of the specification stands.
    pub(super) fn field(self, key: &'static str) -> Route {
        match self {
            Self::Own => Route::of(&["spec", key]),
            Self::ConfigMap => Route::of(&["data", key]),
        }
    }

    /// Where the item `index` of a list stands: in a `ConfigMap` all are in one string.
    pub(super) fn item(self, key: &'static str, index: usize) -> Route {
        match self {
            Self::Own => self.field(key).index(index),
            Self::ConfigMap => self.field(key),
        }
    }

    /// Where the selector `index` stands: in a `ConfigMap` there is only one.
    pub(super) fn selector(self, index: usize) -> Route {
        match self {
            Self::Own => self.field("selectors").index(index),
            Self::ConfigMap => Route::of(&["data"]),
        }
    }

    /// Where the kind of the entrypoint stands.
    pub(super) fn entrypoint_kind(self) -> Route {
        match self {
            Self::Own => self.field("entrypoint").key("kind"),
            Self::ConfigMap => self.field("entrypointKind"),
        }
    }
}

fn accepted() -> String {
    format!("accepted: `{KIND}` of `{API_VERSION}`, `ConfigMap` of `v1`")
}

fn string<'a>(value: &'a Value, key: &'static str) -> Result<&'a str, ConfigError> {
    match value.get(key) {
        None | Some(Value::Null) => {
            Err(ConfigError::new(Route::root(), format!("`{key}` is missing")).help(accepted()))
        }
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(ConfigError::new(Route::of(&[key]), "expected a string").help(accepted())),
    }
}

fn unknown(key: &'static str, found: &str, candidates: &[&str], accepted: &str) -> ConfigError {
    let help = match read::nearest(found, candidates) {
        Some(near) => format!("did you mean `{near}`? {accepted}"),
        None => accepted.to_owned(),
    };
    ConfigError::new(Route::of(&[key]), format!("unknown {key} `{found}`")).help(help)
}
