//! The containers of a pod whose logs are shown, in order, and the progress of each.

use crate::cli::age::age;
use crate::cli::args::cluster::LogFormat;
use crate::cli::output::Style;
use crate::cli::table;
use kueueleuleu::internals::status::{ContainerStatus, PodStatus, Role, State, Step, StepState};

/// A container whose log is shown.
#[derive(Clone, Debug)]
pub(super) struct LoggedContainer {
    pub(super) name: String,
    /// Whether it is a step.
    pub(super) is_step: bool,
    /// Its state, for the heading.
    pub(super) state: String,
    pub(super) style: Style,
    /// The number of its runs that have started.
    pub(super) runs: u64,
    /// Whether the log of its second to last run still exists.
    pub(super) has_previous: bool,
    /// Whether its last run has not ended.
    pub(super) is_running: bool,
    pub(super) turn: Turn,
}

/// Whether it is the turn of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It waits for its turn.
    Waiting,
    /// Its turn has come, and it may run several times.
    Come,
    /// It does not run again.
    Over,
}

/// The containers in the order in which they run: the steps; with `--all-containers`, also the init containers before
/// them and all other containers after them. If the pod has no steps, all its containers.
pub(super) fn containers(pod: &PodStatus, format: &LogFormat) -> Vec<LoggedContainer> {
    let steps = pod.steps();
    let with = |wanted: fn(&Role) -> bool| {
        let containers = pod.containers.iter().filter(move |container| wanted(&container.role));
        containers.map(|container| other(container, pod)).collect::<Vec<_>>()
    };
    let mut logged = Vec::new();
    if format.all_containers {
        logged.extend(with(|role| matches!(role, Role::Prepare | Role::Init)));
    }
    let container = |step: &Step| pod.containers.iter().find(|container| container.name == step.name);
    logged.extend(steps.iter().filter_map(|step| Some(of_step(container(step)?, step, pod))));
    if format.all_containers || steps.is_empty() {
        logged.extend(with(|role| matches!(role, Role::Other)));
    }
    if format.all_containers {
        logged.extend(with(|role| matches!(role, Role::Sidecar)));
    }
    logged
}

fn of_step(container: &ContainerStatus, step: &Step, pod: &PodStatus) -> LoggedContainer {
    let length = step.start.zip(step.end).map(|(start, end)| format!(", {}", age(end.seconds_since(start))));
    let reason = step.reason.as_ref().map(|reason| format!(": {reason}"));
    LoggedContainer {
        is_step: true,
        state: format!("{}{}{}", step.state.name(), length.unwrap_or_default(), reason.unwrap_or_default()),
        style: table::style(step.state),
        turn: match step.state {
            StepState::Waiting => Turn::Waiting,
            state if state.is_final() => Turn::Over,
            _ => Turn::Come,
        },
        ..other(container, pod)
    }
}

fn other(container: &ContainerStatus, pod: &PodStatus) -> LoggedContainer {
    let is_running = matches!(container.state, State::Running(_));
    let has_ended = matches!(&container.state, State::Terminated(_));
    let runs = container.runs();
    let (state, turn) = match &container.state {
        State::Running(_) => ("Running".to_owned(), Turn::Come),
        State::Terminated(end) if end.exit_code == 0 => ("Succeeded".to_owned(), Turn::Come),
        State::Terminated(end) => (format!("exit code {}", end.exit_code), Turn::Come),
        State::Waiting(problem) if !problem.reason.is_empty() => {
            (format!("Waiting: {problem}"), Turn::Waiting)
        }
        State::Waiting(_) | State::Unknown => ("Waiting".to_owned(), Turn::Waiting),
    };
    // While a container waits to be restarted, kubectl treats its last run as the current one.
    let has_previous = runs > 1 && container.last.is_some() && (is_running || has_ended);
    let is_over = has_ended && (is_init_done(container) || pod.has_ended());
    let turn = if is_over { Turn::Over } else { turn };
    let (name, style) = (container.name.clone(), Style::BOLD);
    LoggedContainer { name, is_step: false, state, style, runs, has_previous, is_running, turn }
}

/// Whether the container never runs again: it succeeded, and is not a sidecar.
fn is_init_done(container: &ContainerStatus) -> bool {
    let succeeded = matches!(&container.state, State::Terminated(end) if end.exit_code == 0);
    succeeded && container.role != Role::Sidecar
}
