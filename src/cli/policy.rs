//! `policy`: writes the admission policies of a configuration.
//!
//! Knows its arguments and formats, not what the policies say.

use super::args::{Policy as Arguments, PolicyApiVersion, PolicyFailure, PolicyFormat};
use super::input::Source;
use super::report::Reporter;
use super::{Exit, output};
use kueueleuleu::config::Config;
use kueueleuleu::policy::{ApiVersion, FailurePolicy, Policy, policies};
use serde::Deserialize as _;
use serde_json::{Value, json};
use std::io::Write as _;

/// Writes the policies to stdout.
pub(crate) fn write(args: &Arguments, reporter: &mut Reporter) -> anyhow::Result<Exit> {
    let source = args.config.as_deref().map(Source::open).transpose()?;
    let config = source.as_ref().map_or(Ok(Config::default()), |source| Config::from_yaml(&source.text));
    let policy = Policy {
        name: args.name.clone(),
        api_version: match args.api_version {
            PolicyApiVersion::V1 => ApiVersion::V1,
            PolicyApiVersion::V1beta1 => ApiVersion::V1Beta1,
        },
        failure_policy: match args.on_failure {
            PolicyFailure::Fail => FailurePolicy::Fail,
            PolicyFailure::Ignore => FailurePolicy::Ignore,
        },
    };
    let text = match config.and_then(|config| policies(&config, &policy)) {
        Ok(text) => text,
        Err(error) => {
            match &source {
                Some(source) => reporter.error(source, &error),
                None => return Err(error.into()),
            }
            return Ok(Exit::Unusable);
        }
    };
    match args.output {
        PolicyFormat::Yaml => output::write(|out| out.write_all(text.as_bytes()))?,
        PolicyFormat::Json => {
            let documents = serde_yaml::Deserializer::from_str(&text).map(Value::deserialize);
            let list = json!({"apiVersion": "v1", "kind": "List", "items": documents.collect::<Result<Vec<_>, _>>()?});
            output::write(|out| writeln!(out, "{list:#}"))?;
        }
    }
    Ok(Exit::Done)
}
