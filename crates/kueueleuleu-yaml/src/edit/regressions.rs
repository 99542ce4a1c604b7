//! Faults that were found once, each with the sentence that describes it.

use super::tests::{all_moved, at, check, insert, keep, moved, new, refused};
use super::*;

/// Moves the first item of `from` after the first item of `to`.
fn first_moves() -> Edit<'static> {
    let to = Edit::list(vec![keep(0), Item::New(moved("from", 0))]);
    Edit::map(vec![("from".into(), Field::Edit(Edit::list(vec![keep(1)]))), ("to".into(), Field::Edit(to))])
}

/// The same for an empty `to`.
fn first_moves_to_none() -> Edit<'static> {
    Edit::map(vec![
        ("from".into(), Field::Edit(Edit::list(vec![keep(1)]))),
        ("to".into(), Field::Edit(Edit::list(vec![Item::New(moved("from", 0))]))),
    ])
}

/// The `?` before a mapping's first key was ignored: new entries were indented by the column of the key.
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

/// The anchor of a mapping was read as that of its first key: new entries were indented by the column of the anchor.
#[test]
fn the_anchor_of_a_mapping_is_not_its_first_keys() {
    let edit = at("m", insert("k", Value::str("v")));
    check("m: &x\n  a: 1\nz: 0\n", &edit, "m: &x\n  a: 1\n  k: v\nz: 0\n");
    check("m: !!map\n  a: 1\nz: 0\n", &edit, "m: !!map\n  a: 1\n  k: v\nz: 0\n");
}

/// The text between the dash of a moved item and its content was lost, comments included.
#[test]
fn a_comment_after_the_dash_moves_with_the_item() {
    check(
        "from:\n- # one\n  a: 1\n-\nto:\n  - z\n",
        &first_moves(),
        "from:\n-\nto:\n  - z\n  - # one\n    a: 1\n",
    );
}

/// The move of an alias was refused, although the alias still came after its anchor.
#[test]
fn an_alias_moves_as_long_as_it_stays_after_its_anchor() {
    check("x: &x 1\nfrom: [*x, c]\nto: [z]\n", &first_moves(), "x: &x 1\nfrom: [c]\nto: [z, *x]\n");
    check("from: [&x a, *x]\nto: [z]\n", &first_moves(), "from: [a]\nto: [z, &x a]\n");
    check("to: [z]\nfrom: [&x a, *x]\n", &first_moves(), "to: [z, &x a]\nfrom: [*x]\n");
}

/// An anchor moved between an alias and an earlier anchor of the same name, so the alias referred to the wrong one.
#[test]
fn an_alias_never_refers_to_another_anchor_of_the_same_name() {
    let order = |items| at("l", Edit::list(items));
    for (text, expected) in [
        ("l:\n- &x 1\n- *x\n- &x 2\n", "l:\n- &x 1\n- &x 2\n- 1\n"),
        ("l: [&x 1, *x, &x 2]\n", "l: [&x 1, &x 2, 1]\n"),
    ] {
        let between = order(vec![keep(0), Item::New(moved("l", 2)), keep(1)]);
        check(text, &between, expected);
        let after = order(vec![keep(0), keep(2), Item::New(moved("l", 1))]);
        check(text, &after, expected);
    }
    let in_front = order(vec![Item::New(moved("l", 2)), keep(0), keep(1)]);
    check("l:\n- &x 1\n- *x\n- &x 2\n", &in_front, "l:\n- &x 2\n- &x 1\n- *x\n");
    check("l: [&x 1, *x, &x 2]\n", &in_front, "l: [&x 2, &x 1, *x]\n");
}

/// An item that moved to the start of a flow list was expected where the first item of that list went, so an alias was
/// written before its anchor.
#[test]
fn items_that_swap_between_flow_lists_keep_anchors_before_aliases() {
    let swap = |first, second| {
        let one = Edit::list(vec![Item::New(moved("second", 0))]);
        let other = Edit::list(vec![Item::New(moved("first", 0))]);
        Edit::map(vec![(first, Field::Edit(one)), (second, Field::Edit(other))])
    };
    let edit = swap("first".into(), "second".into());
    check("{first: [&x a], second: [*x]}\n", &edit, "{first: [a], second: [&x a]}\n");
    check("first: [&x a]\nsecond: [*x]\n", &edit, "first: [a]\nsecond: [&x a]\n");
    check("first:\n- &x a\nsecond:\n- *x\n", &edit, "first:\n- a\nsecond:\n- &x a\n");
    check("first: [&x a]\nsecond: [*x] # keep\n", &edit, "first: [a]\nsecond: [&x a] # keep\n");
}

