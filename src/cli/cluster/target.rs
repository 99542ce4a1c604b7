//! Finds the pods of a target: of a pod, a Job, a `CronJob` or a label selector.
//!
//! A `CronJob` stands for its newest Job, and a Job for its pods. A failed pod of a Job is not shown if a newer pod
//! replaced it: only the last attempt counts.

use super::stream::read_objects;
use super::watch::{Event, Watched};
use super::{Kubectl, Watches};
use crate::cli::input::Source;
use kueueleuleu::internals::status::{Cause, Job, Outcome, PodStatus};
use kueueleuleu::{Error, Rule};
use std::time::{Duration, Instant};

/// The time that events of pods may arrive after the end of their Job.
const GRACE: Duration = Duration::from_secs(5);

/// A target on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Pod(String),
    Job(String),
    CronJob(String),
    Selector(String),
}

impl Target {
    /// Parses `KIND/NAME`, with the kinds of `kubectl`. A name alone is the name of a pod.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let (kind, name) = text.split_once('/').unwrap_or(("pod", text));
        if name.is_empty() || name.contains('/') {
            let error = Error::new(Rule::InvalidUsage, format!("`{text}` is not a target"));
            return Err(error.help("write pod/NAME, job/NAME or cronjob/NAME"));
        }
        let name = name.to_owned();
        // `jobs.v1.batch` is a kind with its version and group.
        Ok(match kind.split('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "pod" | "pods" | "po" => Self::Pod(name),
            "job" | "jobs" => Self::Job(name),
            "cronjob" | "cronjobs" | "cj" => Self::CronJob(name),
            _ => {
                let error = Error::new(
                    Rule::InvalidUsage,
                    format!("`{kind}` is not a kind of objects that have steps"),
                );
                return Err(error.help("write pod/NAME, job/NAME or cronjob/NAME"));
            }
        })
    }
}

/// A pod that was seen, even if it does not exist any more.
#[derive(Clone, Debug)]
pub(crate) struct Followed {
    pub(crate) pod: PodStatus,
    pub(crate) is_deleted: bool,
}

impl Followed {
    /// Whether its state is final.
    pub(crate) fn has_ended(&self) -> bool {
        self.is_deleted || self.pod.has_ended()
    }

    /// Its outcome. A pod that is deleted before it ends has failed.
    pub(crate) fn outcome(&self) -> Outcome {
        match self.pod.outcome() {
            Outcome::Running if self.is_deleted => Outcome::Failed,
            outcome => outcome,
        }
    }

    /// Why it failed.
    pub(crate) fn cause(&self) -> Option<Cause> {
        let deleted = || Cause { container: None, reason: "the pod was deleted".to_owned(), exit_code: None };
        let was_deleted = self.is_deleted && !self.pod.has_ended();
        if was_deleted { Some(deleted()) } else { self.pod.cause() }
    }
}

/// The pods of a target, and the Job that created them.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    target: Target,
    job: Option<Job>,
    job_is_deleted: bool,
    /// In the order of their creation.
    pods: Vec<Followed>,
}

impl Group {
    /// Asks the cluster once.
    pub(crate) fn read(target: &Target, kubectl: &Kubectl) -> anyhow::Result<Self> {
        let mut group = Self::empty(target, kubectl)?;
        let resource = group.resource();
        let arguments: Vec<_> =
            ["get"].into_iter().chain(resource.iter().map(String::as_str)).chain(["-o", "json"]).collect();
        let source = kubectl.json(&arguments, "")?;
        read_objects(&source, |object| {
            group.take(object.pod()?, false);
            Ok(())
        })?;
        Ok(group)
    }

    /// Watches the cluster. Existing objects arrive as events, too.
    pub(crate) fn watch(target: &Target, kubectl: &Kubectl, watches: &mut Watches) -> anyhow::Result<Self> {
        let group = Self::empty(target, kubectl)?;
        watches.start(kubectl, Watched::Pod, group.resource());
        if let Some(job) = &group.job {
            watches.start(kubectl, Watched::Job, vec!["job".to_owned(), job.name.clone()]);
        }
        Ok(group)
    }

