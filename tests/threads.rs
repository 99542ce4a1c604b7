//! Tests that several threads, which convert a large text part by part, give the same result as a conversion of one
//! resource after the other.
#![allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]

#[path = "../benches/inputs.rs"]
mod inputs;

use kueueleuleu::{Config, ConvertedText, Converter, Diagnostic, Error};

/// Enough pods for several parts.
const COUNT: usize = 800;

/// A pod; one in a hundred cannot be converted.
fn pod(number: usize) -> String {
    let pod = inputs::pod(number);
    if number % 100 == 7 { pod.replace("  restartPolicy: Never\n", "") } else { pod }
}

/// The resource, the message and the marked text of each diagnostic.
fn rendered(text: &str, diagnostics: &[Diagnostic]) -> Vec<String> {
    let line = |diagnostic: &Diagnostic| {
        let marked = diagnostic.span.map(|span| text[span.range()].to_owned());
        format!("{:?} {} {marked:?}", diagnostic.resource, diagnostic.message)
    };
    diagnostics.iter().map(line).collect()
}

/// Converts a `ResourceList` on one thread.
fn resource_list(text: &str) -> Result<ConvertedText<'_>, Error> {
    Converter::new(Config::default()).resource_list(text)
}

/// Compares the output and the diagnostics of the whole text with those of the single resources.
fn assert_same(whole: (&str, &ConvertedText<'_>), single: &[(String, Vec<String>)]) {
    let (text, converted) = whole;
    let diagnostics = rendered(text, &converted.diagnostics);
    assert_eq!(diagnostics.len(), COUNT / 100);
    assert_eq!(diagnostics, single.iter().flat_map(|(_, rendered)| rendered.clone()).collect::<Vec<_>>());
    assert!(converted.text().starts_with(&single.iter().map(|(text, _)| text.as_str()).collect::<String>()));
}

#[test]
fn a_stream() {
    // A key that begins like a marker does not begin a document.
    let key = |number: usize| if number % 50 == 9 { "---key: 1\n" } else { "" };
    let documents: Vec<String> =
        (0..COUNT).map(|number| format!("---\n{}{}", key(number), pod(number))).collect();
    let text = documents.concat();
    let single: Vec<_> = documents
        .iter()
        .map(|text| {
            let one = Converter::new(Config::default()).documents(text).unwrap();
            (one.text(), rendered(text, &one.diagnostics))
        })
        .collect();
    let whole = Converter::new(Config::default()).threads(4).documents(&text).unwrap();
    assert_same((&text, &whole), &single);
    assert_eq!(whole.text().len(), single.iter().map(|(text, _)| text.len()).sum::<usize>());
}

/// A part that fails must not hide the errors of the parts before it.
#[test]
fn a_syntax_error_in_the_last_part_leaves_the_errors_before_it() {
    let documents: Vec<String> = (0..COUNT).map(|number| format!("---\n{}", pod(number))).collect();
    let text = documents.concat() + "---\na: [\n";
    let errors = |threads| {
        let converted = Converter::new(Config::default()).threads(threads).documents(&text);
        rendered(&text, converted.expect_err("invalid YAML").diagnostics())
    };
    let of_parts = errors(4);
    assert_eq!(of_parts.len(), COUNT / 100 + 1);
    assert_eq!(of_parts, errors(1));
}

#[test]
fn a_resource_list() {
    let head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n";
    // One item in fifty has a tag, which the fast reader does not read.
    let item = |number: usize| {
        let item = pod(number).replace('\n', "\n  ");
        let tag = if number % 50 == 3 { "!!str " } else { "" };
        format!("- {}\n", item.trim_end().replacen("name: build", &format!("name: {tag}build"), 1))
    };
    let items: Vec<String> = (0..COUNT).map(item).collect();
    let text = head.to_owned() + &items.concat();
    let mut single = vec![(head.to_owned(), Vec::new())];
    single.extend(items.iter().map(|item| {
        let text = head.to_owned() + item;
        let one = resource_list(&text).unwrap();
        let new = one.text();
        let end = new.find("\nresults:\n").map_or(new.len(), |found| found + 1);
        (new[head.len()..end].to_owned(), rendered(&text, &one.diagnostics))
    }));
    let whole = Converter::new(Config::default()).threads(4).resource_list(&text).unwrap();
    assert_same((&text, &whole), &single);
    assert!(whole.text().contains("\nresults:\n"));
}