/// When the last item of a list was removed, its key was removed with the comment after the key.
#[test]
fn a_key_with_a_comment_stays_when_its_list_is_emptied() {
    let edit = at("l", Edit::list(Vec::new()));
    check("a: 1\nl: # why\n- x\n", &edit, "a: 1\nl: # why\n  []\n");
    check("a: 1\nl:\n  # why\n- x\n", &edit, "a: 1\nl:\n  # why\n  []\n");
    check("a: 1\nl:\n  # x\n  - x\n    # x\n # why\n", &edit, "a: 1\nl:\n    []\n # why\n");
}

/// When a list was set to an empty one, the comments of its moved items stayed in it too, and its anchor was written
/// after the brackets.
#[test]
fn a_list_that_is_set_to_an_empty_one_keeps_no_comments_of_moved_items() {
    let edit = Edit::map(vec![
        ("from".into(), Field::Edit(Edit::Set(Value::seq(Vec::new())))),
        ("to".into(), Field::Edit(Edit::list(vec![Item::New(moved("from", 0)), Item::Keep(0, None)]))),
    ]);
    check("from:\n# x\n- x # y\n  # z\nto:\n- c\n", &edit, "from: []\nto:\n# x\n- x # y\n  # z\n- c\n");
    let edit = at("l", Edit::Set(Value::seq(Vec::new())));
    check("l: &a !!seq # why\n- x\n", &edit, "l: &a !!seq [] # why\n");
}

/// The comment after the bracket of a flow list moved with its last item, and also stayed.
#[test]
fn the_comment_after_a_bracket_belongs_to_the_list() {
    let mut edit = first_moves();
    check("from: [x, c] # one\nto: [z] # two\n", &edit, "from: [c] # one\nto: [z, x] # two\n");
    if let Edit::Map(Lent::Owned(fields)) = &mut edit {
        fields[0].1 = Field::Edit(Edit::list(Vec::new()));
    }
    check("from: [x] # one\nto:\n- z # two\n", &edit, "from: [] # one\nto:\n- z # two\n- x\n");
}

/// After a key was removed, the same key of a merged mapping took its place.
#[test]
fn a_key_that_a_merge_would_bring_back_becomes_null() {
    let gone = at("m", Edit::map(vec![("k".into(), Field::Remove)]));
    check("b: &b {k: 1}\nm: {<<: *b, k: 2}\n", &gone, "b: &b {k: 1}\nm: {<<: *b, k: null}\n");
    let both = Edit::map(vec![
        ("b".into(), Field::Edit(Edit::map(vec![("k".into(), Field::Remove)]))),
        ("m".into(), Field::Edit(Edit::map(vec![("k".into(), Field::Remove)]))),
    ]);
    check("b: &b {j: 0, k: 1}\nm: {<<: *b, k: 2}\n", &both, "b: &b {j: 0}\nm: {<<: *b}\n");
    let emptied = at("m", at("k", Edit::list(Vec::new())));
    check(
        "b: &b {k: [x]}\nm:\n  <<: [*b]\n  k:\n  - z\n  a: 1\n",
        &emptied,
        "b: &b {k: [x]}\nm:\n  <<: [*b]\n  k: null\n  a: 1\n",
    );
}

/// A flow list on its own line left a blank line when it became a block list.
#[test]
fn brackets_on_their_own_line_leave_no_blank_line() {
    check(
        "from:\n- x: 1\n- c\nto: # one\n  [z]\na: 1\n",
        &first_moves(),
        "from:\n- c\nto: # one\n- z\n- x: 1\na: 1\n",
    );
}

