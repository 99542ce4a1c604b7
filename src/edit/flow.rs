//! Entries of flow collections: `[…]` and `{…}`, JSON included.

use super::chunk;
use super::layout;
use super::lower::Lowering;
use super::moved::Siblings;
use super::render::{self, Flow};
use super::slots::{Hole, Slots};
use super::{Edit, Unwritable, Value};
use crate::span::Span;
use crate::yaml::{Kind, NodeId, Tree};

/// Changes the items of a flow sequence.
pub(super) fn list(
    lowering: &mut Lowering<'_, '_>,
    id: NodeId,
    slots: &Slots<&Value<'_>>,
) -> Result<(), Unwritable> {
    let style = style(lowering, id);
    let entries = entries(lowering.tree, id);
    lower(lowering, id, &entries, slots, |lowering, value, indent, out| {
        style.value(value, indent, &mut Siblings::of(lowering), out)
    })
}

/// Changes the entries of a flow mapping.
pub(super) fn map(
    lowering: &mut Lowering<'_, '_>,
    id: NodeId,
    slots: &Slots<(&str, &Value<'_>)>,
) -> Result<(), Unwritable> {
    let style = style(lowering, id);
    let entries = entries(lowering.tree, id);
    lower(lowering, id, &entries, slots, |lowering, (key, value), indent, out| {
        style.field(key, value, indent, &mut Siblings::of(lowering), out)
    })
}

/// Writes a flow list that items join which need lines of their own as a block list. `kept` are the edits of items
/// that stay.
pub(super) fn list_as_block(
    lowering: &mut Lowering<'_, '_>,
    id: NodeId,
    key: NodeId,
    slots: &Slots<&Value<'_>>,
    kept: &[(NodeId, &Edit<'_>)],
) -> Result<(), Unwritable> {
    let tree = lowering.tree;
    let text = lowering.text;
    let span = tree.span(id);
    let entries = entries(tree, id);
    refuse_comments(lowering, span, &entries, 0..entries.len())?;
    let style = lowering.block_style();
    let column = layout::column(tree, tree.lead(key)) + style.offset;
    let mut out = String::with_capacity(render::USUAL);
    let children: Vec<_> = tree.children(id).collect();
    let mut inserted = slots.inserted.iter().peekable();
    for at in 0..=children.len() {
        lowering.destination = entries.get(at).map_or(span.end, |entry| entry.start) as usize;
        while let Some((_, value)) = inserted.next_if(|(before, _)| *before == at) {
            render::new_line(&mut out, style.line_break, column);
            style.item(value, column, &mut Siblings::of(lowering), &mut out)?;
        }
        if at < children.len() && slots.removed.binary_search(&at).is_err() {
            render::new_line(&mut out, style.line_break, column);
            out.push('-');
            let (span, chunk) = chunk::Chunk::of_flow(tree, children[at], entries[at].start as usize, true);
            let edit = kept.iter().find(|(child, _)| *child == children[at]).map(|(_, edit)| *edit);
            chunk.with_body(lowering.edited(children[at], edit, span)?).write_block(column, &mut out)?;
        }
    }
    // The bracket leaves the key's line, a comment behind the list stays on it.
    let (bracket, end) = (span.start as usize, span.end as usize);
    let line_end = layout::line_end(tree, end);
    let is_last = text[end..line_end].trim().is_empty();
    let start = if layout::is_first_on_line(tree, bracket) && is_last {
        layout::previous_break(text, layout::line_start(tree, bracket))
    } else {
        text[..bracket].trim_end_matches(' ').len()
    };
    lowering.cut_from_line(start, end);
    // Deeper comments below would become the last item's.
    let at = layout::entry_end(tree, column, end);
    lowering.splice(at, at, &out);
    Ok(())
}

/// How new entries of the flow collection `id`, or of the one around it, are written.
pub(super) fn style(lowering: &Lowering<'_, '_>, id: NodeId) -> Flow {
    let tree = lowering.tree;
    let text = lowering.text;
    let outermost =
        lowering.path.iter().chain([&id]).find(|&&node| tree.kind(node).is_flow()).copied().unwrap_or(id);
    let is_document = lowering.path.first().is_none_or(|&root| tree.kind(root).is_flow());
    let colon =
        tree.pairs(outermost).next().filter(|_| tree.kind(outermost) == Kind::FlowMapping).map(|(key, _)| {
            let rest = &text[tree.span(key).end as usize..];
            rest.trim_start().strip_prefix(':').is_some_and(|rest| !rest.starts_with([' ', '\t', '\n', '\r']))
        });
    // An empty collection is filled as the one around it is.
    let inner_first = [id].into_iter().chain(lowering.path.iter().rev().copied());
    let spread = inner_first.into_iter().find(|&node| tree.children(node).next().is_some());
    let spread = spread.and_then(|node| line_step(tree, node));
    let is_tab =
        tree.children(outermost).next().is_some_and(|first| text[..tree.props(first)].ends_with('\t'));
    Flow {
        line_break: lowering.line_break,
        quoted: quotes(lowering, id) || (tree.children(id).next().is_none() && is_quoted(tree, outermost)),
        minified: colon.unwrap_or(false),
        step: spread.filter(|_| is_document),
        blank: if is_tab { '\t' } else { ' ' },
    }
}

/// Whether the strings of the flow collection `id` are in double quotes, and in the lists beside it as well: what
/// moves between two lists must not change how either is written.
pub(super) fn quotes(lowering: &Lowering<'_, '_>, id: NodeId) -> bool {
    let tree = lowering.tree;
    let is_scalar = |item: NodeId| matches!(tree.kind(item), Kind::Plain | Kind::Quoted | Kind::BlockScalar);
    let is_list = |id: NodeId| chunk::is_list(tree.kind(id)) && tree.children(id).all(is_scalar);
    let parent = lowering.path.iter().rev().find(|&&node| node != id).filter(|_| is_list(id));
    let lists = parent.into_iter().flat_map(|&map| tree.pairs(map)).map(|(_, value)| value);
    is_quoted(tree, id) && lists.filter(|&list| is_list(list)).all(|list| has_quotes_only(tree, list))
}

fn has_quotes_only(tree: &Tree<'_>, list: NodeId) -> bool {
    tree.children(list).all(|item| tree.kind(item) == Kind::BlockScalar || tree.source(item).starts_with('"'))
}

/// How many columns further in the entries are than the line of the bracket, where each begins a line.
fn line_step(tree: &Tree<'_>, id: NodeId) -> Option<usize> {
    let first = tree.children(id).next().filter(|_| tree.kind(id).is_flow())?;
    let start = tree.props(first);
    let outer = indentation(tree, tree.span(id).start as usize);
    begins_line(tree, start).then(|| layout::column(tree, start).saturating_sub(outer))
}

/// Whether a flow collection is JSON as far as its strings show: all of them in double quotes.
pub(super) fn is_quoted(tree: &Tree<'_>, id: NodeId) -> bool {
    let mut any = false;
    let mut quoted = |node: NodeId, is_key: bool| match tree.kind(node) {
        Kind::Quoted => {
            any = true;
            tree.source(node).starts_with('"')
        }
        Kind::Plain => {
            !is_key && crate::yaml::scalar::plain(tree.scalar(node)) != crate::yaml::scalar::Plain::Str
        }
        _ => true,
    };
    let all = if tree.kind(id) == Kind::FlowMapping {
        tree.pairs(id).all(|(key, value)| quoted(key, true) && quoted(value, false))
    } else {
        tree.children(id).all(|item| {
            if tree.kind(item) == Kind::FlowMapping { is_quoted(tree, item) } else { quoted(item, false) }
        })
    };
    let nested = tree.children(id).any(|item| tree.kind(item) == Kind::FlowMapping && is_quoted(tree, item));
    all && (any || nested)
}

/// As [`layout::is_first_on_line`], and tabs may stand there too: in flow style they are no indentation.
fn begins_line(tree: &Tree<'_>, at: usize) -> bool {
    tree.text()[layout::line_start(tree, at)..at].bytes().all(|byte| matches!(byte, b' ' | b'\t'))
}

/// As [`layout::indentation`], tabs counted.
pub(super) fn indentation(tree: &Tree<'_>, at: usize) -> usize {
    let line = &tree.text()[layout::line_start(tree, at)..layout::line_end(tree, at)];
    line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

fn entries(tree: &Tree<'_>, id: NodeId) -> Vec<Span> {
    let end = |id: NodeId| (tree.span(id).end as usize).max(tree.props(id));
    if tree.kind(id) == Kind::FlowMapping {
        tree.pairs(id).map(|(key, value)| Span::new(tree.props(key), end(value).max(end(key)))).collect()
    } else {
        tree.children(id).map(|item| Span::new(tree.props(item), end(item))).collect()
    }
}

fn lower<'l, 't, V>(
    lowering: &mut Lowering<'l, 't>,
    id: NodeId,
    entries: &[Span],
    slots: &Slots<V>,
    mut render: impl FnMut(&mut Lowering<'l, 't>, &V, usize, &mut String) -> Result<(), Unwritable>,
) -> Result<(), Unwritable> {
    let tree = lowering.tree;
    let span = tree.span(id);
    let style = style(lowering, id);
    let outer = indentation(tree, span.start as usize);
    let spread = entries.first().is_some_and(|first| begins_line(tree, first.start as usize));
    let indent = match entries.first() {
        Some(first) if spread => layout::column(tree, first.start as usize),
        Some(_) => outer,
        None => outer + style.step.unwrap_or(0),
    };
    let line = (spread || (entries.is_empty() && style.step.is_some())).then_some(indent);
    let mut separator = String::from(",");
    match line {
        Some(indent) => style.new_line(&mut separator, indent),
        None if style.minified => {}
        None => separator.push(' '),
    }
    for hole in slots.holes() {
        let mut new = Vec::with_capacity(hole.new.len());
        lowering.destination = hole.before.map_or(span.start + 1, |before| entries[before].end) as usize;
        for value in &hole.new {
            let mut entry = String::new();
            render(lowering, value, indent, &mut entry)?;
            new.push(entry);
        }
        let joined = new.join(&separator);
        match (hole.before, hole.behind) {
            (None, None) => {
                only(lowering, span, entries, &hole, &joined, line.map(|indent| (style, indent, outer)))?;
            }
            _ => between(lowering, span, entries, &hole, &joined, &separator)?,
        }
    }
    Ok(())
}

/// No entry is kept: the new ones take the place of all.
fn only<V>(
    lowering: &mut Lowering<'_, '_>,
    span: Span,
    entries: &[Span],
    hole: &Hole<'_, V>,
    joined: &str,
    line: Option<(Flow, usize, usize)>,
) -> Result<(), Unwritable> {
    let (open, close) = (span.start as usize + 1, span.end as usize - 1);
    let Some(last) = entries.last() else {
        let mut text = String::new();
        if let Some((style, indent, _)) = line {
            style.new_line(&mut text, indent);
        }
        text += joined;
        if let Some((style, _, outer)) = line {
            style.new_line(&mut text, outer);
        }
        if chunk::holds_comment(&lowering.text[open..close]) {
            lowering.splice(open, open, &text);
        } else {
            lowering.splice(open, close, &text);
        }
        return Ok(());
    };
    // The comments of the items go where the items go; one behind the last item's line has no owner.
    let behind = &lowering.text[last.end as usize..close];
    let ownerless = behind.split_once('\n').is_some_and(|(_, rest)| chunk::holds_comment(rest));
    if hole.new.is_empty() {
        refuse_comments(lowering, span, entries, 0..entries.len())?;
    }
    if ownerless {
        return Err(comment_in_the_way(span));
    }
    if joined.is_empty() {
        lowering.splice(open, close, "");
    } else if chunk::holds_comment(&lowering.text[open..close]) {
        lowering.splice(open, close, joined);
    } else {
        lowering.splice(entries[0].start as usize, last.end as usize, joined);
    }
    Ok(())
}

/// Changes beside a kept entry.
fn between<V>(
    lowering: &mut Lowering<'_, '_>,
    span: Span,
    entries: &[Span],
    hole: &Hole<'_, V>,
    joined: &str,
    separator: &str,
) -> Result<(), Unwritable> {
    if joined.is_empty()
        && let Some((start, end)) = whole_lines(lowering.tree, entries, hole)
    {
        lowering.splice(start, end, "");
        return Ok(());
    }
    refuse_comments(lowering, span, entries, hole.removed.clone())?;
    match (hole.before, hole.behind) {
        (Some(before), _) => {
            let end = entries[before].end as usize;
            if !joined.is_empty() {
                insert_behind(lowering, end, hole.behind.is_none(), joined, separator);
            }
            if let Some(last) = hole.removed.clone().next_back() {
                lowering.splice(end, entries[last].end as usize, "");
            }
        }
        (None, Some(behind)) => {
            let start = entries[0].start as usize;
            let text = if joined.is_empty() { String::new() } else { format!("{joined}{separator}") };
            lowering.splice(start, entries[behind].start as usize, &text);
        }
        (None, None) => unreachable!("handled where no entry is kept"),
    }
    Ok(())
}

/// The lines of one removed entry that has them for itself, its comma included; a comment behind the entry before it
/// stays.
fn whole_lines<V>(tree: &Tree<'_>, entries: &[Span], hole: &Hole<'_, V>) -> Option<(usize, usize)> {
    let text = tree.text();
    let (before, removed) = (entries[hole.before?], entries[hole.removed.start]);
    let (start, end) = (removed.start as usize, removed.end as usize);
    let line_end = layout::line_end(tree, end);
    let is_alone = text[end..line_end].trim() == "," && begins_line(tree, start);
    let above = layout::previous_break(text, layout::line_start(tree, start));
    let follows = text.get(before.end as usize..above).is_some_and(|gap| !gap.contains(['\n', '\r']));
    (hole.removed.len() == 1 && is_alone && follows).then_some((above, line_end))
}

/// Inserts behind the entry that ends at `end`. A comment on its line stays with it.
fn insert_behind(lowering: &mut Lowering<'_, '_>, end: usize, is_last: bool, joined: &str, separator: &str) {
    let text = lowering.text;
    let line_end = layout::line_end(lowering.tree, end);
    let rest = text[end..line_end].trim_start();
    let (comma, rest) = rest.strip_prefix(',').map_or((false, rest), |rest| (true, rest.trim_start()));
    if (is_last || comma) && rest.starts_with('#') && separator.len() > 2 {
        let lines = &separator[1..];
        if comma {
            lowering.splice(line_end, line_end, &format!("{lines}{joined},"));
        } else {
            lowering.splice(end, end, ",");
            lowering.splice(line_end, line_end, &format!("{lines}{joined}"));
        }
    } else {
        lowering.splice(end, end, &format!("{separator}{joined}"));
    }
}

/// A comment between items that go would go with them, or come to stand somewhere else.
fn refuse_comments(
    lowering: &Lowering<'_, '_>,
    span: Span,
    entries: &[Span],
    removed: std::ops::Range<usize>,
) -> Result<(), Unwritable> {
    let Some(last) = removed.clone().next_back() else { return Ok(()) };
    let before = removed.start.checked_sub(1).map_or(span.start + 1, |before| entries[before].end);
    let behind = entries.get(last + 1).map_or(span.end - 1, |behind| behind.start);
    let mut at = before as usize;
    for entry in &entries[removed] {
        if chunk::holds_comment(&lowering.text[at..entry.start as usize]) {
            return Err(comment_in_the_way(span));
        }
        at = entry.end as usize;
    }
    if chunk::holds_comment(&lowering.text[at..behind as usize]) {
        Err(comment_in_the_way(span))
    } else {
        Ok(())
    }
}

fn comment_in_the_way(span: Span) -> Unwritable {
    Unwritable {
        message: "a flow list that has to be written anew holds comments".to_owned(),
        span,
        help: "write the list in block style, an item a line",
    }
}
