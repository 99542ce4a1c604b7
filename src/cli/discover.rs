//! Which configurations hold for which input.
//!
//! Those of `--config` hold for all. Without it the nearest `.kueueleuleu.yaml` counts, beside the input or in a directory
//! above it, up to the root of the repository. Knows files and flags, not what is configured.

use super::args::{Args, Output, Overrides};
use super::input::Source;
use super::overrides;
use super::report::Reporter;
use kueueleuleu::Converter;
use kueueleuleu::config::Config;
use kueueleuleu::internals::{Outcomes, Tell};
use kueueleuleu::{Diagnostic, Error, Rule};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The configuration that is looked for.
pub(super) const FILE_NAME: &str = ".kueueleuleu.yaml";

/// What marks the root of a repository.
const REPOSITORY: &str = ".git";

/// What the command line says of configurations.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Choice<'a> {
    /// `--config`
    pub config: &'a [PathBuf],
    /// `--no-config`
    pub no_config: bool,
    /// The inputs: stdin can be read only once.
    pub filename: &'a [PathBuf],
    /// What is laid over each configuration.
    pub flags: Option<(&'a Overrides, &'a Output)>,
    /// What is said of objects besides what is wrong with them.
    pub tell: Tell,
}

impl<'a> Choice<'a> {
    pub(super) fn of(args: &'a Args) -> Self {
        let outcomes = match (args.verbose, args.output.check) {
            (true, _) => Outcomes::All,
            (false, true) => Outcomes::Changed,
            (false, false) => Outcomes::None,
        };
        Self {
            config: &args.config,
            no_config: args.no_config,
            filename: &args.filename,
            flags: Some((&args.overrides, &args.output)),
            tell: Tell { other_kinds: !args.overrides.revert, outcomes },
        }
    }

    /// The converter of these configurations.
    fn converter(&self, configs: Vec<Config>) -> Converter {
        Converter::with_configs(configs).threads(0).tell(self.tell)
    }

    /// The configuration with what flags say laid over it.
    fn with_flags(&self, config: Config) -> Result<Config, Error> {
        match self.flags {
            Some((overrides, output)) => overrides::apply(config, overrides, output),
            None => Ok(config),
        }
    }
}

/// The converters of a run.
pub(super) struct Converters<'a> {
    choice: Choice<'a>,
    /// Whether configurations are looked for.
    discovers: bool,
    /// The one of `--config`, or of no configuration at all.
    given: Converter,
    /// Whether it was asked for.
    is_given_used: bool,
    /// Those of configurations that were found; `None` for one that is wrong.
    found: HashMap<PathBuf, Option<Converter>>,
    /// The configuration that holds in a directory.
    nearest: HashMap<PathBuf, Option<PathBuf>>,
}

impl<'a> Converters<'a> {
    /// Reads what `--config` names; `None` when something is wrong in it, which was reported.
    pub(super) fn new(choice: Choice<'a>, reporter: &mut Reporter) -> anyhow::Result<Option<Self>> {
        let is_stdin = |path: &PathBuf| path.as_os_str() == "-";
        let of_stdin = choice.config.iter().filter(|path| is_stdin(path)).count();
        if of_stdin > 1 || (of_stdin == 1 && choice.filename.iter().any(is_stdin)) {
            let message = "stdin was given twice, but can be read only once";
            return Err(Error::new(Rule::InvalidUsage, message)
                .help("write the configuration to a file")
                .into());
        }
        let mut configs = Vec::new();
        let mut is_wrong = false;
        for path in choice.config {
            let source = if is_stdin(path) { Source::stdin() } else { Source::open(path) };
            let read = match source {
                Ok(source) => read(&source, choice, reporter)?,
                // The next one may be wrong, too.
                Err(failure) => {
                    reporter.unreadable(&failure, path.to_str());
                    None
                }
            };
            match read {
                Some(read) => configs.extend(read),
                None => is_wrong = true,
            }
        }
        if is_wrong {
            return Ok(None);
        }
        if configs.is_empty() {
            configs.push(choice.with_flags(Config::default())?);
        }
        let given = choice.converter(configs);
        let discovers = choice.config.is_empty() && !choice.no_config;
        Ok(Some(Self { choice, discovers, ..Self::only(given) }))
    }

    /// The same converter for all inputs.
    pub(super) fn only(given: Converter) -> Self {
        let (found, nearest) = (HashMap::new(), HashMap::new());
        Self { choice: Choice::default(), discovers: false, given, is_given_used: false, found, nearest }
    }