    /// The group without its pods. A Job is read, since its selector determines its pods.
    fn empty(target: &Target, kubectl: &Kubectl) -> anyhow::Result<Self> {
        let mut target = target.clone();
        if let Target::CronJob(name) = &target {
            target = Target::Job(newest_job(name, kubectl)?);
        }
        let job = match &target {
            Target::Job(name) => jobs(&kubectl.json(&["get", "job", name, "-o", "json"], "")?)?.pop(),
            _ => None,
        };
        Ok(Self { target, job, job_is_deleted: false, pods: Vec::new() })
    }

    /// The arguments of `kubectl get` for the pods.
    fn resource(&self) -> Vec<String> {
        let selected = |selector: &str| vec!["pods".to_owned(), "-l".to_owned(), selector.to_owned()];
        match (&self.target, &self.job) {
            (_, Some(job)) => selected(&job.selector),
            (Target::Selector(selector), _) => selected(selector),
            (Target::Pod(name) | Target::Job(name) | Target::CronJob(name), None) => {
                vec!["pod".to_owned(), name.clone()]
            }
        }
    }

    /// Applies an event. Returns false if nothing changes.
    pub(crate) fn apply(&mut self, event: &Event) -> bool {
        match event {
            Event::Pod { pod, is_deleted } => self.take(pod.clone(), *is_deleted),
            Event::Job { job, is_deleted } => {
                self.job_is_deleted |= *is_deleted;
                self.job = Some(job.clone());
                true
            }
            Event::Listed(Watched::Pod, uids) => {
                let gone = self.pods.iter_mut().filter(|seen| !uids.contains(&seen.pod.uid));
                gone.for_each(|seen| seen.is_deleted = true);
                true
            }
            Event::Listed(Watched::Job, uids) => {
                let is_there = self.job.as_ref().is_some_and(|job| uids.contains(&job.uid));
                self.job_is_deleted |= !is_there;
                true
            }
            Event::Gone(gone) => {
                match gone.0 {
                    Watched::Pod => self.pods.iter_mut().for_each(|seen| seen.is_deleted = true),
                    Watched::Job => self.job_is_deleted = true,
                }
                true
            }
            Event::Failed(_)
            | Event::Log(_)
            | Event::LogEnd(_)
            | Event::Interrupted(_)
            | Event::Answer(_) => false,
        }
    }

    fn take(&mut self, pod: PodStatus, is_deleted: bool) -> bool {
        if self.job.as_ref().is_some_and(|job| pod.owner.as_ref() != Some(&job.uid)) {
            return false;
        }
        let new = Followed { pod, is_deleted };
        match self.pods.iter_mut().find(|seen| seen.pod.uid == new.pod.uid) {
            Some(seen) if seen.pod == new.pod && seen.is_deleted == is_deleted => return false,
            // The event of a deletion may arrive before the event of the pod's last state.
            Some(seen) => *seen = Followed { is_deleted: is_deleted || seen.is_deleted, ..new },
            None => {
                let at = self.pods.partition_point(|seen| seen.pod.created <= new.pod.created);
                self.pods.insert(at, new);
            }
        }
        true
    }

    /// All pods that were seen, oldest first.
    pub(crate) fn pods(&self) -> &[Followed] {
        &self.pods
    }

    /// The pods without those that failed and were replaced.
    pub(crate) fn newest(&self) -> Vec<&Followed> {
        let is_replaced = |at: usize| {
            let seen = &self.pods[at];
            let mut later = self.pods[at + 1..].iter();
            self.job.is_some()
                && seen.outcome() == Outcome::Failed
                && later.any(|later| {
                    later.pod.created > seen.pod.created
                        && later.pod.completion_index == seen.pod.completion_index
                })
        };
        let counts = (0..self.pods.len()).filter(|at| !is_replaced(*at));
        counts.map(|at| &self.pods[at]).collect()
    }

    /// The Job.
    pub(crate) fn job(&self) -> Option<&Job> {
        self.job.as_ref()
    }

