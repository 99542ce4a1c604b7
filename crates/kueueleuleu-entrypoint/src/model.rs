//! A model of three steps in a row: every order in which their looks, posts, signals and deaths can interleave.
//!
//! It takes its decisions from the code under test ([`wait::next`], [`Run::outcome`]) and its facts from what Linux
//! guarantees of FIFOs; each access to a file and each look at the signals is one move of its own. Two promises:
//!
//! 1. No step begins once it, or a step that it waits for, was sent a stop signal before its last look at the signals.
//! 2. Wherever it is, the pod comes to its end without help from outside: no timer, no further signal.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, UNIX_EPOCH};

use crate::args::{OnError, Successors};
use crate::liveness::Liveness;
use crate::outcome::{Before, Ending, Run, Verdict};
use crate::post::Posted;
use crate::retry::Codes;
use crate::wait::{Look, Next, Terms, Woken, next};

const STEPS: usize = 3;
const TERM: i32 = 15;

/// Where a supervisor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    /// Its container was not started yet, or is about to be started again.
    Absent,
    /// It removed its old posts.
    Cleared,
    /// It holds its FIFO.
    Holding,
    /// About to look at the step before: it opens the FIFO, looks for `lived`, reads, looks at the post.
    Open,
    Opened(u8),
    Looked(u8, bool),
    Read(u8, Liveness),
    /// In `poll`, with the FIFO in this version.
    Asleep(u8),
    /// Released, about to look at its signals for the last time before it begins.
    Check,
    Running,
    /// Its command ended.
    Ended,
    /// It knows what to post.
    Posting(Verdict, u8),
    /// It posted, and holds its FIFO still.
    Posted(u8),
    /// It ended, or was killed, with this code.
    Gone(u8),
}

#[expect(clippy::struct_excessive_bools, reason = "facts that are independent of each other")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Step {
    place: Place,
    /// Whether its FIFO is held, and how often it has been.
    held: bool,
    holds: u8,
    lived: bool,
    posted: Option<Posted>,
    /// A stop signal that it has not seen yet.
    pending: bool,
    stopped: bool,
    /// A stop signal was sent before its last look.
    told: bool,
    woken: Woken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Pod {
    steps: [Step; STEPS],
    /// One for each step, but no more in all.
    signals_left: [u8; STEPS],
    signals_in_all: u8,
    kills_left: u8,
}

