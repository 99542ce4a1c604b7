//! Each operation by itself, in each style.

use super::*;
use crate::splice::Splices;
use crate::syntax::{Documents, Shape};

pub(super) fn try_edit(text: &str, edit: &Edit<'_>) -> Result<String, Unwritable> {
    let mut documents = Documents::new(text, &Shape::ALL);
    let tree = documents.next_document().unwrap().unwrap();
    let mut writer = Scratch::default();
    let draft =
        lower(tree, &[], tree.root().unwrap(), edit, &mut writer).map_err(|mut found| found.remove(0))?;
    let new = Splices::new(draft.clone()).unwrap().apply(text);
    let mut documents = Documents::new(&new, &Shape::ALL);
    while let Some(read) = documents.next_document() {
        read.unwrap_or_else(|error| panic!("{error}:\n{new}"));
    }
    Ok(new)
}

/// With all line breaks alike.
#[track_caller]
pub(super) fn check(text: &str, edit: &Edit<'_>, expected: &str) {
    assert_eq!(try_edit(text, edit).unwrap(), expected);
    for line_break in ["\r\n", "\r"] {
        let with = |text: &str| text.replace('\n', line_break);
        assert_eq!(try_edit(&with(text), edit).unwrap(), with(expected), "{line_break:?}");
    }
}

#[track_caller]
pub(super) fn refused(text: &str, edit: &Edit<'_>, message: &str) {
    assert_eq!(try_edit(text, edit).unwrap_err().message, message);
}

pub(super) fn at<'a>(key: &'static str, edit: Edit<'a>) -> Edit<'a> {
    Edit::map(vec![(key.into(), Field::Edit(edit))])
}

pub(super) fn insert<'a>(key: &'static str, value: Value<'a>) -> Edit<'a> {
    Edit::map(vec![(key.into(), Field::Insert { place: Place::Last, value })])
}

fn insert_after<'a>(key: &'static str, after: &'static str, value: Value<'a>) -> Edit<'a> {
    Edit::map(vec![(key.into(), Field::Insert { place: Place::After(after), value })])
}

pub(super) fn keep<'a>(index: usize) -> Item<'a> {
    Item::Keep(index, None)
}

pub(super) fn new<'a>(text: &'static str) -> Item<'a> {
    Item::New(Value::str(text))
}

pub(super) fn moved<'a>(list: &'static str, index: usize) -> Value<'a> {
    Value::Moved(Moved { list, index, edit: None })
}

fn strings<'a>(texts: &[&'static str]) -> Value<'a> {
    Value::Seq(texts.iter().map(|text| Value::str(*text)).collect())
}

#[test]
fn set_replaces_a_scalar_and_nothing_else() {
    let edit = at("a", Edit::Set(Value::str("yes")));
    check("# ü\na:   1   # c\nb: 2", &edit, "# ü\na: \"yes\"   # c\nb: 2");
    check("a: 'x'\n", &edit, "a: \"yes\"\n");
    check("a:\nb: 2\n", &edit, "a: \"yes\"\nb: 2\n");
    check("a: # c\n  x # d\nb: 2\n", &edit, "a: # c\n  \"yes\" # d\nb: 2\n");
    check("{a: 1, b: 2}", &edit, "{a: \"yes\", b: 2}");
    check("{\n  \"a\": [\n    1\n  ]\n}\n", &edit, "{\n  \"a\": \"yes\"\n}\n");
    check("a: |\n  text\n\n# c\nb: 2\n", &edit, "a: \"yes\"\n\n# c\nb: 2\n");
    check("a:\n- x\n- y\nb: 2\n", &edit, "a: \"yes\"\nb: 2\n");
}

#[test]
fn set_replaces_by_a_collection_behind_the_comment_of_the_key() {
    let edit = at("a", Edit::Set(strings(&["x", "w"])));
    check("a: [] # c\nb: 2\n", &edit, "a: # c\n- x\n- w\nb: 2\n");
    check("a: # c\nb: 2\n", &edit, "a: # c\n- x\n- w\nb: 2\n");
    check("b:\n  - z\na: null\n", &edit, "b:\n  - z\na:\n  - x\n  - w\n");
    check("a:\n  - q # old\nb: 2\n", &edit, "a:\n  - x\n  - w # old\nb: 2\n");
    check("{a: [q], b: 2}\n", &edit, "{a: [x, w], b: 2}\n");
    let edit =
        at("l", Edit::list(vec![Item::Keep(0, Some(Edit::Set(Value::map([("k", Value::str("v"))]))))]));
    check("l:\n- a: 1\n  b: 2\n", &edit, "l:\n- k: v\n");
}

