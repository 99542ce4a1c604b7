//! Properties of the rewrite on random resources in random styles of text.
//!
//! `PROPTEST_CASES` asks for more cases than a usual run has, and for other ones each time.

mod choices;
mod content;
mod counts;
mod edits;
mod emit;
mod laws;
mod typed;

use choices::Choices;
use counts::Counts;
use edits::{Edit, Form};
use emit::{Emitted, emit};
use kueueleuleu::config::{Config, Strategy};
use laws::Stop;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use serde_json::Value;
use std::cell::RefCell;

/// Runs a law on many texts, and prints what they had.
fn check(name: &str, law: impl Fn(&mut Choices<'_>, &Emitted) -> Result<(), Stop>) {
    let config =
        ProptestConfig { failure_persistence: None, max_shrink_iters: 20_000, ..ProptestConfig::default() };
    // proptest's own default says that nobody asked for a number.
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
        let given = emit(&mut Choices::new(&style), &values);
        let end = read_as_meant(&given).and_then(|()| law(&mut Choices::new(&more), &given));
        counts.borrow_mut().add(&given, end.as_ref().err());
        match end {
            Err(Stop::Broken(what)) => Err(TestCaseError::fail(what)),
            Ok(()) | Err(Stop::Refused(_)) => Ok(()),
        }
    });
    let counts = counts.into_inner();
    counts.print(name);
    // The reason shows the text, which says more than the bytes it was made from.
    match outcome {
        Err(TestError::Fail(reason, _)) => panic!("{name}: {reason}"),
        Err(error) => panic!("{name}: {error}"),
        Ok(()) => {}
    }
    counts.check(name);
}

/// The generator says what it means: otherwise no law means anything.
fn read_as_meant(given: &Emitted) -> Result<(), Stop> {
    laws::same("the generator wrote something else", &given.text, &laws::read(&given.text)?, &given.values)
}

fn convert_all(values: &[Value], config: &Config) -> Result<Vec<Value>, Stop> {
    values.iter().map(|value| laws::convert_value(value, config)).collect()
}

/// Both appliers agree, nothing else changes, and running again changes nothing.
fn conversion(given: &Emitted, config: &Config) -> Result<(), Stop> {
    let converted = laws::convert(&given.text, config)?;
    let text = converted.text();
    let expected = convert_all(&given.values, config)?;
    laws::same(
        "text and value differ",
        &format!("{}\nnow:\n{text}", given.text),
        &laws::read(&text)?,
        &expected,
    )?;
    laws::no_comment_vanishes(given, &text)?;
    if config.strategy == Strategy::Entrypoint {
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
    check("conversion, Entrypoint", |_, given| {
        conversion(given, &config)?;
        typed::agrees(given, &config)
    });
}

#[test]
fn init_containers_conversion_is_lossless_and_idempotent() {
    let config = laws::config(Strategy::InitContainers, None);
    check("conversion, InitContainers", |_, given| conversion(given, &config));
}

#[test]
fn convert_edit_convert_is_edit_convert() {
    check("converge", |c, given| {
        let strategies = [Strategy::Entrypoint, Strategy::InitContainers];
        let first = laws::config(c.pick(&strategies), None);
        let second = laws::config(c.pick(&strategies), c.pick(&[None, Some("mirror/entrypoint:1")]));
        let edit = Edit::choose(c);

        let mut converted = laws::read(&laws::convert(&given.text, &first)?.text())?;
        let mut edited = given.values.clone();
        for (plain, converted) in edited.iter_mut().zip(&mut converted) {
            if plain["kind"] == "Service" {
                continue;
            }
            let spec = content::pod_spec(plain);
            let own = spec.get("initContainers").and_then(Value::as_array).map_or(0, Vec::len);
            let is_converted = spec["containers"].as_array().is_some_and(|steps| steps.len() > 1);
            let form = match first.strategy {
                _ if !is_converted => Form::Plain,
                Strategy::Entrypoint => Form::Entrypoint,
                Strategy::InitContainers => Form::InitContainers,
            };
            edit.apply(plain, Form::Plain, own);
            edit.apply(converted, form, own);
        }
        let expected = convert_all(&edited, &second)?;
        let written = emit(c, &converted);
        let text = laws::convert(&written.text, &second)?.text();
        let all = |values: Vec<Value>| values.into_iter().map(laws::joined).collect::<Vec<_>>();
        let what = format!("{edit:?} does not converge from {:?} to {:?}", first.strategy, second.strategy);
        let texts = format!("{}\nconverted, edited:\n{}\nnow:\n{text}", given.text, written.text);
        laws::same(&what, &texts, &all(laws::read(&text)?), &all(expected))
    });
}

fn reverts(given: &Emitted, config: &Config) -> Result<(), Stop> {
    let revert = Config { revert: true, ..config.clone() };
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
    laws::other_lines_stay(given, &reverted, &texts)?;
    let again = laws::convert(&reverted, config)?.text();
    laws::same("converted again to something else", &texts, &laws::read(&again)?, &laws::read(&converted)?)?;
    let back = laws::convert(&again, &revert)?.text();
    if back != reverted {
        return Stop::broken(format!("not stable:\n{texts}\nagain:\n{again}\nand back:\n{back}"));
    }
    Ok(())
}

#[test]
fn revert_gives_the_original_back() {
    let config = Config::default();
    check("revert, Entrypoint", |_, given| reverts(given, &config));
}

#[test]
fn revert_gives_the_original_back_from_init_containers() {
    let config = laws::config(Strategy::InitContainers, None);
    check("revert, InitContainers", |_, given| reverts(given, &config));
}
