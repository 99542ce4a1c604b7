//! The full parser: builds a [`Tree`] from the events of the crate `granit-parser`.
//!
//! This is the only file that uses the crate. It works around five peculiarities of its spans:
//!
//! - The span of a block scalar lacks the header, and extends into the next line.
//! - A block collection ends at the next token.
//! - A sequence in the column of its key starts after its first dash.
//! - An empty value is a plain `~` with an empty span.
//! - A single pair in a flow sequence is a mapping with empty spans.

use super::shape::Shape;
use super::tree::{AliasSite, NONE, Node, NodeId, NodeKind, Tag, Tree, inner};
use super::{gap, scalar};
use crate::Error;
use crate::span::Span;
use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, StrInput, StructureStyle};
use std::borrow::Cow;
use std::ops::Range;

/// Reads the documents of a part of a text into a tree, one after the other.
pub(super) struct FullReader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    builder: Builder<'t>,
    /// The start of the part.
    base: usize,
}

impl<'t> FullReader<'t> {
    /// Reads the documents of `text[part]`. `shape` selects the nodes.
    pub(super) fn new(text: &'t str, part: Range<usize>, shape: &'static Shape) -> Self {
        let (tree, cursor, base) = (Tree::new(text), part.start, part.start);
        let builder = Builder {
            tree,
            shape,
            collections: Vec::new(),
            cursor,
            anchor_ids: Vec::new(),
            anchors_before: 0,
        };
        Self { parser: Parser::new_from_str_with_options(&text[part], options()), builder, base }
    }

    /// The last document.
    pub(super) fn tree(&self) -> &Tree<'t> {
        &self.builder.tree
    }

    /// Reads the next document. Returns false at the end of the part.
    pub(super) fn read(&mut self) -> Result<bool, Error> {
        self.builder.reset();
        loop {
            let Some(event) = self.parser.next_event() else { return Ok(false) };
            let (event, span) = event.map_err(|error| self.error(&error))?;
            let place = EventPlace::of(span, self.base);
            match event {
                Event::StreamEnd => return Ok(false),
                Event::DocumentStart(true, _) => self.builder.cursor = place.span.end as usize,
                Event::DocumentStart(false, _) => {
                    self.builder.cursor = gap::skip_ends(self.builder.tree.text, self.builder.cursor);
                }
                Event::DocumentEnd => {
                    self.builder.cursor = self.builder.cursor.max(place.span.end as usize);
                    return Ok(true);
                }
                event => self.builder.event(event, place),
            }
        }
    }

    fn error(&self, error: &ScanError) -> Error {
        let at = self.base + error.marker().byte_offset().unwrap_or(0);
        let place = Span::at(at.min(self.builder.tree.text.len()));
        // kubectl accepts `[cat, -]`.
        let is_dash = matches!(error.kind(), ErrorKind::PlainScalarStartsWithDashFlowIndicator);
        let help = is_dash.then_some("put the dash in quotes");
        Error { message: format!("not YAML: {}", error.info()), span: place, help }
    }
}

/// Reads the lines `part` as one item of the block sequence `list`, after the item `before`. Returns `None` if they are
/// anything else; the tree then contains an incomplete item.
pub(super) fn read_item(
    tree: &mut Tree<'_>,
    part: Range<usize>,
    (list, before): (NodeId, Option<NodeId>),
    shape: &'static Shape,
) -> Option<NodeId> {
    let (id, anchors_before) = (NodeId(Span::at(tree.nodes.len()).start), tree.anchors.len());
    let mut parser = Parser::new_from_str_with_options(&tree.text[part.clone()], options());
    let mut builder = Builder {
        shape,
        collections: vec![OpenCollection {
            last: before,
            ..OpenCollection::open(Some(list), NodeKind::BlockSequence, shape)
        }],
        cursor: part.start,
        anchor_ids: Vec::new(),
        anchors_before,
        tree: std::mem::take(tree),
    };
    let read = builder.item(&mut parser, part.start);
    *tree = builder.tree;
    read.filter(|&item| item == id)
}