#[test]
fn insert_key_follows_the_indentation_around_it() {
    let edit = at("m", insert("k", Value::map([("o", strings(&["x"]))])));
    check(
        "m:\n    a: 1 # c\n    # deeper no\nz: 0\n",
        &edit,
        "m:\n    a: 1 # c\n    k:\n        o: [x]\n    # deeper no\nz: 0\n",
    );
    check("l:\n  - x\nm:\n  a: 1", &edit, "l:\n  - x\nm:\n  a: 1\n  k:\n    o: [x]");
    check("m: {a: 1}\n", &edit, "m: {a: 1, k: {o: [x]}}\n");
    check("m: {}\n", &edit, "m:\n  k:\n    o: [x]\n");
    check("m: {a: 1,}\n", &edit, "m: {a: 1, k: {o: [x]},}\n");
    check("{\n  \"m\": {\"a\": 1}\n}\n", &edit, "{\n  \"m\": {\"a\": 1, \"k\": {\"o\": [\"x\"]}}\n}\n");
    check("{\"m\":{\"a\":1}}", &edit, "{\"m\":{\"a\":1,\"k\":{\"o\":[\"x\"]}}}");
    check(
        "{\n  \"m\": {\n    \"a\": 1\n  }\n}",
        &edit,
        "{\n  \"m\": {\n    \"a\": 1,\n    \"k\": {\n      \"o\": [\n        \"x\"\n      ]\n    }\n  }\n}",
    );
    check(
        "{\n  \"m\": {}\n}\n",
        &edit,
        "{\n  \"m\": {\n    \"k\": {\n      \"o\": [\n        \"x\"\n      ]\n    }\n  }\n}\n",
    );
}

#[test]
fn insert_key_goes_behind_the_key_that_is_asked_for() {
    let edit = insert_after("k", "a", Value::str("v"));
    check("a:\n- x\n\n# b\nb: 2\n", &edit, "a:\n- x\nk: v\n\n# b\nb: 2\n");
    check("{a: 1, b: 2}\n", &edit, "{a: 1, k: v, b: 2}\n");
    check("b: 2\n", &edit, "b: 2\nk: v\n");
    let first =
        at("m", Edit::map(vec![("k".into(), Field::Insert { place: Place::First, value: Value::str("v") })]));
    check("m:\n  # a\n  a: 1\n", &first, "m:\n  k: v\n  # a\n  a: 1\n");
    check("m: {a: 1}\n", &first, "m: {k: v, a: 1}\n");
    let item = Edit::map(vec![("k".into(), Field::Insert { place: Place::First, value: strings(&["x"]) })]);
    check("- a: 1\n", &Edit::list(vec![Item::Keep(0, Some(item))]), "- k:\n  - x\n  a: 1\n");
    check("a: |+\n  x\n\nb: 2\n", &edit, "a: |+\n  x\n\nk: v\nb: 2\n");
    check("a: |\n  x\n\nb: 2\n", &edit, "a: |\n  x\nk: v\n\nb: 2\n");
}

#[test]
fn a_block_scalar_at_the_end_of_the_text_keeps_its_value() {
    let edit = insert("k", Value::str("v"));
    assert_eq!(try_edit("a: |\n  x", &edit).unwrap(), "a: |-\n  x\nk: v");
    assert_eq!(try_edit("a: >2+ # c\n   x", &edit).unwrap(), "a: >2- # c\n   x\nk: v");
    assert_eq!(try_edit("a: |-\n  x", &edit).unwrap(), "a: |-\n  x\nk: v");
    assert_eq!(try_edit("a: |+\n  x\n\n", &edit).unwrap(), "a: |+\n  x\n\nk: v\n");
    let inner =
        at("m", Edit::map(vec![("k".into(), Field::Insert { place: Place::Last, value: Value::str("v") })]));
    assert_eq!(try_edit("m:\n  a: |\n    x", &inner).unwrap(), "m:\n  a: |-\n    x\n  k: v");
}

#[test]
fn insert_puts_items_at_any_place() {
    let edit = at("l", Edit::list(vec![new("p"), keep(0), new("q"), keep(1), new("true")]));
    check(
        "l:\n# one\n- a # c\n\n# two\n- b\n# end\nz: 0\n",
        &edit,
        "l:\n- p\n# one\n- a # c\n- q\n\n# two\n- b\n- \"true\"\n# end\nz: 0\n",
    );
    check("l: [a, b]\n", &edit, "l: [p, a, q, b, \"true\"]\n");
    check("l: [\"a\", \"b\",]\n", &edit, "l: [\"p\", \"a\", \"q\", \"b\", \"true\",]\n");
    check("l: [\n  a,\n  b # c\n]\n", &edit, "l: [\n  p,\n  a,\n  q,\n  b, # c\n  \"true\"\n]\n");
    check("l: [\n  a,\n  b, # c\n]\n", &edit, "l: [\n  p,\n  a,\n  q,\n  b, # c\n  \"true\",\n]\n");
    let deep = at("l", Edit::list(vec![Item::Keep(0, Some(Edit::list(vec![new("p"), keep(0)])))]));
    check("l:\n- - a\n  - b\n", &deep, "l:\n- - p\n  - a\n");
}

#[test]
fn what_is_appended_is_as_if_all_others_were_kept() {
    let append = at("a", Edit::Append(vec![Value::str("v"), Value::map([("k", Value::str("w"))])].into()));
    for (text, count) in [
        ("a:\n- x\n- y # c\n  # c\nb: 1\n", 2),
        ("a:\n  - - x\n    - y", 1),
        ("a: [x, y] # c\n", 2),
        ("a: [\n  x, # c\n]\n", 1),
        ("a: []\n", 0),
        ("{\"a\":[{\"x\":1}]}\n", 1),
        ("a: &a [x]\nb: *a\n", 1),
        ("a: x\n", 1),
    ] {
        let new = [Item::New(Value::str("v")), Item::New(Value::map([("k", Value::str("w"))]))];
        let list = at("a", Edit::list((0..count).map(keep).chain(new).collect()));
        assert_eq!(try_edit(text, &append), try_edit(text, &list));
    }
}