/// The colon of a `?` key on its own line was removed together with the empty value after it.
#[test]
fn the_colon_of_a_question_mark_key_stays() {
    let edit = at("a", Edit::Set(Value::str("v")));
    check("? a # x: y\n:\nb: 1\n", &edit, "? a # x: y\n: v\nb: 1\n");
    check("? a\n: z # c\nb: 1\n", &edit, "? a\n: v # c\nb: 1\n");
    refused("? a\nb: 1\n", &edit, "a `?` key without `:` would have to be given a value");
}

/// The comment after a flow list was removed together with the list.
#[test]
fn a_cleared_list_is_removed_unless_its_key_has_a_comment() {
    let edit = Edit::map(vec![("l".into(), Field::Clear)]);
    check("a: 1\nl: [x]\n", &edit, "a: 1\n");
    check("a: 1\nl:\n# x\n- x # x\n", &edit, "a: 1\n");
    check("a: 1\nl: [x] # why\n", &edit, "a: 1\nl: [] # why\n");
    check("a: 1\nl: [x\n  # why\n]\n", &edit, "a: 1\nl: [\n  # why\n]\n");
    check("{a: 1, l: [x]}\n", &edit, "{a: 1}\n");
    check("{a: 1, l: [x\n  # why\n]}\n", &edit, "{a: 1, l: [\n  # why\n]}\n");
}

/// A block scalar moved before a blank line or a deeper comment, which became part of its value.
#[test]
fn a_moved_block_scalar_keeps_its_value() {
    refused(
        "from:\n- |+\n  x\n- c\nto:\n- z\n\na: 1\n",
        &first_moves(),
        "text that comes to follow a block scalar would change its value",
    );
    refused(
        "from:\n- |\n  x\n- c\nto:\n- z\n\n   # deep\na: 1\n",
        &first_moves(),
        "text that comes to follow a block scalar would change its value",
    );
    check(
        "from:\n- |+\n  x\n\n- c\nto:\n- z\na: 1\n",
        &first_moves(),
        "from:\n- c\nto:\n- z\n- |+\n  x\n\na: 1\n",
    );
}

/// A list replaced a value, but the tab after the value stayed. libyaml rejects a tab after a colon without a value.
#[test]
fn blanks_after_a_value_are_removed_with_it() {
    let edit = at("l", Edit::Set(Value::seq(vec![Value::str("x")])));
    check("? l\n: []\t\na: 1\n", &edit, "? l\n:\n- x\na: 1\n");
    check("? l\n: []\t# c\na: 1\n", &edit, "? l\n: # c\n- x\na: 1\n");
    check("? l\n:\n  ~ \t# c\na: 1\n", &edit, "? l\n: # c\n- x\na: 1\n");
}

/// An anchor was removed within a moved item, and its alias was not reported.
#[test]
fn an_anchor_that_is_removed_from_a_moved_item_is_an_error() {
    let gone = Edit::map(vec![("k".into(), Field::Remove)]);
    let taken = Value::Moved(Moved { list: "from", index: 0, edit: Some(Box::new(gone)) });
    let edit = Edit::map(vec![
        ("from".into(), Field::Edit(Edit::list(vec![keep(1)]))),
        ("to".into(), Field::Edit(Edit::list(vec![keep(0), Item::New(taken)]))),
    ]);
    check(
        "from:\n- a: 1\n  k: &x v # c\n- c\nto:\n- z\nb: *x\n",
        &edit,
        "from:\n- c\nto:\n- z\n- a: 1\nb: v\n",
    );
    check("{from: [{k: &x v, a: 1}, c], to: [z], b: *x}\n", &edit, "{from: [c], to: [z, {a: 1}], b: v}\n");
}

/// When the value of a key became a list, the comment below the key went to the last item.
#[test]
fn a_comment_below_a_key_stays_above_its_new_list() {
    let edit = at("l", Edit::Set(Value::seq(vec![Value::str("x")])));
    check("l: []\n  # why\na: 1\n", &edit, "l:\n  # why\n- x\na: 1\n");
    check("l:\n  []\n  # why\na: 1\n", &edit, "l:\n  # why\n- x\na: 1\n");
    check("l:\n  null # why\na: 1\n", &edit, "l: # why\n- x\na: 1\n");
    let edit = at("m", Edit::Set(Value::map([("x", Value::str("v"))])));
    check("m: {}\n   # deeper\n  # why\na: 1\n", &edit, "m:\n   # deeper\n  x: v\n  # why\na: 1\n");
    let text = "from:\n- x: 1\n- c\nto: []\n  # why\n";
    check(text, &first_moves_to_none(), "from:\n- c\nto:\n  # why\n- x: 1\n");
}

