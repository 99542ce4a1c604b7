//! Which configurations hold for which input.
//!
//! Those of `--config` hold for all. Without it the nearest `.kueueleuleu.yaml` counts, beside the input or in a directory
//! above it, up to the root of the repository. Knows files and flags, not what is configured.

use super::args::Args;
use super::input::Source;
use super::overrides;
use super::report::Reporter;
use kueueleuleu::Converter;
use kueueleuleu::config::Config;
use kueueleuleu::{Diagnostic, Error, Rule};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The configuration that is looked for.
pub(super) const FILE_NAME: &str = ".kueueleuleu.yaml";

/// What marks the root of a repository.
const REPOSITORY: &str = ".git";

/// The converters of a run.
pub(super) struct Converters<'a> {
    /// The flags, where configurations are looked for.
    discovers: Option<&'a Args>,
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
    pub(super) fn new(args: &'a Args, reporter: &mut Reporter) -> anyhow::Result<Option<Self>> {
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
        for path in &args.config {
            let source = if is_stdin(path) { Source::stdin()? } else { Source::open(path)? };
            match read(&source, args, reporter)? {
                Some(read) => configs.extend(read),
                None => is_wrong = true,
            }
        }
        if is_wrong {
            return Ok(None);
        }
        let discovers = Some(args).filter(|args| args.config.is_empty() && !args.no_config);
        if configs.is_empty() {
            configs.push(overrides::apply(Config::default(), &args.overrides, &args.output)?);
        }
        let given = Converter::with_configs(configs).threads(0);
        Ok(Some(Self { discovers, ..Self::only(given) }))
    }

    /// The same converter for all inputs.
    pub(super) fn only(given: Converter) -> Self {
        let (found, nearest) = (HashMap::new(), HashMap::new());
        Self { discovers: None, given, is_given_used: false, found, nearest }
    }

    /// The converter for an input; `None` when something is wrong in its configuration, which was reported.
    pub(super) fn of(
        &mut self,
        path: Option<&Path>,
        reporter: &mut Reporter,
    ) -> anyhow::Result<Option<&mut Converter>> {
        let nearest = self.discovers.and_then(|args| Some((args, self.nearest(path)?)));
        let Some((args, config)) = nearest else {
            self.is_given_used = true;
            return Ok(Some(&mut self.given));
        };
        if !self.found.contains_key(&config) {
            let shown = std::env::current_dir().ok();
            let shown = shown.and_then(|current| config.strip_prefix(current).ok()).unwrap_or(&config);
            let configs = read(&Source::open(shown)?, args, reporter)?;
            let converter = configs.map(|configs| Converter::with_configs(configs).threads(0));
            self.found.insert(config.clone(), converter);
        }
        Ok(self.found.get_mut(&config).and_then(Option::as_mut))
    }

    /// What is to be said when all inputs were seen: selectors of `--config` and of flags that matched nothing. A
    /// configuration that is found is for a whole repository, and a run often is for a part.
    pub(super) fn finish(self) -> Vec<Diagnostic> {
        if self.found.is_empty() {
            return self.given.finish();
        }
        let given = Some(self.given).filter(|_| self.is_given_used);
        let converters = given.into_iter().chain(self.found.into_values().flatten());
        let unmatched: Vec<_> = converters.map(Converter::finish).collect();
        let Some((first, others)) = unmatched.split_first() else { return Vec::new() };
        // The one of the flags is in all of them, and has no index.
        let is_unmatched = |diagnostic: &&Diagnostic| {
            diagnostic.message.starts_with("selector (")
                && others.iter().all(|other| other.iter().any(|known| known.message == diagnostic.message))
        };
        first.iter().filter(is_unmatched).cloned().collect()
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

/// The configurations in a source with what the flags say laid over them; `None` when something is wrong in them.
fn read(source: &Source, args: &Args, reporter: &mut Reporter) -> anyhow::Result<Option<Vec<Config>>> {
    let configs = match Config::all_from_yaml(&source.text) {
        Ok(configs) => configs,
        Err(error) => {
            reporter.error(source, &error);
            return Ok(None);
        }
    };
    let configs =
        configs.into_iter().map(|(config, _)| overrides::apply(config, &args.overrides, &args.output));
    Ok(Some(configs.collect::<Result<_, _>>()?))
}