fn options() -> Options {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.emit_anchor_events = true;
    // The same as in libyaml and go-yaml, and so in all tools that parse our output.
    options.block_scalar_eof_without_line_feed = true;
    options
}

#[derive(Clone, Copy)]
struct EventPlace {
    span: Span,
    indent: usize,
}

impl EventPlace {
    /// The place of an event in the whole text. `base` is the start of the part that is parsed.
    fn of(span: granit_parser::Span, base: usize) -> Self {
        let bytes = span.byte_range().expect("impossible: texts in memory have byte offsets");
        Self { span: Span::new(base + bytes.start, base + bytes.end), indent: span.indent.unwrap_or(0) }
    }
}

/// An open collection.
struct OpenCollection {
    /// `None` in an opaque value, whose content has no nodes.
    node: Option<NodeId>,
    kind: NodeKind,
    shape: &'static Shape,
    last: Option<NodeId>,
    /// In a mapping: the shape of the value whose key was just read.
    value_shape: Option<&'static Shape>,
    /// Whether the next value decides if the mapping is selected.
    decides: bool,
    /// Whether the mapping was rejected by its deciding value, if that was read.
    rejected: Option<bool>,
}

impl OpenCollection {
    fn open(node: Option<NodeId>, kind: NodeKind, shape: &'static Shape) -> Self {
        Self { node, kind, shape, last: None, value_shape: None, decides: false, rejected: None }
    }
}

struct Builder<'t> {
    tree: Tree<'t>,
    shape: &'static Shape,
    collections: Vec<OpenCollection>,
    /// The end of the last token.
    cursor: usize,
    /// The parser's numbers of our anchors: it numbers the anchors of the whole text, we those of a document.
    anchor_ids: Vec<usize>,
    /// The number of anchors of the document that the parser did not read.
    anchors_before: usize,
}

impl<'t> Builder<'t> {
    fn reset(&mut self) {
        self.tree.clear();
        self.anchor_ids.clear();
        self.collections.clear();
    }

    /// Reads a text that consists of one sequence, whose collection is already open, and returns its last item. Returns
    /// `None` for any other text.
    fn item(&mut self, parser: &mut Parser<'t, StrInput<'t>>, base: usize) -> Option<NodeId> {
        let mut is_begun = false;
        loop {
            let (event, span) = parser.next_event()?.ok()?;
            match event {
                Event::StreamStart | Event::DocumentStart(false, _) => {}
                Event::SequenceStart(StructureStyle::Block, 0, _) if !is_begun => is_begun = true,
                Event::SequenceEnd if self.collections.len() == 1 => break,
                _ if !is_begun => return None,
                event => self.event(event, EventPlace::of(span, base)),
            }
        }
        let ends = matches!(parser.next_event()?.ok()?.0, Event::DocumentEnd)
            && matches!(parser.next_event()?.ok()?.0, Event::StreamEnd);
        self.collections[0].last.filter(|_| ends)
    }

