//! `status --watch`: redraws the tables on a terminal; otherwise writes one line for each change.

use super::{Exit, Group, Kubectl, StatusArgs, StatusFormat, Target, failed, object, table_options, yaml};
use crate::cli::cluster::{Event, Followed, Watches};
use crate::cli::human::printable;
use crate::cli::output;
use crate::cli::table;
use kueueleuleu::internals::status::{Outcome, StepState};
use kueueleuleu::{Error, Rule};
use std::collections::HashMap;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};
use unicode_width::UnicodeWidthChar as _;

/// The time between two updates of the duration of a running step.
const TICK: Duration = Duration::from_secs(1);
/// The time after which a target without pods is reported.
const PATIENCE: Duration = Duration::from_secs(3);

/// Follows a target until it has ended.
pub(super) fn follow(args: &StatusArgs, target: &Target, kubectl: &Kubectl) -> anyhow::Result<Exit> {
    let mut watches = Watches::new();
    watches.catch_signals()?;
    let mut group = Group::watch(target, kubectl, &mut watches)?;
    let is_table = matches!(args.output, None | Some(StatusFormat::Table | StatusFormat::Wide));
    let mut view: Box<dyn StatusDisplay> = if is_table && std::io::stdout().is_terminal() {
        Box::new(Screen { args, lines: 0 })
    } else {
        Box::new(Lines { args, said: HashMap::new() })
    };
    let begun = Instant::now();
    let mut has_waited = false;
    let mut ended = None;
    loop {
        let changed = match watches.next(TICK) {
            Some(Event::Failed(error)) => return Err(error.into()),
            Some(Event::Interrupted(signal)) => return Ok(Exit::signal(signal)),
            Some(event) => group.apply(&event),
            None => false,
        };
        if !has_waited && group.pods().is_empty() && begun.elapsed() > PATIENCE {
            has_waited = true;
            let _ = writeln!(std::io::stderr(), "{} has no pods yet, waiting", printable(&group.name()));
        }
        if !view.show(&group, changed)? {
            return Ok(Exit::Done);
        }
        if group.is_complete(&mut ended) {
            if group.pods().iter().all(|seen| !seen.pod.is_converted()) {
                let help = "its containers run at the same time: `kubectl describe pod` shows them";
                return Err(Error::new(Rule::NotConverted, format!("{} was not converted", group.name()))
                    .help(help)
                    .into());
            }
            view.end(&group)?;
            return Ok(failed(group.outcome()));
        }
    }
}

/// The output of changes.
trait StatusDisplay {
    /// Shows the current state. Returns false if stdout is closed.
    fn show(&mut self, group: &Group, changed: bool) -> anyhow::Result<bool>;
    /// Shows the outcome.
    fn end(&mut self, group: &Group) -> anyhow::Result<()>;
}

/// A terminal, on which new tables replace the old ones.
struct Screen<'a> {
    args: &'a StatusArgs,
    /// The number of lines that were drawn.
    lines: usize,
}

impl StatusDisplay for Screen<'_> {
    fn show(&mut self, group: &Group, _: bool) -> anyhow::Result<bool> {
        let options = table_options(self.args);
        let pods = group.newest();
        let converted = pods.iter().filter(|seen| seen.pod.is_converted());
        let tables: Vec<_> = converted.map(|seen| table::render(seen, options)).collect();
        let (rows, columns) = output::terminal_size();
        let text = tables.join("\n");
        let lines: Vec<_> = text.lines().map(|line| cut(line, columns)).collect();
        // Lines that scrolled off the screen cannot be replaced, so only the last lines that fit are drawn.
        let lines = &lines[lines.len().saturating_sub(rows.saturating_sub(1))..];
        let up = if self.lines == 0 { String::new() } else { format!("\x1b[{}A", self.lines) };
        let drawn: String = lines.iter().flat_map(|line| [line, "\x1b[K\n"]).collect();
        output::write(|out| write!(out, "{up}{drawn}\x1b[J"))?;
        self.lines = lines.len();
        Ok(true)
    }

    fn end(&mut self, _: &Group) -> anyhow::Result<()> {
        Ok(())
    }
}