/// An item could not be edited while its flow list became a block list.
#[test]
fn an_item_is_edited_while_its_list_becomes_a_block_list() {
    let set = Edit::map(vec![("k".into(), Field::Edit(Edit::Set(Value::str("v"))))]);
    let edit = Edit::map(vec![
        ("from".into(), Field::Edit(Edit::list(vec![keep(1)]))),
        ("to".into(), Field::Edit(Edit::list(vec![Item::New(moved("from", 0)), Item::Keep(0, Some(set))]))),
    ]);
    check(
        "from:\n- a: 1\n- c\nto: [{k: 1, l: 2}] # c\n",
        &edit,
        "from:\n- c\nto: # c\n- a: 1\n- {k: v, l: 2}\n",
    );
}

/// When the last entry of a flow mapping was removed, the comment within the braces was removed with it.
#[test]
fn a_comment_within_braces_is_preserved() {
    let edit = at("m", at("n", Edit::map(vec![("k".into(), Field::Remove)])));
    check("{m: {n: {k: 1}}, a: 1}\n", &edit, "{a: 1}\n");
    check("{m: {\n  n: {k: 1}\n  # why\n}, a: 1}\n", &edit, "{m: {\n  # why\n}, a: 1}\n");
}

/// An entry after a key without a value removed the blank after the colon. kubectl reads `a:,` as a key.
#[test]
fn a_blank_stays_after_a_colon_without_a_value() {
    let edit = Edit::map(vec![("b".into(), Field::Remove)]);
    check("{a: , b: 1}\n", &edit, "{a: }\n");
    check("{a: , b: 1, c: 2}\n", &edit, "{a: , c: 2}\n");
    check("m: {a: }\n", &at("m", insert("k", Value::str("v"))), "m: {a: , k: v }\n");
}

/// The comment between the brackets of an empty list was lost when it became a block list.
#[test]
fn a_comment_between_empty_brackets_is_not_lost() {
    let text = "from:\n- x: 1\n- c\nto: [ # why\n]\n";
    check(text, &first_moves_to_none(), "from:\n- c\nto:\n  # why\n- x: 1\n");
    check("from: [x, c]\nto: [ # why\n]\n", &first_moves_to_none(), "from: [c]\nto: [x\n  # why\n]\n");
}

/// Edits of flow lists were refused because of comments that belong to no removed item: before the first and after the
/// last item.
#[test]
fn comments_beside_removed_items_of_a_flow_list_stay() {
    let first = at("l", Edit::list(vec![keep(0)]));
    check("l: [\n  a, # a\n  b,\n  c,\n  # why\n]\n", &first, "l: [\n  a, # a\n  # why\n]\n");
    let none = at("l", Edit::list(Vec::new()));
    check("l: [a, b\n  # two\n]\n", &none, "l: [\n  # two\n]\n");
    check("l: [ # one\n  a\n  # two\n]\n", &none, "l: [ # one\n  # two\n]\n");
    check("l: [ # one\n  a, b, c,\n  # two\n]\n", &none, "l: [ # one\n  # two\n]\n");
    check("l: [a, # a\n]\n", &none, "l: [ # a\n]\n");
    check("l: [a\n # a\n  ,]\n", &none, "l: [\n # a\n  ]\n");
    check("l: [\n  a, # a\n  b\n]\n", &first, "l: [\n  a # a\n]\n");
    check("l: [\n  a, # a\n  b, # b\n  c\n]\n", &first, "l: [\n  a # a\n   # b\n]\n");
    let edit = all_moved(2, 0);
    check(
        "from: [\n  sh, # it\n  -c,\n  # why\n]\n",
        &edit,
        "from: [only\n  # why\n]\nto:\n- first\n- sh # it\n- -c\n",
    );
}

