//! Tests of the tree, as both readers build it.

use super::tree::NEAR;
use super::*;
use std::fmt::Write;

/// One line per node: depth, kind, source. `+` shows the text from the node's lead to its value.
fn outline(text: &str, shape: &'static Shape) -> Vec<String> {
    fn walk(tree: &Tree, id: NodeId, depth: usize, out: &mut Vec<String>) {
        let lead = &tree.text()[tree.lead(id)..tree.span(id).start as usize];
        let lead = if lead.is_empty() { String::new() } else { format!(" +{lead:?}") };
        out.push(format!("{depth} {:?}{lead} {:?}", tree.kind(id), tree.source(id)));
        for child in tree.children(id) {
            walk(tree, child, depth + 1, out);
        }
    }
    let mut documents = Documents::new(text, shape);
    let mut out = Vec::new();
    while let Some(tree) = documents.next_document() {
        let tree = tree.unwrap();
        out.push("---".to_owned());
        tree.root().into_iter().for_each(|root| walk(tree, root, 0, &mut out));
    }
    out
}

#[test]
fn block_collections_end_with_their_last_child() {
    let text = "%YAML 1.2\n--- # c\na: 1 # x\n\n# c\nb:\n- x\n-\n- - q\n  - r # d\n- ? k\n  : v\ne:\n";
    let expected = [
        "---",
        r#"0 BlockMapping "a: 1 # x\n\n# c\nb:\n- x\n-\n- - q\n  - r # d\n- ? k\n  : v\ne:""#,
        r#"1 Plain "a""#,
        r#"1 Plain "1""#,
        r#"1 Plain "b""#,
        r#"1 BlockSequence "- x\n-\n- - q\n  - r # d\n- ? k\n  : v""#,
        r#"2 Plain +"- " "x""#,
        r#"2 Empty +"-" """#,
        r#"2 BlockSequence +"- " "- q\n  - r""#,
        r#"3 Plain +"- " "q""#,
        r#"3 Plain +"- " "r""#,
        r#"2 BlockMapping +"- " "? k\n  : v""#,
        r#"3 Plain +"? " "k""#,
        r#"3 Plain "v""#,
        r#"1 Plain "e""#,
        r#"1 Empty """#,
    ];
    assert_eq!(outline(text, &Shape::ALL), expected);
}

#[test]
fn block_scalars_extend_from_their_header_to_their_last_line() {
    let text =
        "a: &x !!str |2-  # hi\n    foo\n\n# c\nb: |+\n  x\n\n\nc: >\n\n  y \n    \nd: | # e\n\ne:\n- |\n  z";
    let scalars: Vec<_> =
        outline(text, &Shape::ALL).into_iter().filter(|line| line.contains("BlockScalar")).collect();
    let expected = [
        r#"1 BlockScalar +"&x !!str " "|2-  # hi\n    foo""#,
        r#"1 BlockScalar "|+\n  x\n\n""#,
        r#"1 BlockScalar ">\n\n  y \n    ""#,
        r#"1 BlockScalar "|""#,
        r#"2 BlockScalar +"- " "|\n  z""#,
    ];
    assert_eq!(scalars, expected);
    let mut documents = Documents::new(text, &Shape::ALL);
    let tree = documents.next_document().unwrap().unwrap();
    let header = tree.unterminated_block_scalar().unwrap();
    assert_eq!(&text[header.range()], "|");
}

#[test]
fn block_scalars_are_noticed_also_in_opaque_values() {
    let holds = |text: &str, shape: &'static Shape| {
        Documents::new(text, shape).next_document().unwrap().unwrap().holds_block_scalars()
    };
    for shape in [&Shape::ALL, &Shape::OPAQUE] {
        for text in ["a:\n- b: |\n    c\n", "a: [{b: c}]\nd: >-\n", "? a\n: - |+\n"] {
            assert!(holds(text, shape), "{text}");
            assert!(!holds(&text.replace(['|', '>'], "x"), shape), "{text}");
        }
    }
}