#[test]
fn insertions_at_one_offset_stand_innermost_first() {
    let item = Edit::map(vec![
        ("inner".into(), Field::Edit(Edit::list(vec![keep(0), new("q")]))),
        ("k".into(), Field::Insert { place: Place::Last, value: Value::str("v") }),
    ]);
    let edit = Edit::map(vec![
        ("l".into(), Field::Edit(Edit::list(vec![Item::Keep(0, Some(item)), new("last")]))),
        ("z".into(), Field::Insert { place: Place::Last, value: Value::str("end") }),
    ]);
    check("l:\n- inner:\n  - a", &edit, "l:\n- inner:\n  - a\n  - q\n  k: v\n- last\nz: end");
}

#[test]
fn remove_takes_the_entry_its_own_comments_and_the_blank_lines_above() {
    let edit = Edit::map(vec![("b".into(), Field::Remove)]);
    check("a: 1\n\n# b\nb: # c\n- x\n  # deeper\n\nc: 3\n", &edit, "a: 1\n\nc: 3\n");
    check("b: 2\nc: 3\n", &edit, "c: 3\n");
    check("a: 1\nb: 2", &edit, "a: 1");
    check("{a: 1, b: 2, c: 3}", &edit, "{a: 1, c: 3}");
    check("{b: 2, c: 3}", &edit, "{c: 3}");
    check("{a: 1, b: 2,}", &edit, "{a: 1,}");
    let nested = at("l", Edit::list(vec![Item::Keep(0, Some(edit))]));
    check("l:\n- b: 2\n  # c\n  c: 3\n", &nested, "l:\n- # c\n  c: 3\n");
    let items = at("l", Edit::list(vec![keep(1)]));
    check("l:\n  # a\n  - a\n  # b\n  - b\n  - c # c\n", &items, "l:\n  # b\n  - b\n");
    check("l: [a, b, c]\n", &items, "l: [b]\n");
    check("- a\n\n# odd\n\n- b\n", &Edit::list(vec![keep(1)]), "# odd\n\n- b\n");
}

#[test]
fn a_list_without_items_loses_its_key_unless_somebody_wrote_it_in_flow_style() {
    let edit = at("l", Edit::list(vec![]));
    check("a: 1\nl:\n- x\n", &edit, "a: 1\n");
    check("a: 1\nl: [x]\n", &edit, "a: 1\nl: []\n");
    check("{a: 1, l: [x]}\n", &edit, "{a: 1}\n");
    let nested = at("m", at("n", Edit::map(vec![("k".into(), Field::Remove)])));
    check("a: 1\nm:\n  n:\n    k: v\n", &nested, "a: 1\n");
    check("a: 1\nm:\n  b: 2\n  n:\n    k: v\n", &nested, "a: 1\nm:\n  b: 2\n");
    check("m:\n  n: {k: v}\n", &nested, "m:\n  n: {}\n");
}

/// Moves all items of `from` to the start of `to`.
pub(super) fn all_moved<'a>(count: usize, kept: usize) -> Edit<'a> {
    let mut items: Vec<Item> = (0..count).map(|index| Item::New(moved("from", index))).collect();
    items.insert(0, new("first"));
    items.extend((0..kept).map(keep));
    let to = if kept > 0 {
        Field::Edit(Edit::list(items))
    } else {
        let values =
            items.into_iter().map(|item| if let Item::New(value) = item { value } else { unreachable!() });
        Field::Insert { place: Place::After("from"), value: Value::Seq(values.collect()) }
    };
    Edit::map(vec![("from".into(), Field::Edit(Edit::list(vec![new("only")]))), ("to".into(), to)])
}

#[test]
fn moved_items_keep_their_source() {
    check(
        "from:\n# the shell\n- 'sh' # c\n- \"-c\"\n- |\n  echo\n\n    deeper\n\n- {a: [b]}\nz: 0\n",
        &all_moved(4, 0),
        "from:\n- only\nto:\n- first\n# the shell\n- 'sh' # c\n- \"-c\"\n- |\n  echo\n\n    deeper\n\n- {a: [b]}\nz: 0\n",
    );
    check(
        "from:\n- |2-\n    x\n- >+\n  y\n\nto:\n    - k\n",
        &all_moved(2, 1),
        "from:\n- only\nto:\n    - first\n    - |2-\n        x\n    - >+\n      y\n\n    - k\n",
    );
    check("from: ['sh', \"-c\"]\n", &all_moved(2, 0), "from: [only]\nto: [first, 'sh', \"-c\"]\n");
    check(
        "from: [\"sh\", \"-c\"]\n",
        &all_moved(2, 0),
        "from: [\"only\"]\nto: [\"first\", \"sh\", \"-c\"]\n",
    );
    check("from: [sh, -c]\nto:\n- k\n", &all_moved(2, 1), "from: [only]\nto:\n- first\n- sh\n- -c\n- k\n");
    check("{from: [sh, 'a'], to: [k]}\n", &all_moved(2, 1), "{from: [only], to: [first, sh, 'a', k]}\n");
}

