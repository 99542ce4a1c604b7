//! Resolves aliases and merge keys.
//!
//! A value may be written in the mapping itself, or come from an alias or a merged mapping. [`FieldValue`] says which,
//! because edits need to know.
//!
//! ```text
//! base: &base {x: 1, y: 1}
//! a: {<<: *base, y: 2}      fields of `a`: y = 2, then x = 1 (merged)
//! ```

use super::tree::{NONE, NodeId, NodeKind, Tree, inner};
use crate::span::Span;

/// The largest nesting depth of aliases and merges. A deeper one is an attack or a cycle.
const MAX_DEPTH: usize = 64;
/// The largest number of merges for one mapping, including those of merged mappings. More are an attack.
const MAX_MERGES: usize = 10_000;

/// The largest number of keys that are compared pairwise. Nearly every mapping is small, and comparing is then faster
/// than hashing.
const MAX_COMPARED: usize = 32;

/// A hash of a key: one of 64 bits.
fn mark(key: &[u8]) -> u64 {
    let [first, .., last] = key else { return 1 };
    1 << ((usize::from(*first) * 5 + usize::from(*last) * 11 + key.len() * 3) % 64)
}

/// The index of `key` in `keys`.
#[inline]
pub fn place(keys: &[&str], key: &[u8]) -> Option<usize> {
    keys.iter().position(|known| known.as_bytes() == key)
}

/// The reason why a mapping or a value cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// A key occurs twice.
    DuplicateKey {
        /// The key.
        key: String,
        /// Its second occurrence.
        span: Span,
    },
    /// Aliases or merges form a cycle, or are nested too deeply.
    TooDeep {
        /// The alias or merge key.
        span: Span,
    },
    /// A `<<` merges a key that occurs before it, or that an earlier `<<` merged: kubectl uses the later value,
    /// kustomize the earlier one.
    Overridden {
        /// The key.
        key: String,
        /// The later `<<`.
        span: Span,
    },
    /// `<<` merges something that is not a mapping.
    NotMergeable {
        /// The merged value.
        span: Span,
    },
}

/// A value of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldValue {
    /// The value, with aliases resolved.
    pub node: NodeId,
    /// The value as it is written: the alias, the merged value, or `node` itself.
    pub site: NodeId,
    /// Whether it comes from a merged mapping.
    pub merged: bool,
}

