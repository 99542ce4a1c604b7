//! Defines the rows of the table of fields in [`super::fields`].
//!
//! Knows the parts of a row; not which fields exist.

/// A mapping whose fields are known.
#[derive(Debug)]
pub(super) struct MappingType {
    /// The name of the mapping in the JSON schema.
    pub name: &'static str,
    /// Its description, in one or more sentences.
    pub doc: &'static str,
    /// Its fields, in the order in which they are listed.
    pub fields: &'static [ConfigField],
}

impl MappingType {
    /// The field with this name.
    pub(super) fn field(&self, name: &str) -> Option<&'static ConfigField> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The names of all fields.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.fields.iter().map(|field| field.name).collect()
    }
}

/// A field of a mapping.
#[derive(Debug)]
pub(super) struct ConfigField {
    pub name: &'static str,
    pub of: FieldType,
    pub is_required: bool,
    /// The default of an absent field, in words.
    pub default: Option<&'static str>,
    /// The pattern of a string, for the JSON schema. A semantic check enforces it with a better message.
    pub pattern: Option<&'static str>,
    /// An example, as YAML in flow style.
    pub example: &'static str,
    /// Its meaning, in one or more sentences.
    pub doc: &'static str,
}

impl ConfigField {
    /// A field that may be absent.
    pub(super) const fn new(
        name: &'static str,
        of: FieldType,
        example: &'static str,
        doc: &'static str,
    ) -> Self {
        Self { name, of, is_required: false, default: None, pattern: None, example, doc }
    }

    /// The same field, but required.
    pub(super) const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// The same field with a pattern for its string.
    pub(super) const fn pattern(self, pattern: &'static str) -> Self {
        Self { pattern: Some(pattern), ..self }
    }

    /// The same field with its default.
    pub(super) const fn default(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }
}

/// The type of a value.
#[derive(Debug)]
pub(super) enum FieldType {
    /// A string. A semantic check decides whether it may be empty.
    String,
    /// This string, for the JSON schema. It determines the form of the configuration, so it is checked before.
    #[cfg_attr(not(test), expect(dead_code, reason = "the schema is made in tests"))]
    Constant(&'static str),
    /// `true` or `false`.
    Boolean,
    /// A whole number, not negative, of 32 bits.
    Count,
    /// One of a few strings.
    OneOf(&'static Choice),
    /// A list of such values.
    List(&'static FieldType),
    /// A mapping with known fields.
    Mapping(&'static MappingType),
    /// A mapping from strings to strings.
    Strings,
    /// A mapping from names of resources to quantities.
    Quantities,
    /// Any mapping. It is copied into pods.
    Free,
}

/// The strings that are accepted for a value.
#[derive(Debug)]
pub(super) struct Choice {
    /// The name of the choice in the JSON schema.
    #[cfg_attr(not(test), expect(dead_code, reason = "the schema is made in tests"))]
    pub name: &'static str,
    /// Its description.
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
