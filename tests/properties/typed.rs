//! Compares the conversion of API types with the conversion of text.

use crate::emit::Emitted;
use crate::laws::{self, Stop};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::Pod;
use kueueleuleu::{Config, Converted, Error, convert_cron_job, convert_job, convert_pod};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The converted text, read as an API type, must equal the converted object.
pub(crate) fn agrees(given: &Emitted, config: &Config) -> Result<(), Stop> {
    let text = laws::convert(&given.text, config)?.text();
    for (old, new) in given.values.iter().zip(laws::read(&text)?) {
        match old["kind"].as_str() {
            Some("Pod") => one::<Pod>(old, new, |pod| convert_pod(pod, config))?,
            Some("Job") => one::<Job>(old, new, |job| convert_job(job, config))?,
            Some("CronJob") => one::<CronJob>(old, new, |job| convert_cron_job(job, config))?,
            _ => {}
        }
    }
    Ok(())
}

fn one<T: Serialize + DeserializeOwned>(
    old: &Value,
    new: Value,
    convert: impl Fn(&T) -> Result<Converted<T>, Error>,
) -> Result<(), Stop> {
    let read =
        |value: Value| serde_json::from_value::<T>(value).map_err(|error| Stop::Broken(error.to_string()));
    let write = |object: &T| serde_json::to_value(object).expect("API types are JSON");
    match convert(&read(old.clone())?) {
        Ok(converted) => {
            let (mut found, mut expected) = (write(&read(new)?), write(&converted.object));
            // Without its null and unknown fields, a `metadata` may be empty as an API type, and is recorded.
            if found != expected && expected.to_string().contains("metadata/") {
                (found, expected) = (laws::without_empty_record(found), laws::without_empty_record(expected));
            }
            laws::same("text and API type differ", "", &[found], &[expected])
        }
        Err(error) => Stop::broken(format!("only the API type is rejected: {error}")),
    }
}
