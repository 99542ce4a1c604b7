//! Watches objects: one thread for each kind runs `kubectl get --watch`, and all events go into one channel.
//!
//! The API server closes a watch after a while. The thread then starts a new watch and also requests a list, to notice
//! objects that were deleted in between.

use super::Kubectl;
use super::stream::{Values, read_objects};
use crate::cli::input::Source;
use crate::cli::system;
use anyhow::Context as _;
use kueueleuleu::Error;
use kueueleuleu::internals::status::{Job, PodStatus};
use std::io::Read as _;
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// The number of consecutive failures after which a watch gives up.
const PATIENCE: u32 = 6;
/// The pause before a watch is restarted.
const PAUSE: Duration = Duration::from_secs(1);

/// The pause between two checks whether terminated children have ended.
const POLL: Duration = Duration::from_millis(10);
/// The number of these checks before the children are killed.
const POLLS: usize = 50;
/// The capacity of the channel. A log is read only as fast as it is written, so it does not fill the memory.
const ROOM: usize = 64;

/// The kind of the watched objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watched {
    Pod,
    Job,
}

/// The watched object does not exist any more, and its watch has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gone(pub(super) Watched);

/// An event of a watch, a log, or the user.
#[derive(Debug)]
pub(crate) enum Event {
    /// The state of a pod, or its last state before it was deleted.
    Pod { pod: PodStatus, is_deleted: bool },
    /// The state of a Job, or its last state before it was deleted.
    Job { job: Job, is_deleted: bool },
    /// The `uid`s of all existing objects of a kind.
    Listed(Watched, Vec<String>),
    /// The object does not exist any more.
    Gone(Gone),
    /// A watch failed.
    Failed(Error),
    /// A piece of a log.
    Log(Vec<u8>),
    /// The end of a log, and the stderr of `kubectl`.
    LogEnd(String),
    /// A SIGINT, SIGTERM or SIGHUP.
    Interrupted(i32),
    /// The user's answer to a question.
    Answer(String),
}

/// The running watches and logs. Dropping this value ends their processes.
#[derive(Debug)]
pub(crate) struct Watches {
    sender: SyncSender<Event>,
    receiver: Receiver<Event>,
    children: Arc<Children>,
}

#[derive(Debug, Default)]
struct Children {
    /// `None` once no more children may start.
    running: Mutex<Option<Vec<Child>>>,
}

impl Watches {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = mpsc::sync_channel(ROOM);
        Self { sender, receiver, children: Children::new() }
    }

    /// Turns the signals that end a process into events, so that its children are ended first.
    pub(crate) fn catch_signals(&self) -> anyhow::Result<()> {
        let sender = self.sender.clone();
        system::on_signals(move |signal| sender.send(Event::Interrupted(signal)).is_ok())
            .context("could not install signal handlers")
    }

    /// The sender for events of other threads.
    pub(crate) fn sender(&self) -> SyncSender<Event> {
        self.sender.clone()
    }

    /// Ends all watches and logs, and discards their events.
    pub(crate) fn end_children(&mut self) {
        self.children.stop();
        self.children = Children::new();
        while self.receiver.try_recv().is_ok() {}
    }

    /// The next event, or `None` after the timeout.
    pub(crate) fn next(&self, timeout: Duration) -> Option<Event> {
        match self.receiver.recv_timeout(timeout) {
            Ok(event) => Some(event),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => unreachable!("impossible: a sender is held"),
        }
    }

    /// Watches objects of a kind. `resource` are their arguments of `kubectl get`.
    pub(super) fn start(&self, kubectl: &Kubectl, kind: Watched, resource: Vec<String>) {
        let watch = Watch {
            kubectl: kubectl.clone(),
            kind,
            resource,
            sender: self.sender.clone(),
            children: Arc::clone(&self.children),
        };
        thread::spawn(move || watch.run());
    }

    /// Follows a log. Its pieces and its end arrive as events.
    pub(crate) fn log(&self, kubectl: &Kubectl, arguments: &[&str]) -> Result<(), Error> {
        let Some(mut running) = self.children.spawn(kubectl, arguments)? else { return Ok(()) };
        let (sender, children) = (self.sender.clone(), Arc::clone(&self.children));
        thread::spawn(move || {
            let errors = running.errors();
            let _ =
                each_piece(&mut running.stdout, |piece| sender.send(Event::Log(piece.to_owned())).is_ok());
            children.end(running.id);
            let _ = sender.send(Event::LogEnd(errors.join().unwrap_or_default()));
        });
        Ok(())
    }
}

impl Drop for Watches {
    fn drop(&mut self) {
        self.children.stop();
    }
}

/// The pipes of a child. [`Children`] owns the process.
struct ChildPipes {
    id: u32,
    stdout: std::process::ChildStdout,
    stderr: Option<std::process::ChildStderr>,
}

impl ChildPipes {
    /// Reads stderr in a thread, so that a full pipe never blocks the child.
    fn errors(&mut self) -> thread::JoinHandle<String> {
        let stderr = self.stderr.take();
        thread::spawn(move || {
            let mut text = Vec::new();
            if let Some(mut stderr) = stderr {
                let _ = stderr.read_to_end(&mut text);
            }
            String::from_utf8_lossy(&text).into_owned()
        })
    }
}

impl Children {
    fn new() -> Arc<Self> {
        Arc::new(Self { running: Mutex::new(Some(Vec::new())) })
    }

