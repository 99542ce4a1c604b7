//! Which values of a document become nodes.

/// Which values become nodes. A sequence has the shape of its items.
#[derive(Debug)]
pub struct Shape {
    fields: &'static [(&'static str, &'static Shape)],
    all: bool,
    pub(super) only: Option<Only>,
    /// Of a sequence: its items are read when they are asked for.
    pub(super) item_by_item: bool,
}

/// Which mappings are of interest: those whose string under the key passes the test, and those that have none there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Only {
    pub(super) key: &'static str,
    pub(super) test: fn(&str) -> bool,
}

impl Shape {
    /// Everything becomes a node.
    pub const ALL: Self = Self { fields: &[], all: true, only: None, item_by_item: false };
    /// One node for the whole value.
    pub const OPAQUE: Self = Self { fields: &[], all: false, only: None, item_by_item: false };

    /// The values of these keys become nodes; others are opaque.
    pub const fn of(fields: &'static [(&'static str, &'static Shape)]) -> Self {
        Self { fields, all: false, only: None, item_by_item: false }
    }

    /// The same, but a mapping is opaque if the first string under `key` fails the test. One in a document with
    /// anchors may keep its nodes.
    #[must_use]
    pub const fn only(self, key: &'static str, test: fn(&str) -> bool) -> Self {
        Self { only: Some(Only { key, test }), ..self }
    }

    /// The same for a long block sequence that is a value of the root: its block mappings have no entries before they are
    /// asked for by [`Items`](super::Items).
    #[must_use]
    pub const fn item_by_item(self) -> Self {
        Self { item_by_item: true, ..self }
    }

    /// The shape of the value of `key`.
    #[inline(never)]
    pub(super) fn field(&'static self, key: &[u8]) -> &'static Self {
        // What is merged may have any of the keys.
        if self.all || key == b"<<" {
            return &Self::ALL;
        }
        let field = self.fields.iter().find(|(name, _)| name.as_bytes() == key);
        field.map_or(&Self::OPAQUE, |(_, shape)| shape)
    }

    pub(super) fn is_opaque(&self) -> bool {
        !self.all && self.fields.is_empty()
    }
}
