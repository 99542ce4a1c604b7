//! Reading through aliases and merge keys.
//!
//! A value is found where it stands, behind an alias, or in a merged mapping; who wants to write must know which.

use super::tree::{Kind, NONE, NodeId, Tree, inner};
use crate::span::Span;

/// How deep aliases and merges may lead into each other: more is a bomb or a circle.
const MAX_DEPTH: usize = 64;
/// How many merges one mapping may take part in, those of merged mappings included: more is a bomb.
const MAX_MERGES: usize = 10_000;

/// How many keys are compared with each other one by one: nearly every mapping is small, where that is faster than
/// hashing.
const MAX_COMPARED: usize = 32;

/// One of 64 bits for a key: those of different ones are seldom the same.
fn mark(key: &[u8]) -> u64 {
    let [first, .., last] = key else { return 1 };
    1 << ((usize::from(*first) * 5 + usize::from(*last) * 11 + key.len() * 3) % 64)
}

/// Which of the keys it is.
#[inline]
pub fn place(keys: &[&str], key: &[u8]) -> Option<usize> {
    keys.iter().position(|known| known.as_bytes() == key)
}

/// Why a mapping or a value cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// A key stands twice.
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it stands for the second time.
        span: Span,
    },
    /// Aliases or merges lead in a circle, or too deep.
    TooDeep {
        /// The alias or merge key.
        span: Span,
    },
    /// A `<<` merges a key that stands before it, or that an earlier `<<` merged: kubectl takes the later value,
    /// kustomize the earlier one.
    Overridden {
        /// The key.
        key: String,
        /// The later `<<`.
        span: Span,
    },
    /// `<<` merges something that is not a mapping.
    NotMergeable {
        /// What is merged.
        span: Span,
    },
}

/// A value of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The value, aliases followed.
    pub node: NodeId,
    /// Where it stands in the mapping that was asked: the alias, the merged value, or `node` itself.
    pub site: NodeId,
    /// Whether it comes from a merged mapping.
    pub merged: bool,
}

impl Tree<'_> {
    /// The node behind an alias; any other node itself.
    pub fn follow(&self, mut id: NodeId) -> Result<NodeId, Unreadable> {
        for _ in 0..MAX_DEPTH {
            if self.kind(id) != Kind::Alias {
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

    /// Shows the entries of a mapping, the key, which of `keys` it is (64 at most), and the value, one after the other.
    /// False, after some or all of them, where there is more to it, and [`Self::fields`] is to be asked: merges, aliases,
    /// or a key that stands twice.
    pub fn each_field(
        &self,
        map: NodeId,
        keys: &[&str],
        mut see: impl FnMut(NodeId, Option<usize>, NodeId),
    ) -> bool {
        let mut seen = 0;
        for (at, (key, value)) in self.pairs(map).enumerate() {
            let is_alias = self.kind(value) == Kind::Alias;
            let (name, is_tagged) = (self.bytes(key), self.is_tagged(key));
            let place = place(keys, name);
            // Those of `keys` have a bit each.
            let mark = place.map_or_else(|| mark(name), |place| 1 << place);
            if (seen & mark != 0 && self.stands_before(map, at, name))
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

    /// Whether one of the first entries has that key; those of a long mapping are not looked at.
    fn stands_before(&self, map: NodeId, count: usize, key: &[u8]) -> bool {
        count > MAX_COMPARED || self.pairs(map).take(count).any(|(other, _)| self.bytes(other) == key)
    }

    /// What [`Self::scalar`] gives, where nobody asks for text.
    #[inline]
    pub fn bytes(&self, id: NodeId) -> &[u8] {
        let node = self.node(id);
        match node.decoded {
            NONE => &self.text.as_bytes()[inner(node.kind, node.span).range()],
            at => self.decoded[at as usize].as_bytes(),
        }
    }

    /// All entries of a mapping with plain keys, in order, merged ones last. Fails on a key that stands twice.
    pub fn fields(&self, map: NodeId) -> Result<Vec<(NodeId, Found)>, Unreadable> {
        let mut fields = Vec::with_capacity(8);
        self.collect(map, 0, &mut MAX_MERGES.clone(), &mut fields)?;
        Ok(fields)
    }

    /// The key in a merged mapping that would take the place of `key` if the mapping did not say it itself.
    pub fn merged_key(&self, map: NodeId, key: &str) -> Option<NodeId> {
        let mut bases = self.pairs(map).filter(|(name, _)| self.is_merge_key(*name)).map(|(_, base)| base);
        bases.find_map(|base| {
            let mut fields = Vec::new();
            // What cannot be merged was said when it was read.
            self.merge(base, 0, &mut MAX_MERGES.clone(), &mut fields).ok()?;
            fields.iter().map(|(name, _)| *name).find(|name| self.scalar(*name) == key)
        })
    }

    fn collect(
        &self,
        map: NodeId,
        depth: usize,
        budget: &mut usize,
        fields: &mut Vec<(NodeId, Found)>,
    ) -> Result<(), Unreadable> {
        let merged = depth > 0;
        if depth > MAX_DEPTH || *budget == 0 {
            return Err(Unreadable::TooDeep { span: self.span(map) });
        }
        let own = fields.len();
        // Each with the number of keys before it.
        let mut values = Vec::new();
        for (key, value) in self.pairs(map) {
            if self.is_merge_key(key) {
                values.push((key, value, fields.len()));
            } else {
                let node = self.follow(value)?;
                fields.push((key, Found { node, site: value, merged }));
            }
        }
        self.refuse_duplicates(&fields[own..])?;
        self.refuse_overridden(&fields[own..], own, &values, depth, *budget)?;
        if merged {
            // What the merging mapping says itself, or an earlier merge, wins.
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

    /// Fails where a merge gives a key that came before it another value. `keys` are those of the mapping, the first of
    /// which is number `own`.
    fn refuse_overridden(
        &self,
        keys: &[(NodeId, Found)],
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
            let (before, behind) = keys.split_at(count - own);
            let has =
                |keys: &[(NodeId, Found)], name: &str| keys.iter().any(|(own, _)| self.scalar(*own) == name);
            for (name, _) in &added {
                let name = self.scalar(*name);
                let is_earlier = || earlier.iter().any(|key| self.scalar(*key) == name) && !has(behind, name);
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
        fields: &mut Vec<(NodeId, Found)>,
    ) -> Result<(), Unreadable> {
        *budget = budget.saturating_sub(1);
        let target = self.follow(value)?;
        match self.kind(target) {
            Kind::BlockMapping | Kind::FlowMapping => self.collect(target, depth + 1, budget, fields),
            Kind::BlockSequence | Kind::FlowSequence => {
                self.children(target).try_for_each(|item| self.merge(item, depth + 1, budget, fields))
            }
            _ => Err(Unreadable::NotMergeable { span: self.span(value) }),
        }
    }

    fn refuse_duplicates(&self, fields: &[(NodeId, Found)]) -> Result<(), Unreadable> {
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