/// The line, cut to this number of columns. Escape sequences of colors have no width.
fn cut(line: &str, columns: usize) -> String {
    let (mut out, mut width, mut is_escape) = (String::new(), 0, false);
    for char in line.chars() {
        if char == '\x1b' {
            is_escape = true;
        }
        if !is_escape {
            width += char.width().unwrap_or(0);
            if width > columns {
                out.push_str("\x1b[0m");
                break;
            }
        }
        is_escape &= char != 'm';
        out.push(char);
    }
    out
}

/// A file or a pipe, to which each change is written as one line.
struct Lines<'a> {
    args: &'a StatusArgs,
    /// The lines that were written last for each pod, by its `uid`.
    said: HashMap<String, Vec<String>>,
}

impl StatusDisplay for Lines<'_> {
    fn show(&mut self, group: &Group, changed: bool) -> anyhow::Result<bool> {
        if !changed {
            return Ok(true);
        }
        let mut text = String::new();
        for seen in group.pods().iter().filter(|seen| seen.pod.is_converted()) {
            let lines = self.lines(seen);
            let said = self.said.entry(seen.pod.uid.clone()).or_default();
            for line in lines.iter().filter(|line| !said.contains(line)) {
                text.push_str(line);
            }
            *said = lines;
        }
        output::write_open(text.as_bytes())
    }

    fn end(&mut self, group: &Group) -> anyhow::Result<()> {
        if let (None, Some(job)) = (self.args.output, group.job()) {
            let problem = job.problem.as_ref().map(|problem| format!(": {problem}")).unwrap_or_default();
            let outcome = if group.outcome() == Outcome::Succeeded { "Succeeded" } else { "Failed" };
            output::write(|out| writeln!(out, "{}: {outcome}{}", group.name(), printable(&problem)))?;
        }
        Ok(())
    }
}

impl Lines<'_> {
    /// All lines about the current state of a pod. The caller omits the lines that were already written.
    fn lines(&self, seen: &Followed) -> Vec<String> {
        match self.args.output {
            Some(StatusFormat::Json) => return vec![format!("{}\n", object(seen))],
            Some(StatusFormat::Yaml) => return vec![format!("---\n{}", yaml(&object(seen)))],
            Some(StatusFormat::Name) => return vec![format!("pod/{}\n", seen.pod.name)],
            Some(StatusFormat::Table | StatusFormat::Wide) | None => {}
        }
        let pod = &seen.pod;
        let name = format!("pod/{}", printable(&pod.name));
        let mut lines = vec![];
        for step in pod.steps() {
            // Every step waits for its turn, so this is not worth a line.
            if step.state == StepState::Waiting && step.reason.is_none() {
                continue;
            }
            let again =
                if step.restarts > 0 { format!(" (run {})", step.restarts + 1) } else { String::new() };
            let length = step.start.zip(step.end).map(|(start, end)| end.seconds_since(start));
            let length = length.map(|seconds| format!(" after {}", super::super::age::age(seconds)));
            let reason = step.reason.as_ref().map(|reason| format!(": {}", printable(reason)));
            let (length, reason) = (length.unwrap_or_default(), reason.unwrap_or_default());
            let step_name = printable(&step.name);
            lines.push(format!("{name}: step `{step_name}`{again}: {}{length}{reason}\n", step.state.name()));
        }
        let troubles = table::troubles(pod);
        lines.extend(troubles.iter().map(|trouble| format!("{name}: {trouble}\n")));
        let phase = table::phase(seen);
        // The final phase comes after the steps, any other phase before them.
        let at = if seen.has_ended() { lines.len() } else { 0 };
        lines.insert(at, format!("{name}: {phase}\n"));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn colors_do_not_count_when_a_line_is_cut() {
        assert_eq!(cut("\x1b[1mgröße\x1b[0m", 5), "\x1b[1mgröße\x1b[0m");
        assert_eq!(cut("\x1b[1mgröße\x1b[0m", 3), "\x1b[1mgrö\x1b[0m");
        assert_eq!(cut("日本語", 4), "日本\x1b[0m");
    }
}
