//! Renders the steps of a pod as a table, with a bar that shows when each step ran.
//!
//! ```text
//! Pod `etl`: Running, `load` runs (2 of 3), since 2026-01-01T10:00:00Z, age 1m
//!
//! STEP      STATE       START      END        DURATION
//! extract   Succeeded   10:00:00   10:00:30   30s        ████████████████
//! load      Running     10:00:30   -          30s                        ░░░░░░░░░░░░░░░░
//! store     Waiting     -          -          -
//! ```
//!
//! The caller passes the current time; this module has no clock.

use super::age::age;
use super::cluster::Followed;
use super::human::printable;
use super::output::Style;
use kueueleuleu::internals::status::{Holdup, Outcome, PodStatus, Step, StepState, Time};
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr as _;

/// The width of the longest bar.
const BAR: u64 = 32;
/// The number of spaces between two columns.
const GAP: usize = 3;

/// How to render the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct TableOptions {
    /// The current time.
    pub now: Time,
    /// Whether to use colors.
    pub color: bool,
    /// Whether to add the columns of `-o wide`.
    pub wide: bool,
}

/// Renders the table, after lines with the state of the pod and what delays it.
pub(super) fn render(followed: &Followed, options: TableOptions) -> String {
    let pod = &followed.pod;
    let steps = pod.steps();
    let now = stopped(&steps, pod, options.now);
    let first = steps.iter().find_map(|step| step.start);
    let last = steps.iter().filter_map(|step| end(step, now)).max();
    let rows: Vec<_> = steps.iter().map(|step| cells(step, first, now, options.wide)).collect();
    let header = header(options.wide);
    let width = |at: usize| {
        rows.iter().map(|cells| cells[at].width()).chain([header[at].len()]).max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..header.len()).map(width).collect();

    let mut out = Style::BOLD.when(options.color).paint(&headline(followed, &steps, first, options.now));
    out.push('\n');
    for line in troubles(pod) {
        let _ = writeln!(out, "  {}", Style::BOLD_YELLOW.when(options.color).paint(&line));
    }
    out.push('\n');
    line(&mut out, &header, &widths, Style::PLAIN, "");
    for (step, cells) in steps.iter().zip(&rows) {
        let mut tail = first.zip(last).map(|(first, last)| bar(step, first, last, now)).unwrap_or_default();
        if let Some(reason) = &step.reason {
            // All reasons start after the longest possible bar, so they are aligned.
            let gap = usize::try_from(BAR).unwrap_or_default().saturating_sub(tail.width());
            let gap = if first.is_some() { gap + 2 } else { 0 };
            let _ = write!(tail, "{:gap$}{}", "", printable(reason));
        }
        line(&mut out, cells, &widths, style(step.state).when(options.color), &tail);
    }
    out
}

/// The time at which a step without an end is cut off: now, but not after the end of a pod that has ended.
fn stopped(steps: &[Step], pod: &PodStatus, now: Time) -> Time {
    let last = steps.iter().filter_map(|step| step.end).max();
    if pod.has_ended() { last.unwrap_or(now) } else { now }
}

/// The name of the pod with its namespace: `NAMESPACE/NAME`.
pub(super) fn name(pod: &PodStatus) -> String {
    let namespace = pod.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
    printable(&format!("{namespace}{}", pod.name))
}

fn headline(followed: &Followed, steps: &[Step], first: Option<Time>, now: Time) -> String {
    let pod = &followed.pod;
    let mut out = format!("Pod `{}`: {}", name(pod), phase(followed));
    if let Some(current) = current(pod, steps) {
        let _ = write!(out, ", {current}");
    }
    if let Some(first) = first {
        let _ = write!(out, ", since {first}");
    }
    if let Some(created) = pod.created {
        let _ = write!(out, ", age {}", age(now.seconds_since(created)));
    }
    out
}

/// The phase of the pod, or that it is being deleted.
pub(super) fn phase(followed: &Followed) -> String {
    let pod = &followed.pod;
    match &*pod.phase {
        phase if followed.is_deleted && pod.outcome() == Outcome::Running => {
            let was = if phase.is_empty() { "new" } else { phase };
            format!("deleted (was {})", printable(was))
        }
        "" => "not scheduled yet".to_owned(),
        phase if pod.is_terminating && pod.outcome() == Outcome::Running => {
            format!("Terminating ({})", printable(phase))
        }
        phase => printable(phase),
    }
}

/// The container that runs, or the next one.
fn current(pod: &PodStatus, steps: &[Step]) -> Option<String> {
    let running = pod.running().ok()?;
    let at = steps.iter().position(|step| step.name == running);
    let does = match at.map(|at| (steps[at].state, &steps[at].reason)) {
        None | Some((StepState::Running, _)) => "runs",
        Some((StepState::Retrying, _)) => "is run again",
        Some((StepState::Waiting, Some(_))) => "waits",
        Some(_) => "is next",
    };
    let mut out = format!("`{}` {does}", printable(running));
    if let Some(at) = at {
        let _ = write!(out, " ({} of {})", at + 1, steps.len());
    }
    Some(out)
}

/// What ended the pod as a whole, and what delays it, one per line.
pub(super) fn troubles(pod: &PodStatus) -> Vec<String> {
    let problem = pod.problem.as_ref().map(|problem| printable(&problem.to_string()));
    problem.into_iter().chain(pod.holdups().iter().map(holdup)).collect()
}

