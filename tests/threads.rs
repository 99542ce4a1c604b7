//! What is large is converted by several threads, part by part: with the same result as one resource after the other.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../benches/inputs.rs"]
mod inputs;

use kueueleuleu::{Config, ConvertedText, Converter, Diagnostic, Error};

/// Large enough for several parts.
const COUNT: usize = 3000;

/// A pod; one in a hundred cannot be converted.
fn pod(number: usize) -> String {
    let pod = inputs::pod(number);
    if number % 100 == 7 { pod.replace("  restartPolicy: Never\n", "") } else { pod }
}

/// What is said of which resource, and the text that is meant.
fn said(text: &str, diagnostics: &[Diagnostic]) -> Vec<String> {
    let line = |diagnostic: &Diagnostic| {
        let meant = diagnostic.span.map(|span| text[span.range()].to_owned());
        format!("{:?} {} {meant:?}", diagnostic.resource, diagnostic.message)
    };
    diagnostics.iter().map(line).collect()
}

/// One after the other.
fn resource_list(text: &str) -> Result<ConvertedText<'_>, Error> {
    Converter::new(Config::default()).resource_list(text)
}

/// The text that comes out and what is said, of all together and of one after the other.
fn hold_together(whole: (&str, &ConvertedText<'_>), single: &[(String, Vec<String>)]) {
    let (text, converted) = whole;
    let diagnostics = said(text, &converted.diagnostics);
    assert_eq!(diagnostics.len(), COUNT / 100);
    assert_eq!(diagnostics, single.iter().flat_map(|(_, said)| said.clone()).collect::<Vec<_>>());
    assert!(converted.text().starts_with(&single.iter().map(|(text, _)| text.as_str()).collect::<String>()));
}

#[test]
fn a_stream() {
    let documents: Vec<String> = (0..COUNT).map(|number| format!("---\n{}", pod(number))).collect();
    let text = documents.concat();
    let single: Vec<_> = documents
        .iter()
        .map(|text| {
            let one = Converter::new(Config::default()).documents(text).unwrap();
            (one.text(), said(text, &one.diagnostics))
        })
        .collect();
    let whole = Converter::new(Config::default()).threads(4).documents(&text).unwrap();
    hold_together((&text, &whole), &single);
    assert_eq!(whole.text().len(), single.iter().map(|(text, _)| text.len()).sum::<usize>());
}

#[test]
fn a_resource_list() {
    let head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n";
    // One in fifty is more than the fast reader reads.
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
        (new[head.len()..end].to_owned(), said(&text, &one.diagnostics))
    }));
    let whole = Converter::new(Config::default()).threads(4).resource_list(&text).unwrap();
    hold_together((&text, &whole), &single);
    assert!(whole.text().contains("\nresults:\n"));
}
