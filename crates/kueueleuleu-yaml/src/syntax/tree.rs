//! Stores a document as a tree of nodes with byte spans.

use crate::span::Span;
use std::borrow::Cow;
use std::cell::{Cell, OnceCell};

/// A node of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

/// The kind of a node, and its style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A missing value. Its span is empty.
    Empty,
    /// A scalar without quotes.
    Plain,
    /// A scalar in single or double quotes.
    Quoted,
    /// A `|` or `>` scalar.
    BlockScalar,
    /// A sequence in block style, with a dash for every item.
    BlockSequence,
    /// A mapping in block style.
    BlockMapping,
    /// `[…]`
    FlowSequence,
    /// `{…}`
    FlowMapping,
    /// `a: b` as an item of a flow sequence, without braces.
    FlowPair,
    /// `*name`
    Alias,
    /// A block collection whose content has no nodes.
    OpaqueBlock,
    /// A flow collection whose content has no nodes.
    OpaqueFlow,
}

impl NodeKind {
    /// Whether it is a collection in flow style.
    pub fn is_flow(self) -> bool {
        matches!(self, Self::FlowSequence | Self::FlowMapping | Self::FlowPair | Self::OpaqueFlow)
    }

    /// Whether it is a collection whose content has no nodes.
    pub fn is_opaque(self) -> bool {
        matches!(self, Self::OpaqueBlock | Self::OpaqueFlow)
    }

    /// Whether it is a collection in block style.
    pub fn is_block(self) -> bool {
        matches!(self, Self::BlockSequence | Self::BlockMapping | Self::OpaqueBlock)
    }
}

pub(super) const NONE: u32 = u32::MAX;

/// The largest number of nodes for which memory is reserved initially.
const ROOM: usize = 256;

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    /// The value without anchor and tag, but with quotes, brackets, or the header of a block scalar.
    ///
    /// A block collection extends from its first dash or key to the end of its last child. A block scalar ends before
    /// its last line break: that of the content, or with `+`, that of the blank lines after it.
    pub(super) span: Span,
    /// The start of the node in its parent: its dash in a block sequence, or its anchor or tag if it has one.
    pub(super) lead: u32,
    /// The start of its properties (anchor, tag), or `span.start`.
    pub(super) props: u32,
    /// The number of its anchor in the document, or 0. For an alias: the number of the anchor to which it refers.
    pub(super) anchor: u32,
    pub(super) tag: Tag,
    /// The next sibling, or `NONE`.
    pub(super) next: u32,
    /// The first child, or `NONE`.
    pub(super) first: u32,
    /// The index of the value of a scalar in the tree's `decoded`, or `NONE` if the value is the same as the source.
    pub(super) decoded: u32,
}

impl Node {
    /// A node without anchor, tag, children and next sibling.
    #[inline]
    pub(super) fn new(kind: NodeKind, span: Span) -> Self {
        Self {
            kind,
            span,
            lead: span.start,
            props: span.start,
            anchor: 0,
            tag: Tag::None,
            next: NONE,
            first: NONE,
            decoded: NONE,
        }
    }
}

/// The nodes that were read before this one, nearest first. The collections around it are among them, usually near the
/// start, so a search ends soon even in a long document.
fn before(node: NodeId) -> impl Iterator<Item = NodeId> {
    (0..node.0).rev().map(NodeId)
}

/// The span of a value without its quotes.
pub(super) fn inner(kind: NodeKind, span: Span) -> Span {
    let quote = u32::from(kind == NodeKind::Quoted);
    Span { start: span.start + quote, end: span.end - quote }
}

/// The tags that matter for reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    None,
    Str,
    Merge,
    Other,
}

/// An anchor of a document.
#[derive(Clone, Debug)]
pub struct Anchor {
    /// Its name, without `&`.
    pub name: String,
    /// The span of `&name`.
    pub span: Span,
    /// Its node. In an opaque value, this node is not linked to a parent.
    pub node: NodeId,
    /// The index of its last alias in the aliases of the document.
    pub last_alias: Option<usize>,
}