#[test]
fn a_block_item_makes_a_flow_list_a_block_list() {
    check(
        "from:\n- sh\n- |\n  x\nto: [k, 'l']\n",
        &all_moved(2, 2),
        "from:\n- only\nto:\n- first\n- sh\n- |\n  x\n- k\n- 'l'\n",
    );
    check(
        "from:\n- sh\nto: [k] # c\nz: 0\n",
        &all_moved(1, 1),
        "from:\n- only\nto: # c\n- first\n- sh\n- k\nz: 0\n",
    );
    check(
        "from: [ # shell\n  sh, # it\n  # flag\n  -c\n]\n",
        &all_moved(2, 0),
        "from: [only]\nto:\n- first\n# shell\n- sh # it\n# flag\n- -c\n",
    );
}

#[test]
fn a_mapping_moves_between_lists_of_different_indentation_with_its_edits() {
    let edit = Edit::map(vec![("k".into(), Field::Insert { place: Place::Last, value: Value::str("v") })]);
    let taken = Value::Moved(Moved { list: "from", index: 0, edit: Some(Box::new(edit)) });
    let edit = Edit::map(vec![
        ("from".into(), Field::Edit(Edit::list(vec![keep(1)]))),
        ("to".into(), Field::Edit(Edit::list(vec![keep(0), Item::New(taken)]))),
    ]);
    check(
        "from:\n# one\n-   a: |\n      text\n\n       more\n    # deeper\n    b: 'q\n      r'\n- c: 1\nto:\n    - z\n",
        &edit,
        "from:\n- c: 1\nto:\n    - z\n    # one\n    -   a: |\n          text\n\n           more\n        # deeper\n        b: 'q\n          r'\n        k: v\n",
    );
    check("{from: [{a: 1}, {c: 1}], to: [z]}", &edit, "{from: [{c: 1}], to: [z, {a: 1, k: v}]}");
}

#[test]
fn an_item_that_cannot_be_shifted_is_refused() {
    let edit = Edit::map(vec![
        ("from".into(), Field::Edit(Edit::list(vec![keep(1)]))),
        ("to".into(), Field::Edit(Edit::list(vec![keep(0), Item::New(moved("from", 0))]))),
    ]);
    refused(
        "m: {from: 1}\nfrom:\n    - \"a\n b\"\n    - c\nto:\n- z\n",
        &edit,
        "an item cannot be moved: one of its lines is indented less than the item",
    );
}

#[test]
fn comments_of_a_flow_list_stay() {
    let drop = at("l", Edit::list(vec![keep(0)]));
    check("l: [a, # c\n b]\n", &drop, "l: [a # c\n ]\n");
    let edit = all_moved(1, 2);
    let text = "from:\n- a\nto: [\n  k, # c\n  l\n]\n";
    check(text, &edit, "from:\n- only\nto: [\n  first,\n  a,\n  k, # c\n  l\n]\n");
    check(
        "from:\n- |\n  a\nto: [k, # c\n  # l\n  l\n  # why\n]\n",
        &edit,
        "from:\n- only\nto:\n  # why\n- first\n- |\n  a\n- k # c\n# l\n- l\n",
    );
    refused(
        "x: {from: [a]}\nfrom: [{b: 1}, c: d]\n",
        &at("from", Edit::list(vec![keep(0), Item::Keep(1, Some(insert("k", Value::str("v"))))])),
        "a single pair in a flow sequence would have to be edited",
    );
}

#[test]
fn an_alias_that_would_see_an_edit_becomes_a_copy() {
    let edit = at("a", insert("k", Value::str("v")));
    check("a: &x {b: 1}\nc: *x\n", &edit, "a: &x {b: 1, k: v}\nc: {b: 1}\n");
    refused("c: &x {b: 1}\na: *x\n", &edit, "the value of the alias `*x` would have to be edited");
    check("a: &x {b: 1}\nc: {<<: *x}\n", &edit, "a: &x {b: 1, k: v}\nc: {<<: {b: 1}}\n");
    check("a: &x {b: 1}\nc: {<<: *x, k: 2}\n", &edit, "a: &x {b: 1, k: v}\nc: {<<: *x, k: 2}\n");
    check("a: &x {b: 1}\n", &edit, "a: &x {b: 1, k: v}\n");
    check("a: {b: &x 1}\nc: *x\n", &edit, "a: {b: &x 1, k: v}\nc: *x\n");
    let remove = Edit::map(vec![("a".into(), Field::Remove)]);
    check("a: &x 1\nc: *x\n", &remove, "c: 1\n");
    let both = Edit::map(vec![
        ("a".into(), Field::Edit(Edit::Set(Value::str("v")))),
        ("c".into(), Field::Edit(Edit::Set(Value::str("w")))),
    ]);
    check("a: &x 1\nc: *x\n", &both, "a: v\nc: w\n");
    check(
        "from: [&x a, b]\nc: *x\nto: [k]\n",
        &all_moved(2, 1),
        "from: [only]\nc: a\nto: [first, &x a, b, k]\n",
    );
    // Neither a value with a tag nor a key is copied.
    refused("a: &x !t 1\nc: *x\n", &remove, "the alias `*x` would lose its anchor");
    refused("a: &x 1\nc: {*x : 2}\n", &remove, "the alias `*x` would lose its anchor");
    check("from: [&x a, *x]\nto: [k]\n", &all_moved(2, 1), "from: [only]\nto: [first, &x a, *x, k]\n");
}

