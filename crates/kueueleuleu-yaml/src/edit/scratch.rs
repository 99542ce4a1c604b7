//! The edits of a document as they are collected, in room that is used again for the next one.

use super::alias_guard::AliasGuard;
use super::context::Context;
use super::copy::Copy;
use super::layout;
use super::lines::Text;
use crate::span::Span;
use crate::splice::Draft;

/// Room for the edits of one document after another. Nothing of a document is remembered.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The edits of the text.
    pub(super) draft: Draft,
    pub(super) aliases: AliasGuard,
    /// The aliases that copies took the place of.
    copied: Vec<Span>,
    /// Copies that are not written yet.
    pending: Vec<Copy>,
}

impl Scratch {
    /// Forgets a document, of which an edit that failed may have left anything.
    pub(super) fn clear(&mut self) {
        self.draft.clear();
        self.aliases.clear();
        self.copied.clear();
        self.pending.clear();
    }

    /// These copies are to be written.
    pub(super) fn plan_copies(&mut self, copies: Vec<Copy>) {
        self.copied.extend(copies.iter().map(|copy| copy.alias));
        self.aliases.copy(self.copied.clone());
        self.pending = copies;
    }

    /// Writes the copies within a part of the text to the draft of that part, which may move.
    pub(super) fn write_copies(&mut self, part: Span) {
        let (draft, depth) = (&mut self.draft, 0);
        self.pending.retain(|copy| {
            let is_within = part.contains(copy.replaced);
            if is_within {
                draft.push(copy.replaced, &copy.text, depth);
            }
            !is_within
        });
    }

    /// From now on these aliases may see changes of their anchors: whoever shares the value wants the same change. Each is
    /// named by where it begins; of one that merges, only a change under one key is shared.
    pub fn share(&mut self, aliases: Vec<(u32, Option<&'static str>)>) {
        self.aliases.share(aliases);
    }

    /// A copy takes the place of an alias, or of what one merges.
    pub(super) fn copy(&mut self, alias: Span) {
        if !self.copied.contains(&alias) {
            self.copied.push(alias);
        }
    }

    /// The aliases of which the last edit wrote out what they stand for, or a part of it.
    pub fn copied_aliases(&self) -> &[Span] {
        &self.copied
    }

    /// Replaces text. A comment directly after it stays one.
    pub(super) fn splice(&mut self, cx: &Context<'_, '_>, start: usize, end: usize, text: &str) {
        let depth = u32::try_from(cx.path.len()).expect("impossible: nesting is limited");
        let span = Span::new(start, end);
        if cx.begins_comment(end) && text.ends_with(|c: char| !c.is_ascii_whitespace()) {
            self.draft.push(span, &format!("{text} "), depth);
        } else {
            self.draft.push(span, text, depth);
        }
    }

    /// Replaces text by new text, whose moved items stand at `destination` from now on.
    pub(super) fn write(
        &mut self,
        cx: &Context<'_, '_>,
        (start, end): (usize, usize),
        text: &Text,
        destination: usize,
    ) {
        self.arrive(text, destination);
        self.splice(cx, start, end, &text.text);
    }

    /// The items that moved into a text stand at `destination` from now on.
    pub(super) fn arrive(&mut self, text: &Text, destination: usize) {
        for number in &text.moved {
            self.aliases.arrives(*number, destination);
        }
    }

    /// Takes a value off its line, whose end may hold a comment. Blanks after it were its own: a tab after a lone colon
    /// is no YAML.
    pub(super) fn cut_from_line(&mut self, cx: &Context<'_, '_>, start: usize, end: usize) {
        let rest = &cx.text[end..layout::line_end(cx.tree, end)];
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if blanks == rest.len() {
            self.splice(cx, start, end + blanks, "");
        } else if rest[..blanks].contains('\t') {
            self.splice(cx, start, end + blanks, " ");
        } else {
            self.splice(cx, start, end, "");
        }
    }
}