impl Tree<'_> {
    /// The node to which an alias refers; any other node itself.
    pub fn follow(&self, mut id: NodeId) -> Result<NodeId, Unreadable> {
        for _ in 0..MAX_DEPTH {
            if self.kind(id) != NodeKind::Alias {
                return Ok(id);
            }
            let target = self.anchor(self.node(id).anchor).node;
            if self.span(target).contains(self.span(id)) {
                break;
            }
            id = target;
        }
        Err(Unreadable::TooDeep { span: self.span(id) })
    }

    /// Calls `see` for each entry of a mapping with the key, its index in `keys` (of at most 64 keys), and the value.
    ///
    /// Returns false, after some or all entries, if the mapping has merge keys, aliases or duplicate keys. The caller
    /// must then use [`Self::fields`].
    pub fn each_field(
        &self,
        map: NodeId,
        keys: &[&str],
        mut see: impl FnMut(NodeId, Option<usize>, NodeId),
    ) -> bool {
        let mut seen = 0;
        for (at, (key, value)) in self.pairs(map).enumerate() {
            let is_alias = self.kind(value) == NodeKind::Alias;
            let (name, is_tagged) = (self.bytes(key), self.is_tagged(key));
            let place = place(keys, name);
            // Each key of `keys` has its own bit.
            let mark = place.map_or_else(|| mark(name), |place| 1 << place);
            if (seen & mark != 0 && self.occurs_before(map, at, name))
                || is_alias
                || ((name == b"<<" || is_tagged) && self.is_merge_key(key))
            {
                return false;
            }
            seen |= mark;
            see(key, place, value);
        }
        true
    }

    /// Whether one of the first `count` entries has this key. In a long mapping, this is assumed without a check.
    fn occurs_before(&self, map: NodeId, count: usize, key: &[u8]) -> bool {
        count > MAX_COMPARED || self.pairs(map).take(count).any(|(other, _)| self.bytes(other) == key)
    }

    /// The bytes of [`Self::scalar`].
    #[inline]
    pub fn bytes(&self, id: NodeId) -> &[u8] {
        let node = self.node(id);
        match node.decoded {
            NONE => &self.text.as_bytes()[inner(node.kind, node.span).range()],
            at => self.decoded[at as usize].as_bytes(),
        }
    }

    /// All entries of a mapping, in order, with merged entries last. Fails if a key occurs twice.
    pub fn fields(&self, map: NodeId) -> Result<Vec<(NodeId, FieldValue)>, Unreadable> {
        let mut fields = Vec::with_capacity(8);
        self.collect(map, 0, &mut MAX_MERGES.clone(), &mut fields)?;
        Ok(fields)
    }

    /// The key in a merged mapping that would supply `key` if the mapping did not have this key itself.
    pub fn merged_key(&self, map: NodeId, key: &str) -> Option<NodeId> {
        let mut bases = self.pairs(map).filter(|(name, _)| self.is_merge_key(*name)).map(|(_, base)| base);
        bases.find_map(|base| {
            let mut fields = Vec::new();
            // Values that cannot be merged were reported when the mapping was read.
            self.merge(base, 0, &mut MAX_MERGES.clone(), &mut fields).ok()?;
            fields.iter().map(|(name, _)| *name).find(|name| self.scalar(*name) == key)
        })
    }

    fn collect(
        &self,
        map: NodeId,
        depth: usize,
        budget: &mut usize,
        fields: &mut Vec<(NodeId, FieldValue)>,
    ) -> Result<(), Unreadable> {
        let merged = depth > 0;
        if depth > MAX_DEPTH || *budget == 0 {
            return Err(Unreadable::TooDeep { span: self.span(map) });
        }
        let own = fields.len();
        // The merge keys, each with the number of keys before it.
        let mut values = Vec::new();
        for (key, value) in self.pairs(map) {
            if self.is_merge_key(key) {
                values.push((key, value, fields.len()));
            } else {
                let node = self.follow(value)?;
                fields.push((key, FieldValue { node, site: value, merged }));
            }
        }
        self.reject_duplicates(&fields[own..])?;
        self.reject_overridden(&fields[own..], own, &values, depth, *budget)?;
        if merged {
            // Keys of the merging mapping itself, and of earlier merges, take precedence.
            let (earlier, added) = fields.split_at(own);
            let fresh: Vec<_> = added
                .iter()
                .filter(|(key, _)| !earlier.iter().any(|(other, _)| self.scalar(*other) == self.scalar(*key)))
                .copied()
                .collect();
            fields.truncate(own);
            fields.extend(fresh);
        }
        for (_, value, _) in values {
            self.merge(value, depth, budget, fields)?;
        }
        Ok(())
    }

    /// Fails if a merge changes the value of an earlier key. `keys` are the keys of the mapping; the first one has the
    /// number `own`.
    ///
    /// ```text
    /// {a: 1, <<: *base}      fails if `base` has the key `a`: kubectl uses its value, kustomize uses 1
    /// {<<: *base, a: 1}      1 in all tools
    /// ```
    fn reject_overridden(
        &self,
        keys: &[(NodeId, FieldValue)],
        own: usize,
        merges: &[(NodeId, NodeId, usize)],
        depth: usize,
        budget: usize,
    ) -> Result<(), Unreadable> {
        let is_first = |(at, (_, _, count)): (usize, &(NodeId, NodeId, usize))| at == 0 && *count == own;
        if merges.iter().enumerate().all(is_first) {
            return Ok(());
        }
        let mut earlier: Vec<NodeId> = Vec::new();
        for (key, value, count) in merges {
            let mut added = Vec::new();
            self.merge(*value, depth, &mut budget.clone(), &mut added)?;
            let (before, after) = keys.split_at(count - own);
            let has = |keys: &[(NodeId, FieldValue)], name: &str| {
                keys.iter().any(|(own, _)| self.scalar(*own) == name)
            };
            for (name, _) in &added {
                let name = self.scalar(*name);
                let is_earlier = || earlier.iter().any(|key| self.scalar(*key) == name) && !has(after, name);
                if has(before, name) || is_earlier() {
                    return Err(Unreadable::Overridden { key: name.to_owned(), span: self.span(*key) });
                }
            }
            earlier.extend(added.iter().map(|(name, _)| *name));
        }
        Ok(())
    }

    fn merge(
        &self,
        value: NodeId,
        depth: usize,
        budget: &mut usize,
        fields: &mut Vec<(NodeId, FieldValue)>,
    ) -> Result<(), Unreadable> {
        *budget = budget.saturating_sub(1);
        let target = self.follow(value)?;
        match self.kind(target) {
            NodeKind::BlockMapping | NodeKind::FlowMapping => self.collect(target, depth + 1, budget, fields),
            NodeKind::BlockSequence | NodeKind::FlowSequence => {
                self.children(target).try_for_each(|item| self.merge(item, depth + 1, budget, fields))
            }
            _ => Err(Unreadable::NotMergeable { span: self.span(value) }),
        }
    }

    fn reject_duplicates(&self, fields: &[(NodeId, FieldValue)]) -> Result<(), Unreadable> {
        let duplicate =
            |key: NodeId| Unreadable::DuplicateKey { key: self.scalar(key).to_owned(), span: self.span(key) };
        if fields.len() <= MAX_COMPARED {
            for (at, (key, _)) in fields.iter().enumerate() {
                if fields[..at].iter().any(|(other, _)| self.scalar(*other) == self.scalar(*key)) {
                    return Err(duplicate(*key));
                }
            }
            return Ok(());
        }
        let mut seen = std::collections::HashSet::with_capacity(fields.len());
        fields.iter().try_for_each(
            |(key, _)| if seen.insert(self.scalar(*key)) { Ok(()) } else { Err(duplicate(*key)) },
        )
    }
}
