//! `status`: how the steps of pods stand, for people or for tools.
//!
//! Knows the streams and the clock; what is to be said is found in the library.

use super::args::{Status, StatusFormat};
use super::input::Source;
use super::output::{self, is_colourful};
use super::report::Reporter;
use super::{Exit, table, walk};
use kueueleuleu::diagnostic::{Diagnostic, Error, ResourceId, Rule};
use kueueleuleu::route::Route;
use kueueleuleu::status::{self, Pod, Step, Time};
use serde_json::{Value, json};
use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// Writes the steps of all pods. Those that were not converted are named on stderr.
pub(super) fn show(args: &Status, reporter: &mut Reporter) -> anyhow::Result<Exit> {
    let inputs = walk::inputs(&args.filename, false)?;
    let sources = inputs.into_iter().map(Source::read).collect::<anyhow::Result<Vec<_>>>()?;
    let colour = is_colourful(&std::io::stdout());
    let now = now();
    let mut tables = Vec::new();
    let mut objects = Vec::new();
    let mut unconverted = Vec::new();
    for source in &sources {
        let read = status::pods(&source.text, |pod| {
            let steps = pod.steps();
            if steps.is_empty() {
                unconverted.push(not_converted(pod));
            } else if args.output == StatusFormat::Json {
                objects.push(object(pod, &steps));
            } else {
                tables.push(table::render(pod, &steps, now, colour));
            }
        });
        if let Err(problem) = read {
            let error =
                Error::new(Rule::InvalidStatus, format!("`{}` cannot be read: {problem}", source.name));
            return Err(error.help("give it what `kubectl get pod NAME -o json` writes").into());
        }
    }
    output::write(|out| match args.output {
        StatusFormat::Json => writeln!(out, "{:#}", Value::Array(objects)),
        StatusFormat::Table => out.write_all(tables.join("\n").as_bytes()),
    })?;
    reporter.run_diagnostics(&unconverted);
    Ok(if unconverted.is_empty() { Exit::Done } else { Exit::Unconverted })
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_seconds(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

fn not_converted(pod: &Pod<'_>) -> Diagnostic {
    let resource = ResourceId {
        api_version: "v1".to_owned(),
        kind: "Pod".to_owned(),
        namespace: pod.namespace.map(str::to_owned),
        name: pod.name.to_owned(),
    };
    let help = "its containers run side by side: `kubectl describe pod` shows them";
    Diagnostic::error(Rule::NotConverted, Route::root(), "it was not converted", help).about(resource)
}

fn object(pod: &Pod<'_>, steps: &[Step<'_>]) -> Value {
    let time = |time: Option<Time>| time.map(|time| time.to_string());
    let steps = steps.iter().map(|step| {
        let seconds = step.start.zip(step.end).map(|(start, end)| end.seconds_since(start));
        json!({
            "name": step.name,
            "state": step.standing,
            "start": time(step.start),
            "end": time(step.end),
            "seconds": seconds,
            "exitCode": step.exit_code,
            "restarts": step.restarts,
            "reason": step.reason,
        })
    });
    json!({
        "namespace": pod.namespace,
        "name": pod.name,
        "phase": pod.phase,
        "reason": pod.reason,
        "running": pod.running().ok(),
        "steps": steps.collect::<Vec<_>>(),
    })
}
