//! `run`: converts manifests, creates the objects one after the other, follows their logs, and returns their outcome.
//!
//! `kubectl` parses the converted text, so `run` creates the same objects as `kubectl create`. The module knows the
//! order of these actions, but nothing of a manifest's fields.

use super::args::cluster::RunArgs;
use super::cluster::{Event, Kubectl, Target, Watches, read_objects};
use super::discover::{ConfigArgs, Converters};
use super::exit::Exit;
use super::human::printable;
use super::input::Source;
use super::logs::{FollowResult, Follower, Writer};
use super::report::Reporter;
use super::walk::WalkOptions;
use super::{files, join, look_up, system};
use anyhow::Context as _;
use kueueleuleu::internals::status::{Cause, Outcome};
use kueueleuleu::{Error, Rule};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::thread;
use std::time::Duration;

/// An object to create, or a created one.
#[derive(Clone, Debug)]
struct Created {
    kind: String,
    name: String,
    namespace: Option<String>,
    /// The object in JSON.
    text: String,
}

impl Created {
    /// The name for kubectl, such as `job/build`.
    fn full_name(&self) -> String {
        format!("{}/{}", self.kind.to_ascii_lowercase(), self.name)
    }
}

/// Runs all objects, one after the other.
pub(super) fn run(args: &RunArgs, reporter: &mut Reporter) -> anyhow::Result<Exit> {
    let Some(text) = converted(args, reporter)? else { return Ok(Exit::Unconverted) };
    let kubectl = Kubectl::new(&args.cluster);
    // kubectl reports all errors in the manifests before it creates anything.
    let objects = read(&kubectl.json(&["create", "--dry-run=client", "-o", "json", "-f", "-"], &text)?)?;
    if objects.is_empty() {
        return Err(Error::new(Rule::InvalidUsage, "there is nothing to run").into());
    }
    let watches = Watches::new();
    watches.catch_signals()?;

    // A Ctrl-C must not end kubectl: this process handles it.
    let kubectl = kubectl.detached();
    let mut runner = Runner {
        args,
        kubectl,
        writer: Writer::new(&args.format).ignoring_closed_stdout(),
        created: Vec::new(),
    };
    let exit = runner.run_all(&objects, watches);
    match exit {
        Ok((exit, true)) => runner.delete().map(|()| exit),
        Ok((exit, false)) => Ok(exit),
        // With --rm, objects are deleted even if following them failed.
        Err(error) if args.rm => {
            let _ = runner.delete();
            Err(error)
        }
        Err(error) => Err(error),
    }
}

/// Converts the manifests. Returns `None` if they have errors, which are reported.
fn converted(args: &RunArgs, reporter: &mut Reporter) -> anyhow::Result<Option<String>> {
    let config_args = ConfigArgs {
        config: args.config.as_slice(),
        no_config: args.no_config,
        filename: &args.filename,
        ..ConfigArgs::default()
    };
    let converters = Converters::new(config_args, reporter)?;
    let walk = WalkOptions { recursive: args.recursive, ..WalkOptions::default() };
    let (sources, exit) = files::sources(walk, &args.filename, None, reporter)?;
    let Some(converters) = converters else { return Ok(None) };
    let look_up = look_up::command(&args.filename, args.recursive, args.config.as_deref());
    let Ok(results) = files::convert_all(converters, &sources, (exit, &look_up), reporter) else {
        return Ok(None);
    };
    let mut text = Vec::new();
    join::write(&mut text, &results)?;
    Ok(Some(String::from_utf8(text)?))
}

/// The objects in the output of kubectl.
fn read(source: &Source) -> Result<Vec<Created>, Error> {
    let mut objects = Vec::new();
    read_objects(source, |object| {
        let (name, _) = object.name_and_uid();
        let (kind, namespace) = (object.kind.clone(), object.namespace());
        objects.push(Created { kind, name, namespace, text: object.source().to_owned() });
        Ok(())
    })?;
    Ok(objects)
}