/// A text in which a number after a letter says how often the letter is there: `x3` is `xxx`.
fn wide(short: &str) -> String {
    let mut out = String::new();
    let mut rest = short.chars().peekable();
    while let Some(letter) = rest.next() {
        let mut digits = String::new();
        while let Some(digit) = rest.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        out.extend(std::iter::repeat_n(letter, digits.parse().unwrap_or(1)));
    }
    out
}

#[track_caller]
fn check_wide(short: &str, edit: &Edit<'_>, expected: &str) {
    check(&wide(short), edit, &wide(expected));
}

/// The edit of a list: `=` keeps the next item, `-` removes it, and all else is a new item.
fn items<'a>(shorts: &[&str]) -> Edit<'a> {
    let mut old = 0;
    let item = |short: &&str| {
        old += usize::from(["=", "-"].contains(short));
        match *short {
            "=" => Some(keep(old - 1)),
            "-" => None,
            _ => Some(Item::New(Value::Str(wide(short).into()))),
        }
    };
    Edit::list(shorts.iter().filter_map(item).collect())
}

#[test]
fn a_line_in_flow_style_breaks_beside_new_entries_if_they_make_it_too_wide() {
    let table: &[(&str, &[&str], &str)] = &[
        // At the start.
        ("l: [x112]\n", &["p", "="], "l: [p, x112]\n"),
        ("l: [x113]\n", &["p", "="], "l: [p,\n  x113]\n"),
        ("l: [p113, x, y]\n", &["-", "p114", "=", "="], "l: [p114,\n  x, y]\n"),
        ("l: [q, x100]\n", &["-", "p13", "="], "l: [p13, x100]\n"),
        ("l: [q, x100]\n", &["-", "p14", "="], "l: [p14,\n  x100]\n"),
        ("l: [x60]\n", &["p60", "q53", "="], "l: [p60, q53,\n  x60]\n"),
        ("l: [x60]\n", &["p60", "q54", "="], "l: [p60,\n  q54,\n  x60]\n"),
        // At the end.
        ("l: [x112]\n", &["=", "p"], "l: [x112, p]\n"),
        ("l: [x113]\n", &["=", "p"], "l: [x113,\n  p]\n"),
        ("l: [x60]\n", &["=", "p60", "q55"], "l: [x60,\n  p60, q55]\n"),
        ("l: [x60]\n", &["=", "p60", "q56"], "l: [x60,\n  p60,\n  q56]\n"),
        // Between kept entries: those that follow stay on the line of the last new one.
        ("l: [x50, y50]\n", &["=", "p10", "="], "l: [x50, p10, y50]\n"),
        ("l: [x50, y50]\n", &["=", "p12", "="], "l: [x50,\n  p12, y50]\n"),
        // Too wide alone.
        ("l: [x]\n", &["p130", "="], "l: [p130,\n  x]\n"),
        ("l: [x]\n", &["=", "p130"], "l: [x,\n  p130]\n"),
        // A comment counts.
        ("l: [x99] # c10\n", &["=", "p"], "l: [x99, p] # c10\n"),
        ("l: [x100] # c10\n", &["=", "p"], "l: [x100,\n  p] # c10\n"),
        // Characters count, not bytes.
        ("l: [ü112]\n", &["=", "é"], "l: [ü112, é]\n"),
        ("l: [ü113]\n", &["=", "é"], "l: [ü113,\n  é]\n"),
        // A line that was wide already may be as wide as it was.
        ("k: v\nl: [x140, yy]\n", &["=", "-", "pp"], "k: v\nl: [x140, pp]\n"),
        ("k: v\nl: [x140, yy]\n", &["=", "-", "ppp"], "k: v\nl: [x140,\n  ppp]\n"),
        ("l: [x200, y]\n", &["=", "="], "l: [x200, y]\n"),
        // Lines of their own have a layout.
        ("l: [\n  x150,\n  y\n]\n", &["=", "p130", "="], "l: [\n  x150,\n  p130,\n  y\n]\n"),
        // JSON.
        ("{\"l\":[\"x140\"]}", &["p", "=", "q"], "{\"l\":[\"p\",\"x140\",\"q\"]}"),
    ];
    for (before, shorts, after) in table {
        check_wide(before, &at("l", items(shorts)), after);
    }
}