    fn stop(&self) {
        let mut children: Vec<_> = self.lock().take().into_iter().flatten().collect();
        // SIGTERM first: a wrapper script around kubectl can forward it, unlike SIGKILL.
        children.iter_mut().for_each(system::terminate);
        for _ in 0..POLLS {
            children.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
            if children.is_empty() {
                return;
            }
            thread::sleep(POLL);
        }
        for mut child in children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Vec<Child>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a child. Returns `None` if no more children may start.
    fn spawn(&self, kubectl: &Kubectl, arguments: &[&str]) -> Result<Option<ChildPipes>, Error> {
        let mut children = self.lock();
        let Some(children) = children.as_mut() else { return Ok(None) };
        let mut command = kubectl.command(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| kubectl.not_started(&error))?;
        let (id, stderr) = (child.id(), child.stderr.take());
        let stdout = child.stdout.take().expect("impossible: it is piped");
        children.push(child);
        Ok(Some(ChildPipes { id, stdout, stderr }))
    }

    /// Waits for a child that has closed its stdout. Returns whether it succeeded.
    fn end(&self, id: u32) -> bool {
        let child = self.lock().as_mut().and_then(|children| {
            let at = children.iter().position(|child| child.id() == id)?;
            Some(children.swap_remove(at))
        });
        child.is_some_and(|mut child| child.wait().is_ok_and(|status| status.success()))
    }

    fn is_over(&self) -> bool {
        self.lock().is_none()
    }
}

struct Watch {
    kubectl: Kubectl,
    kind: Watched,
    resource: Vec<String>,
    sender: SyncSender<Event>,
    children: Arc<Children>,
}

impl Watch {
    fn arguments<'w>(&'w self, more: &[&'w str]) -> Vec<&'w str> {
        let resource = self.resource.iter().map(String::as_str);
        ["get"].into_iter().chain(resource).chain(more.iter().copied()).collect()
    }

    fn run(self) {
        let mut failures = 0;
        for turn in 0.. {
            match self.once(turn > 0) {
                Ok(()) => failures = 0,
                Err(error) if self.children.is_over() => drop(error),
                Err(error) if is_not_found(&error) && turn > 0 => {
                    let _ = self.sender.send(Event::Gone(Gone(self.kind)));
                    return;
                }
                Err(error) => {
                    failures += 1;
                    // The first failure is final. A later one may be temporary, so it is retried.
                    if turn == 0 || failures == PATIENCE {
                        let _ = self.sender.send(Event::Failed(error));
                        return;
                    }
                }
            }
            thread::sleep(PAUSE * 2_u32.pow(failures.min(4)));
            if self.children.is_over() {
                return;
            }
        }
    }

    /// Watches until the watch ends.
    fn once(&self, is_again: bool) -> Result<(), Error> {
        let arguments = self.arguments(&["--watch", "--output-watch-events", "-o", "json"]);
        let Some(mut running) = self.children.spawn(&self.kubectl, &arguments)? else { return Ok(()) };
        let errors = running.errors();
        if is_again {
            // The new watch starts with the existing objects. A list that is requested after that shows which objects
            // were deleted.
            thread::sleep(PAUSE);
            if let Ok(list) = self.kubectl.json(&self.arguments(&["-o", "json"]), "") {
                let mut uids = Vec::new();
                read_objects(&list, |object| {
                    uids.push(object.name_and_uid().1);
                    Ok(())
                })?;
                let _ = self.sender.send(Event::Listed(self.kind, uids));
            }
        }
        let mut values = Values::default();
        let mut has_events = false;
        let mut result = Ok(());
        let read = each_piece(&mut running.stdout, |piece| {
            values.push(piece).into_iter().all(|text| {
                has_events = true;
                result = self.send(text);
                result.is_ok()
            })
        });
        let succeeded = self.children.end(running.id);
        result?;
        if read.is_ok() && (succeeded || has_events) {
            return Ok(());
        }
        Err(self.kubectl.failed(&arguments, errors.join().unwrap_or_default().as_bytes()))
    }

    /// Sends one event of the watch.
    fn send(&self, text: String) -> Result<(), Error> {
        let source = Source::from_text("kubectl get --watch".to_owned(), text);
        let mut event = None;
        read_objects(&source, |object| {
            let (what, object) = object.event()?;
            let is_deleted = what == "DELETED";
            event = match (object, self.kind) {
                (Some(object), Watched::Pod) if object.kind == "Pod" => {
                    Some(Event::Pod { pod: object.pod()?, is_deleted })
                }
                (Some(object), Watched::Job) if object.kind == "Job" => {
                    Some(Event::Job { job: object.job()?, is_deleted })
                }
                // `ERROR` with a `Status`: the watch ends and is restarted.
                _ => None,
            };
            Ok(())
        })?;
        // If the receiver is gone, the child is being ended, too.
        event.map_or(Ok(()), |event| {
            let _ = self.sender.send(event);
            Ok(())
        })
    }
}

/// Whether `kubectl` reports that the object does not exist.
fn is_not_found(error: &Error) -> bool {
    error.to_string().contains("(NotFound)")
}

/// Reads pieces until the end, or until `take` returns false.
fn each_piece(from: &mut impl std::io::Read, mut take: impl FnMut(&[u8]) -> bool) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) if take(&buffer[..length]) => {}
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
