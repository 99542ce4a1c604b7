//! YAML and JSON text to a light tree of nodes with byte spans.
//!
//! Knows YAML, not Kubernetes: which keys are worth a node is told by a [`Shape`], and any other value is one opaque
//! node with a span, so that memory stays bounded. Two readers build the same tree: `fast` what is ordinary, and
//! `granit`, the only file that names the parser crate, all the rest.
//!
//! A text is read one document at a time:
//!
//! ```
//! use kueueleuleu_yaml::syntax::{Documents, Shape};
//!
//! let mut documents = Documents::new("a: 1\n---\na: {b: ü}\n", &Shape::ALL);
//! documents.next_document().unwrap().unwrap();
//! let tree = documents.next_document().unwrap().unwrap();
//! let (_, a) = tree.pairs(tree.root().unwrap()).next().unwrap();
//! assert_eq!(tree.source(a), "{b: ü}");
//! ```

mod documents;
mod fast;
mod gap;
pub mod go;
mod granit;
pub mod resolve;
pub mod scalar;

use crate::span::Span;
pub use documents::{Documents, parts};
pub use fast::Items;
use std::borrow::Cow;
use std::cell::{Cell, OnceCell};

/// Which values become nodes. A sequence has the shape of its items.
#[derive(Debug)]
pub struct Shape {
    fields: &'static [(&'static str, &'static Shape)],
    all: bool,
    only: Option<Only>,
    /// Of a sequence: its items are read when they are asked for.
    item_by_item: bool,
}

/// Which mappings are of interest: those whose string under the key passes the test, and those that have none there.
#[derive(Clone, Copy, Debug)]
struct Only {
    key: &'static str,
    test: fn(&str) -> bool,
}

impl Shape {
    /// Everything becomes a node.
    pub const ALL: Self = Self { fields: &[], all: true, only: None, item_by_item: false };
    /// One node for the whole value.
    pub const OPAQUE: Self = Self { fields: &[], all: false, only: None, item_by_item: false };

    /// The values of these keys become nodes; others are opaque.
    pub const fn of(fields: &'static [(&'static str, &'static Shape)]) -> Self {
        Self { fields, all: false, only: None, item_by_item: false }
    }

    /// The same, but a mapping is opaque if the first string under `key` fails the test. One in a document with
    /// anchors may keep its nodes.
    #[must_use]
    pub const fn only(self, key: &'static str, test: fn(&str) -> bool) -> Self {
        Self { only: Some(Only { key, test }), ..self }
    }

    /// The same for a long block sequence that is a value of the root: its block mappings have no entries before they are
    /// asked for by [`Items`].
    #[must_use]
    pub const fn item_by_item(self) -> Self {
        Self { item_by_item: true, ..self }
    }

