//! Inserts and removes entries of flow collections: `[…]` and `{…}`, also in JSON.
//!
//! ```yaml
//! args: [a, b]      # before `c` is appended
//! ```
//!
//! ```yaml
//! args: [a, b, c]   # after
//! ```

mod comments;
mod entries;
mod wrap;

use super::change::{Field, Unwritable, Value};
use super::hunks::{Hunk, Hunks};
use super::layout;
use super::lines::{NewText, new_line};
use super::render::{Flow, Render, WIDEST};
use super::scratch::Scratch;
use super::source_item::comments_of_flow;
use super::style::{self, begins_line};
use crate::span::Span;
use crate::syntax::NodeId;
pub(super) use comments::{below, has_own_comment, holds_comments};
pub(super) use entries::entries;
use std::borrow::Cow;

/// Changes the items of a flow sequence. `item` gives the inserted items by their numbers.
pub(super) fn list<'i, 'v: 'i>(
    render: Render<'_, '_, '_>,
    scratch: &mut Scratch,
    id: NodeId,
    hunks: Hunks<'_>,
    item: impl Fn(usize) -> Option<&'i Value<'v>>,
) -> Result<(), Unwritable> {
    edit(render, scratch, id, hunks, &|style, number, indent, out| match item(number) {
        Some(value) => render.flow(style, value, indent, out),
        None => Ok(()),
    })
}

/// Changes the entries of a flow mapping.
pub(super) fn map(
    render: Render<'_, '_, '_>,
    scratch: &mut Scratch,
    id: NodeId,
    hunks: Hunks<'_>,
    fields: &[(Cow<'_, str>, Field<'_>)],
) -> Result<(), Unwritable> {
    edit(render, scratch, id, hunks, &|style, number, indent, out| match &fields[number] {
        (key, Field::Insert { value, .. }) => render.flow_field(style, key, value, indent, out),
        _ => Ok(()),
    })
}

/// Writes an inserted entry, by its number in the edit, in a style and with an indentation.
type Write<'w> = dyn Fn(Flow, usize, usize, &mut NewText) -> Result<(), Unwritable> + 'w;

fn edit(
    render: Render<'_, '_, '_>,
    scratch: &mut Scratch,
    id: NodeId,
    hunks: Hunks<'_>,
    write: &Write<'_>,
) -> Result<(), Unwritable> {
    let cx = render.cx;
    let tree = cx.tree;
    let style = style::flow(cx, id);
    let span = tree.span(id);
    let entries = &entries(tree, id)[..];
    let outer = || style::indentation(tree, span.start as usize);
    cx.follow_line(entries.last().map_or(span.start, |last| last.end) as usize);
    let on_lines = entries.iter().filter(|entry| begins_line(tree, entry.start as usize)).count();
    // The first entry may be beside the bracket, and the others below it.
    let is_aligned = entries.len() > 1 && on_lines == entries.len() - 1;
    let first = if is_aligned { entries.get(1) } else { entries.first() };
    let spread = is_aligned || first.is_some_and(|first| begins_line(tree, first.start as usize));
    let indent = match first {
        Some(first) if spread => layout::column(tree, first.start as usize),
        Some(_) => outer(),
        None => outer() + style.step.unwrap_or(0),
    };
    let line = (spread || (entries.is_empty() && style.step.is_some())).then_some(indent);
    let separator = match line {
        Some(indent) => {
            let mut separator = String::from(",");
            style.new_line(cx.line_break(), indent, &mut separator);
            Cow::Owned(separator)
        }
        None if style.minified => Cow::Borrowed(","),
        None => Cow::Borrowed(", "),
    };
    let one_line = if line.is_none() && !style.minified { wrap::column(cx, id) } else { None };
    for hunk in hunks.iter() {
        let mut new = NewText::with_room();
        for (at, number) in hunk.inserted().enumerate() {
            if at > 0 {
                new.text.push_str(&separator);
            }
            let start = new.mark();
            write(style, number, indent, &mut new)?;
            // In a block document values are short, unless their line gets too long.
            if line.is_some() && style.step.is_none() && indent + new.text[start.0..].chars().count() > WIDEST
            {
                new.truncate(start);
                write(Flow { step: Some(cx.step()), ..style }, number, indent, &mut new)?;
            }
        }
        let mut separator = Cow::Borrowed(&*separator);
        // Items that only move within a line do not make it wider.
        if let Some(column) = one_line
            && new.has_new
            && let Some(fill) = wrap::too_wide(cx, scratch, (span, entries), &hunk, &new.text, column)
        {
            new.truncate((0, 0));
            let style = Flow { fill: Some(fill), ..style };
            for (at, number) in hunk.inserted().enumerate() {
                // A break before the first entry would stay when the new entries are removed.
                let may_break = at > 0 || entries.is_empty();
                render.fill(style, (at == 0, may_break), column, &mut new, &|style, indent, out| {
                    write(style, number, indent, out)
                })?;
            }
            let separator = separator.to_mut();
            separator.truncate(1);
            style.new_line(cx.line_break(), column, separator);
        }
        let destination = hunk.previous.map_or(span.start, |previous| entries[previous].end) as usize;
        scratch.arrive(&new, destination);
        let mut gap =
            Gap { render, scratch: &mut *scratch, id, span, entries, new: &new.text, separator: &separator };
        match (hunk.previous, hunk.next) {
            (None, None) if entries.is_empty() => gap.fill(line.map(|indent| (style, indent)), outer()),
            (None, None) => gap.only(&hunk)?,
            _ => gap.between(&hunk),
        }
    }
    Ok(())
}