#[test]
fn flow_collections_keep_their_brackets_and_decoded_values() {
    let text = "\u{feff}ü: [a, \"b\\n\", {c: d, e,}, f: g, 'it''s', *x]\n";
    let text = &text.replace("a,", "&x a,");
    let expected = [
        "---",
        r#"0 BlockMapping "ü: [&x a, \"b\\n\", {c: d, e,}, f: g, 'it''s', *x]""#,
        r#"1 Plain "ü""#,
        r#"1 FlowSequence "[&x a, \"b\\n\", {c: d, e,}, f: g, 'it''s', *x]""#,
        r#"2 Plain +"&x " "a""#,
        r#"2 Quoted "\"b\\n\"""#,
        r#"2 FlowMapping "{c: d, e,}""#,
        r#"3 Plain "c""#,
        r#"3 Plain "d""#,
        r#"3 Plain "e""#,
        r#"3 Empty """#,
        r#"2 FlowPair "f: g""#,
        r#"3 Plain "f""#,
        r#"3 Plain "g""#,
        r#"2 Quoted "'it''s'""#,
        r#"2 Alias "*x""#,
    ];
    assert_eq!(outline(text, &Shape::ALL), expected);
}

#[test]
fn an_opaque_value_is_one_node_and_its_anchors_stay_reachable() {
    static SHAPE: Shape = Shape::of(&[("read", &Shape::ALL)]);
    let text = "skip:\n  a: &x\n    b: [1, 2]\n    c:\n  d: {e: *x}\nread: *x\n";
    let expected = [
        "---",
        r#"0 BlockMapping "skip:\n  a: &x\n    b: [1, 2]\n    c:\n  d: {e: *x}\nread: *x""#,
        r#"1 Plain "skip""#,
        r#"1 OpaqueBlock "a: &x\n    b: [1, 2]\n    c:\n  d: {e: *x}""#,
        r#"1 Plain "read""#,
        r#"1 Alias "*x""#,
    ];
    assert_eq!(outline(text, &SHAPE), expected);
    // An anchored value that was opaque was one node, and `read: *x` then looked like null.
    assert!(outline("skip: &x [1]\nread: *x\n", &SHAPE).contains(&r#"2 Plain "1""#.to_owned()));
    let mut documents = Documents::new(text, &SHAPE);
    let tree = documents.next_document().unwrap().unwrap();
    let alias = tree.aliases()[1].node.unwrap();
    let target = tree.follow(alias).unwrap();
    assert_eq!(tree.source(target), "b: [1, 2]\n    c:");
    assert_eq!(tree.pairs(target).count(), 2);
    assert_eq!(tree.anchor(1).name, "x");
}

#[test]
fn lines_start_and_end_at_line_breaks_whatever_was_searched_before() {
    let long = "x".repeat(3 * NEAR);
    let text = format!("{long}\nab\r\n{long}{long}\r{long}");
    let tree = Tree::of_text(&text);
    let start = |at: usize| text[..at].rfind(['\n', '\r']).map_or(0, |found| found + 1);
    let end = |at: usize| text[at..].find(['\n', '\r']).map_or(text.len(), |found| at + found);
    let upwards = 0..=text.len();
    let in_leaps = (0..=text.len()).map(|at| at * 61 % (text.len() + 1));
    for at in upwards.clone().chain(upwards.rev()).chain(in_leaps) {
        assert_eq!((tree.line_start(at), tree.line_end(at)), (start(at), end(at)), "{at}");
    }
}

#[test]
fn documents_are_read_one_by_one_and_an_error_has_a_position() {
    assert_eq!(outline("# only a comment\n", &Shape::ALL), Vec::<String>::new());
    assert_eq!(
        outline("a\n---\n---\n# c\n...\n--- b\n", &Shape::ALL),
        ["---", r#"0 Plain "a""#, "---", "---", "---", r#"0 Plain "b""#]
    );
    let mut documents = Documents::new("a: 1\n---\nb: [\n", &Shape::ALL);
    documents.next_document().unwrap().unwrap();
    let error = documents.next_document().unwrap().unwrap_err();
    assert!(error.message.starts_with("not YAML: "), "{error}");
    assert!(error.span.start > 8);
    assert!(documents.next_document().is_none());
}

#[test]
fn merges_are_resolved_in_order_and_attacks_are_rejected() {
    let text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {!!merge <<: [*a, *b], z: 3}\nd: {x: 1, x: 2}\n";
    let mut documents = Documents::new(text, &Shape::ALL);
    let tree = documents.next_document().unwrap().unwrap();
    let values: Vec<_> = tree.pairs(tree.root().unwrap()).map(|(_, value)| value).collect();
    let fields = tree.fields(values[2]).unwrap();
    let fields: Vec<_> = fields
        .iter()
        .map(|(key, found)| (tree.scalar(*key), tree.scalar(found.node), found.merged))
        .collect();
    assert_eq!(fields, [("z", "3", false), ("x", "1", true), ("y", "1", true)]);
    assert!(matches!(tree.fields(values[3]), Err(resolve::Unreadable::DuplicateKey { .. })));

    let merged: Vec<_> =
        tree.aliases().iter().map(|alias| tree.mapping_that_merges(alias.node.unwrap())).collect();
    assert_eq!(merged, [Some(values[2]); 2]);

    let text = "a: &a {x: 1}\nb: {<<: [*a]}\n";
    let mut documents = Documents::new(text, &Shape::ALL);
    let tree = documents.next_document().unwrap().unwrap();
    let map = tree.pairs(tree.root().unwrap()).last().unwrap().1;
    assert_eq!(tree.mapping_that_merges(tree.aliases()[0].node.unwrap()), Some(map));

    let text = "a: &a {x: 1}\nb: {'<<': *a}\nc: {!!str <<: *a}\nd: {x: [*a]}\n";
    let mut documents = Documents::new(text, &Shape::ALL);
    let tree = documents.next_document().unwrap().unwrap();
    for (_, map) in tree.pairs(tree.root().unwrap()).skip(1) {
        assert!(tree.fields(map).unwrap().iter().all(|(_, found)| !found.merged), "{}", tree.source(map));
    }
    assert!(tree.aliases().iter().all(|alias| tree.mapping_that_merges(alias.node.unwrap()).is_none()));

    let mut bomb = String::from("a0: &a0 {k: v}\n");
    for n in 1..60 {
        writeln!(bomb, "a{n}: &a{n} {{<<: [*a{m}, *a{m}, *a{m}]}}", m = n - 1).unwrap();
    }
    let mut documents = Documents::new(&bomb, &Shape::ALL);
    let tree = documents.next_document().unwrap().unwrap();
    let last = tree.pairs(tree.root().unwrap()).last().unwrap().1;
    assert!(matches!(tree.fields(last), Err(resolve::Unreadable::TooDeep { .. })));
}

/// kubectl parses a text that starts with a brace as JSON.
#[test]
fn json_values_need_no_separator() {
    let first = r#"{"a": ["}{", "\"}"]}"#;
    let tabs = "{\n\t\"a\":\t1,\n\t\"b\": [\n\t]\n}";
    for between in ["", " ", "\n", "\r\n", "\n\n\t"] {
        let text = format!("{first}{between}{tabs}{between}{{}}\n");
        let mut documents = Documents::new(&text, &Shape::ALL);
        for value in [first, tabs, "{}"] {
            let tree = documents.next_document().unwrap().unwrap();
            assert_eq!(tree.source(tree.root().unwrap()), value, "{text}");
        }
        assert!(documents.next_document().is_none(), "{text}");
    }
    for text in ["# no JSON\n{}\n{}", "{}\n[]", "{a: '}'\n{}", "{}\n{", "{\"a\" 1}\n{}", "a: 1\n---\n{}{}"] {
        let mut documents = Documents::new(text, &Shape::ALL);
        let outcome = std::iter::from_fn(|| Some(documents.next_document()?.map(|_| ()))).last();
        assert!(outcome.unwrap().is_err(), "{text}");
    }
}

#[test]
fn json_keys_may_have_any_length() {
    let key = "k".repeat(1100);
    for text in [
        format!("{{\"{key}\": 1}}"),
        format!("\n{{\n\t\"a\": {{\n\t\t\"{key}\":\t1}}}}\n"),
        format!("[{{\"{key}\":1}}]"),
    ] {
        let mut documents = Documents::new(&text, &Shape::ALL);
        assert!(documents.next_document().unwrap().is_ok(), "{}", &text[..10]);
    }
    for text in [format!("\"{key}\": 1"), format!("a: {{\"{key}\": 1}}"), format!("{{{key}: 1}}")] {
        let mut documents = Documents::new(&text, &Shape::ALL);
        assert!(documents.next_document().unwrap().is_err(), "{text}");
    }
}

/// The full parser takes many times as long, so it must not be needed for texts as people and tools write them.
#[test]
fn ordinary_text_is_read_without_the_full_parser() {
    let texts = [
        "a: b\nc:\n- d\n- e: 1\n  f: -1\n- - g\n  -\n- \"h\": 'i'\n\n# comment\nj: # comment\n  k: l # comment\n",
        "- a\n-   b\n-\n  c: d\n",
        "a: |\n  b\n\n   c\n  d\ne: >-  # comment\n\n  f\n\ng: |+\n  h\n\ni: >\nj:\n- |\n k\n",
        "a: b\n  c\n\n  d # comment\ne: \"f\n  g\n\n  h\"\ni: 'j\n  k'\n",
        "a: \"\\0\\a\\b\\t\\n\\v\\f\\r\\e\\\"\\/\\\\\\u00fc\\uFFFD\"\nb: 'c''d'\nc: \"\\\\\"\n",
        "a: [b, 'c', \"d\", [e], {f: g, \"h\":1, 'i': j,},]\nk: {\n  l: m, # comment\n  n: [\n  o,\n  ]\n  }\n",
        "{\n\t\"a\": [1, {\"b\": null}],\n\t\"c\": {\"d\": \"e\"}\n}\n",
        "a: -b\nc: :d\ne: f:g\nh: i#j\nk: (l)\nm:  n  # comment\no: p\u{fc}\n",
        "# comment\n---\na: b\n--- # comment\nc: d\n...\n---\n---\ne: f\n",
        "a: b\r\nc:\r\n- d\r\n\r\n# comment\r\n- e: |\r\n    f\r\n",
        "\"a\" : b\nc : d\n'e': f\n",
        "a: b",
        "- a\n- b",
        "a: |\n  b",
        "a: 'b'",
        "a: [b]",
        "a:",
        "-",
        "a: |-\n  b\n--- # comment\nc: >+\n  d\n\n",
        "a: |\n",
        "a: 'b\\d'\nc: \"d\r\n\r\n  e\"\r\n",
        "a: b\n c\nd: e\n",
        "a:\n  b: c\n  d: e\n",
        "a\n---\nb\n...\n",
        &format!("a:\n{}", "- b: [c, {d: e}]\n  'f': g\n".repeat(100)),
    ];
    for text in texts {
        let mut documents = Documents::new(text, &Shape::ALL);
        while let Some(document) = documents.next_document() {
            document.unwrap();
        }
        assert_eq!(documents.bytes_of_full_parser(), 0, "{text}");
    }
}

/// In a list of objects, one unusual object must not make the reading of all others slow.
#[test]
fn only_the_unusual_items_of_a_list_are_read_by_the_full_parser() {
    static ITEMS: Shape = Shape::ALL.item_by_item();
    static LIST: Shape = Shape::of(&[("items", &ITEMS)]);
    for unusual in ["&x b", "!!str b", "\"\\x41\"", "b\u{85}c"] {
        for column in ["", "  "] {
            let item = |value: &str| format!("{column}- a: {value}\n{column}  c: d\n");
            let text =
                ["kind: List\nitems:\n", &item("1"), &item(unusual), "\n# comment\n", &item("2"), "e: f\n"]
                    .concat();
            let mut documents = Documents::new(&text, &LIST);
            let tree = documents.next_document().unwrap().unwrap();
            let list = tree.pairs(tree.root().unwrap()).nth(1).unwrap().1;
            assert_eq!(tree.children(list).count(), 3, "{text}");
            let unusual = item(unusual) + "\n# comment\n";
            assert_eq!(documents.bytes_of_full_parser(), unusual.len(), "{text}");
        }
    }
}

#[test]
fn an_empty_item_ends_after_its_own_anchor() {
    let text = "a:\n- &x\n-\n&y b: c\n";
    let lines = outline(text, &Shape::ALL);
    assert!(lines.contains(&r#"2 Empty +"- &x" """#.to_owned()), "{lines:#?}");
    assert!(lines.contains(&r#"2 Empty +"-" """#.to_owned()), "{lines:#?}");
}

#[test]
fn the_lines_of_a_folded_block_scalar_become_one() {
    for (text, value) in [
        ("a: >\n  b\n  c\n", "b c\n"),
        ("a: >\n  b\n\n  c\n", "b\nc\n"),
        ("a: >\n  b\n\n\n  c\n   d\n  e\n", "b\n\nc\n d\ne\n"),
    ] {
        let mut documents = Documents::new(text, &Shape::ALL);
        let tree = documents.next_document().unwrap().unwrap();
        let (_, scalar) = tree.pairs(tree.root().unwrap()).next().unwrap();
        assert_eq!(tree.scalar(scalar), value, "{text}");
    }
}

#[test]
fn a_marker_ends_a_document_also_within_quotes() {
    for text in ["[\"a\n--- b\"]\n", "{a: 'b\n...\n'}\n", "[a,\n--- b]\n"] {
        let read = |documents: &mut Documents| documents.next_document().unwrap().map(|_| ());
        assert!(read(&mut Documents::new(text, &Shape::ALL)).is_err(), "{text}");
    }
}

#[test]
fn a_tab_before_a_colon_is_not_part_of_the_key() {
    for text in ["a\t: b\n", "c: d\na\t: b\n"] {
        let mut documents = Documents::new(text, &Shape::ALL);
        let tree = documents.next_document().unwrap().unwrap();
        let (key, _) = tree.pairs(tree.root().unwrap()).last().unwrap();
        assert_eq!(tree.scalar(key), "a", "{text}");
    }
}

/// What a tag makes of a value is not known here, so it does not decide.
#[test]
fn only_a_string_without_a_tag_decides_that_a_mapping_is_opaque() {
    static PODS: Shape = Shape::ALL.only("kind", |kind| kind == "Pod");
    let kind_of_root = |text: &str| {
        let mut documents = Documents::new(text, &PODS);
        let tree = documents.next_document().unwrap().unwrap();
        tree.kind(tree.root().unwrap())
    };
    for (value, kind) in [
        ("Pod", NodeKind::BlockMapping),
        ("Service", NodeKind::OpaqueBlock),
        ("'Service'", NodeKind::OpaqueBlock),
        ("!x Service", NodeKind::BlockMapping),
        ("1", NodeKind::BlockMapping),
    ] {
        // A tag elsewhere makes the full parser read the text.
        for before in ["", "a: !x b\n"] {
            assert_eq!(kind_of_root(&format!("{before}kind: {value}\n")), kind, "{before}{value}");
        }
    }
}

/// The values of the root, where the items of `items` are read one by one.
fn item_by_item(text: &str, check: impl FnOnce(&Tree, &[NodeId])) -> usize {
    static ITEMS: Shape = Shape::ALL.item_by_item();
    static LIST: Shape = Shape::of(&[("items", &ITEMS)]);
    let mut documents = Documents::new(text, &LIST);
    let tree = documents.next_document().unwrap().unwrap();
    let values: Vec<_> = tree.pairs(tree.root().unwrap()).map(|(_, value)| value).collect();
    check(tree, &values);
    documents.bytes_of_full_parser()
}

#[test]
fn an_item_may_be_one_column_deeper_than_its_dash() {
    let unusual = "-\n a: &x b\n c: d\n";
    let slow = item_by_item(&format!("items:\n{unusual}- e: f\n"), |tree, values| {
        assert_eq!(tree.children(values[0]).count(), 2);
    });
    assert_eq!(slow, unusual.len());
}

#[test]
fn a_key_that_begins_with_a_dash_ends_a_list() {
    let slow = item_by_item("items:\n- a: b\n- c: d\n-x: e\ny: f\n", |tree, values| {
        let sources: Vec<_> = values.iter().map(|&value| tree.source(value)).collect();
        assert_eq!(sources, ["- a: b\n- c: d", "e", "f"]);
    });
    assert_eq!(slow, 0);
}

#[test]
fn the_entries_of_an_item_are_discarded_when_it_was_read() {
    item_by_item("items:\n- a: b\n- c: d\n- e\n", |tree, values| {
        let items: Vec<_> = tree.children(values[0]).collect();
        assert_eq!(items.len(), 3);
        assert!(items.iter().all(|&item| tree.children(item).next().is_none()));
    });
}
