//! Runs the command, and retries it if it fails (`-retries`).
//!
//! This module knows when to retry. Of other steps it knows only the outputs.

use std::time::{Duration, Instant, SystemTime};

use kueueleuleu_protocol::OVERDUE;

use crate::args::Flags;
use crate::command::{Ended, Running};
use crate::diagnosis::why_not;
use crate::log::say;
use crate::outcome::{Ending, Predecessors, Run};
use crate::outputs::{self, Outputs, Variables};
use crate::signals::{Number, Signals};
use crate::watch;

/// The longest pause between two tries.
const LONGEST: Duration = Duration::from_mins(5);

/// Runs the command until it succeeds, has no retries left, cannot be started, or a stop signal arrives.
///
/// ```text
/// -retries 2 -retry_delay 10s -- false
/// try 1 of 3 failed with exit code 1; the next one starts in 10s
/// try 2 of 3 failed with exit code 1; the next one starts in 20s
/// try 3 of 3 failed with exit code 1
/// ```
pub(crate) fn run(
    flags: &Flags,
    inputs: &Variables,
    predecessors: Predecessors,
    signals: &mut Signals,
) -> Run {
    let started = SystemTime::now();
    let position = flags.position.as_ref();
    let outputs = position.map(|position| Outputs::new(position.outputs.clone(), &position.directory));
    let mut tries = 0;
    loop {
        tries += 1;
        let Ended { ending, mut stopped } = once(flags, inputs, outputs.as_ref(), signals);
        let succeeded = ending.code() == 0;
        let another = !succeeded && ending.may_be_retried() && stopped.is_none() && tries <= flags.retries;
        if another && let Some(message) = ending.message(&flags.entrypoint) {
            say(&message);
        }
        if flags.retries > 0 {
            let what = if succeeded {
                "succeeded".to_owned()
            } else {
                format!("failed with exit code {}", ending.code())
            };
            let next = if another {
                format!("; the next one starts in {:?}", pause(flags.retry_delay, tries))
            } else {
                String::new()
            };
            say(&format!("try {tries} of {} {what}{next}", flags.retries.saturating_add(1)));
        }
        if another {
            stopped = sleep(pause(flags.retry_delay, tries), signals);
        }
        if !another || stopped.is_some() {
            return Run { started, ending, stopped, predecessors, tries };
        }
    }
}

/// The outputs of the previous steps.
pub(crate) fn inputs(flags: &Flags) -> Variables {
    let position = flags.position.as_ref();
    position.map(|position| outputs::of_steps(&position.root, &position.after)).unwrap_or_default()
}

/// One try. After a failure, the processes that the command left behind are killed, as the end of a container would.
fn once(flags: &Flags, inputs: &Variables, outputs: Option<&Outputs>, signals: &mut Signals) -> Ended {
    let mut variables = inputs.clone();
    match outputs.map_or_else(|| Ok(Vec::new()), Outputs::offer) {
        Ok(own) => variables.extend(own),
        Err(error) => return Ended { ending: Ending::OwnFailure(error), stopped: None },
    }
    let running = match Running::start(&flags.entrypoint, &flags.args, &variables) {
        Ok(running) => running,
        Err(error) => {
            let reason = why_not(&flags.entrypoint, &flags.args, &variables, &error);
            return Ended { ending: Ending::CannotStart(error, reason), stopped: None };
        }
    };
    let overdue = flags.post_file.as_deref().map(|out| out.with_file_name(OVERDUE));
    let mut ended = running.supervise(flags.timeout, overdue.as_deref(), signals);
    if let (Ending::Exited(0), Some(outputs)) = (&ended.ending, outputs)
        && let Err(problem) = outputs.publish()
    {
        ended.ending = Ending::BadOutputs(problem);
    }
    if flags.retries > 0 && ended.ending.code() != 0 {
        running.clear();
    }
    ended
}

/// The pause after this number of tries: `delay` after the first, twice as long after each further try.
fn pause(delay: Duration, tries: u32) -> Duration {
    let factor = 2_u32.saturating_pow(tries.saturating_sub(1));
    delay.saturating_mul(factor).min(LONGEST)
}

/// Sleeps for this time, or until a stop signal arrives, which is returned.
fn sleep(time: Duration, signals: &mut Signals) -> Option<Number> {
    let end = Instant::now() + time;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if let Some(number) = watch::stop_signal(signals) {
            return Some(number);
        }
        if left.is_zero() {
            return None;
        }
        signals.wait(&[], Some(left));
    }
}

#[cfg(test)]
mod tests {
    use super::pause;
    use std::time::Duration;

    #[test]
    fn pauses_double_up_to_five_minutes() {
        let seconds = |tries| pause(Duration::from_secs(10), tries).as_secs();
        assert_eq!([1, 2, 3, 5, 6, 60].map(seconds), [10, 20, 40, 160, 300, 300]);
        assert_eq!(pause(Duration::ZERO, 60), Duration::ZERO);
        assert_eq!(pause(Duration::from_hours(1), 1), Duration::from_mins(5));
    }
}
