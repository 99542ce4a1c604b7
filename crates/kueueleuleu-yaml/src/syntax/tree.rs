//! A document as a tree of nodes with byte spans.

use crate::span::Span;
use std::borrow::Cow;
use std::cell::{Cell, OnceCell};

/// A node of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

/// What a node is, and how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing where a value could be; its span is empty.
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
    /// A collection whose content is not of interest.
    OpaqueBlock,
    /// The same in flow style.
    OpaqueFlow,
}

impl Kind {
    /// Whether children are written in brackets or braces.
    pub fn is_flow(self) -> bool {
        matches!(self, Self::FlowSequence | Self::FlowMapping | Self::FlowPair | Self::OpaqueFlow)
    }

    /// Whether it is a collection that is one node as a whole.
    pub fn is_opaque(self) -> bool {
        matches!(self, Self::OpaqueBlock | Self::OpaqueFlow)
    }

    /// Whether children have lines of their own by indentation.
    pub fn is_block(self) -> bool {
        matches!(self, Self::BlockSequence | Self::BlockMapping | Self::OpaqueBlock)
    }
}

pub(super) const NONE: u32 = u32::MAX;

/// For how many nodes there is room from the start, at most.
const ROOM: usize = 256;

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// The value, without anchor and tag: quotes, brackets and the `|` header belong to it. A block collection goes
    /// from its first dash or key to the end of its last child; a block scalar ends before its last line break
    /// (of the content, or with `+` of the blank lines behind it).
    pub(super) span: Span,
    /// Where the node begins in its parent: its dash in a block sequence, its anchor or tag if it has one.
    pub(super) lead: u32,
    /// Where its properties (anchor, tag) begin, or `span.start`.
    pub(super) props: u32,
    /// The anchor's number in its document, or 0. For an alias: the number of its anchor.
    pub(super) anchor: u32,
    pub(super) tag: Tag,
    pub(super) next: u32,
    pub(super) first: u32,
    /// Where the value of a scalar is in the tree's `decoded`, if it is not what the text says; otherwise `NONE`.
    pub(super) decoded: u32,
}

impl Node {
    /// A node without anchor, tag and children, which begins where its value does and is its parent's last.
    #[inline]
    pub(super) fn new(kind: Kind, span: Span) -> Self {
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

/// The source of a value, without its quotes.
pub(super) fn inner(kind: Kind, span: Span) -> Span {
    let quote = u32::from(kind == Kind::Quoted);
    Span { start: span.start + quote, end: span.end - quote }
}

/// As much of a tag as reading needs.
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
    /// Where `&name` stands.
    pub span: Span,
    /// The node it names: one of the tree, or in an opaque value a detached one.
    pub node: NodeId,
    /// Which of the document's aliases is the last of this anchor, from 0.
    pub last_alias: Option<usize>,
}

/// An alias of a document.
#[derive(Clone, Copy, Debug)]
pub struct AliasSite {
    /// The number of its anchor.
    pub anchor: u32,
    /// Where `*name` stands.
    pub span: Span,
    /// The alias itself; `None` where it lies in an opaque value.
    pub node: Option<NodeId>,
}

/// How many bytes of a line are looked at before it is taken for a long one.
pub(super) const NEAR: usize = 32;

fn is_break(byte: u8) -> bool {
    // Most bytes are greater than both.
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
    /// Items that are read when they are asked for, in order.
    pub(super) deferred: Vec<NodeId>,
    pub(super) block_scalars: bool,
    pub(super) unterminated: Option<Span>,
    /// Parts of lines, from the start and to the end, that were asked for last. Without them, edits of a text on one
    /// line would go over all of it each time.
    pub(super) line_start: Cell<Span>,
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
        // Room for the nodes of an object: few have more than one for each 16 bytes.
        Self { text, nodes: Vec::with_capacity((text.len() / 16).min(ROOM)), ..Self::default() }
    }

    /// A text whose nodes do not matter.
    #[cfg(test)]
    pub(crate) fn of_text(text: &'t str) -> Self {
        Self::new(text)
    }

    /// Forgets the document. The memory stays.
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

    /// The node that is added next.
    pub(super) fn next_id(&self) -> u32 {
        Span::at(self.nodes.len()).start
    }

    /// Adds a node; whose child it is, is told apart from that.
    #[inline]
    pub(super) fn append(&mut self, node: Node) -> NodeId {
        let id = NodeId(self.next_id());
        self.nodes.push(node);
        id
    }

    /// Says where the value of a node ends.
    #[inline]
    pub(super) fn close(&mut self, id: NodeId, end: usize) -> &mut Node {
        let node = &mut self.nodes[id.0 as usize];
        node.span.end = Span::at(end).end;
        node
    }

    /// Gives a node an anchor, whose name and place come later, and says its number.
    pub(super) fn define(&mut self, node: NodeId) -> u32 {
        self.anchors.push(Anchor { name: String::new(), span: Span::default(), node, last_alias: None });
        let number = Span::at(self.anchors.len()).start;
        self.nodes[node.0 as usize].anchor = number;
        number
    }

