//! `logs --follow`: follows the logs from step to step, through the retries of a step and of its pod.
//!
//! One log is followed at a time. The events of the watch say which log is next. If a log ends although its container
//! still runs (the connection was closed), it is requested again, and the bytes that were already written are skipped.

use super::containers::{LoggedContainer, Turn, containers};
use super::{Writer, arguments};
use crate::cli::args::cluster::LogFormat;
use crate::cli::cluster::{Event, Followed, Group, Kubectl, Target, Watches};
use crate::cli::table;
use kueueleuleu::internals::status::{Cause, Outcome};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// The longest time without looking at the state of the pods.
const TICK: Duration = Duration::from_millis(500);
/// The time after which a log that ended is requested again, if its container still runs.
const RESUME: Duration = Duration::from_secs(2);
/// The time that pods have to end after their Job has ended.
const GRACE: Duration = Duration::from_secs(5);

/// Why following ended.
#[derive(Debug)]
pub(crate) enum FollowResult {
    /// The pod or the Job ended.
    Of(Outcome, Option<Cause>),
    /// A signal arrived.
    Interrupted(i32),
    /// Stdout is closed.
    StdoutClosed,
}

/// Follows the logs of a target.
#[derive(Debug)]
pub(crate) struct Follower<'a> {
    kubectl: &'a Kubectl,
    format: &'a LogFormat,
    group: Group,
    /// The number of runs whose logs were written, by the `uid` of the pod and the name of the container.
    written: HashMap<(String, String), u64>,
    /// The pods and containers whose headings were written.
    headed: HashSet<(String, Option<String>)>,
    /// The pods whose outcomes were written.
    finished: HashSet<String>,
    /// The problems of pods that were written.
    troubles: HashSet<(String, String)>,
    log: Option<Log>,
}

/// A log that is being followed.
#[derive(Debug)]
struct Log {
    uid: String,
    container: LoggedContainer,
    run: u64,
    /// The number of bytes that were written.
    length: usize,
    /// The number of bytes to skip, because they were written before the log was requested again.
    skip: usize,
    /// When it ended, and the stderr of `kubectl`.
    ended: Option<(Instant, String)>,
}

/// The next action.
enum NextAction {
    /// Follow this log.
    Follow(Log),
    /// Wait for the next event.
    Wait,
    /// All pods have ended, and all logs were written.
    Nothing,
    /// Stdout is closed.
    Stop,
}

impl<'a> Follower<'a> {
    /// Starts to watch a target.
    pub(crate) fn new(
        target: &Target,
        kubectl: &'a Kubectl,
        format: &'a LogFormat,
        watches: &mut Watches,
    ) -> anyhow::Result<Self> {
        let group = Group::watch(target, kubectl, watches)?;
        Ok(Self {
            kubectl,
            format,
            group,
            written: HashMap::new(),
            headed: HashSet::new(),
            finished: HashSet::new(),
            troubles: HashSet::new(),
            log: None,
        })
    }

    /// Follows until the end.
    pub(crate) fn run(mut self, watches: &Watches, writer: &mut Writer) -> anyhow::Result<FollowResult> {
        let mut since: Option<Instant> = None;
        loop {
            self.settle(watches)?;
            self.group.is_complete(&mut since);
            if self.log.is_none() {
                match self.next(writer)? {
                    NextAction::Follow(log) => self.follow(log, watches, writer)?,
                    NextAction::Stop => return Ok(FollowResult::StdoutClosed),
                    NextAction::Wait if since.is_some_and(|since| since.elapsed() > GRACE) => {
                        return self.end(writer);
                    }
                    NextAction::Nothing if self.group.is_complete(&mut since) => return self.end(writer),
                    NextAction::Wait | NextAction::Nothing => {}
                }
            }
            match watches.next(TICK) {
                Some(Event::Failed(error)) => return Err(error.into()),
                Some(Event::Interrupted(signal)) => return Ok(FollowResult::Interrupted(signal)),
                Some(Event::Log(piece)) if self.write(&piece, writer)? => {}
                Some(Event::Log(_)) => return Ok(FollowResult::StdoutClosed),
                Some(Event::LogEnd(said)) => {
                    if let Some(log) = &mut self.log {
                        log.ended = Some((Instant::now(), said));
                    }
                }
                Some(event) => {
                    self.group.apply(&event);
                }
                None => {}
            }
        }
    }

    fn end(&self, writer: &mut Writer) -> anyhow::Result<FollowResult> {
        let (outcome, cause) = (self.group.outcome(), self.group.cause());
        writer.result(&self.group.name(), outcome, cause.as_ref())?;
        Ok(FollowResult::Of(outcome, cause))
    }