/// New lines of a flow list were indented with tabs only, where spaces came before the tab.
#[test]
fn tabs_after_spaces_are_not_used_as_indentation() {
    let edit = at("l", Edit::list(vec![keep(0), new("b")]));
    check("l: [\n  \ta]\n", &edit, "l: [\n  \ta,\n   b]\n");
    check("{\n\tl: [\n\t\ta]}\n", &edit, "{\n\tl: [\n\t\ta,\n\t\tb]}\n");
}

/// A new first item of a flow list was written between the old first item and the comment above that item.
#[test]
fn a_new_first_item_of_a_flow_list_goes_above_the_comment_of_the_next() {
    let (before, after) = ("l: [\n  # a\n  a # b\n]\n", "l: [\n  z,\n  # a\n  a # b\n]\n");
    check(before, &at("l", Edit::list(vec![new("z"), keep(0)])), after);
    check(after, &at("l", Edit::list(vec![keep(1)])), before);
    check(
        "from: [ # why\n  x,\n  c\n]\nto: [z]\n",
        &first_moves(),
        "from: [\n  c\n]\nto:\n- z\n# why\n- x\n",
    );
}

/// A block scalar that moved to the end of a text without a last line break lost its last line break.
#[test]
fn a_block_scalar_that_becomes_the_last_line_keeps_its_line_break() {
    let edit = Edit::map(vec![("b".into(), Field::Remove)]);
    check("a: |\n  x\nb: 1", &edit, "a: |\n  x\n");
    check("a: |-\n  x\nb: 1", &edit, "a: |-\n  x");
    check("to: [z]\nfrom:\n- |\n  x\n- c", &first_moves(), "to:\n- z\n- |\n  x\nfrom:\n- c");
    check("from:\n- |\n  x\n- c\nto: [z]", &first_moves(), "from:\n- c\nto:\n- z\n- |\n  x\n");
}

/// A `#` in a string was read as a comment, and a list with an item per line became one line.
#[test]
fn a_number_sign_in_a_string_is_not_a_comment() {
    let edit = at("l", Edit::list(vec![new("x")]));
    check("{\n  \"l\": [\n    \"a #b\"\n  ]\n}\n", &edit, "{\n  \"l\": [\n    \"x\"\n  ]\n}\n");
}

/// The tag of a value stayed before a new value of another type.
#[test]
fn a_tag_does_not_stay_before_another_value() {
    let edit = at("a", Edit::Set(Value::seq(vec![Value::str("x")])));
    check("a: !!null null # c\n", &edit, "a: # c\n- x\n");
    for text in ["{a: !!null null}\n", "{a: !!null }\n", "a: !!null\n  null\n"] {
        refused(text, &edit, "a value with a tag would have to be replaced");
    }
    check("{a: !!str b}\n", &at("a", Edit::Set(Value::str("c"))), "{a: !!str c}\n");
}

/// When a block scalar was replaced, the comment after its `|` was removed too.
#[test]
fn the_comment_of_a_replaced_block_scalar_stays() {
    let edit = at("a", Edit::Set(Value::str("v")));
    check("a: |- # why\n  x\nb: 1\n", &edit, "a: v # why\nb: 1\n");
    check("a:\n  |- # why\n  x\nb: 1\n", &edit, "a:\n  v # why\nb: 1\n");
    check("a: |-\n  # x\nb: 1\n", &edit, "a: v\nb: 1\n");
}

/// Blank lines above moved items did not move, or were lost if all items moved, so a revert could not restore them.
#[test]
fn blank_lines_above_an_item_move_with_it() {
    let sorted = at("l", Edit::list(vec![Item::New(moved("l", 2)), keep(0), keep(1)]));
    check("l:\n- a\n\n# b\n- b\n\n- c\n\nm: 1\n", &sorted, "l:\n\n- c\n- a\n\n# b\n- b\n\nm: 1\n");
    let back = at("l", Edit::list(vec![keep(1), keep(2), Item::New(moved("l", 0))]));
    check("l:\n\n- c\n- a\n\n# b\n- b\n\nm: 1\n", &back, "l:\n- a\n\n# b\n- b\n\n- c\n\nm: 1\n");
    check("from:\n\n- x\n\n- c\nto:\n- z", &first_moves(), "from:\n\n- c\nto:\n- z\n\n- x");
}