    /// Keeps the value of a scalar that the text does not say; returns where it is.
    pub(super) fn keep(&mut self, value: Cow<'t, str>) -> u32 {
        self.decoded.push(value);
        Span::at(self.decoded.len() - 1).start
    }

    /// Makes one node of a collection that is not of interest, the last one read.
    pub(super) fn make_opaque(&mut self, id: NodeId) {
        self.nodes.truncate(id.0 as usize + 1);
        let node = &mut self.nodes[id.0 as usize];
        node.first = NONE;
        node.kind = if node.kind.is_flow() { Kind::OpaqueFlow } else { Kind::OpaqueBlock };
    }

    /// The whole text, of which this is one document.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// Where the line begins that `at` is on.
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

    /// Where the line ends that `at` is on, before its line break.
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

    /// The root; `None` for an empty document, or one that holds comments only.
    pub fn root(&self) -> Option<NodeId> {
        self.root.filter(|&root| self.kind(root) != Kind::Empty)
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// What the node is.
    pub fn kind(&self, id: NodeId) -> Kind {
        self.node(id).kind
    }

    /// The bytes of the value, without anchor and tag.
    pub fn span(&self, id: NodeId) -> Span {
        self.node(id).span
    }

    /// The bytes of the value.
    pub fn source(&self, id: NodeId) -> &'t str {
        &self.text[self.node(id).span.range()]
    }

    /// Where the node begins in its parent: its dash in a block sequence, otherwise its anchor, tag or value.
    pub fn lead(&self, id: NodeId) -> usize {
        self.node(id).lead as usize
    }

    /// Where its anchor or tag begins, or the value where there is neither.
    pub fn props(&self, id: NodeId) -> usize {
        self.node(id).props as usize
    }

    /// The anchor that the node carries, by number.
    pub fn anchor_of(&self, id: NodeId) -> Option<u32> {
        let node = self.node(id);
        (node.kind != Kind::Alias && node.anchor != 0).then_some(node.anchor)
    }

    /// The anchor with this number.
    pub fn anchor(&self, number: u32) -> &Anchor {
        &self.anchors[number as usize - 1]
    }

    /// All anchors of the document, in order.
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    /// All aliases of the document, in order, those in opaque values included.
    pub fn aliases(&self) -> &[AliasSite] {
        &self.aliases
    }

    /// Whether items of a list have no entries yet.
    pub fn defers(&self) -> bool {
        !self.deferred.is_empty()
    }

    /// The items of a sequence, or the keys and values of a mapping in turn.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let link = |link: u32| (link != NONE).then_some(NodeId(link));
        std::iter::successors(link(self.node(id).first), move |&child| link(self.node(child).next))
    }

    /// The entries of a mapping as they are written: merge keys are entries, aliases are not followed.
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

    /// The decoded value of a scalar; of anything else the source.
    pub fn scalar(&self, id: NodeId) -> &str {
        let node = self.node(id);
        match node.decoded {
            NONE => &self.text[inner(node.kind, node.span).range()],
            at => &self.decoded[at as usize],
        }
    }

    /// Whether this is the decoded value of a scalar, or the source of anything else.
    #[inline]
    pub fn reads(&self, id: NodeId, text: &str) -> bool {
        self.bytes(id) == text.as_bytes()
    }

    /// Whether the scalar is a string by its tag, `!!str`.
    pub fn is_tagged_string(&self, id: NodeId) -> bool {
        self.node(id).tag == Tag::Str
    }

    /// Whether it has a tag.
    pub fn is_tagged(&self, id: NodeId) -> bool {
        self.node(id).tag != Tag::None
    }

    /// Whether the key merges another mapping: `<<` without quotes, or tagged as such.
    pub fn is_merge_key(&self, key: NodeId) -> bool {
        let node = self.node(key);
        node.tag == Tag::Merge
            || (node.kind == Kind::Plain && node.tag == Tag::None && self.scalar(key) == "<<")
    }

    /// The mapping into which the alias is merged by a `<<` key, alone or in a list. Looks at all nodes.
    pub fn mapping_that_merges(&self, alias: NodeId) -> Option<NodeId> {
        let all =
            (0..self.nodes.len()).map(|at| NodeId(u32::try_from(at).expect("impossible: ids are 32 bits")));
        let mut mappings = all.filter(|&id| matches!(self.kind(id), Kind::BlockMapping | Kind::FlowMapping));
        mappings.find(|&map| {
            let merges = |value: NodeId| value == alias || self.children(value).any(|item| item == alias);
            self.pairs(map).any(|(key, value)| self.is_merge_key(key) && merges(value))
        })
    }

    /// Whether there are block scalars, those in opaque values included.
    pub fn holds_block_scalars(&self) -> bool {
        self.block_scalars
    }

    /// The header (`|`, `>-`, …) of a block scalar that the end of the text cuts off without a line break. Text that
    /// is put behind it would give it one, so that its chomping has to be stated.
    pub fn unterminated_block_scalar(&self) -> Option<Span> {
        self.unterminated
    }
}
