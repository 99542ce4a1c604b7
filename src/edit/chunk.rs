//! A list item on its way from one list to another: its source text, with its comments.
//!
//! The text is never written anew. In block style its lines are shifted by one delta; in flow style it is taken as
//! it is.

use super::Unwritable;
use super::layout::{self, Entry};
use crate::span::Span;
use crate::yaml::{Kind, NodeId, Tree, scalar};

/// What an item can become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// It stands in a flow list, or is a mapping in braces.
    Flowable,
    /// It stands in a block list, and could stand in a flow list.
    OneLine,
    /// It has comments or is written in block style, so it needs a line of its own.
    NeedsLine,
}

#[derive(Clone, Copy, Debug)]
enum From {
    /// The column of its dash, which its lines are relative to. The text begins behind the dash.
    Block {
        column: usize,
        /// What it can become if no comments come along.
        form: Form,
    },
    Flow,
}

/// The text of a list item.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    /// The blank lines above it, each with the line break before it.
    pub(super) blanks: String,
    /// The comment lines above it.
    pub(super) comments: Vec<String>,
    body: String,
    /// The comment on its last line, for an item of a flow list.
    trail: Option<String>,
    from: From,
    span: Span,
}

impl Chunk {
    /// The bytes that an item of a block sequence takes along, and how to read them; `before` is the end of the item
    /// before it.
    pub(super) fn of_block(
        tree: &Tree<'_>,
        item: NodeId,
        entry: Entry,
        before: impl FnOnce() -> usize,
    ) -> (Span, Self) {
        let text = tree.text();
        let line = layout::previous_break(text, layout::line_start(tree, entry.start));
        let blanks =
            layout::above(tree, entry.start, before).map_or("", |above| &text[above..line]).to_owned();
        let comments = layout::lines(&text[entry.start..entry.lead]).map(|line| line.trim().to_owned());
        let comments = comments.filter(|line| !line.is_empty()).collect();
        let span = Span::new(entry.lead + 1, entry.end);
        let form = match tree.kind(item) {
            Kind::Plain if scalar::is_plain_safe(tree.scalar(item), true) => Form::OneLine,
            Kind::Quoted => Form::OneLine,
            Kind::FlowMapping => Form::Flowable,
            _ => Form::NeedsLine,
        };
        let is_alone = text[tree.span(item).end as usize..entry.end].trim().is_empty();
        let is_one_line = is_alone && !tree.source(item).contains(['\n', '\r']);
        let form = if is_one_line { form } else { Form::NeedsLine };
        let from = From::Block { column: layout::column(tree, entry.lead), form };
        (span, Self { blanks, comments, body: String::new(), trail: None, from, span })
    }

    /// The same for an item of a flow sequence; `before` is the end of the item before it, or of the bracket.
    pub(super) fn of_flow(tree: &Tree<'_>, item: NodeId, before: usize, is_first: bool) -> (Span, Self) {
        let text = tree.text();
        let span = Span::new(tree.props(item), tree.span(item).end as usize);
        let gap = &text[before..tree.props(item)];
        // What stands on the line of the item before belongs to that one.
        let comments = layout::lines(gap).skip(usize::from(!is_first)).filter_map(comment).collect();
        let rest = &text[span.end as usize..layout::line_end(tree, span.end as usize)];
        // Behind the bracket it is the list's.
        let rest = rest.trim_start_matches([' ', '\t', ',']);
        let trail = rest.starts_with('#').then(|| rest.trim_end().to_owned());
        let blanks = String::new();
        (span, Self { blanks, comments, body: String::new(), trail, from: From::Flow, span })
    }

    /// The same with its text, which may have been edited.
    pub(super) fn with_body(self, body: String) -> Self {
        Self { body, ..self }
    }

    pub(super) fn form(&self) -> Form {
        match self.from {
            From::Flow if self.comments.is_empty() && self.trail.is_none() => Form::Flowable,
            From::Block { form, .. } if self.comments.is_empty() => form,
            _ => Form::NeedsLine,
        }
    }

    /// Writes it as what follows the dash in `column`.
    pub(super) fn write_block(&self, column: usize, out: &mut String) -> Result<(), Unwritable> {
        let shift = match self.from {
            From::Block { column: old, .. } => column.cast_signed() - old.cast_signed(),
            // Deeper than the dash is all that a flow collection or a quoted scalar asks for.
            From::Flow => {
                out.push(' ');
                let least = continuation(&self.body)
                    .map(|line| line.len() - line.trim_start_matches(' ').len())
                    .min();
                least.filter(|&least| least <= column).map_or(0, |least| (column + 2 - least).cast_signed())
            }
        };
        self.write_shifted(shift, out)?;
        if let Some(trail) = &self.trail {
            out.push(' ');
            out.push_str(trail);
        }
        Ok(())
    }

    /// Writes it as an item of a flow list.
    pub(super) fn write_flow(&self, out: &mut String) -> Result<(), Unwritable> {
        if self.form() == Form::NeedsLine {
            return Err(Unwritable {
                message: "an item with a comment or in block style would have to join a flow list".to_owned(),
                span: self.span,
                help: "write the list in block style, an item a line",
            });
        }
        out.push_str(self.body.trim());
        Ok(())
    }

    fn write_shifted(&self, shift: isize, out: &mut String) -> Result<(), Unwritable> {
        let mut lines = layout::lines(&self.body);
        out.push_str(lines.next().unwrap_or(""));
        for line in lines {
            let spaces = line.len() - line.trim_start_matches(' ').len();
            let rest = &line[spaces..];
            let blank = rest.trim_end_matches(['\r', '\n']).is_empty();
            if blank && spaces == 0 {
                out.push_str(line);
                continue;
            }
            // A blank line has no content that a shift could take it below, a comment can stand anywhere.
            let wanted = spaces.cast_signed() + shift;
            if wanted < 0 && !blank && !rest.starts_with('#') {
                return Err(Unwritable {
                    message: "an item cannot be moved: one of its lines is indented less than the item"
                        .to_owned(),
                    span: self.span,
                    help: "indent all lines of the item by its dash's column at least, with spaces",
                });
            }
            super::render::indent(out, usize::try_from(wanted).unwrap_or(0));
            out.push_str(rest);
        }
        Ok(())
    }
}

fn continuation(body: &str) -> impl Iterator<Item = &str> {
    layout::lines(body).skip(1).filter(|line| !line.trim().is_empty())
}

/// The comment on a line between the items of a flow list.
pub(super) fn comment(line: &str) -> Option<String> {
    let line = line.trim();
    line.find('#').map(|at| line[at..].to_owned())
}

/// Whether a gap between the items of a flow collection holds a comment.
pub(super) fn holds_comment(gap: &str) -> bool {
    gap.contains('#')
}

/// Whether a node is a sequence that items can be taken from.
pub(super) fn is_list(kind: Kind) -> bool {
    matches!(kind, Kind::BlockSequence | Kind::FlowSequence)
}