/// A place between kept entries, and the new text for it.
struct Gap<'g, 'c, 't> {
    render: Render<'g, 'c, 't>,
    scratch: &'g mut Scratch,
    id: NodeId,
    span: Span,
    entries: &'g [Span],
    new: &'g str,
    separator: &'g str,
}

impl Gap<'_, '_, '_> {
    fn splice(&mut self, start: usize, end: usize, text: &str) {
        self.scratch.splice(self.render.cx, start, end, text);
    }

    /// Fills an empty collection. The new entries come before its comments.
    fn fill(&mut self, line: Option<(Flow, usize)>, outer: usize) {
        let cx = self.render.cx;
        let (open, close) = (self.span.start as usize + 1, self.span.end as usize - 1);
        let mut text = String::new();
        if let Some((style, indent)) = line {
            style.new_line(cx.line_break(), indent, &mut text);
            text += self.new;
            style.new_line(cx.line_break(), outer, &mut text);
        } else {
            text += self.new;
            // A comment on the bracket's line must not become that of the last entry.
            if cx.has_comment(open..layout::line_end(cx.tree, open).min(close)) {
                new_line(&mut text, cx.line_break(), outer + 1);
            }
        }
        let has_comment = cx.has_comment(open..close);
        self.splice(open, if has_comment { open } else { close }, &text);
    }

    /// Replaces all entries.
    fn only(&mut self, hunk: &Hunk<'_>) -> Result<(), Unwritable> {
        let (cx, entries) = (self.render.cx, self.entries);
        let (open, close) = (self.span.start as usize + 1, self.span.end as usize - 1);
        if hunk.inserted().next().is_none() {
            // Comments below the entries stay.
            let tail = comments::tail(cx, self.span, entries).unwrap_or(close);
            if cx.has_comment(open..tail) {
                self.beside_comments(hunk);
            } else {
                self.splice(open, tail, "");
            }
            return Ok(());
        }
        let tail = comments::tail(cx, self.span, entries)?;
        if comments::beside(cx, self.span, entries, 0..entries.len()) {
            // The comments of the items go along with them.
            self.splice(open, tail, self.new);
        } else {
            let (first, last) = (entries[0], entries[entries.len() - 1]);
            self.splice(first.start as usize, last.end as usize, self.new);
        }
        Ok(())
    }

    /// Makes the changes beside a kept entry.
    ///
    /// ```yaml
    /// [a, b, c]    # before `b` is replaced by `x`
    /// ```
    ///
    /// ```yaml
    /// [a, x, c]    # after: `, x` follows `a`, and `, b` is removed
    /// ```
    fn between(&mut self, hunk: &Hunk<'_>) {
        let (cx, entries, span) = (self.render.cx, self.entries, self.span);
        if self.new.is_empty()
            && let Some((start, end)) = self.whole_lines(hunk)
        {
            self.splice(start, end, "");
            return;
        }
        if !hunk.removed.is_empty() && comments::beside(cx, span, entries, hunk.removed.clone()) {
            self.beside_comments(hunk);
            return;
        }
        match (hunk.previous, hunk.next) {
            (Some(previous), _) => {
                let end = entries[previous].end as usize;
                // A colon without a value needs a blank after it: older readers read `a:,` and `a:}` as one word.
                if cx.text[..end].ends_with(':') {
                    self.splice(end, end, " ");
                }
                if !self.new.is_empty() {
                    self.append(end, hunk.next.is_none());
                }
                if let Some(last) = hunk.removed.clone().next_back() {
                    self.splice(end, entries[last].end as usize, "");
                }
            }
            (None, Some(next)) => {
                let start = entries[0].start as usize;
                let bracket_line = layout::line_end(cx.tree, span.start as usize);
                let is_spread = self.separator.contains(['\n', '\r']);
                if hunk.removed.is_empty() && is_spread && cx.has_comment(bracket_line..start) {
                    // Comments above the first entry belong to it.
                    let text = format!("{}{},", &self.separator[1..], self.new);
                    self.splice(bracket_line, bracket_line, &text);
                    return;
                }
                let separator = if self.new.is_empty() { "" } else { self.separator };
                let text = format!("{}{separator}", self.new);
                self.splice(start, entries[next].start as usize, &text);
            }
            (None, None) => unreachable!("handled where no entry is kept"),
        }
    }

    /// The comments that move along with an item.
    fn moved_comments(&self, at: usize) -> (Vec<Span>, Option<Span>) {
        if !self.render.moves.moves(self.id, at) {
            return (Vec::new(), None);
        }
        let before = at.checked_sub(1).map_or(self.span.start, |before| self.entries[before].end);
        comments_of_flow(self.render.cx, self.entries[at], before as usize, at == 0)
    }

    /// Removes the comments above an item that moves.
    fn take_comments_above(&mut self, at: usize) {
        let cx = self.render.cx;
        for comment in self.moved_comments(at).0 {
            let (start, end) = (comment.start as usize, comment.end as usize);
            if begins_line(cx.tree, start) {
                let line = layout::line_start(cx.tree, start);
                self.splice(layout::previous_break(cx.text, line), end, "");
            } else {
                self.splice(cx.text[..start].trim_end_matches([' ', '\t']).len(), end, "");
            }
        }
    }

    /// Removes entries between comments: each alone, with its comma, and with its line if that holds nothing else. New
    /// entries replace the first one.
    ///
    /// ```yaml
    /// [a, # one        before `b` is removed
    ///  b, # two
    ///  c]
    /// ```
    ///
    /// ```yaml
    /// [a, # one        after: the comment stays, unless `b` moves
    ///   # two
    ///  c]
    /// ```
    fn beside_comments(&mut self, hunk: &Hunk<'_>) {
        let cx = self.render.cx;
        let (tree, text) = (cx.tree, cx.text);
        hunk.removed.clone().for_each(|at| self.take_comments_above(at));
        let mut removed = hunk.removed.clone();
        if !self.new.is_empty()
            && let Some(first) = removed.next()
        {
            let entry = self.entries[first];
            self.splice(entry.start as usize, entry.end as usize, self.new);
        }
        while let Some(first) = removed.next() {
            let start = self.entries[first].start as usize;
            let (mut last, mut comma) = self.with_comma(first);
            let mut at = first;
            // Removed entries beside it on its line go along.
            while removed.start < removed.end
                && text[last..self.entries[removed.start].start as usize].bytes().all(|byte| byte == b' ')
            {
                at = removed.start;
                (last, comma) = self.with_comma(at);
                removed.next();
            }
            if let Some(trail) = self.moved_comments(at).1 {
                last = trail.end as usize;
            }
            let line_end = layout::line_end(tree, last);
            if begins_line(tree, start) && text[last..line_end].trim_ascii().is_empty() {
                let above = layout::previous_break(text, layout::line_start(tree, start));
                self.splice(above, line_end, "");
            } else {
                self.splice(start, last, "");
            }
            if let Some(comma) = comma.filter(|&comma| comma >= last) {
                self.splice(comma, comma + 1, "");
            }
        }
        // The comma between the last kept entry and the removed ones.
        let last = hunk.removed.clone().last().map(|last| self.entries[last].end as usize);
        if self.new.is_empty()
            && hunk.next.is_none()
            && last.is_some_and(|last| self.comma_after(last).is_none())
            && let Some(previous) = hunk.previous
            && let Some(comma) = self.comma_after(self.entries[previous].end as usize)
        {
            self.splice(comma, comma + 1, "");
        }
    }

    /// The end of an entry, with its comma if only blanks precede that; and the place of its comma.
    fn with_comma(&self, at: usize) -> (usize, Option<usize>) {
        let end = self.entries[at].end as usize;
        let comma = self.comma_after(end);
        let is_beside = |comma: &usize| self.render.cx.text[end..*comma].trim_ascii().is_empty();
        (comma.filter(is_beside).map_or(end, |comma| comma + 1), comma)
    }

    /// The comma of the entry that ends at `end`, after blanks and comments.
    fn comma_after(&self, end: usize) -> Option<usize> {
        let cx = self.render.cx;
        let mut at = end;
        loop {
            at += cx.text[at..].len() - cx.text[at..].trim_ascii_start().len();
            match cx.text.as_bytes().get(at)? {
                b',' => return Some(at),
                _ if cx.begins_comment(at) => at = layout::line_end(cx.tree, at),
                _ => return None,
            }
        }
    }

    /// The lines of the removed entries, if these lines hold nothing else but their commas. Comments on the line before
    /// and on the lines below stay.
    fn whole_lines(&self, hunk: &Hunk<'_>) -> Option<(usize, usize)> {
        let cx = self.render.cx;
        let (tree, text) = (cx.tree, cx.text);
        let previous =
            hunk.previous.map_or(self.span.start + 1, |previous| self.entries[previous].end) as usize;
        let removed = &self.entries[hunk.removed.clone()];
        let (start, end) = (removed.first()?.start as usize, removed.last()?.end as usize);
        let line_end = layout::line_end(tree, end);
        let is_alone = text[end..line_end].trim_ascii() == "," && begins_line(tree, start);
        let mut gaps = removed.windows(2).map(|pair| pair[0].end as usize..pair[1].start as usize);
        let above = layout::previous_break(text, layout::line_start(tree, start));
        let follows = text.get(previous..above).is_some_and(|gap| !gap.contains(['\n', '\r']));
        // The comment on the bracket's line moves along with the first entry.
        let takes = hunk.previous.is_none() && cx.has_comment(previous..above);
        (is_alone && follows && !takes && !gaps.any(|gap| cx.has_comment(gap))).then_some((above, line_end))
    }

    /// Inserts after the entry that ends at `end`. A comment on its line stays there.
    fn append(&mut self, end: usize, is_last: bool) {
        let cx = self.render.cx;
        let line_end = layout::line_end(cx.tree, end);
        let rest = &cx.text[end..line_end];
        let blanks = rest.len() - rest.trim_ascii_start().len();
        let has_comma = rest[blanks..].starts_with(',');
        let next = end + blanks + usize::from(has_comma);
        let next = next + (cx.text[next..].len() - cx.text[next..].trim_start_matches([' ', '\t']).len());
        if (is_last || has_comma) && cx.begins_comment(next) && self.separator.len() > 2 {
            let lines = format!("{}{}", &self.separator[1..], self.new);
            if has_comma {
                self.splice(line_end, line_end, &format!("{lines},"));
            } else {
                self.splice(end, end, ",");
                self.splice(line_end, line_end, &lines);
            }
        } else {
            let text = format!("{}{}", self.separator, self.new);
            self.splice(end, end, &text);
        }
    }
}
