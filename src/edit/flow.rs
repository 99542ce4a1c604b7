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
    let style = lowering.block_style();
    let column = layout::column(tree, tree.lead(key)) + style.offset;
    let mut out = String::with_capacity(render::USUAL);
    // Deeper than the dashes they stay the list's own; in the dashes' column below they could become the next key's.
    for comment in text[below(tree, span, &entries)..span.end as usize].lines().filter_map(chunk::comment) {
        render::new_line(&mut out, style.line_break, column + style.step);
        out.push_str(&comment);
    }
    let mut inserted = slots.inserted.iter().peekable();
    let mut before = span.start as usize + 1;
    let items = entries.iter().zip(tree.children(id)).map(Some).chain([None]);
    for (at, item) in items.enumerate() {
        lowering.destination = item.map_or(span.end, |(entry, _)| entry.start) as usize;
        while let Some((_, value)) = inserted.next_if(|(before, _)| *before == at) {
            render::new_line(&mut out, style.line_break, column);
            style.item(value, column, &mut Siblings::of(lowering), &mut out)?;
        }
        let Some((entry, item)) = item else { break };
        if slots.removed.binary_search(&at).is_err() {
            let (span, chunk) = chunk::Chunk::of_flow(tree, item, before, at == 0);
            let edit = kept.iter().find(|(kept, _)| *kept == item).map(|(_, edit)| *edit);
            let chunk = chunk.with_body(lowering.edited(item, edit, span)?);
            render::new_line(&mut out, style.line_break, column);
            style.chunk(&chunk, column, &mut out)?;
        }
        before = entry.end as usize;
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
    lowering.splice(at, at, out);
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
    let is_tab = tree.children(outermost).next().is_some_and(|first| {
        let start = tree.props(first);
        let indent = &text[layout::line_start(tree, start)..start];
        !indent.is_empty() && indent.bytes().all(|byte| byte == b'\t')
    });
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
            (None, None) if entries.is_empty() => {
                fill(lowering, span, &joined, line.map(|indent| (style, indent)), outer);
            }
            (None, None) => only(lowering, span, entries, &hole, &joined)?,
            _ => between(lowering, span, entries, &hole, &joined, &separator)?,
        }
    }
    Ok(())
}

/// There was no entry: the new ones stand in front of comments, if there are any.
fn fill(
    lowering: &mut Lowering<'_, '_>,
    span: Span,
    joined: &str,
    line: Option<(Flow, usize)>,
    outer: usize,
) {
    let (open, close) = (span.start as usize + 1, span.end as usize - 1);
    let inside = &lowering.text[open..close];
    let has_comment = chunk::holds_comment(inside);
    let mut text = String::new();
    if let Some((style, indent)) = line {
        style.new_line(&mut text, indent);
        text += joined;
        style.new_line(&mut text, outer);
    } else {
        text += joined;
        // A comment behind the bracket was not the last entry's.
        if inside.trim_start_matches([' ', '\t']).starts_with('#') {
            render::new_line(&mut text, lowering.line_break, outer + 1);
        }
    }
    lowering.splice(open, if has_comment { open } else { close }, text);
}

/// No entry is kept: the new ones take the place of all.
fn only<V>(
    lowering: &mut Lowering<'_, '_>,
    span: Span,
    entries: &[Span],
    hole: &Hole<'_, V>,
    joined: &str,
) -> Result<(), Unwritable> {
    let (open, close) = (span.start as usize + 1, span.end as usize - 1);
    let tail = tail(lowering.tree, span, entries)?;
    let theirs = Span::new(span.start as usize, tail + 1);
    let has_comments = comments_beside(lowering.tree, theirs, entries, 0..entries.len());
    if hole.new.is_empty() {
        if has_comments {
            return Err(comment_in_the_way(span));
        }
        lowering.splice(open, tail, String::new());
    } else if tail < close || has_comments {
        // The comments of the items go where the items go.
        lowering.splice(open, tail, joined.to_owned());
    } else {
        let (first, last) = (entries[0], entries[entries.len() - 1]);
        lowering.splice(first.start as usize, last.end as usize, joined.to_owned());
    }
    Ok(())
}

/// Whether there are comments between the brackets that no entry has.
pub(super) fn has_own_comment(tree: &Tree<'_>, id: NodeId) -> bool {
    let span = tree.span(id);
    chunk::holds_comment(&tree.text()[below(tree, span, &entries(tree, id))..span.end as usize])
}

/// Where what no entry has begins: behind the last one's line, which may be the bracket.
fn below(tree: &Tree<'_>, span: Span, entries: &[Span]) -> usize {
    let line_end = entries.last().map(|last| layout::line_end(tree, last.end as usize));
    line_end.unwrap_or(span.start as usize + 1).min(span.end as usize - 1)
}

