//! `logs`: writes the log of each step, in the order in which the steps ran.
//!
//! This module knows the order and the headings. The logs are the output of `kubectl logs`, byte for byte.

mod follow;
mod parts;
mod writer;

use super::args::cluster::{LogFormat, Logs};
use super::cluster::{Followed, Group, Kubectl, Target, Watches};
use super::exit::Exit;
use super::report::Reporter;
pub(super) use follow::{Ending, Follower};
use kueueleuleu::internals::status::{Cause, Outcome};
use kueueleuleu::{Error, Rule};
use parts::{Part, Turn};
pub(super) use writer::Writer;

/// Writes the logs, or follows them.
pub(super) fn show(args: &Logs, _: &mut Reporter) -> anyhow::Result<Exit> {
    let kubectl = Kubectl::new(&args.cluster);
    let target = Target::parse(&args.target)?;
    let mut writer = Writer::new(&args.format);
    if args.follow {
        let mut watches = Watches::new();
        watches.catch_signals()?;
        let ending =
            Follower::new(&target, &kubectl, &args.format, &mut watches)?.run(&watches, &mut writer)?;
        return Ok(match ending {
            Ending::Of(Outcome::Failed, _) => Exit::Unconverted,
            Ending::Of(..) | Ending::StdoutClosed => Exit::Done,
            Ending::Interrupted(signal) => Exit::signal(signal),
        });
    }
    let group = Group::read(&target, &kubectl)?;
    let pods = group.newest();
    if pods.is_empty() {
        let why = group.cause().map(|cause| format!(": {}", cause.reason)).unwrap_or_default();
        return Err(Error::new(Rule::NoPods, format!("{} has no pods{why}", group.name())).into());
    }
    for seen in &pods {
        if group.job().is_some() && !writer.pod(seen, None)? {
            return Ok(Exit::Done);
        }
        for part in parts::parts(&seen.pod, &args.format) {
            if !write(&part, seen, &kubectl, &args.format, &mut writer)? {
                return Ok(Exit::Done);
            }
        }
        if group.job().is_some() {
            writer.result(&format!("pod/{}", seen.pod.name), seen.outcome(), seen.cause().as_ref())?;
        }
    }
    writer.result(&group.name(), group.outcome(), group.cause().as_ref())?;
    Ok(if group.outcome() == Outcome::Failed { Exit::Unconverted } else { Exit::Done })
}

/// Writes the available logs of a container: those of its last two runs. Returns false if stdout is closed.
fn write(
    part: &Part,
    seen: &Followed,
    kubectl: &Kubectl,
    format: &LogFormat,
    writer: &mut Writer,
) -> anyhow::Result<bool> {
    if !writer.heading(seen, part)? {
        return Ok(false);
    }
    if part.runs == 0 || (part.turn == Turn::Waiting && part.is_step) {
        return Ok(true);
    }
    let first = if part.has_previous { part.runs - 2 } else { part.runs - 1 };
    for run in first..part.runs {
        if part.runs > 1 && !writer.run(seen, part, run)? {
            return Ok(false);
        }
        let is_previous = run + 1 < part.runs;
        let arguments = arguments(&seen.pod.name, &part.name, format, is_previous, false);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let output = kubectl.in_namespace(seen.pod.namespace.as_deref()).output(&arguments, "")?;
        if !writer.log(seen, part, &output.stdout)? {
            return Ok(false);
        }
        if !output.status.success() {
            writer.note(&kubectl.failed(&arguments, &output.stderr).to_string())?;
        }
    }
    Ok(true)
}

/// The arguments of `kubectl logs` for a container.
fn arguments(
    pod: &str,
    container: &str,
    format: &LogFormat,
    is_previous: bool,
    is_followed: bool,
) -> Vec<String> {
    let mut arguments = vec!["logs".to_owned(), format!("pod/{pod}"), format!("--container={container}")];
    let mut option = |wanted: bool, option: &str| {
        if wanted {
            arguments.push(option.to_owned());
        }
    };
    option(format.timestamps, "--timestamps");
    option(is_previous, "--previous");
    option(is_followed, "--follow");
    arguments
}

/// The outcome of a pod or a Job in one line.
fn result(name: &str, outcome: Outcome, cause: Option<&Cause>) -> String {
    let word = match outcome {
        Outcome::Succeeded => "Succeeded",
        Outcome::Failed => "Failed",
        _ => "Running",
    };
    let cause = cause.filter(|_| outcome != Outcome::Succeeded);
    let cause = cause.map(|cause| match &cause.container {
        Some(container) => format!(": `{container}`: {}", cause.reason),
        None => format!(": {}", cause.reason),
    });
    output_line(&format!("{name}: {word}{}", cause.unwrap_or_default()))
}

fn output_line(text: &str) -> String {
    format!("{}\n", super::human::printable(text))
}
