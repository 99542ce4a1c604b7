//! `run`: convert, create, follow the logs, and exit as the sequence did.
//!
//! Knows the order of things. `kubectl` reads the manifests, so that what is created is what `kubectl create` would
//! have created of the converted text.

use super::args::cluster::Run;
use super::cluster::{Event, Kubectl, Target, Watches, read_objects};
use super::discover::{Choice, Converters};
use super::exit::Exit;
use super::human::printable;
use super::input::Source;
use super::logs::{Ending, Follower, Writer};
use super::report::Reporter;
use super::walk::Walk;
use super::{files, join, look_up, system};
use anyhow::Context as _;
use kueueleuleu::internals::status::{Cause, Outcome};
use kueueleuleu::{Error, Rule};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::thread;
use std::time::Duration;

/// An object that is to be created, or was.
#[derive(Clone, Debug)]
struct Object {
    kind: String,
    name: String,
    namespace: Option<String>,
    /// It in JSON.
    text: String,
}

impl Object {
    /// `job/build`, as for kubectl.
    fn full_name(&self) -> String {
        format!("{}/{}", self.kind.to_ascii_lowercase(), self.name)
    }
}

/// Runs all objects, one after the other.
pub(super) fn run(args: &Run, reporter: &mut Reporter) -> anyhow::Result<Exit> {
    let Some(text) = converted(args, reporter)? else { return Ok(Exit::Unconverted) };
    let kubectl = Kubectl::new(&args.cluster);
    // Says all that is wrong before anything is created.
    let objects = read(&kubectl.json(&["create", "--dry-run=client", "-o", "json", "-f", "-"], &text)?)?;
    if objects.is_empty() {
        return Err(Error::new(Rule::InvalidUsage, "there is nothing to run").into());
    }
    let watches = Watches::new();
    watches.catch_signals()?;

    // A Ctrl-C is for us to answer.
    let kubectl = kubectl.detached();
    let mut runner =
        Runner { args, kubectl, writer: Writer::new(&args.format).for_nobody_too(), created: Vec::new() };
    let exit = runner.run_all(&objects, watches);
    match exit {
        Ok((exit, true)) => runner.delete().map(|()| exit),
        Ok((exit, false)) => Ok(exit),
        // What was created is not left behind when the cluster cannot be asked any more.
        Err(error) if args.rm => {
            let _ = runner.delete();
            Err(error)
        }
        Err(error) => Err(error),
    }
}

/// The manifests, converted. `None` when something is wrong with them, which was reported.
fn converted(args: &Run, reporter: &mut Reporter) -> anyhow::Result<Option<String>> {
    let choice = Choice {
        config: args.config.as_slice(),
        no_config: args.no_config,
        filename: &args.filename,
        ..Choice::default()
    };
    let converters = Converters::new(choice, reporter)?;
    let walk = Walk { recursive: args.recursive, ..Walk::default() };
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

/// The objects that kubectl wrote.
fn read(source: &Source) -> Result<Vec<Object>, Error> {
    let mut objects = Vec::new();
    read_objects(source, |object| {
        let (name, _) = object.name_and_uid();
        let (kind, namespace) = (object.kind.clone(), object.namespace());
        objects.push(Object { kind, name, namespace, text: object.source().to_owned() });
        Ok(())
    })?;
    Ok(objects)
}

struct Runner<'a> {
    args: &'a Run,
    kubectl: Kubectl,
    writer: Writer,
    created: Vec<Object>,
}

impl Runner<'_> {
    /// Runs the objects until one fails. Also tells whether what was created is to be deleted.
    fn run_all(&mut self, objects: &[Object], mut watches: Watches) -> anyhow::Result<(Exit, bool)> {
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
                Ending::Of(Outcome::Failed, cause) => {
                    Self::name_the_rest(&objects[at + 1..]);
                    return Ok((self.failed(cause), self.args.rm));
                }
                Ending::Of(..) => {}
                Ending::NobodyReads => return Ok((Exit::Done, self.args.rm)),
                Ending::Interrupted(signal) => {
                    let delete = self.args.rm || (signal == system::SIGINT && self.asks_to_delete(&watches));
                    return Ok((Exit::signal(signal), delete));
                }
            }
            watches.end_children();
        }
        Ok((Exit::Done, self.args.rm))
    }

    fn create(&mut self, object: &Object) -> anyhow::Result<Object> {
        let source = self.kubectl.json(&["create", "-o", "json", "-f", "-"], &object.text)?;
        let created = read(&source)?.pop().context("kubectl created nothing and reported no error")?;
        say(&format!("{} created", created.full_name()));
        self.created.push(created.clone());
        Ok(created)
    }

    /// What the sequence exits with, when it has failed.
    fn failed(&self, cause: Option<Cause>) -> Exit {
        let code = cause.and_then(|cause| cause.exit_code).filter(|code| *code != 0);
        match code.and_then(|code| u8::try_from(code).ok()) {
            Some(code) if self.args.exit_code => Exit::Code(code),
            _ => Exit::Unconverted,
        }
    }

    fn name_the_rest(rest: &[Object]) {
        for object in rest {
            say(&format!("{} was not created", object.full_name()));
        }
    }

    /// Asks on the terminal, once. Another Ctrl-C is a no.
    fn asks_to_delete(&self, watches: &Watches) -> bool {
        let Ok(terminal) = File::open("/dev/tty") else { return false };
        let names: Vec<_> = self.created.iter().map(Object::full_name).collect();
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

    /// Deletes what was created, the last first.
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

/// Says something that is not part of a log.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{}", printable(text));
}