    fn event(&mut self, event: Event<'t>, place: EventPlace) {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let tag = tag.as_deref().map_or(Tag::None, tag_of);
                self.scalar(value, style, anchor, tag, place);
            }
            Event::SequenceStart(style, anchor, _) => {
                let kind = if style == StructureStyle::Flow {
                    NodeKind::FlowSequence
                } else {
                    NodeKind::BlockSequence
                };
                self.open(kind, anchor, place.span);
            }
            Event::MappingStart(style, anchor, _) => {
                let kind = match style {
                    StructureStyle::Block => NodeKind::BlockMapping,
                    StructureStyle::Flow if place.span.start == place.span.end => NodeKind::FlowPair,
                    StructureStyle::Flow => NodeKind::FlowMapping,
                };
                self.open(kind, anchor, place.span);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(place.span),
            Event::Alias(anchor) => self.alias(anchor, place.span),
            Event::Anchor(id, name) => {
                let number = self.anchor_number(id);
                let anchor = &mut self.tree.anchors[number as usize - 1];
                anchor.name = name.into_owned();
                anchor.span = place.span;
            }
            _ => {}
        }
    }

    fn anchor_number(&self, id: usize) -> u32 {
        let at = self.anchor_ids.binary_search(&id).expect("impossible: the parser resolves aliases");
        u32::try_from(self.anchors_before + at + 1).expect("impossible: fewer anchors than bytes")
    }

    /// The role of the next node in its parent. `key` is its value if it is a scalar, which may be the key of a
    /// mapping.
    fn enter(&mut self, key: Option<&str>) -> ChildRole {
        let text = self.tree.text;
        let Some(collection) = self.collections.last_mut() else {
            return ChildRole { lead: None, shape: self.shape, wanted: true };
        };
        let wanted = collection.node.is_some() && !collection.shape.is_opaque();
        match collection.kind {
            NodeKind::BlockSequence => {
                let dash = gap::dash(text, self.cursor);
                self.cursor = dash + 1;
                ChildRole { lead: Some(dash), shape: collection.shape, wanted }
            }
            NodeKind::BlockMapping | NodeKind::FlowMapping | NodeKind::FlowPair => {
                if let Some(shape) = collection.value_shape.take() {
                    return ChildRole { lead: None, shape, wanted };
                }
                collection.decides = collection.rejected.is_none()
                    && key.zip(collection.shape.only).is_some_and(|(key, only)| key == only.key);
                collection.value_shape =
                    Some(key.map_or(&Shape::OPAQUE, |key| collection.shape.field(key.as_bytes())));
                let block = collection.kind == NodeKind::BlockMapping;
                let lead = if block { gap::question_mark(text, self.cursor) } else { None };
                // An empty key ends after the `?`.
                self.cursor = lead.map_or(self.cursor, |at| at + 1);
                // Nothing reads the content of a key that is a collection.
                ChildRole { lead, shape: &Shape::OPAQUE, wanted }
            }
            _ => ChildRole { lead: None, shape: collection.shape, wanted },
        }
    }

    /// Adds a node. It is linked to its parent if its role is `wanted`; otherwise only an anchor refers to it.
    fn add(&mut self, role: &ChildRole, mut node: Node) -> NodeId {
        node.lead = role.lead.map_or(node.props, |lead| Span::at(lead).start);
        let id = self.tree.append(node);
        if role.wanted {
            match self.collections.last_mut() {
                None => self.tree.root = Some(id),
                Some(collection) => {
                    let parent = collection.node.expect("impossible: only a node's children are wanted");
                    match collection.last.replace(id) {
                        None => self.tree.nodes[parent.0 as usize].first = id.0,
                        Some(last) => self.tree.nodes[last.0 as usize].next = id.0,
                    }
                }
            }
        }
        id
    }

    /// Numbers the anchor of the node that is being added. The next event contains its name.
    fn define(&mut self, anchor: usize, node: NodeId) {
        if anchor != 0 {
            self.anchor_ids.push(anchor);
            let number = self.tree.define(node);
            debug_assert_eq!(number, self.anchor_number(anchor), "anchors are numbered in order");
        }
    }

    fn scalar(
        &mut self,
        value: Cow<'t, str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Tag,
        place: EventPlace,
    ) {
        let text = self.tree.text;
        let decides = self
            .collections
            .last_mut()
            .is_some_and(|collection| collection.value_shape.is_some() && collection.decides);
        let role = self.enter(Some(&value));
        if decides
            && let Some(collection) = self.collections.last_mut()
            && let Some(only) = collection.shape.only
        {
            let is_string = match style {
                ScalarStyle::Plain => tag == Tag::None && scalar::plain(&value) == scalar::CoreType::Str,
                _ => true,
            };
            collection.rejected = is_string.then(|| !(only.test)(&value));
        }
        let props = gap::content(text, self.cursor, place.span.start as usize);
        let (kind, span) = match style {
            ScalarStyle::Plain if place.span.start == place.span.end => {
                let reported = place.span.start as usize;
                let end = match self.collections.last().map(|collection| collection.kind) {
                    Some(NodeKind::BlockSequence) => gap::end_of_properties(text, self.cursor, reported),
                    kind => {
                        gap::end_of_empty(text, self.cursor, reported, kind == Some(NodeKind::BlockMapping))
                    }
                };
                (NodeKind::Empty, Span::at(end))
            }
            ScalarStyle::Plain => (NodeKind::Plain, place.span),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => (NodeKind::Quoted, place.span),
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let (span, header) =
                    gap::block_scalar(text, self.cursor, place.span.end as usize, place.indent);
                self.tree.block_scalars = true;
                if span.end as usize == text.len() {
                    self.tree.unterminated = Some(header);
                }
                (NodeKind::BlockScalar, span)
            }
        };
        self.cursor = span.end as usize;
        if role.wanted || anchor != 0 {
            let decoded = self.decoded(value, span, kind);
            let props = if kind == NodeKind::Empty { span.start } else { Span::at(props).start };
            let id = self.add(&role, Node { props, tag, decoded, ..Node::new(kind, span) });
            self.define(anchor, id);
        }
    }

    /// Stores the value if it differs from its source.
    fn decoded(&mut self, value: Cow<'t, str>, span: Span, kind: NodeKind) -> u32 {
        let is_source = match kind {
            NodeKind::Empty => true,
            NodeKind::Plain | NodeKind::Quoted => *value == self.tree.text[inner(kind, span).range()],
            _ => false,
        };
        if is_source { NONE } else { self.tree.keep(value) }
    }

    fn open(&mut self, kind: NodeKind, anchor: usize, span: Span) {
        let text = self.tree.text;
        let mut role = self.enter(None);
        let start = match kind {
            NodeKind::BlockSequence => gap::dash(text, self.cursor),
            _ => span.start as usize,
        };
        // The `?` of the first key belongs to the mapping.
        let props = Span::at(gap::content(text, self.cursor, span.start as usize).min(start)).start;
        // The indicators, the anchor and the tag before a block collection do not belong to its first entry.
        let is_flow = matches!(kind, NodeKind::FlowSequence | NodeKind::FlowMapping);
        self.cursor = if is_flow { span.end as usize } else { self.cursor.max(start) };
        let mut node = None;
        if role.wanted || anchor != 0 {
            // An alias may stand where its content is read, so an anchored value is not opaque.
            if anchor != 0 && (!role.wanted || role.shape.is_opaque()) {
                role.shape = &Shape::ALL;
            }
            let shown = match (role.shape.is_opaque(), kind.is_flow()) {
                (false, _) => kind,
                (true, true) => NodeKind::OpaqueFlow,
                (true, false) => NodeKind::OpaqueBlock,
            };
            let id = self.add(&role, Node { props, ..Node::new(shown, Span::at(start)) });
            self.define(anchor, id);
            node = Some(id);
        }
        self.collections.push(OpenCollection::open(node, kind, role.shape));
    }

    fn close(&mut self, span: Span) {
        let collection = self.collections.pop().expect("impossible: the parser closes what it opened");
        if matches!(collection.kind, NodeKind::FlowSequence | NodeKind::FlowMapping) {
            self.cursor = span.end as usize;
        }
        if let Some(id) = collection.node {
            self.tree.close(id, self.cursor);
            // With anchors, an alias may refer to its content, so the nodes are kept.
            if collection.rejected == Some(true)
                && self.anchor_ids.is_empty()
                && !collection.shape.is_opaque()
            {
                self.tree.make_opaque(id);
            }
        }
    }

    fn alias(&mut self, anchor: usize, span: Span) {
        let role = self.enter(None);
        self.cursor = span.end as usize;
        let anchor = self.anchor_number(anchor);
        let node = role.wanted.then(|| self.add(&role, Node { anchor, ..Node::new(NodeKind::Alias, span) }));
        self.tree.anchors[anchor as usize - 1].last_alias = Some(self.tree.aliases.len());
        self.tree.aliases.push(AliasSite { anchor, span, node });
    }
}

/// The role of a node in its parent.
struct ChildRole {
    lead: Option<usize>,
    shape: &'static Shape,
    wanted: bool,
}

fn tag_of(tag: &granit_parser::Tag) -> Tag {
    match tag.core_suffix() {
        Some("str") => Tag::Str,
        _ if tag.suffix_in_namespace("tag:yaml.org,2002:").as_deref() == Some("merge") => Tag::Merge,
        _ => Tag::Other,
    }
}
