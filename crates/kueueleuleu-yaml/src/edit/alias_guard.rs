//! Checks that every remaining alias reads the same value after an edit.
//!
//! ```yaml
//! a: &x {b: 1}   # inserting `c: 2` here is an error, or needs a copy at `d`:
//! d: *x          # the alias would see it
//! ```

use super::change::Unwritable;
use crate::span::Span;
use crate::syntax::{AliasSite, Anchor, NodeId, NodeKind, Tree};

/// A record of what an edit touches, removes and moves. It is checked at the end, when all of it is known.
#[derive(Debug, Default)]
pub(super) struct AliasGuard {
    /// The changed anchors by number, and the changed key of each (`None`: the whole value).
    touched: Vec<(u32, Option<String>)>,
    /// Removed or replaced text.
    gone: Vec<Span>,
    /// Moved text in the order of the moves, and the place in the old text that it moves to.
    moved: Vec<(Span, usize)>,
    /// The keys inserted into each mapping.
    inserted: Vec<(NodeId, String)>,
    /// The aliases that copies replace.
    copied: Vec<Span>,
    /// The aliases that may see a change, sorted: the start of each, and for a merge the merged key.
    sharing: Vec<(u32, Option<&'static str>)>,
}

/// The error for an edit of the value of an alias.
pub(super) fn behind_alias(tree: &Tree<'_>, alias: NodeId) -> Unwritable {
    let site = tree.aliases_in(tree.span(alias)).first();
    let name = site.map_or("", |site| tree.anchor(site.anchor).name.as_str());
    Unwritable {
        message: format!("the value of the alias `*{name}` would have to be edited"),
        span: tree.span(alias),
        help: "write it out in the place of the alias",
    }
}

impl AliasGuard {
    /// Names the aliases that copies replace in this edit.
    pub(super) fn copy(&mut self, aliases: Vec<Span>) {
        self.copied = aliases;
    }

    /// Clears the record of the last edit.
    pub(super) fn clear(&mut self) {
        self.touched.clear();
        self.gone.clear();
        self.moved.clear();
        self.inserted.clear();
        self.copied.clear();
    }

