//! A long list, read by several threads.
//!
//! Each but the first begins at a line that looks like an item's, and reads up to where the next one began. What stands
//! there is an item if the thread before comes to an end there; if it does not, it goes on alone. So a wrong guess costs
//! time and nothing else.

use super::super::{Kind, NONE, Node, NodeId, Shape, Tag, Tree, Value};
use super::{Frame, Lexer, Stop, bytes};
use crate::span::Span;
use crate::threads;
use memchr::memmem;

/// What a thread should have to read at least, in bytes.
const PART: usize = 1 << 20;

/// Into how many parts a list is cut.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Cutting {
    /// As many as there are cores, if it is long.
    #[default]
    Worthwhile,
    /// So many.
    Into(usize),
}

/// What became of the rest of a list, and of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// All was read.
    Read,
    /// Some of it was.
    Unread,
}

/// A part of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    start: usize,
    until: usize,
    column: usize,
    /// The shapes of the root and of the list.
    shapes: [&'static Shape; 2],
}

/// What was read of a part: a tree of its own, whose first two nodes stand for the root and the list.
pub(super) struct Reading<'t> {
    tree: Tree<'t>,
    stop: Stop,
    /// Where it stopped.
    at: usize,
    last: u32,
    slow: usize,
}

const ROOT: u32 = 0;
const LIST: u32 = 1;

impl<'t> Lexer<'_, 't> {
    /// The parts of the list that is read here, between two of its items, without the one that begins here.
    pub(super) fn parts(&self, cutting: Cutting) -> Vec<Part> {
        let rest = self.text.len() - self.at;
        let count = match cutting {
            Cutting::Worthwhile => threads::worthwhile(rest, PART),
            Cutting::Into(count) => count,
        };
        let [root, list] = &self.frames[..] else { return Vec::new() };
        // What such a mapping is told by may be found in any part.
        if count < 2 || root.shape.only.is_some() {
            return Vec::new();
        }
        let dash = format!("\n{}- ", " ".repeat(list.column));
        let finder = memmem::Finder::new(&dash);
        let mut starts: Vec<usize> = Vec::new();
        for part in 1..count {
            let from = (self.at + rest / count * part).max(starts.last().copied().unwrap_or(self.at));
            starts.extend(finder.find(&self.text[from..]).map(|found| from + found + 1));
        }
        let ends = starts.iter().copied().skip(1).chain([usize::MAX]);
        let shapes = [root.shape, list.shape];
        let part = |(start, until)| Part { start, until, column: list.column, shapes };
        starts.iter().copied().zip(ends).map(part).collect()
    }

    /// Reads on, and has others read the parts.
    pub(super) fn rest_in_parts(&mut self, parts: Vec<Part>, odd: &mut bytes::Odd) -> Option<Rest> {
        let Some(first) = parts.first().map(|part| part.start) else { return Some(Rest::Unread) };
        let text = self.tree.text;
        let done = threads::beside(parts, |part| read(text, part), || self.lines(odd, first));
        let Some((readings, stop)) = done else { return Some(Rest::Unread) };
        if stop? == Stop::End {
            // Whoever thought that there was another item was wrong.
            return self.close(odd).map(|_| Rest::Read);
        }
        for reading in readings {
            match reading {
                Some((start, reading)) if start == self.at && reading.is_whole() => {
                    if self.take(reading) == Stop::End {
                        return Some(Rest::Read);
                    }
                }
                _ => return Some(Rest::Unread),
            }
        }
        Some(Rest::Unread)
    }

    /// Puts what was read behind what is there.
    fn take(&mut self, reading: Reading<'t>) -> Stop {
        let Reading { tree, stop, at, last, slow } = reading;
        let (nodes, values) =
            (Span::at(self.tree.nodes.len()).start, Span::at(self.tree.decoded.len()).start);
        let link = |link: u32| if link == NONE { NONE } else { link - (LIST + 1) + nodes };
        let root = NodeId(self.frames[0].node);
        let list = &mut self.frames[1];
        let (list_node, before) = (list.node as usize, list.last);
        let first = link(tree.nodes[LIST as usize].first);
        match before {
            NONE => self.tree.nodes[list_node].first = first,
            before => self.tree.nodes[before as usize].next = first,
        }
        list.last = link(last);
        if stop == Stop::End {
            self.tree.nodes[list_node].next = link(tree.nodes[ROOT as usize].first);
            for (id, part) in [(root, ROOT), (NodeId(self.frames[1].node), LIST)] {
                let node = &mut self.tree.nodes[id.0 as usize];
                node.span.end = tree.nodes[part as usize].span.end;
                node.value = Value::Source(node.span);
            }
            self.frames.clear();
        }
        self.tree.deferred.extend(tree.deferred.iter().map(|id| NodeId(link(id.0))));
        self.tree.nodes.extend(tree.nodes.into_iter().skip(LIST as usize + 1).map(|node| Node {
            next: link(node.next),
            first: link(node.first),
            value: match node.value {
                Value::Decoded(at) => Value::Decoded(at + values),
                value @ Value::Source(_) => value,
            },
            ..node
        }));
        self.tree.decoded.extend(tree.decoded);
        self.tree.unterminated = self.tree.unterminated.or(tree.unterminated);
        (self.at, self.line, self.even, self.end) = (at, at, at, at);
        self.slow += slow;
        stop
    }
}

impl Reading<'_> {
    /// Whether it can stand behind what was read before: anchors are counted through the document.
    fn is_whole(&self) -> bool {
        self.tree.anchors.is_empty() && self.tree.aliases.is_empty()
    }
}

/// Reads a part, from its start. `None` where it is not read fast.
fn read(text: &str, part: Part) -> Option<(usize, Reading<'_>)> {
    let mut tree = Tree::new(text);
    for (kind, id) in [(Kind::BlockMapping, ROOT), (Kind::BlockSequence, LIST)] {
        debug_assert_eq!(tree.nodes.len(), id as usize);
        tree.nodes.push(stand_in(kind, part.start));
    }
    tree.root = Some(NodeId(ROOT));
    let [root, list] = part.shapes;
    let mut frames = vec![
        Frame::open(Kind::BlockMapping, 0, ROOT, root),
        Frame::open(Kind::BlockSequence, part.column, LIST, list),
    ];
    let mut odd = bytes::Odd::default();
    let mut lexer = Lexer::new(&mut tree, &mut frames, root, part.start);
    let stop = lexer.lines(&mut odd, part.until)?;
    let last = lexer.frames.get(1).map_or(NONE, |list| list.last);
    if stop == Stop::End {
        lexer.close(&mut odd)?;
    }
    let (at, slow) = (lexer.at, lexer.slow);
    Some((part.start, Reading { tree, stop, at, last, slow }))
}

fn stand_in(kind: Kind, at: usize) -> Node {
    let span = Span::at(at);
    Node {
        kind,
        span,
        lead: span.start,
        props: span.start,
        anchor: 0,
        tag: Tag::None,
        next: NONE,
        first: NONE,
        value: Value::Source(span),
    }
}
