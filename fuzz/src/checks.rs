//! Checks that must hold for any text. The fuzz targets use them, and `tests/fuzz.rs`.
#![allow(dead_code, reason = "every fuzz target uses one of them")]

#[path = "../../tests/readers/compare.rs"]
mod compare;

use kueueleuleu::config::{EntrypointKind, Strategy};
use kueueleuleu::{Config, ConvertedText, Converter, Error, Rule, Severity};
use kueueleuleu_yaml::syntax::{Documents, Shape};

/// How many documents a text has; `None` where it is not YAML.
fn count(text: &str) -> Option<usize> {
    let mut documents = Documents::new(text, &Shape::OPAQUE);
    let mut count = 0;
    while let Some(document) = documents.next_document() {
        document.ok()?;
        count += 1;
    }
    Some(count)
}

fn config(revert: bool) -> Config {
    Config::default().with_revert(revert)
}

/// The result for a text that is valid YAML. An error in the conversion itself is a failure.
fn done<T>(text: &str, result: Result<T, Error>) -> Option<T> {
    if let Err(error) = &result {
        let is_doubt = error.diagnostics().iter().any(|said| said.rule == Rule::VerificationFailed);
        assert!(!is_doubt, "{error} of\n{text}");
    }
    result.ok()
}

fn convert(text: &str, revert: bool) -> Option<ConvertedText<'_>> {
    done(text, Converter::new(config(revert)).documents(text))
}

fn resource_list(text: &str) -> Result<ConvertedText<'_>, Error> {
    Converter::new(Config::default()).resource_list(text)
}

/// The output is YAML with the same number of documents.
fn check<'t>(text: &'t str, converted: &ConvertedText<'t>) -> String {
    let new = converted.text();
    assert!(converted.is_changed() || new == text, "changed without an edit");
    assert_eq!(count(text), count(&new), "from\n{text}\nto\n{new}");
    new
}

/// Any stream: no panic; the output is YAML, and a second conversion changes nothing.
pub(crate) fn documents(text: &str) {
    let Some(converted) = convert(text, false) else { return };
    let new = check(text, &converted);
    if converted.is_changed() && !converted.has_errors() {
        let again = convert(&new, false).expect("it is YAML");
        assert!(
            !again.is_changed() && !again.has_errors(),
            "a second conversion of\n{new}\n{:?}\nis\n{}",
            again.diagnostics,
            again.text()
        );
    }
}

/// Any `ResourceList`: no panic; the output is a `ResourceList`.
pub(crate) fn function(text: &str) {
    let Some(converted) = done(text, resource_list(text)) else { return };
    let new = check(text, &converted);
    resource_list(&new).expect("it is a list");
}

/// Any functionConfig: no panic.
pub(crate) fn config_text(text: &str) {
    let _ = Config::from_yaml(text);
}

/// The fast reader reads the same as the full parser, or leaves the text to it.
pub(crate) fn readers(text: &str) {
    if let Err(difference) = compare::compare(text, |_| Ok(())) {
        panic!("{text:?}\n{difference}");
    }
}

/// A converted text can be reverted, unless that is an error, and converted again.
pub(crate) fn revert(text: &str) {
    let Some(converted) = convert(text, false) else { return };
    if !converted.is_changed() || converted.has_errors() {
        return;
    }
    let new = converted.text();
    let back = convert(&new, true).expect("it is YAML");
    let old = check(&new, &back);
    // A flow list with comments cannot be rewritten.
    if back.has_errors() {
        return;
    }
    // The choices of an earlier run stay until a revert removes them. So steps that were init containers may not fit
    // the default strategy, nor steps of our entrypoint the default one.
    let was_init = new.contains("steps=") || new.contains("kueueleuleu.dev/steps");
    let was_ours = new.contains("/kueueleuleu/bin/entrypoint");
    let choice = if was_init { config(false).with_strategy(Strategy::Auto) } else { config(false) };
    let choice = if was_ours { choice.with_entrypoint_kind(EntrypointKind::Kueueleuleu) } else { choice };
    let again = done(&old, Converter::new(choice).documents(&old)).expect("it is YAML");
    check(&old, &again);
    // Known limits: a command whose own arguments look like a damaged wrapper; a renamed mount of ours, which then
    // belongs to the user; a `|+` scalar before spaces at the end of a text without a line break.
    let is_limit = |message: &str| {
        (message.contains("is damaged") && text.contains("-post_file"))
            || (message.contains("where the entrypoint lives") && text.contains("/tekton/run/"))
            || (message.contains("block scalar") && old.ends_with([' ', '\t']))
    };
    let is_refused =
        again.diagnostics.iter().any(|one| one.severity == Severity::Error && !is_limit(&one.message));
    assert!(!is_refused, "{:?} converting\n{old}\nagain, from\n{text}", again.diagnostics);
}