    /// The name in messages: `job/NAME` or `pod/NAME`.
    pub(crate) fn name(&self) -> String {
        match &self.target {
            Target::Pod(name) => format!("pod/{name}"),
            Target::Job(name) | Target::CronJob(name) => format!("job/{name}"),
            Target::Selector(selector) => format!("the pods with `{selector}`"),
        }
    }

    /// The outcome of the Job, or of all pods together.
    pub(crate) fn outcome(&self) -> Outcome {
        if let Some(job) = &self.job {
            return match job.outcome {
                Outcome::Running if self.job_is_deleted => Outcome::Failed,
                outcome => outcome,
            };
        }
        let is = |outcome: Outcome| move |seen: &&Followed| seen.outcome() == outcome;
        let mut converted = self.pods.iter().filter(|seen| seen.pod.is_converted());
        if converted.clone().any(|seen| is(Outcome::Failed)(&seen)) {
            return Outcome::Failed;
        }
        let all_succeeded = converted.all(|seen| is(Outcome::Succeeded)(&seen));
        if all_succeeded && !self.pods.is_empty() { Outcome::Succeeded } else { Outcome::Running }
    }

    /// Whether the Job has ended, or all pods if there is no Job.
    pub(crate) fn has_ended(&self) -> bool {
        match &self.job {
            Some(job) => job.outcome != Outcome::Running || self.job_is_deleted,
            None => !self.pods.is_empty() && self.pods.iter().all(Followed::has_ended),
        }
    }

    /// Whether the group has ended and all its pods are known.
    ///
    /// After a Job has ended, the events of its pods may still arrive. They never arrive if the pods were deleted.
    pub(crate) fn is_complete(&self, ended: &mut Option<Instant>) -> bool {
        if !self.has_ended() {
            return false;
        }
        let known = self.pods.iter().filter(|seen| seen.has_ended()).count();
        let wanted = self.job.as_ref().map_or(0, |job| job.ended_pods);
        let since = ended.get_or_insert_with(Instant::now);
        u64::try_from(known).is_ok_and(|known| known >= wanted) || since.elapsed() > GRACE
    }

    /// Why it failed: the cause of the newest failed pod, and the problem of the Job.
    pub(crate) fn cause(&self) -> Option<Cause> {
        let mut causes = self.newest().into_iter().rev();
        let of_pod = causes.find(|seen| seen.outcome() == Outcome::Failed).and_then(Followed::cause);
        let of_job = self.job.as_ref().and_then(|job| job.problem.as_ref());
        match (of_pod, of_job) {
            (Some(cause), Some(problem)) => {
                let reason = format!("{} ({problem})", cause.reason);
                Some(Cause { reason, ..cause })
            }
            (None, Some(problem)) => {
                Some(Cause { container: None, reason: problem.to_string(), exit_code: None })
            }
            (None, None) if self.job_is_deleted => {
                Some(Cause { container: None, reason: "the Job was deleted".to_owned(), exit_code: None })
            }
            (cause, None) => cause,
        }
    }
}

/// The name of the newest Job of a `CronJob`.
fn newest_job(name: &str, kubectl: &Kubectl) -> anyhow::Result<String> {
    let source = kubectl.json(&["get", "cronjob", name, "-o", "json"], "")?;
    let mut uid = String::new();
    read_objects(&source, |object| {
        uid = object.name_and_uid().1;
        Ok(())
    })?;
    let jobs = jobs(&kubectl.json(&["get", "jobs", "-o", "json"], "")?)?;
    let own = jobs.into_iter().filter(|job| job.owner.as_ref() == Some(&uid));
    let newest = own.max_by(|a, b| (a.created, &a.name).cmp(&(b.created, &b.name)));
    let none = || {
        Error::new(Rule::NoPods, format!("`cronjob/{name}` has no Job"))
            .help(format!("start one: `kubectl create job --from=cronjob/{name} {name}-1`"))
    };
    Ok(newest.ok_or_else(none)?.name)
}

fn jobs(source: &Source) -> anyhow::Result<Vec<Job>> {
    let mut jobs = Vec::new();
    read_objects(source, |object| {
        jobs.push(object.job()?);
        Ok(())
    })?;
    Ok(jobs)
}