fn holdup(holdup: &Holdup) -> String {
    let what = match &holdup.container {
        Some(name) => format!("{} `{name}`: {}", holdup.kind, holdup.reason),
        None => format!("not scheduled: {}", holdup.reason),
    };
    printable(&what)
}

fn header(wide: bool) -> Vec<String> {
    let more: &[&str] = if wide { &["RESTARTS", "EXIT", "IMAGE"] } else { &[] };
    ["STEP", "STATE", "START", "END", "DURATION"].iter().chain(more).map(|&name| name.to_owned()).collect()
}

fn cells(step: &Step, first: Option<Time>, now: Time, wide: bool) -> Vec<String> {
    let time = |time: Option<Time>| match (time, first) {
        (Some(time), Some(first)) if !time.is_same_day(first) => time.to_string(),
        (Some(time), _) => time.clock(),
        (None, _) => "-".to_owned(),
    };
    let mut state = step.state.name().to_owned();
    if step.restarts > 0 && !wide {
        let plural = if step.restarts == 1 { "" } else { "s" };
        let _ = write!(state, " ({} restart{plural})", step.restarts);
    }
    let length = step.start.zip(end(step, now)).map(|(start, end)| age(end.seconds_since(start)));
    let length = length.unwrap_or_else(|| "-".to_owned());
    let mut cells = vec![printable(&step.name), state, time(step.start), time(step.end), length];
    if wide {
        let ago = step.restarted.filter(|_| step.restarts > 0);
        let ago = ago.map(|time| format!(" ({} ago)", age(now.seconds_since(time))));
        cells.push(format!("{}{}", step.restarts, ago.unwrap_or_default()));
        cells.push(step.exit_code.map_or_else(|| "-".to_owned(), |code| code.to_string()));
        cells.push(printable(&step.image));
    }
    cells
}

/// The end of a step that has started, or now.
fn end(step: &Step, now: Time) -> Option<Time> {
    let start = step.start?;
    step.end.or(Some(now)).map(|end| end.max(start))
}

fn line(out: &mut String, cells: &[String], widths: &[usize], style: Style, tail: &str) {
    let mut text = String::new();
    for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let gap = width - cell.width() + GAP;
        let cell = if at == 1 { style.paint(cell) } else { cell.clone() };
        let _ = write!(text, "{cell}{:gap$}", "");
    }
    text.push_str(tail);
    out.push_str(text.trim_end());
    out.push('\n');
}

/// The bar of a step, on the time scale of all steps. A step that has started has a bar of at least one column.
fn bar(step: &Step, first: Time, last: Time, now: Time) -> String {
    let Some((start, end)) = step.start.zip(end(step, now)) else { return String::new() };
    let all = last.seconds_since(first).max(1);
    let scale = |time: Time| time.seconds_since(first).min(all) * BAR / all;
    let from = scale(start).min(BAR - 1);
    let to = scale(end).max(from + 1);
    let mark = if step.state == StepState::Running { '░' } else { '█' };
    let blank = usize::try_from(from).unwrap_or_default();
    format!("{:blank$}{}", "", (from..to).map(|_| mark).collect::<String>())
}

pub(super) fn style(state: StepState) -> Style {
    match state {
        StepState::Running => Style::BOLD_CYAN,
        StepState::Succeeded => Style::GREEN,
        StepState::Failed => Style::BOLD_RED,
        StepState::Skipped | StepState::Retrying => Style::BOLD_YELLOW,
        _ => Style::PLAIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kueueleuleu::internals::status::{ContainerStatus, Restart, Role, State, Termination};

    #[test]
    fn a_bar_grows_until_now() {
        let at = |second: i64| Time::from_seconds(86_400 - 8 + second);
        let end = Termination { started: Some(at(0)), finished: Some(at(4)), ..Termination::default() };
        let states = [State::Terminated(end), State::Running(Some(at(0))), State::Running(Some(at(0)))];
        let containers = ["a", "\u{1b}[2J", "c"].into_iter().zip(states).enumerate();
        let containers = containers.map(|(number, (name, state))| ContainerStatus {
            name: name.to_owned(),
            image: "busybox".to_owned(),
            role: Role::Step {
                number,
                after: number.checked_sub(1).into_iter().collect(),
                has_timeout: false,
                is_always: false,
            },
            restart: Restart::default(),
            state,
            is_started: true,
            last: None,
            restarts: 0,
        });
        let containers = containers.collect();
        let pod = PodStatus {
            name: "größe".to_owned(),
            phase: "Running".to_owned(),
            containers,
            ..PodStatus::default()
        };
        let followed = Followed { pod, is_deleted: false };
        let expected = "\
Pod `größe`: Running, `\\u{1b}[2J` runs (2 of 3), since 1970-01-01T23:59:52Z

STEP        STATE       START      END        DURATION
a           Succeeded   23:59:52   23:59:56   4s         ████████
\\u{1b}[2J   Running     23:59:56   -          12s                ░░░░░░░░░░░░░░░░░░░░░░░░
c           Waiting     -          -          -
";
        let options = TableOptions { now: at(16), color: false, wide: false };
        assert_eq!(render(&followed, options), expected);
        let colored = render(&followed, TableOptions { color: true, ..options });
        assert!(colored.contains("\u{1b}[32mSucceeded\u{1b}[0m   23:59:52"), "{colored}");
    }
}