    /// The converter for an input; `None` when something is wrong in its configuration, which was reported.
    pub(super) fn of(
        &mut self,
        path: Option<&Path>,
        reporter: &mut Reporter,
    ) -> anyhow::Result<Option<&mut Converter>> {
        let Some(config) = self.discovers.then(|| self.nearest(path)).flatten() else {
            self.is_given_used = true;
            return Ok(Some(&mut self.given));
        };
        if !self.found.contains_key(&config) {
            let configs = read(&Source::open(shown(&config))?, self.choice, reporter)?;
            let converter = configs.map(|configs| self.choice.converter(configs));
            self.found.insert(config.clone(), converter);
        }
        Ok(self.found.get_mut(&config).and_then(Option::as_mut))
    }

    /// Whether everything is to be told of objects.
    pub(super) fn tells_all(&self) -> bool {
        self.choice.tell.outcomes == Outcomes::All
    }

    /// The file with the configuration for an input, where there is one alone.
    pub(super) fn file(&mut self, path: Option<&Path>) -> Option<String> {
        if let [path] = self.choice.config {
            return Some(path.display().to_string());
        }
        let found = self.discovers.then(|| self.nearest(path)).flatten()?;
        Some(shown(&found).display().to_string())
    }

    /// What is to be said when all inputs were seen: selectors of `--config` and of flags that matched nothing. A
    /// configuration that is found is for a whole repository, and a run often is for a part.
    pub(super) fn finish(self) -> Vec<(Option<String>, Diagnostic)> {
        // The selector of the flags has no index.
        let is_of_flags = |diagnostic: &Diagnostic| diagnostic.message.starts_with("selector (");
        let file = if let [path] = self.choice.config { Some(path.display().to_string()) } else { None };
        if self.found.is_empty() {
            let diagnostics = self.given.finish().into_iter();
            let file = |diagnostic: &Diagnostic| file.clone().filter(|_| !is_of_flags(diagnostic));
            return diagnostics.map(|diagnostic| (file(&diagnostic), diagnostic)).collect();
        }
        let given = Some(self.given).filter(|_| self.is_given_used);
        let converters = given.into_iter().chain(self.found.into_values().flatten());
        let unmatched: Vec<_> = converters.map(Converter::finish).collect();
        let Some((first, others)) = unmatched.split_first() else { return Vec::new() };
        // That of the flags is in all of them.
        let is_unmatched = |diagnostic: &&Diagnostic| {
            is_of_flags(diagnostic)
                && others.iter().all(|other| other.iter().any(|known| known.message == diagnostic.message))
        };
        first.iter().filter(is_unmatched).map(|diagnostic| (None, diagnostic.clone())).collect()
    }

    /// The configuration that is nearest to an input; of stdin, to the current directory.
    fn nearest(&mut self, input: Option<&Path>) -> Option<PathBuf> {
        let directory = match input {
            Some(path) => std::path::absolute(path).ok()?.parent()?.to_owned(),
            None => std::env::current_dir().ok()?,
        };
        let mut passed = Vec::new();
        let mut nearest = None;
        for directory in directory.ancestors() {
            if let Some(known) = self.nearest.get(directory) {
                nearest.clone_from(known);
                break;
            }
            passed.push(directory.to_owned());
            let candidate = directory.join(FILE_NAME);
            if candidate.is_file() {
                nearest = Some(candidate);
                break;
            }
            if directory.join(REPOSITORY).exists() {
                break;
            }
        }
        self.nearest.extend(passed.into_iter().map(|directory| (directory, nearest.clone())));
        nearest
    }
}

/// A configuration that was found as people would name it: from the current directory, where it is below that.
fn shown(config: &Path) -> &Path {
    let current = std::env::current_dir();
    current.ok().and_then(|current| config.strip_prefix(current).ok()).unwrap_or(config)
}

/// The configuration in a file of its own; `None` when something is wrong in it, which was reported.
pub(super) fn single(path: &Path, reporter: &mut Reporter) -> anyhow::Result<Option<Config>> {
    let source = Source::open(path)?;
    let config = Config::from_yaml(&source.text).map_err(|error| reporter.error(&source, &error));
    Ok(config.ok())
}

/// The configurations in a source with what the flags say laid over them; `None` when something is wrong in them.
fn read(source: &Source, choice: Choice<'_>, reporter: &mut Reporter) -> anyhow::Result<Option<Vec<Config>>> {
    let configs = match Config::all_from_yaml(&source.text) {
        Ok(configs) => configs,
        Err(error) => {
            reporter.error(source, &error);
            return Ok(None);
        }
    };
    let configs = configs.into_iter().map(|(config, _)| choice.with_flags(config));
    Ok(Some(configs.collect::<Result<_, _>>()?))
}