/// A comment that a blank line separates from its item did not move with the item.
#[test]
fn a_comment_above_a_blank_line_moves_with_its_item() {
    let before = "l:\n# first\n\n- a\n\n  # deeper\n\n# second\n\n- b\n# below\n";
    let swapped = "l:\n\n# second\n\n- b\n# first\n\n- a\n\n  # deeper\n# below\n";
    check(before, &at("l", Edit::list(vec![Item::New(moved("l", 1)), keep(0)])), swapped);
    check("l:\n- a\n# why\n\n- b\n- c\n", &at("l", Edit::list(vec![keep(0), keep(2)])), "l:\n- a\n- c\n");
}

/// A comment that is indented less than the dash did not move with its item.
#[test]
fn a_comment_left_of_the_dash_moves_with_its_item() {
    let swap = at("l", Edit::list(vec![Item::New(moved("l", 1)), keep(0)]));
    check("l:\n  - a\n # b\n# too\n  - b\n", &swap, "l:\n # b\n# too\n  - b\n  - a\n");
}

/// Text written directly before a `#`, without a blank, made the comment part of a value, or was invalid YAML.
#[test]
fn a_comment_directly_after_a_colon_stays_a_comment() {
    let set = at("a", Edit::Set(Value::str("x")));
    check("{\"a\":# c\n}\n", &set, "{\"a\": \"x\" # c\n}\n");
    check("{\"a\":# c\n}\n", &insert("b", Value::str("x")), "{\"a\": ,\"b\":\"x\" # c\n}\n");
}

/// When an item in braces moved to another column, only its first line was shifted.
#[test]
fn every_line_of_a_flow_item_is_shifted() {
    check(
        "from:\n- {a: 1,\n   b: [2,\n     3]}\n- c\nto:\n    - z\n",
        &first_moves(),
        "from:\n- c\nto:\n    - z\n    - {a: 1,\n       b: [2,\n         3]}\n",
    );
}

/// A comment below a block scalar, deeper than the dash, became part of the scalar or went to another item.
#[test]
fn a_comment_below_a_block_scalar_moves_with_it() {
    check(
        "from:\n- |\n   text\n  # why\n- c\nto:\n    - z\n",
        &first_moves(),
        "from:\n- c\nto:\n    - z\n    - |\n       text\n      # why\n",
    );
}

/// A merge sees a change of its anchor, unless the mapping that merges has or gets the key itself.
#[test]
fn a_key_that_is_inserted_hides_a_change_of_what_is_merged() {
    let edit = |key: &'static str| {
        let insert = Field::Insert { place: Place::Last, value: Value::str("own") };
        let change = Edit::map(vec![("k".into(), Field::Edit(Edit::Set(Value::str("new"))))]);
        Edit::map(vec![
            ("base".into(), Field::Edit(change)),
            ("other".into(), Field::Edit(Edit::map(vec![(key.into(), insert)]))),
        ])
    };
    let text = "base: &x {k: old}\nother: {<<: *x}\n";
    check(text, &edit("k"), "base: &x {k: new}\nother: {<<: *x, k: own}\n");
    check(text, &edit("z"), "base: &x {k: new}\nother: {<<: {k: old}, z: own}\n");
}

/// A merge sees a change deep in an anchored mapping, unless the merging mapping has that entry itself.
#[test]
fn a_change_below_an_entry_of_an_anchored_mapping_is_a_change_of_that_entry() {
    let set = || at("image", Edit::Set(Value::str("b")));
    let edit = || at("base", at("spec", set()));
    let base = |image: &str| format!("base: &b\n  name: x\n  spec:\n    image: {image}\n");
    let hides = "other:\n  <<: *b\n  spec: own\n";
    check(&format!("{}{hides}", base("a")), &edit(), &format!("{}{hides}", base("b")));
    let sees = format!("{}other:\n  <<: *b\n  name: own\n", base("a"));
    check(
        &sees,
        &edit(),
        "base: &b\n  name: x\n  spec:\n    image: b\nother:\n  <<:\n    name: x\n    spec:\n      image: a\n  name: own\n",
    );
    let list = "l: &b\n- image: a\n- c\nother: *b\n";
    let edit = at("l", Edit::list(vec![Item::Keep(0, Some(set())), keep(1)]));
    check(list, &edit, "l: &b\n- image: b\n- c\nother:\n- image: a\n- c\n");
}

