//! How a flow collection is written: quotes, blanks, lines of their own. Looks only, and writes nothing.

use crate::edit::lower::Lowering;
use crate::edit::render::Flow;
use crate::edit::{chunk, layout};
use crate::syntax::scalar::{Plain, plain};
use crate::syntax::{Kind, NodeId, Tree};

/// How new entries of the flow collection `id`, or of the one around it, are written.
pub(in crate::edit) fn style(lowering: &Lowering<'_, '_>, id: NodeId) -> Flow {
    let tree = lowering.tree;
    let text = lowering.text;
    let outermost = lowering
        .writer
        .path
        .iter()
        .chain([&id])
        .find(|&&node| tree.kind(node).is_flow())
        .copied()
        .unwrap_or(id);
    let is_document = lowering.writer.path.first().is_none_or(|&root| tree.kind(root).is_flow());
    let colon =
        tree.pairs(outermost).next().filter(|_| tree.kind(outermost) == Kind::FlowMapping).map(|(key, _)| {
            let rest = &text[tree.span(key).end as usize..];
            rest.trim_ascii_start()
                .strip_prefix(':')
                .is_some_and(|rest| !rest.starts_with([' ', '\t', '\n', '\r']))
        });
    // An empty collection is filled as the one around it is.
    let inner_first = [id].into_iter().chain(lowering.writer.path.iter().rev().copied());
    let spread = inner_first.into_iter().find(|&node| tree.children(node).next().is_some());
    let spread = spread.and_then(|node| line_step(tree, node));
    let is_tab = tree.children(outermost).next().is_some_and(|first| {
        let start = tree.props(first);
        text[..start].ends_with('\t')
            && text[layout::line_start(tree, start)..start].bytes().all(|byte| byte == b'\t')
    });
    Flow {
        quoted: quotes(lowering, id) || (tree.children(id).next().is_none() && is_quoted(tree, outermost)),
        minified: colon.unwrap_or(false),
        step: spread.filter(|_| is_document),
        blank: if is_tab { '\t' } else { ' ' },
    }
}

/// Whether the strings of the flow collection `id` are in double quotes, and in the lists beside it as well: what
/// moves between two lists must not change how either is written.
pub(in crate::edit) fn quotes(lowering: &Lowering<'_, '_>, id: NodeId) -> bool {
    let tree = lowering.tree;
    if !is_quoted(tree, id) {
        return false;
    }
    let is_scalar = |item: NodeId| matches!(tree.kind(item), Kind::Plain | Kind::Quoted | Kind::BlockScalar);
    let is_list = |id: NodeId| chunk::is_list(tree.kind(id)) && tree.children(id).all(is_scalar);
    let parent = lowering.writer.path.iter().rev().find(|&&node| node != id).filter(|_| is_list(id));
    let lists = parent.into_iter().flat_map(|&map| tree.pairs(map)).map(|(_, value)| value);
    lists.filter(|&list| is_list(list)).all(|list| has_quotes_only(tree, list))
}

fn has_quotes_only(tree: &Tree<'_>, list: NodeId) -> bool {
    tree.children(list).all(|item| tree.kind(item) == Kind::BlockScalar || tree.source(item).starts_with('"'))
}

/// How many columns further in the entries are than the line of the bracket, where each begins a line.
fn line_step(tree: &Tree<'_>, id: NodeId) -> Option<usize> {
    let first = tree.children(id).next().filter(|_| tree.kind(id).is_flow())?;
    let start = tree.props(first);
    let outer = || indentation(tree, tree.span(id).start as usize);
    begins_line(tree, start).then(|| layout::column(tree, start).saturating_sub(outer()))
}

/// Whether a flow collection is JSON as far as its strings show: all of them in double quotes.
fn is_quoted(tree: &Tree<'_>, id: NodeId) -> bool {
    let mut any = false;
    let mut quoted = |node: NodeId, is_key: bool| match tree.kind(node) {
        Kind::Quoted => {
            any = true;
            tree.source(node).starts_with('"')
        }
        Kind::Plain => !is_key && plain(tree.scalar(node)) != Plain::Str,
        _ => true,
    };
    let all = if tree.kind(id) == Kind::FlowMapping {
        tree.pairs(id).all(|(key, value)| quoted(key, true) && quoted(value, false))
    } else {
        tree.children(id).all(|item| {
            if tree.kind(item) == Kind::FlowMapping { is_quoted(tree, item) } else { quoted(item, false) }
        })
    };
    let is_nested = |item: NodeId| tree.kind(item) == Kind::FlowMapping && is_quoted(tree, item);
    all && (any || tree.children(id).any(is_nested))
}

/// As [`layout::is_first_on_line`], and tabs may stand there too: in flow style they are no indentation.
pub(super) fn begins_line(tree: &Tree<'_>, at: usize) -> bool {
    let before = tree.text().as_bytes()[..at].iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
    match before {
        None | Some(b'\n' | b'\r') => true,
        // Perhaps a byte order mark.
        Some(0x80..) => tree.text()[layout::line_start(tree, at)..at].trim_matches([' ', '\t']).is_empty(),
        _ => false,
    }
}

/// As [`layout::indentation`], tabs counted.
pub(in crate::edit) fn indentation(tree: &Tree<'_>, at: usize) -> usize {
    tree.text().as_bytes()[layout::line_start(tree, at)..]
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count()
}
