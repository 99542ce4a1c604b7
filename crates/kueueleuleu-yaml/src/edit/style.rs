//! Chooses the style of new text: block or flow, quotes, blanks, and line breaks between entries.
//!
//! This module only reads.

use super::change::Value;
use super::context::{Context, is_list};
use super::layout;
use super::render::{Flow, Render, WIDEST};
use super::source_item::Form;
use crate::syntax::scalar::{self, CoreType, plain};
use crate::syntax::{NodeId, NodeKind, Tree};
use std::borrow::Cow;

/// Whether a new list is in flow style, like the list that its items come from. A list of mappings is not: after a
/// revert an empty block list is removed, but empty brackets would stay.
pub(super) fn wants_flow(render: Render<'_, '_, '_>, items: &[Value<'_>]) -> bool {
    let mut any = false;
    for item in items {
        if let Value::Moved(moved) = item {
            any = true;
            let moved = render.moves.get(moved);
            if moved.form != Form::Flowable || render.cx.tree.kind(moved.source.item) == NodeKind::FlowMapping
            {
                return false;
            }
        }
    }
    any || (items.iter().all(|item| matches!(item, Value::Str(_))) && stands_by_flow(render.cx))
}

/// Whether a line is wider than [`WIDEST`] and wider than it was.
pub(super) fn is_too_wide(width: usize, old_width: usize) -> bool {
    width > WIDEST.max(old_width)
}

/// The width of the line of `at`, in characters.
pub(super) fn width(tree: &Tree<'_>, at: usize) -> usize {
    tree.text()[layout::line_start(tree, at)..layout::line_end(tree, at)].chars().count()
}

/// Whether the edited mapping has a list of scalars in flow style.
fn stands_by_flow(cx: &Context<'_, '_>) -> bool {
    let tree = cx.tree;
    let map = cx.path.last().filter(|&&id| tree.kind(id) == NodeKind::BlockMapping);
    let is_scalar = |item: NodeId| matches!(tree.kind(item), NodeKind::Plain | NodeKind::Quoted);
    map.into_iter().flat_map(|&map| tree.pairs(map)).any(|(_, list)| {
        tree.kind(list) == NodeKind::FlowSequence
            && tree.children(list).next().is_some()
            && tree.children(list).all(is_scalar)
    })
}

/// Whether all strings of the list that moved items come from are in double quotes.
pub(super) fn are_quoted(render: Render<'_, '_, '_>, items: &[Value<'_>]) -> bool {
    let moved = items.iter().find_map(|item| if let Value::Moved(moved) = item { Some(moved) } else { None });
    let list = moved.and_then(|moved| render.moves.list(moved.list));
    list.is_some_and(|list| quotes(render.cx, list))
}

