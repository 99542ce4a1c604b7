//! Collects the edits of a document in memory that the next document reuses.

use super::alias_guard::AliasGuard;
use super::context::Context;
use super::copy::Copy;
use super::layout;
use super::lines::NewText;
use crate::span::Span;
use crate::splice::Draft;

/// Memory for the edits of one document after another. It keeps nothing of the last document.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The edits of the text.
    pub(super) draft: Draft,
    /// How many edits there were when the walk came to the current line of a flow collection.
    pub(super) before_line: usize,
    /// See [`Self::for_rewriters`].
    pub(super) is_rewritten: bool,
    pub(super) aliases: AliasGuard,
    /// The aliases that copies replaced.
    copied: Vec<Span>,
    /// The copies that are not written yet.
    pending: Vec<Copy>,
}

impl Scratch {
    /// Writes a flow list in a block mapping as a block list if its line would get too wide: another program writes the
    /// text again, with each flow list on one line.
    #[must_use]
    pub fn for_rewriters() -> Self {
        Self { is_rewritten: true, ..Self::default() }
    }

    /// Clears the edits of the last document, also after a failure.
    pub(super) fn clear(&mut self) {
        self.draft.clear();
        self.before_line = 0;
        self.aliases.clear();
        self.copied.clear();
        self.pending.clear();
    }

    /// Plans copies for [`Self::write_copies`].
    pub(super) fn plan_copies(&mut self, copies: Vec<Copy>) {
        self.copied.extend(copies.iter().map(|copy| copy.alias));
        self.aliases.copy(self.copied.clone());
        self.pending = copies;
    }

    /// Writes the planned copies within a part of the text. That part may move, so it has a draft of its own.
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

    /// Names the aliases that may see changes of their anchors, since all users of the value need the same change. Each
    /// has the start of the alias, and for a merge the only key whose change is shared.
    pub fn share(&mut self, aliases: Vec<(u32, Option<&'static str>)>) {
        self.aliases.share(aliases);
    }

    /// Records that a copy replaces an alias, or a value that it merges.
    pub(super) fn copy(&mut self, alias: Span) {
        if !self.copied.contains(&alias) {
            self.copied.push(alias);
        }
    }

    /// The aliases whose values, or parts of them, the last edit wrote out.
    pub fn copied_aliases(&self) -> &[Span] {
        &self.copied
    }

    /// Whether a copy replaces an alias in this part of the text.
    pub(super) fn has_copy_in(&self, part: Span) -> bool {
        self.copied.iter().any(|alias| part.contains(*alias))
    }

    /// Replaces text. A blank keeps a comment directly after it apart.
    pub(super) fn splice(&mut self, cx: &Context<'_, '_>, start: usize, end: usize, text: &str) {
        let depth = u32::try_from(cx.path.len()).expect("impossible: nesting is limited");
        let span = Span::new(start, end);
        if cx.begins_comment(end) && text.ends_with(|c: char| !c.is_ascii_whitespace()) {
            self.draft.push(span, &format!("{text} "), depth);
        } else {
            self.draft.push(span, text, depth);
        }
    }

    /// Replaces text by new text, and records that its moved items go to `destination`.
    pub(super) fn write(
        &mut self,
        cx: &Context<'_, '_>,
        (start, end): (usize, usize),
        text: &NewText,
        destination: usize,
    ) {
        self.arrive(text, destination);
        self.splice(cx, start, end, &text.text);
    }

    /// Records that the moved items of a text go to `destination`.
    pub(super) fn arrive(&mut self, text: &NewText, destination: usize) {
        for number in &text.moved {
            self.aliases.arrives(*number, destination);
        }
    }

    /// Removes a value from its line, which may end with a comment. Blanks after the value go along: a tab after a lone
    /// colon is not YAML.
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
