//! What the command line says of the conversion, laid over what the configuration says.
//!
//! Knows both spellings, neither files nor resources.

use super::args::{Output, Overrides};
use kueueleuleu::config::{Config, ConfigError};
use kueueleuleu::diagnostic::Error;
use kueueleuleu::route::{Route, Segment};
use kueueleuleu::select::{Selector, SelectorSpec};

/// The configuration as it holds for this run.
///
/// Selection on the command line takes the place of the configuration's selectors; its exclusions stay.
pub(super) fn apply(mut config: Config, overrides: &Overrides, output: &Output) -> Result<Config, Error> {
    if let Some(image) = &overrides.entrypoint_image {
        if image.trim().is_empty() {
            return Err(Error::new("`--entrypoint-image` is empty").help("name an image, or leave it out"));
        }
        config.entrypoint.image.clone_from(image);
    }
    config.revert |= overrides.revert;
    // These two change nothing either, and can say more.
    config.check &= !(output.diff || output.check);

    let spec = SelectorSpec {
        kind: any_of(&overrides.kind),
        name: any_of(&overrides.name),
        namespace: any_of(&overrides.namespace),
        label_selector: overrides.selector.clone(),
        ..SelectorSpec::default()
    };
    if spec != SelectorSpec::default() {
        let selector = Selector::compile(&spec, Route::root()).map_err(in_flags)?;
        config.selection = config.selection.with_selectors(vec![selector]);
    }
    Ok(config)
}

/// One pattern for several: the selectors of a configuration have one.
fn any_of(patterns: &[String]) -> Option<String> {
    (!patterns.is_empty()).then(|| patterns.join("|"))
}

/// The error with the name of the flag in place of the field's.
fn in_flags(error: ConfigError) -> Error {
    let flag = match error.route.segments() {
        [Segment::Key(key)] if key == "labelSelector" => "selector",
        [Segment::Key(key)] => key,
        _ => "kind",
    };
    Error { message: format!("`--{flag}`: {}", error.message), span: None, help: error.help }
}