impl Pod {
    fn new(signals_in_all: u8, kills_left: u8) -> Self {
        let step = Step {
            place: Place::Absent,
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
        step.place = match step.place {
            Place::Absent if step.posted == Some(Posted::Succeeded) => Place::Gone(0),
            Place::Absent => {
                step.posted = None;
                Place::Cleared
            }
            Place::Cleared => {
                step.held = true;
                step.holds += 1;
                Place::Holding
            }
            Place::Holding => {
                step.lived = true;
                if before.is_some() { Place::Open } else { Place::Check }
            }
            // A reader that comes while nobody holds the FIFO sees the holds so far as its version; the FIFO hangs up
            // when nobody holds it and the versions differ.
            Place::Open => {
                Place::Opened(before.filter(|before| !before.held).map_or(0, |before| before.holds))
            }
            Place::Opened(version) => Place::Looked(version, before?.lived),
            Place::Looked(version, lived) => {
                let liveness = match (before?.held, lived) {
                    (true, _) => Liveness::Held,
                    (false, true) => Liveness::Released,
                    (false, false) => Liveness::Unborn,
                };
                Place::Read(version, liveness)
            }
            Place::Read(version, liveness) => {
                let look = Look { liveness, posted: before?.posted, woken: step.woken };
                step.woken = Woken::Otherwise;
                match next(look, Terms { retried, start_timeout: None }, Duration::ZERO) {
                    Next::Succeeded => Place::Check,
                    Next::Failed(_) => Place::Posting(Verdict::Stop, 199),
                    Next::Sleep(crate::wait::Nap::Watch(_)) => Place::Asleep(version),
                    // A pause ends by itself.
                    Next::Sleep(crate::wait::Nap::Pause) => Place::Open,
                }
            }
            Place::Asleep(version) => {
                let hung_up = !before?.held && before?.holds != version;
                let is_gone = matches!(before?.place, Place::Gone(code) if !retried.covers(code));
                if is_gone && !before?.lived && !hung_up && !step.pending {
                    // Killed before it could show any sign of life: that is what the start timeout is for.
                    let look =
                        Look { liveness: Liveness::Unborn, posted: before?.posted, woken: Woken::Otherwise };
                    let terms = Terms { retried, start_timeout: Some(Duration::from_secs(1)) };
                    assert!(matches!(next(look, terms, Duration::from_secs(1)), Next::Failed(_)));
                    step.place = Place::Posting(Verdict::Stop, 198);
                    return Some(pod);
                }
                if !hung_up && !step.pending {
                    return None;
                }
                step.woken = if hung_up { Woken::ByFifo } else { Woken::Otherwise };
                if step.pending { Place::Posting(Verdict::Stop, 143) } else { Place::Open }
            }
            Place::Check if step.pending => Place::Posting(Verdict::Stop, 143),
            Place::Check => Place::Running,
            // The signal is forwarded; the command may take its time. All commands end with 0.
            Place::Running if step.pending => {
                step.pending = false;
                step.stopped = true;
                Place::Running
            }
            Place::Running => Place::Ended,
            Place::Ended => {
                let stopped = (step.pending || step.stopped).then_some(TERM);
                let run = Run {
                    started: UNIX_EPOCH,
                    ending: Ending::Exited(0),
                    stopped,
                    before: Before::AllSucceeded,
                    tries: 1,
                };
                let successors = if at + 1 < STEPS { Successors::Some } else { Successors::None };
                let outcome = run.outcome(OnError::StopAndFail, successors);
                Place::Posting(outcome.verdict, outcome.code)
            }
            Place::Posting(verdict, code) => {
                step.posted = Some(match verdict {
                    Verdict::Go(_) => Posted::Succeeded,
                    Verdict::Stop => Posted::Failed(Some(code)),
                });
                Place::Posted(code)
            }
            Place::Posted(code) => {
                step.held = false;
                Place::Gone(code)
            }
            // The kubelet starts it again.
            Place::Gone(code) if retried.covers(code) => {
                (step.pending, step.stopped, step.told) = (false, false, false);
                Place::Absent
            }
            Place::Gone(_) => return None,
        };
        Some(pod)
    }

    /// What comes from outside: signals, and the kernel's SIGKILL.
    fn outside(&self) -> Vec<Self> {
        let mut next = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            if matches!(step.place, Place::Absent | Place::Gone(_)) {
                continue;
            }
            if self.signals_left[at] > 0 && self.signals_in_all > 0 {
                let mut pod = *self;
                pod.signals_left[at] -= 1;
                pod.signals_in_all -= 1;
                pod.steps[at].pending = true;
                let late = matches!(step.place, Place::Posting(..) | Place::Posted(_));
                pod.steps[at].told |= !late;
                next.push(pod);
            }
            if self.kills_left > 0 {
                let mut pod = *self;
                pod.kills_left -= 1;
                (pod.steps[at].place, pod.steps[at].held) = (Place::Gone(137), false);
                next.push(pod);
            }
        }
        next
    }

    /// The first promise, about the move from `before` to this.
    fn keeps_its_promise(&self, before: &Self) -> bool {
        (0..STEPS).all(|at| {
            let begins = before.steps[at].place == Place::Check && self.steps[at].place == Place::Running;
            !begins || self.steps[..=at].iter().all(|step| !step.told)
        })
    }

    fn has_ended(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.place, Place::Gone(_)))
    }
}

/// Visits every state, and returns how many there are.
fn explore(retried: &Codes, signals: u8, kills: u8) -> usize {
    let first = Pod::new(signals, kills);
    let mut seen = HashMap::from([(first, 0)]);
    let mut states = vec![first];
    // Who can move there by itself.
    let mut sources: Vec<Vec<usize>> = vec![Vec::new()];
    let mut queue = VecDeque::from([0]);
    while let Some(at) = queue.pop_front() {
        let pod = states[at];
        let own: Vec<Pod> = (0..STEPS).filter_map(|step| pod.step(step, retried)).collect();
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
    // Backwards from the ends: whoever is not met cannot come to one.
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
fn no_step_begins_after_a_stop_signal_and_every_pod_ends() {
    let states = [explore(&Codes::None, 3, 0), explore(&Codes::None, 1, 1)];
    assert!(states.iter().all(|&states| states > 5_000), "{states:?}");
}

#[test]
fn the_same_where_the_kubelet_starts_failed_steps_again() {
    let states = [explore(&Codes::ALL, 2, 0), explore(&Codes::ALL, 1, 1)];
    assert!(states.iter().all(|&states| states > 5_000), "{states:?}");
}