/// An alias of a document.
#[derive(Clone, Copy, Debug)]
pub struct AliasSite {
    /// The number of its anchor.
    pub anchor: u32,
    /// The span of `*name`.
    pub span: Span,
    /// The node of the alias; `None` in an opaque value.
    pub node: Option<NodeId>,
}

/// The number of bytes that are searched for a line end before the search becomes that for a long line.
pub(super) const NEAR: usize = 32;

fn is_break(byte: u8) -> bool {
    // Most bytes are greater than both, so one comparison is enough for them.
    byte <= b'\r' && matches!(byte, b'\n' | b'\r')
}

/// One document of a text.
#[derive(Clone, Default)]
pub struct Tree<'t> {
    pub(super) text: &'t str,
    pub(super) nodes: Vec<Node>,
    pub(super) decoded: Vec<Cow<'t, str>>,
    pub(super) root: Option<NodeId>,
    /// Anchors by number, from 1.
    pub(super) anchors: Vec<Anchor>,
    pub(super) aliases: Vec<AliasSite>,
    /// The items that are read on demand, in order.
    pub(super) deferred: Vec<NodeId>,
    /// Whether the document contains block scalars.
    pub(super) block_scalars: bool,
    /// The header of a block scalar at the end of the text, if that has no line break.
    pub(super) unterminated: Option<Span>,
    /// The result of the last search for a line start: the span from the start to the searched position. Without it,
    /// every edit of a text on one line would search the whole line.
    pub(super) line_start: Cell<Span>,
    /// The result of the last search for a line end: the span from the searched position to the end.
    pub(super) line_end: Cell<Span>,
    pub(super) first_line: OnceCell<usize>,
}

impl std::fmt::Debug for Tree<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let values = self.nodes.iter().map(|node| (node.kind, node.span));
        f.debug_list().entries(values).finish()
    }
}

