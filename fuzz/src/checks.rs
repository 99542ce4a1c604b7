//! What must hold for any text. Used by the fuzz targets, and by `tests/fuzz.rs` on what is kept.
#![allow(dead_code, reason = "every fuzz target uses one of them")]

#[path = "../../tests/readers/compare.rs"]
mod compare;

use kueueleuleu::config::Strategy;
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

/// What was made of a text that could be read. The conversion's own doubts are a failure.
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

/// What comes out is YAML, with as many documents.
fn check<'t>(text: &'t str, converted: &ConvertedText<'t>) -> String {
    let new = converted.text();
    assert!(converted.is_changed() || new == text, "changed without an edit");
    assert_eq!(count(text), count(&new), "from\n{text}\nto\n{new}");
    new
}

/// Any stream: no panic; what comes out is YAML again, and converting it once more changes nothing.
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

/// Any `ResourceList`: no panic; what comes out is one again.
pub(crate) fn function(text: &str) {
    let Some(converted) = done(text, resource_list(text)) else { return };
    let new = check(text, &converted);
    resource_list(&new).expect("it is a list");
}

/// Any functionConfig: no panic.
pub(crate) fn config_text(text: &str) {
    let _ = Config::from_yaml(text);
}

/// The fast reader reads what the full parser reads, or leaves it to that.
pub(crate) fn readers(text: &str) {
    if let Err(difference) = compare::compare(text, |_| Ok(())) {
        panic!("{text:?}\n{difference}");
    }
}

/// What was converted can be reverted, or that is refused; and converted again.
pub(crate) fn revert(text: &str) {
    let Some(converted) = convert(text, false) else { return };
    if !converted.is_changed() || converted.has_errors() {
        return;
    }
    let new = converted.text();
    let back = convert(&new, true).expect("it is YAML");
    let old = check(&new, &back);
    // A flow list with comments is not written anew.
    if back.has_errors() {
        return;
    }
    // What an earlier run chose stays where nobody chooses, and a revert forgets it. So steps that were init containers
    // need not be fit for the default strategy.
    let was_init = new.contains("steps=") || new.contains("kueueleuleu.dev/steps");
    let choice = if was_init { config(false).with_strategy(Strategy::Auto) } else { config(false) };
    let again = done(&old, Converter::new(choice).documents(&old)).expect("it is YAML");
    check(&old, &again);
    // A command whose own arguments are a wrapper's: alone they look like what is left of one. A mount of ours that
    // somebody renamed: it is the user's, and stays. And a `|+` scalar before blanks without a line break, at the end
    // of the text.
    let is_limit = |message: &str| {
        (message.contains("is damaged") && text.contains("-post_file"))
            || (message.contains("where the entrypoint lives") && text.contains("/tekton/run/"))
            || (message.contains("block scalar") && old.ends_with([' ', '\t']))
    };
    let is_refused =
        again.diagnostics.iter().any(|one| one.severity == Severity::Error && !is_limit(&one.message));
    assert!(!is_refused, "{:?} converting\n{old}\nagain, from\n{text}", again.diagnostics);
}