#[test]
fn further_lines_of_a_nested_flow_collection_are_deeper_than_its_own_line() {
    let table: &[(&str, &[&str], &str)] = &[
        ("m: {l: [x107]}\n", &["=", "p"], "m: {l: [x107, p]}\n"),
        ("m: {l: [x108]}\n", &["=", "p"], "m: {l: [x108,\n    p]}\n"),
        ("m: {l: [x60]}\n", &["=", "p60", "q52"], "m: {l: [x60,\n    p60, q52]}\n"),
        ("m: {l: [x60]}\n", &["=", "p60", "q53"], "m: {l: [x60,\n    p60,\n    q53]}\n"),
        ("m: {k: x,\n     l: [x113]}\n", &["=", "p"], "m: {k: x,\n     l: [x113,\n       p]}\n"),
        // The list is empty.
        ("m: {l: []}\n", &["p110"], "m: {l: [p110]}\n"),
        ("m: {l: []}\n", &["p111"], "m: {l: [\n    p111]}\n"),
        // In block style.
        ("m:\n    l: [x109]\n", &["=", "p"], "m:\n    l: [x109,\n        p]\n"),
    ];
    for (before, shorts, after) in table {
        check_wide(before, &at("m", at("l", items(shorts))), after);
    }
    let first = |edit| Edit::list(vec![Item::Keep(0, Some(edit))]);
    check_wide("-   l: [x111]\n", &first(at("l", items(&["=", "p"]))), "-   l: [x111,\n      p]\n");
    let deep = at("m", at("n", at("l", items(&["=", "p"]))));
    check_wide("m: {n: {l: [x108]}}\n", &deep, "m: {n: {l: [x108,\n      p]}}\n");
    check_wide("l: [[x111]]\n", &at("l", first(items(&["=", "p"]))), "l: [[x111,\n    p]]\n");
    let both = at(
        "m",
        Edit::map(vec![
            ("k".into(), Field::Edit(items(&["=", "p10", "="]))),
            ("l".into(), Field::Edit(items(&["=", "q10"]))),
        ]),
    );
    check_wide("m: {k: [x40, y], l: [x36]}\n", &both, "m: {k: [x40, p10, y], l: [x36, q10]}\n");
    check_wide("m: {k: [x40, y], l: [x37]}\n", &both, "m: {k: [x40, p10, y], l: [x37,\n    q10]}\n");
}

#[test]
fn only_the_edits_of_its_own_line_make_a_line_too_wide() {
    let edit = Edit::map(vec![
        ("k".into(), Field::Edit(items(&["=", "p90"]))),
        ("l".into(), Field::Edit(items(&["=", "p"]))),
    ]);
    check_wide("k: [x]\nl: [x100]\n", &edit, "k: [x, p90]\nl: [x100, p]\n");
}

#[test]
fn an_item_of_several_lines_joins_a_flow_list_with_its_line_breaks() {
    let edit = Edit::map(vec![
        ("from".into(), Field::Edit(Edit::list(vec![keep(1)]))),
        ("to".into(), Field::Edit(Edit::list(vec![keep(0), Item::New(moved("from", 0))]))),
    ]);
    check_wide(
        "from: [{a: x60,\n  b: y}, c]\nto: [z60]\n",
        &edit,
        "from: [c]\nto: [z60, {a: x60,\n  b: y}]\n",
    );
}

#[test]
fn a_new_mapping_in_braces_breaks_within_if_it_is_too_wide_for_a_line() {
    let map = |b| Value::map([("a", Value::Str(wide("p55").into())), ("b", Value::Str(wide(b).into()))]);
    let back = |b| at("l", Edit::list(vec![keep(0), Item::New(map(b))]));
    check_wide("l: [x60]\n", &back("q52"), "l: [x60,\n  {a: p55, b: q52}]\n");
    check_wide("l: [x60]\n", &back("q53"), "l: [x60,\n  {a: p55,\n    b: q53}]\n");
    let front = |b| at("l", Edit::list(vec![Item::New(map(b)), keep(0)]));
    check_wide("l: [x60]\n", &front("q50"), "l: [{a: p55, b: q50},\n  x60]\n");
    check_wide("l: [x60]\n", &front("q51"), "l: [{a: p55,\n    b: q51},\n  x60]\n");
    let key = |value| at("m", insert("k", value));
    check_wide("m: {a: x106}\n", &key(Value::str("v")), "m: {a: x106, k: v}\n");
    check_wide("m: {a: x107}\n", &key(Value::str("v")), "m: {a: x107,\n  k: v}\n");
    let three = |c| {
        Value::map(
            [("a", "p100"), ("b", "q50"), ("c", c)].map(|(key, short)| (key, Value::Str(wide(short).into()))),
        )
    };
    check_wide("m: {a: x60}\n", &key(three("r56")), "m: {a: x60,\n  k: {a: p100,\n    b: q50, c: r56}}\n");
    check_wide(
        "m: {a: x60}\n",
        &key(three("r57")),
        "m: {a: x60,\n  k: {a: p100,\n    b: q50,\n    c: r57}}\n",
    );
    let second =
        at("l", Edit::list(vec![keep(0), Item::New(Value::Str(wide("p60").into())), Item::New(map("q50"))]));
    check_wide("l: [x60]\n", &second, "l: [x60,\n  p60,\n  {a: p55, b: q50}]\n");
    check_wide("m: {a: x60}\n", &key(map("q49")), "m: {a: x60,\n  k: {a: p55, b: q49}}\n");
}

