//! The steps of a pod as a table, with a bar for each.
//!
//! Knows looks only; the time now is told.

use super::human::printable;
use super::output::Style;
use kueueleuleu::status::{Pod, Standing, Step, Time};
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr as _;

/// How wide the longest bar is.
const BAR: u64 = 32;

const HEADER: [&str; 5] = ["STEP", "STATE", "START", "END", "DURATION"];

/// The table, under a line that says how the pod stands.
pub(super) fn render(pod: &Pod<'_>, steps: &[Step<'_>], now: Time, colour: bool) -> String {
    let first = steps.iter().find_map(|step| step.start);
    let last = steps.iter().filter_map(|step| end(step, now)).max();
    let rows: Vec<_> = steps.iter().map(|step| cells(step, first, now)).collect();
    let width = |at: usize| {
        rows.iter().map(|cells| cells[at].width()).chain([HEADER[at].len()]).max().unwrap_or_default()
    };
    let widths: [usize; 5] = std::array::from_fn(width);

    let mut out = headline(pod, steps, first, Style::BOLD.when(colour));
    out.push('\n');
    line(&mut out, &HEADER.map(str::to_owned), widths, Style::PLAIN, "");
    for (step, cells) in steps.iter().zip(&rows) {
        let mut tail = first.zip(last).map(|(first, last)| bar(step, first, last, now)).unwrap_or_default();
        if let Some(reason) = &step.reason {
            // Behind the longest bar, so that reasons stand below each other.
            let gap = usize::try_from(BAR).unwrap_or_default().saturating_sub(tail.width());
            let gap = if first.is_some() { gap + 2 } else { 0 };
            let _ = write!(tail, "{:gap$}{}", "", printable(reason));
        }
        line(&mut out, cells, widths, style(step.standing).when(colour), &tail);
    }
    out
}

fn headline(pod: &Pod<'_>, steps: &[Step<'_>], first: Option<Time>, bold: Style) -> String {
    let name =
        pod.namespace.map_or_else(|| pod.name.to_owned(), |namespace| format!("{namespace}/{}", pod.name));
    let phase = if pod.phase.is_empty() { "not scheduled yet" } else { pod.phase };
    let mut out = format!("Pod `{}`: {}", printable(&name), printable(phase));
    if let Some(reason) = pod.reason {
        let _ = write!(out, " ({})", printable(reason));
    }
    if let Ok(running) = pod.running() {
        let at = steps.iter().position(|step| step.name == running);
        let runs = at.is_none_or(|at| steps[at].standing == Standing::Running);
        let _ = write!(out, ", `{}` {}", printable(running), if runs { "runs" } else { "is next" });
        if let Some(at) = at {
            let _ = write!(out, " ({} of {})", at + 1, steps.len());
        }
    }
    if let Some(first) = first {
        let _ = write!(out, ", since {first}");
    }
    bold.paint(&out) + "\n"
}

fn cells(step: &Step<'_>, first: Option<Time>, now: Time) -> [String; 5] {
    let time = |time: Option<Time>| match (time, first) {
        (Some(time), Some(first)) if !time.is_same_day(first) => time.to_string(),
        (Some(time), _) => time.clock(),
        (None, _) => "-".to_owned(),
    };
    let mut state = step.standing.name().to_owned();
    if step.restarts > 0 {
        let _ = write!(state, " ({} restarts)", step.restarts);
    }
    let length = step.start.zip(end(step, now)).map(|(start, end)| end.seconds_since(start));
    let length = length.map_or_else(|| "-".to_owned(), duration);
    [printable(step.name), state, time(step.start), time(step.end), length]
}

/// When a step that has begun ended, or now.
fn end(step: &Step<'_>, now: Time) -> Option<Time> {
    step.start?;
    step.end.or(Some(now))
}

fn line(out: &mut String, cells: &[String; 5], widths: [usize; 5], style: Style, tail: &str) {
    let mut text = String::new();
    for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let gap = width - cell.width() + 2;
        let cell = if at == 1 { style.paint(cell) } else { cell.clone() };
        let _ = write!(text, "{cell}{:gap$}", "");
    }
    text.push_str(tail);
    out.push_str(text.trim_end());
    out.push('\n');
}

/// When the step ran, of the time in which any did. A step that has begun is always seen.
fn bar(step: &Step<'_>, first: Time, last: Time, now: Time) -> String {
    let Some((start, end)) = step.start.zip(end(step, now)) else { return String::new() };
    let all = last.seconds_since(first).max(1);
    let scale = |time: Time| time.seconds_since(first).min(all) * BAR / all;
    let from = scale(start).min(BAR - 1);
    let to = scale(end).max(from + 1);
    let mark = if step.standing == Standing::Running { '░' } else { '█' };
    let blank = usize::try_from(from).unwrap_or_default();
    format!("{:blank$}{}", "", (from..to).map(|_| mark).collect::<String>())
}

fn style(standing: Standing) -> Style {
    match standing {
        Standing::Waiting => Style::PLAIN,
        Standing::Running => Style::BOLD_CYAN,
        Standing::Succeeded => Style::GREEN,
        Standing::Failed => Style::BOLD_RED,
        Standing::Skipped => Style::BOLD_YELLOW,
    }
}

/// The two largest units.
fn duration(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes, seconds % 60) {
        (0, 0, 0, seconds) => format!("{seconds}s"),
        (0, 0, minutes, seconds) => format!("{minutes}m{seconds}s"),
        (0, hours, minutes, _) => format!("{hours}h{minutes}m"),
        (days, hours, ..) => format!("{days}d{hours}h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kueueleuleu::status::{Container, End, State};

    #[test]
    fn a_bar_grows_until_now() {
        let at = |second: i64| Time::from_seconds(86_400 - 8 + second);
        let container = |name, state| Container { name, state, is_wrapped: true, ..Container::default() };
        let end = End { started: Some(at(0)), finished: Some(at(4)), ..End::default() };
        let states = [State::Terminated(end), State::Running(Some(at(0))), State::Running(Some(at(0)))];
        let pod = Pod {
            name: "größe",
            phase: "Running",
            containers: ["a", "\u{1b}[2J", "c"]
                .into_iter()
                .zip(states)
                .map(|(n, s)| container(n, s))
                .collect(),
            ..Pod::default()
        };
        let expected = "\
Pod `größe`: Running, `\\u{1b}[2J` runs (2 of 3), since 1970-01-01T23:59:52Z

STEP       STATE      START     END       DURATION
a          Succeeded  23:59:52  23:59:56  4s        ████████
\\u{1b}[2J  Running    23:59:56  -         12s               ░░░░░░░░░░░░░░░░░░░░░░░░
c          Waiting    -         -         -
";
        assert_eq!(render(&pod, &pod.steps(), at(16), false), expected);
        let coloured = render(&pod, &pod.steps(), at(16), true);
        assert!(coloured.contains("\u{1b}[32mSucceeded\u{1b}[0m  23:59:52"), "{coloured}");
    }

    #[test]
    fn durations_have_two_units() {
        let cases =
            [(0, "0s"), (59, "59s"), (63, "1m3s"), (3_600, "1h0m"), (7_261, "2h1m"), (93_600, "1d2h")];
        for (seconds, expected) in cases {
            assert_eq!(duration(seconds), expected);
        }
    }
}
