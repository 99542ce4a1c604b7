//! Finds the configuration of each input.
//!
//! The files of `--config` apply to all inputs. Without `--config`, the nearest `.kueueleuleu.yaml` applies: the one in
//! the directory of the input or in the closest parent directory, up to the root of the repository. This module knows
//! files and flags, not the fields of a configuration.
//!
//! ```text
//! repo/.git
//! repo/.kueueleuleu.yaml          applies to repo/a.yaml and repo/jobs/b.yaml
//! repo/team/.kueueleuleu.yaml     applies to repo/team/c.yaml
//! ```

use super::args::{Args, OutputArgs, Overrides};
use super::input::Source;
use super::overrides;
use super::report::Reporter;
use kueueleuleu::Converter;
use kueueleuleu::config::Config;
use kueueleuleu::internals::{Outcomes, Tell};
use kueueleuleu::{Diagnostic, Error, Rule};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The name of the configuration file that is searched for.
pub(super) const FILE_NAME: &str = ".kueueleuleu.yaml";

/// The entry that marks the root of a repository.
const REPOSITORY: &str = ".git";

/// The arguments that select and override configurations.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ConfigArgs<'a> {
    /// `--config`
    pub config: &'a [PathBuf],
    /// `--no-config`
    pub no_config: bool,
    /// The inputs, to detect that stdin is both input and configuration.
    pub filename: &'a [PathBuf],
    /// The flags that override fields of each configuration.
    pub flags: Option<(&'a Overrides, &'a OutputArgs)>,
    /// What to report about objects apart from errors and warnings.
    pub tell: Tell,
}

impl<'a> ConfigArgs<'a> {
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

    /// The configuration with the overrides of the flags.
    fn with_flags(&self, config: Config) -> Result<Config, Error> {
        match self.flags {
            Some((overrides, output)) => overrides::apply(config, overrides, output),
            None => Ok(config),
        }
    }
}

/// The converters of a run.
pub(super) struct Converters<'a> {
    args: ConfigArgs<'a>,
    /// Whether to search for configuration files.
    discovers: bool,
    /// The converter for `--config`, or for inputs without a configuration.
    given: Converter,
    /// Whether an input used `given`.
    is_given_used: bool,
    /// The converter for each configuration file that was found; `None` if the file has errors.
    found: HashMap<PathBuf, Option<Converter>>,
    /// The nearest configuration file of each directory.
    nearest: HashMap<PathBuf, Option<PathBuf>>,
}

impl<'a> Converters<'a> {
    /// Reads the files of `--config`. Returns `None` if one has errors, which are reported.
    pub(super) fn new(args: ConfigArgs<'a>, reporter: &mut Reporter) -> anyhow::Result<Option<Self>> {
        let is_stdin = |path: &PathBuf| path.as_os_str() == "-";
        let of_stdin = args.config.iter().filter(|path| is_stdin(path)).count();
        if of_stdin > 1 || (of_stdin == 1 && args.filename.iter().any(is_stdin)) {
            let message = "stdin was given twice, but can be read only once";
            return Err(Error::new(Rule::InvalidUsage, message)
                .help("write the configuration to a file")
                .into());
        }
        let mut configs = Vec::new();
        let mut is_wrong = false;
        for path in args.config {
            let source = if is_stdin(path) { Source::stdin() } else { Source::open(path) };
            let read = match source {
                Ok(source) => read(&source, args, reporter)?,
                // Go on, to report the errors of the next file as well.
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
            configs.push(args.with_flags(Config::default())?);
        }
        let given = args.converter(configs);
        let discovers = args.config.is_empty() && !args.no_config;
        Ok(Some(Self { args, discovers, ..Self::only(given) }))
    }

    /// Uses the same converter for all inputs.
    pub(super) fn only(given: Converter) -> Self {
        let (found, nearest) = (HashMap::new(), HashMap::new());
        Self { args: ConfigArgs::default(), discovers: false, given, is_given_used: false, found, nearest }
    }

    /// The converter for an input. Returns `None` if its configuration has errors, which are reported.
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
            let configs = read(&Source::open(shown(&config))?, self.args, reporter)?;
            let converter = configs.map(|configs| self.args.converter(configs));
            self.found.insert(config.clone(), converter);
        }
        Ok(self.found.get_mut(&config).and_then(Option::as_mut))
    }

    /// Whether to report the outcome of every object (`--verbose`).
    pub(super) fn tells_all(&self) -> bool {
        self.args.tell.outcomes == Outcomes::All
    }

    /// The configuration file for an input, if there is exactly one.
    pub(super) fn file(&mut self, path: Option<&Path>) -> Option<String> {
        if let [path] = self.args.config {
            return Some(path.display().to_string());
        }
        let found = self.discovers.then(|| self.nearest(path)).flatten()?;
        Some(shown(&found).display().to_string())
    }

    /// The warnings about selectors that matched nothing, in `--config` and in flags. The selectors of a configuration
    /// that was found are not checked: it is for a whole repository, and a run often converts only a part.
    pub(super) fn finish(self) -> Vec<(Option<String>, Diagnostic)> {
        // The message about the selector of the flags has no index.
        let is_of_flags = |diagnostic: &Diagnostic| diagnostic.message.starts_with("selector (");
        let file = if let [path] = self.args.config { Some(path.display().to_string()) } else { None };
        if self.found.is_empty() {
            let diagnostics = self.given.finish().into_iter();
            let file = |diagnostic: &Diagnostic| file.clone().filter(|_| !is_of_flags(diagnostic));
            return diagnostics.map(|diagnostic| (file(&diagnostic), diagnostic)).collect();
        }
        let given = Some(self.given).filter(|_| self.is_given_used);
        let converters = given.into_iter().chain(self.found.into_values().flatten());
        let unmatched: Vec<_> = converters.map(Converter::finish).collect();
        let Some((first, others)) = unmatched.split_first() else { return Vec::new() };
        // Every converter has the selector of the flags, so it matched nothing only if all of them say so.
        let is_unmatched = |diagnostic: &&Diagnostic| {
            is_of_flags(diagnostic)
                && others.iter().all(|other| other.iter().any(|known| known.message == diagnostic.message))
        };
        first.iter().filter(is_unmatched).map(|diagnostic| (None, diagnostic.clone())).collect()
    }

    /// The nearest configuration file of an input; for stdin, of the current directory.
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

/// The path of a configuration file for messages: relative to the current directory if the file is below it.
fn shown(config: &Path) -> &Path {
    let current = std::env::current_dir();
    current.ok().and_then(|current| config.strip_prefix(current).ok()).unwrap_or(config)
}

/// Reads a file with one configuration. Returns `None` if it has errors, which are reported.
pub(super) fn single(path: &Path, reporter: &mut Reporter) -> anyhow::Result<Option<Config>> {
    let source = Source::open(path)?;
    let config = Config::from_yaml(&source.text).map_err(|error| reporter.error(&source, &error));
    Ok(config.ok())
}

/// Reads the configurations in a source, with the overrides of the flags. Returns `None` if one has errors.
fn read(
    source: &Source,
    args: ConfigArgs<'_>,
    reporter: &mut Reporter,
) -> anyhow::Result<Option<Vec<Config>>> {
    let configs = match Config::all_from_yaml(&source.text) {
        Ok(configs) => configs,
        Err(error) => {
            reporter.error(source, &error);
            return Ok(None);
        }
    };
    let configs = configs.into_iter().map(|(config, _)| args.with_flags(config));
    Ok(Some(configs.collect::<Result<_, _>>()?))
}
