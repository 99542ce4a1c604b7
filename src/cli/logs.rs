//! `logs`: writes the log of each step, in the order in which the steps ran.
//!
//! This module knows the order and the headings. The logs are the output of `kubectl logs`, byte for byte.

mod containers;
mod follow;
mod writer;

use super::args::cluster::{LogFormat, LogsArgs};
use super::cluster::{Followed, Group, Kubectl, Target, Watches};
use super::exit::Exit;
use super::report::Reporter;
use containers::{LoggedContainer, Turn};
pub(super) use follow::{FollowResult, Follower};
use kueueleuleu::internals::status::{Cause, Outcome};
use kueueleuleu::{Error, Rule};
pub(super) use writer::Writer;

/// Writes the logs, or follows them.
pub(super) fn show(args: &LogsArgs, _: &mut Reporter) -> anyhow::Result<Exit> {
    let kubectl = Kubectl::new(&args.cluster);
    let target = Target::parse(&args.target)?;
    let mut writer = Writer::new(&args.format);
    if args.follow {
        let mut watches = Watches::new();
        watches.catch_signals()?;
        let ending =
            Follower::new(&target, &kubectl, &args.format, &mut watches)?.run(&watches, &mut writer)?;
        return Ok(match ending {
            FollowResult::Of(Outcome::Failed, _) => Exit::Unconverted,
            FollowResult::Of(..) | FollowResult::StdoutClosed => Exit::Done,
            FollowResult::Interrupted(signal) => Exit::signal(signal),
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
        for container in containers::containers(&seen.pod, &args.format) {
            if !write(&container, seen, &kubectl, &args.format, &mut writer)? {
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
    container: &LoggedContainer,
    seen: &Followed,
    kubectl: &Kubectl,
    format: &LogFormat,
    writer: &mut Writer,
) -> anyhow::Result<bool> {
    if !writer.heading(seen, container)? {
        return Ok(false);
    }
    if container.runs == 0 || (container.turn == Turn::Waiting && container.is_step) {
        return Ok(true);
    }
    let first = if container.has_previous { container.runs - 2 } else { container.runs - 1 };
    for run in first..container.runs {
        if container.runs > 1 && !writer.run(seen, container, run)? {
            return Ok(false);
        }
        let is_previous = run + 1 < container.runs;
        let arguments = arguments(&seen.pod.name, &container.name, format, is_previous, false);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let output = kubectl.in_namespace(seen.pod.namespace.as_deref()).output(&arguments, "")?;
        if !writer.log(seen, container, &output.stdout)? {
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