/// A new list of words in the quotes of the lists beside it, where all of their words have the same.
///
/// ```yaml
/// args: ['a', 'b']    # before
/// ```
///
/// ```yaml
/// args: ['a', 'b']    # after `command` was inserted
/// command: ['c']
/// ```
pub(super) fn in_quotes(cx: &Context<'_, '_>, value: &Value<'_>) -> Option<Value<'static>> {
    let Value::Seq(items) = value else { return None };
    let texts: Option<Vec<&str>> =
        items.iter().map(|item| if let Value::Str(text) = item { Some(&**text) } else { None }).collect();
    let texts = texts?;
    let quote = quote_beside(cx)?;
    let raw = |text: &str| {
        let mut quoted = String::with_capacity(text.len() + 2);
        if quote == '\'' && !text.contains(|c: char| c.is_control() || !c.is_ascii()) {
            quoted.extend(["'", &text.replace('\'', "''"), "'"]);
        } else {
            scalar::write_double_quoted(text, &mut quoted);
        }
        Value::Raw(Cow::Owned(quoted))
    };
    Some(Value::seq(texts.into_iter().map(raw).collect()))
}

/// The quotes around all words of the lists in the mapping that is being edited.
fn quote_beside(cx: &Context<'_, '_>) -> Option<char> {
    let tree = cx.tree;
    let map = cx.path.last().filter(|&&id| tree.kind(id) == NodeKind::BlockMapping)?;
    let lists = tree.pairs(*map).map(|(_, list)| list).filter(|&list| is_words(tree, list));
    let mut quotes = lists.flat_map(|list| tree.children(list)).map(|word| tree.source(word).chars().next());
    let first = quotes.next()?.filter(|quote| matches!(quote, '\'' | '"'))?;
    quotes.all(|quote| quote == Some(first)).then_some(first)
}

/// Whether a list holds nothing but scalars.
fn is_words(tree: &Tree<'_>, id: NodeId) -> bool {
    let is_scalar =
        |item: NodeId| matches!(tree.kind(item), NodeKind::Plain | NodeKind::Quoted | NodeKind::BlockScalar);
    is_list(tree.kind(id)) && tree.children(id).all(is_scalar)
}

/// The style of new entries of the flow collection `id`.
pub(super) fn flow(cx: &Context<'_, '_>, id: NodeId) -> Flow {
    if let Some(kyaml) = cx.kyaml() {
        return Flow::kyaml(kyaml);
    }
    let (tree, text) = (cx.tree, cx.text);
    let outermost =
        cx.path.iter().chain([&id]).find(|&&node| tree.kind(node).is_flow()).copied().unwrap_or(id);
    let colon = tree.pairs(outermost).next().filter(|_| tree.kind(outermost) == NodeKind::FlowMapping).map(
        |(key, _)| {
            let rest = &text[tree.span(key).end as usize..];
            rest.trim_ascii_start()
                .strip_prefix(':')
                .is_some_and(|rest| !rest.starts_with([' ', '\t', '\n', '\r']))
        },
    );
    // An empty collection is filled in the style of the collection around it.
    let inner_first = [id].into_iter().chain(cx.path.iter().rev().copied());
    let spread = inner_first.into_iter().find(|&node| tree.children(node).next().is_some());
    let spread = spread.and_then(|node| line_step(tree, node));
    let is_tab = tree.children(outermost).next().is_some_and(|first| {
        let start = tree.props(first);
        text[..start].ends_with('\t')
            && text[layout::line_start(tree, start)..start].bytes().all(|byte| byte == b'\t')
    });
    Flow {
        quoted: quotes(cx, id) || (tree.children(id).next().is_none() && is_quoted(tree, outermost)),
        minified: colon.unwrap_or(false),
        step: spread.filter(|_| cx.is_flow()),
        blank: if is_tab { '\t' } else { ' ' },
        kyaml: None,
        fill: None,
    }
}

/// Whether the strings of the flow collection `id`, and of the lists of words beside it, are in double quotes. An item
/// that moves between two lists must not change the quotes of either.
fn quotes(cx: &Context<'_, '_>, id: NodeId) -> bool {
    let tree = cx.tree;
    if !is_quoted(tree, id) {
        return false;
    }
    let parent = cx.path.iter().rev().find(|&&node| node != id).filter(|_| is_words(tree, id));
    let lists = parent.into_iter().flat_map(|&map| tree.pairs(map)).map(|(_, value)| value);
    lists.filter(|&list| is_words(tree, list)).all(|list| has_quotes_only(tree, list))
}

fn has_quotes_only(tree: &Tree<'_>, list: NodeId) -> bool {
    tree.children(list)
        .all(|item| tree.kind(item) == NodeKind::BlockScalar || tree.source(item).starts_with('"'))
}

/// The indentation of entries that begin lines, relative to the line of the bracket.
fn line_step(tree: &Tree<'_>, id: NodeId) -> Option<usize> {
    let first = tree.children(id).next().filter(|_| tree.kind(id).is_flow())?;
    let start = tree.props(first);
    let outer = || indentation(tree, tree.span(id).start as usize);
    begins_line(tree, start).then(|| layout::column(tree, start).saturating_sub(outer()))
}

/// Whether all strings of a flow collection are in double quotes, as in JSON.
fn is_quoted(tree: &Tree<'_>, id: NodeId) -> bool {
    let mut any = false;
    let mut quoted = |node: NodeId, is_key: bool| match tree.kind(node) {
        NodeKind::Quoted => {
            any = true;
            tree.source(node).starts_with('"')
        }
        NodeKind::Plain => !is_key && plain(tree.scalar(node)) != CoreType::Str,
        _ => true,
    };
    let all = if tree.kind(id) == NodeKind::FlowMapping {
        tree.pairs(id).all(|(key, value)| quoted(key, true) && quoted(value, false))
    } else {
        tree.children(id).all(|item| {
            if tree.kind(item) == NodeKind::FlowMapping { is_quoted(tree, item) } else { quoted(item, false) }
        })
    };
    let is_nested = |item: NodeId| tree.kind(item) == NodeKind::FlowMapping && is_quoted(tree, item);
    all && (any || tree.children(id).any(is_nested))
}

/// Whether only spaces and tabs precede `at` on its line. In flow style tabs are allowed there.
pub(super) fn begins_line(tree: &Tree<'_>, at: usize) -> bool {
    let before = tree.text().as_bytes()[..at].iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
    match before {
        None | Some(b'\n' | b'\r') => true,
        // Perhaps a byte order mark.
        Some(0x80..) => tree.text()[layout::line_start(tree, at)..at].trim_matches([' ', '\t']).is_empty(),
        _ => false,
    }
}

/// The indentation of the line of `at`, in spaces and tabs.
pub(super) fn indentation(tree: &Tree<'_>, at: usize) -> usize {
    tree.text().as_bytes()[layout::line_start(tree, at)..]
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count()
}