    /// Names the aliases that may see changes of their anchors: of the whole value, or of one merged key.
    pub(super) fn share(&mut self, mut aliases: Vec<(u32, Option<&'static str>)>) {
        aliases.sort_unstable();
        self.sharing = aliases;
    }

    /// Whether the alias was named for a change under this key.
    fn may_see(&self, alias: &AliasSite, key: Option<&str>) -> bool {
        let start = alias.span.start;
        let first = self.sharing.partition_point(|(other, _)| *other < start);
        let mut keys = self.sharing[first..].iter().take_while(|(other, _)| *other == start);
        keys.any(|(_, shared)| shared.is_none() || *shared == key)
    }

    /// Records a change of the entry `key` of the innermost node of `path`, or of that whole node.
    #[inline]
    pub(super) fn touch(&mut self, tree: &Tree<'_>, path: &[NodeId], key: Option<&str>) {
        if !tree.anchors().is_empty() {
            self.touch_anchored(tree, path, key);
        }
    }

    #[inline(never)]
    fn touch_anchored(&mut self, tree: &Tree<'_>, path: &[NodeId], key: Option<&str>) {
        for (at, &node) in path.iter().enumerate() {
            if let Some(anchor) = tree.anchor_of(node) {
                let key = match path.get(at + 1) {
                    Some(&inner) => key_of(tree, node, inner),
                    None => key.map(str::to_owned),
                };
                self.touched.push((anchor, key));
            }
        }
    }

    /// Records that the node is replaced.
    pub(super) fn set(&mut self, tree: &Tree<'_>, node: NodeId) {
        if let Some(anchor) = tree.anchor_of(node) {
            self.touched.push((anchor, None));
        }
        self.gone.push(tree.span(node));
    }

    /// Records that the text is removed, or moves.
    pub(super) fn remove(&mut self, span: Span) {
        self.gone.push(span);
    }

    /// Whether the text is removed, or moves.
    pub(super) fn is_gone(&self, span: Span) -> bool {
        self.gone.iter().any(|gone| gone.contains(span))
    }

    /// Records that the text of an item moves, and returns the number of the move for [`Self::arrives`]. Moves within
    /// that text must be recorded later.
    pub(super) fn moves(&mut self, tree: &Tree<'_>, span: Span) -> usize {
        if !tree.aliases().is_empty() {
            self.moved.push((span, span.start as usize));
        }
        self.moved.len().wrapping_sub(1)
    }

    /// Records where the text of the move with this number goes.
    pub(super) fn arrives(&mut self, number: usize, destination: usize) {
        if let Some((_, place)) = self.moved.get_mut(number) {
            *place = destination;
        }
    }

    /// Records that a key is inserted into the mapping.
    pub(super) fn insert(&mut self, tree: &Tree<'_>, map: NodeId, key: &str) {
        if tree.anchors().is_empty() {
            return;
        }
        self.inserted.push((map, key.to_owned()));
    }

    /// Fails with each remaining alias that would see a change, or would lose its anchor.
    pub(super) fn check(&self, tree: &Tree<'_>) -> Result<(), Vec<(AliasSite, Unwritable)>> {
        let is_left = |site: &&AliasSite| !self.is_lost(site.span) && !self.copied.contains(&site.span);
        let sites = self.concerned(tree).iter().filter(is_left);
        let torn: Vec<_> =
            sites.filter_map(|site| Some((*site, self.check_alias(tree, site).err()?))).collect();
        if torn.is_empty() { Ok(()) } else { Err(torn) }
    }

    fn check_alias(&self, tree: &Tree<'_>, site: &AliasSite) -> Result<(), Unwritable> {
        let anchor = tree.anchor(site.anchor);
        let refuse = |what: &str| Unwritable {
            message: format!("the alias `*{}` {what}", anchor.name),
            span: site.span,
            help: "write it out in the place of the alias",
        };
        if self.is_lost(anchor.span) {
            return Err(refuse("would lose its anchor"));
        }
        if !self.moved.is_empty() && !self.keeps_its_anchor(tree, site) {
            return Err(refuse("would no longer refer to its anchor after a move"));
        }
        let mut touched = self.touched.iter().filter(|(number, _)| *number == site.anchor);
        if touched.any(|(_, key)| {
            !self.may_see(site, key.as_deref()) && !self.is_hidden(tree, site.node, key.as_deref())
        }) {
            return Err(refuse("would see a change of its anchor"));
        }
        Ok(())
    }

    /// The aliases that the edit can concern. In a list of objects these are the aliases of one object, so that
    /// checking all objects takes linear time.
    fn concerned<'t>(&self, tree: &'t Tree<'_>) -> &'t [AliasSite] {
        let sites = tree.aliases();
        let before = |offset: u32| sites.partition_point(|site| site.span.start < offset);
        let (first, inside, anchors) = match self.edited() {
            Some(part) => (before(part.start), before(part.end), anchors_in(tree, part)),
            // An edit that only inserts concerns the aliases of touched anchors alone.
            None => (sites.len(), 0, &[][..]),
        };
        let touched = || self.touched.iter().map(|(number, _)| tree.anchor(*number));
        // An alias follows its anchor, so an alias before the edited text does not concern an anchor in it. A touched
        // anchor may be anywhere.
        let first = touched().map(|anchor| before(anchor.span.start)).fold(first, usize::min);
        let last = anchors.iter().chain(touched()).filter_map(|anchor| anchor.last_alias).max();
        sites.get(first..inside.max(last.map_or(0, |last| last + 1))).unwrap_or_default()
    }

    /// The span from the first to the last byte that is removed, moved, or the destination of a move, if any.
    fn edited(&self) -> Option<Span> {
        let destinations = self.moved.iter().map(|&(_, destination)| Span::at(destination));
        let moved = self.moved.iter().map(|&(span, _)| span).chain(destinations);
        let hull =
            |one: Span, other: Span| Span { start: one.start.min(other.start), end: one.end.max(other.end) };
        self.gone.iter().copied().chain(moved).reduce(hull)
    }

    /// Whether the alias still follows its anchor, without another anchor of the same name in between.
    fn keeps_its_anchor(&self, tree: &Tree<'_>, alias: &AliasSite) -> bool {
        let anchor = tree.anchor(alias.anchor);
        let is_moved = |span: Span| self.moved.iter().any(|(moved, _)| moved.contains(span));
        let place = |span: Span| self.place(span.start as usize, self.moved.len());
        // If both stay, only a moved anchor can come between them.
        let both_stay = !is_moved(alias.span) && !is_moved(anchor.span);
        // An anchor outside of the edited text is not between them, or the alias would be that anchor's already.
        let others = anchors_in(tree, self.edited().unwrap_or_default()).iter().filter(|other| {
            other.name == anchor.name
                && other.span != anchor.span
                && (!both_stay || is_moved(other.span))
                && !self.is_lost(other.span)
        });
        let (first, last) = (place(anchor.span), place(alias.span));
        first < last && others.map(|other| place(other.span)).all(|other| other < first || last < other)
    }

    /// Whether the text is removed and does not move. Removed text may lie within moved text, or around it.
    fn is_lost(&self, text: Span) -> bool {
        let moves = |gone: &Span| {
            self.moved.iter().any(|(moved, _)| moved.contains(text) && gone.start <= moved.start)
        };
        self.gone.iter().any(|gone| gone.contains(text) && !moves(gone))
    }

    /// The place of the text at `at` after the first `count` moves, as a key for comparisons. Moved text goes before
    /// the text at its destination, in the order of the moves.
    ///
    /// ```text
    /// old text  a b c d     moves  c to b, d to b
    /// keys      a=[1] b=[2] c=[1, 0, 3] d=[1, 1, 4]     order  a c d b
    /// ```
    fn place(&self, at: usize, count: usize) -> Vec<usize> {
        // A move within moved text comes later in the list, so the last match is the innermost.
        let mut moves = self.moved[..count].iter().enumerate();
        let found = moves.rfind(|(_, (span, _))| span.contains(Span::new(at, at + 1)));
        let Some((index, (_, destination))) = found else { return vec![at + 1] };
        let mut place = self.place(*destination, index);
        if let Some(last) = place.last_mut() {
            *last -= 1;
        }
        place.extend([index, at + 1]);
        place
    }

    /// Whether the alias is merged into a mapping that has its own value for the key. The key must follow the `<<`,
    /// since kubectl lets merged values override earlier keys.
    fn is_hidden(&self, tree: &Tree<'_>, alias: Option<NodeId>, key: Option<&str>) -> bool {
        let (Some(alias), Some(key)) = (alias, key) else { return false };
        let Some(map) = tree.mapping_that_merges(alias) else { return false };
        let merge = tree.span(alias).start;
        tree.pairs(map).any(|(own, _)| tree.scalar(own) == key && tree.span(own).start > merge)
            || self.inserted.iter().any(|(other, inserted)| *other == map && inserted == key)
    }
}

/// The anchors in a part of the text.
fn anchors_in<'t>(tree: &'t Tree<'_>, part: Span) -> &'t [Anchor] {
    let before = |offset: u32| tree.anchors().partition_point(|anchor| anchor.span.start < offset);
    &tree.anchors()[before(part.start)..before(part.end)]
}

/// The key of `map` whose value is `value`.
fn key_of(tree: &Tree<'_>, map: NodeId, value: NodeId) -> Option<String> {
    if !matches!(tree.kind(map), NodeKind::BlockMapping | NodeKind::FlowMapping) {
        return None;
    }
    let (key, _) = tree.pairs(map).find(|(_, own)| *own == value)?;
    Some(tree.scalar(key).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: usize = 6;

    /// The letters of the text after making the moves one by one.
    fn moved(moves: &[(Span, usize)]) -> Vec<usize> {
        moves.iter().fold((0..LENGTH).collect(), |letters: Vec<usize>, (span, destination)| {
            let (item, mut rest): (Vec<_>, Vec<_>) =
                letters.into_iter().partition(|letter| span.range().contains(letter));
            let at = rest.iter().position(|letter| letter == destination).unwrap();
            rest.splice(at..at, item);
            rest
        })
    }

    fn placed(moves: &[(Span, usize)]) -> Vec<usize> {
        let guard = AliasGuard { moved: moves.to_vec(), ..AliasGuard::default() };
        let mut letters: Vec<usize> = (0..LENGTH).collect();
        letters.sort_by_key(|&letter| guard.place(letter, moves.len()));
        letters
    }

    /// Every move, and every pair of moves whose texts are disjoint or nested.
    #[test]
    fn places_are_in_the_order_of_the_moved_text() {
        let spans = (0..LENGTH).flat_map(|start| (start + 1..=LENGTH).map(move |end| Span::new(start, end)));
        let moves: Vec<_> = spans
            .flat_map(|span| (0..LENGTH).map(move |destination| (span, destination)))
            .filter(|(span, destination)| !span.range().contains(destination))
            .collect();
        let mut count = 0;
        for &one in &moves {
            assert_eq!(placed(&[one]), moved(&[one]), "{one:?}");
            for &two in &moves {
                let beside = two.0.end <= one.0.start || one.0.end <= two.0.start;
                let inside = one.0.contains(two.0) && one.0 != two.0;
                // Text that moves as a whole receives nothing before it moves.
                let is_split = two.0.range().contains(&one.1) && two.0.range().start != one.1;
                if (beside || inside) && !is_split {
                    assert_eq!(placed(&[one, two]), moved(&[one, two]), "{one:?} {two:?}");
                    count += 1;
                }
            }
        }
        assert!(count > 1000, "{count}");
    }
}