/// Where that begins what stays when all entries go: the bracket, or comments that no entry has.
fn tail(tree: &Tree<'_>, span: Span, entries: &[Span]) -> Result<usize, Unwritable> {
    let below = below(tree, span, entries);
    let rest = &tree.text()[below..span.end as usize - 1];
    if !chunk::holds_comment(rest) {
        return Ok(span.end as usize - 1);
    }
    // A comma below could not stand alone.
    if rest.lines().any(|line| line.trim_start().starts_with(',')) {
        return Err(comment_in_the_way(span));
    }
    Ok(below)
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
        && let Some((start, end)) = whole_lines(lowering.tree, span, entries, hole)
    {
        lowering.splice(start, end, String::new());
        return Ok(());
    }
    if !hole.removed.is_empty() && comments_beside(lowering.tree, span, entries, hole.removed.clone()) {
        return Err(comment_in_the_way(span));
    }
    match (hole.before, hole.behind) {
        (Some(before), _) => {
            let end = entries[before].end as usize;
            // A colon without a value needs a blank behind it: older readers take `a:,` and `a:}` for one word.
            if lowering.text[..end].ends_with(':') {
                lowering.splice(end, end, " ".to_owned());
            }
            if !joined.is_empty() {
                insert_behind(lowering, end, hole.behind.is_none(), joined, separator);
            }
            if let Some(last) = hole.removed.clone().next_back() {
                lowering.splice(end, entries[last].end as usize, String::new());
            }
        }
        (None, Some(behind)) => {
            let start = entries[0].start as usize;
            let bracket_line = layout::line_end(lowering.tree, span.start as usize);
            let is_spread = bracket_line < start && separator.contains(lowering.line_break);
            if hole.removed.is_empty()
                && is_spread
                && chunk::holds_comment(&lowering.text[bracket_line..start])
            {
                // Comments above the first entry are its own.
                let lines = &separator[1..];
                lowering.splice(bracket_line, bracket_line, format!("{lines}{joined},"));
                return Ok(());
            }
            let text = if joined.is_empty() { String::new() } else { format!("{joined}{separator}") };
            lowering.splice(start, entries[behind].start as usize, text);
        }
        (None, None) => unreachable!("handled where no entry is kept"),
    }
    Ok(())
}

/// The lines of removed entries that have them for themselves, with their commas; a comment behind what is before
/// them stays, and so do those below.
fn whole_lines<V>(
    tree: &Tree<'_>,
    span: Span,
    entries: &[Span],
    hole: &Hole<'_, V>,
) -> Option<(usize, usize)> {
    let text = tree.text();
    let before = hole.before.map_or(span.start + 1, |before| entries[before].end) as usize;
    let removed = &entries[hole.removed.clone()];
    let (start, end) = (removed.first()?.start as usize, removed.last()?.end as usize);
    let line_end = layout::line_end(tree, end);
    let is_alone = text[end..line_end].trim() == "," && begins_line(tree, start);
    let mut gaps = removed.windows(2).map(|pair| &text[pair[0].end as usize..pair[1].start as usize]);
    let above = layout::previous_break(text, layout::line_start(tree, start));
    let follows = text.get(before..above).is_some_and(|gap| !gap.contains(['\n', '\r']));
    (is_alone && follows && !gaps.any(chunk::holds_comment)).then_some((above, line_end))
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
            lowering.splice(line_end, line_end, format!("{lines}{joined},"));
        } else {
            lowering.splice(end, end, ",".to_owned());
            lowering.splice(line_end, line_end, format!("{lines}{joined}"));
        }
    } else {
        lowering.splice(end, end, format!("{separator}{joined}"));
    }
}

/// Whether there are comments between the brackets, and not within an entry.
pub(super) fn holds_comments(tree: &Tree<'_>, id: NodeId) -> bool {
    let entries = entries(tree, id);
    comments_beside(tree, tree.span(id), &entries, 0..entries.len())
}

/// Whether there are comments before, between or behind these entries: they would go with them, or come to stand
/// somewhere else.
fn comments_beside(tree: &Tree<'_>, span: Span, entries: &[Span], range: std::ops::Range<usize>) -> bool {
    let before = range.start.checked_sub(1).map_or(span.start + 1, |before| entries[before].end);
    let behind = entries.get(range.end).map_or(span.end - 1, |behind| behind.start);
    let starts = entries[range.clone()].iter().map(|entry| entry.start).chain([behind]);
    let ends = std::iter::once(before).chain(entries[range].iter().map(|entry| entry.end));
    ends.zip(starts).any(|(from, to)| chunk::holds_comment(&tree.text()[from as usize..to as usize]))
}

fn comment_in_the_way(span: Span) -> Unwritable {
    Unwritable {
        message: "a flow list that has to be written anew holds comments".to_owned(),
        span,
        help: "write the list in block style, an item a line",
    }
}
