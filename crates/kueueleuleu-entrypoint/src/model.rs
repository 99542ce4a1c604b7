//! Checks a model of three steps in a row: every order in which their looks, posts, signals and deaths can interleave.
//!
//! The decisions are those of the code under test ([`wait::next`], [`Run::outcome`]). The model knows what Linux
//! guarantees for FIFOs; each access to a file and each check for signals is one move. The model proves two promises:
//!
//! 1. No step starts its command after it, or a step that it waits for, was sent a stop signal before that step's last
//!    check for signals.
//! 2. From every state, the pod reaches its end without help from outside: no timer, and no further signal.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, UNIX_EPOCH};

use crate::args::{OnError, Successors};
use crate::liveness::Liveness;
use crate::outcome::{Ending, Predecessors, Run, Verdict};
use crate::post::Posted;
use crate::retry::Codes;
use crate::wait::{Decision, Look, Terms, Woken, next};

const STEPS: usize = 3;
const TERM: i32 = 15;

/// The next action of a supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Phase {
    /// Its container has not started yet, or is about to be restarted.
    Absent,
    /// It removed its old posts.
    Cleared,
    /// It holds its FIFO.
    Holding,
    /// About to look at the previous step: it opens the FIFO, checks for `lived`, reads the FIFO, reads the post.
    Open,
    Opened(u8),
    Looked(u8, bool),
    Read(u8, Liveness),
    /// In `poll`, with the FIFO in this version.
    Asleep(u8),
    /// Released, about to check its signals for the last time before it starts the command.
    Check,
    Running,
    /// Its command ended.
    Ended,
    /// It knows what to post.
    Posting(Verdict, u8),
    /// It posted, and still holds its FIFO.
    Posted(u8),
    /// It ended, or was killed, with this exit code.
    Gone(u8),
}

#[expect(clippy::struct_excessive_bools, reason = "facts that are independent of each other")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct StepModel {
    phase: Phase,
    /// Whether its FIFO is held.
    held: bool,
    /// How often its FIFO was held.
    holds: u8,
    lived: bool,
    posted: Option<Posted>,
    /// Whether a stop signal is pending.
    pending: bool,
    stopped: bool,
    /// Whether a stop signal was sent before its last check for signals.
    told: bool,
    woken: Woken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PodModel {
    steps: [StepModel; STEPS],
    /// The stop signals that may still be sent to each step.
    signals_left: [u8; STEPS],
    /// The stop signals that may still be sent in total.
    signals_in_all: u8,
    kills_left: u8,
}

impl PodModel {
    fn new(signals_in_all: u8, kills_left: u8) -> Self {
        let step = StepModel {
            phase: Phase::Absent,
            held: false,
            holds: 0,
            lived: false,
            posted: None,
            pending: false,
            stopped: false,
            told: false,
            woken: Woken::Otherwise,
        };
        Self { steps: [step; STEPS], signals_left: [1; STEPS], signals_in_all, kills_left }
    }

    /// The move of step `at`, if it can make one.
    fn step(&self, at: usize, retried: &Codes) -> Option<Self> {
        let mut pod = *self;
        let before = at.checked_sub(1).map(|before| self.steps[before]);
        let step = &mut pod.steps[at];
        step.phase = match step.phase {
            Phase::Absent if step.posted == Some(Posted::Succeeded) => Phase::Gone(0),
            Phase::Absent => {
                step.posted = None;
                Phase::Cleared
            }
            Phase::Cleared => {
                step.held = true;
                step.holds += 1;
                Phase::Holding
            }
            Phase::Holding => {
                step.lived = true;
                if before.is_some() { Phase::Open } else { Phase::Check }
            }
            // For a reader that opens the FIFO while nobody holds it, the version is the number of holds so far. The
            // FIFO hangs up when nobody holds it and the number of holds has changed.
            Phase::Open => {
                Phase::Opened(before.filter(|before| !before.held).map_or(0, |before| before.holds))
            }
            Phase::Opened(version) => Phase::Looked(version, before?.lived),
            Phase::Looked(version, lived) => {
                let liveness = match (before?.held, lived) {
                    (true, _) => Liveness::Held,
                    (false, true) => Liveness::Released,
                    (false, false) => Liveness::NeverHeld,
                };
                Phase::Read(version, liveness)
            }
            Phase::Read(version, liveness) => {
                let look = Look { liveness, posted: before?.posted, woken: step.woken };
                step.woken = Woken::Otherwise;
                match next(look, Terms { retried, start_timeout: None }, Duration::ZERO) {
                    Decision::Succeeded => Phase::Check,
                    Decision::Failed(_) => Phase::Posting(Verdict::Stop, 199),
                    Decision::Sleep(crate::wait::Nap::Watch(_)) => Phase::Asleep(version),
                    // A pause ends by itself.
                    Decision::Sleep(crate::wait::Nap::Pause) => Phase::Open,
                }
            }
            Phase::Asleep(version) => {
                let hung_up = !before?.held && before?.holds != version;
                let is_gone = matches!(before?.phase, Phase::Gone(code) if !retried.covers(code));
                if is_gone && !before?.lived && !hung_up && !step.pending {
                    // The previous step was killed before it held its FIFO: the start timeout is for this case.
                    let look = Look {
                        liveness: Liveness::NeverHeld,
                        posted: before?.posted,
                        woken: Woken::Otherwise,
                    };
                    let terms = Terms { retried, start_timeout: Some(Duration::from_secs(1)) };
                    assert!(matches!(next(look, terms, Duration::from_secs(1)), Decision::Failed(_)));
                    step.phase = Phase::Posting(Verdict::Stop, 198);
                    return Some(pod);
                }
                if !hung_up && !step.pending {
                    return None;
                }
                step.woken = if hung_up { Woken::ByFifo } else { Woken::Otherwise };
                if step.pending { Phase::Posting(Verdict::Stop, 143) } else { Phase::Open }
            }
            Phase::Check if step.pending => Phase::Posting(Verdict::Stop, 143),
            Phase::Check => Phase::Running,
            // The signal is forwarded, and the command ends at any later time. All commands exit with 0.
            Phase::Running if step.pending => {
                step.pending = false;
                step.stopped = true;
                Phase::Running
            }
            Phase::Running => Phase::Ended,
            Phase::Ended => {
                let stopped = (step.pending || step.stopped).then_some(TERM);
                let run = Run {
                    started: UNIX_EPOCH,
                    ending: Ending::Exited(0),
                    stopped,
                    predecessors: Predecessors::AllSucceeded,
                    tries: 1,
                };
                let successors = if at + 1 < STEPS { Successors::Some } else { Successors::None };
                let outcome = run.outcome(OnError::StopAndFail, successors);
                Phase::Posting(outcome.verdict, outcome.code)
            }
            Phase::Posting(verdict, code) => {
                step.posted = Some(match verdict {
                    Verdict::Go(_) => Posted::Succeeded,
                    Verdict::Stop => Posted::Failed(Some(code)),
                });
                Phase::Posted(code)
            }
            Phase::Posted(code) => {
                step.held = false;
                Phase::Gone(code)
            }
            // The kubelet restarts it.
            Phase::Gone(code) if retried.covers(code) => {
                (step.pending, step.stopped, step.told) = (false, false, false);
                Phase::Absent
            }
            Phase::Gone(_) => return None,
        };
        Some(pod)
    }

