//! Recognizes KYAML, the dialect of flow style that `kubectl get -o kyaml` writes.
//!
//! A document is KYAML if it is a mapping in braces with an entry on each line, keys without quotes, and strings in
//! double quotes. This module only reads.
//!
//! ```yaml
//! {
//!   kind: "Pod",
//!   spec: {
//!     containers: [{
//!       name: "a",
//!     }, {
//!       name: "b",
//!     }],
//!   },
//! }
//! ```

use super::layout;
use crate::syntax::go::{Plain, plain};
use crate::syntax::{NodeKind, Tree};

/// The layout of a KYAML document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Kyaml {
    /// The indentation of entries relative to the line of their bracket.
    pub(super) step: usize,
    /// Whether the last entry of a collection has a comma.
    pub(super) trailing: bool,
}

impl Kyaml {
    /// The layout of the document; `None` if it is not KYAML.
    pub(super) fn of(tree: &Tree<'_>) -> Option<Self> {
        let root = tree.root().filter(|&root| tree.kind(root) == NodeKind::FlowMapping)?;
        let (first, _) = tree.pairs(root).next()?;
        let first = layout::is_first_on_line(tree, tree.lead(first)).then(|| tree.lead(first))?;
        let is_kyaml = |(key, value)| match tree.kind(value) {
            _ if tree.kind(key) != NodeKind::Plain => false,
            NodeKind::Quoted => tree.source(value).starts_with('"'),
            NodeKind::Plain => plain(tree.scalar(value)) != Plain::Str,
            _ => true,
        };
        let has_string = tree.pairs(root).any(|(_, value)| tree.kind(value) == NodeKind::Quoted);
        if !has_string || !tree.pairs(root).all(is_kyaml) {
            return None;
        }
        let (_, last) = tree.pairs(root).last()?;
        let rest = &tree.text()[tree.span(last).end as usize..];
        let outer = layout::indentation(tree, tree.span(root).start as usize);
        Some(Self {
            step: layout::column(tree, first).saturating_sub(outer),
            trailing: rest.trim_ascii_start().starts_with(','),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{Documents, Shape};

    #[test]
    fn kyaml_has_keys_without_quotes_and_strings_in_double_quotes() {
        let of = |text: &str| {
            let mut documents = Documents::new(text, &Shape::ALL);
            Kyaml::of(documents.next_document().unwrap().unwrap())
        };
        assert_eq!(of("{\n  a: \"x\",\n  b: 1,\n}\n"), Some(Kyaml { step: 2, trailing: true }));
        assert_eq!(of("{\n    a: \"x\"\n}\n"), Some(Kyaml { step: 4, trailing: false }));
        for other in [
            "{\n  a: 'x',\n  b: \"y\",\n}\n",
            "{\n  \"a\": \"x\"\n}\n",
            "{\n  a: \"x\",\n  b: z,\n}\n",
            "{\n  a: 1,\n  b: [\"x\"],\n}\n",
            "{a: \"x\"}\n",
            "a: \"x\"\n",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
