//! Defines the two forms of a functionConfig: our own kind, and a `ConfigMap`.
//!
//! Knows where each form keeps a field, so that one check serves both; not what a field means.

use crate::route::Route;

/// The form of a functionConfig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConfigForm {
    /// `SequentialContainers`.
    Own,
    /// `ConfigMap`.
    ConfigMap,
}

impl ConfigForm {
    /// The route to a field of the specification.
    pub(super) fn field(self, key: &'static str) -> Route {
        match self {
            Self::Own => Route::of(&["spec", key]),
            Self::ConfigMap => Route::of(&["data", key]),
        }
    }

    /// The route to the item `index` of a list. In a `ConfigMap`, all items are in one string.
    pub(super) fn item(self, key: &'static str, index: usize) -> Route {
        match self {
            Self::Own => self.field(key).index(index),
            Self::ConfigMap => self.field(key),
        }
    }

    /// The route to the selector `index`. A `ConfigMap` has only one.
    pub(super) fn selector(self, index: usize) -> Route {
        match self {
            Self::Own => self.field("selectors").index(index),
            Self::ConfigMap => Route::of(&["data"]),
        }
    }

    /// The route to the kind of the entrypoint.
    pub(super) fn entrypoint_kind(self) -> Route {
        match self {
            Self::Own => self.field("entrypoint").key("kind"),
            Self::ConfigMap => self.field("entrypointKind"),
        }
    }
}
