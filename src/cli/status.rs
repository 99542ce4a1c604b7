//! `status`: shows the steps of pods, once, or until they have ended.
//!
//! This module knows the sources of pods and the output formats. The library derives the states of steps.

mod follow;

use super::args::cluster::{StatusArgs, StatusFormat};
use super::cluster::{Followed, Group, Kubectl, Target};
use super::exit::Exit;
use super::input::Source;
use super::output::{self, is_colorful};
use super::report::Reporter;
use super::table::{self, TableOptions};
use super::walk;
use kueueleuleu::internals::status::{self, Cause, KubectlObject, Outcome, PodStatus, ReadError, Step, Time};
use kueueleuleu::{Diagnostic, Error, ResourceId, Route, Rule, Severity};
use serde_json::{Value, json};
use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// Writes the steps of all pods. Pods that were not converted are reported on stderr.
pub(super) fn show(args: &StatusArgs, reporter: &mut Reporter) -> anyhow::Result<Exit> {
    if args.filename.is_empty() {
        return ask(args, reporter);
    }
    let inputs = walk::inputs(&args.filename, false)?;
    let sources = inputs.into_iter().map(Source::read).collect::<anyhow::Result<Vec<_>>>()?;
    let mut pods = Vec::new();
    for source in &sources {
        match read(source, reporter)? {
            Some(found) => pods.extend(found),
            None => return Ok(Exit::Unusable),
        }
    }
    let pods: Vec<_> = pods.iter().collect();
    let outcome = any_failed(&pods);
    write(args, &pods, reporter)?;
    Ok(exit(outcome, &pods))
}

/// Shows pods of the cluster.
fn ask(args: &StatusArgs, reporter: &mut Reporter) -> anyhow::Result<Exit> {
    let kubectl = Kubectl::new(&args.cluster);
    let mut targets =
        args.targets.iter().map(|target| Target::parse(target)).collect::<Result<Vec<_>, _>>()?;
    targets.extend(args.selector.clone().map(Target::Selector));
    if args.watch {
        let [target] = &*targets else {
            return Err(Error::new(Rule::InvalidUsage, "`--watch` needs exactly one target")
                .help("pass one target, or `-l SELECTOR`")
                .into());
        };
        return follow::follow(args, target, &kubectl);
    }
    let groups =
        targets.iter().map(|target| Group::read(target, &kubectl)).collect::<anyhow::Result<Vec<_>>>()?;
    let pods: Vec<_> = groups.iter().flat_map(Group::newest).collect();
    if pods.is_empty() {
        let names: Vec<_> = groups.iter().map(nothing).collect();
        reporter.run_diagnostics(&names, None);
    } else {
        write(args, &pods, reporter)?;
    }
    let outcomes: Vec<_> = groups.iter().map(Group::outcome).collect();
    let outcome = if outcomes.contains(&Outcome::Failed) { Outcome::Failed } else { Outcome::Running };
    Ok(if pods.is_empty() { self::failed(outcome) } else { exit(outcome, &pods) })
}

/// The diagnostic for a target without pods, with the reason if its Job has one.
fn nothing(group: &Group) -> Diagnostic {
    let why = match group.job() {
        Some(job) if job.is_suspended => ": the Job is suspended".to_owned(),
        _ => group.cause().map(|cause| format!(": {}", cause.reason)).unwrap_or_default(),
    };
    let message = format!("{} has no pods{why}", group.name());
    let severity = if group.outcome() == Outcome::Failed { Severity::Error } else { Severity::Info };
    Diagnostic::new(severity, Rule::NoPods, Route::root(), message)
}

/// Reads the pods of a source. Returns `None` if it cannot be parsed, which is reported.
fn read(source: &Source, reporter: &mut Reporter) -> anyhow::Result<Option<Vec<Followed>>> {
    let mut pods = Vec::new();
    let mut other = None;
    let result = status::objects(&source.text, |object: &KubectlObject<'_>| {
        if object.kind == "Pod" {
            pods.push(Followed { pod: object.pod()?, is_deleted: false });
        } else {
            other.get_or_insert_with(|| object.kind.clone());
        }
        Ok(())
    });
    match result {
        Err(ReadError::Text(error)) => {
            reporter.error(source, &error);
            return Ok(None);
        }
        Err(ReadError::Fields(problems)) => {
            reporter.diagnostics(source, &problems);
            return Ok(None);
        }
        Ok(()) => {}
    }
    let problem = match other {
        Some(kind) if kind.is_empty() => "expected a `Pod`, got an object without a `kind`".to_owned(),
        Some(kind) => format!("expected a `Pod`, got a `{kind}`"),
        None if pods.is_empty() => "it contains no `Pod`".to_owned(),
        None => return Ok(Some(pods)),
    };
    let error = Error::new(Rule::InvalidStatus, format!("`{}` cannot be read: {problem}", source.name));
    Err(error.help("pass the output of `kubectl get pod NAME -o json`").into())
}

