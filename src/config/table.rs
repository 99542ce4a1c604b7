//! The rows of the table of fields in [`super::fields`].
//!
//! Knows what a field is made of; not which fields there are.

/// A mapping whose fields are known.
#[derive(Debug)]
pub(super) struct Object {
    /// What the mapping is called in the JSON schema.
    pub name: &'static str,
    /// What it is, in one or more sentences.
    pub doc: &'static str,
    /// Its fields, in the order in which they are listed.
    pub fields: &'static [Field],
}

impl Object {
    /// The field with this name.
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The names of all fields.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.fields.iter().map(|field| field.name).collect()
    }
}

/// A field of a mapping.
#[derive(Debug)]
pub(super) struct Field {
    pub name: &'static str,
    pub of: Type,
    pub is_required: bool,
    /// What holds where the field is absent.
    pub default: Option<&'static str>,
    /// What a string must look like, for the JSON schema: a semantic check says it in words.
    pub pattern: Option<&'static str>,
    /// A value to be shown, as YAML in flow style.
    pub example: &'static str,
    /// What it means, in one or more sentences.
    pub doc: &'static str,
}

impl Field {
    /// A field that may be absent.
    pub(super) const fn new(name: &'static str, of: Type, example: &'static str, doc: &'static str) -> Self {
        Self { name, of, is_required: false, default: None, pattern: None, example, doc }
    }

    /// The same field, which must be there.
    pub(super) const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// The same field, with what its string must look like.
    pub(super) const fn pattern(self, pattern: &'static str) -> Self {
        Self { pattern: Some(pattern), ..self }
    }

    /// The same field, with what holds where it is absent.
    pub(super) const fn default(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }
}

/// What a value must be.
#[derive(Debug)]
pub(super) enum Type {
    /// A string. Whether it may be empty is a semantic check.
    String,
    /// This string, for the JSON schema. The form of the configuration goes by it, so it was checked before.
    #[cfg_attr(not(test), expect(dead_code, reason = "the schema is made in tests"))]
    Constant(&'static str),
    /// `true` or `false`.
    Boolean,
    /// A whole number, not negative, of 32 bits.
    Count,
    /// One of a few strings.
    OneOf(&'static Choice),
    /// A list of such values.
    List(&'static Type),
    /// A mapping with known fields.
    Object(&'static Object),
    /// A mapping from strings to strings.
    Strings,
    /// A mapping from names of resources to quantities.
    Quantities,
    /// Any mapping, written into pods as it is read.
    Free,
}

/// A few strings, one of which a value must be.
#[derive(Debug)]
pub(super) struct Choice {
    /// What the choice is called in the JSON schema.
    #[cfg_attr(not(test), expect(dead_code, reason = "the schema is made in tests"))]
    pub name: &'static str,
    /// What is chosen.
    pub doc: &'static str,
    /// The strings, each with its meaning.
    pub values: &'static [(&'static str, &'static str)],
}

impl Choice {
    /// The strings.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.values.iter().map(|(name, _)| *name).collect()
    }
}