    /// The shape of the value of `key`.
    #[inline(never)]
    fn field(&'static self, key: &[u8]) -> &'static Self {
        // What is merged may have any of the keys.
        if self.all || key == b"<<" {
            return &Self::ALL;
        }
        let field = self.fields.iter().find(|(name, _)| name.as_bytes() == key);
        field.map_or(&Self::OPAQUE, |(_, shape)| shape)
    }

    fn is_opaque(&self) -> bool {
        !self.all && self.fields.is_empty()
    }
}

/// A node of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

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

const NONE: u32 = u32::MAX;

#[derive(Clone, Debug)]
struct Node {
    kind: Kind,
    /// The value, without anchor and tag: quotes, brackets and the `|` header belong to it. A block collection goes
    /// from its first dash or key to the end of its last child; a block scalar ends before its last line break
    /// (of the content, or with `+` of the blank lines behind it).
    span: Span,
    /// Where the node begins in its parent: its dash in a block sequence, its anchor or tag if it has one.
    lead: u32,
    /// Where its properties (anchor, tag) begin, or `span.start`.
    props: u32,
    /// The anchor's number in its document, or 0. For an alias: the number of its anchor.
    anchor: u32,
    tag: Tag,
    next: u32,
    first: u32,
    /// Where the value of a scalar is in the tree's `decoded`, if it is not what the text says; otherwise `NONE`.
    decoded: u32,
}

/// The source of a value, without its quotes.
fn inner(kind: Kind, span: Span) -> Span {
    let quote = u32::from(kind == Kind::Quoted);
    Span { start: span.start + quote, end: span.end - quote }
}

/// As much of a tag as reading needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
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
const NEAR: usize = 32;

fn is_break(byte: u8) -> bool {
    // Most bytes are greater than both.
    byte <= b'\r' && matches!(byte, b'\n' | b'\r')
}

/// One document of a text.
#[derive(Clone, Default)]
pub struct Tree<'t> {
    text: &'t str,
    nodes: Vec<Node>,
    decoded: Vec<Cow<'t, str>>,
    root: Option<NodeId>,
    /// Anchors by number, from 1.
    anchors: Vec<Anchor>,
    aliases: Vec<AliasSite>,
    /// Items that are read when they are asked for, in order.
    deferred: Vec<NodeId>,
    block_scalars: bool,
    unterminated: Option<Span>,
    /// Parts of lines, from the start and to the end, that were asked for last. Without them, edits of a text on one
    /// line would go over all of it each time.
    line_start: Cell<Span>,
    line_end: Cell<Span>,
    first_line: OnceCell<usize>,
}

impl std::fmt::Debug for Tree<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let values = self.nodes.iter().map(|node| (node.kind, node.span));
        f.debug_list().entries(values).finish()
    }
}

impl<'t> Tree<'t> {
    fn new(text: &'t str) -> Self {
        u32::try_from(text.len()).expect("impossible: texts are limited to 1 GiB");
        Self { text, ..Self::default() }
    }

    /// A text whose nodes do not matter.
    #[cfg(test)]
    pub(crate) fn of_text(text: &'t str) -> Self {
        Self::new(text)
    }