struct Runner<'a> {
    args: &'a RunArgs,
    kubectl: Kubectl,
    writer: Writer,
    created: Vec<Created>,
}

impl Runner<'_> {
    /// Runs the objects until one fails. The `bool` is true if the created objects must be deleted.
    fn run_all(&mut self, objects: &[Created], mut watches: Watches) -> anyhow::Result<(Exit, bool)> {
        for (at, object) in objects.iter().enumerate() {
            let created = self.create(object)?;
            let target = match &*created.kind {
                "Pod" => Target::Pod(created.name.clone()),
                "Job" => Target::Job(created.name.clone()),
                _ => continue,
            };
            let kubectl = self.kubectl.in_namespace(created.namespace.as_deref());
            let follower = Follower::new(&target, &kubectl, &self.args.format, &mut watches)?;
            let ending = follower.run(&watches, &mut self.writer)?;
            match ending {
                FollowResult::Of(Outcome::Failed, cause) => {
                    Self::report_not_created(&objects[at + 1..]);
                    return Ok((self.failed(cause), self.args.rm));
                }
                FollowResult::Of(..) => {}
                FollowResult::StdoutClosed => return Ok((Exit::Done, self.args.rm)),
                FollowResult::Interrupted(signal) => {
                    let delete = self.args.rm || (signal == system::SIGINT && self.asks_to_delete(&watches));
                    return Ok((Exit::signal(signal), delete));
                }
            }
            watches.end_children();
        }
        Ok((Exit::Done, self.args.rm))
    }

    fn create(&mut self, object: &Created) -> anyhow::Result<Created> {
        let source = self.kubectl.json(&["create", "-o", "json", "-f", "-"], &object.text)?;
        let created = read(&source)?.pop().context("kubectl created nothing and reported no error")?;
        say(&format!("{} created", created.full_name()));
        self.created.push(created.clone());
        Ok(created)
    }

    /// The exit code for a failed pod or Job.
    fn failed(&self, cause: Option<Cause>) -> Exit {
        let code = cause.and_then(|cause| cause.exit_code).filter(|code| *code != 0);
        match code.and_then(|code| u8::try_from(code).ok()) {
            Some(code) if self.args.exit_code => Exit::Code(code),
            _ => Exit::Unconverted,
        }
    }

    fn report_not_created(rest: &[Created]) {
        for object in rest {
            say(&format!("{} was not created", object.full_name()));
        }
    }

    /// Asks once on the terminal whether to delete the objects. A second Ctrl-C means no.
    fn asks_to_delete(&self, watches: &Watches) -> bool {
        let Ok(terminal) = File::open("/dev/tty") else { return false };
        let names: Vec<_> = self.created.iter().map(Created::full_name).collect();
        let _ = write!(io::stderr(), "\ndelete {}? [y/N] ", printable(&names.join(", ")));
        let sender = watches.sender();
        thread::spawn(move || {
            let mut answer = String::new();
            let _ = BufReader::new(terminal).read_line(&mut answer);
            sender.send(Event::Answer(answer))
        });
        loop {
            match watches.next(Duration::from_mins(1)) {
                Some(Event::Answer(answer)) => return matches!(answer.trim(), "y" | "Y" | "yes"),
                Some(Event::Interrupted(_)) => {
                    let _ = writeln!(io::stderr());
                    return false;
                }
                Some(_) | None => {}
            }
        }
    }

    /// Deletes the created objects, in reverse order.
    fn delete(&self) -> anyhow::Result<()> {
        for object in self.created.iter().rev() {
            let kubectl = self.kubectl.in_namespace(object.namespace.as_deref());
            let name = object.full_name();
            let arguments = ["delete", &name, "--wait=false", "--ignore-not-found"];
            let output = kubectl.output(&arguments, "")?;
            if !output.status.success() {
                return Err(kubectl.failed(&arguments, &output.stderr).into());
            }
            say(&format!("{name} deleted"));
        }
        Ok(())
    }
}

/// Writes a line to stderr that is not part of a log.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{}", printable(text));
}