/// Writes the converted pods in the selected format, and reports the others. It is an error if no pod was converted.
fn write(args: &StatusArgs, pods: &[&Followed], reporter: &mut Reporter) -> anyhow::Result<()> {
    let (converted, others): (Vec<&Followed>, Vec<_>) = pods.iter().partition(|seen| seen.pod.is_converted());
    let options = table_options(args);
    output::write(|out| match args.output {
        Some(StatusFormat::Json) => {
            writeln!(out, "{:#}", Value::Array(converted.iter().map(|seen| object(seen)).collect()))
        }
        Some(StatusFormat::Yaml) => {
            let pods: Vec<_> = converted.iter().map(|seen| object(seen)).collect();
            out.write_all(yaml(&pods).as_bytes())
        }
        Some(StatusFormat::Name) => {
            converted.iter().try_for_each(|seen| writeln!(out, "pod/{}", seen.pod.name))
        }
        Some(StatusFormat::Table | StatusFormat::Wide) | None => {
            let tables: Vec<_> = converted.iter().map(|seen| table::render(seen, options)).collect();
            out.write_all(tables.join("\n").as_bytes())
        }
    })?;
    let severity = if converted.is_empty() { Severity::Error } else { Severity::Info };
    let others: Vec<_> = others.iter().map(|seen| not_converted(&seen.pod, severity)).collect();
    reporter.run_diagnostics(&others, None);
    Ok(())
}

fn table_options(args: &StatusArgs) -> TableOptions {
    TableOptions {
        now: now(),
        color: is_colorful(&std::io::stdout()),
        wide: args.output == Some(StatusFormat::Wide),
    }
}

fn yaml(value: &impl serde::Serialize) -> String {
    serde_yaml::to_string(value).expect("impossible: it is JSON")
}

fn any_failed(pods: &[&Followed]) -> Outcome {
    let failed = pods.iter().any(|seen| seen.pod.is_converted() && seen.outcome() == Outcome::Failed);
    if failed { Outcome::Failed } else { Outcome::Running }
}

fn exit(outcome: Outcome, pods: &[&Followed]) -> Exit {
    let converted = pods.iter().any(|seen| seen.pod.is_converted());
    if converted { failed(outcome) } else { Exit::Unconverted }
}

/// The exit code of an outcome. A pod that still runs has not failed.
fn failed(outcome: Outcome) -> Exit {
    if outcome == Outcome::Failed { Exit::Unconverted } else { Exit::Done }
}

pub(super) fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_seconds(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

fn not_converted(pod: &PodStatus, severity: Severity) -> Diagnostic {
    let resource = ResourceId {
        api_version: "v1".to_owned(),
        kind: "Pod".to_owned(),
        namespace: pod.namespace.clone(),
        name: pod.name.clone(),
    };
    let help = "its containers run at the same time: `kubectl describe pod` shows them";
    let message = "it was not converted";
    Diagnostic::new(severity, Rule::NotConverted, Route::root(), message).help(help).about(resource)
}

fn object(followed: &Followed) -> Value {
    let pod = &followed.pod;
    let failure = |cause: Cause| json!({"container": cause.container, "reason": cause.reason, "exitCode": cause.exit_code});
    let holdups = pod.holdups().into_iter().map(|holdup| {
        json!({
            "container": holdup.container,
            "kind": holdup.kind,
            "reason": holdup.reason,
            "exitCode": holdup.exit_code,
        })
    });
    json!({
        "namespace": pod.namespace,
        "name": pod.name,
        "phase": pod.phase,
        "outcome": followed.outcome(),
        "terminating": pod.is_terminating,
        "deleted": followed.is_deleted,
        "reason": pod.problem.as_ref().map(ToString::to_string),
        "running": pod.running().ok(),
        "failure": followed.cause().map(failure),
        "holdups": holdups.collect::<Vec<_>>(),
        "steps": pod.steps().iter().map(step_object).collect::<Vec<_>>(),
    })
}

fn step_object(step: &Step) -> Value {
    let time = |time: Option<Time>| time.map(|time| time.to_string());
    let seconds = step.start.zip(step.end).map(|(start, end)| end.seconds_since(start));
    json!({
        "name": step.name,
        "image": step.image,
        "state": step.state,
        "start": time(step.start),
        "end": time(step.end),
        "seconds": seconds,
        "exitCode": step.exit_code,
        "restarts": step.restarts,
        "reason": step.reason,
    })
}