    /// The moves from outside: stop signals, and the kernel's SIGKILL.
    fn outside(&self) -> Vec<Self> {
        let mut next = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            if matches!(step.phase, Phase::Absent | Phase::Gone(_)) {
                continue;
            }
            if self.signals_left[at] > 0 && self.signals_in_all > 0 {
                let mut pod = *self;
                pod.signals_left[at] -= 1;
                pod.signals_in_all -= 1;
                pod.steps[at].pending = true;
                let late = matches!(step.phase, Phase::Posting(..) | Phase::Posted(_));
                pod.steps[at].told |= !late;
                next.push(pod);
            }
            if self.kills_left > 0 {
                let mut pod = *self;
                pod.kills_left -= 1;
                (pod.steps[at].phase, pod.steps[at].held) = (Phase::Gone(137), false);
                next.push(pod);
            }
        }
        next
    }

    /// Whether the move from `before` to this state keeps the first promise.
    fn keeps_its_promise(&self, before: &Self) -> bool {
        (0..STEPS).all(|at| {
            let starts = before.steps[at].phase == Phase::Check && self.steps[at].phase == Phase::Running;
            !starts || self.steps[..=at].iter().all(|step| !step.told)
        })
    }

    fn has_ended(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.phase, Phase::Gone(_)))
    }
}

/// Visits all states, and returns their number.
fn explore(retried: &Codes, signals: u8, kills: u8) -> usize {
    let first = PodModel::new(signals, kills);
    let mut seen = HashMap::from([(first, 0)]);
    let mut states = vec![first];
    // For each state, the states that lead to it without a move from outside.
    let mut sources: Vec<Vec<usize>> = vec![Vec::new()];
    let mut queue = VecDeque::from([0]);
    while let Some(at) = queue.pop_front() {
        let pod = states[at];
        let own: Vec<PodModel> = (0..STEPS).filter_map(|step| pod.step(step, retried)).collect();
        let is_own = own.len();
        for (index, next) in own.into_iter().chain(pod.outside()).enumerate() {
            assert!(next.keeps_its_promise(&pod), "{pod:#?}");
            let number = *seen.entry(next).or_insert_with(|| {
                states.push(next);
                sources.push(Vec::new());
                queue.push_back(states.len() - 1);
                states.len() - 1
            });
            if index < is_own {
                sources[number].push(at);
            }
        }
    }
    // Search backwards from the final states. A state that is not reached can never end.
    let mut ends = vec![false; states.len()];
    queue.extend((0..states.len()).filter(|&at| states[at].has_ended()));
    while let Some(at) = queue.pop_front() {
        if !std::mem::replace(&mut ends[at], true) {
            queue.extend(&sources[at]);
        }
    }
    if let Some(stuck) = ends.iter().position(|ends| !ends) {
        panic!("never ends: {:#?}", states[stuck]);
    }
    states.len()
}

#[test]
fn no_step_starts_after_a_stop_signal_and_every_pod_ends() {
    let states = [explore(&Codes::None, 3, 0), explore(&Codes::None, 1, 1)];
    assert!(states.iter().all(|&states| states > 5_000), "{states:?}");
}

#[test]
fn the_same_holds_if_the_kubelet_restarts_failed_steps() {
    let states = [explore(&Codes::ALL, 2, 0), explore(&Codes::ALL, 1, 1)];
    assert!(states.iter().all(|&states| states > 5_000), "{states:?}");
}
