//! `policy`: writes the admission policies for a configuration.
//!
//! This module knows the arguments and output formats. The library generates the policies.

use super::args::{PolicyApiVersion, PolicyArgs, PolicyFailure, PolicyFormat};
use super::discover::{ConfigArgs, Converters};
use super::exit::Exit;
use super::output;
use super::report::Reporter;
use kueueleuleu::policy::{ApiVersion, FailurePolicy, Policy, policies};
use kueueleuleu::{Error, Rule};
use serde::Deserialize as _;
use serde_json::{Value, json};
use std::io::Write as _;

/// Writes the policies to stdout.
pub(crate) fn write(args: &PolicyArgs, reporter: &mut Reporter) -> anyhow::Result<Exit> {
    let config_args =
        ConfigArgs { config: args.config.as_slice(), no_config: args.no_config, ..ConfigArgs::default() };
    let Some(mut converters) = Converters::new(config_args, reporter)? else { return Ok(Exit::Unusable) };
    let file = converters.file(None);
    let Some(converter) = converters.of(None, reporter)? else { return Ok(Exit::Unusable) };
    let [config] = converter.configs() else {
        let message = "`policy` needs exactly one configuration, but the file contains several";
        let help = "put each configuration into its own file, and name its policies with `--name`";
        let error = Error::new(Rule::InvalidUsage, message).help(help);
        reporter.unreadable(&error.into(), file.as_deref());
        return Ok(Exit::Unusable);
    };
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
    let text = match policies(config, &policy) {
        Ok(text) => text,
        Err(error) => {
            reporter.unreadable(&error.into(), file.as_deref());
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