    /// Forgets the document. The memory stays.
    fn clear(&mut self) {
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
    fn next_id(&self) -> u32 {
        Span::at(self.nodes.len()).start
    }

    /// Keeps the value of a scalar that the text does not say; returns where it is.
    fn keep(&mut self, value: Cow<'t, str>) -> u32 {
        self.decoded.push(value);
        Span::at(self.decoded.len() - 1).start
    }

    /// Makes one node of a collection that is not of interest, the last one read.
    fn make_opaque(&mut self, id: NodeId) {
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

    fn node(&self, id: NodeId) -> &Node {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    /// One line a node: depth, kind, source; `+` before the source where the node leads in earlier.
    fn outline(text: &str, shape: &'static Shape) -> Vec<String> {
        fn walk(tree: &Tree, id: NodeId, depth: usize, out: &mut Vec<String>) {
            let lead = &tree.text()[tree.lead(id)..tree.span(id).start as usize];
            let lead = if lead.is_empty() { String::new() } else { format!(" +{lead:?}") };
            out.push(format!("{depth} {:?}{lead} {:?}", tree.kind(id), tree.source(id)));
            for child in tree.children(id) {
                walk(tree, child, depth + 1, out);
            }
        }
        let mut documents = Documents::new(text, shape);
        let mut out = Vec::new();
        while let Some(tree) = documents.next_document() {
            let tree = tree.unwrap();
            out.push("---".to_owned());
            tree.root().into_iter().for_each(|root| walk(tree, root, 0, &mut out));
        }
        out
    }

    #[test]
    fn block_collections_end_with_their_last_child() {
        let text = "%YAML 1.2\n--- # c\na: 1 # x\n\n# c\nb:\n- x\n-\n- - q\n  - r # d\n- ? k\n  : v\ne:\n";
        let expected = [
            "---",
            r#"0 BlockMapping "a: 1 # x\n\n# c\nb:\n- x\n-\n- - q\n  - r # d\n- ? k\n  : v\ne:""#,
            r#"1 Plain "a""#,
            r#"1 Plain "1""#,
            r#"1 Plain "b""#,
            r#"1 BlockSequence "- x\n-\n- - q\n  - r # d\n- ? k\n  : v""#,
            r#"2 Plain +"- " "x""#,
            r#"2 Empty +"-" """#,
            r#"2 BlockSequence +"- " "- q\n  - r""#,
            r#"3 Plain +"- " "q""#,
            r#"3 Plain +"- " "r""#,
            r#"2 BlockMapping +"- " "? k\n  : v""#,
            r#"3 Plain +"? " "k""#,
            r#"3 Plain "v""#,
            r#"1 Plain "e""#,
            r#"1 Empty """#,
        ];
        assert_eq!(outline(text, &Shape::ALL), expected);
    }

    #[test]
    fn block_scalars_go_from_their_header_to_their_last_line() {
        let text = "a: &x !!str |2-  # hi\n    foo\n\n# c\nb: |+\n  x\n\n\nc: >\n\n  y \n    \nd: | # e\n\ne:\n- |\n  z";
        let scalars: Vec<_> =
            outline(text, &Shape::ALL).into_iter().filter(|line| line.contains("BlockScalar")).collect();
        let expected = [
            r#"1 BlockScalar +"&x !!str " "|2-  # hi\n    foo""#,
            r#"1 BlockScalar "|+\n  x\n\n""#,
            r#"1 BlockScalar ">\n\n  y \n    ""#,
            r#"1 BlockScalar "|""#,
            r#"2 BlockScalar +"- " "|\n  z""#,
        ];
        assert_eq!(scalars, expected);
        let mut documents = Documents::new(text, &Shape::ALL);
        let tree = documents.next_document().unwrap().unwrap();
        let header = tree.unterminated_block_scalar().unwrap();
        assert_eq!(&text[header.range()], "|");
    }

    #[test]
    fn a_document_tells_whether_it_holds_block_scalars() {
        let holds = |text: &str, shape: &'static Shape| {
            Documents::new(text, shape).next_document().unwrap().unwrap().holds_block_scalars()
        };
        for shape in [&Shape::ALL, &Shape::OPAQUE] {
            for text in ["a:\n- b: |\n    c\n", "a: [{b: c}]\nd: >-\n", "? a\n: - |+\n"] {
                assert!(holds(text, shape), "{text}");
                assert!(!holds(&text.replace(['|', '>'], "x"), shape), "{text}");
            }
        }
    }

    #[test]
    fn flow_collections_keep_their_brackets_and_decoded_values() {
        let text = "\u{feff}ü: [a, \"b\\n\", {c: d, e,}, f: g, 'it''s', *x]\n";
        let text = &text.replace("a,", "&x a,");
        let expected = [
            "---",
            r#"0 BlockMapping "ü: [&x a, \"b\\n\", {c: d, e,}, f: g, 'it''s', *x]""#,
            r#"1 Plain "ü""#,
            r#"1 FlowSequence "[&x a, \"b\\n\", {c: d, e,}, f: g, 'it''s', *x]""#,
            r#"2 Plain +"&x " "a""#,
            r#"2 Quoted "\"b\\n\"""#,
            r#"2 FlowMapping "{c: d, e,}""#,
            r#"3 Plain "c""#,
            r#"3 Plain "d""#,
            r#"3 Plain "e""#,
            r#"3 Empty """#,
            r#"2 FlowPair "f: g""#,
            r#"3 Plain "f""#,
            r#"3 Plain "g""#,
            r#"2 Quoted "'it''s'""#,
            r#"2 Alias "*x""#,
        ];
        assert_eq!(outline(text, &Shape::ALL), expected);
    }

    #[test]
    fn what_nobody_reads_is_one_node_and_its_anchors_stay_reachable() {
        static SHAPE: Shape = Shape::of(&[("read", &Shape::ALL)]);
        let text = "skip:\n  a: &x\n    b: [1, 2]\n    c:\n  d: {e: *x}\nread: *x\n";
        let expected = [
            "---",
            r#"0 BlockMapping "skip:\n  a: &x\n    b: [1, 2]\n    c:\n  d: {e: *x}\nread: *x""#,
            r#"1 Plain "skip""#,
            r#"1 OpaqueBlock "a: &x\n    b: [1, 2]\n    c:\n  d: {e: *x}""#,
            r#"1 Plain "read""#,
            r#"1 Alias "*x""#,
        ];
        assert_eq!(outline(text, &SHAPE), expected);
        // An anchored value that nobody reads was one node: `read: *x` then looked like null.
        assert!(outline("skip: &x [1]\nread: *x\n", &SHAPE).contains(&r#"2 Plain "1""#.to_owned()));
        let mut documents = Documents::new(text, &SHAPE);
        let tree = documents.next_document().unwrap().unwrap();
        let alias = tree.aliases()[1].node.unwrap();
        let target = tree.follow(alias).unwrap();
        assert_eq!(tree.source(target), "b: [1, 2]\n    c:");
        assert_eq!(tree.pairs(target).count(), 2);
        assert_eq!(tree.anchor(1).name, "x");
    }

    #[test]
    fn lines_begin_and_end_at_line_breaks_whatever_was_asked_for_before() {
        let long = "x".repeat(3 * NEAR);
        let text = format!("{long}\nab\r\n{long}{long}\r{long}");
        let tree = Tree::of_text(&text);
        let start = |at: usize| text[..at].rfind(['\n', '\r']).map_or(0, |found| found + 1);
        let end = |at: usize| text[at..].find(['\n', '\r']).map_or(text.len(), |found| at + found);
        let upwards = 0..=text.len();
        let in_leaps = (0..=text.len()).map(|at| at * 61 % (text.len() + 1));
        for at in upwards.clone().chain(upwards.rev()).chain(in_leaps) {
            assert_eq!((tree.line_start(at), tree.line_end(at)), (start(at), end(at)), "{at}");
        }
    }

    #[test]
    fn documents_come_one_by_one_and_an_error_has_a_place() {
        assert_eq!(outline("# only a comment\n", &Shape::ALL), Vec::<String>::new());
        assert_eq!(
            outline("a\n---\n---\n# c\n...\n--- b\n", &Shape::ALL),
            ["---", r#"0 Plain "a""#, "---", "---", "---", r#"0 Plain "b""#]
        );
        let mut documents = Documents::new("a: 1\n---\nb: [\n", &Shape::ALL);
        documents.next_document().unwrap().unwrap();
        let error = documents.next_document().unwrap().unwrap_err();
        assert!(error.message.starts_with("not YAML: "), "{error}");
        assert!(error.span.unwrap().start > 8);
        assert!(documents.next_document().is_none());
    }

    #[test]
    fn merges_are_read_in_order_and_bombs_end() {
        let text =
            "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {!!merge <<: [*a, *b], z: 3}\nd: {x: 1, x: 2}\n";
        let mut documents = Documents::new(text, &Shape::ALL);
        let tree = documents.next_document().unwrap().unwrap();
        let values: Vec<_> = tree.pairs(tree.root().unwrap()).map(|(_, value)| value).collect();
        let fields = tree.fields(values[2]).unwrap();
        let fields: Vec<_> = fields
            .iter()
            .map(|(key, found)| (tree.scalar(*key), tree.scalar(found.node), found.merged))
            .collect();
        assert_eq!(fields, [("z", "3", false), ("x", "1", true), ("y", "1", true)]);
        assert!(matches!(tree.fields(values[3]), Err(resolve::Unreadable::DuplicateKey { .. })));

        let mut bomb = String::from("a0: &a0 {k: v}\n");
        for n in 1..60 {
            writeln!(bomb, "a{n}: &a{n} {{<<: [*a{m}, *a{m}, *a{m}]}}", m = n - 1).unwrap();
        }
        let mut documents = Documents::new(&bomb, &Shape::ALL);
        let tree = documents.next_document().unwrap().unwrap();
        let last = tree.pairs(tree.root().unwrap()).last().unwrap().1;
        assert!(matches!(tree.fields(last), Err(resolve::Unreadable::TooDeep { .. })));
    }
}
