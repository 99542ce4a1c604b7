//! Several files become one stream of documents.

use crate::support::Dir;

/// Writes the texts to files, and returns the output for all of them.
fn joined(texts: &[&str]) -> String {
    let names: Vec<String> = (0..texts.len()).map(|at| format!("{at}.yaml")).collect();
    let dir = Dir::new(&names.iter().map(String::as_str).zip(texts.iter().copied()).collect::<Vec<_>>());
    let arguments: Vec<&str> = names.iter().flat_map(|name| ["-f", name]).collect();
    let run = dir.run(&arguments);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    run.stdout
}

#[test]
fn a_marker_separates_two_documents() {
    assert_eq!(joined(&["a: 1\n", "b: 2\n", "c: 3"]), "a: 1\n---\nb: 2\n---\nc: 3");
    assert_eq!(joined(&["a: 1", "b: 2"]), "a: 1\n---\nb: 2");
    assert_eq!(joined(&["a: 1\r\n", "b: 2\r\n"]), "a: 1\r\n---\r\nb: 2\r\n");
    assert_eq!(joined(&["a: |+\n  x\n\n", "# b\nb: 2\n"]), "a: |+\n  x\n\n---\n# b\nb: 2\n");
    assert_eq!(joined(&["a: 1\n--- # b\nb: 2\n", "c: 3\n"]), "a: 1\n--- # b\nb: 2\n---\nc: 3\n");
}

#[test]
fn no_second_marker_is_written() {
    assert_eq!(joined(&["a: 1\n", "---\nb: 2\n"]), "a: 1\n---\nb: 2\n");
    assert_eq!(joined(&["a: 1", "# b\n\n--- # b\nb: 2\n"]), "a: 1\n# b\n\n--- # b\nb: 2\n");
    assert_eq!(joined(&["a: 1\n---\n", "b: 2\n"]), "a: 1\n---\nb: 2\n");
    assert_eq!(joined(&["a: 1\n--- # none\n# yet\n", "b: 2\n"]), "a: 1\n--- # none\n# yet\nb: 2\n");
    assert_eq!(joined(&["a: 1\n...\n", "b: 2\n"]), "a: 1\n...\nb: 2\n");
    assert_eq!(joined(&["a: 1\n--- {b: 2}\n", "c: 3\n"]), "a: 1\n--- {b: 2}\n---\nc: 3\n");
    assert_eq!(joined(&["a: 1\n", "---x: 2\n"]), "a: 1\n---\n---x: 2\n");
}

#[test]
fn texts_without_documents_add_no_marker() {
    assert_eq!(joined(&["", "a: 1\n", "", "\n", "b: 2\n", ""]), "a: 1\n\n---\nb: 2\n");
    assert_eq!(joined(&["# none", "a: 1\n"]), "# none\na: 1\n");
    assert_eq!(joined(&["a: 1", "# none", "b: 2\n"]), "a: 1\n# none\n---\nb: 2\n");
}

#[test]
fn the_document_before_directives_is_ended() {
    assert_eq!(joined(&["a: 1\n", "# b\n%YAML 1.2\n---\nb: 2\n"]), "a: 1\n...\n# b\n%YAML 1.2\n---\nb: 2\n");
    assert_eq!(joined(&["a: 1\n...\n", "%YAML 1.2\n---\nb: 2\n"]), "a: 1\n...\n%YAML 1.2\n---\nb: 2\n");
    assert_eq!(joined(&["# a\n", "%YAML 1.2\n---\nb: 2\n"]), "# a\n%YAML 1.2\n---\nb: 2\n");
}

#[test]
fn only_the_first_byte_order_mark_is_written() {
    assert_eq!(joined(&["\u{feff}a: 1\n", "\u{feff}b: 2\n"]), "\u{feff}a: 1\n---\nb: 2\n");
    assert_eq!(joined(&["", "\u{feff}---\nb: 2\n"]), "\u{feff}---\nb: 2\n");
    assert_eq!(joined(&["a: 1\n", "\u{feff}---\nb: 2\n"]), "a: 1\n---\nb: 2\n");
}

/// Before 1.34, kubectl read a stream that begins with `{` as JSON, and failed at the first `---`.
#[test]
fn a_stream_that_begins_with_json_begins_with_a_marker() {
    assert_eq!(joined(&["{\"a\":1}", "{\"b\":2}\n"]), "---\n{\"a\":1}\n---\n{\"b\":2}\n");
    assert_eq!(joined(&["\n", "\u{feff}{\"a\":1}", "b: 2\n"]), "---\n\n{\"a\":1}\n---\nb: 2\n");
}
