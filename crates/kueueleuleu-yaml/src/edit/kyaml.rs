//! KYAML, Kubernetes' dialect of flow style, which `kubectl get -o kyaml` writes.
//!
//! Recognised by the form of a document: a mapping in braces, an entry a line, keys without quotes, strings in double
//! quotes. Looks only, and writes nothing.
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
use crate::syntax::{Kind, Tree};

/// How a document in KYAML is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Kyaml {
    /// How many columns further in the entries of a collection are.
    pub(super) step: usize,
    /// Whether a comma follows the last entry of a collection.
    pub(super) trailing: bool,
}

impl Kyaml {
    /// `None` where the document is anything else.
    pub(super) fn of(tree: &Tree<'_>) -> Option<Self> {
        let root = tree.root().filter(|&root| tree.kind(root) == Kind::FlowMapping)?;
        let (first, _) = tree.pairs(root).next()?;
        let first = layout::is_first_on_line(tree, tree.lead(first)).then(|| tree.lead(first))?;
        let is_kyaml = |(key, value)| match tree.kind(value) {
            _ if tree.kind(key) != Kind::Plain => false,
            Kind::Quoted => tree.source(value).starts_with('"'),
            Kind::Plain => plain(tree.scalar(value)) != Plain::Str,
            _ => true,
        };
        let has_string = tree.pairs(root).any(|(_, value)| tree.kind(value) == Kind::Quoted);
        if !has_string || !tree.pairs(root).all(is_kyaml) {
            return None;
        }
        let (_, last) = tree.pairs(root).last()?;
        let behind = &tree.text()[tree.span(last).end as usize..];
        let outer = layout::indentation(tree, tree.span(root).start as usize);
        Some(Self {
            step: layout::column(tree, first).saturating_sub(outer),
            trailing: behind.trim_ascii_start().starts_with(','),
        })
    }
}