/// An anchor with another name may move between an anchor and its alias.
#[test]
fn an_anchor_of_another_name_moves_between_an_anchor_and_its_alias() {
    check(
        "x: &x 1\nto: [a]\nuse: *x\nfrom: [&y 2, 3]\n",
        &Edit::map(vec![
            ("to".into(), Field::Edit(Edit::list(vec![keep(0), Item::New(moved("from", 0))]))),
            ("from".into(), Field::Edit(Edit::list(vec![keep(1)]))),
        ]),
        "x: &x 1\nto: [a, &y 2]\nuse: *x\nfrom: [3]\n",
    );
}

/// After a move, the second line of a flow item would not be indented deeper than the new dash.
#[test]
fn the_lines_of_a_flow_item_are_shifted_after_a_deeper_dash() {
    let lists = Edit::map(vec![
        ("to".into(), Field::Edit(Edit::list(vec![keep(0), Item::New(moved("from", 1))]))),
        ("from".into(), Field::Edit(Edit::list(vec![keep(0)]))),
    ]);
    check(
        "m:\n    to:\n      - z\n    from: [c, {a: 1,\n     b: 2}]\n",
        &at("m", lists),
        "m:\n    to:\n      - z\n      - {a: 1,\n        b: 2}\n    from: [c]\n",
    );
}

/// An anchor at the start of removed text is removed; an anchor directly after it is not.
#[test]
fn an_anchor_directly_after_removed_text_is_not_removed() {
    check("a: [&x 1, 2]\nc: *x\n", &at("a", Edit::list(vec![keep(1)])), "a: [2]\nc: 1\n");
    check("a: [1, &x 2]\nc: *x\n", &at("a", Edit::list(vec![keep(1)])), "a: [&x 2]\nc: *x\n");
}

/// kubectl lets a `<<` override the keys before it, so a new key before the `<<` had no effect.
#[test]
fn a_new_key_goes_after_a_merge_that_could_override_it() {
    let edit =
        Edit::map(vec![("l".into(), Field::Edit(Edit::list(vec![keep(0), Item::Keep(1, Some(first()))])))]);
    let before = "l:\n- &a\n  x: 1\n- y: 2\n  <<: *a\n  z: 3\n";
    check(before, &edit, "l:\n- &a\n  x: 1\n- y: 2\n  <<: *a\n  new: b\n  z: 3\n");
}

/// A key of the merged mapping changes, and the key that hides it comes before the `<<`.
#[test]
fn a_key_before_a_merge_hides_nothing() {
    let set = |value| Edit::map(vec![("x".into(), Field::Edit(Edit::Set(Value::str(value))))]);
    let edit = at("l", Edit::list(vec![Item::Keep(0, Some(set("one"))), Item::Keep(1, Some(set("two")))]));
    check("l:\n- &a\n  x: a\n- <<: *a\n  x: b\n", &edit, "l:\n- &a\n  x: one\n- <<: *a\n  x: two\n");
    check("l:\n- &a\n  x: a\n- x: b\n  <<: *a\n", &edit, "l:\n- &a\n  x: one\n- x: two\n  <<:\n    x: a\n");
}

fn first<'a>() -> Edit<'a> {
    Edit::map(vec![("new".into(), Field::Insert { place: Place::First, value: Value::str("b") })])
}

/// Brackets were indented like a comment left of the dash, and blank lines that had moved also stayed.
#[test]
fn an_emptied_list_keeps_nothing_of_its_moved_items() {
    let clear = at("m", Edit::map(vec![("l".into(), Field::Clear)]));
    check("m:\n  k: 1\n  # why\n  l:\n# odd\n  - a\n", &clear, "m:\n  k: 1\n  # why\n  l:\n    []\n");
    let edit = Edit::map(vec![
        ("from".into(), Field::Edit(Edit::Set(Value::seq(Vec::new())))),
        ("to".into(), Field::Edit(Edit::list(vec![Item::New(moved("from", 0)), keep(0)]))),
    ]);
    check("to:\n- b\nfrom:\n\n- a\nz: 1\n", &edit, "to:\n\n- a\n- b\nfrom: []\nz: 1\n");
}
