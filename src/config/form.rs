//! The two forms of a functionConfig: our own kind, and a `ConfigMap`.
//!
//! Knows where each form keeps a field, so that one check serves both; not what a field means.

use crate::route::Route;

/// What a functionConfig is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `SequentialContainers`.
    Own,
    /// `ConfigMap`.
    ConfigMap,
}

impl Form {
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
