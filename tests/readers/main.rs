//! The fast reader against the full parser: on the corpus, and on texts that are nearly right.
//!
//! `KUEUELEULEU_MUTANTS=1000000` tries so many of those.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::disallowed_methods, reason = "tests read files and the environment")]
#![expect(clippy::print_stdout, reason = "tests print what they measure")]

mod compare;
mod mutate;

use compare::compare;
use std::path::Path;

/// The texts of all YAML and JSON files under a directory.
fn files(directory: &Path, texts: &mut Vec<(String, String)>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files(&path, texts);
        } else if path.extension().is_some_and(|is| is == "yaml" || is == "yml" || is == "json")
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            texts.push((path.display().to_string(), text));
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn corpus() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    files(&root().join("../shared/corpus"), &mut texts);
    texts
}

fn own() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    files(&root().join("examples"), &mut texts);
    files(&root().join("tests"), &mut texts);
    texts.extend(TEXTS.iter().map(|text| ("a text of this test".to_owned(), (*text).to_owned())));
    texts
}

const TEXTS: [&str; 8] = [
    "%YAML 1.2\n--- # c\na: 1 # x\n\n# c\nb:\n- x\n-\n- - q\n  - r # d\ne:\n",
    "a: |-  # hi\n    foo\n\n# c\nb: |+\n  x\n\n\nc: >\n\n  y \n   more\n  z\n    \nd: | # e\n\ne:\n- |\n  z",
    "ü: [a, \"b\\n\", {c: d, \"e\": 1,}, 'it''s']\nf: {\n  g: h, # c\n  i: [\n   j,\n   k]\n  }\n",
    "a\n---\n---\n# c\n...\n--- b\n",
    "a: plain\n  goes on\n\n  and on\nb: \"quoted\n  goes\\ton\n\n  too\"\nc: 'so\n  it''s'\nd:\n  below\n",
    "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Service\",\n  \"spec\": {\"ports\":[{\"port\":80}]}\n}\n",
    "a: 1\r\nb:\r\n- c: |\r\n    d\r\n    e\r\n  f: \"g\r\n    h\"\r\n",
    "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  spec: {}\n- kind: Pod\n  metadata: {name: x}\n- metadata: {}\n  kind: 'Secret'\n- {kind: Secret, data: {a: b}}\n",
];

#[test]
fn the_fast_reader_reads_nearly_all_of_the_corpus_and_reads_it_right() {
    for (name, text) in own() {
        if let Err(difference) = compare(&text) {
            panic!("{name}: {difference}");
        }
    }
    let corpus = corpus();
    if corpus.is_empty() {
        println!("skipped: there is no corpus beside the repository");
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

#[test]
fn the_readers_agree_on_texts_that_are_nearly_right() {
    let mut seeds: Vec<String> = own().into_iter().chain(corpus()).map(|(_, text)| text).collect();
    seeds.retain(|text| text.len() < 6000);
    let count =
        std::env::var("KUEUELEULEU_MUTANTS").ok().and_then(|count| count.parse().ok()).unwrap_or(4000);
    let (mut yaml, mut fast) = (0, 0);
    let mut failures = Vec::new();
    for number in 0..count {
        let mut random = mutate::Random::new(number);
        let mut text = seeds[random.below(seeds.len())].clone();
        mutate::mutate(&mut text, &mut random);
        match compare(&text) {
            Ok((is_yaml, slow)) => {
                yaml += u64::from(is_yaml);
                fast += u64::from(slow == 0);
            }
            Err(difference) => failures.push((number, difference, text)),
        }
    }
    println!("{count} texts: {yaml} are YAML, {fast} were read by the fast reader alone");
    failures.sort_by_key(|(_, _, text)| text.len());
    for (number, difference, text) in failures.iter().take(3) {
        println!("text {number}:\n{text}\n{text:?}\n{difference}\n");
    }
    assert!(failures.is_empty(), "{} texts are read differently", failures.len());
}
