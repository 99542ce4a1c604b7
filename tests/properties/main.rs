//! Properties of the conversion, on random objects in random styles of text.
//!
//! `PROPTEST_CASES` sets the number of cases, and makes each run use other ones.

mod choices;
mod content;
mod counts;
mod edits;
mod emit;
mod laws;
mod options;
#[path = "../kubectl/reader.rs"]
mod reader;
mod typed;

use choices::Choices;
use counts::Counts;
use edits::Edit;
use emit::{Emitted, emit};
use kueueleuleu::config::{Config, Strategy};
use laws::Stop;
use options::{Options, Probes};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use serde_json::Value;
use std::cell::RefCell;

/// Checks a law on many texts, and prints their features.
fn check(name: &str, law: impl Fn(&mut Choices<'_>, &Emitted) -> Result<(), Stop>) {
    check_with(name, 50, |_, _| {}, law);
}

/// The same, where at most one in `refused` texts may be rejected, and `vary` changes each object before it is written.
fn check_with(
    name: &str,
    refused: usize,
    vary: impl Fn(&mut Choices<'_>, &mut Value),
    law: impl Fn(&mut Choices<'_>, &Emitted) -> Result<(), Stop>,
) {
    let config =
        ProptestConfig { failure_persistence: None, max_shrink_iters: 20_000, ..ProptestConfig::default() };
    // 256 is proptest's default, so `PROPTEST_CASES` is not set.
    let mut runner = if config.cases == 256 {
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
    } else {
        TestRunner::new(config)
    };
    let counts = RefCell::new(Counts::default());
    let byte_lists = (vec(any::<u8>(), 0..400), vec(any::<u8>(), 0..900), vec(any::<u8>(), 0..900));
    let outcome = runner.run(&byte_lists, |(content, style, more)| {
        let mut c = Choices::new(&content);
        let mut values = vec![content::object(&mut c)];
        if c.once_in(3) {
            values.push(content::other(&mut c));
        }
        if c.once_in(5) {
            values.push(content::object(&mut c));
        }
        for value in &mut values {
            vary(&mut c, value);
        }
        let given = emit(&mut Choices::new(&style), &values);
        let end = read_as_generated(&given).and_then(|()| law(&mut Choices::new(&more), &given));
        counts.borrow_mut().add(&given, end.as_ref().err());
        match end {
            Err(Stop::Broken(what)) => Err(TestCaseError::fail(what)),
            Ok(()) | Err(Stop::Refused(_)) => Ok(()),
        }
    });
    let counts = counts.into_inner();
    counts.print(name);
    // The reason contains the text, which is more useful than the bytes that it was generated from.
    match outcome {
        Err(TestError::Fail(reason, _)) => panic!("{name}: {reason}"),
        Err(error) => panic!("{name}: {error}"),
        Ok(()) => {}
    }
    counts.check(name, refused);
}

/// Checks that the generated text has the generated values. Otherwise no law would prove anything.
fn read_as_generated(given: &Emitted) -> Result<(), Stop> {
    laws::same("the generator wrote something else", &given.text, &laws::read(&given.text)?, &given.values)
}

fn convert_all(values: &[Value], config: &Config) -> Result<Vec<Value>, Stop> {
    values.iter().map(|value| laws::convert_value(value, config)).collect()
}

/// Text and value are converted alike, nothing else changes, and running again changes nothing. Adds the case to
/// `seen`.
fn conversion(given: &Emitted, config: &Config, seen: &RefCell<Vec<reader::Case>>) -> Result<(), Stop> {
    let converted = laws::convert(&given.text, config)?;
    let text = converted.text();
    let name = format!("random case {}", seen.borrow().len());
    seen.borrow_mut().push(reader::Case { name, input: given.text.clone(), output: text.clone() });
    let expected = convert_all(&given.values, config)?;
    laws::same(
        "text and value differ",
        &format!("{}\nnow:\n{text}", given.text),
        &laws::read(&text)?,
        &expected,
    )?;
    laws::no_comment_vanishes(given, &text)?;
    if config.strategy() == Strategy::Entrypoint {
        laws::only_touched_text_goes(given, &converted)?;
    }
    if laws::convert(&text, config)?.is_changed() {
        return Stop::broken(format!("running again changes something:\n{text}"));
    }
    Ok(())
}

#[test]
fn entrypoint_conversion_is_lossless_and_idempotent() {
    let config = Config::default();
    let seen = RefCell::default();
    check("conversion, Entrypoint", |_, given| {
        conversion(given, &config, &seen)?;
        typed::agrees(given, &config)
    });
    kubectl_agrees(&seen.into_inner(), &config);
}

#[test]
fn init_containers_conversion_is_lossless_and_idempotent() {
    let config = laws::config(Strategy::InitContainers, None);
    let seen = RefCell::default();
    check("conversion, InitContainers", |_, given| conversion(given, &config, &seen));
    kubectl_agrees(&seen.into_inner(), &config);
}

/// Compares each output, as kubectl reads it, with the conversion of the input's values.
fn kubectl_agrees(seen: &[reader::Case], config: &Config) {
    let Some(kubectl) = reader::Kubectl::find() else { return };
    let outcome =
        reader::compare(&kubectl, seen, |_, json| laws::convert(json, config).ok().map(|now| now.text()));
    let first = outcome.wrong.first().map_or("", String::as_str);
    assert!(outcome.wrong.is_empty(), "{} of {} differ: {first}", outcome.wrong.len(), seen.len());
    assert!(outcome.unread.len() * 4 < seen.len(), "kubectl cannot read {} inputs", outcome.unread.len());
}

/// To convert, edit and convert again with other options must give the same as to edit the original and convert it
/// once.
fn converges(
    c: &mut Choices<'_>,
    given: &Emitted,
    first: &Options,
    second: impl Fn(&mut Choices<'_>, &[Value]) -> Options,
) -> Result<(), Stop> {
    let edit = Edit::choose(c);
    let mut converted = laws::read(&laws::convert(&given.text, &first.config(""))?.text())?;
    let mut edited = given.values.clone();
    for (plain, converted) in edited.iter_mut().zip(&mut converted) {
        edit.apply(plain, converted, first);
    }
    let second = second(c, &edited);
    let config = second.config("");
    let expected = edited.iter().zip(&converted).map(|(edited, converted)| {
        // A configuration without an image keeps the present one.
        match laws::earlier_image(converted).filter(|_| !second.names_image()) {
            Some(image) => laws::convert_value(edited, &config.clone().with_entrypoint_image(image)),
            None => laws::convert_value(edited, &config),
        }
    });
    let expected = expected.collect::<Result<Vec<_>, _>>()?;
    let written = emit(c, &converted);
    // Only a configuration can decide between the two orders.
    let graph = |value: &Value| {
        let names = content::names(value).unwrap_or_default();
        second.graph(&names.into_iter().filter(|name| !first.sidecars.contains(name)).collect::<Vec<_>>())
    };
    let contradicts = second.order.is_empty()
        && given.values.iter().zip(&edited).zip(&converted).any(|((given, edited), converted)| {
            graph(given) != graph(edited) && edit.kind == edits::Kind::Reorder && laws::is_chained(converted)
        });
    let text = match laws::convert(&written.text, &config) {
        Err(Stop::Refused(why))
            if contradicts && why.starts_with("the containers are listed in the order") =>
        {
            return Ok(());
        }
        Ok(_) if contradicts => {
            return Stop::broken(format!("a contradicting order is not rejected:\n{}", written.text));
        }
        converted => converted?.text(),
    };
    let all = |values: Vec<Value>| values.into_iter().map(laws::joined).collect::<Vec<_>>();
    let what = format!("{edit:?} does not converge from\n  {}\nto\n  {}", first.text, second.text);
    let texts = format!("{}\nconverted, edited:\n{}\nnow:\n{text}", given.text, written.text);
    laws::same(&what, &texts, &all(laws::read(&text)?), &all(expected))
}

#[test]
fn convert_edit_convert_is_edit_convert() {
    let plain = |c: &mut Choices<'_>| {
        let image = c.pick(&["", "entrypointImage: mirror/entrypoint:1"]);
        let strategy = c.pick(&["Entrypoint", "InitContainers"]);
        Options { text: format!("strategy: {strategy}\n  {image}"), ..Options::default() }
    };
    check("converge", |c, given| {
        let first = plain(c);
        converges(c, given, &first, |c, _| plain(c))
    });
}

/// Options move more text than strategies do, and anchored text cannot move everywhere.
const REFUSED: usize = 20;

#[test]
fn convert_edit_convert_is_edit_convert_with_every_option() {
    check_with("converge, options", REFUSED, options::need, |c, given| {
        let first = Options::choose(c, &given.values, Probes::Keep);
        converges(c, given, &first, |c, edited| Options::choose(c, edited, Probes::MayGo))
    });
}

fn reverts(given: &Emitted, config: &Config, lowers_requests: bool) -> Result<(), Stop> {
    let revert = config.clone().with_revert(true);
    let converted = laws::convert(&given.text, config)?.text();
    let reverted = laws::convert(&converted, &revert)?.text();
    let all = |values: Vec<Value>| values.into_iter().map(laws::joined).collect::<Vec<_>>();
    let texts = format!("{}\nconverted:\n{converted}\nreverted:\n{reverted}", given.text);
    laws::same(
        "reverted to something else",
        &texts,
        &all(laws::read(&reverted)?),
        &all(given.values.clone()),
    )?;
    laws::no_comment_vanishes(given, &reverted)?;
    let mut lines = given.clone();
    if config.restart_policy().is_some() {
        // A repaired policy is written again, without its quotes.
        let policies = given.text.match_indices("restartPolicy").map(|(at, key)| {
            let rest = &given.text[at..];
            let value = rest.find("Always").filter(|&value| rest[..value].matches('\n').count() < 2);
            (key.to_owned(), Value::Null, at..at + value.unwrap_or(key.len()))
        });
        lines.touched.extend(policies);
    }
    if lowers_requests {
        // Requests are written again, without their quotes.
        let amounts =
            ["cpu", "memory"].into_iter().flat_map(|name| given.text.match_indices(name)).map(|(at, key)| {
                let rest = &given.text[at..];
                let end = |from: usize| {
                    rest[from..].find(['\n', '\r', ',', '}']).map_or(rest.len(), |end| from + end)
                };
                // The amount may be on the next line, also as a block scalar.
                let line = end(0);
                let is_below = rest[..line].trim_end().ends_with([':', '|', '>', '-', '+']);
                let value = if is_below {
                    end(line + rest[line..].find(|c: char| !c.is_whitespace()).unwrap_or(0))
                } else {
                    line
                };
                (key.to_owned(), Value::Null, at..at + value)
            });
        lines.touched.extend(amounts);
    }
    laws::other_lines_stay(&lines, &reverted, &texts)?;
    // Without what docs/edit-and-undo.md excepts, the bytes are those of the original. The repaired policy and the
    // requests are written again, without their quotes.
    let is_plain = given.comments.is_empty() && !laws::has_nulls(given) && !given.text.contains(['&', '*']);
    // An item on several lines that leaves a flow list and comes back makes it a block list.
    let mut lines = given.text.split(['\n', '\r']);
    let is_plain = is_plain && !lines.any(|line| line.trim_end().ends_with(['[', '{', ',']));
    let is_exact = is_plain && config.restart_policy().is_none() && !lowers_requests;
    if is_exact && laws::with_bare_empties(&reverted) != laws::with_bare_empties(&given.text) {
        return Stop::broken(format!("other bytes:\n{texts}"));
    }
    let again = laws::convert(&reverted, config)?.text();
    // A comment on the line of a key without a value preserves the key, as an empty collection, which is recorded.
    let recorded = |values: Vec<Value>| -> Vec<Value> {
        if given.comments.is_empty() {
            values
        } else {
            values.into_iter().map(laws::without_empty_record).collect()
        }
    };
    laws::same(
        "converted again to something else",
        &texts,
        &recorded(laws::read(&again)?),
        &recorded(laws::read(&converted)?),
    )?;
    let back = laws::convert(&again, &revert)?.text();
    // Layout is not recorded. The first revert may leave brackets below their key, or a flow list that became a block
    // list. After the second revert nothing changes any more.
    let stays = back == reverted
        || (!is_plain
            && laws::without_layout(&back) == laws::without_layout(&reverted)
            && laws::convert(&laws::convert(&back, config)?.text(), &revert)?.text() == back);
    if !stays {
        return Stop::broken(format!("not stable:\n{texts}\nagain:\n{again}\nand back:\n{back}"));
    }
    Ok(())
}

#[test]
fn revert_restores_the_original() {
    let config = Config::default();
    check("revert, Entrypoint", |_, given| reverts(given, &config, false));
}

#[test]
fn revert_restores_the_original_from_init_containers() {
    let config = laws::config(Strategy::InitContainers, None);
    check("revert, InitContainers", |_, given| reverts(given, &config, false));
}

#[test]
fn revert_restores_the_original_with_every_option() {
    check_with("revert, options", REFUSED, options::need, |c, given| {
        let options = Options::choose(c, &given.values, Probes::Keep);
        reverts(given, &options.config(""), options.lowers_requests())
    });
}
