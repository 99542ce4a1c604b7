//! Faults that were found once, each with the sentence that describes it.

use super::tests::{at, check, insert, keep, moved, refused};
use super::*;

/// Moves the first item of `from` behind the first of `to`.
fn first_moves() -> Edit<'static> {
    let to = Edit::List(vec![keep(0), Item::New(moved("from", 0))]);
    Edit::Map(vec![("from".into(), Field::Edit(Edit::List(vec![keep(1)]))), ("to".into(), Field::Edit(to))])
}

/// The `?` of a mapping's first key was taken for none: what was inserted stood in the key's column.
#[test]
fn a_mapping_may_begin_with_a_question_mark() {
    let edit = at("m", insert("k", Value::str("v")));
    check("m:\n  ? a\n  : 1\nz: 0\n", &edit, "m:\n  ? a\n  : 1\n  k: v\nz: 0\n");
    check("m: &x\n  ? a\n  : 1\n", &edit, "m: &x\n  ? a\n  : 1\n  k: v\n");
}

/// A moved mapping that begins with a `?` lost it.
#[test]
fn a_question_mark_moves_with_its_mapping() {
    check(
        "from:\n- ? a\n  : 1\n- c\nto:\n  - z\n",
        &first_moves(),
        "from:\n- c\nto:\n  - z\n  - ? a\n    : 1\n",
    );
}

/// The anchor of a mapping was taken for its first key's: what was inserted stood in the anchor's column.
#[test]
fn the_anchor_of_a_mapping_is_not_its_first_keys() {
    let edit = at("m", insert("k", Value::str("v")));
    check("m: &x\n  a: 1\nz: 0\n", &edit, "m: &x\n  a: 1\n  k: v\nz: 0\n");
    check("m: !!map\n  a: 1\nz: 0\n", &edit, "m: !!map\n  a: 1\n  k: v\nz: 0\n");
}

/// What stood between the dash of a moved item and its content was lost, comments too.
#[test]
fn a_comment_behind_the_dash_moves_with_the_item() {
    check(
        "from:\n- # one\n  a: 1\n-\nto:\n  - z\n",
        &first_moves(),
        "from:\n-\nto:\n  - z\n  - # one\n    a: 1\n",
    );
}

/// A move was refused when an alias moved away from its anchor, although it still stood behind it.
#[test]
fn an_alias_moves_as_long_as_it_stays_behind_its_anchor() {
    check("x: &x 1\nfrom: [*x, c]\nto: [z]\n", &first_moves(), "x: &x 1\nfrom: [c]\nto: [z, *x]\n");
    refused(
        "from: [&x a, *x]\nto: [z]\n",
        &first_moves(),
        "the alias `*x` and its anchor would be torn apart by a move",
    );
    check("to: [z]\nfrom: [&x a, *x]\n", &first_moves(), "to: [z, &x a]\nfrom: [*x]\n");
}

/// The key of a list whose last item went took along the comment behind it.
#[test]
fn a_key_with_a_comment_stays_when_its_list_is_emptied() {
    let edit = at("l", Edit::List(Vec::new()));
    check("a: 1\nl: # why\n- x\n", &edit, "a: 1\nl: # why\n  []\n");
}
