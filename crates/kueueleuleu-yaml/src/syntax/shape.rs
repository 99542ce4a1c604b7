//! Selects the values of a document that become nodes.

/// The values that become nodes. The shape of a sequence is the shape of its items.
#[derive(Debug)]
pub struct Shape {
    fields: &'static [(&'static str, &'static Shape)],
    all: bool,
    pub(super) only: Option<Only>,
    /// For a sequence: its items are read on demand.
    pub(super) item_by_item: bool,
}

/// Selects mappings by a string under a key. Mappings without a string there are selected, too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Only {
    pub(super) key: &'static str,
    pub(super) test: fn(&str) -> bool,
}

impl Shape {
    /// All values become nodes.
    pub const ALL: Self = Self { fields: &[], all: true, only: None, item_by_item: false };
    /// The whole value becomes one node.
    pub const OPAQUE: Self = Self { fields: &[], all: false, only: None, item_by_item: false };

    /// The values of these keys become nodes; other values are opaque.
    pub const fn of(fields: &'static [(&'static str, &'static Shape)]) -> Self {
        Self { fields, all: false, only: None, item_by_item: false }
    }

    /// The same shape, but a mapping is opaque if the first string under `key` fails the test. In a document with
    /// anchors, such a mapping may keep its nodes.
    #[must_use]
    pub const fn only(self, key: &'static str, test: fn(&str) -> bool) -> Self {
        Self { only: Some(Only { key, test }), ..self }
    }

    /// The same shape for a long block sequence that is a value of the root. Its items that are block mappings have no
    /// entries until [`Items`](super::Items) reads them.
    #[must_use]
    pub const fn item_by_item(self) -> Self {
        Self { item_by_item: true, ..self }
    }

    /// The shape of the value of `key`.
    #[inline(never)]
    pub(super) fn field(&'static self, key: &[u8]) -> &'static Self {
        // A merged mapping may have any of the keys.
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