    fn write(&mut self, piece: &[u8], writer: &mut Writer) -> anyhow::Result<bool> {
        let Some(log) = &mut self.log else { return Ok(true) };
        let new = &piece[log.skip.min(piece.len())..];
        log.skip -= piece.len() - new.len();
        log.length += new.len();
        let seen = self.group.pods().iter().find(|seen| seen.pod.uid == log.uid);
        seen.map_or(Ok(true), |seen| writer.log(seen, &log.container, new))
    }

    /// The current state of the container whose log is followed.
    fn current(&self, log: &Log) -> Option<(&Followed, LoggedContainer)> {
        let seen = self.group.pods().iter().find(|seen| seen.pod.uid == log.uid)?;
        let container = containers(&seen.pod, self.format)
            .into_iter()
            .find(|container| container.name == log.container.name)?;
        Some((seen, container))
    }

    /// Finishes a log that ended if its run ended; requests it again if its container still runs.
    fn settle(&mut self, watches: &Watches) -> anyhow::Result<()> {
        let Some(log) = &self.log else { return Ok(()) };
        let Some((since, _)) = &log.ended else { return Ok(()) };
        let run_has_ended = self.current(log).is_none_or(|(seen, container)| {
            seen.has_ended()
                || container.runs > log.run + 1
                || (container.runs == log.run + 1 && !container.is_running)
        });
        if !run_has_ended && since.elapsed() < RESUME {
            return Ok(());
        }
        let Some(log) = self.log.take() else { return Ok(()) };
        if run_has_ended {
            self.written.insert((log.uid, log.container.name), log.run + 1);
            return Ok(());
        }
        let skip = log.length;
        self.start(Log { skip, ended: None, ..log }, false, watches)
    }

    fn follow(&mut self, log: Log, watches: &Watches, writer: &mut Writer) -> anyhow::Result<()> {
        let Some((seen, container)) = self.current(&log) else { return Ok(()) };
        let key = (log.uid.clone(), Some(log.container.name.clone()));
        if !self.headed.contains(&key) {
            writer.heading(seen, &container)?;
        }
        if log.run > 0 {
            writer.run(seen, &container, log.run)?;
        }
        let is_previous = log.run + 1 < container.runs;
        self.headed.insert(key);
        self.start(log, is_previous, watches)
    }

    fn start(&mut self, log: Log, is_previous: bool, watches: &Watches) -> anyhow::Result<()> {
        let Some((seen, _)) = self.current(&log) else { return Ok(()) };
        let arguments =
            arguments(&seen.pod.name, &log.container.name, self.format, is_previous, !is_previous);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        watches.log(&self.kubectl.in_namespace(seen.pod.namespace.as_deref()), &arguments)?;
        self.log = Some(log);
        Ok(())
    }

    /// Finds the next log, and writes the headings of containers that have none.
    fn next(&mut self, writer: &mut Writer) -> anyhow::Result<NextAction> {
        let is_job = self.group.job().is_some();
        for (at, seen) in self.group.pods().iter().enumerate() {
            let uid = &seen.pod.uid;
            if self.finished.contains(uid) {
                continue;
            }
            if is_job && self.headed.insert((uid.clone(), None)) && !writer.pod(seen, Some(at + 1))? {
                return Ok(NextAction::Stop);
            }
            for trouble in table::troubles(&seen.pod) {
                if self.troubles.insert((uid.clone(), trouble.clone())) {
                    writer.note(&format!("pod/{}: {trouble}", seen.pod.name))?;
                }
            }
            for container in containers(&seen.pod, self.format) {
                let written = self.written.get(&(uid.clone(), container.name.clone())).copied().unwrap_or(0);
                let is_turn = !container.is_step || container.turn != Turn::Waiting;
                if container.runs > written && is_turn {
                    let before = container.runs - 1 - u64::from(container.has_previous);
                    let run = written.max(before);
                    return Ok(NextAction::Follow(Log {
                        uid: uid.clone(),
                        container,
                        run,
                        length: 0,
                        skip: 0,
                        ended: None,
                    }));
                }
                if container.turn != Turn::Over && !seen.has_ended() {
                    // Report once why a step cannot be started.
                    if container.is_step && container.turn == Turn::Waiting && container.state != "Waiting" {
                        let said = (uid.clone(), format!("`{}`: {}", container.name, container.state));
                        if self.troubles.insert(said.clone()) {
                            writer.note(&format!("pod/{}: {}", seen.pod.name, said.1))?;
                        }
                    }
                    return Ok(NextAction::Wait);
                }
                let key = (uid.clone(), Some(container.name.clone()));
                if self.headed.insert(key) && !writer.heading(seen, &container)? {
                    return Ok(NextAction::Stop);
                }
            }
            if !seen.has_ended() {
                return Ok(NextAction::Wait);
            }
            self.finished.insert(uid.clone());
            if is_job {
                writer.result(&format!("pod/{}", seen.pod.name), seen.outcome(), seen.cause().as_ref())?;
            }
        }
        Ok(NextAction::Nothing)
    }
}