/// The same as `try_edit`, where only the value of `m` is read in detail.
fn edit_of_m(text: &str, edit: &Edit<'_>) -> String {
    static SHAPE: Shape = Shape::of(&[("m", &Shape::ALL)]);
    let mut documents = Documents::new(text, &SHAPE);
    let tree = documents.next_document().unwrap().unwrap();
    let mut writer = Scratch::default();
    let draft = lower(tree, &[], tree.root().unwrap(), edit, &mut writer).unwrap();
    Splices::new(draft.clone()).unwrap().apply(text)
}

#[test]
fn the_indentation_follows_values_that_are_not_read() {
    let value = || Value::map([("o", Value::seq(vec![Value::map([("k", Value::str("v"))])]))]);
    let edit = insert("k", value());
    assert_eq!(edit_of_m("a:\n   - x\nm: 1\n", &edit), "a:\n   - x\nm: 1\nk:\n  o:\n     - k: v\n");
    assert_eq!(
        edit_of_m("a:\n-\n  x\nb:\n    c: d\nm: 1\n", &edit),
        "a:\n-\n  x\nb:\n    c: d\nm: 1\nk:\n    o:\n    - k: v\n"
    );
}

#[test]
fn the_indentation_of_a_list_follows_any_list_of_the_document() {
    let edit = at("m", insert("k", Value::seq(vec![Value::map([("a", Value::str("v"))])])));
    check("a:\n  b:\n    - x\nm:\n  c: 1\n", &edit, "a:\n  b:\n    - x\nm:\n  c: 1\n  k:\n    - a: v\n");
    check(
        "- a:\n    - x\n- m:\n    c: 1\n",
        &Edit::list(vec![keep(0), Item::Keep(1, Some(edit))]),
        "- a:\n    - x\n- m:\n    c: 1\n    k:\n      - a: v\n",
    );
}

#[test]
fn an_empty_first_item_does_not_tell_the_distance_from_dash_to_item() {
    check("l:\n-\n- x\n", &at("l", items(&["=", "=", "q"])), "l:\n-\n- x\n- q\n");
}

#[test]
fn a_line_of_a_quoted_scalar_is_no_comment() {
    let remove = Edit::map(vec![("b".into(), Field::Remove)]);
    check("a: \"x\n# y\"\nb: 1\nc: 2\n", &remove, "a: \"x\n# y\"\nc: 2\n");
}

#[test]
fn a_new_list_of_words_is_in_flow_style_if_it_fits() {
    let words = |short| Value::Seq(vec![Value::Str(wide(short).into()), Value::str("w")].into());
    let nested = |short| insert("kkk", Value::map([("o", words(short))]));
    check_wide("a: b\n", &nested("x110"), "a: b\nkkk:\n  o: [x110, w]\n");
    check_wide("a: b\n", &nested("x111"), "a: b\nkkk:\n  o:\n  - x111\n  - w\n");
    let key = |short| insert("kkk", words(short));
    check_wide("a: [b]\n", &key("x110"), "a: [b]\nkkk: [x110, w]\n");
    check_wide("a: [b]\n", &key("x111"), "a: [b]\nkkk: [x111,\n  w]\n");
}

#[test]
fn a_copy_of_an_alias_is_in_flow_style_if_it_fits() {
    let edit = at("a", items(&["=", "=", "z"]));
    check_wide("a: &x [x112, y]\nc: *x\n", &edit, "a: &x [x112, y,\n  z]\nc: [x112, y]\n");
    check_wide("a: &x [x113, y]\nc: *x\n", &edit, "a: &x [x113, y,\n  z]\nc:\n- x113\n- y\n");
}

#[test]
fn a_removed_line_leaves_the_comma_of_the_line_above_in_place() {
    check("l: [\n  a ,\n  b,\n  c\n]\n", &at("l", items(&["=", "-", "="])), "l: [\n  a ,\n  c\n]\n");
}

#[test]
fn an_alias_stays_if_its_anchor_is_not_edited() {
    check("l: &x [a]\nm: *x\n", &at("l", items(&["="])), "l: &x [a]\nm: *x\n");
    let set = at("l", Edit::list(vec![Item::Keep(0, Some(Edit::Set(Value::str("b"))))]));
    check("l: &x [a]\nm: *x\n", &set, "l: &x [b]\nm: [a]\n");
}

#[test]
fn a_tag_that_would_not_fit_is_refused() {
    let message = "a value with a tag would have to be replaced";
    refused("a: !!int\n  1\n", &at("a", Edit::Set(Value::str("x"))), message);
    refused("a: !!str\n  x\n", &at("a", Edit::Set(strings(&["x"]))), message);
    check("a: !!str\n  x\n", &at("a", Edit::Set(Value::str("w"))), "a: !!str\n  w\n");
}

#[test]
fn a_collection_replaces_the_value_after_a_distant_colon() {
    let edit = at("a", Edit::Set(strings(&["x", "w"])));
    check("a  : [] # c\nb:\n- z\n", &edit, "a  : # c\n- x\n- w\nb:\n- z\n");
}