impl<'t> Tree<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        u32::try_from(text.len()).expect("impossible: texts are limited to 1 GiB");
        // Few documents have more than one node for every 16 bytes.
        Self { text, nodes: Vec::with_capacity((text.len() / 16).min(ROOM)), ..Self::default() }
    }

    /// A tree without nodes.
    #[cfg(test)]
    pub(crate) fn of_text(text: &'t str) -> Self {
        Self::new(text)
    }

    /// Discards the document, but keeps the allocated memory.
    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.decoded.clear();
        self.anchors.clear();
        self.aliases.clear();
        self.deferred.clear();
        self.root = None;
        self.block_scalars = false;
        self.unterminated = None;
    }

    /// The ID of the next node to be added.
    pub(super) fn next_id(&self) -> u32 {
        Span::at(self.nodes.len()).start
    }

    /// Adds a node. The caller links it to its parent.
    #[inline]
    pub(super) fn append(&mut self, node: Node) -> NodeId {
        let id = NodeId(self.next_id());
        self.nodes.push(node);
        id
    }

    /// Sets the end of the value of a node.
    #[inline]
    pub(super) fn close(&mut self, id: NodeId, end: usize) -> &mut Node {
        let node = &mut self.nodes[id.0 as usize];
        node.span.end = Span::at(end).end;
        node
    }

    /// Adds an anchor to a node, and returns its number. The caller sets its name and span later.
    pub(super) fn define(&mut self, node: NodeId) -> u32 {
        self.anchors.push(Anchor { name: String::new(), span: Span::default(), node, last_alias: None });
        let number = Span::at(self.anchors.len()).start;
        self.nodes[node.0 as usize].anchor = number;
        number
    }

    /// Stores the value of a scalar that differs from its source, and returns its index.
    pub(super) fn keep(&mut self, value: Cow<'t, str>) -> u32 {
        self.decoded.push(value);
        Span::at(self.decoded.len() - 1).start
    }

    /// Discards the content of a collection, which must be the last one that was read.
    pub(super) fn make_opaque(&mut self, id: NodeId) {
        self.nodes.truncate(id.0 as usize + 1);
        let node = &mut self.nodes[id.0 as usize];
        node.first = NONE;
        node.kind = if node.kind.is_flow() { NodeKind::OpaqueFlow } else { NodeKind::OpaqueBlock };
    }

    /// The whole text, which may contain further documents.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// The start of the line of `at`.
    pub fn line_start(&self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        let near = at.saturating_sub(NEAR);
        match bytes[near..at].iter().rposition(|&byte| is_break(byte)) {
            Some(found) => near + found + 1,
            None if near == 0 => 0,
            None => self.far_line_start(at),
        }
    }

    #[inline(never)]
    fn far_line_start(&self, at: usize) -> usize {
        let last = self.line_start.get().range();
        let (line, searched) = if at < last.start { (0, 0) } else { (last.start, last.end.min(at)) };
        if searched == at {
            return line;
        }
        let new = memchr::memrchr2(b'\n', b'\r', &self.text.as_bytes()[searched..at]);
        let start = new.map_or(line, |found| searched + found + 1);
        self.line_start.set(Span::new(start, at));
        start
    }

    /// The end of the line of `at`, before its line break.
    pub fn line_end(&self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        let near = bytes.len().min(at + NEAR);
        match bytes[at..near].iter().position(|&byte| is_break(byte)) {
            Some(found) => at + found,
            None if near == bytes.len() => near,
            None => self.far_line_end(at),
        }
    }

    #[inline(never)]
    fn far_line_end(&self, at: usize) -> usize {
        let last = self.line_end.get().range();
        if last.contains(&at) {
            return last.end;
        }
        let rest = &self.text.as_bytes()[at..];
        let end = memchr::memchr2(b'\n', b'\r', rest).map_or(self.text.len(), |found| at + found);
        self.line_end.set(Span::new(at, end));
        end
    }

    /// The end of the first line of the text, before its line break.
    pub fn end_of_first_line(&self) -> usize {
        let find = || memchr::memchr2(b'\n', b'\r', self.text.as_bytes()).unwrap_or(self.text.len());
        *self.first_line.get_or_init(find)
    }

    /// The root. `None` for a document that is empty or has only comments.
    pub fn root(&self) -> Option<NodeId> {
        self.root.filter(|&root| self.kind(root) != NodeKind::Empty)
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// The kind of the node.
    pub fn kind(&self, id: NodeId) -> NodeKind {
        self.node(id).kind
    }

    /// The span of the value, without anchor and tag.
    pub fn span(&self, id: NodeId) -> Span {
        self.node(id).span
    }

    /// The source of the value, without anchor and tag.
    pub fn source(&self, id: NodeId) -> &'t str {
        &self.text[self.node(id).span.range()]
    }

    /// The start of the node in its parent: its dash in a block sequence, otherwise its anchor, tag or value.
    pub fn lead(&self, id: NodeId) -> usize {
        self.node(id).lead as usize
    }

    /// The start of its anchor or tag; without these, of its value.
    pub fn props(&self, id: NodeId) -> usize {
        self.node(id).props as usize
    }

    /// The number of the node's anchor.
    pub fn anchor_of(&self, id: NodeId) -> Option<u32> {
        let node = self.node(id);
        (node.kind != NodeKind::Alias && node.anchor != 0).then_some(node.anchor)
    }

    /// The anchor with this number.
    pub fn anchor(&self, number: u32) -> &Anchor {
        &self.anchors[number as usize - 1]
    }

    /// All anchors of the document, in order.
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    /// All aliases of the document, in order, including those in opaque values.
    pub fn aliases(&self) -> &[AliasSite] {
        &self.aliases
    }

    /// The aliases in a part of the text.
    pub fn aliases_in(&self, part: Span) -> &[AliasSite] {
        let before = |offset: u32| self.aliases.partition_point(|alias| alias.span.start < offset);
        &self.aliases[before(part.start)..before(part.end)]
    }

    /// Whether the entries of some items are read on demand.
    pub fn defers(&self) -> bool {
        !self.deferred.is_empty()
    }

    /// The items of a sequence, or the keys and values of a mapping, alternately.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let link = |link: u32| (link != NONE).then_some(NodeId(link));
        std::iter::successors(link(self.node(id).first), move |&child| link(self.node(child).next))
    }

    /// The entries of a mapping as they are written: merge keys are entries, and aliases are not resolved.
    pub fn pairs(&self, id: NodeId) -> impl Iterator<Item = (NodeId, NodeId)> + '_ {
        let link = |link: u32| (link != NONE).then_some(NodeId(link));
        let mut next = link(self.node(id).first);
        std::iter::from_fn(move || {
            let key = next?;
            let value = link(self.node(key).next)?;
            next = link(self.node(value).next);
            Some((key, value))
        })
    }

    /// The decoded value of a scalar; for any other node, its source.
    pub fn scalar(&self, id: NodeId) -> &str {
        let node = self.node(id);
        match node.decoded {
            NONE => &self.text[inner(node.kind, node.span).range()],
            at => &self.decoded[at as usize],
        }
    }

    /// Whether [`Self::scalar`] equals `text`.
    #[inline]
    pub fn reads(&self, id: NodeId, text: &str) -> bool {
        self.bytes(id) == text.as_bytes()
    }

    /// Whether the scalar has the tag `!!str`.
    pub fn is_tagged_string(&self, id: NodeId) -> bool {
        self.node(id).tag == Tag::Str
    }

    /// Whether the node has a tag.
    pub fn is_tagged(&self, id: NodeId) -> bool {
        self.node(id).tag != Tag::None
    }

    /// Whether the key merges another mapping: `<<` without quotes, or with the tag `!!merge`.
    pub fn is_merge_key(&self, key: NodeId) -> bool {
        let node = self.node(key);
        node.tag == Tag::Merge
            || (node.kind == NodeKind::Plain && node.tag == Tag::None && self.scalar(key) == "<<")
    }

    /// The collection that a node is an item, a key or a value of.
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        before(node).find(|&id| self.children(id).any(|child| child == node))
    }

    /// The mapping that merges the alias with a `<<` key, alone or in a list.
    pub fn mapping_that_merges(&self, alias: NodeId) -> Option<NodeId> {
        let mut mappings = before(alias)
            .filter(|&id| matches!(self.kind(id), NodeKind::BlockMapping | NodeKind::FlowMapping));
        mappings.find(|&map| {
            let merges = |value: NodeId| value == alias || self.children(value).any(|item| item == alias);
            self.pairs(map).any(|(key, value)| self.is_merge_key(key) && merges(value))
        })
    }

    /// Reads from now on as if `value` were written in the place of an alias. Its children have both for parents.
    ///
    /// ```yaml
    /// a: &x {b: c}
    /// d: *x          # reads as `d: {b: c}`, which is its own
    /// ```
    pub fn inline(&mut self, alias: NodeId, value: NodeId) {
        let Node { lead, next, .. } = *self.node(alias);
        let value = self.node(value).clone();
        self.nodes[alias.0 as usize] = Node { lead, next, anchor: 0, ..value };
    }

    /// Reads from now on as if the last entry of a mapping were a copy of this one, and returns its value.
    pub fn inline_entry(&mut self, map: NodeId, key: NodeId, value: NodeId) -> NodeId {
        let last = self.children(map).last();
        let value = Node { next: NONE, anchor: 0, ..self.node(value).clone() };
        let key = Node { next: self.next_id() + 1, anchor: 0, ..self.node(key).clone() };
        let (key, value) = (self.append(key), self.append(value));
        match last {
            Some(last) => self.nodes[last.0 as usize].next = key.0,
            None => self.nodes[map.0 as usize].first = key.0,
        }
        value
    }

    /// Whether the document contains block scalars, including those in opaque values.
    pub fn holds_block_scalars(&self) -> bool {
        self.block_scalars
    }

    /// The header (`|`, `>-`, …) of a block scalar at the end of a text without a final line break. Text that is
    /// inserted after it adds a line break to its value, so its chomping must then be written.
    pub fn unterminated_block_scalar(&self) -> Option<Span> {
        self.unterminated
    }
}