#[test]
fn a_moved_word_that_flow_style_would_split_makes_lines() {
    let edit = Edit::map(vec![
        ("from".into(), Field::Edit(Edit::list(vec![keep(1)]))),
        ("to".into(), Field::Edit(Edit::list(vec![Item::New(moved("from", 0))]))),
    ]);
    check("from:\n- a, b\n- c\nto: [k]\n", &edit, "from:\n- c\nto:\n- a, b\n");
    check("from:\n- a b\n- c\nto: [k]\n", &edit, "from:\n- c\nto: [a b]\n");
    check("from:\n- {a: 1,\n  b: 2}\n- c\nto: [k]\n", &edit, "from:\n- c\nto:\n- {a: 1,\n  b: 2}\n");
    check("from:\n- {a: 1}\n- c\nto: [k]\n", &edit, "from:\n- c\nto: [{a: 1}]\n");
}

#[test]
fn a_moved_item_may_be_beside_the_dash_of_a_new_list() {
    let edit = Edit::map(vec![
        ("from".into(), Field::Edit(Edit::list(vec![keep(0)]))),
        (
            "to".into(),
            Field::Edit(Edit::list(vec![
                keep(0),
                Item::New(Value::seq(vec![moved("from", 1), Value::str("p")])),
            ])),
        ),
    ]);
    check("from:\n- a\n\n- b\nto:\n- x\n", &edit, "from:\n- a\nto:\n- x\n- - b\n  - p\n");
    check("from:\n- a\n\n-   b\nto:\n-   x\n", &edit, "from:\n- a\nto:\n-   x\n-   -   b\n    -   p\n");
}

#[test]
fn a_moved_block_scalar_keeps_blanks_beyond_its_indentation() {
    let edit = Edit::map(vec![
        ("from".into(), Field::Edit(Edit::list(vec![keep(1)]))),
        ("to".into(), Field::Edit(Edit::list(vec![keep(0), Item::New(moved("from", 0))]))),
    ]);
    check(
        "from:\n- |\n  a\n   \n\n  b\n- c\nto:\n    - z\n",
        &edit,
        "from:\n- c\nto:\n    - z\n    - |\n      a\n       \n\n      b\n",
    );
    check(
        "from:\n- # c\n# d\n  a\n- c\nto:\n  - z\n",
        &edit,
        "from:\n- c\nto:\n  - z\n  - # c\n  # d\n    a\n",
    );
    check("from:\n    - \"a\n    b\"\n    - c\nto:\n- z\n", &edit, "from:\n    - c\nto:\n- z\n- \"a\nb\"\n");
}

#[test]
fn a_key_that_is_no_string_has_no_quotes_in_json_either() {
    let edit = at("m", insert("k", Value::str("v")));
    check("m: {1: \"a\"}\n", &edit, "m: {1: \"a\", k: v}\n");
    check("m: {\"b\": a, \"c\": \"d\"}\n", &edit, "m: {\"b\": a, \"c\": \"d\", k: v}\n");
    check("m: {\"b\": 1, \"c\": \"d\"}\n", &edit, "m: {\"b\": 1, \"c\": \"d\", \"k\": \"v\"}\n");
}

#[test]
fn moved_words_of_kyaml_have_a_line_each() {
    let edit = Edit::map(vec![
        ("from".into(), Field::Edit(Edit::list(vec![keep(1)]))),
        ("to".into(), Field::Insert { place: Place::Last, value: Value::seq(vec![moved("from", 0)]) }),
    ]);
    check(
        "{\n  k: \"v\",\n  from: [\"a\", \"b\"],\n}\n",
        &edit,
        "{\n  k: \"v\",\n  from: [\"b\"],\n  to: [\n    \"a\",\n  ],\n}\n",
    );
    check(
        "{\n  k: \"v\",\n  from: [{\n    a: 1,\n  }, \"b\"],\n}\n",
        &edit,
        "{\n  k: \"v\",\n  from: [\"b\"],\n  to: [{\n    a: 1,\n  }],\n}\n",
    );
    check(
        "{\n  k: \"v\",\n  from: [\n    {\n      a: 1,\n    },\n    \"b\",\n  ],\n}\n",
        &edit,
        "{\n  k: \"v\",\n  from: [\n    \"b\",\n  ],\n  to: [\n    {\n      a: 1,\n    },\n  ],\n}\n",
    );
}

#[test]
fn a_flow_list_on_its_own_line_is_replaced_with_its_brackets_when_its_items_move() {
    let lines = Value::seq(vec![Value::map([("a", Value::map([("b", Value::str("v"))]))])]);
    let edit = Edit::map(vec![
        ("from".into(), Field::Edit(Edit::Set(lines))),
        (
            "to".into(),
            Field::Edit(Edit::list(vec![keep(0), Item::New(moved("from", 0)), Item::New(moved("from", 1))])),
        ),
    ]);
    check("from:\n  [sh, -c]\nto: [k]\nz: 0\n", &edit, "from:\n- a:\n    b: v\nto: [k, sh, -c]\nz: 0\n");
}

#[test]
fn an_alias_becomes_a_copy_if_its_anchor_moves_above_another_of_the_same_name() {
    let edit = Edit::map(vec![
        ("from".into(), Field::Edit(Edit::list(vec![keep(1)]))),
        ("to".into(), Field::Edit(Edit::list(vec![Item::New(moved("from", 0)), keep(0)]))),
    ]);
    check("to:\n- &x z\nfrom:\n- &x a\n- c\nm: *x\n", &edit, "to:\n- &x a\n- &x z\nfrom:\n- c\nm: a\n");
}
